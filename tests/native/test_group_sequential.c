// SPDX-License-Identifier: MIT
#include "stats/group_sequential.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "near.h"
#include "samplit/rng.h"
#include "testing.h"

static const double EQUAL[5] = {0.2, 0.4, 0.6, 0.8, 1};

// Jennison & Turnbull (2000), tables 2.1 and 2.3; the values for Pocock are also in
// stats_reference/published_values.csv.
static void classical_designs_have_their_published_bounds(void **state)
{
    (void)state;
    static const double pocock[4] = {2.178, 2.289, 2.361, 2.413}, obrien[4] = {1.977, 2.004, 2.024, 2.040};
    spl_error error;
    double z[5];
    for (uint32_t looks = 2; looks <= 5; looks++) {
        assert_true(spl_group_classic(SPL_SPENDING_POCOCK, 0.05, looks, z, &error));
        for (uint32_t i = 0; i < looks; i++) assert_near(z[i], pocock[looks - 2], 6e-4);
        assert_true(spl_group_classic(SPL_SPENDING_OBRIEN_FLEMING, 0.05, looks, z, &error));
        assert_near(z[looks - 1], obrien[looks - 2], 6e-4);
        assert_near(z[0], z[looks - 1] * sqrt(looks), 1e-12);
    }
}

// Five equal looks at 0.05: the bounds that Lan and DeMets's spending functions are known for.
static void spending_gives_its_published_bounds(void **state)
{
    (void)state;
    static const double obrien[5] = {4.8769, 3.3569, 2.6803, 2.2898, 2.0310};
    static const double pocock[5] = {2.4380, 2.4268, 2.4101, 2.3966, 2.3859};
    spl_error error;
    double z[5];
    assert_true(spl_group_bounds(SPL_SPENDING_OBRIEN_FLEMING, 0.05, false, EQUAL, 5, z, &error));
    for (int i = 0; i < 5; i++) assert_near(z[i], obrien[i], 2e-3);
    assert_true(spl_group_bounds(SPL_SPENDING_POCOCK, 0.05, false, EQUAL, 5, z, &error));
    for (int i = 0; i < 5; i++) assert_near(z[i], pocock[i], 2e-3);
}

static void all_error_is_spent_and_no_more(void **state)
{
    (void)state;
    static const double uneven[4] = {0.07, 0.31, 0.9, 1};
    spl_error error;
    double z[5];
    for (int spending = 0; spending < SPL_SPENDINGS; spending++) {
        for (int one_sided = 0; one_sided < 2; one_sided++) {
            assert_true(spl_group_bounds(spending, 0.05, one_sided, uneven, 4, z, &error));
            assert_near(spl_group_power(z, one_sided, uneven, 4, 0), 0.05, 1e-6);
            double spent = one_sided ? spl_spend(spending, 0.05, 0.31) : 2 * spl_spend(spending, 0.025, 0.31);
            assert_near(spl_group_power(z, one_sided, uneven, 2, 0), spent, 1e-6);
        }
    }
}

static void one_look_is_the_plain_test(void **state)
{
    (void)state;
    spl_error error;
    double z, whole = 1, drift = 2.8;
    assert_true(spl_group_bounds(SPL_SPENDING_POCOCK, 0.05, false, &whole, 1, &z, &error));
    assert_near(z, 1.959963984540054, 1e-9);
    double power = gsl_cdf_ugaussian_Q(z - drift) + gsl_cdf_ugaussian_P(-z - drift);
    assert_near(spl_group_power(&z, false, &whole, 1, drift), power, 1e-12);
}

static void power_is_that_of_simulated_paths(void **state)
{
    (void)state;
    spl_error error;
    double z[5], drift = 3;
    assert_true(spl_group_bounds(SPL_SPENDING_OBRIEN_FLEMING, 0.05, false, EQUAL, 5, z, &error));
    int rejected = 0;
    const int runs = 20000;
    for (int run = 0; run < runs; run++) {
        double s = 0;
        for (uint32_t i = 0; i < 5; i++) {
            double u[2];
            spl_uniform2(3, (uint64_t)run, 9, i, u);
            s += drift * 0.2 + sqrt(0.2) * gsl_cdf_ugaussian_Pinv(u[0]);
            if (fabs(s / sqrt(EQUAL[i])) >= z[i]) {
                rejected++;
                break;
            }
        }
    }
    double power = spl_group_power(z, false, EQUAL, 5, drift), share = (double)rejected / runs;
    assert_near(share, power, 4 * sqrt(power * (1 - power) / runs));
}

static void conditional_power_is_between_hope_and_none(void **state)
{
    (void)state;
    // Half way at z = 1.96: the drift 1.96 / sqrt(0.5) for the other half.
    double expected = gsl_cdf_ugaussian_Q((1.96 - 2 * 1.96 * sqrt(0.5)) / sqrt(0.5));
    assert_near(spl_conditional_power(1.96, 0.5, 1.96), expected, 1e-12);
    assert_true(spl_conditional_power(0, 0.9, 2) < 1e-9);
    assert_near(spl_conditional_power(2.1, 1, 2), 1, 0);
    assert_near(spl_conditional_power(1.9, 1, 2), 0, 0);
}

static void plans_without_sense_are_refused_by_field(void **state)
{
    (void)state;
    spl_error error = {0};
    double z[5];
    assert_false(spl_group_bounds(SPL_SPENDING_POCOCK, 0.7, false, EQUAL, 5, z, &error));
    assert_string_equal(error.field, "alpha");
    assert_false(spl_group_bounds(SPL_SPENDING_POCOCK, 0.05, false, (double[]){0.5, 0.5}, 2, z, &error));
    assert_string_equal(error.field, "information");
    assert_false(spl_group_bounds(SPL_SPENDING_POCOCK, 0.05, false, (double[]){0.5, 1.1}, 2, z, &error));
    assert_false(spl_group_bounds(SPL_SPENDING_POCOCK, 0.05, false, (double[]){0.5, 0.5001, 1}, 3, z, &error));
    assert_string_equal(error.field, "information");
    assert_false(spl_group_classic(SPL_SPENDING_POCOCK, 0.05, 0, z, &error));
    assert_string_equal(error.field, "looks");
}

// Over the flat prior's posterior: drift ~ N(z / sqrt t, 1 / t), then the rest of the way.
static void predictive_power_is_the_mean_of_conditional_powers(void **state)
{
    (void)state;
    static const struct {
        double z, t, z_final;
    } cases[] = {{0.5, 0.2, 2.03}, {2, 0.5, 1.96}, {-1, 0.7, 2.1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double t = cases[i].t, z = cases[i].z, sum = 0, weights = 0;
        for (double u = -8; u <= 8; u += 0.01) {
            double drift = z / sqrt(t) + u / sqrt(t), weight = exp(-u * u / 2);
            sum += weight * gsl_cdf_ugaussian_Q((cases[i].z_final - z * sqrt(t) - drift * (1 - t)) / sqrt(1 - t));
            weights += weight;
        }
        assert_near(spl_predictive_power(z, t, cases[i].z_final), sum / weights, 1e-9);
    }
    assert_near(spl_predictive_power(2, 1, 1.9), 1, 0);
    assert_near(spl_predictive_power(1.8, 1, 1.9), 0, 0);
}

static void what_stops_by_each_look_adds_up_to_the_power(void **state)
{
    (void)state;
    spl_error error;
    double z[5], stopped[5];
    assert_true(spl_group_bounds(SPL_SPENDING_POCOCK, 0.05, false, EQUAL, 5, z, &error));
    assert_true(spl_group_stops(z, false, EQUAL, 5, 2.8, stopped));
    for (int i = 0; i < 5; i++) assert_near(stopped[i], spl_group_power(z, false, EQUAL, (uint32_t)i + 1, 2.8), 1e-12);
    assert_near(stopped[0], gsl_cdf_ugaussian_Q(z[0] - 2.8 * sqrt(0.2)), 1e-3); // and hardly to the wrong side
}

static void spendings_are_found_by_their_names(void **state)
{
    (void)state;
    spl_spending found = SPL_SPENDING_OBRIEN_FLEMING;
    assert_true(spl_spending_named("pocock", &found));
    assert_int_equal(found, SPL_SPENDING_POCOCK);
    assert_true(spl_spending_named("obrien-fleming", &found));
    assert_int_equal(found, SPL_SPENDING_OBRIEN_FLEMING);
    assert_false(spl_spending_named("magic", &found));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(predictive_power_is_the_mean_of_conditional_powers),
        cmocka_unit_test(what_stops_by_each_look_adds_up_to_the_power),
        cmocka_unit_test(spendings_are_found_by_their_names),
        cmocka_unit_test(classical_designs_have_their_published_bounds),
        cmocka_unit_test(spending_gives_its_published_bounds),
        cmocka_unit_test(all_error_is_spent_and_no_more),
        cmocka_unit_test(one_look_is_the_plain_test),
        cmocka_unit_test(power_is_that_of_simulated_paths),
        cmocka_unit_test(conditional_power_is_between_hope_and_none),
        cmocka_unit_test(plans_without_sense_are_refused_by_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
