// SPDX-License-Identifier: GPL-3.0-or-later
// The attributes that a tree may split on, and their values as 16-bit codes in order of appearance.
#ifndef SAMPLIT_CANDIDATES_H
#define SAMPLIT_CANDIDATES_H

#include "events/event.h"
#include "samplit/text.h"

#define SPL_CANDIDATES_MAX 64
#define SPL_CANDIDATE_NUMBERS 64 // different numbers of an attribute that was not asked for by name
#define SPL_CODE_MISSING 0       // the exposure does not have the attribute
#define SPL_CODE_BEYOND 65535    // a value met after 65,534 others, or when their texts took 64 MiB

typedef struct spl_candidates spl_candidates;

// Those names, or with count 0 every attribute that is met, at most SPL_CANDIDATES_MAX. NULL: out of memory.
spl_candidates *spl_candidates_new(const spl_text *names, uint32_t count);
void spl_candidates_free(spl_candidates *candidates);

// codes[spl_candidates_count] of the attributes of an exposure (`context` is what spl_level_values_read made of it);
// attributes met for the first time are added behind the others. False when out of memory.
bool spl_candidates_read(spl_candidates *candidates, const spl_context *context, const spl_event *exposure,
                         uint16_t codes[SPL_CANDIDATES_MAX]);

uint32_t spl_candidates_count(const spl_candidates *candidates);
spl_text spl_candidates_name(const spl_candidates *candidates, uint32_t index);
uint32_t spl_candidates_values(const spl_candidates *candidates, uint32_t index); // codes 1 to that have been given
spl_text spl_candidates_value(const spl_candidates *candidates, uint32_t index, uint16_t code);
// A number of more than SPL_CANDIDATE_NUMBERS values is a quantity, not a category: left out unless it was named.
bool spl_candidates_is_quantity(const spl_candidates *candidates, uint32_t index);
// Exposures whose value has the code SPL_CODE_BEYOND, over all attributes; attributes met beyond the maximum.
uint64_t spl_candidates_beyond(const spl_candidates *candidates);
uint64_t spl_candidates_ignored(const spl_candidates *candidates);

#endif
