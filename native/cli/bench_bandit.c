// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/bench_bandit.h"

#include <argp.h>
#include <cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bandit_run.h"
#include "cli/options.h"
#include "cli/read_option.h"
#include "host/grid.h"
#include "host/progress.h"

#define FILES_MAX 16
#define WORDS 6
#define LAYER_SEED 1 // of the random units: one draw, the same for every set and every seed

static const char DOC[] =
    "Classification as a bandit: the progressive validation error of policies on labelled data.\v"
    "Every row is shown once, in random order; a policy serves one class and is told whether it was right. Columns\n"
    "become features without the labels: numbers piecewise linear, texts one-hot. No floor is mixed in.\n"
    "docs/bandits.md explains the policies and has the figures of known sets.\n\n"
    "Example:\n"
    "  samplit bench bandit wine.csv --label class --policy auto,linucb --seeds 10\n"
    "  samplit bench bandit pendigits.tra.gz pendigits.tes.gz --no-header --label 17 --json\n";

enum {
    OPTION_LABEL = 256,
    OPTION_POLICY,
    OPTION_SEEDS,
    OPTION_NO_HEADER,
    OPTION_JSON,
    OPTION_ON,
    OPTION_ALPHA,
    OPTION_GAMMA,
    OPTION_TEMPERATURE,
    OPTION_EPSILON,
    OPTION_LAMBDA
};
static const struct argp_option OPTIONS[] = {
    {"label", OPTION_LABEL, "COLUMN", 0, "The column that is to be guessed, by name or by number from 1", 0},
    {"policy", OPTION_POLICY, "A,B", 0,
     "auto, linucb, lints, inverse-gap, softmax, epsilon-greedy, or all (default auto)", 0},
    {"seeds", OPTION_SEEDS, "N", 0, "Orders of the rows (default 10)", 0},
    {"no-header", OPTION_NO_HEADER, 0, 0, "The first row is data; columns are called c1, c2, …", 0},
    {"on", OPTION_ON, "SPACE", 0, "features or embedding (of random units), for policies other than auto", 0},
    {"alpha", OPTION_ALPHA, "A", 0, "linucb and lints: width in standard deviations", 0},
    {"gamma", OPTION_GAMMA, "G", 0, "inverse-gap: how much a gap counts", 0},
    {"temperature", OPTION_TEMPERATURE, "T", 0, "softmax: in units of reward", 0},
    {"epsilon", OPTION_EPSILON, "E", 0, "epsilon-greedy: share of uniform play", 0},
    {"lambda", OPTION_LAMBDA, "L", 0, "Precision of the prior (default 0.1; auto: by the rewards)", 0},
    {"json", OPTION_JSON, 0, 0, "One JSON document", 0},
    {0},
};

typedef struct settings {
    const char *files[FILES_MAX];
    uint32_t file_count;
    const char *label;
    bool no_header, json, chosen[WORDS];
    spl_bandit_config config[WORDS];
    uint64_t seeds;
} settings;

static void choose(struct argp_state *state, const char *list, settings *s)
{
    spl_text words[WORDS + 1];
    size_t count = spl_cli_split(list, ',', words, WORDS);
    for (size_t i = 0; i < count && i < WORDS; i++) {
        bool all = spl_text_equal(words[i], SPL_TEXT("all")), found = all;
        for (int w = 0; spl_bandit_words[w]; w++) {
            bool same = spl_text_equal(words[i], (spl_text){spl_bandit_words[w], strlen(spl_bandit_words[w])});
            s->chosen[w] = s->chosen[w] || all || same;
            found = found || same;
        }
        if (!found) argp_error(state, "--policy: no policy \"%.*s\"", (int)words[i].size, words[i].data);
    }
    if (count == 0 || count > WORDS) argp_error(state, "--policy: 1 to %d words", WORDS);
}

static void set_space(struct argp_state *state, const char *text, settings *s)
{
    bool embedding = strcmp(text, "embedding") == 0;
    if (!embedding && strcmp(text, "features") != 0)
        argp_error(state, "--on: \"%s\" is neither features nor embedding", text);
    for (int w = 1; w < WORDS; w++) s->config[w].space = embedding ? SPL_SPACE_EMBEDDING : SPL_SPACE_FEATURES;
}

static void set_parameter(settings *s, spl_rule rule, double value)
{
    for (int w = 0; w < WORDS; w++) {
        if (s->config[w].rule == rule) s->config[w].parameter = value;
    }
}

static void set_all(settings *s, double *(*member)(spl_bandit_config *), double value)
{
    for (int w = 0; w < WORDS; w++) *member(&s->config[w]) = value;
}

static double *alpha_of(spl_bandit_config *config)
{
    return &config->alpha;
}

static double *lambda_of(spl_bandit_config *config)
{
    return &config->lambda;
}

static void add_file(struct argp_state *state, const char *path, settings *s)
{
    if (s->file_count == FILES_MAX) argp_error(state, "at most %d files", FILES_MAX);
    s->files[s->file_count++] = path;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    settings *s = state->input;
    switch (key) {
    case OPTION_LABEL: s->label = text; break;
    case OPTION_POLICY: choose(state, text, s); break;
    case OPTION_SEEDS: s->seeds = spl_cli_read_count(state, "seeds", text, 1, 1000); break;
    case OPTION_NO_HEADER: s->no_header = true; break;
    case OPTION_ON: set_space(state, text, s); break;
    case OPTION_ALPHA: set_all(s, alpha_of, spl_cli_read_number(state, "alpha", text, 0, 1e6)); break;
    case OPTION_LAMBDA:
        set_all(s, lambda_of, spl_cli_read_number(state, "lambda", text, 0, 1e9) + 1e-9);
        s->config[0].adapts = false;
        break;
    case OPTION_GAMMA:
        set_parameter(s, SPL_RULE_INVERSE_GAP, spl_cli_read_number(state, "gamma", text, 0, 1e12) + 1e-9);
        break;
    case OPTION_TEMPERATURE:
        set_parameter(s, SPL_RULE_SOFTMAX, spl_cli_read_number(state, "temperature", text, 0, 1e6) + 1e-9);
        break;
    case OPTION_EPSILON:
        set_parameter(s, SPL_RULE_EPSILON_GREEDY, spl_cli_read_number(state, "epsilon", text, 0, 1));
        break;
    case OPTION_JSON: s->json = true; break;
    case ARGP_KEY_ARG: add_file(state, text, s); break;
    case ARGP_KEY_END:
        if (s->file_count == 0) argp_error(state, "which data? Give one or more CSV files");
        if (!s->label) argp_error(state, "--label is missing: which column is to be guessed?");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static void print_table(const settings *s, const spl_bandit_data *data, const spl_bandit_error *errors)
{
    printf("%u rows, %u classes, %u features, seeds %" PRIu64 "\n", data->n, data->k, data->width, s->seeds);
    spl_grid *table = spl_grid_new("lrrrrr");
    if (!table) return;
    const char *const HEADING[] = {"policy", "error", "standard error", "second half", "propensity", "seconds"};
    for (int i = 0; i < 6; i++) spl_grid_cell(table, "%s", HEADING[i]);
    for (int w = 0; w < WORDS; w++) {
        if (!s->chosen[w]) continue;
        spl_grid_cell(table, "%s", spl_bandit_words[w]);
        spl_grid_cell(table, "%.4f", errors[w].error);
        spl_grid_cell(table, "%.4f", errors[w].standard_error);
        spl_grid_cell(table, "%.4f", errors[w].last_half);
        spl_grid_cell(table, "%.3f", errors[w].propensity);
        spl_grid_cell(table, "%.2f", errors[w].seconds);
    }
    spl_grid_print(table, stdout);
    spl_grid_free(table);
}

static bool print_json(const settings *s, const spl_bandit_data *data, const spl_bandit_error *errors)
{
    cJSON *root = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(root, "policies");
    cJSON_AddNumberToObject(root, "rows", data->n);
    cJSON_AddNumberToObject(root, "classes", data->k);
    cJSON_AddNumberToObject(root, "features", data->width);
    cJSON_AddNumberToObject(root, "seeds", (double)s->seeds);
    cJSON_AddNumberToObject(root, "left_out", (double)data->left_out);
    for (int w = 0; w < WORDS; w++) {
        if (!s->chosen[w]) continue;
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "policy", spl_bandit_words[w]);
        cJSON_AddNumberToObject(item, "error", errors[w].error);
        cJSON_AddNumberToObject(item, "standard_error", errors[w].standard_error);
        cJSON_AddNumberToObject(item, "error_second_half", errors[w].last_half);
        cJSON_AddNumberToObject(item, "mean_propensity", errors[w].propensity);
        cJSON_AddNumberToObject(item, "seconds_per_pass", errors[w].seconds);
        cJSON_AddItemToArray(list, item);
    }
    char *text = cJSON_Print(root);
    if (text) puts(text);
    cJSON_free(text);
    cJSON_Delete(root);
    return text != NULL;
}

static bool run(const settings *s, spl_bandit_data *data, spl_error *error)
{
    spl_bandit_error errors[WORDS];
    uint32_t done = 0, all = 0;
    for (int w = 0; w < WORDS; w++) all += s->chosen[w];
    spl_progress progress = spl_progress_start("policies");
    for (int w = 0; w < WORDS; w++) {
        if (!s->chosen[w]) continue;
        spl_progress_step(&progress, done, (double)done / all);
        done++;
        if (!spl_bandit_run(data, &s->config[w], (uint32_t)s->seeds, &errors[w]))
            return spl_fail(error, "out of memory");
    }
    spl_progress_end(&progress);
    if (s->json) return print_json(s, data, errors) || spl_fail(error, "out of memory");
    print_table(s, data, errors);
    return true;
}

int spl_bench_bandit(int argc, char **argv)
{
    settings s = {.seeds = 10};
    for (int w = 0; w < WORDS; w++) spl_bandit_preset(spl_bandit_words[w], &s.config[w]);
    const struct argp parser = {OPTIONS, parse_option, "DATA.csv...", DOC, NULL, NULL, NULL};
    if (argp_parse(&parser, argc, argv, 0, NULL, &s) != 0) return 2;
    bool any = false;
    for (int w = 0; w < WORDS; w++) any = any || s.chosen[w];
    s.chosen[0] = s.chosen[0] || !any;
    spl_error error = {0};
    spl_bandit_data data;
    if (!spl_bandit_data_read(s.files, s.file_count, !s.no_header, s.label, LAYER_SEED, &data, &error))
        return spl_cli_fail("bench bandit", &error);
    if (data.left_out > 0) {
        char text[1024];
        spl_cli_warn("bench bandit", "%" PRIu64 " rows were left out; the first is %s", data.left_out,
                     spl_error_format(&data.first_bad, text, sizeof text));
    }
    if (data.k == 1) spl_cli_warn("bench bandit", "there is one class only: nothing can be guessed wrong");
    bool ok = run(&s, &data, &error);
    spl_bandit_data_free(&data);
    return ok ? 0 : spl_cli_fail("bench bandit", &error);
}
