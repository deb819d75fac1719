// SPDX-License-Identifier: MIT
// The bundle of vector_bundle.h with settings: every hash mode with traffic and holdout, a paused experiment, one of
// each mode, bucket versions and hash seeds.
#ifndef VECTOR_SETTINGS_H
#define VECTOR_SETTINGS_H

#include "bundle/bundle_write.h"

// The file's bytes, from malloc.
bool vector_settings_write(uint8_t **data, size_t *size, spl_error *error);

#endif
