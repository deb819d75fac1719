// SPDX-License-Identifier: GPL-3.0-or-later
// What changed between the encoders and clusters of two bundles: widths and weights, and for every new cluster the old
// one whose centroid is nearest to it.
#ifndef SAMPLIT_PART_DIFF_H
#define SAMPLIT_PART_DIFF_H

#include <cJSON.h>
#include <stdio.h>

#include "samplit/bundle.h"

// Whether the bundle has an encoder or clusters.
bool spl_has_parts(const spl_bundle *bundle);

typedef struct spl_part_diff {
    bool same_schema, same_encoder, same_clusters; // to the bit
    bool comparable;                               // centroids lie in one space, so that distances mean something
    uint32_t *nearest;                             // [new clusters] index of the old one; owned; NULL unless comparable
    double *distance;                              // [new clusters] to it; owned
} spl_part_diff;

// False when out of memory.
bool spl_part_diff_make(const spl_bundle *old, const spl_bundle *new, spl_part_diff *out);
void spl_part_diff_free(spl_part_diff *diff);

// Both false, or NULL, when out of memory. Shares of clusters are those in the manifests.
bool spl_part_diff_text(const spl_part_diff *diff, const spl_bundle *old, const spl_bundle *new, bool utf8, FILE *out);
cJSON *spl_part_diff_json(const spl_part_diff *diff, const spl_bundle *old, const spl_bundle *new);

#endif
