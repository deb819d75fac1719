// SPDX-License-Identifier: MIT
// What is kept of the visits that a bundle was learned from, and how it is read back.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "learn/drift/reference_json.h"
#include "samplit/hash.h"
#include "testing.h"

static spl_field text_field(const char *name, const char *text)
{
    return (spl_field){spl_name_hash((spl_text){name, strlen(name)}), 0, text, (uint32_t)strlen(text), SPL_KIND_STRING};
}

static spl_field number_field(const char *name, double number)
{
    return (spl_field){spl_name_hash((spl_text){name, strlen(name)}), number, NULL, 0, SPL_KIND_NUMBER};
}

// A visit with those fields, whose names the exposure knows.
static void visit(spl_tally *tally, const char *const *names, const spl_field *fields, uint32_t count, int64_t time_ms)
{
    static spl_context context;
    static spl_event event;
    event = (spl_event){.time_ms = time_ms, .context_count = count};
    for (uint32_t i = 0; i < count; i++) {
        event.context[i] = (spl_named_field){{names[i], strlen(names[i])}, fields[i]};
    }
    spl_context_build(&context, fields, count);
    assert_true(spl_tally_add(tally, &context, &event));
}

static void visit_text(spl_tally *tally, const char *name, const char *text)
{
    spl_field field = text_field(name, text);
    visit(tally, &name, &field, 1, 0);
}

static void visit_number(spl_tally *tally, const char *name, double number)
{
    spl_field field = number_field(name, number);
    visit(tally, &name, &field, 1, 0);
}

static const spl_reference_attribute *attribute(const spl_reference *reference, const char *name)
{
    for (uint32_t i = 0; i < reference->attribute_count; i++) {
        if (strcmp(reference->attributes[i].name, name) == 0) return &reference->attributes[i];
    }
    fail_msg("no attribute %s", name);
    return NULL;
}

static void values_are_kept_by_frequency_with_others_and_missing(void **unused)
{
    (void)unused;
    spl_tally *tally = spl_tally_new();
    char word[16];
    for (int i = 0; i < 30; i++) {
        snprintf(word, sizeof word, "v%02d", i);
        for (int n = 0; n <= 40 - i; n++) visit_text(tally, "plan", word);
    }
    visit_number(tally, "plan", 7);
    visit_text(tally, "other thing", "x");
    spl_reference *r = spl_tally_reference(tally);
    const spl_reference_attribute *a = attribute(r, "plan");
    assert_false(a->numeric);
    assert_int_equal(a->bin_count, SPL_REFERENCE_VALUES_MAX);
    assert_string_equal(a->values[0], "v00");
    assert_int_equal(a->counts[0], 41);
    assert_string_equal(a->values[19], "v19");
    uint64_t others = 1; // the number
    for (int i = 20; i < 30; i++) others += 41 - (uint64_t)i;
    assert_int_equal(a->counts[20], others);
    assert_int_equal(a->counts[21], 1); // the visit that had another attribute only
    spl_reference_free(r);
    spl_tally_free(tally);
}

static void intervals_hold_about_equally_many_and_all_numbers_have_one(void **unused)
{
    (void)unused;
    static const double extremes[] = {-1e300, -1e-300, 0, 5e-324, 1e-5, 1e300, 281474976710656.0, -3, 3};
    spl_tally *tally = spl_tally_new();
    for (int i = 0; i < 10000; i++) visit_number(tally, "seconds", i);
    for (size_t i = 0; i < sizeof extremes / sizeof *extremes; i++) visit_number(tally, "seconds", extremes[i]);
    spl_reference *r = spl_tally_reference(tally);
    const spl_reference_attribute *a = attribute(r, "seconds");
    uint64_t counts[SPL_REFERENCE_BINS_MAX], sum = 0;
    assert_true(a->numeric);
    assert_int_equal(a->bin_count, SPL_REFERENCE_INTERVALS_MAX);
    for (uint32_t i = 0; i < a->bin_count; i++) {
        assert_in_range(a->counts[i], 600, 1500); // of 1000: a bucket is at most a 16th wide
        sum += a->counts[i];
        if (i > 1) assert_true(a->edges[i - 1] > a->edges[i - 2]);
    }
    assert_int_equal(sum, r->exposures);
    spl_tally_count(tally, a, counts);
    assert_memory_equal(counts, a->counts, (a->bin_count + 2) * sizeof *counts);
    spl_reference_free(r);
    spl_tally_free(tally);
}

static void small_whole_numbers_have_bins_of_their_own(void **unused)
{
    (void)unused;
    spl_tally *tally = spl_tally_new();
    for (int i = 0; i < 700; i++) visit_number(tally, "day", i % 7);
    spl_reference *r = spl_tally_reference(tally);
    const spl_reference_attribute *a = attribute(r, "day");
    assert_int_equal(a->bin_count, 7);
    for (uint32_t i = 0; i < 7; i++) assert_int_equal(a->counts[i], 100);
    for (uint32_t i = 0; i < 6; i++) assert_true(a->edges[i] == i + 1);
    spl_reference_free(r);
    spl_tally_free(tally);
}

static void another_log_falls_into_the_same_bins(void **unused)
{
    (void)unused;
    spl_tally *then = spl_tally_new(), *now = spl_tally_new();
    uint64_t counts[SPL_REFERENCE_BINS_MAX];
    char word[16];
    visit_text(then, "plan", "free");
    visit_text(then, "plan", "paid");
    spl_reference *r = spl_tally_reference(then);
    assert_true(spl_tally_expect(now, r));
    for (int i = 0; i < 3000; i++) { // more values than are counted apart
        snprintf(word, sizeof word, "new %d", i);
        visit_text(now, "plan", word);
    }
    visit_text(now, "plan", "paid");
    visit_text(now, "unheard of", "x");
    spl_tally_count(now, attribute(r, "plan"), counts);
    assert_int_equal(counts[0], 0);
    assert_int_equal(counts[1], 1);
    assert_int_equal(counts[2], 3000);
    assert_int_equal(counts[3], 1);
    spl_reference_free(r);
    spl_tally_free(then);
    spl_tally_free(now);
}

static void attributes_and_values_beyond_the_bounds_are_left_out(void **unused)
{
    (void)unused;
    spl_tally *tally = spl_tally_new();
    char name[16], *longest = malloc(3000);
    memset(longest, 'y', 2999);
    longest[2999] = '\0';
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "a%03d", i);
        visit_text(tally, name, longest);
    }
    spl_reference *r = spl_tally_reference(tally);
    assert_int_equal(r->attribute_count, SPL_REFERENCE_ATTRIBUTES_MAX);
    assert_int_equal(r->attributes[0].bin_count, 0);
    assert_int_equal(r->attributes[0].counts[0], 1); // other
    assert_int_equal(r->attributes[0].counts[1], 99);
    free(longest);
    spl_reference_free(r);
    spl_tally_free(tally);
}

static spl_reference *read_text(const char *text, spl_error *error)
{
    spl_reference *out = NULL;
    cJSON *item = cJSON_Parse(text);
    assert_non_null(item);
    *error = (spl_error){0};
    assert_true(spl_reference_read(item, &out, error) == (out != NULL));
    cJSON_Delete(item);
    return out;
}

static void what_is_written_reads_back_equal(void **unused)
{
    (void)unused;
    static const char *const names[] = {"plan", "seconds"};
    spl_tally *tally = spl_tally_new();
    for (int i = 0; i < 1000; i++) {
        spl_field fields[] = {text_field("plan", i % 3 ? "a\"\n\xc3\xa9" : ""), number_field("seconds", i * 0.37)};
        visit(tally, names, fields, 2, 1767571200000 + i);
    }
    spl_error error;
    spl_reference *r = spl_tally_reference(tally);
    char *text = spl_reference_text(r);
    spl_reference *back = read_text(text, &error);
    if (!back) fail_msg("%s", error.text);
    char *again = spl_reference_text(back);
    assert_string_equal(text, again);
    assert_true(back->oldest_ms == 1767571200000 && back->newest_ms == 1767571200999);
    free(text);
    free(again);
    spl_reference_free(r);
    spl_reference_free(back);
    spl_tally_free(tally);
}

static void an_empty_tally_is_a_reference_too(void **unused)
{
    (void)unused;
    spl_error error;
    spl_tally *tally = spl_tally_new();
    spl_reference *r = spl_tally_reference(tally);
    char *text = spl_reference_text(r);
    spl_reference *back = read_text(text, &error);
    assert_non_null(back);
    assert_int_equal(back->exposures, 0);
    free(text);
    spl_reference_free(r);
    spl_reference_free(back);
    spl_tally_free(tally);
}

static void a_reference_that_lies_is_refused_with_the_reason(void **unused)
{
    (void)unused;
#define HEAD "{\"exposures\":10,\"oldest\":\"2026-01-01T00:00:00Z\",\"newest\":\"2026-01-02T00:00:00Z\",\"attributes\":"
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"7", "exposures"},
        {"{\"exposures\":-1}", "exposures"},
        {"{\"exposures\":1.5}", "exposures"},
        {"{\"exposures\":10,\"oldest\":\"yesterday\"}", "times"},
        {"{\"exposures\":0,\"attributes\":{}}", "list"},
        {HEAD "[{}]}", "no name"},
        {HEAD "[{\"name\":\"a\",\"values\":[\"x\",\"x\"]}]}", "different"},
        {HEAD "[{\"name\":\"a\",\"values\":[3]}]}", "different"},
        {HEAD "[{\"name\":\"a\",\"edges\":[1,1]}]}", "ascending"},
        {HEAD "[{\"name\":\"a\",\"edges\":[1,2,3,4,5,6,7,8,9,10]}]}", "ascending"},
        {HEAD "[{\"name\":\"a\",\"values\":[\"x\"],\"counts\":[5,5],\"other\":0,\"missing\":0}]}", "add up"},
        {HEAD "[{\"name\":\"a\",\"values\":[\"x\"],\"counts\":[5],\"other\":0,\"missing\":4}]}", "add up"},
        {HEAD "[{\"name\":\"a\",\"values\":[\"x\"],\"counts\":[1e300],\"other\":0,\"missing\":0}]}", "add up"},
        {HEAD "[{\"name\":\"a\",\"values\":[\"x\"],\"counts\":[5],\"other\":5,\"missing\":0},"
              "{\"name\":\"a\",\"values\":[\"x\"],\"counts\":[5],\"other\":5,\"missing\":0}]}",
         "twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spl_error error;
        spl_reference *out = read_text(cases[i].text, &error);
        if (out) fail_msg("%s was taken", cases[i].text);
        assert_string_equal(error.field, "reference");
        if (!strstr(error.text, cases[i].says)) fail_msg("%s: %s", cases[i].text, error.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_kept_by_frequency_with_others_and_missing),
        cmocka_unit_test(intervals_hold_about_equally_many_and_all_numbers_have_one),
        cmocka_unit_test(small_whole_numbers_have_bins_of_their_own),
        cmocka_unit_test(another_log_falls_into_the_same_bins),
        cmocka_unit_test(attributes_and_values_beyond_the_bounds_are_left_out),
        cmocka_unit_test(what_is_written_reads_back_equal),
        cmocka_unit_test(an_empty_tally_is_a_reference_too),
        cmocka_unit_test(a_reference_that_lies_is_refused_with_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
