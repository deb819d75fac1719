// SPDX-License-Identifier: GPL-3.0-or-later
// Winners, the segments that stand out, and what holds at every look.
#include <math.h>
#include <stdlib.h>

#include "analyze/build.h"
#include "evaluate/monitor.h"

static uint32_t best_arm(const spl_analysis_arm *arms, uint32_t k)
{
    uint32_t best = SPL_ANALYSIS_NONE;
    for (uint32_t v = 0; v < k; v++)
        if (!isnan(arms[v].p_best) && (best == SPL_ANALYSIS_NONE || arms[v].p_best > arms[best].p_best)) best = v;
    return best;
}

static uint32_t winner_of(const spl_analysis_arm *arms, uint32_t k)
{
    uint32_t winner = SPL_ANALYSIS_NONE;
    for (uint32_t v = 1; v < k; v++) {
        if (!arms[v].effect.claimed || !(arms[v].effect.difference > 0)) continue;
        if (winner == SPL_ANALYSIS_NONE || arms[v].effect.difference > arms[winner].effect.difference) winner = v;
    }
    return winner;
}

static bool differs(const spl_analysis_arm *arms, uint32_t k)
{
    for (uint32_t v = 1; v < k; v++)
        if (arms[v].different.claimed) return true;
    return false;
}

static double distance(const spl_analysis *r, uint32_t segment)
{
    const spl_analysis_segment *s = &r->segments[segment];
    return fabs(isnan(s->shrunk_rate) ? s->rest.difference : s->shrunk_rate - r->rate);
}

bool spl_build_within(const spl_build *b, uint32_t inner, uint32_t outer)
{
    const spl_chosen *x = &b->segments->items[inner], *y = &b->segments->items[outer];
    if (x->depth <= y->depth) return false;
    for (uint32_t i = 0, j = 0; i < y->depth; i++) {
        while (j < x->depth && x->attribute[j] != y->attribute[i]) j++;
        if (j == x->depth || x->code[j] != y->code[i]) return false;
    }
    return true;
}

// Whether a segment that this one is in stands out alike, and no surely less.
static bool is_no_news(const spl_build *b, uint32_t segment)
{
    const spl_analysis *r = b->report;
    const spl_analysis_segment *s = &r->segments[segment];
    for (uint32_t i = 1; i < r->segment_count; i++) {
        const spl_analysis_segment *outer = &r->segments[i];
        if (outer->standing != s->standing || !spl_build_within(b, segment, i)) continue;
        if (s->interval.low <= outer->interval.high && outer->interval.low <= s->interval.high) return true;
    }
    return false;
}

// Into a list that is sorted, the furthest first; of equals the first stands.
static void insert(const spl_analysis *r, uint32_t *list, uint32_t *count, uint32_t segment)
{
    uint32_t at = (*count)++;
    for (; at > 0 && distance(r, list[at - 1]) < distance(r, segment); at--) list[at] = list[at - 1];
    list[at] = segment;
}

static void list_segment(const spl_build *b, uint32_t i)
{
    spl_analysis *r = b->report;
    spl_analysis_standing standing = r->segments[i].standing;
    if (standing == SPL_ANALYSIS_AVERAGE || is_no_news(b, i)) return;
    if (standing == SPL_ANALYSIS_HIGH)
        insert(r, r->high, &r->high_count, i);
    else
        insert(r, r->low, &r->low_count, i);
}

void spl_build_standing(spl_build *b)
{
    spl_analysis *r = b->report;
    r->high = spl_build_room(b, r->segment_count, sizeof *r->high);
    r->low = spl_build_room(b, r->segment_count, sizeof *r->low);
    if (b->broken) return;
    for (uint32_t i = 0; i < r->segment_count; i++) {
        spl_analysis_segment *s = &r->segments[i];
        s->best = best_arm(s->arms, r->variant_count);
        s->winner = winner_of(s->arms, r->variant_count);
        s->differs = differs(s->arms, r->variant_count);
        if (s->rest.claimed) s->standing = s->rest.difference > 0 ? SPL_ANALYSIS_HIGH : SPL_ANALYSIS_LOW;
    }
    for (uint32_t i = 1; i < r->segment_count; i++) list_segment(b, i);
    r->best = r->segments[0].best;
    r->winner = r->segments[0].winner;
}

static void keep_watch(const spl_monitor *m, uint32_t v, spl_analysis_watch *watch)
{
    const spl_monitor_arm *arm = &m->variants[v];
    const spl_monitor_point *now = &arm->points[m->look_count - 1];
    *watch = (spl_analysis_watch){now->difference, now->sequence, now->p, spl_monitor_verdict_name(arm->verdict),
                                  arm->decided_at};
}

void spl_build_watch(spl_build *b)
{
    spl_analysis *r = b->report;
    const spl_visitors *v = b->visitors;
    spl_monitor monitor = {.arms = {.count = r->variant_count}};
    spl_monitor_settings settings = spl_monitor_settings_default();
    settings.alpha = b->settings->alpha;
    settings.n_opt = b->settings->n_opt;
    r->watch = spl_build_room(b, r->variant_count, sizeof *r->watch);
    spl_monitor_feed *feed = spl_monitor_feed_new(&settings, &monitor);
    b->broken |= feed == NULL;
    for (uint32_t i = 0; !b->broken && i < v->count; i++) {
        const spl_visitor *row = &v->rows[i];
        spl_monitor_feed_add(feed, spl_visitors_chances(v, row), row->variant, row->reward, row->time_ms);
    }
    if (!b->broken) {
        spl_monitor_feed_end(feed);
        r->watch[0] = (spl_analysis_watch){NAN, {NAN, NAN}, NAN, spl_monitor_verdict_name(SPL_MONITOR_EARLY), 0};
        for (uint32_t i = 1; i < r->variant_count; i++) keep_watch(&monitor, i, &r->watch[i]);
    }
    spl_monitor_feed_free(feed);
    spl_monitor_free(&monitor);
}
