// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/proportion.h"

#include <math.h>

#include "stats/quantile.h"
#include "stats/z95.h"

bool spl_counts_possible(double successes, double trials)
{
    return trials > 0 && isfinite(trials) && successes >= 0 && successes <= trials;
}

static void wilson(double successes, double trials, double z, double *low, double *high)
{
    *low = *high = NAN;
    if (!spl_counts_possible(successes, trials)) return;
    double p = successes / trials, zz = z * z;
    double centre = (p + zz / (2 * trials)) / (1 + zz / trials);
    double reach = z * sqrt(p * (1 - p) / trials + zz / (4 * trials * trials)) / (1 + zz / trials);
    *low = successes > 0 ? centre - reach : 0;
    *high = successes < trials ? centre + reach : 1;
}

void spl_wilson(double successes, double trials, double *low, double *high)
{
    wilson(successes, trials, SPL_Z95, low, high);
}

spl_interval spl_wilson_interval(double successes, double trials, double confidence)
{
    spl_interval out;
    wilson(successes, trials, spl_normal_reach(confidence), &out.low, &out.high);
    return out;
}

spl_interval spl_clopper_pearson(double successes, double trials, double confidence)
{
    if (!spl_counts_possible(successes, trials)) return (spl_interval){NAN, NAN};
    double tail = (1 - confidence) / 2, failures = trials - successes;
    return (spl_interval){
        .low = successes > 0 ? spl_beta_quantile(tail, successes, failures + 1) : 0,
        .high = failures > 0 ? spl_beta_quantile(1 - tail, successes + 1, failures) : 1,
    };
}

spl_interval spl_jeffreys(double successes, double trials, double confidence)
{
    if (!spl_counts_possible(successes, trials)) return (spl_interval){NAN, NAN};
    double tail = (1 - confidence) / 2, a = successes + 0.5, b = trials - successes + 0.5;
    return (spl_interval){spl_beta_quantile(tail, a, b), spl_beta_quantile(1 - tail, a, b)};
}
