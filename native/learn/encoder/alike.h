// SPDX-License-Identifier: GPL-3.0-or-later
// What makes two visitors alike, when nobody says: that the same variants work for them.
//
// What a visitor did under one variant says little (most do nothing, whatever is shown), so outcomes themselves are
// poor labels. Instead a teacher predicts from the features what every variant would be worth for the visitor, and
// visitors are grouped by that. Each prediction comes from a teacher that has not seen the row (two halves teach each
// other), or rows would be grouped by their own luck. Decision 0100 has what each choice does for policies.
#ifndef SAMPLIT_ALIKE_H
#define SAMPLIT_ALIKE_H

#include "data/schema_spec.h"
#include "host/pool.h"
#include "learn/bandit/linear_rows.h"

typedef enum spl_alike_by {
    SPL_ALIKE_EFFECTS = 0,  // predicted worth of each variant, less their mean: what to serve
    SPL_ALIKE_REWARDS = 1,  // predicted worth of each variant: what to serve, and how much it matters
    SPL_ALIKE_BEST = 2,     // the variant predicted best
    SPL_ALIKE_OUTCOMES = 3, // variant and whether its reward was above the mean: no prediction
} spl_alike_by;

typedef struct spl_alike_config {
    spl_alike_by by;
    uint32_t groups;   // of EFFECTS and REWARDS
    uint32_t rows_max; // an even sample of more
    uint64_t seed;
    const spl_schema_spec *schema; // NULL = fitted to the contexts
} spl_alike_config;

// by REWARDS, 8 groups, 131,072 rows.
spl_alike_config spl_alike_default(void);

typedef struct spl_alike {
    uint32_t n, d;
    float *x;                // (n, d) features
    int32_t *label;          // [n]
    uint32_t class_count;    // 2 at least
    spl_schema_spec *fitted; // owned; NULL where one was given
} spl_alike;

// k variants. Fails when no exposure has a context, no attribute varies, or all visitors are predicted alike.
bool spl_alike_make(const spl_linear_rows *rows, uint32_t k, const spl_alike_config *config, spl_pool *pool,
                    spl_alike *out, spl_error *error);
void spl_alike_free(spl_alike *alike);

#endif
