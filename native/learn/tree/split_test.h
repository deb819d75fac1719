// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the variants' effects differ between groups of visitors: the evidence for a split.
#ifndef SAMPLIT_SPLIT_TEST_H
#define SAMPLIT_SPLIT_TEST_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "learn/moments.h"

typedef struct spl_split_test {
    double q;           // how far the effects are apart, chi-square with `freedom` degrees under equal effects
    uint32_t freedom;   // 0: nothing can be tested
    double p, evidence; // NaN and -INFINITY then; evidence grows as p shrinks, also where p is 0 to double
} spl_split_test;

#define SPL_SPLIT_NO_TEST ((spl_split_test){0, 0, NAN, -INFINITY})

// Of cells (groups, variant_count); those of fewer than `cell_min` exposures take no part. variant_count is at most
// SPL_VARIANTS_MAX. O(groups * variants^2 + variants^3).
spl_split_test spl_split_test_of(const spl_moments *cells, uint32_t groups, uint32_t variant_count, double cell_min,
                                 bool binary);

// Whether `a` is the better reason to split.
bool spl_split_test_before(const spl_split_test *a, const spl_split_test *b);

#endif
