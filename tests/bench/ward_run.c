// SPDX-License-Identifier: MIT
// For ward.py: joins the rows of a file of floats and writes the heights; prints seconds and peak memory.
//   ward_run ROWS.f32 N D THREADS HEIGHTS.f64
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "learn/cluster/ward.h"

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

// VmHWM begins anew with the program, unlike getrusage's figure.
static long peak_kb(void)
{
    char line[256];
    long kb = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status)) sscanf(line, "VmHWM: %ld", &kb);
    if (status) fclose(status);
    return kb;
}

static void write_heights(const char *path, const spl_merge *merges, size_t count)
{
    FILE *out = fopen(path, "wb");
    if (!out) exit(1);
    for (size_t i = 0; i < count; i++) fwrite(&merges[i].height, sizeof merges[i].height, 1, out);
    if (fclose(out) != 0) exit(1);
}

int main(int argc, char **argv)
{
    if (argc != 6) return 2;
    uint32_t n = (uint32_t)strtoul(argv[2], NULL, 10), d = (uint32_t)strtoul(argv[3], NULL, 10);
    float *x = malloc((size_t)n * d * sizeof *x);
    spl_merge *merges = malloc(n * sizeof *merges);
    FILE *in = fopen(argv[1], "rb");
    if (!x || !merges || !in || fread(x, sizeof *x, (size_t)n * d, in) != (size_t)n * d) return 1;
    fclose(in);
    spl_ward_config config = {.kernel = spl_kernel_best(), .pool = spl_pool_new((uint32_t)strtoul(argv[4], NULL, 10))};
    long before = peak_kb();
    double start = now_s();
    spl_error error = {0};
    if (!spl_ward(x, n, d, &config, merges, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    printf("%.6f %ld\n", now_s() - start, peak_kb() - before);
    write_heights(argv[5], merges, n - 1);
    spl_pool_free(config.pool);
    free(merges);
    free(x);
    return 0;
}
