// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "events/event.h"
#include "events/event_stamp.h"
#include "json/json_out.h"
#include "json/number.h"

#define FIXED_MAX 1024 // names, quotes, times, ids, hashes and single numbers of one event

static void put_uuid(spl_json_out *out, const uint8_t id[16])
{
    char text[SPL_UUID_CHARS];
    spl_uuid_write(id, text);
    SPL_JSON_PUT(out, "\"");
    spl_json_put(out, text, sizeof text);
    SPL_JSON_PUT(out, "\"");
}

static void put_time(spl_json_out *out, int64_t time_ms)
{
    char text[SPL_TIME_CHARS];
    spl_time_write(time_ms, text);
    SPL_JSON_PUT(out, "\"");
    spl_json_put(out, text, sizeof text);
    SPL_JSON_PUT(out, "\"");
}

static void put_trace(spl_json_out *out, uint64_t trace)
{
    char text[SPL_HASH_CHARS];
    spl_hash_write(trace, text);
    SPL_JSON_PUT(out, "\"");
    spl_json_put(out, text, sizeof text);
    SPL_JSON_PUT(out, "\"");
}

// ,"name":"text" unless the text is empty; `name` holds the comma, the quotes and the colon.
static void put_optional(spl_json_out *out, const char *name, spl_text text)
{
    if (text.size == 0) return;
    spl_json_put(out, name, strlen(name));
    spl_json_put_string(out, text);
}

static void put_probabilities(spl_json_out *out, const spl_event *event)
{
    if (event->probability_count == 0) return;
    SPL_JSON_PUT(out, ",\"probabilities\":");
    for (uint32_t i = 0; i < event->probability_count; i++) {
        spl_json_put(out, i ? "," : "[", 1);
        spl_json_put_number(out, event->probabilities[i]);
    }
    SPL_JSON_PUT(out, "]");
}

static void put_value(spl_json_out *out, const spl_field *field)
{
    switch (field->kind) {
    case SPL_KIND_NUMBER: spl_json_put_number(out, field->number); return;
    case SPL_KIND_STRING: spl_json_put_string(out, (spl_text){field->text, field->size}); return;
    case SPL_KIND_BOOLEAN:
        if (field->number != 0)
            SPL_JSON_PUT(out, "true");
        else
            SPL_JSON_PUT(out, "false");
        return;
    default: SPL_JSON_PUT(out, "null");
    }
}

static void put_context(spl_json_out *out, const spl_event *event)
{
    if (!event->has_context) return;
    SPL_JSON_PUT(out, ",\"context\":{");
    for (uint32_t i = 0; i < event->context_count; i++) {
        if (i > 0) SPL_JSON_PUT(out, ",");
        spl_json_put_string(out, event->context[i].name);
        SPL_JSON_PUT(out, ":");
        put_value(out, &event->context[i].field);
    }
    SPL_JSON_PUT(out, "}");
}

static void put_exposure(spl_json_out *out, const spl_event *event)
{
    SPL_JSON_PUT(out, ",\"experiment\":");
    spl_json_put_string(out, event->experiment);
    SPL_JSON_PUT(out, ",\"unit\":");
    spl_json_put_string(out, event->unit);
    put_optional(out, ",\"bundle\":", event->bundle);
    if (event->segment.size > 0) {
        put_optional(out, ",\"segment\":", event->segment);
        SPL_JSON_PUT(out, ",\"level\":");
        spl_json_put_number(out, event->level);
    }
    SPL_JSON_PUT(out, ",\"variant\":");
    spl_json_put_string(out, event->variant);
    SPL_JSON_PUT(out, ",\"propensity\":");
    spl_json_put_number(out, event->propensity);
    put_probabilities(out, event);
    put_optional(out, ",\"reason\":", event->reason);
    put_optional(out, ",\"mode\":", event->mode);
    put_optional(out, ",\"region\":", event->region);
    if (event->has_trace) {
        SPL_JSON_PUT(out, ",\"trace\":");
        put_trace(out, event->trace);
    }
    put_context(out, event);
}

static void put_outcome(spl_json_out *out, const spl_event *event)
{
    if (event->has_exposure) {
        SPL_JSON_PUT(out, ",\"exposure\":");
        put_uuid(out, event->exposure);
    }
    put_optional(out, ",\"experiment\":", event->experiment);
    put_optional(out, ",\"unit\":", event->unit);
    SPL_JSON_PUT(out, ",\"name\":");
    spl_json_put_string(out, event->name);
    SPL_JSON_PUT(out, ",\"value\":");
    spl_json_put_number(out, event->value);
}

size_t spl_event_write(const spl_event *event, char *out, size_t size)
{
    spl_json_out at = {out, out + size, false};
    if (event->kind == SPL_EVENT_EXPOSURE)
        SPL_JSON_PUT(&at, "{\"type\":\"exposure\",\"id\":");
    else
        SPL_JSON_PUT(&at, "{\"type\":\"outcome\",\"id\":");
    put_uuid(&at, event->id);
    SPL_JSON_PUT(&at, ",\"time\":");
    put_time(&at, event->time_ms);
    if (event->kind == SPL_EVENT_EXPOSURE)
        put_exposure(&at, event);
    else
        put_outcome(&at, event);
    SPL_JSON_PUT(&at, "}\n");
    return at.full ? 0 : (size_t)(at.at - out);
}

size_t spl_event_size_max(const spl_event *event)
{
    size_t text = event->experiment.size + event->unit.size, numbers = 0;
    if (event->kind == SPL_EVENT_OUTCOME) return FIXED_MAX + SPL_JSON_ESCAPED_MAX * (text + event->name.size);
    text += event->bundle.size + event->segment.size + event->variant.size + event->reason.size + event->mode.size +
            event->region.size;
    for (uint32_t i = 0; i < event->context_count; i++) {
        text += event->context[i].name.size;
        if (event->context[i].field.kind == SPL_KIND_STRING) text += event->context[i].field.size;
    }
    numbers = event->probability_count + (size_t)event->context_count;
    return FIXED_MAX + SPL_JSON_ESCAPED_MAX * text + (SPL_NUMBER_MAX + 8) * numbers;
}
