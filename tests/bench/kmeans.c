// SPDX-License-Identifier: MIT
// Clustering without files of rows, for tests/bench/kmeans.py. One thread. Prints one line of JSON.
//   kmeans_bench lloyd|plain ROWS N D START K ITERATIONS   one run from these centroids; `plain` without bounds
//   kmeans_bench sweep ROWS N D SAMPLE M K_MOST RESTARTS   k-means for 2 to K_MOST clusters, and the silhouette of each
//   on
//                                                          the rows numbered in SAMPLE; labels go to ROWS.labels
// ROWS and START are float32, SAMPLE uint32, row by row.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "host/files.h"
#include "learn/cluster/cluster_sample.h"
#include "learn/cluster/silhouette.h"

#define K_MOST 64

// In large pages where the system gives them, as numpy's arrays are.
static void *read_words(const char *path, size_t count)
{
    uint8_t *data;
    size_t size, page = (size_t)2 << 20;
    spl_error error = {0};
    if (!spl_file_read(path, &data, &size, &error) || size != count * 4) {
        fprintf(stderr, "%s: not %zu numbers\n", path, count);
        exit(1);
    }
    void *out = aligned_alloc(page, (size + page - 1) / page * page);
    if (!out) exit(1);
    madvise(out, (size + page - 1) / page * page, MADV_HUGEPAGE);
    memcpy(out, data, size);
    free(data);
    return out;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static spl_kmeans *fit(const spl_points *points, const spl_kmeans_config *config)
{
    spl_kmeans *out;
    spl_error error = {0};
    if (spl_kmeans_fit(points, config, &out, &error)) return out;
    fprintf(stderr, "%s\n", error.text);
    exit(1);
}

static int lloyd(char **argv, spl_points points)
{
    spl_kmeans_config config = spl_kmeans_default((uint32_t)atoi(argv[6]));
    float *start = read_words(argv[5], (size_t)config.k * points.d);
    config.start = start;
    config.plain = strcmp(argv[1], "plain") == 0;
    config.iterations_max = (uint32_t)atoi(argv[7]);
    config.tolerance = 0;
    double before = seconds();
    spl_kmeans *got = fit(&points, &config);
    printf("{\"seconds\":%.9f,\"iterations\":%u,\"inertia\":%.17g}\n", seconds() - before, got->iterations,
           got->inertia);
    spl_kmeans_free(got);
    free(start);
    return 0;
}

static void write_labels(const char *rows, spl_kmeans *const *fits, uint32_t most)
{
    char path[1024];
    snprintf(path, sizeof path, "%s.labels", rows);
    FILE *file = fopen(path, "wb");
    for (uint32_t k = 2; file && k <= most; k++) fwrite(fits[k]->label, sizeof(uint32_t), fits[k]->n, file);
    if (!file || fclose(file) != 0) exit(1);
}

static void print_numbers(const char *name, const double *values, uint32_t count)
{
    printf(",\"%s\":[", name);
    for (uint32_t i = 0; i < count; i++) printf("%s%.17g", i ? "," : "", values[i]);
    putchar(']');
}

static int sweep(char **argv, spl_points points)
{
    uint32_t m = (uint32_t)atoi(argv[6]), most = (uint32_t)atoi(argv[7]), *rows = read_words(argv[5], m);
    spl_cluster_sample sample = {{m, points.d, NULL, NULL}, rows, malloc((size_t)m * points.d * sizeof(float))};
    spl_kmeans *fits[K_MOST + 1];
    spl_labeling labelings[K_MOST + 1];
    double silhouette[K_MOST], inertia[K_MOST], before = seconds();
    sample.points.x = sample.x;
    for (uint32_t i = 0; i < m; i++)
        memcpy(sample.x + (size_t)i * points.d, points.x + (size_t)rows[i] * points.d, points.d * sizeof(float));
    for (uint32_t k = 2; k <= most; k++) {
        spl_kmeans_config config = spl_kmeans_default(k);
        config.restarts = (uint32_t)atoi(argv[8]);
        fits[k] = fit(&points, &config);
        inertia[k - 2] = fits[k]->inertia;
        labelings[k - 2] = (spl_labeling){k, spl_cluster_sample_labels(&sample, fits[k]->label)};
    }
    double middle = seconds();
    if (!spl_silhouette(&sample.points, labelings, most - 1, spl_kernel_best(), NULL, silhouette, NULL)) return 1;
    double after = seconds();
    printf("{\"seconds\":%.9f,\"silhouette_seconds\":%.9f", after - before, after - middle);
    print_numbers("inertia", inertia, most - 1);
    print_numbers("silhouette", silhouette, most - 1);
    puts("}");
    write_labels(argv[2], fits, most);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 8) return 2;
    spl_points points = {.n = (uint32_t)atoi(argv[3]), .d = (uint32_t)atoi(argv[4])};
    points.x = read_words(argv[2], (size_t)points.n * points.d);
    return strcmp(argv[1], "sweep") == 0 && argc == 9 ? sweep(argv, points) : lloyd(argv, points);
}
