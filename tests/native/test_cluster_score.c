// SPDX-License-Identifier: MIT
// Expected values are scikit-learn 1.2.1's: silhouette_score, davies_bouldin_score, calinski_harabasz_score and
// adjusted_rand_score on the same rows and labels.
#include "learn/cluster/cluster_score.h"

#include <math.h>

#include "cluster_fixture.h"
#include "testing.h"

#define N 24

static cluster_rows made_rows(void)
{
    cluster_rows rows = cluster_rows_new(N, 2);
    for (uint32_t i = 0; i < N; i++) {
        rows.x[2 * i] = (float)(i * 7 % 5 + (i >= 12 ? 10 : 0) + (i % 4 == 0 ? 3 : 0));
        rows.x[2 * i + 1] = (float)(i * 11 % 7) / 2;
    }
    return rows;
}

static uint32_t halves(uint32_t i)
{
    return i / 12;
}

static uint32_t thirds(uint32_t i)
{
    return i % 3;
}

static uint32_t one_alone(uint32_t i)
{
    return i == 0 ? 0 : 1 + i % 4;
}

static void scores_are_those_of_scikit_learn(void **state)
{
    (void)state;
    const struct {
        uint32_t k, (*label)(uint32_t);
        double silhouette, davies_bouldin, calinski_harabasz;
    } cases[] = {
        {2, halves, 0.731827832071524, 0.3593107394524968, 134.81571486431756},
        {3, thirds, -0.12666377838445228, 33.52672544560361, 0.037421948507398856},
        {5, one_alone, -0.4147538791366811, 27.025684311790577, 0.6422678483886782},
    };
    cluster_rows rows = made_rows();
    for (int c = 0; c < 3; c++) {
        uint32_t label[N];
        for (uint32_t i = 0; i < N; i++) label[i] = cases[c].label(i);
        spl_labeling labeling = {cases[c].k, label};
        spl_cluster_spread spread;
        double silhouette;
        assert_true(spl_cluster_spread_of(&rows.points, &labeling, &spread, NULL));
        assert_true(spl_silhouette(&rows.points, &labeling, 1, spl_kernel_best(), NULL, &silhouette, NULL));
        assert_true(fabs(silhouette - cases[c].silhouette) < 1e-6);
        assert_true(fabs(spread.davies_bouldin / cases[c].davies_bouldin - 1) < 1e-9);
        assert_true(fabs(spread.calinski_harabasz / cases[c].calinski_harabasz - 1) < 1e-9);
    }
    cluster_rows_free(&rows);
}

static void rows_that_count_twice_count_as_two(void **state)
{
    (void)state;
    cluster_rows rows = made_rows(), twice = cluster_rows_new(2 * N, 2);
    uint32_t label[N], both[2 * N];
    double weight[N];
    for (uint32_t i = 0; i < N; i++) {
        label[i] = both[i] = both[i + N] = thirds(i);
        weight[i] = 2;
        for (uint32_t j = 0; j < 2; j++) twice.x[2 * i + j] = twice.x[2 * (i + N) + j] = rows.x[2 * i + j];
    }
    rows.points.weight = weight;
    spl_labeling one = {3, label}, two = {3, both};
    spl_cluster_spread a, b;
    assert_true(spl_cluster_spread_of(&rows.points, &one, &a, NULL));
    assert_true(spl_cluster_spread_of(&twice.points, &two, &b, NULL));
    assert_true(fabs(a.davies_bouldin / b.davies_bouldin - 1) < 1e-12);
    assert_true(fabs(a.calinski_harabasz / b.calinski_harabasz - 1) < 1e-12);
    cluster_rows_free(&rows);
    cluster_rows_free(&twice);
}

static void one_cluster_has_no_spread_between(void **state)
{
    (void)state;
    cluster_rows rows = made_rows();
    spl_labeling one = {1, rows.truth};
    spl_cluster_spread spread = {1, 1};
    assert_true(spl_cluster_spread_of(&rows.points, &one, &spread, NULL));
    assert_true(spread.davies_bouldin == 0 && spread.calinski_harabasz == 0);
    cluster_rows_free(&rows);
}

static double rand_of(uint32_t (*a)(uint32_t), uint32_t (*b)(uint32_t))
{
    uint32_t la[N], lb[N];
    double out;
    for (uint32_t i = 0; i < N; i++) {
        la[i] = a(i);
        lb[i] = b(i);
    }
    spl_labeling x = {5, la}, y = {5, lb};
    assert_true(spl_adjusted_rand(&x, &y, N, &out, NULL));
    return out;
}

static uint32_t all_apart(uint32_t i)
{
    return 4 - i % 5;
}

static void the_adjusted_rand_index_is_that_of_scikit_learn(void **state)
{
    (void)state;
    assert_true(fabs(rand_of(halves, thirds) - -0.06153846153846154) < 1e-12);
    assert_true(fabs(rand_of(halves, one_alone) - -0.06405693950177936) < 1e-12);
    assert_true(fabs(rand_of(thirds, one_alone) - -0.10877626699629171) < 1e-12);
    assert_true(rand_of(all_apart, all_apart) == 1);
    uint32_t a[] = {0, 0, 1, 2}, b[] = {0, 0, 1, 1}, c[] = {0, 0, 0, 0};
    spl_labeling la = {3, a}, lb = {2, b}, lc = {1, c};
    double out;
    assert_true(spl_adjusted_rand(&la, &lb, 4, &out, NULL));
    assert_true(fabs(out - 0.5714285714285714) < 1e-12);
    assert_true(spl_adjusted_rand(&lc, &lc, 4, &out, NULL));
    assert_true(out == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_those_of_scikit_learn),
        cmocka_unit_test(rows_that_count_twice_count_as_two),
        cmocka_unit_test(one_cluster_has_no_spread_between),
        cmocka_unit_test(the_adjusted_rand_index_is_that_of_scikit_learn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
