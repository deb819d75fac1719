// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/bandit/linear_compile.h"

#include <stdlib.h>

#include "bundle/bundle_write.h"
#include "bundle/manifest.h"

bool spl_linear_compile(const spl_linear_learned *learned, const spl_linear_compile_config *config, uint8_t **data,
                        size_t *size, char id_hex[33], spl_error *error)
{
    static const uint32_t no_parent[1] = {SPL_NO_NODE}, none[2] = {0, 0};
    static const uint64_t no_value[1] = {0};
    const spl_experiment experiment = {
        .key = config->experiment,
        .seed = config->seed,
        .hash_mode = config->hash_mode,
        .min_propensity = config->min_propensity,
        .settings = config->settings,
        .variants = config->variants,
        .policy = {.variant_count = learned->k},
        .linear = learned->linear,
    };
    spl_bundle bundle = {
        .schema = learned->schema->schema,
        .encoder_count = learned->encoder_count,
        .encoders = learned->encoders,
        .tree = {1, no_parent, none, none, no_value, no_value, none, ""},
        .experiment_count = 1,
        .experiments = &experiment,
    };
    if (config->model) bundle.clusters = config->model->clusters;
    const spl_manifest manifest = {
        .bundle = &bundle, .schema = learned->schema, .payloads = config->payloads, .more = config->more};
    char *text = spl_manifest_text(&manifest);
    bool ok = text ? spl_bundle_write(&bundle, text, data, size, id_hex, error) : spl_fail(error, "out of memory");
    free(text);
    return ok;
}
