// SPDX-License-Identifier: GPL-3.0-or-later
// Labelled groups as points: whoever is nearest to a point of a group is like that group. Each group gets the same
// number of points, so that one of several kinds is described by several.
#ifndef SAMPLIT_SIMILAR_GROUPS_H
#define SAMPLIT_SIMILAR_GROUPS_H

#include "host/error.h"
#include "host/pool.h"
#include "samplit/cluster.h"

#define SPL_GROUP_CHOICES 5 // 1, 2, 4, 8 or 16 points per group

typedef struct spl_groups_config {
    uint32_t points; // per group; 0 = chosen
    bool normalise;  // points of norm 1, for embeddings
    uint64_t seed;   // of the rows held out
    spl_kernel kernel;
    spl_pool *pool;
} spl_groups_config;

// Of the rows held out (every fifth, by hash), how many are nearest to a point of their own group.
typedef struct spl_group_trial {
    uint32_t points;  // per group; 0 = not tried
    double accuracy;  // share of all held out
    double balanced;  // mean over groups of the share of theirs
    double deviation; // standard error of `balanced`
} spl_group_trial;

typedef struct spl_groups {
    uint32_t count, d;
    float *x;        // (count, d)
    uint32_t *group; // [count], ascending
    uint32_t points; // per group, as chosen
    uint32_t trial_count;
    spl_group_trial trials[SPL_GROUP_CHOICES];
    double chance; // balanced share of a guess: 1 / groups
} spl_groups;

// `x` is (n, d), label[n] below `groups` or negative where it is missing. Fails with fewer than two groups that have
// rows, and when count would be above SPL_CLUSTERS_MAX. Without a number of points, the fewest are chosen whose
// balanced share is within one standard error of the best (Breiman et al. 1984). Deterministic.
bool spl_groups_make(const float *x, uint32_t n, uint32_t d, const int32_t *label, uint32_t groups,
                     const spl_groups_config *config, spl_groups *out, spl_error *error);
void spl_groups_free(spl_groups *groups); // a zeroed one is fine

#endif
