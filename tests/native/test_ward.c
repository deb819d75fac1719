// SPDX-License-Identifier: MIT
// Ward's tree against the definition: all pairs looked at for every join, unions by their points.
#include "learn/cluster/ward.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/cluster/dendrogram.h"
#include "samplit/rng.h"
#include "testing.h"

static double uniform(uint64_t seed, uint32_t i)
{
    double u[2];
    spl_uniform2(seed, i, SPL_STREAM_TEST, 0, u);
    return u[0];
}

static float *points(uint64_t seed, uint32_t n, uint32_t d)
{
    float *x = malloc((size_t)n * d * sizeof *x);
    for (uint32_t i = 0; i < n * d; i++) x[i] = (float)(uniform(seed, i) + 3 * (i / d % 4));
    return x;
}

static spl_merge *ward(const float *x, uint32_t n, uint32_t d, const spl_ward_config *config)
{
    spl_error error = {0};
    spl_merge *merges = calloc(n, sizeof *merges);
    if (!spl_ward(x, n, d, config, merges, &error)) fail_msg("%s", error.text);
    return merges;
}

typedef struct plain {
    uint32_t n, d;
    double *centre, *weight, *height;
    bool *gone;
} plain;

static double plain_distance(const plain *p, uint32_t a, uint32_t b)
{
    double sum = 0;
    for (uint32_t i = 0; i < p->d; i++) {
        double apart = p->centre[a * p->d + i] - p->centre[b * p->d + i];
        sum += apart * apart;
    }
    return 2 * p->weight[a] * p->weight[b] / (p->weight[a] + p->weight[b]) * sum;
}

// heights[n - 1] of the greedy method, by definition.
static void plain_heights(const float *x, uint32_t n, uint32_t d, const double *weight, double *heights)
{
    plain p = {n, d, malloc((size_t)n * d * sizeof(double)), malloc(n * sizeof(double)), NULL, calloc(n, sizeof(bool))};
    for (uint32_t i = 0; i < n * d; i++) p.centre[i] = x[i];
    for (uint32_t i = 0; i < n; i++) p.weight[i] = weight ? weight[i] : 1;
    for (uint32_t m = 0; m + 1 < n; m++) {
        uint32_t best_a = 0, best_b = 0;
        double best = INFINITY;
        for (uint32_t a = 0; a < n; a++) {
            for (uint32_t b = a + 1; b < n && !p.gone[a]; b++) {
                if (p.gone[b] || plain_distance(&p, a, b) >= best) continue;
                best = plain_distance(&p, a, b);
                best_a = a;
                best_b = b;
            }
        }
        double wa = p.weight[best_a], wb = p.weight[best_b];
        for (uint32_t i = 0; i < d; i++)
            p.centre[best_a * d + i] = (wa * p.centre[best_a * d + i] + wb * p.centre[best_b * d + i]) / (wa + wb);
        p.weight[best_a] = wa + wb;
        p.gone[best_b] = true;
        heights[m] = sqrt(best);
    }
    free(p.centre);
    free(p.weight);
    free(p.gone);
}

static void expect_heights(const float *x, uint32_t n, uint32_t d, const double *weight, double tolerance)
{
    spl_ward_config config = {.weight = weight, .kernel = spl_kernel_best()};
    spl_merge *merges = ward(x, n, d, &config);
    double *expected = malloc(n * sizeof *expected);
    plain_heights(x, n, d, weight, expected);
    for (uint32_t i = 0; i + 1 < n; i++)
        assert_true(fabs(merges[i].height - expected[i]) <= tolerance * (expected[i] + tolerance));
    free(expected);
    free(merges);
}

static void heights_are_those_of_the_definition(void **unused)
{
    (void)unused;
    for (uint32_t n = 1; n <= 120; n += 7) {
        float *x = points(n, n, 1 + n % 9);
        expect_heights(x, n, 1 + n % 9, NULL, 1e-12);
        free(x);
    }
}

// Enough points that lists run out and unions live on what they inherited, in few columns and in many.
static void heights_are_those_of_the_definition_when_lists_run_out(void **unused)
{
    (void)unused;
    for (uint32_t d = 1; d <= 9; d += 4) {
        float *x = malloc(400 * (size_t)d * sizeof *x);
        for (uint32_t i = 0; i < 400 * d; i++) x[i] = (float)uniform(40 + d, i);
        expect_heights(x, 400, d, NULL, 1e-12);
        free(x);
    }
}

static void weights_stand_for_repeated_points(void **unused)
{
    (void)unused;
    enum { N = 40, D = 3 };
    float *x = points(5, N, D), *repeated = malloc(3 * N * D * sizeof *repeated);
    double weight[N];
    uint32_t count = 0;
    for (uint32_t i = 0; i < N; i++) {
        weight[i] = 1 + i % 3;
        for (uint32_t j = 0; j < 1 + i % 3; j++) memcpy(repeated + count++ * D, x + i * D, D * sizeof *x);
    }
    expect_heights(x, N, D, weight, 1e-12);
    spl_ward_config weighted = {.weight = weight}, plainly = {0};
    spl_merge *a = ward(x, N, D, &weighted), *b = ward(repeated, count, D, &plainly);
    for (uint32_t i = 0; i < N - 1; i++) assert_true(fabs(a[i].height - b[count - N + i].height) < 1e-12);
    assert_true(b[count - N - 1].height < 1e-12); // the repeated ones join first, at no height
    free(a);
    free(b);
    free(repeated);
    free(x);
}

static void the_result_depends_on_neither_kernel_nor_threads(void **unused)
{
    (void)unused;
    enum { N = 1500, D = 7 };
    float *x = points(9, N, D);
    spl_ward_config config = {.kernel = SPL_KERNEL_SCALAR};
    spl_merge *expected = ward(x, N, D, &config);
    for (spl_kernel kernel = SPL_KERNEL_SCALAR; kernel <= SPL_KERNEL_AVX512; kernel++) {
        if (!spl_kernel_usable(kernel)) continue;
        config = (spl_ward_config){.kernel = kernel, .pool = spl_pool_new(kernel + 1)};
        spl_merge *merges = ward(x, N, D, &config);
        for (uint32_t i = 0; i < N - 1; i++) {
            assert_true(merges[i].height == expected[i].height);
            assert_true(merges[i].a == expected[i].a && merges[i].b == expected[i].b);
        }
        free(merges);
        spl_pool_free(config.pool);
    }
    free(expected);
    free(x);
}

static void the_linkage_is_sorted_and_counts_its_points(void **unused)
{
    (void)unused;
    enum { N = 700, D = 4 };
    float *x = points(11, N, D);
    spl_ward_config config = {.kernel = spl_kernel_best()};
    spl_merge *merges = ward(x, N, D, &config);
    bool *taken = calloc(2 * N, sizeof *taken);
    for (uint32_t i = 0; i < N - 1; i++) {
        const spl_merge *m = &merges[i];
        assert_true(m->a < m->b && m->b < N + i && !taken[m->a] && !taken[m->b]);
        taken[m->a] = taken[m->b] = true;
        uint32_t left = m->a < N ? 1 : merges[m->a - N].points, right = m->b < N ? 1 : merges[m->b - N].points;
        assert_int_equal(m->points, left + right);
        assert_true(i == 0 || m->height >= merges[i - 1].height);
    }
    assert_int_equal(merges[N - 2].points, N);
    free(taken);
    free(merges);
    free(x);
}

static void duplicates_join_at_no_height_and_first(void **unused)
{
    (void)unused;
    enum { N = 400, D = 2 };
    float *x = calloc(N * D, sizeof *x);
    for (uint32_t i = 0; i < N; i++) x[i * D] = (float)(i % 4);
    expect_heights(x, 60, D, NULL, 1e-12);
    spl_ward_config config = {.kernel = spl_kernel_best()};
    spl_merge *merges = ward(x, N, D, &config);
    for (uint32_t i = 0; i < N - 4; i++) assert_true(merges[i].height < 1e-12);
    assert_true(fabs(merges[N - 4].height - 10) < 1e-9); // two groups of 100 at distance 1: sqrt(2 * 50)
    uint32_t label[N];
    assert_true(spl_dendrogram_cut(merges, N, 4, label));
    for (uint32_t i = 0; i < N; i++) assert_int_equal(label[i], i % 4);
    free(merges);
    free(x);
}

// Two clumps so tight and so far apart that floats cannot tell the points of one clump apart.
static void clumps_below_the_resolution_of_floats_are_told_apart(void **unused)
{
    (void)unused;
    enum { N = 90, D = 2 };
    float x[N * D];
    for (uint32_t i = 0; i < N; i++) {
        x[i * D] = i % 2 ? 1e6f : (float)(uniform(3, i) * 1e-3);
        x[i * D + 1] = (float)(uniform(4, i) * 1e-3);
    }
    expect_heights(x, N, D, NULL, 1e-9);
}

static void any_scale_of_values_is_fine(void **unused)
{
    (void)unused;
    enum { N = 50, D = 3 };
    float *x = points(21, N, D), *scaled = malloc(N * D * sizeof *scaled);
    spl_ward_config config = {.kernel = spl_kernel_best()};
    spl_merge *expected = ward(x, N, D, &config);
    for (int exponent = -120; exponent <= 120; exponent += 40) {
        for (uint32_t i = 0; i < N * D; i++) scaled[i] = ldexpf(x[i], exponent);
        spl_merge *merges = ward(scaled, N, D, &config);
        for (uint32_t i = 0; i < N - 1; i++) assert_true(merges[i].height == ldexp(expected[i].height, exponent));
        free(merges);
    }
    free(expected);
    free(scaled);
    free(x);
}

static void what_is_not_a_number_is_refused_with_its_place(void **unused)
{
    (void)unused;
    const float bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        float x[6] = {0, 1, 2, 3, bad[i], 5};
        spl_merge merges[2];
        spl_error error = {0};
        spl_ward_config config = {0};
        assert_false(spl_ward(x, 3, 2, &config, merges, &error));
        assert_string_equal(error.text, "row 2, column 0 is not a finite number");
    }
}

static void weights_out_of_range_are_refused(void **unused)
{
    (void)unused;
    const double bad[] = {0, -1, NAN, INFINITY, 1e-13};
    for (int i = 0; i < 5; i++) {
        float x[3] = {0, 1, 2};
        double weight[3] = {1, bad[i], 1};
        spl_merge merges[2];
        spl_error error = {0};
        spl_ward_config config = {.weight = weight};
        assert_false(spl_ward(x, 3, 1, &config, merges, &error));
        assert_non_null(strstr(error.text, "weight"));
    }
}

static void nothing_to_join_is_refused_and_one_point_has_no_joins(void **unused)
{
    (void)unused;
    float x[1] = {1};
    spl_merge merges[1] = {{.points = 77}};
    spl_error error = {0};
    spl_ward_config config = {0};
    assert_false(spl_ward(x, 0, 1, &config, merges, &error));
    assert_true(spl_ward(x, 1, 1, &config, merges, &error));
    assert_int_equal(merges[0].points, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heights_are_those_of_the_definition),
        cmocka_unit_test(heights_are_those_of_the_definition_when_lists_run_out),
        cmocka_unit_test(weights_stand_for_repeated_points),
        cmocka_unit_test(the_result_depends_on_neither_kernel_nor_threads),
        cmocka_unit_test(the_linkage_is_sorted_and_counts_its_points),
        cmocka_unit_test(duplicates_join_at_no_height_and_first),
        cmocka_unit_test(clumps_below_the_resolution_of_floats_are_told_apart),
        cmocka_unit_test(any_scale_of_values_is_fine),
        cmocka_unit_test(what_is_not_a_number_is_refused_with_its_place),
        cmocka_unit_test(weights_out_of_range_are_refused),
        cmocka_unit_test(nothing_to_join_is_refused_and_one_point_has_no_joins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
