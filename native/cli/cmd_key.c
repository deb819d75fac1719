// SPDX-License-Identifier: GPL-3.0-or-later
// samplit key new: a pair of keys to sign bundles with. `samplit bundle sign` and `verify` use them (bundle_sign.c).
#include <argp.h>
#include <cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bundle/signing_key.h"
#include "cli/command.h"
#include "cli/options.h"
#include "host/password.h"
#include "host/progress.h"

static const char DOC[] =
    "Make a pair of keys in minisign's format: KEY.key, which signs and stays secret, and KEY.pub, whose\n"
    "second line is pinned where bundles are fetched.\v"
    "A password locks the secret key. It is taken from " SPL_PASSWORD_VARIABLE
    ", or asked for on the terminal; locking "
    "takes seconds and 1 GiB of memory, so that guessing does too. Files that are there are not overwritten.\n\n"
    "`samplit bundle sign --help` and `samplit bundle verify --help` tell what to do with them.\n\n"
    "Example:\n  samplit key new shop\n  samplit bundle sign bundle.safetensors --key shop.key\n";

enum { OPTION_NO_PASSWORD = 256, OPTION_JSON };
static const struct argp_option OPTIONS[] = {
    {"no-password", OPTION_NO_PASSWORD, NULL, 0, "Write the secret key unlocked: whoever reads the file can sign", 0},
    {"json", OPTION_JSON, NULL, 0, "One JSON document", 0},
    {0}};

#define PATH_MAX_BYTES 4000

typedef struct settings {
    const char *verb, *name;
    bool no_password, json;
} settings;

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    settings *s = state->input;
    switch (key) {
    case OPTION_NO_PASSWORD: s->no_password = true; return 0;
    case OPTION_JSON: s->json = true; return 0;
    case ARGP_KEY_ARG:
        if (!s->verb) {
            if (strcmp(argument, "new") != 0) argp_error(state, "no `key %s`; there is `new`", argument);
            s->verb = argument;
        } else if (s->name) {
            argp_error(state, "one key at a time");
        } else {
            s->name = argument;
        }
        return 0;
    case ARGP_KEY_END:
        if (!s->name || !*s->name) argp_error(state, "which name are the keys to have?");
        if (strlen(s->name) > PATH_MAX_BYTES) argp_error(state, "the name is too long");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static bool cannot_write(const char *path, spl_error *error)
{
    spl_fail(error, errno == EEXIST ? "is there already, and is not overwritten" : "cannot write: %s", strerror(errno));
    return spl_fail_at(error, path, 0);
}

// A file that was not there before, synced; on failure it is not there either.
static bool write_new(const char *path, int mode, const char *text, spl_error *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) return cannot_write(path, error);
    size_t size = strlen(text);
    ssize_t done = write(fd, text, size);
    if (done >= 0 && done < (ssize_t)size) errno = ENOSPC;
    bool good = done == (ssize_t)size && fsync(fd) == 0;
    if (!good) cannot_write(path, error);
    close(fd);
    if (!good) unlink(path);
    return good;
}

typedef struct files {
    char secret[PATH_MAX_BYTES + 8], public[PATH_MAX_BYTES + 8];
} files;

// The secret half first: a public half is of no use alone, but may be taken for one that can be.
static bool write_pair(const files *to, const char *secret_text, const spl_public_key *public, spl_error *error)
{
    char line[SPL_PUBLIC_KEY_LINE + 1], id[SPL_KEY_ID_HEX + 1], text[256];
    spl_public_key_line(public, line);
    spl_key_id_hex(public->id, id);
    snprintf(text, sizeof text, SPL_MINISIGN_UNTRUSTED "samplit public key %s\n%s\n", id, line);
    if (!write_new(to->secret, 0600, secret_text, error)) return false;
    if (write_new(to->public, 0666, text, error)) return true;
    unlink(to->secret);
    return false;
}

static void print_done(const settings *s, const files *to, const spl_public_key *public)
{
    char line[SPL_PUBLIC_KEY_LINE + 1], id[SPL_KEY_ID_HEX + 1];
    spl_public_key_line(public, line);
    spl_key_id_hex(public->id, id);
    if (!s->json) {
        printf("%s signs%s; keep it secret\n%s is for everybody\nkey id     %s\npublic key %s\n", to->secret,
               s->no_password ? ", unlocked" : " with its password", to->public, id, line);
        return;
    }
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "secret_key_file", to->secret);
    cJSON_AddStringToObject(root, "public_key_file", to->public);
    cJSON_AddStringToObject(root, "key_id", id);
    cJSON_AddStringToObject(root, "public_key", line);
    cJSON_AddBoolToObject(root, "locked", !s->no_password);
    char *text = cJSON_PrintUnformatted(root);
    if (text) puts(text);
    cJSON_free(text);
    cJSON_Delete(root);
}

// Before the password is asked for, which would be in vain.
static bool are_free(const files *to, spl_error *error)
{
    const char *taken = access(to->secret, F_OK) == 0 ? to->secret : access(to->public, F_OK) == 0 ? to->public : NULL;
    errno = EEXIST;
    return !taken || cannot_write(taken, error);
}

static bool format(const settings *s, const spl_secret_key *secret, const char *password,
                   char text[SPL_SECRET_KEY_TEXT], spl_error *error)
{
    if (s->no_password) return spl_secret_key_format(secret, NULL, SPL_KDF_COST, text, error);
    spl_progress progress = spl_progress_wait("locking the key");
    bool ok = spl_secret_key_format(secret, password, SPL_KDF_COST, text, error);
    spl_progress_end(&progress);
    return ok;
}

static bool make(const settings *s, const files *to, spl_public_key *public, spl_error *error)
{
    spl_secret_key secret;
    char password[SPL_PASSWORD_MAX + 1] = "", text[SPL_SECRET_KEY_TEXT];
    bool ok = are_free(to, error) && (s->no_password || spl_password(to->secret, true, password, error)) &&
              spl_key_pair_make(&secret, public, error) && format(s, &secret, password, text, error) &&
              write_pair(to, text, public, error);
    sodium_memzero(&secret, sizeof secret);
    sodium_memzero(password, sizeof password);
    sodium_memzero(text, sizeof text);
    return ok;
}

int spl_cmd_key(int argc, char **argv)
{
    static const struct argp ARGP = {OPTIONS, parse_option, "new KEY", DOC, NULL, NULL, NULL};
    settings s = {0};
    files to;
    spl_public_key public;
    spl_error error = {0};
    if (argp_parse(&ARGP, argc, argv, 0, NULL, &s) != 0) return 2;
    snprintf(to.secret, sizeof to.secret, "%s.key", s.name);
    snprintf(to.public, sizeof to.public, "%s.pub", s.name);
    if (!make(&s, &to, &public, &error)) return spl_cli_fail("key", &error);
    print_done(&s, &to, &public);
    return 0;
}
