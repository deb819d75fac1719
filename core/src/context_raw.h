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
    uint32_t roles;                          // bits: which spl_name_role are among them
    uint32_t channel;                        // the greatest of these, click ids being parameters
    uint32_t click;                          // the greatest spl_name_role of a click id, or 0
} spl_raw;

static inline bool spl_raw_has(const spl_raw *raw, spl_name_role role)
{
    return raw->roles >> role & 1;
}

// The channel of the visit: web, funnel, email, push; empty if nothing tells it.
spl_text spl_raw_channel(const spl_raw *raw);

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

// The rules: numbers in their ranges, os_version, is_returning. After the visitor's.
void spl_context_numbers(spl_context *context, const spl_raw *raw);

// The rules: source, medium, campaign, term, content, and what names a funnel.
void spl_context_traffic(spl_context *context, const spl_raw *raw);

// The rules: device, os, browser, is_bot, language, country, hour, dow, is_weekend.
void spl_context_visitor(spl_context *context, const spl_raw *raw);

#endif
