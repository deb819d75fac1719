// SPDX-License-Identifier: MIT
// The race draws from exactly p, stays while p stays, and moves no unit that need not move.

#include <math.h>
#include <string.h>

#include "samplit/hash.h"
#include "samplit/policy.h"
#include "samplit/rng.h"
#include "testing.h"

#define UNITS 200000

static uint64_t unit(uint32_t i)
{
    return spl_xxh64(&i, sizeof i, 42);
}

// 1 - 1e-6 quantiles of chi-square with 1 to 7 degrees of freedom.
static const double CHI2[] = {0, 23.93, 27.63, 30.66, 33.38, 35.89, 38.26, 40.52};

static void assert_shares(const double *p, uint32_t k, const uint32_t *count, uint32_t total)
{
    double chi2 = 0;
    uint32_t possible = 0;
    for (uint32_t v = 0; v < k; v++) {
        double expected = p[v] * total;
        if (p[v] > 0) {
            chi2 += (count[v] - expected) * (count[v] - expected) / expected;
            possible++;
        } else {
            assert_int_equal(count[v], 0);
        }
    }
    if (chi2 > CHI2[possible - 1]) print_error("chi2 %g with %u variants\n", chi2, k);
    assert_true(chi2 <= CHI2[possible - 1]);
}

static void the_race_draws_from_p(void **state)
{
    (void)state;
    static const double POLICIES[][8] = {{0.5, 0.5},    {0.01, 0.99}, {0.2, 0.3, 0.5},
                                         {0.7, 0, 0.3}, {1},          {0.001, 0.009, 0.09, 0.2, 0.1, 0.3, 0.25, 0.05}};
    static const uint32_t K[] = {2, 2, 3, 3, 1, 8};
    for (size_t i = 0; i < sizeof K / sizeof *K; i++) {
        uint32_t count[8] = {0};
        for (uint32_t u = 0; u < UNITS; u++) count[spl_assign_race(i, unit(u), POLICIES[i], K[i])]++;
        assert_shares(POLICIES[i], K[i], count, UNITS);
    }
}

// From p to q the least possible share of movers is the total variation distance; the race moves
// at most 1 - sum over v of 1 / sum over w of max(p_w / p_v, q_w / q_v) (weighted min-hash), and
// only into variants that grew relative to the one that is left.
static void a_change_of_p_moves_only_who_must_move(void **state)
{
    (void)state;
    const double p[3] = {0.5, 0.3, 0.2}, q[3] = {0.5, 0.2, 0.3};
    double stay = 0;
    for (int v = 0; v < 3; v++) {
        double sum = 0;
        for (int w = 0; w < 3; w++) sum += fmax(p[w] / p[v], q[w] / q[v]);
        stay += 1 / sum;
    }
    uint32_t moved = 0;
    for (uint32_t u = 0; u < UNITS; u++) {
        uint32_t before = spl_assign_race(3, unit(u), p, 3), after = spl_assign_race(3, unit(u), q, 3);
        if (before == after) continue;
        moved++;
        assert_true(q[after] / p[after] > q[before] / p[before]);
    }
    double expected = (1 - stay) * UNITS;
    assert_true(fabs(moved - expected) < 5 * sqrt(expected));
    assert_true(moved < 0.2 * UNITS);
}

static void raising_one_variant_moves_units_into_it_alone(void **state)
{
    (void)state;
    const double p[3] = {0.4, 0.4, 0.2}, q[3] = {0.3, 0.3, 0.4};
    for (uint32_t u = 0; u < UNITS; u++) {
        uint32_t before = spl_assign_race(9, unit(u), p, 3), after = spl_assign_race(9, unit(u), q, 3);
        assert_true(before == after || after == 2);
    }
}

static void seeds_are_independent(void **state)
{
    (void)state;
    const double p[2] = {0.5, 0.5};
    uint32_t agree = 0;
    for (uint32_t u = 0; u < UNITS; u++) {
        agree += spl_assign_race(1, unit(u), p, 2) == spl_assign_race(2, unit(u), p, 2);
    }
    assert_true(fabs(agree - UNITS / 2.0) < 5 * sqrt(UNITS / 4.0));
}

static void buckets_fall_into_cumulative_ranges(void **state)
{
    (void)state;
    const double p[4] = {0.25, 0, 0.5, 0.25};
    assert_int_equal(spl_assign_range(0, p, 4, 1), 0);
    assert_int_equal(spl_assign_range(0.2499, p, 4, 1), 0);
    assert_int_equal(spl_assign_range(0.25, p, 4, 1), 2);
    assert_int_equal(spl_assign_range(0.7499, p, 4, 1), 2);
    assert_int_equal(spl_assign_range(0.75, p, 4, 1), 3);
    assert_int_equal(spl_assign_range(0.9999, p, 4, 1), 3);
    const double short_of_one[3] = {0.5, 0.4999, 0};
    assert_int_equal(spl_assign_range(0.9999, short_of_one, 3, 1), 1); // never a variant of p = 0
}

static void the_deepest_node_with_a_row_serves(void **state)
{
    (void)state;
    static const int32_t ROW[] = {0, -1, 2, -1, 1};
    static const double TABLE[] = {0.5, 0.5, 0.1, 0.9, 0.8, 0.2};
    const spl_policy policy = {.variant_count = 2, .row_count = 3, .row = ROW, .table = TABLE};
    uint32_t node;
    assert_ptr_equal(spl_policy_serve(&policy, (const uint32_t[]){0}, 1, &node), TABLE);
    assert_ptr_equal(spl_policy_serve(&policy, (const uint32_t[]){0, 1, 3}, 3, &node), TABLE);
    assert_int_equal(node, 0);
    assert_ptr_equal(spl_policy_serve(&policy, (const uint32_t[]){0, 1, 4}, 3, &node), TABLE + 2);
    assert_int_equal(node, 4);
    assert_ptr_equal(spl_policy_serve(&policy, (const uint32_t[]){0, 2, 3}, 3, &node), TABLE + 4);
    assert_int_equal(node, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_race_draws_from_p),
        cmocka_unit_test(a_change_of_p_moves_only_who_must_move),
        cmocka_unit_test(raising_one_variant_moves_units_into_it_alone),
        cmocka_unit_test(seeds_are_independent),
        cmocka_unit_test(buckets_fall_into_cumulative_ranges),
        cmocka_unit_test(the_deepest_node_with_a_row_serves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
