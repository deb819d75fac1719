// SPDX-License-Identifier: GPL-3.0-or-later
#include "json/json_add.h"

#include <cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/visible.h"

bool spl_json_add_number(cJSON *to, const char *name, double value)
{
    return isfinite(value) ? cJSON_AddNumberToObject(to, name, value) : cJSON_AddNullToObject(to, name);
}

bool spl_json_add_u64(cJSON *to, const char *name, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    return cJSON_AddStringToObject(to, name, text);
}

bool spl_json_add_text(cJSON *to, const char *name, spl_text text)
{
    char *valid = spl_valid_utf8(text);
    bool ok = valid && cJSON_AddStringToObject(to, name, valid);
    free(valid);
    return ok;
}
