// SPDX-License-Identifier: MIT
// `samplit bundle sign` and `verify`, beside the program minisign, and on a terminal that asks for the password.
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/signing_key.h"
#include "scratch.h"
#include "terminal.h"
#include "testing.h"
#include "tree_fixture.h"

#define PASSWORD "correct horse"

static scratch_run run;

// Runs, expects the exit code, and keeps what was said in `run` until the next one.
#define RUN(code_expected, ...)                                                                                        \
    do {                                                                                                               \
        scratch_run_free(&run);                                                                                        \
        run = scratch_samplit(__VA_ARGS__);                                                                            \
        if (run.code != (code_expected)) fail_msg("exit %d: %s%s", run.code, run.out, run.err);                        \
    } while (0)

// A key whose password costs little, which the program reads and does not write.
static void write_locked_key(void)
{
    char text[SPL_SECRET_KEY_TEXT], line[SPL_PUBLIC_KEY_LINE + 1];
    spl_secret_key secret;
    spl_public_key public;
    assert_true(spl_key_pair_make(&secret, &public, NULL));
    assert_true(spl_secret_key_format(&secret, PASSWORD, (spl_kdf_cost){32768, 16777216}, text, NULL));
    scratch_write_text(scratch_path("locked.key"), text);
    spl_public_key_line(&public, line);
    snprintf(text, sizeof text, "untrusted comment: of the test\n%s\n", line);
    scratch_write_text(scratch_path("locked.pub"), text);
}

static int write_inputs(void **state)
{
    (void)state;
    size_t size;
    uint8_t *data = fixture_bundle(fixture_world, fixture_world_count, fixture_plain_variants, &size);
    scratch_write(scratch_path("b.safetensors"), data, size);
    data[size - 1] ^= 1;
    scratch_write(scratch_path("damaged.safetensors"), data, size);
    data[size - 1] ^= 17; // in a variant's name: still a bundle, but not the one that its id says
    fixture_seal(data, size);
    scratch_write(scratch_path("touched.safetensors"), data, size);
    free(data);
    write_locked_key();
    RUN(0, "key new own --no-password");
    RUN(0, "key new other --no-password");
    return 0;
}

static int end_run(void **state)
{
    (void)state;
    scratch_run_free(&run);
    return 0;
}

// A shell command in the test's folder; whether it ended well.
static bool shell(const char *command)
{
    char line[1024];
    snprintf(line, sizeof line, "cd %s && { %s; } >.shell 2>&1", scratch_folder(), command);
    bool good = system(line) == 0;
    unlink(scratch_path(".shell"));
    return good;
}

static bool has_minisign(void)
{
    if (shell("command -v minisign")) return true;
    fprintf(stderr, "\n*** The program minisign is missing: apt-get install minisign. The test is skipped. ***\n\n");
    return false;
}

static void what_is_signed_is_verified_with_its_key_its_comment_and_its_bundle(void **state)
{
    (void)state;
    char id[33] = "", expected[128];
    RUN(0, "bundle sign b.safetensors --key own.key");
    scratch_says(run.out, "b.safetensors.minisig: bundle ");
    memcpy(id, strstr(run.out, "bundle ") + 7, 32);
    RUN(0, "bundle verify b.safetensors --public-key own.pub");
    scratch_says(run.out, "b.safetensors: good");
    snprintf(expected, sizeof expected, " file:b.safetensors bundle:%s", id);
    scratch_says(run.out, expected);
    RUN(0, "bundle verify b.safetensors --public-key own.pub --id %s --json", id);
    scratch_says(run.out, "\"good\":true");
    scratch_says(run.out, "\"signs\":\"file\"");
    RUN(1, "bundle verify b.safetensors --public-key own.pub --id 0123456789abcdef0123456789abcdef");
    scratch_says(run.err, "and not 0123456789abcdef0123456789abcdef");
}

static void a_comment_of_ones_own_is_signed_in_its_place(void **state)
{
    (void)state;
    RUN(0, "bundle sign b.safetensors --key own.key --comment 'spring zoë' --out c.minisig --json");
    scratch_says(run.out, "\"trusted_comment\":\"spring zoë\"");
    RUN(0, "bundle verify b.safetensors --signature c.minisig --public-key own.pub --json");
    scratch_says(run.out, "\"trusted_comment\":\"spring zoë\"");
    RUN(1, "bundle sign b.safetensors --key own.key --comment 'a\nb' --out d.minisig");
    scratch_says(run.err, "on one line");
    assert_int_not_equal(access(scratch_path("d.minisig"), F_OK), 0);
}

static void a_key_may_be_pinned_as_it_stands_and_among_others(void **state)
{
    (void)state;
    RUN(0, "bundle sign b.safetensors --key own.key");
    RUN(0, "bundle verify b.safetensors --public-key other.pub --public-key \"$(tail -1 own.pub)\"");
    RUN(1, "bundle verify b.safetensors --public-key \"$(tail -1 other.pub)\"");
    scratch_says(run.err, "b.safetensors.minisig:2: made with key ");
    RUN(1, "bundle verify b.safetensors --public-key RW$(printf '%%054d' 0)");
    scratch_says(run.err, "--public-key:1: ");
}

// Signs anew, runs `change` on the files, and expects that the signature is refused with those words.
static void change_is_found(const char *change, const char *words)
{
    RUN(0, "bundle sign b.safetensors --key own.key --out b.minisig");
    assert_true(shell("cp b.safetensors copy"));
    assert_true(shell(change));
    RUN(1, "bundle verify copy --signature b.minisig --public-key own.pub");
    scratch_says(run.err, words);
    assert_string_equal(run.out, "");
}

static void every_change_is_found_and_its_place_is_named(void **state)
{
    (void)state;
    change_is_found("printf x >>copy", "b.minisig:2: the signature does not fit the file");
    change_is_found("cp damaged.safetensors copy", "b.minisig:2: the signature does not fit the file");
    change_is_found(": >copy", "b.minisig:2: the signature does not fit the file");
    change_is_found("sed -i '3s/bundle:/bundle: /' b.minisig",
                    "b.minisig:3: the trusted comment is not the one that was signed");
    change_is_found("sed -i '4s/^.\\{8\\}/AAAAAAAA/' b.minisig", "b.minisig:3: the trusted comment");
    change_is_found("sed -i 2s/A/*/g\\;2s/=/-/ b.minisig", "b.minisig:2: expected 74 bytes in base64");
    change_is_found("sed -i 2s/^RW/AW/ b.minisig", "b.minisig:2: not an Ed25519 signature");
    change_is_found("head -c 90 b.minisig >m && mv m b.minisig", "b.minisig:3: a signature has four lines");
    change_is_found("head -3 b.minisig >m && mv m b.minisig", "b.minisig:4: a signature has four lines");
    change_is_found("echo more >>b.minisig", "b.minisig:5: a signature has four lines");
    change_is_found(": >b.minisig", "b.minisig:1: a signature has four lines");
    change_is_found("rm b.minisig", "b.minisig: cannot read: No such file");
    change_is_found("rm b.minisig && mkdir b.minisig", "b.minisig: cannot read: Is a directory");
    assert_true(shell("rmdir b.minisig"));
    change_is_found("head -c 17000 /dev/zero >b.minisig", "b.minisig: larger than 16384 bytes");
}

static void only_good_bundles_are_signed_and_with_keys_only(void **state)
{
    (void)state;
    static const scratch_refusal cases[] = {
        {"sign b.safetensors", 2, "--key is missing"},
        {"sign --key own.key", 2, "which bundle?"},
        {"sign b.safetensors b.safetensors --key own.key", 2, "one bundle at a time"},
        {"sign - --key - --out x", 2, "standard input is either the bundle or the key"},
        {"sign - --key own.key <b.safetensors", 2, "--out is missing"},
        {"sign b.safetensors --key own.key --out own.key", 2, "own.key is read and would be overwritten"},
        {"sign b.safetensors --key own.key --out b.safetensors", 2, "b.safetensors is read and would be overwritten"},
        {"sign b.safetensors --key own.key --json --out -", 2, "either --json or --out -"},
        {"sign damaged.safetensors --key own.key", 1, "damaged.safetensors: "},
        {"sign touched.safetensors --key own.key", 1, "touched.safetensors: its id is not that of its bytes"},
        {"sign own.pub --key own.key", 1, "own.pub: "},
        {"sign b.safetensors --key own.pub", 1, "own.pub:2: expected 158 bytes in base64"},
        {"sign b.safetensors --key none.key", 1, "none.key: cannot read: No such file"},
        {"sign b.safetensors --key own.key --out none/x", 1, "none/x: cannot write"},
        {"verify b.safetensors", 2, "--public-key is missing"},
        {"verify --public-key own.pub", 2, "which bundle?"},
        {"verify - --public-key own.pub", 2, "--signature is missing"},
        {"verify - --signature - --public-key own.pub", 2, "standard input is one file only"},
        {"verify b.safetensors --public-key own.pub --id 12", 2, "--id: \"12\" is not 32 hex digits"},
        {"verify b.safetensors --public-key own.key", 1, "own.key:2: expected 42 bytes in base64"},
        {"verify b.safetensors --public-key none.pub", 1, "none.pub: cannot read"},
    };
    assert_true(shell("rm -f b.safetensors.minisig"));
    int before = scratch_count();
    scratch_refuses("bundle", cases, sizeof cases / sizeof *cases);
    assert_int_equal(scratch_count(), before);
}

static void of_a_packed_bundle_and_of_standard_input_the_bundle_is_signed(void **state)
{
    (void)state;
    assert_true(shell("rm -f b.safetensors.minisig; gzip -k b.safetensors"));
    RUN(0, "bundle sign b.safetensors.gz --key own.key");
    RUN(0, "bundle verify b.safetensors --public-key own.pub");
    scratch_says(run.out, "file:b.safetensors ");
    RUN(0, "bundle verify b.safetensors.gz --public-key own.pub");
    RUN(0, "bundle sign - --key own.key --out - <b.safetensors");
    scratch_write_text(scratch_path("piped.minisig"), run.out);
    RUN(0, "bundle verify - --signature piped.minisig --public-key own.pub <b.safetensors");
    RUN(0, "bundle sign b.safetensors --key - --out k.minisig <own.key");
    RUN(0, "bundle verify b.safetensors --signature - --public-key own.pub <k.minisig");
}

static void minisign_takes_what_samplit_makes(void **state)
{
    (void)state;
    if (!has_minisign()) skip();
    RUN(0, "bundle sign b.safetensors --key own.key");
    assert_true(shell("minisign -Vm b.safetensors -p own.pub"));
    assert_true(shell("minisign -Vm b.safetensors -P \"$(tail -1 own.pub)\""));
    assert_false(shell("minisign -Vm b.safetensors -p other.pub"));
    assert_true(shell("minisign -S -l -m b.safetensors -s own.key -t theirs"));
    RUN(0, "bundle verify b.safetensors --public-key own.pub --json");
    scratch_says(run.out, "\"trusted_comment\":\"theirs\"");
    assert_true(shell("printf '" PASSWORD "\\n' | minisign -S -l -m b.safetensors -s locked.key"));
    RUN(0, "bundle verify b.safetensors --public-key locked.pub");
}

static void samplit_takes_what_minisign_makes(void **state)
{
    (void)state;
    if (!has_minisign()) skip();
    assert_true(shell("minisign -G -W -p theirs.pub -s theirs.key"));
    RUN(0, "bundle sign b.safetensors --key theirs.key");
    RUN(0, "bundle verify b.safetensors --public-key theirs.pub");
    assert_true(shell("minisign -Vm b.safetensors -p theirs.pub"));
    assert_true(shell("minisign -S -m b.safetensors -s theirs.key"));
    RUN(0, "bundle verify b.safetensors --public-key theirs.pub");
    scratch_says(run.out, "BLAKE2b, which clients do not take");
    RUN(0, "bundle verify b.safetensors --public-key theirs.pub --json");
    scratch_says(run.out, "\"signs\":\"hash\"");
    RUN(1, "bundle verify b.safetensors --public-key own.pub");
}

static void a_locked_key_takes_its_password_from_the_environment(void **state)
{
    (void)state;
    assert_int_equal(setenv("SAMPLIT_KEY_PASSWORD", PASSWORD, 1), 0);
    RUN(0, "bundle sign b.safetensors --key locked.key");
    setenv("SAMPLIT_KEY_PASSWORD", "wrong", 1);
    RUN(1, "bundle sign b.safetensors --key locked.key");
    scratch_says(run.err, "locked.key:2: the password does not unlock the key");
    assert_null(strstr(run.err, "wrong"));
    unsetenv("SAMPLIT_KEY_PASSWORD");
    RUN(0, "bundle verify b.safetensors --public-key locked.pub"); // what was there stays
}

static void a_password_is_asked_for_and_not_shown(void **state)
{
    (void)state;
    static const char *const right[] = {PASSWORD "\n"}, *const wrong[] = {"battery\n"}, *const none[] = {"\n"},
                             *const interrupted[] = {"corr\x03"};
    terminal_run typed = terminal_samplit("bundle sign b.safetensors --key locked.key", right, 1);
    scratch_says(typed.shown, "Password of locked.key: ");
    scratch_says(typed.shown, "signed with key");
    assert_null(strstr(typed.shown, "horse"));
    assert_int_equal(typed.code, 0);
    typed = terminal_samplit("bundle sign b.safetensors --key locked.key", wrong, 1);
    scratch_says(typed.shown, "does not unlock the key");
    assert_null(strstr(typed.shown, "battery"));
    assert_int_equal(typed.code, 1);
    typed = terminal_samplit("bundle sign b.safetensors --key locked.key", none, 1);
    scratch_says(typed.shown, "no password was given");
    typed = terminal_samplit("bundle sign b.safetensors --key locked.key", interrupted, 1);
    scratch_says(typed.shown, "no password was given");
    assert_int_equal(typed.code, 1);
}

static void without_a_terminal_a_locked_key_says_what_to_set(void **state)
{
    (void)state;
    assert_true(shell("setsid -w '" SAMPLIT_BUILD
                      "/samplit' bundle sign b.safetensors --key locked.key 2>said || test $? = 1"));
    char *said = scratch_read(scratch_path("said"));
    scratch_says(said, "locked.key: no terminal to ask for the password, and no SAMPLIT_KEY_PASSWORD");
    free(said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_signed_is_verified_with_its_key_its_comment_and_its_bundle),
        cmocka_unit_test(a_comment_of_ones_own_is_signed_in_its_place),
        cmocka_unit_test(a_key_may_be_pinned_as_it_stands_and_among_others),
        cmocka_unit_test(every_change_is_found_and_its_place_is_named),
        cmocka_unit_test(only_good_bundles_are_signed_and_with_keys_only),
        cmocka_unit_test(of_a_packed_bundle_and_of_standard_input_the_bundle_is_signed),
        cmocka_unit_test(minisign_takes_what_samplit_makes),
        cmocka_unit_test(samplit_takes_what_minisign_makes),
        cmocka_unit_test(a_locked_key_takes_its_password_from_the_environment),
        cmocka_unit_test(a_password_is_asked_for_and_not_shown),
        cmocka_unit_test(without_a_terminal_a_locked_key_says_what_to_set),
    };
    return cmocka_run_group_tests(tests, write_inputs, end_run);
}
