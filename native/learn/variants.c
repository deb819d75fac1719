// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/variants.h"

#include <stdlib.h>
#include <string.h>

#include "host/texts.h"

static uint32_t find(const spl_variants *variants, spl_text name)
{
    uint32_t i = 0;
    while (i < variants->count && !spl_text_equal(variants->names[i], name)) i++;
    return i;
}

bool spl_variants_index(spl_variants *variants, spl_text name, uint32_t *index, spl_error *error)
{
    uint32_t i = find(variants, name);
    if (i == SPL_VARIANTS_MAX) return spl_fail_field(error, "variant", "more than %d variants", SPL_VARIANTS_MAX);
    if (i == variants->count) {
        char *copy = malloc(name.size + 1);
        if (!copy) return spl_fail(error, "out of memory");
        if (name.size > 0) memcpy(copy, name.data, name.size);
        variants->names[variants->count++] = (spl_text){copy, name.size};
    }
    *index = i;
    return true;
}

void spl_variants_free(spl_variants *variants)
{
    for (uint32_t i = 0; i < variants->count; i++) free((void *)(uintptr_t)variants->names[i].data);
    variants->count = 0;
}

static uint32_t find_word(const spl_variants *variants, const char *word)
{
    return find(variants, (spl_text){word, strlen(word)});
}

bool spl_variants_order(const spl_variants *variants, const char *control, uint32_t order[SPL_VARIANTS_MAX],
                        spl_error *error)
{
    uint32_t first = find_word(variants, control ? control : "control");
    if (control && first == variants->count) {
        return spl_fail_field(error, "control", "no variant is called \"%s\" in the log", control);
    }
    if (first == variants->count) first = find_word(variants, "default");
    for (uint32_t i = 0; i < variants->count; i++) {
        uint32_t j = i;
        for (; j > 0 && order[j - 1] != first; j--) {
            if (i != first && !spl_text_before(variants->names[i], variants->names[order[j - 1]])) break;
            order[j] = order[j - 1];
        }
        order[j] = i;
    }
    return true;
}

void spl_variants_reorder(spl_variants *variants, const uint32_t *order)
{
    spl_text names[SPL_VARIANTS_MAX];
    for (uint32_t i = 0; i < variants->count; i++) names[i] = variants->names[order[i]];
    memcpy(variants->names, names, variants->count * sizeof *names);
}
