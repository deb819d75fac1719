// SPDX-License-Identifier: MIT
#include "learn/cluster/gap.h"

#include <math.h>

#include "cluster_fixture.h"
#include "testing.h"

static const uint32_t KS[] = {1, 2, 3, 4, 5};

static void gaps_of(const cluster_rows *rows, spl_pool *pool, spl_kernel kernel, spl_gap out[5])
{
    spl_gap_config config = {10, 2, 7, kernel, pool};
    spl_error error = {0};
    if (!spl_gap_of(&rows->points, KS, 5, &config, out, &error)) fail_msg("%s", error.text);
}

static uint32_t highest(const spl_gap gaps[5])
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < 5; i++)
        if (gaps[i].gap > gaps[best].gap) best = i;
    return KS[best];
}

static void groups_lift_the_gap_most_at_their_number(void **state)
{
    (void)state;
    const uint32_t size = 60;
    for (uint32_t groups = 2; groups <= 4; groups++) {
        cluster_rows rows = cluster_groups(groups, &size, 1, 3, 0.08, groups);
        spl_gap gaps[5];
        gaps_of(&rows, NULL, spl_kernel_best(), gaps);
        assert_int_equal(highest(gaps), groups);
        assert_true(gaps[groups - 1].gap - gaps[0].gap > 10 * gaps[groups - 1].lift_error);
        cluster_rows_free(&rows);
    }
}

static void even_and_round_rows_are_not_above_their_references(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < 4; seed++) {
        cluster_rows both[2] = {cluster_even(400, 3, seed), cluster_round(400, 3, seed)};
        for (int i = 0; i < 2; i++) {
            spl_gap gaps[5];
            gaps_of(&both[i], NULL, spl_kernel_best(), gaps);
            for (int k = 1; k < 5; k++) assert_true(gaps[k].gap - gaps[0].gap < 3 * gaps[k].lift_error);
            cluster_rows_free(&both[i]);
        }
    }
}

// Within a uniform line of length 1, one cluster leaves a variance of 1/12 and two leave 1/48.
static void references_spread_as_even_rows_do(void **state)
{
    (void)state;
    cluster_rows rows = cluster_even(4000, 1, 9);
    spl_gap gaps[5];
    gaps_of(&rows, NULL, spl_kernel_best(), gaps);
    assert_true(fabs(gaps[0].gap) < 0.06);
    assert_true(fabs(gaps[1].gap) < 0.06);
    assert_true(gaps[0].error > 0 && gaps[0].error < 0.06);
    assert_true(gaps[0].lift_error == 0);
    cluster_rows_free(&rows);
}

static void a_turned_box_is_the_same_box(void **state)
{
    (void)state;
    cluster_rows flat = cluster_even(500, 2, 3), turned = cluster_rows_new(500, 2);
    for (uint32_t i = 0; i < 500; i++) {
        flat.x[2 * i + 1] *= 0.1F;
        turned.x[2 * i] = 0.6F * flat.x[2 * i] - 0.8F * flat.x[2 * i + 1];
        turned.x[2 * i + 1] = 0.8F * flat.x[2 * i] + 0.6F * flat.x[2 * i + 1];
    }
    spl_gap a[5], b[5];
    gaps_of(&flat, NULL, spl_kernel_best(), a);
    gaps_of(&turned, NULL, spl_kernel_best(), b);
    for (int k = 0; k < 5; k++) assert_true(fabs(a[k].gap - b[k].gap) < 0.05);
    cluster_rows_free(&flat);
    cluster_rows_free(&turned);
}

static void kernels_and_threads_change_no_bit(void **state)
{
    (void)state;
    cluster_rows rows = cluster_even(300, 5, 1);
    spl_gap expected[5], got[5];
    spl_pool *pool = spl_pool_new(3);
    gaps_of(&rows, NULL, SPL_KERNEL_SCALAR, expected);
    gaps_of(&rows, pool, spl_kernel_best(), got);
    assert_memory_equal(got, expected, sizeof got);
    spl_pool_free(pool);
    cluster_rows_free(&rows);
}

static void rows_that_are_all_on_few_places_have_no_spread(void **state)
{
    (void)state;
    cluster_rows rows = cluster_rows_new(100, 2);
    for (uint32_t i = 0; i < 100; i++) rows.x[2 * i] = (float)(i % 3);
    spl_gap gaps[5];
    gaps_of(&rows, NULL, spl_kernel_best(), gaps);
    assert_true(isfinite(gaps[4].gap) && gaps[2].gap > 100);
    cluster_rows_free(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_lift_the_gap_most_at_their_number),
        cmocka_unit_test(even_and_round_rows_are_not_above_their_references),
        cmocka_unit_test(references_spread_as_even_rows_do),
        cmocka_unit_test(a_turned_box_is_the_same_box),
        cmocka_unit_test(kernels_and_threads_change_no_bit),
        cmocka_unit_test(rows_that_are_all_on_few_places_have_no_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
