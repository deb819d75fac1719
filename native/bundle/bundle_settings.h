// SPDX-License-Identifier: GPL-3.0-or-later
// The same bundle, run in another way: settings and hash mode of one experiment, what is attached to its variants, or
// fixed shares in place of its policy.
#ifndef SAMPLIT_BUNDLE_SETTINGS_CHANGE_H
#define SAMPLIT_BUNDLE_SETTINGS_CHANGE_H

#include "host/error.h"
#include "samplit/bundle.h"

typedef struct spl_settings_change {
    uint32_t experiment; // index
    spl_settings settings;
    uint32_t hash_mode;
    const struct cJSON *payloads; // of the variants, by index (bundle/payloads.h); NULL: they stay
    const double *split;          // [variants] shares that all units are drawn from; NULL: the policy stays
} spl_settings_change;

// The changed file; what it holds besides stays, tensors that the format does not name and the manifest among it.
// *data is from malloc.
bool spl_bundle_change_settings(const spl_bundle *bundle, const spl_settings_change *change, uint8_t **data,
                                size_t *size, char id_hex[33], spl_error *error);

#endif
