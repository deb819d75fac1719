// SPDX-License-Identifier: MIT
// What cannot be counted, tested or planned: every statistics command names it, or has an answer for it; none prints a
// NaN as a number.
#include <stdio.h>
#include <string.h>

#include "scratch.h"
#include "testing.h"

#define UNITS 600

typedef struct strange_log {
    double propensity; // of every exposure; negative: none
    int zero_each;     // every so many exposures have a propensity of 0
    const char *probs; // "probabilities"; NULL: none
    uint32_t variants; // served in turn
    int outcome_each;  // every so many exposures have an outcome; 0 = none
    double value;      // of it
    uint32_t outcomes; // of the same exposure
    bool backwards;    // the last event first
    uint32_t units;
} strange_log;

static const strange_log SOUND = {
    1.0 / 3, 0, "[0.33333333333333331,0.33333333333333331,0.33333333333333331]", 3, 5, 1, 1, false, UNITS};
static const char *const VARIANTS[] = {"control", "social-proof", "urgency"};

static void put_exposure(FILE *out, const strange_log *log, uint32_t i)
{
    double p = log->zero_each && i % (uint32_t)log->zero_each == 0 ? 0 : log->propensity;
    fprintf(out,
            "{\"type\":\"exposure\",\"id\":\"01890000-0000-7000-8000-%012u\",\"time\":\"2026-01-01T00:%02u:%02uZ\","
            "\"experiment\":\"hero\",\"unit\":\"u%u\",\"segment\":\"%s\",\"level\":0,\"variant\":\"%s\"",
            i, i / 60 % 60, i % 60, i, i == 1 ? "device:tv" : "global", VARIANTS[i % log->variants]);
    if (p >= 0) fprintf(out, ",\"propensity\":%.17g", p);
    if (log->probs) fprintf(out, ",\"probabilities\":%s", log->probs);
    fputs("}\n", out);
}

static void put_outcomes(FILE *out, const strange_log *log, uint32_t i)
{
    for (uint32_t n = 0; log->outcome_each && i % (uint32_t)log->outcome_each == 0 && n < log->outcomes; n++)
        fprintf(out,
                "{\"type\":\"outcome\",\"id\":\"01890000-0000-7000-9%03u-%012u\",\"time\":\"2026-01-01T00:%02u:%02uZ\","
                "\"exposure\":\"01890000-0000-7000-8000-%012u\",\"name\":\"purchase\",\"value\":%.17g}\n",
                n, i, i / 60 % 60, i % 60, i, log->value);
}

static void write_log(const strange_log *log)
{
    FILE *out = fopen(scratch_path("log.ndjson"), "w");
    assert_non_null(out);
    for (uint32_t j = 0; j < log->units; j++) {
        uint32_t i = log->backwards ? log->units - 1 - j : j;
        if (log->backwards) put_outcomes(out, log, i);
        put_exposure(out, log, i);
        if (!log->backwards) put_outcomes(out, log, i);
    }
    fclose(out);
}

static int make_bundle(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("simulate --visitors 200 --seed 5 --out e.ndjson --bundle-out b.safetensors");
    assert_int_equal(run.code, 0);
    scratch_run_free(&run);
    return 0;
}

// Runs it; `says` is in what it prints or complains of, and no number is "nan" or "inf".
static void expect(const char *command, int code, const char *says)
{
    scratch_run run = scratch_samplit("%s", command);
    if (run.code != code) fail_msg("%s: exit code %d, %s", command, run.code, run.err);
    if (!strstr(run.out, says) && !strstr(run.err, says))
        fail_msg("%s: no \"%s\" in %s%s", command, says, run.out, run.err);
    if (strstr(run.out, "nan") || strstr(run.out, "inf ") || strstr(run.out, "-inf"))
        fail_msg("%s: %s", command, run.out);
    scratch_run_free(&run);
}

static void all_logs(const strange_log *log, const char *srm, int srm_code, const char *monitor, int monitor_code,
                     const char *evaluate, int evaluate_code)
{
    write_log(log);
    expect("srm log.ndjson", srm_code, srm);
    expect("monitor log.ndjson --window 1m", monitor_code, monitor);
    expect("evaluate b.safetensors log.ndjson --window 1m", evaluate_code, evaluate);
    scratch_run run = scratch_samplit("evaluate b.safetensors log.ndjson --window 1m --gate b.safetensors");
    assert_null(strstr(run.out, "nan"));
    scratch_run_free(&run);
}

static void propensities_that_cannot_be_are_named(void **state)
{
    (void)state;
    strange_log log = SOUND;
    log.propensity = 0; // with a served variant
    const char *why = "propensity: must be a number above 0 and at most 1";
    all_logs(&log, why, 1, why, 1, "no exposure has a usable one", 1);
    log.propensity = 1.5;
    all_logs(&log, why, 1, why, 1, "no exposure has a usable one", 1);
    log.propensity = -1; // none at all
    log.probs = NULL;
    all_logs(&log, "propensity: is missing", 1, "propensity: is missing", 1, "no exposure has a usable one", 1);
    log = SOUND;
    log.zero_each = 7;
    all_logs(&log, "lines are no events", 1, "lines are no events", 1, "have no usable propensity and are left out", 0);
}

static void probabilities_that_cannot_be_are_named(void **state)
{
    (void)state;
    strange_log log = SOUND;
    log.probs = "[0.5,0.6,0.2]";
    all_logs(&log, "probabilities: sum to 1.3, not 1", 1, "probabilities: sum to 1.3, not 1", 1,
             "probabilities: sum to 1.3, not 1", 1);
    log.probs = "[0.5,0.5,0]"; // the third is served all the same
    log.propensity = 0.5;
    write_log(&log);
    expect("srm log.ndjson", 1, "probabilities: no place among them has the propensity of variant");
    expect("monitor log.ndjson --window 1m", 1, "probabilities: no place among them has the propensity of variant");
    expect("evaluate b.safetensors log.ndjson --window 1m", 0, "The mean weight is 0.667");
}

static void one_variant_is_no_comparison(void **state)
{
    (void)state;
    strange_log log = SOUND;
    log.variants = 1;
    log.propensity = 1;
    log.probs = "[1]";
    all_logs(&log, "one variant only: there is no ratio", 1, "one variant only: there is nothing to compare", 1,
             "not identified", 0);
    expect("evaluate b.safetensors log.ndjson --window 1m --gate b.safetensors", 1,
           "STOP: the log never shows a variant that this bundle serves");
}

static void one_visitor_is_no_certainty(void **state)
{
    (void)state;
    strange_log log = SOUND; // device:tv has one visitor
    all_logs(&log, "No mismatch to be seen", 0, "go on", 0, "value per exposure", 0);
    log.units = 1;
    all_logs(&log, "No mismatch to be seen", 0, "too early to say", 0, "not in the log", 0);
    scratch_run run = scratch_samplit("monitor log.ndjson --window 1m");
    assert_null(strstr(run.out, "3 to 3")); // its score is 1 / (1/3)
    scratch_run_free(&run);
}

static void rewards_that_show_nothing_have_no_interval(void **state)
{
    (void)state;
    strange_log log = SOUND;
    log.outcome_each = 0;
    all_logs(&log, "No mismatch", 0, "too early to say", 0, "No exposure earned anything", 0);
    log.outcome_each = 1; // everybody converts
    all_logs(&log, "No mismatch", 0, "go on", 0, "100.00 % (unknown)", 0);
    log.value = -5;
    all_logs(&log, "No mismatch", 0, "go on", 0, "a reward was out of the range given", 0);
}

// A second outcome of the name does not count; events the wrong way round are joined as docs/events.md says, and what
// is not joined is counted.
static void events_that_repeat_or_come_out_of_order_are_counted(void **state)
{
    (void)state;
    strange_log log = SOUND;
    log.outcomes = 2;
    write_log(&log);
    expect("evaluate b.safetensors log.ndjson --window 1m", 0, "600 exposures, 120 with a reward");
    expect("evaluate b.safetensors log.ndjson --window 1m --json", 0, "\"duplicate_outcomes\":\t120");
    log = SOUND;
    log.backwards = true;
    all_logs(&log, "No mismatch", 0, "600 units", 0, "value per exposure", 0);
}

static void counts_and_shares_that_cannot_be_are_named(void **state)
{
    (void)state;
    expect("srm --counts 0,0", 0, "No visitors: nothing can be said");
    expect("srm --counts 5,-1", 2, "not a number from 0 on");
    expect("srm --counts 5,nan", 2, "not a number from 0 on");
    expect("srm --counts 5", 2, "2 to 64 numbers");
    expect("srm --counts 5,5 --shares 0.5,0.4", 2, "sum to 0.9, not to 1");
    expect("srm --counts 5,5 --shares 1.5,-0.5", 2, "not a number from 0 on");
    expect("srm --counts 5,0 --shares 1,0", 0, "No mismatch");
    expect("srm --counts 5000,1 --shares 1,0 --fail", 0, "No mismatch"); // off by less than 0.1 %
    expect("srm --counts 50,1 --shares 1,0 --fail", 1, "Red");
}

static void plans_that_cannot_be_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *arguments, *says;
    } cases[] = {
        {"", "--baseline is missing"},
        {"--baseline 0 --lift 10%", "0 is not a rate"},
        {"--baseline -0.1 --lift 10%", "-0.1 is not a rate"},
        {"--baseline nan --lift 10%", "not a number"},
        {"--baseline 0.05 --lift 0", "effect of 0"},
        {"--baseline 0.05 --difference 0", "effect of 0"},
        {"--baseline 0.05 --lift -100%", "the rate would be 0"},
        {"--baseline 0.05 --lift 10% --alpha 0", "alpha: 0 is not between 0 and 1"},
        {"--baseline 0.05 --lift 10% --alpha 1", "alpha: 1 is not between 0 and 1"},
        {"--baseline 0.05 --lift 10% --power 1", "power: 1 is not between 0 and 1"},
        {"--baseline 0.05 --lift 10% --shares 0.5,0.6", "sum to 1.1, not to 1"},
        {"--baseline 0.05 --lift 10% --shares 1,0", "share of variant 1 is not above 0"},
        {"--baseline 0.05 --lift 10% --shares 2,-1", "share of variant 1 is not above 0"},
        {"--baseline 0.05 --lift 10% --variants 1", "from 2 to 64"},
        {"--baseline 0.05 --lift 10% --segments a=0", "share of a is not above 0"},
        {"--baseline 0.05 --lift 10% --segments a=1.5", "share of a is not above 0 and at most 1"},
        {"--baseline 0.05 --visitors 0", "not above 0"},
        {"--baseline 5 --sd 0 --lift 10%", "standard deviation above 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[200];
        snprintf(command, sizeof command, "power %s", cases[i].arguments);
        expect(command, 2, cases[i].says);
    }
    expect("power --baseline 0.05 --visitors 1", 0, "none"); // nothing is seen in one visitor
    expect("power --baseline 0.05 --visitors 1 --json", 0, "\"detectable\":\tnull");
    expect("power --baseline 5 --sd 1 --visitors 1", 0, "none");
    expect("power --baseline 0.05 --visitors 900 --segments a=0.001", 0, "none"); // a segment with one visitor
    expect("monitor e.ndjson --alpha 0", 2, "not a number above 0");
    expect("monitor e.ndjson --alpha 1", 2, "not below 1");
    expect("evaluate b.safetensors e.ndjson --clip 0.5", 2, "from 1 to");
    expect("evaluate b.safetensors e.ndjson --switch 0", 2, "from 1 to");
    expect("evaluate b.safetensors e.ndjson --floor 2", 2, "to 1");
    expect("evaluate b.safetensors e.ndjson --rewards 5,5", 2, "the lower one first");
}

static void plan_files_that_cannot_be_are_named(void **state)
{
    (void)state;
    static const char PLAN[] = "{\"variants\":%s,\"control\":\"a\",\"outcome\":{\"name\":\"buy\",\"baseline\":%s},"
                               "\"lift\":%s,\"per_day\":4000,\"days\":28%s}";
    static const struct {
        const char *variants, *baseline, *lift, *more, *says;
    } cases[] = {
        {"[\"a\",\"b\"]", "0.05", "0", "", "ERROR    effect: the plan does not say which effect"},
        {"[\"a\",\"b\"]", "0", "0.1", "", "ERROR    baseline: the baseline is 0"},
        {"[\"a\",\"b\"]", "1.5", "0.1", "", "ERROR    baseline: baseline: 1.5 is not a rate"},
        {"[\"a\",\"b\"]", "0.05", "0.1", ",\"alpha\":0", "ERROR    alpha: alpha: 0 is not between"},
        {"[\"a\",\"b\"]", "0.05", "0.1", ",\"alpha\":1", "ERROR    alpha: alpha: 1 is not between"},
        {"[\"a\",\"b\"]", "0.05", "0.1", ",\"alpha\":1.5", "alpha: expected a number from 0 to 1"},
        {"[\"a\",\"b\"]", "0.05", "0.1", ",\"shares\":[0.5,0.6]", "ERROR    shares: the shares sum to 1.1"},
        {"[\"a\",\"b\"]", "0.05", "0.1", ",\"shares\":[1,0]", "ERROR    shares: the share of \"b\" is 0"},
        {"[\"a\",\"b\"]", "0.05", "0.1", ",\"shares\":[0,0]", "ERROR    shares: the share of \"a\" is 0"},
        {"[\"a\"]", "0.05", "0.1", "", "ERROR    variants: there is 1 variant"},
        {"[\"a\",\"b\"]", "0.05", "0.1", ",\"segments\":{\"d:m\":0.00001}", "1 of 1 segments get too few visitors"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[600];
        snprintf(text, sizeof text, PLAN, cases[i].variants, cases[i].baseline, cases[i].lift, cases[i].more);
        scratch_write_text(scratch_path("plan.json"), text);
        expect("plan check plan.json", strncmp(cases[i].says, "1 of", 4) != 0, cases[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(propensities_that_cannot_be_are_named),
        cmocka_unit_test(probabilities_that_cannot_be_are_named),
        cmocka_unit_test(one_variant_is_no_comparison),
        cmocka_unit_test(one_visitor_is_no_certainty),
        cmocka_unit_test(rewards_that_show_nothing_have_no_interval),
        cmocka_unit_test(events_that_repeat_or_come_out_of_order_are_counted),
        cmocka_unit_test(counts_and_shares_that_cannot_be_are_named),
        cmocka_unit_test(plans_that_cannot_be_are_named),
        cmocka_unit_test(plan_files_that_cannot_be_are_named),
    };
    return cmocka_run_group_tests(tests, make_bundle, NULL);
}
