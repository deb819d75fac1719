// SPDX-License-Identifier: MIT
// What jsmn alone would let through must be refused, and everything of RFC 8259 must be read.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>

#include "samplit/rng.h"
#include "testing.h"
#include "json/json_line.h"
#include "json/json_mistake.h"

static spl_json_line json;

static bool reads(const char *text)
{
    spl_error error;
    return spl_json_line_read(&json, (spl_text){text, strlen(text)}, &error);
}

static void well_formed_objects_are_read(void **state)
{
    (void)state;
    static const char *const good[] = {
        "{}",
        " { } ",
        "{\"a\":1}",
        "{\"a\" : [ ] , \"b\" : { } }",
        "{\"a\":[1,\"x\",[true,null],{\"b\":false}]}",
        "{\"\":\"\"}",
        "{\"a\":\"\\u00e9\\n\\\"\"}",
        "\t{\"a\":-0.5e+3}\r",
        "{\"a\":[[],[]],\"b\":{\"c\":{}}}",
        "{\"a\":\"\xc3\xa9\xf0\x9f\x98\x80\"}",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) assert_true(reads(good[i]));
}

static const char *const BAD[] = {
    "",
    " ",
    "1",
    "\"a\"",
    "[]",
    "null",
    "{",
    "}",
    "{]",
    "{}}",
    "{}{}",
    "{} x",
    "{\"a\"}",
    "{\"a\":}",
    "{:1}",
    "{\"a\" 1}",
    "{\"a\":1,}",
    "{,}",
    "{,\"a\":1}",
    "{\"a\":1,,\"b\":2}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":1:2}",
    "{\"a\":[1 2]}",
    "{\"a\":[1,]}",
    "{\"a\":[,1]}",
    "{\"a\":[\"b\":1]}",
    "{\"a\":[[] []]}",
    "{\"a\":[]\"b\":1}",
    "{\"a\":{}1}",
    "{1:2}",
    "{\"a\":tru}",
    "{\"a\":truex}",
    "{\"a\":nul}",
    "{\"a\":01}",
    "{\"a\":1.}",
    "{\"a\":+1}",
    "{\"a\":NaN}",
    "{\"a\":1e999}",
    "{\"a\":'b'}",
    "{\"a\":\"b}",
    "{\"a\":\"\\x\"}",
    "{\"a\":\"\\u12g4\"}",
    "{\"a\":\"\n\"}",
    "{\"a\":\"\x01\"}",
    "{\"a\":\"\xff\"}",
    "{\"a\":\"\xc0\xaf\"}",
    "{\"\xff\":1}",
    "{\"a\":{\"b\":1}:2}",
    "{\"a\":1}:2",
    "{\"a\"::1}",
    "{\"a\":1}/*x*/",
    "{\"a\":\"b\" \"c\"}",
    "{\"a\":\"b\"\"c\":1}",
    "{[]:1}",
    "{\"a\":[}]",
};

static void everything_else_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        if (reads(BAD[i])) fail_msg("%s was read", BAD[i]);
    }
}

static void a_zero_byte_ends_nothing(void **state)
{
    (void)state;
    spl_error error;
    assert_false(spl_json_line_read(&json, (spl_text){"{}\0x", 4}, &error));
    assert_false(spl_json_line_read(&json, (spl_text){"{\"a\":\"\0\"}", 9}, &error));
}

static void an_error_names_the_field_it_is_under(void **state)
{
    (void)state;
    spl_error error;
    spl_text text = SPL_TEXT("{\"a\":1,\"unit\":{\"x\":[\"\xff\"]}}");
    assert_false(spl_json_line_read(&json, text, &error));
    assert_string_equal(error.field, "unit");
    assert_non_null(strstr(error.text, "UTF-8"));
}

static void escapes_are_undone(void **state)
{
    (void)state;
    spl_text text;
    assert_true(reads("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC\\uD83D\\uDE00 end\"}"));
    assert_true(spl_json_string(&json, 2, &text));
    assert_true(spl_text_equal(text, SPL_TEXT("\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 end")));
}

static void half_a_surrogate_pair_is_no_text(void **state)
{
    (void)state;
    static const char *const bad[] = {"{\"a\":\"\\uD83D\"}", "{\"a\":\"\\uDE00\"}", "{\"a\":\"\\uD83Dx\"}",
                                      "{\"a\":\"\\uD83D\\n\"}", "{\"a\":\"\\uD83D\\uD83D\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        spl_text text;
        assert_true(reads(bad[i]));
        assert_false(spl_json_string(&json, 2, &text));
    }
}

static void tokens_say_what_follows_them(void **state)
{
    (void)state;
    assert_true(reads("{\"a\":{\"b\":[1,2]},\"c\":true}"));
    uint32_t c = spl_json_after(&json, 1);
    assert_true(spl_text_equal(spl_json_raw(&json, c), SPL_TEXT("c")));
    bool truth = false;
    assert_true(spl_json_boolean(&json, c + 1, &truth));
    assert_true(truth);
    assert_int_equal(spl_json_after(&json, c), json.count);
    double number;
    assert_false(spl_json_number(&json, c + 1, &number));
    assert_false(spl_json_is_null(&json, c + 1));
}

static void a_line_with_too_many_values_is_refused(void **state)
{
    (void)state;
    size_t size = 2 * (SPL_JSON_TOKENS_MAX + 8);
    char *text = malloc(size + 8), *at = text;
    memcpy(at, "{\"a\":[1", 7), at += 7;
    while ((size_t)(at - text) < size) *at++ = ',', *at++ = '1';
    memcpy(at, "]}", 2);
    spl_error error;
    assert_false(spl_json_line_read(&json, (spl_text){text, (size_t)(at + 2 - text)}, &error));
    free(text);
    char *deep = malloc(SPL_JSON_TOKENS_MAX * 2);
    memset(deep, '[', SPL_JSON_TOKENS_MAX * 2);
    memcpy(deep, "{\"a\":", 5);
    assert_false(spl_json_line_read(&json, (spl_text){deep, SPL_JSON_TOKENS_MAX * 2}, &error));
    free(deep);
}

// cJSON is the other opinion. It is laxer in a few places (it takes control characters, leading zeros
// and bytes that are not UTF-8), so the alphabet leaves those out.
static void random_texts_are_judged_as_by_another_reader(void **state)
{
    (void)state;
    static const char *const parts[] = {"{", "}", "[", "]", ",", ":", "\"a\"", "\"b\"", "1", "true", "null", " "};
    uint32_t good = 0;
    for (uint32_t i = 0; i < 200000; i++) {
        char text[128] = "{\"a\":";
        double u[2];
        spl_uniform2(5, i, SPL_STREAM_TEST, 0, u);
        int count = (int)(u[0] * 9);
        for (int k = 0; k < count; k++) {
            spl_uniform2(5, i, SPL_STREAM_TEST, (uint32_t)k + 1, u);
            strcat(text, parts[(int)(u[0] * 12)]);
        }
        strcat(text, "}");
        cJSON *other = cJSON_ParseWithOpts(text, NULL, true);
        if (reads(text) != (other != NULL)) fail_msg("%s: cJSON %s it", text, other ? "reads" : "refuses");
        good += other != NULL;
        cJSON_Delete(other);
    }
    assert_in_range(good, 1000, 199000); // both kinds were met
}

// Strings of every length end at every place of a block of sixteen; memory ends with the text, so that the address
// sanitizer sees a reader that goes on.
static void strings_end_where_they_end(void **state)
{
    (void)state;
    static const char *const marks[] = {"", "\\n", "\\u0041", "\xc3\xa9", "\n", "\xff", "\\", "\x7f"};
    for (size_t length = 0; length < 70; length++) {
        for (size_t m = 0; m < sizeof marks / sizeof *marks; m++) {
            for (size_t at = 0; at <= length; at += 7) {
                char text[128];
                int size = snprintf(text, sizeof text, "{\"a\":\"%0*d%s%0*d\"}", (int)at + 1, 0, marks[m],
                                    (int)(length - at) + 1, 0);
                char *exact = malloc((size_t)size);
                memcpy(exact, text, (size_t)size);
                spl_error error;
                spl_text whole = {exact, (size_t)size}, value;
                bool good = m < 4 || m == 7;
                assert_int_equal(spl_json_line_read(&json, whole, &error), good);
                if (good) {
                    assert_true(spl_json_string(&json, 2, &value));
                    size_t own = m == 1 || m == 2 || m == 7 ? 1 : m == 3 ? 2 : 0;
                    assert_int_equal(value.size, length + 2 + own);
                    assert_int_equal(value.data[0], '0');
                    assert_int_equal(value.data[value.size - 1], '0');
                }
                free(exact);
            }
        }
    }
}

// Two readers, one grammar: the one that says why must find a mistake in all that the other refuses, and nowhere else.
static void every_refusal_has_its_reason(void **state)
{
    (void)state;
    static const char line[] = "{\"type\":\"exposure\",\"unit\":\"u\\u00e9\\n\",\"p\":[0.25,-1e-3,10],\"c\":{\"n\":"
                               "null,\"\xc3\xa9\":{}},\"t\":true} ";
    static const char bytes[] = "{}[],:\"\\ \t\n\r0123456789.-+eEtrufalsn/u\x01\x7f\x80\xc3\xff";
    uint32_t good = 0;
    for (uint32_t i = 0; i < 300000; i++) {
        char text[sizeof line];
        double u[2];
        size_t size = sizeof line - 1;
        memcpy(text, line, sizeof line);
        spl_uniform2(6, i, SPL_STREAM_TEST, 0, u);
        int changes = 1 + (int)(u[1] * 3);
        for (int k = 0; k < changes; k++) {
            spl_uniform2(6, i, SPL_STREAM_TEST, (uint32_t)k + 1, u);
            text[(size_t)(u[0] * (double)size)] = bytes[(size_t)(u[1] * (sizeof bytes - 1))];
        }
        spl_uniform2(6, i, SPL_STREAM_TEST, 9, u);
        if (u[0] < 0.1) size = (size_t)(u[1] * (double)size);
        spl_error error = {.text = ""}, why = {.text = ""};
        bool read = spl_json_line_read(&json, (spl_text){text, size}, &error);
        if (spl_json_mistake((spl_text){text, size}, &why) == read) fail_msg("%.*s: %s", (int)size, text, why.text);
        if (!read) assert_string_equal(error.text, why.text);
        good += read;
    }
    assert_in_range(good, 10000, 290000); // both kinds were met
}

// An object of random keys, some of them in their usual order, some not.
static size_t random_object(uint64_t seed, char *out)
{
    static const char *const shapes[] = {"k%d",
                                         "a_longer_key_%d",
                                         "thirty_one_bytes_of_a_key____%02d",
                                         "thirty_bytes_of_a_key_______%02d",
                                         "sixteen_bytes_%02d",
                                         "\xc3\xa9%d",
                                         "\\u0041%d",
                                         "%d"};
    double u[2];
    char *at = out;
    spl_uniform2(7, seed, SPL_STREAM_TEST, 0, u);
    int count = (int)(u[0] * 90), key = 0;
    *at++ = '{';
    for (int i = 0; i < count; i++) {
        spl_uniform2(7, seed, SPL_STREAM_TEST, (uint32_t)i + 1, u);
        key = u[0] < 0.7 ? key + 1 : (int)(u[0] * 90);
        at += sprintf(at, i ? ",\"" : "\"");
        at += sprintf(at, shapes[key % 8], key);
        at += sprintf(at, "\":%d", (int)(u[1] * 100));
    }
    *at++ = '}';
    return (size_t)(at - out);
}

// What is remembered of the keys of other lines must change nothing.
static void keys_met_before_change_nothing(void **state)
{
    (void)state;
    static char text[90 * 64];
    for (uint64_t i = 0; i < 3000; i++) {
        spl_json_line fresh = {0};
        spl_error error;
        size_t size = random_object(i, text);
        char *exact = malloc(size);
        memcpy(exact, text, size);
        assert_true(spl_json_line_read(&json, (spl_text){exact, size}, &error));
        assert_true(spl_json_line_read(&fresh, (spl_text){exact, size}, &error));
        assert_int_equal(json.count, fresh.count);
        for (uint32_t t = 1; t < fresh.count; t += 2) {
            spl_text a, b;
            assert_true(spl_json_string(&json, t, &a));
            assert_true(spl_json_string(&fresh, t, &b));
            assert_true(spl_text_equal(a, b));
            assert_true(spl_json_key_hash(&json, t, a) == spl_name_hash(b));
            assert_true(json.tokens[t + 1].number == fresh.tokens[t + 1].number);
        }
        spl_json_line_free(&fresh);
        free(exact);
    }
}

static int free_json(void **state)
{
    (void)state;
    spl_json_line_free(&json);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_objects_are_read),
        cmocka_unit_test(everything_else_is_refused),
        cmocka_unit_test(a_zero_byte_ends_nothing),
        cmocka_unit_test(an_error_names_the_field_it_is_under),
        cmocka_unit_test(escapes_are_undone),
        cmocka_unit_test(half_a_surrogate_pair_is_no_text),
        cmocka_unit_test(tokens_say_what_follows_them),
        cmocka_unit_test(a_line_with_too_many_values_is_refused),
        cmocka_unit_test(strings_end_where_they_end),
        cmocka_unit_test(every_refusal_has_its_reason),
        cmocka_unit_test(keys_met_before_change_nothing),
        cmocka_unit_test(random_texts_are_judged_as_by_another_reader),
    };
    return cmocka_run_group_tests(tests, NULL, free_json);
}
