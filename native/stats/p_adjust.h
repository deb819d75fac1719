// SPDX-License-Identifier: GPL-3.0-or-later
// p-values of several tests, corrected for there being several.
#ifndef SAMPLIT_P_ADJUST_H
#define SAMPLIT_P_ADJUST_H

#include <stdbool.h>
#include <stdint.h>

typedef enum spl_correction {
    SPL_CORRECTION_NONE,
    SPL_CORRECTION_BONFERRONI, // family-wise
    SPL_CORRECTION_HOLM,       // family-wise, never worse than Bonferroni (Holm 1979)
    SPL_CORRECTION_HOCHBERG,   // family-wise, for independent or positively dependent tests (1988)
    SPL_CORRECTION_HOMMEL,     // family-wise, as Hochberg and never worse (1988)
    SPL_CORRECTION_BH,         // false discovery rate, as Hochberg (Benjamini & Hochberg 1995)
    SPL_CORRECTION_BY,         // false discovery rate under any dependence (Benjamini & Yekutieli 2001)
    SPL_CORRECTIONS,
} spl_correction;

// The words of flags and reports: "none", "bonferroni", "holm", "hochberg", "hommel", "bh", "by". Static storage.
const char *spl_correction_name(spl_correction correction);

// adjusted[i]: the least level at which test i would be significant. `adjusted` may be `p`. A NaN (a test that could
// not be made) stays NaN and does not count as a test. O(n log n), Hommel's O(n^2). False when out of memory.
bool spl_p_adjust(spl_correction correction, const double *p, uint32_t n, double *adjusted);

#endif
