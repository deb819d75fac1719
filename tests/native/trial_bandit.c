// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdlib.h>

#include "samplit/rng.h"
#include "stats/adaptive.h"
#include "stats/bayes.h"
#include "stats/best.h"
#include "trials.h"

#define BATCH 100
#define FLOOR 0.02
#define REACH 1.959963984540054
#define REWARDED 10 // as evaluate/monitor.h asks

static void renew(spl_best *best, const spl_conversions *seen, double *p)
{
    spl_posterior posteriors[TRIAL_ARMS];
    for (int v = 0; v < TRIAL_ARMS; v++) posteriors[v] = spl_posterior_of_rate(seen[v]);
    spl_best_probabilities(best, posteriors, p);
    for (int v = 0; v < TRIAL_ARMS; v++) p[v] = FLOOR + (1 - TRIAL_ARMS * FLOOR) * p[v];
}

static spl_adaptive *play(uint64_t run, uint32_t visitors, const double rates[TRIAL_ARMS])
{
    spl_conversions seen[TRIAL_ARMS] = {{0, 0}};
    double p[TRIAL_ARMS];
    spl_best *best = spl_best_new(TRIAL_ARMS);
    spl_adaptive *scores = spl_adaptive_new(TRIAL_ARMS);
    if (!best || !scores) abort();
    for (uint32_t i = 0; i < visitors; i++) {
        double u[2];
        uint32_t v = 0;
        if (i % BATCH == 0) renew(best, seen, p);
        spl_uniform2(71, run, 1, i, u);
        for (double sum = p[0]; v + 1 < TRIAL_ARMS && u[0] >= sum; v++) sum += p[v + 1];
        double reward = u[1] < rates[v];
        seen[v].trials++;
        seen[v].successes += reward;
        spl_adaptive_add(scores, p, v, reward);
    }
    spl_best_free(best);
    return scores;
}

static spl_mean mean_of(const spl_adaptive *scores, trial_method method, uint32_t v)
{
    return method == TRIAL_NAIVE ? spl_adaptive_naive(scores, v)
           : method == TRIAL_IPW ? spl_adaptive_ipw(scores, v)
                                 : spl_adaptive_mean(scores, v);
}

static spl_mean gap_of(const spl_adaptive *scores, trial_method method, uint32_t v)
{
    spl_mean own = mean_of(scores, method, v), control = mean_of(scores, method, 0);
    if (method != TRIAL_WEIGHTED)
        return (spl_mean){own.value - control.value, own.variance + control.variance, INFINITY};
    spl_adaptive_gap gap = spl_adaptive_over_control(scores, v);
    return (spl_mean){gap.value, gap.variance, INFINITY};
}

static bool holds(spl_mean m, double truth)
{
    return fabs(m.value - truth) <= REACH * sqrt(m.variance);
}

trial_bandit trial_of_bandit(uint64_t run, uint32_t visitors, const double rates[TRIAL_ARMS])
{
    trial_bandit out = {0};
    spl_adaptive *scores = play(run, visitors, rates);
    for (int method = 0; method < TRIAL_METHODS; method++) {
        bool control = spl_adaptive_rewarded(scores, 0) >= REWARDED;
        for (uint32_t v = 0; v < TRIAL_ARMS; v++) {
            spl_mean m = mean_of(scores, method, v);
            if (spl_adaptive_rewarded(scores, v) < REWARDED) continue;
            out.means_told[method]++;
            out.means_held[method] += holds(m, rates[v]);
            out.width[method] += 2 * REACH * sqrt(m.variance);
            if (v == 0 || !control) continue;
            out.gaps_told[method]++;
            out.gaps_held[method] += holds(gap_of(scores, method, v), rates[v] - rates[0]);
        }
    }
    spl_adaptive_free(scores);
    return out;
}
