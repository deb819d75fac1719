// SPDX-License-Identifier: GPL-3.0-or-later
// What the parts of the world's reader share.
#ifndef SAMPLIT_WORLD_PARSE_H
#define SAMPLIT_WORLD_PARSE_H

#include "simulate/world.h"
#include "json/json_place.h"

#define SPL_WORLD_VALUES_MAX 10000 // of one level
#define SPL_WORLD_LOOKS_MAX 10000  // of one value

typedef struct spl_world_block spl_world_block;

// Behind spl_world.memory: the document, which the texts point into, and every array.
typedef struct spl_world_memory {
    cJSON *document;
    spl_world_block *blocks;
} spl_world_memory;

// Zeroed memory that lives as long as the world; NULL when there is none left.
void *spl_world_take(spl_world *world, size_t count, size_t item_bytes);

// "segments": nodes and the values they name.
bool spl_world_parse_segments(const spl_place *document, spl_world *world, spl_error *error);

// "raw": the looks of the values that the segments name.
bool spl_world_parse_looks(const spl_place *document, spl_world *world, spl_error *error);

#endif
