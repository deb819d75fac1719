// SPDX-License-Identifier: GPL-3.0-or-later
// Learns a bundle anew when it no longer fits, and lets go of the old one only if the new one is not worse.
#include <inttypes.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_drift.h"
#include "cli/cmd_retrain.h"
#include "cli/command.h"
#include "cli/options.h"
#include "host/files.h"
#include "host/spool.h"

#define MARGIN 0.05
#define FOLDS 5

static const char DOC[] =
    "Hold a bundle against a log; if it has drifted or is stale, learn it anew, and write the new one if it is not "
    "worse.\v"
    "Learns with the settings of the old bundle, which stand in its lineage. Units are dealt into folds; what is "
    "learned\n"
    "without a fold is valued on it beside the old bundle (SNIPS). The new bundle, learned from all units, is written\n"
    "with its report only if the 95 % interval of its gain stays above minus --margin times the old value; else the\n"
    "exit code is 1 and nothing is written. When there is no need, that is said and the exit code is 0.\n"
    "An encoder or clusters without a policy are made anew from rows or a log and judged on the fifth of it that was\n"
    "held out; those in a policy's bundle are made anew with --encoder or --clusters, or when they have drifted.\n"
    "docs/drift.md has more.\n\n"
    "Example:\n"
    "  samplit retrain bundle.safetensors events.ndjson --if-drift 0.2 --out new.safetensors\n"
    "  samplit retrain clusters.safetensors sessions.csv --out new.safetensors\n";

enum {
    OPTION_IF_DRIFT = 512,
    OPTION_ALWAYS,
    OPTION_MARGIN,
    OPTION_FOLDS,
    OPTION_OUT,
    OPTION_JSON,
    OPTION_ENCODER,
    OPTION_CLUSTERS
};

static const struct argp_option OPTIONS[] = {
    {"if-drift", OPTION_IF_DRIFT, "PSI", 0, "The index from which a drift counts (default 0.2)", 0},
    {"always", OPTION_ALWAYS, 0, 0, "Learn anew whether or not anything drifted", 0},
    {"margin", OPTION_MARGIN, "SHARE", 0, "How much less than the old one the new one may earn (default 0.05)", 0},
    {"folds", OPTION_FOLDS, "N", 0, "Folds of the validation, 2 to 20 (default 5)", 0},
    {"encoder", OPTION_ENCODER, 0, 0, "Train a policy's encoder anew too (and its clusters), drifted or not", 0},
    {"clusters", OPTION_CLUSTERS, 0, 0, "Choose a policy's clusters anew too, drifted or not", 0},
    {"out", OPTION_OUT, "FILE", 0, "Where to write the bundle (default X.new.safetensors for X.safetensors)", 0},
    {"json", OPTION_JSON, 0, 0, "One JSON document", 0},
    {0},
};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    spl_retrain_run *r = state->input;
    uint64_t folds;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &r->drift; return 0;
    case OPTION_IF_DRIFT:
        if (!spl_cli_double(text, &r->drift.config.limit) || r->drift.config.limit <= 0)
            argp_error(state, "--if-drift %s: expected an index such as 0.2", text);
        if (r->drift.config.watch > r->drift.config.limit) r->drift.config.watch = r->drift.config.limit;
        return 0;
    case OPTION_ALWAYS: r->always = true; return 0;
    case OPTION_MARGIN:
        if (!spl_cli_double(text, &r->margin) || r->margin < 0 || r->margin > 1)
            argp_error(state, "--margin %s: expected a share from 0 to 1", text);
        return 0;
    case OPTION_FOLDS:
        if (!spl_cli_u64(text, &folds) || folds < 2 || folds > SPL_RETRAIN_FOLDS_MAX)
            argp_error(state, "--folds %s: expected 2 to %d", text, SPL_RETRAIN_FOLDS_MAX);
        r->folds = (uint32_t)folds;
        return 0;
    case OPTION_OUT: r->out = text; return 0;
    case OPTION_JSON: r->json = true; return 0;
    case OPTION_ENCODER: r->encoder = true; return 0;
    case OPTION_CLUSTERS: r->clusters = true; return 0;
    case ARGP_KEY_END:
        if (spl_path_is_dash(r->drift.bundle_path))
            argp_error(state, "the bundle is read again when it is learned anew: give a file");
        if (spl_path_is_dash(r->out)) argp_error(state, "--out: two files are written, so give a name");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

// --- where to ---------------------------------------------------------------------------------------------

// X.new.safetensors beside X.safetensors. From malloc.
static char *name_beside(const char *bundle)
{
    static const char ending[] = ".safetensors";
    size_t size = strlen(bundle), cut = sizeof ending - 1;
    if (size > cut && strcmp(bundle + size - cut, ending) == 0) size -= cut;
    char *name = malloc(size + sizeof ".new.safetensors");
    if (name) sprintf(name, "%.*s.new.safetensors", (int)size, bundle);
    return name;
}

static int settle_paths(spl_retrain_run *r)
{
    char problem[512];
    r->out_path = r->out ? strdup(r->out) : name_beside(r->drift.bundle_path);
    r->out_report = r->out_path ? spl_report_path(r->out_path) : NULL;
    char *report = spl_report_path(r->drift.bundle_path);
    const char *const reads[] = {r->drift.bundle_path, r->drift.events, r->drift.report_path, report};
    const char *const writes[] = {r->out_path, r->out_report};
    int code = 0;
    if (!r->out_path || !r->out_report || !report) {
        spl_error error;
        spl_fail(&error, "out of memory");
        code = spl_cli_fail("retrain", &error);
    } else if (!spl_cli_paths_apart(reads, 4, writes, 2, problem, sizeof problem)) {
        code = spl_cli_misuse("retrain", "%s", problem);
    }
    free(report);
    return code;
}

// --- the run ----------------------------------------------------------------------------------------------

static bool judge(spl_retrain_run *r, spl_error *error)
{
    char why[2048];
    if (!spl_drift_finish(&r->drift, error)) return false;
    r->needed = spl_drift_calls(&r->drift, why, sizeof why) || r->always || r->encoder || r->clusters;
    return r->drift.part || spl_retrain_find_parts(r, error);
}

static bool learn_anew(spl_retrain_run *r, spl_error *error)
{
    if (r->drift.part) return spl_retrain_part(r, error);
    if (!spl_retrain_validate(r, error)) return false;
    spl_retrain_decide(r);
    return !r->accepted || spl_retrain_write(r, error);
}

static bool work(spl_retrain_run *r, spl_error *error)
{
    spl_spool spool;
    const char *given = r->drift.events;
    if (!spl_spool_open(given, &spool, error)) return false;
    r->given = given;
    r->drift.events = spl_spool_path(&spool);
    bool ok = judge(r, error) && (!r->needed || learn_anew(r, error));
    if (!ok) spl_spool_blame(&spool, error);
    spl_spool_close(&spool);
    return ok;
}

static int run(spl_retrain_run *r)
{
    spl_error error = {0};
    int code = spl_drift_start(&r->drift);
    if (code == 0 && r->drift.part && (r->encoder || r->clusters))
        code = spl_cli_misuse("retrain", "--encoder and --clusters are for the parts of a policy's bundle");
    if (code == 0) code = settle_paths(r);
    if (code != 0) return code;
    if (!work(r, &error)) return spl_cli_fail("retrain", &error);
    if (!(r->json ? spl_retrain_print_json : spl_retrain_print)(r, stdout) || fflush(stdout) != 0) {
        spl_fail(&error, "cannot write to standard output");
        return spl_cli_fail("retrain", &error);
    }
    return r->needed && !r->accepted ? 1 : 0;
}

int spl_cmd_retrain(int argc, char **argv)
{
    const struct argp_child children[] = {{&spl_drift_options, 0, NULL, 0}, {0}};
    const struct argp argp = {OPTIONS, parse_option, "BUNDLE EVENTS|ROWS", DOC, children, NULL, NULL};
    static spl_retrain_run r;
    r = (spl_retrain_run){
        .drift = {.command = "retrain", .walk = spl_walk_default(), .config = spl_drift_config_default()},
        .margin = MARGIN,
        .folds = FOLDS};
    r.drift.walk.window_ms = 0;
    setlocale(LC_CTYPE, "");
    if (argp_parse(&argp, argc, argv, 0, NULL, &r) != 0) return 2;
    int code = run(&r);
    cJSON_Delete(r.validation);
    free(r.out_path);
    free(r.out_report);
    spl_retrain_model_free(&r);
    spl_drift_close(&r.drift);
    return code;
}
