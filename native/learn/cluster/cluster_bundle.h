// SPDX-License-Identifier: GPL-3.0-or-later
// Clusters as a bundle: schema, encoders, centroids with their names, a tree of the root alone and no experiment.
#ifndef SAMPLIT_CLUSTER_BUNDLE_H
#define SAMPLIT_CLUSTER_BUNDLE_H

#include "learn/cluster/cluster_name.h"
#include "samplit/bundle.h"

typedef struct spl_cluster_bundle_config {
    const spl_schema_spec *schema;
    const spl_encoder *encoders; // [encoder_count]; with them the centroids are embeddings
    uint32_t encoder_count;
    char (*names)[SPL_CLUSTER_NAME_MAX]; // [fit->k]
    const struct cJSON *more;            // for the manifest; NULL = none
} spl_cluster_bundle_config;

// *data is from malloc; id_hex gets 32 digits and a terminator. Equal arguments give equal bytes.
bool spl_cluster_bundle(const spl_kmeans *fit, const spl_cluster_bundle_config *config, uint8_t **data, size_t *size,
                        char id_hex[33], spl_error *error);

#endif
