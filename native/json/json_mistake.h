// SPDX-License-Identifier: GPL-3.0-or-later
// What is wrong with a text that is no JSON object.
#ifndef SAMPLIT_JSON_MISTAKE_H
#define SAMPLIT_JSON_MISTAKE_H

#include "host/error.h"
#include "samplit/text.h"

// Whether a mistake was found; the error says which, at which byte, and under which of the object's fields. It
// finds one in every text of at most SPL_JSON_BYTES_MAX that spl_json_scan refuses, and in no other.
bool spl_json_mistake(spl_text text, spl_error *error);

#endif
