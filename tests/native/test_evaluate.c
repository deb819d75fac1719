// SPDX-License-Identifier: MIT
// From lines of a log to the bundle's value: which row judges an exposure, what is left out, what is said.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "evaluate/evaluate.h"
#include "evaluate/evaluate_write.h"
#include "evaluate/points.h"
#include "evaluate/verdict.h"
#include "samplit/rng.h"
#include "scratch.h"
#include "testing.h"
#include "tree_fixture.h"

static spl_bundle_file file;

static int open_bundle(void **state)
{
    (void)state;
    size_t size;
    uint8_t *data = fixture_bundle(fixture_world, fixture_world_count, fixture_plain_variants, &size);
    const char *path = scratch_path("evaluate.safetensors");
    scratch_write(path, data, size);
    free(data);
    return spl_bundle_file_open(path, &file, NULL) ? 0 : -1;
}

static int close_bundle(void **state)
{
    (void)state;
    spl_bundle_file_close(&file);
    return 0;
}

static spl_evaluation evaluation;
static uint64_t line_number;
static int event_number;

static void start(const spl_evaluate_config *config)
{
    spl_evaluate_config usual = spl_evaluate_config_default();
    line_number = 0;
    event_number = 0;
    assert_true(spl_evaluate_start(&file.bundle, config ? config : &usual, &evaluation, NULL));
}

__attribute__((format(printf, 1, 2))) static void feed(const char *format, ...)
{
    char line[2048];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    assert_true(spl_evaluate_line(&evaluation, (spl_text){line, (size_t)size}, ++line_number, NULL));
}

// An exposure, one minute after the one before; `more` are further fields with a leading comma. With a
// reward above 0 its outcome follows. Returns the exposure's number.
static int show(const char *unit, const char *variant, double propensity, const char *more, double reward)
{
    int n = event_number++;
    char time[32];
    snprintf(time, sizeof time, "2026-01-%02dT%02d:%02d:00Z", 1 + n / 1440, n / 60 % 24, n % 60);
    feed("{\"type\":\"exposure\",\"id\":\"019353b2-6f4e-7c3a-8a55-%012d\",\"time\":\"%s\",\"experiment\":\"world\","
         "\"unit\":\"%s\",\"variant\":\"%s\",\"propensity\":%.17g%s}",
         n, time, unit, variant, propensity, more);
    if (reward != 0)
        feed("{\"type\":\"outcome\",\"id\":\"019353b2-6f4e-7c3a-8a56-%012d\",\"time\":\"%s\",\"exposure\":"
             "\"019353b2-6f4e-7c3a-8a55-%012d\",\"name\":\"purchase\",\"value\":%.17g}",
             n, time, n, reward);
    return n;
}

static spl_join_counts finish(void)
{
    spl_join_counts join;
    spl_evaluate_finish(&evaluation, &join);
    return join;
}

static double ips(uint32_t policy)
{
    return spl_ope_value(evaluation.ope, policy, SPL_OPE_IPS).value;
}

static bool said(const spl_sentences *sentences, const char *part)
{
    for (uint32_t i = 0; i < sentences->count; i++) {
        if (strstr(sentences->text[i], part)) return true;
    }
    return false;
}

static bool warned(const spl_join_counts *join, const char *part)
{
    spl_sentences sentences;
    spl_verdict_warnings(&evaluation, join, &sentences);
    return said(&sentences, part);
}

static void every_exposure_is_judged_by_the_row_that_would_serve_it(void **state)
{
    (void)state;
    static const struct {
        const char *context;
        double p_b; // what the fixture's bundle gives to b there
    } cases[] = {
        {",\"context\":{}", 0.50},
        {",\"context\":{},\"segment\":\"country:US\"", 0.50}, // nothing is known, and that is known
        {",\"context\":{\"country\":\"FR\"}", 0.50},
        {",\"context\":{\"country\":\"US\"}", 0.65},
        {",\"context\":{\"country\":\"DE\"}", 0.50}, // the root serves
        {",\"context\":{\"country\":\"US\",\"device\":\"mobile\",\"source\":\"instagram\"}", 0.98},
        {",\"context\":{\"country\":\"US\",\"device\":\"mobile\",\"source\":\"google\"}", 0.88}, // its parent serves
        {",\"segment\":\"country:US|device:desktop\"", 0.15},
        {",\"segment\":\"country:GB|other:x\"", 0.20},
        {",\"segment\":\"global\"", 0.50},
        {"", 0.50},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        start(NULL);
        show("u", "b", 0.25, cases[i].context, 1);
        finish();
        if (fabs(ips(SPL_OPE_TARGET) - cases[i].p_b / 0.25) > 1e-12)
            fail_msg("%s: %g", cases[i].context, ips(SPL_OPE_TARGET) * 0.25);
        assert_true(fabs(ips(SPL_OPE_UNIFORM) - 4.0 / 3) < 1e-12);
        spl_evaluate_free(&evaluation);
    }
}

static void a_raw_user_agent_is_read_as_at_decision_time(void **state)
{
    (void)state;
    start(NULL);
    show("u", "b", 0.5,
         ",\"context\":{\"country\":\"US\",\"user_agent\":\"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like "
         "Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1\"}",
         1);
    finish();
    assert_true(fabs(ips(SPL_OPE_TARGET) - 0.88 / 0.5) < 1e-12);
    spl_evaluate_free(&evaluation);
}

static void what_does_not_belong_is_left_out_and_counted(void **state)
{
    (void)state;
    start(NULL);
    show("u0", "b", 0.5, "", 1);
    show("u1", "b", 1, ",\"reason\":\"forced\"", 1);
    show("u2", "control", 1, ",\"reason\":\"holdout\"", 0);
    show("u3", "b", 0.5, ",\"reason\":\"sticky\"", 0);
    feed("{\"type\":\"exposure\",\"id\":\"019353b2-6f4e-7c3a-8a55-999999999999\",\"time\":\"2026-01-01T00:00:00Z\","
         "\"experiment\":\"other\",\"unit\":\"u\",\"variant\":\"b\",\"propensity\":0.5}");
    feed("{\"type\":\"exposure\",\"id\":\"019353b2-6f4e-7c3a-8a55-999999999998\",\"time\":\"2026-01-01T00:00:00Z\","
         "\"experiment\":\"world\",\"unit\":\"u\",\"variant\":\"b\"}");
    feed("not an event");
    feed("%s", "");
    spl_join_counts join = finish();
    assert_int_equal(spl_ope_counted(evaluation.ope).exposures, 1);
    assert_int_equal(evaluation.counts.not_drawn, 3);
    assert_int_equal(evaluation.counts.other_experiment, 1);
    assert_int_equal(evaluation.counts.without_propensity, 1);
    assert_int_equal(evaluation.counts.unreadable, 1);
    assert_int_equal(evaluation.first_bad.line, line_number - 1);
    assert_int_equal(evaluation.counts.at_root, 1);
    assert_string_equal(evaluation.experiments.name[0], "other");
    assert_true(warned(&join, "no usable propensity"));
    assert_true(warned(&join, "could not be read"));
    spl_evaluate_free(&evaluation);
}

static void folds_part_the_units(void **state)
{
    (void)state;
    uint64_t exposures[2];
    for (uint32_t k = 0; k < 2; k++) {
        spl_evaluate_config config = spl_evaluate_config_default();
        config.fold = (spl_fold){k, 2, false};
        start(&config);
        char unit[16];
        for (int i = 0; i < 200; i++) {
            snprintf(unit, sizeof unit, "u%d", i);
            show(unit, "b", 0.5, "", i % 3 == 0);
        }
        finish();
        exposures[k] = spl_ope_counted(evaluation.ope).exposures;
        assert_int_equal(evaluation.counts.other_fold, 200 - exposures[k]);
        spl_evaluate_free(&evaluation);
    }
    assert_int_equal(exposures[0] + exposures[1], 200);
    assert_in_range(exposures[0], 70, 130);
}

static void variants_that_do_not_match_are_named(void **state)
{
    (void)state;
    start(NULL);
    for (int i = 0; i < 60; i++) show("u", i % 2 ? "b" : "new\x7f", 0.5, "", i % 3 == 0);
    spl_join_counts join = finish();
    assert_int_equal(evaluation.counts.unknown_variant, 30);
    assert_true(warned(&join, "new\\u{7f}"));
    assert_true(warned(&join, "never shows control"));
    assert_true(warned(&join, "never shows c,"));
    assert_false(warned(&join, "never shows b"));
    spl_evaluate_free(&evaluation);
}

// The log shows b alone of the bundle's variants: what the others would have earned cannot come from it.
static void what_the_log_never_shows_is_not_identified(void **state)
{
    (void)state;
    spl_sentences sentences;
    start(NULL);
    for (int i = 0; i < 60; i++) show("u", "b", 0.5, "", i % 3 == 0);
    spl_join_counts join = finish();
    const spl_ope *ope = evaluation.ope;
    assert_false(spl_ope_supported(ope, SPL_OPE_TARGET));
    assert_false(spl_ope_supported(ope, SPL_OPE_UNIFORM));
    assert_true(spl_ope_supported(ope, SPL_OPE_ALWAYS + 1));
    assert_true(spl_ope_supported(ope, SPL_OPE_LOGGING));
    assert_true(isnan(spl_evaluate_value(ope, SPL_OPE_TARGET, SPL_OPE_IPS).value));
    assert_true(isnan(spl_evaluate_value(ope, SPL_OPE_TARGET, SPL_OPE_SNIPS).value));
    assert_true(isfinite(spl_evaluate_value(ope, SPL_OPE_TARGET, SPL_OPE_DR).value));
    assert_true(isnan(spl_evaluate_gain(ope, SPL_OPE_TARGET, SPL_OPE_ALWAYS + 1, SPL_OPE_SNIPS).value));
    assert_true(isfinite(spl_evaluate_value(ope, SPL_OPE_ALWAYS + 1, SPL_OPE_IPS).value));

    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_true(spl_evaluate_text(&evaluation, &join, false, out));
    fclose(out);
    assert_non_null(strstr(text, "not identified"));
    free(text);
    out = open_memstream(&text, &size);
    assert_true(spl_evaluate_json(&evaluation, &join, out));
    fclose(out);
    assert_non_null(strstr(text, "not identified: the log never shows"));
    free(text);
    spl_verdict_gains(&evaluation, &sentences);
    assert_non_null(strstr(sentences.text[0], "the log never shows a variant that the bundle serves"));
    spl_evaluate_free(&evaluation);
}

// A log of `count` visits whose variants are drawn uniformly; `claimed` is the propensity it states.
static spl_join_counts uniform_log(int count, double claimed, const double rates[FIXTURE_VARIANTS])
{
    for (int i = 0; i < count; i++) {
        double u[2];
        char unit[16];
        spl_uniform2(5, (uint64_t)i, SPL_STREAM_TEST, 0, u);
        uint32_t v = (uint32_t)(u[0] * FIXTURE_VARIANTS);
        snprintf(unit, sizeof unit, "u%d", i);
        show(unit, fixture_plain_variants[v], claimed, "", u[1] < rates[v]);
    }
    return finish();
}

static void true_propensities_bring_no_warning_and_false_ones_do(void **state)
{
    (void)state;
    static const double rates[] = {0.2, 0.4, 0.1};
    start(NULL);
    spl_join_counts join = uniform_log(3000, 1.0 / 3, rates);
    spl_sentences warnings;
    spl_verdict_warnings(&evaluation, &join, &warnings);
    assert_int_equal(warnings.count, 1); // that there is neither context nor segment
    assert_true(warned(&join, "neither context nor segment"));
    spl_evaluate_free(&evaluation);

    start(NULL);
    join = uniform_log(3000, 0.5, rates);
    assert_true(warned(&join, "mean weight"));
    spl_evaluate_free(&evaluation);
}

static void few_effective_samples_and_heavy_weights_are_warned_of(void **state)
{
    (void)state;
    start(NULL);
    for (int i = 0; i < 50; i++) show("u", i % 2 ? "b" : "control", i == 7 ? 0.001 : 0.5, "", i % 5 == 0);
    spl_join_counts join = finish();
    assert_true(warned(&join, "effective sample"));
    assert_true(warned(&join, "weigh more than 20"));
    spl_evaluate_free(&evaluation);

    spl_evaluate_config config = spl_evaluate_config_default();
    config.clip = 20;
    start(&config);
    for (int i = 0; i < 50; i++) show("u", "b", i == 7 ? 0.001 : 0.5, "", i % 5 == 0);
    join = finish();
    assert_true(warned(&join, "1 weights were cut at 20"));
    assert_false(warned(&join, "--clip")); // it is there
    spl_evaluate_free(&evaluation);
}

static void one_weight_that_outweighs_the_others_is_not_called_more_than_20(void **state)
{
    (void)state;
    static const double rates[] = {0.2, 0.4, 0.1};
    start(NULL);
    show("u", "b", 1.0 / 32, "", 0); // weighs 16 of 1,000
    spl_join_counts join = uniform_log(999, 1.0 / 3, rates);
    assert_true(warned(&join, "A single exposure weighs 16.0"));
    assert_false(warned(&join, "weigh more than 20"));
    spl_evaluate_free(&evaluation);
}

static void the_verdict_says_more_less_or_not_shown(void **state)
{
    (void)state;
    spl_sentences sentences;
    static const double b_wins[] = {0.1, 0.6, 0.1}, equal[] = {0.3, 0.3, 0.3};
    start(NULL);
    uniform_log(3000, 1.0 / 3, b_wins); // the root serves b with 0.5
    spl_verdict_gains(&evaluation, &sentences);
    assert_true(said(&sentences, "The bundle earns less than the best single arm, b"));
    assert_true(said(&sentences, "Without its exploration it serves as the best single arm, b"));
    assert_true(said(&sentences, "The bundle earns more than a uniform split"));
    spl_evaluate_free(&evaluation);

    start(NULL);
    uniform_log(3000, 1.0 / 3, equal);
    spl_verdict_gains(&evaluation, &sentences);
    assert_true(said(&sentences, "is not shown to differ from a uniform split"));
    spl_evaluate_free(&evaluation);
}

static void a_log_without_outcomes_is_said_to_be_one(void **state)
{
    (void)state;
    spl_sentences sentences;
    start(NULL);
    for (int i = 0; i < 30; i++) show("u", fixture_plain_variants[i % 3], 1.0 / 3, "", 0);
    finish();
    spl_verdict_gains(&evaluation, &sentences);
    assert_int_equal(sentences.count, 1); // and not that the bundle serves as another policy does
    assert_true(said(&sentences, "No exposure earned anything"));
    assert_true(ips(SPL_OPE_TARGET) == 0);
    spl_evaluate_free(&evaluation);
}

static void equal_earnings_are_not_taken_for_equal_policies(void **state)
{
    (void)state;
    spl_sentences sentences;
    start(NULL);
    for (int i = 0; i < 300; i++) show("u", fixture_plain_variants[i % 3], 1.0 / 3, "", 1); // everybody converts
    finish();
    spl_verdict_gains(&evaluation, &sentences);
    assert_false(said(&sentences, "The bundle serves as"));
    assert_true(said(&sentences, "The bundle earns what a uniform split does"));
    spl_evaluate_free(&evaluation);
}

static void weights_too_large_to_square_leave_the_verdict_open(void **state)
{
    (void)state;
    spl_sentences sentences;
    start(NULL);
    for (int i = 0; i < 300; i++) show("u", fixture_plain_variants[i % 3], i == 7 ? 1e-200 : 1.0 / 3, "", i % 4 == 0);
    finish();
    spl_verdict_gains(&evaluation, &sentences);
    assert_true(
        said(&sentences, "Nothing can be said about the gain over a uniform split: weights or rewards are too large"));
    spl_evaluate_free(&evaluation);
}

static bool prints(const spl_join_counts *join, bool json, const char *part)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_true((json ? spl_evaluate_json(&evaluation, join, out) : spl_evaluate_text(&evaluation, join, false, out)));
    fclose(out);
    assert_null(strstr(text, "nan"));
    bool found = strstr(text, part) != NULL;
    free(text);
    return found;
}

// Ten visits that all convert are no certainty.
static void a_short_log_has_values_without_intervals(void **state)
{
    (void)state;
    spl_sentences sentences;
    start(NULL);
    for (int i = 0; i < 12; i++) show("u", fixture_plain_variants[i % 3], 1.0 / 3, "", i % 4 > 0);
    spl_join_counts join = finish();
    assert_true(prints(&join, false, "(unknown)"));
    assert_true(prints(&join, false, "too few exposures"));
    assert_true(prints(&join, true, "\"reason\":\t\"too few exposures\""));
    spl_verdict_gains(&evaluation, &sentences);
    assert_true(said(&sentences, "too few exposures, or too few with or without a reward, for an interval"));
    spl_evaluate_free(&evaluation);
}

static void the_value_has_an_interval_at_every_look(void **state)
{
    (void)state;
    static const double rates[] = {0.2, 0.4, 0.1};
    start(NULL);
    spl_join_counts join = uniform_log(3000, 1.0 / 3, rates);
    spl_ope_estimate one = spl_evaluate_value(evaluation.ope, SPL_OPE_TARGET, SPL_OPE_SNIPS);
    spl_interval all = spl_ope_cs_interval(&evaluation.sequence[SPL_SEQUENCE_VALUE]);
    assert_true(all.low < one.low && one.high < all.high); // it says less, and holds longer
    assert_true(all.high - all.low < 3 * (one.high - one.low));
    assert_true(prints(&join, false, "over a uniform split"));
    assert_true(prints(&join, true, "at_every_look"));
    spl_evaluate_free(&evaluation);
}

// Amounts need a range that is known before.
static void amounts_have_one_where_their_range_is_given(void **state)
{
    (void)state;
    spl_evaluate_config config = spl_evaluate_config_default();
    for (int given = 0; given < 2; given++) {
        if (given) config.looks.high = 50;
        start(&config);
        for (int i = 0; i < 600; i++) show("u", fixture_plain_variants[i % 3], 1.0 / 3, "", i % 5 ? 0 : 10 + i % 40);
        spl_join_counts join = finish();
        const spl_ope_cs *value = &evaluation.sequence[SPL_SEQUENCE_VALUE];
        assert_int_equal(spl_ope_cs_state_of(value), given ? SPL_OPE_CS_OK : SPL_OPE_CS_REWARD);
        assert_true(given || prints(&join, false, "a reward was out of the range given"));
        spl_evaluate_free(&evaluation);
    }
}

// One exposure in four hundred weighs 50 times what the others do.
static void switch_dr_says_what_it_leaves_to_the_model(void **state)
{
    (void)state;
    start(NULL);
    for (int i = 0; i < 1200; i++)
        show("u", fixture_plain_variants[i % 3], i % 400 == 1 ? 1.0 / 150 : 1.0 / 3, "", i % 7 == 0);
    spl_join_counts join = finish();
    spl_ope_estimate with = spl_evaluate_value(evaluation.ope, SPL_OPE_TARGET, SPL_OPE_SWITCH);
    spl_ope_estimate without = spl_evaluate_value(evaluation.ope, SPL_OPE_TARGET, SPL_OPE_DR);
    assert_true(with.bias > 0 && with.se * with.se + with.bias * with.bias < without.se * without.se);
    assert_true(prints(&join, false, "are left to the model"));
    spl_evaluate_free(&evaluation);

    spl_evaluate_config config = spl_evaluate_config_default();
    config.threshold = 8;
    start(&config);
    for (int i = 0; i < 1200; i++)
        show("u", fixture_plain_variants[i % 3], i % 400 == 1 ? 1.0 / 150 : 1.0 / 3, "", i % 7 == 0);
    join = finish();
    assert_true(prints(&join, false, "weights of this bundle above 8 are left to the model"));
    assert_true(prints(&join, true, "\"threshold\":\t8"));
    spl_evaluate_free(&evaluation);
}

static void points_show_something_other_than_zero(void **state)
{
    (void)state;
    static const struct {
        double difference;
        const char *want;
    } cases[] = {{0.0013, "+0.13"},    {-0.00004, "-0.004"}, {-0.0000496, "-0.005"}, {-0.000051, "-0.01"},
                 {-4e-8, "-0.000004"}, {0, "+0.00"},         {-0.0, "+0.00"},        {-1e-13, "+0.00"},
                 {0.25, "+25.00"},     {NAN, "unknown"},     {INFINITY, "unknown"}};
    char out[SPL_FIGURE_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(spl_points(cases[i].difference, true, out), cases[i].want);
    assert_string_equal(spl_points(-12.345678, false, out), "-12.35");
    assert_string_equal(spl_points(-0.0, false, out), "+0");
    assert_string_equal(spl_points_rate(0.00002, true, out), "0.002");
    assert_string_equal(spl_points_rate(0.0472, true, out), "4.72");
}

static void rewards_other_than_0_and_1_are_means(void **state)
{
    (void)state;
    start(NULL);
    show("u1", "b", 0.5, "", 12.5);
    show("u2", "control", 0.5, "", 1);
    finish();
    assert_false(evaluation.binary);
    assert_true(fabs(ips(SPL_OPE_TARGET) - (12.5 * 1.0 + 1 * 0.4) / 2) < 1e-12);
    assert_string_equal(evaluation.outcome, "purchase");
    spl_evaluate_free(&evaluation);
}

static void the_outcome_is_that_of_the_first_that_finds_an_exposure(void **state)
{
    (void)state;
    start(NULL);
    feed("{\"type\":\"outcome\",\"id\":\"019353b2-6f4e-7c3a-8a56-888888888888\",\"time\":\"2026-01-01T00:00:00Z\","
         "\"exposure\":\"019353b2-6f4e-7c3a-8a55-777777777777\",\"name\":\"signup\"}"); // of another experiment
    show("u1", "b", 0.5, "", 1);
    finish();
    assert_string_equal(evaluation.outcome, "purchase");
    assert_int_equal(spl_ope_counted(evaluation.ope).rewarded, 1);
    spl_evaluate_free(&evaluation);
}

// An hour of exposures, one a minute; the outcome of each comes `delay` minutes after it.
static spl_join_counts delayed_log(int delay)
{
    for (int i = 0; i < 60; i++) {
        int n = show("u", "b", 0.5, "", 0);
        if (i < delay) continue;
        feed("{\"type\":\"outcome\",\"id\":\"019353b2-6f4e-7c3a-8a57-%012d\",\"time\":\"2026-01-01T00:%02d:00Z\","
             "\"exposure\":\"019353b2-6f4e-7c3a-8a55-%012d\",\"name\":\"purchase\"}",
             n, n, n - delay);
    }
    return finish();
}

static void exposures_too_young_to_tell_are_not_judged(void **state)
{
    (void)state;
    static const char shorter[] = "A shorter --window leaves out fewer";
    start(NULL);
    spl_join_counts join = delayed_log(10);
    assert_int_equal(join.open_exposures, 10);
    assert_int_equal(spl_ope_counted(evaluation.ope).exposures, 50);
    assert_true(spl_ope_value(evaluation.ope, SPL_OPE_LOGGING, SPL_OPE_IPS).value == 1);
    assert_false(warned(&join, shorter));
    spl_evaluate_free(&evaluation);

    start(NULL);
    join = delayed_log(30);
    assert_int_equal(join.open_exposures, 30);
    assert_true(warned(&join, shorter));
    spl_evaluate_free(&evaluation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_exposure_is_judged_by_the_row_that_would_serve_it),
        cmocka_unit_test(a_raw_user_agent_is_read_as_at_decision_time),
        cmocka_unit_test(what_does_not_belong_is_left_out_and_counted),
        cmocka_unit_test(folds_part_the_units),
        cmocka_unit_test(variants_that_do_not_match_are_named),
        cmocka_unit_test(what_the_log_never_shows_is_not_identified),
        cmocka_unit_test(true_propensities_bring_no_warning_and_false_ones_do),
        cmocka_unit_test(few_effective_samples_and_heavy_weights_are_warned_of),
        cmocka_unit_test(the_verdict_says_more_less_or_not_shown),
        cmocka_unit_test(one_weight_that_outweighs_the_others_is_not_called_more_than_20),
        cmocka_unit_test(a_log_without_outcomes_is_said_to_be_one),
        cmocka_unit_test(equal_earnings_are_not_taken_for_equal_policies),
        cmocka_unit_test(weights_too_large_to_square_leave_the_verdict_open),
        cmocka_unit_test(a_short_log_has_values_without_intervals),
        cmocka_unit_test(the_value_has_an_interval_at_every_look),
        cmocka_unit_test(amounts_have_one_where_their_range_is_given),
        cmocka_unit_test(switch_dr_says_what_it_leaves_to_the_model),
        cmocka_unit_test(points_show_something_other_than_zero),
        cmocka_unit_test(rewards_other_than_0_and_1_are_means),
        cmocka_unit_test(the_outcome_is_that_of_the_first_that_finds_an_exposure),
        cmocka_unit_test(exposures_too_young_to_tell_are_not_judged),
    };
    return cmocka_run_group_tests(tests, open_bundle, close_bundle);
}
