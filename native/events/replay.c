// SPDX-License-Identifier: GPL-3.0-or-later
#include "events/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events/drawn.h"
#include "host/files.h"
#include "host/progress.h"

static void keep_text(char *out, size_t size, spl_text text)
{
    text = spl_text_cut(text, size - 1);
    if (text.size > 0) memcpy(out, text.data, text.size);
    out[text.size] = '\0';
}

static bool name_field(spl_replay_difference *difference, const char *field)
{
    snprintf(difference->field, sizeof difference->field, "%s", field);
    return true;
}

static bool text_differs(const char *field, spl_text logged, spl_text recomputed, spl_replay_difference *out)
{
    if (spl_text_equal(logged, recomputed)) return false;
    keep_text(out->logged, sizeof out->logged, logged);
    keep_text(out->recomputed, sizeof out->recomputed, recomputed);
    return name_field(out, field);
}

static bool number_differs(const char *field, double logged, double recomputed, spl_replay_difference *out)
{
    if (logged == recomputed) return false;
    snprintf(out->logged, sizeof out->logged, "%.17g", logged);
    snprintf(out->recomputed, sizeof out->recomputed, "%.17g", recomputed);
    return name_field(out, field);
}

static bool trace_differs(uint64_t logged, uint64_t recomputed, spl_replay_difference *out)
{
    if (logged == recomputed) return false;
    snprintf(out->logged, sizeof out->logged, "%016" PRIx64, logged);
    snprintf(out->recomputed, sizeof out->recomputed, "%016" PRIx64, recomputed);
    return name_field(out, "trace");
}

static bool probabilities_differ(const spl_event *event, const spl_decision *decision, spl_replay_difference *out)
{
    char field[32];
    if (event->probability_count == 0) return false;
    if (number_differs("probabilities", event->probability_count, decision->variant_count, out)) return true;
    for (uint32_t i = 0; i < decision->variant_count; i++) {
        snprintf(field, sizeof field, "probabilities[%" PRIu32 "]", i);
        if (number_differs(field, event->probabilities[i], decision->probabilities[i], out)) return true;
    }
    return false;
}

// Fields that the log leaves out are not compared. The cause is named before the effect: where the
// segment differs, so do most of the others.
static bool differs(const spl_experiment *experiment, const spl_event *event, const spl_decision *decision,
                    spl_replay_difference *out)
{
    const char *reason = spl_reason_text((spl_reason)decision->reason);
    if (event->segment.size > 0 && (text_differs("segment", event->segment, decision->segment, out) ||
                                    number_differs("level", event->level, decision->level, out)))
        return true;
    if (event->reason.size > 0 && text_differs("reason", event->reason, (spl_text){reason, strlen(reason)}, out))
        return true;
    if (probabilities_differ(event, decision, out)) return true;
    if (text_differs("variant", event->variant, experiment->variants[decision->variant], out)) return true;
    if (number_differs("propensity", event->propensity, decision->propensity, out)) return true;
    return event->has_trace && trace_differs(event->trace, decision->trace, out);
}

// Whether the core can have given the reason, under these settings; if not, the host decided.
static bool is_core_reason(const spl_bundle *bundle, const spl_event *event)
{
    uint32_t index;
    if (event->reason.size == 0 || spl_event_has_reason(event, SPL_REASON_POLICY) ||
        spl_event_has_reason(event, SPL_REASON_FALLBACK))
        return true;
    if (spl_bundle_experiment(bundle, event->experiment, &index) != SPL_OK) return false;
    const spl_settings *s = &bundle->experiments[index].settings;
    if (spl_event_has_reason(event, SPL_REASON_HOLDOUT)) return s->holdout > 0;
    if (spl_event_has_reason(event, SPL_REASON_PAUSED)) return s->paused;
    if (spl_event_has_reason(event, SPL_REASON_NOT_ELIGIBLE))
        return (s->traffic > 0 && s->traffic < 1) || s->min_bucket_version;
    if (spl_event_has_reason(event, SPL_REASON_INCUMBENT)) return s->mode != SPL_MODE_ONLINE;
    return spl_event_has_reason(event, SPL_REASON_FORCED) || spl_event_has_reason(event, SPL_REASON_STICKY);
}

// What the host must have asked for. The log has what decided, not what was passed over.
static spl_request request_of(const spl_experiment *x, const spl_event *event)
{
    uint32_t variant = 0;
    spl_request request = {.sticky_version = x->settings.bucket_version};
    while (variant < x->policy.variant_count && !spl_text_equal(x->variants[variant], event->variant)) variant++;
    if (spl_event_has_reason(event, SPL_REASON_FORCED)) request.forced = variant + 1;
    if (spl_event_has_reason(event, SPL_REASON_INCUMBENT)) request.incumbent = variant + 1;
    if (spl_event_has_reason(event, SPL_REASON_STICKY)) request.sticky = variant + 1;
    if (spl_event_has_reason(event, SPL_REASON_NOT_ELIGIBLE) && x->settings.min_bucket_version > 0) {
        request.sticky = variant + 1; // a unit whose share takes part can only have had one of too old a version
        request.sticky_version = 0;
    }
    return request;
}

static bool recompute(const spl_bundle *bundle, spl_workspace *workspace, const spl_event *event,
                      spl_replay_counts *counts, spl_replay_difference *out)
{
    uint32_t index;
    spl_decision decision;
    spl_field fields[SPL_ATTRIBUTES_MAX];
    if (spl_bundle_experiment(bundle, event->experiment, &index) != SPL_OK)
        return text_differs("experiment", event->experiment, SPL_TEXT("(not in the bundle)"), out);
    for (uint32_t i = 0; i < event->context_count; i++) fields[i] = event->context[i].field;
    spl_request request = request_of(&bundle->experiments[index], event);
    spl_decide_begin(workspace, fields, event->context_count);
    spl_decide_next(bundle, workspace, index, event->unit, &request, &decision);
    if (decision.reason == SPL_REASON_INCUMBENT) {
        counts->onlooking++;
        counts->matched += decision.probabilities[decision.variant];
    }
    return differs(&bundle->experiments[index], event, &decision, out);
}

spl_replay_verdict spl_replay_event(const spl_bundle *bundle, spl_workspace *workspace, const spl_event *event,
                                    spl_replay_counts *counts, spl_replay_difference *difference)
{
    uint64_t *skipped = NULL;
    if (event->kind == SPL_EVENT_OUTCOME) {
        counts->outcomes++;
        return SPL_REPLAY_SKIPPED;
    }
    counts->exposures++;
    if (!spl_text_equal(event->bundle, bundle->id_hex))
        skipped = &counts->other_bundle;
    else if (!is_core_reason(bundle, event))
        skipped = &counts->outside_policy;
    else if (!event->has_context)
        skipped = &counts->without_context;
    if (skipped) {
        ++*skipped;
        return SPL_REPLAY_SKIPPED;
    }
    counts->checked++;
    if (!recompute(bundle, workspace, event, counts, difference)) return SPL_REPLAY_EQUAL;
    counts->different++;
    return SPL_REPLAY_DIFFERENT;
}

static void replay_line(const spl_bundle *bundle, spl_workspace *workspace, spl_event_parser *parser, spl_event *event,
                        spl_text line, uint64_t number, spl_replay_report *report)
{
    spl_error reason = {0};
    spl_replay_difference difference;
    if (!spl_event_parse(parser, line, event, &reason)) {
        if (report->counts.bad_lines++ == 0) report->first_bad = reason;
        if (report->counts.bad_lines == 1) spl_fail_at(&report->first_bad, NULL, number);
        return;
    }
    if (spl_replay_event(bundle, workspace, event, &report->counts, &difference) != SPL_REPLAY_DIFFERENT) return;
    if (report->first_line > 0) return;
    report->first_line = number;
    report->first = difference;
}

static bool replay_lines(const spl_bundle *bundle, spl_workspace *workspace, spl_reader *reader,
                         spl_event_parser *parser, spl_event *event, spl_replay_report *report, spl_error *error)
{
    spl_progress progress = spl_progress_start("replaying");
    spl_error reason = {0};
    spl_text line;
    int got;
    while ((got = spl_reader_line(reader, &line, &reason)) != 0) {
        uint64_t number = spl_reader_line_number(reader);
        if (got < 0 && reason.line == 0) break; // the file cannot be read on
        if (got < 0 && report->counts.bad_lines++ == 0) report->first_bad = reason;
        if (got > 0 && line.size > 0) replay_line(bundle, workspace, parser, event, line, number, report);
        reason.line = 0;
        spl_progress_step(&progress, number, spl_reader_fraction(reader));
    }
    spl_progress_end(&progress);
    if (got < 0 && error) *error = reason;
    return got == 0;
}

bool spl_replay_log(const spl_bundle *bundle, spl_workspace *workspace, const char *path, spl_replay_report *report,
                    spl_error *error)
{
    spl_reader *reader = NULL;
    *report = (spl_replay_report){0};
    if (!spl_reader_open(path, &reader, error)) return false;
    spl_event_parser *parser = spl_event_parser_new();
    spl_event *event = malloc(sizeof *event);
    bool done = parser && event ? replay_lines(bundle, workspace, reader, parser, event, report, error)
                                : spl_fail(error, "out of memory");
    free(event);
    spl_event_parser_free(parser);
    spl_reader_close(reader);
    return done;
}
