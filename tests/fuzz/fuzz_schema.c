// SPDX-License-Identifier: MIT
// Any bytes as a schema: refused with a sentence, or a schema that its own text reads back as, and that makes entries
// within their range from any context.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "data/schema_spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool truth)
{
    if (!truth) abort();
}

static void check_entries(const spl_schema *schema)
{
    static spl_context context;
    static float out[SPL_FEATURES_MAX];
    spl_field fields[64];
    uint32_t count = schema->feature_count < 64 ? schema->feature_count : 64;
    for (uint32_t i = 0; i < count; i++)
        fields[i] = (spl_field){schema->attribute[i], i % 3 ? 1e300 : -2.5, NULL, 0,
                                i % 2 ? SPL_KIND_NUMBER : SPL_KIND_MISSING};
    spl_context_build(&context, fields, count);
    spl_features(schema, &context, out);
    for (uint32_t i = 0; i < schema->width; i++) demand(out[i] >= -1 && out[i] <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    spl_schema_spec *spec = NULL, *again = NULL;
    spl_error error = {0};
    if (!spl_schema_spec_parse((const char *)data, size, "fuzz", &spec, &error)) {
        demand(spec == NULL && error.text[0] != '\0');
        return 0;
    }
    check_entries(&spec->schema);
    char *text = spl_schema_spec_text(spec);
    demand(text && spl_schema_spec_parse(text, strlen(text), "fuzz", &again, &error));
    demand(again->schema.width == spec->schema.width);
    demand(memcmp(again->schema.attribute, spec->schema.attribute, 8 * (size_t)spec->feature_count) == 0);
    demand(memcmp(again->schema.lo, spec->schema.lo, 4 * (size_t)spec->feature_count) == 0);
    free(text);
    spl_schema_spec_free(spec);
    spl_schema_spec_free(again);
    return 0;
}
