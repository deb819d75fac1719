// SPDX-License-Identifier: GPL-3.0-or-later
// Only a good bundle is signed: what cannot be opened, or was changed after it was written, is refused.
#include "cli/bundle_sign.h"

#include <argp.h>
#include <cJSON.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bundle/bundle_file.h"
#include "bundle/bundle_write.h"
#include "bundle/signature.h"
#include "cli/options.h"
#include "host/files.h"
#include "host/password.h"
#include "host/progress.h"

static const char DOC[] =
    "Sign a bundle: writes BUNDLE.minisig, for clients with the pinned public key and for `minisign -V`.\v"
    "The key is one of `samplit key new` or of `minisign -G`. If a password locks it, that is taken "
    "from " SPL_PASSWORD_VARIABLE
    ", or asked for on the terminal. The comment is signed too; by default it holds the time, the "
    "file's name and the bundle's id.\n\n"
    "Of BUNDLE.gz, the bundle in it is signed.\n\n"
    "Example:\n  samplit bundle sign bundle.safetensors --key shop.key\n"
    "  samplit bundle verify bundle.safetensors --public-key shop.pub\n";

enum { OPTION_KEY = 256, OPTION_COMMENT, OPTION_OUT, OPTION_JSON };
static const struct argp_option OPTIONS[] = {
    {"key", OPTION_KEY, "FILE", 0, "Secret key (required); - is standard input", 0},
    {"comment", OPTION_COMMENT, "TEXT", 0, "What is signed along, in place of time, name and id", 0},
    {"out", OPTION_OUT, "FILE", 0, "Where to write the signature; default: BUNDLE.minisig", 0},
    {"json", OPTION_JSON, NULL, 0, "One JSON document", 0},
    {0}};

typedef struct settings {
    const char *bundle, *key, *comment, *out;
    char *beside; // BUNDLE.minisig
    bool json;
} settings;

char *spl_signature_path(const char *bundle)
{
    static const char END[] = ".minisig";
    size_t size = strlen(bundle);
    if (size > 3 && strcmp(bundle + size - 3, ".gz") == 0) size -= 3;
    char *path = malloc(size + sizeof END);
    if (!path) return NULL;
    memcpy(path, bundle, size);
    memcpy(path + size, END, sizeof END);
    return path;
}

static void check(struct argp_state *state, settings *s)
{
    char problem[512];
    if (!s->bundle) argp_error(state, "which bundle?");
    if (!s->key) argp_error(state, "--key is missing");
    bool piped = spl_path_is_dash(s->bundle);
    if (piped && spl_path_is_dash(s->key)) argp_error(state, "standard input is either the bundle or the key");
    if (piped && !s->out) argp_error(state, "where to? --out is missing");
    s->beside = spl_signature_path(s->bundle);
    if (!s->out) s->out = s->beside;
    if (s->json && spl_path_is_dash(s->out)) argp_error(state, "either --json or --out -");
    const char *const reads[] = {s->bundle, s->key};
    if (!spl_cli_paths_apart(reads, 2, &s->out, 1, problem, sizeof problem)) argp_error(state, "%s", problem);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    settings *s = state->input;
    switch (key) {
    case OPTION_KEY: s->key = argument; return 0;
    case OPTION_COMMENT: s->comment = argument; return 0;
    case OPTION_OUT: s->out = argument; return 0;
    case OPTION_JSON: s->json = true; return 0;
    case ARGP_KEY_ARG:
        if (s->bundle) argp_error(state, "one bundle at a time");
        s->bundle = argument;
        return 0;
    case ARGP_KEY_END: check(state, s); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static bool unlock(const settings *s, const spl_sealed_key *sealed, spl_secret_key *out, spl_error *error)
{
    char password[SPL_PASSWORD_MAX + 1] = "";
    if (!sealed->locked) return spl_sealed_key_open(sealed, NULL, out, error);
    if (!spl_password(s->key, false, password, error)) return false;
    spl_progress progress = spl_progress_wait("unlocking the key");
    bool ok = spl_sealed_key_open(sealed, password, out, error);
    spl_progress_end(&progress);
    sodium_memzero(password, sizeof password);
    return ok;
}

static bool read_key(const settings *s, spl_secret_key *out, spl_error *error)
{
    char data[SPL_MINISIGN_MAX];
    spl_text text;
    spl_sealed_key sealed;
    bool ok = spl_minisign_read(s->key, data, &text, error) && spl_sealed_key_parse(text, &sealed, error) &&
              unlock(s, &sealed, out, error);
    sodium_memzero(data, sizeof data);
    sodium_memzero(&sealed, sizeof sealed);
    return ok || spl_fail_at(error, s->key, 0);
}

// "timestamp:1700000000<tab>file:bundle.safetensors<tab>bundle:<id>", the first two as minisign writes them.
static void make_comment(const settings *s, const spl_bundle *bundle, char out[SPL_SIGNATURE_COMMENT_MAX])
{
    const char *slash = strrchr(s->bundle, '/'), *name = slash ? slash + 1 : s->bundle;
    size_t size = strlen(name);
    if (size > 3 && strcmp(name + size - 3, ".gz") == 0) size -= 3;
    snprintf(out, SPL_SIGNATURE_COMMENT_MAX, "timestamp:%lld\tfile:%.*s\tbundle:%.32s", (long long)time(NULL),
             (int)size, spl_path_is_dash(name) ? "" : name, bundle->id_hex.data);
}

static void print_done(const settings *s, const spl_bundle *bundle, const spl_secret_key *key, const char *comment)
{
    char id[SPL_KEY_ID_HEX + 1], bundle_id[33] = "";
    spl_key_id_hex(key->id, id);
    memcpy(bundle_id, bundle->id_hex.data, 32);
    if (!s->json) {
        FILE *to = spl_path_is_dash(s->out) ? stderr : stdout;
        fprintf(to, "%s: bundle %s, signed with key %s\n", s->out, bundle_id, id);
        return;
    }
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "signature", s->out);
    cJSON_AddStringToObject(root, "bundle", bundle_id);
    cJSON_AddStringToObject(root, "key_id", id);
    cJSON_AddStringToObject(root, "trusted_comment", comment);
    char *text = cJSON_PrintUnformatted(root);
    if (text) puts(text);
    cJSON_free(text);
    cJSON_Delete(root);
}

static bool sign(const settings *s, const spl_bundle_file *file, const spl_secret_key *key, spl_error *error)
{
    char made[SPL_SIGNATURE_COMMENT_MAX], text[SPL_SIGNATURE_TEXT];
    make_comment(s, &file->bundle, made);
    const char *comment = s->comment ? s->comment : made;
    spl_text signed_along = {comment, strlen(comment)};
    if (!spl_signature_make(key, file->data, file->size, signed_along, text, error)) return false;
    if (!spl_file_write(s->out, text, strlen(text), error)) return false;
    print_done(s, &file->bundle, key, comment);
    return true;
}

static bool run(const settings *s, spl_error *error)
{
    spl_bundle_file file;
    spl_secret_key key;
    if (!spl_bundle_file_open(s->bundle, &file, error)) return false;
    bool ok =
        spl_bundle_id_matches(file.data, file.size) ||
        spl_fail(error, "its id is not that of its bytes: it was changed after it was written, and is not signed") ||
        spl_fail_at(error, s->bundle, 0);
    ok = ok && read_key(s, &key, error);
    ok = ok && sign(s, &file, &key, error);
    sodium_memzero(&key, sizeof key);
    spl_bundle_file_close(&file);
    return ok;
}

int spl_bundle_sign_main(int argc, char **argv)
{
    static const struct argp ARGP = {OPTIONS, parse, "sign BUNDLE", DOC, NULL, NULL, NULL};
    settings s = {0};
    spl_error error = {0};
    if (argp_parse(&ARGP, argc, argv, 0, NULL, &s) != 0) return 2;
    bool ok = s.out ? run(&s, &error) : spl_fail(&error, "out of memory");
    int code = ok ? 0 : spl_cli_fail("bundle", &error);
    free(s.beside);
    return code;
}
