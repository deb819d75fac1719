// SPDX-License-Identifier: GPL-3.0-or-later
// One line of NDJSON as tokens: exactly the texts of RFC 8259 that hold an object, in valid UTF-8, are
// read. Nothing is allocated once the arrays have grown to the longest line.
#ifndef SAMPLIT_JSON_LINE_H
#define SAMPLIT_JSON_LINE_H

#include <stdint.h>

#include "host/error.h"
#include "samplit/text.h"

#define SPL_JSON_TOKENS_MAX (1u << 16) // of one line
#define SPL_JSON_BYTES_MAX (16u << 20)

typedef enum spl_json_kind {
    SPL_JSON_OBJECT,
    SPL_JSON_ARRAY,
    SPL_JSON_KEY,
    SPL_JSON_STRING,
    SPL_JSON_NUMBER,
    SPL_JSON_TRUE,
    SPL_JSON_FALSE,
    SPL_JSON_NULL
} spl_json_kind;

typedef struct spl_json_token {
    double number;        // NUMBER
    uint32_t start, size; // bytes; of a KEY or STRING without its quotes
    uint32_t after;       // OBJECT, ARRAY: the token behind everything in it
    uint32_t count;       // OBJECT, ARRAY: entries
    uint8_t kind;         // spl_json_kind
    uint8_t escaped;      // KEY, STRING: holds a backslash
} spl_json_token;

// Token 0 is the object. In an object a key stands before its value; the tokens inside a container
// follow it.
typedef struct spl_json_line {
    spl_text text;
    uint32_t count; // tokens
    uint32_t capacity;
    spl_json_token *tokens; // owned
    char *scratch;          // owned: unescaped strings of this line
    size_t scratch_size, scratch_used;
} spl_json_line;

// Zero the struct before the first use. On failure the error says at which byte, and under which
// of the object's fields.
bool spl_json_line_read(spl_json_line *json, spl_text text, spl_error *error);
void spl_json_line_free(spl_json_line *json);

// The token after `token` and everything in it; of a key, the one after its value.
uint32_t spl_json_after(const spl_json_line *json, uint32_t token);

// The token's bytes as they stand, quotes left out.
spl_text spl_json_raw(const spl_json_line *json, uint32_t token);

// The key or string with its escapes undone; into the line if there are none, else into scratch. False if
// the token is neither, or holds half a surrogate pair.
bool spl_json_string(spl_json_line *json, uint32_t token, spl_text *out);

// False if the token is no number.
bool spl_json_number(const spl_json_line *json, uint32_t token, double *out);

bool spl_json_is_null(const spl_json_line *json, uint32_t token);
bool spl_json_boolean(const spl_json_line *json, uint32_t token, bool *out);

#endif
