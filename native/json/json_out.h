// SPDX-License-Identifier: GPL-3.0-or-later
// JSON text written into memory of the caller, through a cursor that stops, once and for all, where
// the room ends.
#ifndef SAMPLIT_JSON_OUT_H
#define SAMPLIT_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "samplit/text.h"

#define SPL_JSON_ESCAPED_MAX 6 // bytes that one byte of text can become: \u001f

typedef struct spl_json_out {
    char *at, *end;
    bool full; // something did not fit; the text is then of no use
} spl_json_out;

// Bytes as they are.
void spl_json_put(spl_json_out *out, const char *data, size_t size);
#define SPL_JSON_PUT(out, literal) spl_json_put(out, literal, sizeof(literal) - 1)

// A number, shortest; `null` if it is not finite.
void spl_json_put_number(spl_json_out *out, double value);

// A string of valid UTF-8, quoted and escaped.
void spl_json_put_string(spl_json_out *out, spl_text text);

// A string of any bytes: those that are not UTF-8 become U+FFFD.
void spl_json_put_bytes(spl_json_out *out, spl_text text);

#endif
