// SPDX-License-Identifier: MIT
// What can be served: per tree node the probability of each variant; and the draw from it.
#ifndef SAMPLIT_POLICY_H
#define SAMPLIT_POLICY_H

#include <stdint.h>

#include "samplit/text.h"

#define SPL_VARIANTS_MAX 64

// How a unit is turned into a variant. Values are append-only: they stand in bundles.
typedef enum spl_hash_mode {
    SPL_HASH_RACE = 0,          // the exponential race: minimal moves when probabilities change
    SPL_HASH_GROWTHBOOK_V2 = 1, // bucket ranges, GrowthBook's hash version 2
    SPL_HASH_MURMUR3 = 2,       // bucket ranges, MurmurHash3 as in Optimizely's SDKs
    SPL_HASH_UNLEASH = 3,       // bucket ranges, MurmurHash3 as Unleash picks variants
} spl_hash_mode;

// A checked table policy: row[node] is an index into table, or -1 where the parent serves.
typedef struct spl_policy {
    uint32_t variant_count; // 1 to SPL_VARIANTS_MAX
    uint32_t row_count;
    const int32_t *row;  // [nodes]; row[0] >= 0
    const double *table; // (row_count, variant_count): each row >= min_propensity, sum 1 within 1e-9
} spl_policy;

// The probabilities of the deepest node of path[0..length) that can serve; *node is set to it.
const double *spl_policy_serve(const spl_policy *policy, const uint32_t *path, uint32_t length, uint32_t *node);

// The winner of the exponential race argmin over v of -ln(u_v) / p_v, with u_v from Philox keyed by
// (seed, unit, v): a draw from exactly p that is stable while p stands, and that moves only as
// many units as it must when p moves (weighted rendezvous hashing). Ties go to the lower index.
// p_v = 0 never wins. `unit` is the unit's XXH64 seeded with `seed`.
uint32_t spl_assign_race(uint64_t seed, uint64_t unit, const double *p, uint32_t variant_count);

// All variants: `first`, then the others in the order in which the race's clocks ring; those of p_v = 0 come last, in
// order of index. O(variant_count^2).
void spl_rank_race(uint64_t seed, uint64_t unit, const double *p, uint32_t variant_count, uint32_t first,
                   uint8_t *order);

// The variant whose range holds the position, in [0, 1). Ranges begin where those of the variants before them would end
// with all traffic, and are `traffic` times p long: more traffic moves nobody to another variant. variant_count for a
// position between two ranges; with all traffic there is none, the last one takes what rounding leaves.
uint32_t spl_assign_range(double position, const double *p, uint32_t variant_count, double traffic);

#endif
