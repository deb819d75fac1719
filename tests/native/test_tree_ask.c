// SPDX-License-Identifier: MIT
// Questions about single segments: keys in any order, who serves and why, hostile names.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>

#include "bundle/tree_ask.h"
#include "near.h"
#include "scratch.h"
#include "testing.h"
#include "tree_fixture.h"

typedef struct asked {
    spl_bundle_file file;
    spl_report *report;
    spl_view view;
} asked;

// The report with levels that need so many samples.
static char *with_minimum(const char *report, double minimum)
{
    char *text = calloc(1, strlen(report) + 256);
    sprintf(text, "{\"levels\":[{\"min_samples\":%g},{\"min_samples\":%g},{\"min_samples\":%g}],%s", minimum, minimum,
            minimum, strchr(report, '{') + 1);
    return text;
}

static void open_asked(asked *a, const fixture_segment *segments, int count, const char *const *variants,
                       double minimum)
{
    *a = (asked){0};
    size_t size;
    spl_error error = {0};
    uint8_t *data = fixture_bundle(segments, count, variants, &size);
    const char *path = scratch_path("tree_ask.safetensors");
    scratch_write(path, data, size);
    free(data);
    if (!spl_bundle_file_open(path, &a->file, &error)) fail_msg("%s: %s", error.field, error.text);
    char *report = fixture_report(&a->file.bundle, segments, count, variants);
    char *text = with_minimum(report, minimum);
    if (!spl_report_parse(text, strlen(text), &a->file.bundle, 0, &a->report, &error))
        fail_msg("%s: %s", error.field, error.text);
    free(text);
    free(report);
    assert_true(spl_view_make(&a->file.bundle, 0, a->report, SPL_TREE_DEPTH_MAX, &a->view, &error));
}

static void open_world(asked *a, double minimum)
{
    open_asked(a, fixture_world, fixture_world_count, fixture_plain_variants, minimum);
}

static void close_asked(asked *a)
{
    spl_view_free(&a->view);
    spl_report_free(a->report);
    spl_bundle_file_close(&a->file);
}

static spl_tree_answer ask(const asked *a, spl_tree_question question, const char *key)
{
    spl_tree_answer answer;
    spl_error error = {0};
    if (!spl_tree_ask(&a->view, question, (spl_text){key, strlen(key)}, &answer, &error)) fail_msg("%s", error.text);
    return answer;
}

static void assert_key(const asked *a, uint32_t index, const char *key)
{
    spl_text got = spl_tree_key(&a->file.bundle.tree, a->view.nodes[index].node);
    if (!spl_text_equal(got, (spl_text){key, strlen(key)})) fail_msg("%.*s, not %s", (int)got.size, got.data, key);
}

static void a_key_is_found_in_any_order(void **state)
{
    (void)state;
    static const char *const spelt[] = {"country:US|device:mobile|source:google",
                                        "source:google|country:US|device:mobile",
                                        "device:mobile|source:google|country:US"};
    asked a;
    open_world(&a, 1);
    for (int i = 0; i < 3; i++) {
        spl_tree_answer answer = ask(&a, SPL_ASK_NODE, spelt[i]);
        assert_int_equal(answer.count, 1);
        assert_key(&a, answer.nodes[0], spelt[0]);
        assert_key(&a, answer.server, "country:US|device:mobile"); // it has no row of its own
        spl_tree_answer_free(&answer);
    }
    close_asked(&a);
}

static void ancestors_stand_from_the_root_and_children_by_visits(void **state)
{
    (void)state;
    asked a;
    open_world(&a, 1);
    spl_tree_answer up = ask(&a, SPL_ASK_ANCESTORS, "country:US|device:mobile|source:google");
    assert_int_equal(up.count, 3);
    assert_key(&a, up.nodes[0], "global");
    assert_key(&a, up.nodes[1], "country:US");
    assert_key(&a, up.nodes[2], "country:US|device:mobile");
    spl_tree_answer down = ask(&a, SPL_ASK_CHILDREN, "global");
    assert_int_equal(down.count, 3);
    assert_key(&a, down.nodes[0], "country:US");
    assert_key(&a, down.nodes[1], "country:GB");
    assert_key(&a, down.nodes[2], "country:DE");
    spl_tree_answer_free(&up);
    spl_tree_answer_free(&down);
    close_asked(&a);
}

static void a_path_goes_as_far_as_the_visitor_is_known(void **state)
{
    (void)state;
    asked a;
    open_world(&a, 1);
    spl_tree_answer known = ask(&a, SPL_ASK_PATH, "source:google|device:mobile|country:US|plan:free");
    assert_int_equal(known.count, 4);
    assert_key(&a, known.server, "country:US|device:mobile");
    assert_string_equal(known.end, "the tree ends here");
    spl_tree_answer new = ask(&a, SPL_ASK_PATH, "country:US|device:watch");
    assert_int_equal(new.count, 2);
    assert_string_equal(new.end, "there is no segment for device:watch");
    spl_tree_answer unknown = ask(&a, SPL_ASK_PATH, "country:US");
    assert_string_equal(unknown.end, "the visitor has no device");
    spl_tree_answer_free(&known);
    spl_tree_answer_free(&new);
    spl_tree_answer_free(&unknown);
    close_asked(&a);
}

static void assert_reason(const asked *a, const char *key, const char *reason)
{
    spl_tree_answer answer = ask(a, SPL_ASK_NODE, key);
    char *got = spl_view_reason(&a->view, answer.nodes[0]);
    assert_string_equal(got, reason);
    free(got);
    spl_tree_answer_free(&answer);
}

static void a_reason_tells_samples_from_effects(void **state)
{
    (void)state;
    asked a;
    open_world(&a, 1000);
    assert_reason(&a, "global", "serves all that no segment serves");
    assert_reason(&a, "country:US", "serves on its own");
    assert_reason(&a, "country:DE", "too few visits: 950 of 1000");
    assert_reason(&a, "country:US|device:mobile|source:google", "would hardly earn more on its own");
    uint32_t node = spl_tree_find(&a.file.bundle.tree, SPL_TEXT("country:US|device:mobile|source:google"));
    a.report->nodes[node].effect_p = 0.41;
    assert_reason(&a, "country:US|device:mobile|source:google",
                  "would hardly earn more on its own (test of its effects: p 0.41)");
    close_asked(&a);
}

static void every_visit_is_served_by_one_level(void **state)
{
    (void)state;
    asked a;
    open_world(&a, 1);
    double sum = 0;
    for (uint32_t level = 0; level <= a.view.depth; level++) sum += a.view.served[level];
    assert_near(sum, 1, 1e-12);
    assert_near(a.view.served[3], 15000.0 / 90000, 1e-12); // instagram alone; google is served by its parent
    close_asked(&a);
}

static void a_segment_that_is_none_names_who_serves(void **state)
{
    (void)state;
    asked a;
    spl_tree_answer answer;
    spl_error error = {0};
    open_world(&a, 1);
    assert_false(spl_tree_ask(&a.view, SPL_ASK_NODE, SPL_TEXT("country:US|device:watch"), &answer, &error));
    assert_string_equal(error.text, "there is no segment \"country:US|device:watch\"; such visitors are served by "
                                    "\"country:US\"");
    close_asked(&a);
}

static char *written(const asked *a, const spl_tree_answer *answer, bool json)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_true(json ? spl_tree_answer_json(&a->view, answer, out) : spl_tree_answer_text(&a->view, answer, true, out));
    assert_int_equal(fclose(out), 0);
    return text;
}

static void hostile_names_stay_names_in_answers(void **state)
{
    (void)state;
    asked a;
    open_asked(&a, fixture_hostile, fixture_hostile_count, fixture_hostile_variants, 1);
    for (int question = 0; question < 2; question++) {
        spl_tree_answer answer = ask(&a, question ? SPL_ASK_CHILDREN : SPL_ASK_PATH, "global");
        char *text = written(&a, &answer, false), *json = written(&a, &answer, true);
        for (const unsigned char *c = (const unsigned char *)text; *c; c++) assert_true(*c >= 0x20 || *c == '\n');
        cJSON *root = cJSON_Parse(json);
        assert_non_null(root);
        assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "nodes")), (int)answer.count);
        cJSON_Delete(root);
        free(text);
        free(json);
        spl_tree_answer_free(&answer);
    }
    close_asked(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_found_in_any_order),
        cmocka_unit_test(ancestors_stand_from_the_root_and_children_by_visits),
        cmocka_unit_test(a_path_goes_as_far_as_the_visitor_is_known),
        cmocka_unit_test(a_reason_tells_samples_from_effects),
        cmocka_unit_test(every_visit_is_served_by_one_level),
        cmocka_unit_test(a_segment_that_is_none_names_who_serves),
        cmocka_unit_test(hostile_names_stay_names_in_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
