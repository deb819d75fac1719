// SPDX-License-Identifier: MIT
// The index beside the exact search, and against files that lie.
#include "learn/similar/hnsw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/similar/topk.h"
#include "samplit/rng.h"
#include "testing.h"

#define K 10

static float normal(uint64_t seed, uint32_t i)
{
    double u[2], sum = -6;
    for (uint32_t j = 0; j < 6; j++) {
        spl_uniform2(seed, i, SPL_STREAM_TEST, 2 + j, u);
        sum += u[0] + u[1];
    }
    return (float)sum;
}

static float *vectors(uint64_t seed, uint32_t n, uint32_t d)
{
    float *x = malloc((size_t)n * d * sizeof *x);
    for (uint32_t i = 0; i < n * d; i++) x[i] = normal(seed, i);
    return x;
}

static spl_hnsw built(const float *x, uint32_t n, uint32_t d, const spl_hnsw_config *config)
{
    spl_hnsw index;
    spl_error error = {0};
    spl_hnsw_config usual = spl_hnsw_config_default();
    usual.ef = 60;
    if (!spl_hnsw_build(x, n, d, config ? config : &usual, &index, &error)) fail_msg("%s", error.text);
    return index;
}

static void search(const spl_hnsw *index, const float *queries, uint32_t count, uint32_t k, uint32_t ef, spl_hit *hits)
{
    spl_error error = {0};
    const spl_hnsw_query how = {.k = k, .ef = ef, .kernel = spl_kernel_best()};
    if (!spl_hnsw_search(index, queries, count, &how, hits, &error)) fail_msg("%s", error.text);
}

static void exact(const float *x, uint32_t n, uint32_t d, const float *queries, uint32_t count, uint32_t k,
                  spl_hit *hits)
{
    spl_topk topk;
    spl_error error = {0};
    spl_topk_config config = {.kernel = spl_kernel_best()};
    assert_true(spl_topk_make(x, n, d, &topk, &error));
    assert_true(spl_topk_search(&topk, queries, count, k, &config, hits, &error));
    spl_topk_free(&topk);
}

static void expect_equal(const spl_hit *a, const spl_hit *b, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(a[i].row, b[i].row);
        assert_true(a[i].cosine == b[i].cosine);
    }
}

static void the_nearest_are_nearly_always_found_and_their_cosines_are_exact(void **unused)
{
    (void)unused;
    enum { N = 4000, D = 12, COUNT = 100 };
    float *x = vectors(1, N, D), *queries = vectors(2, COUNT, D);
    static spl_hit truth[COUNT * K], hits[COUNT * K];
    spl_hnsw index = built(x, N, D, NULL);
    exact(x, N, D, queries, COUNT, K, truth);
    search(&index, queries, COUNT, K, 80, hits);
    uint32_t found = 0;
    for (uint32_t q = 0; q < COUNT; q++) {
        for (uint32_t i = 0, t = 0; i < K; i++) { // both descend, so one pass tells
            while (t < K && spl_hit_better(truth[q * K + t], hits[q * K + i])) t++;
            if (t == K || truth[q * K + t].row != hits[q * K + i].row) continue;
            assert_true(truth[q * K + t].cosine == hits[q * K + i].cosine);
            found++;
        }
    }
    assert_true(found > 0.98 * COUNT * K);
    spl_hnsw_free(&index);
    free(x);
    free(queries);
}

static void with_as_many_candidates_as_rows_the_search_is_exact(void **unused)
{
    (void)unused;
    for (uint32_t n = 1; n <= 300; n += 23) {
        enum { D = 5, COUNT = 10 };
        float *x = vectors(n, n, D), *queries = vectors(n + 1000, COUNT, D);
        spl_hit truth[COUNT * 12], hits[COUNT * 12];
        spl_hnsw index = built(x, n, D, NULL);
        exact(x, n, D, queries, COUNT, 12, truth);
        search(&index, queries, COUNT, 12, n, hits);
        expect_equal(hits, truth, COUNT * 12); // with fewer rows than hits too
        spl_hnsw_free(&index);
        free(x);
        free(queries);
    }
}

static void expect_same_graph(const spl_hnsw *a, const spl_hnsw *b)
{
    assert_int_equal(a->u, b->u);
    assert_int_equal(a->entry, b->entry);
    assert_memory_equal(a->links, b->links, (size_t)a->u * 2 * a->m * sizeof *a->links);
    assert_memory_equal(a->upper_start, b->upper_start, ((size_t)a->u + 1) * sizeof *a->upper_start);
    assert_memory_equal(a->upper, b->upper, (size_t)a->upper_start[a->u] * a->m * sizeof *a->upper);
}

static void the_graph_depends_on_neither_threads_nor_kernel(void **unused)
{
    (void)unused;
    enum { N = 2000, D = 40 };
    float *x = vectors(7, N, D);
    spl_hnsw_config config = {.m = 6, .ef = 30, .seed = 3, .kernel = SPL_KERNEL_SCALAR};
    spl_hnsw expected = built(x, N, D, &config);
    for (uint32_t threads = 2; threads <= 4; threads++) {
        spl_kernel kernel = (spl_kernel)(threads - 1);
        config.pool = spl_pool_new(threads);
        config.kernel = spl_kernel_usable(kernel) ? kernel : SPL_KERNEL_SCALAR;
        spl_hnsw index = built(x, N, D, &config);
        expect_same_graph(&index, &expected);
        spl_hnsw_free(&index);
        spl_pool_free(config.pool);
    }
    config = (spl_hnsw_config){.m = 6, .ef = 30, .seed = 4, .kernel = SPL_KERNEL_SCALAR};
    spl_hnsw other = built(x, N, D, &config);
    assert_true(memcmp(other.upper_start, expected.upper_start, (N + 1) * sizeof *other.upper_start) != 0);
    spl_hnsw_free(&other);
    spl_hnsw_free(&expected);
    free(x);
}

// Many equal rows are one vector, so they neither hide others nor each other.
static void equal_rows_are_all_found_in_order(void **unused)
{
    (void)unused;
    enum { N = 3000, D = 3 };
    float *x = vectors(9, N, D), query[D] = {1, 0.25f, 0.5f};
    for (uint32_t i = 0; i < 2500; i++) {
        for (uint32_t j = 0; j < D; j++)
            x[i * D + j] = query[j] * (float)(1 << i % 3); // of three lengths, one direction
    }
    spl_hnsw index = built(x, N, D, NULL);
    assert_true(index.u < 600);
    spl_hit hits[100], truth[100];
    search(&index, query, 1, 100, 100, hits);
    exact(x, N, D, query, 1, 100, truth);
    expect_equal(hits, truth, 100);
    search(&index, x + (N - 1) * D, 1, 5, 100, hits); // and from elsewhere
    exact(x, N, D, x + (N - 1) * D, 1, 5, truth);
    expect_equal(hits, truth, 5);
    spl_hnsw_free(&index);
    free(x);
}

static void zero_vectors_are_like_nothing_here_too(void **unused)
{
    (void)unused;
    float x[] = {0, 0, 1, 1, -1, -1, 0, -0.0f}, query[] = {2, 2};
    spl_hnsw index = built(x, 4, 2, NULL);
    spl_hit hits[4], truth[4];
    search(&index, query, 1, 4, 4, hits);
    exact(x, 4, 2, query, 1, 4, truth);
    expect_equal(hits, truth, 4);
    assert_int_equal(index.u, 3);
    spl_hnsw_free(&index);
}

static void what_cannot_be_indexed_is_refused(void **unused)
{
    (void)unused;
    float x[] = {1, 2, 3, NAN};
    spl_hnsw index;
    spl_error error = {0};
    spl_hnsw_config config = spl_hnsw_config_default();
    assert_false(spl_hnsw_build(x, 2, 2, &config, &index, &error));
    assert_string_equal(error.text, "row 1, column 1 is not a finite number");
    assert_false(spl_hnsw_build(x, 0, 2, &config, &index, &error));
    assert_false(spl_hnsw_build(x, 1, 0, &config, &index, &error));
    config.m = 1;
    assert_false(spl_hnsw_build(x, 1, 2, &config, &index, &error));
    config.m = SPL_HNSW_LINKS_MAX + 1;
    assert_false(spl_hnsw_build(x, 1, 2, &config, &index, &error));
    config.m = 16;
    config.ef = 15;
    assert_false(spl_hnsw_build(x, 1, 2, &config, &index, &error));
    index = built(x, 1, 2, NULL);
    spl_hit hit;
    const spl_hnsw_query how = {.k = 1, .ef = 1};
    assert_false(spl_hnsw_search(&index, x + 2, 1, &how, &hit, &error));
    assert_string_equal(error.text, "query 0, column 1 is not a finite number");
    spl_hnsw_free(&index);
}

// A copy of an index whose arrays can be written to.
typedef struct copy {
    spl_hnsw arrays;
    float *vectors;
    uint32_t *row_start, *rows, *links, *upper_start, *upper;
} copy;

static void *copied(const void *data, size_t bytes)
{
    void *out = malloc(bytes + 1);
    memcpy(out, data, bytes);
    return out;
}

static copy copy_of(const spl_hnsw *index)
{
    copy c = {.arrays = *index};
    size_t u = index->u;
    c.arrays.vectors = c.vectors = copied(index->vectors, u * index->d * 4);
    c.arrays.row_start = c.row_start = copied(index->row_start, (u + 1) * 4);
    c.arrays.rows = c.rows = copied(index->rows, (size_t)index->n * 4);
    c.arrays.links = c.links = copied(index->links, u * 2 * index->m * 4);
    c.arrays.upper_start = c.upper_start = copied(index->upper_start, (u + 1) * 4);
    c.arrays.upper = c.upper = copied(index->upper, (size_t)index->upper_start[u] * index->m * 4);
    return c;
}

static void copy_free(copy *c)
{
    free(c->vectors);
    free(c->row_start);
    free(c->rows);
    free(c->links);
    free(c->upper_start);
    free(c->upper);
}

static void expect_refused(copy *c, const char *field)
{
    spl_hnsw out;
    spl_error error = {0};
    assert_false(spl_hnsw_open(&c->arrays, &out, &error));
    assert_string_equal(error.field, field);
    copy_free(c);
}

static void arrays_that_were_written_open_again(void **unused)
{
    (void)unused;
    enum { N = 500, D = 6, COUNT = 20 };
    float *x = vectors(12, N, D), *queries = vectors(13, COUNT, D);
    spl_hnsw index = built(x, N, D, NULL), again;
    spl_error error = {0};
    copy c = copy_of(&index);
    assert_true(spl_hnsw_open(&c.arrays, &again, &error));
    static spl_hit a[COUNT * K], b[COUNT * K];
    search(&index, queries, COUNT, K, 20, a);
    search(&again, queries, COUNT, K, 20, b);
    expect_equal(a, b, COUNT * K);
    spl_hnsw_free(&again);
    copy_free(&c);
    spl_hnsw_free(&index);
    free(x);
    free(queries);
}

static void arrays_that_lie_are_refused_by_name(void **unused)
{
    (void)unused;
    enum { N = 400, D = 4 };
    float *x = vectors(14, N, D);
    spl_hnsw_config config = {.m = 4, .ef = 20};
    spl_hnsw index = built(x, N, D, &config);
    uint32_t low = 0, high = 0; // vectors with and without an upper level
    while (index.upper_start[low + 1] > index.upper_start[low]) low++;
    while (index.upper_start[high + 1] == index.upper_start[high]) high++;
    copy c;
    c = copy_of(&index), c.links[5 * 8] = N, expect_refused(&c, "similar.links");
    c = copy_of(&index), c.upper[index.upper_start[high] * 4] = low, expect_refused(&c, "similar.upper");
    c = copy_of(&index), c.upper_start[3] = 1u << 31, expect_refused(&c, "similar.upper_start");
    c = copy_of(&index), c.upper_start[0] = 1, expect_refused(&c, "similar.upper_start");
    c = copy_of(&index), c.row_start[7] = 6, expect_refused(&c, "similar.row_start");
    c = copy_of(&index), c.row_start[N] = N - 1, expect_refused(&c, "similar.row_start");
    c = copy_of(&index), c.rows[9] = c.rows[8], expect_refused(&c, "similar.rows");
    c = copy_of(&index), c.rows[9] = N, expect_refused(&c, "similar.rows");
    c = copy_of(&index), c.vectors[11] = NAN, expect_refused(&c, "similar.vectors");
    c = copy_of(&index), c.vectors[11] = 3, expect_refused(&c, "similar.vectors");
    c = copy_of(&index), c.arrays.entry = N, expect_refused(&c, "similar.shape");
    c = copy_of(&index), c.arrays.top++, expect_refused(&c, "similar.shape");
    c = copy_of(&index), c.arrays.m = 1, expect_refused(&c, "similar.links");
    c = copy_of(&index), c.arrays.u = 0, expect_refused(&c, "similar.rows");
    c = copy_of(&index), c.arrays.d = 5000, expect_refused(&c, "similar.vectors");
    spl_hnsw_free(&index);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_are_nearly_always_found_and_their_cosines_are_exact),
        cmocka_unit_test(with_as_many_candidates_as_rows_the_search_is_exact),
        cmocka_unit_test(the_graph_depends_on_neither_threads_nor_kernel),
        cmocka_unit_test(equal_rows_are_all_found_in_order),
        cmocka_unit_test(zero_vectors_are_like_nothing_here_too),
        cmocka_unit_test(what_cannot_be_indexed_is_refused),
        cmocka_unit_test(arrays_that_were_written_open_again),
        cmocka_unit_test(arrays_that_lie_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
