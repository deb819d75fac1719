// SPDX-License-Identifier: GPL-3.0-or-later
// Two sums, one for each direction, collect what residuals have beyond the slack and never fall below 0; a change is
// told where one passes the limit, and began where that sum last was 0. Against a control chart of single points, a
// small lasting shift is found many times sooner; unlike a search over all possible change points, the sums can be
// followed as the points come in.
#include "stats/cusum.h"

#include <math.h>
#include <stdbool.h>

#define OVERSHOOT 1.166 // 2 * 0.583: what a sum is beyond its limits on average, for normal steps
#define LIMIT_MAX 1e6
#define STEPS 100

// Of one sum whose steps have mean `drift` and variance 1.
static double one_sided(double drift, double limit)
{
    double b = limit + OVERSHOOT, e = -2 * drift * b;
    if (fabs(e) < 1e-4) return b * b * (1 + e / 3);
    return (expm1(e) - e) / (2 * drift * drift);
}

double spl_cusum_run_length(const spl_cusum *cusum, double shift)
{
    return 1 / (1 / one_sided(shift - cusum->slack, cusum->limit) + 1 / one_sided(-shift - cusum->slack, cusum->limit));
}

double spl_cusum_limit(double slack, double run_length)
{
    double low = 0, high = LIMIT_MAX;
    for (int i = 0; i < STEPS; i++) {
        spl_cusum middle = {slack, (low + high) / 2};
        *(spl_cusum_run_length(&middle, 0) < run_length ? &low : &high) = middle.limit;
    }
    return high;
}

spl_cusum spl_cusum_for(uint32_t count, double alpha)
{
    return (spl_cusum){0.5, spl_cusum_limit(0.5, -(double)count / log1p(-alpha))};
}

// The mean of the points so far, and the two sums.
typedef struct watch {
    double mean, weight; // weight 0: no point yet
    double up, down;
    uint32_t up_from, down_from; // where they last left 0
} watch;

static void add_up(double *sum, uint32_t *from, double step, uint32_t i)
{
    if (*sum == 0) *from = i;
    *sum = fmax(0, *sum + step);
}

static void look(watch *w, const spl_cusum *cusum, const spl_mean *point, uint32_t i)
{
    if (!spl_mean_known(point)) return;
    if (w->weight > 0) {
        double residual = (point->value - w->mean) / sqrt(point->variance + 1 / w->weight);
        add_up(&w->up, &w->up_from, residual - cusum->slack, i);
        add_up(&w->down, &w->down_from, -residual - cusum->slack, i);
    }
    w->weight += 1 / point->variance;
    w->mean += (point->value - w->mean) / point->variance / w->weight;
}

static double mean_of(const spl_mean *points, uint32_t from, uint32_t to)
{
    double weight = 0, mean = 0;
    for (uint32_t i = from; i < to; i++) {
        if (!spl_mean_known(&points[i])) continue;
        weight += 1 / points[i].variance;
        mean += (points[i].value - mean) / points[i].variance / weight;
    }
    return weight > 0 ? mean : NAN;
}

// The first change after `from`; false if there is none.
static bool next_change(const spl_cusum *cusum, const spl_mean *points, uint32_t from, uint32_t count, spl_change *out)
{
    watch w = {0};
    for (uint32_t i = from; i < count; i++) {
        look(&w, cusum, &points[i], i);
        bool up = w.up > cusum->limit, down = w.down > cusum->limit;
        if (!up && !down) continue;
        *out = (spl_change){.from = up ? w.up_from : w.down_from, .alarm = i, .score = up ? w.up : w.down};
        return true;
    }
    return false;
}

uint32_t spl_cusum_changes(const spl_cusum *cusum, const spl_mean *points, uint32_t count, spl_change *changes,
                           uint32_t most)
{
    uint32_t n = 0, start = 0;
    while (n < most && next_change(cusum, points, start, count, &changes[n])) start = changes[n++].from;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t before = i > 0 ? changes[i - 1].from : 0, after = i + 1 < n ? changes[i + 1].from : count;
        changes[i].before = mean_of(points, before, changes[i].from);
        changes[i].after = mean_of(points, changes[i].from, after);
    }
    return n;
}

double spl_cusum_score(const spl_cusum *cusum, const spl_mean *points, uint32_t count)
{
    watch w = {0};
    double score = 0;
    for (uint32_t i = 0; i < count; i++) {
        look(&w, cusum, &points[i], i);
        score = fmax(score, fmax(w.up, w.down));
    }
    return score;
}
