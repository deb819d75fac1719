// SPDX-License-Identifier: MIT
#include "names.h"

#include <string.h>

#include "samplit/context.h"

const uint64_t spl_name_hashes[SPL_NAME_COUNT] = {
#define SPL_NAME_HASH(hash, name, role) hash,
    SPL_NAME_LIST(SPL_NAME_HASH)
#undef SPL_NAME_HASH
};

const uint8_t spl_name_roles[SPL_NAME_COUNT] = {
#define SPL_NAME_ROLE(hash, name, role) SPL_NAME_##role,
    SPL_NAME_LIST(SPL_NAME_ROLE)
#undef SPL_NAME_ROLE
};

uint32_t spl_name_find(uint64_t hash)
{
    uint32_t i = (uint32_t)((hash >> 32) * SPL_NAME_COUNT >> 32);
    while (i > 0 && spl_name_hashes[i] > hash) i--;
    while (i < SPL_NAME_COUNT - 1 && spl_name_hashes[i] < hash) i++;
    return spl_name_hashes[i] == hash ? i : SPL_NAME_COUNT;
}

spl_text spl_known_name(uint64_t name)
{
    static const char TEXTS[] =
#define SPL_NAME_TEXT(hash, name, role) #name "\0"
        SPL_NAME_LIST(SPL_NAME_TEXT)
#undef SPL_NAME_TEXT
        ;
    uint32_t id = spl_name_find(name);
    if (id == SPL_NAME_COUNT) return (spl_text){0};
    const char *text = TEXTS;
    while (id--) text += strlen(text) + 1;
    return (spl_text){text, strlen(text)};
}
