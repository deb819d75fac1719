// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>

#include "evaluate/plan_read.h"
#include "near.h"
#include "testing.h"

#define GOOD                                                                                                           \
    "\"experiment\":\"hero\",\"variants\":[\"control\",\"b\"],\"control\":\"control\",\"outcome\":{\"name\":\"buy\","  \
    "\"baseline\":0.05,\"window_days\":1},\"lift\":0.1,\"per_day\":4000,\"days\":28"

static spl_plan_file parsed(const char *text)
{
    spl_plan_file file;
    spl_error error = {0};
    if (!spl_plan_parse(text, strlen(text), &file, &error)) fail_msg("%s: %s", error.field, error.text);
    return file;
}

static uint32_t check(const char *text, const spl_plan_log *log, spl_finding *findings)
{
    spl_plan_file file = parsed(text);
    uint32_t count = spl_plan_check(&file.plan, log, findings);
    spl_plan_file_free(&file);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(findings[i].reason[0] && findings[i].fix[0]);
        if (i > 0) assert_true(findings[i].severity >= findings[i - 1].severity);
    }
    return count;
}

static const spl_finding *named(const spl_finding *findings, uint32_t count, const char *name)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(findings[i].check, name) == 0) return &findings[i];
    return NULL;
}

static void a_sound_plan_has_no_findings(void **state)
{
    (void)state;
    spl_finding findings[SPL_FINDINGS_MAX];
    const spl_plan_log log = {.outcomes = 5000, .closed = 100000, .units = 100000, .days = 25, .exposures = 120000};
    assert_int_equal(check("{" GOOD "}", &log, findings), 0);
}

// Each plan has one fault; the finding names it, how grave it is, and a word of how to mend it.
static void every_fault_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *plan, *check;
        spl_severity severity;
        const char *fix;
    } cases[] = {
        {"{\"variants\":[\"a\"],\"control\":\"a\",\"outcome\":{\"baseline\":0.1},\"lift\":0.1}", "variants",
         SPL_SEVERITY_ERROR, "at least two"},
        {"{\"variants\":[\"a\",\"a\"],\"control\":\"a\",\"outcome\":{\"baseline\":0.1},\"lift\":0.1}", "names",
         SPL_SEVERITY_ERROR, "name of its own"},
        {"{\"variants\":[\"a\",\"b\"],\"control\":\"c\",\"outcome\":{\"baseline\":0.1},\"lift\":0.1}", "control",
         SPL_SEVERITY_ERROR, "another variant"},
        {"{" GOOD ",\"shares\":[0.5,0.6]}", "shares", SPL_SEVERITY_ERROR, "divide"},
        {"{" GOOD ",\"shares\":[1,0]}", "shares", SPL_SEVERITY_ERROR, "above 0"},
        {"{" GOOD ",\"policy\":\"bandit\",\"min_propensity\":0}", "floor", SPL_SEVERITY_ERROR, "0.01"},
        {"{" GOOD ",\"policy\":\"bandit\",\"min_propensity\":0.5}", "floor", SPL_SEVERITY_ERROR, "below 0.5"},
        {"{\"variants\":[\"a\",\"b\"],\"control\":\"a\",\"outcome\":{\"baseline\":0.05},\"lift\":0.1,\"per_day\":400,"
         "\"days\":28}",
         "traffic", SPL_SEVERITY_ERROR, "run 161 days"},
        {"{\"variants\":[\"a\",\"b\"],\"control\":\"a\",\"outcome\":{\"baseline\":0.05},\"lift\":0.1}", "traffic",
         SPL_SEVERITY_WARNING, "per_day"},
        {"{\"variants\":[\"a\",\"b\"],\"control\":\"a\",\"outcome\":{\"baseline\":0.05},\"per_day\":4000,\"days\":28}",
         "effect", SPL_SEVERITY_ERROR, "lift"},
        {"{\"variants\":[\"a\",\"b\"],\"control\":\"a\",\"outcome\":{\"baseline\":1.5},\"lift\":0.1}", "baseline",
         SPL_SEVERITY_ERROR, "baseline"},
        {"{\"variants\":[\"a\",\"b\"],\"control\":\"a\",\"outcome\":{\"baseline\":0.05,\"window_days\":28},\"lift\":0."
         "1,"
         "\"per_day\":4000,\"days\":28}",
         "window", SPL_SEVERITY_ERROR, "longer"},
        {"{\"variants\":[\"a\",\"b\"],\"control\":\"a\",\"outcome\":{\"baseline\":0.05,\"window_days\":10},\"lift\":0."
         "1,"
         "\"per_day\":4000,\"days\":28}",
         "window", SPL_SEVERITY_WARNING, "four times"},
        {"{\"variants\":[\"a\",\"b\"],\"control\":\"a\",\"outcome\":{\"baseline\":0.05},\"lift\":0.1,\"per_day\":9000,"
         "\"days\":10}",
         "weeks", SPL_SEVERITY_NOTE, "14 days"},
        {"{" GOOD ",\"segments\":{\"device:tablet\":0.05}}", "segments", SPL_SEVERITY_WARNING, "fewer segments"},
        {"{" GOOD
         ",\"levels\":[{\"attribute\":\"country\",\"values\":20,\"min_samples\":1000},{\"attribute\":\"source\","
         "\"values\":30,\"min_samples\":500}]}",
         "tree", SPL_SEVERITY_WARNING, "stop at level 1, country"},
        {"{" GOOD ",\"power\":0.5}", "power", SPL_SEVERITY_NOTE, "0.8"},
        {"{" GOOD ",\"segments\":{\"x:y\":0.9},\"correction\":\"none\"}", "correction", SPL_SEVERITY_WARNING, "holm"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spl_finding findings[SPL_FINDINGS_MAX];
        uint32_t count = check(cases[i].plan, NULL, findings);
        const spl_finding *found = named(findings, count, cases[i].check);
        if (!found) fail_msg("nothing about %s in %s", cases[i].check, cases[i].plan);
        assert_int_equal(found->severity, cases[i].severity);
        if (!strstr(found->fix, cases[i].fix)) fail_msg("\"%s\" is not in \"%s\"", cases[i].fix, found->fix);
    }
}

static void a_log_that_disagrees_is_heard(void **state)
{
    (void)state;
    spl_finding findings[SPL_FINDINGS_MAX];
    spl_plan_log log = {.units = 100000, .days = 25, .other_outcomes = 10, .other_name = "bought"};
    uint32_t count = check("{" GOOD "}", &log, findings);
    const spl_finding *found = named(findings, count, "outcome");
    assert_non_null(found);
    assert_non_null(strstr(found->reason, "\"bought\""));

    log = (spl_plan_log){.units = 100000, .closed = 100000, .days = 250, .outcomes = 8000};
    count = check("{" GOOD "}", &log, findings);
    assert_non_null(named(findings, count, "baseline"));
    assert_non_null(named(findings, count, "traffic"));
}

static void plans_that_cannot_be_read_name_the_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *field;
    } cases[] = {
        {"{\"variants\":3,\"outcome\":{\"baseline\":0.1}}", "variants"},
        {"{\"variants\":[\"a\",4],\"outcome\":{\"baseline\":0.1}}", "variants[1]"},
        {"{\"variants\":[\"a\",\"b\"],\"outcome\":{}}", "outcome.baseline"},
        {"{\"variants\":[\"a\",\"b\"],\"outcome\":{\"baseline\":\"high\"}}", "outcome.baseline"},
        {"{" GOOD ",\"shares\":[1]}", "shares"},
        {"{" GOOD ",\"segments\":[1]}", "segments"},
        {"{" GOOD ",\"levels\":[{\"values\":3}]}", "levels[0].attribute"},
        {"{" GOOD ",\"difference\":0.1}", "difference"},
        {"{" GOOD ",\"policy\":\"magic\"}", "policy"},
        {"{" GOOD ",\"correction\":\"magic\"}", "correction"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spl_plan_file file;
        spl_error error = {0};
        assert_false(spl_plan_parse(cases[i].text, strlen(cases[i].text), &file, &error));
        assert_string_equal(error.field, cases[i].field);
    }
    spl_plan_file file;
    spl_error error = {0};
    assert_false(spl_plan_parse("{\"variants\":", 12, &file, &error));
    assert_non_null(strstr(error.text, "not JSON"));
    assert_false(spl_plan_parse("{" GOOD ",\"surprise\":1}", strlen("{" GOOD ",\"surprise\":1}"), &file, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_plan_has_no_findings),
        cmocka_unit_test(every_fault_is_found),
        cmocka_unit_test(a_log_that_disagrees_is_heard),
        cmocka_unit_test(plans_that_cannot_be_read_name_the_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
