// SPDX-License-Identifier: GPL-3.0-or-later
// The header is a Python dictionary in 64 bytes or a multiple of it: NumPy's own text, padded with blanks.
#include "data/npy.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/files.h"
#include "json/number.h"

#define MAGIC "\x93NUMPY\x01\x00"
#define MAGIC_BYTES 8
#define PREFIX_BYTES (MAGIC_BYTES + 2) // then the length of the dictionary, little-endian
#define ALIGN 64
#define HEADER_MAX 256

static void put_header(spl_writer *writer, uint64_t n, uint64_t d)
{
    char text[HEADER_MAX];
    int size = snprintf(text, sizeof text,
                        "{'descr': '<f4', 'fortran_order': False, 'shape': (%" PRIu64 ", %" PRIu64 "), }", n, d);
    size_t used = PREFIX_BYTES + (size_t)size + 1, padding = (ALIGN - used % ALIGN) % ALIGN;
    size_t length = (size_t)size + padding + 1;
    unsigned char bytes[2] = {(unsigned char)(length & 255), (unsigned char)(length >> 8)};
    memset(text + size, ' ', padding);
    text[length - 1] = '\n';
    spl_writer_put(writer, MAGIC, MAGIC_BYTES);
    spl_writer_put(writer, bytes, 2);
    spl_writer_put(writer, text, length);
}

bool spl_npy_write(const char *path, const float *x, uint64_t n, uint64_t d, spl_error *error)
{
    spl_writer *writer;
    if (!spl_writer_open(path, &writer, error)) return false;
    put_header(writer, n, d);
    spl_writer_put(writer, x, (size_t)(n * d) * sizeof *x);
    return spl_writer_close(writer, error);
}

// Whether the dictionary holds the key with that value.
static bool says(const char *header, const char *key, const char *value)
{
    const char *at = strstr(header, key);
    if (!at) return false;
    at += strlen(key);
    at += strspn(at, " :");
    return strncmp(at, value, strlen(value)) == 0;
}

static bool read_shape(const char *header, uint64_t *n, uint64_t *d)
{
    const char *at = strstr(header, "'shape'");
    if (!at) return false;
    *d = 1;
    at += strlen("'shape'") + strspn(at + strlen("'shape'"), " :(");
    char *end;
    if (*at < '0' || *at > '9') return false;
    *n = strtoull(at, &end, 10);
    end += strspn(end, " ,");
    if (*end == ')') return true;
    if (*end < '0' || *end > '9') return false;
    *d = strtoull(end, &end, 10);
    return *end == ')';
}

static bool parse(const uint8_t *data, size_t size, const float **x, uint64_t *n, uint64_t *d, spl_error *error)
{
    char header[HEADER_MAX + 1] = "";
    if (size < PREFIX_BYTES || memcmp(data, MAGIC, MAGIC_BYTES) != 0) return spl_fail(error, "is no .npy file (1.0)");
    size_t length = data[8] + 256u * data[9];
    if (length > HEADER_MAX || PREFIX_BYTES + length > size) return spl_fail(error, "has a header of a wrong length");
    memcpy(header, data + PREFIX_BYTES, length);
    if (!says(header, "'descr'", "'<f4'")) return spl_fail_field(error, "descr", "expected '<f4'");
    if (!says(header, "'fortran_order'", "False")) return spl_fail_field(error, "fortran_order", "expected False");
    if (!read_shape(header, n, d)) return spl_fail_field(error, "shape", "expected one or two dimensions");
    size_t bytes = size - PREFIX_BYTES - length;
    if ((*d > 0 && *n > bytes / 4 / *d) || *n * *d * 4 != bytes)
        return spl_fail_field(error, "shape", "is (%" PRIu64 ", %" PRIu64 "), but the file holds %zu bytes", *n, *d,
                              bytes);
    *x = (const float *)(const void *)(data + PREFIX_BYTES + length);
    return true;
}

bool spl_npy_read(const char *path, float **x, uint64_t *n, uint64_t *d, spl_error *error)
{
    uint8_t *data;
    size_t size;
    const float *values = NULL;
    uint64_t rows = 0, width = 0;
    if (!spl_file_read(path, &data, &size, error)) return false;
    if (!parse(data, size, &values, &rows, &width, error)) {
        free(data);
        return spl_fail_at(error, path, 0);
    }
    memmove(data, values, (size_t)(rows * width) * sizeof **x);
    *x = (float *)(void *)data;
    *n = rows;
    *d = width;
    return true;
}

// A float needs at most nine digits; most are told apart by fewer.
static size_t write_float(float value, char out[SPL_NUMBER_MAX])
{
    int size = 0;
    if (!isfinite(value)) return 0;
    for (int digits = 6; digits <= 9; digits++) {
        size = snprintf(out, SPL_NUMBER_MAX, "%.*g", digits, (double)value);
        if (strtof(out, NULL) == value) break;
    }
    return (size_t)size;
}

// A field of CSV, quoted where it must be.
static void put_text(spl_writer *writer, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        spl_writer_put(writer, text, strlen(text));
        return;
    }
    spl_writer_put(writer, "\"", 1);
    for (; *text; text++) {
        if (*text == '"') spl_writer_put(writer, "\"", 1);
        spl_writer_put(writer, text, 1);
    }
    spl_writer_put(writer, "\"", 1);
}

static void put_names(spl_writer *writer, const char *prefix, uint64_t d, const spl_csv_column *columns, uint32_t count)
{
    char name[96];
    for (uint64_t j = 0; j < d; j++) {
        int size = snprintf(name, sizeof name, "%s%s%" PRIu64, j ? "," : "", prefix, j);
        spl_writer_put(writer, name, (size_t)size);
    }
    for (uint32_t c = 0; c < count; c++) {
        spl_writer_put(writer, ",", 1);
        put_text(writer, columns[c].name);
    }
    spl_writer_put(writer, "\n", 1);
}

static void put_numbers(spl_writer *writer, const float *x, uint64_t d)
{
    for (uint64_t j = 0; j < d; j++) {
        char text[SPL_NUMBER_MAX + 1] = ",";
        size_t size = write_float(x[j], text + 1);
        spl_writer_put(writer, text + (j == 0), size + (j > 0));
    }
}

bool spl_csv_write_matrix(const char *path, const char *prefix, const float *x, uint64_t n, uint64_t d,
                          const spl_csv_column *columns, uint32_t column_count, spl_error *error)
{
    spl_writer *writer;
    if (!spl_writer_open(path, &writer, error)) return false;
    put_names(writer, prefix, d, columns, column_count);
    for (uint64_t i = 0; i < n; i++) {
        put_numbers(writer, x + i * d, d);
        for (uint32_t c = 0; c < column_count; c++) {
            spl_writer_put(writer, ",", 1);
            if (columns[c].value[i] >= 0) put_text(writer, columns[c].texts[columns[c].value[i]]);
        }
        spl_writer_put(writer, "\n", 1);
    }
    return spl_writer_close(writer, error);
}
