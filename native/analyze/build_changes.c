// SPDX-License-Identifier: GPL-3.0-or-later
// When rates changed for good: CUSUM over stretches of time, for each variant and for all visitors. Visitors are
// weighted by the logged probabilities, so that a bandit that turns to other visitors is no change. Where the log is
// long enough, a point is a whole day, so that nights are none either.
#include <math.h>
#include <stdlib.h>

#include "analyze/build.h"
#include "stats/cusum.h"

#define DAY (INT64_C(24) * 3600 * 1000)
#define DAYS_ENOUGH 10
#define CONVERSIONS 5.0 // expected in a point, for its mean to be about normal
#define CHANGES_MAX 8   // of a series

typedef struct weighed {
    double visitors, w, ww, wr; // sums of weights, of their squares, and with the rewards
} weighed;

typedef struct series {
    weighed *stretches; // [time.count]
    weighed all;
    double converted;
    spl_series rewards;
    spl_mean *points; // [count] at most time.count
    uint32_t *from;   // [count] the stretch that a point begins with
    uint32_t count;
} series;

static void add(weighed *to, double w, double reward)
{
    to->visitors++;
    to->w += w;
    to->ww += w * w;
    to->wr += w * reward;
}

static void merge(weighed *to, const weighed *from)
{
    to->visitors += from->visitors;
    to->w += from->w;
    to->ww += from->ww;
    to->wr += from->wr;
}

static void take(series *s, uint32_t at, double w, double reward, bool binary)
{
    add(&s->stretches[at], w, reward);
    add(&s->all, w, reward);
    s->converted += reward != 0;
    if (!binary) spl_series_add(&s->rewards, reward);
}

// Series v is of variant v, the last of all visitors under the overall mix of variants.
static void read_visitors(const spl_build *b, series *all)
{
    const spl_visitors *v = b->visitors;
    const spl_analysis_time *t = &b->report->time;
    uint32_t k = b->report->variant_count;
    for (uint32_t i = 0, at = 0; i < v->count; i++) {
        const spl_visitor *row = &v->rows[i];
        double p = spl_visitors_chances(v, row)[row->variant];
        while (at + 1 < t->count && row->time_ms >= t->start_ms[at + 1]) at++;
        take(&all[row->variant], at, 1 / p, row->reward, v->binary);
        take(&all[k], at, b->measures->mix[row->variant] / p, row->reward, v->binary);
    }
}

static bool by_days(const spl_analysis_time *t)
{
    return t->width_ms < DAY && t->width_ms * t->count >= DAYS_ENOUGH * DAY;
}

// The variance that the point's mean has if nothing changes.
static double steady_variance(const spl_build *b, const series *s, const weighed *point)
{
    double rate = s->all.wr / s->all.w, one = b->report->binary ? rate * (1 - rate) : spl_series_variance(&s->rewards);
    return one * point->ww / (point->w * point->w);
}

// Stretches are joined to points until each can be expected to have its conversions; what is left over is no point.
static void make_points(const spl_build *b, series *s)
{
    const spl_analysis_time *t = &b->report->time;
    double share = s->converted / s->all.visitors;
    weighed sum = {0};
    bool days = by_days(t);
    if (b->report->binary) share = fmin(share, 1 - share);
    for (uint32_t i = 0, from = 0; i < t->count; i++) {
        bool day_ends = i + 1 == t->count || t->start_ms[i + 1] % DAY == 0;
        merge(&sum, &s->stretches[i]);
        if (!(sum.visitors * share >= CONVERSIONS) || (days && !day_ends)) continue;
        s->points[s->count] = (spl_mean){sum.wr / sum.w, steady_variance(b, s, &sum), INFINITY};
        s->from[s->count++] = from;
        sum = (weighed){0};
        from = i + 1;
    }
}

static int by_score(const void *a, const void *b)
{
    const spl_analysis_change *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return x->time_ms < y->time_ms ? -1 : x->time_ms > y->time_ms;
}

static void find(spl_build *b, const series *s, uint32_t variant)
{
    spl_analysis *r = b->report;
    spl_change found[CHANGES_MAX];
    if (s->count < 2) return;
    spl_cusum cusum = spl_cusum_for(s->count, b->settings->alpha / (r->variant_count + 1.0));
    uint32_t n = spl_cusum_changes(&cusum, s->points, s->count, found, CHANGES_MAX);
    for (uint32_t i = 0; i < n; i++) {
        spl_analysis_change *c = &r->changes[r->change_count++];
        *c = (spl_analysis_change){variant,         r->time.start_ms[s->from[found[i].from]],
                                   found[i].before, found[i].after,
                                   found[i].score,  cusum.limit};
    }
}

static bool series_new(spl_build *b, series *s)
{
    uint32_t n = b->report->time.count;
    s->stretches = spl_build_room(b, n, sizeof *s->stretches);
    s->points = spl_build_room(b, n, sizeof *s->points);
    s->from = spl_build_room(b, n, sizeof *s->from);
    return !b->broken;
}

static void series_free(series *s)
{
    free(s->stretches);
    free(s->points);
    free(s->from);
}

void spl_build_changes(spl_build *b)
{
    spl_analysis *r = b->report;
    uint32_t count = r->variant_count + 1;
    series *all = spl_build_room(b, count, sizeof *all);
    r->changes = spl_build_room(b, (size_t)count * CHANGES_MAX, sizeof *r->changes);
    for (uint32_t i = 0; all && i < count; i++)
        if (!series_new(b, &all[i])) break;
    if (!b->broken) {
        read_visitors(b, all);
        for (uint32_t i = 0; i < count; i++) {
            make_points(b, &all[i]);
            find(b, &all[i], i == r->variant_count ? SPL_ANALYSIS_NONE : i);
        }
        qsort(r->changes, r->change_count, sizeof *r->changes, by_score);
    }
    for (uint32_t i = 0; all && i < count; i++) series_free(&all[i]);
    free(all);
}
