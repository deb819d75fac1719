// SPDX-License-Identifier: GPL-3.0-or-later
// In a cell all three estimators are a mean of terms of one shape,
//
//   t = alpha + w (beta r + gamma),
//
// with alpha, beta, gamma fixed per (cell, variant, half). Every mean, variance and covariance of
// such terms follows from the sums of w_i w_j r^m over the cell, where w_i runs over the weights of
// the four policies that can have made the row: logging (weight 1), target, uniform, `always` this variant.
#include "stats/ope.h"

#include <math.h>
#include <stdlib.h>

#define SLOTS 4
#define PAIRS (SLOTS * (SLOTS + 1) / 2)
#define Z95 1.959963984540054
// Observations' worth of belief that a cell's mean is that of its variant overall. DR is unbiased whatever
// this is; a few keep the model calm in small cells.
#define MODEL_STRENGTH 10.0

typedef struct cell {
    double sum[PAIRS][3]; // of w_i w_j r^m, by pair(i, j) and m
} cell;

typedef struct term {
    double alpha, beta, gamma;
    int slot; // which weight, or -1 where the policy has weight 0
} term;

struct spl_ope {
    spl_ope_config config;
    uint32_t columns; // the variants and, last, all those that the target does not have
    spl_ope_counts counts;
    cell *cells;             // (cell_count, columns, 2)
    double (*overall)[2][2]; // [columns] by half: count and reward sum
};

// What an estimator needs beyond a cell's own sums.
typedef struct form {
    const spl_ope *ope;
    spl_ope_estimator estimator;
    uint32_t policy;
    double scale, centre; // SNIPS: exposures / sum of weights, and its value
} form;

static int pair(int i, int j)
{
    return i <= j ? i * SLOTS - i * (i - 1) / 2 + (j - i) : pair(j, i);
}

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

bool spl_ope_add(spl_ope *ope, uint32_t x, uint32_t variant, uint32_t half, double propensity, double reward)
{
    if (!(propensity > 0 && propensity <= 1) || !isfinite(reward)) {
        ope->counts.unusable++;
        return false;
    }
    double weight = target(ope, x, variant) / propensity, known = variant < ope->config.variant_count;
    count(ope, weight, reward);
    ope->overall[variant][half][0] += 1;
    ope->overall[variant][half][1] += reward;

    const double w[SLOTS] = {1, clipped(ope, weight), clipped(ope, known / ope->config.variant_count / propensity),
                             clipped(ope, known / propensity)};
    cell *c = cell_at(ope, x, variant, half);
    for (int i = 0, at = 0; i < SLOTS; i++) {
        for (int j = i; j < SLOTS; j++, at++) {
            double ww = w[i] * w[j];
            c->sum[at][0] += ww;
            c->sum[at][1] += ww * reward;
            c->sum[at][2] += ww * reward * reward;
        }
    }
    return true;
}

// The weight that a policy has in rows of this variant, or -1 if it never serves it.
static int slot_of(uint32_t policy, uint32_t variant)
{
    if (policy < SPL_OPE_ALWAYS) return (int)policy;
    return policy - SPL_OPE_ALWAYS == variant ? (int)SPL_OPE_ALWAYS : -1;
}

// Sum over all cells of w r^m (squared = false) or w^2 r^m under a policy.
static double total(const spl_ope *ope, uint32_t policy, bool squared, int power)
{
    double sum = 0;
    for (uint32_t x = 0; x < ope->config.cell_count; x++) {
        for (uint32_t a = 0; a < ope->columns; a++) {
            int slot = slot_of(policy, a);
            if (slot < 0) continue;
            int at = pair(squared ? slot : 0, slot);
            sum += cell_at(ope, x, a, 0)->sum[at][power] + cell_at(ope, x, a, 1)->sum[at][power];
        }
    }
    return sum;
}

// DR's model: the mean reward of the cell and variant in one half, shrunken to that of the variant,
// which is shrunken to that of all.
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
    const double *own = cell_at(ope, x, variant, half)->sum[0];
    return (own[1] + MODEL_STRENGTH * mean) / (own[0] + MODEL_STRENGTH);
}

// What the model expects of the policy in a cell.
static double model_value(const form *f, uint32_t x, uint32_t half)
{
    const spl_ope *ope = f->ope;
    if (f->policy >= SPL_OPE_ALWAYS) return model(ope, x, f->policy - SPL_OPE_ALWAYS, half);
    double value = 0;
    for (uint32_t a = 0; a < ope->config.variant_count; a++) {
        double p = f->policy == SPL_OPE_TARGET ? target(ope, x, a) : 1.0 / ope->config.variant_count;
        value += p * model(ope, x, a, half);
    }
    return value;
}

static form form_of(const spl_ope *ope, uint32_t policy, spl_ope_estimator estimator)
{
    form f = {ope, policy == SPL_OPE_LOGGING ? SPL_OPE_IPS : estimator, policy, 1, 0};
    if (f.estimator == SPL_OPE_SNIPS) {
        double weights = total(ope, policy, false, 0);
        f.scale = (double)ope->counts.exposures / weights;
        f.centre = total(ope, policy, false, 1) / weights;
    }
    return f;
}

// The term's coefficients where the model's part, which does not depend on the variant, is known.
static term term_of(const form *f, uint32_t x, uint32_t variant, uint32_t half, double expected)
{
    int slot = slot_of(f->policy, variant);
    switch (f->estimator) {
    case SPL_OPE_SNIPS: return (term){f->centre, f->scale, -f->scale * f->centre, slot};
    case SPL_OPE_DR: return (term){expected, 1, -model(f->ope, x, variant, 1 - half), slot};
    default: return (term){0, 1, 0, slot};
    }
}

static double term_sum(const cell *c, term t)
{
    if (t.slot < 0) return c->sum[0][0] * t.alpha;
    const double *s = c->sum[pair(0, t.slot)];
    return c->sum[0][0] * t.alpha + t.beta * s[1] + t.gamma * s[0];
}

static double product_sum(const cell *c, term t, term u)
{
    double sum = t.alpha * term_sum(c, u) + u.alpha * term_sum(c, t) - c->sum[0][0] * t.alpha * u.alpha;
    if (t.slot < 0 || u.slot < 0) return sum;
    const double *s = c->sum[pair(t.slot, u.slot)];
    return sum + t.beta * u.beta * s[2] + (t.beta * u.gamma + t.gamma * u.beta) * s[1] + t.gamma * u.gamma * s[0];
}

// Walks the cells: the sum of the terms of `f`, or with `g` the sum of products of the terms
// less their means.
static double walk(const form *f, double f_mean, const form *g, double g_mean)
{
    const spl_ope *ope = f->ope;
    double sum = 0;
    for (uint32_t x = 0; x < ope->config.cell_count; x++) {
        for (uint32_t half = 0; half < 2; half++) {
            double f_model = f->estimator == SPL_OPE_DR ? model_value(f, x, 1 - half) : 0;
            double g_model = g != NULL && g->estimator == SPL_OPE_DR ? model_value(g, x, 1 - half) : 0;
            for (uint32_t a = 0; a < ope->columns; a++) {
                const cell *c = cell_at(ope, x, a, half);
                if (c->sum[0][0] == 0) continue;
                term t = term_of(f, x, a, half, f_model);
                t.alpha -= f_mean;
                if (g == NULL) {
                    sum += term_sum(c, t);
                    continue;
                }
                term u = term_of(g, x, a, half, g_model);
                u.alpha -= g_mean;
                sum += product_sum(c, t, u);
            }
        }
    }
    return sum;
}

static bool blind(const spl_ope *ope, uint32_t policy)
{
    return ope->counts.exposures == 0 || !(total(ope, policy, false, 0) > 0);
}

static spl_ope_estimate estimate(double value, double squares, double n)
{
    double se = n > 1 ? sqrt(squares > 0 ? squares / (n * (n - 1)) : 0) : NAN;
    return (spl_ope_estimate){value, se, value - Z95 * se, value + Z95 * se};
}

static const spl_ope_estimate unknown = {NAN, NAN, NAN, NAN};

spl_ope_estimate spl_ope_value(const spl_ope *ope, uint32_t policy, spl_ope_estimator estimator)
{
    if (blind(ope, policy)) return unknown;
    form f = form_of(ope, policy, estimator);
    double n = (double)ope->counts.exposures, mean = walk(&f, 0, NULL, 0) / n;
    return estimate(mean, walk(&f, mean, &f, mean), n);
}

spl_ope_estimate spl_ope_gain(const spl_ope *ope, uint32_t policy, uint32_t over, spl_ope_estimator estimator)
{
    if (blind(ope, policy) || blind(ope, over)) return unknown;
    form f = form_of(ope, policy, estimator), g = form_of(ope, over, estimator);
    double n = (double)ope->counts.exposures;
    double f_mean = walk(&f, 0, NULL, 0) / n, g_mean = walk(&g, 0, NULL, 0) / n;
    double squares = walk(&f, f_mean, &f, f_mean) + walk(&g, g_mean, &g, g_mean) - 2 * walk(&f, f_mean, &g, g_mean);
    return estimate(f_mean - g_mean, squares, n);
}

double spl_ope_effective_sample(const spl_ope *ope, uint32_t policy)
{
    double squares = total(ope, policy, true, 0), sum = total(ope, policy, false, 0);
    return squares > 0 ? sum * sum / squares : 0;
}

double spl_ope_mean_weight(const spl_ope *ope, uint32_t policy, double *se)
{
    double n = (double)ope->counts.exposures;
    double mean = n > 0 ? total(ope, policy, false, 0) / n : NAN;
    if (se != NULL) *se = estimate(mean, total(ope, policy, true, 0) - n * mean * mean, n).se;
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
