// SPDX-License-Identifier: MIT
// `samplit bundle inspect`, `samplit tree` and `samplit evaluate` as a user meets them.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cJSON.h>

#include "scratch.h"
#include "testing.h"
#include "tree_fixture.h"

static scratch_run done; // the last run

// Runs `samplit ARGUMENTS` in the folder of this test, in a UTF-8 locale.
static void run(const char *arguments)
{
    scratch_run_free(&done);
    setenv("LC_ALL", "C.UTF-8", 1);
    done = scratch_samplit("%s", arguments);
}

static void works(const char *arguments)
{
    run(arguments);
    if (done.code != 0) fail_msg("exit code %d: %s", done.code, done.err);
}

static void refuses(const char *arguments, int code, const char *message)
{
    run(arguments);
    assert_int_equal(done.code, code);
    assert_string_equal(done.out, "");
    scratch_says(done.err, message);
}

static cJSON *json_of(const char *arguments)
{
    works(arguments);
    cJSON *root = cJSON_Parse(done.out);
    assert_non_null(root);
    return root;
}

static void write_log(FILE *out)
{
    static const char *const countries[] = {"US", "GB", "FR"};
    for (int i = 0; i < 900; i++) {
        fprintf(out,
                "{\"type\":\"exposure\",\"id\":\"019353b2-6f4e-7c3a-8a55-%012d\",\"time\":\"2026-01-01T00:%02d:%02dZ\","
                "\"experiment\":\"world\",\"unit\":\"u%d\",\"variant\":\"%s\",\"propensity\":%.17g,"
                "\"context\":{\"country\":\"%s\"}}\n",
                i, i / 60, i % 60, i, fixture_plain_variants[i % 3], 1.0 / 3, countries[i / 3 % 3]);
        if (i % (i % 3 == 1 ? 2 : 5) == 0)
            fprintf(out,
                    "{\"type\":\"outcome\",\"id\":\"019353b2-6f4e-7c3a-8a56-%012d\",\"time\":\"2026-01-01T00:%02d:%02d."
                    "5Z\","
                    "\"exposure\":\"019353b2-6f4e-7c3a-8a55-%012d\",\"name\":\"purchase\"}\n",
                    i, i / 60, i % 60, i);
    }
}

static void write_inputs(void)
{
    size_t size;
    spl_bundle_file file;
    uint8_t *data = fixture_bundle(fixture_world, fixture_world_count, fixture_plain_variants, &size);
    scratch_write(scratch_path("world.safetensors"), data, size);
    scratch_write(scratch_path("alone.safetensors"), data, size);
    data[size - 1] ^= 16; // in a variant's name: still a bundle, but not the one that its id says
    fixture_seal(data, size);
    scratch_write(scratch_path("touched.safetensors"), data, size);
    scratch_write(scratch_path("cut.safetensors"), data, size - 1);
    free(data);
    assert_true(spl_bundle_file_open(scratch_path("world.safetensors"), &file, NULL));
    char *report = fixture_report(&file.bundle, fixture_world, fixture_world_count, fixture_plain_variants);
    scratch_write(scratch_path("world.report.json"), report, strlen(report));
    scratch_write(scratch_path("stale.json"), "{\"format\":1,\"bundle\":\"00\"}", 26);
    cJSON_free(report);
    spl_bundle_file_close(&file);
    FILE *out = fopen(scratch_path("log.ndjson"), "w");
    assert_non_null(out);
    write_log(out);
    assert_int_equal(fclose(out), 0);
}

static int make_inputs(void **state)
{
    (void)state;
    write_inputs();
    return 0;
}

static int forget_run(void **state)
{
    (void)state;
    scratch_run_free(&done);
    return 0;
}

static void inspect_says_what_is_in_a_bundle(void **state)
{
    (void)state;
    works("bundle inspect world.safetensors");
    scratch_says(done.out, "(that of the file's bytes)");
    scratch_says(done.out, "experiment world: 3 variants, 6 policy rows, floor 0.01, assignment race, seed 7\n");
    scratch_says(done.out, "tree: 8 segments on 4 levels\n");
    scratch_says(done.out, "learned from 90K visits");
    scratch_says(done.out, "policy.world.table");
    cJSON *root = json_of("bundle inspect --json world.safetensors");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(root, "id_matches")));
    cJSON *experiment = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "experiments"), 0);
    assert_string_equal(scratch_word(experiment, "key"), "world");
    assert_string_equal(scratch_word(experiment, "seed"), "7");
    cJSON *variant = cJSON_GetArrayItem(cJSON_GetObjectItem(experiment, "variants"), 1);
    assert_string_equal(scratch_word(variant, "name"), "b");
    assert_true(scratch_number(variant, "root_probability") == 0.5);
    cJSON_Delete(root);
}

static void inspect_tells_a_bundle_that_was_changed(void **state)
{
    (void)state;
    run("bundle inspect touched.safetensors");
    assert_int_equal(done.code, 1);
    scratch_says(done.out, "NOT that of the file's bytes");
}

static void broken_bundles_are_refused_by_every_command(void **state)
{
    (void)state;
    static const char *const commands[] = {"bundle inspect cut.safetensors", "tree cut.safetensors",
                                           "evaluate cut.safetensors log.ndjson"};
    for (size_t i = 0; i < 3; i++) refuses(commands[i], 1, "cut.safetensors: ");
    refuses("bundle inspect nowhere.safetensors", 1, "nowhere.safetensors");
    refuses("bundle inspect log.ndjson", 1, "log.ndjson");
}

static void misuse_exits_with_2(void **state)
{
    (void)state;
    refuses("bundle", 2, "which bundle?");
    refuses("bundle mend world.safetensors", 2, "no `bundle mend`");
    refuses("bundle inspect a b", 2, "one bundle");
    refuses("tree", 2, "which bundle?");
    refuses("tree world.safetensors --format svg", 2, "--format svg");
    refuses("tree world.safetensors --depth -1", 2, "--depth");
    refuses("evaluate world.safetensors", 2, "which log");
    refuses("evaluate world.safetensors log.ndjson --fold 2/2", 2, "--fold");
    refuses("evaluate world.safetensors log.ndjson --window 0", 2, "--window");
    refuses("evaluate world.safetensors log.ndjson --clip 0.5", 2, "--clip");
    refuses("evaluate world.safetensors log.ndjson --max-bad 101", 2, "--max-bad");
    refuses("evaluate - -", 2, "cannot both come from standard input");
    refuses("tree world.safetensors --experiment other", 1, "it has: world");
}

static void help_has_an_example(void **state)
{
    (void)state;
    static const char *const commands[] = {"bundle --help", "tree --help", "evaluate --help"};
    for (size_t i = 0; i < 3; i++) {
        works(commands[i]);
        scratch_says(done.out, "Example:");
    }
}

static void tree_draws_with_the_report_beside_the_bundle(void **state)
{
    (void)state;
    works("tree world.safetensors");
    scratch_says(done.out, "│  │  ├─ source:instagram     15K  9.0 %");
    assert_string_equal(done.err, "");
    works("tree alone.safetensors");
    scratch_says(done.out, "policy only");
    works("tree alone.safetensors --report world.report.json --depth 1"); // the same bytes, so the same id
    scratch_says(done.out, "4 below not shown");
}

static void tree_passes_over_a_report_that_is_not_the_bundles(void **state)
{
    (void)state;
    char *to = strdup(scratch_path("alone.report.json"));
    assert_int_equal(link(scratch_path("stale.json"), to), 0);
    works("tree alone.safetensors");
    scratch_says(done.out, "policy only");
    scratch_says(done.err, "belongs to another bundle");
    assert_int_equal(unlink(to), 0);
    free(to);
    refuses("tree world.safetensors --report stale.json", 1,
            "stale.json: bundle: the report belongs to another bundle");
}

static void tree_is_plain_ascii_where_the_locale_is(void **state)
{
    (void)state;
    setenv("LC_ALL", "C", 1);
    scratch_run plain = scratch_samplit("tree world.safetensors");
    assert_int_equal(plain.code, 0);
    const char *text = plain.out;
    scratch_says(text, "|  |  |- source:instagram");
    for (const char *c = text; *c; c++) assert_true((unsigned char)*c < 0x7f);
    scratch_run_free(&plain);
}

static void tree_takes_the_format_from_the_output_name(void **state)
{
    (void)state;
    works("tree world.safetensors --out tree.html");
    assert_string_equal(done.out, "");
    char *page = scratch_read(scratch_path("tree.html"));
    scratch_says(page, "<!doctype html>");
    free(page);
    works("tree world.safetensors --out tree.html --format dot");
    char *dot = scratch_read(scratch_path("tree.html"));
    scratch_says(dot, "digraph \"world\"");
    free(dot);
    cJSON *root = json_of("tree world.safetensors --json");
    assert_string_equal(scratch_word(root, "highest"), "country:US|device:mobile|source:instagram");
    cJSON_Delete(root);
}

static const cJSON *policy_named(const cJSON *root, const char *name)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "policies"))
    {
        if (strcmp(scratch_word(item, "policy"), name) == 0) return item;
    }
    fail_msg("no policy %s", name);
    return NULL;
}

static double value_of(const cJSON *policy, const char *estimator)
{
    return scratch_number(cJSON_GetObjectItem(policy, estimator), "value");
}

static void evaluate_gives_the_values_that_the_log_implies(void **state)
{
    (void)state;
    // Every variant is shown 100 times in each of three countries; b converts in half of its visits, the
    // others in a fifth (rounded by the turns of the log). Probabilities by country are the fixture's.
    cJSON *root = json_of("evaluate world.safetensors log.ndjson --json");
    double rewards[3][3] = {{0}}, want = 0;
    for (int i = 0; i < 900; i++) rewards[i / 3 % 3][i % 3] += i % (i % 3 == 1 ? 2 : 5) == 0;
    static const double served[3][3] = {{0.10, 0.65, 0.25}, {0.70, 0.20, 0.10}, {0.20, 0.50, 0.30}};
    for (int c = 0; c < 3; c++)
        for (int v = 0; v < 3; v++) want += 3 * served[c][v] * rewards[c][v] / 900;
    assert_true(fabs(value_of(policy_named(root, "bundle"), "ips") - want) < 1e-12);
    const cJSON *counts = cJSON_GetObjectItem(root, "counts");
    assert_true(scratch_number(counts, "exposures") == 900);
    assert_true(scratch_number(counts, "outcomes_without_exposure") == 0);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "warnings")), 0);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "gains")), 4);
    cJSON_Delete(root);
    works("evaluate world.safetensors log.ndjson");
    scratch_says(done.out, "900 exposures");
    scratch_says(done.out, "best single arm");
    scratch_says(done.out, "The bundle earns more than a uniform split");
}

static void evaluate_counts_the_levels_that_serve(void **state)
{
    (void)state;
    works("evaluate world.safetensors log.ndjson --json");
    cJSON *root = cJSON_Parse(done.out), *counts = cJSON_GetObjectItem(root, "counts");
    const cJSON *levels = cJSON_GetObjectItem(counts, "served_by_level"), *level;
    double sum = 0;
    assert_int_equal(cJSON_GetArraySize(levels), SPL_TREE_DEPTH_MAX);
    cJSON_ArrayForEach(level, levels) sum += cJSON_GetNumberValue(level);
    assert_true(sum == cJSON_GetNumberValue(cJSON_GetObjectItem(counts, "exposures")));
    assert_true(cJSON_GetNumberValue(cJSON_GetArrayItem(levels, 1)) > 0);
    assert_true(cJSON_GetNumberValue(cJSON_GetArrayItem(levels, 0)) < sum);
    cJSON_Delete(root);
    works("evaluate world.safetensors log.ndjson");
    scratch_says(done.out, "served by level: ");
}

static void evaluate_reads_standard_input_and_gzip(void **state)
{
    (void)state;
    works("evaluate world.safetensors - < log.ndjson");
    char *plain = strdup(done.out), command[1024];
    snprintf(command, sizeof command, "gzip -k '%s'", scratch_path("log.ndjson"));
    assert_int_equal(system(command), 0);
    works("evaluate world.safetensors log.ndjson.gz");
    assert_string_equal(done.out, plain);
    free(plain);
}

static void evaluate_says_why_a_log_is_of_no_use(void **state)
{
    (void)state;
    scratch_write(scratch_path("empty.ndjson"), "", 0);
    refuses("evaluate world.safetensors empty.ndjson", 1, "no usable exposure of experiment world");
    scratch_write(scratch_path("junk.ndjson"), "x\ny\n", 4);
    refuses("evaluate world.safetensors junk.ndjson", 1, "junk.ndjson:1: ");
    refuses("evaluate world.safetensors - < junk.ndjson", 1, "standard input:1: ");
    static const char other[] =
        "{\"type\":\"exposure\",\"id\":\"019353b2-6f4e-7c3a-8a55-000000000000\",\"time\":"
        "\"2026-01-01T00:00:00Z\",\"experiment\":\"checkout\",\"unit\":\"u\",\"variant\":\"b\",\"propensity\":0.5}\n";
    scratch_write(scratch_path("other.ndjson"), other, sizeof other - 1);
    refuses("evaluate world.safetensors other.ndjson", 1, "the log has: checkout");
    static const char bare[] = "{\"type\":\"exposure\",\"id\":\"019353b2-6f4e-7c3a-8a55-000000000000\",\"time\":"
                               "\"2026-01-01T00:00:00Z\",\"experiment\":\"world\",\"unit\":\"u\",\"variant\":\"b\"}\n";
    scratch_write(scratch_path("bare.ndjson"), bare, sizeof bare - 1);
    refuses("evaluate world.safetensors bare.ndjson", 1, "propensity: no exposure has a usable one");
}

static void evaluate_puts_up_with_as_many_percent_of_bad_lines_as_it_is_told(void **state)
{
    (void)state;
    char command[1024]; // 3 of 100 lines
    snprintf(command, sizeof command, "(head -n 97 '%s'; echo x; echo y; echo z) > '%s.bad'",
             scratch_path("log.ndjson"), scratch_path("log.ndjson"));
    assert_int_equal(system(command), 0);
    refuses("evaluate world.safetensors log.ndjson.bad", 1, "3 of 100 lines could not be read");
    refuses("evaluate world.safetensors log.ndjson.bad --max-bad 2.9", 1, "--max-bad");
    works("evaluate world.safetensors log.ndjson.bad --max-bad 3");
}

static const cJSON *gain_over(const cJSON *root, const char *policy, const char *over)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "gains"))
    {
        if (strcmp(scratch_word(item, "policy"), policy) == 0 && strcmp(scratch_word(item, "over"), over) == 0)
            return cJSON_GetObjectItem(item, "snips");
    }
    fail_msg("no gain of %s over %s", policy, over);
    return NULL;
}

static double low_of(const cJSON *estimate)
{
    return scratch_number(estimate, "low");
}

static void segments_that_differ_earn_more_on_units_that_did_not_teach(void **state)
{
    (void)state;
    works("simulate --visitors 200000 --seed 1 --out sim.ndjson");
    works(
        "learn sim.ndjson --levels country,device,source --min-samples 1000,500,200 --fold 0/2 --out sim.safetensors");
    cJSON *root = json_of("evaluate sim.safetensors sim.ndjson --fold 1/2 --json");
    assert_true(low_of(gain_over(root, "bundle", "best_single_arm")) > 0);
    assert_true(low_of(gain_over(root, "bundle", "uniform")) > 0);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "warnings")), 0);
    cJSON_Delete(root);
}

// Hillstrom's e-mail test: one arm is best for nearly everybody, so the bundle beats the split by far, and the best
// single arm not at all; what it believes in (its leading variants) must not lose to that arm either.
static void hillstrom_learned_on_one_half_beats_uniform_on_the_other(void **state)
{
    (void)state;
    const char *data = getenv("SAMPLIT_DATA");
    char csv[512], command[1024];
    snprintf(csv, sizeof csv, "%s/hillstrom/hillstrom.csv.gz", data ? data : SAMPLIT_SOURCE "/../shared/data");
    if (access(csv, R_OK) != 0) {
        fprintf(stderr, "SKIPPED: %s is not there; set SAMPLIT_DATA\n", csv);
        skip();
    }
    snprintf(
        command, sizeof command,
        "import '%s' --variant segment --outcome visit --context channel,zip_code,newbie,mens,womens,recency,history "
        "--out hillstrom.ndjson",
        csv);
    works(command);
    works("learn hillstrom.ndjson --levels channel,zip_code,newbie --min-samples 1000,500,200 --fold 0/2 "
          "--out hillstrom.safetensors");
    cJSON *root = json_of("evaluate hillstrom.safetensors hillstrom.ndjson --fold 1/2 --json");
    const cJSON *over_uniform = gain_over(root, "bundle", "uniform");
    const cJSON *over_best = gain_over(root, "bundle", "best_single_arm");
    const cJSON *believed = gain_over(root, "leading", "best_single_arm");
    print_message(
        "hillstrom: SNIPS gain over uniform %+.4f, over the best single arm %+.4f, without exploration %+.4f\n",
        scratch_number(over_uniform, "value"), scratch_number(over_best, "value"), scratch_number(believed, "value"));
    assert_true(low_of(over_uniform) > 0.02);
    assert_true(scratch_number(over_best, "value") > -0.005);
    assert_true(scratch_number(believed, "high") >= 0);
    cJSON_Delete(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inspect_says_what_is_in_a_bundle),
        cmocka_unit_test(inspect_tells_a_bundle_that_was_changed),
        cmocka_unit_test(broken_bundles_are_refused_by_every_command),
        cmocka_unit_test(misuse_exits_with_2),
        cmocka_unit_test(help_has_an_example),
        cmocka_unit_test(tree_draws_with_the_report_beside_the_bundle),
        cmocka_unit_test(tree_passes_over_a_report_that_is_not_the_bundles),
        cmocka_unit_test(tree_is_plain_ascii_where_the_locale_is),
        cmocka_unit_test(tree_takes_the_format_from_the_output_name),
        cmocka_unit_test(evaluate_gives_the_values_that_the_log_implies),
        cmocka_unit_test(evaluate_counts_the_levels_that_serve),
        cmocka_unit_test(evaluate_reads_standard_input_and_gzip),
        cmocka_unit_test(evaluate_says_why_a_log_is_of_no_use),
        cmocka_unit_test(evaluate_puts_up_with_as_many_percent_of_bad_lines_as_it_is_told),
        cmocka_unit_test(segments_that_differ_earn_more_on_units_that_did_not_teach),
        cmocka_unit_test(hillstrom_learned_on_one_half_beats_uniform_on_the_other),
    };
    return cmocka_run_group_tests(tests, make_inputs, forget_run);
}
