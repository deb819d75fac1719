// SPDX-License-Identifier: GPL-3.0-or-later
// Given both margins of the 2 x 2 table, the successes of side 1 are hypergeometric if the odds are equal, and the
// same density times odds^x if they are not (Fisher's noncentral). The estimate of the odds is where the
// mean is what was seen; the ends of its interval are where what was seen, or more (less), has half the error
// probability left. All three are monotone in the logarithm of the odds: bisection finds them.
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "stats/binomial.h"
#include "stats/proportion.h"
#include "stats/two_proportions.h"

#define LOG_ODDS_MAX 200.0

typedef struct table {
    double lowest, seen; // of the successes of side 1
    int count;           // of possible values, from the lowest on
    double *log_density; // [count] under equal odds
    double wanted;       // of what the search looks for
} table;

typedef double statistic(const table *t, double log_odds);

// Sums of exp(density + log_odds * i - top) over i in [from, to), and the same times the value.
static double weighed(const table *t, double log_odds, int from, int to, double *first_moment)
{
    double top = -INFINITY, sum = 0, moment = 0;
    for (int i = 0; i < t->count; i++) top = fmax(top, t->log_density[i] + log_odds * i);
    for (int i = from; i < to; i++) {
        double weight = exp(t->log_density[i] + log_odds * i - top);
        sum += weight;
        moment += weight * (t->lowest + i);
    }
    if (first_moment) *first_moment = moment;
    return sum;
}

static double mean(const table *t, double log_odds)
{
    double moment, sum = weighed(t, log_odds, 0, t->count, &moment);
    return moment / sum;
}

static double at_least_seen(const table *t, double log_odds)
{
    int seen = (int)(t->seen - t->lowest);
    return weighed(t, log_odds, seen, t->count, NULL) / weighed(t, log_odds, 0, t->count, NULL);
}

static double more_than_seen(const table *t, double log_odds)
{
    int seen = (int)(t->seen - t->lowest);
    return weighed(t, log_odds, seen + 1, t->count, NULL) / weighed(t, log_odds, 0, t->count, NULL);
}

// The odds at which an increasing statistic has the wanted value.
static double odds_where(const table *t, statistic *value, double wanted)
{
    double low = -LOG_ODDS_MAX, high = LOG_ODDS_MAX;
    for (int i = 0; i < 200 && high - low > 1e-14 * fmax(1, fabs(low)); i++) {
        double middle = (low + high) / 2;
        if (value(t, middle) < wanted)
            low = middle;
        else
            high = middle;
    }
    return exp((low + high) / 2);
}

static double p_of(const table *t)
{
    double seen = t->log_density[(int)(t->seen - t->lowest)], sum = 0;
    for (int i = 0; i < t->count; i++)
        if (t->log_density[i] <= seen + 1e-7)
            sum += exp(t->log_density[i]); // equally likely ones may differ by rounding
    return fmin(1, sum);
}

spl_fisher spl_fisher_exact(spl_conversions a, spl_conversions b, double confidence)
{
    spl_fisher none = {NAN, NAN, {NAN, NAN}};
    if (!spl_counts_possible(a.successes, a.trials) || !spl_counts_possible(b.successes, b.trials)) return none;
    double successes = a.successes + b.successes;
    double lowest = fmax(0, successes - b.trials), highest = fmin(successes, a.trials);
    if (!(highest - lowest < SPL_FISHER_TABLES_MAX)) return none;
    table t = {.lowest = lowest, .seen = a.successes, .count = (int)(highest - lowest) + 1};
    t.log_density = malloc((size_t)t.count * sizeof *t.log_density);
    if (!t.log_density) return none;
    for (int i = 0; i < t.count; i++)
        t.log_density[i] = spl_hypergeometric_log_density(lowest + i, a.trials, b.trials, successes);

    double tail = (1 - confidence) / 2;
    bool least = t.seen == lowest, most = t.seen == highest;
    spl_fisher out = {.p = p_of(&t)};
    out.odds = least ? 0 : most ? INFINITY : odds_where(&t, mean, t.seen);
    out.range.low = least ? 0 : odds_where(&t, at_least_seen, tail);
    out.range.high = most ? INFINITY : odds_where(&t, more_than_seen, 1 - tail);
    free(t.log_density);
    return out;
}
