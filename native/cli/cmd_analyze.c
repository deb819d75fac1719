// SPDX-License-Identifier: GPL-3.0-or-later
// The report of an experiment and its segments.
#define _GNU_SOURCE // open_memstream
#include <argp.h>
#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "analyze/analyze.h"
#include "analyze/write.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/read_option.h"
#include "host/files.h"

#define BAD_LINES_MAX 0.01
#define COLUMNS_UNKNOWN 100
#define MIN_VISITORS_MAX 1000000000

static const char DOC[] =
    "Analyse an experiment and its segments: which variant wins, how sure that is, for whom it\n"
    "differs, whether the data are healthy, and what to do.\v"
    "Of each unit the first exposure counts. Logs of bandits are weighed by their logged probabilities;\n"
    "the report says how each figure was made. Segments are the values of the attributes in the logged\n"
    "contexts, or in the segment keys where no context was logged, and combinations of them; what is\n"
    "claimed of them is corrected for how many were looked at. docs/analyze.md explains the report.\n\n"
    "Example:\n"
    "  samplit analyze events.ndjson\n"
    "  samplit analyze events.ndjson --outcome purchase --by device,source --html report.html\n"
    "  samplit analyze events.ndjson.gz --json\n";

enum {
    OPTION_EXPERIMENT = 256,
    OPTION_CONTROL,
    OPTION_OUTCOME,
    OPTION_WINDOW,
    OPTION_SHARES,
    OPTION_BY,
    OPTION_DEPTH,
    OPTION_MIN,
    OPTION_ALPHA,
    OPTION_CORRECTION,
    OPTION_EXPECTED,
    OPTION_HTML,
    OPTION_JSON,
};

static const struct argp_option OPTIONS[] = {
    {"experiment", OPTION_EXPERIMENT, "KEY", 0, "Which experiment, if the log has several", 0},
    {"control", OPTION_CONTROL, "VARIANT", 0, "Which variant is the control, where the log does not say", 0},
    {"outcome", OPTION_OUTCOME, "NAME", 0, "Which outcome counts (default the first that joins)", 0},
    {"window", OPTION_WINDOW, "TIME", 0, "How long after an exposure an outcome counts (default 24h)", 0},
    {"shares", OPTION_SHARES, "V=S,...", 0, "Shares of the variants, for a log without probabilities", 0},
    {0, 0, 0, 0, "Segments:", 1},
    {"by", OPTION_BY, "A,A,...", 0,
     "Attributes whose segments are looked at, the one that splits first before the "
     "others (default all)",
     1},
    {"depth", OPTION_DEPTH, "N", 0,
     "Attributes that a segment may combine, 1 to 3 (default 2 for up to 4 attributes, "
     "else 1)",
     1},
    {"min-visitors", OPTION_MIN, "N", 0, "Smaller segments are not looked at (default 100)", 1},
    {0, 0, 0, 0, "Tests:", 2},
    {"alpha", OPTION_ALPHA, "P", 0, "Error of each family of tests; intervals hold with 1 - P (default 0.05)", 2},
    {"correction", OPTION_CORRECTION, "NAME", 0,
     "Of tests in segments: bh (default), by, holm, hochberg, hommel, "
     "bonferroni or none",
     2},
    {"expected", OPTION_EXPECTED, "N", 0,
     "Visitors at which intervals for every look are to be shortest (default 5000)", 2},
    {0, 0, 0, 0, "Output:", 3},
    {"html", OPTION_HTML, "FILE", 0, "Write a page to look at, print or send as well: one file without network", 3},
    {"json", OPTION_JSON, 0, 0, "One JSON document in place of the text", 3},
    {0},
};

typedef struct settings {
    const char *events, *html;
    spl_analyze_settings analyze;
    spl_text names[SPL_VARIANTS_MAX], attributes[SPL_CANDIDATES_MAX];
    double shares[SPL_VARIANTS_MAX];
    bool json;
} settings;

static double positive(struct argp_state *state, const char *option, const char *text)
{
    double value = NAN;
    if (!spl_cli_double(text, &value) || !(value > 0))
        argp_error(state, "--%s: \"%s\" is not a number above 0", option, text);
    return value;
}

static void read_share(struct argp_state *state, settings *s, uint32_t i, spl_text part)
{
    char number[40] = "";
    size_t equals = part.size;
    while (equals > 0 && part.data[equals - 1] != '=') equals--;
    size_t size = part.size - equals;
    s->names[i] = (spl_text){part.data, equals ? equals - 1 : 0};
    if (size < sizeof number) memcpy(number, part.data + equals, size);
    if (s->names[i].size == 0 || !spl_cli_double(number, &s->shares[i]) || s->shares[i] < 0)
        argp_error(state, "--shares: \"%.*s\" is not VARIANT=SHARE", (int)part.size, part.data);
}

static void read_shares(struct argp_state *state, settings *s, const char *text)
{
    spl_text parts[SPL_VARIANTS_MAX];
    double sum = 0;
    size_t n = spl_cli_split(text, ',', parts, SPL_VARIANTS_MAX);
    if (n < 1 || n > SPL_VARIANTS_MAX) argp_error(state, "--shares: 1 to %d of them", SPL_VARIANTS_MAX);
    for (uint32_t i = 0; i < n; i++) {
        read_share(state, s, i, parts[i]);
        sum += s->shares[i];
    }
    if (!(fabs(sum - 1) < 1e-6)) argp_error(state, "--shares sum to %g, not to 1", sum);
    s->analyze.log.arms.share_count = (uint32_t)n;
    s->analyze.log.arms.share_names = s->names;
    s->analyze.log.arms.shares = s->shares;
}

static void read_attributes(struct argp_state *state, settings *s, const char *text)
{
    size_t n = spl_cli_split(text, ',', s->attributes, SPL_CANDIDATES_MAX);
    if (n < 1 || n > SPL_CANDIDATES_MAX) argp_error(state, "--by: 1 to %d attributes", SPL_CANDIDATES_MAX);
    for (size_t i = 0; i < n; i++) {
        if (s->attributes[i].size == 0) argp_error(state, "--by: \"%s\" has an attribute without a name", text);
        for (size_t j = 0; j < i; j++)
            if (spl_text_equal(s->attributes[i], s->attributes[j]))
                argp_error(state, "--by: %.*s stands twice", (int)s->attributes[i].size, s->attributes[i].data);
    }
    s->analyze.log.attributes = s->attributes;
    s->analyze.log.attribute_count = (uint32_t)n;
}

static spl_correction correction_of(struct argp_state *state, const char *text)
{
    for (int c = 0; c < SPL_CORRECTIONS; c++)
        if (strcmp(text, spl_correction_name((spl_correction)c)) == 0) return (spl_correction)c;
    argp_error(state, "--correction: \"%s\" is none of bh, by, holm, hochberg, hommel, bonferroni, none", text);
    return SPL_CORRECTION_BH;
}

static void check_files(struct argp_state *state, const settings *s)
{
    char problem[512];
    if (!s->events) argp_error(state, "which log? Give a file, or - for standard input");
    if (!s->html) return;
    if (!spl_cli_paths_apart(&s->events, 1, &s->html, 1, problem, sizeof problem)) argp_error(state, "%s", problem);
    if (s->json && spl_path_is_dash(s->html))
        argp_error(state, "only one of --html - and --json can have standard output");
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    settings *s = state->input;
    spl_analyze_settings *a = &s->analyze;
    switch (key) {
    case OPTION_EXPERIMENT: a->log.arms.experiment = text; break;
    case OPTION_CONTROL: a->log.arms.control = text; break;
    case OPTION_OUTCOME: a->log.outcome = text; break;
    case OPTION_WINDOW:
        if (!spl_cli_duration(text, &a->log.window_ms) || a->log.window_ms == 0)
            argp_error(state, "--window: \"%s\" is not a time such as 24h", text);
        break;
    case OPTION_SHARES: read_shares(state, s, text); break;
    case OPTION_BY: read_attributes(state, s, text); break;
    case OPTION_DEPTH:
        a->segments.depth = (uint32_t)spl_cli_read_count(state, "depth", text, 1, SPL_SEGMENT_DEPTH_MAX);
        break;
    case OPTION_MIN:
        a->segments.min_visitors = (uint32_t)spl_cli_read_count(state, "min-visitors", text, 1, MIN_VISITORS_MAX);
        break;
    case OPTION_ALPHA:
        a->alpha = positive(state, "alpha", text);
        if (a->alpha >= 1) argp_error(state, "--alpha: \"%s\" is not below 1", text);
        break;
    case OPTION_CORRECTION: a->correction = correction_of(state, text); break;
    case OPTION_EXPECTED: a->n_opt = positive(state, "expected", text); break;
    case OPTION_HTML: s->html = text; break;
    case OPTION_JSON: s->json = true; break;
    case ARGP_KEY_ARG:
        if (s->events) argp_error(state, "one log at a time");
        s->events = text;
        break;
    case ARGP_KEY_END: check_files(state, s); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static uint32_t terminal_columns(void)
{
    struct winsize size;
    uint64_t columns = 0;
    const char *given = getenv("COLUMNS");
    if (given && spl_cli_u64(given, &columns) && columns > 0 && columns < 10000) return (uint32_t)columns;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return COLUMNS_UNKNOWN;
}

static bool write_page(const char *path, const spl_analysis *report, spl_error *error)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out) return spl_fail(error, "out of memory");
    spl_analysis_html(report, out);
    bool ok = fclose(out) == 0 || spl_fail(error, "out of memory");
    ok = ok && spl_file_write(path, text, size, error);
    free(text);
    return ok;
}

static bool print_report(const settings *s, const spl_analysis *report, spl_error *error)
{
    if (s->html && !write_page(s->html, report, error)) return false;
    if (spl_path_is_dash(s->html)) return true;
    bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    bool ok = s->json ? spl_analysis_json(report, stdout) : spl_analysis_text(report, terminal_columns(), utf8, stdout);
    return ok || spl_fail(error, "out of memory");
}

int spl_cmd_analyze(int argc, char **argv)
{
    const struct argp parser = {OPTIONS, parse_option, "EVENTS", DOC, NULL, NULL, NULL};
    settings s = {.analyze = spl_analyze_settings_default()};
    setlocale(LC_CTYPE, "");
    if (argp_parse(&parser, argc, argv, 0, NULL, &s) != 0) return 2;
    spl_error error = {0};
    spl_analysis report;
    if (!spl_analyze_log(s.events, &s.analyze, &report, &error)) return spl_cli_fail("analyze", &error);
    const spl_analysis_counts *counts = &report.counts;
    bool ok = print_report(&s, &report, &error),
         bad = (double)counts->bad_lines > BAD_LINES_MAX * (double)counts->lines;
    spl_analysis_free(&report);
    return ok ? bad : spl_cli_fail("analyze", &error);
}
