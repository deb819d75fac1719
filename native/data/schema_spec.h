// SPDX-License-Identifier: GPL-3.0-or-later
// A feature schema with its names, as people write it (docs/data.md has the JSON), as it is fitted to a file of
// rows, and as the core takes it. The core's own spl_schema holds hashes only.
#ifndef SAMPLIT_SCHEMA_SPEC_H
#define SAMPLIT_SCHEMA_SPEC_H

#include "host/error.h"
#include "samplit/bundle.h"

#define SPL_SCHEMA_NAME_MAX 255 // bytes of an attribute's name or of a category

typedef struct spl_feature_spec {
    char *attribute;
    spl_feature_kind kind;
    spl_transform transform; // numeric only
    float lo, hi;            // after the transform, lo < hi; numeric only, else 0 and 1
    float period;            // cyclic only, else 0
    float missing;           // in [0, 1]: the entry of a missing numeric or boolean value
    uint32_t category_count;
    char **categories; // [category_count] texts as spl_value_key reads them ("mobile", "3", "true")
} spl_feature_spec;

// Owns all it points to.
typedef struct spl_schema_spec {
    char *name; // "web-20", or what the JSON says, or the name of the file it was fitted to
    uint32_t feature_count;
    spl_feature_spec *features; // [feature_count]
    spl_schema schema;          // the same for the core; its views point into `memory`
    void *memory;
} spl_schema_spec;

// The default schema about a visit to a web page: 20 entries.
bool spl_schema_spec_web20(spl_schema_spec **out, spl_error *error);

// A schema of these features, all texts copied. The error's field is "features[2].lo" and the like.
bool spl_schema_spec_make(const char *name, const spl_feature_spec *features, uint32_t count, spl_schema_spec **out,
                          spl_error *error);

// Reads the JSON of `path`. The error names the feature and the member, and what was expected.
bool spl_schema_spec_read(const char *path, spl_schema_spec **out, spl_error *error);

// The same from memory. `origin` is named in the error, and gives the schema its name where the JSON says none.
bool spl_schema_spec_parse(const char *json, size_t size, const char *origin, spl_schema_spec **out, spl_error *error);

// The schema of a bundle, its names from the manifest (a name counts only if its hash is the tensor's; what has no name
// is called "#" and the hash's hex digits). Fails when the bundle has none.
bool spl_schema_spec_of_bundle(const spl_bundle *bundle, spl_schema_spec **out, spl_error *error);

// The same JSON back, from malloc; NULL when out of memory. What spl_schema_spec_read makes of it is equal.
char *spl_schema_spec_text(const spl_schema_spec *spec);

// The same as an object for a larger document (the manifest). NULL when out of memory.
struct cJSON *spl_schema_spec_json(const spl_schema_spec *spec);

void spl_schema_spec_free(spl_schema_spec *spec); // NULL is fine

#endif
