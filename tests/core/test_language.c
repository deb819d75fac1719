// SPDX-License-Identifier: MIT
#include <string.h>

#include "language.h"
#include "testing.h"

typedef struct language_case {
    const char *text, *language;
} language_case;

static void check(const language_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char out[SPL_LANGUAGE_MAX];
        spl_text found = spl_language_read((spl_text){cases[i].text, strlen(cases[i].text)}, out);
        if (found.size != strlen(cases[i].language) || memcmp(found.data, cases[i].language, found.size) != 0) {
            fail_msg("'%s' gives '%.*s', not '%s'", cases[i].text, (int)found.size, found.data, cases[i].language);
        }
    }
}

static void the_primary_subtag_is_kept_in_lower_case(void **state)
{
    (void)state;
    static const language_case cases[] = {
        {"en", "en"},         {"en-US", "en"},   {"EN-gb", "en"},       {"pt-BR", "pt"},
        {"zh-Hant-TW", "zh"}, {"fil-PH", "fil"}, {"en_US.UTF-8", "en"}, {"de-CH-1996", "de"},
    };
    check(cases, sizeof cases / sizeof *cases);
}

static void the_greatest_weight_wins_and_the_first_of_equal_ones(void **state)
{
    (void)state;
    static const language_case cases[] = {
        {"en-US,en;q=0.9,de;q=0.8", "en"}, {"en;q=0.5, pt-BR", "pt"},      {"de;q=0.7,fr;q=0.9,en;q=0.8", "fr"},
        {"de;q=0.125,fr;q=0.13", "fr"},    {"fr;q=0.9,de;q=0.9", "fr"},    {"*, nl;q=0.1", "nl"},
        {"en;q=0, it;q=0.001", "it"},      {" \ten ; q=0.2 ,\tsv ", "sv"}, {"ja;q=1.0,ko", "ja"},
        {"ja;q=0.9994,ko;q=0.999", "ja"},
    };
    check(cases, sizeof cases / sizeof *cases);
}

static void codes_that_were_replaced_are_replaced(void **state)
{
    (void)state;
    static const language_case cases[] = {{"iw-IL", "he"}, {"in", "id"}, {"ji", "yi"}};
    check(cases, sizeof cases / sizeof *cases);
}

static void malformed_tags_give_nothing(void **state)
{
    (void)state;
    static const language_case cases[] = {
        {"", ""},        {"*", ""},      {"C", ""},       {"POSIX", ""},    {"und", ""},      {"12", ""},
        {"e", ""},       {"en!", ""},    {",,,", ""},     {";q=1", ""},     {"en;q=2", ""},   {"en;q=x", ""},
        {"en;q=", ""},   {"en;q", ""},   {"en;", ""},     {"en;q=0,x", ""}, {"\xff\xfe", ""}, {"en\xff", ""},
        {"en;q=01", ""}, {"en;v=1", ""}, {"english", ""}, {"-en", ""},
    };
    check(cases, sizeof cases / sizeof *cases);
}

static void a_malformed_entry_does_not_hide_the_others(void **state)
{
    (void)state;
    static const language_case cases[] = {{"english,de;q=0.3", "de"}, {"en;q=7,,fr", "fr"}};
    check(cases, sizeof cases / sizeof *cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_primary_subtag_is_kept_in_lower_case),
        cmocka_unit_test(the_greatest_weight_wins_and_the_first_of_equal_ones),
        cmocka_unit_test(codes_that_were_replaced_are_replaced),
        cmocka_unit_test(malformed_tags_give_nothing),
        cmocka_unit_test(a_malformed_entry_does_not_hide_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
