// SPDX-License-Identifier: GPL-3.0-or-later
// A simulated world: who visits, how they show themselves, and how often each variant converts
// them. It is a JSON file (docs/simulation.md); the default one is built in.
#ifndef SAMPLIT_WORLD_H
#define SAMPLIT_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "events/event.h"
#include "host/error.h"
#include "samplit/text.h"
#include "samplit/tree.h"

#define SPL_WORLD_LEVELS_MAX (SPL_TREE_DEPTH_MAX - 1)
#define SPL_WORLD_LOOK_FIELDS_MAX 16 // raw fields of one look
#define SPL_WORLD_NODES_MAX 10000
#define SPL_WORLD_HOURS 168 // of a week

// One way in which a segment value shows itself: the raw fields that a host would see.
typedef struct spl_look {
    double end; // cumulative share among the looks of its value; the last has 1
    uint32_t field_count;
    const spl_named_field *fields; // [field_count]
} spl_look;

// A value of one level, with its looks. Without any in the file it has one look: the attribute itself.
typedef struct spl_world_value {
    spl_text text;
    uint32_t look_count;
    const spl_look *looks; // [look_count]
} spl_world_value;

// A segment. Nodes stand in breadth-first order; node 0 is the root.
typedef struct spl_world_node {
    uint32_t parent; // SPL_NO_NODE for the root
    uint32_t first_child, child_count;
    uint32_t depth;
    uint32_t value;      // index into values[depth - 1]
    uint32_t best;       // variant of the highest rate
    double visits;       // a week, > 0
    double end;          // cumulative share among its siblings; the last has 1
    const double *rates; // [variant_count] chance of conversion over all visitors of the segment
    spl_text key;        // segment key; `global` for the root
} spl_world_node;

typedef struct spl_world {
    spl_text name, experiment, outcome;
    uint32_t variant_count, level_count, node_count;
    const spl_text *variants; // [variant_count]
    const spl_text *levels;   // [level_count] attribute names
    const spl_world_node *nodes;
    uint32_t value_count[SPL_WORLD_LEVELS_MAX];
    const spl_world_value *values[SPL_WORLD_LEVELS_MAX];
    int64_t start_ms;                 // midnight UTC
    double hour_end[SPL_WORLD_HOURS]; // cumulative share of a week's visits, from start_ms on; the last is 1
    double returning_share;           // of visits, in [0, 1)
    double returning_within;          // how many visits ago the earlier one lies at most
    uint32_t returning_keeps;         // first levels that a visitor keeps from visit to visit
    double multiplier[2];             // on the rates: of new and of returning visitors; their mean is 1
    double delay_ms;                  // mean time from exposure to outcome
    void *memory;                     // owned
} spl_world;

// Reads a world from JSON text. Every error names the field by its path and says what was expected.
bool spl_world_parse(const char *json, size_t size, spl_world **out, spl_error *error);

// The same from a file; NULL gives the built-in world.
bool spl_world_load(const char *path, spl_world **out, spl_error *error);

void spl_world_free(spl_world *world); // NULL is fine

// The built-in world's JSON. Static storage.
const char *spl_world_default_json(void);

// The document that the world was read from, laid out anew. From malloc; NULL when out of memory.
char *spl_world_print(const spl_world *world);

// The chance that variant converts a visitor of a segment, given whether they return.
double spl_world_rate(const spl_world *world, uint32_t node, uint32_t variant, bool returning);

// The node with that segment key, or SPL_NO_NODE. O(n).
uint32_t spl_world_find(const spl_world *world, spl_text key);

#endif
