// SPDX-License-Identifier: GPL-3.0-or-later
// An encoder that nobody trains: the features as they are, and beside them random ReLU units, so that a linear score
// over the embedding can bend (random features: Rahimi & Recht 2008; Cho & Saul 2009 for the ReLU). The norm is 1, so
// no visitor weighs more than another.
#ifndef SAMPLIT_LINEAR_LAYER_H
#define SAMPLIT_LINEAR_LAYER_H

#include "data/schema_spec.h"
#include "samplit/encoder.h"

#define SPL_LINEAR_UNITS 128 // random units

// The usual spread of every entry over the rows.
typedef struct spl_entry_moments {
    double count, *mean, *squares; // [width] means; sums of squared deviations from them
} spl_entry_moments;

bool spl_entry_moments_init(spl_entry_moments *moments, uint32_t width); // false when out of memory
void spl_entry_moments_free(spl_entry_moments *moments);
void spl_entry_moments_add(spl_entry_moments *moments, const float *x, uint32_t width);

// Two layers, width -> width + units -> width + units: the second passes on what the first made, for an encoder's
// last layer has no ReLU. One number of a unit comes of the whole range of an attribute, not of each piece of it.
// The weights are a function of the seed. Fails when entries may be below 0 (cyclic features) or when out of
// memory; the layers' arrays are owned by *memory.
bool spl_linear_layer(const spl_schema_spec *schema, const spl_entry_moments *moments, uint64_t seed, uint32_t units,
                      spl_encoder *out, void **memory, spl_error *error);

#endif
