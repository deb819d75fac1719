// SPDX-License-Identifier: GPL-3.0-or-later
// A tree of segments in arrays, found through one hash table keyed by (parent, XXH64 of the value).
// The served tree compares values by that same 64-bit hash, so two values that collided would be one
// segment there as well as here.
//
// Moments are Welford's (1962): a running mean and the sum of squared deviations from it, because a plain
// sum of squares loses the variance of rewards that are large beside their spread (NIST's SmLs09 data
// break it). Subtrees are added up by the pairwise formula of Chan, Golub & LeVeque (1983). The
// plain sum is kept too: for rewards of 0 and 1 it is the exact number of conversions.
#include "learn/state.h"

#include <stdlib.h>
#include <string.h>

#include "samplit/hash.h"

#define DEFAULT_SEGMENTS 200000u
#define SEGMENTS_MAX (1u << 28)
#define TEXT_BYTES_MAX (64u << 20) // of all values; beyond it the table counts as full

typedef struct node {
    uint64_t key;    // hash of the value
    uint32_t parent; // SPL_NO_NODE for the root
    uint32_t depth;
    uint32_t text_at, text_size;
} node;

struct spl_state {
    spl_state_config config;
    spl_level levels[SPL_TREE_DEPTH_MAX - 1];
    char *level_text;
    uint32_t count, capacity;
    node *nodes;
    spl_moments *own;   // (capacity, variant_count): observations that ended at this node
    spl_moments *total; // (capacity, variant_count): with those below
    uint32_t *slots;    // 1 + node, 0 = free
    uint32_t slot_mask; // slots - 1, a power of two less one
    char *text;         // values, one after the other
    uint32_t text_used, text_capacity;
    uint64_t overflow;
    bool binary;
};

static void moments_add(spl_moments *m, double reward)
{
    double before = reward - m->mean;
    m->count += 1;
    m->sum += reward;
    m->mean += before / m->count;
    m->squares += before * (reward - m->mean);
}

static void moments_merge(spl_moments *into, const spl_moments *from)
{
    if (from->count == 0) return;
    double count = into->count + from->count, apart = from->mean - into->mean;
    into->mean += apart * (from->count / count);
    into->squares += from->squares + apart * apart * (into->count * (from->count / count));
    into->sum += from->sum;
    into->count = count;
}

// Levels name their attributes in memory of the caller; the state keeps its own copy.
static bool copy_levels(spl_state *state, const spl_state_config *config)
{
    size_t bytes = 1;
    for (uint32_t i = 0; i < config->level_count; i++) bytes += config->levels[i].attribute.size;
    char *at = state->level_text = malloc(bytes);
    if (!at) return false;
    for (uint32_t i = 0; i < config->level_count; i++) {
        spl_text name = config->levels[i].attribute;
        if (name.size > 0) memcpy(at, name.data, name.size);
        state->levels[i] = (spl_level){{at, name.size}, config->levels[i].min_samples};
        at += name.size;
    }
    state->config = *config;
    state->config.levels = state->levels;
    if (state->config.max_segments == 0) state->config.max_segments = DEFAULT_SEGMENTS;
    if (state->config.max_segments > SEGMENTS_MAX) state->config.max_segments = SEGMENTS_MAX;
    return true;
}

// Moves a (rows, width) array to one of (capacity, new_width), zeros elsewhere.
static bool resize(spl_moments **array, uint32_t rows, uint32_t width, uint32_t capacity, uint32_t new_width)
{
    spl_moments *wide = calloc((size_t)capacity * new_width, sizeof *wide);
    if (!wide) return false;
    for (uint32_t i = 0; i < rows; i++) {
        memcpy(wide + (size_t)i * new_width, *array + (size_t)i * width, width * sizeof *wide);
    }
    free(*array);
    *array = wide;
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
    uint32_t limit = state->config.max_segments + 1, k = state->config.variant_count;
    uint32_t capacity = state->capacity ? 2 * state->capacity : 64;
    if (capacity > limit) capacity = limit;
    node *nodes = realloc(state->nodes, capacity * sizeof *nodes);
    if (!nodes) return false;
    state->nodes = nodes;
    if (!resize(&state->own, state->count, k, capacity, k)) return false;
    if (!resize(&state->total, state->count, k, capacity, k)) return false;
    if (!rebuild_slots(state, capacity)) return false;
    state->capacity = capacity;
    return true;
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
    return state->count > state->config.max_segments || value.size > TEXT_BYTES_MAX - state->text_used;
}

// The new node in *out. False when out of memory.
static bool append(spl_state *state, uint32_t parent, uint64_t key, spl_text value, uint32_t *out)
{
    if (state->count == state->capacity && !grow(state)) return false;
    uint32_t text_at = state->text_used;
    if (!keep_text(state, value)) return false;
    uint32_t depth = parent == SPL_NO_NODE ? 0 : state->nodes[parent].depth + 1;
    *out = state->count++;
    state->nodes[*out] = (node){key, parent, depth, text_at, (uint32_t)value.size};
    return true;
}

spl_state *spl_state_new(const spl_state_config *config)
{
    spl_state *state = calloc(1, sizeof *state);
    uint32_t root;
    if (!state) return NULL;
    state->binary = true;
    if (copy_levels(state, config) && append(state, SPL_NO_NODE, 0, (spl_text){0}, &root)) return state;
    spl_state_free(state);
    return NULL;
}

void spl_state_free(spl_state *state)
{
    if (!state) return;
    free(state->level_text);
    free(state->nodes);
    free(state->own);
    free(state->total);
    free(state->slots);
    free(state->text);
    free(state);
}

uint32_t spl_state_node(spl_state *state, const spl_text *values)
{
    uint32_t at = 0;
    for (uint32_t level = 0; level < state->config.level_count && values[level].size > 0; level++) {
        uint64_t key = spl_name_hash(values[level]);
        uint32_t slot = slot_of(state, at, key), child;
        if (state->slots[slot] != 0) {
            at = state->slots[slot] - 1;
            continue;
        }
        if (is_full(state, values[level])) {
            state->overflow++;
            break;
        }
        if (!append(state, at, key, values[level], &child)) return SPL_NO_NODE;
        state->slots[slot_of(state, at, key)] = child + 1;
        at = child;
    }
    return at;
}

void spl_state_add_at(spl_state *state, uint32_t at, uint32_t variant, double reward)
{
    if (reward != 0 && reward != 1) state->binary = false;
    moments_add(&state->own[(size_t)at * state->config.variant_count + variant], reward);
}

bool spl_state_add(spl_state *state, const spl_text *values, uint32_t variant, double reward)
{
    uint32_t at = spl_state_node(state, values);
    if (at == SPL_NO_NODE) return false;
    spl_state_add_at(state, at, variant, reward);
    return true;
}

bool spl_state_widen(spl_state *state, uint32_t variant_count)
{
    uint32_t k = state->config.variant_count;
    if (variant_count <= k) return true;
    spl_moments *total = calloc((size_t)state->capacity * variant_count, sizeof *total);
    if (!total || !resize(&state->own, state->count, k, state->capacity, variant_count)) {
        free(total);
        return false;
    }
    free(state->total);
    state->total = total;
    state->config.variant_count = variant_count;
    return true;
}

void spl_state_reorder(spl_state *state, const uint32_t *order)
{
    uint32_t k = state->config.variant_count;
    for (uint32_t i = 0; i < state->count; i++) {
        spl_moments *own = state->own + (size_t)i * k, *spare = state->total + (size_t)i * k;
        memcpy(spare, own, k * sizeof *own);
        for (uint32_t v = 0; v < k; v++) own[v] = spare[order[v]];
    }
}

void spl_state_total(spl_state *state)
{
    uint32_t k = state->config.variant_count;
    memcpy(state->total, state->own, (size_t)state->count * k * sizeof *state->own);
    for (uint32_t i = state->count; i-- > 1;) {
        spl_moments *from = state->total + (size_t)i * k;
        spl_moments *into = state->total + (size_t)state->nodes[i].parent * k;
        for (uint32_t v = 0; v < k; v++) moments_merge(&into[v], &from[v]);
    }
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

spl_text spl_state_value(const spl_state *state, uint32_t at)
{
    const node *n = &state->nodes[at];
    return n->text_size > 0 ? (spl_text){state->text + n->text_at, n->text_size} : (spl_text){NULL, 0};
}

const spl_moments *spl_state_moments(const spl_state *state, uint32_t at)
{
    return state->total + (size_t)at * state->config.variant_count;
}

bool spl_state_binary(const spl_state *state)
{
    return state->binary;
}

uint64_t spl_state_overflow(const spl_state *state)
{
    return state->overflow;
}

const spl_state_config *spl_state_config_of(const spl_state *state)
{
    return &state->config;
}
