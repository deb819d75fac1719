// SPDX-License-Identifier: GPL-3.0-or-later
// The signature is checked before anything of the file is read: a bundle that nobody signed is not even opened.
#include <argp.h>
#include <cJSON.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "bundle/bundle_write.h"
#include "bundle/signature.h"
#include "cli/bundle_sign.h"
#include "cli/options.h"
#include "host/files.h"
#include "host/visible.h"

#define KEYS_MAX 16

static const char DOC[] =
    "Check that a bundle was signed with a key that you trust: says with which, and\n"
    "what the signer wrote along.\v"
    "The signature is one of `samplit bundle sign` or of `minisign -S`. Exit code 1 if the bundle, the comment or the "
    "signature was changed, if another key signed it, or if it is not the bundle of --id: an older one stays signed. "
    "A pinned key may be given as it stands, RWQ…; give several where one replaces another.\n\n"
    "Example:\n  samplit bundle verify bundle.safetensors --public-key shop.pub\n";

enum { OPTION_PUBLIC_KEY = 256, OPTION_SIGNATURE, OPTION_ID, OPTION_JSON };
static const struct argp_option OPTIONS[] = {
    {"public-key", OPTION_PUBLIC_KEY, "FILE|RW…", 0, "Public key (required), up to 16 times", 0},
    {"signature", OPTION_SIGNATURE, "FILE", 0, "The signature; default: BUNDLE.minisig", 0},
    {"id", OPTION_ID, "ID", 0, "The bundle must be this one: 32 hex digits", 0},
    {"json", OPTION_JSON, NULL, 0, "One JSON document", 0},
    {0}};

typedef struct settings {
    const char *bundle, *signature, *id;
    char *beside; // BUNDLE.minisig
    const char *keys[KEYS_MAX];
    size_t key_count;
    bool json;
} settings;

static void check(struct argp_state *state, settings *s)
{
    size_t streams = 0;
    if (!s->bundle) argp_error(state, "which bundle?");
    if (s->key_count == 0) argp_error(state, "--public-key is missing");
    for (size_t i = 0; i < s->key_count; i++) streams += spl_path_is_dash(s->keys[i]);
    streams += spl_path_is_dash(s->bundle);
    streams += spl_path_is_dash(s->signature);
    if (streams > 1) argp_error(state, "standard input is one file only");
    if (spl_path_is_dash(s->bundle) && !s->signature) argp_error(state, "--signature is missing");
    s->beside = spl_signature_path(s->bundle);
    if (!s->signature) s->signature = s->beside;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    settings *s = state->input;
    switch (key) {
    case OPTION_PUBLIC_KEY:
        if (s->key_count == KEYS_MAX) argp_error(state, "--public-key: at most %d", KEYS_MAX);
        s->keys[s->key_count++] = argument;
        return 0;
    case OPTION_SIGNATURE: s->signature = argument; return 0;
    case OPTION_ID:
        if (strlen(argument) != 32 || strspn(argument, "0123456789abcdef") != 32)
            argp_error(state, "--id: \"%s\" is not 32 hex digits", argument);
        s->id = argument;
        return 0;
    case OPTION_JSON: s->json = true; return 0;
    case ARGP_KEY_ARG:
        if (s->bundle) argp_error(state, "one bundle at a time");
        s->bundle = argument;
        return 0;
    case ARGP_KEY_END: check(state, s); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

// A key that is given as it stands: 56 characters, of which `Ed` makes the first two RW.
static bool is_line(const char *key)
{
    return strlen(key) == SPL_PUBLIC_KEY_LINE && strncmp(key, "RW", 2) == 0;
}

static bool read_key(const char *key, spl_public_key *out, spl_error *error)
{
    char data[SPL_MINISIGN_MAX];
    spl_text text = {key, strlen(key)};
    bool ok = (is_line(key) || spl_minisign_read(key, data, &text, error)) && spl_public_key_parse(text, out, error);
    return ok || spl_fail_at(error, is_line(key) ? "--public-key" : key, 0);
}

// The bytes of a bundle that one of the keys signed; from malloc. `signature` points into `text_data`.
static bool read_signed(const settings *s, char text_data[SPL_MINISIGN_MAX], spl_signature *signature, uint8_t **data,
                        size_t *size, spl_error *error)
{
    spl_public_key keys[KEYS_MAX];
    spl_text text;
    for (size_t i = 0; i < s->key_count; i++)
        if (!read_key(s->keys[i], &keys[i], error)) return false;
    bool ok = spl_minisign_read(s->signature, text_data, &text, error) && spl_signature_parse(text, signature, error);
    if (!ok) return spl_fail_at(error, s->signature, 0);
    if (!spl_file_read(s->bundle, data, size, error)) return false;
    if (spl_signature_check(signature, keys, s->key_count, *data, *size, error)) return true;
    free(*data);
    return spl_fail_at(error, s->signature, 0);
}

// What was signed must be a bundle, unchanged, and the one that is asked for.
static bool open_signed(const settings *s, uint8_t *data, size_t size, spl_bundle_file *out, spl_error *error)
{
    if (!spl_bundle_file_take(data, size, out, error)) {
        free(data);
        return spl_fail_at(error, s->bundle, 0);
    }
    bool ok = true;
    if (!spl_bundle_id_matches(data, size))
        ok = spl_fail(error, "signed, but its id is not that of its bytes: it was changed before");
    else if (s->id && memcmp(s->id, out->bundle.id_hex.data, 32) != 0)
        ok = spl_fail(error, "signed, but it is bundle %.32s and not %s", out->bundle.id_hex.data, s->id);
    if (!ok) spl_bundle_file_close(out);
    return ok || spl_fail_at(error, s->bundle, 0);
}

// For people: fields of a comment stand apart by tabs, which would be spelled out. NULL when out of memory.
static char *shown(spl_text comment)
{
    bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    char *spaced = malloc(comment.size + 1), *visible = NULL;
    for (size_t i = 0; spaced && i < comment.size; i++) spaced[i] = comment.data[i] == '\t' ? ' ' : comment.data[i];
    if (spaced) visible = spl_visible((spl_text){spaced, comment.size}, utf8);
    free(spaced);
    return visible;
}

static void print_good(const settings *s, const spl_signature *signature, const spl_bundle *bundle)
{
    char id[SPL_KEY_ID_HEX + 1];
    spl_key_id_hex(signature->key_id, id);
    if (!s->json) {
        char *comment = shown(signature->comment);
        printf("%s: good\nkey id   %s\nbundle   %.32s\nsigns    %s\ncomment  %s\n", s->bundle, id, bundle->id_hex.data,
               signature->hashed ? "the file's BLAKE2b, which clients do not take (docs/signing.md)" : "the file",
               comment ? comment : "");
        free(comment);
        return;
    }
    cJSON *root = cJSON_CreateObject();
    char *comment = spl_valid_utf8(signature->comment), bundle_id[33] = "";
    cJSON_AddTrueToObject(root, "good");
    cJSON_AddStringToObject(root, "key_id", id);
    cJSON_AddStringToObject(root, "bundle", memcpy(bundle_id, bundle->id_hex.data, 32));
    cJSON_AddStringToObject(root, "signs", signature->hashed ? "hash" : "file");
    cJSON_AddStringToObject(root, "trusted_comment", comment ? comment : "");
    char *text = cJSON_PrintUnformatted(root);
    if (text) puts(text);
    cJSON_free(text);
    free(comment);
    cJSON_Delete(root);
}

static bool run(const settings *s, spl_error *error)
{
    char text_data[SPL_MINISIGN_MAX];
    uint8_t *data;
    size_t size;
    spl_signature signature;
    spl_bundle_file file;
    if (!read_signed(s, text_data, &signature, &data, &size, error)) return false;
    if (!open_signed(s, data, size, &file, error)) return false;
    print_good(s, &signature, &file.bundle);
    spl_bundle_file_close(&file);
    return true;
}

int spl_bundle_verify_main(int argc, char **argv)
{
    static const struct argp ARGP = {OPTIONS, parse, "verify BUNDLE", DOC, NULL, NULL, NULL};
    settings s = {0};
    spl_error error = {0};
    setlocale(LC_CTYPE, "");
    if (argp_parse(&ARGP, argc, argv, 0, NULL, &s) != 0) return 2;
    bool ok = s.signature ? run(&s, &error) : spl_fail(&error, "out of memory");
    int code = ok ? 0 : spl_cli_fail("bundle", &error);
    free(s.beside);
    return code;
}
