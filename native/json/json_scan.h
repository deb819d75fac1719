// SPDX-License-Identifier: GPL-3.0-or-later
// The tokens of a line in one pass over its bytes.
#ifndef SAMPLIT_JSON_SCAN_H
#define SAMPLIT_JSON_SCAN_H

#include "json/json_line.h"

// Fills json->tokens[0..capacity) and json->count from json->text. False if the text is not an object of
// RFC 8259 in valid UTF-8, or has more tokens than there is room for; it does not say why.
bool spl_json_scan(spl_json_line *json);

#endif
