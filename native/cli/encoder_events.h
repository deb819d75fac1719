// SPDX-License-Identifier: GPL-3.0-or-later
// Events as labelled rows: what `samplit encoder train` learns from when no column says what is alike.
#ifndef SAMPLIT_ENCODER_EVENTS_H
#define SAMPLIT_ENCODER_EVENTS_H

#include "cli/encoder_settings.h"
#include "data/rows.h"

// `schema` NULL: one is fitted to the contexts, and is rows->fitted.
bool spl_encoder_events_read(const spl_encoder_settings *settings, const char *path, const spl_schema_spec *schema,
                             spl_pool *pool, spl_rows **out, spl_error *error);

#endif
