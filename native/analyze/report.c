// SPDX-License-Identifier: GPL-3.0-or-later
#include "analyze/report.h"

#include <stdlib.h>

#include "host/texts.h"

const char *spl_analysis_method_name(spl_analysis_method method)
{
    static const char *const names[] = {"nothing", "counts", "fisher", "welch", "aipw"};
    return names[method];
}

const char *spl_analysis_grade_name(spl_analysis_grade grade)
{
    static const char *const names[] = {"fine", "doubt", "broken"};
    return names[grade];
}

const char *spl_advice_kind_name(spl_advice_kind kind)
{
    static const char *const names[SPL_ADVICE_KINDS] = {"fix-data", "ship",    "stop",    "target",
                                                        "changed",  "look-at", "continue"};
    return names[kind];
}

static void free_words(spl_analysis_words *words)
{
    for (uint32_t i = 0; i < words->count; i++) free(words->text[i]);
    free(words->text);
}

static void free_segments(spl_analysis *r)
{
    for (uint32_t i = 0; i < r->segment_count; i++) {
        spl_analysis_segment *s = &r->segments[i];
        free(s->key);
        free(s->name);
        free(s->attribute);
        free(s->value);
        free(s->arms);
    }
    free(r->segments);
    free(r->high);
    free(r->low);
}

static void free_findings(spl_analysis *r)
{
    for (uint32_t i = 0; i < r->check_count; i++) free(r->checks[i].text);
    for (uint32_t i = 0; i < r->leak_count; i++) free(r->leaks[i].where);
    for (uint32_t i = 0; i < r->advice_count; i++) free(r->advice[i].text);
    free(r->checks);
    free(r->leaks);
    free(r->advice);
    free(r->changes);
}

void spl_analysis_free(spl_analysis *r)
{
    free(r->source);
    free(r->experiment);
    free(r->outcome);
    free(r->counts.first_bad);
    spl_texts_free(r->variant_names, r->variant_count);
    spl_texts_free(r->attributes, r->attribute_count);
    free_segments(r);
    free_findings(r);
    free_words(&r->summary);
    free_words(&r->warnings);
    free(r->watch);
    free(r->time.start_ms);
    free(r->time.visitors);
    free(r->time.points);
    *r = (spl_analysis){0};
}
