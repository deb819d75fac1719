// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/cluster/cluster_sample.h"

#include <stdlib.h>
#include <string.h>

#include "learn/cluster/kmeans_seed.h"
#include "samplit/rng.h"

static double uniform(uint64_t seed, uint32_t draw, uint32_t index)
{
    double u[2];
    spl_uniform2(seed, ((uint64_t)1 << 63) | draw, SPL_STREAM_CLUSTER, index, u);
    return u[0];
}

static bool allocate(const spl_points *points, uint32_t size, spl_cluster_sample *out, spl_error *error)
{
    *out = (spl_cluster_sample){.points = {.n = size, .d = points->d}};
    out->row = malloc(size * sizeof *out->row);
    out->x = malloc((size_t)size * points->d * sizeof *out->x);
    out->points.x = out->x;
    if (out->row && out->x) return true;
    spl_cluster_sample_free(out);
    return spl_fail(error, "out of memory");
}

static void copy_rows(const spl_points *points, spl_cluster_sample *out)
{
    uint32_t d = points->d;
    for (uint32_t i = 0; i < out->points.n; i++)
        memcpy(out->x + (size_t)i * d, points->x + (size_t)out->row[i] * d, d * sizeof *out->x);
}

// Selection sampling: each row in turn with the chance that it needs (Knuth, The Art of Computer Programming 2, 3.4.2
// S).
bool spl_cluster_sample_rows(const spl_points *points, uint32_t size, uint64_t seed, uint32_t draw,
                             spl_cluster_sample *out, spl_error *error)
{
    uint32_t taken = 0;
    if (size > points->n) size = points->n;
    if (!allocate(points, size, out, error)) return false;
    for (uint32_t i = 0; taken < size; i++)
        if (uniform(seed, draw, i) * (points->n - i) < size - taken) out->row[taken++] = i;
    copy_rows(points, out);
    return true;
}

bool spl_cluster_sample_bootstrap(const spl_points *points, uint32_t size, uint64_t seed, uint32_t draw,
                                  spl_cluster_sample *out, spl_error *error)
{
    if (!allocate(points, size, out, error)) return false;
    for (uint32_t i = 0; i < size; i++) out->row[i] = (uint32_t)(uniform(seed, draw, i) * points->n);
    copy_rows(points, out);
    return true;
}

void spl_cluster_sample_free(spl_cluster_sample *sample)
{
    free(sample->row);
    free(sample->x);
    *sample = (spl_cluster_sample){0};
}

uint32_t *spl_cluster_sample_labels(const spl_cluster_sample *sample, const uint32_t *label)
{
    uint32_t *out = malloc(sample->points.n * sizeof *out);
    for (uint32_t i = 0; out && i < sample->points.n; i++) out[i] = label[sample->row[i]];
    return out;
}
