// SPDX-License-Identifier: GPL-3.0-or-later
// Learns a bundle from events, and says what was learned: the options.
#include <argp.h>
#include <inttypes.h>
#include <string.h>

#include "bundle/settings.h"
#include "cli/command.h"
#include "cli/learn_command.h"
#include "cli/options.h"
#include "cli/read_option.h"
#include "host/files.h"

#define MIN_SAMPLES 100
#define MAX_BAD 0.01
#define HOUR_MS INT64_C(3600000)

static const char DOC[] =
    "Learn from events which variant to serve to whom, and write it as a bundle.\v"
    "Writes two files: the bundle, which holds probabilities only, and beside it X.report.json for X.safetensors,\n"
    "with the counts, rates and intervals that they come from. docs/learning.md says how it is done.\n\n"
    "Example:\n"
    "  samplit learn events.ndjson --levels country,device,source \\\n"
    "      --min-samples 1000,500,200 --out bundle.safetensors\n"
    "  samplit learn events.ndjson --levels auto --max-depth 4 --out bundle.safetensors\n"
    "  samplit learn events.ndjson --policy auto --out bundle.safetensors\n";

enum {
    OPTION_EXPERIMENT = 256,
    OPTION_SETTINGS,
    OPTION_OUTCOME,
    OPTION_WINDOW,
    OPTION_REWARD,
    OPTION_EXPLORATION,
    OPTION_MIN_PROPENSITY,
    OPTION_PRUNE_GAIN,
    OPTION_PRUNE_ALPHA,
    OPTION_FOLD,
    OPTION_SEED,
    OPTION_CONTROL,
    OPTION_REPORT,
    OPTION_JSON,
    OPTION_MAX_BAD,
    OPTION_ASSIGNMENT,
    OPTION_MAX_DEPTH,
    OPTION_CANDIDATES,
    OPTION_SPLIT_ALPHA,
    OPTION_MIN_PER_VARIANT,
    OPTION_HONEST,
    OPTION_MODEL,
};

static const struct argp_option OPTIONS[] = {
    {"levels", 'l', "A,B,C", 0,
     "Attributes that segments are made of, the coarsest first (default none); auto: chosen from data in every node",
     0},
    {"max-depth", OPTION_MAX_DEPTH, "N", 0, "With --levels auto: levels below the root, 1 to 7 (default 4)", 0},
    {"candidates", OPTION_CANDIDATES, "A,B,C", 0,
     "With --levels auto: attributes to choose from (default all that have values to tell apart)", 0},
    {"split-alpha", OPTION_SPLIT_ALPHA, "P", 0,
     "With --levels auto: level of the test that splits a node (default 0.05)", 0},
    {"min-per-variant", OPTION_MIN_PER_VARIANT, "N", 0,
     "With --levels auto: exposures of a variant in a segment that count in that test (default 20)", 0},
    {"honest", OPTION_HONEST, "WHAT", 0,
     "With --levels auto: what the half of the units that chooses splits takes no part in: tests, estimates (and "
     "tests), or no (default): all units do everything",
     0},
    {"min-samples", 'm', "N,N,N", 0,
     "Exposures that a segment of each level needs (default 100; the last stands for the rest)", 0},
    {"out", 'o', "FILE", 0, "Where to write the bundle; - is standard output", 0},
    {"experiment", OPTION_EXPERIMENT, "KEY", 0, "Which experiment, if the log has several", 0},
    {"outcome", OPTION_OUTCOME, "NAME", 0, "Which outcome is the reward (default the first that joins)", 0},
    {"window", OPTION_WINDOW, "TIME", 0,
     "How long after an exposure an outcome counts: 90s, 30m, 24h, 7d (default 24h)", 0},
    {"reward", OPTION_REWARD, "MODEL", 0, "auto (default), binary or normal", 0},
    {"exploration", OPTION_EXPLORATION, "SHARE", 0,
     "default (0.15), aggressive (0.30), conservative (0.05), or a number", 0},
    {"min-propensity", OPTION_MIN_PROPENSITY, "P", 0, "Least probability of any variant (default 0.01)", 0},
    {"prune-gain", OPTION_PRUNE_GAIN, "SHARE", 0,
     "A segment serves on its own if that earns so much more (default 0.003; 0 keeps all)", 0},
    {"prune-alpha", OPTION_PRUNE_ALPHA, "P", 0,
     "And if its effects differ by a test at that level (default 1, no test; with --honest 0.05)", 0},
    {"fold", OPTION_FOLD, "K/N", 0, "Learn from every N-th unit only, to judge on the others", 0},
    {"seed", OPTION_SEED, "N", 0, "Seed of the assignment (default from the experiment's key)", 0},
    {"assignment", OPTION_ASSIGNMENT, "MODE", 0,
     "How units become variants: race (default); growthbook-v2, murmur3 or unleash buckets for sites that move here",
     0},
    {"settings", OPTION_SETTINGS, "BUNDLE", 0,
     "Run the experiment as this bundle does: what `bundle set` has set there, and its assignment", 0},
    {"control", OPTION_CONTROL, "VARIANT", 0,
     "Which variant is the control (default control, default, or the first by name)", 0},
    {"model", OPTION_MODEL, "FILE", 0, "Bundle whose schema, encoder and clusters visitors are placed with", 0},
    {"report", OPTION_REPORT, "FILE", 0, "Where to write the report (default beside the bundle)", 0},
    {"max-bad", OPTION_MAX_BAD, "PERCENT", 0, "Fail when more lines than that are no events (default 1)", 0},
    {"json", OPTION_JSON, 0, 0, "Print the report instead of a summary", 0},
    {0},
};

static void read_levels(struct argp_state *state, const char *text, spl_learn_settings *s)
{
    spl_text names[SPL_LEARN_LEVELS_MAX];
    s->grow.on = strcmp(text, "auto") == 0;
    s->log.level_count = 0;
    if (s->grow.on) return;
    size_t count = spl_cli_split(text, ',', names, SPL_LEARN_LEVELS_MAX);
    if (count > SPL_LEARN_LEVELS_MAX) argp_error(state, "--levels: at most %d", SPL_LEARN_LEVELS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (names[i].size == 0) argp_error(state, "--levels: \"%s\" has an empty name", text);
        for (size_t j = 0; j < i; j++) {
            if (spl_text_equal(names[i], names[j])) argp_error(state, "--levels: \"%s\" has a name twice", text);
        }
        s->levels[i].attribute = names[i];
    }
    s->log.level_count = (uint32_t)count;
}

static void read_min_samples(struct argp_state *state, const char *text, spl_learn_settings *s)
{
    spl_text parts[SPL_LEARN_LEVELS_MAX];
    size_t count = spl_cli_split(text, ',', parts, SPL_LEARN_LEVELS_MAX);
    if (count == 0 || count > SPL_LEARN_LEVELS_MAX)
        argp_error(state, "--min-samples: 1 to %d numbers", SPL_LEARN_LEVELS_MAX);
    for (size_t i = 0; i < count; i++) {
        char number[24] = "";
        if (parts[i].size < sizeof number) memcpy(number, parts[i].data, parts[i].size);
        if (!spl_cli_u64(number, &s->min_samples[i]))
            argp_error(state, "--min-samples: \"%s\" is not a list of whole numbers", text);
    }
    s->min_samples_count = count;
}

static void read_reward(struct argp_state *state, const char *text, spl_reward_model *out)
{
    static const char *const words[] = {"auto", "binary", "normal"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, words[i]) != 0) continue;
        *out = (spl_reward_model)i;
        return;
    }
    argp_error(state, "--reward: \"%s\" is not auto, binary or normal", text);
}

static void read_assignment(struct argp_state *state, const char *text, spl_hash_mode *out)
{
    uint32_t mode;
    if (!spl_hash_mode_parse(text, &mode))
        argp_error(state, "--assignment: \"%s\" is not race, growthbook-v2, murmur3 or unleash", text);
    *out = (spl_hash_mode)mode;
}

static void check_outputs(struct argp_state *state, const spl_learn_settings *s)
{
    if (!s->out && !s->report && !s->json && !s->request->keep) argp_error(state, "--out is missing");
    if (spl_path_is_dash(s->out) + spl_path_is_dash(s->report) + s->json > 1)
        argp_error(state, "only one of --out -, --report - and --json can have standard output");
    char problem[512];
    const char *const reads[] = {s->events, s->model, s->settings_path}, *const writes[] = {s->out, s->report};
    if (!spl_cli_paths_apart(reads, 3, writes, 2, problem, sizeof problem)) argp_error(state, "%s", problem);
}

// A tree that is grown has no names for its levels, only their minima.
static void finish_grow(struct argp_state *state, spl_learn_settings *s)
{
    if (!s->grow.on && s->grow.any)
        argp_error(state,
                   "--max-depth, --candidates, --split-alpha, --min-per-variant and --honest go with --levels auto");
    if (!s->grow.on) return;
    s->log.level_count = (uint32_t)s->grow.max_depth;
    s->log.in_columns = true;
    if (s->grow.honesty != SPL_HONEST_NO && !s->has_prune_alpha) s->learn.prune_alpha = 0.05; // the other half confirms
    s->log.candidates = s->grow.candidates;
    s->log.candidate_count = s->grow.candidate_count;
    s->log.half_seed = s->seeded ? s->seed : 0;
}

// A linear policy serves everybody from one model: it has no segments.
static void finish_policy(struct argp_state *state, spl_learn_settings *s)
{
    if (!s->policy.word && s->policy.any)
        argp_error(state, "--on, --alpha, --gamma, --temperature, --epsilon and --weights go with --policy");
    if (s->policy.word && (s->log.level_count > 0 || s->grow.on))
        argp_error(state, "--policy and --levels: a linear policy has no segments");
    s->log.in_rows = s->policy.word != NULL;
}

static void finish_options(struct argp_state *state, spl_learn_settings *s)
{
    if (!s->events) argp_error(state, "which events? Give a file, or - for standard input");
    check_outputs(state, s);
    finish_grow(state, s);
    finish_policy(state, s);
    size_t given = s->min_samples_count;
    if (given > s->log.level_count && given > 1)
        argp_error(state, "--min-samples has %zu numbers for %u levels", given, s->log.level_count);
    for (uint32_t i = 0; i < s->log.level_count; i++) {
        s->levels[i].min_samples = given == 0 ? MIN_SAMPLES : s->min_samples[i < given ? i : given - 1];
    }
    s->log.levels = s->levels;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    spl_learn_settings *s = state->input;
    s->grow.any |= key == OPTION_MAX_DEPTH || key == OPTION_SPLIT_ALPHA || key == OPTION_MIN_PER_VARIANT;
    switch (key) {
    case OPTION_MAX_DEPTH:
        s->grow.max_depth = spl_cli_read_count(state, "max-depth", text, 1, SPL_LEARN_LEVELS_MAX);
        break;
    case OPTION_CANDIDATES: spl_grow_read_candidates(state, text, &s->grow); break;
    case OPTION_SPLIT_ALPHA: s->grow.alpha = spl_cli_read_number(state, "split-alpha", text, 0, 1); break;
    case OPTION_MIN_PER_VARIANT:
        s->grow.min_per_variant = spl_cli_read_count(state, "min-per-variant", text, 1, UINT32_MAX);
        break;
    case OPTION_HONEST: spl_grow_read_honest(state, text, &s->grow); break;
    case 'l': read_levels(state, text, s); break;
    case 'm': read_min_samples(state, text, s); break;
    case 'o': s->out = text; break;
    case OPTION_EXPERIMENT: s->log.experiment = text; break;
    case OPTION_OUTCOME: s->log.outcome = text; break;
    case OPTION_WINDOW:
        if (!spl_cli_duration(text, &s->log.window_ms) || s->log.window_ms == 0)
            argp_error(state, "--window: \"%s\" is not a time such as 24h", text);
        break;
    case OPTION_REWARD: read_reward(state, text, &s->learn.reward); break;
    case OPTION_EXPLORATION:
        if (!spl_learn_preset(text, &s->learn.exploration))
            s->learn.exploration = spl_cli_read_number(state, "exploration", text, 0, 1);
        break;
    case OPTION_MIN_PROPENSITY:
        s->learn.min_propensity = spl_cli_read_number(state, "min-propensity", text, 0, 1);
        break;
    case OPTION_PRUNE_GAIN: s->learn.prune_gain = spl_cli_read_number(state, "prune-gain", text, 0, 1); break;
    case OPTION_PRUNE_ALPHA:
        s->has_prune_alpha = true;
        s->learn.prune_alpha = spl_cli_read_number(state, "prune-alpha", text, 0, 1);
        break;
    case OPTION_FOLD: s->log.fold = spl_cli_read_fold(state, text); break;
    case OPTION_SEED:
        if (!spl_cli_u64(text, &s->seed)) argp_error(state, "--seed: \"%s\" is not a whole number", text);
        s->seeded = true;
        break;
    case OPTION_ASSIGNMENT: read_assignment(state, text, &s->hash_mode); break;
    case OPTION_CONTROL: s->log.control = text; break;
    case OPTION_MODEL: s->model = text; break;
    case OPTION_SETTINGS: s->settings_path = text; break;
    case OPTION_REPORT: s->report = text; break;
    case OPTION_JSON: s->json = true; break;
    case OPTION_MAX_BAD: s->log.max_bad = spl_cli_read_max_bad(state, text); break;
    case ARGP_KEY_ARG:
        if (s->events) argp_error(state, "one file of events only, not \"%s\" too", text);
        s->events = text;
        break;
    case ARGP_KEY_INIT: state->child_inputs[0] = &s->policy; break;
    case ARGP_KEY_END: finish_options(state, s); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_child CHILDREN[] = {{&spl_policy_argp, 0, NULL, 0}, {0}};
static const struct argp PARSER = {OPTIONS, parse_option, "EVENTS", DOC, CHILDREN, NULL, NULL};

bool spl_learn_takes(const char *name)
{
    return spl_learn_records(&PARSER, name);
}

bool spl_learn_run(int argc, char **argv, spl_learn_request *request, spl_error *error)
{
    spl_learn_settings s = {.request = request,
                            .learn = spl_learn_config_default(),
                            .grow = spl_grow_options_default(),
                            .log = {.window_ms = 24 * HOUR_MS, .fold = SPL_FOLD_ALL, .max_bad = MAX_BAD}};
    if (argp_parse(&PARSER, argc, argv, 0, NULL, &s) != 0) return spl_fail(error, "the options cannot be read");
    spl_learn_record(&PARSER, argc, argv, &s.recorded);
    for (uint32_t i = 0; request->model && i < s.recorded.count; i++) {
        if (strcmp(s.recorded.options[i].name, "model") == 0) s.recorded.options[i].value = request->model;
    }
    return spl_learn_work(&s, error);
}

int spl_cmd_learn(int argc, char **argv)
{
    spl_error error = {0};
    spl_learn_request request = {.parent = NULL};
    return spl_learn_run(argc, argv, &request, &error) ? 0 : spl_cli_fail("learn", &error);
}
