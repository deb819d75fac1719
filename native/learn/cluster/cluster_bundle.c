// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/cluster/cluster_bundle.h"

#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_write.h"
#include "bundle/manifest.h"

// The arrays behind the views of spl_clusters.
typedef struct arrays {
    float *weight, *bias; // (d, k), [k]
    uint32_t *start;      // [k + 1]
    char *bytes;
} arrays;

static bool fill(const spl_kmeans *fit, char (*names)[SPL_CLUSTER_NAME_MAX], arrays *a)
{
    uint32_t k = fit->k, d = fit->d, at = 0;
    a->weight = malloc((size_t)k * d * sizeof *a->weight);
    a->bias = malloc(k * sizeof *a->bias);
    a->start = malloc(((size_t)k + 1) * sizeof *a->start);
    a->bytes = malloc((size_t)k * SPL_CLUSTER_NAME_MAX);
    if (!a->weight || !a->bias || !a->start || !a->bytes) return false;
    for (uint32_t c = 0; c < k; c++) {
        const float *centroid = fit->centroids + (size_t)c * d;
        size_t size = strlen(names[c]);
        for (uint32_t j = 0; j < d; j++) a->weight[(size_t)j * k + c] = centroid[j];
        a->bias[c] = spl_kmeans_bias(centroid, d);
        a->start[c] = at;
        memcpy(a->bytes + at, names[c], size);
        at += (uint32_t)size;
    }
    a->start[k] = at;
    return true;
}

static bool write(const spl_bundle *bundle, const spl_cluster_bundle_config *config, uint8_t **data, size_t *size,
                  char id_hex[33], spl_error *error)
{
    spl_manifest manifest = {.bundle = bundle, .schema = config->schema, .more = config->more};
    char *text = spl_manifest_text(&manifest);
    bool ok = text ? spl_bundle_write(bundle, text, data, size, id_hex, error) : spl_fail(error, "out of memory");
    free(text);
    return ok;
}

bool spl_cluster_bundle(const spl_kmeans *fit, const spl_cluster_bundle_config *config, uint8_t **data, size_t *size,
                        char id_hex[33], spl_error *error)
{
    arrays a = {0};
    bool ok = fill(fit, config->names, &a) || spl_fail(error, "out of memory");
    if (ok) {
        spl_bundle bundle = {
            .schema = config->schema->schema,
            .encoder_count = config->encoder_count,
            .encoders = config->encoders,
            .clusters = {.count = fit->k,
                         .space = config->encoder_count > 0 ? SPL_SPACE_EMBEDDING : SPL_SPACE_FEATURES,
                         .nearest = {fit->d, fit->k, a.weight, a.bias},
                         .label_start = a.start,
                         .label_bytes = a.bytes},
        };
        ok = write(&bundle, config, data, size, id_hex, error);
    }
    free(a.weight);
    free(a.bias);
    free(a.start);
    free(a.bytes);
    return ok;
}
