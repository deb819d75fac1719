// SPDX-License-Identifier: MIT
// A logged decision is recomputed to the bit; whatever was changed in the log is found and named.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "events/replay.h"
#include "host/files.h"
#include "samplit/hash.h"
#include "scratch.h"
#include "testing.h"
#include "tree_fixture.h"

static spl_bundle_file file;
static spl_workspace *workspace;
static void *memory;
static spl_event event; // a good exposure, made anew for each test
static spl_replay_counts counts;
static spl_replay_difference difference;
static spl_decision decision;

static void decide(uint32_t n)
{
    static char unit[32];
    spl_field fields[2];
    const spl_experiment *experiment = &file.bundle.experiments[0];
    event.context[0] =
        (spl_named_field){SPL_TEXT("country"), {spl_name_hash(SPL_TEXT("country")), 0, "US", 2, SPL_KIND_STRING}};
    event.context[1] =
        (spl_named_field){SPL_TEXT("visits"), {spl_name_hash(SPL_TEXT("visits")), n, NULL, 0, SPL_KIND_NUMBER}};
    for (int i = 0; i < 2; i++) fields[i] = event.context[i].field;
    event.unit = (spl_text){unit, (size_t)sprintf(unit, "unit-%u", n)};
    spl_decide(&file.bundle, workspace, 0, event.unit, fields, 2, &decision);

    const char *reason = spl_reason_text((spl_reason)decision.reason);
    event.kind = SPL_EVENT_EXPOSURE;
    event.time_ms = n;
    event.has_context = true;
    event.context_count = 2;
    event.experiment = experiment->key;
    event.bundle = file.bundle.id_hex;
    event.segment = decision.segment;
    event.level = decision.level;
    event.variant = experiment->variants[decision.variant];
    event.propensity = decision.propensity;
    event.probability_count = decision.variant_count;
    memcpy(event.probabilities, decision.probabilities, sizeof decision.probabilities);
    event.reason = (spl_text){reason, strlen(reason)};
    event.has_trace = true;
    event.trace = decision.trace;
}

static int fresh(void **state)
{
    (void)state;
    counts = (spl_replay_counts){0};
    decide(1);
    return 0;
}

static spl_replay_verdict replayed(void)
{
    return spl_replay_event(&file.bundle, workspace, &event, &counts, &difference);
}

static void expect_difference(const char *field)
{
    assert_int_equal(replayed(), SPL_REPLAY_DIFFERENT);
    assert_string_equal(difference.field, field);
    assert_string_not_equal(difference.logged, difference.recomputed);
}

static void a_decision_is_recomputed_as_it_was(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < 1000; n++) {
        decide(n);
        assert_int_equal(replayed(), SPL_REPLAY_EQUAL);
    }
    assert_int_equal(counts.checked, 1000);
    assert_int_equal(counts.different, 0);
}

static void every_changed_field_is_found(void **state)
{
    (void)state;
    event.trace ^= 1;
    expect_difference("trace");
    decide(1);
    event.propensity *= 1 + 4e-16; // the last bit or two
    expect_difference("propensity");
    decide(1);
    event.probabilities[1] += 1e-15;
    expect_difference("probabilities[1]");
    decide(1);
    event.probability_count = 2;
    expect_difference("probabilities");
    decide(1);
    event.variant = file.bundle.experiments[0].variants[(decision.variant + 1) % decision.variant_count];
    expect_difference("variant");
    decide(1);
    event.segment = SPL_TEXT("country:XX");
    expect_difference("segment");
    assert_string_equal(difference.logged, "country:XX");
    decide(1);
    event.level++;
    expect_difference("level");
    decide(1);
    event.reason = spl_text_equal(event.reason, SPL_TEXT("policy")) ? SPL_TEXT("fallback") : SPL_TEXT("policy");
    expect_difference("reason");
    decide(1);
    event.experiment = SPL_TEXT("other");
    expect_difference("experiment");
    decide(1);
    event.context[1].field.number = 99; // an input that the policy does not even look at
    expect_difference("trace");
    assert_int_equal(counts.different, counts.checked);
}

static void fields_that_were_not_logged_are_not_compared(void **state)
{
    (void)state;
    event.segment = event.reason = (spl_text){0};
    event.level = 0;
    event.probability_count = 0;
    event.has_trace = false;
    assert_int_equal(replayed(), SPL_REPLAY_EQUAL);
}

static void an_empty_context_is_recomputed(void **state)
{
    (void)state;
    spl_decide(&file.bundle, workspace, 0, event.unit, NULL, 0, &decision);
    const char *reason = spl_reason_text((spl_reason)decision.reason);
    event.context_count = 0; // logged as {}
    event.segment = decision.segment;
    event.level = decision.level;
    event.variant = file.bundle.experiments[0].variants[decision.variant];
    event.propensity = decision.propensity;
    memcpy(event.probabilities, decision.probabilities, sizeof decision.probabilities);
    event.reason = (spl_text){reason, strlen(reason)};
    event.trace = decision.trace;
    assert_int_equal(replayed(), SPL_REPLAY_EQUAL);
    event.trace ^= 1;
    expect_difference("trace");
    assert_int_equal(counts.without_context, 0);
}

static void what_cannot_be_recomputed_is_counted(void **state)
{
    (void)state;
    event.bundle = (spl_text){0};
    assert_int_equal(replayed(), SPL_REPLAY_SKIPPED);
    decide(1);
    event.reason = SPL_TEXT("holdout");
    assert_int_equal(replayed(), SPL_REPLAY_SKIPPED);
    decide(1);
    event.has_context = false;
    event.context_count = 0;
    assert_int_equal(replayed(), SPL_REPLAY_SKIPPED);
    event.kind = SPL_EVENT_OUTCOME;
    assert_int_equal(replayed(), SPL_REPLAY_SKIPPED);
    assert_int_equal(counts.other_bundle, 1);
    assert_int_equal(counts.outside_policy, 1);
    assert_int_equal(counts.without_context, 1);
    assert_int_equal(counts.outcomes, 1);
    assert_int_equal(counts.exposures, 3);
    assert_int_equal(counts.checked, 0);
}

static void put_event(spl_writer *writer)
{
    char line[8192];
    spl_writer_put(writer, line, spl_event_write(&event, line, sizeof line));
}

static void a_log_is_replayed_through_its_text(void **state)
{
    (void)state;
    const char *path = scratch_path("log.ndjson.gz");
    spl_replay_report report;
    spl_writer *writer;
    assert_true(spl_writer_open(path, &writer, NULL));
    for (uint32_t n = 0; n < 100; n++) {
        decide(n);
        if (n == 50 || n == 70) event.propensity = 0.125;
        put_event(writer);
        if (n == 20) spl_writer_put(writer, "not an event\n\n", 14);
    }
    assert_true(spl_writer_close(writer, NULL));
    assert_true(spl_replay_log(&file.bundle, workspace, path, &report, NULL));
    assert_int_equal(report.counts.checked, 100);
    assert_int_equal(report.counts.different, 2);
    assert_int_equal(report.counts.bad_lines, 1);
    assert_int_equal(report.first_bad.line, 22);
    assert_int_equal(report.first_line, 53);
    assert_string_equal(report.first.field, "propensity");
    assert_string_equal(report.first.logged, "0.125");
    unlink(path);
}

static int open_bundle(void **state)
{
    (void)state;
    size_t size;
    uint8_t *data = fixture_bundle(fixture_world, fixture_world_count, fixture_plain_variants, &size);
    if (!spl_bundle_file_take(data, size, &file, NULL)) return -1;
    workspace = spl_bundle_file_workspace(&file, &memory);
    return workspace ? 0 : -1;
}

static int close_bundle(void **state)
{
    (void)state;
    free(memory);
    spl_bundle_file_close(&file);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_decision_is_recomputed_as_it_was, fresh),
        cmocka_unit_test_setup(every_changed_field_is_found, fresh),
        cmocka_unit_test_setup(fields_that_were_not_logged_are_not_compared, fresh),
        cmocka_unit_test_setup(an_empty_context_is_recomputed, fresh),
        cmocka_unit_test_setup(what_cannot_be_recomputed_is_counted, fresh),
        cmocka_unit_test_setup(a_log_is_replayed_through_its_text, fresh),
    };
    return cmocka_run_group_tests(tests, open_bundle, close_bundle);
}
