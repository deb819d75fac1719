// SPDX-License-Identifier: MIT
// Oracle for UTF-8: decode to a code point by the bit layout alone, then ask whether the shortest
// encoding of that code point is these bytes and whether it is a Unicode scalar value.
#include <string.h>

#include "samplit/text.h"
#include "testing.h"

// Bytes of the first sequence, or 0 when it is not well-formed.
static size_t oracle_sequence(const uint8_t *s, size_t size)
{
    if (s[0] < 0x80) return 1;
    size_t length = (s[0] & 0xE0) == 0xC0 ? 2 : (s[0] & 0xF0) == 0xE0 ? 3 : (s[0] & 0xF8) == 0xF0 ? 4 : 0;
    if (length == 0 || length > size) return 0;
    uint32_t point = s[0] & (0x7F >> length);
    for (size_t i = 1; i < length; i++) {
        if (s[i] >> 6 != 2) return 0;
        point = point << 6 | (s[i] & 0x3F);
    }
    size_t shortest = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    return shortest == length && !surrogate && point <= 0x10FFFF ? length : 0;
}

static bool oracle_is_utf8(const uint8_t *s, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t length = oracle_sequence(s + i, size - i);
        if (length == 0) return false;
        i += length;
    }
    return true;
}

static bool is_utf8(const void *bytes, size_t size)
{
    return spl_text_is_utf8((spl_text){bytes, size});
}

static void utf8_is_judged_like_the_oracle_for_all_sequences_up_to_three_bytes(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 3; size++)
        for (uint32_t x = 0; x < 1u << 8 * size; x++) {
            uint8_t s[3] = {(uint8_t)x, (uint8_t)(x >> 8), (uint8_t)(x >> 16)};
            if (is_utf8(s, size) != oracle_is_utf8(s, size)) fail_msg("size %zu, bytes %06x", size, x);
        }
}

// Four bytes: every lead and second byte; of the others the ends of each range of table 3-7 and
// what lies beside them. Between such ends no rule changes.
static void utf8_is_judged_like_the_oracle_for_all_kinds_of_four_bytes(void **state)
{
    (void)state;
    static const uint8_t ends[] = {0x00, 0x7F, 0x80, 0x81, 0x8F, 0x90, 0x9F, 0xA0, 0xBE, 0xBF, 0xC0, 0xC1, 0xC2,
                                   0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF3, 0xF4, 0xF5, 0xFF};
    for (uint32_t x = 0; x < 0x10000; x++)
        for (size_t i = 0; i < sizeof ends; i++)
            for (size_t j = 0; j < sizeof ends; j++) {
                uint8_t s[4] = {(uint8_t)(x >> 8), (uint8_t)x, ends[i], ends[j]};
                if (is_utf8(s, 4) != oracle_is_utf8(s, 4)) fail_msg("bytes %04x%02x%02x", x, ends[i], ends[j]);
            }
}

static void every_well_formed_four_byte_sequence_and_no_other_is_counted(void **state)
{
    (void)state;
    uint32_t count = 0;
    for (uint32_t lead = 0xF0; lead <= 0xFF; lead++)
        for (uint32_t x = 0; x < 1u << 18; x++) {
            uint8_t s[4] = {(uint8_t)lead, (uint8_t)(0x80 | x >> 12), (uint8_t)(0x80 | (x >> 6 & 0x3F)),
                            (uint8_t)(0x80 | (x & 0x3F))};
            count += is_utf8(s, 4);
        }
    assert_int_equal(count, 0x10FFFF - 0x10000 + 1);
}

static void the_eight_byte_path_misses_no_bad_byte(void **state)
{
    (void)state;
    char s[40];
    for (size_t size = 1; size <= sizeof s; size++) {
        memset(s, 'a', sizeof s);
        assert_true(is_utf8(s, size));
        for (size_t at = 0; at < size; at++) {
            s[at] = (char)0xBF;
            assert_false(is_utf8(s, size));
            s[at] = 'a';
        }
        for (size_t at = 0; at + 4 <= size; at++) {
            memcpy(s + at, "\xF0\x9F\x90\x98", 4);
            assert_true(is_utf8(s, size));
            assert_int_equal(is_utf8(s, at + 3), false);
            memset(s + at, 'a', 4);
        }
    }
}

static void no_bytes_are_well_formed(void **state)
{
    (void)state;
    assert_true(is_utf8(NULL, 0));
}

static void texts_are_equal_when_their_bytes_are(void **state)
{
    (void)state;
    assert_true(spl_text_equal(SPL_TEXT("ab"), SPL_TEXT("ab")));
    assert_false(spl_text_equal(SPL_TEXT("ab"), SPL_TEXT("ac")));
    assert_false(spl_text_equal(SPL_TEXT("ab"), SPL_TEXT("abc")));
    assert_true(spl_text_equal((spl_text){0}, SPL_TEXT("")));
}

static void a_cut_text_is_the_longest_well_formed_prefix(void **state)
{
    (void)state;
    static const char s[] = "a\xC3\xA9 \xE2\x82\xAC\xF0\x9F\x90\x98z";
    spl_text whole = SPL_TEXT(s);
    for (size_t max = 0; max <= whole.size + 2; max++) {
        spl_text cut = spl_text_cut(whole, max);
        size_t longest = max < whole.size ? max : whole.size;
        while (!oracle_is_utf8((const uint8_t *)s, longest)) longest--;
        assert_ptr_equal(cut.data, whole.data);
        assert_int_equal(cut.size, longest);
    }
}

static void a_cut_of_malformed_text_stays_within_its_bounds(void **state)
{
    (void)state;
    spl_text junk = SPL_TEXT("\x80\x80\x80\x80\x80\x80\x80\x80");
    assert_int_equal(spl_text_cut(junk, 6).size, 6);
    assert_int_equal(spl_text_cut(junk, 2).size, 2);
    assert_int_equal(spl_text_cut(junk, 0).size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_judged_like_the_oracle_for_all_sequences_up_to_three_bytes),
        cmocka_unit_test(utf8_is_judged_like_the_oracle_for_all_kinds_of_four_bytes),
        cmocka_unit_test(every_well_formed_four_byte_sequence_and_no_other_is_counted),
        cmocka_unit_test(the_eight_byte_path_misses_no_bad_byte),
        cmocka_unit_test(no_bytes_are_well_formed),
        cmocka_unit_test(texts_are_equal_when_their_bytes_are),
        cmocka_unit_test(a_cut_text_is_the_longest_well_formed_prefix),
        cmocka_unit_test(a_cut_of_malformed_text_stays_within_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
