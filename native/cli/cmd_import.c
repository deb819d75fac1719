// SPDX-License-Identifier: GPL-3.0-or-later
#include <argp.h>
#include <cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/read_option.h"
#include "events/import.h"
#include "host/files.h"
#include "host/visible.h"

static const char DOC[] =
    "Turn a CSV or NDJSON log into events: an exposure for every row, and an outcome where there was one. "
    "FILE may be gzip, or - for standard input."
    "\vExamples:\n"
    "  samplit import hillstrom.csv.gz --variant segment --outcome visit \\\n"
    "      --context channel,zip_code,newbie,recency --out events.ndjson\n"
    "  samplit import log.ndjson --variant arm --outcome bought --value revenue \\\n"
    "      --unit user_id --time shown_at --propensity p \\\n"
    "      --context country,device=device_type --out events.ndjson.gz\n\n"
    "docs/import.md tells how every kind of value is read.";

enum {
    OPT_VARIANT = 256,
    OPT_OUTCOME,
    OPT_VALUE,
    OPT_CONTEXT,
    OPT_UNIT,
    OPT_TIME,
    OPT_PROPENSITY,
    OPT_EXPERIMENT,
    OPT_FORMAT,
    OPT_DELIMITER,
    OPT_REJECTS,
    OPT_MAX_BAD,
    OPT_OUT,
    OPT_JSON
};

static const struct argp_option OPTIONS[] = {
    {"variant", OPT_VARIANT, "COL", 0, "Column that says which variant was shown (required)", 0},
    {"outcome", OPT_OUTCOME, "COL", 0, "Column that is not zero where there was an outcome (required)", 0},
    {"value", OPT_VALUE, "COL", 0, "Column with the outcome's worth; default: the outcome column itself", 0},
    {"context", OPT_CONTEXT, "COLS", 0, "Columns that describe the unit: a,b or attribute=column", 0},
    {"unit", OPT_UNIT, "COL", 0, "Column with the unit's id; default: every row is a unit of its own", 0},
    {"time", OPT_TIME, "COL", 0, "Column with the time; default: one second per row, from 2000-01-01 on", 0},
    {"propensity", OPT_PROPENSITY, "P|COL|auto", 0,
     "Probability with which the variant was shown: a number, a column, auto (the shares seen); default: uniform over "
     "the variants seen",
     0},
    {"experiment", OPT_EXPERIMENT, "KEY", 0, "Experiment named in the events; default: default", 0},
    {"format", OPT_FORMAT, "csv|ndjson", 0, "Default: by the first byte", 0},
    {"delimiter", OPT_DELIMITER, "CHAR", 0, "Of CSV; \\t for a tab; default: by the header", 0},
    {"rejects", OPT_REJECTS, "FILE", 0, "Keep bad rows there, with line and reason, as NDJSON", 0},
    {"max-bad", OPT_MAX_BAD, "PERCENT", 0, "Fail when more rows than that are bad; default: 1", 0},
    {"out", OPT_OUT, "FILE", 0, "Events, as NDJSON; - for standard output, .gz for gzip (required)", 0},
    {"json", OPT_JSON, NULL, 0, "Report as one JSON document", 0},
    {0}};

typedef struct arguments {
    spl_import_config config;
    bool json;
} arguments;

static spl_text text_of(const char *argument)
{
    return (spl_text){argument, strlen(argument)};
}

static void add_context(spl_import_config *config, spl_text attribute, spl_text column, struct argp_state *state)
{
    for (uint32_t i = 0; i < config->context_count; i++) {
        if (spl_text_equal(config->context[i].attribute, attribute))
            argp_error(state, "--context: two columns for one attribute, %.*s", (int)attribute.size, attribute.data);
    }
    config->context[config->context_count++] = (spl_import_context){attribute, column};
}

static void set_context(spl_import_config *config, const char *list, struct argp_state *state)
{
    spl_text parts[SPL_ATTRIBUTES_MAX];
    size_t count = spl_cli_split(list, ',', parts, SPL_ATTRIBUTES_MAX);
    if (count > SPL_ATTRIBUTES_MAX) argp_error(state, "--context: more than %d columns", SPL_ATTRIBUTES_MAX);
    config->context_count = 0;
    for (size_t i = 0; i < count; i++) {
        const char *equals = memchr(parts[i].data, '=', parts[i].size);
        size_t name = equals ? (size_t)(equals - parts[i].data) : parts[i].size;
        size_t skip = equals ? name + 1 : 0;
        if (name == 0 || parts[i].size == skip) argp_error(state, "--context: a name is empty in \"%s\"", list);
        add_context(config, (spl_text){parts[i].data, name}, (spl_text){parts[i].data + skip, parts[i].size - skip},
                    state);
    }
}

static void set_propensity(spl_import_config *config, const char *text, struct argp_state *state)
{
    if (strcmp(text, "auto") == 0) {
        config->propensity = SPL_IMPORT_OBSERVED;
    } else if (strcmp(text, "uniform") == 0) {
        config->propensity = SPL_IMPORT_UNIFORM;
    } else if (spl_cli_double(text, &config->propensity_constant)) {
        config->propensity = SPL_IMPORT_CONSTANT;
        bool good = config->propensity_constant > 0 && config->propensity_constant <= 1;
        if (!good) argp_error(state, "--propensity: %s is not above 0 and at most 1", text);
    } else {
        config->propensity = SPL_IMPORT_COLUMN;
        config->propensity_column = text_of(text);
    }
}

static void set_format(spl_import_config *config, const char *text, struct argp_state *state)
{
    if (strcmp(text, "csv") == 0)
        config->format = SPL_TABLE_CSV;
    else if (strcmp(text, "ndjson") == 0)
        config->format = SPL_TABLE_NDJSON;
    else
        argp_error(state, "--format: %s is neither csv nor ndjson", text);
}

static void set_delimiter(spl_import_config *config, const char *text, struct argp_state *state)
{
    if (strcmp(text, "\\t") == 0) text = "\t";
    if (strlen(text) != 1 || strchr("\"\r\n", *text)) argp_error(state, "--delimiter: must be one character");
    config->delimiter = *text;
}

// Whether the events or the rejects go where the report would go.
static bool output_is_taken(const spl_import_config *config)
{
    return spl_path_is_dash(config->output) || spl_path_is_dash(config->rejects);
}

static void check_complete(const arguments *all, struct argp_state *state)
{
    const spl_import_config *config = &all->config;
    if (!config->input) argp_error(state, "which file? (- for standard input)");
    if (config->variant.size == 0) argp_error(state, "--variant is missing");
    if (config->outcome.size == 0) argp_error(state, "--outcome is missing");
    if (!config->output) argp_error(state, "--out is missing");
    if (spl_path_is_dash(config->output) && spl_path_is_dash(config->rejects))
        argp_error(state, "only one of --out and --rejects can be standard output");
    if (all->json && output_is_taken(config)) argp_error(state, "--json wants standard output for itself");
    char problem[512];
    const char *const reads[] = {config->input}, *const writes[] = {config->output, config->rejects};
    if (!spl_cli_paths_apart(reads, 1, writes, 2, problem, sizeof problem)) argp_error(state, "%s", problem);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    arguments *all = state->input;
    spl_import_config *config = &all->config;
    switch (key) {
    case OPT_VARIANT: config->variant = text_of(argument); break;
    case OPT_OUTCOME: config->outcome = text_of(argument); break;
    case OPT_VALUE: config->value = text_of(argument); break;
    case OPT_CONTEXT: set_context(config, argument, state); break;
    case OPT_UNIT: config->unit = text_of(argument); break;
    case OPT_TIME: config->time = text_of(argument); break;
    case OPT_PROPENSITY: set_propensity(config, argument, state); break;
    case OPT_EXPERIMENT: config->experiment = text_of(argument); break;
    case OPT_FORMAT: set_format(config, argument, state); break;
    case OPT_DELIMITER: set_delimiter(config, argument, state); break;
    case OPT_REJECTS: config->rejects = argument; break;
    case OPT_MAX_BAD: config->max_bad = spl_cli_read_max_bad(state, argument); break;
    case OPT_OUT: config->output = argument; break;
    case OPT_JSON: all->json = true; break;
    case ARGP_KEY_ARG:
        if (config->input) argp_error(state, "one file only");
        config->input = argument;
        break;
    case ARGP_KEY_END: check_complete(all, state); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp ARGP = {OPTIONS, parse, "FILE", DOC, NULL, NULL, NULL};

// Names come from files of strangers; columns and files too may be named by them.
static void print_name(FILE *out, const char *name, size_t size, int width)
{
    char *visible = spl_visible((spl_text){name, size}, true);
    int columns = visible ? (int)spl_visible_columns(visible) : 0;
    fprintf(out, "%s%*s", visible ? visible : "", columns < width ? width - columns : 0, "");
    free(visible);
}

static void print_variants(const spl_import_config *config, const spl_import_report *report, FILE *out)
{
    static const char *const words[] = {"uniform", "as observed", "given", "from a column"};
    fprintf(out, "  %-11s %s", "propensity", words[config->propensity]);
    if (config->propensity == SPL_IMPORT_UNIFORM && report->variant_count > 0)
        fprintf(out, ", 1/%" PRIu32, report->variant_count);
    fputc('\n', out);
    uint64_t good = report->rows - report->bad;
    for (uint32_t i = 0; i < report->variant_count; i++) {
        const spl_import_variant *variant = &report->variants[i];
        fprintf(out, "  %-11s ", i ? "" : "variants");
        print_name(out, variant->name, strlen(variant->name), 24);
        fprintf(out, " %10" PRIu64 "  %6.2f %%\n", variant->rows, 100 * (double)variant->rows / (double)good);
    }
}

static void print_text(const spl_import_config *config, const spl_import_report *report, FILE *out)
{
    const char *input = spl_path_is_dash(config->input) ? "standard input" : config->input;
    print_name(out, input, strlen(input), 0);
    fprintf(out, ": %" PRIu64 " rows\n", report->rows);
    fprintf(out, "  %-11s %" PRIu64 "\n", "exposures", report->exposures);
    fprintf(out, "  %-11s %" PRIu64 " (", "outcomes", report->outcomes);
    print_name(out, config->outcome.data, config->outcome.size, 0);
    fputs(")\n", out);
    print_variants(config, report, out);
    if (report->outcomes_missing)
        fprintf(out, "  %-11s %" PRIu64 " rows without a value, taken as no outcome\n", "missing",
                report->outcomes_missing);
    if (report->values_cut)
        fprintf(out, "  %-11s %" PRIu64 " context values, to %d bytes\n", "cut", report->values_cut, SPL_TEXT_MAX);
}

static void print_json(const spl_import_report *report, FILE *out)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "rows", (double)report->rows);
    cJSON_AddNumberToObject(json, "bad", (double)report->bad);
    cJSON_AddNumberToObject(json, "exposures", (double)report->exposures);
    cJSON_AddNumberToObject(json, "outcomes", (double)report->outcomes);
    cJSON_AddNumberToObject(json, "outcomes_missing", (double)report->outcomes_missing);
    cJSON_AddNumberToObject(json, "values_cut", (double)report->values_cut);
    cJSON_AddBoolToObject(json, "uneven", report->uneven);
    cJSON *variants = cJSON_AddArrayToObject(json, "variants");
    for (uint32_t i = 0; i < report->variant_count; i++) {
        cJSON *variant = cJSON_CreateObject();
        cJSON_AddStringToObject(variant, "name", report->variants[i].name);
        cJSON_AddNumberToObject(variant, "rows", (double)report->variants[i].rows);
        cJSON_AddItemToArray(variants, variant);
    }
    char *text = cJSON_Print(json);
    fprintf(out, "%s\n", text ? text : "{}");
    free(text);
    cJSON_Delete(json);
}

static void warn(const spl_import_config *config, const spl_import_report *report)
{
    char text[sizeof(spl_error) + 32];
    for (uint32_t i = 0; i < report->bad_shown; i++)
        fprintf(stderr, "%s\n", spl_error_format(&report->bad_rows[i], text, (int)sizeof text));
    if (report->bad > 0)
        spl_cli_warn("import", "%" PRIu64 " of %" PRIu64 " rows are bad%s%s", report->bad, report->rows,
                     config->rejects ? "; they are in " : " and left out; --rejects FILE keeps them",
                     config->rejects ? config->rejects : "");
    if (report->uneven)
        spl_cli_warn("import",
                     "the variants are not shown equally often (chi-square %.1f), so that uniform "
                     "propensities are doubtful; see --propensity",
                     report->chi_square);
}

int spl_cmd_import(int argc, char **argv)
{
    arguments all = {.config = spl_import_config_default()};
    spl_import_report report;
    spl_error error = {0};
    argp_parse(&ARGP, argc, argv, 0, NULL, &all);
    bool done = spl_import_run(&all.config, &report, &error);
    warn(&all.config, &report);
    if (!done) return spl_cli_fail("import", &error);
    if (report.rows == 0) spl_cli_warn("import", "the file has no rows");
    FILE *out = output_is_taken(&all.config) ? stderr : stdout;
    if (all.json)
        print_json(&report, out);
    else
        print_text(&all.config, &report, out);
    return 0;
}
