// SPDX-License-Identifier: MIT
// Generated decisions: case i is made from Philox and i alone, so any build on any machine makes
// the same cases. The same file is linked into the native tests and into the test-only WASM modules.
#ifndef SAMPLIT_CONFORMANCE_H
#define SAMPLIT_CONFORMANCE_H

#include "samplit/decide.h"

#define SPL_CONFORMANCE_BLOCK 10000 // decisions of one digest
#define SPL_CONFORMANCE_BLOCKS 100  // blocks with a golden digest
#define SPL_CONFORMANCE_FIELDS 32

typedef struct spl_conformance_case {
    uint32_t experiment; // sometimes one past the last: the control
    spl_text unit;
    spl_request request; // for experiments with settings; often of nothing
    uint32_t field_count;
    spl_field fields[SPL_CONFORMANCE_FIELDS]; // texts point into `bytes`
    uint32_t used;
    char bytes[12288];
} spl_conformance_case;

void spl_conformance_make(uint32_t index, uint32_t experiment_count, spl_conformance_case *out);

// Decides the case in a bundle that it was made for. The request is asked of experiments with settings alone, so that
// bundles of before have the traces of before.
void spl_conformance_decide(const spl_bundle *bundle, spl_workspace *workspace, const spl_conformance_case *drawn,
                            spl_decision *decision);

// XXH64, chained, over the traces of a block's decisions, and where there are settings over their rankings.
uint64_t spl_conformance_digest(const spl_bundle *bundle, spl_workspace *workspace, uint32_t block);

#endif
