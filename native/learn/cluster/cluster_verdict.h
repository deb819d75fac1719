// SPDX-License-Identifier: GPL-3.0-or-later
// Whether clusters are good enough to serve by.
#ifndef SAMPLIT_CLUSTER_VERDICT_H
#define SAMPLIT_CLUSTER_VERDICT_H

#include "learn/cluster/cluster_choose.h"

typedef struct spl_cluster_check {
    const char *name; // "stability"
    double value, limit;
    bool at_least; // the value must be at least the limit; else at most
    bool passed;
    const char *means; // what it says when it fails, a sentence
} spl_cluster_check;

#define SPL_CLUSTER_CHECKS 6

typedef struct spl_cluster_verdict {
    bool deploy; // all checks passed
    uint32_t count;
    spl_cluster_check checks[SPL_CLUSTER_CHECKS];
} spl_cluster_verdict;

// Judges the answer: that there is more than one cluster, that the smallest is large enough to be learned from, that
// other samples give the same, that clusters are apart, and, if rows are in order of time, that the first and the second
// half of them fall into clusters alike.
spl_cluster_verdict spl_cluster_judge(const spl_chosen *chosen, const spl_points *points, bool in_order);

#endif
