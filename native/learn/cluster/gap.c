// SPDX-License-Identifier: GPL-3.0-or-later
// k-means does not see rotations, so references are drawn along the principal axes and stay there. One clustering of
// one data set with one k is one part of the job; the rows themselves are the last data set.
#include "learn/cluster/gap.h"

#include <float.h>
#include <gsl/gsl_eigen.h>
#include <math.h>
#include <stdlib.h>

#include "learn/cluster/kmeans_seed.h"
#include "samplit/rng.h"

#define AXES_MAX 64

typedef struct work {
    const spl_points *points;
    const spl_gap_config *config;
    const uint32_t *k;
    uint32_t count;
    double *length; // [d] sides of the box
    float *even;    // (references, n, d)
    double *spread; // (references + 1, count) ln of the inertia per row
    bool *failed;   // [(references + 1) * count]
} work;

// --- the box ----------------------------------------------------------------------------------------------

static void axis_lengths(const spl_points *points, const gsl_matrix *axes, double *length)
{
    uint32_t d = points->d;
    for (uint32_t a = 0; a < d; a++) {
        double lo = INFINITY, hi = -INFINITY;
        for (uint32_t i = 0; i < points->n; i++) {
            double at = 0;
            for (uint32_t j = 0; j < d; j++) at += (double)points->x[(size_t)i * d + j] * gsl_matrix_get(axes, j, a);
            lo = at < lo ? at : lo;
            hi = at > hi ? at : hi;
        }
        length[a] = hi - lo;
    }
}

static void fill_covariance(const spl_points *points, gsl_matrix *covariance, double *mean)
{
    uint32_t d = points->d;
    for (uint32_t i = 0; i < points->n; i++)
        for (uint32_t j = 0; j < d; j++) mean[j] += (double)points->x[(size_t)i * d + j] / points->n;
    for (uint32_t i = 0; i < points->n; i++) {
        const float *row = points->x + (size_t)i * d;
        for (uint32_t a = 0; a < d; a++) {
            for (uint32_t b = 0; b <= a; b++) {
                double product = ((double)row[a] - mean[a]) * ((double)row[b] - mean[b]);
                *gsl_matrix_ptr(covariance, a, b) += product;
                if (a != b) *gsl_matrix_ptr(covariance, b, a) += product;
            }
        }
    }
}

static bool principal_box(const spl_points *points, double *length)
{
    uint32_t d = points->d;
    gsl_matrix *covariance = gsl_matrix_calloc(d, d), *axes = gsl_matrix_alloc(d, d);
    gsl_vector *size = gsl_vector_calloc(d);
    gsl_eigen_symmv_workspace *space = gsl_eigen_symmv_alloc(d);
    bool ok = covariance && axes && size && space;
    if (ok) {
        fill_covariance(points, covariance, size->data);
        ok = gsl_eigen_symmv(covariance, size, axes, space) == 0;
    }
    if (ok) axis_lengths(points, axes, length);
    gsl_matrix_free(covariance);
    gsl_matrix_free(axes);
    gsl_vector_free(size);
    gsl_eigen_symmv_free(space);
    return ok;
}

static void column_box(const spl_points *points, double *length)
{
    for (uint32_t j = 0; j < points->d; j++) {
        float lo = points->x[j], hi = lo;
        for (uint32_t i = 1; i < points->n; i++) {
            float x = points->x[(size_t)i * points->d + j];
            lo = x < lo ? x : lo;
            hi = x > hi ? x : hi;
        }
        length[j] = (double)hi - (double)lo;
    }
}

// --- clusterings ------------------------------------------------------------------------------------------

static void draw_reference(void *owner, uint32_t reference, uint32_t thread)
{
    (void)thread;
    const work *w = owner;
    size_t size = (size_t)w->points->n * w->points->d;
    float *even = w->even + reference * size;
    for (size_t i = 0; i < size; i += 2) {
        double u[2];
        spl_uniform2(w->config->seed, ((uint64_t)3 << 62) | reference, SPL_STREAM_CLUSTER, (uint32_t)(i / 2), u);
        for (size_t l = 0; l < 2 && i + l < size; l++) even[i + l] = (float)(u[l] * w->length[(i + l) % w->points->d]);
    }
}

// ln of the mean square distance. Where every row lies on its centroid, as when fewer rows differ than there are
// clusters, it is that of the least that a double can be.
static void cluster(void *owner, uint32_t part, uint32_t thread)
{
    (void)thread;
    work *w = owner;
    uint32_t set = part / w->count;
    spl_points points = *w->points;
    if (set < w->config->references) points.x = w->even + (size_t)set * points.n * points.d;
    spl_kmeans_config config = spl_kmeans_default(w->k[part % w->count]);
    config.restarts = w->config->restarts;
    config.seed = w->config->seed;
    config.kernel = w->config->kernel;
    w->spread[part] = log(DBL_MIN);
    if (spl_points_distinct(&points, config.k) < config.k) return;
    spl_kmeans *fit;
    w->failed[part] = !spl_kmeans_fit(&points, &config, &fit, NULL);
    if (w->failed[part]) return;
    w->spread[part] = log(fmax(fit->inertia / points.n, DBL_MIN));
    spl_kmeans_free(fit);
}

static double spread_at(const work *w, uint32_t set, uint32_t i, bool lift)
{
    return w->spread[(size_t)set * w->count + i] - (lift ? w->spread[(size_t)set * w->count] : 0);
}

// Mean over the references, and s_k.
static double summarise(const work *w, uint32_t i, bool lift, double *error)
{
    uint32_t b = w->config->references;
    double mean = 0, square = 0;
    for (uint32_t r = 0; r < b; r++) mean += spread_at(w, r, i, lift) / b;
    for (uint32_t r = 0; r < b; r++) square += pow(spread_at(w, r, i, lift) - mean, 2) / b;
    *error = sqrt(square * (1 + 1.0 / b));
    return mean;
}

static bool allocate(work *w)
{
    size_t parts = ((size_t)w->config->references + 1) * w->count;
    w->length = malloc(w->points->d * sizeof *w->length);
    w->even = malloc((size_t)w->config->references * w->points->n * w->points->d * sizeof *w->even);
    w->spread = malloc(parts * sizeof *w->spread);
    w->failed = calloc(parts, sizeof *w->failed);
    return w->length && w->even && w->spread && w->failed;
}

static bool run(work *w, spl_gap *out, spl_error *error)
{
    uint32_t parts = (w->config->references + 1) * w->count;
    if (w->points->d > AXES_MAX) {
        column_box(w->points, w->length);
    } else if (!principal_box(w->points, w->length)) {
        return spl_fail(error, "out of memory");
    }
    spl_pool_run(w->config->pool, w->config->references, draw_reference, w);
    spl_pool_run(w->config->pool, parts, cluster, w);
    for (uint32_t p = 0; p < parts; p++)
        if (w->failed[p])
            return spl_fail(error, "the gap statistic of %u clusters cannot be found", w->k[p % w->count]);
    for (uint32_t i = 0; i < w->count; i++) {
        out[i].gap = summarise(w, i, false, &out[i].error) - spread_at(w, w->config->references, i, false);
        summarise(w, i, true, &out[i].lift_error);
    }
    return true;
}

bool spl_gap_of(const spl_points *points, const uint32_t *k, uint32_t count, const spl_gap_config *config, spl_gap *out,
                spl_error *error)
{
    work w = {.points = points, .config = config, .k = k, .count = count};
    bool ok = allocate(&w) ? run(&w, out, error) : spl_fail(error, "out of memory");
    free(w.length);
    free(w.even);
    free(w.spread);
    free(w.failed);
    return ok;
}
