// SPDX-License-Identifier: GPL-3.0-or-later
// samplit bundle inspect: what is in a model file, and whether it is what it says.
#include <argp.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_write.h"
#include "bundle/inspect.h"
#include "cli/choose.h"
#include "cli/command.h"
#include "cli/options.h"

static const char DOC[] =
    "Show what is in a bundle: id, experiments with variants and the probabilities at the root, segment tree,\n"
    "feature schema, encoder, tensors.\v"
    "A file that is no usable bundle is refused with the tensor or field that is wrong. Exit code 1 also if the\n"
    "id is not that of the file's bytes: the file was then changed after it was written.\n\n"
    "Example:\n  samplit bundle inspect bundle.safetensors\n";

enum { OPTION_JSON = 256 };
static const struct argp_option OPTIONS[] = {
    {"json", OPTION_JSON, 0, 0, "One JSON document", 0},
    {0},
};

typedef struct settings {
    const char *verb, *bundle;
    bool json;
} settings;

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    settings *s = state->input;
    switch (key) {
    case OPTION_JSON: s->json = true; return 0;
    case ARGP_KEY_ARG:
        if (!s->verb && strcmp(argument, "inspect") != 0)
            argp_error(state, "no `bundle %s`; there is `inspect`", argument);
        if (s->bundle) argp_error(state, "one bundle at a time");
        if (s->verb) {
            s->bundle = argument;
        } else {
            s->verb = argument;
        }
        return 0;
    case ARGP_KEY_END:
        if (!s->bundle) argp_error(state, "which bundle?");
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

int spl_cmd_bundle(int argc, char **argv)
{
    const struct argp argp = {OPTIONS, parse_option, "inspect BUNDLE", DOC, NULL, NULL, NULL};
    settings s = {0};
    setlocale(LC_CTYPE, "");
    if (argp_parse(&argp, argc, argv, 0, NULL, &s) != 0) return 2;
    spl_bundle_file file;
    spl_error error = {0};
    if (!spl_bundle_file_open(s.bundle, &file, &error)) return spl_cli_fail("bundle", &error);
    int code = inspect(&s, &file);
    spl_bundle_file_close(&file);
    return code;
}
