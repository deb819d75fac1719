// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/bandit/bandit_online.h"

#include <math.h>
#include <string.h>

const char *const spl_bandit_words[] = {"auto", "linucb", "lints", "inverse-gap", "softmax", "epsilon-greedy", NULL};

// A weak prior: one row counts ten times as much as it. See decision 0140 for what other numbers give.
#define LAMBDA 0.1

static const spl_bandit_config PRESETS[] = {
    {SPL_RULE_LINUCB, SPL_SPACE_EMBEDDING, 0, 0.8, LAMBDA},
    {SPL_RULE_LINUCB, SPL_SPACE_FEATURES, 0, 0.8, LAMBDA},
    {SPL_RULE_LINTS, SPL_SPACE_FEATURES, 0, 0.5, LAMBDA},
    {SPL_RULE_INVERSE_GAP, SPL_SPACE_FEATURES, 1000, 0, LAMBDA},
    {SPL_RULE_SOFTMAX, SPL_SPACE_FEATURES, 0.02, 0, LAMBDA},
    {SPL_RULE_EPSILON_GREEDY, SPL_SPACE_FEATURES, 0.02, 0, LAMBDA},
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
    *bandit = (spl_bandit){.config = *config, .k = k, .width = width, .noise = (high - low) / 2};
    bool ok = spl_sparse_init(&bandit->z, width + 1);
    for (uint32_t a = 0; ok && a < k; a++)
        ok = spl_online_ridge_init(&bandit->ridges[a], width + 1, config->lambda, high);
    if (!ok) spl_bandit_free(bandit);
    return ok;
}

void spl_bandit_free(spl_bandit *bandit)
{
    for (uint32_t a = 0; a < bandit->k; a++) spl_online_ridge_free(&bandit->ridges[a]);
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

void spl_bandit_learn(spl_bandit *bandit, uint32_t variant, double reward)
{
    spl_online_ridge_add(&bandit->ridges[variant], &bandit->z, reward, asks_deviation(bandit));
}
