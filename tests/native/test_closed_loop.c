// SPDX-License-Identifier: MIT
// The loop: serve, observe, learn, serve what was learned.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "simulate/simulate.h"
#include "testing.h"

#define VISITS 200000

static spl_world *world;

static int open_world(void **state)
{
    (void)state;
    return spl_world_load(NULL, &world, NULL) ? 0 : -1;
}

static int close_world(void **state)
{
    (void)state;
    spl_world_free(world);
    return 0;
}

static spl_simulation run(uint64_t seed, uint64_t visitors, bool learn)
{
    spl_simulate_config config = spl_simulate_config_default();
    config.seed = seed;
    config.visitors = visitors;
    config.learn = learn;
    spl_simulation result;
    spl_error error = {0};
    if (!spl_simulate(world, &config, &result, &error)) fail_msg("%s: %s", error.field, error.text);
    return result;
}

static double highest_lift(const spl_worth *worth)
{
    return worth->best / worth->uniform - 1;
}

static void learning_beats_uniform_traffic_for_every_seed(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        spl_simulation result = run(seed, VISITS, true);
        const spl_worth *last = &result.periods[result.period_count - 1].worth;
        assert_true(spl_worth_lift(&result.total) > 0.35 * highest_lift(&result.total));
        assert_true(spl_worth_lift(last) > 0.6 * highest_lift(last));
        assert_true(spl_worth_lift(last) < highest_lift(last));
        spl_simulation_free(&result);
    }
}

static void the_first_period_is_uniform_and_the_regret_flattens(void **state)
{
    (void)state;
    spl_simulation result = run(1, VISITS, true);
    size_t half = result.period_count / 2;
    assert_int_equal(result.period_count, 20);
    assert_near(spl_worth_lift(&result.periods[0].worth), 0, 0.02);
    assert_int_equal(result.periods[0].serving, 1);
    assert_true(result.periods[result.period_count - 1].serving > 5);
    assert_string_not_equal(result.periods[0].bundle, result.periods[1].bundle);
    double first = result.periods[half - 1].regret, second = result.periods[result.period_count - 1].regret - first;
    assert_true(first > 0 && second > 0);
    assert_true(second < 0.7 * first);
    assert_near(result.periods[result.period_count - 1].regret, result.total.best - result.total.served, 1e-6);
    spl_simulation_free(&result);
}

static void big_segments_come_to_serve_their_best_variant(void **state)
{
    (void)state;
    static const char *const SEGMENTS[] = {"country:US|device:mobile|source:instagram",
                                           "country:US|device:mobile|source:google", "country:US|device:desktop"};
    spl_simulation result = run(1, VISITS, true);
    for (size_t i = 0; i < sizeof SEGMENTS / sizeof *SEGMENTS; i++) {
        uint32_t node = spl_world_find(world, (spl_text){SEGMENTS[i], strlen(SEGMENTS[i])});
        assert_int_not_equal(node, SPL_NO_NODE);
        const spl_tally *tallies = result.tallies + (size_t)node * world->variant_count;
        uint32_t best = world->nodes[node].best;
        for (uint32_t v = 0; v < world->variant_count; v++)
            assert_true(v == best || tallies[v].visits < tallies[best].visits);
    }
    spl_simulation_free(&result);
}

static void the_loop_is_deterministic_and_uniform_never_learns(void **state)
{
    (void)state;
    spl_simulation a = run(5, 50000, true), b = run(5, 50000, true), uniform = run(5, 50000, false);
    assert_int_equal(a.period_count, b.period_count);
    for (size_t i = 0; i < a.period_count; i++) {
        assert_string_equal(a.periods[i].bundle, b.periods[i].bundle);
        assert_near(a.periods[i].regret, b.periods[i].regret, 0);
        assert_string_equal(uniform.periods[i].bundle, a.periods[0].bundle);
        // The same visitors: what uniform traffic would give does not depend on who decides.
        assert_near(uniform.periods[i].worth.uniform, a.periods[i].worth.uniform, 0);
        assert_near(uniform.periods[i].worth.best, a.periods[i].worth.best, 0);
    }
    assert_true(a.total.served > uniform.total.served);
    spl_simulation_free(&a);
    spl_simulation_free(&b);
    spl_simulation_free(&uniform);
}

// One learning per visit would be as many entries as visits; neighbours become one, and nothing is lost.
static void the_series_is_bounded_however_often_is_learned(void **state)
{
    (void)state;
    spl_simulate_config config = spl_simulate_config_default();
    config.visitors = 10000;
    config.period = 1;
    spl_simulation result;
    assert_true(spl_simulate(world, &config, &result, NULL));
    uint64_t visits = 0;
    for (size_t i = 0; i < result.period_count; i++) visits += result.periods[i].worth.visits;
    assert_int_equal(visits, 10000);
    assert_int_equal(result.period_count, 2500);
    assert_int_equal(result.periods[0].worth.visits, 4);
    assert_near(result.periods[2499].regret, result.total.best - result.total.served, 1e-9);
    spl_simulation_free(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learning_beats_uniform_traffic_for_every_seed),
        cmocka_unit_test(the_first_period_is_uniform_and_the_regret_flattens),
        cmocka_unit_test(big_segments_come_to_serve_their_best_variant),
        cmocka_unit_test(the_loop_is_deterministic_and_uniform_never_learns),
        cmocka_unit_test(the_series_is_bounded_however_often_is_learned),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
