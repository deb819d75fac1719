// SPDX-License-Identifier: GPL-3.0-or-later
// Empirical Bayes over a tree, level by level (Efron & Morris 1973, "Stein's estimation rule and its
// competitors"; Gelman et al., Bayesian Data Analysis, 3rd ed., ch. 5). A cell of variant v in a segment has the prior
//
//   Beta(kappa m, kappa (1 - m))   or   Normal(m, sigma^2 / kappa),     m = posterior mean of v in the parent
//
// and kappa maximises the marginal likelihood of the level's cells:
//
//   beta-binomial:   ln B(kappa m + s, kappa (1 - m) + n - s) - ln B(kappa m, kappa (1 - m))
//   Normal-Normal:   -1/2 ln(V) - (y - m)^2 / (2 sigma^2 V),            V = 1/kappa + 1/n
//
// times Gelman's hyperprior, kappa^(-1/2) on the scale of ln kappa (eq. 5.9 and 5.10). Pure maximum likelihood
// runs to infinite kappa, complete pooling, whenever a handful of segments happen to be alike.
#include "learn/pooling.h"

#include <math.h>
#include <stdlib.h>

#define LN_KAPPA_MAX 16.118 // ln 1e7
#define GRID 16             // steps of the search before it is refined
#define REFINEMENTS 14      // golden sections: ln kappa within 0.003
#define CELLS_MAX 65536u    // more cells than this are thinned evenly; the fit's error is far smaller by then
#define SHORT_PRODUCT 8

// ln of Gamma(x + n) / Gamma(x) for a whole n.
static double log_rising(double x, double n)
{
    if (n > SHORT_PRODUCT) {
        int sign;
        return lgamma_r(x + n, &sign) - lgamma_r(x, &sign);
    }
    double product = 1;
    for (int i = 0; i < (int)n; i++) product *= x + i;
    return log(product);
}

static double log_marginal(spl_family family, const spl_pool_cell *c, double kappa)
{
    if (family == SPL_FAMILY_BETA) {
        return log_rising(kappa * c->mean, c->sum) + log_rising(kappa * (1 - c->mean), c->count - c->sum) -
               log_rising(kappa, c->count);
    }
    double spread = 1 / kappa + 1 / c->count, apart = c->sum / c->count - c->mean;
    return -log(spread) / 2 - apart * apart / (2 * c->variance * spread);
}

static double log_posterior(spl_family family, const spl_pool_cell *cells, uint32_t n, double ln_kappa)
{
    double sum = -ln_kappa / 2, kappa = exp(ln_kappa);
    uint32_t stride = 1 + (n - 1) / CELLS_MAX;
    for (uint32_t i = 0; i < n; i += stride) sum += log_marginal(family, &cells[i], kappa);
    return sum;
}

double spl_pool_kappa(spl_family family, const spl_pool_cell *cells, uint32_t n)
{
    if (n == 0) return exp(LN_KAPPA_MAX);
    double best = 0, highest = -INFINITY, step = LN_KAPPA_MAX / GRID;
    for (int i = 0; i <= GRID; i++) {
        double value = log_posterior(family, cells, n, i * step);
        if (value > highest) highest = value, best = i * step;
    }
    double low = fmax(best - step, 0), high = fmin(best + step, LN_KAPPA_MAX), golden = (sqrt(5) - 1) / 2;
    double left = high - golden * (high - low), right = low + golden * (high - low);
    double at_left = log_posterior(family, cells, n, left), at_right = log_posterior(family, cells, n, right);
    for (int i = 0; i < REFINEMENTS; i++) {
        if (at_left > at_right) {
            high = right, right = left, at_right = at_left;
            left = high - golden * (high - low), at_left = log_posterior(family, cells, n, left);
        } else {
            low = left, left = right, at_left = at_right;
            right = low + golden * (high - low), at_right = log_posterior(family, cells, n, right);
        }
    }
    return exp((low + high) / 2);
}

typedef struct fit {
    const spl_state *state;
    spl_pool *pool;
    double *variance;     // (nodes, variant_count), Normal only
    spl_pool_cell *cells; // room for all cells of one level
    uint32_t variant_count;
} fit;

// A Normal mean of no spread at all would make densities infinite.
static double some_spread(double sd, double mean)
{
    return fmax(fmax(sd, 1e-9 * fabs(mean)), 1e-200);
}

// The cell's posterior under a prior with that mean, variance and strength.
static void update(fit *f, size_t cell, const spl_moments *m, double mean, double variance, double kappa)
{
    spl_posterior *out = &f->pool->posteriors[cell];
    if (f->pool->family == SPL_FAMILY_BETA) {
        kappa = fmax(kappa, 1 / fmin(mean, 1 - mean));
        *out = (spl_posterior){SPL_FAMILY_BETA, kappa * mean + m->sum, kappa * (1 - mean) + m->count - m->sum};
        return;
    }
    double within = (kappa * variance + m->squares) / (kappa + fmax(m->count - 1, 0));
    double centre = mean + (m->mean - mean) * (m->count / (kappa + m->count));
    f->variance[cell] = within;
    *out = (spl_posterior){SPL_FAMILY_NORMAL, centre, some_spread(sqrt(within / (kappa + m->count)), centre)};
}

// The root's prior is what all variants have in common, worth one conversion or one sample.
static void fit_root(fit *f)
{
    const spl_moments *m = spl_state_moments(f->state, 0);
    double count = 0, sum = 0, squares = 0, mean;
    for (uint32_t v = 0; v < f->variant_count; v++) count += m[v].count, sum += m[v].sum, squares += m[v].squares;
    if (f->pool->family == SPL_FAMILY_BETA) {
        mean = (sum + 1) / (count + 2);
    } else {
        mean = count > 0 ? sum / count : 0;
    }
    double variance = count > f->variant_count ? squares / (count - f->variant_count) : 0;
    for (uint32_t v = 0; v < f->variant_count; v++) update(f, v, &m[v], mean, variance, 1);
}

// A binary cell of fewer than two samples has the same likelihood under every kappa, and a Normal one of none.
static bool can_tell(spl_family family, const spl_moments *m, double variance)
{
    return family == SPL_FAMILY_BETA ? m->count >= 2 : m->count >= 1 && variance > 0;
}

static uint32_t gather(fit *f, uint32_t depth)
{
    uint32_t n = 0, k = f->variant_count;
    for (uint32_t i = 1; i < spl_state_count(f->state); i++) {
        if (spl_state_depth(f->state, i) != depth) continue;
        const spl_moments *m = spl_state_moments(f->state, i);
        size_t parent = (size_t)spl_state_parent(f->state, i) * k;
        for (uint32_t v = 0; v < k; v++) {
            double variance = f->variance ? f->variance[parent + v] : 0;
            if (!can_tell(f->pool->family, &m[v], variance)) continue;
            double mean = spl_posterior_mean(&f->pool->posteriors[parent + v]);
            f->cells[n++] = (spl_pool_cell){m[v].count, m[v].sum, mean, variance};
        }
    }
    return n;
}

static void fit_level(fit *f, uint32_t depth)
{
    uint32_t k = f->variant_count, n = gather(f, depth);
    double kappa = f->pool->kappa[depth - 1] = spl_pool_kappa(f->pool->family, f->cells, n);
    for (uint32_t i = 1; i < spl_state_count(f->state); i++) {
        if (spl_state_depth(f->state, i) != depth) continue;
        const spl_moments *m = spl_state_moments(f->state, i);
        size_t parent = (size_t)spl_state_parent(f->state, i) * k, cell = (size_t)i * k;
        for (uint32_t v = 0; v < k; v++) {
            double mean = spl_posterior_mean(&f->pool->posteriors[parent + v]);
            update(f, cell + v, &m[v], mean, f->variance ? f->variance[parent + v] : 0, kappa);
        }
    }
}

bool spl_pool_fit(const spl_state *state, spl_family family, spl_pool *out)
{
    const spl_state_config *config = spl_state_config_of(state);
    size_t cells = (size_t)spl_state_count(state) * config->variant_count;
    spl_pool pool = {family, {0}, malloc(cells * sizeof *pool.posteriors)};
    fit f = {state, &pool, NULL, malloc(cells * sizeof *f.cells), config->variant_count};
    if (family == SPL_FAMILY_NORMAL) f.variance = malloc(cells * sizeof *f.variance);
    bool ok = pool.posteriors && f.cells && (f.variance || family == SPL_FAMILY_BETA);
    if (ok) {
        fit_root(&f);
        for (uint32_t depth = 1; depth <= config->level_count; depth++) fit_level(&f, depth);
        *out = pool;
    } else {
        free(pool.posteriors);
    }
    free(f.variance);
    free(f.cells);
    return ok;
}

void spl_pool_free(spl_pool *pool)
{
    free(pool->posteriors);
    pool->posteriors = NULL;
}
