// SPDX-License-Identifier: MIT
// Assignment is a race of exponential clocks: variant v rings at -ln(u_v) / p_v, the first one to
// ring wins, and the chance that v is first is exactly p_v. Each clock depends on its own variant
// only, so a change of p moves a unit only into variants whose probability grew relative to its
// own. Bucket ranges, which other products use, move units between variants whose probabilities
// did not change; they are here for migration only.
#include "samplit/policy.h"

#include "samplit/num.h"
#include "samplit/rng.h"

#define NEVER 1e308   // rings after all that can
#define TAKEN 1.5e308 // and this after all that are left

const double *spl_policy_serve(const spl_policy *policy, const uint32_t *path, uint32_t length, uint32_t *node)
{
    uint32_t i = length - 1;
    while (i > 0 && policy->row[path[i]] < 0) i--;
    *node = path[i];
    return policy->table + (size_t)policy->row[path[i]] * policy->variant_count;
}

// When each variant's clock rings.
static void ring(uint64_t seed, uint64_t unit, const double *p, uint32_t variant_count, double *rings)
{
    double u[2];
    for (uint32_t v = 0; v < variant_count; v++) {
        if (v % 2 == 0) spl_uniform2(seed, unit, SPL_STREAM_ASSIGN, v / 2, u);
        rings[v] = p[v] > 0 ? -spl_log(u[v % 2]) / p[v] : NEVER;
    }
}

// The variant whose clock rings first; of equals the lowest index.
static uint32_t first_of(const double *rings, uint32_t variant_count)
{
    uint32_t first = 0;
    for (uint32_t v = 1; v < variant_count; v++)
        if (rings[v] < rings[first]) first = v;
    return first;
}

uint32_t spl_assign_race(uint64_t seed, uint64_t unit, const double *p, uint32_t variant_count)
{
    double rings[SPL_VARIANTS_MAX];
    ring(seed, unit, p, variant_count, rings);
    return first_of(rings, variant_count);
}

void spl_rank_race(uint64_t seed, uint64_t unit, const double *p, uint32_t variant_count, uint32_t first,
                   uint8_t *order)
{
    double rings[SPL_VARIANTS_MAX];
    ring(seed, unit, p, variant_count, rings);
    for (uint32_t i = 0; i < variant_count; i++) {
        order[i] = (uint8_t)first;
        rings[first] = TAKEN;
        first = first_of(rings, variant_count);
    }
}

uint32_t spl_assign_range(double position, const double *p, uint32_t variant_count, double traffic)
{
    double start = 0;
    uint32_t last = variant_count;
    for (uint32_t v = 0; v < variant_count; v++) {
        if (!(p[v] > 0)) continue;
        if (position >= start && position < start + traffic * p[v]) return v;
        start += p[v];
        if (traffic >= 1) last = v;
    }
    return last;
}
