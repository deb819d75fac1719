// SPDX-License-Identifier: MIT
#include <cJSON.h>

#include "near.h"
#include "scratch.h"
#include "testing.h"

static void a_plan_has_a_row_per_segment_and_names_its_formula(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("power --baseline 0.05 --lift 10%% --variants 3 --alpha 0.05 --power 0.8 "
                                      "--traffic 4000/day --segments device:mobile=0.6,device:desktop=0.4");
    assert_int_equal(run.code, 0);
    scratch_says(run.out, "change by +10.0 % to 5.50 %");
    scratch_says(run.out, "device:mobile");
    scratch_says(run.out, "6 comparisons");
    scratch_says(run.out, "Fleiss");
    scratch_run_free(&run);
}

static void json_has_the_numbers_of_r(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("power --baseline 5%% --difference 0.5%% --traffic 7000/week --json");
    assert_int_equal(run.code, 0);
    cJSON *json = cJSON_Parse(run.out);
    assert_non_null(json);
    const cJSON *row = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "segments"), 0);
    assert_near(scratch_number(row, "total"), 62468, 0); // twice 31233.44, rounded up (stats_reference)
    assert_near(scratch_number(row, "days"), 62.468, 1e-9);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(row, "power")));
    cJSON_Delete(json);
    scratch_run_free(&run);
}

static void visitors_alone_give_the_effect_that_is_seen(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("power --baseline 0.05 --visitors 60000 --json");
    cJSON *json = cJSON_Parse(run.out);
    assert_non_null(json);
    const cJSON *row = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "segments"), 0);
    assert_near(scratch_number(row, "detectable"), 0.0051025, 1e-5);
    cJSON_Delete(json);
    scratch_run_free(&run);
}

static void looks_have_their_bounds_and_their_price(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("power --baseline 0.05 --lift 10%% --looks 5 --json");
    assert_int_equal(run.code, 0);
    cJSON *json = cJSON_Parse(run.out);
    assert_non_null(json);
    const cJSON *looks = cJSON_GetObjectItem(json, "looks");
    assert_int_equal(cJSON_GetArraySize(looks), 5);
    assert_near(scratch_number(cJSON_GetArrayItem(looks, 1), "z"), 3.357, 2e-3); // Lan & DeMets
    assert_near(scratch_number(cJSON_GetArrayItem(looks, 4), "stopped"), 0.8, 1e-6);
    assert_true(scratch_number(json, "inflation") > 1.02);
    cJSON_Delete(json);
    scratch_run_free(&run);
    run = scratch_samplit("power --baseline 0.05 --lift 10%% --looks 5 --spending pocock");
    scratch_says(run.out, "2.438");
    scratch_says(run.out, "Lan & DeMets 1983");
    scratch_run_free(&run);
    run = scratch_samplit("power --baseline 10 --lift 10%% --sd 12,20");
    scratch_says(run.out, "Welch");
    scratch_run_free(&run);
}

static void misuse_names_the_option_or_field(void **state)
{
    (void)state;
    static const scratch_refusal cases[] = {
        {"", 2, "--baseline is missing"},
        {"--baseline 1.4 --lift 0.1", 2, "baseline: 1.4 is not a rate"},
        {"--baseline 0.05", 2, "give the effect"},
        {"--baseline 0.05 --lift 0", 2, "effect of 0"},
        {"--baseline 0.05 --lift 0.1 --difference 0.01", 2, "give one"},
        {"--baseline 0.05 --lift 0.1 --alpha 2", 2, "alpha"},
        {"--baseline 0.05 --lift 0.1 --traffic 10/year", 2, "per hour, day or week"},
        {"--baseline 0.05 --lift 0.1 --shares 1,1,1 --variants 4", 2, "3 numbers for 4 variants"},
        {"--baseline 0.05 --lift 0.1 --segments mobile", 2, "KEY=SHARE"},
        {"--baseline 0.05 --lift 0.1 --formula magic", 2, "pooled, unpooled"},
        {"--baseline 0.05 --lift 0.1 --looks 0", 2, "from 1 to 20"},
        {"--baseline 0.05 --lift 0.1 --looks 21", 2, "from 1 to 20"},
        {"--baseline 0.05 --lift 0.1 --looks 3 --spending magic", 2, "obrien-fleming or pocock"},
        {"--baseline 0.05 --lift 0.1 --looks 3 --alpha 0.6 --power 0.8", 2, "alpha: 0.6 is not above 0"},
        {"--baseline 5 --lift 0.1 --sd 1,0", 2, "not above 0"},
        {"--baseline 0.05 --lift 0.1 --formula exact", 2, "formula: exact is for small samples"},
        {"--baseline 0.05 --visitors 90000 --formula exact", 2, "formula: exact is for small samples"},
        {"--baseline 0.05 --sd 1 --difference 1e-10", 2, "difference: 1e-10 is too small"},
        {"--baseline 0.05 --difference 1e-20", 2, "difference: 1e-20 is too small"},
        {"--baseline 0.05 --sd 1e200 --difference 1e-200", 2, "difference: 1e-200 is too small"},
        {"--baseline 0.05 --sd 1 --visitors 1e300", 2, "visitors: 1e+300 is not from 0 to 1e+18"},
        {"--baseline 0.05 --lift 0.1 --visitors -1", 2, "--visitors: \"-1\" is not above 0"},
    };
    scratch_refuses("power", cases, sizeof cases / sizeof *cases);
}

static void the_largest_samples_and_deviations_have_their_numbers(void **state)
{
    (void)state;
    // 2 sd (z_0.975 + z_0.8) / sqrt(visitors), as of the normal distribution
    static const struct {
        const char *arguments;
        double detectable;
    } cases[] = {
        {"--sd 1 --visitors 1e18", 5.603170436225936e-09},
        {"--sd 1e200 --visitors 1e12", 5.603170436225936e194},
        {"--sd 1e-200 --visitors 1e12", 5.603170436225936e-206},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scratch_run run = scratch_samplit("power --baseline 1 %s --json", cases[i].arguments);
        assert_int_equal(run.code, 0);
        cJSON *json = cJSON_Parse(run.out);
        assert_non_null(json);
        const cJSON *row = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "segments"), 0);
        assert_near(scratch_number(row, "detectable") / cases[i].detectable, 1, 1e-6);
        cJSON_Delete(json);
        scratch_run_free(&run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_has_a_row_per_segment_and_names_its_formula),
        cmocka_unit_test(json_has_the_numbers_of_r),
        cmocka_unit_test(visitors_alone_give_the_effect_that_is_seen),
        cmocka_unit_test(the_largest_samples_and_deviations_have_their_numbers),
        cmocka_unit_test(looks_have_their_bounds_and_their_price),
        cmocka_unit_test(misuse_names_the_option_or_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
