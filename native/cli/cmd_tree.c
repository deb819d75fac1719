// SPDX-License-Identifier: GPL-3.0-or-later
// Draws the segment tree of a bundle, with the figures of the report that lies beside it, and answers questions about
// it.
#include <argp.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "bundle/tree_ask.h"
#include "bundle/tree_draw.h"
#include "cli/choose.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/read_option.h"
#include "events/event_context.h"
#include "host/files.h"

static const char DOC[] =
    "Draw the segment tree of a bundle: what was seen in each segment, and what is served there.\v"
    "Visits, rates and lift come from the report that `samplit learn` writes beside the bundle (X.report.json for\n"
    "X.safetensors); without it the policy alone is drawn. Where a segment does not serve on its own, the drawing\n"
    "names the one that serves for it. An output name that ends in .txt, .json, .html or .dot also sets the format.\n\n"
    "Example:\n  samplit tree bundle.safetensors --out tree.html\n"
    "  samplit tree bundle.safetensors --format dot | dot -Tsvg -o tree.svg\n"
    "  samplit tree bundle.safetensors --children 'country:US'\n"
    "  samplit tree bundle.safetensors --context '{\"country\":\"US\",\"device\":\"tablet\"}'\n";

enum {
    OPTION_FORMAT = 256,
    OPTION_EXPERIMENT,
    OPTION_REPORT,
    OPTION_DEPTH,
    OPTION_OUT,
    OPTION_JSON,
    OPTION_CONTEXT,
    OPTION_ASK
};
static const struct argp_option OPTIONS[] = {
    {"format", OPTION_FORMAT, "FORMAT", 0, "ascii (default), json, html or dot", 0},
    {"json", OPTION_JSON, 0, 0, "The same as --format json", 0},
    {"experiment", OPTION_EXPERIMENT, "KEY", 0, "Which experiment, if the bundle has several", 0},
    {"report", OPTION_REPORT, "FILE", 0, "The bundle's report, if it does not lie beside it", 0},
    {"depth", OPTION_DEPTH, "N", 0, "Levels below the root to draw (default all)", 0},
    {"out", OPTION_OUT, "FILE", 0, "Where to write (default standard output)", 0},
    {0, 0, 0, 0, "Instead of the drawing, as a table or with --json (KEY: global, or country:US|device:mobile):", 1},
    {"find", OPTION_ASK + SPL_ASK_NODE, "KEY", 0, "One segment with all its figures", 1},
    {"path", OPTION_ASK + SPL_ASK_PATH, "KEY", 0, "The segments that such a visitor falls into, and which one serves",
     1},
    {"context", OPTION_CONTEXT, "JSON", 0, "The same for a context as `samplit decide` takes it", 1},
    {"children", OPTION_ASK + SPL_ASK_CHILDREN, "KEY", 0, "The segments right below one", 1},
    {"ancestors", OPTION_ASK + SPL_ASK_ANCESTORS, "KEY", 0, "The segments above one, the root first", 1},
    {0},
};

typedef enum format { ASCII, JSON, HTML, DOT, FORMATS } format;
static const char *const FORMAT_NAMES[FORMATS] = {"ascii", "json", "html", "dot"};
static const char *const FORMAT_ENDINGS[FORMATS] = {".txt", ".json", ".html", ".dot"};

typedef struct settings {
    const char *bundle, *experiment, *report, *out;
    const char *key, *context; // what is asked about
    spl_tree_question question;
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

static void ask(settings *s, int key, const char *argument, struct argp_state *state)
{
    if (s->key || s->context)
        argp_error(state, "one of --find, --path, --context, --children and --ancestors at a time");
    if (key == OPTION_CONTEXT) {
        s->context = argument;
    } else {
        s->key = argument;
        s->question = (spl_tree_question)(key - OPTION_ASK);
    }
}

static void check_question(const settings *s, struct argp_state *state)
{
    if (!s->key && !s->context) return;
    if (s->format != ASCII && s->format != JSON) argp_error(state, "a question is answered as a table or with --json");
    if (s->depth < SPL_TREE_DEPTH_MAX) argp_error(state, "--depth is for drawings");
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    settings *s = state->input;
    switch (key) {
    case OPTION_CONTEXT:
    case OPTION_ASK + SPL_ASK_NODE:
    case OPTION_ASK + SPL_ASK_PATH:
    case OPTION_ASK + SPL_ASK_CHILDREN:
    case OPTION_ASK + SPL_ASK_ANCESTORS: ask(s, key, argument, state); return 0;
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
        check_question(s, state);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static bool is_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static bool draw(const spl_view *view, format how, FILE *out)
{
    switch (how) {
    case JSON: return spl_tree_json(view, out);
    case HTML: return spl_tree_html(view, out);
    case DOT: return spl_tree_dot(view, out);
    default: return spl_tree_ascii(view, is_utf8(), out);
    }
}

static bool ask_context(const settings *s, const spl_view *view, spl_tree_answer *answer, spl_error *error)
{
    spl_json_line json = {0};
    spl_named_field *named = calloc(SPL_ATTRIBUTES_MAX, sizeof *named);
    spl_field *fields = calloc(SPL_ATTRIBUTES_MAX, sizeof *fields);
    spl_context *context = calloc(1, sizeof *context);
    uint32_t count;
    bool ok = (named && fields && context) || spl_fail(error, "out of memory");
    ok = ok && spl_event_context_parse(&json, (spl_text){s->context, strlen(s->context)}, named, &count, error);
    if (!ok && error->field[0] == '\0') snprintf(error->field, sizeof error->field, "--context");
    for (uint32_t i = 0; ok && i < count; i++) fields[i] = named[i].field;
    if (ok) spl_context_build(context, fields, count);
    ok = ok && spl_tree_ask_context(view, context, answer, error);
    free(context);
    free(fields);
    free(named);
    spl_json_line_free(&json);
    return ok;
}

static bool write_text(const settings *s, const spl_view *view, const spl_tree_answer *answer, spl_error *error)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    bool drawn = out && (!answer             ? draw(view, s->format, out)
                         : s->format == JSON ? spl_tree_answer_json(view, answer, out)
                                             : spl_tree_answer_text(view, answer, is_utf8(), out));
    if (out && fclose(out) != 0) drawn = false;
    bool ok = drawn ? spl_file_write(s->out, text, size, error) : spl_fail(error, "out of memory");
    free(text);
    return ok;
}

// The drawing, or the answer to the question.
static bool write_drawing(const settings *s, const spl_view *view, spl_error *error)
{
    spl_tree_answer answer = {0};
    if (!s->key && !s->context) return write_text(s, view, NULL, error);
    bool ok = s->context ? ask_context(s, view, &answer, error)
                         : spl_tree_ask(view, s->question, (spl_text){s->key, strlen(s->key)}, &answer, error);
    ok = ok && write_text(s, view, &answer, error);
    spl_tree_answer_free(&answer);
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
    if (!s.format_given) s.format = (format)spl_cli_format_of(s.out, FORMAT_ENDINGS, FORMATS, s.format);
    spl_bundle_file file;
    spl_error error = {0};
    if (!spl_bundle_file_open(s.bundle, &file, &error)) return spl_cli_fail("tree", &error);
    int code = run(&s, &file.bundle);
    spl_bundle_file_close(&file);
    return code;
}
