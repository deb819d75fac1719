// SPDX-License-Identifier: GPL-3.0-or-later
// Empirical Bayes over a tree, level by level (Efron & Morris 1973, "Stein's estimation rule and its
// competitors"; Gelman et al., Bayesian Data Analysis, 3rd ed., ch. 5). Segments convert at very different rates while
// a variant does much the same in all of them, so effects are pooled, not rates. Variant v in a segment is
// expected at its parent's posterior mean, moved as far as the *other* variants in the segment (n samples) stand
// apart from their parent's means, and moved again as far as v does in the segment's siblings (pooling_start.c). There
// it has the prior
//
//   Beta(k m, k (1 - m))   or   Normal(m, sigma^2 / k),     1/k = 1/kappa + 1/(base + n) + 1/(what the siblings know)
//
// with the strength kappa of `effects are as in the siblings`, and base of `the segment is as its parent`. Both are
// fitted to the level by marginal likelihood. That is right for estimates, not always for serving: where effects are
// not scattered like a bell about a centre (one favourite here, another there), a likelihood that has to see a bell
// pools so much that the favourites take too long. So kappa is lowered where leaving single exposures out shows that
// serving is worth more with less of it (decision 0185).
#include "learn/pooling.h"

#include <math.h>
#include <stdlib.h>

#include "learn/pooling_worth.h"
#include "samplit/policy.h"

#define CELLS_MAX 65536u       // of more cells than this, those of every n-th segment: the fit's error is small by then
#define LOWERED 5              // strengths that are tried: kappa, and so many less one
#define LOWER 4.0              // each that many times lower than the one before
#define SURE 1.0               // standard errors by which a lower one must be worth more
#define JUDGED_MAX 2048u       // segments of a level that this is judged by
#define JUDGED_WORK (1u << 17) // P(best)'s variants that may be asked for per strength

typedef struct fit {
    const spl_state *state;
    spl_pooling *pool;
    double *variance;            // (nodes, variant_count) of one reward; Normal only
    spl_pooling_prior *starts;   // (nodes, variant_count)
    spl_pooling_centre *centres; // (nodes, variant_count) of the children of each
    spl_pooling_cell *cells;     // [CELLS_MAX]
    spl_left_out *left_out;      // (JUDGED_MAX, 2 variant_count) at kappa itself
    spl_best *best;
    uint32_t variant_count;
    uint32_t depth; // the level that is being fitted
    double base;    // of that level
} fit;

// --- who is pooled ----------------------------------------------------------------------------------------

// A segment of the level; or what was observed of a parent in none of its children, which is one more child.
typedef struct member {
    uint32_t node, parent;
    bool is_segment;
    const spl_moments *moments; // [variant_count]
    spl_moments own[SPL_VARIANTS_MAX];
} member;

static bool get_member(const fit *f, uint32_t i, member *out)
{
    uint32_t depth = spl_state_depth(f->state, i);
    if (depth != f->depth && depth + 1 != f->depth) return false;
    out->is_segment = depth == f->depth;
    out->node = i;
    out->parent = out->is_segment ? spl_state_parent(f->state, i) : i;
    if (!out->is_segment) spl_state_own(f->state, i, out->own);
    out->moments = out->is_segment ? spl_state_moments(f->state, i) : out->own;
    return true;
}

// What was seen of all variants in a segment, and what their parent's means had led to expect.
typedef struct tally {
    double count, sum, expected;
    double variance; // times count
} tally;

static spl_pooling_prior of_parent(const fit *f, uint32_t parent, uint32_t v)
{
    size_t cell = (size_t)parent * f->variant_count + v;
    bool normal = f->pool->family == SPL_FAMILY_NORMAL;
    return (spl_pooling_prior){spl_posterior_mean(&f->pool->posteriors[cell]), normal ? f->variance[cell] : 0, 0};
}

static tally count_up(const fit *f, const member *m)
{
    tally all = {0};
    for (uint32_t v = 0; v < f->variant_count; v++) {
        spl_sample s = spl_moments_sample(&m->moments[v]);
        spl_pooling_prior p = of_parent(f, m->parent, v);
        all.count += s.count;
        all.sum += s.sum;
        all.expected += s.count * p.mean;
        all.variance += s.count * p.variance;
    }
    return all;
}

// What is expected of v there before its siblings are asked. The variant itself is taken out of the tally, so that
// nothing counts twice.
static spl_pooling_cell expect(const fit *f, const member *m, uint32_t v, const tally *all)
{
    spl_family family = f->pool->family;
    spl_sample s = spl_moments_sample(&m->moments[v]);
    spl_pooling_prior p = of_parent(f, m->parent, v);
    tally others = {all->count - s.count, all->sum - s.sum, all->expected - s.count * p.mean, 0};
    if (others.count < 1e-9 * all->count) others = (tally){0}; // what rounding left
    if (family == SPL_FAMILY_BETA) others.sum = fmin(fmax(others.sum, 0), others.count);
    if (others.count > 0) {
        double expected = others.expected / others.count;
        double seen = (f->base * expected + others.sum) / (f->base + others.count);
        p.mean = spl_pooling_move(family, p.mean, seen, expected);
    }
    uint32_t centre = m->parent * f->variant_count + v;
    return (spl_pooling_cell){s.count, s.sum, p.mean, p.variance, 1 / (f->base + others.count), centre};
}

// Members of the level from one that is taken to the next, if there is room for `most`.
static uint32_t stride_of(const fit *f, uint32_t most)
{
    uint32_t members = 0;
    for (uint32_t i = 0; i < spl_state_count(f->state); i++) {
        uint32_t depth = spl_state_depth(f->state, i);
        members += depth == f->depth || depth + 1 == f->depth;
    }
    return 1 + members / most;
}

// --- base -------------------------------------------------------------------------------------------------

// One cell per segment: all of its variants against what they are in the parent.
static double fit_base(fit *f)
{
    uint32_t n = 0, met = 0, stride = stride_of(f, CELLS_MAX);
    bool binary = f->pool->family == SPL_FAMILY_BETA;
    member m;
    for (uint32_t i = 1; i < spl_state_count(f->state); i++) {
        if (!get_member(f, i, &m) || !m.is_segment || met++ % stride != 0) continue;
        tally all = count_up(f, &m);
        if (all.count == 0) continue;
        double apart = binary ? all.sum : all.sum - all.expected, mean = binary ? all.expected / all.count : 0;
        f->cells[n++] = (spl_pooling_cell){all.count, apart, mean, all.variance / all.count, 0, 0};
    }
    return spl_pooling_kappa(f->pool->family, f->cells, n, NULL);
}

// --- kappa ------------------------------------------------------------------------------------------------

static double visits_of(const fit *f, uint32_t node)
{
    double visits = 0;
    for (uint32_t v = 0; v < f->variant_count; v++) visits += spl_state_moments(f->state, node)[v].count;
    return visits;
}

static void prepare_centres(fit *f)
{
    uint32_t k = f->variant_count;
    for (uint32_t i = 0; i < spl_state_count(f->state); i++) {
        if (spl_state_depth(f->state, i) + 1 != f->depth) continue;
        for (uint32_t v = 0; v < k; v++) {
            const spl_pooling_prior *start = &f->starts[(size_t)i * k + v];
            f->centres[(size_t)i * k + v] = (spl_pooling_centre){
                .mean = start->mean, .slack = 1 / start->strength, .expected = of_parent(f, i, v).mean};
        }
    }
    for (uint32_t i = 1; i < spl_state_count(f->state); i++) {
        if (spl_state_depth(f->state, i) != f->depth) continue;
        uint32_t parent = spl_state_parent(f->state, i);
        double all = visits_of(f, parent), share = all > 0 ? visits_of(f, i) / all : 0;
        for (uint32_t v = 0; v < k; v++) f->centres[(size_t)parent * k + v].spread += share * share;
    }
}

static double fit_kappa(fit *f)
{
    uint32_t n = 0, met = 0, k = f->variant_count, stride = stride_of(f, CELLS_MAX / k);
    member m;
    for (uint32_t i = 0; i < spl_state_count(f->state); i++) {
        if (!get_member(f, i, &m) || met++ % stride != 0) continue;
        tally all = count_up(f, &m);
        for (uint32_t v = 0; v < k && all.count > 0; v++) f->cells[n++] = expect(f, &m, v, &all);
    }
    return spl_pooling_kappa(f->pool->family, f->cells, n, f->centres);
}

static void fill_centres(fit *f, double kappa)
{
    uint32_t k = f->variant_count;
    member m;
    for (uint32_t i = 0; i < spl_state_count(f->state); i++) {
        for (uint32_t v = 0; spl_state_depth(f->state, i) + 1 == f->depth && v < k; v++)
            spl_pooling_begin(f->pool->family, &f->centres[(size_t)i * k + v], kappa);
    }
    for (uint32_t i = 0; i < spl_state_count(f->state); i++) {
        if (!get_member(f, i, &m)) continue;
        tally all = count_up(f, &m);
        for (uint32_t v = 0; v < k; v++) {
            spl_pooling_cell cell = expect(f, &m, v, &all);
            spl_pooling_add(f->pool->family, &f->centres[cell.centre], &cell, kappa);
        }
    }
}

// Where the variants of a segment start: out[variant_count].
static void start(const fit *f, const member *m, double kappa, spl_pooling_prior *out)
{
    tally all = count_up(f, m);
    for (uint32_t v = 0; v < f->variant_count; v++) {
        spl_pooling_cell cell = expect(f, m, v, &all);
        out[v] = spl_pooling_start(f->pool->family, &f->centres[cell.centre], &cell, kappa);
    }
}

// --- kappa for serving ------------------------------------------------------------------------------------

// How much more a lower strength is worth than kappa, and the square of that figure's standard error.
typedef struct gain {
    double worth, variance;
} gain;

static gain judge(fit *f, double kappa, bool is_first)
{
    uint32_t k = f->variant_count, n = 0, met = 0, most = JUDGED_WORK / (2 * k * k);
    uint32_t stride = stride_of(f, most < JUDGED_MAX ? most : JUDGED_MAX);
    spl_left_out kinds[2 * SPL_VARIANTS_MAX];
    spl_pooling_prior starts[SPL_VARIANTS_MAX];
    spl_sample samples[SPL_VARIANTS_MAX];
    gain out = {0, 0};
    member m;
    fill_centres(f, kappa);
    for (uint32_t i = 1; i < spl_state_count(f->state); i++) {
        if (!get_member(f, i, &m) || !m.is_segment || met++ % stride != 0) continue;
        start(f, &m, kappa, starts);
        for (uint32_t v = 0; v < k; v++) samples[v] = spl_moments_sample(&m.moments[v]);
        spl_left_out *first = &f->left_out[(size_t)2 * k * n++];
        spl_pooling_left_out(f->best, f->pool->family, starts, samples, k, visits_of(f, i), is_first ? first : kinds);
        for (uint32_t j = 0; j < 2 * k && !is_first; j++) {
            double more = kinds[j].p - first[j].p;
            out.worth += kinds[j].worth * more;
            out.variance += kinds[j].variance * more * more;
        }
    }
    return out;
}

static double lower(fit *f, double kappa)
{
    double best = kappa, most = 0;
    if (f->variant_count < 2) return kappa;
    judge(f, kappa, true);
    for (int i = 1; i < LOWERED; i++) {
        double less = kappa * pow(LOWER, -i);
        gain g = judge(f, less, false);
        if (g.worth > SURE * sqrt(g.variance) && g.worth > most) most = g.worth, best = less;
    }
    return best;
}

// --- all levels -------------------------------------------------------------------------------------------

static void update(fit *f, uint32_t node, const spl_moments *moments, const spl_pooling_prior *starts)
{
    for (uint32_t v = 0; v < f->variant_count; v++) {
        size_t cell = (size_t)node * f->variant_count + v;
        double variance = 0;
        f->starts[cell] = starts[v];
        f->pool->posteriors[cell] =
            spl_pooling_update(f->pool->family, starts[v], spl_moments_sample(&moments[v]), &variance);
        if (f->pool->family == SPL_FAMILY_NORMAL) f->variance[cell] = variance;
    }
}

// The root's prior is what all variants have in common, worth one conversion or one sample.
static void fit_root(fit *f)
{
    const spl_moments *m = spl_state_moments(f->state, 0);
    double count = 0, sum = 0, squares = 0, k = f->variant_count;
    for (uint32_t v = 0; v < f->variant_count; v++) {
        spl_sample s = spl_moments_sample(&m[v]);
        count += s.count, sum += s.sum, squares += s.squares;
    }
    spl_pooling_prior p = {count > 0 ? sum / count : 0, count > k ? squares / (count - k) : 0, 1};
    if (f->pool->family == SPL_FAMILY_BETA) {
        p.mean = (sum + 1) / (count + 2);
        p.strength = 1 / fmin(p.mean, 1 - p.mean);
    }
    spl_pooling_prior starts[SPL_VARIANTS_MAX];
    for (uint32_t v = 0; v < f->variant_count; v++) starts[v] = p;
    update(f, 0, m, starts);
}

static void fit_level(fit *f, uint32_t depth)
{
    f->depth = depth;
    f->base = f->pool->base[depth - 1] = fit_base(f);
    prepare_centres(f);
    double kappa = f->pool->kappa[depth - 1] = lower(f, fit_kappa(f));
    fill_centres(f, kappa);
    spl_pooling_prior starts[SPL_VARIANTS_MAX];
    member m;
    for (uint32_t i = 1; i < spl_state_count(f->state); i++) {
        if (!get_member(f, i, &m) || !m.is_segment) continue;
        start(f, &m, kappa, starts);
        update(f, i, m.moments, starts);
    }
}

static bool allocate(fit *f, size_t cells)
{
    f->pool->posteriors = malloc(cells * sizeof *f->pool->posteriors);
    f->starts = malloc(cells * sizeof *f->starts);
    f->centres = malloc(cells * sizeof *f->centres);
    f->cells = malloc(CELLS_MAX * sizeof *f->cells);
    f->left_out = malloc((size_t)JUDGED_MAX * 2 * f->variant_count * sizeof *f->left_out);
    f->best = spl_best_new(f->variant_count);
    if (f->pool->family == SPL_FAMILY_NORMAL) f->variance = malloc(cells * sizeof *f->variance);
    return f->pool->posteriors && f->starts && f->centres && f->cells && f->left_out && f->best &&
           (f->variance || f->pool->family == SPL_FAMILY_BETA);
}

bool spl_pooling_fit(const spl_state *state, spl_family family, spl_pooling *out)
{
    const spl_state_config *config = spl_state_config_of(state);
    spl_pooling pool = {.family = family};
    fit f = {.state = state, .pool = &pool, .variant_count = config->variant_count};
    bool ok = allocate(&f, (size_t)spl_state_count(state) * config->variant_count);
    if (ok) {
        fit_root(&f);
        for (uint32_t depth = 1; depth <= config->level_count; depth++) fit_level(&f, depth);
        *out = pool;
    } else {
        free(pool.posteriors);
    }
    free(f.variance);
    free(f.starts);
    free(f.centres);
    free(f.cells);
    free(f.left_out);
    spl_best_free(f.best);
    return ok;
}

void spl_pooling_free(spl_pooling *pool)
{
    free(pool->posteriors);
    pool->posteriors = NULL;
}
