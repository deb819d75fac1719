// SPDX-License-Identifier: MIT
// Hashes: XXH64 names attributes, values and units; the two compatibility hashes let a site
// move running experiments here without moving its visitors.
#ifndef SAMPLIT_HASH_H
#define SAMPLIT_HASH_H

#include <stdint.h>

#include "samplit/text.h"

// XXH64 (xxHash specification 0.1.1). Byte order does not depend on the machine. O(size).
uint64_t spl_xxh64(const void *data, size_t size, uint64_t seed);

// The id of a name or of a text value: XXH64 with seed 0.
uint64_t spl_name_hash(spl_text name);

// The finaliser of XXH64: a bijection of 64 bits with full avalanche.
uint64_t spl_mix64(uint64_t x);

// FNV-1a, 32 bits (Fowler, Noll, Vo).
uint32_t spl_fnv1a32(const void *data, size_t size);

// MurmurHash3_x86_32 (Appleby).
uint32_t spl_murmur3_32(const void *data, size_t size, uint32_t seed);

// GrowthBook's hash version 2 over UTF-8 bytes: fnv1a32(decimal(fnv1a32(seed ‖ unit))) mod 10000.
// Returns the bucket in [0, 10000). GrowthBook's own SDK hashes UTF-16 code units, which are the
// same numbers for ASCII only.
uint32_t spl_bucket_growthbook_v2(spl_text seed, spl_text unit);

// MurmurHash3 bucketing as in Optimizely's SDKs: floor(murmur3_32(unit ‖ experiment, 1) * 10000 / 2^32).
// Returns the bucket in [0, 10000).
uint32_t spl_bucket_murmur3(spl_text experiment, spl_text unit);

// MurmurHash3 bucketing as in Unleash's SDKs: murmur3_32(group ‖ ":" ‖ unit, seed) mod count. Unleash picks variants
// with the seed 86028157 and a count of 1000, and who takes part with 0 and 100.
uint32_t spl_bucket_unleash(spl_text group, spl_text unit, uint32_t seed, uint32_t count);

#endif
