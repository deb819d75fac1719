// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/bandit/bandit_online.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const spl_bandit_words[] = {"auto", "linucb", "lints", "inverse-gap", "softmax", "epsilon-greedy", NULL};

// A weak prior: one row counts ten times as much as it. See decision 0140 for what other numbers give.
#define LAMBDA 0.1

// Where lambda adapts: chosen anew whenever the rows have doubled, from FIRST_CHOICE on, by steps of half a power of
// ten within these bounds. The first rows may all be explained to the last bit; for that the noise is not taken to be
// below LEAST_NOISE of the range.
#define FIRST_CHOICE 32
#define LAMBDA_LEAST 1e-3
#define LAMBDA_MOST 1.0
#define LEAST_NOISE 0.05

static const spl_bandit_config PRESETS[] = {
    {SPL_RULE_LINUCB, SPL_SPACE_EMBEDDING, 0, 0.8, LAMBDA, true},
    {SPL_RULE_LINUCB, SPL_SPACE_FEATURES, 0, 0.8, LAMBDA, false},
    {SPL_RULE_LINTS, SPL_SPACE_FEATURES, 0, 0.5, LAMBDA, false},
    {SPL_RULE_INVERSE_GAP, SPL_SPACE_FEATURES, 1000, 0, LAMBDA, false},
    {SPL_RULE_SOFTMAX, SPL_SPACE_FEATURES, 0.02, 0, LAMBDA, false},
    {SPL_RULE_EPSILON_GREEDY, SPL_SPACE_FEATURES, 0.02, 0, LAMBDA, false},
};

bool spl_bandit_preset(const char *word, spl_bandit_config *out)
{
    for (int i = 0; spl_bandit_words[i]; i++) {
        if (strcmp(word, spl_bandit_words[i]) != 0) continue;
        *out = PRESETS[i];
        return true;
    }
    return false;
}

bool spl_bandit_preset_log(const char *word, spl_bandit_config *out)
{
    spl_bandit_config lints = PRESETS[2];
    if (!spl_bandit_preset(word, out)) return false;
    if (strcmp(word, "auto") == 0) {
        out->rule = lints.rule;
        out->alpha = lints.alpha;
    }
    out->parameter = 0; // by the log (learn/bandit/linear_learn.h)
    return true;
}

bool spl_bandit_init(spl_bandit *bandit, const spl_bandit_config *config, uint32_t k, uint32_t width, double low,
                     double high)
{
    uint32_t d = width + 1;
    *bandit = (spl_bandit){
        .config = *config,
        .k = k,
        .width = width,
        .noise = (high - low) / 2,
        .least = (high - low) * LEAST_NOISE,
        .lambda = config->lambda,
    };
    bool ok = spl_sparse_init(&bandit->z, d);
    if (config->adapts) bandit->scratch = malloc((size_t)d * (d + 1) * sizeof *bandit->scratch);
    ok = ok && (bandit->scratch || !config->adapts);
    for (uint32_t a = 0; ok && a < k; a++) {
        ok = spl_online_ridge_init(&bandit->ridges[a], d, config->lambda, high);
        if (config->adapts) ok = ok && spl_gram_init(&bandit->grams[a], d);
    }
    if (!ok) spl_bandit_free(bandit);
    return ok;
}

void spl_bandit_free(spl_bandit *bandit)
{
    for (uint32_t a = 0; a < bandit->k; a++) {
        spl_online_ridge_free(&bandit->ridges[a]);
        spl_gram_free(&bandit->grams[a]);
    }
    free(bandit->scratch);
    spl_sparse_free(&bandit->z);
    *bandit = (spl_bandit){0};
}

static bool asks_deviation(const spl_bandit *bandit)
{
    return bandit->config.rule == SPL_RULE_LINUCB || bandit->config.rule == SPL_RULE_LINTS;
}

// A policy over no inputs at all: its scores are its biases and its deviations 1 x 1 factors, so that the core's own
// rule does the rest.
void spl_bandit_probabilities(spl_bandit *bandit, const float *x, double *p)
{
    float score[SPL_VARIANTS_MAX], deviation[SPL_VARIANTS_MAX], scratch[SPL_VARIANTS_MAX];
    spl_sparse_set(&bandit->z, x, bandit->width);
    for (uint32_t a = 0; a < bandit->k; a++) {
        spl_online_ridge *ridge = &bandit->ridges[a];
        score[a] = (float)spl_online_ridge_mean(ridge, &bandit->z);
        if (!asks_deviation(bandit)) continue;
        double variance = spl_online_ridge_variance(ridge, &bandit->z);
        deviation[a] = (float)(bandit->config.alpha * bandit->noise * sqrt(variance));
    }
    const spl_linear linear = {
        .rule = bandit->config.rule,
        .parameter = bandit->config.parameter,
        .score = {0, bandit->k, score, score},
        .factor = deviation,
    };
    spl_linear_probabilities(&linear, SPL_KERNEL_SCALAR, x, scratch, p);
}

// Uphill from where it stands by steps of `factor`; how often it stepped.
static int climb(const spl_bandit *bandit, double factor, spl_ridge_evidence *best)
{
    spl_ridge_evidence next;
    int steps = 0;
    for (;; steps++) {
        double lambda = best->lambda * factor;
        if (lambda < LAMBDA_LEAST * 0.99 || lambda > LAMBDA_MOST * 1.01) return steps;
        double least = bandit->least * bandit->least;
        if (!spl_ridge_weigh(bandit->grams, bandit->k, lambda, least, bandit->scratch, &next)) return steps;
        if (next.log_evidence <= best->log_evidence) return steps;
        *best = next;
    }
}

// Decision 0142 for rows that come one by one. A lambda under which something is not finite is not taken.
static void adapt(spl_bandit *bandit)
{
    spl_ridge_evidence best;
    const double step = sqrt(10), least = bandit->least * bandit->least;
    if (!spl_ridge_weigh(bandit->grams, bandit->k, bandit->lambda, least, bandit->scratch, &best)) return;
    if (climb(bandit, 1 / step, &best) == 0) climb(bandit, step, &best);
    for (uint32_t a = 0; a < bandit->k; a++) {
        if (!spl_online_ridge_refit(&bandit->ridges[a], &bandit->grams[a], best.lambda, bandit->scratch)) return;
    }
    bandit->lambda = best.lambda;
    bandit->noise = sqrt(best.noise2);
}

void spl_bandit_learn(spl_bandit *bandit, uint32_t variant, double reward)
{
    spl_online_ridge *ridge = &bandit->ridges[variant];
    spl_online_ridge_add(ridge, &bandit->z, reward, asks_deviation(bandit));
    if (!bandit->config.adapts) return;
    spl_gram_add_sparse(&bandit->grams[variant], &bandit->z, reward - ridge->prior, 1);
    uint64_t rows = ++bandit->rows;
    if (rows >= FIRST_CHOICE && (rows & (rows - 1)) == 0) adapt(bandit);
}
