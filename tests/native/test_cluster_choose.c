// SPDX-License-Identifier: MIT
#include "learn/cluster/cluster_choose.h"

#include <math.h>
#include <string.h>

#include "cluster_fixture.h"
#include "learn/cluster/cluster_verdict.h"
#include "testing.h"

static spl_choose_config config_to(uint32_t most)
{
    spl_choose_config config = spl_choose_default();
    config.k_most = most;
    config.sample_rows = 500;
    config.restarts = 4;
    return config;
}

static spl_chosen choose(const cluster_rows *rows, const spl_choose_config *config)
{
    spl_chosen out;
    spl_error error = {0};
    if (!spl_cluster_choose(&rows->points, config, &out, &error)) fail_msg("%s", error.text);
    return out;
}

static const spl_cluster_check *check_of(const spl_cluster_verdict *verdict, const char *name)
{
    for (uint32_t i = 0; i < verdict->count; i++)
        if (strcmp(verdict->checks[i].name, name) == 0) return &verdict->checks[i];
    fail_msg("there is no check \"%s\"", name);
    return NULL;
}

static void groups_are_counted(void **state)
{
    (void)state;
    const uint32_t equal[] = {60}, unequal[] = {200, 30, 60};
    for (uint32_t groups = 2; groups <= 7; groups++) {
        cluster_rows rows = groups % 2 ? cluster_groups(groups, equal, 1, 2, 0.1, groups)
                                       : cluster_groups(groups, unequal, 3, 2, 0.1, groups);
        spl_choose_config config = config_to(9);
        spl_chosen chosen = choose(&rows, &config);
        assert_int_equal(chosen.k, groups);
        assert_int_equal(chosen.fit->k, groups);
        assert_true(cluster_agreement(&rows, chosen.fit->label, groups) > 0.98);
        assert_true(spl_cluster_judge(&chosen, &rows.points, false).deploy);
        spl_chosen_free(&chosen);
        cluster_rows_free(&rows);
    }
}

static void even_and_round_rows_are_one_cluster(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < 3; seed++) {
        cluster_rows both[2] = {cluster_even(500, 2 + seed, seed), cluster_round(500, 2 + seed, seed)};
        for (int i = 0; i < 2; i++) {
            spl_choose_config config = config_to(6);
            spl_chosen chosen = choose(&both[i], &config);
            assert_int_equal(chosen.k, 1);
            assert_int_equal(chosen.fit->k, 1);
            spl_cluster_verdict verdict = spl_cluster_judge(&chosen, &both[i].points, true);
            assert_false(verdict.deploy);
            assert_false(check_of(&verdict, "gap above one cluster")->passed);
            spl_chosen_free(&chosen);
            cluster_rows_free(&both[i]);
        }
    }
}

static void long_groups_of_unequal_spread_are_counted(void **state)
{
    (void)state;
    const uint32_t size = 150;
    cluster_rows rows = cluster_groups(3, &size, 1, 2, 0.05, 4); // at (0,0), (1,0), (0,1)
    for (uint32_t i = 0; i < rows.points.n; i++)
        rows.x[2 * i] *= rows.truth[i] == 2 ? 3 : 1; // the third three times as long
    spl_choose_config config = config_to(8);
    spl_chosen chosen = choose(&rows, &config);
    assert_int_equal(chosen.k, 3);
    spl_chosen_free(&chosen);
    cluster_rows_free(&rows);
}

static void a_few_places_are_as_many_clusters_and_no_more(void **state)
{
    (void)state;
    cluster_rows rows = cluster_rows_new(300, 2);
    for (uint32_t i = 0; i < 300; i++) {
        rows.x[2 * i] = (float)(i % 5);
        rows.x[2 * i + 1] = (float)(i % 5 * (i % 5));
    }
    spl_choose_config config = config_to(8);
    spl_chosen chosen = choose(&rows, &config);
    assert_int_equal(chosen.count, 4); // 2 to 5: there are no more places
    assert_int_equal(chosen.k, 5);
    assert_true(chosen.choices[3].inertia == 0 && isinf(chosen.choices[3].calinski_harabasz));
    spl_chosen_free(&chosen);
    cluster_rows_free(&rows);
}

static void a_range_of_one_is_that_number(void **state)
{
    (void)state;
    cluster_rows rows = cluster_even(400, 2, 1);
    spl_choose_config config = config_to(3);
    config.k_least = 3;
    spl_chosen chosen = choose(&rows, &config);
    assert_int_equal(chosen.k, 3);
    assert_false(spl_cluster_judge(&chosen, &rows.points, true).deploy); // even rows all the same
    spl_chosen_free(&chosen);
    cluster_rows_free(&rows);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    const uint32_t size = 80;
    cluster_rows rows = cluster_groups(4, &size, 1, 3, 0.2, 6);
    spl_choose_config config = config_to(6);
    spl_chosen one = choose(&rows, &config);
    config.pool = spl_pool_new(3);
    spl_chosen three = choose(&rows, &config);
    assert_memory_equal(one.choices, three.choices, one.count * sizeof *one.choices);
    assert_memory_equal(one.fit->label, three.fit->label, rows.points.n * sizeof *one.fit->label);
    spl_pool_free(config.pool);
    spl_chosen_free(&one);
    spl_chosen_free(&three);
    cluster_rows_free(&rows);
}

static void what_cannot_be_chosen_from_is_refused(void **state)
{
    (void)state;
    cluster_rows rows = cluster_rows_new(50, 2);
    spl_chosen chosen;
    spl_error error = {0};
    spl_choose_config config = config_to(8);
    assert_false(spl_cluster_choose(&rows.points, &config, &chosen, &error));
    assert_non_null(strstr(error.text, "all rows are equal"));
    rows.x[7] = 1;
    config.k_least = 3;
    assert_false(spl_cluster_choose(&rows.points, &config, &chosen, &error));
    assert_non_null(strstr(error.text, "only 2 rows differ"));
    rows.x[9] = NAN;
    assert_false(spl_cluster_choose(&rows.points, &config, &chosen, &error));
    assert_non_null(strstr(error.text, "row 4, column 1"));
    config.k_least = 1;
    assert_false(spl_cluster_choose(&rows.points, &config, &chosen, &error));
    cluster_rows_free(&rows);
}

static void the_verdict_says_what_is_wrong(void **state)
{
    (void)state;
    const uint32_t size = 100;
    cluster_rows rows = cluster_groups(3, &size, 1, 2, 0.05, 2); // sorted by group
    spl_choose_config config = config_to(5);
    spl_chosen chosen = choose(&rows, &config);
    spl_cluster_verdict verdict = spl_cluster_judge(&chosen, &rows.points, true);
    assert_false(verdict.deploy);
    assert_false(check_of(&verdict, "drift between halves")->passed);
    assert_true(spl_cluster_judge(&chosen, &rows.points, false).deploy);
    chosen.choices[chosen.best].stability = 0.7;
    verdict = spl_cluster_judge(&chosen, &rows.points, false);
    assert_false(verdict.deploy || check_of(&verdict, "stability")->passed);
    chosen.choices[chosen.best].stability = 1;
    chosen.choices[chosen.best].silhouette = 0.2;
    verdict = spl_cluster_judge(&chosen, &rows.points, false);
    assert_false(verdict.deploy || check_of(&verdict, "silhouette")->passed);
    chosen.choices[chosen.best].silhouette = 0.9;
    chosen.fit->rows[1] = 19;
    verdict = spl_cluster_judge(&chosen, &rows.points, false);
    assert_false(verdict.deploy || check_of(&verdict, "fewest rows")->passed);
    chosen.fit->rows[1] = 100;
    chosen.fit->weight[1] = 0.5;
    verdict = spl_cluster_judge(&chosen, &rows.points, false);
    assert_false(verdict.deploy || check_of(&verdict, "smallest share")->passed);
    spl_chosen_free(&chosen);
    cluster_rows_free(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_are_counted),
        cmocka_unit_test(even_and_round_rows_are_one_cluster),
        cmocka_unit_test(long_groups_of_unequal_spread_are_counted),
        cmocka_unit_test(a_few_places_are_as_many_clusters_and_no_more),
        cmocka_unit_test(a_range_of_one_is_that_number),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(what_cannot_be_chosen_from_is_refused),
        cmocka_unit_test(the_verdict_says_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
