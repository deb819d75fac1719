// SPDX-License-Identifier: GPL-3.0-or-later
// Typed reading of a JSON document where every refusal names the place by its path.
#ifndef SAMPLIT_JSON_PLACE_H
#define SAMPLIT_JSON_PLACE_H

#include <cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "host/error.h"
#include "samplit/text.h"

// A value and where it stands, as in "segments[0].rates". `json` is NULL when it is missing.
typedef struct spl_place {
    const cJSON *json;
    char path[96]; // cut to fit
} spl_place;

spl_place spl_place_field(const spl_place *in, const char *name);
spl_place spl_place_item(const spl_place *in, const cJSON *item, uint32_t index);

// Whether it is an object whose fields all stand in `names` (separated by blanks).
bool spl_place_is_object(const spl_place *at, const char *names, spl_error *error);

// Whether it is an array of lo to hi elements; sets *count.
bool spl_place_is_array(const spl_place *at, uint32_t lo, uint32_t hi, uint32_t *count, spl_error *error);

// A number in [lo, hi].
bool spl_place_number(const spl_place *at, double lo, double hi, double *out, spl_error *error);

// A string of 1 to `max` bytes, kept alive by the document.
bool spl_place_text(const spl_place *at, size_t max, spl_text *out, spl_error *error);

#endif
