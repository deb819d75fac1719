// SPDX-License-Identifier: MIT
// The program's outer door: commands, help, versions, and how arguments are read.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "scratch.h"
#include "testing.h"

static const char *const COMMANDS[] = {
#define COMMAND_NAME(name, summary) #name,
    SPL_COMMAND_LIST(COMMAND_NAME)
#undef COMMAND_NAME
};
#define COMMAND_COUNT (sizeof COMMANDS / sizeof *COMMANDS)

static void help_lists_every_command(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("--help"), same = scratch_samplit("help");
    assert_int_equal(run.code, 0);
    assert_string_equal(run.out, same.out);
    assert_string_equal(run.err, "");
    for (size_t i = 0; i < COMMAND_COUNT; i++) assert_non_null(strstr(run.out, COMMANDS[i]));
    scratch_run_free(&run);
    scratch_run_free(&same);
}

static void every_command_has_help_with_an_example(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        scratch_run run = scratch_samplit("%s --help", COMMANDS[i]), same = scratch_samplit("help %s", COMMANDS[i]);
        assert_int_equal(run.code, 0);
        assert_int_equal(same.code, 0);
        assert_string_equal(run.out, same.out);
        char example[64] = "samplit ";
        strcat(example, COMMANDS[i]);
        const char *first = strstr(run.out, example); // in the usage
        if (!first || !strstr(first + 1, example)) fail_msg("the help of %s has no example", COMMANDS[i]);
        scratch_run_free(&run);
        scratch_run_free(&same);
    }
}

static void the_version_is_printed(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("--version");
    assert_int_equal(run.code, 0);
    assert_non_null(strstr(run.out, "samplit "));
    scratch_run_free(&run);
}

// The exit code of `samplit ARGUMENTS` with standard output on a full disk.
static int code_when_full(const char *arguments)
{
    scratch_run run = scratch_samplit("%s >/dev/full 2>full; (exit $?)", arguments);
    char *words = scratch_read(scratch_path("full"));
    if (run.code == 1) assert_non_null(strstr(words, "standard output"));
    free(words);
    scratch_run_free(&run);
    return run.code;
}

static void what_cannot_be_printed_is_a_failure(void **state)
{
    (void)state;
    assert_int_equal(code_when_full("--version"), 1);
    assert_int_equal(code_when_full("--help"), 1);
    assert_int_equal(code_when_full("help"), 1);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        char arguments[64];
        snprintf(arguments, sizeof arguments, "%s --help", COMMANDS[i]);
        if (code_when_full(arguments) != 1) fail_msg("samplit %s >/dev/full does not fail", arguments);
    }
    assert_int_equal(code_when_full("decide"), 2); // has nothing to print
}

static void an_unknown_command_is_misuse_with_a_suggestion(void **state)
{
    (void)state;
    scratch_run run = scratch_samplit("imprt");
    assert_int_equal(run.code, 2);
    assert_string_equal(run.out, "");
    assert_non_null(strstr(run.err, "did you mean 'import'?"));
    scratch_run_free(&run);
    run = scratch_samplit("quetzalcoatl");
    assert_int_equal(run.code, 2);
    assert_null(strstr(run.err, "did you mean"));
    scratch_run_free(&run);
    run = scratch_samplit("help nothing");
    assert_int_equal(run.code, 2);
    scratch_run_free(&run);
    run = scratch_samplit(" ");
    assert_int_equal(run.code, 2);
    scratch_run_free(&run);
}

static void an_unknown_option_is_misuse_in_every_command(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        scratch_run run = scratch_samplit("%s --no-such-option", COMMANDS[i]);
        if (run.code != 2) fail_msg("%s --no-such-option ended with %d", COMMANDS[i], run.code);
        assert_string_equal(run.out, "");
        scratch_run_free(&run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_lists_every_command),
        cmocka_unit_test(every_command_has_help_with_an_example),
        cmocka_unit_test(the_version_is_printed),
        cmocka_unit_test(what_cannot_be_printed_is_a_failure),
        cmocka_unit_test(an_unknown_command_is_misuse_with_a_suggestion),
        cmocka_unit_test(an_unknown_option_is_misuse_in_every_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
