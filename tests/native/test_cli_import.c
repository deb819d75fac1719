// SPDX-License-Identifier: MIT
// `samplit import` as a user meets it: exit codes, streams, reports, and the Hillstrom experiment.
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cJSON.h>

#include "host/files.h"
#include "scratch.h"
#include "testing.h"

static const char LOG[] = "arm,bought,country\na,0,US\nb,1,DE\na,1,US\nb,0,\n";

static int write_log(void **state)
{
    (void)state;
    scratch_write_text(scratch_path("log.csv"), LOG);
    unlink(scratch_path("e.ndjson"));
    unlink(scratch_path("pipe"));
    return 0;
}

static void events_go_to_the_file_and_the_report_to_standard_output(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("import log.csv --variant arm --outcome bought --context country --out e.ndjson");
    assert_int_equal(run.code, 0);
    assert_non_null(strstr(run.out, "4 rows"));
    assert_string_equal(run.err, "");
    char *events = scratch_read(scratch_path("e.ndjson"));
    assert_non_null(strstr(events, "\"context\":{\"country\":\"US\"}"));
    free(events);
    scratch_run_free(&run);
}

static void a_pipe_gives_the_same_events_as_a_file(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("import log.csv --variant arm --outcome bought --out e.ndjson");
    char *from_file = scratch_read(scratch_path("e.ndjson"));
    scratch_run_free(&run);
    run = scratch_samplit("import - --variant arm --outcome bought --out - <log.csv");
    assert_int_equal(run.code, 0);
    assert_string_equal(run.out, from_file);
    assert_non_null(strstr(run.err, "4 rows")); // the report makes way
    scratch_run_free(&run);
    free(from_file);
}

// A named pipe in the test's folder, and a process that writes the file into it, once.
static void make_pipe(const char *from)
{
    char *text = scratch_read(from);
    const char *path = scratch_path("pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    if (fork() == 0) {
        alarm(60); // nobody reads
        scratch_write_text(path, text);
        _exit(0);
    }
    free(text);
}

static void a_pipe_with_a_name_is_read_like_a_file(void **state)
{
    (void)state;
    static const char *const options[] = {"", "--format csv", "--propensity 0.5"};
    for (size_t i = 0; i < 3; i++) {
        scratch_run run =
            scratch_samplit("import log.csv --variant arm --outcome bought --out e.ndjson %s", options[i]);
        char *from_file = scratch_read(scratch_path("e.ndjson"));
        scratch_run_free(&run);
        make_pipe(scratch_path("log.csv"));
        run = scratch_samplit("import pipe --variant arm --outcome bought --out e.ndjson %s", options[i]);
        assert_int_equal(run.code, 0);
        assert_non_null(strstr(run.out, "pipe: 4 rows"));
        char *from_pipe = scratch_read(scratch_path("e.ndjson"));
        assert_string_equal(from_pipe, from_file);
        scratch_run_free(&run);
        free(from_pipe);
        free(from_file);
        unlink(scratch_path("pipe"));
    }
    make_pipe(scratch_path("log.csv"));
    scratch_run run = scratch_samplit("import pipe --variant group --outcome bought --out e.ndjson");
    assert_int_equal(run.code, 1);
    scratch_says(run.err, "import: pipe: group: no such column"); // and not the temporary file
    scratch_run_free(&run);
}

static void what_is_kept_for_a_second_reading_lies_in_tmpdir(void **state)
{
    (void)state;
    scratch_run run =
        scratch_samplit("--version >version; TMPDIR=/nowhere '" SAMPLIT_BUILD "/samplit' import - --variant arm "
                        "--outcome bought --out e.ndjson <log.csv");
    assert_int_equal(run.code, 1);
    scratch_says(run.err, "standard input: cannot make a temporary file: No such file");
    scratch_run_free(&run);
}

static void names_from_the_file_cannot_steer_the_terminal(void **state)
{
    (void)state;
    scratch_write_text(scratch_path("log.csv"), "arm,bought\n\x1b[2Ja,1\nb,\x1b]0;owned\a\n");
    scratch_run run = scratch_samplit("import log.csv --variant arm --outcome bought --max-bad 50 --out e.ndjson");
    assert_int_equal(run.code, 0);
    assert_null(strchr(run.out, '\x1b'));
    assert_null(strchr(run.err, '\x1b'));
    scratch_says(run.out, "\\u{1b}[2Ja ");
    scratch_says(run.err, "line 3: bought: must be a number, true or false, not \"\\u{1b}]0;owned\\u{7}\"");
    scratch_run_free(&run);
}

static void too_many_bad_rows_write_nothing_to_a_pipe_either(void **state)
{
    (void)state;
    scratch_write_text(scratch_path("log.csv"), "arm,bought\na,0\nb,1\na,1\nb,x\n");
    static const char *const propensities[] = {"0.5", "uniform", "auto"};
    for (size_t i = 0; i < 3; i++) {
        scratch_run run =
            scratch_samplit("import log.csv --variant arm --outcome bought --propensity %s --out -", propensities[i]);
        assert_int_equal(run.code, 1);
        scratch_says(run.err, "1 of 4 rows are bad (25.00 %), more than --max-bad 1: nothing is written");
        assert_string_equal(run.out, "");
        scratch_run_free(&run);
    }
}

static void gzip_is_read_and_written(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("import log.csv --variant arm --outcome bought --out e.ndjson");
    char *plain = scratch_read(scratch_path("e.ndjson"));
    scratch_run_free(&run);
    assert_true(spl_file_write(scratch_path("log.csv.gz"), LOG, sizeof LOG - 1, NULL));
    run = scratch_samplit("import log.csv.gz --variant arm --outcome bought --out e.ndjson.gz");
    assert_int_equal(run.code, 0);
    uint8_t *unpacked;
    size_t size;
    assert_true(spl_file_read(scratch_path("e.ndjson.gz"), &unpacked, &size, NULL));
    assert_string_equal((char *)unpacked, plain);
    free(unpacked);
    free(plain);
    scratch_run_free(&run);
}

static void json_is_one_document(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("import log.csv --variant arm --outcome bought --out e.ndjson --json");
    cJSON *json = cJSON_ParseWithOpts(run.out, NULL, false);
    assert_non_null(json);
    assert_true(scratch_number(json, "rows") == 4);
    assert_true(scratch_number(json, "exposures") == 4);
    assert_true(scratch_number(json, "outcomes") == 2);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "variants")), 2);
    cJSON_Delete(json);
    scratch_run_free(&run);
}

static void expect_misuse(const char *arguments, const char *word)
{
    scratch_run run = scratch_samplit("%s", arguments);
    if (run.code != 2 || !strstr(run.err, word)) fail_msg("samplit %s: %d, %s", arguments, run.code, run.err);
    assert_string_equal(run.out, "");
    scratch_run_free(&run);
}

static void misuse_says_what_is_wrong(void **state)
{
    (void)state;
    expect_misuse("import --variant arm --outcome bought --out e", "which file");
    expect_misuse("import log.csv --outcome bought --out e", "--variant");
    expect_misuse("import log.csv --variant arm --out e", "--outcome");
    expect_misuse("import log.csv --variant arm --outcome bought", "--out");
    expect_misuse("import log.csv --variant arm --outcome bought --out e --propensity 1.5", "1.5");
    expect_misuse("import log.csv --variant arm --outcome bought --out e --max-bad lots", "lots");
    expect_misuse("import log.csv --variant arm --outcome bought --out e --format xml", "xml");
    expect_misuse("import log.csv --variant arm --outcome bought --out e --delimiter ab", "one character");
    expect_misuse("import log.csv --variant arm --outcome bought --out e --context a,,b", "empty");
    expect_misuse("import log.csv --variant arm --outcome bought --out e --context c=arm,c=bought", "one attribute, c");
    expect_misuse("import log.csv --variant arm --outcome bought --out e --context arm,country,arm", "attribute, arm");
    expect_misuse("import log.csv --variant arm --outcome bought --out - --json", "--json");
    expect_misuse("import log.csv --variant arm --outcome bought --out - --rejects -", "only one");
    expect_misuse("import log.csv log.csv --variant arm --outcome bought --out e", "one file");
}

static void failures_end_with_1_and_leave_no_file(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("import log.csv --variant group --outcome bought --out e.ndjson");
    assert_int_equal(run.code, 1);
    assert_non_null(strstr(run.err, "group: no such column; there are: arm, bought, country"));
    scratch_run_free(&run);
    run = scratch_samplit("import log.csv --variant arm --outcome country --out e.ndjson");
    assert_int_equal(run.code, 1);
    assert_non_null(strstr(run.err, "line 2: country: must be a number"));
    assert_non_null(strstr(run.err, "more than --max-bad 1"));
    assert_int_not_equal(access(scratch_path("e.ndjson"), F_OK), 0);
    scratch_run_free(&run);
    run = scratch_samplit(
        "import log.csv --variant arm --outcome country --max-bad 100 --rejects r.ndjson --out e.ndjson");
    assert_int_equal(run.code, 0);
    assert_non_null(strstr(run.err, "3 of 4 rows are bad; they are in r.ndjson"));
    scratch_run_free(&run);
    run = scratch_samplit("import missing.csv --variant arm --outcome bought --out e.ndjson");
    assert_int_equal(run.code, 1);
    assert_non_null(strstr(run.err, "missing.csv: cannot open"));
    scratch_run_free(&run);
}

static void the_hillstrom_experiment_is_imported(void **state)
{
    (void)state;
    const char *data = scratch_data("hillstrom/hillstrom.csv.gz");
    if (!data) skip();
    scratch_run run = scratch_samplit("import '%s' --variant segment --outcome visit --context "
                                      "channel,zip_code,newbie,mens,womens,recency,history --out e.ndjson --json",
                                      data);
    assert_int_equal(run.code, 0);
    cJSON *json = cJSON_Parse(run.out);
    assert_true(scratch_number(json, "exposures") == 64000);
    assert_true(scratch_number(json, "outcomes") ==
                9394); // 18.28 % of 21,307 and 15.14 % of 21,387 and 10.62 % of 21,306
    assert_true(scratch_number(json, "bad") == 0);
    assert_false(cJSON_IsTrue(cJSON_GetObjectItem(json, "uneven")));
    cJSON_Delete(json);
    scratch_run_free(&run);
}

static void a_bandit_log_brings_its_propensities(void **state)
{
    (void)state;
    const char *data = scratch_data("obd/bts/men/men.csv.gz");
    if (!data) skip();
    scratch_run run =
        scratch_samplit("import '%s' --variant item_id --outcome click --time timestamp "
                        "--propensity propensity_score --context position,user_feature_0 --out e.ndjson --json",
                        data);
    assert_int_equal(run.code, 0);
    cJSON *json = cJSON_Parse(run.out);
    assert_true(scratch_number(json, "exposures") == 10000);
    assert_true(cJSON_GetArraySize(cJSON_GetObjectItem(json, "variants")) <= 34);
    cJSON_Delete(json);
    scratch_run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(events_go_to_the_file_and_the_report_to_standard_output, write_log),
        cmocka_unit_test_setup(a_pipe_gives_the_same_events_as_a_file, write_log),
        cmocka_unit_test_setup(a_pipe_with_a_name_is_read_like_a_file, write_log),
        cmocka_unit_test_setup(what_is_kept_for_a_second_reading_lies_in_tmpdir, write_log),
        cmocka_unit_test_setup(names_from_the_file_cannot_steer_the_terminal, write_log),
        cmocka_unit_test_setup(too_many_bad_rows_write_nothing_to_a_pipe_either, write_log),
        cmocka_unit_test_setup(gzip_is_read_and_written, write_log),
        cmocka_unit_test_setup(json_is_one_document, write_log),
        cmocka_unit_test_setup(misuse_says_what_is_wrong, write_log),
        cmocka_unit_test_setup(failures_end_with_1_and_leave_no_file, write_log),
        cmocka_unit_test(the_hillstrom_experiment_is_imported),
        cmocka_unit_test(a_bandit_log_brings_its_propensities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
