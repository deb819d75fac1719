// SPDX-License-Identifier: GPL-3.0-or-later
#include <cJSON.h>
#include <math.h>
#include <stdlib.h>

#include "analyze/write.h"
#include "events/event_stamp.h"
#include "json/json_add.h"

static cJSON *number_or_null(double value)
{
    return isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull();
}

// null where nothing can be told; an end that is infinite is null too.
static void put_interval(cJSON *to, const char *name, spl_interval interval)
{
    if (isnan(interval.low) || isnan(interval.high)) {
        cJSON_AddNullToObject(to, name);
        return;
    }
    cJSON *pair = cJSON_AddArrayToObject(to, name);
    cJSON_AddItemToArray(pair, number_or_null(interval.low));
    cJSON_AddItemToArray(pair, number_or_null(interval.high));
}

static void put_text(cJSON *to, const char *name, const char *text)
{
    if (text)
        cJSON_AddStringToObject(to, name, text);
    else
        cJSON_AddNullToObject(to, name);
}

static void put_count(cJSON *to, const char *name, uint64_t count)
{
    cJSON_AddNumberToObject(to, name, (double)count);
}

static void put_time(cJSON *to, const char *name, int64_t time_ms)
{
    char stamp[SPL_TIME_CHARS + 1] = "";
    spl_time_write(time_ms, stamp);
    cJSON_AddStringToObject(to, name, stamp);
}

static const char *variant_name(const spl_analysis *r, uint32_t variant)
{
    return variant == SPL_ANALYSIS_NONE ? NULL : r->variant_names[variant];
}

static const char *segment_key(const spl_analysis *r, uint32_t segment)
{
    return segment == SPL_ANALYSIS_NONE ? NULL : r->segments[segment].key;
}

static void put_effect(cJSON *to, const char *name, const spl_analysis_effect *e)
{
    if (e->method == SPL_ANALYSIS_NOTHING) {
        cJSON_AddNullToObject(to, name);
        return;
    }
    cJSON *item = cJSON_AddObjectToObject(to, name);
    cJSON_AddStringToObject(item, "method", spl_analysis_method_name(e->method));
    spl_json_add_number(item, "difference", e->difference);
    put_interval(item, "interval", e->interval);
    spl_json_add_number(item, "lift", e->lift);
    put_interval(item, "lift_interval", e->lift_interval);
    spl_json_add_number(item, "p", e->p);
    spl_json_add_number(item, "p_corrected", e->p_corrected);
    cJSON_AddBoolToObject(item, "claimed", e->claimed);
    spl_json_add_number(item, "more_visitors", e->more_visitors);
}

static cJSON *arm_json(const spl_analysis *r, uint32_t segment, uint32_t v)
{
    const spl_analysis_arm *arm = &r->segments[segment].arms[v];
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "variant", r->variant_names[v]);
    put_count(item, "visitors", arm->visitors);
    spl_json_add_number(item, "converted", arm->converted);
    spl_json_add_number(item, "share", arm->share);
    spl_json_add_number(item, "expected_share", arm->expected_share);
    cJSON_AddStringToObject(item, "method", spl_analysis_method_name(arm->method));
    spl_json_add_number(item, "rate", arm->rate);
    put_interval(item, "interval", arm->interval);
    spl_json_add_number(item, "rate_as_served", arm->as_served);
    spl_json_add_number(item, "p_best", arm->p_best);
    spl_json_add_number(item, "expected_loss", arm->expected_loss);
    if (v > 0) put_effect(item, "over_control", &arm->effect);
    if (segment == 0 || v == 0) return item;
    spl_json_add_number(item, "shrunken_lift", arm->shrunk_lift);
    put_interval(item, "shrunken_lift_interval", arm->shrunk_interval);
    put_effect(item, "unlike_elsewhere", &arm->different);
    return item;
}

static void put_arms(cJSON *to, const spl_analysis *r, uint32_t segment)
{
    cJSON *list = cJSON_AddArrayToObject(to, "variants");
    for (uint32_t v = 0; v < r->variant_count; v++) cJSON_AddItemToArray(list, arm_json(r, segment, v));
}

static void put_watch(cJSON *to, const spl_analysis *r)
{
    cJSON *list = cJSON_AddArrayToObject(to, "at_every_look");
    for (uint32_t v = 1; v < r->variant_count; v++) {
        const spl_analysis_watch *w = &r->watch[v];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "variant", r->variant_names[v]);
        spl_json_add_number(item, "difference", w->difference);
        put_interval(item, "sequence", w->sequence);
        spl_json_add_number(item, "p", w->p);
        cJSON_AddStringToObject(item, "verdict", w->verdict);
        put_count(item, "decided_at", w->decided_at);
        cJSON_AddItemToArray(list, item);
    }
}

static cJSON *segment_json(const spl_analysis *r, uint32_t i)
{
    static const char *const standings[] = {"average", "high", "low"};
    const spl_analysis_segment *s = &r->segments[i];
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "key", s->key);
    cJSON_AddStringToObject(item, "name", s->name);
    put_count(item, "depth", s->depth);
    put_text(item, "parent", segment_key(r, s->parent));
    put_count(item, "visitors", s->visitors);
    spl_json_add_number(item, "share", s->share);
    spl_json_add_number(item, "rate", s->rate);
    put_interval(item, "interval", s->interval);
    put_effect(item, "over_rest", &s->rest);
    spl_json_add_number(item, "shrunken_rate", s->shrunk_rate);
    put_interval(item, "shrunken_interval", s->shrunk_interval);
    spl_json_add_number(item, "robust_z", s->robust_z);
    cJSON_AddBoolToObject(item, "anomaly", s->anomaly);
    cJSON_AddStringToObject(item, "standing", standings[s->standing]);
    put_text(item, "best", variant_name(r, s->best));
    put_text(item, "winner", variant_name(r, s->winner));
    cJSON_AddBoolToObject(item, "differs", s->differs);
    put_arms(item, r, i);
    return item;
}

static void put_words(cJSON *to, const char *name, const spl_analysis_words *words)
{
    cJSON *list = cJSON_AddArrayToObject(to, name);
    for (uint32_t i = 0; i < words->count; i++) cJSON_AddItemToArray(list, cJSON_CreateString(words->text[i]));
}

static void put_counts(cJSON *to, const spl_analysis_counts *c)
{
    cJSON *item = cJSON_AddObjectToObject(to, "counts");
    put_count(item, "lines", c->lines);
    put_count(item, "bad_lines", c->bad_lines);
    put_count(item, "visitors", c->visitors);
    put_count(item, "repeated", c->repeated);
    put_count(item, "duplicate_exposures", c->duplicate_exposures);
    put_count(item, "duplicate_outcomes", c->duplicate_outcomes);
    put_count(item, "too_young", c->too_young);
    put_count(item, "late", c->late);
    put_count(item, "outcomes", c->outcomes);
    put_count(item, "outcomes_alone", c->outcomes_alone);
    put_count(item, "outcomes_other_name", c->outcomes_other);
    put_count(item, "not_drawn", c->not_drawn);
    put_count(item, "unusable", c->unusable);
    put_count(item, "other_experiments", c->other_experiments);
}

static void put_health(cJSON *to, const spl_analysis *r)
{
    cJSON *health = cJSON_AddObjectToObject(to, "health");
    cJSON_AddStringToObject(health, "grade", spl_analysis_grade_name(r->health));
    cJSON_AddStringToObject(health, "light", spl_srm_light_name(r->light));
    spl_json_add_number(health, "ratio_p", r->ratio_p);
    spl_json_add_number(health, "ratio_deviation", r->ratio_deviation);
    cJSON *checks = cJSON_AddArrayToObject(health, "checks");
    for (uint32_t i = 0; i < r->check_count; i++) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "grade", spl_analysis_grade_name(r->checks[i].grade));
        cJSON_AddStringToObject(item, "kind", r->checks[i].kind);
        cJSON_AddStringToObject(item, "text", r->checks[i].text);
        spl_json_add_number(item, "figure", r->checks[i].figure);
        cJSON_AddItemToArray(checks, item);
    }
    cJSON *leaks = cJSON_AddArrayToObject(health, "leaks");
    for (uint32_t i = 0; i < r->leak_count; i++) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "where", r->leaks[i].where);
        put_count(item, "visitors", r->leaks[i].visitors);
        put_text(item, "variant", variant_name(r, r->leaks[i].variant));
        spl_json_add_number(item, "deviation", r->leaks[i].deviation);
        spl_json_add_number(item, "p", r->leaks[i].p);
        cJSON_AddItemToArray(leaks, item);
    }
}

static cJSON *point_json(const spl_analysis_point *p)
{
    cJSON *item = cJSON_CreateObject();
    put_count(item, "visitors", p->visitors);
    spl_json_add_number(item, "share", p->share);
    spl_json_add_number(item, "expected_share", p->expected_share);
    spl_json_add_number(item, "rate", p->rate);
    spl_json_add_number(item, "so_far", p->so_far);
    put_interval(item, "sequence", p->sequence);
    return item;
}

static void put_course(cJSON *to, const spl_analysis *r)
{
    const spl_analysis_time *t = &r->time;
    cJSON *time = cJSON_AddObjectToObject(to, "time");
    cJSON_AddNumberToObject(time, "width_ms", (double)t->width_ms);
    cJSON *list = cJSON_AddArrayToObject(time, "stretches");
    for (uint32_t i = 0; i < t->count; i++) {
        cJSON *item = cJSON_CreateObject();
        put_time(item, "start", t->start_ms[i]);
        put_count(item, "visitors", t->visitors[i]);
        cJSON *points = cJSON_AddArrayToObject(item, "variants"); // in the order of the variants
        for (uint32_t v = 0; v < r->variant_count; v++)
            cJSON_AddItemToArray(points, point_json(&t->points[(size_t)i * r->variant_count + v]));
        cJSON_AddItemToArray(list, item);
    }
}

static void put_changes(cJSON *to, const spl_analysis *r)
{
    cJSON *list = cJSON_AddArrayToObject(to, "changes");
    for (uint32_t i = 0; i < r->change_count; i++) {
        const spl_analysis_change *c = &r->changes[i];
        cJSON *item = cJSON_CreateObject();
        put_text(item, "variant", variant_name(r, c->variant));
        put_time(item, "time", c->time_ms);
        spl_json_add_number(item, "before", c->before);
        spl_json_add_number(item, "after", c->after);
        spl_json_add_number(item, "score", c->score);
        spl_json_add_number(item, "limit", c->limit);
        cJSON_AddItemToArray(list, item);
    }
}

static void put_advice(cJSON *to, const spl_analysis *r)
{
    cJSON *list = cJSON_AddArrayToObject(to, "advice");
    for (uint32_t i = 0; i < r->advice_count; i++) {
        const spl_advice *a = &r->advice[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "kind", spl_advice_kind_name(a->kind));
        cJSON_AddStringToObject(item, "text", a->text);
        put_text(item, "segment", segment_key(r, a->segment));
        put_text(item, "variant", variant_name(r, a->variant));
        spl_json_add_number(item, "lift", a->lift);
        put_interval(item, "lift_interval", a->lift_interval);
        spl_json_add_number(item, "p_corrected", a->p_corrected);
        spl_json_add_number(item, "p_best", a->p_best);
        spl_json_add_number(item, "more_visitors", a->more_visitors);
        cJSON_AddItemToArray(list, item);
    }
}

static void put_settings(cJSON *to, const spl_analysis *r)
{
    put_text(to, "log", r->source);
    put_text(to, "experiment", r->experiment);
    put_text(to, "outcome", r->outcome);
    cJSON_AddBoolToObject(to, "binary", r->binary);
    cJSON_AddBoolToObject(to, "adaptive", r->adaptive);
    spl_json_add_number(to, "alpha", r->alpha);
    cJSON_AddStringToObject(to, "variant_correction", spl_correction_name(r->variant_correction));
    cJSON_AddStringToObject(to, "correction", spl_correction_name(r->correction));
    spl_json_add_number(to, "window_ms", (double)r->window_ms);
    put_time(to, "first", r->first_ms);
    put_time(to, "last", r->last_ms);
}

static void put_segments(cJSON *to, const spl_analysis *r)
{
    cJSON *attributes = cJSON_AddArrayToObject(to, "attributes");
    for (uint32_t i = 0; i < r->attribute_count; i++)
        cJSON_AddItemToArray(attributes, cJSON_CreateString(r->attributes[i]));
    put_count(to, "min_visitors", r->min_visitors);
    put_count(to, "small_segments", r->small_segments);
    put_count(to, "more_segments", r->more_segments);
    spl_json_add_number(to, "anomaly_z", r->anomaly_z);
    cJSON *tests = cJSON_AddObjectToObject(to, "tests");
    put_count(tests, "rates", r->rate_tests);
    put_count(tests, "effects", r->effect_tests);
    put_count(tests, "differences", r->difference_tests);
    cJSON *list = cJSON_AddArrayToObject(to, "segments");
    for (uint32_t i = 1; i < r->segment_count; i++) cJSON_AddItemToArray(list, segment_json(r, i));
}

bool spl_analysis_json(const spl_analysis *r, FILE *out)
{
    cJSON *root = cJSON_CreateObject();
    put_settings(root, r);
    put_words(root, "summary", &r->summary);
    put_advice(root, r);
    put_counts(root, &r->counts);
    put_health(root, r);
    spl_json_add_number(root, "rate", r->rate);
    put_interval(root, "interval", r->interval);
    put_text(root, "best", variant_name(r, r->best));
    put_text(root, "winner", variant_name(r, r->winner));
    put_arms(root, r, 0);
    put_watch(root, r);
    put_segments(root, r);
    put_changes(root, r);
    put_course(root, r);
    put_words(root, "warnings", &r->warnings);
    char *text = cJSON_Print(root);
    if (text) fprintf(out, "%s\n", text);
    free(text);
    cJSON_Delete(root);
    return text != NULL;
}
