// SPDX-License-Identifier: GPL-3.0-or-later
// A line is cut into tokens once (json_line.h); then each field of the object is looked up in a
// table that says how it is read and for which kind of event. Lines of a log have the same keys, so
// what was found is kept with the key and the search is made once.
#include "events/event.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events/event_context.h"
#include "events/event_stamp.h"
#include "json/json_line.h"

#define EXPOSURE 1u
#define OUTCOME 2u
#define BOTH (EXPOSURE | OUTCOME)
#define KEY_MAX 64             // bytes
#define PROBABILITY_SLACK 1e-6 // how far logged probabilities may be from summing to one

struct spl_event_parser {
    spl_json_line json;
};

typedef struct reading {
    spl_json_line *json;
    spl_event *event;
    spl_error *error;
} reading;

typedef struct field_rule field_rule;

struct field_rule {
    const char *name;
    uint8_t name_size;
    uint8_t kinds, required; // of events
    uint16_t text_max;       // bytes; texts only
    uint16_t offset;         // in spl_event; texts only
    bool (*read)(const reading *r, uint32_t token, const field_rule *rule);
};

static bool read_text(const reading *r, uint32_t token, const field_rule *rule)
{
    spl_text text;
    if (!spl_json_string(r->json, token, &text)) return spl_fail_field(r->error, rule->name, "must be a string");
    if (text.size < 1 || text.size > rule->text_max)
        return spl_fail_field(r->error, rule->name, "must have 1 to %d bytes, not %zu", rule->text_max, text.size);
    memcpy((char *)r->event + rule->offset, &text, sizeof text);
    return true;
}

bool spl_event_is_key(spl_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && c != '_' && c != '.' && c != '-') return false;
    }
    return text.size >= 1 && text.size <= KEY_MAX;
}

static bool read_experiment(const reading *r, uint32_t token, const field_rule *rule)
{
    if (!read_text(r, token, rule)) return false;
    return spl_event_is_key(r->event->experiment) ||
           spl_fail_field(r->error, rule->name, "may hold only letters, digits, '_', '.' and '-'");
}

static bool read_bundle(const reading *r, uint32_t token, const field_rule *rule)
{
    return (spl_json_string(r->json, token, &r->event->bundle) && spl_is_hex(r->event->bundle, 32)) ||
           spl_fail_field(r->error, rule->name, "must be 32 lower-case hex digits");
}

static bool read_mode(const reading *r, uint32_t token, const field_rule *rule)
{
    static const char *const modes[] = {"online", "apprentice", "logging_only"};
    if (!read_text(r, token, rule)) return false;
    spl_text mode = r->event->mode;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (spl_text_equal(mode, (spl_text){modes[i], strlen(modes[i])})) return true;
    }
    return spl_fail_field(r->error, rule->name, "must be online, apprentice or logging_only");
}

static bool read_uuid(const reading *r, uint32_t token, const field_rule *rule, uint8_t out[16])
{
    spl_text text;
    return (spl_json_string(r->json, token, &text) && spl_uuid_read(text, out)) ||
           spl_fail_field(r->error, rule->name, "must be a UUID, as in 01997c2e-8a00-7000-8000-000000000001");
}

static bool read_id(const reading *r, uint32_t token, const field_rule *rule)
{
    return read_uuid(r, token, rule, r->event->id);
}

static bool read_exposure_id(const reading *r, uint32_t token, const field_rule *rule)
{
    r->event->has_exposure = true;
    return read_uuid(r, token, rule, r->event->exposure);
}

static bool read_time(const reading *r, uint32_t token, const field_rule *rule)
{
    spl_text text;
    return (spl_json_string(r->json, token, &text) && spl_time_read(text, &r->event->time_ms)) ||
           spl_fail_field(r->error, rule->name, "must be an RFC 3339 time, as in 2026-11-21T07:45:00.123Z");
}

static bool read_trace(const reading *r, uint32_t token, const field_rule *rule)
{
    spl_text text;
    r->event->has_trace = true;
    return (spl_json_string(r->json, token, &text) && spl_hash_read(text, &r->event->trace)) ||
           spl_fail_field(r->error, rule->name, "must be 16 hex digits in a string");
}

static bool read_level(const reading *r, uint32_t token, const field_rule *rule)
{
    double level;
    bool whole = spl_json_number(r->json, token, &level) && level >= 0 && level < SPL_TREE_DEPTH_MAX &&
                 level == (double)(uint32_t)level;
    if (!whole)
        return spl_fail_field(r->error, rule->name, "must be a whole number from 0 to %d", SPL_TREE_DEPTH_MAX - 1);
    r->event->level = (uint32_t)level;
    return true;
}

static bool read_propensity(const reading *r, uint32_t token, const field_rule *rule)
{
    double *p = &r->event->propensity;
    return (spl_json_number(r->json, token, p) && *p > 0 && *p <= 1) ||
           spl_fail_field(r->error, rule->name, "must be a number above 0 and at most 1");
}

static bool read_probabilities(const reading *r, uint32_t token, const field_rule *rule)
{
    const spl_json_token *array = &r->json->tokens[token];
    if (array->kind != SPL_JSON_ARRAY || array->count < 1 || array->count > SPL_VARIANTS_MAX)
        return spl_fail_field(r->error, rule->name, "must be an array of 1 to %d numbers", SPL_VARIANTS_MAX);
    double sum = 0, *p = r->event->probabilities;
    uint32_t count = array->count;
    for (uint32_t i = 0; i < count; i++) {
        if (!spl_json_number(r->json, token + 1 + i, &p[i]) || !(p[i] >= 0 && p[i] <= 1))
            return spl_fail_field(r->error, rule->name, "number %u is not in [0, 1]", i + 1);
        sum += p[i];
    }
    if (sum < 1 - PROBABILITY_SLACK || sum > 1 + PROBABILITY_SLACK)
        return spl_fail_field(r->error, rule->name, "sum to %g, not 1", sum);
    r->event->probability_count = count;
    return true;
}

static bool read_context(const reading *r, uint32_t token, const field_rule *rule)
{
    (void)rule;
    r->event->has_context = true;
    return spl_event_context_read(r->json, token, r->event->context, &r->event->context_count, r->error);
}

static bool read_value(const reading *r, uint32_t token, const field_rule *rule)
{
    double *value = &r->event->value;
    return (spl_json_number(r->json, token, value) && fabs(*value) <= SPL_EVENT_VALUE_MAX) ||
           spl_fail_field(r->error, rule->name, "must be a number from -1e100 to 1e100");
}

// clang-format off
#define RULE(name, kinds, required, read) {#name, sizeof #name - 1, kinds, required, 0, 0, read}
#define TEXT_RULE(name, kinds, required, max, read) \
    {#name, sizeof #name - 1, kinds, required, max, offsetof(spl_event, name), read}
// clang-format on

// In the order of spl_event_write, outcomes' own fields after those of exposures.
static const field_rule RULES[] = {
    RULE(id, BOTH, BOTH, read_id),
    RULE(time, BOTH, BOTH, read_time),
    RULE(exposure, OUTCOME, 0, read_exposure_id),
    TEXT_RULE(experiment, BOTH, EXPOSURE, KEY_MAX, read_experiment),
    TEXT_RULE(unit, BOTH, EXPOSURE, SPL_EVENT_UNIT_MAX, read_text),
    RULE(bundle, EXPOSURE, 0, read_bundle),
    TEXT_RULE(segment, EXPOSURE, 0, 16384, read_text),
    RULE(level, EXPOSURE, 0, read_level),
    TEXT_RULE(variant, EXPOSURE, EXPOSURE, 256, read_text),
    RULE(propensity, EXPOSURE, EXPOSURE, read_propensity),
    RULE(probabilities, EXPOSURE, 0, read_probabilities),
    TEXT_RULE(reason, EXPOSURE, 0, 64, read_text),
    TEXT_RULE(mode, EXPOSURE, 0, 64, read_mode),
    TEXT_RULE(region, EXPOSURE, 0, 64, read_text),
    RULE(trace, EXPOSURE, 0, read_trace),
    RULE(context, EXPOSURE, 0, read_context),
    TEXT_RULE(name, OUTCOME, OUTCOME, 64, read_text),
    RULE(value, OUTCOME, 0, read_value),
};
#define RULE_COUNT (sizeof RULES / sizeof *RULES)

spl_event_parser *spl_event_parser_new(void)
{
    return calloc(1, sizeof(spl_event_parser));
}

void spl_event_parser_free(spl_event_parser *parser)
{
    if (!parser) return;
    spl_json_line_free(&parser->json);
    free(parser);
}

static bool key_is(spl_text key, const char *name, size_t size)
{
    return key.size == size && memcmp(key.data, name, size) == 0;
}

// Finds "type" wherever it stands; it decides what the other fields mean.
static bool read_type(const reading *r)
{
    uint32_t at = 1, fields = r->json->tokens[0].count;
    for (uint32_t i = 0; i < fields; i++, at = spl_json_after(r->json, at)) {
        spl_text type;
        if (!key_is(spl_json_raw(r->json, at), "type", 4)) continue;
        bool text = spl_json_string(r->json, at + 1, &type);
        if (text && key_is(type, "exposure", 8))
            r->event->kind = SPL_EVENT_EXPOSURE;
        else if (text && key_is(type, "outcome", 7))
            r->event->kind = SPL_EVENT_OUTCOME;
        else
            return spl_fail_field(r->error, "type", "must be \"exposure\" or \"outcome\"");
        return true;
    }
    return spl_fail_field(r->error, "type", "is missing; it must be \"exposure\" or \"outcome\"");
}

// The rule of that name; RULE_COUNT if there is none.
static size_t find_rule(spl_text key)
{
    size_t i = 0;
    while (i < RULE_COUNT && !key_is(key, RULES[i].name, RULES[i].name_size)) i++;
    return i;
}

// The same for the key at `at`, looked for once per key met.
static inline size_t rule_of(const reading *r, uint32_t at)
{
    uint8_t met = r->json->tokens[at].met;
    if (met == SPL_JSON_KEYS) return find_rule(spl_json_raw(r->json, at));
    uint8_t *tag = &r->json->keys.met[met].tag;
    if (*tag == 0) *tag = (uint8_t)(1 + find_rule(spl_json_raw(r->json, at)));
    return *tag - 1u;
}

static bool read_fields(const reading *r, uint32_t *seen)
{
    unsigned kind = r->event->kind == SPL_EVENT_EXPOSURE ? EXPOSURE : OUTCOME;
    uint32_t at = 1, fields = r->json->tokens[0].count;
    for (uint32_t i = 0; i < fields; i++, at = spl_json_after(r->json, at)) {
        size_t found = rule_of(r, at);
        if (found == RULE_COUNT) continue;
        const field_rule *rule = &RULES[found];
        if (!(rule->kinds & kind) || spl_json_is_null(r->json, at + 1)) continue;
        if (*seen & 1u << found) return spl_fail_field(r->error, rule->name, "stands twice");
        *seen |= 1u << found;
        if (!rule->read(r, at + 1, rule)) return false;
    }
    return true;
}

static bool check_required(const reading *r, uint32_t seen)
{
    const spl_event *event = r->event;
    unsigned kind = event->kind == SPL_EVENT_EXPOSURE ? EXPOSURE : OUTCOME;
    for (size_t i = 0; i < RULE_COUNT; i++) {
        if ((RULES[i].required & kind) && !(seen & 1u << i))
            return spl_fail_field(r->error, RULES[i].name, "is missing");
    }
    if (event->kind == SPL_EVENT_OUTCOME && !event->has_exposure && (!event->experiment.size || !event->unit.size))
        return spl_fail_field(r->error, "exposure", "is missing, and so is `experiment` with `unit`");
    return true;
}

// All but the arrays, whose counts say what they hold.
static void clear(spl_event *event)
{
    event->time_ms = 0;
    event->experiment = event->unit = event->bundle = event->segment = event->variant = (spl_text){0};
    event->level = 0;
    event->propensity = 0;
    event->probability_count = 0;
    event->reason = event->mode = event->region = event->name = (spl_text){0};
    event->has_trace = event->has_context = event->has_exposure = false;
    event->trace = 0;
    event->context_count = 0;
    event->value = 1;
}

bool spl_event_parse(spl_event_parser *parser, spl_text line, spl_event *event, spl_error *error)
{
    reading r = {&parser->json, event, error};
    uint32_t seen = 0;
    clear(event);
    return spl_json_line_read(&parser->json, line, error) && read_type(&r) && read_fields(&r, &seen) &&
           check_required(&r, seen);
}
