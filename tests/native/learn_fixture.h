// SPDX-License-Identifier: MIT
// States filled with counts, and what was learned from them.
#ifndef LEARN_FIXTURE_H
#define LEARN_FIXTURE_H

#include "learn/learn.h"

// With the first level_count of country (1000 samples), device (500) and source (200).
spl_state *learn_new(uint32_t variants, uint32_t level_count);
spl_text learn_text(const char *word);

// n exposures, the first s of them converted.
void learn_add(spl_state *state, const char *country, const char *device, const char *source, uint32_t variant,
               unsigned n, unsigned s);

// Fails the test where learning fails. NULL is the usual configuration.
spl_learned *learn_from(spl_state *state, const spl_learn_config *config);

// The node of a segment key; learned->node_count if there is none. Its arms, or the test fails.
uint32_t learn_find(const spl_learned *learned, const char *key);
const spl_arm *learn_arms(const spl_learned *learned, const char *key);
// What visitors with that key are served, by the segment or by its nearest ancestor in the tree.
uint32_t learn_most_served(const spl_learned *learned, const char *key);

#endif
