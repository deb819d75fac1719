// SPDX-License-Identifier: GPL-3.0-or-later
// One bettor cannot know how large a mismatch to bet on, so many bet, each with its own variant, direction and
// fixed stake, and the mean of their wealths is what counts. Stakes fall by halves from 1/2, which suits mismatches
// from tens of per cent to a tenth of one. A stake below 1 keeps 1 + stake (x - p) positive, as |x - p| <= 1.
//
// Wealths are kept as they are, times a common scale, not as logarithms: an exposure then costs a product per
// bettor. A bettor down to nothing is out, which can only make the test more careful.
#include <math.h>
#include <stdlib.h>

#include "stats/srm.h"

#define STAKES 10
#define BETTORS (2 * STAKES) // per variant: above and below
#define LARGE 0x1p400
#define RUINED 0x1p-900

struct spl_srm_bets {
    uint32_t variant_count;
    double exposures;
    double log_scale;          // of the wealths
    double highest;            // largest total of the wealths so far, on the same scale
    double *served, *expected; // [variant_count]
    double *wealth;            // (variant_count, BETTORS)
};

spl_srm_bets *spl_srm_bets_new(uint32_t variant_count)
{
    spl_srm_bets *bets = calloc(1, sizeof *bets);
    if (!bets) return NULL;
    size_t bettors = (size_t)variant_count * BETTORS;
    bets->variant_count = variant_count;
    bets->served = calloc(variant_count + 1, sizeof *bets->served);
    bets->expected = calloc(variant_count + 1, sizeof *bets->expected);
    bets->wealth = malloc((bettors + 1) * sizeof *bets->wealth);
    if (!bets->served || !bets->expected || !bets->wealth) {
        spl_srm_bets_free(bets);
        return NULL;
    }
    for (size_t i = 0; i < bettors; i++) bets->wealth[i] = 1;
    bets->highest = (double)bettors;
    return bets;
}

void spl_srm_bets_free(spl_srm_bets *bets)
{
    if (!bets) return;
    free(bets->served);
    free(bets->expected);
    free(bets->wealth);
    free(bets);
}

static void rescale(spl_srm_bets *bets)
{
    size_t n = (size_t)bets->variant_count * BETTORS;
    bets->log_scale += log(LARGE);
    bets->highest /= LARGE;
    for (size_t i = 0; i < n; i++) {
        bets->wealth[i] /= LARGE;
        if (bets->wealth[i] < RUINED) bets->wealth[i] = 0;
    }
}

static double total_wealth(const spl_srm_bets *bets)
{
    size_t n = (size_t)bets->variant_count * BETTORS;
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += bets->wealth[i];
    return sum;
}

static double log_mean(const spl_srm_bets *bets, double total)
{
    return bets->log_scale + log(total / ((double)bets->variant_count * BETTORS));
}

double spl_srm_bets_log_evidence(const spl_srm_bets *bets)
{
    return log_mean(bets, total_wealth(bets));
}

static void settle(double wealth[BETTORS], double surprise)
{
    double stake = 0.5;
    for (int s = 0; s < STAKES; s++, stake /= 2) {
        wealth[2 * s] *= 1 + stake * surprise;
        wealth[2 * s + 1] *= 1 - stake * surprise;
        if (wealth[2 * s] < RUINED) wealth[2 * s] = 0;
        if (wealth[2 * s + 1] < RUINED) wealth[2 * s + 1] = 0;
    }
}

bool spl_srm_bets_add(spl_srm_bets *bets, const double *p, uint32_t variant)
{
    if (variant >= bets->variant_count || !(p[variant] > 0 && p[variant] <= 1)) return false;
    for (uint32_t v = 0; v < bets->variant_count; v++) {
        settle(bets->wealth + (size_t)v * BETTORS, (v == variant) - p[v]);
        bets->expected[v] += p[v];
    }
    bets->served[variant]++;
    bets->exposures++;
    bets->highest = fmax(bets->highest, total_wealth(bets));
    if (bets->highest > LARGE) rescale(bets);
    return true;
}

double spl_srm_bets_p(const spl_srm_bets *bets)
{
    return exp(-log_mean(bets, bets->highest));
}

double spl_srm_bets_deviation(const spl_srm_bets *bets, uint32_t variant)
{
    return bets->exposures > 0 ? (bets->served[variant] - bets->expected[variant]) / bets->exposures : 0;
}
