// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a bundle still fits the visits it serves.
#include "cli/cmd_drift.h"

#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/choose.h"
#include "cli/command.h"
#include "cli/given_file.h"
#include "cli/options.h"
#include "cli/read_option.h"
#include "events/event_stamp.h"
#include "host/files.h"
#include "learn/drift/reference_json.h"
#include "learn/lineage.h"

#define HOUR_MS INT64_C(3600000)

static const char DOC[] =
    "Hold a bundle against a log: do its visits, segments, assignments and rewards still look as they did when it was "
    "learned? An encoder or clusters without a policy are held against rows or a log: visitors, and where they fall.\v"
    "Needs the report that was written beside the bundle (X.report.json for X.safetensors). An index (PSI)\n"
    "above 0.1 is to be watched, above 0.2 it has drifted, if chance would do that less than once in a hundred "
    "checks.\n"
    "docs/drift.md says how to read the figures. The exit code is 0 whatever the verdict; with --fail-if it is 1 when\n"
    "the bundle has drifted or is stale.\n\n"
    "Example:\n"
    "  samplit drift bundle.safetensors events.ndjson --since learned\n"
    "  samplit drift bundle.safetensors today.ndjson --fail-if 0.2 || samplit retrain ...\n"
    "  samplit drift clusters.safetensors sessions.csv\n";

enum {
    OPTION_EXPERIMENT = 256,
    OPTION_REPORT,
    OPTION_OUTCOME,
    OPTION_WINDOW,
    OPTION_SINCE,
    OPTION_UNTIL,
    OPTION_NOW,
    OPTION_STALE,
    OPTION_IGNORE,
    OPTION_MAX_BAD,
    OPTION_FAIL_IF,
    OPTION_JSON,
};

static const struct argp_option COMMON[] = {
    {"experiment", OPTION_EXPERIMENT, "KEY", 0, "Which experiment, if the bundle has several", 0},
    {"report", OPTION_REPORT, "FILE", 0, "The bundle's report, if it does not lie beside it", 0},
    {"outcome", OPTION_OUTCOME, "NAME", 0, "Which outcome is the reward (default as learned)", 0},
    {"window", OPTION_WINDOW, "TIME", 0, "Attribution window (default as learned)", 0},
    {"since", OPTION_SINCE, "TIME", 0,
     "Compare visits from then on only: 2026-01-05, 2026-01-05T12:00:00Z, or `learned` for those newer than what the "
     "bundle was learned from",
     0},
    {"until", OPTION_UNTIL, "TIME", 0, "Compare visits before then only", 0},
    {"now", OPTION_NOW, "TIME", 0, "The time that age is counted to (default the log's newest visit)", 0},
    {"stale-after", OPTION_STALE, "TIME", 0, "Age from which a bundle is stale (default 7d; 0 = never)", 0},
    {"ignore", OPTION_IGNORE, "A,B", 0, "Attributes that are not compared, such as hour in a log of half a day", 0},
    {"max-bad", OPTION_MAX_BAD, "PERCENT", 0, "Fail when more lines than that cannot be read (default 1)", 0},
    {0},
};

static const struct argp_option OPTIONS[] = {
    {"fail-if", OPTION_FAIL_IF, "PSI", 0, "Exit with 1 if an index is above PSI, rewards moved apart, or it is stale",
     0},
    {"json", OPTION_JSON, 0, 0, "One JSON document", 0},
    {0},
};

typedef struct settings {
    spl_drift_run run;
    bool fail, json;
} settings;

static void read_time(struct argp_state *state, const char *option, const char *text, int64_t *out)
{
    if (!spl_given_time(text, out))
        argp_error(state, "--%s %s: expected a date such as 2026-01-05, or 2026-01-05T12:00:00Z", option, text);
}

static void read_duration(struct argp_state *state, const char *option, const char *text, bool zero, int64_t *out)
{
    if (!spl_cli_duration(text, out) || (*out == 0 && !zero))
        argp_error(state, "--%s %s: expected a time such as 24h, 30m or 7d", option, text);
}

static void read_ignored(struct argp_state *state, const char *text, spl_drift_run *run)
{
    size_t count = spl_cli_split(text, ',', run->ignored, SPL_DRIFT_IGNORED_MAX);
    if (count > SPL_DRIFT_IGNORED_MAX) argp_error(state, "--ignore: at most %d", SPL_DRIFT_IGNORED_MAX);
    run->config.ignore_count = (uint32_t)count;
    run->config.ignore = run->ignored;
}

static error_t parse_common(int key, char *text, struct argp_state *state)
{
    spl_drift_run *run = state->input;
    switch (key) {
    case OPTION_EXPERIMENT: run->experiment_key = text; return 0;
    case OPTION_REPORT: run->report_path = text; return 0;
    case OPTION_OUTCOME: run->walk.outcome = text; return 0;
    case OPTION_WINDOW: read_duration(state, "window", text, false, &run->walk.window_ms); return 0;
    case OPTION_SINCE:
        run->since_learned = strcmp(text, "learned") == 0;
        if (!run->since_learned) read_time(state, "since", text, &run->walk.since);
        return 0;
    case OPTION_UNTIL: read_time(state, "until", text, &run->walk.until); return 0;
    case OPTION_NOW: read_time(state, "now", text, &run->config.now_ms); return 0;
    case OPTION_STALE: read_duration(state, "stale-after", text, true, &run->config.stale_ms); return 0;
    case OPTION_IGNORE: read_ignored(state, text, run); return 0;
    case OPTION_MAX_BAD: run->walk.max_bad = spl_cli_read_max_bad(state, text); return 0;
    case ARGP_KEY_ARG:
        if (run->events) argp_error(state, "one bundle and one log at a time");
        if (run->bundle_path) {
            run->events = text;
        } else {
            run->bundle_path = text;
        }
        return 0;
    case ARGP_KEY_END:
        if (!run->events) argp_error(state, "which bundle, and which log?");
        if (spl_path_is_dash(run->bundle_path) && spl_path_is_dash(run->events))
            argp_error(state, "bundle and log cannot both come from standard input");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp spl_drift_options = {COMMON, parse_common, NULL, NULL, NULL, NULL, NULL};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    settings *s = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &s->run; return 0;
    case OPTION_FAIL_IF:
        if (!spl_cli_double(text, &s->run.config.limit) || s->run.config.limit <= 0)
            argp_error(state, "--fail-if %s: expected an index such as 0.2", text);
        if (s->run.config.watch > s->run.config.limit) s->run.config.watch = s->run.config.limit;
        s->fail = true;
        return 0;
    case OPTION_JSON: s->json = true; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

// --- a run ------------------------------------------------------------------------------------------------

static bool read_report(spl_drift_run *run, spl_error *error)
{
    const spl_bundle *bundle = &run->file.bundle;
    char *path = run->report_path ? strdup(run->report_path) : spl_report_path(run->bundle_path);
    if (!path) return spl_fail(error, "out of memory");
    bool ok = spl_report_read(path, bundle, run->experiment, &run->report, error);
    if (ok && !run->report->reference)
        ok = spl_fail_field(error, "reference", "the report does not say what the visits were like: learn anew");
    if (ok) ok = spl_reference_read(run->report->reference, &run->reference, error);
    if (!ok) spl_fail_at(error, path, 0);
    free(path);
    return ok;
}

// What the command line leaves open is as it was learned.
static void fill_in(spl_drift_run *run)
{
    snprintf(run->outcome, sizeof run->outcome, "%s", run->report->outcome);
    if (!run->walk.outcome && run->outcome[0]) run->walk.outcome = run->outcome;
    char *window = spl_lineage_setting(&run->file.bundle, "window");
    if (run->walk.window_ms == 0 && !(window && spl_cli_duration(window, &run->walk.window_ms)))
        run->walk.window_ms = 24 * HOUR_MS;
    free(window);
    if (run->since_learned && run->reference->exposures > 0) run->walk.since = run->reference->newest_ms + 1;
}

int spl_drift_start(spl_drift_run *run)
{
    spl_error error = {0};
    if (!spl_bundle_file_open(run->bundle_path, &run->file, &error)) return spl_cli_fail(run->command, &error);
    const spl_bundle *bundle = &run->file.bundle;
    run->part = bundle->experiment_count == 0 && (bundle->encoder_count > 0 || bundle->clusters.count > 0);
    if (run->part) return spl_drift_part_start(run, &error) ? 0 : spl_cli_fail(run->command, &error);
    int code = spl_cli_experiment(run->command, &run->file.bundle, run->experiment_key, &run->experiment);
    if (code != 0) return code;
    if (!read_report(run, &error)) return spl_cli_fail(run->command, &error);
    fill_in(run);
    return 0;
}

bool spl_drift_finish(spl_drift_run *run, spl_error *error)
{
    if (run->part) return spl_drift_part_finish(run, error);
    run->walk.what = "measuring drift";
    if (!spl_drift_log_read(run->events, &run->file, run->experiment, run->reference, &run->walk, &run->log, error))
        return false;
    return spl_drift_measure(&run->file.bundle, run->experiment, run->report, run->reference, &run->log, &run->config,
                             &run->drift) ||
           spl_fail(error, "out of memory");
}

void spl_drift_close(spl_drift_run *run)
{
    spl_drift_free(&run->drift);
    spl_drift_log_free(&run->log);
    spl_reference_free(run->reference);
    spl_report_free(run->report);
    spl_bundle_file_close(&run->file);
}

static bool print(const settings *s, spl_error *error)
{
    if (s->json) {
        cJSON *document = spl_drift_json(&s->run);
        char *text = document ? cJSON_Print(document) : NULL;
        if (text) puts(text);
        cJSON_free(text);
        cJSON_Delete(document);
        if (!text) return spl_fail(error, "out of memory");
    } else {
        spl_drift_print(&s->run, strcmp(nl_langinfo(CODESET), "UTF-8") == 0, stdout);
    }
    return fflush(stdout) == 0 || spl_fail(error, "cannot write to standard output");
}

static int run_drift(settings *s)
{
    spl_error error = {0};
    int code = spl_drift_start(&s->run);
    if (code != 0) return code;
    if (!spl_drift_finish(&s->run, &error) || !print(s, &error)) return spl_cli_fail("drift", &error);
    return s->fail && spl_drift_calls(&s->run, NULL, 0) ? 1 : 0;
}

int spl_cmd_drift(int argc, char **argv)
{
    const struct argp_child children[] = {{&spl_drift_options, 0, NULL, 0}, {0}};
    const struct argp argp = {OPTIONS, parse_option, "BUNDLE EVENTS|ROWS", DOC, children, NULL, NULL};
    static settings s;
    s.run = (spl_drift_run){.command = "drift", .walk = spl_walk_default(), .config = spl_drift_config_default()};
    s.run.walk.window_ms = 0;
    setlocale(LC_CTYPE, "");
    if (argp_parse(&argp, argc, argv, 0, NULL, &s) != 0) return 2;
    int code = run_drift(&s);
    spl_drift_close(&s.run);
    return code;
}
