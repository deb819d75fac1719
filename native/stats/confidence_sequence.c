// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/confidence_sequence.h"

#include <math.h>

#include "stats/boundary.h"

// ln of the two-sided martingale against the rate p, tuned for n_opt trials of that rate.
static double evidence_against(double p, double successes, double trials, double n_opt, double alpha)
{
    double unit = p * (1 - p);
    spl_mixture m = spl_mixture_tuned(SPL_MIXTURE_BETA_BINOMIAL, n_opt * unit, alpha, false, 0, p, 1 - p);
    return spl_mixture_log(&m, successes - trials * p, trials * unit);
}

// Between a rate that is rejected and one that is not.
static double edge(double rejected, double kept, double successes, double trials, double n_opt, double alpha)
{
    double wanted = log(1 / alpha);
    if (evidence_against(rejected, successes, trials, n_opt, alpha) < wanted) return rejected;
    for (int i = 0; i < 60; i++) {
        double middle = (rejected + kept) / 2;
        if (evidence_against(middle, successes, trials, n_opt, alpha) >= wanted)
            rejected = middle;
        else
            kept = middle;
    }
    return rejected;
}

#define LEAST_RATE 1e-12

spl_interval spl_cs_proportion(double successes, double trials, double n_opt, double alpha)
{
    spl_interval out = {0, 1};
    if (!(trials > 0)) return out;
    double rate = successes / trials;
    if (successes > 0) {
        out.low = edge(LEAST_RATE, rate, successes, trials, n_opt, alpha);
        if (out.low <= LEAST_RATE) out.low = 0;
    }
    if (successes < trials) { // by the mirror image, where small rates keep their digits
        double high = edge(LEAST_RATE, 1 - rate, trials - successes, trials, n_opt, alpha);
        out.high = high <= LEAST_RATE ? 1 : 1 - high;
    }
    return out;
}

// The sum of n observations of variance 1 has intrinsic time n.
static spl_mixture normal_mixture(double n_opt, double alpha)
{
    return spl_mixture_tuned(SPL_MIXTURE_NORMAL, n_opt, alpha, false, 0, 0, 0);
}

spl_interval spl_cs_normal(double estimate, double variance, double n, double n_opt, double alpha)
{
    if (!isfinite(estimate) || !(variance >= 0) || !(n > 0)) return (spl_interval){NAN, NAN};
    spl_mixture m = normal_mixture(n_opt, alpha);
    double reach = spl_mixture_bound(&m, n, alpha) / sqrt(n) * sqrt(variance);
    return (spl_interval){estimate - reach, estimate + reach};
}

double spl_cs_normal_log_evidence(double estimate, double variance, double n, double n_opt, double alpha, double null)
{
    if (!isfinite(estimate) || !(variance > 0) || !(n > 0)) return 0;
    spl_mixture m = normal_mixture(n_opt, alpha);
    return spl_mixture_log(&m, (estimate - null) / sqrt(variance) * sqrt(n), n);
}

spl_interval spl_cs_martingale(double mean, double n, double v, double v_opt, double alpha)
{
    if (!isfinite(mean) || !(v >= 0) || !(n > 0)) return (spl_interval){NAN, NAN};
    spl_mixture m = normal_mixture(v_opt, alpha);
    double reach = spl_mixture_bound(&m, v, alpha) / n;
    return (spl_interval){mean - reach, mean + reach};
}

double spl_cs_martingale_log_evidence(double mean, double n, double v, double v_opt, double alpha, double null)
{
    if (!isfinite(mean) || !(v >= 0) || !(n > 0)) return 0;
    spl_mixture m = normal_mixture(v_opt, alpha);
    return spl_mixture_log(&m, (mean - null) * n, v);
}
