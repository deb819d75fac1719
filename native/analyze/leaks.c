// SPDX-License-Identifier: GPL-3.0-or-later
#include "analyze/leaks.h"

#include <stdlib.h>
#include <string.h>

#include "evaluate/srm_log.h"
#include "events/event_stamp.h"

#define DAYS_MAX 4000
#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define SHOWN 0.01 // p below which a place is told

typedef struct place {
    uint32_t segment; // SPL_ANALYSIS_NONE = a day
    int64_t day;
    spl_srm_slice slice;
} place;

typedef struct search {
    spl_build *build;
    uint32_t count, room;
    place *places; // [count]
} search;

static place *new_place(search *s, uint32_t segment, int64_t day)
{
    uint32_t k = s->build->report->variant_count;
    place *p = &s->places[s->count];
    *p = (place){.segment = segment, .day = day};
    p->slice.served = spl_build_room(s->build, 3 * (size_t)k, sizeof(double));
    if (!p->slice.served) return NULL;
    p->slice.expected = p->slice.served + k;
    p->slice.variance = p->slice.expected + k;
    s->count++;
    return p;
}

static void add_segments(search *s)
{
    const spl_build *b = s->build;
    for (uint32_t i = 1; i < b->segments->count; i++) {
        if (b->segments->items[i].depth > 1) continue;
        place *p = new_place(s, i, 0);
        if (!p) return;
        p->slice.exposures = b->segments->items[i].visitors;
        for (uint32_t v = 0; v < b->report->variant_count; v++) {
            const spl_tally *t = spl_tally_of(b->measures, i, v);
            p->slice.served[v] = t->visitors;
            p->slice.expected[v] = t->expected;
            p->slice.variance[v] = t->variance;
        }
    }
}

static int64_t day_of(int64_t time_ms)
{
    return (time_ms - SPL_TIME_MIN) / DAY_MS;
}

// Visitors stand in order of time, so a day's are together.
static void add_days(search *s)
{
    const spl_visitors *v = s->build->visitors;
    place *p = NULL;
    for (uint32_t i = 0; i < v->count; i++) {
        const spl_visitor *row = &v->rows[i];
        const double *chances = spl_visitors_chances(v, row);
        int64_t day = day_of(row->time_ms);
        if (!p || p->day != day) {
            if (s->count == s->room || !(p = new_place(s, SPL_ANALYSIS_NONE, day))) return;
        }
        p->slice.exposures++;
        p->slice.served[row->variant]++;
        for (uint32_t a = 0; a < v->arms.count; a++) {
            p->slice.expected[a] += chances[a];
            p->slice.variance[a] += chances[a] * (1 - chances[a]);
        }
    }
}

static int by_p(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->slice.p != y->slice.p) return x->slice.p < y->slice.p ? -1 : 1;
    return x->slice.exposures > y->slice.exposures ? -1 : x->slice.exposures < y->slice.exposures;
}

static char *name_of(spl_build *b, const place *p)
{
    char stamp[SPL_TIME_CHARS];
    if (p->segment != SPL_ANALYSIS_NONE) return spl_build_text(b, "%s", b->report->segments[p->segment].key);
    spl_time_write(p->day * DAY_MS + SPL_TIME_MIN, stamp);
    return spl_build_text(b, "day:%.10s", stamp);
}

static void tell(search *s)
{
    spl_build *b = s->build;
    spl_analysis *r = b->report;
    double tests = (double)s->count * r->variant_count;
    for (uint32_t i = 0; i < s->count; i++) spl_srm_slice_judge(&s->places[i].slice, r->variant_count, tests);
    qsort(s->places, s->count, sizeof *s->places, by_p);
    for (uint32_t i = 0; i < s->count && i < SPL_LEAKS_MAX && s->places[i].slice.p < SHOWN; i++) {
        const spl_srm_slice *slice = &s->places[i].slice;
        r->leaks[r->leak_count++] = (spl_analysis_leak){name_of(b, &s->places[i]), (uint64_t)slice->exposures,
                                                        slice->variant, slice->deviation, slice->p};
    }
}

void spl_build_leaks(spl_build *b)
{
    search s = {.build = b, .room = b->segments->count + DAYS_MAX};
    b->report->leaks = spl_build_room(b, SPL_LEAKS_MAX, sizeof *b->report->leaks);
    if (b->report->variant_count < 2 || b->broken) return;
    s.places = spl_build_room(b, s.room, sizeof *s.places);
    if (!s.places) return;
    add_segments(&s);
    add_days(&s);
    if (!b->broken) tell(&s);
    for (uint32_t i = 0; i < s.count; i++) free(s.places[i].slice.served);
    free(s.places);
}
