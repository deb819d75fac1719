// SPDX-License-Identifier: GPL-3.0-or-later
// The fixed-form texts of an event: times, UUIDs and 64-bit hashes.
#ifndef SAMPLIT_EVENT_STAMP_H
#define SAMPLIT_EVENT_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "samplit/text.h"

// Years 0 to 9999, in milliseconds of Unix time.
#define SPL_TIME_MIN INT64_C(-62167219200000)
#define SPL_TIME_MAX INT64_C(253402300799999)

// RFC 3339: "2026-11-21T07:45:00.123Z", any offset; digits beyond the millisecond are cut off and
// a leap second is the first moment of the next minute. On failure *time_ms is unchanged.
bool spl_time_read(spl_text text, int64_t *time_ms);

// The same in UTC with three decimals, always SPL_TIME_CHARS bytes. Times outside the range are clamped.
#define SPL_TIME_CHARS 24
void spl_time_write(int64_t time_ms, char out[SPL_TIME_CHARS]);

// 8-4-4-4-12 hex digits of either case; written in lower case.
#define SPL_UUID_CHARS 36
bool spl_uuid_read(spl_text text, uint8_t out[16]);
void spl_uuid_write(const uint8_t id[16], char out[SPL_UUID_CHARS]);

// 16 hex digits.
#define SPL_HASH_CHARS 16
bool spl_hash_read(spl_text text, uint64_t *out);
void spl_hash_write(uint64_t hash, char out[SPL_HASH_CHARS]);

// Whether the text is `count` lower-case hex digits.
bool spl_is_hex(spl_text text, size_t count);

#endif
