// SPDX-License-Identifier: GPL-3.0-or-later
// How many clusters: k-means for every k of a range, five criteria, and one rule that makes one k of them.
#ifndef SAMPLIT_CLUSTER_CHOOSE_H
#define SAMPLIT_CLUSTER_CHOOSE_H

#include "learn/cluster/cluster_score.h"

#define SPL_CHOICES_MAX 256 // numbers of clusters in a range

typedef struct spl_choose_config {
    uint32_t k_least, k_most; // 2 <= least <= most; `most` is lowered to the number of distinct rows
    uint32_t restarts;        // of the k-means on all rows
    uint64_t seed;
    uint32_t silhouette_rows; // rows that the silhouette is taken on
    uint32_t sample_rows;     // rows of the clusterings for gap and stability
    uint32_t references;      // of the gap statistic
    uint32_t bootstraps;      // of the stability
    spl_kernel kernel;
    spl_pool *pool;
    void (*progress)(void *owner, uint32_t done, uint32_t steps); // NULL = none
    void *progress_owner;
} spl_choose_config;

// 2 to 8, 10 restarts, samples of 10,000 and 2,000 rows, 10 references, 10 bootstraps.
spl_choose_config spl_choose_default(void);

typedef struct spl_choice {
    uint32_t k;
    double inertia;
    double silhouette;     // higher is better, as are all but
    double davies_bouldin; // this one
    double calinski_harabasz;
    double gap, gap_error, gap_lift_error;
    double stability; // mean adjusted Rand index of clusterings of bootstrap samples with this one
    double score;     // mean over the criteria, each scaled to [0, 1] from the worst k to the best
} spl_choice;

typedef struct spl_chosen {
    uint32_t count;
    spl_choice choices[SPL_CHOICES_MAX];
    double gap1, gap1_error; // of one cluster
    uint32_t best;           // index of the choice with the highest score
    uint32_t gap_rule;       // the k that Tibshirani's standard-error rule gives, for comparison; 0 = none in range
    uint32_t k;              // the answer: choices[best].k, or 1
    spl_kmeans *fit;         // with choices[best].k clusters, or with one; owned
} spl_chosen;

// The rule: each criterion is scaled so that the worst k has 0 and the best 1, and the highest mean is best (of several
// the smallest k). There is one cluster only, if the best k is no better than one by the gap statistic:
// gap(k) - gap(1) at most three of its standard errors. A range of one k is that k. Fails where spl_kmeans_fit does.
// *out is to be given to spl_chosen_free.
bool spl_cluster_choose(const spl_points *points, const spl_choose_config *config, spl_chosen *out, spl_error *error);
void spl_chosen_free(spl_chosen *chosen);

// All rows in one cluster: its centroid is their mean.
bool spl_cluster_one(const spl_points *points, const spl_choose_config *config, spl_kmeans **out, spl_error *error);

#endif
