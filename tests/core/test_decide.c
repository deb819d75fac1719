// SPDX-License-Identifier: MIT
// From a bundle and a context to a variant, with the segment that served and why.

#include <stdlib.h>
#include <string.h>

#include "bundle_fixture.h"
#include "samplit/samplit.h"
#include "testing.h"

#define TEXT_OF(text) ((spl_text){(text), strlen(text)})

typedef struct site {
    uint8_t *file;
    void *memory;
    spl_bundle bundle;
    spl_workspace workspace;
} site;

static int open_site(void **state)
{
    site *s = calloc(1, sizeof *s);
    fixture *f = fixture_new();
    size_t size, bundle_bytes, workspace_bytes;
    s->file = fixture_write(f, &size);
    free(f);
    if (spl_bundle_open_bytes(s->file, size, &bundle_bytes) != SPL_OK) return 1;
    s->memory = malloc(bundle_bytes + 4096);
    spl_arena arena = spl_arena_over(s->memory, bundle_bytes + 4096);
    if (spl_bundle_open(s->file, size, &arena, &s->bundle, NULL) != SPL_OK) return 1;
    if (spl_workspace_bytes(&s->bundle, &workspace_bytes) != SPL_OK) return 1;
    *state = s;
    return spl_workspace_init(&s->bundle, &arena, &s->workspace) != SPL_OK;
}

static int close_site(void **state)
{
    site *s = *state;
    free(s->file);
    free(s->memory);
    free(s);
    return 0;
}

static spl_field string(const char *field, const char *text)
{
    return (spl_field){
        .name = spl_name_hash(TEXT_OF(field)), .text = text, .size = (uint32_t)strlen(text), .kind = SPL_KIND_STRING};
}

static spl_decision decide(site *s, uint32_t experiment, const char *unit, const char *country, const char *device)
{
    spl_field fields[2] = {string("country", country), string("device", device)};
    spl_decision d;
    spl_decide(&s->bundle, &s->workspace, experiment, TEXT_OF(unit), fields, 2, &d);
    return d;
}

static void assert_segment(const spl_decision *d, const char *segment)
{
    assert_int_equal(d->segment.size, strlen(segment));
    assert_memory_equal(d->segment.data, segment, d->segment.size);
}

static void the_deepest_segment_that_can_serve_does(void **state)
{
    spl_decision d = decide(*state, 0, "u1", "US", "mobile");
    assert_int_equal(d.reason, SPL_REASON_POLICY);
    assert_int_equal(d.level, 2);
    assert_int_equal(d.matched_level, 2);
    assert_segment(&d, "country:US|device:mobile");
    assert_true(d.probabilities[0] == 0.6);
    assert_true(d.propensity == d.probabilities[d.variant]);

    d = decide(*state, 0, "u1", "US", "desktop"); // in the tree, but its row is -1
    assert_int_equal(d.reason, SPL_REASON_FALLBACK);
    assert_int_equal(d.level, 1);
    assert_int_equal(d.matched_level, 2);
    assert_segment(&d, "country:US");

    d = decide(*state, 0, "u1", "US", "tablet"); // not in the tree: its parent is the match
    assert_int_equal(d.reason, SPL_REASON_POLICY);
    assert_int_equal(d.matched_level, 1);

    d = decide(*state, 0, "u1", "GB", "mobile");
    assert_int_equal(d.reason, SPL_REASON_FALLBACK);
    assert_int_equal(d.level, 0);
    assert_segment(&d, "global");

    d = decide(*state, 0, "u1", "FR", "mobile");
    assert_int_equal(d.reason, SPL_REASON_POLICY);
    assert_int_equal(d.node, 0);
}

static void a_variant_of_probability_zero_is_never_served(void **state)
{
    char unit[8] = "u";
    for (int i = 0; i < 1000; i++) {
        unit[1] = (char)('0' + i % 10);
        unit[2] = (char)('0' + i / 10 % 10);
        unit[3] = (char)('0' + i / 100);
        spl_decision d = decide(*state, 1, unit, "US", "mobile");
        assert_int_equal(d.variant, 0);
        assert_true(d.propensity == 1);
    }
}

static void equal_questions_have_equal_traces(void **state)
{
    spl_decision a = decide(*state, 0, "u1", "US", "mobile"), b = decide(*state, 0, "u1", "US", "mobile");
    assert_memory_equal(&a.trace, &b.trace, 8);
    assert_int_equal(a.variant, b.variant);
    assert_true(a.trace != decide(*state, 0, "u2", "US", "mobile").trace);
    assert_true(a.trace != decide(*state, 1, "u1", "US", "mobile").trace);
    assert_true(a.trace != decide(*state, 0, "u1", "US", "desktop").trace);
    assert_true(a.trace != decide(*state, 0, "u1", "GB", "mobile").trace);
}

static void every_kernel_gives_the_same_trace(void **state)
{
    site *s = *state;
    uint64_t trace = decide(s, 0, "u1", "US", "mobile").trace;
    for (int kernel = SPL_KERNEL_SCALAR; kernel <= SPL_KERNEL_AVX512; kernel++) {
        if (!spl_kernel_usable((spl_kernel)kernel)) continue;
        s->workspace.kernel = (spl_kernel)kernel;
        assert_true(decide(s, 0, "u1", "US", "mobile").trace == trace);
    }
    s->workspace.kernel = spl_kernel_best();
}

static void assert_control(const spl_decision *d)
{
    assert_int_equal(d->variant, 0);
    assert_int_equal(d->variant_count, 1);
    assert_int_equal(d->reason, SPL_REASON_DEFAULT);
    assert_true(d->propensity == 1 && d->probabilities[0] == 1);
    assert_segment(d, "global");
}

static void without_a_bundle_or_experiment_the_control_is_served(void **state)
{
    site *s = *state;
    spl_workspace *bare = calloc(1, sizeof *bare);
    spl_field field = string("country", "US");
    spl_decision d;
    spl_decide(NULL, bare, 0, SPL_TEXT("u1"), &field, 1, &d);
    assert_control(&d);
    uint64_t trace = d.trace;
    spl_decide(NULL, bare, 3, SPL_TEXT("u1"), &field, 1, &d);
    assert_true(d.trace == trace);
    free(bare);
    d = decide(s, 2, "u1", "US", "mobile");
    assert_control(&d);
    d = decide(s, UINT32_MAX, "u1", "US", "mobile");
    assert_control(&d);
}

static void an_empty_context_is_decided_by_the_root(void **state)
{
    site *s = *state;
    spl_decision d;
    spl_decide(&s->bundle, &s->workspace, 0, SPL_TEXT("u1"), NULL, 0, &d);
    assert_int_equal(d.reason, SPL_REASON_POLICY);
    assert_int_equal(d.node, 0);
    assert_true(d.variant < 3);
}

static void without_a_unit_the_control_is_served(void **state)
{
    site *s = *state;
    spl_decision d, other;
    spl_decide(&s->bundle, &s->workspace, 0, (spl_text){NULL, 0}, NULL, 0, &d);
    assert_control(&d);
    spl_decide(&s->bundle, &s->workspace, UINT32_MAX, SPL_TEXT(""), NULL, 0, &other);
    assert_true(d.trace == other.trace);
}

static void a_workspace_too_small_is_a_status(void **state)
{
    site *s = *state;
    size_t bytes;
    assert_int_equal(spl_workspace_bytes(&s->bundle, &bytes), SPL_OK);
    spl_workspace *workspace = calloc(1, sizeof *workspace);
    bool fits = true;
    for (size_t n = bytes; n != SIZE_MAX; n--) {
        void *memory = malloc(n ? n : 1);
        spl_arena arena = spl_arena_over(memory, n);
        spl_status status = spl_workspace_init(&s->bundle, &arena, workspace);
        if (n == bytes) assert_int_equal(status, SPL_OK);
        assert_true(status == SPL_NO_SPACE || (status == SPL_OK && fits));
        fits = status == SPL_OK;
        free(memory);
    }
    assert_false(fits);
    free(workspace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_deepest_segment_that_can_serve_does),
        cmocka_unit_test(a_variant_of_probability_zero_is_never_served),
        cmocka_unit_test(equal_questions_have_equal_traces),
        cmocka_unit_test(every_kernel_gives_the_same_trace),
        cmocka_unit_test(without_a_bundle_or_experiment_the_control_is_served),
        cmocka_unit_test(an_empty_context_is_decided_by_the_root),
        cmocka_unit_test(without_a_unit_the_control_is_served),
        cmocka_unit_test(a_workspace_too_small_is_a_status),
    };
    return cmocka_run_group_tests(tests, open_site, close_site);
}
