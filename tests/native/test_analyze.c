// SPDX-License-Identifier: MIT
// Planted worlds: what is there is found, and where nothing is nothing is claimed.
#include <math.h>
#include <string.h>

#include "analyze_fixture.h"
#include "near.h"
#include "testing.h"

static void every_visitor_is_counted_once_in_every_segment_it_is_in(void **state)
{
    (void)state;
    analyze_world world = analyze_world_default();
    spl_analysis r = analyze_world_report(&world);
    uint64_t plans = 0, places = 0, pairs = 0;
    for (uint32_t i = 1; i < r.segment_count; i++) {
        const spl_analysis_segment *s = &r.segments[i];
        uint64_t arms = s->arms[0].visitors + s->arms[1].visitors;
        assert_int_equal(arms, s->visitors);
        if (s->depth == 2) pairs += s->visitors;
        if (s->depth == 1 && strcmp(s->attribute, "plan") == 0) plans += s->visitors;
        if (s->depth == 1 && strcmp(s->attribute, "place") == 0) places += s->visitors;
    }
    assert_int_equal(r.counts.visitors, 20000);
    assert_int_equal(r.segment_count, 1 + 4 + 5 + 20);
    assert_int_equal(plans, 20000);
    assert_int_equal(places, 20000);
    assert_int_equal(pairs, 20000);
    assert_int_equal(r.segments[0].visitors, 20000);
    spl_analysis_free(&r);
}

static void segments_stand_as_a_tree(void **state)
{
    (void)state;
    analyze_world world = analyze_world_default();
    spl_analysis r = analyze_world_report(&world);
    uint32_t children = 0;
    for (uint32_t i = 1; i < r.segment_count; i++) {
        const spl_analysis_segment *s = &r.segments[i];
        assert_true(s->parent < i && s->depth == r.segments[s->parent].depth + 1);
        bool last = true;
        for (uint32_t j = i + 1; j < r.segment_count; j++)
            if (r.segments[j].parent == s->parent) {
                last = false;
                assert_true(r.segments[j].visitors <= s->visitors);
            }
        assert_int_equal(s->last, last);
        children += s->parent == 0;
    }
    assert_int_equal(r.segments[0].children, children);
    assert_int_equal(children, 9);
    spl_analysis_free(&r);
}

static double better_everywhere(uint32_t variant, uint32_t plan, uint32_t place, double when)
{
    (void)plan, (void)place, (void)when;
    return variant == 1 ? 0.13 : 0.1;
}

static void a_variant_that_is_better_for_all_wins_and_is_advised(void **state)
{
    (void)state;
    analyze_world world = analyze_world_default();
    world.rate = better_everywhere;
    spl_analysis r = analyze_world_report(&world);
    const spl_analysis_effect *e = &r.segments[0].arms[1].effect;
    assert_int_equal(r.winner, 1);
    assert_true(e->claimed && e->interval.low < 0.03 && e->interval.high > 0.03);
    assert_true(e->lift_interval.low < 0.3 && e->lift_interval.high > 0.3);
    assert_string_equal(r.watch[1].verdict, "better");
    assert_true(r.segments[0].arms[1].p_best > 0.999 && r.segments[0].arms[1].expected_loss < 1e-6);
    const spl_advice *ship = analyze_advice(&r, SPL_ADVICE_SHIP);
    assert_true(ship && ship->variant == 1 && strstr(ship->text, "Serve b: over all it is"));
    assert_null(analyze_advice(&r, SPL_ADVICE_TARGET));
    assert_int_equal(r.health, SPL_ANALYSIS_FINE);
    assert_false(r.adaptive);
    spl_analysis_free(&r);
}

// b helps in plan p00 and harms in p01; places do not matter.
static double opposite(uint32_t variant, uint32_t plan, uint32_t place, double when)
{
    (void)place, (void)when;
    if (variant == 0 || plan > 1) return 0.1;
    return plan == 0 ? 0.18 : 0.05;
}

static void segments_in_which_the_answer_differs_are_named_and_advised(void **state)
{
    (void)state;
    analyze_world world = analyze_world_default();
    world.rate = opposite;
    spl_analysis r = analyze_world_report(&world);
    const spl_analysis_segment *helped = analyze_segment(&r, "plan:p00"), *harmed = analyze_segment(&r, "plan:p01");
    assert_true(helped->differs && harmed->differs);
    assert_int_equal(helped->winner, 1);
    assert_int_equal(harmed->best, 0);
    assert_true(harmed->arms[1].effect.claimed && harmed->arms[1].effect.lift < 0);
    for (uint32_t i = 1; i < r.segment_count; i++)
        if (strcmp(r.segments[i].attribute, "place") == 0 && r.segments[i].depth == 1)
            assert_false(r.segments[i].differs);
    assert_true(helped->arms[1].different.interval.low < 0.095 && helped->arms[1].different.interval.high > 0.07);
    const spl_advice *target = analyze_advice(&r, SPL_ADVICE_TARGET);
    assert_non_null(target);
    assert_ptr_equal(&r.segments[target->segment], r.winner == 1 ? harmed : helped);
    spl_analysis_free(&r);
}

static double good_place(uint32_t variant, uint32_t plan, uint32_t place, double when)
{
    (void)variant, (void)when;
    return place == 3 ? 0.2 : place == 4 && plan == 2 ? 0.02 : 0.1;
}

static void high_and_low_performers_are_listed_with_the_widest_first(void **state)
{
    (void)state;
    analyze_world world = analyze_world_default();
    world.rate = good_place;
    spl_analysis r = analyze_world_report(&world);
    for (uint32_t i = 1; i < r.high_count; i++) assert_null(strstr(r.segments[r.high[i]].key, "place:l03"));
    assert_string_equal(r.segments[r.high[0]].key, "place:l03");
    assert_true(r.low_count >= 1);
    assert_string_equal(r.segments[r.low[0]].key, "place:l04|plan:p02");
    const spl_analysis_effect *rest = &r.segments[r.high[0]].rest;
    assert_true(rest->lift_interval.low < 1.105 && rest->lift_interval.high > 1.105);
    const spl_advice *look = analyze_advice(&r, SPL_ADVICE_LOOK_AT);
    assert_true(look && strstr(look->text, "Look at l03: it converts"));
    assert_true(fabs(analyze_segment(&r, "place:l04|plan:p02")->shrunk_rate - 0.1) < 0.09);
    spl_analysis_free(&r);
}

static double fallen(uint32_t variant, uint32_t plan, uint32_t place, double when)
{
    (void)plan, (void)place;
    return variant == 1 && when > 0.6 ? 0.04 : 0.1;
}

static void a_rate_that_falls_is_found_when_it_fell(void **state)
{
    (void)state;
    analyze_world world = analyze_world_default();
    world.rate = fallen;
    spl_analysis r = analyze_world_report(&world);
    assert_true(r.change_count >= 1);
    const spl_analysis_change *change = NULL;
    for (uint32_t i = 0; i < r.change_count; i++)
        if (r.changes[i].variant == 1) change = &r.changes[i];
    assert_non_null(change);
    double day = (double)(change->time_ms - r.first_ms) / 86400000.0;
    assert_near(day, 8.4, 1.1);
    assert_near(change->before, 0.1, 0.02);
    assert_near(change->after, 0.04, 0.02);
    assert_true(change->score > change->limit);
    assert_non_null(analyze_advice(&r, SPL_ADVICE_CHANGED));
    spl_analysis_free(&r);
}

// Forty worlds in which nothing differs: each family may claim something in about one of twenty.
static void where_nothing_differs_little_is_claimed(void **state)
{
    (void)state;
    uint32_t whole = 0, rates = 0, effects = 0, differences = 0, changes = 0, runs = 40;
    for (uint32_t run = 0; run < runs; run++) {
        analyze_world world = analyze_world_default();
        world.seed = 100 + run;
        world.visitors = 6000;
        spl_analysis r = analyze_world_report(&world);
        bool effect = false, rate = false, difference = false;
        for (uint32_t i = 1; i < r.segment_count; i++) {
            rate |= r.segments[i].rest.claimed;
            effect |= r.segments[i].arms[1].effect.claimed;
            difference |= r.segments[i].differs;
        }
        whole += r.segments[0].arms[1].effect.claimed;
        rates += rate;
        effects += effect;
        differences += difference;
        changes += r.change_count > 0;
        spl_analysis_free(&r);
    }
    // P(more than 6 of 40 at 1 in 20) is below 0.4 %.
    assert_true(whole <= 6 && rates <= 6 && effects <= 6 && differences <= 6 && changes <= 6);
}

// The log serves b more and more in even plans, where everybody converts more, and less in odd ones: served rates
// call it far better, though it is equal everywhere.
static double even_plans_convert(uint32_t variant, uint32_t plan, uint32_t place, double when)
{
    (void)variant, (void)place, (void)when;
    return plan % 2 ? 0.05 : 0.25;
}

static void a_bandit_that_favours_one_variant_does_not_make_it_better(void **state)
{
    (void)state;
    analyze_world world = analyze_world_default();
    world.rate = even_plans_convert;
    world.bandit = true;
    spl_analysis r = analyze_world_report(&world);
    const spl_analysis_arm *arms = r.segments[0].arms;
    assert_true(r.adaptive);
    assert_true(arms[1].as_served > 1.2 * arms[0].as_served);
    assert_false(arms[1].effect.claimed);
    assert_int_equal(arms[1].effect.method, SPL_ANALYSIS_AIPW);
    assert_true(arms[1].effect.interval.low < 0 && arms[1].effect.interval.high > 0);
    assert_near(arms[0].rate, 0.15, 0.02);
    assert_near(arms[1].rate, 0.15, 0.02);
    assert_near(arms[1].rate, arms[0].rate, 0.025);
    assert_true(analyze_segment(&r, "plan:p00")->rest.claimed);
    assert_true(strstr(r.warnings.text[0], "no naive test") != NULL);
    spl_analysis_free(&r);
}

static double bandit_truth(uint32_t variant, uint32_t plan, uint32_t place, double when)
{
    (void)place, (void)when;
    return variant == 0 ? 0.1 : plan % 2 ? 0.05 : 0.2;
}

static void in_a_bandits_log_segments_still_tell_for_whom_it_works(void **state)
{
    (void)state;
    analyze_world world = analyze_world_default();
    world.rate = bandit_truth;
    world.bandit = true;
    spl_analysis r = analyze_world_report(&world);
    const spl_analysis_segment *even = analyze_segment(&r, "plan:p02"), *odd = analyze_segment(&r, "plan:p03");
    assert_int_equal(even->winner, 1);
    assert_true(even->differs && even->arms[1].effect.interval.low < 0.1 && even->arms[1].effect.interval.high > 0.1);
    assert_int_equal(odd->best, 0);
    assert_true(odd->arms[1].effect.claimed && odd->arms[1].effect.difference < 0);
    spl_analysis_free(&r);
}

static double one_place_is_better(uint32_t variant, uint32_t plan, uint32_t place, double when)
{
    (void)when;
    return (plan % 2 ? 0.05 : 0.15) + (place == 1 ? 0.08 : 0) + (place == 1 && variant == 1 ? 0.06 : 0);
}

// Nine in ten visitors are in l00 and the others in l01: each is the other's elsewhere.
static void elsewhere_is_right_for_segments_of_nearly_everybody(void **state)
{
    (void)state;
    analyze_world world = analyze_world_default();
    world.visitors = 40000;
    world.places = 2;
    world.skew = 6.58; // 0.9^6.58 = 0.5
    world.rate = one_place_is_better;
    world.bandit = true;
    spl_analysis r = analyze_world_report(&world);
    const spl_analysis_segment *most = analyze_segment(&r, "place:l00"), *few = analyze_segment(&r, "place:l01");
    const spl_analysis_effect *rest = &most->rest, *other = &few->rest;
    assert_near(most->share, 0.9, 0.01);
    assert_near(rest->difference, -other->difference, 0.02);
    assert_near(rest->difference, -0.11, 0.03); // half of the visitors are served b, by the overall mix
    assert_true(rest->interval.high - rest->interval.low > 0.6 * (other->interval.high - other->interval.low));
    const spl_analysis_effect *here = &most->arms[1].different;
    assert_true(here->interval.low < -0.06 && here->interval.high > -0.06);
    assert_near(here->difference, -few->arms[1].different.difference, 0.02);
    spl_analysis_free(&r);
}

static double heavy(uint64_t seed, uint32_t visitor)
{
    return 1 - 3 * log(analyze_uniform(seed, visitor, 9));
}

static double dearer(uint32_t variant, uint32_t plan, uint32_t place, double when)
{
    (void)place, (void)when;
    return plan == 1 ? 0.2 : variant == 1 ? 0.12 : 0.1;
}

static void rewards_that_are_sums_of_money_are_means(void **state)
{
    (void)state;
    analyze_world world = analyze_world_default();
    world.rate = dearer;
    world.value = heavy;
    spl_analysis r = analyze_world_report(&world);
    assert_false(r.binary);
    assert_int_equal(r.segments[0].arms[1].effect.method, SPL_ANALYSIS_WELCH);
    // A quarter of the visitors convert with 0.2, the others with 0.1 or 0.12; a conversion is worth 4.
    assert_near(r.segments[0].arms[0].rate, 0.5, 0.05);
    assert_near(r.segments[0].arms[1].rate, 0.56, 0.05);
    const spl_analysis_segment *p01 = analyze_segment(&r, "plan:p01");
    assert_true(p01->rest.claimed && p01->standing == SPL_ANALYSIS_HIGH);
    assert_true(isfinite(p01->shrunk_rate) && isfinite(r.segments[0].arms[1].p_best));
    spl_analysis_free(&r);
}

static void what_is_not_settled_says_how_many_visitors_settle_it(void **state)
{
    (void)state;
    analyze_world world = analyze_world_default();
    world.visitors = 4000;
    world.rate = better_everywhere;
    world.seed = 5;
    spl_analysis r = analyze_world_report(&world);
    const spl_analysis_effect *e = &r.segments[0].arms[1].effect;
    assert_false(e->claimed);
    // About (1.96 + 0.84)^2 times the variance over the squared difference, less what there is.
    double se = (e->interval.high - e->interval.low) / 2 / 1.959964;
    assert_near(e->more_visitors, 4000 * pow(2.801585 * se / e->difference, 2) - 4000, 2);
    const spl_advice *go_on = analyze_advice(&r, SPL_ADVICE_CONTINUE);
    assert_true(go_on && strstr(go_on->text, "more visitors settle it"));
    assert_null(analyze_advice(&r, SPL_ADVICE_SHIP));
    spl_analysis_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_visitor_is_counted_once_in_every_segment_it_is_in),
        cmocka_unit_test(segments_stand_as_a_tree),
        cmocka_unit_test(a_variant_that_is_better_for_all_wins_and_is_advised),
        cmocka_unit_test(segments_in_which_the_answer_differs_are_named_and_advised),
        cmocka_unit_test(high_and_low_performers_are_listed_with_the_widest_first),
        cmocka_unit_test(a_rate_that_falls_is_found_when_it_fell),
        cmocka_unit_test(where_nothing_differs_little_is_claimed),
        cmocka_unit_test(a_bandit_that_favours_one_variant_does_not_make_it_better),
        cmocka_unit_test(in_a_bandits_log_segments_still_tell_for_whom_it_works),
        cmocka_unit_test(elsewhere_is_right_for_segments_of_nearly_everybody),
        cmocka_unit_test(rewards_that_are_sums_of_money_are_means),
        cmocka_unit_test(what_is_not_settled_says_how_many_visitors_settle_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
