// SPDX-License-Identifier: MIT
// The exact search against its definition: every cosine, sorted.
#include "learn/similar/topk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "samplit/rng.h"
#include "testing.h"

static float uniform(uint64_t seed, uint32_t i)
{
    double u[2];
    spl_uniform2(seed, i, SPL_STREAM_TEST, 1, u);
    return (float)(2 * u[0] - 1);
}

static float *vectors(uint64_t seed, uint32_t n, uint32_t d)
{
    float *x = malloc((size_t)n * d * sizeof *x);
    for (uint32_t i = 0; i < n * d; i++) x[i] = uniform(seed, i);
    return x;
}

static spl_topk made(const float *x, uint32_t n, uint32_t d)
{
    spl_topk topk;
    spl_error error = {0};
    if (!spl_topk_make(x, n, d, &topk, &error)) fail_msg("%s", error.text);
    return topk;
}

static void search(const spl_topk *topk, const float *queries, uint32_t count, uint32_t k,
                   const spl_topk_config *config, spl_hit *hits)
{
    spl_error error = {0};
    if (!spl_topk_search(topk, queries, count, k, config, hits, &error)) fail_msg("%s", error.text);
}

static int by_rank(const void *a, const void *b)
{
    return spl_hit_better(*(const spl_hit *)a, *(const spl_hit *)b) ? -1 : 1;
}

// All rows in order, by definition.
static void rank(const float *x, uint32_t n, uint32_t d, const float *query, spl_hit *out)
{
    float *a = malloc(d * sizeof *a), *b = malloc(d * sizeof *b);
    uint32_t column;
    assert_true(spl_topk_normalise(query, d, b, &column));
    for (uint32_t row = 0; row < n; row++) {
        float sum = 0;
        assert_true(spl_topk_normalise(x + (size_t)row * d, d, a, &column));
        for (uint32_t i = 0; i < d; i++) sum += a[i] * b[i];
        out[row] = (spl_hit){row, sum};
    }
    qsort(out, n, sizeof *out, by_rank);
    free(a);
    free(b);
}

static void expect_equal(const spl_hit *a, const spl_hit *b, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(a[i].row, b[i].row);
        assert_true(a[i].cosine == b[i].cosine);
    }
}

// Every kernel, method and number of queries at once.
static void expect_definition(const float *x, uint32_t n, uint32_t d, const float *queries, uint32_t count, uint32_t k)
{
    spl_topk topk = made(x, n, d);
    spl_hit *expected = malloc((size_t)count * n * sizeof *expected), *hits = malloc((size_t)count * k * sizeof *hits);
    for (uint32_t q = 0; q < count; q++) rank(x, n, d, queries + (size_t)q * d, expected + (size_t)q * n);
    for (int kernel = SPL_KERNEL_SCALAR; kernel <= SPL_KERNEL_AVX512; kernel++) {
        if (!spl_kernel_usable((spl_kernel)kernel)) continue;
        for (int method = SPL_TOPK_BYTES; method <= SPL_TOPK_FLOATS; method++) {
            spl_topk_config config = {(spl_topk_method)method, (spl_kernel)kernel, NULL, NULL};
            search(&topk, queries, count, k, &config, hits);
            for (uint32_t q = 0; q < count; q++) expect_equal(hits + (size_t)q * k, expected + (size_t)q * n, k);
            search(&topk, queries, 1, k, &config, hits);
            expect_equal(hits, expected, k);
        }
    }
    free(hits);
    free(expected);
    spl_topk_free(&topk);
}

static void hits_are_those_of_the_definition_with_every_kernel_and_method(void **unused)
{
    (void)unused;
    const struct {
        uint32_t n, d, count, k;
    } cases[] = {{1, 1, 1, 1}, {15, 3, 9, 5}, {16, 4, 8, 16}, {1000, 32, 17, 10}, {333, 7, 70, 100}, {40, 129, 3, 1}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        float *x = vectors(c, cases[c].n, cases[c].d), *queries = vectors(c + 100, cases[c].count, cases[c].d);
        expect_definition(x, cases[c].n, cases[c].d, queries, cases[c].count, cases[c].k);
        free(x);
        free(queries);
    }
}

// Rows so alike that bytes cannot tell them apart: only the exact pass can.
static void rows_that_bytes_cannot_tell_apart_are_ranked_exactly(void **unused)
{
    (void)unused;
    enum { N = 500, D = 16 };
    float *x = malloc(N * D * sizeof *x), *query = vectors(5, 1, D);
    for (uint32_t i = 0; i < N * D; i++) x[i] = query[i % D] + 1e-4f * uniform(6, i);
    expect_definition(x, N, D, query, 1, 20);
    free(x);
    free(query);
}

// One huge entry takes the whole scale; the small ones decide.
static void rows_whose_bytes_lose_most_are_ranked_exactly(void **unused)
{
    (void)unused;
    enum { N = 300, D = 40 };
    float *x = vectors(8, N, D), *queries = vectors(9, 9, D);
    for (uint32_t i = 0; i < N; i++) x[i * D] = i % 2 ? 90.0f : -90.0f;
    for (uint32_t q = 0; q < 9; q++) queries[q * D] = 0;
    expect_definition(x, N, D, queries, 9, 10);
    free(x);
    free(queries);
}

static void equal_cosines_rank_by_row(void **unused)
{
    (void)unused;
    enum { N = 200, D = 4 };
    float x[N * D], queries[9 * D];
    for (uint32_t i = 0; i < N * D; i++) x[i] = (float)(i / D % 3 == i % D) * (1 + (float)(i / D));
    for (uint32_t i = 0; i < 9 * D; i++) queries[i] = (float)(i / D % 3 == i % D);
    expect_definition(x, N, D, queries, 9, 70); // of every length, but three directions only
    spl_topk topk = made(x, N, D);
    spl_hit hits[3];
    spl_topk_config config = {.kernel = spl_kernel_best()};
    search(&topk, queries, 1, 3, &config, hits);
    for (uint32_t i = 0; i < 3; i++) assert_int_equal(hits[i].row, 3 * i);
    spl_topk_free(&topk);
}

static void a_zero_vector_is_like_nothing(void **unused)
{
    (void)unused;
    float x[] = {0, 0, 1, 1, -1, -1}, queries[] = {1, 1, 0, 0};
    spl_topk topk = made(x, 3, 2);
    spl_hit hits[6];
    spl_topk_config config = {.kernel = spl_kernel_best()};
    search(&topk, queries, 2, 3, &config, hits);
    const uint32_t expected[] = {1, 0, 2, 0, 1, 2};
    for (int i = 0; i < 6; i++) assert_int_equal(hits[i].row, expected[i]);
    assert_true(hits[1].cosine == 0 && hits[3].cosine == 0 && hits[5].cosine == 0);
    expect_definition(x, 3, 2, queries, 2, 3);
    spl_topk_free(&topk);
}

static void more_hits_than_rows_are_marked_as_none(void **unused)
{
    (void)unused;
    float x[] = {1, 0, 0, 1}, query[] = {1, 0.5f};
    spl_topk topk = made(x, 2, 2);
    spl_hit hits[5];
    for (int method = SPL_TOPK_BYTES; method <= SPL_TOPK_FLOATS; method++) {
        spl_topk_config config = {(spl_topk_method)method, spl_kernel_best(), NULL, NULL};
        search(&topk, query, 1, 5, &config, hits);
        assert_int_equal(hits[0].row, 0);
        assert_int_equal(hits[1].row, 1);
        for (int i = 2; i < 5; i++) assert_int_equal(hits[i].row, SPL_NO_ROW);
    }
    spl_topk_free(&topk);
}

static void any_length_of_vectors_is_fine(void **unused)
{
    (void)unused;
    enum { N = 60, D = 5 };
    float *x = vectors(31, N, D), *query = vectors(32, 1, D), *scaled = malloc(N * D * sizeof *scaled);
    spl_hit expected[10], hits[10];
    spl_topk_config config = {.kernel = spl_kernel_best()};
    spl_topk topk = made(x, N, D);
    search(&topk, query, 1, 10, &config, expected);
    spl_topk_free(&topk);
    for (int exponent = -100; exponent <= 100; exponent += 50) {
        for (uint32_t i = 0; i < N * D; i++) scaled[i] = ldexpf(x[i], exponent);
        topk = made(scaled, N, D);
        search(&topk, query, 1, 10, &config, hits);
        expect_equal(hits, expected, 10);
        spl_topk_free(&topk);
    }
    free(x);
    free(query);
    free(scaled);
}

static void threads_do_not_show(void **unused)
{
    (void)unused;
    enum { N = 3000, D = 8, COUNT = 100, K = 7 };
    float *x = vectors(41, N, D), *queries = vectors(42, COUNT, D);
    static spl_hit expected[COUNT * K], hits[COUNT * K];
    spl_topk topk = made(x, N, D);
    spl_topk_config config = {.kernel = spl_kernel_best()};
    search(&topk, queries, COUNT, K, &config, expected);
    for (uint32_t threads = 2; threads <= 5; threads++) {
        config.pool = spl_pool_new(threads);
        search(&topk, queries, COUNT, K, &config, hits);
        expect_equal(hits, expected, COUNT * K);
        search(&topk, queries, 1, K, &config, hits);
        expect_equal(hits, expected, K);
        spl_pool_free(config.pool);
    }
    spl_topk_free(&topk);
    free(x);
    free(queries);
}

static void what_is_not_a_number_is_refused_with_its_place(void **unused)
{
    (void)unused;
    float x[6] = {1, 2, 3, 4, 5, 6}, queries[4] = {1, 1, 1, INFINITY};
    spl_topk topk = made(x, 3, 2);
    spl_error error = {0};
    spl_hit hits[2];
    spl_topk_config config = {0};
    assert_false(spl_topk_search(&topk, queries, 2, 1, &config, hits, &error));
    assert_string_equal(error.text, "query 1, column 1 is not a finite number");
    spl_topk_free(&topk);
    x[4] = NAN;
    assert_false(spl_topk_make(x, 3, 2, &topk, &error));
    assert_string_equal(error.text, "row 2, column 0 is not a finite number");
    assert_false(spl_topk_make(x, 0, 2, &topk, &error));
    assert_false(spl_topk_make(x, 1, 0, &topk, &error));
    assert_false(spl_topk_make(x, 1, SPL_TOPK_COLUMNS_MAX + 1, &topk, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hits_are_those_of_the_definition_with_every_kernel_and_method),
        cmocka_unit_test(rows_that_bytes_cannot_tell_apart_are_ranked_exactly),
        cmocka_unit_test(rows_whose_bytes_lose_most_are_ranked_exactly),
        cmocka_unit_test(equal_cosines_rank_by_row),
        cmocka_unit_test(a_zero_vector_is_like_nothing),
        cmocka_unit_test(more_hits_than_rows_are_marked_as_none),
        cmocka_unit_test(any_length_of_vectors_is_fine),
        cmocka_unit_test(threads_do_not_show),
        cmocka_unit_test(what_is_not_a_number_is_refused_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
