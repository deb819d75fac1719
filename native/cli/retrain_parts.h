// SPDX-License-Identifier: GPL-3.0-or-later
// Encoders and clusters made anew by the commands that make them, with the settings of the old ones. The schema stays:
// what old and new say of a visitor can then be compared, and policies go on reading the same features.
#ifndef SAMPLIT_RETRAIN_PARTS_H
#define SAMPLIT_RETRAIN_PARTS_H

#include <cJSON.h>

#include "cli/learn_run.h"
#include "data/rows.h"
#include "learn/drift/part_contest.h"

typedef struct spl_part_maker {
    const char *base;         // path of the old bundle
    const spl_bundle *bundle; // the same, open
    const char *rows;         // path of the rows or events
    const char *out;          // path of the new bundle
    const cJSON *settings;    // an object of the options that say how, without those that do not fit; NULL = the usual
    uint32_t folds;           // the first of which judges
} spl_part_maker;

// An encoder from all rows but those of fold `without`; of all if that is `folds`. request->keep: in memory.
bool spl_part_encoder(const spl_part_maker *maker, bool finetune, uint32_t without, spl_learn_request *request,
                      spl_error *error);

// Clusters; of the embeddings of the bundle at `encoder`, or of the features if that is NULL. `force`: even such as are
// refused.
bool spl_part_clusters(const spl_part_maker *maker, const char *encoder, uint32_t without, bool force,
                       spl_learn_request *request, spl_error *error);

typedef struct spl_encoder_contest {
    spl_part_contest result; // recall@1 of the better one beside the old encoder's, on the first fold
    bool finetune;           // which one that is
    double other;            // recall@1 of the other one
} spl_encoder_contest;

// Trains without the first fold, tuned from the old encoder and from scratch.
bool spl_part_encoder_contest(const spl_part_maker *maker, spl_encoder_contest *out, spl_error *error);
bool spl_part_cluster_contest(const spl_part_maker *maker, spl_part_contest *out, spl_learn_request *request,
                              spl_error *error);

#endif
