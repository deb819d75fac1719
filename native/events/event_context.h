// SPDX-License-Identifier: GPL-3.0-or-later
// A context on its own: {"channel":"Web","recency":10,"newbie":true}.
#ifndef SAMPLIT_EVENT_CONTEXT_H
#define SAMPLIT_EVENT_CONTEXT_H

#include "events/event.h"
#include "json/json_line.h"

// Reads the JSON object at `token` into fields[SPL_ATTRIBUTES_MAX]. A null is a missing value. A
// name that stands twice is kept twice; of those the core takes the last. The error names the entry as
// "context.NAME". O(size).
bool spl_event_context_read(spl_json_line *json, uint32_t token, spl_named_field *fields, uint32_t *count,
                            spl_error *error);

// Reads a text that is one such object. The fields live until the next read with `json`.
bool spl_event_context_parse(spl_json_line *json, spl_text text, spl_named_field *fields, uint32_t *count,
                             spl_error *error);

#endif
