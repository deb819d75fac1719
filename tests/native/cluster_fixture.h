// SPDX-License-Identifier: MIT
// Rows to cluster, made from draws that can be repeated.
#ifndef CLUSTER_FIXTURE_H
#define CLUSTER_FIXTURE_H

#include "learn/cluster/cluster_score.h"

typedef struct cluster_rows {
    spl_points points;
    float *x;
    uint32_t *truth; // [n] which group a row was drawn from
} cluster_rows;

double cluster_uniform(uint64_t seed, uint32_t i); // in (0, 1)
double cluster_normal(uint64_t seed, uint32_t i);

cluster_rows cluster_rows_new(uint32_t n, uint32_t d);
void cluster_rows_free(cluster_rows *rows);

// Evenly over the unit cube; one round normal group.
cluster_rows cluster_even(uint32_t n, uint32_t d, uint64_t seed);
cluster_rows cluster_round(uint32_t n, uint32_t d, uint64_t seed);

// `groups` normal groups with centres on a grid of step 1 in two columns (more columns are noise alone) and
// deviation `spread`; group g has size[g % sizes] rows.
cluster_rows cluster_groups(uint32_t groups, const uint32_t *size, uint32_t sizes, uint32_t d, double spread,
                            uint64_t seed);

// The adjusted Rand index of labels below k with the truth.
double cluster_agreement(const cluster_rows *rows, const uint32_t *label, uint32_t k);

#endif
