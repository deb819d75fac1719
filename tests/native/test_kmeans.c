// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cluster_fixture.h"
#include "learn/cluster/kmeans.h"
#include "testing.h"

static spl_kmeans *fit(const spl_points *points, const spl_kmeans_config *config)
{
    spl_kmeans *out;
    spl_error error = {0};
    if (!spl_kmeans_fit(points, config, &out, &error)) fail_msg("%s", error.text);
    return out;
}

static void expect_equal(const spl_kmeans *a, const spl_kmeans *b)
{
    assert_memory_equal(a->centroids, b->centroids, (size_t)a->k * a->d * sizeof *a->centroids);
    assert_memory_equal(a->label, b->label, a->n * sizeof *a->label);
    assert_true(a->inertia == b->inertia);
    assert_int_equal(a->iterations, b->iterations);
}

static void refuses(const spl_points *points, uint32_t k, const char *part)
{
    spl_kmeans_config config = spl_kmeans_default(k);
    spl_kmeans *out = NULL;
    spl_error error = {0};
    assert_false(spl_kmeans_fit(points, &config, &out, &error));
    assert_null(out);
    if (!strstr(error.text, part)) fail_msg("\"%s\" does not say \"%s\"", error.text, part);
}

static double squares(const float *a, const float *b, uint32_t d)
{
    double sum = 0;
    for (uint32_t j = 0; j < d; j++) sum += pow((double)a[j] - (double)b[j], 2);
    return sum;
}

// Lloyd's iteration as it is written in books, in double.
static double naive_lloyd(const spl_points *points, const float *start, uint32_t k, uint32_t iterations)
{
    uint32_t d = points->d;
    float *centroids = malloc((size_t)k * d * sizeof *centroids);
    double *sums = malloc((size_t)k * (d + 1) * sizeof *sums), inertia = 0;
    memcpy(centroids, start, (size_t)k * d * sizeof *centroids);
    for (uint32_t it = 0; it <= iterations; it++) {
        memset(sums, 0, (size_t)k * (d + 1) * sizeof *sums);
        inertia = 0;
        for (uint32_t i = 0; i < points->n; i++) {
            const float *row = points->x + (size_t)i * d;
            uint32_t best = 0;
            for (uint32_t c = 1; c < k; c++)
                if (squares(row, centroids + c * d, d) < squares(row, centroids + best * d, d)) best = c;
            double w = points->weight ? points->weight[i] : 1;
            inertia += w * squares(row, centroids + best * d, d);
            for (uint32_t j = 0; j < d; j++) sums[best * (d + 1) + j] += w * (double)row[j];
            sums[best * (d + 1) + d] += w;
        }
        for (uint32_t c = 0; c < k && it < iterations; c++)
            for (uint32_t j = 0; j < d; j++)
                centroids[c * d + j] = (float)(sums[c * (d + 1) + j] / sums[c * (d + 1) + d]);
    }
    free(centroids);
    free(sums);
    return inertia;
}

static void iterations_are_those_of_the_books(void **state)
{
    (void)state;
    for (uint32_t iterations = 1; iterations <= 20; iterations += 6) {
        cluster_rows rows = cluster_even(1500, 7, iterations);
        spl_kmeans_config config = spl_kmeans_default(9);
        config.start = rows.x;
        config.tolerance = 0;
        config.iterations_max = iterations;
        spl_kmeans *got = fit(&rows.points, &config);
        double expected = naive_lloyd(&rows.points, rows.x, 9, iterations);
        assert_true(fabs(got->inertia / expected - 1) < 1e-6);
        spl_kmeans_free(got);
        cluster_rows_free(&rows);
    }
}

static void weights_count_as_rows_that_are_there_more_often(void **state)
{
    (void)state;
    cluster_rows rows = cluster_even(600, 3, 5);
    double weight[600];
    uint32_t n = 0;
    for (uint32_t i = 0; i < 600; i++) n += (uint32_t)(weight[i] = (int)(4 * cluster_uniform(6, i)));
    cluster_rows often = cluster_rows_new(n, 3);
    for (uint32_t i = 0, at = 0; i < 600; i++)
        for (int w = 0; w < (int)weight[i]; w++) memcpy(often.x + 3 * at++, rows.x + 3 * i, 3 * sizeof(float));
    spl_kmeans_config config = spl_kmeans_default(5);
    config.start = rows.x;
    rows.points.weight = weight;
    spl_kmeans *a = fit(&rows.points, &config), *b = fit(&often.points, &config);
    for (uint32_t i = 0; i < 15; i++) assert_true(fabsf(a->centroids[i] - b->centroids[i]) < 1e-6F);
    assert_true(fabs(a->inertia / b->inertia - 1) < 1e-9);
    for (uint32_t c = 0; c < 5; c++) assert_true(a->weight[c] == (double)b->rows[c]);
    spl_kmeans_free(a);
    spl_kmeans_free(b);
    cluster_rows_free(&rows);
    cluster_rows_free(&often);
}

static void bounds_kernels_and_threads_change_no_bit(void **state)
{
    (void)state;
    const uint32_t widths[] = {1, 3, 8, 20, 33}, ks[] = {1, 2, 8, 13};
    spl_pool *pool = spl_pool_new(3);
    for (uint32_t t = 0; t < 20; t++) {
        uint32_t size = 60 + t;
        cluster_rows rows =
            t % 2 ? cluster_even(1100 + t, widths[t % 5], t) : cluster_groups(17, &size, 1, widths[t % 5], 0.2, t);
        double *weight = malloc(rows.points.n * sizeof *weight);
        for (uint32_t i = 0; i < rows.points.n; i++) weight[i] = cluster_uniform(t + 100, i) * 3;
        if (t % 3 == 0) rows.points.weight = weight;
        spl_kmeans_config config = spl_kmeans_default(ks[t % 4]);
        config.restarts = 2;
        config.seed = t;
        config.kernel = SPL_KERNEL_SCALAR;
        config.plain = true;
        spl_kmeans *expected = fit(&rows.points, &config);
        for (int kernel = SPL_KERNEL_SCALAR; kernel <= SPL_KERNEL_AVX512; kernel++) {
            if (!spl_kernel_usable((spl_kernel)kernel)) continue;
            config.kernel = (spl_kernel)kernel;
            config.plain = false;
            config.pool = kernel % 2 ? pool : NULL;
            spl_kmeans *got = fit(&rows.points, &config);
            expect_equal(got, expected);
            spl_kmeans_free(got);
        }
        spl_kmeans_free(expected);
        free(weight);
        cluster_rows_free(&rows);
    }
    spl_pool_free(pool);
}

static void labels_are_those_that_the_core_gives(void **state)
{
    (void)state;
    cluster_rows rows = cluster_even(2000, 20, 3);
    spl_kmeans_config config = spl_kmeans_default(11);
    spl_kmeans *got = fit(&rows.points, &config);
    float weight[20 * 11], bias[11], scores[11];
    for (uint32_t c = 0; c < 11; c++) {
        bias[c] = spl_kmeans_bias(got->centroids + c * 20, 20);
        for (uint32_t j = 0; j < 20; j++) weight[j * 11 + c] = got->centroids[c * 20 + j];
    }
    spl_clusters clusters = {.count = 11, .nearest = {20, 11, weight, bias}};
    for (uint32_t i = 0; i < 2000; i++)
        assert_int_equal(got->label[i], spl_cluster_nearest(&clusters, SPL_KERNEL_SCALAR, rows.x + i * 20, scores));
    spl_kmeans_free(got);
    cluster_rows_free(&rows);
}

static void a_cluster_that_is_empty_starts_anew(void **state)
{
    (void)state;
    const uint32_t size = 40;
    cluster_rows rows = cluster_groups(4, &size, 1, 2, 0.05, 1);
    const float start[] = {0, 0, 1, 0, 500, 500, -700, 2}; // two of them win no row
    spl_kmeans_config config = spl_kmeans_default(4);
    config.start = start;
    spl_kmeans *got = fit(&rows.points, &config);
    for (uint32_t c = 0; c < 4; c++) assert_int_equal(got->rows[c], 40);
    assert_true(cluster_agreement(&rows, got->label, 4) == 1);
    spl_kmeans_free(got);
    cluster_rows_free(&rows);
}

static void moves_mend_what_restarts_do_not(void **state)
{
    (void)state;
    const uint32_t size = 30;
    cluster_rows rows = cluster_groups(36, &size, 1, 2, 0.08, 2);
    for (uint32_t seed = 0; seed < 3; seed++) {
        spl_kmeans_config config = spl_kmeans_default(36);
        config.seed = seed;
        config.restarts = 2;
        spl_kmeans *got = fit(&rows.points, &config);
        assert_true(cluster_agreement(&rows, got->label, 36) > 0.99);
        spl_kmeans_free(got);
    }
    cluster_rows_free(&rows);
}

static void constant_and_repeated_columns_are_no_trouble(void **state)
{
    (void)state;
    const uint32_t size = 50;
    cluster_rows rows = cluster_groups(3, &size, 1, 4, 0.05, 8);
    for (uint32_t i = 0; i < 150; i++) {
        rows.x[i * 4 + 2] = 0.25F;
        rows.x[i * 4 + 3] = rows.x[i * 4];
    }
    spl_kmeans_config config = spl_kmeans_default(3);
    spl_kmeans *got = fit(&rows.points, &config);
    assert_true(cluster_agreement(&rows, got->label, 3) == 1);
    for (uint32_t c = 0; c < 3; c++) assert_true(got->centroids[c * 4 + 2] == 0.25F);
    spl_kmeans_free(got);
    cluster_rows_free(&rows);
}

static void as_many_clusters_as_distinct_rows_leave_nothing(void **state)
{
    (void)state;
    cluster_rows rows = cluster_rows_new(90, 2);
    for (uint32_t i = 0; i < 90; i++) {
        rows.x[2 * i] = (float)(i % 3);
        rows.x[2 * i + 1] = i % 2 ? 0.0F : -0.0F; // the same number
    }
    assert_int_equal(spl_points_distinct(&rows.points, 50), 3);
    assert_int_equal(spl_points_distinct(&rows.points, 2), 2);
    spl_kmeans_config config = spl_kmeans_default(3);
    spl_kmeans *got = fit(&rows.points, &config);
    assert_true(got->inertia == 0);
    refuses(&rows.points, 4, "only 3 rows differ");
    spl_kmeans_free(got);
    cluster_rows_free(&rows);
}

static void rows_without_weight_make_no_cluster(void **state)
{
    (void)state;
    cluster_rows rows = cluster_even(30, 2, 4);
    double weight[30] = {0};
    weight[3] = weight[20] = 1;
    rows.points.weight = weight;
    spl_kmeans_config config = spl_kmeans_default(2);
    spl_kmeans *got = fit(&rows.points, &config);
    assert_true(got->inertia == 0);
    refuses(&rows.points, 3, "only 2 rows differ");
    spl_kmeans_free(got);
    cluster_rows_free(&rows);
}

static void what_cannot_be_clustered_is_refused(void **state)
{
    (void)state;
    cluster_rows rows = cluster_even(10, 3, 1);
    double weight[10] = {0};
    refuses(&rows.points, 11, "10 rows cannot make 11");
    refuses(&rows.points, 0, "not 0");
    rows.x[7 * 3 + 2] = NAN;
    refuses(&rows.points, 2, "row 7, column 2");
    rows.x[7 * 3 + 2] = -INFINITY;
    refuses(&rows.points, 2, "row 7, column 2");
    rows.x[7 * 3 + 2] = 1e16F;
    refuses(&rows.points, 2, "1e+16");
    rows.x[7 * 3 + 2] = 1;
    rows.points.weight = weight;
    refuses(&rows.points, 2, "every weight is 0");
    weight[4] = -1;
    refuses(&rows.points, 2, "row 4");
    weight[4] = NAN;
    refuses(&rows.points, 2, "row 4");
    rows.points.n = 0;
    refuses(&rows.points, 2, "no rows");
    cluster_rows_free(&rows);
}

static void large_and_small_columns_keep_their_digits(void **state)
{
    (void)state;
    cluster_rows rows = cluster_rows_new(4, 2);
    const float x[] = {1e12F, 1e-8F, 1e12F, 3e-8F, -1e12F, 5e-8F, -1e12F, 7e-8F};
    memcpy(rows.x, x, sizeof x);
    const float start[] = {1e12F, 0, -1e12F, 0};
    spl_kmeans_config config = spl_kmeans_default(2);
    config.start = start;
    spl_kmeans *got = fit(&rows.points, &config);
    assert_true(fabsf(got->centroids[1] / 2e-8F - 1) < 1e-6F);
    assert_true(fabsf(got->centroids[3] / 6e-8F - 1) < 1e-6F);
    spl_kmeans_free(got);
    cluster_rows_free(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iterations_are_those_of_the_books),
        cmocka_unit_test(weights_count_as_rows_that_are_there_more_often),
        cmocka_unit_test(bounds_kernels_and_threads_change_no_bit),
        cmocka_unit_test(labels_are_those_that_the_core_gives),
        cmocka_unit_test(a_cluster_that_is_empty_starts_anew),
        cmocka_unit_test(moves_mend_what_restarts_do_not),
        cmocka_unit_test(constant_and_repeated_columns_are_no_trouble),
        cmocka_unit_test(as_many_clusters_as_distinct_rows_leave_nothing),
        cmocka_unit_test(rows_without_weight_make_no_cluster),
        cmocka_unit_test(what_cannot_be_clustered_is_refused),
        cmocka_unit_test(large_and_small_columns_keep_their_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
