// SPDX-License-Identifier: MIT
#include "cluster_fixture.h"

#include <math.h>
#include <stdlib.h>

#include "samplit/rng.h"
#include "testing.h"

double cluster_uniform(uint64_t seed, uint32_t i)
{
    double u[2];
    spl_uniform2(seed, i, SPL_STREAM_TEST, 0, u);
    return u[0];
}

double cluster_normal(uint64_t seed, uint32_t i)
{
    double u[2];
    spl_uniform2(seed, i, SPL_STREAM_TEST, 1, u);
    return sqrt(-2 * log(u[0])) * cos(2 * M_PI * u[1]);
}

cluster_rows cluster_rows_new(uint32_t n, uint32_t d)
{
    cluster_rows out = {.points = {.n = n, .d = d}};
    out.x = calloc((size_t)n * d, sizeof *out.x);
    out.truth = calloc(n, sizeof *out.truth);
    assert_non_null(out.x);
    assert_non_null(out.truth);
    out.points.x = out.x;
    return out;
}

void cluster_rows_free(cluster_rows *rows)
{
    free(rows->x);
    free(rows->truth);
}

cluster_rows cluster_even(uint32_t n, uint32_t d, uint64_t seed)
{
    cluster_rows out = cluster_rows_new(n, d);
    for (uint32_t i = 0; i < n * d; i++) out.x[i] = (float)cluster_uniform(seed, i);
    return out;
}

cluster_rows cluster_round(uint32_t n, uint32_t d, uint64_t seed)
{
    cluster_rows out = cluster_rows_new(n, d);
    for (uint32_t i = 0; i < n * d; i++) out.x[i] = (float)(0.5 + 0.1 * cluster_normal(seed, i));
    return out;
}

cluster_rows cluster_groups(uint32_t groups, const uint32_t *size, uint32_t sizes, uint32_t d, double spread,
                            uint64_t seed)
{
    uint32_t n = 0, at = 0, side = (uint32_t)ceil(sqrt(groups));
    for (uint32_t g = 0; g < groups; g++) n += size[g % sizes];
    cluster_rows out = cluster_rows_new(n, d);
    for (uint32_t g = 0; g < groups; g++) {
        for (uint32_t i = 0; i < size[g % sizes]; i++, at++) {
            out.truth[at] = g;
            for (uint32_t j = 0; j < d; j++) {
                double centre = j == 0 ? g % side : j == 1 ? g / side : 0;
                out.x[at * d + j] = (float)(centre + spread * cluster_normal(seed, at * d + j));
            }
        }
    }
    return out;
}

double cluster_agreement(const cluster_rows *rows, const uint32_t *label, uint32_t k)
{
    double out;
    uint32_t most = 0;
    for (uint32_t i = 0; i < rows->points.n; i++) most = rows->truth[i] > most ? rows->truth[i] : most;
    spl_labeling truth = {most + 1, rows->truth}, labeling = {k, label};
    assert_true(spl_adjusted_rand(&truth, &labeling, rows->points.n, &out, NULL));
    return out;
}
