// SPDX-License-Identifier: MIT
// Logs of policies that had learned already: whom a variant was served to depends on what it was known to be good
// at, and what is learned must not.
#include <gsl/gsl_rng.h>
#include <math.h>

#include "learn_fixture.h"
#include "testing.h"

// Visitors of one kind: their share is all the same, their rates and what was served to them are not.
typedef struct kind {
    const char *country;
    double rates[2], propensities[2];
} kind;

// b is better for both, but was served where conversions are rare (Simpson's paradox).
static const kind simpson[] = {{"A", {0.20, 0.23}, {0.9, 0.1}}, {"B", {0.02, 0.03}, {0.1, 0.9}}};

static void visit(spl_state *state, gsl_rng *rng, const kind *k, bool named, uint64_t policy)
{
    const spl_text values[] = {learn_text(named ? k->country : "")};
    uint32_t v = gsl_rng_uniform(rng) >= k->propensities[0];
    double reward = gsl_rng_uniform(rng) < k->rates[v];
    assert_true(spl_state_add(state, values, v, reward, (spl_chance){k->propensities[v], policy}));
}

static spl_state *visits(gsl_rng *rng, const kind *kinds, unsigned kind_count, unsigned n, bool named)
{
    spl_state *state = learn_new(2, named ? 1 : 0);
    for (unsigned i = 0; i < n; i++) visit(state, rng, &kinds[i % kind_count], named, 7);
    return state;
}

static void simpsons_paradox_does_not_fool_with_or_without_levels(void **unused)
{
    (void)unused;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (int named = 0; named <= 1; named++) {
        spl_state *state = visits(rng, simpson, 2, 40000, named);
        spl_learned *learned = learn_from(state, NULL);
        const spl_arm *arms = learn_arms(learned, "");
        assert_true(fabs(spl_posterior_mean(&arms[0].posterior) - 0.11) < 0.01);
        assert_true(fabs(spl_posterior_mean(&arms[1].posterior) - 0.13) < 0.01);
        assert_true(arms[1].p_best > 0.99);
        assert_true(spl_moments_sample(&arms[0].observed).count < 0.5 * arms[0].observed.count);
        if (named && learn_find(learned, "country:A") < learned->node_count)
            assert_int_equal(learn_most_served(learned, "country:A"), 1);
        spl_learned_free(learned);
        spl_state_free(state);
    }
    gsl_rng_free(rng);
}

// The share of true means, 0.11 and 0.13, that lie in their 95 % intervals.
static double coverage(bool named, int trials)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    spl_legendre rule;
    assert_true(spl_legendre_init(&rule));
    int covered = 0;
    for (int t = 0; t < trials; t++) {
        spl_state *state = visits(rng, simpson, 2, 4000, named);
        spl_learned *learned = learn_from(state, NULL);
        for (uint32_t v = 0; v < 2; v++) {
            double low, high, truth = (simpson[0].rates[v] + simpson[1].rates[v]) / 2;
            spl_posterior_interval(&learned->arms[v].posterior, &rule, 0.95, &low, &high);
            covered += low <= truth && truth <= high;
        }
        spl_learned_free(learned);
        spl_state_free(state);
    }
    gsl_rng_free(rng);
    return covered / (2.0 * trials);
}

static void intervals_hold_the_truth_on_an_adaptive_log(void **unused)
{
    (void)unused;
    double with = coverage(true, 400), without = coverage(false, 400);
    if (with < 0.92 || without < 0.92) fail_msg("%g with levels, %g without", with, without);
}

// Rates differ by a factor of five between segments, and so does what was served; effects do not differ at all.
static void segments_are_not_kept_for_whom_they_were_served_to(void **unused)
{
    (void)unused;
    enum { TRIALS = 300 };
    static const kind kinds[] = {{"A", {0.15, 0.17}, {0.9, 0.1}},
                                 {"B", {0.03, 0.05}, {0.2, 0.8}},
                                 {"C", {0.06, 0.08}, {0.5, 0.5}},
                                 {"D", {0.10, 0.12}, {0.05, 0.95}}};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    int alarms = 0;
    for (int t = 0; t < TRIALS; t++) {
        spl_state *state = visits(rng, kinds, 4, 8000, true);
        spl_learn_config tested = spl_learn_config_default();
        tested.prune_alpha = 0.05;
        spl_learned *learned = learn_from(state, &tested);
        alarms += learned->segments_serving > 0;
        assert_int_equal(learned->segments_pruned_samples, 0);
        spl_learned_free(learned);
        spl_state_free(state);
    }
    gsl_rng_free(rng);
    // The level is 0.05, but weighed samples are worth a little less than Kish's count says.
    if (alarms > 0.09 * TRIALS) fail_msg("%d false alarms of %d", alarms, TRIALS);
}

static spl_learned *learn_even(spl_state **state, double propensity)
{
    *state = learn_new(2, 1);
    for (unsigned i = 0; i < 6000; i++) {
        const spl_text values[] = {learn_text(i % 3 ? "US" : "GB")};
        bool converts = i % (i % 2 ? 10 : 14) == 0;
        assert_true(spl_state_add(*state, values, i / 3 % 2, converts, (spl_chance){propensity, 7}));
    }
    return learn_from(*state, NULL);
}

static void equal_propensities_weigh_nothing(void **unused)
{
    (void)unused;
    spl_state *states[2];
    spl_learned *one = learn_even(&states[0], 1), *third = learn_even(&states[1], 1.0 / 3);
    assert_int_equal(one->node_count, third->node_count);
    for (uint32_t i = 0; i < one->node_count * 2; i++) {
        const spl_posterior *a = &one->arms[i].posterior, *b = &third->arms[i].posterior;
        assert_true(fabs(a->a / b->a - 1) < 1e-12 && fabs(a->b / b->b - 1) < 1e-12);
        assert_true(spl_moments_sample(&third->arms[i].observed).count == one->arms[i].observed.count);
    }
    spl_learned_free(one);
    spl_learned_free(third);
    spl_state_free(states[0]);
    spl_state_free(states[1]);
}

// In a segment all visitors are alike, so what one bundle made likely and the next one unlikely counts in full.
static void bundles_after_each_other_lose_no_sample_of_a_segment(void **unused)
{
    (void)unused;
    static const kind before = {"A", {0.05, 0.06}, {0.5, 0.5}}, after = {"A", {0.05, 0.06}, {0.98, 0.02}};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    spl_state *state = learn_new(2, 1);
    for (int i = 0; i < 4000; i++) visit(state, rng, i < 2000 ? &before : &after, true, i < 2000 ? 7 : 8);
    spl_learned *learned = learn_from(state, NULL);
    const spl_moments *rare = &learn_arms(learned, "")[1].observed;
    assert_true(spl_moments_sample(rare).count == rare->count);
    visit(state, rng, &before, true, 8); // the last bundle had 0.98 and 0.02: it knows more than the segment
    spl_learned_free(learned);
    learned = learn_from(state, NULL);
    rare = &learn_arms(learned, "")[1].observed;
    assert_true(spl_moments_sample(rare).count < 0.5 * rare->count);
    spl_learned_free(learned);
    spl_state_free(state);
    gsl_rng_free(rng);
}

static void rewards_as_large_as_events_allow_stay_finite(void **unused)
{
    (void)unused;
    spl_state *state = learn_new(2, 1);
    for (unsigned i = 0; i < 4000; i++) {
        const spl_text values[] = {learn_text(i % 3 ? "US" : "GB")};
        double reward = i % 7 == 0 ? 1e100 : i % 11 == 0 ? -1e100 : 0;
        assert_true(spl_state_add(state, values, i % 2, reward, (spl_chance){i % 5 ? 0.5 : 1e-300, 7}));
    }
    spl_learned *learned = learn_from(state, NULL);
    for (uint32_t v = 0; v < 2; v++) {
        const spl_arm *arm = &learned->arms[v];
        assert_true(isfinite(arm->posterior.a) && isfinite(arm->posterior.b));
        assert_true(arm->probability > 0 && arm->probability < 1);
    }
    spl_learned_free(learned);
    spl_state_free(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simpsons_paradox_does_not_fool_with_or_without_levels),
        cmocka_unit_test(intervals_hold_the_truth_on_an_adaptive_log),
        cmocka_unit_test(segments_are_not_kept_for_whom_they_were_served_to),
        cmocka_unit_test(equal_propensities_weigh_nothing),
        cmocka_unit_test(bundles_after_each_other_lose_no_sample_of_a_segment),
        cmocka_unit_test(rewards_as_large_as_events_allow_stay_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
