// SPDX-License-Identifier: MIT
// The bundle of everything that is learned: an ensemble of two encoders, clusters over the embedding, a tree that
// splits on them, and a policy of every rule. Made from the bundle of vector_bundle.h and draws of Philox.
#ifndef VECTOR_LEARNED_H
#define VECTOR_LEARNED_H

#include "bundle/bundle_write.h"

// The file's bytes, from malloc.
bool vector_learned_write(uint8_t **data, size_t *size, spl_error *error);

#endif
