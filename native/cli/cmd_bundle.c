// SPDX-License-Identifier: GPL-3.0-or-later
// samplit bundle inspect: what is in a model file, and whether it is what it says. samplit bundle diff: what changed
// from one to another. samplit bundle set: runs an experiment in another way (bundle_set.c). samplit bundle sign and
// verify: who made it (bundle_sign.c, bundle_verify.c).
#include <argp.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_diff.h"
#include "bundle/bundle_write.h"
#include "bundle/inspect.h"
#include "bundle/part_diff.h"
#include "cli/bundle_set.h"
#include "cli/bundle_sign.h"
#include "cli/choose.h"
#include "cli/command.h"
#include "cli/options.h"

static const char DOC[] =
    "Show what is in a bundle: id, experiments with variants and the probabilities at the root, segment tree,\n"
    "feature schema, encoder, tensors. Or what changed from one to another: segments, and who is served differently.\v"
    "A file that is no usable bundle is refused with the tensor or field that is wrong. Exit code 1 also if the\n"
    "id is not that of the file's bytes: the file was then changed after it was written.\n\n"
    "`samplit bundle set --help` tells how to pause an experiment, hold units out and more; `samplit bundle sign "
    "--help` and `samplit bundle verify --help` are about signatures.\n\n"
    "For diff, shares of traffic come from the reports beside the bundles. A unit moves only where its probabilities "
    "do.\n\n"
    "Example:\n  samplit bundle inspect bundle.safetensors\n  samplit bundle diff old.safetensors new.safetensors\n";

enum { OPTION_JSON = 256, OPTION_EXPERIMENT };
static const struct argp_option OPTIONS[] = {
    {"experiment", OPTION_EXPERIMENT, "KEY", 0, "diff: which experiment, if the bundles have several", 0},
    {"json", OPTION_JSON, 0, 0, "One JSON document", 0},
    {0},
};

typedef struct settings {
    const char *verb, *bundle, *other; // other: the second of a diff
    const char *experiment;
    bool json;
} settings;

static bool is_diff(const settings *s)
{
    return strcmp(s->verb, "diff") == 0;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    settings *s = state->input;
    switch (key) {
    case OPTION_JSON: s->json = true; return 0;
    case OPTION_EXPERIMENT: s->experiment = argument; return 0;
    case ARGP_KEY_ARG:
        if (!s->verb && strcmp(argument, "inspect") != 0 && strcmp(argument, "diff") != 0)
            argp_error(state, "no `bundle %s`; there are `inspect`, `diff`, `set`, `sign` and `verify`", argument);
        if (!s->verb) {
            s->verb = argument;
        } else if (!s->bundle) {
            s->bundle = argument;
        } else if (is_diff(s) && !s->other) {
            s->other = argument;
        } else {
            argp_error(state, "%s", is_diff(s) ? "two bundles at a time" : "one bundle at a time");
        }
        return 0;
    case ARGP_KEY_END:
        if (!s->bundle) argp_error(state, "which bundle?");
        if (is_diff(s) && !s->other) argp_error(state, "which other bundle?");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static int inspect(const settings *s, const spl_bundle_file *file)
{
    spl_error error = {0};
    spl_report *report = NULL;
    if (file->bundle.experiment_count == 1 &&
        !spl_cli_report("bundle", s->bundle, NULL, &file->bundle, 0, &report, &error))
        return spl_cli_fail("bundle", &error);
    spl_inspection inspection = {s->bundle, file, spl_bundle_id_matches(file->data, file->size), report};
    bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    bool ok = s->json ? spl_inspect_json(&inspection, stdout) : spl_inspect_text(&inspection, utf8, stdout);
    spl_report_free(report);
    if (!ok) spl_fail(&error, "out of memory");
    if (ok && fflush(stdout) != 0) ok = spl_fail(&error, "cannot write to standard output");
    if (!ok) return spl_cli_fail("bundle", &error);
    return inspection.id_matches ? 0 : 1;
}

static bool open_side(const char *path, const char *key, spl_bundle_file *file, spl_report **report,
                      spl_diff_side *side, int *code)
{
    spl_error error = {0};
    if (!spl_bundle_file_open(path, file, &error)) {
        *code = spl_cli_fail("bundle", &error);
        return false;
    }
    *side = (spl_diff_side){.bundle = &file->bundle};
    *code = 0;
    if (file->bundle.experiment_count == 0 && spl_has_parts(&file->bundle)) return true;
    *code = spl_cli_experiment("bundle", &file->bundle, key, &side->experiment);
    if (*code != 0) return false;
    if (!spl_cli_report("bundle", path, NULL, &file->bundle, side->experiment, report, &error)) {
        *code = spl_cli_fail("bundle", &error);
        return false;
    }
    side->report = *report;
    return true;
}

static bool print_document(cJSON *root)
{
    char *text = cJSON_Print(root);
    if (text) puts(text);
    cJSON_free(text);
    cJSON_Delete(root);
    return text != NULL;
}

static void print_ids(const spl_bundle *old, const spl_bundle *new)
{
    printf("old        %.32s\nnew        %.32s\n", old->id_hex.data, new->id_hex.data);
}

// Encoders and clusters alone.
static bool print_parts(const settings *s, const spl_part_diff *diff, const spl_bundle *old, const spl_bundle *new)
{
    bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    char id[33] = "";
    if (s->json) {
        cJSON *root = spl_part_diff_json(diff, old, new);
        cJSON_AddStringToObject(root, "old", memcpy(id, old->id_hex.data, 32));
        cJSON_AddStringToObject(root, "new", memcpy(id, new->id_hex.data, 32));
        return print_document(root);
    }
    print_ids(old, new);
    return spl_part_diff_text(diff, old, new, utf8, stdout);
}

static bool print_policies(const settings *s, const spl_part_diff *parts, const spl_diff_side *old,
                           const spl_diff_side *new, spl_error *error)
{
    spl_diff diff;
    bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
         any = spl_has_parts(old->bundle) || spl_has_parts(new->bundle);
    if (!spl_diff_make(old, new, &diff, error)) return false;
    bool ok = s->json ? spl_diff_json(&diff, old, new, any ? spl_part_diff_json(parts, old->bundle, new->bundle) : NULL,
                                      stdout)
                      : spl_diff_text(&diff, old, new, utf8, stdout);
    if (ok && any && !s->json) {
        putchar('\n');
        ok = spl_part_diff_text(parts, old->bundle, new->bundle, utf8, stdout);
    }
    spl_diff_free(&diff);
    return ok || spl_fail(error, "out of memory");
}

static int print_diff(const settings *s, const spl_diff_side *old, const spl_diff_side *new)
{
    spl_error error = {0};
    spl_part_diff parts;
    if (!spl_part_diff_make(old->bundle, new->bundle, &parts)) {
        spl_fail(&error, "out of memory");
        return spl_cli_fail("bundle", &error);
    }
    bool alone = old->bundle->experiment_count + new->bundle->experiment_count == 0;
    bool ok = alone ? print_parts(s, &parts, old->bundle, new->bundle) || spl_fail(&error, "out of memory")
                    : print_policies(s, &parts, old, new, &error);
    spl_part_diff_free(&parts);
    if (ok && fflush(stdout) != 0) ok = spl_fail(&error, "cannot write to standard output");
    return ok ? 0 : spl_cli_fail("bundle", &error);
}

static int compare(const settings *s)
{
    spl_bundle_file a = {0}, b = {0};
    spl_report *old_report = NULL, *new_report = NULL;
    spl_diff_side old, new;
    int code = 0;
    if (open_side(s->bundle, s->experiment, &a, &old_report, &old, &code) &&
        open_side(s->other, s->experiment, &b, &new_report, &new, &code)) {
        bool alike = (a.bundle.experiment_count == 0) == (b.bundle.experiment_count == 0);
        code =
            alike ? print_diff(s, &old, &new) : spl_cli_misuse("bundle", "one bundle has a policy, the other has none");
    }
    spl_report_free(old_report);
    spl_report_free(new_report);
    spl_bundle_file_close(&a);
    spl_bundle_file_close(&b);
    return code;
}

int spl_cmd_bundle(int argc, char **argv)
{
    static const struct {
        const char *verb;
        int (*run)(int argc, char **argv);
    } own[] = {{"set", spl_bundle_set_main}, {"sign", spl_bundle_sign_main}, {"verify", spl_bundle_verify_main}};
    static const char USAGE[] = "inspect BUNDLE\ndiff OLD NEW\nset BUNDLE\nsign BUNDLE\nverify BUNDLE";
    const struct argp argp = {OPTIONS, parse_option, USAGE, DOC, NULL, NULL, NULL};
    settings s = {0};
    setlocale(LC_CTYPE, "");
    for (size_t i = 0; argc > 1 && i < sizeof own / sizeof *own; i++) {
        if (strcmp(argv[1], own[i].verb) != 0) continue;
        argv[1] = argv[0]; // the command's name, for its messages
        return own[i].run(argc - 1, argv + 1);
    }
    if (argp_parse(&argp, argc, argv, 0, NULL, &s) != 0) return 2;
    if (is_diff(&s)) return compare(&s);
    spl_bundle_file file;
    spl_error error = {0};
    if (!spl_bundle_file_open(s.bundle, &file, &error)) return spl_cli_fail("bundle", &error);
    int code = inspect(&s, &file);
    spl_bundle_file_close(&file);
    return code;
}
