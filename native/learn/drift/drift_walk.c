// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/drift/drift_walk.h"

#include <inttypes.h>
#include <stdio.h>

#include "events/drawn.h"
#include "events/walk.h"

#define PAYLOAD_MAX 64

typedef struct walker {
    const spl_walk *walk;
    const char *path;
    spl_walk_counts *counts;
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
static bool concerns(walker *w, const spl_event *event)
{
    if (event->experiment.size > 0 && !spl_text_equal(event->experiment, w->walk->experiment)) {
        w->counts->other_experiments += event->kind == SPL_EVENT_EXPOSURE;
        return false;
    }
    return event->unit.size == 0 || spl_fold_holds(w->walk->fold, event->unit);
}

static bool take_exposure(walker *w, const spl_event *event)
{
    _Alignas(16) unsigned char payload[PAYLOAD_MAX];
    const spl_walk *walk = w->walk;
    if (event->time_ms < walk->since || event->time_ms >= walk->until) {
        w->counts->outside++;
        return true;
    }
    if (!spl_event_was_drawn(event)) {
        w->counts->not_drawn++;
        return !spl_event_repeats(event) || spl_join_repeat(w->join, event);
    }
    w->counts->exposures++;
    return walk->exposure(walk->owner, event, payload) && spl_join_exposure(w->join, event, payload);
}

static bool take_event(void *owner, const spl_event *event, uint64_t line, spl_error *error)
{
    walker *w = owner;
    (void)line;
    if (!concerns(w, event)) return true;
    bool ok = event->kind == SPL_EVENT_EXPOSURE ? take_exposure(w, event) : spl_join_outcome(w->join, event);
    return ok || spl_fail(error, "out of memory");
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
    spl_walk_counts *c = w->counts;
    spl_event_lines lines;
    bool ok = spl_event_walk_digest(w->path, w->walk->what, take_event, w, &lines, c->digest, error);
    c->lines = lines.lines;
    c->bad_lines = lines.bad_lines;
    c->first_bad = lines.first_bad;
    if (c->bad_lines > 0) spl_fail_at(&c->first_bad, w->path, 0);
    if (!ok) return spl_fail_at(error, w->path, 0);
    spl_join_finish(w->join);
    c->joined = spl_join_counted(w->join);
    return check(w, error);
}

bool spl_walk_log(const char *path, const spl_walk *walk, spl_walk_counts *counts, spl_error *error)
{
    walker w = {.walk = walk, .path = path, .counts = counts};
    spl_join_config join = {walk->window_ms, walk->outcome, 0, walk->payload_bytes};
    *counts = (spl_walk_counts){0};
    w.join = spl_join_new(&join, walk->closed, walk->owner);
    bool ok = w.join ? walk_through(&w, error) : spl_fail(error, "out of memory");
    spl_join_free(w.join);
    return ok;
}
