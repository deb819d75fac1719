// SPDX-License-Identifier: GPL-3.0-or-later
// What `samplit cluster` found, for people and for programs.
#ifndef SAMPLIT_CLUSTER_REPORT_H
#define SAMPLIT_CLUSTER_REPORT_H

#include <cJSON.h>
#include <stdio.h>

#include "learn/cluster/cluster_name.h"
#include "learn/cluster/cluster_verdict.h"

typedef struct spl_cluster_report {
    const spl_chosen *chosen;
    const spl_cluster_verdict *verdict;
    char (*names)[SPL_CLUSTER_NAME_MAX]; // [chosen->fit->k]
    uint32_t rows, width;
    const char *space;     // "features" or "embedding"
    const char *bundle_id; // NULL = none was written
} spl_cluster_report;

// The members that the manifest holds too: `k`, `rule`, `scores`, `clusters`, `verdict`. NULL when out of memory.
cJSON *spl_cluster_report_json(const spl_cluster_report *report);

void spl_cluster_report_print(const spl_cluster_report *report, FILE *out);

#endif
