// SPDX-License-Identifier: GPL-3.0-or-later
// Matrices of float32 in and out: NumPy's .npy (format 1.0, little-endian, C order) and CSV.
#ifndef SAMPLIT_NPY_H
#define SAMPLIT_NPY_H

#include "host/error.h"

// Writes x (n, d); "-" and .gz as everywhere.
bool spl_npy_write(const char *path, const float *x, uint64_t n, uint64_t d, spl_error *error);

// Reads an array of one or two dimensions; one dimension of n numbers is (n, 1). *x is from malloc. Fails on any other
// dtype, order or version, and where shape and size of the file disagree.
bool spl_npy_read(const char *path, float **x, uint64_t *n, uint64_t *d, spl_error *error);

// A column of texts beside a matrix: texts[value[i]], empty where it is below 0.
typedef struct spl_csv_column {
    const char *name;
    const int32_t *value; // [n]
    const char *const *texts;
} spl_csv_column;

// Writes x (n, d) as CSV with a header: prefix0, prefix1, …, then the names of the columns. Each number is the shortest
// that reads back as the same float.
bool spl_csv_write_matrix(const char *path, const char *prefix, const float *x, uint64_t n, uint64_t d,
                          const spl_csv_column *columns, uint32_t column_count, spl_error *error);

#endif
