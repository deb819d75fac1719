// SPDX-License-Identifier: MIT
// What the parts of the context rules share: the raw fields, and offering what was derived.
#ifndef SAMPLIT_CONTEXT_RAW_H
#define SAMPLIT_CONTEXT_RAW_H

#include <stdbool.h>

#include "names.h"
#include "samplit/context.h"

// The raw fields of one context, the last of each name; NULL where the host gave none.
typedef struct spl_raw {
    const spl_field *fields[SPL_NAME_COUNT]; // by spl_name_id
    bool traffic;                            // the page, the referrer or a URL parameter is among them
    bool client;                             // the user agent or a client hint is among them
} spl_raw;

// The text of a raw field, at most SPL_TEXT_MAX bytes; empty if it is no string.
spl_text spl_raw_text(const spl_raw *raw, spl_name_id id);

// The number of a raw field, or NaN.
double spl_raw_number(const spl_raw *raw, spl_name_id id);

// Stores the value of a field. One given directly replaces what stands there, a derived one does
// not. True if a value that stood before became missing: it is to be dropped before the next find.
bool spl_context_store(spl_context *context, const spl_field *field, bool given);
void spl_context_drop_missing(spl_context *context);

// Stores a derived value unless the attribute was given directly. An empty text is not stored.
void spl_context_offer_text(spl_context *context, spl_name_id id, spl_text text);
void spl_context_offer_number(spl_context *context, spl_name_id id, double number);
void spl_context_offer_boolean(spl_context *context, spl_name_id id, bool value);

// The rules: source, medium, campaign, term, content.
void spl_context_traffic(spl_context *context, const spl_raw *raw);

// The rules: device, os, browser, is_bot, language, country, hour, dow, is_weekend.
void spl_context_visitor(spl_context *context, const spl_raw *raw);

#endif
