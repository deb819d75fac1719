// SPDX-License-Identifier: MIT
#include "learn/similar/similar_groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "samplit/rng.h"
#include "testing.h"

#define N 600

// Two groups: the first around one place, the second around two places on either side of it.
static void make_rows(float *x, int32_t *label)
{
    for (uint32_t i = 0; i < N; i++) {
        double u[2];
        spl_uniform2(5, i, SPL_STREAM_TEST, 0, u);
        double centre = i % 2 == 0 ? 0 : i % 4 == 1 ? -5 : 5;
        x[2 * i] = (float)(centre + u[0] - 0.5);
        x[2 * i + 1] = (float)(u[1] - 0.5);
        label[i] = (int32_t)(i % 2);
    }
}

static spl_groups made(const float *x, const int32_t *label, uint32_t count, const spl_groups_config *config)
{
    spl_groups groups;
    spl_error error = {0};
    if (!spl_groups_make(x, N, 2, label, count, config, &groups, &error)) fail_msg("%s", error.text);
    return groups;
}

static void one_point_cannot_stand_for_two_places_but_two_can(void **unused)
{
    (void)unused;
    float x[2 * N];
    int32_t label[N];
    make_rows(x, label);
    spl_groups_config config = {.kernel = SPL_KERNEL_SCALAR};
    spl_groups groups = made(x, label, 2, &config);
    assert_int_equal(groups.points, 2);
    assert_int_equal(groups.count, 4);
    assert_int_equal(groups.trial_count, SPL_GROUP_CHOICES);
    assert_true(groups.trials[0].balanced < 0.9);
    assert_true(groups.trials[1].balanced == 1 && groups.trials[1].accuracy == 1);
    for (uint32_t p = 0; p < 4; p++) {
        assert_int_equal(groups.group[p], p / 2);
        double place = p < 2 ? 0 : groups.x[2 * p] < 0 ? -5 : 5;
        assert_true(fabs(groups.x[2 * p] - place) < 0.5);
    }
    spl_groups_free(&groups);
}

static void rows_without_a_label_count_for_nothing(void **unused)
{
    (void)unused;
    float x[2 * N];
    int32_t label[N];
    make_rows(x, label);
    spl_groups_config config = {.points = 2, .kernel = SPL_KERNEL_SCALAR};
    spl_groups expected = made(x, label, 2, &config);
    for (uint32_t i = 0; i < N; i += 3) label[i] = -1;
    spl_groups fewer = made(x, label, 2, &config);
    for (uint32_t i = 0; i < N; i += 3) x[2 * i] = 1e6f; // what nobody looks at
    spl_groups same = made(x, label, 2, &config);
    assert_int_equal(same.count, expected.count);
    assert_memory_equal(same.x, fewer.x, 8 * sizeof *same.x);
    assert_true(memcmp(same.x, expected.x, 8 * sizeof *same.x) != 0);
    spl_groups_free(&expected);
    spl_groups_free(&fewer);
    spl_groups_free(&same);
}

static void points_have_norm_one_where_asked(void **unused)
{
    (void)unused;
    float x[2 * N];
    int32_t label[N];
    make_rows(x, label);
    spl_groups_config config = {.points = 3, .normalise = true, .kernel = SPL_KERNEL_SCALAR};
    spl_groups groups = made(x, label, 2, &config);
    for (uint32_t p = 0; p < groups.count; p++)
        assert_true(fabs(hypot(groups.x[2 * p], groups.x[2 * p + 1]) - 1) < 1e-6);
    spl_groups_free(&groups);
}

static void a_group_of_few_rows_has_few_points(void **unused)
{
    (void)unused;
    float x[2 * N];
    int32_t label[N];
    make_rows(x, label);
    label[7] = label[9] = 2;
    spl_groups_config config = {.points = 8, .kernel = SPL_KERNEL_SCALAR};
    spl_groups groups = made(x, label, 3, &config);
    assert_int_equal(groups.count, 8 + 8 + 2);
    assert_int_equal(groups.group[16], 2);
    spl_groups_free(&groups);
}

static void one_group_none_and_too_many_points_are_refused(void **unused)
{
    (void)unused;
    float x[2 * N];
    int32_t label[N];
    spl_groups groups;
    spl_error error = {0};
    spl_groups_config config = {.kernel = SPL_KERNEL_SCALAR};
    make_rows(x, label);
    config.points = SPL_CLUSTERS_MAX / 2 + 1;
    assert_false(spl_groups_make(x, N, 2, label, 2, &config, &groups, &error));
    assert_non_null(strstr(error.text, "4096"));
    config.points = 1;
    memset(label, 0, sizeof label);
    assert_false(spl_groups_make(x, N, 2, label, 2, &config, &groups, &error));
    assert_non_null(strstr(error.text, "one group only"));
    memset(label, 0xFF, sizeof label);
    assert_false(spl_groups_make(x, N, 2, label, 0, &config, &groups, &error));
    assert_non_null(strstr(error.text, "no group"));
}

static void threads_do_not_show(void **unused)
{
    (void)unused;
    float x[2 * N];
    int32_t label[N];
    make_rows(x, label);
    spl_groups_config config = {.kernel = spl_kernel_best()};
    spl_groups one = made(x, label, 2, &config);
    config.pool = spl_pool_new(3);
    spl_groups three = made(x, label, 2, &config);
    assert_int_equal(one.count, three.count);
    assert_memory_equal(one.x, three.x, (size_t)one.count * 2 * sizeof *one.x);
    spl_pool_free(config.pool);
    spl_groups_free(&one);
    spl_groups_free(&three);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_point_cannot_stand_for_two_places_but_two_can),
        cmocka_unit_test(rows_without_a_label_count_for_nothing),
        cmocka_unit_test(points_have_norm_one_where_asked),
        cmocka_unit_test(a_group_of_few_rows_has_few_points),
        cmocka_unit_test(one_group_none_and_too_many_points_are_refused),
        cmocka_unit_test(threads_do_not_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
