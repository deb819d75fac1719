// SPDX-License-Identifier: MIT
// Any numbers as an index: refused, or searched within its arrays and to an end.
// First byte: rows, second: vectors, third: columns, fourth: links, then entry and top; the rest fills the arrays.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "learn/similar/hnsw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct feed {
    const uint8_t *at;
    size_t left;
} feed;

static uint32_t next(feed *f)
{
    if (f->left == 0) return 0;
    f->left--;
    return *f->at++;
}

// `count` small numbers of their own allocation, so that ASan watches the end; 255 stands for none.
static uint32_t *numbers(feed *f, size_t count)
{
    uint32_t *out = malloc(count * sizeof *out + 1);
    for (size_t i = 0; i < count; i++) {
        uint32_t value = next(f);
        out[i] = value == 255 ? UINT32_MAX : value;
    }
    return out;
}

static void search(const spl_hnsw *index)
{
    float query[16] = {1, 0.5f, -1};
    spl_hit hits[20];
    spl_error error;
    for (uint32_t ef = 1; ef < 40; ef += 13) {
        const spl_hnsw_query how = {.k = 20, .ef = ef};
        if (!spl_hnsw_search(index, query, 1, &how, hits, &error)) abort();
        for (int i = 0; i < 20; i++) {
            if (hits[i].row != SPL_NO_ROW && hits[i].row >= index->n) abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    feed f = {data, size};
    spl_hnsw arrays = {0};
    arrays.n = next(&f);
    arrays.u = next(&f) % 64;
    arrays.d = 1 + next(&f) % 16;
    arrays.m = next(&f) % 8;
    arrays.entry = next(&f);
    arrays.top = next(&f);
    size_t u = arrays.u, above;
    uint32_t *row_start = numbers(&f, u + 1), *upper_start = numbers(&f, u + 1), *rows = numbers(&f, arrays.n);
    above = upper_start[u] < 4096 ? upper_start[u] : (upper_start[u] = 0);
    uint32_t *links = numbers(&f, u * 2 * arrays.m), *upper = numbers(&f, above * arrays.m);
    float *vectors = malloc(u * arrays.d * sizeof *vectors + 1);
    for (size_t i = 0; i < u * arrays.d; i++) vectors[i] = (float)(int8_t)next(&f) / 256;
    arrays.row_start = row_start;
    arrays.upper_start = upper_start;
    arrays.rows = rows;
    arrays.links = links;
    arrays.upper = upper;
    arrays.vectors = vectors;
    spl_hnsw index;
    spl_error error = {0};
    if (spl_hnsw_open(&arrays, &index, &error)) {
        search(&index);
        spl_hnsw_free(&index);
    } else if (error.text[0] == '\0') {
        abort();
    }
    free(row_start);
    free(upper_start);
    free(rows);
    free(links);
    free(upper);
    free(vectors);
    return 0;
}
