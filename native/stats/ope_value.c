// SPDX-License-Identifier: GPL-3.0-or-later
// In a cell every estimator is a mean of terms of one shape,
//
//   t = alpha + beta w r + gamma w,
//
// with alpha, beta, gamma fixed per (cell, variant, half), and so is the difference of two of them. Their
// means and variances thus follow from the means and covariances, over the cell, of w and w r for the four
// policies that can have made the row. switch-DR has the terms of DR over weights that are 0 above its threshold.
//
// Its threshold is the one with the least (standard error)^2 + (bias)^2, where the bias is at most the range of rewards
// times the share of the policy's weight that lies above (Wang, Agarwal & Dudik 2017, section 4.3); the interval
// is longer by that bias on either side, so that leaving out weights does not pass for knowing more.
#include <math.h>
#include <stddef.h>

#include "stats/ope_sums.h"
#include "stats/z95.h"

// Observations' worth of belief that a cell's mean is that of its variant overall. DR is unbiased whatever
// this is; a few keep the model calm in small cells.
#define MODEL_STRENGTH 10.0

// What an estimator needs beyond a cell's own sums.
typedef struct form {
    const spl_ope *ope;
    spl_ope_estimator estimator;
    uint32_t policy;
    uint32_t level;       // of the threshold
    double scale, centre; // SNIPS: exposures / sum of weights, and its value
    double offset;        // what the terms lack of the value: the origin, or 0 where they hold it
} form;

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
    const spl_ope_cell *own = spl_ope_cell_at(ope, 0, x, variant, half);
    return (own->count * own->mean[SPL_OPE_SLOTS] + MODEL_STRENGTH * mean) / (own->count + MODEL_STRENGTH);
}

static bool has_model(const form *f)
{
    return f->estimator == SPL_OPE_DR || f->estimator == SPL_OPE_SWITCH;
}

// What the model expects of the policy in a cell.
static double model_value(const form *f, uint32_t x, uint32_t half)
{
    const spl_ope *ope = f->ope;
    if (!has_model(f)) return 0;
    if (f->policy >= SPL_OPE_ALWAYS) return model(ope, x, f->policy - SPL_OPE_ALWAYS, half);
    double value = 0;
    for (uint32_t a = 0; a < ope->config.variant_count; a++)
        value += spl_ope_probability(ope, f->policy, x, a) * model(ope, x, a, half);
    return value;
}

// SNIPS, DR and the plain mean of the log move with the rewards, so their terms may leave the origin out; IPS
// moves with the weights and holds it.
static form form_of(const spl_ope *ope, uint32_t policy, spl_ope_estimator estimator, uint32_t level)
{
    form f = {ope, policy == SPL_OPE_LOGGING ? SPL_OPE_IPS : estimator, policy, level, 1, 0, ope->origin};
    if (f.estimator == SPL_OPE_SNIPS) {
        spl_ope_weighted sum = spl_ope_weigh(ope, 0, policy);
        f.scale = (double)ope->counts.exposures / sum.weights;
        f.centre = sum.rewards / sum.weights;
    }
    if (f.estimator == SPL_OPE_IPS && policy != SPL_OPE_LOGGING) f.offset = 0;
    return f;
}

// Adds `sign` times the estimator's term in a cell. `expected` is the model's part, which does not depend on
// the variant.
static void add_term(const form *f, uint32_t x, uint32_t variant, uint32_t half, double expected, double sign,
                     spl_ope_term *t)
{
    double beta = 1, gamma = f->ope->origin - f->offset;
    if (f->estimator == SPL_OPE_SNIPS) {
        t->alpha += sign * f->centre;
        beta = f->scale;
        gamma = -f->scale * f->centre;
    } else if (has_model(f)) {
        t->alpha += sign * expected;
        gamma = -model(f->ope, x, variant, 1 - half);
    }
    int slot = spl_ope_slot(f->policy, variant);
    if (slot < 0) return;
    t->part[slot] += sign * gamma;
    t->part[SPL_OPE_SLOTS + slot] += sign * beta;
}

// Walks the cells with the terms of `f`, less those of `g` if there is one: their sum, or with `out` the
// squares of their distances from `mean`. Both are of one level.
static double walk(const form *f, const form *g, double mean, spl_ope_squares *out)
{
    const spl_ope *ope = f->ope;
    double sum = 0;
    for (uint32_t x = 0; x < ope->config.cell_count; x++) {
        for (uint32_t half = 0; half < 2; half++) {
            double f_model = model_value(f, x, 1 - half), g_model = g != NULL ? model_value(g, x, 1 - half) : 0;
            for (uint32_t a = 0; a < ope->columns; a++) {
                if (spl_ope_cell_at(ope, 0, x, a, half)->count == 0) continue;
                const spl_ope_cell *c = spl_ope_cell_at(ope, f->level, x, a, half);
                spl_ope_term t = {0};
                add_term(f, x, a, half, f_model, 1, &t);
                if (g != NULL) add_term(g, x, a, half, g_model, -1, &t);
                if (out == NULL) {
                    sum += c->count * spl_ope_term_mean(c, &t);
                } else {
                    spl_ope_add_squares(c, &t, mean, out);
                }
            }
        }
    }
    return sum;
}

static bool blind(const spl_ope *ope, uint32_t policy)
{
    return ope->counts.exposures == 0 || !(spl_ope_weigh(ope, 0, policy).weights > 0);
}

static const spl_ope_estimate unknown = {NAN, NAN, NAN, NAN, NAN, NAN};

// How far the weights above the threshold can move the value that is left to the model.
static double bias_of(const form *f)
{
    if (f->level == 0 || f->policy == SPL_OPE_LOGGING) return 0;
    double all = spl_ope_weigh(f->ope, 0, f->policy).weights,
           below = spl_ope_weigh(f->ope, f->level, f->policy).weights;
    return (f->ope->highest - f->ope->lowest) * fmax(0, 1 - below / all);
}

static spl_ope_estimate estimate(const form *f, const form *g)
{
    double n = (double)f->ope->counts.exposures;
    spl_ope_squares s = {0, 0};
    double mean = walk(f, g, 0, NULL) / n;
    walk(f, g, mean, &s);
    spl_ope_estimate out = {.value = mean + (f->offset - (g != NULL ? g->offset : 0)), .se = spl_ope_error(s, n)};
    if (!isfinite(out.value)) return unknown;
    out.bias = bias_of(f) + (g != NULL ? bias_of(g) : 0);
    out.threshold = f->ope->threshold[f->level];
    double reach = SPL_Z95 * out.se + out.bias;
    out.low = out.value - reach;
    out.high = out.value + reach;
    return out;
}

// `over` may be the policy itself: then its value.
static spl_ope_estimate at_level(const spl_ope *ope, uint32_t policy, uint32_t over, spl_ope_estimator estimator,
                                 uint32_t level)
{
    form f = form_of(ope, policy, estimator, level), g = form_of(ope, over, estimator, level);
    return estimate(&f, over == policy ? NULL : &g);
}

static double risk(const spl_ope_estimate *e)
{
    return e->se * e->se + e->bias * e->bias;
}

static spl_ope_estimate choose(const spl_ope *ope, uint32_t policy, uint32_t over)
{
    if (ope->config.threshold > 0) return at_level(ope, policy, over, SPL_OPE_SWITCH, 1);
    spl_ope_estimate best = at_level(ope, policy, over, SPL_OPE_SWITCH, 0);
    for (uint32_t level = ope->levels - 1; level > 0; level--) {
        spl_ope_estimate e = at_level(ope, policy, over, SPL_OPE_SWITCH, level);
        if (risk(&e) < risk(&best)) best = e;
    }
    return best;
}

static spl_ope_estimate answer(const spl_ope *ope, uint32_t policy, uint32_t over, spl_ope_estimator estimator)
{
    bool same = policy == over;
    if (blind(ope, policy) || blind(ope, over)) return unknown;
    spl_ope_estimate e =
        estimator == SPL_OPE_SWITCH ? choose(ope, policy, over) : at_level(ope, policy, over, estimator, 0);
    bool told = spl_ope_enough(ope, policy) && spl_ope_enough(ope, over);
    bool equal = !same && policy != SPL_OPE_LOGGING && over != SPL_OPE_LOGGING && spl_ope_agree(ope, policy, over);
    if (!told && !equal) e.low = e.high = NAN;
    return e;
}

spl_ope_estimate spl_ope_value(const spl_ope *ope, uint32_t policy, spl_ope_estimator estimator)
{
    return answer(ope, policy, policy, estimator);
}

spl_ope_estimate spl_ope_gain(const spl_ope *ope, uint32_t policy, uint32_t over, spl_ope_estimator estimator)
{
    if (policy != over) return answer(ope, policy, over, estimator);
    return blind(ope, policy) ? unknown : (spl_ope_estimate){.threshold = INFINITY};
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
