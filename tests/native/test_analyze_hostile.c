// SPDX-License-Identifier: MIT
// Logs that are small, odd or hostile: a clear error or a defined report.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/write.h"
#include "analyze_fixture.h"
#include "near.h"
#include "scratch.h"
#include "testing.h"

// An exposure of unit N at a second of the day; `more` is further fields, with a comma before them.
static void expose(FILE *out, int n, int second, const char *variant, const char *more)
{
    fprintf(out,
            "{\"type\":\"exposure\",\"id\":\"01890000-0000-7000-8000-%012d\",\"time\":\"2026-01-01T%02d:%02d:%02dZ\","
            "\"experiment\":\"x\",\"unit\":\"u%d\",\"variant\":\"%s\"%s}\n",
            n, second / 3600, second / 60 % 60, second % 60, n, variant, more);
}

static void convert(FILE *out, int id, int n, int second)
{
    fprintf(out,
            "{\"type\":\"outcome\",\"id\":\"01890000-0000-7000-9000-%012d\",\"time\":\"2026-01-01T%02d:%02d:%02dZ\","
            "\"exposure\":\"01890000-0000-7000-8000-%012d\",\"name\":\"buy\",\"value\":1}\n",
            id, second / 3600, second / 60 % 60, second % 60, n);
}

#define EVEN ",\"propensity\":0.5,\"probabilities\":[0.5,0.5]"

static FILE *open_log(const char *name)
{
    FILE *out = fopen(scratch_path(name), "w");
    assert_non_null(out);
    return out;
}

// Both writers on the report; neither may print a NaN.
static void write_both(const spl_analysis *r)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_true(spl_analysis_text(r, 100, true, out) && spl_analysis_text(r, 60, false, out));
    assert_true(spl_analysis_json(r, out));
    spl_analysis_html(r, out);
    assert_int_equal(fclose(out), 0);
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "-inf"));
    assert_null(strstr(text, "+inf"));
    free(text);
}

static void refuse(const char *name, const char *message)
{
    spl_analyze_settings settings = analyze_settings();
    spl_analysis report;
    spl_error error = {0};
    char text[1024];
    assert_false(spl_analyze_log(scratch_path(name), &settings, &report, &error));
    scratch_says(spl_error_format(&error, text, sizeof text), message);
}

static void logs_without_exposures_are_refused(void **state)
{
    (void)state;
    scratch_write_text(scratch_path("empty.ndjson"), "");
    refuse("empty.ndjson", "no exposure");
    FILE *out = open_log("outcomes.ndjson");
    convert(out, 1, 1, 5);
    fclose(out);
    refuse("outcomes.ndjson", "no exposure");
    scratch_write_text(scratch_path("noise.ndjson"), "{\nnot json\n[]\n");
    refuse("noise.ndjson", "no exposure");
}

static void propensities_that_are_missing_or_impossible_are_bad_lines(void **state)
{
    (void)state;
    FILE *out = open_log("propensity.ndjson");
    for (int i = 0; i < 300; i++) expose(out, i, i, i % 2 ? "b" : "a", EVEN);
    expose(out, 300, 300, "a", "");
    expose(out, 301, 301, "a", ",\"propensity\":0");
    expose(out, 302, 302, "a", ",\"propensity\":1.5");
    expose(out, 303, 303, "a", ",\"propensity\":0.3,\"probabilities\":[0.5,0.5]");
    fclose(out);
    spl_analyze_settings settings = analyze_settings();
    spl_analysis r = analyze_log("propensity.ndjson", &settings);
    assert_int_equal(r.counts.visitors, 300);
    assert_int_equal(r.counts.bad_lines, 3);
    assert_int_equal(r.counts.unusable, 1);
    assert_non_null(strstr(r.counts.first_bad, "propensity"));
    assert_int_equal(analyze_check(&r, "propensity")->grade, SPL_ANALYSIS_DOUBT);
    write_both(&r);
    spl_analysis_free(&r);
}

static void without_probabilities_shares_must_be_given_where_propensities_change(void **state)
{
    (void)state;
    FILE *out = open_log("changing.ndjson");
    for (int i = 0; i < 300; i++)
        expose(out, i, i, i % 2 ? "b" : "a", i < 150 ? ",\"propensity\":0.5" : ",\"propensity\":0.4");
    fclose(out);
    refuse("changing.ndjson", "probabilities");
}

static void one_variant_is_described_and_compared_with_nothing(void **state)
{
    (void)state;
    FILE *out = open_log("one.ndjson");
    for (int i = 0; i < 400; i++) {
        expose(out, i, i, "only",
               i % 4 ? ",\"propensity\":1,\"context\":{\"plan\":\"p\"}"
                     : ",\"propensity\":1,\"context\":{\"plan\":\"q\"}");
        if (i % 10 == 0) convert(out, i, i, i);
    }
    fclose(out);
    spl_analyze_settings settings = analyze_settings();
    spl_analysis r = analyze_log("one.ndjson", &settings);
    assert_int_equal(r.variant_count, 1);
    assert_int_equal(r.winner, SPL_ANALYSIS_NONE);
    assert_near(r.rate, 0.1, 1e-12);
    assert_int_equal(r.segment_count, 3);
    assert_false(isnan(r.segments[1].rest.p));
    assert_non_null(strstr(r.summary.text[0], "one variant only"));
    write_both(&r);
    spl_analysis_free(&r);
}

static void a_segment_with_one_visitor_has_a_rate_and_no_claims(void **state)
{
    (void)state;
    FILE *out = open_log("lonely.ndjson");
    for (int i = 0; i < 400; i++) {
        expose(out, i, i, i % 2 ? "b" : "a",
               i == 7 ? EVEN ",\"context\":{\"plan\":\"lonely\"}" : EVEN ",\"context\":{\"plan\":\"p\"}");
        if (i % 8 == 7) convert(out, i, i, i);
    }
    fclose(out);
    spl_analyze_settings settings = analyze_settings();
    settings.segments.min_visitors = 1;
    spl_analysis r = analyze_log("lonely.ndjson", &settings);
    const spl_analysis_segment *lonely = analyze_segment(&r, "plan:lonely");
    assert_int_equal(lonely->visitors, 1);
    assert_near(lonely->rate, 1, 0);
    assert_true(lonely->interval.low > 0 && lonely->interval.high == 1);
    assert_true(lonely->best == SPL_ANALYSIS_NONE && lonely->winner == SPL_ANALYSIS_NONE);
    assert_int_equal(lonely->arms[1].effect.method, SPL_ANALYSIS_NOTHING);
    assert_false(lonely->rest.claimed);
    write_both(&r);
    spl_analysis_free(&r);
    settings.segments.min_visitors = 100;
    r = analyze_log("lonely.ndjson", &settings);
    assert_int_equal(r.small_segments, 1);
    spl_analysis_free(&r);
}

static void two_outcomes_of_one_exposure_count_once(void **state)
{
    (void)state;
    FILE *out = open_log("twice.ndjson");
    for (int i = 0; i < 400; i++) {
        expose(out, i, i, i % 2 ? "b" : "a", EVEN);
        if (i % 4 == 0) convert(out, i, i, i);
        if (i % 4 == 0) convert(out, 1000 + i, i, i);
    }
    fclose(out);
    spl_analyze_settings settings = analyze_settings();
    spl_analysis r = analyze_log("twice.ndjson", &settings);
    assert_int_equal(r.counts.outcomes, 100);
    assert_int_equal(r.counts.duplicate_outcomes, 100);
    assert_near(r.rate, 0.25, 1e-12);
    assert_non_null(analyze_check(&r, "outcomes-repeated"));
    spl_analysis_free(&r);
}

static void the_order_of_the_log_does_not_matter(void **state)
{
    (void)state;
    FILE *sorted = open_log("sorted.ndjson"), *backwards = open_log("backwards.ndjson");
    for (int i = 0; i < 600; i++) {
        int j = 599 - i;
        const char *changing = ",\"propensity\":0.8,\"probabilities\":[0.2,0.8]";
        expose(sorted, i, i, i % 2 ? "b" : "a", i % 2 && i > 300 ? changing : EVEN);
        expose(backwards, j, j, j % 2 ? "b" : "a", j % 2 && j > 300 ? changing : EVEN);
        if (i % 5 == 0) convert(sorted, i, i, i);
        if (j % 5 == 0) convert(backwards, j, j, j);
    }
    fclose(sorted);
    fclose(backwards);
    spl_analyze_settings settings = analyze_settings();
    settings.log.window_ms = 3600000;
    spl_analysis a = analyze_log("sorted.ndjson", &settings), b = analyze_log("backwards.ndjson", &settings);
    assert_true(a.adaptive && b.adaptive);
    assert_int_equal(a.counts.visitors, b.counts.visitors);
    assert_near(a.segments[0].arms[1].rate, b.segments[0].arms[1].rate, 0);
    assert_near(a.segments[0].arms[1].effect.p, b.segments[0].arms[1].effect.p, 0);
    assert_int_equal(a.first_ms, b.first_ms);
    spl_analysis_free(&a);
    spl_analysis_free(&b);
}

static void without_outcomes_the_data_are_called_broken(void **state)
{
    (void)state;
    FILE *out = open_log("nothing.ndjson");
    for (int i = 0; i < 400; i++) expose(out, i, i, i % 2 ? "b" : "a", EVEN ",\"context\":{\"plan\":\"p\",\"q\":true}");
    fclose(out);
    spl_analyze_settings settings = analyze_settings();
    spl_analysis r = analyze_log("nothing.ndjson", &settings);
    assert_null(r.outcome);
    assert_int_equal(analyze_check(&r, "outcomes")->grade, SPL_ANALYSIS_BROKEN);
    assert_int_equal(r.health, SPL_ANALYSIS_BROKEN);
    assert_false(r.segments[0].arms[1].effect.claimed);
    assert_int_equal(r.advice[0].kind, SPL_ADVICE_FIX_DATA);
    write_both(&r);
    spl_analysis_free(&r);
}

static void the_first_exposure_of_a_unit_counts(void **state)
{
    (void)state;
    FILE *out = open_log("again.ndjson");
    for (int i = 0; i < 200; i++) expose(out, i, i, i % 2 ? "b" : "a", EVEN);
    for (int i = 0; i < 200; i++) expose(out, i, 300 + i, i % 2 ? "a" : "b", EVEN);
    for (int i = 0; i < 200; i += 10) convert(out, i, i, 300);
    fclose(out);
    spl_analyze_settings settings = analyze_settings();
    settings.log.window_ms = 3600000;
    spl_analysis r = analyze_log("again.ndjson", &settings);
    assert_int_equal(r.counts.visitors + r.counts.too_young, 200);
    assert_int_equal(r.counts.repeated, 200);
    assert_true(r.segments[0].arms[0].converted > 0 && r.segments[0].arms[1].converted == 0);
    spl_analysis_free(&r);
}

// 30 % of b's visitors on plan q never arrive.
static void a_leak_is_seen_and_its_place_is_named(void **state)
{
    (void)state;
    FILE *out = open_log("leak.ndjson");
    for (int i = 0; i < 20000; i++) {
        bool b = analyze_uniform(3, (uint32_t)i, 1) < 0.5, q = analyze_uniform(3, (uint32_t)i, 2) < 0.5;
        if (b && q && analyze_uniform(3, (uint32_t)i, 3) < 0.3) continue;
        expose(out, i, i, b ? "b" : "a",
               q ? EVEN ",\"context\":{\"plan\":\"q\"}" : EVEN ",\"context\":{\"plan\":\"p\"}");
        if (i % 10 == 0) convert(out, i, i, i);
    }
    fclose(out);
    spl_analyze_settings settings = analyze_settings();
    spl_analysis r = analyze_log("leak.ndjson", &settings);
    assert_int_equal(r.light, SPL_SRM_RED_LIGHT);
    assert_true(r.leak_count >= 1 && strcmp(r.leaks[0].where, "plan:q") == 0);
    assert_int_equal(r.health, SPL_ANALYSIS_BROKEN);
    assert_int_equal(r.advice[0].kind, SPL_ADVICE_FIX_DATA);
    spl_analysis_free(&r);
}

static void names_of_strangers_are_made_visible_everywhere(void **state)
{
    (void)state;
    FILE *out = open_log("names.ndjson");
    for (int i = 0; i < 600; i++) {
        expose(out, i, i, i % 2 ? "<script>alert(1)</script>" : "\\u001b[31mred",
               i % 3 ? EVEN ",\"context\":{\"plan\":\"a|b:c\\u202e\"}" : EVEN ",\"context\":{\"plan\":\"<b>&\\\"'\"}");
        if (i % 7 == 0) convert(out, i, i, i);
    }
    fclose(out);
    spl_analyze_settings settings = analyze_settings();
    spl_analysis r = analyze_log("names.ndjson", &settings);
    char *text = NULL;
    size_t size;
    FILE *all = open_memstream(&text, &size);
    assert_true(spl_analysis_text(&r, 100, true, all) && spl_analysis_json(&r, all));
    assert_int_equal(fclose(all), 0);
    assert_null(strchr(text, '\x1b'));
    assert_null(strstr(text, "\xe2\x80\xae"));
    free(text);
    all = open_memstream(&text, &size);
    spl_analysis_html(&r, all);
    assert_int_equal(fclose(all), 0);
    assert_null(strstr(text, "<script>alert"));
    assert_null(strstr(text, "<b>&"));
    free(text);
    all = open_memstream(&text, &size);
    assert_true(spl_analysis_text(&r, 80, false, all));
    assert_int_equal(fclose(all), 0);
    for (const char *at = text; *at; at++) assert_true((unsigned char)*at < 0x80);
    free(text);
    spl_analysis_free(&r);
}

static void a_clock_that_is_years_off_does_not_flatten_the_course(void **state)
{
    (void)state;
    FILE *out = open_log("clock.ndjson");
    for (int i = 0; i < 4000; i++) {
        expose(out, i, 20 * i, i % 2 ? "b" : "a", EVEN);
        if (i % 9 == 0) convert(out, i, i, 20 * i);
    }
    fprintf(out,
            "{\"type\":\"exposure\",\"id\":\"01890000-0000-7000-8000-999999999999\",\"time\":\"1970-01-01T00:00:00Z\","
            "\"experiment\":\"x\",\"unit\":\"old\",\"variant\":\"a\"" EVEN "}\n");
    fclose(out);
    spl_analyze_settings settings = analyze_settings();
    spl_analysis r = analyze_log("clock.ndjson", &settings);
    assert_true(r.time.count > 10);
    assert_true(r.time.width_ms <= 3600000);
    assert_int_equal(r.counts.late, 1);
    write_both(&r);
    spl_analysis_free(&r);
}

static void too_many_combinations_are_refused_and_many_segments_cut(void **state)
{
    (void)state;
    FILE *out = open_log("wide.ndjson");
    for (int i = 0; i < 3000; i++) {
        char context[512];
        int at = snprintf(context, sizeof context, EVEN ",\"context\":{\"page\":\"v%d\"", i % 1500);
        for (int a = 0; a < 17; a++)
            at += snprintf(context + at, sizeof context - (size_t)at, ",\"x%d\":\"%c\"", a, 'a' + (i >> a) % 2);
        snprintf(context + at, sizeof context - (size_t)at, "}");
        expose(out, i, i, i % 2 ? "b" : "a", context);
        if (i % 9 == 0) convert(out, i, i, i);
    }
    fclose(out);
    spl_analyze_settings settings = analyze_settings();
    settings.segments.depth = 3;
    spl_analysis r;
    spl_error error = {0};
    assert_false(spl_analyze_log(scratch_path("wide.ndjson"), &settings, &r, &error));
    assert_string_equal(error.field, "depth");
    settings.segments.depth = 1;
    settings.segments.min_visitors = 1;
    r = analyze_log("wide.ndjson", &settings);
    assert_int_equal(r.segment_count, 1 + SPL_SEGMENTS_MAX);
    assert_true(r.more_segments > 0);
    write_both(&r);
    spl_analysis_free(&r);
}

static void tiny_segments_of_a_bandits_log_have_no_intervals(void **state)
{
    (void)state;
    analyze_world world = analyze_world_default();
    world.visitors = 300;
    world.plans = 20;
    world.places = 20;
    world.variants = 3;
    world.bandit = true;
    analyze_world_write("tiny.ndjson", &world);
    spl_analyze_settings settings = analyze_settings();
    settings.segments.min_visitors = 1;
    spl_analysis r = analyze_log("tiny.ndjson", &settings);
    assert_true(r.adaptive && r.segment_count > 100);
    for (uint32_t i = 1; i < r.segment_count; i++) {
        const spl_analysis_segment *s = &r.segments[i];
        if (s->visitors > 5) continue;
        assert_true(isnan(s->arms[1].interval.low) && isnan(s->rest.p) && isnan(s->arms[1].effect.p));
        assert_int_equal(s->best, SPL_ANALYSIS_NONE);
    }
    write_both(&r);
    spl_analysis_free(&r);
}

static void rewards_as_large_as_events_allow_stay_finite(void **state)
{
    (void)state;
    FILE *out = open_log("large.ndjson");
    for (int i = 0; i < 1200; i++) {
        expose(out, i, i, i % 2 ? "b" : "a",
               i % 3 ? EVEN ",\"context\":{\"plan\":\"p\"}" : EVEN ",\"context\":{\"plan\":\"q\"}");
        fprintf(
            out,
            "{\"type\":\"outcome\",\"id\":\"01890000-0000-7000-9000-%012d\",\"time\":\"2026-01-01T%02d:%02d:%02dZ\","
            "\"exposure\":\"01890000-0000-7000-8000-%012d\",\"name\":\"worth\",\"value\":%s}\n",
            i, i / 3600, i / 60 % 60, i % 60, i, i % 5 ? "1e100" : "-1e100");
    }
    fclose(out);
    spl_analyze_settings settings = analyze_settings();
    spl_analysis r = analyze_log("large.ndjson", &settings);
    assert_false(r.binary);
    assert_near(r.segments[0].rate / 6e99, 1, 1e-9);
    assert_true(isfinite(r.segments[0].interval.high));
    write_both(&r);
    spl_analysis_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logs_without_exposures_are_refused),
        cmocka_unit_test(propensities_that_are_missing_or_impossible_are_bad_lines),
        cmocka_unit_test(without_probabilities_shares_must_be_given_where_propensities_change),
        cmocka_unit_test(one_variant_is_described_and_compared_with_nothing),
        cmocka_unit_test(a_segment_with_one_visitor_has_a_rate_and_no_claims),
        cmocka_unit_test(two_outcomes_of_one_exposure_count_once),
        cmocka_unit_test(the_order_of_the_log_does_not_matter),
        cmocka_unit_test(without_outcomes_the_data_are_called_broken),
        cmocka_unit_test(the_first_exposure_of_a_unit_counts),
        cmocka_unit_test(a_leak_is_seen_and_its_place_is_named),
        cmocka_unit_test(names_of_strangers_are_made_visible_everywhere),
        cmocka_unit_test(a_clock_that_is_years_off_does_not_flatten_the_course),
        cmocka_unit_test(tiny_segments_of_a_bandits_log_have_no_intervals),
        cmocka_unit_test(rewards_as_large_as_events_allow_stay_finite),
        cmocka_unit_test(too_many_combinations_are_refused_and_many_segments_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
