// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/bayes.h"

#include <math.h>

#include "samplit/policy.h"
#include "stats/best.h"
#include "stats/quantile.h"

#define NARROWEST 1e-12 // deviation, as a share of the distance from the highest mean

spl_posterior spl_posterior_of_rate(spl_conversions seen)
{
    bool sound = seen.successes >= 0 && seen.successes <= seen.trials;
    if (!sound) return (spl_posterior){SPL_FAMILY_BETA, NAN, NAN};
    return (spl_posterior){SPL_FAMILY_BETA, 1 + seen.successes, 1 + seen.trials - seen.successes};
}

spl_posterior spl_posterior_of_mean(spl_mean seen)
{
    return (spl_posterior){SPL_FAMILY_NORMAL, seen.value, sqrt(seen.variance)};
}

static bool says_something(const spl_posterior *p)
{
    bool b = p->b > 0 && isfinite(p->b);
    return b && isfinite(p->a) && (p->family == SPL_FAMILY_NORMAL || p->a > 0);
}

static spl_interval credible(const spl_posterior *p, double confidence)
{
    double tail = (1 - confidence) / 2;
    if (p->family == SPL_FAMILY_BETA)
        return (spl_interval){spl_beta_quantile(tail, p->a, p->b), spl_beta_quantile(1 - tail, p->a, p->b)};
    double reach = spl_normal_reach(confidence) * p->b;
    return (spl_interval){p->a - reach, p->a + reach};
}

// Normals are taken about the highest mean, where digits matter; further down a bump too narrow for the doubles there
// is made just wide enough to be seen.
static void centre(spl_posterior *posteriors, uint32_t n)
{
    double highest = -INFINITY;
    if (posteriors[0].family == SPL_FAMILY_BETA) return;
    for (uint32_t i = 0; i < n; i++) highest = fmax(highest, posteriors[i].a);
    for (uint32_t i = 0; i < n; i++) {
        posteriors[i].a -= highest;
        posteriors[i].b = fmax(posteriors[i].b, NARROWEST * -posteriors[i].a);
    }
}

static double p_over(spl_best *pair, const spl_posterior *variant, const spl_posterior *first)
{
    spl_posterior both[] = {*variant, *first};
    double p[2];
    centre(both, 2);
    spl_best_probabilities(pair, both, p);
    return p[0];
}

// Of the variants in which[0..n).
static bool judge(const spl_posterior *posteriors, const uint32_t *which, uint32_t n, double confidence,
                  spl_belief *out)
{
    spl_posterior known[SPL_VARIANTS_MAX];
    double p[SPL_VARIANTS_MAX], loss[SPL_VARIANTS_MAX];
    spl_best *best = spl_best_new_exact(n), *pair = spl_best_new_exact(2);
    bool ok = best && pair;
    for (uint32_t i = 0; i < n; i++) known[i] = posteriors[which[i]];
    centre(known, n);
    if (ok) spl_best_losses(best, known, p, loss);
    for (uint32_t i = 0; ok && i < n; i++) {
        const spl_posterior *own = &posteriors[which[i]];
        bool first = which[0] == 0 && i > 0;
        out[which[i]] = (spl_belief){spl_posterior_mean(own), credible(own, confidence), p[i], loss[i],
                                     first ? p_over(pair, own, &posteriors[0]) : NAN};
    }
    spl_best_free(best);
    spl_best_free(pair);
    return ok;
}

bool spl_bayes_of(const spl_posterior *posteriors, uint32_t variant_count, double confidence, spl_belief *out)
{
    uint32_t which[SPL_VARIANTS_MAX], n = 0;
    for (uint32_t v = 0; v < variant_count; v++) {
        out[v] = (spl_belief){NAN, {NAN, NAN}, NAN, NAN, NAN};
        if (says_something(&posteriors[v])) which[n++] = v;
    }
    return n == 0 || judge(posteriors, which, n, confidence, out);
}
