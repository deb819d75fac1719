// SPDX-License-Identifier: GPL-3.0-or-later
// Writes into memory of the caller through a cursor that stops, once and for all, where the room ends.
#include <string.h>

#include "events/event.h"
#include "events/event_stamp.h"
#include "json/number.h"
#include "samplit/num.h"

#define ESCAPED_MAX 6 // bytes that one byte of text can become: \u001f
#define FIXED_MAX 1024 // names, quotes, times, ids, hashes and single numbers of one event

typedef struct cursor {
    char *at, *end;
    bool full;
} cursor;

static void put(cursor *out, const char *data, size_t size)
{
    if ((size_t)(out->end - out->at) < size) {
        out->full = true;
        out->end = out->at;
        return;
    }
    memcpy(out->at, data, size);
    out->at += size;
}

#define PUT(out, literal) put(out, literal, sizeof(literal) - 1)

static void put_number(cursor *out, double value)
{
    char text[SPL_NUMBER_MAX];
    if (spl_is_finite(value)) put(out, text, spl_number_write(value, text));
    else PUT(out, "null");
}

static bool needs_escape(char c)
{
    return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

// How many bytes from text[from] on stand in JSON as they are; eight at a time, by the zero-byte
// test (x - 01..) & ~x & 80.. on the text's differences to what must be escaped.
static size_t plain_bytes(spl_text text, size_t from)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
    size_t i = from;
    for (; i + 8 <= text.size; i += 8) {
        uint64_t word;
        memcpy(&word, text.data + i, 8);
        uint64_t quote = word ^ ones * '"', slash = word ^ ones * '\\';
        uint64_t hit = ((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash);
        if (hit & high) break;
    }
    while (i < text.size && !needs_escape(text.data[i])) i++;
    return i - from;
}

static void put_escape(cursor *out, char c)
{
    static const char hex[] = "0123456789abcdef";
    char text[ESCAPED_MAX] = {'\\', c, '0', '0', 0, 0};
    if (c == '"' || c == '\\') {
        put(out, text, 2);
        return;
    }
    text[1] = 'u';
    text[2] = '0';
    text[3] = '0';
    text[4] = hex[(unsigned char)c >> 4];
    text[5] = hex[(unsigned char)c & 15];
    put(out, text, 6);
}

static void put_string(cursor *out, spl_text text)
{
    PUT(out, "\"");
    for (size_t i = 0; i < text.size;) {
        size_t plain = plain_bytes(text, i);
        put(out, text.data + i, plain);
        i += plain;
        if (i < text.size) put_escape(out, text.data[i++]);
    }
    PUT(out, "\"");
}

static void put_uuid(cursor *out, const uint8_t id[16])
{
    char text[SPL_UUID_CHARS];
    spl_uuid_write(id, text);
    PUT(out, "\"");
    put(out, text, sizeof text);
    PUT(out, "\"");
}

static void put_time(cursor *out, int64_t time_ms)
{
    char text[SPL_TIME_CHARS];
    spl_time_write(time_ms, text);
    PUT(out, "\"");
    put(out, text, sizeof text);
    PUT(out, "\"");
}

static void put_trace(cursor *out, uint64_t trace)
{
    char text[SPL_HASH_CHARS];
    spl_hash_write(trace, text);
    PUT(out, "\"");
    put(out, text, sizeof text);
    PUT(out, "\"");
}

// ,"name":"text" unless the text is empty; `name` holds the comma, the quotes and the colon.
static void put_optional(cursor *out, const char *name, spl_text text)
{
    if (text.size == 0) return;
    put(out, name, strlen(name));
    put_string(out, text);
}

static void put_probabilities(cursor *out, const spl_event *event)
{
    if (event->probability_count == 0) return;
    PUT(out, ",\"probabilities\":");
    for (uint32_t i = 0; i < event->probability_count; i++) {
        put(out, i ? "," : "[", 1);
        put_number(out, event->probabilities[i]);
    }
    PUT(out, "]");
}

static void put_value(cursor *out, const spl_field *field)
{
    switch (field->kind) {
    case SPL_KIND_NUMBER: put_number(out, field->number); return;
    case SPL_KIND_STRING: put_string(out, (spl_text){field->text, field->size}); return;
    case SPL_KIND_BOOLEAN:
        if (field->number != 0) PUT(out, "true");
        else PUT(out, "false");
        return;
    default: PUT(out, "null");
    }
}

static void put_context(cursor *out, const spl_event *event)
{
    if (event->context_count == 0) return;
    PUT(out, ",\"context\":");
    for (uint32_t i = 0; i < event->context_count; i++) {
        put(out, i ? "," : "{", 1);
        put_string(out, event->context[i].name);
        PUT(out, ":");
        put_value(out, &event->context[i].field);
    }
    PUT(out, "}");
}

static void put_exposure(cursor *out, const spl_event *event)
{
    PUT(out, ",\"experiment\":");
    put_string(out, event->experiment);
    PUT(out, ",\"unit\":");
    put_string(out, event->unit);
    put_optional(out, ",\"bundle\":", event->bundle);
    if (event->segment.size > 0) {
        put_optional(out, ",\"segment\":", event->segment);
        PUT(out, ",\"level\":");
        put_number(out, event->level);
    }
    PUT(out, ",\"variant\":");
    put_string(out, event->variant);
    PUT(out, ",\"propensity\":");
    put_number(out, event->propensity);
    put_probabilities(out, event);
    put_optional(out, ",\"reason\":", event->reason);
    put_optional(out, ",\"mode\":", event->mode);
    put_optional(out, ",\"region\":", event->region);
    if (event->has_trace) {
        PUT(out, ",\"trace\":");
        put_trace(out, event->trace);
    }
    put_context(out, event);
}

static void put_outcome(cursor *out, const spl_event *event)
{
    if (event->has_exposure) {
        PUT(out, ",\"exposure\":");
        put_uuid(out, event->exposure);
    }
    put_optional(out, ",\"experiment\":", event->experiment);
    put_optional(out, ",\"unit\":", event->unit);
    PUT(out, ",\"name\":");
    put_string(out, event->name);
    PUT(out, ",\"value\":");
    put_number(out, event->value);
}

size_t spl_event_write(const spl_event *event, char *out, size_t size)
{
    cursor at = {out, out + size, false};
    if (event->kind == SPL_EVENT_EXPOSURE) PUT(&at, "{\"type\":\"exposure\",\"id\":");
    else PUT(&at, "{\"type\":\"outcome\",\"id\":");
    put_uuid(&at, event->id);
    PUT(&at, ",\"time\":");
    put_time(&at, event->time_ms);
    if (event->kind == SPL_EVENT_EXPOSURE) put_exposure(&at, event);
    else put_outcome(&at, event);
    PUT(&at, "}\n");
    return at.full ? 0 : (size_t)(at.at - out);
}

size_t spl_event_size_max(const spl_event *event)
{
    size_t text = event->experiment.size + event->unit.size, numbers = 0;
    if (event->kind == SPL_EVENT_OUTCOME) return FIXED_MAX + ESCAPED_MAX * (text + event->name.size);
    text += event->bundle.size + event->segment.size + event->variant.size + event->reason.size + event->mode.size +
            event->region.size;
    for (uint32_t i = 0; i < event->context_count; i++) {
        text += event->context[i].name.size;
        if (event->context[i].field.kind == SPL_KIND_STRING) text += event->context[i].field.size;
    }
    numbers = event->probability_count + (size_t)event->context_count;
    return FIXED_MAX + ESCAPED_MAX * text + (SPL_NUMBER_MAX + 8) * numbers;
}
