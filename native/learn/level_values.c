// SPDX-License-Identifier: GPL-3.0-or-later
// The context goes through spl_context_build, as it does when a decision is made, so a raw `user_agent` gives the
// same `device` here as there. A site that keeps contexts to itself logs only the segment that served; its
// attributes are then all that is known, and they are enough to learn that far down the tree.
#include "learn/level_values.h"

#include <stdlib.h>

#include "bundle/segment_fields.h"
#include "samplit/decide.h"
#include "samplit/hash.h"

struct spl_level_values {
    uint32_t level_count;
    uint64_t names[SPL_TREE_DEPTH_MAX];
    spl_text values[SPL_TREE_DEPTH_MAX];
    char numbers[SPL_TREE_DEPTH_MAX][SPL_NUMBER_TEXT_MAX];
    const spl_bundle *model; // NULL = none
    spl_workspace *workspace;
    void *memory;
    spl_context own, *context; // without a model; the one in use
    spl_field fields[SPL_ATTRIBUTES_MAX];
    spl_segment_room room;
};

// The workspace that the model places contexts in.
static bool prepare_model(spl_level_values *reader, const spl_bundle *model)
{
    size_t bytes;
    reader->model = model;
    reader->workspace = malloc(sizeof *reader->workspace);
    if (!reader->workspace || spl_workspace_bytes(model, &bytes) != SPL_OK) return false;
    reader->memory = malloc(bytes + 1);
    if (!reader->memory) return false;
    spl_arena arena = spl_arena_over(reader->memory, bytes + 1);
    reader->context = &reader->workspace->context;
    return spl_workspace_init(model, &arena, reader->workspace) == SPL_OK;
}

spl_level_values *spl_level_values_new(const spl_level *levels, uint32_t level_count, const spl_bundle *model)
{
    spl_level_values *reader = calloc(1, sizeof *reader);
    if (!reader) return NULL;
    reader->context = &reader->own;
    if (model && !prepare_model(reader, model)) {
        spl_level_values_free(reader);
        return NULL;
    }
    reader->level_count = level_count;
    for (uint32_t i = 0; i < level_count; i++) reader->names[i] = spl_name_hash(levels[i].attribute);
    return reader;
}

void spl_level_values_free(spl_level_values *reader)
{
    if (!reader) return;
    free(reader->room.data);
    free(reader->memory);
    free(reader->workspace);
    free(reader);
}

const spl_context *spl_level_values_context(const spl_level_values *reader)
{
    return reader->context;
}

spl_text spl_attribute_text(const spl_attribute *attribute, char number[SPL_NUMBER_TEXT_MAX])
{
    if (!attribute) return (spl_text){NULL, 0};
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
    if (!exposure->has_context && !spl_segment_fields(exposure->segment, &reader->room, reader->fields, &count))
        return NULL;
    spl_context_build(reader->context, reader->fields, count);
    if (reader->model && exposure->has_context) spl_decide_place(reader->model, reader->workspace);
    for (uint32_t i = 0; i < reader->level_count; i++) {
        const spl_attribute *attribute = spl_context_find(reader->context, reader->names[i]);
        reader->values[i] = spl_attribute_text(attribute, reader->numbers[i]);
    }
    return reader->values;
}
