// SPDX-License-Identifier: GPL-3.0-or-later
// From what was learned to what is served: the tree and the probabilities as a bundle. Counts and
// posteriors stay behind; a published bundle holds policies only.
#ifndef SAMPLIT_COMPILE_H
#define SAMPLIT_COMPILE_H

#include "data/schema_spec.h"
#include "learn/learn.h"
#include "samplit/encoder.h"
#include "samplit/policy.h"

typedef struct spl_compile_config {
    spl_text experiment;      // key, [A-Za-z0-9_.-]{1,64}
    uint64_t seed;            // of the assignment; spl_compile_seed gives the usual one
    const spl_text *variants; // names, [learned->variant_count]; index 0 is the control
    const spl_level *levels;  // [learned->level_count], as the state had them
    double min_propensity;    // the floor that spl_learn was given
    spl_hash_mode hash_mode;
    spl_settings settings;        // how the experiment is run
    const spl_encoder *encoder;   // over the schema web-20; NULL = none
    const struct cJSON *payloads; // of the variants, by index, for the manifest; NULL = none
    const struct cJSON *more;     // for the manifest, as spl_manifest.more; NULL = none
    const spl_bundle *model;      // whose schema, encoders and clusters the bundle gets; NULL = the schema web-20 alone
    const spl_schema_spec *schema; // that of the model, with names
} spl_compile_config;

// The seed of an experiment that names none: the XXH64 of its key. So experiments assign
// independently of each other, and learning again moves no unit that need not move.
uint64_t spl_compile_seed(spl_text experiment);

// The bundle of one experiment. *data is from malloc; id_hex gets 32 digits and a
// terminator. Equal arguments give equal bytes. O(nodes * variants).
bool spl_compile(const spl_learned *learned, const spl_compile_config *config, uint8_t **data, size_t *size,
                 char id_hex[33], spl_error *error);

// A bundle that serves k variants with equal probability to everybody: where a closed loop starts.
bool spl_compile_uniform(const spl_text *variants, uint32_t k, spl_text experiment, uint64_t seed, uint8_t **data,
                         size_t *size, char id_hex[33], spl_error *error);

#endif
