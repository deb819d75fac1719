// SPDX-License-Identifier: GPL-3.0-or-later
// samplit plan check: what is wrong with an experiment before it starts.
#include <argp.h>
#include <cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/options.h"
#include "evaluate/plan_read.h"
#include "host/visible.h"

static const char DOC[] =
    "Check the plan of an experiment before it starts: can it be achieved with this traffic, is it set up right, and\n"
    "what would mend it?\v"
    "The plan is a JSON file; docs/statistics.md lists its fields. With --log, a log of the same site is asked "
    "whether\n"
    "the outcome is sent at all, and whether baseline and traffic are what the plan thinks. Exit code 1 if there is an "
    "error.\n\n"
    "Example:\n"
    "  samplit plan check plan.json --log events.ndjson\n"
    "with plan.json\n"
    "  {\"experiment\": \"hero\", \"variants\": [\"control\", \"urgency\"], \"control\": \"control\",\n"
    "   \"outcome\": {\"name\": \"purchase\", \"baseline\": 0.05}, \"lift\": 0.1, \"per_day\": 4000, \"days\": 28}\n";

enum { OPTION_LOG = 256, OPTION_JSON };
static const struct argp_option OPTIONS[] = {
    {"log", OPTION_LOG, "EVENTS", 0, "A log of the same site", 0},
    {"json", OPTION_JSON, 0, 0, "One JSON document", 0},
    {0},
};

typedef struct settings {
    const char *verb, *plan, *log;
    bool json;
} settings;

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    settings *s = state->input;
    switch (key) {
    case OPTION_LOG: s->log = text; break;
    case OPTION_JSON: s->json = true; break;
    case ARGP_KEY_ARG:
        if (!s->verb && strcmp(text, "check") != 0) argp_error(state, "no `plan %s`; there is `check`", text);
        if (s->plan) argp_error(state, "one plan at a time");
        if (s->verb)
            s->plan = text;
        else
            s->verb = text;
        break;
    case ARGP_KEY_END:
        if (!s->plan) argp_error(state, "which plan?");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static char *visible(const char *text)
{
    char *out = spl_visible((spl_text){text, strlen(text)}, true);
    return out ? out : strdup("?");
}

static void print_text(const spl_finding *findings, uint32_t count, uint32_t errors)
{
    static const char *const marks[] = {"ERROR  ", "warning", "note   "};
    for (uint32_t i = 0; i < count; i++) {
        char *reason = visible(findings[i].reason), *fix = visible(findings[i].fix);
        printf("%s  %s: %s.\n         -> %s.\n", marks[findings[i].severity], findings[i].check, reason, fix);
        free(reason);
        free(fix);
    }
    if (count > 0) putchar('\n');
    if (errors > 0)
        printf("Not ready: %u error%s.\n", errors, errors == 1 ? "" : "s");
    else
        puts(count > 0 ? "Ready, with the above in mind." : "Ready: nothing found.");
}

static void print_json(const spl_finding *findings, uint32_t count, uint32_t errors)
{
    cJSON *root = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(root, "findings");
    cJSON_AddBoolToObject(root, "ready", errors == 0);
    for (uint32_t i = 0; i < count; i++) {
        char *reason = visible(findings[i].reason), *fix = visible(findings[i].fix);
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "severity", spl_severity_name(findings[i].severity));
        cJSON_AddStringToObject(item, "check", findings[i].check);
        cJSON_AddStringToObject(item, "reason", reason);
        cJSON_AddStringToObject(item, "fix", fix);
        cJSON_AddItemToArray(list, item);
        free(reason);
        free(fix);
    }
    char *text = cJSON_Print(root);
    if (text) puts(text);
    free(text);
    cJSON_Delete(root);
}

int spl_cmd_plan(int argc, char **argv)
{
    const struct argp parser = {OPTIONS, parse_option, "check PLAN", DOC, NULL, NULL, NULL};
    settings s = {0};
    if (argp_parse(&parser, argc, argv, 0, NULL, &s) != 0) return 2;
    spl_error error = {0};
    spl_plan_file file;
    spl_plan_log log;
    spl_event_lines walk = {0};
    char text[1024];
    spl_finding findings[SPL_FINDINGS_MAX];
    if (!spl_plan_read(s.plan, &file, &error)) return spl_cli_fail("plan", &error);
    if (s.log && !spl_plan_log_read(s.log, &file.plan, &log, &walk, &error)) {
        spl_plan_file_free(&file);
        return spl_cli_fail("plan", &error);
    }
    if (walk.bad_lines > 0)
        spl_cli_warn("plan", "%" PRIu64 " of %" PRIu64 " lines are no events; the first: %s", walk.bad_lines,
                     walk.lines, spl_error_format(&walk.first_bad, text, sizeof text));
    uint32_t count = spl_plan_check(&file.plan, s.log ? &log : NULL, findings), errors = 0;
    while (errors < count && findings[errors].severity == SPL_SEVERITY_ERROR) errors++;
    (s.json ? print_json : print_text)(findings, count, errors);
    spl_plan_file_free(&file);
    return errors > 0;
}
