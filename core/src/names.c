// SPDX-License-Identifier: MIT
// Hashes do not shrink on the way to a page, so only attributes, which go by theirs, have all of it here, and a text.
// Raw fields are recognised by 32 bits: of 80 million other names one would be taken for one of them.
#include "names.h"

#include <string.h>

#include "samplit/context.h"

static const uint32_t FIRST[SPL_NAME_COUNT] = {
#define SPL_NAME_FIRST(hash, name, role) hash >> 32,
    SPL_NAME_LIST(SPL_NAME_FIRST)
#undef SPL_NAME_FIRST
};

static const uint32_t ATTRIBUTE_REST[] = {
#define SPL_NAME_REST(hash, name, role) (uint32_t) hash,
    SPL_NAME_ATTRIBUTES(SPL_NAME_REST)
#undef SPL_NAME_REST
};

#define ATTRIBUTES (sizeof ATTRIBUTE_REST / sizeof *ATTRIBUTE_REST)

const uint8_t spl_name_roles[SPL_NAME_COUNT] = {
#define SPL_NAME_ROLE(hash, name, role) SPL_NAME_##role,
    SPL_NAME_LIST(SPL_NAME_ROLE)
#undef SPL_NAME_ROLE
};

// Where it stands among the ids from `start` to before `end`, or belongs.
static uint32_t place(uint32_t first, uint32_t start, uint32_t end)
{
    uint32_t i = start + (uint32_t)((uint64_t)first * (end - start) >> 32);
    while (i > start && FIRST[i] > first) i--;
    while (i < end - 1 && FIRST[i] < first) i++;
    return i;
}

uint64_t spl_name_hash_of(spl_name_id id)
{
    return (uint64_t)FIRST[id] << 32 | ATTRIBUTE_REST[id];
}

uint32_t spl_name_find(uint64_t hash)
{
    uint32_t first = (uint32_t)(hash >> 32);
    uint32_t id = place(first, ATTRIBUTES, SPL_NAME_COUNT);
    if (FIRST[id] == first) return id;
    id = place(first, 0, ATTRIBUTES);
    return spl_name_hash_of(id) == hash ? id : SPL_NAME_COUNT;
}

spl_text spl_known_name(uint64_t name)
{
    static const char TEXTS[] =
#define SPL_NAME_TEXT(hash, name, role) #name "\0"
        SPL_NAME_ATTRIBUTES(SPL_NAME_TEXT)
#undef SPL_NAME_TEXT
        ;
    uint32_t id = spl_name_find(name);
    if (id >= ATTRIBUTES) return (spl_text){0};
    const char *text = TEXTS;
    while (id--) text += strlen(text) + 1;
    return (spl_text){text, strlen(text)};
}

const char spl_name_clicks[] =
#define SENDER(name, text) text "\0"
    SPL_NAME_CLICKS(SENDER)
#undef SENDER
    ;
