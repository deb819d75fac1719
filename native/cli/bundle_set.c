// SPDX-License-Identifier: GPL-3.0-or-later
// Options change settings; those that are not named stay. The report beside the bundle goes with it, for what was
// learned is the same.
#include "cli/bundle_set.h"

#include <argp.h>
#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "bundle/bundle_settings.h"
#include "bundle/payloads.h"
#include "bundle/settings.h"
#include "cli/choose.h"
#include "cli/options.h"
#include "host/files.h"

#define SEED_MAX 1024 // bytes

static const char DOC[] =
    "Run an experiment of a bundle in another way: pause it, hold units out, let fewer take part, serve the\n"
    "incumbent, assign units as another product does, attach to its variants what pages show.\v"
    "What is not named stays as it is. The report beside the bundle is written beside the new one.\n\n"
    "Payloads are a JSON object with a value for each variant, up to 64 KiB; clients get them with the decision. null "
    "attaches nothing. They are as public as the bundle.\n\n"
    "Who has a say, first to last: a forced variant, --paused, --mode, a sticky variant, --traffic, --holdout, the "
    "policy.\n\n"
    "Examples:\n"
    "  samplit bundle set bundle.safetensors --holdout 0.05 --out held.safetensors\n"
    "  samplit bundle set bundle.safetensors --experiment hero --paused yes --out off.safetensors\n"
    "  samplit bundle set bundle.safetensors --hash growthbook-v2 --hash-seed 2f6d --split control=0.5,bold=0.5 \\\n"
    "      --out moved.safetensors\n"
    "  echo '{\"control\": null, \"bold\": {\"title\": \"Now\"}}' |\n"
    "      samplit bundle set bundle.safetensors --payloads - --out shown.safetensors\n";

enum {
    KEY_EXPERIMENT = 256,
    KEY_OUT,
    KEY_PAUSED,
    KEY_MODE,
    KEY_HOLDOUT,
    KEY_TRAFFIC,
    KEY_HASH,
    KEY_HASH_SEED,
    KEY_VERSION,
    KEY_MIN_VERSION,
    KEY_SPLIT,
    KEY_PAYLOADS,
    KEY_JSON
};

static const struct argp_option OPTIONS[] = {
    {"experiment", KEY_EXPERIMENT, "KEY", 0, "Which experiment; default: the only one", 0},
    {"out", KEY_OUT, "FILE", 0, "Where to write the bundle (required)", 0},
    {"paused", KEY_PAUSED, "yes|no", 0, "yes: everybody gets the control", 0},
    {"mode", KEY_MODE, "MODE", 0,
     "Whose choice is served: online (the policy's), apprentice (the incumbent's, which the host names), logging_only "
     "(the control)",
     0},
    {"holdout", KEY_HOLDOUT, "SHARE", 0, "Share, 0 to 1, of those who take part that gets the control", 0},
    {"traffic", KEY_TRAFFIC, "SHARE", 0, "Share, above 0 to 1, of all units that takes part", 0},
    {"hash", KEY_HASH, "MODE", 0, "How units become variants: race, growthbook-v2, murmur3 or unleash", 0},
    {"hash-seed", KEY_HASH_SEED, "TEXT", 0,
     "Seed, experiment id or group of the product that you come from; '' = the key", 0},
    {"bucket-version", KEY_VERSION, "N", 0, "Sticky variants of another version are drawn anew", 0},
    {"min-bucket-version", KEY_MIN_VERSION, "N", 0, "Units with a sticky variant of an older version take no part", 0},
    {"split", KEY_SPLIT, "NAME=SHARE,…", 0, "Fixed shares of all variants in place of the policy", 0},
    {"payloads", KEY_PAYLOADS, "FILE", 0, "What is attached to the variants: JSON, by name; - is standard input", 0},
    {"json", KEY_JSON, NULL, 0, "One JSON document", 0},
    {0}};

typedef struct arguments {
    const char *bundle, *out, *experiment, *split, *payloads;
    spl_settings to; // where `given` says so
    uint32_t hash_mode;
    bool given[KEY_JSON - KEY_EXPERIMENT + 1];
    bool json;
} arguments;

static bool was_given(const arguments *all, int key)
{
    return all->given[key - KEY_EXPERIMENT];
}

static void read_share(struct argp_state *state, const char *option, const char *text, bool above_zero, double *out)
{
    if (spl_cli_double(text, out) && *out <= 1 && (above_zero ? *out > 0 : *out >= 0)) return;
    argp_error(state, "--%s: \"%s\" is not a number %s 0 to 1", option, text, above_zero ? "above" : "from");
}

static void read_version(struct argp_state *state, const char *option, const char *text, uint32_t *out)
{
    uint64_t value;
    if (!spl_cli_u64(text, &value) || value > UINT32_MAX)
        argp_error(state, "--%s: \"%s\" is not a whole number up to 4294967295", option, text);
    *out = (uint32_t)value;
}

static void read_paused(struct argp_state *state, const char *text, uint32_t *out)
{
    *out = strcmp(text, "yes") == 0;
    if (!*out && strcmp(text, "no") != 0) argp_error(state, "--paused: \"%s\" is not yes or no", text);
}

static void read_seed(struct argp_state *state, const char *text, spl_text *out)
{
    *out = (spl_text){text, strlen(text)};
    if (out->size > SEED_MAX || !spl_text_is_utf8(*out))
        argp_error(state, "--hash-seed must be at most %d bytes of UTF-8", SEED_MAX);
}

static void check_complete(const arguments *all, struct argp_state *state)
{
    char problem[256];
    if (!all->bundle) argp_error(state, "which bundle?");
    if (!all->out) argp_error(state, "--out is missing");
    if (all->json && spl_path_is_dash(all->out)) argp_error(state, "either --json or --out -");
    const char *const reads[] = {all->bundle, all->payloads};
    if (all->payloads && spl_path_is_dash(all->bundle) && spl_path_is_dash(all->payloads))
        argp_error(state, "standard input is either the bundle or the payloads");
    if (!spl_cli_paths_apart(reads, 2, &all->out, 1, problem, sizeof problem)) argp_error(state, "%s", problem);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    arguments *all = state->input;
    if (key >= KEY_EXPERIMENT && key <= KEY_JSON) all->given[key - KEY_EXPERIMENT] = true;
    switch (key) {
    case KEY_EXPERIMENT: all->experiment = argument; return 0;
    case KEY_OUT: all->out = argument; return 0;
    case KEY_PAUSED: read_paused(state, argument, &all->to.paused); return 0;
    case KEY_MODE:
        if (!spl_mode_parse(argument, &all->to.mode))
            argp_error(state, "--mode: \"%s\" is not online, apprentice or logging_only", argument);
        return 0;
    case KEY_HOLDOUT: read_share(state, "holdout", argument, false, &all->to.holdout); return 0;
    case KEY_TRAFFIC: read_share(state, "traffic", argument, true, &all->to.traffic); return 0;
    case KEY_HASH:
        if (!spl_hash_mode_parse(argument, &all->hash_mode))
            argp_error(state, "--hash: \"%s\" is not race, growthbook-v2, murmur3 or unleash", argument);
        return 0;
    case KEY_HASH_SEED: read_seed(state, argument, &all->to.hash_seed); return 0;
    case KEY_VERSION: read_version(state, "bucket-version", argument, &all->to.bucket_version); return 0;
    case KEY_MIN_VERSION: read_version(state, "min-bucket-version", argument, &all->to.min_bucket_version); return 0;
    case KEY_SPLIT: all->split = argument; return 0;
    case KEY_PAYLOADS: all->payloads = argument; return 0;
    case KEY_JSON: all->json = true; return 0;
    case ARGP_KEY_ARG:
        if (all->bundle) argp_error(state, "one bundle at a time");
        all->bundle = argument;
        return 0;
    case ARGP_KEY_END: check_complete(all, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

// What is served from now on: the old settings, but for what was given.
static spl_settings settled(const arguments *all, const spl_settings *old)
{
    spl_settings s = *old;
    if (was_given(all, KEY_PAUSED)) s.paused = all->to.paused;
    if (was_given(all, KEY_MODE)) s.mode = all->to.mode;
    if (was_given(all, KEY_HOLDOUT)) s.holdout = all->to.holdout;
    if (was_given(all, KEY_TRAFFIC)) s.traffic = all->to.traffic;
    if (was_given(all, KEY_HASH_SEED)) s.hash_seed = all->to.hash_seed;
    if (was_given(all, KEY_VERSION)) s.bucket_version = all->to.bucket_version;
    if (was_given(all, KEY_MIN_VERSION)) s.min_bucket_version = all->to.min_bucket_version;
    return s;
}

static bool read_part(spl_text part, const spl_experiment *x, double *shares, spl_error *error)
{
    char number[32] = "";
    const char *equals = part.size ? memchr(part.data, '=', part.size) : NULL;
    spl_text name = {part.data, equals ? (size_t)(equals - part.data) : part.size};
    size_t digits = equals ? part.size - name.size - 1 : 0;
    if (equals && digits < sizeof number) memcpy(number, equals + 1, digits);
    double share;
    if (!spl_cli_double(number, &share) || share < 0 || share > 1)
        return spl_fail_field(error, "--split", "\"%.*s\" is not NAME=SHARE", (int)part.size, part.data);
    for (uint32_t v = 0; v < x->policy.variant_count; v++) {
        if (!spl_text_equal(name, x->variants[v])) continue;
        shares[v] = share;
        return true;
    }
    return spl_fail_field(error, "--split", "no variant \"%.*s\"", (int)name.size, name.data);
}

// The writer refuses shares that do not sum to 1.
static bool read_split(const char *text, const spl_experiment *x, double *shares, spl_error *error)
{
    spl_text parts[SPL_VARIANTS_MAX];
    size_t count = spl_cli_split(text, ',', parts, SPL_VARIANTS_MAX);
    for (uint32_t v = 0; v < x->policy.variant_count; v++) shares[v] = 0;
    if (count > SPL_VARIANTS_MAX) return spl_fail_field(error, "--split", "more than %d parts", SPL_VARIANTS_MAX);
    for (size_t i = 0; i < count; i++)
        if (!read_part(parts[i], x, shares, error)) return false;
    return true;
}

// Beside the new bundle the report that lies beside the old one, if that is its own.
static bool copy_report(const arguments *all, const spl_bundle *bundle, const char *id, spl_error *error)
{
    uint8_t *bytes = NULL;
    size_t size;
    if (spl_path_is_stream(all->bundle) || spl_path_is_stream(all->out)) return true;
    char *from = spl_report_path(all->bundle), *to = spl_report_path(all->out), *text = NULL;
    cJSON *root =
        from && to && spl_file_read(from, &bytes, &size, NULL) ? cJSON_ParseWithLength((char *)bytes, size) : NULL;
    const char *of = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "bundle"));
    if (of && spl_text_equal((spl_text){of, strlen(of)}, bundle->id_hex)) {
        cJSON_ReplaceItemInObjectCaseSensitive(root, "bundle", cJSON_CreateString(id));
        text = cJSON_PrintUnformatted(root);
    }
    bool ok = !text || spl_file_write(to, text, strlen(text), error);
    cJSON_free(text);
    cJSON_Delete(root);
    free(bytes);
    free(from);
    free(to);
    return ok;
}

static void print_done(const arguments *all, const spl_experiment *x, const spl_settings_change *change, const char *id)
{
    FILE *to = spl_path_is_dash(all->out) ? stderr : stdout;
    if (!all->json) {
        fprintf(to, "%s: experiment %.*s, assignment %s", all->out, (int)x->key.size, x->key.data,
                spl_hash_mode_name(change->hash_mode));
        spl_settings_print(&change->settings, to);
        if (change->payloads) fputs(spl_payloads_are_none(change->payloads) ? ", no payloads" : ", with payloads", to);
        fprintf(to, "\nid %s\n", id);
        return;
    }
    cJSON *root = cJSON_CreateObject();
    char key[65];
    snprintf(key, sizeof key, "%.*s", (int)x->key.size, x->key.data);
    cJSON_AddStringToObject(root, "bundle", id);
    cJSON_AddStringToObject(root, "experiment", key);
    cJSON_AddStringToObject(root, "hash_mode", spl_hash_mode_name(change->hash_mode));
    cJSON_AddItemToObject(root, "settings", spl_settings_json(&change->settings));
    if (change->payloads) cJSON_AddItemToObject(root, "payloads", cJSON_Duplicate(change->payloads, true));
    char *text = cJSON_PrintUnformatted(root);
    if (text) puts(text);
    cJSON_free(text);
    cJSON_Delete(root);
}

static bool change_and_write(const arguments *all, const spl_bundle *bundle, uint32_t experiment, spl_error *error)
{
    double shares[SPL_VARIANTS_MAX];
    char id[33];
    uint8_t *data = NULL;
    size_t size;
    const spl_experiment *x = &bundle->experiments[experiment];
    cJSON *payloads = NULL;
    if (all->split && !read_split(all->split, x, shares, error)) return false;
    if (all->payloads && !spl_payloads_read(all->payloads, x, &payloads, error)) return false;
    spl_settings_change change = {.experiment = experiment,
                                  .settings = settled(all, &x->settings),
                                  .hash_mode = was_given(all, KEY_HASH) ? all->hash_mode : x->hash_mode,
                                  .payloads = payloads,
                                  .split = all->split ? shares : NULL};
    bool ok = spl_bundle_change_settings(bundle, &change, &data, &size, id, error) &&
              copy_report(all, bundle, id, error) && spl_file_write(all->out, data, size, error);
    if (ok) print_done(all, x, &change, id);
    cJSON_Delete(payloads);
    free(data);
    return ok;
}

int spl_bundle_set_main(int argc, char **argv)
{
    static const struct argp ARGP = {OPTIONS, parse, "set BUNDLE", DOC, NULL, NULL, NULL};
    arguments all = {0};
    argp_parse(&ARGP, argc, argv, 0, NULL, &all);
    spl_bundle_file file;
    spl_error error = {0};
    uint32_t experiment;
    if (!spl_bundle_file_open(all.bundle, &file, &error)) return spl_cli_fail("bundle", &error);
    int code = spl_cli_experiment("bundle", &file.bundle, all.experiment, &experiment);
    if (code == 0 && !change_and_write(&all, &file.bundle, experiment, &error)) code = spl_cli_fail("bundle", &error);
    spl_bundle_file_close(&file);
    return code;
}
