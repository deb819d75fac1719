// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE // vasprintf
#include "analyze/build.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/visible.h"

static char *format_text(spl_build *b, const char *format, va_list arguments)
{
    char *text = NULL;
    if (vasprintf(&text, format, arguments) >= 0) return text;
    b->broken = true;
    return NULL;
}

char *spl_build_text(spl_build *b, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = format_text(b, format, arguments);
    va_end(arguments);
    return text;
}

void *spl_build_room(spl_build *b, size_t count, size_t bytes)
{
    void *room = calloc(count ? count : 1, bytes);
    b->broken |= room == NULL;
    return room;
}

void spl_build_say(spl_build *b, spl_analysis_words *words, const char *format, ...)
{
    char **larger = realloc(words->text, (words->count + (size_t)1) * sizeof *larger);
    if (!larger) {
        b->broken = true;
        return;
    }
    words->text = larger;
    va_list arguments;
    va_start(arguments, format);
    char *text = format_text(b, format, arguments);
    va_end(arguments);
    if (text) words->text[words->count++] = text;
}

char *spl_build_visible(spl_build *b, spl_text text)
{
    char *copy = spl_visible(text, true);
    b->broken |= copy == NULL;
    return copy;
}

static void fill_counts(spl_build *b)
{
    const spl_visitors *v = b->visitors;
    const spl_join_counts *j = &v->joined;
    const spl_event_lines *walk = &v->arms.walk;
    char bad[1024];
    b->report->counts = (spl_analysis_counts){
        .lines = walk->lines,
        .bad_lines = walk->bad_lines,
        .visitors = v->count,
        .repeated = v->repeated,
        .duplicate_exposures = j->duplicate_exposures,
        .duplicate_outcomes = j->duplicate_outcomes,
        .too_young = j->open_exposures,
        .late = j->late_exposures,
        .outcomes = j->outcomes,
        .outcomes_alone = j->outcomes_without_exposure,
        .outcomes_other = j->outcomes_other_name,
        .not_drawn = v->arms.not_drawn,
        .unusable = v->unusable,
        .other_experiments = v->arms.other_experiments,
    };
    if (walk->bad_lines > 0)
        b->report->counts.first_bad = spl_build_text(b, "%s", spl_error_format(&walk->first_bad, bad, sizeof bad));
}

static void fill_variants(spl_build *b)
{
    spl_analysis *r = b->report;
    const spl_arms *arms = &b->visitors->arms;
    r->variant_count = arms->count;
    r->variant_names = spl_build_room(b, arms->count, sizeof *r->variant_names);
    for (uint32_t i = 0; r->variant_names && i < arms->count; i++)
        r->variant_names[i] = spl_build_visible(b, arms->names[i]);
}

static void fill_attributes(spl_build *b)
{
    spl_analysis *r = b->report;
    const spl_segments *s = b->segments;
    r->attribute_count = s->attribute_count;
    r->attributes = spl_build_room(b, s->attribute_count, sizeof *r->attributes);
    for (uint32_t i = 0; r->attributes && i < s->attribute_count; i++)
        r->attributes[i] = spl_build_visible(b, spl_candidates_name(b->visitors->attributes, s->attributes[i]));
}

void spl_build_head(spl_build *b)
{
    const spl_analyze_settings *s = b->settings;
    const spl_visitors *v = b->visitors;
    spl_analysis *r = b->report;
    r->experiment = spl_build_visible(b, (spl_text){v->arms.experiment, strlen(v->arms.experiment)});
    if (v->outcome.data) r->outcome = spl_build_visible(b, v->outcome);
    r->binary = v->binary;
    r->adaptive = b->measures->adaptive;
    r->alpha = s->alpha;
    r->correction = s->correction;
    r->variant_correction = s->correction == SPL_CORRECTION_NONE ? SPL_CORRECTION_NONE : SPL_CORRECTION_HOLM;
    r->window_ms = s->log.window_ms;
    r->first_ms = v->rows[0].time_ms;
    r->last_ms = v->rows[v->count - 1].time_ms;
    r->min_visitors = s->segments.min_visitors;
    r->small_segments = b->segments->small;
    r->more_segments = b->segments->more;
    fill_counts(b);
    fill_variants(b);
    fill_attributes(b);
}
