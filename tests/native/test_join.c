// SPDX-License-Identifier: MIT
// Outcomes meet their exposures within the window, whatever the order of the log, in bounded memory.
#include <stdlib.h>

#include "join_fixture.h"
#include "samplit/rng.h"
#include "testing.h"

static void an_outcome_within_the_window_is_the_reward(void **state)
{
    (void)state;
    spl_join *join = joiner(24 * HOUR, NULL);
    expose(join, 1, 0);
    expose(join, 2, HOUR);
    outcome(join, 1, 2 * HOUR, 3.5);
    pass_time(join, 26 * HOUR);
    spl_join_finish(join);
    assert_int_equal(closed.count, 2);
    assert_int_equal(closed.payloads[0], 1);
    assert_true(closed.rewards[0] == 3.5);
    assert_true(closed.rewards[1] == 0);
    spl_join_free(join);
}

static void the_window_ends_where_it_says(void **state)
{
    (void)state;
    spl_join *join = joiner(HOUR, NULL);
    expose(join, 1, 0);
    expose(join, 2, 0);
    outcome(join, 1, HOUR, 1);     // the last moment
    outcome(join, 2, HOUR + 1, 1); // too late
    spl_join_finish(join);
    assert_true(closed.rewards[0] == 1);
    assert_true(closed.rewards[1] == 0);
    assert_int_equal(spl_join_counted(join).outcomes_without_exposure, 1);
    spl_join_free(join);
}

static void an_exposure_closes_as_soon_as_its_window_has(void **state)
{
    (void)state;
    spl_join *join = joiner(HOUR, NULL);
    expose(join, 1, 0);
    expose(join, 2, HOUR);
    assert_int_equal(closed.count, 0);
    expose(join, 3, HOUR + 1);
    assert_int_equal(closed.count, 1);
    spl_join_finish(join);
    spl_join_free(join);
}

static void an_outcome_before_its_exposure_does_not_count(void **state)
{
    (void)state;
    spl_join *join = joiner(HOUR, NULL);
    outcome(join, 1, 0, 1); // not yet there
    expose(join, 1, 1000);
    outcome(join, 1, 999, 1); // there, but earlier
    spl_join_finish(join);
    assert_true(closed.rewards[0] == 0);
    assert_int_equal(spl_join_counted(join).outcomes_without_exposure, 2);
    spl_join_free(join);
}

static void duplicates_count_once(void **state)
{
    (void)state;
    spl_join *join = joiner(HOUR, NULL);
    expose(join, 1, 0);
    expose(join, 1, 5);
    outcome(join, 1, 10, 1);
    outcome(join, 1, 20, 9);
    spl_join_finish(join);
    spl_join_counts counts = spl_join_counted(join);
    assert_int_equal(closed.count, 1);
    assert_true(closed.rewards[0] == 1); // the first stands
    assert_int_equal(counts.exposures, 1);
    assert_int_equal(counts.duplicate_exposures, 1);
    assert_int_equal(counts.outcomes, 1);
    assert_int_equal(counts.duplicate_outcomes, 1);
    spl_join_free(join);
}

static void only_one_outcome_name_is_learned_from(void **state)
{
    (void)state;
    spl_join *join = joiner(HOUR, NULL); // the first joined
    expose(join, 1, 0);
    assert_null(spl_join_outcome_name(join).data);
    outcome_named(join, 1, 1, 1, "visit");
    outcome_named(join, 1, 2, 50, "spend");
    assert_true(spl_text_equal(spl_join_outcome_name(join), SPL_TEXT("visit")));
    assert_int_equal(spl_join_counted(join).outcomes_other_name, 1);
    spl_join_free(join);
    join = joiner(HOUR, "spend"); // the one asked for
    expose(join, 1, 0);
    outcome_named(join, 1, 1, 1, "visit");
    outcome_named(join, 1, 2, 50, "spend");
    spl_join_finish(join);
    assert_true(closed.rewards[0] == 50);
    spl_join_free(join);
}

// Outcomes of other experiments, or of exposures that were not handed to the join, say nothing about which name
// is meant.
static void an_outcome_without_an_exposure_settles_no_name(void **state)
{
    (void)state;
    spl_join *join = joiner(HOUR, NULL);
    outcome_named(join, 7, 0, 1, "signup");
    expose(join, 1, 0);
    outcome_named(join, 8, 1, 1, "signup");
    assert_null(spl_join_outcome_name(join).data);
    outcome_named(join, 1, 2, 5, "purchase");
    assert_true(spl_text_equal(spl_join_outcome_name(join), SPL_TEXT("purchase")));
    spl_join_finish(join);
    assert_true(closed.rewards[0] == 5);
    assert_int_equal(spl_join_counted(join).outcomes_without_exposure, 2);
    spl_join_free(join);
}

static void an_outcome_of_a_unit_goes_to_its_last_exposure_before_it(void **state)
{
    (void)state;
    spl_join *join = joiner(24 * HOUR, NULL);
    expose(join, 1, 0);    // unit u1
    expose(join, 11, 10);  // u1
    expose(join, 2, 15);   // u2
    expose(join, 21, 100); // u1, after the outcome
    unit_outcome(join, "u1", 50, 1);
    unit_outcome(join, "u3", 50, 1);
    spl_join_finish(join);
    assert_int_equal(closed.count, 4);
    for (uint32_t i = 0; i < 4; i++) assert_true(closed.rewards[i] == (closed.payloads[i] == 11 ? 1 : 0));
    assert_int_equal(spl_join_counted(join).outcomes_without_exposure, 1);
    spl_join_free(join);
}

static void the_default_reward_stands_where_there_is_no_outcome(void **state)
{
    (void)state;
    spl_join_config config = spl_join_config_default();
    config.default_reward = -2;
    config.payload_bytes = sizeof(uint32_t);
    closed.count = 0;
    spl_join *join = spl_join_new(&config, note_closed, &closed);
    expose(join, 1, 0);
    spl_join_finish(join);
    assert_true(closed.rewards[0] == -2);
    spl_join_free(join);
}

static void one_stray_from_the_past_does_not_disturb_the_others(void **state)
{
    (void)state;
    spl_join *join = joiner(HOUR, NULL);
    expose(join, 1, 100 * HOUR);
    expose(join, 2, 3 * HOUR); // late by days
    outcome(join, 2, 3 * HOUR + 5, 7);
    expose(join, 3, 100 * HOUR + 10);
    outcome(join, 1, 100 * HOUR + 20, 1);
    assert_int_equal(closed.count, 0);
    spl_join_finish(join);
    spl_join_counts counts = spl_join_counted(join);
    assert_int_equal(counts.late_exposures, 1);
    assert_int_equal(counts.outcomes, 2);
    assert_int_equal(closed.count, 3);
    spl_join_free(join);
}

static void one_event_from_the_future_does_not_stop_the_join(void **state)
{
    (void)state;
    spl_join *join = joiner(HOUR, NULL);
    expose(join, 0, INT64_C(253402300799999)); // the year 9999
    for (uint32_t i = 1; i < 1000; i++) {
        expose(join, i, i * HOUR);
        outcome(join, i, i * HOUR + 1, 1);
    }
    assert_true(closed.count > 990); // those after it still close in time
    assert_int_equal(spl_join_counted(join).outcomes, 999);
    spl_join_free(join);
}

static void a_log_whose_days_are_in_the_wrong_order_loses_nothing(void **state)
{
    (void)state;
    spl_join *join = joiner(HOUR, NULL);
    uint32_t n = 0, most = 0;
    for (int day = 30; day >= 0; day--) {
        for (int minute = 0; minute < 1440; minute++, n++) {
            expose(join, n, day * 24 * HOUR + minute * INT64_C(60000));
            outcome(join, n, day * 24 * HOUR + minute * INT64_C(60000) + 1000, 1);
            if (n + 1 - closed.count > most) most = n + 1 - closed.count;
        }
    }
    assert_int_equal(spl_join_counted(join).outcomes, n);
    assert_in_range(most, 60, 8 * 62); // no more is held than eight windows
    spl_join_finish(join);
    assert_int_equal(closed.count, n);
    spl_join_free(join);
}

static void a_log_from_last_to_first_is_held_in_bounded_memory(void **state)
{
    (void)state;
    spl_join *join = joiner(HOUR, NULL);
    uint32_t most = 0;
    for (uint32_t n = 0; n < 50000; n++) {
        expose(join, n, (50000 - (int64_t)n) * 60000);
        if (n + 1 - closed.count > most) most = n + 1 - closed.count;
    }
    assert_in_range(most, 60, 8 * 62);
    spl_join_finish(join);
    assert_int_equal(closed.count, 50000);
    spl_join_free(join);
}

static void a_log_in_order_holds_one_window(void **state)
{
    (void)state;
    spl_join *join = joiner(HOUR, NULL);
    uint32_t most = 0;
    for (uint32_t n = 0; n < 100000; n++) {
        expose(join, n, n * INT64_C(1000));
        if (n + 1 - closed.count > most) most = n + 1 - closed.count;
    }
    assert_int_equal(most, 3601);
    spl_join_finish(join);
    for (uint32_t n = 0; n < 100000; n++) assert_int_equal(closed.payloads[n], n); // in order of closing
    spl_join_free(join);
}

typedef struct logged {
    int64_t place; // where in the log it stands
    int64_t time_ms;
    uint32_t n;
    bool outcome;
} logged;

static int by_place(const void *a, const void *b)
{
    int64_t x = ((const logged *)a)->place, y = ((const logged *)b)->place;
    return (x > y) - (x < y);
}

// Every event is written up to ten minutes after it happened, as it comes in from the visitors. The
// plain rule then decides for all outcomes but those so near to an end of the window that the log's
// order decides.
static void a_shuffled_log_joins_as_the_plain_rule_says(void **state)
{
    (void)state;
    enum { N = 3000, DELAY = 600000 };
    static logged all[2 * N];
    static int64_t after[N];
    spl_join *join = joiner(HOUR, NULL);
    for (uint32_t n = 0; n < N; n++) {
        double u[2], v[2];
        spl_uniform2(2, n, SPL_STREAM_TEST, 0, u);
        spl_uniform2(2, n, SPL_STREAM_TEST, 1, v);
        int64_t shown = n * INT64_C(20000);
        after[n] = (int64_t)((v[0] * 1.6 - 0.3) * (double)HOUR);
        all[2 * n] = (logged){shown + (int64_t)(u[0] * DELAY), shown, n, false};
        all[2 * n + 1] = (logged){shown + after[n] + (int64_t)(u[1] * DELAY), shown + after[n], n, true};
    }
    qsort(all, 2 * N, sizeof *all, by_place);
    for (uint32_t i = 0; i < 2 * N; i++) {
        if (all[i].outcome)
            outcome(join, all[i].n, all[i].time_ms, all[i].n + 1);
        else
            expose(join, all[i].n, all[i].time_ms);
    }
    spl_join_finish(join);
    assert_int_equal(closed.count, N);
    uint32_t certain = 0;
    for (uint32_t i = 0; i < N; i++) {
        uint32_t n = closed.payloads[i];
        bool inside = after[n] >= DELAY && after[n] <= HOUR - DELAY, outside = after[n] < 0 || after[n] > HOUR;
        if (inside) assert_true(closed.rewards[i] == n + 1);
        if (outside) assert_true(closed.rewards[i] == 0);
        certain += inside;
    }
    assert_in_range(certain, N / 4, N);
    spl_join_free(join);
}

static void one_unit_with_very_many_exposures_is_not_slow(void **state)
{
    (void)state;
    spl_join *join = joiner(24 * HOUR, NULL);
    for (uint32_t n = 0; n < 100000; n++) {
        expose(join, n * 10, n);
        unit_outcome(join, "u0", -5, 1); // before all of them
    }
    assert_int_equal(spl_join_counted(join).outcomes_without_exposure, 100000);
    spl_join_finish(join);
    spl_join_free(join);
}

static void what_comes_of_a_repeat_is_the_draws(void **state)
{
    (void)state;
    spl_join *join = joiner(HOUR, NULL);
    expose(join, 1, 0);
    repeat(join, 11, 1000);
    outcome(join, 11, 999, 5); // before it was shown
    outcome(join, 11, 2000, 3);
    expose(join, 2, 0);
    repeat(join, 12, 1000);
    unit_outcome(join, "u2", 3000, 4); // names no exposure
    repeat(join, 13, 1000);
    outcome(join, 13, 2000, 1); // its draw was never seen
    expose(join, 4, 0);
    repeat(join, 14, 1000);
    outcome(join, 14, HOUR + 1, 1); // within an hour of the repeat, not of the draw
    spl_join_finish(join);
    spl_join_counts counts = spl_join_counted(join);
    assert_int_equal(closed.count, 3);
    assert_true(closed.rewards[0] == 3 && closed.rewards[1] == 4 && closed.rewards[2] == 0);
    assert_int_equal(counts.exposures, 3);
    assert_int_equal(counts.outcomes, 2);
    assert_int_equal(counts.outcomes_without_exposure, 3);
    spl_join_free(join);
}

static void repeats_survive_growth_and_leave_nothing_open(void **state)
{
    (void)state;
    spl_join *join = joiner(HOUR, NULL);
    expose(join, 1, 0);
    for (uint32_t n = 0; n < 5000; n++) repeat(join, 11 + 10 * n, n);
    outcome(join, 11 + 10 * 4999, 6000, 2);
    pass_time(join, 2 * HOUR);
    assert_int_equal(closed.count, 1);
    assert_true(closed.rewards[0] == 2);
    repeat(join, 99991, 2 * HOUR);
    spl_join_finish(join);
    assert_int_equal(closed.count, 1);
    assert_int_equal(spl_join_counted(join).open_exposures, 0);
    spl_join_free(join);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_of_a_repeat_is_the_draws),
        cmocka_unit_test(repeats_survive_growth_and_leave_nothing_open),
        cmocka_unit_test(an_outcome_within_the_window_is_the_reward),
        cmocka_unit_test(the_window_ends_where_it_says),
        cmocka_unit_test(an_exposure_closes_as_soon_as_its_window_has),
        cmocka_unit_test(an_outcome_before_its_exposure_does_not_count),
        cmocka_unit_test(duplicates_count_once),
        cmocka_unit_test(only_one_outcome_name_is_learned_from),
        cmocka_unit_test(an_outcome_without_an_exposure_settles_no_name),
        cmocka_unit_test(an_outcome_of_a_unit_goes_to_its_last_exposure_before_it),
        cmocka_unit_test(the_default_reward_stands_where_there_is_no_outcome),
        cmocka_unit_test(one_stray_from_the_past_does_not_disturb_the_others),
        cmocka_unit_test(one_event_from_the_future_does_not_stop_the_join),
        cmocka_unit_test(a_log_whose_days_are_in_the_wrong_order_loses_nothing),
        cmocka_unit_test(a_log_from_last_to_first_is_held_in_bounded_memory),
        cmocka_unit_test(a_log_in_order_holds_one_window),
        cmocka_unit_test(a_shuffled_log_joins_as_the_plain_rule_says),
        cmocka_unit_test(one_unit_with_very_many_exposures_is_not_slow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
