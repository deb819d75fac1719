// SPDX-License-Identifier: GPL-3.0-or-later
#include "events/event_context.h"

#include <stdio.h>

#include "samplit/hash.h"

static bool fail_entry(spl_error *error, spl_text name, const char *text)
{
    char field[96];
    spl_text cut = spl_text_cut(name, sizeof field - sizeof "context.");
    snprintf(field, sizeof field, "context.%.*s", (int)cut.size, cut.data);
    return spl_fail_field(error, field, "%s", text);
}

static bool read_value(spl_json_line *json, uint32_t token, spl_field *field)
{
    spl_text text;
    bool truth;
    if (spl_json_string(json, token, &text)) {
        field->kind = SPL_KIND_STRING;
        field->text = text.data;
        field->size = (uint32_t)text.size;
        return true;
    }
    if (spl_json_number(json, token, &field->number)) {
        field->kind = SPL_KIND_NUMBER;
        return true;
    }
    if (spl_json_boolean(json, token, &truth)) {
        field->kind = SPL_KIND_BOOLEAN;
        field->number = truth;
        return true;
    }
    return spl_json_is_null(json, token); // stays MISSING
}

bool spl_event_context_read(spl_json_line *json, uint32_t token, spl_named_field *fields, uint32_t *count,
                            spl_error *error)
{
    if (json->tokens[token].kind != SPL_JSON_OBJECT)
        return spl_fail_field(error, "context", "must be an object, as in {\"device\":\"mobile\"}");
    uint32_t entries = json->tokens[token].count, at = token + 1;
    if (entries > SPL_ATTRIBUTES_MAX)
        return spl_fail_field(error, "context", "has %u entries; at most %d are read", entries, SPL_ATTRIBUTES_MAX);
    for (uint32_t i = 0; i < entries; i++) {
        spl_named_field *entry = &fields[i];
        if (!spl_json_string(json, at, &entry->name))
            return spl_fail_field(error, "context", "a name holds half a surrogate pair");
        entry->field = (spl_field){.name = spl_json_key_hash(json, at, entry->name), .kind = SPL_KIND_MISSING};
        if (!read_value(json, at + 1, &entry->field))
            return fail_entry(error, entry->name, "must be a string, a number, true, false or null");
        at = spl_json_after(json, at);
    }
    *count = entries;
    return true;
}

bool spl_event_context_parse(spl_json_line *json, spl_text text, spl_named_field *fields, uint32_t *count,
                             spl_error *error)
{
    return spl_json_line_read(json, text, error) && spl_event_context_read(json, 0, fields, count, error);
}
