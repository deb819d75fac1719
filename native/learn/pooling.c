// SPDX-License-Identifier: GPL-3.0-or-later
// Empirical Bayes over a tree, level by level (Efron & Morris 1973, "Stein's estimation rule and its
// competitors"; Gelman et al., Bayesian Data Analysis, 3rd ed., ch. 5). Segments convert at very different rates while
// a variant does much the same in all of them, so effects are pooled, not rates. Variant v in a segment is
// expected at m: its parent's posterior mean, moved as far as the *other* variants in the segment (n samples) stand
// apart from their parent's means. It has the prior
//
//   Beta(k m, k (1 - m))   or   Normal(m, sigma^2 / k),     1/k = 1/kappa + 1/(base + n) + 1/(parent's samples)
//
// with the strength kappa of `effects are as in the parent`, and base of `the segment is as its parent`. Each maximises
// the marginal likelihood of the level's cells:
//
//   beta-binomial:   ln B(k m + s, k (1 - m) + n - s) - ln B(k m, k (1 - m))
//   Normal-Normal:   -1/2 ln(V) - (y - m)^2 / (2 sigma^2 V),            V = 1/k + 1/n
//
// times Gelman's hyperprior, kappa^(-1/2) on the scale of ln kappa (eq. 5.9 and 5.10). Pure maximum likelihood
// runs to infinite kappa, complete pooling, whenever a handful of segments happen to be alike.
#include "learn/pooling.h"

#include <math.h>
#include <stdlib.h>

#include "samplit/policy.h"

#define LN_KAPPA_MAX 16.118 // ln 1e7
#define GRID 16             // steps of the search before it is refined
#define REFINEMENTS 14      // golden sections: ln kappa within 0.003
#define CELLS_MAX 65536u    // of more cells than this, those of every n-th segment: the fit's error is small by then
#define SHORT_PRODUCT 8
#define RATE_MIN 1e-9 // expected rates are kept that far from 0 and 1

// ln of Gamma(x + n) / Gamma(x).
static double log_rising(double x, double n)
{
    if (n > SHORT_PRODUCT || n != floor(n)) {
        int sign;
        return lgamma_r(x + n, &sign) - lgamma_r(x, &sign);
    }
    double product = 1;
    for (int i = 0; i < (int)n; i++) product *= x + i;
    return log(product);
}

static double log_marginal(spl_family family, const spl_pooling_cell *c, double strength)
{
    double kappa = 1 / (1 / strength + c->slack);
    if (family == SPL_FAMILY_BETA) {
        return log_rising(kappa * c->mean, c->sum) + log_rising(kappa * (1 - c->mean), c->count - c->sum) -
               log_rising(kappa, c->count);
    }
    double spread = 1 / kappa + 1 / c->count, apart = c->sum / c->count - c->mean;
    return -log(spread) / 2 - apart * apart / (2 * c->variance * spread);
}

static double log_posterior(spl_family family, const spl_pooling_cell *cells, uint32_t n, double ln_kappa)
{
    double sum = -ln_kappa / 2, kappa = exp(ln_kappa);
    for (uint32_t i = 0; i < n; i++) sum += log_marginal(family, &cells[i], kappa);
    return sum;
}

double spl_pooling_kappa(spl_family family, const spl_pooling_cell *cells, uint32_t n)
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
    spl_pooling *pool;
    double *variance;        // (nodes, variant_count) of one reward; Normal only
    spl_pooling_cell *cells; // [CELLS_MAX]
    uint32_t variant_count;
} fit;

// What was seen of all variants in a segment, and what their parent's means had led to expect.
typedef struct tally {
    double count, sum, expected;
    double variance; // times count
} tally;

// A prior for one cell.
typedef struct prior {
    double mean, variance, strength;
} prior;

// A Normal mean of no spread at all would make densities infinite.
static double some_spread(double sd, double mean)
{
    return fmax(fmax(sd, 1e-9 * fabs(mean)), 1e-200);
}

static void update(fit *f, size_t cell, const spl_moments *moments, prior p)
{
    spl_posterior *out = &f->pool->posteriors[cell];
    spl_sample s = spl_moments_sample(moments);
    if (f->pool->family == SPL_FAMILY_BETA) {
        double kappa = fmax(p.strength, 1 / fmin(p.mean, 1 - p.mean)), rest = fmax(s.count - s.sum, 0);
        *out = (spl_posterior){SPL_FAMILY_BETA, kappa * p.mean + fmax(s.sum, 0), kappa * (1 - p.mean) + rest};
        return;
    }
    double within = (p.strength * p.variance + s.squares) / (p.strength + fmax(s.count - 1, 0));
    double centre = p.mean + (s.mean - p.mean) * (s.count / (p.strength + s.count));
    f->variance[cell] = within;
    *out = (spl_posterior){SPL_FAMILY_NORMAL, centre, some_spread(sqrt(within / (p.strength + s.count)), centre)};
}

// The root's prior is what all variants have in common, worth one conversion or one sample.
static void fit_root(fit *f)
{
    const spl_moments *m = spl_state_moments(f->state, 0);
    double count = 0, sum = 0, squares = 0, mean;
    for (uint32_t v = 0; v < f->variant_count; v++) {
        spl_sample s = spl_moments_sample(&m[v]);
        count += s.count, sum += s.sum, squares += s.squares;
    }
    if (f->pool->family == SPL_FAMILY_BETA) {
        mean = (sum + 1) / (count + 2);
    } else {
        mean = count > 0 ? sum / count : 0;
    }
    double variance = count > f->variant_count ? squares / (count - f->variant_count) : 0;
    for (uint32_t v = 0; v < f->variant_count; v++) update(f, v, &m[v], (prior){mean, variance, 1});
}

// What the parent of node i says of variant v, and how many samples that rests on.
static prior of_parent(const fit *f, uint32_t i, uint32_t v)
{
    size_t cell = (size_t)spl_state_parent(f->state, i) * f->variant_count + v;
    const spl_posterior *p = &f->pool->posteriors[cell];
    if (p->family == SPL_FAMILY_BETA) return (prior){spl_posterior_mean(p), 0, p->a + p->b};
    double variance = f->variance[cell];
    return (prior){p->a, variance, variance > 0 ? variance / p->b / p->b : 1};
}

static tally count_up(const fit *f, uint32_t i)
{
    const spl_moments *m = spl_state_moments(f->state, i);
    tally all = {0};
    for (uint32_t v = 0; v < f->variant_count; v++) {
        spl_sample s = spl_moments_sample(&m[v]);
        prior p = of_parent(f, i, v);
        all.count += s.count;
        all.sum += s.sum;
        all.expected += s.count * p.mean;
        all.variance += s.count * p.variance;
    }
    return all;
}

static double odds(double rate)
{
    return rate / (1 - rate);
}

// The parent's mean of a variant, moved as far as the segment's other variants stand apart from theirs: on the odds,
// which for rare conversions is in proportion, and never leaves (0, 1).
static double moved_rate(double mean, const tally *others, double base)
{
    if (others->count == 0) return mean;
    double expected = others->expected / others->count;
    double rate = (base * expected + others->sum) / (base + others->count);
    rate = fmin(fmax(rate, RATE_MIN), 1 - RATE_MIN);
    double moved = odds(mean) * odds(rate) / odds(expected);
    return fmin(fmax(moved / (1 + moved), RATE_MIN), 1 - RATE_MIN);
}

static double moved_mean(double mean, const tally *others, double base)
{
    return mean + (others->sum - others->expected) / (base + others->count);
}

// Where the cell of v in node i starts before its effect is judged: the variant itself is taken out of the tally, so
// that nothing counts twice. `strength` is that of the expectation.
static prior expect(const fit *f, uint32_t i, uint32_t v, const tally *all, double base)
{
    spl_sample s = spl_moments_sample(&spl_state_moments(f->state, i)[v]);
    prior p = of_parent(f, i, v);
    tally others = {all->count - s.count, all->sum - s.sum, all->expected - s.count * p.mean, 0};
    if (others.count < 1e-9 * all->count) others = (tally){0}; // what rounding left
    others.sum = f->pool->family == SPL_FAMILY_BETA ? fmin(fmax(others.sum, 0), others.count) : others.sum;
    p.mean = f->pool->family == SPL_FAMILY_BETA ? moved_rate(p.mean, &others, base) : moved_mean(p.mean, &others, base);
    p.strength = 1 / (1 / (base + others.count) + 1 / p.strength);
    return p;
}

// A binary cell of fewer than two samples has the same likelihood under every kappa, and a Normal one of none.
static bool can_tell(spl_family family, double count, double variance)
{
    return family == SPL_FAMILY_BETA ? count >= 2 : count >= 1 && variance > 0;
}

// Segments of that depth between two that are taken, with `each` cells per segment.
static uint32_t stride_of(const spl_state *state, uint32_t depth, uint32_t each)
{
    uint64_t cells = 0;
    for (uint32_t i = 1; i < spl_state_count(state); i++) cells += spl_state_depth(state, i) == depth ? each : 0;
    return 1 + (uint32_t)(cells / CELLS_MAX);
}

// One cell per segment: all of its variants against what they are in the parent.
static uint32_t gather_segments(fit *f, uint32_t depth)
{
    uint32_t n = 0, met = 0, stride = stride_of(f->state, depth, 1);
    for (uint32_t i = 1; i < spl_state_count(f->state); i++) {
        if (spl_state_depth(f->state, i) != depth || met++ % stride != 0) continue;
        tally all = count_up(f, i);
        double variance = all.count > 0 ? all.variance / all.count : 0;
        if (!can_tell(f->pool->family, all.count, variance)) continue;
        bool binary = f->pool->family == SPL_FAMILY_BETA;
        f->cells[n++] = (spl_pooling_cell){all.count, binary ? all.sum : all.sum - all.expected,
                                           binary ? all.expected / all.count : 0, variance, 0};
    }
    return n;
}

static uint32_t gather_effects(fit *f, uint32_t depth, double base)
{
    uint32_t n = 0, met = 0, k = f->variant_count, stride = stride_of(f->state, depth, k);
    for (uint32_t i = 1; i < spl_state_count(f->state); i++) {
        if (spl_state_depth(f->state, i) != depth || met++ % stride != 0) continue;
        const spl_moments *m = spl_state_moments(f->state, i);
        tally all = count_up(f, i);
        for (uint32_t v = 0; v < k; v++) {
            spl_sample s = spl_moments_sample(&m[v]);
            prior p = expect(f, i, v, &all, base);
            if (!can_tell(f->pool->family, s.count, p.variance)) continue;
            f->cells[n++] = (spl_pooling_cell){s.count, s.sum, p.mean, p.variance, 1 / p.strength};
        }
    }
    return n;
}

static void fit_level(fit *f, uint32_t depth)
{
    uint32_t k = f->variant_count, n = gather_segments(f, depth);
    double base = f->pool->base[depth - 1] = spl_pooling_kappa(f->pool->family, f->cells, n);
    n = gather_effects(f, depth, base);
    double kappa = f->pool->kappa[depth - 1] = spl_pooling_kappa(f->pool->family, f->cells, n);
    for (uint32_t i = 1; i < spl_state_count(f->state); i++) {
        if (spl_state_depth(f->state, i) != depth) continue;
        const spl_moments *m = spl_state_moments(f->state, i);
        tally all = count_up(f, i);
        for (uint32_t v = 0; v < k; v++) {
            prior p = expect(f, i, v, &all, base);
            p.strength = 1 / (1 / kappa + 1 / p.strength);
            update(f, (size_t)i * k + v, &m[v], p);
        }
    }
}

bool spl_pooling_fit(const spl_state *state, spl_family family, spl_pooling *out)
{
    const spl_state_config *config = spl_state_config_of(state);
    size_t cells = (size_t)spl_state_count(state) * config->variant_count;
    spl_pooling pool = {family, {0}, {0}, malloc(cells * sizeof *pool.posteriors)};
    fit f = {state, &pool, NULL, malloc((CELLS_MAX + SPL_VARIANTS_MAX) * sizeof *f.cells), config->variant_count};
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

void spl_pooling_free(spl_pooling *pool)
{
    free(pool->posteriors);
    pool->posteriors = NULL;
}
