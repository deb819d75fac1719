// SPDX-License-Identifier: MIT
// The scan without vectors gives the tokens of the scan with them: it is compiled here once more, as on a machine that
// has none.
#include <string.h>

#include "samplit/rng.h"
#include "testing.h"
#include "json/json_line.h"
#include "json/json_scan.h"

#undef __SSE2__
#define spl_json_scan scan_without_vectors
bool spl_json_scan(spl_json_line *json);
#include "../../native/json/json_scan.c"
#undef spl_json_scan

static spl_json_line with, without;

static void expect_equal_tokens(const char *text)
{
    for (uint32_t i = 0; i < with.count; i++) {
        const spl_json_token *a = &with.tokens[i], *b = &without.tokens[i];
        bool equal = a->kind == b->kind && a->start == b->start && a->size == b->size;
        bool container = a->kind == SPL_JSON_OBJECT || a->kind == SPL_JSON_ARRAY;
        if (container) equal = equal && a->after == b->after && a->count == b->count;
        if (a->kind == SPL_JSON_NUMBER) equal = equal && a->number == b->number;
        if (a->kind == SPL_JSON_KEY || a->kind == SPL_JSON_STRING) equal = equal && a->plain == b->plain;
        if (a->kind == SPL_JSON_KEY) equal = equal && a->met == b->met;
        if (!equal) fail_msg("token %u of %s", i, text);
    }
}

static void vectors_change_nothing(void **state)
{
    (void)state;
    static const char line[] =
        "{\"type\":\"exposure\",\"a_key_of_31_bytes_______________\":\"a value that is longer than a "
        "vector\",\"\xc3\xa9\":[1,2.5,-3e4,{}],\"e\":\"\\\"\\u00e9\",\"n\":null,\"t\":true}";
    static const char bytes[] = "{}[],:\"\\ 019.-eEx\x1f\x7f\xc3\xa9";
    uint32_t good = 0;
    spl_error error;
    for (uint32_t i = 0; i < 200000; i++) {
        char text[sizeof line];
        double u[2];
        memcpy(text, line, sizeof line);
        spl_uniform2(8, i, SPL_STREAM_TEST, 0, u);
        if (u[0] < 0.9) text[(size_t)(u[1] * (sizeof line - 1))] = bytes[(size_t)(u[0] / 0.9 * (sizeof bytes - 1))];
        bool read = spl_json_line_read(&with, (spl_text){text, sizeof line - 1}, &error);
        without.text = with.text;
        if (scan_without_vectors(&without) != read) fail_msg("only one of them reads %s", text);
        if (!read) continue;
        assert_int_equal(with.count, without.count);
        expect_equal_tokens(text);
        good++;
    }
    assert_in_range(good, 20000, 190000); // both kinds were met
}

static int make_room(void **state)
{
    (void)state;
    static spl_json_token tokens[1024];
    without.tokens = tokens;
    without.capacity = 1024;
    return 0;
}

static int free_room(void **state)
{
    (void)state;
    spl_json_line_free(&with);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(vectors_change_nothing)};
    return cmocka_run_group_tests(tests, make_room, free_room);
}
