// SPDX-License-Identifier: MIT
// The test of a split against closed forms, an independent fit, and its own level where there is nothing to find.
#include <math.h>
#include <string.h>

#include "learn/effect.h"
#include "learn/tree/split_test.h"
#include "near.h"
#include "samplit/hash.h"
#include "testing.h"

#define K_MAX 5
#define G_MAX 40

static spl_moments binary_cell(double n, double s)
{
    double rate = n > 0 ? s / n : 0;
    return (spl_moments){n, s, n, n, rate, n * rate * (1 - rate)};
}

static spl_moments normal_cell(double n, double mean, double variance)
{
    return (spl_moments){n, n * mean, n, n, mean, n * variance};
}

static void two_groups_give_the_test_that_keeps_segments(void **state)
{
    (void)state;
    const spl_moments cells[] = {binary_cell(1000, 50), binary_cell(900, 70),  binary_cell(1100, 60),
                                 binary_cell(2000, 90), binary_cell(2100, 80), binary_cell(1900, 110)};
    spl_moments parent[3];
    for (int v = 0; v < 3; v++) {
        parent[v] = cells[v];
        spl_moments_merge(&parent[v], &cells[3 + v]);
    }
    spl_split_test got = spl_split_test_of(cells, 2, 3, 20, true);
    assert_int_equal(got.freedom, 2);
    assert_near(got.p, spl_effect_p(cells, parent, 3, true), 1e-9);
}

static void two_variants_give_cochrans_q(void **state)
{
    (void)state;
    spl_moments cells[2 * 4];
    double weights = 0, sum = 0, squares = 0;
    for (int g = 0; g < 4; g++) {
        cells[2 * g] = normal_cell(200 + 10 * g, 5 + g, 4);
        cells[2 * g + 1] = normal_cell(300, 5.5 + 1.1 * g, 4);
        spl_sample s[2] = {spl_moments_sample(&cells[2 * g]), spl_moments_sample(&cells[2 * g + 1])};
        spl_side side = spl_effect_side(s, 2, false);
        double effect = s[1].mean - s[0].mean;
        double w = 1 / (spl_effect_variance(&s[0], side) + spl_effect_variance(&s[1], side));
        weights += w, sum += w * effect, squares += w * effect * effect;
    }
    spl_split_test got = spl_split_test_of(cells, 4, 2, 20, false);
    assert_int_equal(got.freedom, 3);
    assert_near(got.q, squares - sum * sum / weights, 1e-9 * squares);
}

// The same least squares by turns: groups given variants, variants given groups, until nothing moves.
static double residual_by_turns(const spl_moments *cells, uint32_t groups, uint32_t k, double cell_min)
{
    double w[G_MAX][K_MAX] = {{0}}, y[G_MAX][K_MAX], a[G_MAX] = {0}, b[K_MAX] = {0}, q = 0;
    for (uint32_t g = 0; g < groups; g++) {
        spl_sample s[K_MAX];
        for (uint32_t v = 0; v < k; v++) s[v] = spl_moments_sample(&cells[g * k + v]);
        spl_side side = spl_effect_side(s, k, false);
        for (uint32_t v = 0; v < k; v++) {
            y[g][v] = s[v].mean;
            if (s[v].count >= cell_min) w[g][v] = 1 / spl_effect_variance(&s[v], side);
        }
    }
    for (int turn = 0; turn < 3000; turn++) {
        for (uint32_t g = 0; g < groups; g++) {
            double all = 0, sum = 0;
            for (uint32_t v = 0; v < k; v++) all += w[g][v], sum += w[g][v] * (y[g][v] - b[v]);
            a[g] = all > 0 ? sum / all : 0;
        }
        for (uint32_t v = 0; v < k; v++) {
            double all = 0, sum = 0;
            for (uint32_t g = 0; g < groups; g++) all += w[g][v], sum += w[g][v] * (y[g][v] - a[g]);
            b[v] = all > 0 ? sum / all : 0;
        }
    }
    for (uint32_t g = 0; g < groups; g++) {
        for (uint32_t v = 0; v < k; v++) q += w[g][v] * (y[g][v] - a[g] - b[v]) * (y[g][v] - a[g] - b[v]);
    }
    return q;
}

static double uniform(uint32_t seed, uint32_t i)
{
    return (double)(spl_mix64(((uint64_t)seed << 32) + i) >> 11) / 9007199254740992.0;
}

static void cells_that_lack_are_left_out_of_fit_and_freedom(void **state)
{
    (void)state;
    spl_moments cells[6 * 4];
    for (uint32_t i = 0; i < 24; i++)
        cells[i] = normal_cell(50 + (double)(i % 7) * 30, 10 * uniform(1, i), 1 + 3 * uniform(2, i));
    cells[5] = normal_cell(3, 100, 1); // too few to count
    cells[10] = (spl_moments){0};
    spl_split_test got = spl_split_test_of(cells, 6, 4, 20, false);
    assert_int_equal(got.freedom, (6 - 1) * (4 - 1) - 2);
    assert_near(got.q, residual_by_turns(cells, 6, 4, 20), 1e-6 * got.q);
}

static void levels_of_groups_and_of_variants_do_not_matter(void **state)
{
    (void)state;
    spl_moments plain[5 * 3], moved[5 * 3];
    for (uint32_t i = 0; i < 15; i++) {
        double mean = uniform(3, i);
        plain[i] = normal_cell(400, mean, 1);
        moved[i] = normal_cell(400, mean + 1e6 * (i / 3) - 7e5 * (i % 3), 1);
    }
    spl_split_test a = spl_split_test_of(plain, 5, 3, 20, false), b = spl_split_test_of(moved, 5, 3, 20, false);
    assert_near(a.q, b.q, 1e-5 * a.q);
    assert_int_equal(a.freedom, 8);
}

static void without_differences_it_rejects_as_often_as_it_says(void **state)
{
    (void)state;
    uint32_t rejected = 0, rounds = 1000;
    for (uint32_t round = 0; round < rounds; round++) {
        spl_moments cells[20 * 3];
        for (uint32_t i = 0; i < 60; i++) {
            double rate = 0.03 + 0.004 * (i / 3), s = 0; // groups differ, effects do not
            for (uint32_t j = 0; j < 150; j++) s += uniform(1000 + round, i * 150 + j) < rate;
            cells[i] = binary_cell(150, s);
        }
        rejected += spl_split_test_of(cells, 20, 3, 20, true).p < 0.05;
    }
    assert_true(rejected > rounds / 100); // 0.05 +- 4 standard errors, and room for the normal approximation
    assert_true(rejected < 85);
}

static void a_split_over_more_values_needs_more_evidence(void **state)
{
    (void)state;
    spl_moments two[2 * 2], many[40 * 2];
    for (int g = 0; g < 2; g++) {
        two[2 * g] = binary_cell(20000, 1000);
        two[2 * g + 1] = binary_cell(20000, g ? 1120 : 880);
    }
    for (int g = 0; g < 40; g++) {
        many[2 * g] = binary_cell(1000, 50);
        many[2 * g + 1] = binary_cell(1000, g % 2 ? 56 : 44);
    }
    spl_split_test a = spl_split_test_of(two, 2, 2, 20, true), b = spl_split_test_of(many, 40, 2, 20, true);
    assert_near(a.q, b.q, 0.1 * a.q); // the same differences
    assert_true(a.p < 0.001);
    assert_true(b.p > 0.9);
    assert_true(spl_split_test_before(&a, &b));
    assert_false(spl_split_test_before(&b, &a));
}

static void evidence_beyond_the_smallest_double_still_has_an_order(void **state)
{
    (void)state;
    spl_moments strong[4], stronger[4];
    for (int i = 0; i < 4; i++) {
        strong[i] = binary_cell(1e6, i == 3 ? 2e5 : 1e5);
        stronger[i] = binary_cell(1e6, i == 3 ? 3e5 : 1e5);
    }
    spl_split_test a = spl_split_test_of(strong, 2, 2, 20, true), b = spl_split_test_of(stronger, 2, 2, 20, true);
    assert_true(a.p == b.p && a.p > 0);
    assert_true(spl_split_test_before(&b, &a));
    assert_false(spl_split_test_before(&a, &b));
}

static void where_nothing_compares_there_is_no_test(void **state)
{
    (void)state;
    const spl_moments cells[] = {binary_cell(1000, 50), binary_cell(900, 70), binary_cell(19, 5), binary_cell(700, 10)};
    const spl_split_test none[] = {
        spl_split_test_of(cells, 1, 2, 20, true), // one group
        spl_split_test_of(cells, 4, 1, 20, true), // one variant
        spl_split_test_of(cells, 2, 2, 20, true), // the second group has one cell
    };
    spl_split_test some = spl_split_test_of(cells, 2, 2, 10, true);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(none[i].freedom, 0);
        assert_true(isnan(none[i].p));
        assert_true(spl_split_test_before(&some, &none[i]));
        assert_false(spl_split_test_before(&none[i], &some));
    }
    assert_int_equal(some.freedom, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_groups_give_the_test_that_keeps_segments),
        cmocka_unit_test(two_variants_give_cochrans_q),
        cmocka_unit_test(cells_that_lack_are_left_out_of_fit_and_freedom),
        cmocka_unit_test(levels_of_groups_and_of_variants_do_not_matter),
        cmocka_unit_test(without_differences_it_rejects_as_often_as_it_says),
        cmocka_unit_test(a_split_over_more_values_needs_more_evidence),
        cmocka_unit_test(evidence_beyond_the_smallest_double_still_has_an_order),
        cmocka_unit_test(where_nothing_compares_there_is_no_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
