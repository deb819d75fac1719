// SPDX-License-Identifier: MIT
// Any bytes as rows: refused with a sentence, or a matrix of entries in [-1, 1] with a class for each label; and any
// bytes as a matrix: refused, or as many numbers as its shape says.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "data/npy.h"
#include "data/rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static volatile float sum;

int memfd_create(const char *name, unsigned flags);

static void demand(bool truth)
{
    if (!truth) abort();
}

static void read_rows(const char *path, const char *label)
{
    spl_rows_config config = {.label = label, .max_bad = 1};
    spl_rows *rows = NULL;
    spl_error error = {0};
    if (!spl_rows_read(path, &config, &rows, &error)) {
        demand(rows == NULL && error.text[0] != '\0');
        return;
    }
    demand(rows->n > 0 && rows->d == rows->fitted->schema.width);
    for (size_t i = 0; i < (size_t)rows->n * rows->d; i++) demand(rows->x[i] >= -1 && rows->x[i] <= 1);
    for (uint32_t i = 0; label && i < rows->n; i++)
        demand(rows->label[i] >= -1 && rows->label[i] < (int32_t)rows->class_count);
    spl_rows_free(rows);
}

static void read_npy(const char *path)
{
    float *x;
    uint64_t n, d;
    if (!spl_npy_read(path, &x, &n, &d, NULL)) return;
    for (uint64_t i = 0; i < n * d; i++) sum += x[i]; // touches all
    free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    // Two bytes of gzip's magic would only fuzz zlib.
    if (size >= 2 && data[0] == 0x1f && data[1] == 0x8b) return 0;
    int fd = memfd_create("rows", 0);
    char path[64];
    demand(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    read_rows(path, NULL);
    read_rows(path, "y");
    read_npy(path);
    close(fd);
    return 0;
}
