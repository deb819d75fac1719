// SPDX-License-Identifier: GPL-3.0-or-later
// A tree of segments in arrays, found through one hash table keyed by (parent, XXH64 of the value).
// The served tree compares values by that same 64-bit hash, so two values that collided would be one
// segment there as well as here. How the exposures of a segment become its moments is said in moments.c.
#include "learn/state.h"

#include <stdlib.h>
#include <string.h>

#include "samplit/hash.h"
#include "samplit/policy.h"

#define DEFAULT_SEGMENTS 200000u
#define CELLS_MAX (1u << 20)       // segments times variants: all arrays of learning together stay below 400 MB
#define TEXT_BYTES_MAX (64u << 20) // of all values; beyond it the table counts as full

typedef struct node {
    uint64_t key;    // hash of the value
    uint32_t parent; // SPL_NO_NODE for the root
    uint32_t text_at, text_size;
    uint16_t depth, attribute; // attribute: that the parent splits on, index into state->attributes
    bool mixed;                // one policy had several propensities for a variant here
} node;

struct spl_state {
    spl_state_config config;
    spl_level levels[SPL_TREE_DEPTH_MAX - 1];
    spl_text *attributes; // that nodes split on; of a fixed tree one per level
    char *attribute_text;
    bool grown;
    uint32_t count, capacity;
    node *nodes;
    spl_cell *own;      // (capacity, variant_count)
    spl_moments *total; // (total_cells): with those below; made when it is asked for
    size_t total_cells;
    uint32_t *slots;    // 1 + node, 0 = free
    uint32_t slot_mask; // slots - 1, a power of two less one
    char *text;         // values, one after the other
    uint32_t text_used, text_capacity;
    uint64_t overflow;
    bool binary;
};

// Names stand in memory of the caller; the state keeps its own copy.
static bool copy_names(spl_state *state, const spl_text *names, uint32_t count)
{
    size_t bytes = 1;
    for (uint32_t i = 0; i < count; i++) bytes += names[i].size;
    char *at = state->attribute_text = malloc(bytes);
    state->attributes = malloc((count + 1) * sizeof *state->attributes);
    if (!at || !state->attributes) return false;
    for (uint32_t i = 0; i < count; i++) {
        if (names[i].size > 0) memcpy(at, names[i].data, names[i].size);
        state->attributes[i] = (spl_text){at, names[i].size};
        at += names[i].size;
    }
    return true;
}

static void copy_config(spl_state *state, const spl_state_config *config)
{
    for (uint32_t i = 0; i < config->level_count; i++) {
        spl_text name = state->grown ? (spl_text){NULL, 0} : state->attributes[i];
        state->levels[i] = (spl_level){name, config->levels[i].min_samples};
    }
    state->config = *config;
    state->config.levels = state->levels;
    if (state->config.max_segments == 0) state->config.max_segments = DEFAULT_SEGMENTS;
}

// Nodes that there is room for, the root included.
static uint32_t rows_max(const spl_state *state, uint32_t variant_count)
{
    uint32_t most = CELLS_MAX / variant_count;
    return state->config.max_segments < most ? state->config.max_segments + 1 : most;
}

// Gives `own` that shape, zeros where nothing was.
static bool resize(spl_state *state, uint32_t capacity, uint32_t width)
{
    uint32_t old = state->config.variant_count;
    spl_cell *wide = calloc((size_t)capacity * width, sizeof *wide);
    if (!wide) return false;
    for (uint32_t i = 0; i < state->count; i++) {
        memcpy(wide + (size_t)i * width, state->own + (size_t)i * old, old * sizeof *wide);
    }
    free(state->own);
    state->own = wide;
    state->capacity = capacity;
    return true;
}

static uint32_t slot_of(const spl_state *state, uint32_t parent, uint64_t key)
{
    uint32_t slot = (uint32_t)spl_mix64(key + parent * UINT64_C(0x9E3779B97F4A7C15)) & state->slot_mask;
    for (; state->slots[slot] != 0; slot = (slot + 1) & state->slot_mask) {
        const node *at = &state->nodes[state->slots[slot] - 1];
        if (at->parent == parent && at->key == key) break;
    }
    return slot;
}

static bool rebuild_slots(spl_state *state, uint32_t capacity)
{
    uint32_t slots = 16;
    while (slots < 2 * capacity) slots *= 2;
    uint32_t *fresh = calloc(slots, sizeof *fresh);
    if (!fresh) return false;
    free(state->slots);
    state->slots = fresh;
    state->slot_mask = slots - 1;
    for (uint32_t i = 1; i < state->count; i++) {
        state->slots[slot_of(state, state->nodes[i].parent, state->nodes[i].key)] = i + 1;
    }
    return true;
}

static bool grow(spl_state *state)
{
    uint32_t limit = rows_max(state, state->config.variant_count);
    uint32_t capacity = state->capacity ? 2 * state->capacity : 64;
    if (capacity > limit) capacity = limit;
    node *nodes = realloc(state->nodes, capacity * sizeof *nodes);
    if (!nodes) return false;
    state->nodes = nodes;
    return rebuild_slots(state, capacity) && resize(state, capacity, state->config.variant_count);
}

static bool keep_text(spl_state *state, spl_text value)
{
    if (state->text_capacity - state->text_used < value.size) {
        size_t capacity = 2 * (size_t)state->text_capacity + value.size + 1024;
        if (capacity > TEXT_BYTES_MAX) capacity = TEXT_BYTES_MAX;
        char *text = realloc(state->text, capacity);
        if (!text) return false;
        state->text = text;
        state->text_capacity = (uint32_t)capacity;
    }
    if (value.size > 0) memcpy(state->text + state->text_used, value.data, value.size);
    state->text_used += (uint32_t)value.size;
    return true;
}

static bool is_full(const spl_state *state, spl_text value)
{
    return state->count >= rows_max(state, state->config.variant_count) ||
           value.size > TEXT_BYTES_MAX - state->text_used;
}

// The new node in *out. False when out of memory.
static bool append(spl_state *state, uint32_t parent, uint32_t attribute, uint64_t key, spl_text value, uint32_t *out)
{
    if (state->count == state->capacity && !grow(state)) return false;
    uint32_t text_at = state->text_used;
    if (!keep_text(state, value)) return false;
    uint16_t depth = parent == SPL_NO_NODE ? 0 : (uint16_t)(state->nodes[parent].depth + 1);
    *out = state->count++;
    state->nodes[*out] = (node){key, parent, text_at, (uint32_t)value.size, depth, (uint16_t)attribute, false};
    return true;
}

static spl_state *new_state(const spl_state_config *config, const spl_text *attributes, uint32_t count, bool grown)
{
    spl_state *state = calloc(1, sizeof *state);
    uint32_t root;
    if (!state) return NULL;
    state->binary = true;
    state->grown = grown;
    if (copy_names(state, attributes, count)) {
        copy_config(state, config);
        if (append(state, SPL_NO_NODE, 0, 0, (spl_text){0}, &root)) return state;
    }
    spl_state_free(state);
    return NULL;
}

spl_state *spl_state_new(const spl_state_config *config)
{
    spl_text names[SPL_TREE_DEPTH_MAX - 1];
    for (uint32_t i = 0; i < config->level_count; i++) names[i] = config->levels[i].attribute;
    return new_state(config, names, config->level_count, false);
}

spl_state *spl_state_new_grown(const spl_state_config *config, const spl_text *attributes, uint32_t attribute_count)
{
    return new_state(config, attributes, attribute_count, true);
}

void spl_state_free(spl_state *state)
{
    if (!state) return;
    free(state->attributes);
    free(state->attribute_text);
    free(state->nodes);
    free(state->own);
    free(state->total);
    free(state->slots);
    free(state->text);
    free(state);
}

uint32_t spl_state_child(spl_state *state, uint32_t parent, uint32_t attribute, spl_text value)
{
    uint64_t key = spl_name_hash(value);
    uint32_t slot = slot_of(state, parent, key), child;
    if (state->slots[slot] != 0) return state->slots[slot] - 1;
    if (is_full(state, value)) {
        state->overflow++;
        return parent;
    }
    if (!append(state, parent, attribute, key, value, &child)) return SPL_NO_NODE;
    state->slots[slot_of(state, parent, key)] = child + 1;
    return child;
}

uint32_t spl_state_node(spl_state *state, const spl_text *values)
{
    uint32_t at = 0;
    for (uint32_t level = 0; level < state->config.level_count && values[level].size > 0; level++) {
        uint32_t child = spl_state_child(state, at, level, values[level]);
        if (child == at || child == SPL_NO_NODE) return child;
        at = child;
    }
    return at;
}

// A node beyond the count has been folded into its parent since it was handed out.
void spl_state_add_at(spl_state *state, uint32_t at, uint32_t variant, double reward, spl_chance chance)
{
    state->overflow += at >= state->count;
    while (at >= state->count) at = state->nodes[at].parent;
    if (reward != 0 && reward != 1) state->binary = false;
    spl_cell *c = &state->own[(size_t)at * state->config.variant_count + variant];
    if (c->weighted.count > 0 && spl_chance_disagree(c->last, chance)) state->nodes[at].mixed = true;
    spl_cell_add(c, reward, chance);
}

bool spl_state_add(spl_state *state, const spl_text *values, uint32_t variant, double reward, spl_chance chance)
{
    uint32_t at = spl_state_node(state, values);
    if (at == SPL_NO_NODE) return false;
    spl_state_add_at(state, at, variant, reward, chance);
    return true;
}

// Leaves room for that many nodes. The newest go first, so parents outlive their children; the nodes themselves stay,
// for exposures that wait with the index of one.
static bool fold(spl_state *state, uint32_t rows)
{
    uint32_t k = state->config.variant_count;
    if (state->count <= rows) return true;
    for (size_t i = (size_t)rows * k; i < (size_t)state->count * k; i++)
        state->overflow += (uint64_t)state->own[i].weighted.count;
    for (; state->count > rows; state->count--) {
        uint32_t last = state->count - 1, parent = state->nodes[last].parent;
        spl_cell *into = state->own + (size_t)parent * k, *from = state->own + (size_t)last * k;
        for (uint32_t v = 0; v < k; v++) spl_cell_merge(&into[v], &from[v]);
        state->nodes[parent].mixed = true;
    }
    return rebuild_slots(state, state->count);
}

bool spl_state_widen(spl_state *state, uint32_t variant_count)
{
    if (variant_count <= state->config.variant_count) return true;
    uint32_t rows = rows_max(state, variant_count);
    if (!fold(state, rows) || !resize(state, state->capacity < rows ? state->capacity : rows, variant_count))
        return false;
    state->config.variant_count = variant_count;
    return true;
}

void spl_state_reorder(spl_state *state, const uint32_t *order)
{
    uint32_t k = state->config.variant_count;
    spl_cell old[SPL_VARIANTS_MAX];
    for (uint32_t i = 0; i < state->count; i++) {
        spl_cell *own = state->own + (size_t)i * k;
        memcpy(old, own, k * sizeof *own);
        for (uint32_t v = 0; v < k; v++) own[v] = old[order[v]];
    }
}

bool spl_state_total(spl_state *state)
{
    uint32_t k = state->config.variant_count;
    size_t cells = (size_t)state->count * k;
    if (cells > state->total_cells) {
        free(state->total);
        state->total = malloc(cells * sizeof *state->total);
        state->total_cells = state->total ? cells : 0;
        if (!state->total) return false;
    }
    for (size_t i = 0; i < cells; i++) state->total[i] = spl_cell_moments(&state->own[i], state->nodes[i / k].mixed);
    for (uint32_t i = state->count; i-- > 1;) {
        spl_moments *from = state->total + (size_t)i * k;
        spl_moments *into = state->total + (size_t)state->nodes[i].parent * k;
        for (uint32_t v = 0; v < k; v++) spl_moments_merge(&into[v], &from[v]);
    }
    return true;
}

uint32_t spl_state_count(const spl_state *state)
{
    return state->count;
}

uint32_t spl_state_parent(const spl_state *state, uint32_t at)
{
    return state->nodes[at].parent;
}

uint32_t spl_state_depth(const spl_state *state, uint32_t at)
{
    return state->nodes[at].depth;
}

spl_text spl_state_attribute(const spl_state *state, uint32_t at)
{
    return at == 0 ? (spl_text){NULL, 0} : state->attributes[state->nodes[at].attribute];
}

spl_text spl_state_value(const spl_state *state, uint32_t at)
{
    const node *n = &state->nodes[at];
    return n->text_size > 0 ? (spl_text){state->text + n->text_at, n->text_size} : (spl_text){NULL, 0};
}

const spl_moments *spl_state_moments(const spl_state *state, uint32_t at)
{
    return state->total + (size_t)at * state->config.variant_count;
}

void spl_state_own(const spl_state *state, uint32_t at, spl_moments *out)
{
    uint32_t k = state->config.variant_count;
    const spl_cell *own = state->own + (size_t)at * k;
    for (uint32_t v = 0; v < k; v++) out[v] = spl_cell_moments(&own[v], state->nodes[at].mixed);
}

bool spl_state_binary(const spl_state *state)
{
    return state->binary;
}

uint64_t spl_state_overflow(const spl_state *state)
{
    return state->overflow;
}

bool spl_state_is_grown(const spl_state *state)
{
    return state->grown;
}

const spl_state_config *spl_state_config_of(const spl_state *state)
{
    return &state->config;
}
