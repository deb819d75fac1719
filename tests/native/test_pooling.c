// SPDX-License-Identifier: MIT
// What a segment starts from: its parent, and what its other variants do in it.
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>

#include "learn_fixture.h"
#include "testing.h"

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
            learn_add(state, country, "", "", v, n, gsl_ran_binomial(rng, truth[i][v], n));
        }
    }
    spl_learn_config all = spl_learn_config_default();
    all.prune_gain = 0;
    spl_learned *learned = learn_from(state, &all);
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
            spl_posterior_interval(&learn_arms(learned, key)[v].posterior, &rule, 0.95, &low, &high);
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
    all.prune_gain = 0;
    spl_state *state = learn_new(2, 1);
    learn_add(state, "US", "", "", 0, 3000, 150);
    learn_add(state, "US", "", "", 1, 3000, 170);
    learn_add(state, "DE", "", "", 0, 3000, 140);
    learn_add(state, "DE", "", "", 1, 3000, 150);
    learn_add(state, "GB", "", "", 0, 2000, 110);
    spl_learned *learned = learn_from(state, &all);
    const spl_arm *root = learn_arms(learned, ""), *gb = learn_arms(learned, "country:GB");
    assert_true(gb[1].observed.count == 0);
    double known = spl_posterior_mean(&root[0].posterior), mean = spl_posterior_mean(&root[1].posterior);
    double rate = (learned->base[0] * known + 110) / (learned->base[0] + 2000); // of the control, in GB
    double odds = mean / (1 - mean) * rate / (1 - rate) * (1 - known) / known;
    assert_true(rate > known);
    // Lifted as in the parent at least; and at most as in the siblings, who do not know it exactly.
    double lowest = odds / (1 + odds), highest = rate * (320.0 / 6000) / (290.0 / 6000);
    double got = spl_posterior_mean(&gb[1].posterior);
    if (!(got > lowest && got < highest)) fail_msg("%g is not from %g to %g", got, lowest, highest);
    assert_true(gb[1].probability > 0.05);
    spl_learned_free(learned);
    spl_state_free(state);
}

// New to the whole experiment: it starts from what all variants have in common and is played a good deal, but not
// as if it were sure to win, which a uniform prior would make of it at a base rate of 5 %.
static void a_variant_new_to_the_experiment_is_explored_with_measure(void **unused)
{
    (void)unused;
    spl_state *state = learn_new(3, 0);
    learn_add(state, "", "", "", 0, 10000, 500);
    learn_add(state, "", "", "", 1, 10000, 520);
    spl_learned *learned = learn_from(state, NULL);
    const spl_arm *arms = learn_arms(learned, "");
    assert_true(arms[2].probability > 0.2 && arms[2].probability < 0.6);
    spl_learned_free(learned);
    spl_state_free(state);
}

static void segments_are_drawn_towards_their_parent_the_more_the_smaller_they_are(void **unused)
{
    (void)unused;
    spl_learn_config all = spl_learn_config_default();
    all.prune_gain = 0;
    spl_level any = {{"country", 7}, 0};
    spl_state_config config = {1, 1, &any, 0};
    spl_state *state = spl_state_new(&config);
    char country[8];
    for (unsigned i = 0; i < 50; i++) {
        snprintf(country, sizeof country, "c%u", i);
        learn_add(state, country, "", "", 0, 1000, 30 + i);
    }
    learn_add(state, "small", "", "", 0, 10, 5);
    learn_add(state, "large", "", "", 0, 10000, 5000);
    spl_learned *learned = learn_from(state, &all);
    double parent = spl_posterior_mean(&learn_arms(learned, "")->posterior);
    double small = spl_posterior_mean(&learn_arms(learned, "country:small")->posterior);
    double large = spl_posterior_mean(&learn_arms(learned, "country:large")->posterior);
    assert_true(parent < small && small < large && large < 0.5);
    assert_true(large > 0.49);
    const spl_posterior *p = &learn_arms(learned, "country:small")->posterior;
    double strength = p->a + p->b - 10; // of the prior: no other variant says anything of the segment
    double start = (small * (strength + 10) - 5) / strength; // what segments are like, not what visitors are
    assert_true(start > 0.05 && start < parent);
    assert_true(strength < 20);
    spl_learned_free(learned);
    spl_state_free(state);
}

// Where a variant is new, what the segment is like is known from the others: a few conversions of its own do not make
// it twice as good as them.
static void a_variant_new_to_a_segment_starts_from_the_segments_rate(void **unused)
{
    (void)unused;
    spl_learn_config all = spl_learn_config_default();
    all.prune_gain = 0;
    spl_state *state = learn_new(3, 1);
    for (unsigned i = 0; i < 12; i++) {
        char country[8];
        snprintf(country, sizeof country, "c%u", i);
        unsigned rate = 20 + 10 * i; // per thousand, and the new variant is no better and no worse
        for (uint32_t v = 0; v < 2; v++) learn_add(state, country, "", "", v, 4000, 4 * rate);
        learn_add(state, country, "", "", 2, 50, rate / 20);
    }
    spl_learned *learned = learn_from(state, &all);
    const spl_arm *low = learn_arms(learned, "country:c0"), *high = learn_arms(learned, "country:c11");
    assert_true(fabs(spl_posterior_mean(&low[2].posterior) - 0.02) < 0.006);
    assert_true(fabs(spl_posterior_mean(&high[2].posterior) - 0.13) < 0.02);
    assert_true(low[2].p_best < 0.6 && high[2].p_best < 0.6);
    spl_learned_free(learned);
    spl_state_free(state);
}

// The same for real rewards, where means are moved by their difference.
static void segments_of_real_rewards_start_from_their_own_mean_too(void **unused)
{
    (void)unused;
    spl_learn_config all = spl_learn_config_default();
    all.prune_gain = 0;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    spl_state *state = learn_new(2, 1);
    for (unsigned i = 0; i < 12 * 2050; i++) {
        char country[8];
        snprintf(country, sizeof country, "c%u", i % 12);
        const spl_text values[] = {learn_text(country)};
        double reward = 20 + 10.0 * (i % 12) + gsl_ran_gaussian(rng, 5);
        assert_true(spl_state_add(state, values, i >= 12 * 2000, reward, SPL_CHANCE_EQUAL));
    }
    spl_learned *learned = learn_from(state, &all);
    assert_true(fabs(spl_posterior_mean(&learn_arms(learned, "country:c0")[1].posterior) - 20) < 2);
    assert_true(fabs(spl_posterior_mean(&learn_arms(learned, "country:c11")[1].posterior) - 130) < 2);
    spl_learned_free(learned);
    spl_state_free(state);
    gsl_rng_free(rng);
}

// How often 95 % intervals hold the truth in worlds with a structure: 12 countries x 3 devices x 6 sources, the best
// variant by device, for two sources the other way round; and effects that scatter at every level.
typedef struct covered {
    double held[4], all[4]; // per depth
} covered;

static double planted_rate(const double scatter[3], unsigned device, unsigned source, double base, uint32_t v)
{
    static const double effects[3][3] = {{0.7, 1.0, 1.4}, {1.0, 1.3, 0.8}, {1.4, 1.0, 0.7}};
    if (scatter) return base * exp(scatter[v]);
    return base * effects[device][source % 3 == 2 ? 2 - v : v];
}

static void add_planted(gsl_rng *rng, spl_state *state, bool scattered, double truth[12][3][6][3])
{
    for (unsigned c = 0; c < 12; c++) {
        double country[3], device[3], scatter[3];
        for (int v = 0; v < 3; v++) country[v] = gsl_ran_gaussian(rng, 0.1);
        for (unsigned d = 0; d < 3; d++) {
            for (int v = 0; v < 3; v++) device[v] = country[v] + gsl_ran_gaussian(rng, 0.2);
            for (unsigned s = 0; s < 6; s++) {
                char names[3][8];
                snprintf(names[0], 8, "c%u", c), snprintf(names[1], 8, "d%u", d), snprintf(names[2], 8, "s%u", s);
                for (int v = 0; v < 3; v++) scatter[v] = device[v] + gsl_ran_gaussian(rng, 0.2);
                unsigned n = 3 * (12 - c) * (d == 0 ? 3 : 1) * (6 - s);
                for (uint32_t v = 0; v < 3; v++) {
                    double rate = planted_rate(scattered ? scatter : NULL, d, s, 0.03 + 0.004 * c, v);
                    truth[c][d][s][v] = rate;
                    learn_add(state, names[0], names[1], names[2], v, n, gsl_ran_binomial(rng, rate, n));
                }
            }
        }
    }
}

// The rate of a node's visitors: that of its leaves, by their visits.
static double planted_truth(double truth[12][3][6][3], const char *key, uint32_t v)
{
    unsigned c, d, s, depth = 0;
    int got = sscanf(key, "country:c%u|device:d%u|source:s%u", &c, &d, &s);
    depth = got > 0 ? (unsigned)got : 0;
    double sum = 0, visits = 0;
    for (unsigned i = 0; i < 12 * 3 * 6; i++) {
        unsigned at[3] = {i / 18, i / 6 % 3, i % 6}, want[3] = {c, d, s};
        bool in = true;
        for (unsigned j = 0; j < depth; j++) in = in && at[j] == want[j];
        double n = (12 - at[0]) * (at[1] == 0 ? 3.0 : 1.0) * (6 - at[2]);
        if (in) sum += n * truth[at[0]][at[1]][at[2]][v], visits += n;
    }
    return sum / visits;
}

static covered cover(bool scattered, unsigned trials)
{
    covered out = {{0}, {0}};
    static double truth[12][3][6][3];
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    spl_learn_config all = spl_learn_config_default();
    spl_legendre rule;
    all.prune_gain = 0;
    assert_true(spl_legendre_init(&rule));
    for (unsigned t = 0; t < trials; t++) {
        gsl_rng_set(rng, 1000 + t);
        spl_level levels[] = {{{"country", 7}, 0}, {{"device", 6}, 0}, {{"source", 6}, 0}};
        spl_state *state = spl_state_new(&(spl_state_config){3, 3, levels, 0});
        add_planted(rng, state, scattered, truth);
        spl_learned *learned = learn_from(state, &all);
        for (uint32_t i = 1; i < learned->node_count; i++) {
            char key[64];
            snprintf(key, sizeof key, "%.*s", (int)learned->nodes[i].key.size, learned->nodes[i].key.data);
            for (uint32_t v = 0; v < 3; v++) {
                double low, high, want = planted_truth(truth, key, v);
                spl_posterior_interval(&learned->arms[3 * i + v].posterior, &rule, 0.95, &low, &high);
                out.held[learned->nodes[i].depth] += low <= want && want <= high;
                out.all[learned->nodes[i].depth]++;
            }
        }
        spl_learned_free(learned);
        spl_state_free(state);
    }
    gsl_rng_free(rng);
    return out;
}

static void intervals_cover_the_truth_at_every_level_of_structured_worlds(void **unused)
{
    (void)unused;
    covered planted = cover(false, 6), scattered = cover(true, 6);
    for (int depth = 1; depth < 4; depth++) {
        double held = planted.held[depth] + scattered.held[depth], all = planted.all[depth] + scattered.all[depth];
        if (held < 0.93 * all) fail_msg("level %d: %g of %g", depth, held, all);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(credible_intervals_cover_the_truth),
        cmocka_unit_test(intervals_cover_the_truth_at_every_level_of_structured_worlds),
        cmocka_unit_test(a_variant_never_seen_in_a_segment_starts_from_what_both_are_like),
        cmocka_unit_test(a_variant_new_to_the_experiment_is_explored_with_measure),
        cmocka_unit_test(segments_are_drawn_towards_their_parent_the_more_the_smaller_they_are),
        cmocka_unit_test(a_variant_new_to_a_segment_starts_from_the_segments_rate),
        cmocka_unit_test(segments_of_real_rewards_start_from_their_own_mean_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
