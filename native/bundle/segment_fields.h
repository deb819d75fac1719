// SPDX-License-Identifier: GPL-3.0-or-later
// A segment key as context fields: what a log tells of a visitor whose context stayed at home.
#ifndef SAMPLIT_SEGMENT_FIELDS_H
#define SAMPLIT_SEGMENT_FIELDS_H

#include "samplit/context.h"

// Where decoded names and values stand. All zero at first; grows; the owner frees `data`.
typedef struct spl_segment_room {
    char *data;
    size_t size;
} spl_segment_room;

// One string field per pair of the key, in its order; none for `global`. They point into the room until the
// next call. False when out of memory.
bool spl_segment_fields(spl_text key, spl_segment_room *room, spl_field fields[SPL_ATTRIBUTES_MAX], uint32_t *count);

#endif
