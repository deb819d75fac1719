// SPDX-License-Identifier: MIT
// JSON numbers: the grammar, and that text and double are the same number both ways.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samplit/rng.h"
#include "testing.h"
#include "json/number.h"

static bool reads(const char *text, double *out)
{
    return spl_number_read((spl_text){text, strlen(text)}, out);
}

static const char *written(double value)
{
    static char text[SPL_NUMBER_MAX + 1];
    text[spl_number_write(value, text)] = '\0';
    return text;
}

static void only_numbers_of_the_grammar_are_read(void **state)
{
    (void)state;
    static const char *const good[] = {
        "0", "-0", "1", "-12", "0.5", "10.25", "1e3", "1E+3", "1.5e-3", "0e0", "123456789012345678901234567890"};
    static const char *const bad[] = {"",   "-",  "01",  "-01", "1.",  ".5",  "+1",    "1e",    "1e+",   "0x10",
                                      "1 ", " 1", "1,5", "inf", "nan", "--1", "1e5.5", "1e999", "-1e999"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double value = NAN;
        assert_true(reads(good[i], &value));
        assert_true(value == strtod(good[i], NULL));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double value = 7;
        assert_false(reads(bad[i], &value));
        assert_true(value == 7);
    }
}

static void an_endless_number_is_refused(void **state)
{
    (void)state;
    char text[5000];
    memset(text, '1', sizeof text);
    double value;
    assert_false(spl_number_read((spl_text){text, sizeof text}, &value));
    memset(text, '0', sizeof text);
    memcpy(text, "0.", 2);
    assert_true(spl_number_read((spl_text){text, 1000}, &value));
    assert_true(value == 0);
}

static void numbers_are_written_as_people_write_them(void **state)
{
    (void)state;
    assert_string_equal(written(0), "0");
    assert_string_equal(written(-0.0), "-0");
    assert_string_equal(written(-3), "-3");
    assert_string_equal(written(0.1), "0.1");
    assert_string_equal(written(142.44), "142.44");
    assert_string_equal(written(1.0 / 3), "0.3333333333333333");
    assert_string_equal(written(9007199254740991.0), "9007199254740991");
    assert_string_equal(written(0.001), "0.001");
    assert_string_equal(written(1e-5), "1e-05");
    assert_string_equal(written(1e300), "1e+300");
}

static double drawn(uint32_t i, uint32_t kind)
{
    double u[2], value;
    spl_uniform2(11, i, SPL_STREAM_TEST, kind, u);
    uint64_t bits = (uint64_t)(u[0] * 4294967296.0) << 32 | (uint64_t)(u[1] * 4294967296.0);
    switch (kind) {
    case 0: return u[0];
    case 1: return floor(u[0] * 1e7) / 1000;
    case 2: return ldexp(1, (int)(u[0] * 62) - 9);
    case 3: return -u[0] * 1e9;
    case 4: return u[0] / 1000;
    default: memcpy(&value, &bits, sizeof value); return isfinite(value) ? value : 0;
    }
}

static void every_double_reads_back_as_itself(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 120000; i++) {
        double value = drawn(i, i % 6), again = NAN;
        char text[SPL_NUMBER_MAX];
        size_t size = spl_number_write(value, text);
        assert_in_range(size, 1, SPL_NUMBER_MAX);
        assert_true(spl_number_read((spl_text){text, size}, &again));
        assert_memory_equal(&value, &again, sizeof value);
        char copy[SPL_NUMBER_MAX + 1];
        memcpy(copy, text, size);
        copy[size] = '\0';
        assert_true(strtod(copy, NULL) == value); // by another reader
    }
}

static int significant(const char *text)
{
    int digits = 0, zeros = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (digits == 0 && *text == '0')) continue;
        digits++;
        zeros = *text == '0' ? zeros + 1 : 0;
    }
    return digits - zeros;
}

static void no_shorter_text_would_do(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 20000; i++) {
        double value = drawn(i, i % 4);
        int digits = 1;
        char text[64];
        do snprintf(text, sizeof text, "%.*e", digits - 1, value);
        while (strtod(text, NULL) != value && digits++ < 17);
        assert_true(significant(written(value)) <= digits);
    }
}

static void whole_numbers_are_written_in_decimal(void **state)
{
    (void)state;
    char text[20];
    assert_int_equal(spl_number_write_u64(UINT64_MAX, text), 20);
    assert_memory_equal(text, "18446744073709551615", 20);
    assert_int_equal(spl_number_write_u64(0, text), 1);
    assert_int_equal(text[0], '0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_numbers_of_the_grammar_are_read),
        cmocka_unit_test(an_endless_number_is_refused),
        cmocka_unit_test(numbers_are_written_as_people_write_them),
        cmocka_unit_test(every_double_reads_back_as_itself),
        cmocka_unit_test(no_shorter_text_would_do),
        cmocka_unit_test(whole_numbers_are_written_in_decimal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
