// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/visits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events/walk.h"
#include "host/files.h"

#define LINES_LOOKED_AT 16 // a first line may be cut off

spl_visits_part spl_visits_all(void)
{
    return (spl_visits_part){.since = INT64_MIN, .until = INT64_MAX};
}

static bool is_event(spl_reader *reader, spl_event_parser *parser, spl_event *event)
{
    for (int i = 0; i < LINES_LOOKED_AT; i++) {
        spl_text line;
        spl_error unread = {0};
        int got = spl_reader_line(reader, &line, &unread);
        if (got == 0) return false;
        if (got > 0 && spl_event_parse(parser, line, event, &unread)) return true;
    }
    return false;
}

bool spl_visits_are_events(const char *path, bool *events, spl_error *error)
{
    spl_reader *reader;
    if (!spl_reader_open(path, &reader, error)) return false;
    spl_event_parser *parser = spl_event_parser_new();
    spl_event *event = malloc(sizeof *event);
    bool ok = (parser && event) || spl_fail(error, "out of memory");
    if (ok) *events = is_event(reader, parser, event);
    free(event);
    spl_event_parser_free(parser);
    spl_reader_close(reader);
    return ok;
}

// --- a log ------------------------------------------------------------------------------------------------

typedef struct reading {
    const spl_rows_config *config;
    spl_visits_part *part;
    spl_rows *rows;
    uint32_t capacity; // rows
    spl_field fields[SPL_ATTRIBUTES_MAX];
    spl_context context;
} reading;

static bool reserve(reading *r)
{
    spl_rows *rows = r->rows;
    if (rows->n < r->capacity) return true;
    if (r->capacity > UINT32_MAX / 2) return false;
    uint32_t capacity = r->capacity ? 2 * r->capacity : 1024;
    float *x = realloc(rows->x, (size_t)capacity * rows->d * sizeof *x);
    if (x) rows->x = x;
    uint64_t *line = realloc(rows->line, capacity * sizeof *line);
    if (line) rows->line = line;
    if (!x || !line) return false;
    r->capacity = capacity;
    return true;
}

static bool is_wanted(reading *r, const spl_event *event)
{
    spl_visits_part *part = r->part;
    if (event->kind != SPL_EVENT_EXPOSURE || !spl_fold_holds(r->config->fold, event->unit)) return false;
    if (part->experiment.size > 0 && !spl_text_equal(event->experiment, part->experiment)) return false;
    bool inside = event->time_ms >= part->since && event->time_ms < part->until;
    part->outside += !inside;
    part->no_context += inside && !event->has_context;
    return inside && event->has_context;
}

static bool take_event(void *owner, const spl_event *event, uint64_t line, spl_error *error)
{
    reading *r = owner;
    spl_rows *rows = r->rows;
    if (!is_wanted(r, event)) return true;
    if (!reserve(r)) return spl_fail(error, "out of memory");
    for (uint32_t i = 0; i < event->context_count; i++) r->fields[i] = event->context[i].field;
    spl_context_build(&r->context, r->fields, event->context_count);
    float *x = rows->x + (size_t)rows->n * rows->d;
    spl_features(&r->config->schema->schema, &r->context, x);
    rows->line[rows->n++] = line;
    if (r->part->time_ms) *r->part->time_ms = event->time_ms;
    return !r->config->visit || r->config->visit(r->config->owner, &r->context, x) || spl_fail(error, "out of memory");
}

static bool check(const reading *r, const spl_event_lines *lines, spl_error *error)
{
    const spl_visits_part *part = r->part;
    r->rows->bad_rows = lines->bad_lines;
    r->rows->first_bad = lines->first_bad;
    if ((double)lines->bad_lines > r->config->max_bad * (double)lines->lines) {
        if (error) *error = lines->first_bad;
        return false;
    }
    return r->rows->n > 0 ||
           spl_fail(error, "no exposure to look at (left out: %llu without a context, %llu outside the time asked for)",
                    (unsigned long long)part->no_context, (unsigned long long)part->outside);
}

static bool read_events(const char *path, const spl_rows_config *config, spl_visits_part *part, spl_rows **out,
                        spl_error *error)
{
    spl_event_lines lines;
    if (config->label || config->group)
        return spl_fail_field(error, config->label ? config->label : config->group, "events have no such column");
    if (!config->schema) return spl_fail(error, "the contexts of events need a schema: --schema or --encoder");
    reading *r = calloc(1, sizeof *r);
    spl_rows *rows = calloc(1, sizeof *rows);
    bool ok = (r && rows) || spl_fail(error, "out of memory");
    if (ok) {
        rows->d = config->schema->schema.width;
        *r = (reading){.config = config, .part = part, .rows = rows};
        ok = spl_event_walk(path, "reading visits", take_event, r, &lines, error) && check(r, &lines, error);
    }
    free(r);
    if (ok)
        *out = rows;
    else
        spl_rows_free(rows);
    return ok;
}

bool spl_visits_read(const char *path, const spl_rows_config *config, spl_visits_part *part, spl_rows **out,
                     spl_error *error)
{
    bool events;
    if (!spl_visits_are_events(path, &events, error)) return spl_fail_at(error, path, 0);
    if (!events) return spl_rows_read(path, config, out, error);
    return read_events(path, config, part, out, error) || spl_fail_at(error, path, 0);
}
