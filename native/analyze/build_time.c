// SPDX-License-Identifier: GPL-3.0-or-later
// Rates and shares over time, in stretches of one round width.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/build.h"
#include "stats/confidence_sequence.h"

#define STRETCHES_MAX 60
#define SECOND INT64_C(1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define STRAY 1000     // one visitor in so many may lie outside the range that is drawn
#define FAR 20         // if without them it is so many times shorter
#define FIRST_LOOK 100 // visitors; the sequences are asymptotic

// The variant's figures from the beginning on.
typedef struct running {
    spl_tally tally;
    double v_opt; // 0 until the first look that can set it
} running;

typedef struct course {
    spl_build *build;
    spl_adaptive *scores; // NULL unless adaptive
    running *arms;        // [variant_count]
    double visitors;
} course;

static int64_t floor_to(int64_t time, int64_t width)
{
    int64_t rest = time % width;
    return time - (rest < 0 ? rest + width : rest);
}

static uint32_t stretches(int64_t first, int64_t last, int64_t width)
{
    int64_t n = (last - floor_to(first, width)) / width + 1;
    return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static int64_t round_width(int64_t first, int64_t last)
{
    static const int64_t widths[] = {SECOND,   10 * SECOND, 60 * SECOND, 300 * SECOND, 900 * SECOND, HOUR,     3 * HOUR,
                                     6 * HOUR, 12 * HOUR,   DAY,         7 * DAY,      28 * DAY,     364 * DAY};
    int64_t width = 364 * DAY;
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
        if (stretches(first, last, widths[i]) <= STRETCHES_MAX) return widths[i];
    while (stretches(first, last, width) > STRETCHES_MAX) width *= 10;
    return width;
}

// The range that is drawn: all visitors, or without the few whose clock was far off.
static void find_range(const spl_visitors *v, int64_t *first, int64_t *last)
{
    uint32_t out = v->count / STRAY;
    *first = v->rows[0].time_ms;
    *last = v->rows[v->count - 1].time_ms;
    int64_t inner_first = v->rows[out].time_ms, inner_last = v->rows[v->count - 1 - out].time_ms;
    if ((*last - *first) / FAR <= inner_last - inner_first) return;
    *first = inner_first;
    *last = inner_last;
}

static uint32_t stretch_of(const spl_analysis_time *t, int64_t time)
{
    if (time < t->start_ms[0]) return 0;
    int64_t at = (time - t->start_ms[0]) / t->width_ms;
    return at < t->count ? (uint32_t)at : t->count - 1;
}

static bool make_stretches(spl_build *b)
{
    spl_analysis_time *t = &b->report->time;
    int64_t first, last;
    find_range(b->visitors, &first, &last);
    t->width_ms = round_width(first, last);
    t->count = stretches(first, last, t->width_ms);
    t->start_ms = spl_build_room(b, t->count, sizeof *t->start_ms);
    t->visitors = spl_build_room(b, t->count, sizeof *t->visitors);
    t->points = spl_build_room(b, (size_t)t->count * b->report->variant_count, sizeof *t->points);
    if (b->broken) return false;
    for (uint32_t i = 0; i < t->count; i++) t->start_ms[i] = floor_to(first, t->width_ms) + i * t->width_ms;
    return true;
}

// A mean by the boundary for sums of changing variance; its tuning is fixed at the first look.
static spl_interval look(const course *c, running *arm, spl_adaptive_gap now)
{
    double v = now.variance * now.weight * now.weight, alpha = c->build->settings->alpha;
    if (arm->tally.converted < SPL_MEASURE_REWARDED || now.exposures < FIRST_LOOK || !(v > 0))
        return (spl_interval){NAN, NAN};
    if (arm->v_opt == 0) arm->v_opt = v / (double)now.exposures * c->build->settings->n_opt;
    return spl_cs_martingale(now.value, now.weight, v, arm->v_opt, alpha);
}

static void so_far(const course *c, uint32_t variant, spl_analysis_point *point)
{
    running *arm = &c->arms[variant];
    const spl_tally *t = &arm->tally;
    bool binary = c->build->report->binary;
    double n_opt = c->build->settings->n_opt / c->build->report->variant_count;
    if (c->scores) {
        spl_adaptive_gap now = spl_adaptive_own(c->scores, variant);
        point->so_far = now.value;
        point->sequence = look(c, arm, now);
    } else if (binary) {
        point->so_far = t->visitors > 0 ? t->converted / t->visitors : NAN;
        point->sequence = spl_cs_proportion(t->converted, t->visitors, n_opt, c->build->settings->alpha);
    } else {
        spl_mean mean = spl_tally_mean(t, false);
        spl_adaptive_gap now = {mean.value, mean.variance, t->visitors, (uint64_t)t->visitors};
        point->so_far = spl_series_mean(&t->rewards);
        point->sequence = look(c, arm, now);
    }
    if (isnan(point->so_far)) point->sequence = (spl_interval){NAN, NAN};
}

// What the stretch adds up to, now that all its visitors are in; `rate` holds the sum of their rewards.
static void end_stretch(const course *c, uint32_t at)
{
    const spl_analysis_time *t = &c->build->report->time;
    uint32_t k = c->build->report->variant_count;
    for (uint32_t v = 0; v < k; v++) {
        spl_analysis_point *point = &t->points[(size_t)at * k + v];
        double visitors = (double)t->visitors[at];
        point->rate /= (double)point->visitors; // NaN of none
        point->share = (double)point->visitors / visitors;
        point->expected_share /= visitors;
        so_far(c, v, point);
    }
}

static void take(const course *c, const spl_visitor *row, uint32_t at)
{
    const spl_analysis_time *t = &c->build->report->time;
    const spl_visitors *all = c->build->visitors;
    uint32_t k = c->build->report->variant_count;
    const double *p = spl_visitors_chances(all, row);
    spl_analysis_point *points = &t->points[(size_t)at * k];
    spl_tally *tally = &c->arms[row->variant].tally;
    t->visitors[at]++;
    points[row->variant].visitors++;
    points[row->variant].rate += row->reward;
    for (uint32_t v = 0; v < k; v++) points[v].expected_share += p[v];
    tally->visitors++;
    tally->converted += row->reward != 0;
    if (!all->binary) spl_series_add(&tally->rewards, row->reward);
    if (c->scores) spl_adaptive_add(c->scores, p, row->variant, row->reward);
}

static void run_course(const course *c)
{
    const spl_visitors *v = c->build->visitors;
    const spl_analysis_time *t = &c->build->report->time;
    uint32_t at = 0;
    for (uint32_t i = 0; i < v->count; i++) {
        uint32_t now = stretch_of(t, v->rows[i].time_ms);
        while (at < now) end_stretch(c, at++);
        take(c, &v->rows[i], at);
    }
    while (at < t->count) end_stretch(c, at++);
}

void spl_build_time(spl_build *b)
{
    course c = {.build = b};
    if (!make_stretches(b)) return;
    c.arms = spl_build_room(b, b->report->variant_count, sizeof *c.arms);
    if (b->report->adaptive) {
        c.scores = spl_adaptive_new(b->report->variant_count);
        b->broken |= c.scores == NULL;
    }
    if (!b->broken) run_course(&c);
    spl_adaptive_free(c.scores);
    free(c.arms);
}
