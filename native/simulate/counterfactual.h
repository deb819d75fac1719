// SPDX-License-Identifier: GPL-3.0-or-later
// Visits with what every variant would have done to them, as one JSON document: a page can stream
// them through any policy and know the outcome. docs/simulation.md is the format.
#ifndef SAMPLIT_COUNTERFACTUAL_H
#define SAMPLIT_COUNTERFACTUAL_H

#include "simulate/world.h"

// Writes the visits 0 to `visitors` - 1 of that seed, the ones that spl_simulate meets.
bool spl_counterfactual_write(const spl_world *world, uint64_t seed, uint64_t visitors, const char *path,
                              spl_error *error);

#endif
