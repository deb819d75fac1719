// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/learn_policy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "bundle/report_read.h"
#include "cli/options.h"
#include "host/files.h"
#include "host/grid.h"
#include "learn/bandit/linear_compile.h"
#include "learn/bandit/linear_report.h"
#include "learn/compile.h"
#include "learn/report_write.h"

#define LAYER_SEED 1 // as in `samplit bench bandit`

enum { KEY_POLICY = 1024, KEY_ON, KEY_ALPHA, KEY_GAMMA, KEY_TEMPERATURE, KEY_EPSILON, KEY_WEIGHTS };

static const struct argp_option OPTIONS[] = {
    {0, 0, 0, 0, "Linear policies (docs/bandits.md):", 1},
    {"policy", KEY_POLICY, "RULE", 0,
     "auto, linucb, lints, inverse-gap, softmax or epsilon-greedy, instead of segments", 1},
    {"on", KEY_ON, "SPACE", 0, "features or embedding (of the model's encoder, else of random units)", 1},
    {"alpha", KEY_ALPHA, "A", 0, "linucb and lints: width in standard deviations (default 0.8; lints 0.5)", 1},
    {"gamma", KEY_GAMMA, "G", 0, "inverse-gap: how much a gap between scores counts", 1},
    {"temperature", KEY_TEMPERATURE, "T", 0, "softmax: in units of reward", 1},
    {"epsilon", KEY_EPSILON, "E", 0, "epsilon-greedy: share of uniform play (default 0.05)", 1},
    {"weights", KEY_WEIGHTS, "HOW", 0, "none (default), or inverse: exposures count by 1/propensity", 1},
    {0},
};

static double number(struct argp_state *state, const char *option, const char *text, double most)
{
    double value;
    if (!spl_cli_double(text, &value) || !(value > 0) || value > most)
        argp_error(state, "--%s: \"%s\" is not a number above 0, at most %g", option, text, most);
    return value;
}

static void read_policy(struct argp_state *state, const char *text, spl_policy_options *o)
{
    spl_bandit_config preset;
    if (!spl_bandit_preset_log(text, &preset))
        argp_error(state, "--policy: \"%s\" is not auto, linucb, lints, inverse-gap, softmax or epsilon-greedy", text);
    o->word = text;
    if (o->on_given) preset.space = o->learn.policy.space;
    o->learn.policy = preset;
}

static void read_space(struct argp_state *state, const char *text, spl_policy_options *o)
{
    bool embedding = strcmp(text, "embedding") == 0;
    if (!embedding && strcmp(text, "features") != 0)
        argp_error(state, "--on: \"%s\" is neither features nor embedding", text);
    o->learn.policy.space = embedding ? SPL_SPACE_EMBEDDING : SPL_SPACE_FEATURES;
    o->on_given = true;
}

static void read_weights(struct argp_state *state, const char *text, spl_policy_options *o)
{
    o->learn.weights = strcmp(text, "inverse") == 0;
    if (!o->learn.weights && strcmp(text, "none") != 0)
        argp_error(state, "--weights: \"%s\" is neither none nor inverse", text);
}

// A number that the rule does not ask for would change nothing, and nobody would notice.
static void check_numbers(struct argp_state *state, const spl_policy_options *o)
{
    static const struct {
        spl_rule rule;
        const char *option;
    } asked[] = {
        {SPL_RULE_INVERSE_GAP, "--gamma"}, {SPL_RULE_SOFTMAX, "--temperature"}, {SPL_RULE_EPSILON_GREEDY, "--epsilon"}};
    if (!o->word) return;
    spl_rule rule = o->learn.policy.rule;
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        if (o->parameter[asked[i].rule] > 0 && asked[i].rule != rule)
            argp_error(state, "%s goes with --policy %s, not %s", asked[i].option, spl_linear_rule_word(asked[i].rule),
                       o->word);
    }
    if (o->alpha > 0 && rule != SPL_RULE_LINUCB && rule != SPL_RULE_LINTS)
        argp_error(state, "--alpha goes with --policy auto, linucb or lints, not %s", o->word);
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    spl_policy_options *o = state->input;
    switch (key) {
    case KEY_POLICY: read_policy(state, text, o); return 0;
    case KEY_ON: read_space(state, text, o); break;
    case KEY_ALPHA: o->alpha = number(state, "alpha", text, 1e6); break;
    case KEY_GAMMA: o->parameter[SPL_RULE_INVERSE_GAP] = number(state, "gamma", text, 1e12); break;
    case KEY_TEMPERATURE: o->parameter[SPL_RULE_SOFTMAX] = number(state, "temperature", text, 1e6); break;
    case KEY_EPSILON: o->parameter[SPL_RULE_EPSILON_GREEDY] = number(state, "epsilon", text, 1); break;
    case KEY_WEIGHTS: read_weights(state, text, o); break;
    case ARGP_KEY_END: check_numbers(state, o); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
    o->any = true;
    return 0;
}

const struct argp spl_policy_argp = {OPTIONS, parse_option, NULL, NULL, NULL, NULL, NULL};

// --- writing ------------------------------------------------------------------------------------------------

// Everything that the files and the summary are made from.
typedef struct result {
    const spl_log *log;
    const spl_policy_options *options;
    const spl_policy_target *target;
    const spl_bundle *model; // NULL = none
    spl_learned *root;       // the variants as a whole
    const spl_linear_learned *linear;
} result;

static void print_summary(FILE *to, const result *r, const spl_report_source *source, const char *report)
{
    const spl_linear_learned *l = r->linear;
    fprintf(to, "%s on %u entries of the %s: %" PRIu64 " exposures, mean reward %.4f\n",
            spl_linear_rule_word(l->linear.rule), l->d - 1,
            l->linear.space == SPL_SPACE_EMBEDDING ? "embedding" : "features", r->log->joined.exposures, l->prior);
    spl_grid *table = spl_grid_new("lrrr");
    const char *const heading[] = {"variant", "exposures", "reward", "share"};
    for (int i = 0; table && i < 4; i++) spl_grid_cell(table, "%s", heading[i]);
    for (uint32_t a = 0; table && a < l->k; a++) {
        spl_grid_cell(table, "%.*s", (int)source->variants[a].size, source->variants[a].data);
        spl_grid_cell(table, "%" PRIu64, l->arms[a].rows);
        spl_grid_cell(table, "%.4f", l->arms[a].mean);
        spl_grid_cell(table, "%.1f %%", 100 * l->arms[a].share);
    }
    if (table) spl_grid_print(table, to);
    spl_grid_free(table);
    fprintf(to, "lambda %g, noise %.4f; exposures %s; single precision moves scores by at most %.1e\n", l->lambda,
            l->noise, r->options->learn.weights ? "weighted by 1/propensity" : "not weighted", l->score_error);
    if (r->target->out) fprintf(to, "bundle %s: %s\n", source->bundle_id, r->target->out);
    if (report) fprintf(to, "report: %s\n", report);
}

// The report first: where it cannot be written, no bundle appears.
static bool write_files(const result *r, const spl_report_source *source, const uint8_t *data, size_t size,
                        spl_error *error)
{
    const spl_policy_target *t = r->target;
    char *beside = t->out && !spl_path_is_dash(t->out) ? spl_report_path(t->out) : NULL;
    const char *report = t->report ? t->report : beside;
    bool ok = !report || spl_report_write(report, source, error);
    ok = ok && (!t->json || spl_report_write("-", source, error));
    if (ok && t->out) ok = spl_file_write(t->out, data, size, error);
    if (ok && !t->json && !t->request->quiet)
        print_summary(spl_path_is_dash(t->out) || spl_path_is_dash(report) ? stderr : stdout, r, source, report);
    free(beside);
    return ok;
}

static bool write_report(const result *r, const char *id, const uint8_t *data, size_t size, spl_error *error)
{
    const spl_linear_report linear = {r->log->variants.names, r->options->learn.weights, r->options->word, r->log->rows,
                                      r->linear};
    char *text = spl_linear_report_text(&linear);
    spl_report_source source = {
        .bundle_id = id,
        .experiment = r->log->experiment,
        .outcome = r->log->outcome,
        .variants = r->log->variants.names,
        .learned = r->root,
        .joined = r->log->joined,
        .not_drawn = r->log->not_drawn,
        .tally = r->log->tally,
        .linear = text,
    };
    for (uint32_t a = 0; a < r->linear->k; a++) r->root->arms[a].probability = r->linear->arms[a].share;
    bool ok = (text && spl_value_of(r->root, &source.value)) || spl_fail(error, "out of memory");
    ok = ok && write_files(r, &source, data, size, error);
    free(text);
    return ok;
}

static bool compile(const result *r, spl_error *error)
{
    const spl_linear_compile_config config = {
        .experiment = r->log->experiment,
        .seed = r->target->seed,
        .variants = r->log->variants.names,
        .min_propensity = r->target->learn->min_propensity,
        .hash_mode = r->target->hash_mode,
        .settings = r->target->settings,
        .payloads = r->target->payloads,
        .model = r->model,
        .more = r->target->more,
    };
    uint8_t *data;
    size_t size;
    char id[33];
    if (!spl_linear_compile(r->linear, &config, &data, &size, id, error)) return false;
    if (spl_learn_kept(r->target->request, data, size, id)) return true;
    bool ok = write_report(r, id, data, size, error);
    free(data);
    return ok;
}

// The variants as a whole are learned as without --policy: that checks the floor too.
static bool finish(result *r, spl_error *error)
{
    if (!spl_learn(r->log->state, r->target->learn, &r->root, error)) return false;
    bool ok = compile(r, error);
    spl_learned_free(r->root);
    return ok;
}

static bool learn_with(const spl_log *log, const spl_policy_options *o, const spl_policy_target *t,
                       const spl_bundle *model, const spl_schema_spec *schema, spl_error *error)
{
    spl_linear_config config = o->learn;
    config.policy.parameter = o->parameter[config.policy.rule];
    if (o->alpha > 0) config.policy.alpha = o->alpha;
    config.seed = LAYER_SEED;
    config.choose_space = strcmp(o->word, "auto") == 0 && !o->on_given;
    config.schema = schema;
    if (model && model->encoder_count > 0) {
        config.encoders = model->encoders;
        config.encoder_count = model->encoder_count;
    }
    spl_linear_learned *learned;
    if (!spl_linear_learn(log->rows, log->variants.count, &config, &learned, error)) return false;
    if (log->rows->without_context > 0 && !t->request->quiet)
        spl_cli_warn("learn", "%" PRIu64 " of %u exposures have no context; all their attributes count as missing",
                     log->rows->without_context, log->rows->count);
    result r = {log, o, t, model, NULL, learned};
    bool ok = finish(&r, error);
    spl_linear_learned_free(learned);
    return ok;
}

bool spl_policy_learn(const spl_log *log, const spl_policy_options *options, const spl_policy_target *target,
                      spl_error *error)
{
    spl_bundle_file file = {0};
    spl_schema_spec *schema = NULL;
    if (!target->model) return learn_with(log, options, target, NULL, NULL, error);
    if (!spl_bundle_file_open(target->model, &file, error)) return false;
    bool ok = spl_schema_spec_of_bundle(&file.bundle, &schema, error) || spl_fail_at(error, target->model, 0);
    ok = ok && learn_with(log, options, target, &file.bundle, schema, error);
    spl_schema_spec_free(schema);
    spl_bundle_file_close(&file);
    return ok;
}
