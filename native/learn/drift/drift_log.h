// SPDX-License-Identifier: GPL-3.0-or-later
// What a log says of the visits of a bundle: its attributes, where they fall in the bundle's tree, what the bundle
// means to serve them, and what became of them. One pass; memory follows the tree and the traffic of one window.
#ifndef SAMPLIT_DRIFT_LOG_H
#define SAMPLIT_DRIFT_LOG_H

#include "bundle/bundle_file.h"
#include "learn/drift/drift_walk.h"
#include "learn/drift/reference.h"

// Rewards of a variant.
typedef struct spl_drift_cell {
    double count, mean, squares; // squares: sum of squared deviations from the mean
} spl_drift_cell;

typedef struct spl_drift_log {
    spl_walk_counts counts;
    spl_tally *tally;
    double *visits;           // [nodes] for which this is the deepest segment that fits
    spl_drift_cell *cells;    // (nodes, variants) of them, those whose outcome is known
    double *intended;         // [variants] sum of the bundle's probabilities over all visits
    uint64_t own;             // exposures that this bundle made
    uint64_t own_units;       // the first exposure of each unit among them (the first million units): a unit keeps its
                              // variant, so only these are draws
    uint64_t *served;         // [variants] of them
    double *expected;         // [variants] sum of its probabilities over them
    double *variance;         // [variants] sum of p (1 - p) over them
    uint64_t unknown_variant; // exposures of variants that the bundle does not have
} spl_drift_log;

// `walk` says which part of the log; experiment, payload and callbacks are set here.
bool spl_drift_log_read(const char *path, const spl_bundle_file *file, uint32_t experiment,
                        const spl_reference *reference, const spl_walk *walk, spl_drift_log *out, spl_error *error);
void spl_drift_log_free(spl_drift_log *log);

#endif
