// SPDX-License-Identifier: MIT
#include "learn/cluster/silhouette.h"

#include <math.h>
#include <stdlib.h>

#include "cluster_fixture.h"
#include "testing.h"

// By the definition, in double.
static double by_definition(const spl_points *points, const spl_labeling *labeling)
{
    double mean = 0;
    for (uint32_t i = 0; i < points->n; i++) {
        double sum[64] = {0}, a = 0, b = INFINITY;
        uint32_t rows[64] = {0}, own = labeling->label[i];
        for (uint32_t o = 0; o < points->n; o++) {
            double square = 0;
            for (uint32_t j = 0; j < points->d; j++)
                square += pow((double)points->x[i * points->d + j] - (double)points->x[o * points->d + j], 2);
            sum[labeling->label[o]] += sqrt(square);
            rows[labeling->label[o]]++;
        }
        for (uint32_t c = 0; c < labeling->k; c++)
            if (c != own && rows[c] > 0 && sum[c] / rows[c] < b) b = sum[c] / rows[c];
        if (rows[own] == 1 || b == INFINITY) continue;
        a = sum[own] / (rows[own] - 1);
        if (fmax(a, b) > 0) mean += (b - a) / fmax(a, b) / points->n;
    }
    return mean;
}

static void several_labelings_at_once_are_as_the_definition_says(void **state)
{
    (void)state;
    const uint32_t sizes[] = {2, 15, 16, 17, 333, 700}, ks[] = {2, 3, 7, 40};
    for (uint32_t t = 0; t < 6; t++) {
        cluster_rows rows = cluster_even(sizes[t], 1 + t * 3, t);
        uint32_t *label[4];
        spl_labeling labelings[4];
        double mean[4];
        for (uint32_t l = 0; l < 4; l++) {
            label[l] = malloc(sizes[t] * sizeof **label);
            for (uint32_t i = 0; i < sizes[t]; i++)
                label[l][i] = (uint32_t)(ks[l] * pow((double)rows.x[i * rows.points.d], 1 + l));
            labelings[l] = (spl_labeling){ks[l], label[l]};
        }
        assert_true(spl_silhouette(&rows.points, labelings, 4, spl_kernel_best(), NULL, mean, NULL));
        for (uint32_t l = 0; l < 4; l++) {
            assert_true(fabs(mean[l] - by_definition(&rows.points, &labelings[l])) < 1e-6);
            free(label[l]);
        }
        cluster_rows_free(&rows);
    }
}

static void kernels_and_threads_change_no_bit(void **state)
{
    (void)state;
    const uint32_t size = 90;
    cluster_rows rows = cluster_groups(5, &size, 1, 9, 0.3, 1);
    spl_labeling labeling = {5, rows.truth};
    spl_pool *pool = spl_pool_new(3);
    double expected, got;
    assert_true(spl_silhouette(&rows.points, &labeling, 1, SPL_KERNEL_SCALAR, NULL, &expected, NULL));
    for (int kernel = SPL_KERNEL_SCALAR; kernel <= SPL_KERNEL_AVX512; kernel++) {
        if (!spl_kernel_usable((spl_kernel)kernel)) continue;
        assert_true(spl_silhouette(&rows.points, &labeling, 1, (spl_kernel)kernel, pool, &got, NULL));
        assert_true(got == expected);
    }
    spl_pool_free(pool);
    cluster_rows_free(&rows);
}

static void one_cluster_or_equal_rows_give_zero(void **state)
{
    (void)state;
    cluster_rows rows = cluster_even(40, 2, 1), equal = cluster_rows_new(40, 2);
    uint32_t halves[40];
    for (uint32_t i = 0; i < 40; i++) halves[i] = i % 2;
    spl_labeling one = {1, rows.truth}, two = {2, halves};
    double mean = 5;
    assert_true(spl_silhouette(&rows.points, &one, 1, spl_kernel_best(), NULL, &mean, NULL));
    assert_true(mean == 0);
    mean = 5;
    assert_true(spl_silhouette(&equal.points, &two, 1, spl_kernel_best(), NULL, &mean, NULL));
    assert_true(mean == 0);
    cluster_rows_free(&rows);
    cluster_rows_free(&equal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_labelings_at_once_are_as_the_definition_says),
        cmocka_unit_test(kernels_and_threads_change_no_bit),
        cmocka_unit_test(one_cluster_or_equal_rows_give_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
