// SPDX-License-Identifier: GPL-3.0-or-later
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/read_option.h"
#include "host/files.h"
#include "simulate/counterfactual.h"
#include "simulate/simulate_report.h"

#define VISITORS_MAX 1000000000000
#define COUNTERFACTUAL_VISITORS 20000

static const char DOC[] =
    "Make events from a simulated world.\v"
    "Example:\n"
    "  samplit simulate --visitors 200000 --seed 1 --out events.ndjson\n"
    "  samplit simulate --visitors 200000 --policy thompson --learn-every 10000\n"
    "\n"
    "Without --world the built-in world decides who visits and what converts; --print-world shows it, to be "
    "changed and given back. The same seed gives the same visitors in the same mood under every policy. "
    "The report goes to standard output, or to standard error when the events do. docs/simulation.md has more.";

enum {
    OPTION_WORLD = 256,
    OPTION_POLICY,
    OPTION_LEARN_EVERY,
    OPTION_MIN_SAMPLES,
    OPTION_BUNDLE_OUT,
    OPTION_COUNTERFACTUAL,
    OPTION_PRINT_WORLD,
    OPTION_JSON,
};

static const struct argp_option OPTIONS[] = {
    {"visitors", 'n', "N", 0, "Visits to simulate (default 100000)", 0},
    {"seed", 's', "S", 0, "Seed of everything drawn (default 1)", 0},
    {"out", 'o', "FILE", 0, "Write the events there; - is standard output, .gz compresses", 0},
    {"world", OPTION_WORLD, "FILE", 0, "The world, as JSON", 0},
    {"policy", OPTION_POLICY, "P", 0, "uniform (default), thompson (learns on the way), or a bundle file", 0},
    {"learn-every", OPTION_LEARN_EVERY, "N", 0,
     "Visits between two learnings, and per line of the curve (default 10000)", 0},
    {"min-samples", OPTION_MIN_SAMPLES, "A,B,...", 0,
     "Exposures that a segment of each level needs to serve on its own (default 1000,500,200,...)", 0},
    {"bundle-out", OPTION_BUNDLE_OUT, "FILE", 0, "Write the bundle that decided, or the one learned last", 0},
    {"counterfactual", OPTION_COUNTERFACTUAL, "FILE", 0,
     "Write the first visits (at most 20000) with what every variant would have done", 0},
    {"print-world", OPTION_PRINT_WORLD, NULL, 0, "Print the world and stop", 0},
    {"json", OPTION_JSON, NULL, 0, "Report as one JSON document", 0},
    {0},
};

typedef struct arguments {
    spl_simulate_config config;
    const char *world_path, *counterfactual_path;
    bool print_world, json;
} arguments;

static void parse_min_samples(struct argp_state *state, const char *text, uint64_t out[SPL_WORLD_LEVELS_MAX])
{
    spl_text parts[SPL_WORLD_LEVELS_MAX];
    size_t count = spl_cli_split(text, ',', parts, SPL_WORLD_LEVELS_MAX);
    if (count == 0 || count > SPL_WORLD_LEVELS_MAX)
        argp_error(state, "--min-samples: expected 1 to %d numbers, as in 1000,500,200", SPL_WORLD_LEVELS_MAX);
    for (size_t i = 0; i < SPL_WORLD_LEVELS_MAX; i++) {
        const spl_text *part = &parts[i < count ? i : count - 1]; // the last one stands for the levels below
        char number[24] = "";
        if (part->size < sizeof number) memcpy(number, part->data, part->size);
        if (!spl_cli_u64(number, &out[i])) argp_error(state, "--min-samples: \"%s\" is not a list of numbers", text);
    }
}

static void check_paths(const arguments *all, struct argp_state *state)
{
    char problem[512];
    const spl_simulate_config *config = &all->config;
    const char *const reads[] = {all->world_path, config->policy_path};
    const char *const writes[] = {config->out_path, config->bundle_path, all->counterfactual_path};
    if (!spl_cli_paths_apart(reads, 2, writes, 3, problem, sizeof problem)) argp_error(state, "%s", problem);
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    arguments *all = state->input;
    switch (key) {
    case 'n': all->config.visitors = spl_cli_read_count(state, "visitors", text, 0, VISITORS_MAX); break;
    case 's':
        if (!spl_cli_u64(text, &all->config.seed)) argp_error(state, "--seed: \"%s\" is not a whole number", text);
        break;
    case 'o': all->config.out_path = text; break;
    case OPTION_WORLD: all->world_path = text; break;
    case OPTION_POLICY:
        all->config.learn = strcmp(text, "thompson") == 0;
        all->config.policy_path = all->config.learn || strcmp(text, "uniform") == 0 ? NULL : text;
        break;
    case OPTION_LEARN_EVERY:
        all->config.period = spl_cli_read_count(state, "learn-every", text, 1, VISITORS_MAX);
        break;
    case OPTION_MIN_SAMPLES: parse_min_samples(state, text, all->config.min_samples); break;
    case OPTION_BUNDLE_OUT: all->config.bundle_path = text; break;
    case OPTION_COUNTERFACTUAL: all->counterfactual_path = text; break;
    case OPTION_PRINT_WORLD: all->print_world = true; break;
    case OPTION_JSON: all->json = true; break;
    case ARGP_KEY_END: check_paths(all, state); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static bool print_world(const spl_world *world, spl_error *error)
{
    char *text = spl_world_print(world);
    if (!text) return spl_fail(error, "out of memory");
    bool good = puts(text) >= 0 && fflush(stdout) == 0;
    free(text);
    return good || spl_fail(error, "cannot write the world");
}

// Whether the events or visits go where the report would go.
static bool output_is_taken(const arguments *all)
{
    return spl_path_is_dash(all->config.out_path) || spl_path_is_dash(all->counterfactual_path) ||
           spl_path_is_dash(all->config.bundle_path);
}

static bool report(const arguments *all, const spl_world *world, const spl_simulation *simulation, spl_error *error)
{
    FILE *out = output_is_taken(all) ? stderr : stdout;
    if (!all->json) {
        spl_simulate_report(out, world, &all->config, simulation);
    } else if (!spl_simulate_report_json(out, world, &all->config, simulation)) {
        return spl_fail(error, "out of memory");
    }
    return fflush(out) == 0 || spl_fail(error, "cannot write the report");
}

static bool simulate(const arguments *all, const spl_world *world, spl_error *error)
{
    uint64_t visitors = all->config.visitors;
    if (all->counterfactual_path &&
        !spl_counterfactual_write(world, all->config.seed,
                                  visitors < COUNTERFACTUAL_VISITORS ? visitors : COUNTERFACTUAL_VISITORS,
                                  all->counterfactual_path, error))
        return false;
    spl_simulation simulation;
    if (!spl_simulate(world, &all->config, &simulation, error)) return false;
    bool good = report(all, world, &simulation, error);
    spl_simulation_free(&simulation);
    return good;
}

int spl_cmd_simulate(int argc, char **argv)
{
    arguments all = {.config = spl_simulate_config_default()};
    const struct argp parser = {.options = OPTIONS, .parser = parse_option, .doc = DOC};
    if (argp_parse(&parser, argc, argv, 0, NULL, &all) != 0) return 2;
    const char *const outputs[] = {all.config.out_path, all.counterfactual_path, all.config.bundle_path};
    if (spl_path_is_dash(outputs[0]) + spl_path_is_dash(outputs[1]) + spl_path_is_dash(outputs[2]) > 1)
        return spl_cli_misuse("simulate", "only one output can be standard output");
    if (all.json && output_is_taken(&all)) return spl_cli_misuse("simulate", "--json wants standard output for itself");

    spl_error error = {0};
    spl_world *world;
    if (!spl_world_load(all.world_path, &world, &error)) return spl_cli_fail("simulate", &error);
    bool good = all.print_world ? print_world(world, &error) : simulate(&all, world, &error);
    spl_world_free(world);
    return good ? 0 : spl_cli_fail("simulate", &error);
}
