// SPDX-License-Identifier: GPL-3.0-or-later
// P(v is best) = integral of f_v(t) * product over u != v of F_u(t) dt, and the expected loss of v, whose mean is X, to
// the best of the others, Y, is E[(Y - X)+] = integral of F_v(x) * (1 - product over u != v of F_u(x)) dx.
//
// The axis is cut into panels where any density begins, bends or ends, so a wide posterior beside a
// narrow one costs a few panels, not accuracy. Each density is evaluated once per point; its distribution
// function is the running integral of those same values, and its norm their whole integral: no
// incomplete beta, no log-gamma. Drawing samples instead would need 10^12 of them for 1e-6.
#include "stats/best.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "samplit/policy.h"

#define POINTS SPL_LEGENDRE_POINTS
#define CUTS 5     // per posterior: its ends, its peak, and the middles between
#define NARROW 0.5 // panels are not cut finer than this share of the narrowest posterior's width

// Where it must be exact: further out, to densities of e^-45, and steps that grow with the square of their number, so
// that they are short near the peak and, for a Beta's long tails in log-odds, where ln(1 + e^t) bends.
#define EXACT_DROP 45.0
#define EXACT_STEPS 24
#define EXACT_CUTS (2 * EXACT_STEPS + 1)
#define BEND 0.5 // and never coarser than this for being wide

typedef struct samples {
    double at[POINTS]; // one value per point of a panel
} samples;

struct spl_best {
    spl_legendre rule;
    bool exact;
    uint32_t variant_count;
    spl_bulk *bulks;  // [variant_count]
    double *cuts;     // [cuts per posterior * variant_count]
    samples *density; // (panels, variant_count)
};

static spl_best *make(uint32_t variant_count, bool exact)
{
    spl_best *best = calloc(1, sizeof *best);
    if (!best) return NULL;
    size_t k = variant_count, panels = (exact ? EXACT_CUTS : CUTS) * k;
    best->exact = exact;
    best->variant_count = variant_count;
    best->bulks = malloc(k * sizeof *best->bulks);
    best->cuts = malloc(panels * sizeof *best->cuts);
    best->density = malloc(panels * k * sizeof *best->density);
    if (best->bulks && best->cuts && best->density && spl_legendre_init(&best->rule)) return best;
    spl_best_free(best);
    return NULL;
}

spl_best *spl_best_new(uint32_t variant_count)
{
    return make(variant_count, false);
}

spl_best *spl_best_new_exact(uint32_t variant_count)
{
    return make(variant_count, true);
}

void spl_best_free(spl_best *best)
{
    if (!best) return;
    free(best->bulks);
    free(best->cuts);
    free(best->density);
    free(best);
}

const spl_legendre *spl_best_rule(const spl_best *best)
{
    return &best->rule;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static uint32_t cut_in_five(const spl_bulk *bulk, double *cuts)
{
    cuts[0] = bulk->low;
    cuts[1] = (bulk->low + bulk->peak) / 2;
    cuts[2] = bulk->peak;
    cuts[3] = (bulk->peak + bulk->high) / 2;
    cuts[4] = bulk->high;
    return CUTS;
}

static uint32_t cut_finely(const spl_bulk *bulk, double *cuts)
{
    for (int i = -EXACT_STEPS; i <= EXACT_STEPS; i++) {
        double share = (double)(i * i) / (EXACT_STEPS * EXACT_STEPS);
        *cuts++ = bulk->peak + share * ((i < 0 ? bulk->low : bulk->high) - bulk->peak);
    }
    return EXACT_CUTS;
}

// Fills best->cuts with the panels' ends; returns how many.
static uint32_t make_cuts(spl_best *best, const spl_posterior *posteriors)
{
    uint32_t n = 0;
    double narrowest = best->exact && posteriors[0].family == SPL_FAMILY_BETA ? BEND / NARROW : INFINITY;
    for (uint32_t v = 0; v < best->variant_count; v++) {
        spl_bulk *bulk = &best->bulks[v];
        *bulk = best->exact ? spl_posterior_bulk_to(&posteriors[v], EXACT_DROP) : spl_posterior_bulk(&posteriors[v]);
        n += best->exact ? cut_finely(bulk, best->cuts + n) : cut_in_five(bulk, best->cuts + n);
        if (bulk->width < narrowest) narrowest = bulk->width;
    }
    qsort(best->cuts, n, sizeof *best->cuts, ascending);
    uint32_t kept = 1;
    for (uint32_t i = 1; i < n; i++) {
        if (best->cuts[i] - best->cuts[kept - 1] > NARROW * narrowest) best->cuts[kept++] = best->cuts[i];
    }
    best->cuts[kept - 1] = best->cuts[n - 1];
    return kept;
}

// The densities at the points of the panel [from, to], each times half the panel's length.
static void evaluate(const spl_best *best, const spl_posterior *posteriors, double from, double to, samples *density)
{
    double middle = (from + to) / 2, half = (to - from) / 2;
    double t[POINTS], softplus[POINTS];
    for (int i = 0; i < POINTS; i++) {
        t[i] = middle + half * best->rule.point[i];
        softplus[i] = posteriors[0].family == SPL_FAMILY_BETA ? spl_softplus(t[i]) : 0;
    }
    for (uint32_t v = 0; v < best->variant_count; v++) {
        bool apart = to <= best->bulks[v].low || from >= best->bulks[v].high;
        for (int i = 0; i < POINTS; i++) {
            density[v].at[i] =
                apart ? 0 : half * spl_posterior_density(&posteriors[v], &best->bulks[v], t[i], softplus[i]);
        }
    }
}

static double panel_mass(const spl_legendre *rule, const samples *density)
{
    double sum = 0;
    for (int i = 0; i < POINTS; i++) sum += rule->weight[i] * density->at[i];
    return sum;
}

// cdf[v].at[i] = the mass of v up to point i of the panel; `before` holds what lies below the panel.
static void running(const spl_best *best, const samples *density, const double *before, samples *cdf)
{
    for (uint32_t v = 0; v < best->variant_count; v++) {
        for (int i = 0; i < POINTS; i++) {
            double sum = before[v];
            for (int j = 0; j < POINTS; j++) sum += best->rule.running[i][j] * density[v].at[j];
            cdf[v].at[i] = sum;
        }
    }
}

// Adds the panel's part to out[v]: the sum over points of weight * density_v * product of the others' cdf.
static void accumulate(const spl_best *best, const samples *density, const samples *cdf, double *out)
{
    uint32_t k = best->variant_count;
    for (int i = 0; i < POINTS; i++) {
        double before[SPL_VARIANTS_MAX], after = best->rule.weight[i];
        before[0] = 1;
        for (uint32_t v = 1; v < k; v++) before[v] = before[v - 1] * cdf[v - 1].at[i];
        for (uint32_t v = k; v-- > 0; after *= cdf[v].at[i]) out[v] += density[v].at[i] * before[v] * after;
    }
}

// How fast the mean moves along the axis: a Beta's rate is 1 / (1 + e^-t).
static double speed(const spl_posterior *posterior, double t)
{
    if (posterior->family == SPL_FAMILY_NORMAL) return 1;
    double e = exp(-fabs(t));
    return e / ((1 + e) * (1 + e));
}

// Adds the panel's part to loss[v].
static void accumulate_loss(const spl_best *best, const spl_posterior *posteriors, double from, double to,
                            const samples *cdf, double *loss)
{
    double middle = (from + to) / 2, half = (to - from) / 2;
    uint32_t k = best->variant_count;
    for (int i = 0; i < POINTS; i++) {
        double before[SPL_VARIANTS_MAX], after = 1, t = middle + half * best->rule.point[i];
        double weight = half * best->rule.weight[i] * speed(&posteriors[0], t);
        before[0] = 1;
        for (uint32_t v = 1; v < k; v++) before[v] = before[v - 1] * cdf[v - 1].at[i];
        for (uint32_t v = k; v-- > 0; after *= cdf[v].at[i]) loss[v] += weight * cdf[v].at[i] * (1 - before[v] * after);
    }
}

static void normalise(double *values, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!(values[i] > 0)) values[i] = 0;
        sum += values[i];
    }
    for (uint32_t i = 0; i < n; i++) values[i] /= sum;
}

// `loss` may be NULL.
static void judge(spl_best *best, const spl_posterior *posteriors, double *out, double *loss)
{
    uint32_t k = best->variant_count, panels = make_cuts(best, posteriors) - 1;
    samples cdf[SPL_VARIANTS_MAX];
    double mass[SPL_VARIANTS_MAX] = {0}, before[SPL_VARIANTS_MAX] = {0};

    for (uint32_t p = 0; p < panels; p++) {
        evaluate(best, posteriors, best->cuts[p], best->cuts[p + 1], best->density + p * k);
        for (uint32_t v = 0; v < k; v++) mass[v] += panel_mass(&best->rule, &best->density[p * k + v]);
    }
    for (uint32_t v = 0; v < k; v++) out[v] = 0;
    for (uint32_t p = 0; p < panels; p++) {
        samples *at = best->density + p * k;
        for (uint32_t v = 0; v < k; v++) {
            for (int i = 0; i < POINTS; i++) at[v].at[i] /= mass[v];
        }
        running(best, at, before, cdf);
        accumulate(best, at, cdf, out);
        if (loss) accumulate_loss(best, posteriors, best->cuts[p], best->cuts[p + 1], cdf, loss);
        for (uint32_t v = 0; v < k; v++) before[v] += panel_mass(&best->rule, &at[v]);
    }
    normalise(out, k);
}

void spl_best_probabilities(spl_best *best, const spl_posterior *posteriors, double *out)
{
    judge(best, posteriors, out, NULL);
}

void spl_best_losses(spl_best *best, const spl_posterior *posteriors, double *out, double *loss)
{
    for (uint32_t v = 0; v < best->variant_count; v++) loss[v] = 0;
    judge(best, posteriors, out, loss);
    for (uint32_t v = 0; v < best->variant_count; v++) loss[v] = fmax(loss[v], 0);
}
