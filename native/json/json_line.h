// SPDX-License-Identifier: GPL-3.0-or-later
// One line of NDJSON as tokens: exactly the texts of RFC 8259 that hold an object, in valid UTF-8, are
// read. Nothing is allocated once the arrays have grown to the longest line.
#ifndef SAMPLIT_JSON_LINE_H
#define SAMPLIT_JSON_LINE_H

#include <stdint.h>

#include "host/error.h"
#include "samplit/hash.h"
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
    uint8_t plain;        // KEY, STRING: all ASCII, no escapes
    uint8_t met;          // KEY: its place among the keys met; SPL_JSON_KEYS = none
} spl_json_token;

#define SPL_JSON_KEYS 64
#define SPL_JSON_KEY_BYTES 32

// Lines of a log look alike. The keys of those before, in their order: what is expected is found sooner, and its hash
// is known.
typedef struct spl_json_met {
    char text[SPL_JSON_KEY_BYTES]; // with its closing quote
    uint64_t hash;                 // spl_name_hash; 0 = not yet known
    uint32_t bytes;                // a bit for each byte of the text
    uint8_t size;                  // without the quote
    uint8_t tag;                   // for whoever reads the lines; 0 at first
} spl_json_met;

typedef struct spl_json_keys {
    uint32_t count;
    spl_json_met met[SPL_JSON_KEYS];
} spl_json_keys;

// Token 0 is the object. In an object a key stands before its value; the tokens inside a container
// follow it.
typedef struct spl_json_line {
    spl_text text;
    uint32_t count; // tokens
    uint32_t capacity;
    spl_json_token *tokens; // owned
    char *scratch;          // owned: unescaped strings of this line
    size_t scratch_size, scratch_used;
    spl_json_keys keys;
} spl_json_line;

// Zero the struct before the first use. On failure the error says at which byte, and under which
// of the object's fields.
bool spl_json_line_read(spl_json_line *json, spl_text text, spl_error *error);
void spl_json_line_free(spl_json_line *json);

// The token after `token` and everything in it; of a key, the one after its value.
static inline uint32_t spl_json_after(const spl_json_line *json, uint32_t token)
{
    token += json->tokens[token].kind == SPL_JSON_KEY;
    const spl_json_token *t = &json->tokens[token];
    return t->kind == SPL_JSON_OBJECT || t->kind == SPL_JSON_ARRAY ? t->after : token + 1;
}

// The token's bytes as they stand, quotes left out.
static inline spl_text spl_json_raw(const spl_json_line *json, uint32_t token)
{
    const spl_json_token *t = &json->tokens[token];
    return (spl_text){json->text.data + t->start, t->size};
}

// The key or string with its escapes undone, into the line if there are none, else into scratch. False if
// the token is neither, or holds half a surrogate pair.
bool spl_json_unescape(spl_json_line *json, spl_text raw, spl_text *out); // of one that is not plain
static inline bool spl_json_string(spl_json_line *json, uint32_t token, spl_text *out)
{
    const spl_json_token *t = &json->tokens[token];
    if (t->kind != SPL_JSON_STRING && t->kind != SPL_JSON_KEY) return false;
    *out = spl_json_raw(json, token);
    return t->plain || spl_json_unescape(json, *out, out);
}

// spl_name_hash of a key that spl_json_string gives as `name`.
static inline uint64_t spl_json_key_hash(spl_json_line *json, uint32_t token, spl_text name)
{
    uint8_t met = json->tokens[token].met;
    if (met == SPL_JSON_KEYS) return spl_name_hash(name);
    uint64_t *hash = &json->keys.met[met].hash;
    if (*hash == 0) *hash = spl_name_hash(name);
    return *hash;
}

// False if the token is no number.
static inline bool spl_json_number(const spl_json_line *json, uint32_t token, double *out)
{
    const spl_json_token *t = &json->tokens[token];
    if (t->kind == SPL_JSON_NUMBER) *out = t->number;
    return t->kind == SPL_JSON_NUMBER;
}

static inline bool spl_json_is_null(const spl_json_line *json, uint32_t token)
{
    return json->tokens[token].kind == SPL_JSON_NULL;
}

// False if the token is neither true nor false.
static inline bool spl_json_boolean(const spl_json_line *json, uint32_t token, bool *out)
{
    uint8_t kind = json->tokens[token].kind;
    if (kind == SPL_JSON_TRUE || kind == SPL_JSON_FALSE) *out = kind == SPL_JSON_TRUE;
    return kind == SPL_JSON_TRUE || kind == SPL_JSON_FALSE;
}

#endif
