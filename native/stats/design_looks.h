// SPDX-License-Identifier: GPL-3.0-or-later
// An experiment that is looked at a few times on its way, and stopped at a look whose z-statistic is large enough: what
// it takes at each look, and how many more visitors than with one look at the end keep the power (Jennison & Turnbull
// 2000, chapter 2).
#ifndef SAMPLIT_DESIGN_LOOKS_H
#define SAMPLIT_DESIGN_LOOKS_H

#include "stats/group_sequential.h"

#define SPL_DESIGN_LOOKS_MAX 20

typedef struct spl_design_look {
    double information; // share of the visitors
    double z, p;        // stop where |z| (one-sided: z) is at least z; p is that of z in a single test
    double spent;       // of alpha so far
    double stopped;     // probability to have stopped by then, if the effect is what was planned for
} spl_design_look;

typedef struct spl_design_looks {
    uint32_t count;
    spl_design_look look[SPL_DESIGN_LOOKS_MAX];
    double inflation; // visitors over those of one look; 1 for one look
} spl_design_looks;

// `looks` equally far apart, 1 to SPL_DESIGN_LOOKS_MAX. `alpha` of one comparison, over all looks. Fails on values out
// of range.
bool spl_design_looks_plan(spl_spending spending, uint32_t looks, double alpha, bool one_sided, double power,
                           spl_design_looks *out, spl_error *error);

// The power with looks, where a single test of the same visitors would have `power`.
double spl_design_looks_power(const spl_design_looks *looks, double alpha, bool one_sided, double power);

#endif
