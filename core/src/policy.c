// SPDX-License-Identifier: MIT
// Assignment is a race of exponential clocks: variant v rings at -ln(u_v) / p_v, the first one to
// ring wins, and the chance that v is first is exactly p_v. Each clock depends on its own variant
// only, so a change of p moves a unit only into variants whose probability grew relative to its
// own. Bucket ranges, which other products use, move units between variants whose probabilities
// did not change; they are here for migration only.
#include "samplit/policy.h"

#include "samplit/num.h"
#include "samplit/rng.h"

const double *spl_policy_serve(const spl_policy *policy, const uint32_t *path, uint32_t length, uint32_t *node)
{
    uint32_t i = length - 1;
    while (i > 0 && policy->row[path[i]] < 0) i--;
    *node = path[i];
    return policy->table + (size_t)policy->row[path[i]] * policy->variant_count;
}

uint32_t spl_assign_race(uint64_t seed, uint64_t unit, const double *p, uint32_t variant_count)
{
    uint32_t winner = 0;
    double first = 0, u[2];
    for (uint32_t v = 0; v < variant_count; v++) {
        if (v % 2 == 0) spl_uniform2(seed, unit, SPL_STREAM_ASSIGN, v / 2, u);
        if (!(p[v] > 0)) continue;
        double rings = -spl_log(u[v % 2]) / p[v];
        if (first == 0 || rings < first) {
            first = rings;
            winner = v;
        }
    }
    return winner;
}

uint32_t spl_assign_bucket(uint32_t bucket, const double *p, uint32_t variant_count)
{
    double position = bucket / 10000.0, end = 0;
    uint32_t last = 0;
    for (uint32_t v = 0; v < variant_count; v++) {
        if (!(p[v] > 0)) continue;
        end += p[v];
        last = v;
        if (position < end) return v;
    }
    return last;
}
