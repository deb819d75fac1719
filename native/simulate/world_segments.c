// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the segments of a world, level by level, so that the nodes come out in breadth-first
// order and no depth of nesting costs stack. Leaves say visits and rates; a segment above them may
// repeat what they sum up to, and is refused when it does not, so that a quoted figure is true.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simulate/world_parse.h"

#define VALUE_MAX_BYTES 256
#define VISITS_MIN 0.01 // a week
#define VISITS_MAX 1e12
#define ROUNDING 1e-9 // relative, of sums of decimal fractions

typedef struct builder {
    spl_world *world;
    spl_error *error;
    spl_world_node *nodes;
    spl_place *places; // [count] of the nodes
    double *rates;     // (count, variants), once all nodes are known
    uint32_t count, capacity;
} builder;

static bool out_of_memory(spl_error *error)
{
    return spl_fail(error, "out of memory");
}

static bool grow(builder *b)
{
    if (b->count < b->capacity) return true;
    uint32_t capacity = b->capacity ? 2 * b->capacity : 64;
    spl_world_node *nodes = realloc(b->nodes, capacity * sizeof *nodes);
    if (nodes) b->nodes = nodes;
    spl_place *places = realloc(b->places, capacity * sizeof *places);
    if (places) b->places = places;
    if (!nodes || !places) return out_of_memory(b->error);
    b->capacity = capacity;
    return true;
}

// The index of a value among those of its level, a new one if need be.
static bool intern(builder *b, uint32_t level, const spl_place *at, spl_text text, uint32_t *index)
{
    spl_world *world = b->world;
    uint32_t count = world->value_count[level];
    for (*index = 0; *index < count; ++*index) {
        if (spl_text_equal(world->values[level][*index].text, text)) return true;
    }
    if (count == SPL_WORLD_VALUES_MAX)
        return spl_fail_field(b->error, at->path, "expected at most %u values of one level", SPL_WORLD_VALUES_MAX);
    if ((count & (count - 1)) == 0) { // full: 0, 1, 2, 4, …
        spl_world_value *values = spl_world_take(world, count ? 2 * (size_t)count : 1, sizeof *values);
        if (!values) return out_of_memory(b->error);
        if (count) memcpy(values, world->values[level], count * sizeof *values);
        world->values[level] = values;
    }
    ((spl_world_value *)world->values[level])[count].text = text;
    world->value_count[level]++;
    return true;
}

static bool add_child(builder *b, uint32_t parent, const spl_place *at)
{
    uint32_t level = b->nodes[parent].depth, value, first = b->nodes[parent].first_child;
    if (level == b->world->level_count)
        return spl_fail_field(b->error, at->path, "expected no segments below the last of the %u levels", level);
    if (!spl_place_is_object(at, "value visits rate rates segments", b->error)) return false;
    spl_place name = spl_place_field(at, "value");
    spl_text text;
    if (!spl_place_text(&name, VALUE_MAX_BYTES, &text, b->error)) return false;
    if (!intern(b, level, &name, text, &value)) return false;
    for (uint32_t i = first; i < b->count; i++) {
        if (b->nodes[i].value == value)
            return spl_fail_field(b->error, name.path, "\"%s\" stands twice in its segment", text.data);
    }
    if (b->count == SPL_WORLD_NODES_MAX)
        return spl_fail_field(b->error, at->path, "expected at most %u segments", SPL_WORLD_NODES_MAX);
    if (!grow(b)) return false;
    b->nodes[b->count] = (spl_world_node){.parent = parent, .depth = level + 1, .value = value};
    b->places[b->count] = *at;
    b->count++;
    return true;
}

static bool add_children(builder *b, uint32_t parent)
{
    spl_place at = spl_place_field(&b->places[parent], "segments");
    if (!at.json && parent > 0) return true;
    uint32_t count, n = 0;
    if (!spl_place_is_array(&at, 1, SPL_WORLD_NODES_MAX, &count, b->error)) return false;
    b->nodes[parent].first_child = b->count;
    const cJSON *item;
    cJSON_ArrayForEach(item, at.json)
    {
        spl_place child = spl_place_item(&at, item, n++);
        if (!add_child(b, parent, &child)) return false;
    }
    b->nodes[parent].child_count = count;
    return true;
}

// The rates of a leaf, within [0, 1] for new and returning visitors alike.
static bool parse_rates(builder *b, uint32_t node, double *rates)
{
    const spl_world *world = b->world;
    spl_place at = spl_place_field(&b->places[node], "rates");
    uint32_t count, n = 0;
    if (!spl_place_is_array(&at, world->variant_count, world->variant_count, &count, b->error)) return false;
    double factor = fmax(world->multiplier[0], world->multiplier[1]);
    const cJSON *item;
    cJSON_ArrayForEach(item, at.json)
    {
        spl_place place = spl_place_item(&at, item, n);
        if (!spl_place_number(&place, 0, 1, &rates[n], b->error)) return false;
        if (rates[n] * factor > 1)
            return spl_fail_field(b->error, place.path, "%g times %g, for new or returning visitors, is above 1",
                                  rates[n], factor);
        n++;
    }
    return true;
}

static bool parse_leaf(builder *b, uint32_t node)
{
    spl_place visits = spl_place_field(&b->places[node], "visits");
    if (!spl_place_number(&visits, VISITS_MIN, VISITS_MAX, &b->nodes[node].visits, b->error)) return false;
    return parse_rates(b, node, b->rates + (size_t)node * b->world->variant_count);
}

// The sums over the children, and their shares.
static void sum_children(builder *b, uint32_t node)
{
    uint32_t k = b->world->variant_count;
    spl_world_node *parent = &b->nodes[node], *children = b->nodes + parent->first_child;
    double *rates = b->rates + (size_t)node * k, *child_rates = b->rates + (size_t)parent->first_child * k;
    for (uint32_t c = 0; c < parent->child_count; c++) {
        parent->visits += children[c].visits;
        children[c].end = parent->visits;
        for (uint32_t v = 0; v < k; v++) rates[v] += children[c].visits * child_rates[c * k + v];
    }
    for (uint32_t v = 0; v < k; v++) rates[v] /= parent->visits;
    for (uint32_t c = 0; c < parent->child_count; c++) children[c].end /= parent->visits;
    children[parent->child_count - 1].end = 1;
}

// What a segment quotes must be what its leaves give.
static bool check_quoted(builder *b, uint32_t node)
{
    spl_place visits = spl_place_field(&b->places[node], "visits"), rate = spl_place_field(&b->places[node], "rate");
    double quoted, sum = b->nodes[node].visits, mean = 0;
    if (node == 0) return true;
    if (visits.json) {
        if (!spl_place_number(&visits, 0, VISITS_MAX, &quoted, b->error)) return false;
        if (fabs(quoted - sum) > ROUNDING * sum)
            return spl_fail_field(b->error, visits.path, "%.15g, but the segments in it have %.15g", quoted, sum);
    }
    if (!rate.json) return true;
    uint32_t k = b->world->variant_count;
    for (uint32_t v = 0; v < k; v++) mean += b->rates[(size_t)node * k + v] / k;
    if (!spl_place_number(&rate, 0, 1, &quoted, b->error)) return false;
    if (fabs(quoted - mean) > ROUNDING)
        return spl_fail_field(b->error, rate.path, "%.15g, but under uniform traffic it is %.15g", quoted, mean);
    return true;
}

static bool fill_nodes(builder *b)
{
    uint32_t k = b->world->variant_count;
    b->rates = spl_world_take(b->world, (size_t)b->count * k, sizeof *b->rates);
    if (!b->rates) return out_of_memory(b->error);
    for (uint32_t i = b->count; i-- > 0;) {
        spl_world_node *node = &b->nodes[i];
        if (node->child_count > 0) {
            sum_children(b, i);
        } else if (!parse_leaf(b, i)) {
            return false;
        }
        if (!check_quoted(b, i)) return false;
        node->rates = b->rates + (size_t)i * k;
        for (uint32_t v = 1; v < k; v++) {
            if (node->rates[v] > node->rates[node->best]) node->best = v;
        }
    }
    return true;
}

// Appends with the escapes of segment keys: %XX for what has a meaning there.
static char *put_escaped(char *out, spl_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c < 0x20 || c == '%' || c == '|' || c == ':') {
            out += sprintf(out, "%%%02X", c);
        } else {
            *out++ = (char)c;
        }
    }
    return out;
}

// level_order[i] = the level whose attribute is i-th in byte order.
static void sort_levels(const spl_world *world, uint32_t *order)
{
    for (uint32_t i = 0; i < world->level_count; i++) {
        uint32_t at = i;
        for (; at > 0 && strcmp(world->levels[order[at - 1]].data, world->levels[i].data) > 0; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

static bool make_key(builder *b, uint32_t node, const uint32_t *order)
{
    const spl_world *world = b->world;
    spl_text values[SPL_WORLD_LEVELS_MAX] = {{0}};
    size_t bytes = 1;
    for (uint32_t i = node; i > 0; i = b->nodes[i].parent) {
        uint32_t level = b->nodes[i].depth - 1;
        values[level] = world->values[level][b->nodes[i].value].text;
        bytes += 3 * (world->levels[level].size + values[level].size) + 2;
    }
    char *text = spl_world_take(b->world, bytes, 1), *end = text;
    if (!text) return out_of_memory(b->error);
    for (uint32_t i = 0; i < world->level_count; i++) {
        if (values[order[i]].size == 0) continue;
        if (end > text) *end++ = '|';
        end = put_escaped(end, world->levels[order[i]]);
        *end++ = ':';
        end = put_escaped(end, values[order[i]]);
    }
    b->nodes[node].key = node ? (spl_text){text, (size_t)(end - text)} : SPL_TEXT("global");
    return true;
}

static bool build(builder *b)
{
    uint32_t order[SPL_WORLD_LEVELS_MAX];
    sort_levels(b->world, order);
    if (!grow(b)) return false;
    b->nodes[0] = (spl_world_node){.parent = SPL_NO_NODE, .end = 1};
    b->count = 1;
    for (uint32_t i = 0; i < b->count; i++) {
        if (!add_children(b, i)) return false;
    }
    if (!fill_nodes(b)) return false;
    for (uint32_t i = 0; i < b->count; i++) {
        if (!make_key(b, i, order)) return false;
    }
    spl_world_node *nodes = spl_world_take(b->world, b->count, sizeof *nodes);
    if (!nodes) return out_of_memory(b->error);
    memcpy(nodes, b->nodes, b->count * sizeof *nodes);
    b->world->nodes = nodes;
    b->world->node_count = b->count;
    return true;
}

bool spl_world_parse_segments(const spl_place *document, spl_world *world, spl_error *error)
{
    builder b = {.world = world, .error = error};
    b.places = malloc(64 * sizeof *b.places);
    b.nodes = malloc(64 * sizeof *b.nodes);
    b.capacity = b.places && b.nodes ? 64 : 0;
    if (b.capacity) b.places[0] = *document;
    bool good = b.capacity ? build(&b) : out_of_memory(error);
    free(b.nodes);
    free(b.places);
    return good;
}
