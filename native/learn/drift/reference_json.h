// SPDX-License-Identifier: GPL-3.0-or-later
// A reference as the member `reference` of a report (docs/learning.md, section 6).
#ifndef SAMPLIT_REFERENCE_JSON_H
#define SAMPLIT_REFERENCE_JSON_H

#include <cJSON.h>

#include "host/error.h"
#include "learn/drift/reference.h"

// From malloc; NULL when out of memory.
char *spl_reference_text(const spl_reference *reference);

// Everything is checked: counts are whole, add up to the exposures in each attribute, and edges ascend. The error
// names the field and the attribute.
bool spl_reference_read(const cJSON *item, spl_reference **out, spl_error *error);

#endif
