// SPDX-License-Identifier: GPL-3.0-or-later
// evaluate --gate: may this bundle follow that one? Both are valued on the same exposures; the interval is that of the
// difference.
#ifndef SAMPLIT_EVALUATE_GATE_H
#define SAMPLIT_EVALUATE_GATE_H

#include "bundle/bundle_file.h"
#include "learn/drift/drift_walk.h"
#include "learn/drift/retrain.h"

// By which interval of the difference: the one that holds at every look, for a gate is asked again and again on a
// growing log until it opens; or that of SNIPS, shorter, for a single look.
typedef enum spl_gate_bound { SPL_GATE_EVERY_LOOK, SPL_GATE_ONE_LOOK } spl_gate_bound;

typedef struct spl_gate {
    const char *incumbent, *events; // paths
    const char *outcome;            // NULL = the first that joins
    int64_t window_ms;
    spl_fold fold;
    double max_bad; // share
    double margin;  // by how much the new one may be worse, per exposure
    spl_gate_bound bound;
    spl_ope_cs_config looks; // what is known before the log
    bool json;
} spl_gate;

// Prints the verdict. Returns the exit code: 0 the lower end of the interval is not below -margin, 1 it is, or the log
// cannot be read or says nothing.
int spl_cli_gate(const spl_gate *gate, const spl_bundle_file *candidate, uint32_t experiment);

#endif
