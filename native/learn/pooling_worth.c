// SPDX-License-Identifier: GPL-3.0-or-later
// Leave-one-out is exact here at the price of two sets of P(best) per variant, because the exposures of a cell differ
// by their reward only: of s conversions in n, any one left out leaves s - 1 in n - 1, any other exposure s in n - 1.
// For real rewards two kinds stand for all, one standard deviation below the mean and one above; to first order in 1/n
// that is the sum over all of them. What the exposure says of the segment's other variants is left in: it
// moves them all alike.
#include "learn/pooling_worth.h"

#include <math.h>
#include <string.h>

#include "samplit/policy.h"

#define COUNT_MIN 2.0 // exposures of a variant of which one can be left out

typedef struct kind {
    double count, reward;
} kind;

static void kinds_of(spl_family family, const spl_sample *s, kind out[2])
{
    if (family == SPL_FAMILY_BETA) {
        double sum = fmin(fmax(s->sum, 0), s->count);
        out[0] = (kind){s->count - sum, 0};
        out[1] = (kind){sum, 1};
        return;
    }
    double sd = sqrt(fmax(s->squares, 0) / (s->count - 1));
    out[0] = (kind){s->count / 2, s->mean - sd};
    out[1] = (kind){s->count / 2, s->mean + sd};
}

static spl_sample without(const spl_sample *s, double reward)
{
    double rest = s->count - 1, apart = reward - s->mean;
    double squares = fmax(s->squares - apart * apart * (s->count / rest), 0);
    return (spl_sample){rest, s->sum - reward, s->mean - apart / rest, squares};
}

void spl_pooling_left_out(spl_best *best, spl_family family, const spl_pooling_prior *priors, const spl_sample *samples,
                          uint32_t k, double visits, spl_left_out *out)
{
    spl_posterior all[SPL_VARIANTS_MAX], one[SPL_VARIANTS_MAX];
    double p[SPL_VARIANTS_MAX], count = 0, sum = 0, variance;
    for (uint32_t v = 0; v < k; v++) {
        all[v] = spl_pooling_update(family, priors[v], samples[v], &variance);
        count += samples[v].count, sum += samples[v].sum;
    }
    memset(out, 0, 2 * k * sizeof *out);
    for (uint32_t v = 0; v < k; v++) {
        kind kinds[2];
        if (samples[v].count < COUNT_MIN) continue;
        kinds_of(family, &samples[v], kinds);
        for (int i = 0; i < 2; i++) {
            if (kinds[i].count == 0) continue;
            double each = visits / samples[v].count * (kinds[i].reward - sum / count);
            memcpy(one, all, k * sizeof *one);
            one[v] = spl_pooling_update(family, priors[v], without(&samples[v], kinds[i].reward), &variance);
            spl_best_probabilities(best, one, p);
            out[2 * v + i] = (spl_left_out){kinds[i].count * each, kinds[i].count * each * each, p[v]};
        }
    }
}
