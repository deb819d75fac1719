// SPDX-License-Identifier: GPL-3.0-or-later
// All methods work on the p-values in ascending order p(1) <= … <= p(m): step-down methods keep a running maximum from
// the smallest, step-up methods a running minimum from the largest.
#include "stats/p_adjust.h"

#include <math.h>
#include <stdlib.h>

typedef struct ranked {
    double p, adjusted;
    uint32_t at; // place in the caller's array
} ranked;

const char *spl_correction_name(spl_correction correction)
{
    static const char *const names[SPL_CORRECTIONS] = {"none", "bonferroni", "holm", "hochberg", "hommel", "bh", "by"};
    return correction < SPL_CORRECTIONS ? names[correction] : "unknown";
}

static int by_p(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->p != y->p) return x->p < y->p ? -1 : 1;
    return x->at < y->at ? -1 : 1;
}

static void each_times(ranked *r, uint32_t m, double factor)
{
    for (uint32_t i = 0; i < m; i++) r[i].adjusted = fmin(1, factor * r[i].p);
}

static void step_down(ranked *r, uint32_t m)
{
    double highest = 0;
    for (uint32_t i = 0; i < m; i++) {
        highest = fmax(highest, fmin(1, (m - i) * r[i].p));
        r[i].adjusted = highest;
    }
}

// Hochberg's factor for the test of rank i + 1 is m - i, Benjamini's m / (i + 1), times `scale`.
static void step_up(ranked *r, uint32_t m, bool discovery_rate, double scale)
{
    double lowest = 1;
    for (uint32_t i = m; i-- > 0;) {
        double factor = discovery_rate ? (double)m / (i + 1) : (double)(m - i);
        lowest = fmin(lowest, scale * factor * r[i].p);
        r[i].adjusted = lowest;
    }
}

static double harmonic(uint32_t m)
{
    double sum = 0;
    for (uint32_t i = m; i > 0; i--) sum += 1.0 / i;
    return sum;
}

// The closed test of Simes's statistic, in the order of Wright (1992, "Adjusted p-values for simultaneous
// inference"): for each size k of an intersection, the largest k - 1 of the others pull the rest up.
static void hommel(ranked *r, uint32_t m)
{
    double start = INFINITY;
    for (uint32_t i = 0; i < m; i++) start = fmin(start, (double)m * r[i].p / (i + 1));
    for (uint32_t i = 0; i < m; i++) r[i].adjusted = start;
    for (uint32_t k = m; k-- > 2;) {
        double least = INFINITY;
        for (uint32_t j = 0; j + 1 < k; j++) least = fmin(least, k * r[m - k + 1 + j].p / (j + 2));
        double rest = fmin(k * r[m - k].p, least); // of the k - 1 largest
        for (uint32_t i = 0; i < m; i++) {
            double bound = i <= m - k ? fmin(k * r[i].p, least) : rest;
            r[i].adjusted = fmax(r[i].adjusted, bound);
        }
    }
    for (uint32_t i = 0; i < m; i++) r[i].adjusted = fmin(1, fmax(r[i].adjusted, r[i].p));
}

static void adjust(spl_correction correction, ranked *r, uint32_t m)
{
    switch (correction) {
    case SPL_CORRECTION_BONFERRONI: each_times(r, m, m); break;
    case SPL_CORRECTION_HOLM: step_down(r, m); break;
    case SPL_CORRECTION_HOCHBERG: step_up(r, m, false, 1); break;
    case SPL_CORRECTION_HOMMEL: hommel(r, m); break;
    case SPL_CORRECTION_BH: step_up(r, m, true, 1); break;
    case SPL_CORRECTION_BY: step_up(r, m, true, harmonic(m)); break;
    default: each_times(r, m, 1); break;
    }
}

bool spl_p_adjust(spl_correction correction, const double *p, uint32_t n, double *adjusted)
{
    if (n == 0) return true;
    ranked *r = malloc(n * sizeof *r);
    if (!r) return false;
    uint32_t m = 0;
    for (uint32_t i = 0; i < n; i++) {
        adjusted[i] = p[i];
        if (!isnan(p[i])) r[m++] = (ranked){.p = p[i], .at = i};
    }
    qsort(r, m, sizeof *r, by_p);
    adjust(correction, r, m);
    for (uint32_t i = 0; i < m; i++) adjusted[r[i].at] = r[i].adjusted;
    free(r);
    return true;
}
