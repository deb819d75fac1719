// SPDX-License-Identifier: MIT
#include "stats/cusum.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#include "near.h"
#include "testing.h"

// Montgomery, Introduction to Statistical Quality Control, table 9.3 (slack 1/2, limits 4 and 5).
static void run_lengths_are_the_published_ones(void **state)
{
    (void)state;
    static const double rows[][3] = {{0, 168, 465},   {0.25, 74.2, 139}, {0.5, 26.6, 38.0}, {0.75, 13.3, 17.0},
                                     {1, 8.38, 10.4}, {1.5, 4.75, 5.75}, {2, 3.34, 4.01}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int limit = 4; limit <= 5; limit++) {
            double expected = rows[i][limit - 3];
            assert_near(spl_cusum_run_length(&(spl_cusum){0.5, limit}, rows[i][0]), expected,
                        (expected > 20 ? 0.02 : 0.04) * expected);
        }
    }
}

static void the_limit_gives_its_run_length(void **state)
{
    (void)state;
    for (double slack = 0; slack <= 1; slack += 0.25) {
        for (double length = 20; length < 1e9; length *= 9) {
            spl_cusum cusum = {slack, spl_cusum_limit(slack, length)};
            assert_near(spl_cusum_run_length(&cusum, 0), length, 1e-6 * length);
        }
    }
    assert_near(spl_cusum_limit(0.5, 465.4), 5, 0.01);
}

static void noise(gsl_rng *rng, spl_mean *points, uint32_t from, uint32_t to, double level)
{
    for (uint32_t i = from; i < to; i++) {
        double sd = 1 + i % 3;
        points[i] = (spl_mean){level + gsl_ran_gaussian(rng, sd), sd * sd, INFINITY};
    }
}

// Levels unknown, variances unequal: the alarms of an unchanging series come as often as the limit says.
static void an_unchanging_series_alarms_as_often_as_is_said(void **state)
{
    (void)state;
    enum { RUNS = 2000, COUNT = 60 };
    spl_mean points[COUNT];
    spl_change found;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    spl_cusum rare = spl_cusum_for(COUNT, 0.05), often = {0.5, spl_cusum_limit(0.5, 200)};
    int alarms = 0;
    double points_seen = 0, ends = 0;
    for (int run = 0; run < RUNS; run++) {
        noise(rng, points, 0, COUNT, 7);
        alarms += spl_cusum_changes(&rare, points, COUNT, &found, 1) > 0;
        bool ended = spl_cusum_changes(&often, points, COUNT, &found, 1) > 0;
        points_seen += ended ? found.alarm : COUNT - 1;
        ends += ended;
        assert_int_equal(ended, spl_cusum_score(&often, points, COUNT) > often.limit);
    }
    assert_true(alarms <= 0.05 * RUNS);
    assert_true(alarms >= 0.02 * RUNS);
    // Points watched per alarm; the sums start at 0, so it is a little later than an exponential time.
    assert_true(points_seen / ends > 180 && points_seen / ends < 260);
    gsl_rng_free(rng);
}

static void a_shift_is_found_where_it_was(void **state)
{
    (void)state;
    enum { RUNS = 300, COUNT = 60, AT = 25 };
    spl_mean points[COUNT];
    spl_change found[4];
    spl_cusum cusum = spl_cusum_for(COUNT, 0.05);
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    int seen = 0, near = 0;
    for (int run = 0; run < RUNS; run++) {
        double shift = run % 2 ? 3 : -3; // one and a half deviations of a middling point
        noise(rng, points, 0, AT, 10);
        noise(rng, points, AT, COUNT, 10 + shift);
        uint32_t n = spl_cusum_changes(&cusum, points, COUNT, found, 4);
        if (n == 0) continue;
        seen += (found[0].after - found[0].before) * shift > 0;
        near += found[0].from + 4 >= AT && found[0].from <= AT + 4;
        assert_true(found[0].from <= found[0].alarm && found[0].score > cusum.limit);
    }
    assert_true(seen > 0.95 * RUNS);
    assert_true(near > 0.75 * RUNS);
    gsl_rng_free(rng);
}

static void there_and_back_are_two_changes(void **state)
{
    (void)state;
    spl_mean points[90];
    spl_change found[4];
    for (int i = 0; i < 90; i++)
        points[i] = (spl_mean){(i >= 30 && i < 60 ? 5 : 1) + (i % 2 ? 0.3 : -0.3), 1, INFINITY};
    points[10].value = NAN; // passed over
    points[11].variance = 0;
    spl_cusum cusum = spl_cusum_for(90, 0.05);
    assert_int_equal(spl_cusum_changes(&cusum, points, 90, found, 4), 2);
    assert_int_equal(found[0].from, 30);
    assert_int_equal(found[1].from, 60);
    assert_near(found[0].before, 1, 0.05);
    assert_near(found[0].after, 5, 0.05);
    assert_near(found[1].before, 5, 0.05);
    assert_near(found[1].after, 1, 0.05);
    assert_int_equal(spl_cusum_changes(&cusum, points, 90, found, 1), 1);
    assert_near(found[0].after, (30 * 5 + 30 * 1) / 60.0, 0.05); // to the end: no more were asked for
}

static void of_nothing_nothing_is_found(void **state)
{
    (void)state;
    spl_cusum cusum = spl_cusum_for(1, 0.05);
    spl_mean none[3] = {{NAN, NAN, NAN}, {1, 0, 1}, {1, INFINITY, 1}};
    spl_change found[2];
    assert_int_equal(spl_cusum_changes(&cusum, none, 0, found, 2), 0);
    assert_int_equal(spl_cusum_changes(&cusum, none, 3, found, 2), 0);
    assert_near(spl_cusum_score(&cusum, none, 3), 0, 0);
    none[1].variance = 1;
    assert_int_equal(spl_cusum_changes(&cusum, none, 3, found, 2), 0); // a single point has nothing before it
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_lengths_are_the_published_ones),
        cmocka_unit_test(the_limit_gives_its_run_length),
        cmocka_unit_test(an_unchanging_series_alarms_as_often_as_is_said),
        cmocka_unit_test(a_shift_is_found_where_it_was),
        cmocka_unit_test(there_and_back_are_two_changes),
        cmocka_unit_test(of_nothing_nothing_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
