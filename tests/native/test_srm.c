// SPDX-License-Identifier: MIT
#include "stats/srm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "samplit/rng.h"
#include "stats_reference.h"
#include "testing.h"

static uint32_t numbers(const char *text, double *out)
{
    uint32_t n = 0;
    for (char *end; *text; text = *end ? end + 1 : end) out[n++] = strtod(text, &end);
    return n;
}

static void the_test_of_counts_gives_the_values_of_r(void **state)
{
    (void)state;
    reference *r = reference_open("srm_chisq.csv", "case,counts,expected_shares,chi2,df,p");
    if (!r) skip();
    while (reference_next(r)) {
        double counts[8], shares[8];
        uint32_t k = numbers(reference_text(r, 1), counts);
        assert_int_equal(numbers(reference_text(r, 2), shares), k);
        spl_srm s = spl_srm_of(counts, shares, k);
        // Counts of a hundred million a few off their shares: the difference has that many digits less.
        reference_near(r, "chi2", s.chi2, reference_number(r, 3), 1e-9, 1e-2);
        reference_near(r, "df", s.freedom, reference_number(r, 4), 0, 0);
        reference_near(r, "p", s.p, reference_number(r, 5), 1e-9, 0);
    }
}

// Wikipedia's "Sample ratio mismatch", srm.osc.garden, and Kohavi, Tang & Xu (2020), chapter 21, as far as they are
// printed.
static void published_mismatches_have_their_p(void **state)
{
    (void)state;
    const double half[2] = {0.5, 0.5};
    assert_near(spl_srm_of((double[2]){600, 400}, half, 2).p, 2.54e-10, 5e-13);
    assert_near(spl_srm_of((double[2]){44000, 45000}, half, 2).p, 0.0008, 5e-5);
    assert_near(spl_srm_of((double[2]){821588, 815482}, half, 2).p, 1.8e-6, 5e-8);
}

static void lights_follow_p_and_stay_quiet_for_small_deviations(void **state)
{
    (void)state;
    assert_int_equal(spl_srm_light_of(0.0009, 0.01), SPL_SRM_RED_LIGHT);
    assert_int_equal(spl_srm_light_of(0.005, 0.01), SPL_SRM_YELLOW_LIGHT);
    assert_int_equal(spl_srm_light_of(0.011, 0.01), SPL_SRM_GREEN_LIGHT);
    assert_int_equal(spl_srm_light_of(1e-9, 0.0009), SPL_SRM_GREEN_LIGHT);
    assert_int_equal(spl_srm_light_of(NAN, NAN), SPL_SRM_GREEN_LIGHT);
}

static void counts_without_sense_have_a_defined_answer(void **state)
{
    (void)state;
    const double half[2] = {0.5, 0.5}, sure[2] = {1, 0};
    assert_true(isnan(spl_srm_of((double[2]){0, 0}, half, 2).p));
    assert_true(isnan(spl_srm_of((double[1]){5}, sure, 1).p));
    assert_near(spl_srm_of((double[2]){9, 1}, sure, 2).p, 0, 0);
    assert_near(spl_srm_of((double[2]){9, 0}, sure, 2).p, 1, 0);
    assert_true(isinf(spl_srm_log_evidence((double[2]){9, 1}, sure, 2, 100)));
    assert_near(spl_srm_log_evidence((double[2]){0, 0}, half, 2, 100), 0, 0);
}

// With a concentration of 1 and two equal shares, the Dirichlet is Beta(1/2, 1/2), and after one visitor of each the
// evidence is ln(B(3/2, 3/2) / B(1/2, 1/2) / (1/4)) = ln(1/2).
static void the_evidence_is_that_of_its_definition(void **state)
{
    (void)state;
    const double half[2] = {0.5, 0.5};
    assert_near(spl_srm_log_evidence((double[2]){1, 1}, half, 2, 1), log(0.5), 1e-12);
    assert_near(spl_srm_log_evidence((double[2]){2, 0}, half, 2, 1), log(0.375 / 0.25), 1e-12);
    // Probabilities of all tables of 6 visitors add up to one under the mixture.
    double sum = 0;
    for (int x = 0; x <= 6; x++) {
        double ways = tgamma(7) / tgamma(x + 1) / tgamma(7 - x);
        sum += ways * pow(0.5, 6) * exp(spl_srm_log_evidence((double[2]){x, 6 - x}, half, 2, 30));
    }
    assert_near(sum, 1, 1e-12);
}

static void counts_alone_have_an_always_valid_p_that_is_at_most_one(void **state)
{
    (void)state;
    const double half[2] = {0.5, 0.5}, sure[2] = {1, 0};
    const double off[2] = {44700, 45489};
    double factors = 0;
    for (double c = 100; c < 1e6; c *= 10) factors += exp(spl_srm_log_evidence(off, half, 2, c)) / 4;
    assert_near(spl_srm_sequential_p(off, half, 2), 1 / factors, 1e-15);
    assert_true(spl_srm_sequential_p(off, half, 2) > spl_srm_of(off, half, 2).p);
    assert_near(spl_srm_sequential_p((double[2]){500, 500}, half, 2), 1, 0);
    assert_near(spl_srm_sequential_p((double[2]){9, 1}, sure, 2), 0, 0);
}

// A visitor of a simulated bandit whose propensities wander with its own past.
typedef struct wanderer {
    double p[3];
    uint32_t count[3];
} wanderer;

static double uniform(uint64_t seed, uint64_t i)
{
    double u[2];
    spl_uniform2(seed, i, 7, 0, u);
    return u[0];
}

static uint32_t draw(const double *p, double u)
{
    return u < p[0] ? 0 : u < p[0] + p[1] ? 1 : 2;
}

static void wander(wanderer *w, uint32_t served)
{
    w->count[served]++;
    double total = 0;
    for (int v = 0; v < 3; v++) total += w->p[v] = 1.0 + w->count[v] % 50;
    for (int v = 0; v < 3; v++) w->p[v] /= total;
}

// The p-value after `n` exposures; of those that drew variant 2, the share `leak` never arrives.
static double p_after(uint64_t seed, int n, double leak)
{
    wanderer w = {.p = {1 / 3.0, 1 / 3.0, 1 / 3.0}};
    spl_srm_bets *bets = spl_srm_bets_new(3);
    assert_non_null(bets);
    for (int i = 0; i < n; i++) {
        uint32_t served = draw(w.p, uniform(seed, (uint64_t)i));
        if (served == 2 && uniform(seed + 1000000, (uint64_t)i) < leak) continue;
        assert_true(spl_srm_bets_add(bets, w.p, served));
        wander(&w, served);
    }
    double p = spl_srm_bets_p(bets);
    spl_srm_bets_free(bets);
    return p;
}

static void wandering_propensities_alarm_as_rarely_as_they_say(void **state)
{
    (void)state;
    int alarms = 0;
    for (uint64_t seed = 0; seed < 300; seed++)
        alarms += p_after(seed, 1000, 0) < 0.05; // the p-value is of the running maximum
    assert_true(alarms <= 15);
}

static void a_leak_is_found_and_named(void **state)
{
    (void)state;
    int found = 0;
    for (uint64_t seed = 0; seed < 20; seed++) found += p_after(seed, 6000, 0.2) < 0.001;
    assert_true(found >= 18);

    spl_srm_bets *bets = spl_srm_bets_new(2);
    for (int i = 0; i < 1000; i++) assert_true(spl_srm_bets_add(bets, (double[2]){0.5, 0.5}, i % 4 == 0));
    assert_near(spl_srm_bets_deviation(bets, 0), 0.25, 1e-12);
    assert_near(spl_srm_bets_deviation(bets, 1), -0.25, 1e-12);
    spl_srm_bets_free(bets);
}

// Against the same bets in long double logarithms, through several changes of scale.
static void evidence_keeps_its_digits_over_a_long_log(void **state)
{
    (void)state;
    spl_srm_bets *bets = spl_srm_bets_new(2);
    long double wealth[2][20] = {{0}};
    for (int i = 0; i < 20000; i++) {
        uint32_t served = i % 10 == 0;
        assert_true(spl_srm_bets_add(bets, (double[2]){0.5, 0.5}, served));
        for (uint32_t v = 0; v < 2; v++)
            for (int s = 0; s < 20; s++) {
                long double stake = (s % 2 ? -1 : 1) * powl(0.5L, s / 2 + 1);
                wealth[v][s] += log1pl(stake * ((v == served) - 0.5L));
            }
    }
    long double top = 0, sum = 0;
    for (int i = 0; i < 40; i++) top = fmaxl(top, wealth[i / 20][i % 20]);
    for (int i = 0; i < 40; i++) sum += expl(wealth[i / 20][i % 20] - top);
    assert_true(top > 1000);
    assert_near(spl_srm_bets_log_evidence(bets), (double)(top + logl(sum / 40)), 1e-6);
    spl_srm_bets_free(bets);
}

static void impossible_exposures_are_refused(void **state)
{
    (void)state;
    spl_srm_bets *bets = spl_srm_bets_new(2);
    assert_false(spl_srm_bets_add(bets, (double[2]){0.5, 0.5}, 2));
    assert_false(spl_srm_bets_add(bets, (double[2]){1, 0}, 1));
    assert_false(spl_srm_bets_add(bets, (double[2]){NAN, 1}, 0));
    assert_near(spl_srm_bets_p(bets), 1, 0);
    assert_true(spl_srm_bets_add(bets, (double[2]){1, 0}, 0));
    spl_srm_bets_free(bets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_test_of_counts_gives_the_values_of_r),
        cmocka_unit_test(published_mismatches_have_their_p),
        cmocka_unit_test(lights_follow_p_and_stay_quiet_for_small_deviations),
        cmocka_unit_test(counts_without_sense_have_a_defined_answer),
        cmocka_unit_test(the_evidence_is_that_of_its_definition),
        cmocka_unit_test(counts_alone_have_an_always_valid_p_that_is_at_most_one),
        cmocka_unit_test(wandering_propensities_alarm_as_rarely_as_they_say),
        cmocka_unit_test(a_leak_is_found_and_named),
        cmocka_unit_test(evidence_keeps_its_digits_over_a_long_log),
        cmocka_unit_test(impossible_exposures_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
