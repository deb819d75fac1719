// SPDX-License-Identifier: GPL-3.0-or-later
// What a bundle's policy would have earned on a log that another policy made.
#include <argp.h>
#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "cli/choose.h"
#include "cli/command.h"
#include "cli/evaluate_gate.h"
#include "cli/options.h"
#include "cli/read_option.h"
#include "evaluate/evaluate_write.h"
#include "host/files.h"
#include "host/progress.h"

static const char DOC[] =
    "Estimate what a bundle's policy earns on a log of another one whose propensities are known, by\n"
    "inverse propensity scores (IPS), their self-normalised form (SNIPS), doubly robust (DR) and DR\n"
    "without the heaviest weights (switch-DR), with 95 % intervals; and with one that holds at every look.\v"
    "Beside it stand the log's plain mean, a uniform split and every single variant. Judge on other units than\n"
    "those that taught the bundle: learn with --fold 0/2, evaluate with --fold 1/2.\n\n"
    "Example:\n  samplit learn events.ndjson --levels country,device --fold 0/2 --out bundle.safetensors\n"
    "  samplit evaluate bundle.safetensors events.ndjson --fold 1/2\n"
    "  samplit evaluate new.safetensors events.ndjson --fold 1/2 --gate old.safetensors   # not worse?\n";

enum {
    OPTION_EXPERIMENT = 256,
    OPTION_OUTCOME,
    OPTION_WINDOW,
    OPTION_FOLD,
    OPTION_CLIP,
    OPTION_SWITCH,
    OPTION_FLOOR,
    OPTION_REWARDS,
    OPTION_MAX_BAD,
    OPTION_GATE,
    OPTION_MARGIN,
    OPTION_BOUND,
    OPTION_JSON,
};
static const struct argp_option OPTIONS[] = {
    {"experiment", OPTION_EXPERIMENT, "KEY", 0, "Which experiment, if the bundle has several", 0},
    {"outcome", OPTION_OUTCOME, "NAME", 0, "The outcome that counts (default the first that finds an exposure)", 0},
    {"window", OPTION_WINDOW, "TIME", 0, "Attribution window (default 24h)", 0},
    {"fold", OPTION_FOLD, "K/N", 0, "Only the units whose hash is K modulo N", 0},
    {"clip", OPTION_CLIP, "W", 0, "Cut weights at W, at least 1: less variance, some bias", 0},
    {"switch", OPTION_SWITCH, "W", 0, "switch-DR leaves weights above W to the model (default: chosen from the log)",
     0},
    {"floor", OPTION_FLOOR, "P", 0,
     "No propensity of the log's policy is below P; for intervals at every look (default: no weight is more than twice "
     "the heaviest before it)",
     0},
    {"rewards", OPTION_REWARDS, "LOW,HIGH", 0, "All rewards lie in between; for intervals at every look (default 0,1)",
     0},
    {"max-bad", OPTION_MAX_BAD, "PERCENT", 0, "Fail when more lines than that cannot be read (default 1)", 0},
    {"gate", OPTION_GATE, "BUNDLE", 0,
     "Hold it against the bundle it is to follow: exit code 1 unless it is surely not worse", 0},
    {"margin", OPTION_MARGIN, "D", 0, "With --gate: how much worse it may be per exposure (default 0)", 0},
    {"bound", OPTION_BOUND, "WHICH", 0,
     "With --gate: every-look (default), which holds however often the gate is asked, or one-look", 0},
    {"json", OPTION_JSON, 0, 0, "One JSON document", 0},
    {0},
};

typedef struct settings {
    const char *bundle, *events, *experiment;
    spl_evaluate_config config;
    double max_bad; // percent of the lines
    spl_gate gate;  // incumbent and margin
    bool json;
} settings;

static void parse_rewards(const char *argument, settings *s, struct argp_state *state)
{
    spl_text parts[2];
    char text[2][40] = {"", ""};
    size_t count = spl_cli_split(argument, ',', parts, 2);
    for (size_t i = 0; i < 2 && count == 2; i++) {
        if (parts[i].size < sizeof text[i]) memcpy(text[i], parts[i].data, parts[i].size);
    }
    spl_ope_cs_config *looks = &s->config.looks;
    if (!spl_cli_double(text[0], &looks->low) || !spl_cli_double(text[1], &looks->high) || !(looks->low < looks->high))
        argp_error(state, "--rewards %s: expected two numbers such as 0,500, the lower one first", argument);
}

static void parse_bound(const char *argument, settings *s, struct argp_state *state)
{
    if (strcmp(argument, "one-look") == 0)
        s->gate.bound = SPL_GATE_ONE_LOOK;
    else if (strcmp(argument, "every-look") != 0)
        argp_error(state, "--bound %s: expected every-look or one-look", argument);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    settings *s = state->input;
    double least;
    switch (key) {
    case OPTION_EXPERIMENT: s->experiment = argument; return 0;
    case OPTION_OUTCOME: s->config.outcome = argument; return 0;
    case OPTION_WINDOW:
        if (!spl_cli_duration(argument, &s->config.window_ms) || s->config.window_ms == 0)
            argp_error(state, "--window %s: expected a time such as 24h, 30m or 7d", argument);
        return 0;
    case OPTION_FOLD: s->config.fold = spl_cli_read_fold(state, argument); return 0;
    case OPTION_CLIP: s->config.clip = spl_cli_read_number(state, "clip", argument, 1, 1e9); return 0;
    case OPTION_SWITCH: s->config.threshold = spl_cli_read_number(state, "switch", argument, 1, 1e9); return 0;
    case OPTION_FLOOR:
        least = spl_cli_read_number(state, "floor", argument, 1e-9, 1);
        s->config.looks.heaviest = 1 / least;
        return 0;
    case OPTION_REWARDS: parse_rewards(argument, s, state); return 0;
    case OPTION_BOUND: parse_bound(argument, s, state); return 0;
    case OPTION_MAX_BAD: s->max_bad = spl_cli_read_number(state, "max-bad", argument, 0, 100); return 0;
    case OPTION_GATE: s->gate.incumbent = argument; return 0;
    case OPTION_MARGIN: s->gate.margin = spl_cli_read_number(state, "margin", argument, 0, 1e9); return 0;
    case OPTION_JSON: s->json = true; return 0;
    case ARGP_KEY_ARG:
        if (s->events) argp_error(state, "one bundle and one log at a time");
        if (s->bundle) {
            s->events = argument;
        } else {
            s->bundle = argument;
        }
        return 0;
    case ARGP_KEY_END:
        if (!s->events) argp_error(state, "which bundle, and which log?");
        if (spl_path_is_dash(s->bundle) && spl_path_is_dash(s->events))
            argp_error(state, "bundle and log cannot both come from standard input");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static bool read_lines(spl_reader *reader, spl_evaluation *evaluation, spl_error *error)
{
    spl_progress progress = spl_progress_start("evaluating");
    bool ok = true;
    while (ok) {
        spl_text line;
        spl_error bad = {0};
        int got = spl_reader_line(reader, &line, &bad);
        uint64_t number = spl_reader_line_number(reader);
        if (got == 0) break;
        if (got > 0) {
            ok = spl_evaluate_line(evaluation, line, number, error);
        } else if (bad.line > 0) { // one line is at fault, not the file
            spl_evaluate_bad_line(evaluation, &bad, number);
        } else {
            *error = bad;
            ok = false;
        }
        spl_progress_step(&progress, number, spl_reader_fraction(reader));
    }
    spl_progress_end(&progress);
    return ok;
}

static bool read_log(const settings *s, spl_evaluation *evaluation, spl_error *error)
{
    spl_reader *reader;
    if (!spl_reader_open(s->events, &reader, error)) return false;
    bool ok = read_lines(reader, evaluation, error);
    if (!ok) spl_fail_at(error, s->events, spl_reader_line_number(reader));
    spl_reader_close(reader);
    return ok;
}

// The keys that the log has in place of the one asked for.
static bool fail_empty(const spl_evaluation *e, const char *path, spl_error *error)
{
    char keys[400] = "";
    size_t at = 0;
    for (uint32_t i = 0; i < e->experiments.count && at < sizeof keys; i++)
        at += (size_t)snprintf(keys + at, sizeof keys - at, "%s%s", i ? ", " : "", e->experiments.name[i]);
    if (e->counts.other_fold > 0) {
        spl_fail(error, "no usable exposure of experiment %.*s in this fold", (int)e->experiment->key.size,
                 e->experiment->key.data);
    } else if (e->counts.without_propensity > 0) {
        spl_fail_field(error, "propensity",
                       "no exposure has a usable one (a number above 0 and at most 1): "
                       "what another policy earns cannot be known from this log");
    } else if (at > 0) {
        spl_fail(error, "no exposure of experiment %.*s; the log has: %s", (int)e->experiment->key.size,
                 e->experiment->key.data, keys);
    } else {
        spl_fail(error, "no usable exposure of experiment %.*s", (int)e->experiment->key.size, e->experiment->key.data);
    }
    return spl_fail_at(error, path, 0);
}

static bool check_log(const settings *s, const spl_evaluation *e, spl_error *error)
{
    if (100 * (double)e->counts.unreadable > s->max_bad * (double)e->counts.lines) {
        spl_fail_field(error, e->first_bad.field,
                       "%s (%" PRIu64 " of %" PRIu64 " lines could not be read; --max-bad sets how many may)",
                       e->first_bad.text, e->counts.unreadable, e->counts.lines);
        return spl_fail_at(error, s->events, e->first_bad.line);
    }
    return spl_ope_counted(e->ope).exposures > 0 || fail_empty(e, s->events, error);
}

static bool run(const settings *s, spl_evaluation *evaluation, spl_error *error)
{
    spl_join_counts join;
    if (!read_log(s, evaluation, error)) return false;
    spl_evaluate_finish(evaluation, &join);
    if (!check_log(s, evaluation, error)) return false;
    bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    bool ok =
        s->json ? spl_evaluate_json(evaluation, &join, stdout) : spl_evaluate_text(evaluation, &join, utf8, stdout);
    if (!ok) return spl_fail(error, "out of memory");
    return fflush(stdout) == 0 || spl_fail(error, "cannot write to standard output");
}

static int pass_gate(const settings *s, const spl_bundle_file *file)
{
    spl_gate gate = s->gate;
    gate.events = s->events;
    gate.outcome = s->config.outcome;
    gate.window_ms = s->config.window_ms;
    gate.fold = s->config.fold;
    gate.max_bad = s->max_bad / 100;
    gate.looks = s->config.looks;
    gate.json = s->json;
    return spl_cli_gate(&gate, file, s->config.experiment);
}

int spl_cmd_evaluate(int argc, char **argv)
{
    const struct argp argp = {OPTIONS, parse_option, "BUNDLE EVENTS", DOC, NULL, NULL, NULL};
    settings s = {.config = spl_evaluate_config_default(), .max_bad = 1};
    setlocale(LC_CTYPE, "");
    if (argp_parse(&argp, argc, argv, 0, NULL, &s) != 0) return 2;
    spl_bundle_file file;
    spl_error error = {0};
    if (!spl_bundle_file_open(s.bundle, &file, &error)) return spl_cli_fail("evaluate", &error);
    static spl_evaluation evaluation;
    int code = spl_cli_experiment("evaluate", &file.bundle, s.experiment, &s.config.experiment);
    if (code == 0 && s.gate.incumbent) {
        code = pass_gate(&s, &file);
    } else if (code == 0) {
        bool ok = spl_evaluate_start(&file.bundle, &s.config, &evaluation, &error) && run(&s, &evaluation, &error);
        code = ok ? 0 : spl_cli_fail("evaluate", &error);
        spl_evaluate_free(&evaluation);
    }
    spl_bundle_file_close(&file);
    return code;
}
