// SPDX-License-Identifier: GPL-3.0-or-later
// How an experiment is run (spl_settings), in words and in JSON.
#ifndef SAMPLIT_BUNDLE_SETTINGS_H
#define SAMPLIT_BUNDLE_SETTINGS_H

#include <stdbool.h>
#include <stdio.h>

#include "samplit/bundle.h"

// Whether they change nothing: a bundle of only such needs none.
bool spl_settings_are_plain(const spl_settings *settings);

// The word of a mode, "online" and so on, and back. Static storage.
const char *spl_mode_name(uint32_t mode);
bool spl_mode_parse(const char *text, uint32_t *mode);

// The same for hash modes: "race", "growthbook-v2", "murmur3", "unleash".
const char *spl_hash_mode_name(uint32_t mode);
bool spl_hash_mode_parse(const char *text, uint32_t *mode);

// Prints ", paused, holdout 5 %": what is not plain, each after a comma.
void spl_settings_print(const spl_settings *settings, FILE *out);

// {"paused":true,"holdout":0.05}: what is not plain. NULL when out of memory.
struct cJSON *spl_settings_json(const spl_settings *settings);

#endif
