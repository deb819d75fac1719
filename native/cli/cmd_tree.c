// SPDX-License-Identifier: GPL-3.0-or-later
// Draws the segment tree of a bundle, with the figures of the report that lies beside it.
#include <argp.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "bundle/tree_draw.h"
#include "cli/choose.h"
#include "cli/command.h"
#include "cli/options.h"
#include "host/files.h"

static const char DOC[] =
    "Draw the segment tree of a bundle: what was seen in each segment, and what is served there.\v"
    "Visits, rates and lift come from the report that `samplit learn` writes beside the bundle (X.report.json for\n"
    "X.safetensors); without it the policy alone is drawn. Where a segment does not serve on its own, the drawing\n"
    "names the one that serves for it. An output name that ends in .txt, .json, .html or .dot also sets the format.\n\n"
    "Example:\n  samplit tree bundle.safetensors --out tree.html\n"
    "  samplit tree bundle.safetensors --format dot | dot -Tsvg -o tree.svg\n";

enum { OPTION_FORMAT = 256, OPTION_EXPERIMENT, OPTION_REPORT, OPTION_DEPTH, OPTION_OUT, OPTION_JSON };
static const struct argp_option OPTIONS[] = {
    {"format", OPTION_FORMAT, "FORMAT", 0, "ascii (default), json, html or dot", 0},
    {"json", OPTION_JSON, 0, 0, "The same as --format json", 0},
    {"experiment", OPTION_EXPERIMENT, "KEY", 0, "Which experiment, if the bundle has several", 0},
    {"report", OPTION_REPORT, "FILE", 0, "The bundle's report, if it does not lie beside it", 0},
    {"depth", OPTION_DEPTH, "N", 0, "Levels below the root to draw (default all)", 0},
    {"out", OPTION_OUT, "FILE", 0, "Where to write (default standard output)", 0},
    {0},
};

typedef enum format { ASCII, JSON, HTML, DOT, FORMATS } format;
static const char *const FORMAT_NAMES[FORMATS] = {"ascii", "json", "html", "dot"};
static const char *const FORMAT_ENDINGS[FORMATS] = {".txt", ".json", ".html", ".dot"};

typedef struct settings {
    const char *bundle, *experiment, *report, *out;
    format format;
    bool format_given;
    uint64_t depth;
} settings;

static bool parse_format(const char *text, settings *s)
{
    for (int f = 0; f < FORMATS; f++) {
        if (strcmp(text, FORMAT_NAMES[f]) != 0) continue;
        s->format = (format)f;
        s->format_given = true;
        return true;
    }
    return false;
}

static void check_paths(const settings *s, struct argp_state *state)
{
    char problem[512];
    const char *const reads[] = {s->bundle, s->report}, *const writes[] = {s->out};
    if (!spl_cli_paths_apart(reads, 2, writes, 1, problem, sizeof problem)) argp_error(state, "%s", problem);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    settings *s = state->input;
    switch (key) {
    case OPTION_FORMAT:
        if (!parse_format(argument, s)) argp_error(state, "--format %s: expected ascii, json, html or dot", argument);
        return 0;
    case OPTION_JSON: return parse_format("json", s) ? 0 : EINVAL;
    case OPTION_EXPERIMENT: s->experiment = argument; return 0;
    case OPTION_REPORT: s->report = argument; return 0;
    case OPTION_OUT: s->out = argument; return 0;
    case OPTION_DEPTH:
        if (!spl_cli_u64(argument, &s->depth)) argp_error(state, "--depth %s: expected a whole number", argument);
        return 0;
    case ARGP_KEY_ARG:
        if (s->bundle) argp_error(state, "one bundle at a time");
        s->bundle = argument;
        return 0;
    case ARGP_KEY_END:
        if (!s->bundle) argp_error(state, "which bundle?");
        check_paths(s, state);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static void format_by_name(settings *s)
{
    size_t size = strlen(s->out);
    for (int f = 0; f < FORMATS && !s->format_given; f++) {
        size_t ending = strlen(FORMAT_ENDINGS[f]);
        if (size > ending && strcmp(s->out + size - ending, FORMAT_ENDINGS[f]) == 0) s->format = (format)f;
    }
}

static bool draw(const spl_view *view, format how, FILE *out)
{
    switch (how) {
    case JSON: return spl_tree_json(view, out);
    case HTML: return spl_tree_html(view, out);
    case DOT: return spl_tree_dot(view, out);
    default: return spl_tree_ascii(view, strcmp(nl_langinfo(CODESET), "UTF-8") == 0, out);
    }
}

static bool write_drawing(const settings *s, const spl_view *view, spl_error *error)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    bool drawn = out && draw(view, s->format, out);
    if (out && fclose(out) != 0) drawn = false;
    bool ok = drawn ? spl_file_write(s->out, text, size, error) : spl_fail(error, "out of memory");
    free(text);
    return ok;
}

static int run(const settings *s, const spl_bundle *bundle)
{
    uint32_t experiment, depth = s->depth < SPL_TREE_DEPTH_MAX ? (uint32_t)s->depth : SPL_TREE_DEPTH_MAX;
    int refused = spl_cli_experiment("tree", bundle, s->experiment, &experiment);
    if (refused) return refused;
    spl_error error = {0};
    spl_report *report;
    spl_view view = {0};
    bool ok = spl_cli_report("tree", s->bundle, s->report, bundle, experiment, &report, &error) &&
              spl_view_make(bundle, experiment, report, depth, &view, &error) && write_drawing(s, &view, &error);
    spl_view_free(&view);
    spl_report_free(report);
    return ok ? 0 : spl_cli_fail("tree", &error);
}

int spl_cmd_tree(int argc, char **argv)
{
    const struct argp argp = {OPTIONS, parse_option, "BUNDLE", DOC, NULL, NULL, NULL};
    settings s = {.out = "-", .depth = SPL_TREE_DEPTH_MAX};
    setlocale(LC_CTYPE, "");
    if (argp_parse(&argp, argc, argv, 0, NULL, &s) != 0) return 2;
    format_by_name(&s);
    spl_bundle_file file;
    spl_error error = {0};
    if (!spl_bundle_file_open(s.bundle, &file, &error)) return spl_cli_fail("tree", &error);
    int code = run(&s, &file.bundle);
    spl_bundle_file_close(&file);
    return code;
}
