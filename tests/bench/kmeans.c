// SPDX-License-Identifier: MIT
// One run of k-means from given centroids, timed, for tests/bench/kmeans.py:
//   kmeans_bench lloyd ROWS.f32 N D START.f32 K ITERATIONS   seconds, iterations and inertia of one run, one thread
// With `plain` for `lloyd`: without bounds.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/files.h"
#include "learn/kmeans.h"

static float *read_floats(const char *path, size_t count)
{
    uint8_t *data;
    size_t size;
    spl_error error = {0};
    if (!spl_file_read(path, &data, &size, &error) || size != count * sizeof(float)) exit(1);
    return (float *)(void *)data;
}

static double elapsed(const struct timespec *since)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - since->tv_sec) + 1e-9 * (double)(now.tv_nsec - since->tv_nsec);
}

static int lloyd(char **argv)
{
    spl_points points = {.n = (uint32_t)atoi(argv[3]), .d = (uint32_t)atoi(argv[4])};
    spl_kmeans_config config = spl_kmeans_default((uint32_t)atoi(argv[6]));
    float *x = read_floats(argv[2], (size_t)points.n * points.d);
    float *start = read_floats(argv[5], (size_t)config.k * points.d);
    points.x = x;
    config.start = start;
    config.plain = strcmp(argv[1], "plain") == 0;
    config.iterations_max = (uint32_t)atoi(argv[7]);
    config.tolerance = 0;
    spl_kmeans *fit;
    spl_error error = {0};
    struct timespec before;
    clock_gettime(CLOCK_MONOTONIC, &before);
    if (!spl_kmeans_fit(&points, &config, &fit, &error)) return 1;
    printf("{\"seconds\":%.9f,\"iterations\":%u,\"inertia\":%.17g}\n", elapsed(&before), fit->iterations, fit->inertia);
    spl_kmeans_free(fit);
    free(x);
    free(start);
    return 0;
}

int main(int argc, char **argv)
{
    return argc == 8 ? lloyd(argv) : 2;
}
