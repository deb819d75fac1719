// SPDX-License-Identifier: MIT
// Off-policy intervals for every look: the truth stays inside, and what cannot be bet on has none.
#include <math.h>

#include "near.h"
#include "samplit/rng.h"
#include "stats/ope_cs.h"
#include "testing.h"

// Two variants, drawn with `chance` of the second; it earns with `rate[1]`, the first with `rate[0]`.
typedef struct world {
    double chance, rate[2];
    double policy[2], other[2];
    double heaviest; // 0 = found out
} world;

static void draw(const world *w, uint64_t seed, uint32_t at, double *weight, double *other, double *reward)
{
    double u[2];
    spl_uniform2(seed, at, SPL_STREAM_TEST, 0, u);
    int v = u[0] < w->chance;
    double p = v ? w->chance : 1 - w->chance;
    *weight = w->policy[v] / p;
    *other = w->other[v] / p;
    *reward = u[1] < w->rate[v];
}

static double value(const world *w, const double policy[2])
{
    return policy[0] * w->rate[0] + policy[1] * w->rate[1];
}

// Runs `runs` logs of `rows` with a look at every fiftieth row from 150 on; how many ever left the truth out.
static uint32_t misses(const world *w, bool gain, uint32_t runs, uint32_t rows, double *length)
{
    uint32_t missed = 0;
    double truth = value(w, w->policy) - (gain ? value(w, w->other) : 0);
    *length = 0;
    for (uint32_t run = 0; run < runs; run++) {
        spl_ope_cs_config config = spl_ope_cs_default();
        config.gain = gain;
        config.heaviest = w->heaviest;
        spl_ope_cs cs = spl_ope_cs_start(&config);
        bool out = false;
        for (uint32_t i = 0; i < rows; i++) {
            double weight, other, reward;
            draw(w, 1000 + run, i, &weight, &other, &reward);
            spl_ope_cs_add(&cs, weight, other, reward);
            if (i < 150 || i % 50 != 0) continue;
            spl_interval at = spl_ope_cs_interval(&cs);
            out = out || !(at.low <= truth && truth <= at.high);
        }
        spl_interval last = spl_ope_cs_interval(&cs);
        *length += (last.high - last.low) / runs;
        missed += out;
    }
    return missed;
}

static void the_truth_stays_inside_at_every_look(void **state)
{
    (void)state;
    static const world worlds[] = {
        {0.5, {0.05, 0.08}, {0.1, 0.9}, {0.5, 0.5}, 0},
        {0.2, {0.30, 0.50}, {0.3, 0.7}, {0.8, 0.2}, 0},
        {0.05, {0.02, 0.01}, {0.9, 0.1}, {1, 0}, 20}, // the first hundred may not show the second variant
    };
    enum { RUNS = 100, ROWS = 1500 };
    for (size_t i = 0; i < sizeof worlds / sizeof *worlds; i++) {
        for (int gain = 0; gain < 2; gain++) {
            double length;
            uint32_t missed = misses(&worlds[i], gain, RUNS, ROWS, &length);
            print_message("world %zu, %s: left out in %u of %d runs, length at last %.3f\n", i, gain ? "gain" : "value",
                          missed, RUNS, length);
            assert_in_range(missed, 0, 8); // 5 %, and a standard error and a half
            assert_true(length < 1);       // and it says something
        }
    }
}

static void its_length_falls_as_one_over_the_root_of_the_log(void **state)
{
    (void)state;
    static const world w = {0.5, {0.1, 0.2}, {0.2, 0.8}, {0.5, 0.5}, 0};
    double length[2] = {0};
    spl_ope_cs_config config = spl_ope_cs_default();
    config.gain = true;
    spl_ope_cs cs = spl_ope_cs_start(&config);
    for (uint32_t i = 0; i < 160000; i++) {
        double weight, other, reward;
        draw(&w, 7, i, &weight, &other, &reward);
        spl_ope_cs_add(&cs, weight, other, reward);
        if (i + 1 != 10000 && i + 1 != 160000) continue;
        spl_interval at = spl_ope_cs_interval(&cs);
        length[i + 1 == 160000] = at.high - at.low;
    }
    // d = w - w_other is 0.6 or -0.6, so one exposure has a standard deviation of 0.6 sqrt(0.15 0.85) or so.
    double sigma = 0.6 * sqrt(0.15 * 0.85);
    assert_true(length[0] < 2 * 3.9 * sigma / 100);
    assert_true(length[1] < 2 * 3.9 * sigma / 400);
    assert_near(spl_ope_cs_estimate(&cs), 0.03, 0.003);
}

static void equal_policies_gain_nothing(void **state)
{
    (void)state;
    spl_ope_cs_config config = spl_ope_cs_default();
    config.gain = true;
    spl_ope_cs cs = spl_ope_cs_start(&config);
    for (uint32_t i = 0; i < 300; i++) spl_ope_cs_add(&cs, 1.5, 1.5, i % 3 == 0);
    assert_near(spl_ope_cs_interval(&cs).low, 0, 0);
    assert_near(spl_ope_cs_interval(&cs).high, 0, 0);
}

static void what_cannot_be_bet_on_has_a_reason_and_no_interval(void **state)
{
    (void)state;
    spl_ope_cs_config config = spl_ope_cs_default();
    spl_ope_cs cs = spl_ope_cs_start(&config);
    assert_true(isnan(spl_ope_cs_estimate(&cs)));
    for (uint32_t i = 0; i < 100; i++) spl_ope_cs_add(&cs, 1 + i % 2, 0, i % 3 == 0);
    assert_int_equal(spl_ope_cs_state_of(&cs), SPL_OPE_CS_EARLY);
    assert_true(isnan(spl_ope_cs_interval(&cs).low));
    spl_ope_cs_add(&cs, 4, 0, 1); // twice 2 is as much as there may be
    assert_int_equal(spl_ope_cs_state_of(&cs), SPL_OPE_CS_OK);
    spl_ope_cs heavier = cs, paid = cs;
    spl_ope_cs_add(&heavier, 8.5, 0, 1);
    assert_int_equal(spl_ope_cs_state_of(&heavier), SPL_OPE_CS_WEIGHT);
    assert_true(isnan(spl_ope_cs_interval(&heavier).high));
    spl_ope_cs_add(&paid, 1, 0, 12.5);
    assert_int_equal(spl_ope_cs_state_of(&paid), SPL_OPE_CS_REWARD);
    assert_true(spl_ope_cs_reason(SPL_OPE_CS_REWARD)[0] != 0);

    config.heaviest = 10; // known before: no surprise, not even at first
    cs = spl_ope_cs_start(&config);
    for (uint32_t i = 0; i < 300; i++) spl_ope_cs_add(&cs, i == 200 ? 10 : 1, 0, i % 3 == 0);
    assert_int_equal(spl_ope_cs_state_of(&cs), SPL_OPE_CS_OK);
    cs = spl_ope_cs_start(&config);
    spl_ope_cs_add(&cs, 11, 0, 0);
    assert_int_equal(spl_ope_cs_state_of(&cs), SPL_OPE_CS_WEIGHT);
}

// Amounts from 20 to 60 are rates of their range.
static void a_range_of_rewards_moves_and_stretches_the_interval(void **state)
{
    (void)state;
    spl_ope_cs_config rate = spl_ope_cs_default(), amount = rate;
    amount.low = 20;
    amount.high = 60;
    for (int gain = 0; gain < 2; gain++) {
        rate.gain = amount.gain = gain;
        spl_ope_cs a = spl_ope_cs_start(&rate), b = spl_ope_cs_start(&amount);
        for (uint32_t i = 0; i < 2000; i++) {
            double u[2];
            spl_uniform2(3, i, SPL_STREAM_TEST, 0, u);
            spl_ope_cs_add(&a, 1 + u[0], 1.5 - u[0], u[1]);
            spl_ope_cs_add(&b, 1 + u[0], 1.5 - u[0], 20 + 40 * u[1]);
        }
        double from = gain ? 0 : 20;
        assert_near(spl_ope_cs_interval(&b).low, from + 40 * spl_ope_cs_interval(&a).low, 1e-9);
        assert_near(spl_ope_cs_interval(&b).high, from + 40 * spl_ope_cs_interval(&a).high, 1e-9);
        assert_near(spl_ope_cs_estimate(&b), from + 40 * spl_ope_cs_estimate(&a), 1e-9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_truth_stays_inside_at_every_look),
        cmocka_unit_test(its_length_falls_as_one_over_the_root_of_the_log),
        cmocka_unit_test(equal_policies_gain_nothing),
        cmocka_unit_test(what_cannot_be_bet_on_has_a_reason_and_no_interval),
        cmocka_unit_test(a_range_of_rewards_moves_and_stretches_the_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
