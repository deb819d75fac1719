// SPDX-License-Identifier: GPL-3.0-or-later
// An exposure gets its row at once and waits in the join under its number; the join tells the reward. Which variant has
// which of the logged probabilities is known only at the end of the log, so until then a row has the number of its
// variant in order of appearance, and that of its propensity and probabilities as they were logged. At the end these
// are settled; rows whose window never closed (too young) or whose propensity fits nowhere are taken out; and rows are
// brought into the order of time, which the estimators for adaptive data need and a log need not have.
#include "analyze/visitors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/interned.h"
#include "host/hash_set.h"
#include "learn/level_values.h"
#include "samplit/hash.h"

#define FIRST_ROOM 4096u
#define FIRST_STRIDE 8u // attributes
#define LOGGED 2        // numbers of a record before its probabilities

typedef struct reading {
    const spl_visitors_settings *settings;
    spl_visitors *out;
    spl_arms_reader *arms;
    spl_join *join;
    spl_level_values *values;
    spl_interned logged; // propensity, number of probabilities, probabilities
    spl_interned cells;
    spl_hash_set units;
} reading;

static bool out_of_memory(spl_error *error)
{
    return spl_fail(error, "out of memory");
}

static bool make_room(spl_visitors *v)
{
    if (v->count < v->room) return true;
    if (v->room > UINT32_MAX / 2) return false;
    uint32_t room = v->room ? 2 * v->room : FIRST_ROOM;
    spl_visitor *rows = realloc(v->rows, room * sizeof *rows);
    if (!rows) return false;
    v->rows = rows;
    v->room = room;
    return true;
}

// The number of the cell that these visitors are in; UINT32_MAX when out of memory.
static uint32_t cell_of(reading *r, const spl_event *event)
{
    uint16_t codes[SPL_CANDIDATES_MAX] = {0};
    spl_candidates *attributes = r->out->attributes;
    if (!spl_level_values_read(r->values, event)) return UINT32_MAX;
    if (!spl_candidates_read(attributes, spl_level_values_context(r->values), event, codes)) return UINT32_MAX;
    size_t stride = r->cells.bytes / sizeof *codes;
    while (stride < spl_candidates_count(attributes)) stride *= 2;
    if (stride * sizeof *codes > r->cells.bytes && !spl_interned_widen(&r->cells, stride * sizeof *codes))
        return UINT32_MAX;
    return spl_interned_number(&r->cells, codes);
}

// The number of what was logged of the draw; UINT32_MAX when out of memory.
static uint32_t logged_draw(reading *r, const spl_event *event)
{
    double record[LOGGED + SPL_VARIANTS_MAX] = {event->propensity, event->probability_count};
    uint32_t n = event->probability_count;
    memcpy(record + LOGGED, event->probabilities, n * sizeof *record);
    if ((LOGGED + n) * sizeof *record > r->logged.bytes &&
        !spl_interned_widen(&r->logged, (LOGGED + n) * sizeof *record))
        return UINT32_MAX;
    return spl_interned_number(&r->logged, record);
}

static bool add_row(reading *r, const spl_event *event, uint32_t seen)
{
    spl_visitors *v = r->out;
    uint32_t number = v->count, logged = logged_draw(r, event), cell = cell_of(r, event);
    if (logged == UINT32_MAX || cell == UINT32_MAX || !make_room(v)) return false;
    v->rows[v->count++] = (spl_visitor){event->time_ms, NAN, logged, cell, number, (uint8_t)seen};
    v->with_context |= event->has_context;
    return spl_join_exposure(r->join, event, &number);
}

static bool visit(void *owner, const spl_event *event, uint64_t line, spl_error *error)
{
    reading *r = owner;
    bool drawn, fresh;
    uint32_t seen;
    (void)line;
    if (event->kind != SPL_EVENT_EXPOSURE) return spl_join_outcome(r->join, event) || out_of_memory(error);
    if (!spl_arms_reader_see(r->arms, event, &drawn, &seen, error)) return false;
    if (!drawn) return true;
    if (!spl_hash_set_add(&r->units, spl_xxh64(event->unit.data, event->unit.size, 0), &fresh))
        return out_of_memory(error);
    r->out->repeated += !fresh;
    return !fresh || add_row(r, event, seen) || out_of_memory(error);
}

static void closed(void *owner, const void *payload, double reward)
{
    spl_visitors *v = owner;
    uint32_t number;
    memcpy(&number, payload, sizeof number);
    v->rows[number].reward = reward;
}

static bool prepare(reading *r, spl_error *error)
{
    const spl_visitors_settings *s = r->settings;
    spl_join_config join = spl_join_config_default();
    join.window_ms = s->window_ms;
    join.outcome = s->outcome;
    join.payload_bytes = sizeof(uint32_t);
    r->join = spl_join_new(&join, closed, r->out);
    r->arms = spl_arms_reader_new(&s->arms, &r->out->arms);
    r->values = spl_level_values_new(NULL, 0, NULL);
    r->out->attributes = spl_candidates_new(s->attributes, s->attribute_count);
    r->logged.bytes = LOGGED * sizeof(double);
    r->cells.bytes = FIRST_STRIDE * sizeof(uint16_t);
    return (r->arms && r->join && r->values && r->out->attributes) || out_of_memory(error);
}

static int by_time(const void *a, const void *b)
{
    const spl_visitor *x = a, *y = b;
    if (x->time_ms != y->time_ms) return x->time_ms < y->time_ms ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static const double *logged_at(const reading *r, uint32_t number)
{
    return (const double *)(const void *)(r->logged.records + (size_t)number * r->logged.bytes);
}

// Gives rows their variant and probabilities, now that the arms are settled; a row without gets no reward.
static bool settle_draws(reading *r)
{
    spl_visitors *v = r->out;
    spl_interned chances = {.bytes = v->arms.count * sizeof(double)};
    bool ok = true;
    for (uint32_t i = 0; ok && i < v->count; i++) {
        spl_visitor *row = &v->rows[i];
        const double *logged = logged_at(r, row->chance);
        const double *p = spl_arms_drawn_from(&v->arms, row->variant, logged[0], logged + LOGGED, (uint32_t)logged[1]);
        row->variant = (uint8_t)v->arms.place[row->variant];
        if (!p) {
            row->reward = NAN;
            v->unusable++;
            continue;
        }
        row->chance = spl_interned_number(&chances, p);
        ok = row->chance != UINT32_MAX;
    }
    v->chances = (double *)(void *)chances.records;
    v->chance_count = chances.count;
    chances.records = NULL;
    spl_interned_free(&chances);
    return ok;
}

// Without what is still open or of no use, in order of time.
static void settle_rows(spl_visitors *v)
{
    uint32_t kept = 0;
    bool ordered = true;
    v->binary = true;
    for (uint32_t i = 0; i < v->count; i++) {
        if (isnan(v->rows[i].reward)) continue;
        if (kept > 0 && v->rows[i].time_ms < v->rows[kept - 1].time_ms) ordered = false;
        v->rows[kept++] = v->rows[i];
        v->binary &= v->rows[kept - 1].reward == 0 || v->rows[kept - 1].reward == 1;
    }
    v->count = kept;
    if (!ordered) qsort(v->rows, kept, sizeof *v->rows, by_time);
}

static bool finish(reading *r, spl_error *error)
{
    spl_visitors *v = r->out;
    spl_join_finish(r->join);
    v->joined = spl_join_counted(r->join);
    spl_text name = spl_join_outcome_name(r->join);
    if (r->settings->outcome && v->joined.outcomes == 0 && v->joined.outcomes_other_name > 0)
        return spl_fail_field(error, "outcome", "no outcome of the log is named \"%s\"", r->settings->outcome);
    if (name.data && v->joined.outcomes > 0) {
        char *copy = strndup(name.data, name.size);
        if (!copy) return out_of_memory(error);
        v->outcome = (spl_text){copy, name.size};
    }
    if (!spl_arms_reader_settle(r->arms, error)) return false;
    if (!settle_draws(r)) return out_of_memory(error);
    settle_rows(v);
    if (v->count == 0) return spl_fail(error, "no exposure of the log can be used");
    v->codes = (uint16_t *)(void *)r->cells.records;
    v->cell_count = r->cells.count;
    v->stride = (uint32_t)(r->cells.bytes / sizeof *v->codes);
    r->cells.records = NULL;
    return true;
}

bool spl_visitors_read(const char *path, const spl_visitors_settings *settings, spl_visitors *out, spl_error *error)
{
    *out = (spl_visitors){0};
    reading *r = calloc(1, sizeof *r);
    if (!r) return out_of_memory(error);
    r->settings = settings;
    r->out = out;
    bool ok =
        prepare(r, error) && spl_event_walk(path, "analysing", visit, r, &out->arms.walk, error) && finish(r, error);
    spl_arms_reader_free(r->arms);
    spl_join_free(r->join);
    spl_level_values_free(r->values);
    spl_interned_free(&r->logged);
    spl_interned_free(&r->cells);
    free(r->units.slots);
    free(r);
    if (!ok) spl_visitors_free(out);
    return ok;
}

void spl_visitors_free(spl_visitors *v)
{
    free(v->rows);
    free(v->chances);
    free(v->codes);
    spl_candidates_free(v->attributes);
    free((char *)v->outcome.data);
    spl_arms_free(&v->arms);
    *v = (spl_visitors){0};
}
