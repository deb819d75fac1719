// SPDX-License-Identifier: GPL-3.0-or-later
// Groups differ in how often they convert, variants in how they do on the whole; neither is a reason to split. A
// reason is that a variant's lead over the others depends on the group. So the means y of the cells are held against
// the best fit that adds up,
//
//   Q = min over a, b of  sum w_gv (y_gv - a_g - b_v)^2,    w_gv = 1 / Var(y_gv),
//
// the residual of weighted least squares without interaction: chi-square with (G - 1)(K - 1) degrees of freedom if
// effects are equal (less where cells are missing). With two variants it is Cochran's Q (1954) over the groups'
// effects, with two groups the Q of effect.c; with one split on one variable it is the interaction test of
// Su et al. (2009, "Subgroup analysis via recursive partitioning") and of significance-based uplift trees (Radcliffe
// & Surry 2011). Q less its degrees of freedom estimates how much of the effects' spread the groups explain, which is
// what causal trees maximise, with the same deduction for noise (Athey & Imbens 2016).
//
// Splits are compared by p-value, not by that gain: a spread over many groups is likelier to be noise, and the
// gain's maximum falls to whoever has the most values (Hothorn, Hornik & Zeileis 2006; Zeileis et al. 2008).
#include "learn/tree/split_test.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "learn/effect.h"
#include "samplit/policy.h"

#define PIVOT_MIN 1e-10 // of the diagonal: what rounding leaves of a pivot that is 0

// Normal equations in b, after every group's own level a was put at its best.
typedef struct fit {
    double matrix[SPL_VARIANTS_MAX][SPL_VARIANTS_MAX], right[SPL_VARIANTS_MAX];
    double squares; // about the groups' means
    uint32_t cells, groups;
} fit;

// Means over all groups: what variants do on the whole is taken out first, for digits.
static void overall_means(const spl_moments *cells, uint32_t groups, uint32_t k, double *means)
{
    for (uint32_t v = 0; v < k; v++) {
        spl_moments all = {0};
        for (uint32_t g = 0; g < groups; g++) spl_moments_merge(&all, &cells[(size_t)g * k + v]);
        means[v] = all.mean;
    }
}

static void add_group(fit *f, const spl_moments *cells, const double *means, uint32_t k, double cell_min, bool binary)
{
    spl_sample samples[SPL_VARIANTS_MAX];
    double w[SPL_VARIANTS_MAX] = {0}, y[SPL_VARIANTS_MAX] = {0}, all = 0, centre = 0;
    uint32_t used = 0;
    for (uint32_t v = 0; v < k; v++) samples[v] = spl_moments_sample(&cells[v]);
    spl_side side = spl_effect_side(samples, k, binary);
    for (uint32_t v = 0; v < k; v++) {
        double variance = cells[v].count >= cell_min ? spl_effect_variance(&samples[v], side) : 0;
        if (!(variance > 0)) continue;
        w[v] = 1 / variance;
        y[v] = samples[v].mean - means[v];
        all += w[v];
        centre += w[v] * y[v];
        used++;
    }
    if (used < 2) return; // a single cell is fitted by its group's level
    centre /= all;
    f->cells += used;
    f->groups++;
    for (uint32_t v = 0; v < k; v++) {
        f->squares += w[v] * (y[v] - centre) * (y[v] - centre);
        f->right[v] += w[v] * (y[v] - centre);
        f->matrix[v][v] += w[v];
        for (uint32_t u = 0; u < k; u++) f->matrix[v][u] -= w[v] * (w[u] / all);
    }
}

// Takes out of the squares what b explains, by Gaussian elimination without exchange (the matrix is positive
// semidefinite). Returns its rank: below the number of variants, for a shift of all of them is the groups'.
static uint32_t explain(fit *f, uint32_t k)
{
    double diagonal[SPL_VARIANTS_MAX];
    uint32_t rank = 0;
    for (uint32_t v = 0; v < k; v++) diagonal[v] = f->matrix[v][v];
    for (uint32_t v = 0; v < k; v++) {
        double pivot = f->matrix[v][v];
        if (!(pivot > PIVOT_MIN * diagonal[v])) continue;
        rank++;
        f->squares -= f->right[v] * (f->right[v] / pivot);
        for (uint32_t u = v + 1; u < k; u++) {
            double share = f->matrix[u][v] / pivot;
            f->right[u] -= share * f->right[v];
            for (uint32_t t = v + 1; t < k; t++) f->matrix[u][t] -= share * f->matrix[v][t];
        }
    }
    return rank;
}

// Wilson & Hilferty's (1931) normal score of a chi-square.
static double score(double q, double freedom)
{
    double spread = 2 / (9 * freedom);
    return (cbrt(q / freedom) - (1 - spread)) / sqrt(spread);
}

spl_split_test spl_split_test_of(const spl_moments *cells, uint32_t groups, uint32_t variant_count, double cell_min,
                                 bool binary)
{
    fit f = {0};
    double means[SPL_VARIANTS_MAX];
    overall_means(cells, groups, variant_count, means);
    for (uint32_t g = 0; g < groups; g++)
        add_group(&f, cells + (size_t)g * variant_count, means, variant_count, fmax(cell_min, 2), binary);
    uint32_t fitted = f.groups + explain(&f, variant_count);
    if (f.groups < 2 || f.cells <= fitted) return SPL_SPLIT_NO_TEST;
    double q = fmax(f.squares, 0);
    uint32_t freedom = f.cells - fitted;
    return (spl_split_test){q, freedom, fmax(gsl_cdf_chisq_Q(q, freedom), DBL_MIN), score(q, freedom)};
}

bool spl_split_test_before(const spl_split_test *a, const spl_split_test *b)
{
    if (isnan(a->p) || isnan(b->p)) return isnan(b->p) && !isnan(a->p);
    return a->p != b->p ? a->p < b->p : a->evidence > b->evidence;
}
