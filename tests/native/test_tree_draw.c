// SPDX-License-Identifier: MIT
// Drawings against golden files (SAMPLIT_UPDATE_GOLDEN=1 writes them anew), and hostile names in all of them.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>

#include "bundle/tree_draw.h"
#include "scratch.h"
#include "testing.h"
#include "tree_fixture.h"

#define ALL_LEVELS SPL_TREE_DEPTH_MAX

typedef struct drawn {
    spl_bundle_file file;
    spl_report *report;
    spl_view view;
} drawn;

// The view points into the bundle, so `d` must stay where it is.
static void open_view(drawn *d, const fixture_segment *segments, int count, const char *const *variants,
                      bool with_report, uint32_t depth)
{
    *d = (drawn){0};
    size_t size;
    uint8_t *data = fixture_bundle(segments, count, variants, &size);
    const char *path = scratch_path("tree_draw.safetensors");
    scratch_write(path, data, size);
    free(data);
    spl_error error = {0};
    if (!spl_bundle_file_open(path, &d->file, &error)) fail_msg("%s: %s", error.field, error.text);
    if (with_report) {
        char *text = fixture_report(&d->file.bundle, segments, count, variants);
        if (!spl_report_parse(text, strlen(text), &d->file.bundle, 0, &d->report, &error))
            fail_msg("%s: %s", error.field, error.text);
        free(text);
    }
    assert_true(spl_view_make(&d->file.bundle, 0, d->report, depth, &d->view, &error));
}

static void close_view(drawn *d)
{
    spl_view_free(&d->view);
    spl_report_free(d->report);
    spl_bundle_file_close(&d->file);
}

typedef bool drawing(const spl_view *view, FILE *out);

static bool ascii_utf8(const spl_view *view, FILE *out)
{
    return spl_tree_ascii(view, true, out);
}

static bool ascii_plain(const spl_view *view, FILE *out)
{
    return spl_tree_ascii(view, false, out);
}

static char *draw(const spl_view *view, drawing *how)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_true(how(view, out));
    assert_int_equal(fclose(out), 0);
    assert_int_equal(strlen(text), size); // no NUL has crept in
    return text;
}

static char *read_golden(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) fail_msg("%s is not there", path);
    char *text = calloc(1, 1 << 20);
    size_t size = fread(text, 1, (1 << 20) - 1, file);
    fclose(file);
    text[size] = '\0';
    return text;
}

static void assert_golden(const spl_view *view, drawing *how, const char *name)
{
    char path[1024], *got = draw(view, how);
    snprintf(path, sizeof path, "%s/tests/golden/%s", SAMPLIT_SOURCE, name);
    if (getenv("SAMPLIT_UPDATE_GOLDEN")) scratch_write(path, got, strlen(got));
    char *want = read_golden(path);
    assert_string_equal(got, want);
    free(want);
    free(got);
}

static void the_four_drawings_are_those_of_the_golden_files(void **state)
{
    (void)state;
    drawn d;
    open_view(&d, fixture_world, fixture_world_count, fixture_plain_variants, true, ALL_LEVELS);
    assert_golden(&d.view, ascii_utf8, "tree.utf8.txt");
    assert_golden(&d.view, ascii_plain, "tree.ascii.txt");
    assert_golden(&d.view, spl_tree_json, "tree.json");
    assert_golden(&d.view, spl_tree_dot, "tree.dot");
    assert_golden(&d.view, spl_tree_html, "tree.html");
    close_view(&d);
}

static void without_a_report_the_policy_is_drawn(void **state)
{
    (void)state;
    drawn d;
    open_view(&d, fixture_world, fixture_world_count, fixture_plain_variants, false, 1);
    assert_golden(&d.view, ascii_utf8, "tree.policy.txt");
    assert_golden(&d.view, spl_tree_html, "tree.policy.html");
    assert_golden(&d.view, spl_tree_json, "tree.policy.json");
    close_view(&d);
}

static void the_view_knows_who_serves_and_what_stands_out(void **state)
{
    (void)state;
    drawn d;
    open_view(&d, fixture_world, fixture_world_count, fixture_plain_variants, true, ALL_LEVELS);
    const spl_view *v = &d.view;
    assert_int_equal(v->count, 8);
    assert_int_equal(v->serving, 6);
    assert_int_equal(v->depth, 3);
    static const char *const labels[] = {"global",        "country:US",     "device:mobile", "source:instagram",
                                         "source:google", "device:desktop", "country:GB",    "country:DE"};
    for (uint32_t i = 0; i < 8; i++) {
        char *label = spl_view_label(v, i, true);
        assert_string_equal(label, labels[i]); // by exposures among siblings
        free(label);
    }
    assert_int_equal(v->nodes[4].server, 2);
    assert_true(v->nodes[4].probabilities == v->nodes[2].probabilities);
    assert_int_equal(v->nodes[7].server, 0);
    assert_int_equal(v->best, 3);
    assert_int_equal(v->worst, 6);
    close_view(&d);
}

static void levels_below_the_depth_are_counted_not_drawn(void **state)
{
    (void)state;
    drawn d;
    open_view(&d, fixture_world, fixture_world_count, fixture_plain_variants, true, 1);
    assert_int_equal(d.view.count, 4);
    assert_int_equal(d.view.nodes[1].hidden, 4);
    assert_int_equal(d.view.nodes[1].children, 0);
    assert_int_equal(d.view.nodes[2].hidden, 0);
    close_view(&d);
    open_view(&d, fixture_world, fixture_world_count, fixture_plain_variants, true, 0);
    assert_int_equal(d.view.count, 1);
    assert_int_equal(d.view.nodes[0].hidden, 7);
    close_view(&d);
}

// No byte that a terminal obeys but the line feeds between rows; with `ascii` no byte above 0x7e.
static void assert_printable(const char *text, bool ascii)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        assert_true(*c >= 0x20 || *c == '\n');
        assert_true(*c != 0x7f);
        if (ascii) assert_true(*c < 0x7f);
    }
    assert_true(spl_text_is_utf8((spl_text){text, strlen(text)}));
    assert_null(strstr(text, "\xe2\x80\xae")); // right-to-left override
}

static void hostile_names_are_obeyed_by_no_terminal(void **state)
{
    (void)state;
    drawn d;
    open_view(&d, fixture_hostile, fixture_hostile_count, fixture_hostile_variants, true, ALL_LEVELS);
    char *utf8 = draw(&d.view, ascii_utf8), *ascii = draw(&d.view, ascii_plain);
    assert_printable(utf8, false);
    assert_printable(ascii, true);
    assert_non_null(strstr(utf8, "x\\u{1b}[31m\\u{7}\\u{a}red"));
    assert_non_null(strstr(utf8, "Z\xc3\xbcrich \\u{202e}gnp.exe"));
    assert_non_null(strstr(ascii, "Z\\u{fc}rich"));
    free(utf8);
    free(ascii);
    close_view(&d);
}

static size_t count_of(const char *text, const char *word)
{
    size_t count = 0;
    while ((text = strstr(text, word))) text++, count++;
    return count;
}

static void hostile_names_stay_text_in_the_page(void **state)
{
    (void)state;
    drawn d;
    open_view(&d, fixture_hostile, fixture_hostile_count, fixture_hostile_variants, true, ALL_LEVELS);
    char *page = draw(&d.view, spl_tree_html);
    assert_printable(page, false);
    assert_null(strstr(page, "<script>alert"));
    assert_null(strstr(page, "<img"));
    assert_non_null(strstr(page, "&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert_non_null(strstr(page, "&quot;&gt;&lt;img src=x"));
    assert_int_equal(count_of(page, "<script"), 1); // ours, and no other
    free(page);
    close_view(&d);
}

static void hostile_names_stay_within_their_quotes_in_dot(void **state)
{
    (void)state;
    drawn d;
    open_view(&d, fixture_hostile, fixture_hostile_count, fixture_hostile_variants, true, ALL_LEVELS);
    char *dot = draw(&d.view, spl_tree_dot);
    assert_printable(dot, false);
    // With the quoted strings taken out, nothing but syntax of ours is left.
    size_t quotes = 0, evil = 0;
    bool inside = false;
    for (const char *c = dot; *c; c++) {
        if (inside && *c == '\\') {
            c++;
        } else if (*c == '"') {
            inside = !inside;
            quotes++;
        } else if (!inside && strncmp(c, "evil", 4) == 0) {
            evil++;
        }
    }
    assert_false(inside);
    assert_int_equal(quotes % 2, 0);
    assert_int_equal(evil, 0);
    assert_non_null(strstr(dot, "\\\"]; evil [label=\\\""));
    free(dot);
    close_view(&d);
}

static void hostile_names_come_back_from_json_as_they_are(void **state)
{
    (void)state;
    drawn d;
    open_view(&d, fixture_hostile, fixture_hostile_count, fixture_hostile_variants, true, ALL_LEVELS);
    char *text = draw(&d.view, spl_tree_json);
    cJSON *root = cJSON_Parse(text), *tree = cJSON_GetObjectItem(root, "tree");
    assert_non_null(tree);
    cJSON *children = cJSON_GetObjectItem(tree, "children");
    assert_int_equal(cJSON_GetArraySize(children), 4);
    static const char *const values[] = {"</style><script>alert(1)</script>", "x\x1b[31m\x07\nred",
                                         "\"]; evil [label=\"\\", "Z\xc3\xbcrich \xe2\x80\xaegnp.exe"};
    for (int i = 0; i < 4; i++) {
        cJSON *child = cJSON_GetArrayItem(children, i);
        assert_string_equal(cJSON_GetObjectItem(child, "value")->valuestring, values[i]);
        assert_string_equal(cJSON_GetObjectItem(child, "attribute")->valuestring, "a%b");
    }
    assert_string_equal(cJSON_GetObjectItem(cJSON_GetArrayItem(children, 1), "lead")->valuestring,
                        fixture_hostile_variants[2]);
    cJSON_Delete(root);
    free(text);
    close_view(&d);
}

static void a_report_that_does_not_fit_the_bundle_is_refused_by_field(void **state)
{
    (void)state;
    drawn d;
    open_view(&d, fixture_world, fixture_world_count, fixture_plain_variants, false, ALL_LEVELS);
    char *good = fixture_report(&d.file.bundle, fixture_world, fixture_world_count, fixture_plain_variants);
    static const struct {
        const char *from, *to, *field;
    } cases[] = {
        {"\"format\":\t1", "\"format\":\t2", "format"},
        {"\"bundle\":\t\"", "\"bundle\":\t\"0", "bundle"},
        {"\"experiment\":\t\"world\"", "\"experiment\":\t\"other\"", "experiment"},
        {"\"control\", \"b\"", "\"b\", \"control\"", "variants"},
        {"\"binary\"", "\"poisson\"", "reward"},
        {"\"country:US\"", "\"country:FR\"", "nodes"},
        {"\"exposures\":\t90000", "\"exposures\":\t-1", "nodes"},
        {"\"lift\":\t0", "\"left\":\t0", "nodes"},
        {"\"rate\":\t0", "\"rate\":\t1e999, \"x\":\t0", "nodes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *at = strstr(good, cases[i].from);
        assert_non_null(at);
        char *bad = calloc(1, strlen(good) + 64);
        sprintf(bad, "%.*s%s%s", (int)(at - good), good, cases[i].to, at + strlen(cases[i].from));
        spl_report *report = NULL;
        spl_error error = {0};
        assert_false(spl_report_parse(bad, strlen(bad), &d.file.bundle, 0, &report, &error));
        assert_string_equal(error.field, cases[i].field);
        assert_null(report);
        free(bad);
    }
    for (size_t cut = 0; cut < strlen(good) - 1; cut += 7) {
        spl_report *report = NULL;
        assert_false(spl_report_parse(good, cut, &d.file.bundle, 0, &report, NULL));
    }
    cJSON_free(good);
    close_view(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_four_drawings_are_those_of_the_golden_files),
        cmocka_unit_test(without_a_report_the_policy_is_drawn),
        cmocka_unit_test(the_view_knows_who_serves_and_what_stands_out),
        cmocka_unit_test(levels_below_the_depth_are_counted_not_drawn),
        cmocka_unit_test(hostile_names_are_obeyed_by_no_terminal),
        cmocka_unit_test(hostile_names_stay_text_in_the_page),
        cmocka_unit_test(hostile_names_stay_within_their_quotes_in_dot),
        cmocka_unit_test(hostile_names_come_back_from_json_as_they_are),
        cmocka_unit_test(a_report_that_does_not_fit_the_bundle_is_refused_by_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
