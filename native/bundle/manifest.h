// SPDX-License-Identifier: GPL-3.0-or-later
// The manifest: what a bundle holds, in words, for people and tools. The decision path never reads it.
#ifndef SAMPLIT_MANIFEST_H
#define SAMPLIT_MANIFEST_H

#include "data/schema_spec.h"
#include "samplit/bundle.h"

typedef struct spl_manifest {
    const spl_bundle *bundle;      // tree and experiments, as spl_bundle_write gets them
    const spl_schema_spec *schema; // that of the bundle; NULL = none
    uint32_t level_count;
    const spl_text *levels;       // attributes that the tree splits on, from the root down
    const struct cJSON *payloads; // of the first experiment's variants (bundle/payloads.h); NULL = none
    const struct cJSON *more; // an object whose members are added as they stand (`training`, `lineage`); NULL = none
} spl_manifest;

// The manifest as JSON, from malloc; docs/bundle-format.md lists its fields. NULL when out of memory.
char *spl_manifest_text(const spl_manifest *manifest);

#endif
