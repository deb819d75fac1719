// SPDX-License-Identifier: GPL-3.0-or-later
// A linear policy as a bundle: schema, encoder, clusters where the model has them, a tree of the root alone, and
// the policy. What was observed stays behind; the uncertainty that linucb and lints serve is part of their policy.
#ifndef SAMPLIT_LINEAR_COMPILE_H
#define SAMPLIT_LINEAR_COMPILE_H

#include "learn/bandit/linear_learn.h"
#include "samplit/bundle.h"

typedef struct spl_linear_compile_config {
    spl_text experiment;      // key
    uint64_t seed;            // of the assignment
    const spl_text *variants; // [learned->k]
    double min_propensity;
    spl_hash_mode hash_mode;
    spl_settings settings;        // how the experiment is run
    const spl_bundle *model;      // whose clusters are kept; NULL = none
    const struct cJSON *payloads; // of the variants, by index, for the manifest; NULL = none
    const struct cJSON *more;     // for the manifest, as spl_manifest.more; NULL = none
} spl_linear_compile_config;

// *data is from malloc; id_hex gets 32 digits and a terminator. Equal arguments give equal bytes.
bool spl_linear_compile(const spl_linear_learned *learned, const spl_linear_compile_config *config, uint8_t **data,
                        size_t *size, char id_hex[33], spl_error *error);

#endif
