// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/bench_layers.h"

#include <argp.h>
#include <cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/bandit_layers.h"
#include "cli/options.h"
#include "cli/read_option.h"
#include "host/grid.h"
#include "stats/z95.h"

static const char DOC[] =
    "What each layer of the learner buys, in closed loops over a simulated world.\v"
    "The same visitors with the same luck meet every layer; worth is the expected rate of what was served, with\n"
    "the exploration that it took. Intervals (95 %) are over the seeds; the gain is over the layer before, on equal\n"
    "visitors. docs/bandits.md has a table and says what it means.\n\n"
    "Example:\n  samplit bench layers --visitors 100000 --seeds 5\n";

enum { OPTION_WORLD = 256, OPTION_VISITORS, OPTION_SEEDS, OPTION_JSON };
static const struct argp_option OPTIONS[] = {
    {"world", OPTION_WORLD, "FILE", 0, "The world (docs/simulation.md; default the built-in one)", 0},
    {"visitors", OPTION_VISITORS, "N", 0, "Visits of each run (default 100000)", 0},
    {"seeds", OPTION_SEEDS, "N", 0, "Runs of each layer (default 5)", 0},
    {"json", OPTION_JSON, 0, 0, "One JSON document", 0},
    {0},
};

typedef struct settings {
    const char *world;
    uint64_t visitors, seeds;
    bool json;
} settings;

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    settings *s = state->input;
    switch (key) {
    case OPTION_WORLD: s->world = text; return 0;
    case OPTION_VISITORS: s->visitors = spl_cli_read_count(state, "visitors", text, 1000, 10000000); return 0;
    case OPTION_SEEDS: s->seeds = spl_cli_read_count(state, "seeds", text, 1, 1000); return 0;
    case OPTION_JSON: s->json = true; return 0;
    case ARGP_KEY_ARG: argp_error(state, "no argument, not \"%s\"", text); return EINVAL;
    default: return ARGP_ERR_UNKNOWN;
    }
}

// Mean over the seeds and half the width of its interval; NaN with one seed.
typedef struct figure {
    double mean, half;
} figure;

static figure figure_of(const double *x, uint64_t n)
{
    figure f = {0, NAN};
    double squares = 0;
    for (uint64_t i = 0; i < n; i++) f.mean += x[i] / (double)n;
    for (uint64_t i = 0; i < n; i++) squares += (x[i] - f.mean) * (x[i] - f.mean);
    if (n > 1) f.half = SPL_Z95 * sqrt(squares / (double)(n - 1) / (double)n);
    return f;
}

typedef struct row {
    figure value, share, gain, last; // share of the oracle; gain over the layer before; both as shares of the oracle
    double reached;                  // median over the seeds; NaN where most never did
} row;

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void summarise(const spl_layer_run *runs, uint64_t seeds, double *scratch, row rows[SPL_LAYER_COUNT])
{
    for (uint32_t k = 0; k < SPL_LAYER_COUNT; k++) {
        const spl_layer_run *run = runs + k;
        for (uint64_t s = 0; s < seeds; s++) scratch[s] = run[s * SPL_LAYER_COUNT].value;
        rows[k].value = figure_of(scratch, seeds);
        for (uint64_t s = 0; s < seeds; s++) scratch[s] /= run[s * SPL_LAYER_COUNT].oracle;
        rows[k].share = figure_of(scratch, seeds);
        for (uint64_t s = 0; s < seeds && k > 0; s++)
            scratch[s] -= runs[s * SPL_LAYER_COUNT + k - 1].value / run[s * SPL_LAYER_COUNT].oracle;
        rows[k].gain = figure_of(scratch, seeds);
        for (uint64_t s = 0; s < seeds; s++)
            scratch[s] = run[s * SPL_LAYER_COUNT].last / run[s * SPL_LAYER_COUNT].last_oracle;
        rows[k].last = figure_of(scratch, seeds);
        for (uint64_t s = 0; s < seeds; s++)
            scratch[s] = isnan(run[s * SPL_LAYER_COUNT].reached) ? INFINITY : run[s * SPL_LAYER_COUNT].reached;
        qsort(scratch, seeds, sizeof *scratch, compare_doubles);
        rows[k].reached = scratch[seeds / 2];
    }
}

static void put_percent(spl_grid *table, figure f, bool sign)
{
    if (isnan(f.half))
        spl_grid_cell(table, sign ? "%+.2f" : "%.2f", 100 * f.mean);
    else
        spl_grid_cell(table, sign ? "%+.2f ± %.2f" : "%.2f ± %.2f", 100 * f.mean, 100 * f.half);
}

static void print_table(const settings *s, const spl_layer_run *runs, const row *rows)
{
    double uniform = 0;
    for (uint64_t i = 0; i < s->seeds; i++)
        uniform += runs[i * SPL_LAYER_COUNT].uniform / runs[i * SPL_LAYER_COUNT].oracle / (double)s->seeds;
    printf("%" PRIu64 " visits, %" PRIu64 " seeds; per cent of what the best variant of every segment is worth; "
           "equal traffic %.2f\n",
           s->visitors, s->seeds, 100 * uniform);
    spl_grid *table = spl_grid_new("lrrrr");
    if (!table) return;
    const char *const heading[] = {"layer", "all visits", "over the one before", "last fifth", "visits to 95 %"};
    for (int i = 0; i < 5; i++) spl_grid_cell(table, "%s", heading[i]);
    for (uint32_t k = 0; k < SPL_LAYER_COUNT; k++) {
        spl_grid_cell(table, "%s", spl_layer_name(k));
        put_percent(table, rows[k].share, false);
        if (k > 0)
            put_percent(table, rows[k].gain, true);
        else
            spl_grid_cell(table, "%s", "");
        put_percent(table, rows[k].last, false);
        if (isinf(rows[k].reached))
            spl_grid_cell(table, "%s", "not reached");
        else
            spl_grid_cell(table, "%.0f", rows[k].reached);
    }
    spl_grid_print(table, stdout);
    spl_grid_free(table);
}

static void add_figure(cJSON *to, const char *name, figure f)
{
    cJSON *out = cJSON_AddObjectToObject(to, name);
    cJSON_AddNumberToObject(out, "mean", f.mean);
    if (isnan(f.half)) return;
    cJSON_AddNumberToObject(out, "low", f.mean - f.half);
    cJSON_AddNumberToObject(out, "high", f.mean + f.half);
}

static bool print_json(const settings *s, const row *rows)
{
    cJSON *root = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(root, "layers");
    cJSON_AddNumberToObject(root, "visitors", (double)s->visitors);
    cJSON_AddNumberToObject(root, "seeds", (double)s->seeds);
    for (uint32_t k = 0; k < SPL_LAYER_COUNT; k++) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "layer", spl_layer_name(k));
        add_figure(item, "value", rows[k].value);
        add_figure(item, "share_of_oracle", rows[k].share);
        if (k > 0) add_figure(item, "gain_over_the_layer_before", rows[k].gain);
        add_figure(item, "share_of_oracle_last_fifth", rows[k].last);
        if (isinf(rows[k].reached))
            cJSON_AddNullToObject(item, "visits_to_95_percent");
        else
            cJSON_AddNumberToObject(item, "visits_to_95_percent", rows[k].reached);
        cJSON_AddItemToArray(list, item);
    }
    char *text = cJSON_Print(root);
    if (text) puts(text);
    cJSON_free(text);
    cJSON_Delete(root);
    return text != NULL;
}

static bool run(const settings *s, const spl_world *world, spl_error *error)
{
    const spl_layers_config config = {world, s->visitors, (uint32_t)s->seeds};
    spl_layer_run *runs = NULL;
    row rows[SPL_LAYER_COUNT];
    double *scratch = malloc(s->seeds * sizeof *scratch);
    bool ok = scratch || spl_fail(error, "out of memory");
    ok = ok && spl_layers_run(&config, &runs, error);
    if (ok) {
        summarise(runs, s->seeds, scratch, rows);
        if (s->json)
            ok = print_json(s, rows) || spl_fail(error, "out of memory");
        else
            print_table(s, runs, rows);
    }
    free(runs);
    free(scratch);
    return ok;
}

int spl_bench_layers(int argc, char **argv)
{
    settings s = {.visitors = 100000, .seeds = 5};
    const struct argp parser = {OPTIONS, parse_option, NULL, DOC, NULL, NULL, NULL};
    if (argp_parse(&parser, argc, argv, 0, NULL, &s) != 0) return 2;
    spl_error error = {0};
    spl_world *world;
    if (!spl_world_load(s.world, &world, &error)) return spl_cli_fail("bench layers", &error);
    bool ok = run(&s, world, &error);
    spl_world_free(world);
    return ok ? 0 : spl_cli_fail("bench layers", &error);
}
