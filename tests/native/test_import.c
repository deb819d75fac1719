// SPDX-License-Identifier: MIT
// From a table to events: how each kind of value is read, and what becomes of bad rows.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "events/import.h"
#include "host/files.h"
#include "scratch.h"
#include "testing.h"

static spl_import_report report;
static spl_error error;

// Events of the last import, read back.
typedef struct imported {
    uint32_t count;
    char lines[64][2048];
} imported;

static imported events;

static spl_import_config configured(const char *text)
{
    spl_import_config config = spl_import_config_default();
    config.input = scratch_path("in");
    config.output = scratch_path("out.ndjson");
    config.variant = SPL_TEXT("arm");
    config.outcome = SPL_TEXT("bought");
    scratch_write_text(config.input, text);
    unlink(config.output);
    return config;
}

static void add_context(spl_import_config *config, const char *attribute, const char *column)
{
    config->context[config->context_count++] =
        (spl_import_context){{attribute, strlen(attribute)}, {column, strlen(column)}};
}

static bool run(const spl_import_config *config)
{
    error = (spl_error){0};
    if (!spl_import_run(config, &report, &error)) return false;
    spl_reader *reader;
    spl_text line;
    events.count = 0;
    assert_true(spl_reader_open(config->output, &reader, NULL));
    while (events.count < 64 && spl_reader_line(reader, &line, NULL) > 0)
        snprintf(events.lines[events.count++], 2048, "%.*s", (int)line.size, line.data);
    spl_reader_close(reader);
    return true;
}

static bool holds(uint32_t line, const char *part)
{
    assert_in_range(line, 0, events.count - 1);
    return strstr(events.lines[line], part) != NULL;
}

static void every_row_is_an_exposure_and_outcomes_follow_it(void **state)
{
    (void)state;
    spl_import_config config = configured("arm,bought\na,0\nb,1\na,2.5\nb,\n");
    assert_true(run(&config));
    assert_int_equal(events.count, 6);
    assert_true(holds(0, "\"type\":\"exposure\"") && holds(0, "\"variant\":\"a\"") && holds(0, "\"propensity\":0.5"));
    assert_true(holds(0, "\"unit\":\"row-1\"") && holds(0, "\"time\":\"2000-01-01T00:00:00.000Z\""));
    assert_true(holds(2, "\"type\":\"outcome\"") && holds(2, "\"name\":\"bought\"") && holds(2, "\"value\":1}"));
    assert_true(holds(4, "\"value\":2.5"));
    assert_int_equal(report.rows, 4);
    assert_int_equal(report.exposures, 4);
    assert_int_equal(report.outcomes, 2);
    assert_int_equal(report.outcomes_missing, 1);
    assert_int_equal(report.variant_count, 2);
}

static void the_events_are_valid_and_outcomes_find_their_exposures(void **state)
{
    (void)state;
    static spl_event event;
    uint8_t last[16] = {0};
    spl_event_parser *parser = spl_event_parser_new();
    spl_import_config config = configured("arm,bought,x\na,1,\"q\"\"uote\"\nb,1,caf\xc3\xa9\n");
    add_context(&config, "x", "x");
    assert_true(run(&config));
    for (uint32_t i = 0; i < events.count; i++) {
        spl_text line = {events.lines[i], strlen(events.lines[i])};
        assert_true(spl_event_parse(parser, line, &event, &error));
        assert_int_equal(event.id[6] >> 4, 7);
        if (event.kind == SPL_EVENT_OUTCOME) assert_memory_equal(event.exposure, last, 16);
        memcpy(last, event.id, 16);
    }
    assert_int_equal(events.count, 4);
    spl_event_parser_free(parser);
}

static void importing_again_gives_the_same_bytes(void **state)
{
    (void)state;
    spl_import_config config = configured("arm,bought\na,0\nb,1\na,0\n");
    assert_true(run(&config));
    char *first = scratch_read(config.output);
    assert_true(run(&config));
    char *second = scratch_read(config.output);
    assert_string_equal(first, second);
    free(first);
    free(second);
    assert_true(strcmp(events.lines[0] + 24, events.lines[3] + 24) != 0); // equal rows have ids of their own
}

static void context_values_become_numbers_booleans_and_text(void **state)
{
    (void)state;
    spl_import_config config = configured("arm,bought,a,b,c,d,e,f,g,h\n"
                                          "x,0,12,-0.5,True,01234,1e5,12345678901234567890, 7,\n");
    const char *names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    for (size_t i = 0; i < 8; i++) add_context(&config, names[i], names[i]);
    assert_true(run(&config));
    assert_true(holds(0, "\"context\":{\"a\":12,\"b\":-0.5,\"c\":true,\"d\":\"01234\",\"e\":\"1e5\","
                         "\"f\":\"12345678901234567890\",\"g\":\" 7\"}"));
}

static void columns_can_be_renamed_and_used_twice(void **state)
{
    (void)state;
    spl_import_config config = configured("arm,bought,device_type\nx,0,mobile\n");
    add_context(&config, "device", "device_type");
    add_context(&config, "arm_shown", "arm");
    assert_true(run(&config));
    assert_true(holds(0, "{\"device\":\"mobile\",\"arm_shown\":\"x\"}"));
}

static void units_times_propensities_and_values_come_from_columns(void **state)
{
    (void)state;
    spl_import_config config = configured("arm,bought,who,at,p,worth\na,yes,u7,2026-11-21 07:45:00.5,0.125,19.99\n"
                                          "b,no,u8,1763711100,0.5,\n");
    config.unit = SPL_TEXT("who");
    config.time = SPL_TEXT("at");
    config.propensity = SPL_IMPORT_COLUMN;
    config.propensity_column = SPL_TEXT("p");
    config.value = SPL_TEXT("worth");
    assert_true(run(&config));
    assert_true(holds(0, "\"unit\":\"u7\"") && holds(0, "\"time\":\"2026-11-21T07:45:00.500Z\"") &&
                holds(0, "\"propensity\":0.125"));
    assert_true(holds(1, "\"value\":19.99"));
    assert_true(holds(2, "\"time\":\"2025-11-21T07:45:00.000Z\""));
    assert_int_equal(report.outcomes, 1);
}

static void times_come_in_many_forms(void **state)
{
    (void)state;
    spl_import_config config =
        configured("arm,bought,at\na,0,2026-11-21\na,0,1763711100123\na,0,2026-11-21T09:45:00+02:00\n"
                   "a,0,2026-11-21T07:45:00\n");
    config.time = SPL_TEXT("at");
    assert_true(run(&config));
    assert_true(holds(0, "2026-11-21T00:00:00.000Z"));
    assert_true(holds(1, "2025-11-21T07:45:00.123Z"));
    assert_true(holds(2, "2026-11-21T07:45:00.000Z"));
    assert_true(holds(3, "2026-11-21T07:45:00.000Z"));
}

static void propensities_are_uniform_observed_or_given(void **state)
{
    (void)state;
    spl_import_config config = configured("arm,bought\na,0\nb,1\na,0\na,0\n");
    config.propensity = SPL_IMPORT_OBSERVED;
    assert_true(run(&config));
    assert_true(holds(0, "\"propensity\":0.75") && holds(1, "\"propensity\":0.25"));
    config.propensity = SPL_IMPORT_CONSTANT;
    config.propensity_constant = 0.9;
    assert_true(run(&config));
    assert_true(holds(0, "\"propensity\":0.9") && holds(1, "\"propensity\":0.9"));
}

static void unequal_shares_are_pointed_out(void **state)
{
    (void)state;
    static char text[40000];
    size_t used = (size_t)sprintf(text, "arm,bought\n");
    for (int i = 0; i < 2000; i++) used += (size_t)sprintf(text + used, "%s,0\n", i % 100 < 55 ? "a" : "b");
    spl_import_config config = configured(text);
    assert_true(run(&config));
    assert_true(report.uneven);
    assert_float_equal(report.chi_square, 20, 1e-9); // (1100 - 1000)^2 / 1000 twice
    used = (size_t)sprintf(text, "arm,bought\n");
    for (int i = 0; i < 2000; i++) used += (size_t)sprintf(text + used, "%s,0\n", i % 100 < 53 ? "a" : "b");
    config = configured(text);
    assert_true(run(&config));
    assert_false(report.uneven); // 7.2 is within the 99.9 % quantile, 10.83
}

static void ndjson_rows_keep_their_types(void **state)
{
    (void)state;
    spl_import_config config =
        configured("{\"arm\":14,\"bought\":true,\"zip\":\"01234\",\"n\":5,\"s\":\"5\",\"extra\":[1]}\n\n"
                   "{\"bought\":null,\"arm\":\"x\"}\n");
    add_context(&config, "zip", "zip");
    add_context(&config, "n", "n");
    assert_true(run(&config));
    assert_true(holds(0, "\"variant\":\"14\"") && holds(0, "\"context\":{\"zip\":\"01234\",\"n\":5}"));
    assert_true(holds(1, "\"value\":1}"));
    assert_true(holds(2, "\"variant\":\"x\"") && holds(2, "\"context\":{}}"));
    assert_int_equal(report.outcomes_missing, 1);
}

static void a_missing_column_is_named_with_those_that_exist(void **state)
{
    (void)state;
    spl_import_config config = configured("arm,bought,\"a, b\"\nx,0,1\n");
    add_context(&config, "chanel", "chanel");
    assert_false(run(&config));
    assert_string_equal(error.field, "chanel");
    assert_non_null(strstr(error.text, "arm, bought, a, b"));
    assert_int_not_equal(access(config.output, F_OK), 0);
    config = configured("{\"arm\":\"x\",\"kauf\":1}\n");
    assert_false(run(&config));
    assert_string_equal(error.field, "bought");
    assert_non_null(strstr(error.text, "arm, kauf"));
    config = configured("arm,arm,bought\nx,y,0\n");
    assert_false(run(&config));
    assert_non_null(strstr(error.text, "2 columns"));
}

static void a_context_that_holds_nothing_is_still_one(void **state)
{
    (void)state;
    spl_import_config config = configured("arm,bought,x\na,0,\n");
    add_context(&config, "x", "x");
    assert_true(run(&config));
    assert_true(holds(0, ",\"context\":{}}"));
    config.context_count = 0;
    assert_true(run(&config));
    assert_true(!holds(0, "context"));
}

static void outcomes_that_no_event_can_hold_are_bad_rows(void **state)
{
    (void)state;
    spl_import_config config = configured("arm,bought,worth\na,1e100,1\na,2e100,1\na,1,-1e101\na,0,1e101\n");
    config.max_bad = 1;
    assert_true(run(&config));
    assert_int_equal(report.bad, 1); // no value asked for
    assert_string_equal(report.bad_rows[0].text, "must be from -1e100 to 1e100, not \"2e100\"");
    config.value = SPL_TEXT("worth");
    assert_true(run(&config));
    assert_int_equal(report.bad, 2); // and the last row has no outcome
    assert_string_equal(report.bad_rows[1].field, "worth");
}

static void bad_rows_are_kept_aside_with_line_and_reason(void **state)
{
    (void)state;
    spl_import_config config = configured("arm,bought,x\na,0,1\nb,maybe,1\na,1\n,0,1\nb,0,\"open\nb,0,\xff\nb,1,2\n");
    add_context(&config, "x", "x");
    config.max_bad = 1;
    config.rejects = scratch_path("rejects.ndjson");
    assert_true(run(&config));
    assert_int_equal(report.rows, 7);
    assert_int_equal(report.bad, 5);
    assert_int_equal(report.exposures, 2);
    assert_int_equal(report.bad_shown, 5);
    assert_int_equal(report.bad_rows[0].line, 3);
    assert_string_equal(report.bad_rows[0].field, "bought");
    char *rejects = scratch_read(config.rejects);
    assert_non_null(strstr(rejects, "{\"line\":3,\"column\":\"bought\",\"reason\":\"must be a number, true or false, "
                                    "not \\\"maybe\\\"\",\"row\":\"b,maybe,1\"}\n"));
    assert_non_null(strstr(rejects, "{\"line\":4,\"column\":\"\",\"reason\":\"the row has 2 fields, the header 3\""));
    assert_non_null(strstr(rejects, "{\"line\":5,\"column\":\"arm\",\"reason\":\"is empty\""));
    assert_non_null(strstr(rejects, "never closed"));
    assert_non_null(strstr(rejects, "\"column\":\"x\",\"reason\":\"is not valid UTF-8\",\"row\":\"b,0,\\ufffd\"}"));
    free(rejects);
    unlink(config.rejects);
}

static void too_many_bad_rows_stop_the_import(void **state)
{
    (void)state;
    spl_import_config config = configured("arm,bought\na,0\nb,x\na,1\n");
    config.rejects = scratch_path("rejects.ndjson");
    assert_false(run(&config));
    assert_non_null(strstr(error.text, "1 of 3 rows are bad"));
    assert_int_not_equal(access(config.output, F_OK), 0); // nothing is written
    assert_int_equal(access(config.rejects, F_OK), 0);    // but what was bad can be seen
    unlink(config.rejects);
    config.rejects = NULL;
    config.propensity = SPL_IMPORT_CONSTANT; // one pass instead of two
    config.propensity_constant = 0.5;
    assert_false(run(&config));
    assert_int_not_equal(access(config.output, F_OK), 0);
    config.max_bad = 0.34;
    assert_true(run(&config));
    assert_int_equal(report.bad, 1);
}

static void bad_ndjson_lines_are_bad_rows(void **state)
{
    (void)state;
    spl_import_config config =
        configured("{\"arm\":\"a\",\"bought\":0}\n{\"arm\":\"a\"\nnonsense\n{\"arm\":[1],\"bought\":1}\n"
                   "{\"arm\":\"b\",\"bought\":1}\n");
    config.max_bad = 1;
    assert_true(run(&config));
    assert_int_equal(report.bad, 3);
    assert_int_equal(report.bad_rows[1].line, 3);
    assert_string_equal(report.bad_rows[2].field, "arm");
    assert_int_equal(events.count, 3);
}

static void a_header_alone_gives_no_events_and_an_empty_file_is_an_error(void **state)
{
    (void)state;
    spl_import_config config = configured("arm,bought\n");
    assert_true(run(&config));
    assert_int_equal(events.count, 0);
    assert_int_equal(report.rows, 0);
    config = configured("");
    assert_false(run(&config));
    assert_non_null(strstr(error.text, "empty"));
}

static void a_single_variant_is_fine_and_a_65th_is_not(void **state)
{
    (void)state;
    static char text[4096];
    spl_import_config config = configured("arm,bought\na,0\na,1\n");
    assert_true(run(&config));
    assert_true(holds(0, "\"propensity\":1}"));
    size_t used = (size_t)sprintf(text, "arm,bought\n");
    for (int i = 0; i < 65; i++) used += (size_t)sprintf(text + used, "v%d,0\n", i);
    config = configured(text);
    assert_false(run(&config));
    assert_non_null(strstr(error.text, "more than 64"));
}

static void a_long_value_is_cut_at_a_character(void **state)
{
    (void)state;
    size_t size = 10u << 20;
    char *text = malloc(size + 64);
    size_t used = (size_t)sprintf(text, "arm,bought,ua\na,0,x");
    while (used < size) used += (size_t)sprintf(text + used, "\xc3\xa9");
    strcpy(text + used, "\n");
    spl_import_config config = configured(text);
    free(text);
    add_context(&config, "ua", "ua");
    assert_true(run(&config));
    assert_int_equal(report.values_cut, 1);
    char *out = scratch_read(config.output);
    const char *value = strstr(out, "\"ua\":\"") + 6;
    assert_int_equal(strchr(value, '"') - value, SPL_TEXT_MAX - 1); // x and 1023 letters of two bytes
    free(out);
}

static void names_that_events_cannot_hold_are_refused(void **state)
{
    (void)state;
    spl_import_config config = configured("arm,bought\na,0\n");
    config.experiment = SPL_TEXT("has blanks");
    assert_false(run(&config));
    assert_string_equal(error.field, "--experiment");
    char text[1200] = "arm,bought\n";
    memset(text + 11, 'v', 300);
    strcpy(text + 311, ",0\n");
    config = configured(text);
    assert_false(run(&config)); // the only row is bad
    assert_string_equal(report.bad_rows[0].field, "arm");
}

static void a_million_categories_take_no_memory(void **state)
{
    (void)state;
    const char *path = scratch_path("many.csv");
    spl_writer *writer;
    assert_true(spl_writer_open(path, &writer, NULL));
    spl_writer_put(writer, "arm,bought,c\n", 13);
    for (int i = 0; i < 1000000; i++) {
        char line[48];
        spl_writer_put(writer, line, (size_t)sprintf(line, "%c,%d,category-%d\n", 'a' + i % 2, i % 10 == 0, i));
    }
    assert_true(spl_writer_close(writer, NULL));
    spl_import_config config = configured("");
    config.input = path;
    add_context(&config, "c", "c");
    assert_true(run(&config));
    assert_int_equal(report.exposures, 1000000);
    assert_int_equal(report.outcomes, 100000);
    unlink(path);
    unlink(config.output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_an_exposure_and_outcomes_follow_it),
        cmocka_unit_test(the_events_are_valid_and_outcomes_find_their_exposures),
        cmocka_unit_test(importing_again_gives_the_same_bytes),
        cmocka_unit_test(context_values_become_numbers_booleans_and_text),
        cmocka_unit_test(columns_can_be_renamed_and_used_twice),
        cmocka_unit_test(units_times_propensities_and_values_come_from_columns),
        cmocka_unit_test(times_come_in_many_forms),
        cmocka_unit_test(propensities_are_uniform_observed_or_given),
        cmocka_unit_test(unequal_shares_are_pointed_out),
        cmocka_unit_test(ndjson_rows_keep_their_types),
        cmocka_unit_test(a_missing_column_is_named_with_those_that_exist),
        cmocka_unit_test(a_context_that_holds_nothing_is_still_one),
        cmocka_unit_test(outcomes_that_no_event_can_hold_are_bad_rows),
        cmocka_unit_test(bad_rows_are_kept_aside_with_line_and_reason),
        cmocka_unit_test(too_many_bad_rows_stop_the_import),
        cmocka_unit_test(bad_ndjson_lines_are_bad_rows),
        cmocka_unit_test(a_header_alone_gives_no_events_and_an_empty_file_is_an_error),
        cmocka_unit_test(a_single_variant_is_fine_and_a_65th_is_not),
        cmocka_unit_test(a_long_value_is_cut_at_a_character),
        cmocka_unit_test(names_that_events_cannot_hold_are_refused),
        cmocka_unit_test(a_million_categories_take_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
