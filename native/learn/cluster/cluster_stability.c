// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/cluster/cluster_stability.h"

#include <stdlib.h>

#define DRAW_BOOTSTRAP 16u // draws of bootstrap samples count from here

typedef struct work {
    const spl_points *points;
    const spl_cluster_sample *judged;
    const spl_labeling *labelings;
    uint32_t count;
    const spl_stability_config *config;
    double *agreement; // (bootstraps, count)
    bool *failed;      // [bootstraps * count]
} work;

// One run of one iteration from the centroids places every row; it needs at least as many distinct rows as points,
// which a sample may not have, so the nearest are found one by one.
bool spl_kmeans_place(const spl_kmeans *fit, const spl_points *points, spl_kernel kernel, uint32_t *label)
{
    uint32_t k = fit->k, d = fit->d;
    float *weight = malloc((size_t)k * d * sizeof *weight), *bias = malloc(k * sizeof *bias);
    float *scores = malloc(k * sizeof *scores);
    bool ok = weight && bias && scores;
    for (uint32_t c = 0; ok && c < k; c++) {
        bias[c] = spl_kmeans_bias(fit->centroids + (size_t)c * d, d);
        for (uint32_t j = 0; j < d; j++) weight[(size_t)j * k + c] = fit->centroids[(size_t)c * d + j];
    }
    spl_clusters clusters = {.count = k, .nearest = {d, k, weight, bias}};
    for (uint32_t i = 0; ok && i < points->n; i++)
        label[i] = spl_cluster_nearest(&clusters, kernel, points->x + (size_t)i * d, scores);
    free(weight);
    free(bias);
    free(scores);
    return ok;
}

static bool agree(const work *w, const spl_cluster_sample *sample, const spl_labeling *labeling, double *out)
{
    spl_kmeans_config config = spl_kmeans_default(labeling->k);
    config.restarts = w->config->restarts;
    config.seed = w->config->seed;
    config.kernel = w->config->kernel;
    *out = 0;
    if (spl_points_distinct(&sample->points, labeling->k) < labeling->k) return true;
    spl_kmeans *fit;
    if (!spl_kmeans_fit(&sample->points, &config, &fit, NULL)) return true;
    uint32_t n = w->judged->points.n, *label = malloc(n * sizeof *label);
    spl_labeling other = {fit->k, label};
    bool ok = label && spl_kmeans_place(fit, &w->judged->points, w->config->kernel, label) &&
              spl_adjusted_rand(labeling, &other, n, out, NULL);
    free(label);
    spl_kmeans_free(fit);
    return ok;
}

static void measure(void *owner, uint32_t part, uint32_t thread)
{
    (void)thread;
    work *w = owner;
    spl_cluster_sample sample;
    uint32_t draw = part / w->count, rows = w->points->n < w->config->rows ? w->points->n : w->config->rows;
    w->failed[part] =
        !spl_cluster_sample_bootstrap(w->points, rows, w->config->seed, DRAW_BOOTSTRAP + draw, &sample, NULL);
    if (w->failed[part]) return;
    w->failed[part] = !agree(w, &sample, &w->labelings[part % w->count], &w->agreement[part]);
    spl_cluster_sample_free(&sample);
}

bool spl_cluster_stability(const spl_points *points, const spl_cluster_sample *judged, const spl_labeling *labelings,
                           uint32_t count, const spl_stability_config *config, double *mean, spl_error *error)
{
    uint32_t parts = config->bootstraps * count;
    work w = {points, judged, labelings, count, config, calloc(parts, sizeof(double)), calloc(parts, sizeof(bool))};
    bool ok = w.agreement && w.failed;
    if (ok) spl_pool_run(config->pool, parts, measure, &w);
    for (uint32_t p = 0; ok && p < parts; p++) ok = !w.failed[p];
    for (uint32_t t = 0; ok && t < count; t++) {
        mean[t] = 0;
        for (uint32_t b = 0; b < config->bootstraps; b++)
            mean[t] += w.agreement[(size_t)b * count + t] / config->bootstraps;
    }
    free(w.agreement);
    free(w.failed);
    return ok || spl_fail(error, "out of memory");
}
