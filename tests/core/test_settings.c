// SPDX-License-Identifier: MIT
// Who has a say before the policy, in which order, and what is logged for it.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle_fixture.h"
#include "samplit/samplit.h"
#include "testing.h"

#define UNITS 20000

typedef struct site {
    fixture_opened file;
    spl_experiment experiments[2]; // what a test may change
    spl_workspace workspace;
    float floats[4096];
} site;

static int open_site(void **state)
{
    static site s;
    fixture *f = fixture_new();
    fixture_settle(f);
    s.file = fixture_open_and_free(f);
    if (s.file.status != SPL_OK) return 1;
    spl_arena arena = spl_arena_over(s.floats, sizeof s.floats);
    *state = &s;
    return spl_workspace_init(&s.file.bundle, &arena, &s.workspace) != SPL_OK;
}

static int close_site(void **state)
{
    site *s = *state;
    fixture_close(&s->file);
    return 0;
}

// The bundle's own settings again.
static int renew(void **state)
{
    site *s = *state;
    static const spl_experiment *own;
    if (!own) own = s->file.bundle.experiments;
    memcpy(s->experiments, own, sizeof s->experiments);
    s->file.bundle.experiments = s->experiments;
    return 0;
}

static spl_decision ask(site *s, uint32_t experiment, uint32_t unit, const spl_request *request)
{
    char name[16];
    spl_decision d;
    spl_text text = {name, (size_t)snprintf(name, sizeof name, "u%u", unit)};
    spl_decide_begin(&s->workspace, NULL, 0);
    spl_decide_next(&s->file.bundle, &s->workspace, experiment, text, request, &d);
    return d;
}

static void assert_set(const spl_decision *d, spl_reason reason, uint32_t variant)
{
    assert_int_equal(d->reason, reason);
    assert_int_equal(d->variant, variant);
    assert_int_equal(d->choice, variant);
    assert_true(d->propensity == 1);
    for (uint32_t v = 0; v < d->variant_count; v++) assert_true(d->probabilities[v] == (v == variant));
}

// How many of the units have the reason.
static double share_of(site *s, spl_reason reason)
{
    uint32_t count = 0;
    for (uint32_t u = 0; u < UNITS; u++) count += ask(s, 0, u, NULL).reason == reason;
    return (double)count / UNITS;
}

static bool is_near(double share, double expected)
{
    return fabs(share - expected) < 5 * sqrt(expected * (1 - expected) / UNITS);
}

static void settings_are_read(void **state)
{
    const site *s = *state;
    const spl_settings *hero = &s->experiments[0].settings, *cta = &s->experiments[1].settings;
    assert_int_equal(hero->bucket_version, 3);
    assert_int_equal(hero->min_bucket_version, 2);
    assert_true(hero->holdout == 0.25 && hero->traffic == 0.8);
    assert_int_equal(hero->hash_seed.size, 0);
    assert_true(spl_text_equal(cta->hash_seed, SPL_TEXT("old")));
}

static void traffic_comes_before_the_holdout_and_both_before_the_draw(void **state)
{
    site *s = *state;
    assert_true(is_near(share_of(s, SPL_REASON_NOT_ELIGIBLE), 0.2));
    assert_true(is_near(share_of(s, SPL_REASON_HOLDOUT), 0.8 * 0.25));
    assert_true(is_near(share_of(s, SPL_REASON_POLICY), 0.8 * 0.75));
    uint32_t control = 0, drawn = 0;
    for (uint32_t u = 0; u < UNITS; u++) {
        spl_decision d = ask(s, 0, u, NULL);
        if (d.reason != SPL_REASON_POLICY) {
            assert_set(&d, d.reason, 0);
        } else {
            assert_true(d.propensity == d.probabilities[d.variant] && d.choice == d.variant);
            control += d.variant == 0;
            drawn++;
        }
    }
    // Who is held out says nothing about who is drawn: the shares of the policy hold among the others.
    assert_true(is_near((double)control / drawn, 0.2));
}

static void a_share_that_grows_takes_nobody_out(void **state)
{
    site *s = *state;
    for (uint32_t u = 0; u < UNITS; u++) {
        s->experiments[0].settings.traffic = 0.3;
        spl_decision few = ask(s, 0, u, NULL);
        s->experiments[0].settings.traffic = 0.7;
        spl_decision many = ask(s, 0, u, NULL);
        if (few.reason == SPL_REASON_NOT_ELIGIBLE) continue;
        assert_int_equal(few.reason, many.reason);
        assert_int_equal(few.variant, many.variant);
    }
}

static void all_and_none_are_held_out_exactly(void **state)
{
    site *s = *state;
    s->experiments[0].settings.traffic = 1;
    s->experiments[0].settings.holdout = 1;
    assert_true(share_of(s, SPL_REASON_HOLDOUT) == 1);
    s->experiments[0].settings.holdout = 0;
    assert_true(share_of(s, SPL_REASON_POLICY) == 1);
}

// Everything that has a say, taken away one after the other.
static void who_has_a_say_has_it_in_order(void **state)
{
    site *s = *state;
    spl_settings *settings = &s->experiments[0].settings;
    spl_request request = {.forced = 3, .incumbent = 2, .sticky = 2, .sticky_version = 3};
    settings->paused = 1;
    settings->mode = SPL_MODE_LOGGING_ONLY;
    settings->traffic = 1e-12;
    settings->holdout = 1;
    spl_decision d = ask(s, 0, 1, &request);
    assert_set(&d, SPL_REASON_FORCED, 2);
    request.forced = 0;
    d = ask(s, 0, 1, &request);
    assert_set(&d, SPL_REASON_PAUSED, 0);
    settings->paused = 0;
    d = ask(s, 0, 1, &request);
    assert_set(&d, SPL_REASON_INCUMBENT, 0);
    settings->mode = SPL_MODE_APPRENTICE;
    d = ask(s, 0, 1, &request);
    assert_set(&d, SPL_REASON_INCUMBENT, 1); // the unit takes no part: there is no choice of the policy to state
    settings->mode = SPL_MODE_ONLINE;
    d = ask(s, 0, 1, &request);
    assert_set(&d, SPL_REASON_STICKY, 1);
    request.sticky = 0;
    d = ask(s, 0, 1, &request);
    assert_set(&d, SPL_REASON_NOT_ELIGIBLE, 0);
    settings->traffic = 1;
    d = ask(s, 0, 1, &request);
    assert_set(&d, SPL_REASON_HOLDOUT, 0);
    settings->holdout = 0;
    assert_int_equal(ask(s, 0, 1, &request).reason, SPL_REASON_POLICY);
}

static void the_incumbent_serves_and_the_policy_says_what_it_would_do(void **state)
{
    site *s = *state;
    s->experiments[0].settings = (spl_settings){0};
    uint32_t differ = 0;
    for (uint32_t u = 0; u < 100; u++) {
        s->experiments[0].settings.mode = SPL_MODE_ONLINE;
        spl_decision own = ask(s, 0, u, NULL);
        s->experiments[0].settings.mode = SPL_MODE_APPRENTICE;
        spl_decision d = ask(s, 0, u, &(spl_request){.incumbent = 2});
        assert_int_equal(d.reason, SPL_REASON_INCUMBENT);
        assert_int_equal(d.variant, 1);
        assert_true(d.propensity == 1);
        assert_int_equal(d.choice, own.variant);
        assert_memory_equal(d.probabilities, own.probabilities, 3 * sizeof *d.probabilities);
        differ += d.choice != d.variant;
        s->experiments[0].settings.mode = SPL_MODE_LOGGING_ONLY;
        d = ask(s, 0, u, &(spl_request){.incumbent = 2});
        assert_int_equal(d.variant, 0);
        assert_int_equal(d.choice, own.variant);
    }
    assert_true(differ > 20);
    s->experiments[0].settings.mode = SPL_MODE_APPRENTICE;
    assert_int_equal(ask(s, 0, 1, NULL).variant, 0); // no incumbent is the control
    assert_int_equal(ask(s, 0, 1, &(spl_request){.incumbent = 4}).variant, 0);
}

static void a_sticky_variant_counts_with_its_version(void **state)
{
    site *s = *state;
    s->experiments[0].settings.traffic = s->experiments[0].settings.holdout = 0;
    spl_decision fresh = ask(s, 0, 5, NULL), d;
    for (uint32_t version = 0; version < 6; version++) {
        uint32_t other = (fresh.variant + 1) % 3;
        d = ask(s, 0, 5, &(spl_request){.sticky = other + 1, .sticky_version = version});
        if (version < 2) {
            assert_set(&d, SPL_REASON_NOT_ELIGIBLE, 0);
        } else if (version == 3) {
            assert_set(&d, SPL_REASON_STICKY, other);
        } else {
            assert_true(d.trace == fresh.trace);
        }
    }
    d = ask(s, 0, 5, &(spl_request){.sticky = 4, .sticky_version = 3}); // three variants: none of that number
    assert_true(d.trace == fresh.trace);
    d = ask(s, 0, 5, &(spl_request){.sticky = UINT32_MAX, .forced = 4, .sticky_version = 3});
    assert_true(d.trace == fresh.trace);
}

static void testers_are_served_without_a_unit_and_others_are_not(void **state)
{
    site *s = *state;
    spl_decision d;
    spl_decide_begin(&s->workspace, NULL, 0);
    spl_decide_next(&s->file.bundle, &s->workspace, 0, SPL_TEXT(""), &(spl_request){.forced = 2}, &d);
    assert_set(&d, SPL_REASON_FORCED, 1);
    spl_decide_next(&s->file.bundle, &s->workspace, 0, SPL_TEXT(""), &(spl_request){.sticky = 2}, &d);
    assert_int_equal(d.reason, SPL_REASON_DEFAULT);
    spl_decide_next(NULL, &s->workspace, 0, SPL_TEXT("u"), &(spl_request){.forced = 2}, &d);
    assert_int_equal(d.reason, SPL_REASON_DEFAULT);
    assert_int_equal(d.choice, 0);
}

static void one_context_serves_all_experiments(void **state)
{
    site *s = *state;
    s->experiments[0].settings = s->experiments[1].settings = (spl_settings){0};
    spl_field country = {spl_name_hash(SPL_TEXT("country")), 0, "US", 2, SPL_KIND_STRING};
    spl_decision one, next;
    spl_decide_begin(&s->workspace, &country, 1);
    for (uint32_t e = 0; e < 3; e++) {
        spl_workspace apart = s->workspace;
        spl_decide_next(&s->file.bundle, &s->workspace, e, SPL_TEXT("u"), NULL, &next);
        spl_decide(&s->file.bundle, &apart, e, SPL_TEXT("u"), &country, 1, &one);
        assert_true(one.trace == next.trace);
    }
}

static void a_ranking_begins_with_the_decision(void **state)
{
    site *s = *state;
    uint32_t firsts[3] = {0}, seconds[3] = {0}, of_bold = 0;
    s->experiments[0].settings = (spl_settings){0};
    for (uint32_t u = 0; u < UNITS; u++) {
        char name[16];
        uint8_t order[SPL_VARIANTS_MAX];
        spl_decision d = ask(s, 0, u, u % 2 ? &(spl_request){.forced = 2} : NULL);
        spl_text unit = {name, (size_t)snprintf(name, sizeof name, "u%u", u)};
        spl_decide_rank(&s->file.bundle, &s->workspace, 0, unit, &d, order);
        assert_int_equal(order[0], d.variant);
        assert_int_equal(order[0] + order[1] + order[2], 3);
        assert_true(order[0] != order[1] && order[1] != order[2] && order[0] != order[2]);
        if (u % 2) continue;
        firsts[order[0]]++;
        if (order[0] != 1) continue;
        of_bold++;
        seconds[order[1]]++;
    }
    // p = 0.2, 0.3, 0.5: with bold first, the others race on with what is left.
    assert_true(is_near(2.0 * firsts[2] / UNITS, 0.5));
    assert_true(fabs((double)seconds[2] / of_bold - 0.5 / 0.7) < 5 * sqrt(0.21 / of_bold));
}

static void what_can_never_come_first_ranks_last(void **state)
{
    (void)state;
    static const double p[4] = {0, 0.4, 0, 0.6};
    uint8_t order[4];
    for (uint64_t unit = 0; unit < 100; unit++) {
        spl_rank_race(1, unit, p, 4, spl_assign_race(1, unit, p, 4), order);
        assert_int_equal(order[0] + order[1], 4);
        assert_int_equal(order[2], 0);
        assert_int_equal(order[3], 2);
    }
}

static void the_hash_seed_stands_for_the_key(void **state)
{
    site *s = *state;
    uint32_t moved = 0;
    static const double halves[2] = {0.5, 0.5};
    s->experiments[1].policy.table = halves;
    for (uint32_t u = 0; u < 1000; u++) {
        char name[16];
        spl_text unit = {name, (size_t)snprintf(name, sizeof name, "u%u", u)};
        s->experiments[1].settings.hash_seed = SPL_TEXT("old");
        uint32_t variant = ask(s, 1, u, NULL).variant;
        assert_int_equal(variant, spl_bucket_growthbook_v2(SPL_TEXT("old"), unit) >= 5000);
        s->experiments[1].settings.hash_seed = (spl_text){0};
        moved += variant != ask(s, 1, u, NULL).variant;
    }
    assert_true(moved > 300 && moved < 700);
}

static void bucket_ranges_leave_room_for_more_traffic(void **state)
{
    (void)state;
    static const double p[2] = {0.5, 0.5};
    assert_int_equal(spl_assign_range(0.0999, p, 2, 0.2), 0);
    assert_int_equal(spl_assign_range(0.1, p, 2, 0.2), 2);
    assert_int_equal(spl_assign_range(0.5, p, 2, 0.2), 1);
    assert_int_equal(spl_assign_range(0.6, p, 2, 0.2), 2);
    assert_int_equal(spl_assign_range(0.9999, p, 2, 1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(settings_are_read, renew),
        cmocka_unit_test_setup(traffic_comes_before_the_holdout_and_both_before_the_draw, renew),
        cmocka_unit_test_setup(a_share_that_grows_takes_nobody_out, renew),
        cmocka_unit_test_setup(all_and_none_are_held_out_exactly, renew),
        cmocka_unit_test_setup(who_has_a_say_has_it_in_order, renew),
        cmocka_unit_test_setup(the_incumbent_serves_and_the_policy_says_what_it_would_do, renew),
        cmocka_unit_test_setup(a_sticky_variant_counts_with_its_version, renew),
        cmocka_unit_test_setup(testers_are_served_without_a_unit_and_others_are_not, renew),
        cmocka_unit_test_setup(one_context_serves_all_experiments, renew),
        cmocka_unit_test_setup(a_ranking_begins_with_the_decision, renew),
        cmocka_unit_test(what_can_never_come_first_ranks_last),
        cmocka_unit_test_setup(the_hash_seed_stands_for_the_key, renew),
        cmocka_unit_test(bucket_ranges_leave_room_for_more_traffic),
    };
    return cmocka_run_group_tests(tests, open_site, close_site);
}
