// SPDX-License-Identifier: GPL-3.0-or-later
// The bundle that decides in a simulation: a uniform one, one from a file, or what was just learned.
#ifndef SAMPLIT_SERVING_H
#define SAMPLIT_SERVING_H

#include "bundle/bundle_file.h"
#include "learn/learn.h"
#include "simulate/world.h"

typedef struct spl_serving {
    spl_bundle_file file;
    spl_workspace *workspace;
    void *memory;        // of the workspace, owned
    uint32_t experiment; // index of the world's experiment
} spl_serving;

// Each sets *out to an open bundle, which the caller closes; on failure *out is unchanged.
bool spl_serving_uniform(const spl_world *world, spl_serving *out, spl_error *error);

// A bundle file, which must hold the world's experiment with the world's variants.
bool spl_serving_open(const spl_world *world, const char *path, spl_serving *out, spl_error *error);

// Learns from the state, which has the world's levels and variants.
bool spl_serving_learn(const spl_world *world, spl_state *state, const spl_learn_config *config, spl_serving *out,
                       spl_error *error);

void spl_serving_close(spl_serving *serving); // a zeroed one is fine

#endif
