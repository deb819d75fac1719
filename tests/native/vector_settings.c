// SPDX-License-Identifier: MIT
#include "vector_settings.h"

#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "vector_bundle.h"

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof *(array)))

// Experiment `of` of the basic bundle under another key.
typedef struct plan {
    const char *key;
    uint32_t of;
    spl_hash_mode hash_mode;
    spl_settings settings;
} plan;

static const plan PLANS[] = {
    {"held", 0, SPL_HASH_RACE, {.holdout = 0.1, .traffic = 0.7, .bucket_version = 2, .min_bucket_version = 1}},
    {"plain", 1, SPL_HASH_RACE, {0}},
    {"paused", 2, SPL_HASH_RACE, {.paused = 1}},
    {"apprentice", 2, SPL_HASH_RACE, {.mode = SPL_MODE_APPRENTICE, .traffic = 0.9}},
    {"logging", 0, SPL_HASH_RACE, {.mode = SPL_MODE_LOGGING_ONLY}},
    {"growthbook", 3, SPL_HASH_GROWTHBOOK_V2, {.traffic = 0.5, .hash_seed = {"phase-2", 7}}},
    {"optimizely", 4, SPL_HASH_MURMUR3, {.traffic = 0.8, .holdout = 0.05, .hash_seed = {"1886780721", 10}}},
    {"unleash", 4, SPL_HASH_UNLEASH, {.traffic = 0.25, .bucket_version = 1}},
};

bool vector_settings_write(uint8_t **data, size_t *size, spl_error *error)
{
    uint8_t *base;
    size_t base_size;
    spl_bundle_file file;
    spl_experiment experiments[COUNT(PLANS)];
    char id[33];
    if (!vector_bundle_write(&base, &base_size, error)) return false;
    if (!spl_bundle_file_take(base, base_size, &file, error)) return false;
    for (uint32_t e = 0; e < COUNT(PLANS); e++) {
        experiments[e] = file.bundle.experiments[PLANS[e].of];
        experiments[e].key = (spl_text){PLANS[e].key, strlen(PLANS[e].key)};
        experiments[e].hash_mode = PLANS[e].hash_mode;
        experiments[e].settings = PLANS[e].settings;
    }
    spl_bundle bundle = file.bundle;
    bundle.experiments = experiments;
    bundle.experiment_count = COUNT(PLANS);
    bool ok = spl_bundle_write(&bundle, "{\"format\":1,\"note\":\"test vectors\"}", data, size, id, error);
    spl_bundle_file_close(&file);
    return ok;
}
