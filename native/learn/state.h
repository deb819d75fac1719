// SPDX-License-Identifier: GPL-3.0-or-later
// What was observed: weighted counts and rewards per variant for every segment of the given levels, or of a tree whose
// nodes split on attributes of their own.
#ifndef SAMPLIT_STATE_H
#define SAMPLIT_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "learn/moments.h"
#include "samplit/text.h"
#include "samplit/tree.h"

typedef struct spl_level {
    spl_text attribute;   // name
    uint64_t min_samples; // exposures a segment of this level needs to serve on its own
} spl_level;

typedef struct spl_state_config {
    uint32_t variant_count;
    uint32_t level_count; // at most SPL_TREE_DEPTH_MAX - 1
    const spl_level *levels;
    uint32_t max_segments; // 0 = 200,000, and never more than 2^20 / variant_count; segments met after that are
                           // counted in their parent only
} spl_state_config;

typedef struct spl_state spl_state;

spl_state *spl_state_new(const spl_state_config *config); // copies the config; NULL: out of memory
// The same for a tree that is grown node by node (spl_state_child): nodes split on any of the attributes, at most
// UINT16_MAX; the levels say how many exposures a segment of each depth needs, and their names are not read.
spl_state *spl_state_new_grown(const spl_state_config *config, const spl_text *attributes, uint32_t attribute_count);
void spl_state_free(spl_state *state);

// One closed exposure. values[level] is the attribute's text (spl_number_text for numbers), size 0
// where it is missing: the observation then counts down to the level before. Amortised O(levels).
// False when out of memory.
bool spl_state_add(spl_state *state, const spl_text *values, uint32_t variant, double reward, spl_chance chance);

// The leaf that these values lead to (created as by spl_state_add), to be kept in place of them.
// SPL_NO_NODE when out of memory.
uint32_t spl_state_node(spl_state *state, const spl_text *values);
void spl_state_add_at(spl_state *state, uint32_t node, uint32_t variant, double reward, spl_chance chance);

// The child of `parent` where that attribute has that value, made if there is none; for grown trees, where all children
// of a node have one attribute. `parent` itself where there is no room, SPL_NO_NODE when out of memory.
uint32_t spl_state_child(spl_state *state, uint32_t parent, uint32_t attribute, spl_text value);

// Variants may turn up late: from now on there are `variant_count` of them, the old ones first. Segments for which
// there is then no room count in their parents. False when out of memory. Below the present count nothing changes.
bool spl_state_widen(spl_state *state, uint32_t variant_count);
// Variant i becomes what was variant order[i]; `order` is a permutation. Totals are to be made again.
void spl_state_reorder(spl_state *state, const uint32_t *order);

// Node 0 is the root; a child has a higher index than its parent. Moments are sums over the subtree
// once spl_state_total has been called after the last add.
bool spl_state_total(spl_state *state); // false when out of memory
uint32_t spl_state_count(const spl_state *state);
uint32_t spl_state_parent(const spl_state *state, uint32_t node);
uint32_t spl_state_depth(const spl_state *state, uint32_t node);
spl_text spl_state_attribute(const spl_state *state, uint32_t node);         // that its parent splits on
spl_text spl_state_value(const spl_state *state, uint32_t node);             // of that attribute; empty for the root
const spl_moments *spl_state_moments(const spl_state *state, uint32_t node); // [variant_count]
// What was observed in the node itself and in none of its children; out[variant_count].
void spl_state_own(const spl_state *state, uint32_t node, spl_moments *out);
bool spl_state_binary(const spl_state *state);                               // whether every reward so far was 0 or 1
uint64_t spl_state_overflow(const spl_state *state); // exposures counted in a parent for want of room
bool spl_state_is_grown(const spl_state *state);
const spl_state_config *spl_state_config_of(const spl_state *state);

#endif
