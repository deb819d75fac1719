// SPDX-License-Identifier: GPL-3.0-or-later
// Members of a cJSON document whose values are not what JSON can say. Each is false when out of memory.
#ifndef SAMPLIT_JSON_ADD_H
#define SAMPLIT_JSON_ADD_H

#include <stdbool.h>
#include <stdint.h>

#include "samplit/text.h"

struct cJSON;

// A number; `null` if it is not finite.
bool spl_json_add_number(struct cJSON *to, const char *name, double value);

// A number as a string of digits, for doubles, which readers make of JSON's numbers, are exact up to 2^53 only.
bool spl_json_add_u64(struct cJSON *to, const char *name, uint64_t value);

// A string of any bytes: those that are not UTF-8, and NUL, become U+FFFD.
bool spl_json_add_text(struct cJSON *to, const char *name, spl_text text);

#endif
