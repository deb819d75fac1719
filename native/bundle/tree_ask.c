// SPDX-License-Identifier: GPL-3.0-or-later
#include "bundle/tree_ask.h"

#include <stdlib.h>
#include <string.h>

#include "bundle/segment_fields.h"
#include "bundle/segment_key.h"
#include "host/texts.h"
#include "host/visible.h"
#include "samplit/hash.h"

static bool out_of_memory(spl_error *error)
{
    return spl_fail(error, "out of memory");
}

// The key with its pairs in order of attribute, from malloc.
static char *sorted_key(spl_text key, size_t *size)
{
    spl_text attributes[SPL_TREE_DEPTH_MAX], values[SPL_TREE_DEPTH_MAX], a, v;
    uint32_t n = 0;
    char *out = malloc(key.size + 1), *to = out;
    for (size_t at = 0; n < SPL_TREE_DEPTH_MAX && spl_segment_next(key, &at, &a, &v); n++) {
        uint32_t i = n;
        for (; i > 0 && spl_text_before(a, attributes[i - 1]); i--)
            attributes[i] = attributes[i - 1], values[i] = values[i - 1];
        attributes[i] = a, values[i] = v;
    }
    for (uint32_t i = 0; out && i < n; i++) {
        if (i > 0) *to++ = '|';
        memcpy(to, attributes[i].data, attributes[i].size), to += attributes[i].size;
        if ((size_t)(to - out) < key.size) *to++ = ':';
        memcpy(to, values[i].data, values[i].size), to += values[i].size;
    }
    *size = out ? (size_t)(to - out) : 0;
    return out;
}

// The tree's node of that key in any order; SPL_NO_NODE if there is none.
static uint32_t find(const spl_tree *tree, spl_text key)
{
    uint32_t node = spl_tree_find(tree, key);
    if (node != SPL_NO_NODE) return node;
    size_t size;
    char *sorted = sorted_key(key, &size);
    if (sorted) node = spl_tree_find(tree, (spl_text){sorted, size});
    free(sorted);
    return node;
}

// The visitor that a key describes. From malloc; NULL when out of memory.
static spl_context *context_of(spl_text key, spl_segment_room *room)
{
    spl_context *context = malloc(sizeof *context);
    spl_field *fields = malloc(SPL_ATTRIBUTES_MAX * sizeof *fields);
    uint32_t count;
    bool ok = context && fields && spl_segment_fields(key, room, fields, &count);
    if (ok) spl_context_build(context, fields, count);
    free(fields);
    if (ok) return context;
    free(context);
    return NULL;
}

static bool no_such(const spl_view *view, spl_text key, spl_error *error)
{
    spl_segment_room room = {0};
    spl_context *context = context_of(key, &room);
    uint32_t path[SPL_TREE_DEPTH_MAX], last = 0;
    if (context) last = path[spl_tree_path(&view->bundle->tree, context, path) - 1];
    free(context);
    free(room.data);
    spl_text nearest = spl_tree_key(&view->bundle->tree, view->nodes[view->nodes[spl_view_of(view, last)].server].node);
    char *asked = spl_visible(spl_text_cut(key, 200), true), *there = spl_visible(spl_text_cut(nearest, 200), true);
    spl_fail(error, "there is no segment \"%s\"; such visitors are served by \"%s\"", asked ? asked : "",
             there ? there : "");
    free(asked);
    free(there);
    return false;
}

static bool add(spl_tree_answer *out, uint32_t index)
{
    uint32_t *nodes = realloc(out->nodes, (out->count + 1) * sizeof *nodes);
    if (!nodes) return false;
    out->nodes = nodes;
    nodes[out->count++] = index;
    return true;
}

static bool add_all(const spl_view *view, uint32_t index, spl_tree_answer *out)
{
    const uint32_t node = view->nodes[index].node;
    uint32_t path[SPL_TREE_DEPTH_MAX], depth;
    bool ok = true;
    switch (out->question) {
    case SPL_ASK_NODE: return add(out, index);
    case SPL_ASK_CHILDREN:
        for (uint32_t i = index + 1; ok && i < view->count; i++) ok = view->nodes[i].parent != index || add(out, i);
        return ok;
    default:
        depth = spl_tree_ancestors(&view->bundle->tree, node, path);
        for (uint32_t i = 0; ok && i + 1 < depth; i++) ok = add(out, spl_view_of(view, path[i]));
        return ok;
    }
}

bool spl_tree_ask(const spl_view *view, spl_tree_question question, spl_text key, spl_tree_answer *out,
                  spl_error *error)
{
    if (question == SPL_ASK_PATH) {
        spl_segment_room room = {0};
        spl_context *context = context_of(key, &room);
        bool found = context ? spl_tree_ask_context(view, context, out, error) : out_of_memory(error);
        free(context);
        free(room.data);
        return found;
    }
    uint32_t node = find(&view->bundle->tree, key);
    if (node == SPL_NO_NODE) return no_such(view, key, error);
    uint32_t index = spl_view_of(view, node);
    spl_tree_answer answer = {.question = question, .server = view->nodes[index].server};
    if (!add_all(view, index, &answer)) {
        spl_tree_answer_free(&answer);
        return out_of_memory(error);
    }
    *out = answer;
    return true;
}

// Why a path ends at a node: what the visitor would have needed to go on.
static char *end_of(const spl_view *view, uint32_t index, const spl_context *context)
{
    spl_text split = spl_view_split(view, index);
    const spl_attribute *attribute = spl_context_find(context, split.size > 0 ? spl_name_hash(split) : 0);
    char number[SPL_NUMBER_TEXT_MAX];
    char *name = spl_visible(split, true), *end = NULL;
    spl_text value = {NULL, 0};
    if (attribute && attribute->kind == SPL_KIND_STRING) value = (spl_text){attribute->text, attribute->size};
    if (attribute && attribute->kind == SPL_KIND_NUMBER)
        value = (spl_text){number, spl_number_text(attribute->number, number)};
    if (attribute && attribute->kind == SPL_KIND_BOOLEAN)
        value = attribute->number != 0 ? SPL_TEXT("true") : SPL_TEXT("false");
    char *shown = spl_visible(value, true);
    size_t size;
    FILE *out = name && shown ? open_memstream(&end, &size) : NULL;
    if (out) {
        if (split.size == 0)
            fputs("the tree ends here", out);
        else if (!attribute)
            fprintf(out, "the visitor has no %s", name);
        else
            fprintf(out, "there is no segment for %s:%s", name, shown);
        if (fclose(out) != 0) end = NULL;
    }
    free(name);
    free(shown);
    return end;
}

bool spl_tree_ask_context(const spl_view *view, const spl_context *context, spl_tree_answer *out, spl_error *error)
{
    uint32_t path[SPL_TREE_DEPTH_MAX], count = spl_tree_path(&view->bundle->tree, context, path);
    spl_tree_answer answer = {.question = SPL_ASK_PATH};
    bool ok = true;
    for (uint32_t i = 0; ok && i < count; i++) ok = add(&answer, spl_view_of(view, path[i]));
    if (ok) {
        uint32_t last = answer.nodes[count - 1];
        answer.server = view->nodes[last].server;
        answer.end = end_of(view, last, context);
        ok = answer.end != NULL;
    }
    if (ok)
        *out = answer;
    else
        spl_tree_answer_free(&answer);
    return ok || out_of_memory(error);
}

void spl_tree_answer_free(spl_tree_answer *answer)
{
    free(answer->nodes);
    free(answer->end);
    *answer = (spl_tree_answer){0};
}
