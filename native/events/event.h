// SPDX-License-Identifier: GPL-3.0-or-later
// One event, as it stands on one line of NDJSON. docs/events.md is the schema.
#ifndef SAMPLIT_EVENT_H
#define SAMPLIT_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "host/error.h"
#include "samplit/context.h"
#include "samplit/decide.h"
#include "samplit/policy.h"

#define SPL_EVENT_UNIT_MAX 1024   // bytes
#define SPL_EVENT_VALUE_MAX 1e100 // of an outcome, either sign; squares and sums of such stay finite

typedef enum spl_event_kind { SPL_EVENT_EXPOSURE, SPL_EVENT_OUTCOME } spl_event_kind;

// A context entry with its name; field.name is already hashed.
typedef struct spl_named_field {
    spl_text name;
    spl_field field;
} spl_named_field;

// Texts point into the parsed line or its parser; they live until the next parse.
typedef struct spl_event {
    spl_event_kind kind;
    uint8_t id[16];  // UUID
    int64_t time_ms; // Unix time, UTC
    spl_text experiment, unit;
    // exposure
    spl_text bundle;  // 32 hex digits, or empty
    spl_text segment; // key, `global` for the root
    uint32_t level;
    spl_text variant;
    double propensity;
    uint32_t probability_count; // 0 = not logged
    double probabilities[SPL_VARIANTS_MAX];
    spl_text reason, mode, region; // may be empty
    bool has_trace;
    uint64_t trace;
    bool has_context; // logged, if only as {}; without it context_count is 0
    uint32_t context_count;
    spl_named_field context[SPL_ATTRIBUTES_MAX];
    // outcome
    bool has_exposure; // else experiment and unit say which
    uint8_t exposure[16];
    spl_text name; // of the outcome
    double value;
} spl_event;

typedef struct spl_event_parser spl_event_parser; // scratch for tokens and unescaped text

spl_event_parser *spl_event_parser_new(void); // NULL when out of memory
void spl_event_parser_free(spl_event_parser *parser);

// Reads one line. On failure *event is undefined and the error names the field. Unknown fields are
// ignored. O(size), no allocation once the parser has grown to the longest line.
bool spl_event_parse(spl_event_parser *parser, spl_text line, spl_event *event, spl_error *error);

// Writes the event as one line with its newline into out[0..size); returns its length, or 0 if it
// does not fit (spl_event_size_max is always enough).
size_t spl_event_write(const spl_event *event, char *out, size_t size);
size_t spl_event_size_max(const spl_event *event);

// Whether the text can name an experiment: 1 to 64 letters, digits, '_', '.' and '-'.
bool spl_event_is_key(spl_text text);

// UUIDv7 (RFC 9562) from a time and 74 random bits of the caller (the low bits of the two words).
void spl_uuid7(int64_t time_ms, uint64_t random_a, uint64_t random_b, uint8_t out[16]);

#endif
