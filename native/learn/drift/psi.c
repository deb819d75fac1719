// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/drift/psi.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "stats/interval.h"

#define EXPECTED_MIN 5.0 // visits of a bin on either side: Cochran's rule for Pearson's test
#define HALF 0.5
#define REACH_TAIL 0.05

// Two samples, of which the first may be without end: its size is then INFINITY and its counts are shares.
typedef struct pair {
    uint32_t bins;
    double then_size, now_size;
    double then[SPL_PSI_BINS_MAX + 1], now[SPL_PSI_BINS_MAX + 1];
} pair;

static double share_of_pool(const pair *t, double then, double now)
{
    return isinf(t->then_size) ? then : (then + now) / (t->then_size + t->now_size);
}

static int is_rare(const pair *t, double then, double now)
{
    return share_of_pool(t, then, now) * fmin(t->then_size, t->now_size) < EXPECTED_MIN;
}

static uint32_t least_bin(const pair *t)
{
    uint32_t least = 0;
    for (uint32_t i = 1; i < t->bins; i++) {
        if (share_of_pool(t, t->then[i], t->now[i]) < share_of_pool(t, t->then[least], t->now[least])) least = i;
    }
    return least;
}

static void put_in(pair *t, uint32_t bin, double then, double now)
{
    t->then[bin] += then;
    t->now[bin] += now;
}

// The frequent bins as they are, then one for all others; where even that is rare, it joins the least bin.
static void fill(pair *t, const double *then, const double *now, uint32_t bins)
{
    double rest_then = 0, rest_now = 0;
    for (uint32_t i = 0; i < bins; i++) {
        if (is_rare(t, then[i], now[i])) {
            rest_then += then[i];
            rest_now += now[i];
            continue;
        }
        if (t->bins == SPL_PSI_BINS_MAX) {
            uint32_t least = least_bin(t);
            rest_then += t->then[least];
            rest_now += t->now[least];
            t->then[least] = then[i];
            t->now[least] = now[i];
            continue;
        }
        t->then[t->bins] = then[i];
        t->now[t->bins++] = now[i];
    }
    if (rest_then + rest_now <= 0) return;
    if (t->bins > 0 && is_rare(t, rest_then, rest_now)) {
        put_in(t, least_bin(t), rest_then, rest_now);
        return;
    }
    t->then[t->bins] = t->now[t->bins] = 0;
    put_in(t, t->bins++, rest_then, rest_now);
}

static double index_of(const pair *t)
{
    double sum = 0, b = t->bins;
    for (uint32_t i = 0; i < t->bins; i++) {
        double p = isinf(t->then_size) ? t->then[i] : (t->then[i] + HALF) / (t->then_size + HALF * b);
        double q = (t->now[i] + HALF) / (t->now_size + HALF * b);
        if (p > 0) sum += (q - p) * log(q / p);
    }
    return sum;
}

// Pearson's statistic of homogeneity, or of fit where the first sample is a law.
static double chi_square(const pair *t)
{
    double sum = 0, ratio = isinf(t->then_size) ? 0 : sqrt(t->now_size / t->then_size);
    for (uint32_t i = 0; i < t->bins; i++) {
        if (isinf(t->then_size)) {
            double expected = t->then[i] * t->now_size, d = t->now[i] - expected;
            if (expected > 0) sum += d * d / expected;
        } else {
            double d = ratio * t->then[i] - t->now[i] / ratio;
            sum += d * d / (t->then[i] + t->now[i]);
        }
    }
    return sum;
}

static spl_psi measure(pair *t, const double *then, const double *now, uint32_t bins)
{
    spl_psi out = {0, NAN, NAN, NAN, NAN, NAN};
    if (!(t->then_size > 0 && t->now_size > 0)) return out;
    fill(t, then, now, bins);
    double freedom = t->bins - 1.0, unit = 1 / t->now_size + (isinf(t->then_size) ? 0 : 1 / t->then_size);
    out.bins = t->bins;
    if (t->bins < 2) return (spl_psi){t->bins, 0, 0, 0, gsl_cdf_chisq_Qinv(REACH_TAIL, 1) * unit, 1};
    out.raw = index_of(t);
    out.noise = freedom * unit;
    out.drift = fmax(out.raw - out.noise, 0);
    out.reach = gsl_cdf_chisq_Qinv(REACH_TAIL, freedom) * unit;
    out.p = spl_chi_square_p(chi_square(t), freedom);
    return out;
}

spl_psi spl_psi_of(const double *then, const double *now, uint32_t bins)
{
    pair t = {.bins = 0};
    for (uint32_t i = 0; i < bins; i++) {
        t.then_size += then[i];
        t.now_size += now[i];
    }
    return measure(&t, then, now, bins);
}

spl_psi spl_psi_of_shares(const double *shares, const double *now, uint32_t bins)
{
    pair t = {.then_size = INFINITY};
    for (uint32_t i = 0; i < bins; i++) t.now_size += now[i];
    return measure(&t, shares, now, bins);
}
