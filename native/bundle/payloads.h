// SPDX-License-Identifier: GPL-3.0-or-later
// What is attached to an experiment's variants: any JSON, for the page to show. It stands in the manifest, as
// `payloads` of the experiment, a list by index of the variant; nothing of it is needed to decide.
#ifndef SAMPLIT_PAYLOADS_H
#define SAMPLIT_PAYLOADS_H

#include <cJSON.h>

#include "host/error.h"
#include "samplit/bundle.h"

#define SPL_PAYLOADS_MAX 65536 // bytes of a file of them

// The list in a manifest (NULL is fine), or NULL if there is none. It may be shorter or longer than the variants.
const cJSON *spl_payloads_in(const cJSON *manifest, const spl_bundle *bundle, uint32_t experiment);

// A file {"control": …, "bold": …} that names every variant, as a list by index, for cJSON_Delete.
bool spl_payloads_read(const char *path, const spl_experiment *experiment, cJSON **out, spl_error *error);

// The same from memory; errors name no file.
bool spl_payloads_parse(spl_text text, const spl_experiment *experiment, cJSON **out, spl_error *error);

// Whether nothing is attached to any variant: null to all.
bool spl_payloads_are_none(const cJSON *payloads);

// Those of a bundle's experiment for variants of the same names elsewhere, null for new ones. *out is NULL if none are
// left.
bool spl_payloads_carry(const spl_bundle *from, uint32_t experiment, const spl_text *variants, uint32_t count,
                        cJSON **out, spl_error *error);

#endif
