// SPDX-License-Identifier: MIT
// Keys and signatures in minisign's format: RFC 8032's signature, those of minisign 0.11 (tests/vectors/minisign), and
// every way in which a file is none.
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/signature.h"
#include "scratch.h"
#include "testing.h"

#define VECTORS SAMPLIT_SOURCE "/tests/vectors/minisign/"
#define PASSWORD "correct horse"

static const spl_kdf_cost WEAK = {32768, 16777216}; // scrypt's least here: tests are to be fast

static spl_text text_of(const char *text)
{
    return (spl_text){text, strlen(text)};
}

// Fails unless the error is of that line and says `part`.
static void error_says(const spl_error *error, uint64_t line, const char *part)
{
    scratch_says(error->text, part);
    assert_int_equal(error->line, line);
}

// RFC 8032, section 7.1, test 2, with a key id of ours.
static spl_secret_key rfc_key(void)
{
    spl_secret_key key = {.id = "12345678"};
    uint8_t seed[32], public[32];
    sodium_hex2bin(seed, 32, "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", 64, NULL, NULL, NULL);
    crypto_sign_seed_keypair(public, key.bytes, seed);
    return key;
}

static void signatures_are_those_of_rfc_8032(void **state)
{
    (void)state;
    spl_secret_key key = rfc_key();
    spl_public_key public;
    spl_signature signature;
    spl_error error = {0};
    char text[SPL_SIGNATURE_TEXT], hex[129];
    spl_public_key_of(&key, &public);
    sodium_bin2hex(hex, sizeof hex, public.bytes, 32);
    assert_string_equal(hex, "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    assert_true(spl_signature_make(&key, (const uint8_t *)"\x72", 1, SPL_TEXT("of one byte"), text, &error));
    assert_true(spl_signature_parse(text_of(text), &signature, &error));
    sodium_bin2hex(hex, sizeof hex, signature.own, 64);
    assert_string_equal(hex, "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                             "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    assert_false(signature.hashed);
    assert_true(spl_text_equal(signature.comment, SPL_TEXT("of one byte")));
    assert_true(spl_signature_check(&signature, &public, 1, (const uint8_t *)"\x72", 1, &error));
}

typedef struct vectors {
    char *message, *key, *pure, *hashed;
    spl_public_key public;
} vectors;

static vectors read_vectors(void)
{
    vectors v = {scratch_read(VECTORS "message.txt"),
                 scratch_read(VECTORS "key.pub"),
                 scratch_read(VECTORS "pure.minisig"),
                 scratch_read(VECTORS "hashed.minisig"),
                 {{0}, {0}}};
    assert_true(spl_public_key_parse(text_of(v.key), &v.public, NULL));
    return v;
}

static void free_vectors(vectors *v)
{
    free(v->message);
    free(v->key);
    free(v->pure);
    free(v->hashed);
}

// Whether that text is a signature of the message by the vectors' key.
static bool is_good(const vectors *v, const char *signature_text, const char *message, spl_error *error)
{
    spl_signature signature;
    return spl_signature_parse(text_of(signature_text), &signature, error) &&
           spl_signature_check(&signature, &v->public, 1, (const uint8_t *)message, strlen(message), error);
}

static void what_minisign_signed_is_good_of_the_file_or_of_its_hash(void **state)
{
    (void)state;
    vectors v = read_vectors();
    spl_signature signature;
    spl_error error = {0};
    char id[SPL_KEY_ID_HEX + 1], line[SPL_PUBLIC_KEY_LINE + 1];
    assert_true(is_good(&v, v.pure, v.message, &error));
    assert_true(is_good(&v, v.hashed, v.message, &error));
    assert_true(spl_signature_parse(text_of(v.hashed), &signature, &error));
    assert_true(signature.hashed);
    spl_key_id_hex(v.public.id, id);
    assert_string_equal(id, "5D28A5D73F3A302F"); // as minisign's comment has it
    spl_public_key_line(&v.public, line);
    assert_non_null(strstr(v.key, line));
    free_vectors(&v);
}

static void every_changed_byte_of_the_file_or_the_signature_is_found(void **state)
{
    (void)state;
    vectors v = read_vectors();
    spl_error error;
    for (char *at = v.message; *at; at++) {
        *at ^= 1;
        assert_false(is_good(&v, v.pure, v.message, &error));
        error_says(&error, 2, "does not fit the file");
        assert_false(is_good(&v, v.hashed, v.message, &error));
        *at ^= 1;
    }
    for (char *at = strchr(v.pure, '\n') + 1; at < v.pure + strlen(v.pure) - 1; at++) { // the first line is not signed
        char was = *at;
        *at = was == 'A' ? 'B' : 'A';
        if (is_good(&v, v.pure, v.message, &error)) fail_msg("byte %zu was changed", (size_t)(at - v.pure));
        *at = was;
    }
    free_vectors(&v);
}

static void line_ends_of_windows_are_fine(void **state)
{
    (void)state;
    vectors v = read_vectors();
    char text[2048];
    size_t size = 0;
    for (const char *at = v.pure; *at; at++) {
        if (*at == '\n') text[size++] = '\r';
        text[size++] = *at;
    }
    text[size] = '\0';
    assert_true(is_good(&v, text, v.message, NULL));
    free_vectors(&v);
}

#define OWN "RWQvMDo/16UoXSYYDlfispRhc8K+IvY/LL3YU32RXQlK375WlJ0sj1UIy+0VoBWTMsWu9k197Vq/77xwGEsjpbMkCmG/H3A66A4="
#define ALL "2Q2ft0exHxO6yhhmNn2MUgR4clJJM+j5wWj/MDjyUZq02UqZDXQSYooABFd6gRrTD6umU3WWniEiln4uAl2TDQ=="

static void what_is_no_signature_is_refused_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t line;
        const char *message;
    } cases[] = {
        {"", 1, "this one ends here"},
        {"\n\n\n\n", 1, "this one ends here"},
        {"untrusted comment: a\n" OWN "\n", 3, "this one ends here"},
        {"untrusted comment: a\n" OWN "\ntrusted comment: b\n", 4, "this one ends here"},
        {"untrusted comment: a\n" OWN "\ntrusted comment: b\n" ALL "\nmore\n", 5, "here are more"},
        {"a\n" OWN "\ntrusted comment: b\n" ALL "\n", 1, "untrusted comment: "},
        {"untrusted comment: a\n" OWN "\nb\n" ALL "\n", 3, "trusted comment: "},
        {"untrusted comment: a\n" ALL "\ntrusted comment: b\n" ALL "\n", 2, "74 bytes in base64"},
        {"untrusted comment: a\nR" OWN "\ntrusted comment: b\n" ALL "\n", 2, "74 bytes in base64"},
        {"untrusted comment: a\n*" OWN "\ntrusted comment: b\n" ALL "\n", 2, "74 bytes in base64"},
        {"untrusted comment: a\n" OWN " \ntrusted comment: b\n" ALL "\n", 2, "74 bytes in base64"},
        {"untrusted comment: a\nA" OWN, 3, "this one ends here"},
        {"untrusted comment: a\n" OWN "\ntrusted comment: b\n" OWN "\n", 4, "64 bytes in base64"},
        {"untrusted comment: a\nAWQvMDo/16UoXSYYDlfispRhc8K+IvY/LL3YU32RXQlK375WlJ0sj1UIy+0VoBWTMsWu9k197Vq/"
         "77xwGEsjpbMkCmG/H3A66A4=\ntrusted comment: b\n" ALL "\n",
         2, "neither Ed nor ED"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spl_signature signature;
        spl_error error = {0};
        if (spl_signature_parse(text_of(cases[i].text), &signature, &error)) fail_msg("case %zu is taken", i);
        error_says(&error, cases[i].line, cases[i].message);
    }
}

static void another_comment_is_found_on_its_line(void **state)
{
    (void)state;
    vectors v = read_vectors();
    spl_error error;
    assert_false(is_good(&v, "untrusted comment: a\n" OWN "\ntrusted comment: b\n" ALL "\n", v.message, &error));
    error_says(&error, 3, "not the one that was signed");
    assert_false(is_good(&v, "untrusted comment: a\n" OWN "\ntrusted comment: \n" ALL "\n", v.message, &error));
    free_vectors(&v);
}

static void another_key_and_one_that_only_has_the_id_are_refused(void **state)
{
    (void)state;
    vectors v = read_vectors();
    spl_secret_key secret;
    spl_public_key keys[2];
    spl_signature signature;
    spl_error error;
    assert_true(spl_signature_parse(text_of(v.pure), &signature, &error));
    assert_true(spl_key_pair_make(&secret, &keys[0], &error));
    size_t size = strlen(v.message);
    const uint8_t *message = (const uint8_t *)v.message;
    assert_false(spl_signature_check(&signature, keys, 1, message, size, &error));
    error_says(&error, 2, "made with key 5D28A5D73F3A302F");
    assert_false(spl_signature_check(&signature, NULL, 0, message, size, &error));
    keys[1] = v.public;
    assert_true(spl_signature_check(&signature, keys, 2, message, size, &error));
    memcpy(keys[0].id, v.public.id, sizeof keys[0].id);
    assert_false(spl_signature_check(&signature, keys, 1, message, size, &error));
    error_says(&error, 2, "does not fit the file");
    free_vectors(&v);
}

static void comments_of_one_line_are_signed_and_no_others(void **state)
{
    (void)state;
    spl_secret_key key = rfc_key();
    char text[SPL_SIGNATURE_TEXT], longest[SPL_SIGNATURE_COMMENT_MAX + 1];
    memset(longest, 'x', sizeof longest);
    static const char *const refused[] = {"two\nlines", "a\rreturn", "\x1b[31m", "\x7f", "\xff"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_false(spl_signature_make(&key, NULL, 0, text_of(refused[i]), text, NULL));
    assert_false(spl_signature_make(&key, NULL, 0, (spl_text){longest, sizeof longest}, text, NULL));
    assert_false(spl_signature_make(&key, NULL, 0, (spl_text){"a\0b", 3}, text, NULL));
    spl_signature signature;
    spl_public_key public;
    spl_public_key_of(&key, &public);
    const spl_text taken[] = {{longest, sizeof longest - 1}, SPL_TEXT(""), SPL_TEXT("tab\there, zoë")};
    for (size_t i = 0; i < 3; i++) {
        assert_true(spl_signature_make(&key, NULL, 0, taken[i], text, NULL));
        assert_true(spl_signature_parse(text_of(text), &signature, NULL));
        assert_true(spl_text_equal(signature.comment, taken[i]));
        assert_true(spl_signature_check(&signature, &public, 1, NULL, 0, NULL));
    }
}

static void keys_come_back_from_their_files(void **state)
{
    (void)state;
    spl_secret_key secret, back;
    spl_public_key public, public_back;
    spl_sealed_key sealed;
    spl_error error = {0};
    char text[SPL_SECRET_KEY_TEXT], line[SPL_PUBLIC_KEY_LINE + 1];
    assert_true(spl_key_pair_make(&secret, &public, &error));
    for (int locked = 0; locked < 2; locked++) {
        assert_true(spl_secret_key_format(&secret, locked ? PASSWORD : NULL, WEAK, text, &error));
        assert_true(spl_sealed_key_parse(text_of(text), &sealed, &error));
        assert_int_equal(sealed.locked, locked);
        assert_true(spl_sealed_key_open(&sealed, locked ? PASSWORD : NULL, &back, &error));
        assert_memory_equal(&back, &secret, sizeof secret);
    }
    assert_false(spl_sealed_key_open(&sealed, "wrong horse", &back, &error));
    error_says(&error, 2, "the password does not unlock the key");
    spl_public_key_line(&public, line);
    assert_true(spl_public_key_parse(text_of(line), &public_back, &error));
    assert_memory_equal(&public_back, &public, sizeof public);
}

// The file of an unlocked key with `size` bytes of it replaced.
static void put_secret(char text[SPL_SECRET_KEY_TEXT], size_t at, const char *bytes, size_t size)
{
    uint8_t raw[158];
    spl_secret_key key = rfc_key();
    assert_true(spl_secret_key_format(&key, NULL, WEAK, text, NULL));
    char *line = strchr(text, '\n') + 1;
    assert_int_equal(sodium_base642bin(raw, sizeof raw, line, 212, NULL, NULL, NULL, sodium_base64_VARIANT_ORIGINAL),
                     0);
    memcpy(raw + at, bytes, size);
    sodium_bin2base64(line, 213, raw, sizeof raw, sodium_base64_VARIANT_ORIGINAL);
}

static void what_is_no_secret_key_is_refused_and_not_shown(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        const char *bytes;
        const char *message;
    } cases[] = {
        {0, "RS", "not an Ed25519 key"},     {2, "Ar", "something other than scrypt"}, {4, "B3", "not BLAKE2b"},
        {70, "??", "do not fit each other"}, {100, "??", "do not fit each other"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[SPL_SECRET_KEY_TEXT];
        spl_sealed_key sealed;
        spl_secret_key key;
        spl_error error = {0};
        put_secret(text, cases[i].at, cases[i].bytes, 2);
        assert_false(spl_sealed_key_parse(text_of(text), &sealed, &error) &&
                     spl_sealed_key_open(&sealed, NULL, &key, &error));
        error_says(&error, 2, cases[i].message);
    }
    spl_sealed_key sealed;
    spl_error error = {0};
    assert_false(spl_sealed_key_parse(SPL_TEXT("untrusted comment: k\nc2VjcmV0\n"), &sealed, &error));
    error_says(&error, 2, "158 bytes in base64");
    assert_null(strstr(error.text, "c2VjcmV0"));
    assert_false(spl_sealed_key_parse(SPL_TEXT(""), &sealed, &error));
    error_says(&error, 1, "nothing is there");
    assert_false(spl_sealed_key_parse(SPL_TEXT("a\nb\nc\n"), &sealed, &error));
    error_says(&error, 3, "a key has two lines");
}

static void a_key_that_asks_for_endless_work_is_refused_at_once(void **state)
{
    (void)state;
    static const char *const asks[] = {"\1\0\0\2\0\0\0\0\0\0\1\0\0\0\0\0", "\0\x80\0\0\0\0\0\0\1\0\0\x40\0\0\0\0",
                                       "\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377"};
    for (size_t i = 0; i < 3; i++) {
        char text[SPL_SECRET_KEY_TEXT];
        spl_sealed_key sealed;
        spl_secret_key key;
        spl_error error = {0};
        put_secret(text, 38, asks[i], 16);
        assert_true(spl_sealed_key_parse(text_of(text), &sealed, &error));
        sealed.locked = true;
        assert_false(spl_sealed_key_open(&sealed, PASSWORD, &key, &error));
        error_says(&error, 2, "asks for more work");
    }
}

static void what_is_no_public_key_is_refused_with_its_line(void **state)
{
    (void)state;
    spl_public_key key;
    spl_error error = {0};
    assert_false(spl_public_key_parse(SPL_TEXT("RWQ="), &key, &error));
    error_says(&error, 1, "42 bytes in base64");
    assert_false(spl_public_key_parse(SPL_TEXT("untrusted comment: k\n" OWN "\n"), &key, &error));
    error_says(&error, 2, "42 bytes in base64");
    assert_false(
        spl_public_key_parse(SPL_TEXT("AWQvMDo/16UoXX3hZktSTXVoikX65D85n2dHgiNV7r6Lig/R1v8Kujgz"), &key, &error));
    error_says(&error, 1, "not an Ed25519 key");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_are_those_of_rfc_8032),
        cmocka_unit_test(what_minisign_signed_is_good_of_the_file_or_of_its_hash),
        cmocka_unit_test(every_changed_byte_of_the_file_or_the_signature_is_found),
        cmocka_unit_test(line_ends_of_windows_are_fine),
        cmocka_unit_test(what_is_no_signature_is_refused_with_its_line),
        cmocka_unit_test(another_comment_is_found_on_its_line),
        cmocka_unit_test(another_key_and_one_that_only_has_the_id_are_refused),
        cmocka_unit_test(comments_of_one_line_are_signed_and_no_others),
        cmocka_unit_test(keys_come_back_from_their_files),
        cmocka_unit_test(what_is_no_secret_key_is_refused_and_not_shown),
        cmocka_unit_test(a_key_that_asks_for_endless_work_is_refused_at_once),
        cmocka_unit_test(what_is_no_public_key_is_refused_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
