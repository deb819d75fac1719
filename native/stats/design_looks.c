// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/design_looks.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

static double tail_of(double alpha, bool one_sided)
{
    return one_sided ? alpha : alpha / 2;
}

// The expected z of a single test with that power.
static double drift_of(double alpha, bool one_sided, double power)
{
    return gsl_cdf_ugaussian_Qinv(tail_of(alpha, one_sided)) + gsl_cdf_ugaussian_Pinv(power);
}

static double power_at(const spl_design_looks *looks, bool one_sided, double drift)
{
    double z[SPL_DESIGN_LOOKS_MAX], information[SPL_DESIGN_LOOKS_MAX];
    for (uint32_t i = 0; i < looks->count; i++) {
        z[i] = looks->look[i].z;
        information[i] = looks->look[i].information;
    }
    return spl_group_power(z, one_sided, information, looks->count, drift);
}

// The drift that has the power: a little more than that of one look. By secants on the quantile of the power, which is
// nearly a straight line of the drift.
static double drift_with(const spl_design_looks *looks, bool one_sided, double from, double power)
{
    double wanted = gsl_cdf_ugaussian_Pinv(power), a = from, b = 1.05 * from + 0.01;
    double at_a = gsl_cdf_ugaussian_Pinv(power_at(looks, one_sided, a)) - wanted;
    for (int i = 0; i < 8; i++) {
        double at_b = gsl_cdf_ugaussian_Pinv(power_at(looks, one_sided, b)) - wanted;
        if (fabs(at_b) < 1e-9 || at_b == at_a) break;
        double next = b - at_b * (b - a) / (at_b - at_a);
        a = b;
        at_a = at_b;
        b = next;
    }
    return b;
}

static void fill(spl_spending spending, double alpha, bool one_sided, double drift, spl_design_looks *out)
{
    double z[SPL_DESIGN_LOOKS_MAX], information[SPL_DESIGN_LOOKS_MAX], stopped[SPL_DESIGN_LOOKS_MAX];
    for (uint32_t i = 0; i < out->count; i++) {
        z[i] = out->look[i].z;
        information[i] = out->look[i].information;
    }
    bool told = spl_group_stops(z, one_sided, information, out->count, drift, stopped);
    for (uint32_t i = 0; i < out->count; i++) {
        spl_design_look *look = &out->look[i];
        look->p = (one_sided ? 1 : 2) * gsl_cdf_ugaussian_Q(look->z);
        look->spent = (one_sided ? 1 : 2) * spl_spend(spending, tail_of(alpha, one_sided), look->information);
        look->stopped = told ? stopped[i] : NAN;
    }
}

bool spl_design_looks_plan(spl_spending spending, uint32_t looks, double alpha, bool one_sided, double power,
                           spl_design_looks *out, spl_error *error)
{
    double z[SPL_DESIGN_LOOKS_MAX], information[SPL_DESIGN_LOOKS_MAX];
    if (looks < 1 || looks > SPL_DESIGN_LOOKS_MAX)
        return spl_fail_field(error, "looks", "%u is not from 1 to %d", looks, SPL_DESIGN_LOOKS_MAX);
    if (looks == 1) {
        double critical = gsl_cdf_ugaussian_Qinv(tail_of(alpha, one_sided));
        *out = (spl_design_looks){.count = 1, .look = {{1, critical, alpha, alpha, power}}, .inflation = 1};
        return true;
    }
    for (uint32_t i = 0; i < looks; i++) information[i] = (i + 1.0) / looks;
    if (!spl_group_bounds(spending, alpha, one_sided, information, looks, z, error)) return false;
    *out = (spl_design_looks){.count = looks, .inflation = 1};
    for (uint32_t i = 0; i < looks; i++) out->look[i] = (spl_design_look){.information = information[i], .z = z[i]};
    double single = drift_of(alpha, one_sided, power), drift = drift_with(out, one_sided, single, power);
    out->inflation = fmax(1, drift / single * (drift / single));
    fill(spending, alpha, one_sided, drift, out);
    return true;
}

double spl_design_looks_power(const spl_design_looks *looks, double alpha, bool one_sided, double power)
{
    if (looks->count < 2 || !(power > 0 && power < 1)) return power;
    return power_at(looks, one_sided, drift_of(alpha, one_sided, power));
}
