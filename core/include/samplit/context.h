// SPDX-License-Identifier: MIT
// From what the host knows (raw fields) to named attributes with normal values. Nothing here
// fails: unknown or malformed input becomes `unknown`, surplus input is counted and left out.
#ifndef SAMPLIT_CONTEXT_H
#define SAMPLIT_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

#include "samplit/text.h"

// Values are append-only: they cross the WASM border.
typedef enum spl_kind {
    SPL_KIND_MISSING = 0,
    SPL_KIND_NUMBER = 1,  // finite; NaN and infinities become missing
    SPL_KIND_BOOLEAN = 2, // number is 0 or 1
    SPL_KIND_STRING = 3,
} spl_kind;

// One thing the host says. A name in docs/context.md's list of raw fields (`user_agent`,
// `referrer`, `time_ms`, …) is read by the rules there; any other name is an attribute and is
// taken as it is. A repeated name: the last one stands.
typedef struct spl_field {
    uint64_t name;    // spl_name_hash of the name
    double number;    // NUMBER, BOOLEAN
    const char *text; // STRING: UTF-8; kept alive by the caller as long as the context
    uint32_t size;    // STRING: bytes; only the first SPL_TEXT_MAX count
    uint32_t kind;    // spl_kind; any other value is read as MISSING
} spl_field;

#define SPL_TEXT_MAX 2048      // bytes of one string that are looked at
#define SPL_ATTRIBUTES_MAX 256 // attributes of one context; later ones are left out and counted

// One normalised attribute. A MISSING one is never stored.
typedef struct spl_attribute {
    uint64_t name;    // spl_name_hash of the name
    uint64_t key;     // what segments and categories compare: see spl_value_key
    double number;    // NUMBER, BOOLEAN
    const char *text; // STRING: into the field, a static table, or the context's own buffer
    uint32_t size;    // STRING: bytes
    uint32_t kind;    // spl_kind
} spl_attribute;

// Caller-owned, about 12 KB, no set-up needed before spl_context_build.
typedef struct spl_context {
    uint32_t count;   // attributes in `items`
    uint32_t ignored; // fields left out because the context was full
    spl_attribute items[SPL_ATTRIBUTES_MAX];
    uint16_t slots[2 * SPL_ATTRIBUTES_MAX]; // open addressing: 1 + index into items, 0 = free
    char buffer[1280];                      // lower-cased and rewritten values
    uint32_t buffer_used;                   // bytes
} spl_context;

// Reads the fields into attributes. Attributes given directly win over derived ones, and
// building again from the attributes of a context gives the same attributes (so a logged
// context replays). Deterministic; O(total text), text beyond SPL_TEXT_MAX is not read.
void spl_context_build(spl_context *context, const spl_field *fields, size_t field_count);

// The attribute of that name, or NULL. O(1).
const spl_attribute *spl_context_find(const spl_context *context, uint64_t name);

// An order-free digest of all attributes: the sum over attributes of a 64-bit mix of name, kind
// and value, modulo 2^64. Equal attribute sets give equal digests.
uint64_t spl_context_digest(const spl_context *context);

// The text a number has as a segment value: integers of magnitude below 2^53 in decimal ("-3"),
// anything else as "x" and the 16 hex digits of its IEEE bits. Returns the length, at most
// SPL_NUMBER_TEXT_MAX. So 1 and "1" are one segment, whichever way a log spells them.
#define SPL_NUMBER_TEXT_MAX 24
size_t spl_number_text(double number, char out[SPL_NUMBER_TEXT_MAX]);

// The key of a value: XXH64 (seed 0) of its text; a number's text is spl_number_text, a
// boolean's "true" or "false", and a missing value has key 0.
uint64_t spl_value_key(uint32_t kind, double number, spl_text text);

// Names that the core itself knows, with the hash that spl_name_hash gives (checked by a test).
// Used to switch on names without hashing at run time.
spl_text spl_known_name(uint64_t name); // the text of an attribute that the rules give; of others empty

#endif
