// SPDX-License-Identifier: GPL-3.0-or-later
// In a cell all three estimators are a mean of terms of one shape,
//
//   t = alpha + beta w r + gamma w,
//
// with alpha, beta, gamma fixed per (cell, variant, half), and so is the difference of two of them. Their
// means and variances thus follow from the means and covariances, over the cell, of w and w r for the four
// policies that can have made the row: logging (weight 1), target, uniform, `always` this variant.
//
// Plain sums of squares would lose all digits where rewards are large against their spread (revenue in small
// coins, times in ms): the rewards are therefore counted from the first one met, and covariances are kept as
// such and updated row by row (Welford 1962), never as the difference of two large sums.
#include "stats/ope.h"

#include <math.h>
#include <stdlib.h>

#include "stats/z95.h"

#define SLOTS 4
#define PARTS (2 * SLOTS) // w for each slot, then w r for each
#define PAIRS (PARTS * (PARTS + 1) / 2)
// Observations' worth of belief that a cell's mean is that of its variant overall. DR is unbiased whatever
// this is; a few keep the model calm in small cells.
#define MODEL_STRENGTH 10.0
// A sum of squares that comes out below zero by more than this part of what it was summed from is no rounding.
#define ROUNDING 1e-9

typedef struct cell {
    double count;
    double mean[PARTS];
    double spread[PAIRS]; // sums of products of deviations from the means, i <= j row by row
} cell;

// t = alpha + the sum of part[i] times the row's part i.
typedef struct term {
    double alpha, part[PARTS];
} term;

struct spl_ope {
    spl_ope_config config;
    uint32_t columns; // the variants and, last, all those that the target does not have
    spl_ope_counts counts;
    double origin;           // the first reward; all are counted from there
    cell *cells;             // (cell_count, columns, 2)
    double (*overall)[2][2]; // [columns] by half: count and reward sum
};

// What an estimator needs beyond a cell's own sums.
typedef struct form {
    const spl_ope *ope;
    spl_ope_estimator estimator;
    uint32_t policy;
    double scale, centre; // SNIPS: exposures / sum of weights, and its value
    double offset;        // what the terms lack of the value: the origin, or 0 where they hold it
} form;

spl_ope *spl_ope_new(const spl_ope_config *config)
{
    spl_ope *ope = calloc(1, sizeof *ope);
    if (ope == NULL) return NULL;
    ope->config = *config;
    ope->columns = config->variant_count + 1;
    ope->cells = calloc((size_t)config->cell_count * ope->columns, 2 * sizeof(cell));
    ope->overall = calloc(ope->columns, sizeof *ope->overall);
    if (ope->cells == NULL || ope->overall == NULL) {
        spl_ope_free(ope);
        return NULL;
    }
    return ope;
}

void spl_ope_free(spl_ope *ope)
{
    if (ope == NULL) return;
    free(ope->cells);
    free(ope->overall);
    free(ope);
}

static cell *cell_at(const spl_ope *ope, uint32_t x, uint32_t variant, uint32_t half)
{
    return &ope->cells[((size_t)x * ope->columns + variant) * 2 + half];
}

static double target(const spl_ope *ope, uint32_t x, uint32_t variant)
{
    if (variant == ope->config.variant_count) return 0;
    return ope->config.target[(size_t)x * ope->config.variant_count + variant];
}

static double probability(const spl_ope *ope, uint32_t policy, uint32_t x, uint32_t variant)
{
    if (policy == SPL_OPE_TARGET) return target(ope, x, variant);
    if (policy == SPL_OPE_UNIFORM) return 1.0 / ope->config.variant_count;
    return policy - SPL_OPE_ALWAYS == variant;
}

static double clipped(const spl_ope *ope, double weight)
{
    return ope->config.clip > 0 && weight > ope->config.clip ? ope->config.clip : weight;
}

static void count(spl_ope *ope, double weight, double reward)
{
    spl_ope_counts *counts = &ope->counts;
    counts->exposures++;
    counts->rewarded += reward != 0;
    counts->heavy += weight > ope->config.heavy;
    counts->clipped += ope->config.clip > 0 && weight > ope->config.clip;
    if (weight > counts->max_weight) counts->max_weight = weight;
}

static void add_row(cell *c, const double part[PARTS])
{
    double change[PARTS], keep = c->count / (c->count + 1);
    c->count++;
    for (int i = 0; i < PARTS; i++) {
        change[i] = part[i] - c->mean[i];
        c->mean[i] += change[i] / c->count;
    }
    for (int i = 0, at = 0; i < PARTS; i++) {
        for (int j = i; j < PARTS; j++, at++) c->spread[at] += keep * change[i] * change[j];
    }
}

bool spl_ope_add(spl_ope *ope, uint32_t x, uint32_t variant, uint32_t half, double propensity, double reward)
{
    return spl_ope_add_row(ope, x, variant, half, target(ope, x, variant), propensity, reward);
}

bool spl_ope_add_row(spl_ope *ope, uint32_t x, uint32_t variant, uint32_t half, double chance, double propensity,
                     double reward)
{
    if (!(propensity > 0 && propensity <= 1) || !isfinite(reward)) {
        ope->counts.unusable++;
        return false;
    }
    if (ope->counts.exposures == 0) ope->origin = reward;
    double weight = chance / propensity, known = variant < ope->config.variant_count;
    count(ope, weight, reward);
    reward -= ope->origin;
    ope->overall[variant][half][0] += 1;
    ope->overall[variant][half][1] += reward;
    double w[PARTS] = {1, clipped(ope, weight), clipped(ope, known / ope->config.variant_count / propensity),
                       clipped(ope, known / propensity)};
    for (int i = 0; i < SLOTS; i++) w[SLOTS + i] = w[i] * reward;
    add_row(cell_at(ope, x, variant, half), w);
    return true;
}

// The weight that a policy has in rows of this variant, or -1 if it never serves it.
static int slot_of(uint32_t policy, uint32_t variant)
{
    if (policy < SPL_OPE_ALWAYS) return (int)policy;
    return policy - SPL_OPE_ALWAYS == variant ? (int)SPL_OPE_ALWAYS : -1;
}

static int pair(int i, int j)
{
    return i <= j ? i * PARTS - i * (i - 1) / 2 + (j - i) : pair(j, i);
}

// Over all rows: the sum of a policy's weights, of their squares, and of weighted rewards from the origin.
typedef struct weighted {
    double weights, squares, rewards;
} weighted;

static weighted weigh(const spl_ope *ope, uint32_t policy)
{
    weighted sum = {0, 0, 0};
    for (uint32_t i = 0; i < ope->config.cell_count * ope->columns * 2; i++) {
        const cell *c = &ope->cells[i];
        int slot = slot_of(policy, i / 2 % ope->columns);
        if (slot < 0) continue;
        sum.weights += c->count * c->mean[slot];
        sum.squares += c->spread[pair(slot, slot)] + c->count * c->mean[slot] * c->mean[slot];
        sum.rewards += c->count * c->mean[SLOTS + slot];
    }
    return sum;
}

// DR's model, from the origin: the mean reward of the cell and variant in one half, shrunken to that of the
// variant, which is shrunken to that of all.
static double model(const spl_ope *ope, uint32_t x, uint32_t variant, uint32_t half)
{
    double n = 0, sum = 0;
    for (uint32_t a = 0; a < ope->columns; a++) {
        n += ope->overall[a][half][0];
        sum += ope->overall[a][half][1];
    }
    double mean = n > 0 ? sum / n : 0;
    const double *arm = ope->overall[variant][half];
    mean = (arm[1] + MODEL_STRENGTH * mean) / (arm[0] + MODEL_STRENGTH);
    const cell *own = cell_at(ope, x, variant, half);
    return (own->count * own->mean[SLOTS] + MODEL_STRENGTH * mean) / (own->count + MODEL_STRENGTH);
}

// What the model expects of the policy in a cell.
static double model_value(const form *f, uint32_t x, uint32_t half)
{
    const spl_ope *ope = f->ope;
    if (f->estimator != SPL_OPE_DR) return 0;
    if (f->policy >= SPL_OPE_ALWAYS) return model(ope, x, f->policy - SPL_OPE_ALWAYS, half);
    double value = 0;
    for (uint32_t a = 0; a < ope->config.variant_count; a++)
        value += probability(ope, f->policy, x, a) * model(ope, x, a, half);
    return value;
}

// SNIPS, DR and the plain mean of the log move with the rewards, so their terms may leave the origin out; IPS
// moves with the weights and holds it.
static form form_of(const spl_ope *ope, uint32_t policy, spl_ope_estimator estimator)
{
    form f = {ope, policy == SPL_OPE_LOGGING ? SPL_OPE_IPS : estimator, policy, 1, 0, ope->origin};
    if (f.estimator == SPL_OPE_SNIPS) {
        weighted sum = weigh(ope, policy);
        f.scale = (double)ope->counts.exposures / sum.weights;
        f.centre = sum.rewards / sum.weights;
    }
    if (f.estimator == SPL_OPE_IPS && policy != SPL_OPE_LOGGING) f.offset = 0;
    return f;
}

// Adds `sign` times the estimator's term in a cell. `expected` is the model's part, which does not depend on
// the variant.
static void add_term(const form *f, uint32_t x, uint32_t variant, uint32_t half, double expected, double sign, term *t)
{
    double beta = 1, gamma = f->ope->origin - f->offset;
    if (f->estimator == SPL_OPE_SNIPS) {
        t->alpha += sign * f->centre;
        beta = f->scale;
        gamma = -f->scale * f->centre;
    } else if (f->estimator == SPL_OPE_DR) {
        t->alpha += sign * expected;
        gamma = -model(f->ope, x, variant, 1 - half);
    }
    int slot = slot_of(f->policy, variant);
    if (slot < 0) return;
    t->part[slot] += sign * gamma;
    t->part[SLOTS + slot] += sign * beta;
}

static double mean_of(const cell *c, const term *t)
{
    double mean = t->alpha;
    for (int i = 0; i < PARTS; i++) {
        if (t->part[i] != 0) mean += t->part[i] * c->mean[i];
    }
    return mean;
}

// Sums that a variance is made from; `size` is what they would be without cancellation.
typedef struct squares {
    double sum, size;
} squares;

static void add_squares(const cell *c, const term *t, double mean, squares *out)
{
    double from_mean = mean_of(c, t) - mean, between = c->count * from_mean * from_mean;
    out->sum += between;
    out->size += between;
    for (int i = 0; i < PARTS; i++) {
        for (int j = 0; j < PARTS && t->part[i] != 0; j++) {
            if (t->part[j] == 0) continue;
            double product = t->part[i] * t->part[j] * c->spread[pair(i, j)];
            out->sum += product;
            out->size += fabs(product);
        }
    }
}

// Walks the cells with the terms of `f`, less those of `g` if there is one: their sum, or with `out` the
// squares of their distances from `mean`.
static double walk(const form *f, const form *g, double mean, squares *out)
{
    const spl_ope *ope = f->ope;
    double sum = 0;
    for (uint32_t x = 0; x < ope->config.cell_count; x++) {
        for (uint32_t half = 0; half < 2; half++) {
            double f_model = model_value(f, x, 1 - half), g_model = g != NULL ? model_value(g, x, 1 - half) : 0;
            for (uint32_t a = 0; a < ope->columns; a++) {
                const cell *c = cell_at(ope, x, a, half);
                if (c->count == 0) continue;
                term t = {0};
                add_term(f, x, a, half, f_model, 1, &t);
                if (g != NULL) add_term(g, x, a, half, g_model, -1, &t);
                if (out == NULL) {
                    sum += c->count * mean_of(c, &t);
                } else {
                    add_squares(c, &t, mean, out);
                }
            }
        }
    }
    return sum;
}

static bool blind(const spl_ope *ope, uint32_t policy)
{
    return ope->counts.exposures == 0 || !(weigh(ope, policy).weights > 0);
}

// The standard error of a mean of n; NaN where it cannot be told, which is not the same as none.
static double error_of(squares s, double n)
{
    if (!(n > 1) || !isfinite(s.sum) || s.sum < -ROUNDING * s.size) return NAN;
    return s.sum > 0 ? sqrt(s.sum / (n * (n - 1))) : 0;
}

static const spl_ope_estimate unknown = {NAN, NAN, NAN, NAN};

static spl_ope_estimate estimate(const form *f, const form *g)
{
    double n = (double)f->ope->counts.exposures;
    squares s = {0, 0};
    double mean = walk(f, g, 0, NULL) / n;
    walk(f, g, mean, &s);
    double value = mean + (f->offset - (g != NULL ? g->offset : 0)), se = error_of(s, n);
    return isfinite(value) ? (spl_ope_estimate){value, se, value - SPL_Z95 * se, value + SPL_Z95 * se} : unknown;
}

static bool has_rows(const spl_ope *ope, uint32_t x)
{
    double count = 0;
    for (uint32_t a = 0; a < ope->columns; a++) count += cell_at(ope, x, a, 0)->count + cell_at(ope, x, a, 1)->count;
    return count > 0;
}

bool spl_ope_supported(const spl_ope *ope, uint32_t policy)
{
    for (uint32_t a = 0; policy != SPL_OPE_LOGGING && a < ope->config.variant_count; a++) {
        if (ope->overall[a][0][0] + ope->overall[a][1][0] > 0) continue;
        for (uint32_t x = 0; x < ope->config.cell_count; x++) {
            if (probability(ope, policy, x, a) > 0 && has_rows(ope, x)) return false;
        }
    }
    return true;
}

spl_ope_estimate spl_ope_value(const spl_ope *ope, uint32_t policy, spl_ope_estimator estimator)
{
    if (blind(ope, policy)) return unknown;
    form f = form_of(ope, policy, estimator);
    return estimate(&f, NULL);
}

spl_ope_estimate spl_ope_gain(const spl_ope *ope, uint32_t policy, uint32_t over, spl_ope_estimator estimator)
{
    if (blind(ope, policy) || blind(ope, over)) return unknown;
    form f = form_of(ope, policy, estimator), g = form_of(ope, over, estimator);
    return estimate(&f, &g);
}

bool spl_ope_agree(const spl_ope *ope, uint32_t policy, uint32_t other)
{
    for (uint32_t x = 0; x < ope->config.cell_count; x++) {
        for (uint32_t a = 0; a < ope->config.variant_count && has_rows(ope, x); a++) {
            if (probability(ope, policy, x, a) != probability(ope, other, x, a)) return false;
        }
    }
    return true;
}

double spl_ope_effective_sample(const spl_ope *ope, uint32_t policy)
{
    weighted sum = weigh(ope, policy);
    return sum.squares > 0 ? sum.weights * sum.weights / sum.squares : 0;
}

double spl_ope_mean_weight(const spl_ope *ope, uint32_t policy, double *se)
{
    double n = (double)ope->counts.exposures;
    double mean = n > 0 ? weigh(ope, policy).weights / n : NAN;
    squares s = {0, 0};
    for (uint32_t i = 0; i < ope->config.cell_count * ope->columns * 2; i++) {
        term t = {0};
        int slot = slot_of(policy, i / 2 % ope->columns);
        if (slot >= 0) t.part[slot] = 1;
        if (ope->cells[i].count > 0) add_squares(&ope->cells[i], &t, mean, &s);
    }
    if (se != NULL) *se = error_of(s, n);
    return mean;
}

uint32_t spl_ope_best_variant(const spl_ope *ope)
{
    uint32_t best = ope->config.variant_count;
    double most = 0;
    for (uint32_t a = 0; a < ope->config.variant_count; a++) {
        double value = spl_ope_value(ope, SPL_OPE_ALWAYS + a, SPL_OPE_SNIPS).value;
        if (!isnan(value) && (best == ope->config.variant_count || value > most)) {
            best = a;
            most = value;
        }
    }
    return best;
}

spl_ope_counts spl_ope_counted(const spl_ope *ope)
{
    return ope->counts;
}
