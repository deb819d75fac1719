// SPDX-License-Identifier: GPL-3.0-or-later
// The values of the levels in an exposure: from its logged context, else from its segment key.
#ifndef SAMPLIT_LEVEL_VALUES_H
#define SAMPLIT_LEVEL_VALUES_H

#include "events/event.h"
#include "learn/state.h"
#include "samplit/bundle.h"

typedef struct spl_level_values spl_level_values; // names of the levels, and scratch

// With a `model` (NULL = none; it must outlive the reader) logged contexts are placed as spl_decide_place does, so the
// attribute `cluster` is there too. A bare segment key says too little to be placed. NULL: out of memory.
spl_level_values *spl_level_values_new(const spl_level *levels, uint32_t level_count, const spl_bundle *model);
void spl_level_values_free(spl_level_values *reader);

// values[level_count] = the value of each level, empty where it is missing; valid until the next call.
// NULL when out of memory.
const spl_text *spl_level_values_read(spl_level_values *reader, const spl_event *exposure);

// The context of the last exposure read. Valid until the next.
const spl_context *spl_level_values_context(const spl_level_values *reader);

// The text that a segment compares: strings as they are, numbers by spl_number_text into `number`. Empty for NULL or a
// missing value.
spl_text spl_attribute_text(const spl_attribute *attribute, char number[SPL_NUMBER_TEXT_MAX]);

#endif
