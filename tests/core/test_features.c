// SPDX-License-Identifier: MIT

#include <math.h>
#include <string.h>

#include "samplit/features.h"
#include "samplit/hash.h"
#include "testing.h"

static uint64_t name(const char *text)
{
    return spl_name_hash((spl_text){text, strlen(text)});
}

static spl_field number(const char *field, double x)
{
    return (spl_field){.name = name(field), .number = x, .kind = SPL_KIND_NUMBER};
}

static spl_field boolean(const char *field, int x)
{
    return (spl_field){.name = name(field), .number = x, .kind = SPL_KIND_BOOLEAN};
}

static spl_field string(const char *field, const char *text)
{
    return (spl_field){.name = name(field), .text = text, .size = (uint32_t)strlen(text), .kind = SPL_KIND_STRING};
}

// score numeric 10..20, log numeric log1p 0..ln(101), flag boolean, colour of {red, green}, turn
// cyclic of period 8: 1 + 1 + 1 + 3 + 2 entries.
static const spl_schema *schema(void)
{
    static uint64_t attribute[5], categories[2];
    static const uint8_t kind[] = {0, 0, 1, 2, 3}, transform[] = {0, 1, 0, 0, 0};
    static const float lo[] = {10, 0, 0, 0, 0}, hi[] = {20, 4.6151205f, 1, 1, 1}, period[] = {0, 0, 0, 0, 8};
    static const float missing[] = {0.25f, 0, 0.5f, 0, 0};
    static const uint32_t category_start[] = {0, 0, 0, 0, 2, 2};
    static spl_schema s;
    const char *names[] = {"score", "log", "flag", "colour", "turn"};
    for (int i = 0; i < 5; i++) attribute[i] = name(names[i]);
    categories[0] = name("red");
    categories[1] = name("green");
    s = (spl_schema){5, 8, attribute, kind, transform, lo, hi, period, missing, category_start, categories};
    return &s;
}

static void extract(const spl_field *fields, size_t count, float out[8])
{
    static spl_context context;
    spl_context_build(&context, fields, count);
    spl_features(schema(), &context, out);
}

static void assert_features(const spl_field *fields, size_t count, const float expected[8])
{
    float out[8];
    extract(fields, count, out);
    for (int i = 0; i < 8; i++) {
        if (!(fabsf(out[i] - expected[i]) < 1e-6f)) print_error("entry %d: %g, not %g\n", i, out[i], expected[i]);
        assert_true(fabsf(out[i] - expected[i]) < 1e-6f);
    }
}
#define FIELDS(...) (const spl_field[]){__VA_ARGS__}, sizeof((const spl_field[]){__VA_ARGS__}) / sizeof(spl_field)

static void values_are_scaled_encoded_and_turned(void **state)
{
    (void)state;
    assert_features(
        FIELDS(number("score", 15), number("log", 9), boolean("flag", 1), string("colour", "green"), number("turn", 1)),
        (const float[]){0.5f, 0.4989220f, 1, 0, 1, 0, 0.70710678f, 0.70710678f});
    assert_features(
        FIELDS(number("score", 12), number("log", 100), boolean("flag", 0), string("colour", "red"), number("turn", 4)),
        (const float[]){0.2f, 1, 0, 1, 0, 0, 0, -1});
}

static void what_is_missing_takes_the_schemas_entry(void **state)
{
    (void)state;
    assert_features(FIELDS(string("unrelated", "x")), (const float[]){0.25f, 0, 0.5f, 0, 0, 1, 0, 0});
}

static void values_beyond_the_range_are_clipped(void **state)
{
    (void)state;
    assert_features(FIELDS(number("score", 1e308), number("log", -5), number("flag", -2), string("colour", "blue"),
                           number("turn", -2)),
                    (const float[]){1, 0, 1, 0, 0, 1, -1, 0});
    assert_features(FIELDS(number("score", -1e308), number("log", 1e308), number("turn", 8)),
                    (const float[]){0, 1, 0.5f, 0, 0, 1, 0, 1});
}

static void a_value_of_the_wrong_kind_is_missing(void **state)
{
    (void)state;
    assert_features(FIELDS(string("score", "15"), string("log", "9"), string("flag", "true"), string("turn", "1")),
                    (const float[]){0.25f, 0, 0.5f, 0, 0, 1, 0, 0});
    assert_features(FIELDS(boolean("score", 1), number("flag", NAN), number("turn", INFINITY)),
                    (const float[]){0, 0, 0.5f, 0, 0, 1, 0, 0});
}

static void entries_stay_in_their_range_whatever_the_number(void **state)
{
    (void)state;
    static const double HARD[] = {0,        -0.0,  5e-324, -5e-324, 1e-300, 1e300,  -1e300, 1.7976931348623157e308,
                                  1e22,     -1e22, 1e15,   0.5,     3,      -1e-20, NAN,    INFINITY,
                                  -INFINITY};
    for (size_t i = 0; i < sizeof HARD / sizeof *HARD; i++) {
        float out[8];
        extract(FIELDS(number("score", HARD[i]), number("log", HARD[i]), number("flag", HARD[i]),
                       number("colour", HARD[i]), number("turn", HARD[i])),
                out);
        for (int e = 0; e < 8; e++) assert_true(out[e] >= (e < 6 ? 0 : -1) && out[e] <= 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_scaled_encoded_and_turned),
        cmocka_unit_test(what_is_missing_takes_the_schemas_entry),
        cmocka_unit_test(values_beyond_the_range_are_clipped),
        cmocka_unit_test(a_value_of_the_wrong_kind_is_missing),
        cmocka_unit_test(entries_stay_in_their_range_whatever_the_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
