// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/plan_read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events/join.h"
#include "host/files.h"
#include "host/hash_set.h"
#include "samplit/hash.h"
#include "json/json_place.h"

#define TEXT_MAX 255
#define LARGE 1e12
#define DAY_MS 86400000.0

typedef struct memory {
    cJSON *root;
    spl_design_segment segments[SPL_DESIGN_SEGMENTS_MAX];
    char names[SPL_DESIGN_SEGMENTS_MAX][TEXT_MAX + 1];
} memory;

static bool optional_number(const spl_place *in, const char *name, double low, double high, double *out,
                            spl_error *error)
{
    spl_place at = spl_place_field(in, name);
    return !at.json || spl_place_number(&at, low, high, out, error);
}

static bool optional_text(const spl_place *in, const char *name, spl_text *out, spl_error *error)
{
    spl_place at = spl_place_field(in, name);
    return !at.json || spl_place_text(&at, TEXT_MAX, out, error);
}

static bool read_variants(const spl_place *root, spl_plan *plan, spl_error *error)
{
    spl_place at = spl_place_field(root, "variants");
    if (!spl_place_is_array(&at, 0, SPL_VARIANTS_MAX, &plan->variant_count, error)) return false;
    for (uint32_t i = 0; i < plan->variant_count; i++) {
        spl_place item = spl_place_item(&at, cJSON_GetArrayItem(at.json, (int)i), i);
        if (!spl_place_text(&item, TEXT_MAX, &plan->variants[i], error)) return false;
    }
    spl_place shares = spl_place_field(root, "shares");
    if (!shares.json) return true;
    uint32_t count;
    if (!spl_place_is_array(&shares, plan->variant_count, plan->variant_count, &count, error)) return false;
    plan->shared = true;
    for (uint32_t i = 0; i < count; i++) {
        spl_place item = spl_place_item(&shares, cJSON_GetArrayItem(shares.json, (int)i), i);
        if (!spl_place_number(&item, -LARGE, LARGE, &plan->shares[i], error)) return false;
    }
    return true;
}

static bool read_outcome(const spl_place *root, spl_plan *plan, spl_error *error)
{
    spl_place at = spl_place_field(root, "outcome");
    spl_design *d = &plan->design;
    if (!spl_place_is_object(&at, "name baseline sd window_days", error)) return false;
    spl_place baseline = spl_place_field(&at, "baseline");
    if (!optional_text(&at, "name", &plan->outcome, error)) return false;
    if (!spl_place_number(&baseline, -LARGE, LARGE, &d->baseline, error)) return false;
    d->means = spl_place_field(&at, "sd").json != NULL;
    plan->window_days = 1;
    return optional_number(&at, "sd", 0, LARGE, &d->sd, error) &&
           optional_number(&at, "window_days", 0, 10000, &plan->window_days, error);
}

static bool read_effect(const spl_place *root, spl_plan *plan, spl_error *error)
{
    double lift = 0;
    spl_design *d = &plan->design;
    if (!optional_number(root, "lift", -LARGE, LARGE, &lift, error) ||
        !optional_number(root, "difference", -LARGE, LARGE, &d->difference, error))
        return false;
    if (lift != 0 && d->difference != 0)
        return spl_fail_field(error, "difference", "says the same as lift; give one of them");
    if (lift != 0) d->difference = lift * d->baseline;
    return true;
}

static bool read_correction(const spl_place *root, spl_plan *plan, spl_error *error)
{
    spl_text word = {0};
    if (!optional_text(root, "correction", &word, error)) return false;
    for (int c = 0; c < SPL_CORRECTIONS; c++) {
        const char *name = spl_correction_name(c);
        if (word.size && !spl_text_equal(word, (spl_text){name, strlen(name)})) continue;
        if (word.size) plan->design.correction = c;
        return true;
    }
    return spl_fail_field(error, "correction", "\"%.*s\" is not holm, bonferroni, bh or none", (int)word.size,
                          word.data);
}

static bool read_levels(const spl_place *root, spl_plan *plan, spl_error *error)
{
    spl_place at = spl_place_field(root, "levels");
    if (!at.json) return true;
    if (!spl_place_is_array(&at, 0, SPL_PLAN_LEVELS_MAX, &plan->level_count, error)) return false;
    for (uint32_t i = 0; i < plan->level_count; i++) {
        spl_place item = spl_place_item(&at, cJSON_GetArrayItem(at.json, (int)i), i);
        spl_place attribute = spl_place_field(&item, "attribute");
        spl_plan_level *level = &plan->levels[i];
        level->min_samples = 100;
        if (!spl_place_is_object(&item, "attribute values min_samples", error) ||
            !spl_place_text(&attribute, TEXT_MAX, &level->attribute, error) ||
            !optional_number(&item, "values", 1, LARGE, &level->values, error) ||
            !optional_number(&item, "min_samples", 0, LARGE, &level->min_samples, error))
            return false;
    }
    return true;
}

static bool read_segments(const spl_place *root, spl_plan *plan, memory *kept, spl_error *error)
{
    spl_place at = spl_place_field(root, "segments");
    if (!at.json) return true;
    if (!cJSON_IsObject(at.json)) return spl_fail_field(error, "segments", "an object of segment keys and shares");
    const cJSON *item;
    cJSON_ArrayForEach(item, at.json)
    {
        uint32_t i = plan->design.segment_count;
        if (i == SPL_DESIGN_SEGMENTS_MAX) return spl_fail_field(error, "segments", "at most %d", i);
        if (!cJSON_IsNumber(item)) return spl_fail_field(error, "segments", "a share for each segment");
        snprintf(kept->names[i], sizeof kept->names[i], "%s", item->string);
        kept->segments[i] = (spl_design_segment){kept->names[i], item->valuedouble};
        plan->design.segment_count++;
    }
    plan->design.segments = kept->segments;
    return true;
}

static bool read_policy(const spl_place *root, spl_plan *plan, spl_error *error)
{
    spl_text word = {0};
    plan->min_propensity = 0.01;
    if (!optional_text(root, "policy", &word, error) ||
        !optional_number(root, "min_propensity", 0, 1, &plan->min_propensity, error))
        return false;
    plan->adaptive = word.size && !spl_text_equal(word, SPL_TEXT("fixed"));
    if (!plan->adaptive || spl_text_equal(word, SPL_TEXT("bandit"))) return true;
    return spl_fail_field(error, "policy", "\"%.*s\" is not fixed or bandit", (int)word.size, word.data);
}

static bool read_plan(const spl_place *root, spl_plan *plan, memory *kept, spl_error *error)
{
    static const char FIELDS[] = "experiment variants control shares outcome lift difference alpha power correction "
                                 "per_day days levels segments policy min_propensity";
    spl_design *d = &plan->design;
    *d = spl_design_default();
    return spl_place_is_object(root, FIELDS, error) && optional_text(root, "experiment", &plan->experiment, error) &&
           optional_text(root, "control", &plan->control, error) && read_variants(root, plan, error) &&
           read_outcome(root, plan, error) && read_effect(root, plan, error) &&
           optional_number(root, "alpha", 0, 1, &d->alpha, error) &&
           optional_number(root, "power", 0, 1, &d->power, error) && read_correction(root, plan, error) &&
           optional_number(root, "per_day", 0, LARGE, &d->per_day, error) &&
           optional_number(root, "days", 0, 100000, &plan->days, error) && read_levels(root, plan, error) &&
           read_segments(root, plan, kept, error) && read_policy(root, plan, error);
}

bool spl_plan_parse(const char *data, size_t size, spl_plan_file *out, spl_error *error)
{
    memory *kept = calloc(1, sizeof *kept);
    if (!kept) return spl_fail(error, "out of memory");
    const char *end = NULL;
    spl_plan plan = {0};
    kept->root = cJSON_ParseWithLengthOpts(data, size, &end, false);
    spl_place root = {.json = kept->root};
    bool ok = kept->root ? read_plan(&root, &plan, kept, error)
                         : spl_fail(error, "is not JSON from byte %zu on", end ? (size_t)(end - data) : 0);
    *out = (spl_plan_file){plan, kept};
    if (!ok) spl_plan_file_free(out);
    return ok;
}

bool spl_plan_read(const char *path, spl_plan_file *out, spl_error *error)
{
    uint8_t *data;
    size_t size;
    if (!spl_file_read(path, &data, &size, error)) return false;
    bool ok = spl_plan_parse((const char *)data, size, out, error) || spl_fail_at(error, path, 0);
    free(data);
    return ok;
}

void spl_plan_file_free(spl_plan_file *file)
{
    memory *kept = file->memory;
    if (kept) cJSON_Delete(kept->root);
    free(kept);
    *file = (spl_plan_file){0};
}

typedef struct counting {
    const spl_plan *plan;
    spl_plan_log *log;
    spl_hash_set units;
    spl_join *join;
    bool started;
    int64_t first_ms, last_ms;
} counting;

static void closed(void *owner, const void *payload, double reward)
{
    counting *c = owner;
    (void)payload;
    c->log->closed++;
    c->log->outcomes += reward != 0;
}

static bool count_exposure(counting *c, const spl_event *event, spl_error *error)
{
    static const char nothing = 0;
    bool fresh;
    c->log->exposures++;
    if (!spl_hash_set_add(&c->units, spl_xxh64(event->unit.data, event->unit.size, 0), &fresh))
        return spl_fail(error, "out of memory");
    if (!fresh) return true;
    c->log->units++;
    return spl_join_exposure(c->join, event, &nothing) || spl_fail(error, "out of memory");
}

static bool visit(void *owner, const spl_event *event, uint64_t line, spl_error *error)
{
    counting *c = owner;
    (void)line;
    if (!c->started || event->time_ms < c->first_ms) c->first_ms = event->time_ms;
    if (!c->started || event->time_ms > c->last_ms) c->last_ms = event->time_ms;
    c->started = true;
    if (event->kind == SPL_EVENT_EXPOSURE) return count_exposure(c, event, error);
    if (!c->plan->outcome.size || spl_text_equal(event->name, c->plan->outcome)) {
        c->log->named++;
    } else {
        c->log->other_outcomes++;
        snprintf(c->log->other_name, sizeof c->log->other_name, "%.*s", (int)event->name.size, event->name.data);
    }
    return spl_join_outcome(c->join, event) || spl_fail(error, "out of memory");
}

bool spl_plan_log_read(const char *path, const spl_plan *plan, spl_plan_log *out, spl_event_lines *walk,
                       spl_error *error)
{
    char outcome[TEXT_MAX + 1];
    spl_join_config config = spl_join_config_default();
    snprintf(outcome, sizeof outcome, "%.*s", (int)plan->outcome.size, plan->outcome.size ? plan->outcome.data : "");
    config.outcome = plan->outcome.size ? outcome : NULL;
    config.window_ms = (int64_t)fmax(1, plan->window_days * DAY_MS);
    config.payload_bytes = 1;
    *out = (spl_plan_log){0};
    counting c = {.plan = plan, .log = out};
    c.join = spl_join_new(&config, closed, &c);
    bool ok = c.join ? spl_event_walk(path, "reading", visit, &c, walk, error) : spl_fail(error, "out of memory");
    if (ok) spl_join_finish(c.join);
    out->days = (double)(c.last_ms - c.first_ms) / DAY_MS;
    spl_join_free(c.join);
    free(c.units.slots);
    return ok;
}
