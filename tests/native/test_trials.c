// SPDX-License-Identifier: MIT
// A few hundred experiments each of those that bench_statistics makes by the thousand. Bounds are those of the promise,
// widened by what so few runs leave open: a correct method fails here less than once in a thousand seeds.
#include "trials.h"

#include <math.h>

#include "stats/gsl_errors.h"
#include "testing.h"

static int let_gsl_return_errors(void **state)
{
    (void)state;
    spl_gsl_errors_off();
    return 0;
}

// The most of n that happen with a probability of p, but once in a thousand times.
static double most(double n, double p)
{
    return n * p + 3.1 * sqrt(n * p * (1 - p)) + 1;
}

static void ratio_tests_keep_their_level_at_every_look(void **state)
{
    (void)state;
    const int runs = 200;
    for (int bandit = 0; bandit < 2; bandit++) {
        int sequential = 0, bets = 0;
        for (int i = 0; i < runs; i++) {
            trial_ratio t = trial_of_ratio((uint64_t)i, 2000, bandit, 0, 0.05);
            sequential += t.sequential > 0;
            bets += t.bets > 0;
        }
        assert_true(sequential <= most(runs, 0.05));
        assert_true(bets <= most(runs, 0.05));
    }
}

static void a_leak_is_noticed(void **state)
{
    (void)state;
    for (int bandit = 0; bandit < 2; bandit++) {
        int noticed = 0;
        for (uint64_t i = 0; i < 20; i++) noticed += trial_of_ratio(i, 10000, bandit, 0.2, 0.001).bets > 0;
        assert_true(noticed >= 18);
    }
}

static void weighted_intervals_hold_on_a_bandits_log(void **state)
{
    (void)state;
    const double rates[TRIAL_ARMS] = {0.1, 0.1, 0.1};
    double held = 0, told = 0, gaps = 0, gaps_told = 0, naive = 0;
    for (uint64_t i = 0; i < 150; i++) {
        trial_bandit t = trial_of_bandit(i, 4000, rates);
        held += t.means_held[TRIAL_WEIGHTED], told += t.means_told[TRIAL_WEIGHTED];
        gaps += t.gaps_held[TRIAL_WEIGHTED], gaps_told += t.gaps_told[TRIAL_WEIGHTED];
        naive += t.means_held[TRIAL_NAIVE];
    }
    assert_true(told - held <= most(told, 0.06));
    assert_true(gaps_told - gaps <= most(gaps_told, 0.06));
    assert_true(naive < held);
}

static void segments_are_claimed_by_right(void **state)
{
    (void)state;
    enum { RUNS = 20 };
    for (int rest = 0; rest < 2; rest++) {
        double false_share = 0, found = 0, shrunk = 0, too_high = 0, raw_too_high = 0, unlike_false = 0;
        for (uint64_t i = 0; i < RUNS; i++) {
            trial_segments t = rest ? trial_of_segments_against_the_rest(i) : trial_of_variants_in_segments(i);
            double claimed = fmax(1, t.found + t.false_ones);
            false_share += t.false_ones / claimed / RUNS;
            found += t.found, shrunk += t.shrunk_held, unlike_false += t.unlike_false;
            too_high += t.shrunk_top / RUNS, raw_too_high += t.raw_top / RUNS;
        }
        assert_true(false_share <= 0.05 + 3.1 * 0.05 / sqrt(RUNS)); // a run's share has a deviation of about 0.05
        assert_true(found >= 0.9 * RUNS * TRIAL_PLANTED);
        assert_true(RUNS * TRIAL_SEGMENTS - shrunk <= most(RUNS * TRIAL_SEGMENTS, 0.06));
        assert_true(unlike_false <= most(RUNS * (TRIAL_SEGMENTS - TRIAL_PLANTED), 0.001));
        assert_true(fabs(too_high) < raw_too_high);
    }
}

static void changes_are_told_as_often_as_is_promised(void **state)
{
    (void)state;
    const int runs = 400;
    spl_cusum cusum = spl_cusum_for(60, 0.05);
    int alarms = 0, found = 0;
    for (int i = 0; i < runs; i++) {
        alarms += trial_of_change((uint64_t)i, &cusum, 60, 60, 0).alarm > 0;
        found += trial_of_change((uint64_t)i, &cusum, 60, 24, 2).alarm >= 24;
    }
    assert_true(alarms <= most(runs, 0.05));
    assert_true(found >= 0.97 * runs);
}

static void off_policy_intervals_hold(void **state)
{
    (void)state;
    enum { RUNS = 150 };
    int held[4] = {0}, gain[4] = {0}, always = 0;
    for (uint64_t i = 0; i < RUNS; i++) {
        trial_policy t = trial_of_policy(i, 3000);
        for (int e = 0; e < 4; e++) held[e] += t.held[e], gain[e] += t.gain_held[e];
        always += t.always_held;
    }
    for (int e = 0; e < 4; e++) {
        assert_true(RUNS - held[e] <= most(RUNS, 0.06));
        assert_true(RUNS - gain[e] <= most(RUNS, 0.06));
    }
    assert_true(RUNS - always <= most(RUNS, 0.05));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratio_tests_keep_their_level_at_every_look), cmocka_unit_test(a_leak_is_noticed),
        cmocka_unit_test(weighted_intervals_hold_on_a_bandits_log),   cmocka_unit_test(segments_are_claimed_by_right),
        cmocka_unit_test(changes_are_told_as_often_as_is_promised),   cmocka_unit_test(off_policy_intervals_hold),
    };
    return cmocka_run_group_tests(tests, let_gsl_return_errors, NULL);
}
