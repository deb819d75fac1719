// SPDX-License-Identifier: GPL-3.0-or-later
// Where a bundle comes from: the member `lineage` of its manifest (docs/lineage.md). It names its parent, the logs
// that it was learned from by their content, and the settings: the options that were given to `samplit learn`. No
// clock, no path and no count stands in it, so that equal content has an equal id and nothing learned is told.
#ifndef SAMPLIT_LINEAGE_H
#define SAMPLIT_LINEAGE_H

#include <cJSON.h>

#include "host/error.h"
#include "samplit/bundle.h"

typedef struct spl_lineage_option {
    const char *name;  // "levels"
    const char *value; // as it was given
} spl_lineage_option;

typedef struct spl_lineage {
    const char *parent;    // id of the bundle that this one follows; NULL = none
    const char *input;     // path of the log; only its last part is kept
    const char *digest;    // BLAKE2b-256 of its bytes, unpacked; hex
    uint32_t option_count; // settings
    const spl_lineage_option *options;
    const cJSON *validation; // against the parent; NULL = none
} spl_lineage;

// {"lineage": {…}}: what spl_manifest.more takes. NULL when out of memory. Options are put in order of their names.
cJSON *spl_lineage_json(const spl_lineage *lineage);

// The setting of that name in a bundle's lineage, from malloc; NULL if there is none.
char *spl_lineage_setting(const spl_bundle *bundle, const char *name);

// The lineage in a bundle's manifest, to be freed with cJSON_Delete; NULL if it has none, or none of the right form:
// an object with an object `settings` of strings, a list `inputs` of objects with `name` and `blake2b`, and a `parent`
// that is an id or null.
cJSON *spl_lineage_read(const spl_bundle *bundle);

#endif
