// SPDX-License-Identifier: GPL-3.0-or-later
// How well vectors tell labelled rows apart: by their neighbours, by a line between classes, by their distances. The
// same figures for an embedding and for the raw features say what the encoder adds.
#ifndef SAMPLIT_EMBEDDING_QUALITY_H
#define SAMPLIT_EMBEDDING_QUALITY_H

#include "host/error.h"
#include "host/pool.h"

#define SPL_RECALLS 3 // at 1, 5 and 10 neighbours
extern const uint32_t spl_recall_at[SPL_RECALLS];

typedef struct spl_embedding_quality {
    uint32_t rows, classes;
    double recall[SPL_RECALLS];          // share of rows with one of their class among the k nearest others
    double balanced_recall[SPL_RECALLS]; // the same, mean over classes
    double silhouette;                   // Rousseeuw 1987, mean over rows, Euclidean; a class of one row has 0
    double probe_accuracy;               // logistic regression per class, fitted on one half, judged on the other
    double probe_majority;               // what naming the most frequent class gives there
    double probe_auc;                    // mean over classes of the area under the ROC curve; of two classes, that area
    // The probe's figures are NaN where there are more than 1,000 classes: identifiers, not kinds.
} spl_embedding_quality;

// x (n, d), label[n] in [0, classes). Euclidean neighbours; of unit vectors that is also the order of cosines. Fails
// on fewer than two classes with rows, or n < 4. O(n^2 d): the caller samples. Deterministic whatever the pool.
bool spl_embedding_judge(const float *x, const int32_t *label, uint32_t n, uint32_t d, spl_pool *pool,
                         spl_embedding_quality *out, spl_error *error);

#endif
