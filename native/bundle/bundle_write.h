// SPDX-License-Identifier: GPL-3.0-or-later
// Writes a model file: the tensors of an spl_bundle whose views point to the caller's arrays, the
// manifest, and the id. What is written passes spl_bundle_open, or it is not written.
#ifndef SAMPLIT_BUNDLE_WRITE_H
#define SAMPLIT_BUNDLE_WRITE_H

#include "bundle/bundle_write_parts.h"
#include "host/error.h"
#include "samplit/bundle.h"

// `bundle` gives schema, encoders, clusters, tree and experiments; its id, manifest and tensors are not read. A
// tree of no nodes is written as the root alone, and there may be no experiment: so files of encoders or clusters.
// `manifest` is a JSON object (docs/bundle-format.md lists its fields). *data is from malloc,
// 16-byte aligned. The id (also set in id_hex, 32 digits and a terminator) is BLAKE2b-128 of the file with
// the id's digits read as '0', so equal content has an equal id.
bool spl_bundle_write(const spl_bundle *bundle, const char *manifest, uint8_t **data, size_t *size, char id_hex[33],
                      spl_error *error);

// The same with further tensors, whose names are none of the format's: the core keeps and ignores them.
bool spl_bundle_write_with(const spl_bundle *bundle, const spl_column *more, size_t more_count, const char *manifest,
                           uint8_t **data, size_t *size, char id_hex[33], spl_error *error);

// Whether the id in the file is that of its bytes.
bool spl_bundle_id_matches(const uint8_t *data, size_t size);

#endif
