// SPDX-License-Identifier: MIT
#include "stats/design.h"

#include <math.h>
#include <string.h>

#include "near.h"
#include "testing.h"

static spl_design rate(double baseline, double difference)
{
    spl_design d = spl_design_default();
    d.baseline = baseline;
    d.difference = difference;
    return d;
}

static spl_design_plan solved(const spl_design *d)
{
    spl_design_plan plan;
    spl_error error;
    if (!spl_design_solve(d, &plan, &error)) fail_msg("%s: %s", error.field, error.text);
    return plan;
}

// R: power.prop.test(p1 = .05, p2 = .055, power = .8) has n = 31233.44 (stats_reference).
static void two_equal_groups_need_twice_the_sample_of_one(void **state)
{
    (void)state;
    spl_design d = rate(0.05, 0.005);
    d.per_day = 1000;
    spl_design_plan plan = solved(&d);
    assert_int_equal(plan.comparisons, 1);
    assert_near(plan.rows[0].visitors, 2 * 31234, 0);
    assert_near(plan.rows[0].days, 62.468, 1e-9);
    spl_design_plan_free(&plan);
}

static void a_segment_waits_until_it_has_its_visitors(void **state)
{
    (void)state;
    spl_design d = rate(0.05, 0.005);
    const spl_design_segment segments[] = {{"device:mobile", 0.6}, {"device:desktop", 0.4}};
    d.segments = segments;
    d.segment_count = 2;
    d.variant_count = 3;
    spl_design_plan plan = solved(&d);
    assert_int_equal(plan.comparisons, 6);
    assert_near(plan.alpha, 0.05 / 6, 1e-15);
    assert_string_equal(plan.rows[1].name, "device:mobile");
    assert_near(plan.rows[1].visitors, plan.rows[0].visitors, 0);
    assert_near(plan.rows[1].total, ceil(plan.rows[0].visitors / 0.6), 0);
    assert_near(plan.rows[2].total, ceil(plan.rows[0].visitors / 0.4), 0);
    spl_design_plan_free(&plan);
    d.correction = SPL_CORRECTION_NONE;
    plan = solved(&d);
    assert_near(plan.alpha, 0.05, 0);
    spl_design_plan_free(&plan);
}

// The power of what is answered is the power that was asked.
static void answers_have_the_power_asked_for(void **state)
{
    (void)state;
    const double shares[3] = {2, 1, 1};
    spl_design d = rate(0.05, 0.01);
    d.variant_count = 3;
    d.shares = shares;
    spl_design_plan plan = solved(&d);
    spl_design back = d;
    back.visitors = plan.rows[0].visitors;
    spl_design_plan again = solved(&back);
    assert_true(again.rows[0].power >= 0.8 && again.rows[0].power < 0.801);
    assert_true(again.rows[0].detectable <= 0.01 && again.rows[0].detectable > 0.0099);
    spl_design_plan_free(&plan);
    spl_design_plan_free(&again);
}

static void a_loss_is_planned_for_as_a_loss(void **state)
{
    (void)state;
    spl_design d = rate(0.05, -0.005);
    d.visitors = 60000;
    spl_design_plan plan = solved(&d);
    assert_true(plan.rows[0].detectable < 0);
    spl_design_plan_free(&plan);
}

static void means_are_planned_by_welchs_test(void **state)
{
    (void)state;
    spl_design d = spl_design_default();
    d.means = true;
    d.sd = 1;
    d.difference = 0.1;
    spl_design_plan plan = solved(&d);
    assert_near(plan.rows[0].visitors, 2 * 1571, 0); // R: power.t.test(delta = .1, power = .8) has n = 1570.74
    spl_design_plan_free(&plan);
}

static void looks_cost_visitors_and_keep_the_power(void **state)
{
    (void)state;
    static const double most[SPL_SPENDINGS] = {1.03, 1.24}, least[SPL_SPENDINGS] = {1.02, 1.18};
    spl_design one = rate(0.05, 0.005);
    spl_design_plan single, plan;
    spl_error error;
    assert_true(spl_design_solve(&one, &single, &error));
    assert_int_equal(single.looks.count, 1);
    assert_near(single.looks.inflation, 1, 0);
    assert_near(single.looks.look[0].z, 1.959963984540054, 1e-12);
    for (int spending = 0; spending < SPL_SPENDINGS; spending++) {
        spl_design d = one;
        d.looks = 5;
        d.spending = spending;
        assert_true(spl_design_solve(&d, &plan, &error));
        double inflation = plan.looks.inflation;
        if (!(inflation > least[spending] && inflation < most[spending])) fail_msg("inflation %g", inflation);
        assert_near(plan.rows[0].total / single.rows[0].total, inflation, 1e-3);
        assert_near(plan.looks.look[4].stopped, 0.8, 1e-8);
        assert_near(plan.looks.look[4].spent, 0.05, 1e-12);
        d.visitors = plan.rows[0].total; // and back
        spl_design_plan_free(&plan);
        assert_true(spl_design_solve(&d, &plan, &error));
        assert_near(plan.rows[0].power, 0.8, 1e-4);
        assert_near(plan.rows[0].detectable, 0.005, 1e-6);
        spl_design_plan_free(&plan);
    }
    one.looks = 21;
    assert_false(spl_design_solve(&one, &plan, &error));
    assert_string_equal(error.field, "looks");
    spl_design_plan_free(&single);
}

// Welch's test is for deviations that differ.
static void variants_may_vary_more_than_the_control(void **state)
{
    (void)state;
    spl_design d = spl_design_default();
    spl_design_plan plan;
    spl_error error;
    d.means = true;
    d.baseline = 10;
    d.sd = 12;
    d.sd_variant = 20;
    d.difference = 1;
    assert_true(spl_design_solve(&d, &plan, &error));
    double se = sqrt((12 * 12 + 20 * 20) / (plan.rows[0].total / 2));
    assert_near(1 / se, 1.959964 + 0.841621, 2e-3); // the normal's; Student's is a little more
    spl_design_plan_free(&plan);
}

static void values_out_of_range_are_refused_by_field(void **state)
{
    (void)state;
    const spl_design good = rate(0.05, 0.005);
    const double bad_shares[2] = {1, 0};
    const spl_design_segment bad_segment = {"x", 1.5};
    spl_design d[9];
    for (int i = 0; i < 9; i++) d[i] = good;
    d[0].baseline = 1;
    d[1].difference = 0.96;
    d[2].difference = 0;
    d[3].alpha = 0;
    d[4].power = 0.04;
    d[5].variant_count = 1;
    d[6].shares = bad_shares;
    d[7].segments = &bad_segment;
    d[7].segment_count = 1;
    d[8].means = true;
    static const char *const fields[9] = {"baseline", "difference", "difference", "alpha", "power",
                                          "variants", "shares",     "segments",   "sd"};
    for (int i = 0; i < 9; i++) {
        spl_design_plan plan;
        spl_error error = {0};
        assert_false(spl_design_solve(&d[i], &plan, &error));
        assert_string_equal(error.field, fields[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_equal_groups_need_twice_the_sample_of_one),
        cmocka_unit_test(a_segment_waits_until_it_has_its_visitors),
        cmocka_unit_test(answers_have_the_power_asked_for),
        cmocka_unit_test(a_loss_is_planned_for_as_a_loss),
        cmocka_unit_test(means_are_planned_by_welchs_test),
        cmocka_unit_test(looks_cost_visitors_and_keep_the_power),
        cmocka_unit_test(variants_may_vary_more_than_the_control),
        cmocka_unit_test(values_out_of_range_are_refused_by_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
