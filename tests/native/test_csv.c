// SPDX-License-Identifier: MIT
// RFC 4180 and what people make of it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "events/csv.h"
#include "samplit/rng.h"
#include "scratch.h"
#include "testing.h"

static spl_error error;

static spl_csv *opened(const void *data, size_t size, char delimiter)
{
    const char *path = scratch_path("rows.csv");
    scratch_write(path, data, size);
    spl_csv *csv = NULL;
    assert_true(spl_csv_open(path, delimiter, &csv, NULL));
    return csv;
}

static spl_csv *opened_text(const char *text)
{
    return opened(text, strlen(text), 0);
}

// Expects a row whose fields, joined by '#', are `wanted`.
static void expect_row(spl_csv *csv, const char *wanted)
{
    const spl_text *fields;
    size_t count, used = 0;
    char joined[4096];
    assert_int_equal(spl_csv_row(csv, &fields, &count, &error), SPL_ROW_GOOD);
    for (size_t i = 0; i < count; i++) {
        if (i) joined[used++] = '#';
        memcpy(joined + used, fields[i].data, fields[i].size);
        used += fields[i].size;
    }
    joined[used] = '\0';
    assert_string_equal(joined, wanted);
}

static void expect_bad(spl_csv *csv, uint64_t line, const char *reason)
{
    const spl_text *fields;
    size_t count;
    assert_int_equal(spl_csv_row(csv, &fields, &count, &error), SPL_ROW_BAD);
    assert_int_equal(error.line, line);
    assert_non_null(strstr(error.text, reason));
}

static void expect_end(spl_csv *csv)
{
    const spl_text *fields;
    size_t count;
    assert_int_equal(spl_csv_row(csv, &fields, &count, &error), SPL_ROW_END);
    assert_int_equal(spl_csv_row(csv, &fields, &count, &error), SPL_ROW_END);
    spl_csv_close(csv);
}

static void rows_are_cut_at_delimiters(void **state)
{
    (void)state;
    spl_csv *csv = opened_text("a,b,c\n1,,3\r\n,,\n x , y ,z");
    expect_row(csv, "a#b#c");
    expect_row(csv, "1##3");
    assert_int_equal(spl_csv_line_number(csv), 2);
    assert_true(spl_text_equal(spl_csv_raw(csv), SPL_TEXT("1,,3")));
    expect_row(csv, "##");
    expect_row(csv, " x # y #z");
    expect_end(csv);
}

static void quoted_fields_hold_anything(void **state)
{
    (void)state;
    spl_csv *csv = opened_text("\"a,b\",\"two\nlines\r\nthree\",\"say \"\"hi\"\"\",\"\"\n\"\"\"\",x,\"\"\"\"\"\",y\n");
    expect_row(csv, "a,b#two\nlines\r\nthree#say \"hi\"#");
    expect_row(csv, "\"#x#\"\"#y");
    assert_int_equal(spl_csv_line_number(csv), 4);
    expect_end(csv);
}

static void a_quote_inside_a_plain_field_is_a_character(void **state)
{
    (void)state;
    spl_csv *csv = opened_text("size,x\n5\" pipe,say \"hi\"\n");
    expect_row(csv, "size#x");
    expect_row(csv, "5\" pipe#say \"hi\"");
    expect_end(csv);
}

static void blank_lines_and_the_byte_order_mark_are_left_out(void **state)
{
    (void)state;
    spl_csv *csv = opened_text("\xEF\xBB\xBF"
                               "a,b\n\n\r\n1,2\n\n");
    expect_row(csv, "a#b");
    expect_row(csv, "1#2");
    assert_int_equal(spl_csv_line_number(csv), 4);
    expect_end(csv);
}

static void the_delimiter_is_found_in_the_header(void **state)
{
    (void)state;
    spl_csv *csv = opened_text("a;\"b,c,d\";e\n1;2,5;3\n");
    expect_row(csv, "a#b,c,d#e");
    expect_row(csv, "1#2,5#3");
    expect_end(csv);
    csv = opened_text("a\tb\n1\t2\n");
    expect_row(csv, "a#b");
    spl_csv_close(csv);
    csv = opened_text("one column\nx\n");
    expect_row(csv, "one column");
    spl_csv_close(csv);
    csv = opened("a,b|c\n", 6, '|'); // given, it wins
    expect_row(csv, "a,b#c");
    spl_csv_close(csv);
}

static void a_row_with_senseless_quotes_costs_one_line(void **state)
{
    (void)state;
    spl_csv *csv = opened_text("a,b\n\"x\"y,1\ngood,1\nz,\"never closed\nalso,good\n");
    expect_row(csv, "a#b");
    expect_bad(csv, 2, "not doubled");
    assert_true(spl_text_equal(spl_csv_raw(csv), SPL_TEXT("\"x\"y,1")));
    expect_row(csv, "good#1");
    expect_bad(csv, 4, "never closed");
    assert_true(spl_text_equal(spl_csv_raw(csv), SPL_TEXT("z,\"never closed")));
    expect_row(csv, "also#good");
    expect_end(csv);
}

static void a_row_above_the_limit_costs_one_line(void **state)
{
    (void)state;
    size_t size = SPL_CSV_ROW_MAX + 100;
    char *text = malloc(size + 16);
    memset(text, 'x', size);
    memcpy(text, "a,b\n", 4);
    memcpy(text + size, "\n1,2\n", 5);
    spl_csv *csv = opened(text, size + 5, ',');
    free(text);
    expect_row(csv, "a#b");
    expect_bad(csv, 2, "longer");
    expect_row(csv, "1#2");
    expect_end(csv);
}

static void a_field_of_10_mb_is_a_field(void **state)
{
    (void)state;
    size_t size = 10u << 20;
    char *text = malloc(size + 16);
    memset(text, 'x', size + 16);
    text[0] = '"', text[1] = '"', text[2] = '"', text[3] = ',';
    text[size] = '"';
    spl_csv *csv = opened(text, size + 1, ',');
    const spl_text *fields;
    size_t count;
    assert_int_equal(spl_csv_row(csv, &fields, &count, &error), SPL_ROW_GOOD);
    assert_int_equal(count, 1);
    assert_int_equal(fields[0].size, size - 2);
    assert_memory_equal(fields[0].data, "\",xx", 4);
    free(text);
    expect_end(csv);
}

static void utf16_and_an_empty_file_are_told_apart(void **state)
{
    (void)state;
    const char *path = scratch_path("utf16.csv");
    scratch_write(path,
                  "\xFF\xFE"
                  "a\0,\0b\0",
                  8);
    spl_csv *csv = NULL;
    assert_false(spl_csv_open(path, 0, &csv, &error));
    assert_non_null(strstr(error.text, "UTF-16"));
    assert_null(csv);
    unlink(path);
    expect_end(opened("", 0, 0));
}

static void put_field(char *out, size_t *size, const char *value, bool quote)
{
    if (quote) out[(*size)++] = '"';
    for (; *value; value++) {
        if (*value == '"') out[(*size)++] = '"';
        out[(*size)++] = *value;
    }
    if (quote) out[(*size)++] = '"';
}

static void what_a_careful_writer_writes_reads_back(void **state)
{
    (void)state;
    enum { ROWS = 20000 };
    static const char *const values[] = {"",     "x",           "a,b", "\"", "line\nbreak",
                                         "\r\n", "caf\xc3\xa9", "1.5", " ",  "\"\"q\""};
    static char text[ROWS * 64];
    static uint8_t chosen[ROWS][3];
    size_t size = 0;
    for (uint32_t row = 0; row < ROWS; row++) {
        for (uint32_t i = 0; i < 3; i++) {
            double u[2];
            spl_uniform2(4, row, SPL_STREAM_TEST, i, u);
            chosen[row][i] = (uint8_t)(u[0] * 10);
            const char *value = values[chosen[row][i]];
            put_field(text, &size, value, strpbrk(value, ",\"\r\n") || u[1] < 0.2);
            text[size++] = i < 2 ? ',' : '\n';
        }
    }
    spl_csv *csv = opened(text, size, ',');
    for (uint32_t row = 0; row < ROWS; row++) {
        const spl_text *fields;
        size_t count;
        assert_int_equal(spl_csv_row(csv, &fields, &count, &error), SPL_ROW_GOOD);
        assert_int_equal(count, 3);
        for (uint32_t i = 0; i < 3; i++) {
            const char *value = values[chosen[row][i]];
            assert_true(spl_text_equal(fields[i], (spl_text){value, strlen(value)}));
        }
    }
    expect_end(csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_cut_at_delimiters),
        cmocka_unit_test(quoted_fields_hold_anything),
        cmocka_unit_test(a_quote_inside_a_plain_field_is_a_character),
        cmocka_unit_test(blank_lines_and_the_byte_order_mark_are_left_out),
        cmocka_unit_test(the_delimiter_is_found_in_the_header),
        cmocka_unit_test(a_row_with_senseless_quotes_costs_one_line),
        cmocka_unit_test(a_row_above_the_limit_costs_one_line),
        cmocka_unit_test(a_field_of_10_mb_is_a_field),
        cmocka_unit_test(utf16_and_an_empty_file_are_told_apart),
        cmocka_unit_test(what_a_careful_writer_writes_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
