// SPDX-License-Identifier: MIT
// The bundle behind tests/vectors: 20 features, encoder 20-64-48-32, a tree of depth 4, five
// experiments that use every hash mode. Weights and probabilities are drawn from Philox.
#ifndef VECTOR_BUNDLE_H
#define VECTOR_BUNDLE_H

#include "bundle/bundle_write.h"

// The file's bytes, from malloc.
bool vector_bundle_write(uint8_t **data, size_t *size, spl_error *error);

#endif
