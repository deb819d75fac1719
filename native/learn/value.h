// SPDX-License-Identifier: GPL-3.0-or-later
// What policies are worth under the posteriors, in reward per exposure.
#ifndef SAMPLIT_VALUE_H
#define SAMPLIT_VALUE_H

#include "learn/learn.h"

typedef struct spl_value {
    double uniform;      // all variants served equally
    double best_variant; // the best single one served to everybody
    double policy;       // what was learned
    uint32_t best;       // which variant that is
} spl_value;

// Over the exposures that were learned from: the same that chose the policy, so its value is flattering. NaN
// without exposures. False when out of memory.
bool spl_value_of(const spl_learned *learned, spl_value *out);

#endif
