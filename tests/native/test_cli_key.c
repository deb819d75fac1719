// SPDX-License-Identifier: MIT
// label: slow (a password takes seconds by design)
// `samplit key new`: what it writes, and that it overwrites nothing.
#include <cJSON.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/signing_key.h"
#include "scratch.h"
#include "terminal.h"
#include "testing.h"

static unsigned mode_of(const char *name)
{
    struct stat about;
    assert_int_equal(stat(scratch_path(name), &about), 0);
    return about.st_mode & 0777;
}

static spl_sealed_key sealed_of(const char *name)
{
    char *text = scratch_read(scratch_path(name));
    spl_sealed_key sealed;
    assert_true(spl_sealed_key_parse((spl_text){text, strlen(text)}, &sealed, NULL));
    free(text);
    return sealed;
}

static void a_pair_is_written_and_only_the_owner_reads_the_secret_half(void **state)
{
    (void)state;
    mode_t mask = umask(0);
    scratch_run run = scratch_samplit("key new open --no-password --json");
    umask(mask);
    assert_int_equal(run.code, 0);
    assert_int_equal(mode_of("open.key"), 0600);
    spl_sealed_key sealed = sealed_of("open.key");
    spl_secret_key secret;
    spl_public_key public;
    char line[SPL_PUBLIC_KEY_LINE + 1];
    assert_false(sealed.locked);
    assert_true(spl_sealed_key_open(&sealed, NULL, &secret, NULL));
    spl_public_key_of(&secret, &public);
    spl_public_key_line(&public, line);
    cJSON *root = cJSON_Parse(run.out);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(root, "public_key")), line);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(root, "locked")));
    cJSON_Delete(root);
    char *text = scratch_read(scratch_path("open.pub"));
    scratch_says(text, line);
    free(text);
    scratch_run_free(&run);
}

static void a_password_locks_the_key_as_minisign_does(void **state)
{
    (void)state;
    setenv("SAMPLIT_KEY_PASSWORD", "correct horse", 1);
    scratch_run run = scratch_samplit("key new locked");
    unsetenv("SAMPLIT_KEY_PASSWORD");
    assert_int_equal(run.code, 0);
    scratch_says(run.out, "locked.key signs with its password");
    spl_sealed_key sealed = sealed_of("locked.key");
    assert_true(sealed.locked);
    assert_int_equal(sealed.cost.operations, 33554432);
    assert_int_equal(sealed.cost.memory_bytes, 1073741824);
    scratch_run_free(&run);
}

static void nothing_is_overwritten_and_nothing_is_left_behind(void **state)
{
    (void)state;
    static const scratch_refusal cases[] = {
        {"new taken --no-password", 1, "taken.key: is there already, and is not overwritten"},
        {"new half --no-password", 1, "half.pub: is there already, and is not overwritten"},
        {"new none/shop --no-password", 1, "none/shop.key: cannot write: No such file"},
        {"new", 2, "which name are the keys to have?"},
        {"new a b --no-password", 2, "one key at a time"},
        {"old a", 2, "no `key old`; there is `new`"},
    };
    scratch_write_text(scratch_path("taken.key"), "mine");
    scratch_write_text(scratch_path("half.pub"), "mine");
    int before = scratch_count();
    scratch_refuses("key", cases, sizeof cases / sizeof *cases);
    assert_int_equal(scratch_count(), before);
    char *kept = scratch_read(scratch_path("taken.key"));
    assert_string_equal(kept, "mine");
    free(kept);
}

static void a_password_is_asked_for_twice(void **state)
{
    (void)state;
    static const char *const different[] = {"correct horse\n", "correct hose\n"};
    int before = scratch_count();
    terminal_run typed = terminal_samplit("key new asked", different, 2);
    assert_int_equal(typed.code, 1);
    scratch_says(typed.shown, "Password of asked.key: ");
    scratch_says(typed.shown, "Password of asked.key, again: ");
    scratch_says(typed.shown, "the two passwords differ");
    assert_null(strstr(typed.shown, "horse"));
    assert_int_equal(scratch_count(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_is_written_and_only_the_owner_reads_the_secret_half),
        cmocka_unit_test(a_password_locks_the_key_as_minisign_does),
        cmocka_unit_test(nothing_is_overwritten_and_nothing_is_left_behind),
        cmocka_unit_test(a_password_is_asked_for_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
