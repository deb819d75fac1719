// SPDX-License-Identifier: MIT
// Learning from counts whose truth is known: what serves, what it serves, and how often it is wrong.
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "learn/learn.h"
#include "learn/value.h"
#include "samplit/hash.h"

static const spl_level levels[] = {{{"country", 7}, 1000}, {{"device", 6}, 500}, {{"source", 6}, 200}};

static spl_state *new_state(uint32_t variants, uint32_t level_count)
{
    spl_state_config config = {variants, level_count, levels, 0};
    spl_state *state = spl_state_new(&config);
    assert_non_null(state);
    return state;
}

static spl_text text(const char *word)
{
    return (spl_text){word, strlen(word)};
}

// n exposures, the first s of them converted.
static void add(spl_state *state, const char *country, const char *device, const char *source, uint32_t variant,
                unsigned n, unsigned s)
{
    const spl_text values[] = {text(country), text(device), text(source)};
    uint32_t node = spl_state_node(state, values);
    for (unsigned i = 0; i < n; i++) spl_state_add_at(state, node, variant, i < s, SPL_CHANCE_EQUAL);
}

static spl_learned *learn(spl_state *state, const spl_learn_config *config)
{
    spl_error error = {0};
    spl_learned *learned = NULL;
    spl_learn_config standard = spl_learn_config_default();
    if (!spl_learn(state, config ? config : &standard, &learned, &error)) fail_msg("%s", error.text);
    return learned;
}

static uint32_t find(const spl_learned *learned, const char *key)
{
    uint32_t i = 0;
    while (i < learned->node_count && !spl_text_equal(learned->nodes[i].key, text(key))) i++;
    return i;
}

static const spl_arm *arms_of(const spl_learned *learned, const char *key)
{
    uint32_t i = find(learned, key);
    if (i == learned->node_count) fail_msg("no node %s", key);
    return learned->arms + (size_t)i * learned->variant_count;
}

static uint32_t most_served(const spl_learned *learned, const char *key)
{
    const spl_arm *arms = arms_of(learned, key);
    uint32_t best = 0;
    for (uint32_t v = 1; v < learned->variant_count; v++) {
        if (arms[v].probability > arms[best].probability) best = v;
    }
    return best;
}

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
    spl_state *state = new_state(2, 2);
    for (uint32_t v = 0; v < 2; v++) {
        add(state, "US", "mobile", "", v, 3000, v ? 600 : 150);
        add(state, "US", "desktop", "", v, 3000, v ? 150 : 600);
        add(state, "US", "tv", "", v, 249, v ? 25 : 0); // too few to serve
        add(state, "GB", "", "", v, 6000, v ? 624 : 600);
    }
    spl_learned *learned = learn(state, NULL);
    spl_value value;
    assert_true(spl_value_of(learned, &value));
    assert_false(learned->nodes[find(learned, "country:US")].serves);

    static const char *const serving[] = {"country:US|device:mobile", "country:US|device:desktop"};
    double expected = 0, n = learned->nodes[0].samples, kappa[2];
    for (int i = 0; i < 2; i++) kappa[i] = 1 / (1 / learned->base[i] + 1 / learned->kappa[i]);
    const spl_arm *root = arms_of(learned, ""), *us = arms_of(learned, "country:US");
    assert_int_equal(find(learned, "country:GB"), learned->node_count);
    for (uint32_t v = 0; v < 2; v++) {
        for (int i = 0; i < 2; i++) {
            const spl_arm *arm = arms_of(learned, serving[i]) + v;
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
        spl_state *state = new_state(3, 3);
        for (size_t i = 0; i < CELLS; i++) {
            for (uint32_t v = 0; v < 3; v++) {
                unsigned s = gsl_ran_binomial(rng, world[i].rates[v], world[i].n);
                add(state, world[i].country, world[i].device, world[i].source, v, world[i].n, s);
            }
        }
        spl_learned *learned = learn(state, NULL);
        right += most_served(learned, "country:US|device:mobile|source:instagram") == 1;
        right += most_served(learned, "country:US|device:mobile|source:google") == 2;
        right += most_served(learned, "country:US|device:desktop") == 0;
        right += most_served(learned, "country:GB|device:mobile") == 2;
        right += most_served(learned, "country:GB|device:desktop") == 0;
        spl_value value;
        assert_true(spl_value_of(learned, &value));
        assert_true(value.uniform < value.best_variant && value.best_variant < value.policy);
        spl_learned_free(learned);
        spl_state_free(state);
    }
    gsl_rng_free(rng);
    assert_true(right >= 5 * trials - 3);
}

static void nodes_stand_breadth_first_with_siblings_by_key(void **unused)
{
    (void)unused;
    spl_learn_config all = spl_learn_config_default();
    all.prune_alpha = 1;
    spl_state *state = new_state(2, 2);
    char country[8], device[8];
    for (int i = 0; i < 60; i++) {
        snprintf(country, sizeof country, "c%d", i % 12);
        snprintf(device, sizeof device, "d%d", i % 5);
        for (uint32_t v = 0; v < 2; v++) add(state, country, device, "", v, 1000, 50);
    }
    spl_learned *learned = learn(state, &all);
    assert_int_equal(learned->node_count, 1 + 12 + 60);
    uint32_t next = 1;
    for (uint32_t i = 0; i < learned->node_count; i++) {
        const spl_learned_node *node = &learned->nodes[i];
        if (node->child_count > 0) assert_int_equal(node->first_child, next);
        for (uint32_t c = next; c < next + node->child_count; c++) {
            assert_int_equal(learned->nodes[c].parent, i);
            assert_int_equal(learned->nodes[c].depth, node->depth + 1);
            if (c > next) {
                assert_true(spl_name_hash(learned->nodes[c - 1].value) < spl_name_hash(learned->nodes[c].value));
            }
        }
        next += node->child_count;
    }
    assert_int_equal(next, learned->node_count);
    spl_learned_free(learned);
    spl_state_free(state);
}

static void a_segment_below_min_samples_is_left_to_its_parent(void **unused)
{
    (void)unused;
    spl_state *state = new_state(2, 1);
    add(state, "US", "", "", 0, 5000, 100);
    add(state, "US", "", "", 1, 5000, 500);
    add(state, "GB", "", "", 0, 499, 200); // very different, but one short of 1000 in all
    add(state, "GB", "", "", 1, 500, 20);
    spl_learned *learned = learn(state, NULL);
    assert_int_equal(learned->segments_observed, 2);
    assert_int_equal(learned->segments_pruned_samples, 1);
    assert_int_equal(find(learned, "country:GB"), learned->node_count);
    spl_learned_free(learned);

    add(state, "GB", "", "", 0, 1, 0);
    learned = learn(state, NULL);
    assert_int_equal(learned->segments_pruned_samples, 0);
    assert_int_equal(learned->segments_serving, 2);
    assert_true(learned->nodes[find(learned, "country:GB")].serves);
    spl_learned_free(learned);
    spl_state_free(state);
}

// 600 are enough for a device, though not for a country.
static void every_level_has_its_own_min_samples(void **unused)
{
    (void)unused;
    spl_state *state = new_state(2, 2);
    add(state, "US", "mobile", "", 0, 300, 10);
    add(state, "US", "mobile", "", 1, 300, 150);
    add(state, "US", "desktop", "", 0, 3000, 400);
    add(state, "US", "desktop", "", 1, 3000, 100);
    add(state, "GB", "mobile", "", 0, 300, 150);
    add(state, "GB", "mobile", "", 1, 300, 10);
    spl_learned *learned = learn(state, NULL);
    assert_true(learned->nodes[find(learned, "country:US|device:mobile")].serves);
    assert_int_equal(find(learned, "country:GB"), learned->node_count);
    assert_int_equal(learned->segments_pruned_samples, 1);
    spl_learned_free(learned);
    spl_state_free(state);
}

static void segments_alike_are_pruned_and_listed(void **unused)
{
    (void)unused;
    spl_state *state = new_state(2, 1);
    static const char *const countries[] = {"US", "GB", "DE"};
    for (int i = 0; i < 3; i++) {
        add(state, countries[i], "", "", 0, 2000u + 100u * (unsigned)i, 100);
        add(state, countries[i], "", "", 1, 2000, 120);
    }
    spl_learned *learned = learn(state, NULL);
    assert_int_equal(learned->node_count, 1);
    assert_int_equal(learned->segments_pruned_effect, 3);
    assert_int_equal(learned->pruned_count, 3);
    assert_memory_equal(learned->pruned[0].key.data, "country:DE", 10); // the largest first
    assert_int_equal(learned->pruned[0].parent, 0);
    assert_true(learned->pruned[0].effect_p > 0.05);
    spl_learned_free(learned);
    spl_state_free(state);
}

static void a_segment_like_its_siblings_stays_as_signpost_for_its_children(void **unused)
{
    (void)unused;
    spl_state *state = new_state(2, 2);
    static const char *const countries[] = {"US", "GB"};
    for (int i = 0; i < 2; i++) { // opposite effects by device, none by country
        add(state, countries[i], "mobile", "", 0, 4000, 200);
        add(state, countries[i], "mobile", "", 1, 4000, 400);
        add(state, countries[i], "desktop", "", 0, 4000, 400);
        add(state, countries[i], "desktop", "", 1, 4000, 200);
    }
    spl_learned *learned = learn(state, NULL);
    assert_int_equal(learned->node_count, 7);
    assert_false(learned->nodes[find(learned, "country:US")].serves);
    assert_true(learned->nodes[find(learned, "country:US|device:mobile")].serves);
    assert_int_equal(most_served(learned, "country:US|device:mobile"), 1);
    assert_int_equal(most_served(learned, "country:GB|device:desktop"), 0);
    assert_int_equal(learned->segments_serving, 4);
    assert_int_equal(learned->segments_pruned_effect, 2);
    spl_learned_free(learned);
    spl_state_free(state);
}

// Twelve segments of different rates whose variants have the same effects: the chance that any is kept must not
// exceed the level.
static void pruning_keeps_its_level_over_siblings(void **unused)
{
    (void)unused;
    enum { TRIALS = 600, SEGMENTS = 12 };
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    int alarms = 0;
    for (int t = 0; t < TRIALS; t++) {
        spl_state *state = new_state(3, 1);
        for (int i = 0; i < SEGMENTS; i++) {
            char country[8];
            snprintf(country, sizeof country, "c%d", i);
            for (uint32_t v = 0; v < 3; v++) {
                double rate = 0.03 + 0.004 * i + 0.01 * v;
                add(state, country, "", "", v, 400, gsl_ran_binomial(rng, rate, 400));
            }
        }
        spl_learned *learned = learn(state, NULL);
        alarms += learned->segments_serving > 0;
        assert_int_equal(learned->segments_pruned_samples, 0);
        spl_learned_free(learned);
        spl_state_free(state);
    }
    gsl_rng_free(rng);
    assert_in_range(alarms, TRIALS * 0.01, TRIALS * 0.077); // 0.05 + 3 sigma
}

// Segments differ, and effects differ in them by a little: the intervals of all segments, small ones included, hold
// the truth as often as they say.
static void credible_intervals_cover_the_truth(void **unused)
{
    (void)unused;
    enum { SEGMENTS = 400, VARIANTS = 2 };
    static const double means[VARIANTS] = {0.05, 0.08};
    double truth[SEGMENTS][VARIANTS];
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    spl_level any = {{"country", 7}, 0};
    spl_state_config config = {VARIANTS, 1, &any, 0};
    spl_state *state = spl_state_new(&config);
    char country[8];
    for (int i = 0; i < SEGMENTS; i++) {
        snprintf(country, sizeof country, "c%d", i);
        double likes = gsl_ran_gamma(rng, 20, 0.05);
        for (uint32_t v = 0; v < VARIANTS; v++) {
            unsigned n = 20u + 37u * (unsigned)(i % 40);
            double mean = means[v] * likes;
            truth[i][v] = gsl_ran_beta(rng, 1000 * mean, 1000 * (1 - mean));
            add(state, country, "", "", v, n, gsl_ran_binomial(rng, truth[i][v], n));
        }
    }
    spl_learn_config all = spl_learn_config_default();
    all.prune_alpha = 1;
    spl_learned *learned = learn(state, &all);
    assert_int_equal(learned->node_count, 1 + SEGMENTS);
    assert_true(learned->kappa[0] > 400 && learned->kappa[0] < 1200);
    assert_true(learned->base[0] > 150 && learned->base[0] < 450);
    spl_legendre rule;
    assert_true(spl_legendre_init(&rule));
    int covered = 0;
    for (int i = 0; i < SEGMENTS; i++) {
        char key[24];
        snprintf(key, sizeof key, "country:c%d", i);
        for (uint32_t v = 0; v < VARIANTS; v++) {
            double low, high;
            spl_posterior_interval(&arms_of(learned, key)[v].posterior, &rule, 0.95, &low, &high);
            covered += truth[i][v] >= low && truth[i][v] <= high;
        }
    }
    assert_in_range(covered, 0.93 * SEGMENTS * VARIANTS, 0.97 * SEGMENTS * VARIANTS);
    spl_learned_free(learned);
    spl_state_free(state);
    gsl_rng_free(rng);
}

static void a_variant_never_seen_in_a_segment_starts_from_what_both_are_like(void **unused)
{
    (void)unused;
    spl_learn_config all = spl_learn_config_default();
    all.prune_alpha = 1;
    spl_state *state = new_state(2, 1);
    add(state, "US", "", "", 0, 3000, 150);
    add(state, "US", "", "", 1, 3000, 170);
    add(state, "DE", "", "", 0, 3000, 140);
    add(state, "DE", "", "", 1, 3000, 150);
    add(state, "GB", "", "", 0, 2000, 110);
    spl_learned *learned = learn(state, &all);
    const spl_arm *root = arms_of(learned, ""), *gb = arms_of(learned, "country:GB");
    assert_true(gb[1].observed.count == 0);
    double known = spl_posterior_mean(&root[0].posterior), mean = spl_posterior_mean(&root[1].posterior);
    double rate = (learned->base[0] * known + 110) / (learned->base[0] + 2000); // of the control, in GB
    double odds = mean / (1 - mean) * rate / (1 - rate) * (1 - known) / known;
    assert_true(rate > known);
    assert_true(fabs(spl_posterior_mean(&gb[1].posterior) / (odds / (1 + odds)) - 1) < 1e-9);
    assert_true(gb[1].probability > 0.05);
    spl_learned_free(learned);
    spl_state_free(state);
}

// New to the whole experiment: it starts from what all variants have in common and is played a good deal, but not
// as if it were sure to win, which a uniform prior would make of it at a base rate of 5 %.
static void a_variant_new_to_the_experiment_is_explored_with_measure(void **unused)
{
    (void)unused;
    spl_state *state = new_state(3, 0);
    add(state, "", "", "", 0, 10000, 500);
    add(state, "", "", "", 1, 10000, 520);
    spl_learned *learned = learn(state, NULL);
    const spl_arm *arms = arms_of(learned, "");
    assert_true(arms[2].probability > 0.2 && arms[2].probability < 0.6);
    spl_learned_free(learned);
    spl_state_free(state);
}

static void segments_are_drawn_towards_their_parent_the_more_the_smaller_they_are(void **unused)
{
    (void)unused;
    spl_learn_config all = spl_learn_config_default();
    all.prune_alpha = 1;
    spl_level any = {{"country", 7}, 0};
    spl_state_config config = {1, 1, &any, 0};
    spl_state *state = spl_state_new(&config);
    char country[8];
    for (unsigned i = 0; i < 50; i++) {
        snprintf(country, sizeof country, "c%u", i);
        add(state, country, "", "", 0, 1000, 30 + i);
    }
    add(state, "small", "", "", 0, 10, 5);
    add(state, "large", "", "", 0, 10000, 5000);
    spl_learned *learned = learn(state, &all);
    double parent = spl_posterior_mean(&arms_of(learned, "")->posterior);
    double small = spl_posterior_mean(&arms_of(learned, "country:small")->posterior);
    double large = spl_posterior_mean(&arms_of(learned, "country:large")->posterior);
    assert_true(parent < small && small < large && large < 0.5);
    assert_true(large > 0.49);
    const spl_posterior *p = &arms_of(learned, "country:small")->posterior;
    double strength = p->a + p->b - 10; // of the prior: no other variant says anything of the segment
    assert_true(strength < learned->base[0] && strength < learned->kappa[0]);
    assert_true(fabs(small - (strength * parent + 5) / (strength + 10)) < 1e-12);
    spl_learned_free(learned);
    spl_state_free(state);
}

static void probabilities_mix_exploration_and_the_floor(void **unused)
{
    (void)unused;
    static const double bonuses[] = {0, 0.05, 0.15, 0.30, 1};
    spl_state *state = new_state(3, 1);
    add(state, "", "", "", 0, 2000, 100);
    add(state, "", "", "", 1, 1500, 80);
    add(state, "", "", "", 2, 500, 30);
    for (int i = 0; i < 5; i++) {
        spl_learn_config config = spl_learn_config_default();
        config.exploration = bonuses[i];
        config.min_propensity = 0.02;
        spl_learned *learned = learn(state, &config);
        const spl_arm *arms = arms_of(learned, "");
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
    spl_state *state = new_state(4, 3);
    spl_learned *learned = learn(state, NULL);
    assert_int_equal(learned->node_count, 1);
    assert_true(learned->nodes[0].serves);
    for (int v = 0; v < 4; v++) assert_true(fabs(learned->arms[v].probability - 0.25) < 1e-12);
    spl_learned_free(learned);
    spl_state_free(state);
}

static void one_variant_gets_everything_and_no_segment_differs(void **unused)
{
    (void)unused;
    spl_state *state = new_state(1, 1);
    add(state, "US", "", "", 0, 5000, 400);
    add(state, "GB", "", "", 0, 5000, 100);
    spl_learned *learned = learn(state, NULL);
    assert_int_equal(learned->node_count, 1);
    assert_true(fabs(learned->arms[0].probability - 1) < 1e-15);
    assert_true(isnan(learned->pruned[0].effect_p));
    spl_learned_free(learned);
    spl_state_free(state);
}

static void without_any_outcome_variants_are_served_nearly_equally(void **unused)
{
    (void)unused;
    spl_state *state = new_state(3, 1);
    for (uint32_t v = 0; v < 3; v++) {
        add(state, "US", "", "", v, 1000 + v, 0);
        add(state, "GB", "", "", v, 1000, 0);
    }
    spl_learned *learned = learn(state, NULL);
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
    spl_state *state = new_state(2, 1);
    static const char *const countries[] = {"US", "GB"};
    for (int i = 0; i < 8000; i++) { // the second variant is worth 3 more in US, 3 less in GB
        uint32_t v = (uint32_t)i % 2, c = (uint32_t)i / 2 % 2;
        const spl_text values[] = {text(countries[c])};
        double effect = v ? (c ? -3 : 3) : 0;
        assert_true(spl_state_add(state, values, v, 20 + 5 * c + effect + gsl_ran_gaussian(rng, 10), SPL_CHANCE_EQUAL));
    }
    spl_learned *learned = learn(state, NULL);
    assert_false(learned->binary);
    assert_int_equal(learned->node_count, 3);
    assert_int_equal(most_served(learned, "country:US"), 1);
    assert_int_equal(most_served(learned, "country:GB"), 0);
    const spl_posterior *us = &arms_of(learned, "country:US")[1].posterior;
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
    spl_state *state = new_state(2, 1);
    const spl_text values[] = {text("US")};
    for (int i = 0; i < 4000; i++) assert_true(spl_state_add(state, values, (uint32_t)i % 2, 7, SPL_CHANCE_EQUAL));
    spl_learned *learned = learn(state, NULL);
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
    spl_state *state = new_state(3, 0);
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
    bad.reward = SPL_REWARD_BINARY;
    spl_state_add_at(state, 0, 0, 2.5, SPL_CHANCE_EQUAL);
    expect_refusal(state, bad, "reward");
    spl_state_free(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_variant_of_every_segment_is_found),
        cmocka_unit_test(nodes_stand_breadth_first_with_siblings_by_key),
        cmocka_unit_test(a_segment_below_min_samples_is_left_to_its_parent),
        cmocka_unit_test(every_level_has_its_own_min_samples),
        cmocka_unit_test(the_value_of_a_policy_counts_what_is_served),
        cmocka_unit_test(segments_alike_are_pruned_and_listed),
        cmocka_unit_test(a_segment_like_its_siblings_stays_as_signpost_for_its_children),
        cmocka_unit_test(pruning_keeps_its_level_over_siblings),
        cmocka_unit_test(credible_intervals_cover_the_truth),
        cmocka_unit_test(a_variant_never_seen_in_a_segment_starts_from_what_both_are_like),
        cmocka_unit_test(a_variant_new_to_the_experiment_is_explored_with_measure),
        cmocka_unit_test(segments_are_drawn_towards_their_parent_the_more_the_smaller_they_are),
        cmocka_unit_test(probabilities_mix_exploration_and_the_floor),
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
