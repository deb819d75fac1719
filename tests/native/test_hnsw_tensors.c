// SPDX-License-Identifier: MIT
// An index as tensors, there and back, and tensors that do not fit each other.
#include "learn/similar/hnsw_tensors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "samplit/rng.h"
#include "testing.h"

#define N 300
#define D 4

// An index, the tensors it is written as, and a bundle that holds them.
typedef struct held {
    spl_hnsw graph;
    uint64_t line[N];
    spl_similar_index index;
    spl_tensor tensors[SPL_HNSW_TENSORS];
    spl_bundle bundle;
} held;

static void hold(held *h)
{
    float x[N * D];
    spl_error error = {0};
    spl_hnsw_tensor tensors[SPL_HNSW_TENSORS];
    spl_hnsw_config config = {.m = 4, .ef = 20};
    for (uint32_t i = 0; i < N * D; i++) {
        double u[2];
        spl_uniform2(3, i, SPL_STREAM_TEST, 0, u);
        x[i] = (float)(u[0] - 0.5);
    }
    for (uint32_t i = 0; i < N; i++) h->line[i] = i + 2;
    assert_true(spl_hnsw_build(x, N, D, &config, &h->graph, &error));
    h->index = (spl_similar_index){.graph = h->graph, .line = h->line};
    spl_hnsw_tensors(&h->index, tensors);
    for (int i = 0; i < SPL_HNSW_TENSORS; i++) {
        const spl_hnsw_tensor *t = &tensors[i];
        h->tensors[i] = (spl_tensor){.name = {t->name, strlen(t->name)},
                                     .dtype = t->dtype,
                                     .dims = t->dims,
                                     .shape = {t->shape[0], t->shape[1]},
                                     .data = t->data};
    }
    h->bundle = (spl_bundle){.tensor_count = SPL_HNSW_TENSORS, .tensors = h->tensors};
}

static spl_tensor *named(held *h, const char *name)
{
    for (int i = 0; i < SPL_HNSW_TENSORS; i++) {
        if (strncmp(h->tensors[i].name.data, name, h->tensors[i].name.size) == 0 &&
            strlen(name) == h->tensors[i].name.size)
            return &h->tensors[i];
    }
    fail_msg("no tensor %s", name);
    return NULL;
}

static void expect_refused(const held *h, const char *field)
{
    spl_similar_index out;
    spl_error error = {0};
    assert_false(spl_hnsw_of_bundle(&h->bundle, &out, &error));
    assert_string_equal(error.field, field);
}

static void an_index_comes_back_from_its_tensors(void **unused)
{
    (void)unused;
    static held h;
    spl_similar_index out;
    spl_error error = {0};
    hold(&h);
    assert_true(spl_hnsw_in_bundle(&h.bundle));
    assert_true(spl_hnsw_of_bundle(&h.bundle, &out, &error));
    assert_int_equal(out.graph.n, N);
    assert_int_equal(out.graph.entry, h.graph.entry);
    assert_int_equal(out.graph.top, h.graph.top);
    assert_ptr_equal(out.line, h.line);
    spl_hnsw_free(&out.graph);
    spl_hnsw_free(&h.graph);
}

static void each_tensor_must_be_there_with_its_dtype_and_shape(void **unused)
{
    (void)unused;
    static const char *const names[] = {"similar.shape", "similar.line",  "similar.vectors",     "similar.row_start",
                                        "similar.rows",  "similar.links", "similar.upper_start", "similar.upper"};
    static held h;
    hold(&h);
    for (int i = 0; i < SPL_HNSW_TENSORS; i++) {
        spl_tensor *t = named(&h, names[i]), right = *t;
        t->name = SPL_TEXT("other");
        spl_similar_index out;
        spl_error error = {0};
        assert_false(spl_hnsw_of_bundle(&h.bundle, &out, &error)); // sizes come from several, so any may be blamed
        assert_true(error.field[0] != '\0');
        *t = right;
        t->dtype = SPL_F64;
        expect_refused(&h, names[i]);
        *t = right;
        t->shape[0] += 1;
        assert_false(spl_hnsw_of_bundle(&h.bundle, &out, &error));
        *t = right;
    }
    named(&h, "similar.links")->shape[1] = 7;
    expect_refused(&h, "similar.links");
    spl_hnsw_free(&h.graph);
}

static void other_versions_and_sizes_are_refused(void **unused)
{
    (void)unused;
    static held h;
    hold(&h);
    h.index.shape[0] = 2;
    expect_refused(&h, "similar.shape");
    h.index.shape[0] = 1;
    h.index.shape[1] = 1000;
    expect_refused(&h, "similar.shape");
    h.index.shape[1] = 4;
    h.index.shape[2] = N;
    expect_refused(&h, "similar.shape");
    spl_bundle none = {0};
    assert_false(spl_hnsw_in_bundle(&none));
    spl_hnsw_free(&h.graph);
}

static void vectors_have_norm_1_or_0(void **unused)
{
    (void)unused;
    static held h;
    float x[D];
    hold(&h);
    float *first = (float *)(uintptr_t)h.graph.vectors;
    memcpy(x, first, sizeof x);
    for (int i = 0; i < D; i++) first[i] = 0.7f * x[i];
    expect_refused(&h, "similar.vectors");
    for (int i = 0; i < D; i++) first[i] = 1.01f * x[i];
    expect_refused(&h, "similar.vectors");
    first[0] = NAN;
    expect_refused(&h, "similar.vectors");
    spl_similar_index out;
    spl_error error = {0};
    memset(first, 0, sizeof x);
    assert_true(spl_hnsw_of_bundle(&h.bundle, &out, &error));
    spl_hnsw_free(&out.graph);
    spl_hnsw_free(&h.graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_index_comes_back_from_its_tensors),
        cmocka_unit_test(each_tensor_must_be_there_with_its_dtype_and_shape),
        cmocka_unit_test(vectors_have_norm_1_or_0),
        cmocka_unit_test(other_versions_and_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
