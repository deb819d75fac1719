// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/srm.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

spl_srm spl_srm_of(const double *counts, const double *shares, uint32_t k)
{
    double total = 0;
    for (uint32_t v = 0; v < k; v++) total += counts[v];
    if (k < 2 || !(total > 0)) return (spl_srm){NAN, NAN, NAN, NAN, NAN};
    spl_srm out = {.freedom = -1, .least_expected = INFINITY};
    for (uint32_t v = 0; v < k; v++) {
        double expected = total * shares[v], off = counts[v] - expected;
        out.deviation = fmax(out.deviation, fabs(off) / total);
        if (shares[v] == 0 && counts[v] == 0) continue; // not in play
        out.freedom++;
        out.chi2 += off * off / expected;
        out.least_expected = fmin(out.least_expected, expected);
    }
    out.p = isinf(out.chi2) ? 0 : out.freedom > 0 ? gsl_cdf_chisq_Q(out.chi2, out.freedom) : 1;
    return out;
}

spl_srm_light spl_srm_light_of(double p, double deviation)
{
    if (!(p < SPL_SRM_YELLOW) || !(deviation > SPL_SRM_QUIET)) return SPL_SRM_GREEN_LIGHT;
    return p < SPL_SRM_RED ? SPL_SRM_RED_LIGHT : SPL_SRM_YELLOW_LIGHT;
}

const char *spl_srm_light_name(spl_srm_light light)
{
    static const char *const names[] = {"green", "yellow", "red"};
    return names[light];
}

double spl_srm_log_evidence(const double *counts, const double *shares, uint32_t k, double concentration)
{
    double total = 0, sum = 0;
    for (uint32_t v = 0; v < k; v++) {
        if (counts[v] == 0) continue;
        if (!(shares[v] > 0)) return INFINITY;
        double prior = concentration * shares[v];
        // ln Gamma(prior + count) - ln Gamma(prior), without the difference of two large numbers
        sum += gsl_sf_lnpoch(prior, counts[v]) - counts[v] * log(shares[v]);
        total += counts[v];
    }
    return total > 0 ? sum - gsl_sf_lnpoch(concentration, total) : 0;
}

double spl_srm_sequential_p(const double *counts, const double *shares, uint32_t k)
{
    static const double concentrations[] = {1e2, 1e3, 1e4, 1e5};
    double factors = 0;
    for (int i = 0; i < 4; i++) factors += exp(spl_srm_log_evidence(counts, shares, k, concentrations[i])) / 4;
    return fmin(1, 1 / factors);
}
