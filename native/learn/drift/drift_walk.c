// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/drift/drift_walk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "events/drawn.h"
#include "host/files.h"
#include "host/progress.h"

#define PAYLOAD_MAX 64
#define FRACTION_LINES 1024 // lines between two questions for the position in the file: each is a system call

typedef struct walker {
    const spl_walk *walk;
    const char *path;
    spl_walk_counts *counts;
    spl_reader *reader;
    spl_event_parser *parser;
    spl_event *event;
    spl_join *join;
} walker;

spl_walk spl_walk_default(void)
{
    spl_join_config join = spl_join_config_default();
    return (spl_walk){.what = "reading",
                      .window_ms = join.window_ms,
                      .since = INT64_MIN,
                      .until = INT64_MAX,
                      .fold = SPL_FOLD_ALL,
                      .max_bad = 0.01};
}

// Whether an event is about this experiment and these units; an outcome need not say either.
static bool concerns(walker *w)
{
    const spl_event *event = w->event;
    if (event->experiment.size > 0 && !spl_text_equal(event->experiment, w->walk->experiment)) {
        w->counts->other_experiments += event->kind == SPL_EVENT_EXPOSURE;
        return false;
    }
    return event->unit.size == 0 || spl_fold_holds(w->walk->fold, event->unit);
}

static bool take_exposure(walker *w)
{
    _Alignas(16) unsigned char payload[PAYLOAD_MAX];
    const spl_walk *walk = w->walk;
    if (w->event->time_ms < walk->since || w->event->time_ms >= walk->until) {
        w->counts->outside++;
        return true;
    }
    if (!spl_event_was_drawn(w->event)) {
        w->counts->not_drawn++;
        return true;
    }
    w->counts->exposures++;
    return walk->exposure(walk->owner, w->event, payload) && spl_join_exposure(w->join, w->event, payload);
}

static bool take_line(walker *w, spl_text line)
{
    spl_error bad = {0};
    if (spl_line_is_blank(line)) return true;
    w->counts->lines++;
    if (!spl_event_parse(w->parser, line, w->event, &bad)) {
        spl_fail_at(&bad, w->path, spl_reader_line_number(w->reader));
        if (w->counts->bad_lines++ == 0) w->counts->first_bad = bad;
        return true;
    }
    if (!concerns(w)) return true;
    return w->event->kind == SPL_EVENT_EXPOSURE ? take_exposure(w) : spl_join_outcome(w->join, w->event);
}

static bool read_lines(walker *w, spl_error *error)
{
    spl_progress progress = spl_progress_start(w->walk->what);
    double fraction = 0;
    bool ok = true;
    for (;;) {
        spl_text line;
        spl_error bad = {0};
        int got = spl_reader_line(w->reader, &line, &bad);
        if (got == 0) break;
        if (got < 0 && bad.line == 0) { // the file, not one line of it
            *error = bad;
            ok = false;
            break;
        }
        if (got < 0 && w->counts->bad_lines++ == 0) w->counts->first_bad = bad;
        w->counts->lines += got < 0;
        if (got > 0 && !take_line(w, line)) {
            ok = spl_fail(error, "out of memory");
            break;
        }
        if (w->counts->lines % FRACTION_LINES == 0) fraction = spl_reader_fraction(w->reader);
        spl_progress_step(&progress, w->counts->lines, fraction);
    }
    spl_progress_end(&progress);
    return ok;
}

static bool check(const walker *w, spl_error *error)
{
    const spl_walk_counts *c = w->counts;
    if ((double)c->bad_lines > w->walk->max_bad * (double)c->lines) {
        char text[sizeof error->text / 2];
        snprintf(text, sizeof text, "%.200s", c->first_bad.text);
        *error = c->first_bad;
        snprintf(error->text, sizeof error->text, "%s (the first of %" PRIu64 " bad lines of %" PRIu64 ")", text,
                 c->bad_lines, c->lines);
        return false;
    }
    if (c->exposures > 0) return true;
    spl_fail(error,
             "no exposure of experiment \"%.*s\" to look at (left out: %" PRIu64 " of other experiments, %" PRIu64
             " whose variant was not drawn, %" PRIu64 " outside the time asked for)",
             (int)w->walk->experiment.size, w->walk->experiment.data, c->other_experiments, c->not_drawn, c->outside);
    return spl_fail_at(error, w->path, 0);
}

static bool walk_through(walker *w, spl_error *error)
{
    spl_join_config join = {w->walk->window_ms, w->walk->outcome, 0, w->walk->payload_bytes};
    w->parser = spl_event_parser_new();
    w->event = malloc(sizeof *w->event);
    w->join = spl_join_new(&join, w->walk->closed, w->walk->owner);
    if (!w->parser || !w->event || !w->join || !spl_reader_digest(w->reader)) return spl_fail(error, "out of memory");
    if (!read_lines(w, error)) return spl_fail_at(error, w->path, 0);
    spl_join_finish(w->join);
    w->counts->joined = spl_join_counted(w->join);
    spl_reader_digest_end(w->reader, w->counts->digest);
    return check(w, error);
}

bool spl_walk_log(const char *path, const spl_walk *walk, spl_walk_counts *counts, spl_error *error)
{
    walker w = {.walk = walk, .path = path, .counts = counts};
    *counts = (spl_walk_counts){0};
    if (!spl_reader_open(path, &w.reader, error)) return false;
    bool ok = walk_through(&w, error);
    spl_join_free(w.join);
    free(w.event);
    spl_event_parser_free(w.parser);
    spl_reader_close(w.reader);
    return ok;
}
