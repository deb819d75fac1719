// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/serving.h"

#include <stdlib.h>

#include "learn/compile.h"

static bool has_variants(const spl_experiment *experiment, const spl_world *world)
{
    if (experiment->policy.variant_count != world->variant_count) return false;
    for (uint32_t v = 0; v < world->variant_count; v++) {
        if (!spl_text_equal(experiment->variants[v], world->variants[v])) return false;
    }
    return true;
}

// Takes the open file over, or closes it.
static bool serve(const spl_world *world, spl_bundle_file *file, spl_serving *out, spl_error *error)
{
    spl_serving serving = {.file = *file};
    const spl_bundle *bundle = &serving.file.bundle;
    bool good = true;
    if (spl_bundle_experiment(bundle, world->experiment, &serving.experiment) != SPL_OK) {
        good = spl_fail_field(error, "experiment", "the bundle has no experiment \"%s\", which the world asks for",
                              world->experiment.data);
    } else if (!has_variants(&bundle->experiments[serving.experiment], world)) {
        good = spl_fail_field(error, "variants", "those of \"%s\" in the bundle are not those of the world",
                              world->experiment.data);
    } else if (!(serving.workspace = spl_bundle_file_workspace(&serving.file, &serving.memory))) {
        good = spl_fail(error, "out of memory");
    }
    if (good) {
        *out = serving;
    } else {
        spl_serving_close(&serving);
    }
    return good;
}

static bool serve_bytes(const spl_world *world, uint8_t *data, size_t size, spl_serving *out, spl_error *error)
{
    spl_bundle_file file;
    if (spl_bundle_file_take(data, size, &file, error)) return serve(world, &file, out, error);
    free(data);
    return false;
}

bool spl_serving_uniform(const spl_world *world, spl_serving *out, spl_error *error)
{
    uint8_t *data;
    size_t size;
    char id[33];
    uint64_t seed = spl_compile_seed(world->experiment);
    return spl_compile_uniform(world->variants, world->variant_count, world->experiment, seed, &data, &size, id,
                               error) &&
           serve_bytes(world, data, size, out, error);
}

bool spl_serving_open(const spl_world *world, const char *path, spl_serving *out, spl_error *error)
{
    spl_bundle_file file;
    if (!spl_bundle_file_open(path, &file, error)) return false;
    return serve(world, &file, out, error) || spl_fail_at(error, path, 0);
}

bool spl_serving_learn(const spl_world *world, spl_state *state, const spl_learn_config *config, spl_serving *out,
                       spl_error *error)
{
    spl_learned *learned;
    if (!spl_learn(state, config, &learned, error)) return false;
    spl_compile_config compile = {
        .experiment = world->experiment,
        .seed = spl_compile_seed(world->experiment),
        .variants = world->variants,
        .levels = spl_state_config_of(state)->levels,
        .min_propensity = config->min_propensity,
        .hash_mode = SPL_HASH_RACE,
    };
    uint8_t *data;
    size_t size;
    char id[33];
    bool good = spl_compile(learned, &compile, &data, &size, id, error);
    spl_learned_free(learned);
    return good && serve_bytes(world, data, size, out, error);
}

void spl_serving_close(spl_serving *serving)
{
    free(serving->memory);
    spl_bundle_file_close(&serving->file);
    *serving = (spl_serving){0};
}
