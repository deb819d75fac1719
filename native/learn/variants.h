// SPDX-License-Identifier: GPL-3.0-or-later
// The variants of a log, as they turn up in it; and the order in which a bundle has them.
#ifndef SAMPLIT_VARIANTS_H
#define SAMPLIT_VARIANTS_H

#include "host/error.h"
#include "samplit/policy.h"

typedef struct spl_variants {
    uint32_t count;
    spl_text names[SPL_VARIANTS_MAX]; // owned
} spl_variants;

// The index of that name, added if it is new. Fails above SPL_VARIANTS_MAX or when out of memory.
bool spl_variants_index(spl_variants *variants, spl_text name, uint32_t *index, spl_error *error);
void spl_variants_free(spl_variants *variants);

// order[i] = which of the variants comes i-th: the control, then the others by name (bytes). The control is
// `control`; with NULL the variant called `control`, else the one called `default`, else the first by name.
// Fails if there is none called `control`.
bool spl_variants_order(const spl_variants *variants, const char *control, uint32_t order[SPL_VARIANTS_MAX],
                        spl_error *error);
// Brings the names into that order.
void spl_variants_reorder(spl_variants *variants, const uint32_t *order);

#endif
