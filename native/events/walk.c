// SPDX-License-Identifier: GPL-3.0-or-later
#include "events/walk.h"

#include <stdlib.h>

#include "host/digest.h"
#include "host/files.h"
#include "host/progress.h"

#define FRACTION_LINES 1024 // lines between two questions for the position in the file: each is a system call

typedef struct walker {
    spl_reader *reader;
    spl_event_parser *parser;
    spl_event *event;
    spl_event_visit *visit;
    void *owner;
    spl_event_lines *walk;
} walker;

static void note_bad(walker *w, const spl_error *reason, uint64_t line)
{
    if (w->walk->bad_lines++ > 0) return;
    w->walk->first_bad = *reason;
    spl_fail_at(&w->walk->first_bad, NULL, line);
}

static bool walk_line(walker *w, spl_text line, uint64_t number, spl_error *error)
{
    spl_error reason;
    w->walk->lines++;
    if (spl_event_parse(w->parser, line, w->event, &reason)) return w->visit(w->owner, w->event, number, error);
    note_bad(w, &reason, number);
    return true;
}

static bool walk_lines(walker *w, const char *what, spl_error *error)
{
    spl_progress progress = spl_progress_start(what);
    spl_text line;
    double fraction = -1;
    bool ok = true;
    for (;;) {
        spl_error reason;
        reason.line = 0;
        int got = spl_reader_line(w->reader, &line, &reason);
        uint64_t number = w->walk->last_line = spl_reader_line_number(w->reader);
        if (got == 0) break;
        if (got < 0 && reason.line == 0) { // the file cannot be read on
            if (error) *error = reason;
            ok = false;
        } else if (got < 0) {
            w->walk->lines++;
            note_bad(w, &reason, number);
        } else if (!spl_line_is_blank(line)) {
            ok = walk_line(w, line, number, error);
        }
        if (!ok) break;
        if (number % FRACTION_LINES == 0) fraction = spl_reader_fraction(w->reader);
        spl_progress_step(&progress, number, fraction);
    }
    spl_progress_end(&progress);
    return ok;
}

bool spl_event_walk_digest(const char *path, const char *what, spl_event_visit *visit, void *owner,
                           spl_event_lines *walk, char digest[SPL_DIGEST_HEX + 1], spl_error *error)
{
    *walk = (spl_event_lines){0};
    if (digest) digest[0] = '\0';
    walker w = {.visit = visit, .owner = owner, .walk = walk};
    if (!spl_reader_open(path, &w.reader, error)) return false;
    w.parser = spl_event_parser_new();
    w.event = malloc(sizeof *w.event);
    bool ready = w.parser && w.event && (!digest || spl_reader_digest(w.reader));
    bool ok = ready ? walk_lines(&w, what, error) : spl_fail(error, "out of memory");
    if (ok && digest) spl_reader_digest_end(w.reader, digest);
    free(w.event);
    spl_event_parser_free(w.parser);
    spl_reader_close(w.reader);
    return ok;
}

bool spl_event_walk(const char *path, const char *what, spl_event_visit *visit, void *owner, spl_event_lines *walk,
                    spl_error *error)
{
    return spl_event_walk_digest(path, what, visit, owner, walk, NULL, error);
}
