// SPDX-License-Identifier: MIT
// A histogram of delays says where 99 of 100 lie, a little high and never beyond the longest.
#include "events/delays.h"
#include "samplit/rng.h"
#include "testing.h"

static void no_delays_have_no_quantile(void **state)
{
    (void)state;
    spl_delays delays = {0};
    assert_int_equal(spl_delays_quantile(&delays, 0.99), 0);
}

static void one_delay_is_its_own_quantile(void **state)
{
    (void)state;
    for (int64_t delay = 0; delay >= 0 && delay < INT64_MAX / 3; delay = delay * 2 + 1) {
        spl_delays delays = {0};
        spl_delays_add(&delays, delay);
        assert_int_equal(spl_delays_quantile(&delays, 0.99), delay);
    }
    spl_delays delays = {0};
    spl_delays_add(&delays, INT64_MAX);
    assert_true(spl_delays_quantile(&delays, 0.99) == INT64_MAX);
}

static void an_edge_is_at_most_an_eighth_above(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 20000; i++) {
        double u[2];
        spl_uniform2(4, i, SPL_STREAM_TEST, 0, u);
        int64_t delay = (int64_t)(u[0] * (double)(INT64_C(1) << (uint32_t)(u[1] * 61)));
        spl_delays delays = {0};
        spl_delays_add(&delays, delay);
        spl_delays_add(&delays, INT64_MAX); // so that the bucket's edge shows
        int64_t edge = spl_delays_quantile(&delays, 0.5);
        assert_true(edge >= delay);
        assert_true(edge - delay <= delay / 8);
    }
}

static void the_share_asked_for_lies_below(void **state)
{
    (void)state;
    spl_delays delays = {0};
    for (int64_t i = 1; i <= 1000; i++) spl_delays_add(&delays, i * 1000);
    int64_t most = spl_delays_quantile(&delays, 0.99);
    assert_in_range(most, 990000, 1000000);
    assert_in_range(spl_delays_quantile(&delays, 0.5), 500000, 562500);
    assert_int_equal(spl_delays_quantile(&delays, 1), 1000000);
    assert_in_range(spl_delays_quantile(&delays, 0), 1000, 1125);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_delays_have_no_quantile),
        cmocka_unit_test(one_delay_is_its_own_quantile),
        cmocka_unit_test(an_edge_is_at_most_an_eighth_above),
        cmocka_unit_test(the_share_asked_for_lies_below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
