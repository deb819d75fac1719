// SPDX-License-Identifier: MIT
// Where the log ends before the windows do: exposures too young to tell are left out.
#include <math.h>
#include <stdlib.h>

#include "join_fixture.h"
#include "samplit/rng.h"
#include "testing.h"

static void exposures_too_young_to_tell_are_left_out_with_or_without_outcome(void **state)
{
    (void)state;
    spl_join *join = joiner(24 * HOUR, NULL);
    for (uint32_t n = 0; n < 200; n++) { // delays of one hour, but for two in a hundred that take ten minutes
        expose(join, n, n * HOUR);
        outcome(join, n, n * HOUR + (n % 50 == 49 ? HOUR / 6 : HOUR), 1);
    }
    expose(join, 1000, 199 * HOUR + 1);
    expose(join, 1001, 200 * HOUR - 5);
    expose(join, 1002, 200 * HOUR);
    pass_time(join, 200 * HOUR);
    spl_join_finish(join);
    spl_join_counts counts = spl_join_counted(join);
    assert_int_equal(closed.count, 200); // 199 is one hour old, which is enough
    assert_int_equal(counts.exposures, 200);
    assert_int_equal(counts.outcomes, 200);
    assert_int_equal(counts.open_exposures, 3);
    spl_join_free(join);

    join = joiner(24 * HOUR, NULL);
    for (uint32_t n = 0; n < 200; n++) {
        expose(join, n, n * HOUR);
        if (n < 199) outcome(join, n, (n + 1) * HOUR, 1);
    }
    outcome(join, 199, 199 * HOUR + 5, 1); // young, though it has its outcome
    spl_join_finish(join);
    counts = spl_join_counted(join);
    assert_int_equal(closed.count, 199);
    assert_int_equal(counts.exposures, 199);
    assert_int_equal(counts.outcomes, 199);
    assert_int_equal(counts.open_exposures, 1);
    spl_join_free(join);
}

typedef struct visit {
    int64_t outcome_ms; // beyond all times: none
    uint32_t n;
} visit;

static int by_outcome(const void *a, const void *b)
{
    int64_t x = ((const visit *)a)->outcome_ms, y = ((const visit *)b)->outcome_ms;
    return (x > y) - (x < y);
}

// Three days, a visit each ten seconds; one in five converts, after eight hours in the mean, half of them
// within five and a half.
#define STEP_MS INT64_C(10000)
#define VISITS (3 * 8640)

static void feed_slow_outcomes(spl_join *join)
{
    static visit due[VISITS];
    for (uint32_t n = 0; n < VISITS; n++) {
        double u[2], v[2];
        spl_uniform2(3, n, SPL_STREAM_TEST, 0, u);
        spl_uniform2(3, n, SPL_STREAM_TEST, 1, v);
        due[n] = (visit){u[0] < 0.2 ? n * STEP_MS - (int64_t)(8 * (double)HOUR * log(v[0])) : INT64_MAX, n};
    }
    qsort(due, VISITS, sizeof *due, by_outcome);
    for (uint32_t n = 0, next = 0; n < VISITS; n++) {
        for (; due[next].outcome_ms < n * STEP_MS; next++) outcome(join, due[next].n, due[next].outcome_ms, 1);
        expose(join, n, n * STEP_MS);
    }
    spl_join_finish(join);
}

// The rate of the closed visits from number `first` on.
static double rate_from(uint32_t first)
{
    double visits = 0, rewards = 0;
    for (uint32_t i = 0; i < closed.count; i++) {
        if (closed.payloads[i] < first) continue;
        visits++;
        rewards += closed.rewards[i];
    }
    assert_true(visits > 500);
    return rewards / visits;
}

static void the_end_of_the_log_does_not_pull_rates_down(void **state)
{
    (void)state;
    double before = 0.2 * (1 - exp(-12.0 / 8)); // within a window of twelve hours
    spl_join *join = joiner(12 * HOUR, NULL);
    feed_slow_outcomes(join);
    double error = sqrt(before * (1 - before) / 8640);
    assert_true(fabs(rate_from(VISITS - 8640 - 4320) - before) < 3 * error + 0.01 * before);
    assert_true(closed.payloads[closed.count - 1] > VISITS - 4400); // twelve hours back, and no more
    assert_int_equal(spl_join_counted(join).open_exposures, VISITS - closed.count);
    spl_join_free(join);
}

static void a_log_without_outcomes_is_counted_whole(void **state)
{
    (void)state;
    spl_join *join = joiner(24 * HOUR, NULL);
    for (uint32_t n = 0; n < 100; n++) expose(join, n, n * HOUR);
    spl_join_finish(join);
    assert_int_equal(closed.count, 100);
    assert_int_equal(spl_join_counted(join).open_exposures, 0);
    spl_join_free(join);
}

static void outcomes_at_once_leave_nothing_out(void **state)
{
    (void)state;
    spl_join *join = joiner(24 * HOUR, NULL);
    for (uint32_t n = 0; n < 1000; n++) {
        expose(join, n, n * 60000);
        if (n % 3 == 0) outcome(join, n, n * 60000 + 1, 1);
    }
    expose(join, 1000, 1000 * 60000);
    spl_join_finish(join);
    assert_int_equal(closed.count, 1001);
    spl_join_free(join);
}

static void a_log_shorter_than_the_window_is_judged_by_the_delays_it_has(void **state)
{
    (void)state;
    spl_join *join = joiner(24 * HOUR, NULL);
    for (uint32_t n = 0; n < 300; n++) {
        expose(join, n, n * 60000);
        if (n >= 10) outcome(join, n - 10, n * 60000, 1); // ten minutes
    }
    spl_join_finish(join);
    assert_int_equal(closed.count, 290);
    assert_int_equal(spl_join_counted(join).open_exposures, 10);
    spl_join_free(join);
}

static void one_slow_outcome_in_two_hundred_holds_nothing_up(void **state)
{
    (void)state;
    spl_join *join = joiner(24 * HOUR, NULL);
    expose(join, 0, 0);
    for (uint32_t n = 1; n < 1000; n++) {
        expose(join, n, n * 60000);
        outcome(join, n, n * 60000 + 30000, 1);
    }
    outcome(join, 0, 1000 * 60000, 1);
    spl_join_finish(join);
    assert_int_equal(closed.count, 1000);
    spl_join_free(join);
}

// A second file that begins long before the first one ended: the end of neither is counted as failures.
static void every_queue_ends_by_its_own_clock(void **state)
{
    (void)state;
    spl_join *join = joiner(2 * HOUR, NULL);
    for (uint32_t part = 0; part < 2; part++) {
        int64_t start = part == 0 ? 500 * HOUR : 0;
        for (uint32_t n = 0; n < 600; n++) {
            expose(join, part * 600 + n, start + n * 60000);
            if (n >= 60) outcome(join, part * 600 + n - 60, start + n * 60000, 1);
        }
    }
    spl_join_finish(join);
    assert_int_equal(closed.count, 1080);
    for (uint32_t i = 0; i < closed.count; i++) assert_true(closed.rewards[i] == 1);
    assert_int_equal(spl_join_counted(join).open_exposures, 120);
    spl_join_free(join);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exposures_too_young_to_tell_are_left_out_with_or_without_outcome),
        cmocka_unit_test(the_end_of_the_log_does_not_pull_rates_down),
        cmocka_unit_test(a_log_without_outcomes_is_counted_whole),
        cmocka_unit_test(outcomes_at_once_leave_nothing_out),
        cmocka_unit_test(a_log_shorter_than_the_window_is_judged_by_the_delays_it_has),
        cmocka_unit_test(one_slow_outcome_in_two_hundred_holds_nothing_up),
        cmocka_unit_test(every_queue_ends_by_its_own_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
