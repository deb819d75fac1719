// SPDX-License-Identifier: MIT
// Learning from counts whose truth is known: what serves, and what it serves.
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#include "learn/value.h"
#include "learn_fixture.h"
#include "testing.h"

// The tree of the built-in world, with a best variant that differs by segment.
static const struct {
    const char *country, *device, *source;
    double rates[3];
    unsigned n; // per variant
} world[] = {
    {"US", "mobile", "instagram", {0.080, 0.115, 0.075}, 5000}, {"US", "mobile", "google", {0.060, 0.062, 0.085}, 3300},
    {"US", "desktop", "google", {0.055, 0.035, 0.036}, 8300},   {"GB", "mobile", "google", {0.035, 0.037, 0.062}, 3300},
    {"GB", "desktop", "google", {0.050, 0.030, 0.032}, 3300},
};
#define CELLS (sizeof world / sizeof *world)

// What is left of a signpost beside its children gets the probabilities of the root.
static void the_value_of_a_policy_counts_what_is_served(void **unused)
{
    (void)unused;
    spl_state *state = learn_new(2, 2);
    for (uint32_t v = 0; v < 2; v++) {
        learn_add(state, "US", "mobile", "", v, 3000, v ? 600 : 150);
        learn_add(state, "US", "desktop", "", v, 3000, v ? 150 : 600);
        learn_add(state, "US", "tv", "", v, 249, v ? 25 : 0); // too few to serve
        learn_add(state, "GB", "", "", v, 6000, v ? 624 : 600);
    }
    spl_learned *learned = learn_from(state, NULL);
    spl_value value;
    assert_true(spl_value_of(learned, &value));
    assert_false(learned->nodes[learn_find(learned, "country:US")].serves);

    static const char *const serving[] = {"country:US|device:mobile", "country:US|device:desktop"};
    double expected = 0, n = learned->nodes[0].samples, kappa[2];
    for (int i = 0; i < 2; i++) kappa[i] = 1 / (1 / learned->base[i] + 1 / learned->kappa[i]);
    const spl_arm *root = learn_arms(learned, ""), *us = learn_arms(learned, "country:US");
    assert_int_equal(learn_find(learned, "country:GB"), learned->node_count);
    for (uint32_t v = 0; v < 2; v++) {
        for (int i = 0; i < 2; i++) {
            const spl_arm *arm = learn_arms(learned, serving[i]) + v;
            expected += 6000 / n * spl_posterior_mean(&arm->posterior) * arm->probability;
        }
        double tv = (kappa[1] * spl_posterior_mean(&us[v].posterior) + (v ? 25 : 0)) / (kappa[1] + 249);
        double gb = (kappa[0] * spl_posterior_mean(&root[v].posterior) + (v ? 624 : 600)) / (kappa[0] + 6000);
        expected += (498 / n * tv + 12000 / n * gb) * root[v].probability;
    }
    assert_true(fabs(value.policy - expected) < 1e-9);
    spl_learned_free(learned);
    spl_state_free(state);
}

static void the_best_variant_of_every_segment_is_found(void **unused)
{
    (void)unused;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    int right = 0, trials = 20;
    for (int t = 0; t < trials; t++) {
        spl_state *state = learn_new(3, 3);
        for (size_t i = 0; i < CELLS; i++) {
            for (uint32_t v = 0; v < 3; v++) {
                unsigned s = gsl_ran_binomial(rng, world[i].rates[v], world[i].n);
                learn_add(state, world[i].country, world[i].device, world[i].source, v, world[i].n, s);
            }
        }
        spl_learned *learned = learn_from(state, NULL);
        right += learn_most_served(learned, "country:US|device:mobile|source:instagram") == 1;
        right += learn_most_served(learned, "country:US|device:mobile|source:google") == 2;
        right += learn_most_served(learned, "country:US|device:desktop") == 0;
        right += learn_most_served(learned, "country:GB|device:mobile") == 2;
        right += learn_most_served(learned, "country:GB|device:desktop") == 0;
        spl_value value;
        assert_true(spl_value_of(learned, &value));
        assert_true(value.uniform < value.best_variant && value.best_variant < value.policy);
        spl_learned_free(learned);
        spl_state_free(state);
    }
    gsl_rng_free(rng);
    assert_true(right >= 5 * trials - 3);
}

static void probabilities_mix_exploration_and_the_floor(void **unused)
{
    (void)unused;
    static const double bonuses[] = {0, 0.05, 0.15, 0.30, 1};
    spl_state *state = learn_new(3, 1);
    learn_add(state, "", "", "", 0, 2000, 100);
    learn_add(state, "", "", "", 1, 1500, 80);
    learn_add(state, "", "", "", 2, 500, 30);
    for (int i = 0; i < 5; i++) {
        spl_learn_config config = spl_learn_config_default();
        config.exploration = bonuses[i];
        config.min_propensity = 0.02;
        spl_learned *learned = learn_from(state, &config);
        const spl_arm *arms = learn_arms(learned, "");
        double bonus = bonuses[i] * 1000 / (1000 + 4000), sum = 0, best = 0;
        for (int v = 0; v < 3; v++) {
            double p = (1 - bonus) * arms[v].p_best + bonus / 3;
            assert_true(fabs(arms[v].probability - (0.02 + (1 - 3 * 0.02) * p)) < 1e-15);
            assert_true(arms[v].probability >= 0.02);
            sum += arms[v].probability;
            best += arms[v].p_best;
        }
        assert_true(fabs(sum - 1) < 1e-12 && fabs(best - 1) < 1e-12);
        spl_learned_free(learned);
    }
    spl_state_free(state);
}

// Two segments of opposite effects; the small one passes its minimum of 1,000 samples.
static double served_with(unsigned per_variant)
{
    spl_state *state = learn_new(2, 1);
    learn_add(state, "US", "", "", 0, 20000, 1000);
    learn_add(state, "US", "", "", 1, 20000, 2000);
    learn_add(state, "GB", "", "", 0, per_variant, per_variant / 2);
    learn_add(state, "GB", "", "", 1, per_variant, per_variant / 10);
    spl_learned *learned = learn_from(state, NULL);
    uint32_t node = learn_find(learned, "country:GB");
    bool serves = node < learned->node_count && learned->nodes[node].serves;
    double served = learned->arms[serves ? node * 2 : 0].probability;
    spl_learned_free(learned);
    spl_state_free(state);
    return served;
}

static void nothing_jumps_at_the_minimum_of_samples(void **unused)
{
    (void)unused;
    double below = served_with(499), at = served_with(500), above = served_with(505), far = served_with(5000);
    assert_true(fabs(at - below) < 0.01);
    assert_true(fabs(above - at) < 0.05);
    assert_true(below < 0.1 && far > 0.9);
}

static void presets_have_their_shares(void **unused)
{
    (void)unused;
    double share = 7;
    assert_true(spl_learn_preset("default", &share) && share == 0.15);
    assert_true(spl_learn_preset("aggressive", &share) && share == 0.30);
    assert_true(spl_learn_preset("conservative", &share) && share == 0.05);
    assert_false(spl_learn_preset("bold", &share));
    assert_true(share == 0.05);
}

static void without_observations_everything_is_equal(void **unused)
{
    (void)unused;
    spl_state *state = learn_new(4, 3);
    spl_learned *learned = learn_from(state, NULL);
    assert_int_equal(learned->node_count, 1);
    assert_true(learned->nodes[0].serves);
    for (int v = 0; v < 4; v++) assert_true(fabs(learned->arms[v].probability - 0.25) < 1e-12);
    spl_learned_free(learned);
    spl_state_free(state);
}

static void one_variant_gets_everything_and_no_segment_differs(void **unused)
{
    (void)unused;
    spl_state *state = learn_new(1, 1);
    learn_add(state, "US", "", "", 0, 5000, 400);
    learn_add(state, "GB", "", "", 0, 5000, 100);
    spl_learned *learned = learn_from(state, NULL);
    assert_int_equal(learned->node_count, 1);
    assert_true(fabs(learned->arms[0].probability - 1) < 1e-15);
    assert_true(isnan(learned->pruned[0].effect_p));
    spl_learned_free(learned);
    spl_state_free(state);
}

static void without_any_outcome_variants_are_served_nearly_equally(void **unused)
{
    (void)unused;
    spl_state *state = learn_new(3, 1);
    for (uint32_t v = 0; v < 3; v++) {
        learn_add(state, "US", "", "", v, 1000 + v, 0);
        learn_add(state, "GB", "", "", v, 1000, 0);
    }
    spl_learned *learned = learn_from(state, NULL);
    assert_true(learned->binary);
    assert_int_equal(learned->node_count, 1);
    for (int v = 0; v < 3; v++) assert_true(fabs(learned->arms[v].probability - 1.0 / 3) < 0.001);
    spl_learned_free(learned);
    spl_state_free(state);
}

static void real_rewards_have_normal_posteriors(void **unused)
{
    (void)unused;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    spl_state *state = learn_new(2, 1);
    static const char *const countries[] = {"US", "GB"};
    for (int i = 0; i < 8000; i++) { // the second variant is worth 3 more in US, 3 less in GB
        uint32_t v = (uint32_t)i % 2, c = (uint32_t)i / 2 % 2;
        const spl_text values[] = {learn_text(countries[c])};
        double effect = v ? (c ? -3 : 3) : 0;
        assert_true(spl_state_add(state, values, v, 20 + 5 * c + effect + gsl_ran_gaussian(rng, 10), SPL_CHANCE_EQUAL));
    }
    spl_learned *learned = learn_from(state, NULL);
    assert_false(learned->binary);
    assert_int_equal(learned->node_count, 3);
    assert_int_equal(learn_most_served(learned, "country:US"), 1);
    assert_int_equal(learn_most_served(learned, "country:GB"), 0);
    const spl_posterior *us = &learn_arms(learned, "country:US")[1].posterior;
    assert_int_equal(us->family, SPL_FAMILY_NORMAL);
    assert_true(fabs(spl_posterior_mean(us) - 23) < 1);
    assert_true(fabs(spl_posterior_sd(us) / (10 / sqrt(2000)) - 1) < 0.1);
    spl_learned_free(learned);
    spl_state_free(state);
    gsl_rng_free(rng);
}

static void rewards_that_never_vary_share_equally(void **unused)
{
    (void)unused;
    spl_state *state = learn_new(2, 1);
    const spl_text values[] = {learn_text("US")};
    for (int i = 0; i < 4000; i++) assert_true(spl_state_add(state, values, (uint32_t)i % 2, 7, SPL_CHANCE_EQUAL));
    spl_learned *learned = learn_from(state, NULL);
    assert_false(learned->binary);
    for (int v = 0; v < 2; v++) assert_true(fabs(learned->arms[v].probability - 0.5) < 1e-9);
    spl_learned_free(learned);
    spl_state_free(state);
}

static void expect_refusal(spl_state *state, spl_learn_config config, const char *field)
{
    spl_error error = {0};
    spl_learned *learned = NULL;
    assert_false(spl_learn(state, &config, &learned, &error));
    assert_null(learned);
    assert_string_equal(error.field, field);
}

static void figures_out_of_range_are_refused_by_name(void **unused)
{
    (void)unused;
    const spl_learn_config good = spl_learn_config_default();
    spl_learn_config bad = good;
    spl_state *state = learn_new(3, 0);
    bad.exploration = 1.5;
    expect_refusal(state, bad, "exploration");
    bad = good;
    bad.min_propensity = 0.34; // three variants
    expect_refusal(state, bad, "min_propensity");
    bad = good;
    bad.prune_alpha = 0;
    expect_refusal(state, bad, "prune_alpha");
    bad.prune_alpha = NAN;
    expect_refusal(state, bad, "prune_alpha");
    bad = good;
    bad.prune_gain = -0.1;
    expect_refusal(state, bad, "prune_gain");
    bad.prune_gain = NAN;
    expect_refusal(state, bad, "prune_gain");
    bad = good;
    bad.reward = SPL_REWARD_BINARY;
    spl_state_add_at(state, 0, 0, 2.5, SPL_CHANCE_EQUAL);
    expect_refusal(state, bad, "reward");
    spl_state_free(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_variant_of_every_segment_is_found),
        cmocka_unit_test(the_value_of_a_policy_counts_what_is_served),
        cmocka_unit_test(probabilities_mix_exploration_and_the_floor),
        cmocka_unit_test(nothing_jumps_at_the_minimum_of_samples),
        cmocka_unit_test(presets_have_their_shares),
        cmocka_unit_test(without_observations_everything_is_equal),
        cmocka_unit_test(one_variant_gets_everything_and_no_segment_differs),
        cmocka_unit_test(without_any_outcome_variants_are_served_nearly_equally),
        cmocka_unit_test(real_rewards_have_normal_posteriors),
        cmocka_unit_test(rewards_that_never_vary_share_equally),
        cmocka_unit_test(figures_out_of_range_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
