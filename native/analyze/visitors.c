// SPDX-License-Identifier: GPL-3.0-or-later
// An exposure gets its row at once and waits in the join under its number; the join tells the reward. Rows whose window
// never closed (too young at the end of the log) are taken out at the end, and rows are brought into the order of time,
// which the estimators for adaptive data need and a log need not have.
#include "analyze/visitors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/interned.h"
#include "host/hash_set.h"
#include "host/spool.h"
#include "learn/level_values.h"
#include "samplit/hash.h"

#define FIRST_ROOM 4096u
#define FIRST_STRIDE 8u // attributes

typedef struct reading {
    const spl_visitors_settings *settings;
    spl_visitors *out;
    spl_join *join;
    spl_level_values *values;
    spl_interned chances, cells;
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

static bool add_row(reading *r, const spl_event *event, const double *p, uint32_t variant)
{
    spl_visitors *v = r->out;
    uint32_t number = v->count, chance = spl_interned_number(&r->chances, p), cell = cell_of(r, event);
    if (chance == UINT32_MAX || cell == UINT32_MAX || !make_room(v)) return false;
    v->rows[v->count++] = (spl_visitor){event->time_ms, NAN, chance, cell, number, (uint8_t)variant};
    v->with_context |= event->has_context;
    return spl_join_exposure(r->join, event, &number);
}

static bool take_exposure(reading *r, const spl_event *event, spl_error *error)
{
    uint32_t variant;
    bool unusable, fresh;
    const double *p = spl_arms_of(&r->out->arms, event, &variant, &unusable);
    r->out->unusable += unusable;
    if (!p) return true;
    if (!spl_hash_set_add(&r->units, spl_xxh64(event->unit.data, event->unit.size, 0), &fresh))
        return out_of_memory(error);
    r->out->repeated += !fresh;
    return !fresh || add_row(r, event, p, variant) || out_of_memory(error);
}

static bool visit(void *owner, const spl_event *event, uint64_t line, spl_error *error)
{
    reading *r = owner;
    (void)line;
    if (event->kind == SPL_EVENT_EXPOSURE) return take_exposure(r, event, error);
    return spl_join_outcome(r->join, event) || out_of_memory(error);
}

static void closed(void *owner, const void *payload, double reward)
{
    spl_visitors *v = owner;
    uint32_t number;
    memcpy(&number, payload, sizeof number);
    v->rows[number].reward = reward;
    v->binary &= reward == 0 || reward == 1;
}

static bool prepare(reading *r, spl_error *error)
{
    const spl_visitors_settings *s = r->settings;
    spl_join_config join = spl_join_config_default();
    join.window_ms = s->window_ms;
    join.outcome = s->outcome;
    join.payload_bytes = sizeof(uint32_t);
    r->join = spl_join_new(&join, closed, r->out);
    r->values = spl_level_values_new(NULL, 0, NULL);
    r->out->attributes = spl_candidates_new(s->attributes, s->attribute_count);
    r->out->binary = true;
    r->chances.bytes = r->out->arms.count * sizeof(double);
    r->cells.bytes = FIRST_STRIDE * sizeof(uint16_t);
    return (r->join && r->values && r->out->attributes) || out_of_memory(error);
}

static int by_time(const void *a, const void *b)
{
    const spl_visitor *x = a, *y = b;
    if (x->time_ms != y->time_ms) return x->time_ms < y->time_ms ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

// Without what is still open, in order of time.
static void settle_rows(spl_visitors *v)
{
    uint32_t kept = 0;
    bool ordered = true;
    for (uint32_t i = 0; i < v->count; i++) {
        if (isnan(v->rows[i].reward)) continue;
        if (kept > 0 && v->rows[i].time_ms < v->rows[kept - 1].time_ms) ordered = false;
        v->rows[kept++] = v->rows[i];
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
    settle_rows(v);
    if (v->count == 0) return spl_fail(error, "no exposure of the log can be used");
    v->chances = (double *)(void *)r->chances.records;
    v->chance_count = r->chances.count;
    v->codes = (uint16_t *)(void *)r->cells.records;
    v->cell_count = r->cells.count;
    v->stride = (uint32_t)(r->cells.bytes / sizeof *v->codes);
    r->chances.records = r->cells.records = NULL;
    return true;
}

static bool read_all(const char *path, const spl_visitors_settings *settings, spl_visitors *out, spl_error *error)
{
    spl_event_lines again;
    reading *r = calloc(1, sizeof *r);
    if (!r) return out_of_memory(error);
    r->settings = settings;
    r->out = out;
    bool ok = spl_arms_read(path, &settings->arms, &out->arms, error) && prepare(r, error) &&
              spl_event_walk(path, "analysing", visit, r, &again, error) && finish(r, error);
    spl_join_free(r->join);
    spl_level_values_free(r->values);
    spl_interned_free(&r->chances);
    spl_interned_free(&r->cells);
    free(r->units.slots);
    free(r);
    return ok;
}

bool spl_visitors_read(const char *path, const spl_visitors_settings *settings, spl_visitors *out, spl_error *error)
{
    spl_spool spool;
    if (!spl_spool_open(path, &spool, error)) return false;
    *out = (spl_visitors){0};
    bool ok = read_all(spl_spool_path(&spool), settings, out, error);
    if (!ok) {
        spl_spool_blame(&spool, error);
        spl_visitors_free(out);
    }
    spl_spool_close(&spool);
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
