// SPDX-License-Identifier: GPL-3.0-or-later
// What the manifest tells people: names where the tensors hold hashes. Nothing in it is trusted: a name is
// used only if its hash is the tensor's.
#ifndef SAMPLIT_MANIFEST_READ_H
#define SAMPLIT_MANIFEST_READ_H

#include <cJSON.h>

#include "samplit/bundle.h"

// The manifest as an object, to be freed with cJSON_Delete; NULL if it is none.
cJSON *spl_manifest_read(const spl_bundle *bundle);

// What it says of an experiment of the bundle, or NULL where it does not list it under its key. The manifest may be
// NULL.
const cJSON *spl_manifest_experiment(const cJSON *manifest, const spl_bundle *bundle, uint32_t experiment);

// The name of the attribute with that hash, made visible: from the manifest (may be NULL), else as the core
// knows it, else "#" and the hash's hex digits. From malloc; NULL when out of memory.
char *spl_attribute_name(const cJSON *manifest, uint64_t hash);

// A text member of an object such as "writer", made visible; "" if it is missing. From malloc; NULL as above.
char *spl_manifest_member(const cJSON *object, const char *name);

#endif
