// SPDX-License-Identifier: GPL-3.0-or-later
#include <argp.h>
#include <cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "cli/command.h"
#include "cli/options.h"
#include "events/replay.h"
#include "host/files.h"
#include "host/visible.h"

#define BAD_LINES_MAX 0.01 // share above which the log is not taken for one

static const char DOC[] =
    "Recompute the decisions in a log that were made with BUNDLE, and report the first that differs. EVENTS may be "
    "gzip, or - for standard input. A decision can be recomputed when its context was logged. The exit code is 1 "
    "if any differs, or if there is none to recompute."
    "\vOf an experiment in apprentice mode it also says how often the policy would have served what the incumbent did: "
    "when that is enough, `bundle set --mode online` lets it serve.\n\nExample:\n"
    "  samplit replay bundle.safetensors events.ndjson.gz";

enum { OPT_JSON = 256 };

static const struct argp_option OPTIONS[] = {{"json", OPT_JSON, NULL, 0, "Report as one JSON document", 0}, {0}};

typedef struct arguments {
    const char *bundle, *events;
    bool json;
} arguments;

static error_t parse(int key, char *argument, struct argp_state *state)
{
    arguments *all = state->input;
    switch (key) {
    case OPT_JSON: all->json = true; break;
    case ARGP_KEY_ARG:
        if (!all->bundle)
            all->bundle = argument;
        else if (!all->events)
            all->events = argument;
        else
            argp_error(state, "one bundle and one log only");
        break;
    case ARGP_KEY_END:
        if (!all->events) argp_error(state, "which bundle and which log?");
        if (spl_path_is_dash(all->bundle) && spl_path_is_dash(all->events))
            argp_error(state, "only one of bundle and log can come from standard input");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp ARGP = {OPTIONS, parse, "BUNDLE EVENTS", DOC, NULL, NULL, NULL};

// Names of the log may hold anything; on a terminal they are made visible.
static void print_shown(const char *label, const char *text)
{
    char *visible = spl_visible((spl_text){text, strlen(text)}, true);
    printf("    %-11s %s\n", label, visible ? visible : "");
    free(visible);
}

static void print_log_name(const char *path)
{
    char *visible = spl_visible((spl_text){path, strlen(path)}, true);
    fputs(spl_path_is_dash(path) ? "standard input" : visible ? visible : "", stdout);
    free(visible);
}

static void print_count(const char *label, uint64_t count)
{
    if (count > 0) printf("  %-16s %10" PRIu64 "\n", label, count);
}

static void print_text(const arguments *all, const spl_bundle *bundle, const spl_replay_report *report)
{
    const spl_replay_counts *counts = &report->counts;
    print_log_name(all->events);
    printf(": %" PRIu64 " exposures, %" PRIu64 " made with bundle %.*s and recomputed\n", counts->exposures,
           counts->checked, (int)bundle->id_hex.size, bundle->id_hex.data);
    print_count("equal", counts->checked - counts->different);
    print_count("different", counts->different);
    if (counts->onlooking > 0)
        printf("  %-16s %9.1f %% of %" PRIu64 " choices of the incumbent\n", "policy matches",
               100 * counts->matched / (double)counts->onlooking, counts->onlooking);
    print_count("other bundle", counts->other_bundle);
    print_count("no context", counts->without_context);
    print_count("outside policy", counts->outside_policy);
    print_count("bad lines", counts->bad_lines);
    if (report->first_line == 0) return;
    printf("\n  first difference: line %" PRIu64 ", %s\n", report->first_line, report->first.field);
    print_shown("logged", report->first.logged);
    print_shown("recomputed", report->first.recomputed);
}

static void add_first(cJSON *json, const spl_replay_report *report)
{
    if (report->first_line == 0) {
        cJSON_AddNullToObject(json, "first");
        return;
    }
    cJSON *first = cJSON_AddObjectToObject(json, "first");
    cJSON_AddNumberToObject(first, "line", (double)report->first_line);
    cJSON_AddStringToObject(first, "field", report->first.field);
    cJSON_AddStringToObject(first, "logged", report->first.logged);
    cJSON_AddStringToObject(first, "recomputed", report->first.recomputed);
}

static void print_json(const spl_bundle *bundle, const spl_replay_report *report)
{
    const spl_replay_counts *counts = &report->counts;
    char id[2 * SPL_BUNDLE_ID_BYTES + 1];
    snprintf(id, sizeof id, "%.*s", (int)bundle->id_hex.size, bundle->id_hex.data);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "bundle", id);
    cJSON_AddNumberToObject(json, "exposures", (double)counts->exposures);
    cJSON_AddNumberToObject(json, "outcomes", (double)counts->outcomes);
    cJSON_AddNumberToObject(json, "checked", (double)counts->checked);
    cJSON_AddNumberToObject(json, "equal", (double)(counts->checked - counts->different));
    cJSON_AddNumberToObject(json, "different", (double)counts->different);
    if (counts->onlooking > 0) {
        cJSON_AddNumberToObject(json, "onlooking", (double)counts->onlooking);
        cJSON_AddNumberToObject(json, "match", counts->matched / (double)counts->onlooking);
    }
    cJSON_AddNumberToObject(json, "other_bundle", (double)counts->other_bundle);
    cJSON_AddNumberToObject(json, "without_context", (double)counts->without_context);
    cJSON_AddNumberToObject(json, "outside_policy", (double)counts->outside_policy);
    cJSON_AddNumberToObject(json, "bad_lines", (double)counts->bad_lines);
    add_first(json, report);
    char *text = cJSON_Print(json);
    printf("%s\n", text ? text : "{}");
    free(text);
    cJSON_Delete(json);
}

// A check that checks nothing must not pass; the counts say where the decisions went.
static int fail_unchecked(const arguments *all, const spl_replay_counts *counts)
{
    spl_error error;
    if (counts->exposures == 0)
        spl_fail(&error, "nothing is recomputed: the log holds no exposure");
    else
        spl_fail(&error,
                 "nothing is recomputed: of %" PRIu64 " exposures, %" PRIu64 " were made with another bundle or none, "
                 "%" PRIu64 " were not decided by a policy, %" PRIu64 " have no context",
                 counts->exposures, counts->other_bundle, counts->outside_policy, counts->without_context);
    spl_fail_at(&error, all->events, 0);
    return spl_cli_fail("replay", &error);
}

// What the numbers mean for the exit code.
static int judge(const arguments *all, const spl_replay_report *report)
{
    const spl_replay_counts *counts = &report->counts;
    char text[sizeof(spl_error) + 32];
    double lines = (double)(counts->exposures + counts->outcomes + counts->bad_lines);
    if (counts->bad_lines > 0)
        spl_cli_warn("replay", "%" PRIu64 " lines are no events; the first: %s", counts->bad_lines,
                     spl_error_format(&report->first_bad, text, (int)sizeof text));
    if (counts->checked == 0) return fail_unchecked(all, counts);
    return counts->different > 0 || (double)counts->bad_lines > BAD_LINES_MAX * lines;
}

static int run(const arguments *all, const spl_bundle_file *file)
{
    spl_replay_report report;
    spl_error error = {0};
    void *memory;
    spl_workspace *workspace = spl_bundle_file_workspace(file, &memory);
    if (!workspace) {
        spl_fail(&error, "out of memory");
        return spl_cli_fail("replay", &error);
    }
    bool done = spl_replay_log(&file->bundle, workspace, all->events, &report, &error);
    free(memory);
    if (!done) return spl_cli_fail("replay", &error);
    if (all->json)
        print_json(&file->bundle, &report);
    else
        print_text(all, &file->bundle, &report);
    return judge(all, &report);
}

int spl_cmd_replay(int argc, char **argv)
{
    arguments all = {0};
    spl_bundle_file file;
    spl_error error = {0};
    argp_parse(&ARGP, argc, argv, 0, NULL, &all);
    if (!spl_bundle_file_open(all.bundle, &file, &error)) return spl_cli_fail("replay", &error);
    int code = run(&all, &file);
    spl_bundle_file_close(&file);
    return code;
}
