// SPDX-License-Identifier: GPL-3.0-or-later
// The context goes through spl_context_build, as it does when a decision is made, so a raw `user_agent` gives the
// same `device` here as there. A site that keeps contexts to itself logs only the segment that served; its
// attributes are then all that is known, and they are enough to learn that far down the tree.
#include "learn/level_values.h"

#include <stdlib.h>

#include "bundle/segment_key.h"
#include "samplit/hash.h"

struct spl_level_values {
    uint32_t level_count;
    uint64_t names[SPL_TREE_DEPTH_MAX];
    spl_text values[SPL_TREE_DEPTH_MAX];
    char numbers[SPL_TREE_DEPTH_MAX][SPL_NUMBER_TEXT_MAX];
    spl_context context;
    spl_field fields[SPL_ATTRIBUTES_MAX];
    char *decoded; // parts of a segment key, escapes taken out
    size_t decoded_size;
};

spl_level_values *spl_level_values_new(const spl_level *levels, uint32_t level_count)
{
    spl_level_values *reader = calloc(1, sizeof *reader);
    if (!reader) return NULL;
    reader->level_count = level_count;
    for (uint32_t i = 0; i < level_count; i++) reader->names[i] = spl_name_hash(levels[i].attribute);
    return reader;
}

void spl_level_values_free(spl_level_values *reader)
{
    if (!reader) return;
    free(reader->decoded);
    free(reader);
}

// The segment's pairs as fields. False when out of memory.
static bool segment_fields(spl_level_values *reader, spl_text segment, uint32_t *count)
{
    spl_text attribute, value;
    *count = 0;
    if (segment.size > reader->decoded_size) {
        char *larger = realloc(reader->decoded, segment.size);
        if (!larger) return false;
        reader->decoded = larger;
        reader->decoded_size = segment.size;
    }
    char *out = reader->decoded;
    for (size_t at = 0; *count < SPL_ATTRIBUTES_MAX && spl_segment_next(segment, &at, &attribute, &value);) {
        size_t name_size = spl_segment_decode(attribute, out), value_size = spl_segment_decode(value, out + name_size);
        spl_field *field = &reader->fields[(*count)++];
        *field = (spl_field){.name = spl_name_hash((spl_text){out, name_size}), .kind = SPL_KIND_STRING};
        field->text = out + name_size;
        field->size = (uint32_t)value_size;
        out += name_size + value_size;
    }
    return true;
}

static spl_text value_text(const spl_attribute *attribute, char number[SPL_NUMBER_TEXT_MAX])
{
    switch (attribute->kind) {
    case SPL_KIND_STRING: return (spl_text){attribute->text, attribute->size};
    case SPL_KIND_BOOLEAN: return attribute->number != 0 ? SPL_TEXT("true") : SPL_TEXT("false");
    case SPL_KIND_NUMBER: return (spl_text){number, spl_number_text(attribute->number, number)};
    default: return (spl_text){NULL, 0};
    }
}

const spl_text *spl_level_values_read(spl_level_values *reader, const spl_event *exposure)
{
    uint32_t count = exposure->context_count;
    for (uint32_t i = 0; i < count; i++) reader->fields[i] = exposure->context[i].field;
    if (count == 0 && !segment_fields(reader, exposure->segment, &count)) return NULL;
    spl_context_build(&reader->context, reader->fields, count);
    for (uint32_t i = 0; i < reader->level_count; i++) {
        const spl_attribute *attribute = spl_context_find(&reader->context, reader->names[i]);
        reader->values[i] = attribute ? value_text(attribute, reader->numbers[i]) : (spl_text){NULL, 0};
    }
    return reader->values;
}
