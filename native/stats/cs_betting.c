// SPDX-License-Identifier: GPL-3.0-or-later
// For every candidate mean m two gamblers start with half the capital each: one bets that observations lie above m, one
// that they lie below. If m is the mean, neither can expect to win, and by Ville's inequality the larger of their
// capitals reaches 1 / alpha with a probability of at most alpha; such an m is out for good. Bets follow the mean and
// variance of what was seen before, so they need no tuning, and are cut to keep both solvent.
#include <math.h>
#include <stdlib.h>

#include "stats/confidence_sequence.h"

#define CUT 0.5 // a bet risks at most this share of the capital

struct spl_cs_betting {
    double alpha, count;
    double sum, squares; // of what was seen, with a pseudo-observation of mean 1/2 and variance 1/4
    uint32_t grid;
    double *above, *below; // [grid + 1] logarithms of the capitals
    double *highest;       // [grid + 1] running maximum of the larger half's logarithm
};

spl_cs_betting *spl_cs_betting_new(double alpha, uint32_t grid)
{
    spl_cs_betting *cs = calloc(1, sizeof *cs);
    if (!cs) return NULL;
    cs->alpha = alpha;
    cs->grid = grid;
    cs->above = calloc(grid + 1, sizeof *cs->above);
    cs->below = calloc(grid + 1, sizeof *cs->below);
    cs->highest = calloc(grid + 1, sizeof *cs->highest);
    if (cs->above && cs->below && cs->highest) return cs;
    spl_cs_betting_free(cs);
    return NULL;
}

void spl_cs_betting_free(spl_cs_betting *cs)
{
    if (!cs) return;
    free(cs->above);
    free(cs->below);
    free(cs->highest);
    free(cs);
}

// The stake that suits the spread seen so far, falling as 1 / sqrt(t log t) (predictable plug-in).
static double stake_of(const spl_cs_betting *cs)
{
    double t = cs->count + 1, variance = (0.25 + cs->squares) / t;
    return sqrt(2 * log(2 / cs->alpha) / (variance * t * log(1 + t)));
}

static void bet(spl_cs_betting *cs, uint32_t i, double stake, double x)
{
    double m = (double)i / cs->grid;
    double up = m > 0 ? fmin(stake, CUT / m) : stake, down = m < 1 ? fmin(stake, CUT / (1 - m)) : stake;
    cs->above[i] += log1p(up * (x - m));
    cs->below[i] += log1p(-down * (x - m));
    cs->highest[i] = fmax(cs->highest[i], fmax(cs->above[i], cs->below[i]) - log(2));
}

bool spl_cs_betting_add(spl_cs_betting *cs, double x)
{
    if (!(x >= 0 && x <= 1)) return false;
    double stake = stake_of(cs);
    for (uint32_t i = 0; i <= cs->grid; i++) bet(cs, i, stake, x);
    cs->count++;
    cs->sum += x;
    double mean = (0.5 + cs->sum) / (cs->count + 1);
    cs->squares += (x - mean) * (x - mean);
    return true;
}

// A candidate's neighbours stand for all means between: the interval ends at the last ones that are out.
spl_interval spl_cs_betting_interval(const spl_cs_betting *cs)
{
    double wanted = log(1 / cs->alpha);
    uint32_t low = 0, high = cs->grid;
    while (low < cs->grid && cs->highest[low] >= wanted) low++;
    while (high > 0 && cs->highest[high] >= wanted) high--;
    if (low > high) return (spl_interval){NAN, NAN}; // every candidate is out: a mean that changes
    return (spl_interval){low > 0 ? (low - 1.0) / cs->grid : 0, high < cs->grid ? (high + 1.0) / cs->grid : 1};
}

double spl_cs_betting_p(const spl_cs_betting *cs, double m)
{
    uint32_t near = (uint32_t)lround(m * cs->grid);
    return fmin(1, exp(-cs->highest[near]));
}
