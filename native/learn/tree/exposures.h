// SPDX-License-Identifier: GPL-3.0-or-later
// Exposures in columns, for a learner that must look at them more than once: 25 bytes each and 2 per candidate.
#ifndef SAMPLIT_EXPOSURES_H
#define SAMPLIT_EXPOSURES_H

#include "learn/moments.h"
#include "learn/tree/candidates.h"

#define SPL_NO_ROW UINT32_MAX

typedef struct spl_exposures {
    uint32_t count, capacity;
    spl_candidates *candidates;          // owned
    uint16_t *codes[SPL_CANDIDATES_MAX]; // [capacity] each; NULL = no exposure had that attribute
    uint8_t *variant;                    // with the half in the highest bit
    double *reward;                      // NaN as long as the exposure is open
    double *propensity;
    uint64_t *policy;
} spl_exposures;

// Takes the candidates; NULL (and they are freed) when out of memory.
spl_exposures *spl_exposures_new(spl_candidates *candidates);
void spl_exposures_free(spl_exposures *exposures);

// Which half of the units a unit belongs to, 0 or 1: the one chooses splits, the other judges them. Independent of
// assignment and of folds, which hash with other seeds.
uint32_t spl_exposures_half(spl_text unit, uint64_t seed);

// The row of a new, open exposure. SPL_NO_ROW when out of memory, or above 2^32 - 2 rows.
uint32_t spl_exposures_add(spl_exposures *exposures, const spl_context *context, const spl_event *event,
                           uint32_t variant, uint32_t half, spl_chance chance);
void spl_exposures_close(spl_exposures *exposures, uint32_t row, double reward);
void spl_exposures_reorder(spl_exposures *exposures, const uint32_t *order, uint32_t n); // as spl_state_reorder
bool spl_exposures_binary(const spl_exposures *exposures); // whether every reward is 0 or 1

static inline uint32_t spl_exposures_variant(const spl_exposures *x, uint32_t row)
{
    return x->variant[row] & 127u;
}

static inline uint32_t spl_exposures_in_half(const spl_exposures *x, uint32_t row)
{
    return x->variant[row] >> 7;
}

static inline spl_chance spl_exposures_chance(const spl_exposures *x, uint32_t row)
{
    return (spl_chance){x->propensity[row], x->policy[row]};
}

#endif
