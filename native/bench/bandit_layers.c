// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/bandit_layers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/pool.h"
#include "learn/bandit/linear_compile.h"
#include "learn/compile.h"
#include "learn/level_values.h"
#include "learn/tree/tree_grow.h"
#include "samplit/hash.h"
#include "simulate/serving.h"
#include "simulate/visitor.h"

#define FIRST_PERIOD 500
#define GROWTH 1.2
#define ENOUGH 0.95 // of the oracle's value
#define LAST 0.2    // share of the visits that `last` is taken over

#define MIN_SAMPLES 100 // of a segment at any level, as `samplit learn` has it

// One closed loop.
typedef struct loop {
    const spl_layers_config *config;
    spl_layer_kind kind;
    uint64_t seed;
    spl_learn_config learning;
    // The first three layers: a state per node of the world that they use, and what it serves.
    spl_state **states; // [nodes], NULL where unused
    double *tables;     // (nodes, variants)
    bool *serves;       // [nodes]
    // The others: what they keep of the visits, and the bundle that serves.
    spl_state *state;
    spl_exposures *exposures;
    spl_linear_rows *rows;
    spl_serving serving;
    spl_level levels[SPL_WORLD_LEVELS_MAX];
    spl_visitor visitor;
    spl_event event; // its context, as the log would have it
    spl_context context;
    double p[SPL_VARIANTS_MAX];
    uint64_t period;
} loop;

const char *spl_layer_name(uint32_t kind)
{
    static const char *const names[] = {"global Thompson",  "per segment",  "cascade", "pooled cascade",
                                        "pooled, unpruned", "learned tree", "linear",  "neural-linear"};
    return names[kind];
}

// --- before the first visit ---------------------------------------------------------------------------------

static bool uses_node(const loop *l, uint32_t node)
{
    if (l->kind == SPL_LAYER_GLOBAL) return node == 0;
    return l->kind == SPL_LAYER_CASCADE || l->config->world->nodes[node].child_count == 0;
}

static bool prepare_nodes(loop *l)
{
    const spl_world *world = l->config->world;
    uint32_t n = world->node_count, k = world->variant_count;
    l->states = calloc(n, sizeof *l->states);
    l->tables = calloc((size_t)n * k, sizeof *l->tables);
    l->serves = calloc(n, sizeof *l->serves);
    if (!l->states || !l->tables || !l->serves) return false;
    const spl_state_config config = {.variant_count = k};
    for (uint32_t i = 0; i < n; i++) {
        if (uses_node(l, i) && !(l->states[i] = spl_state_new(&config))) return false;
    }
    return true;
}

static bool uses_state(const loop *l)
{
    return l->kind == SPL_LAYER_POOLED || l->kind == SPL_LAYER_UNPRUNED;
}

static bool prepare_bundle(loop *l, spl_error *error)
{
    const spl_world *world = l->config->world;
    for (uint32_t i = 0; i < SPL_WORLD_LEVELS_MAX; i++) {
        l->levels[i].min_samples = MIN_SAMPLES;
        if (i < world->level_count) l->levels[i].attribute = world->levels[i];
    }
    const spl_state_config config = {world->variant_count, world->level_count, l->levels, 0};
    bool ok = true;
    if (uses_state(l)) ok = (l->state = spl_state_new(&config));
    if (l->kind == SPL_LAYER_TREE) ok = (l->exposures = spl_exposures_new(spl_candidates_new(NULL, 0)));
    if (l->kind >= SPL_LAYER_LINEAR) ok = (l->rows = spl_linear_rows_new());
    return (ok || spl_fail(error, "out of memory")) && spl_serving_uniform(world, &l->serving, error);
}

static bool prepare(loop *l, spl_error *error)
{
    l->learning = spl_learn_config_default();
    if (l->kind == SPL_LAYER_UNPRUNED) l->learning.prune_gain = 0;
    if (l->kind >= SPL_LAYER_POOLED) return prepare_bundle(l, error);
    return prepare_nodes(l) || spl_fail(error, "out of memory");
}

static void finish(loop *l)
{
    for (uint32_t i = 0; l->states && i < l->config->world->node_count; i++) spl_state_free(l->states[i]);
    free(l->states);
    free(l->tables);
    free(l->serves);
    spl_state_free(l->state);
    spl_exposures_free(l->exposures);
    spl_linear_rows_free(l->rows);
    spl_serving_close(&l->serving);
}

// --- learning -----------------------------------------------------------------------------------------------

static bool learn_nodes(loop *l, spl_error *error)
{
    const spl_world *world = l->config->world;
    uint32_t k = world->variant_count;
    for (uint32_t i = 0; i < world->node_count; i++) {
        spl_learned *learned;
        if (!l->states[i]) continue;
        if (!spl_learn(l->states[i], &l->learning, &learned, error)) return false;
        for (uint32_t v = 0; v < k; v++) l->tables[(size_t)i * k + v] = learned->arms[v].probability;
        uint32_t depth = world->nodes[i].depth;
        double least = depth > 0 && l->kind == SPL_LAYER_CASCADE ? MIN_SAMPLES : 0;
        l->serves[i] = learned->nodes[0].samples >= least;
        spl_learned_free(learned);
    }
    return true;
}

// Serves from a bundle in memory, which it takes.
static bool serve_bytes(loop *l, uint8_t *data, size_t size, spl_error *error)
{
    spl_serving fresh = {0};
    if (!spl_bundle_file_take(data, size, &fresh.file, error)) {
        free(data);
        return false;
    }
    fresh.workspace = spl_bundle_file_workspace(&fresh.file, &fresh.memory);
    spl_serving_close(&l->serving);
    l->serving = fresh;
    return fresh.workspace != NULL || spl_fail(error, "out of memory");
}

static bool compile_table(loop *l, const spl_learned *learned, spl_error *error)
{
    const spl_world *world = l->config->world;
    const spl_compile_config config = {
        .experiment = world->experiment,
        .seed = spl_compile_seed(world->experiment),
        .variants = world->variants,
        .levels = l->levels,
        .min_propensity = l->learning.min_propensity,
    };
    uint8_t *data;
    size_t size;
    char id[33];
    return spl_compile(learned, &config, &data, &size, id, error) && serve_bytes(l, data, size, error);
}

static bool learn_state(loop *l, spl_state *state, spl_state *judge, spl_error *error)
{
    spl_learned *learned;
    if (!spl_learn_judged(state, judge, &l->learning, &learned, error)) return false;
    bool ok = compile_table(l, learned, error);
    spl_learned_free(learned);
    return ok;
}

static bool learn_tree(loop *l, spl_error *error)
{
    const spl_grow_config config = {
        .variant_count = l->config->world->variant_count,
        .max_depth = 4,
        .levels = l->levels,
        .alpha = 0.05,
        .min_per_variant = 20,
        .honesty = SPL_HONEST_NO,
        .binary = true,
    };
    spl_grown grown;
    if (!spl_tree_grow(l->exposures, &config, &grown)) return spl_fail(error, "out of memory");
    bool ok = learn_state(l, grown.state, grown.judge, error);
    spl_grown_free(&grown);
    return ok;
}

static bool learn_linear(loop *l, spl_error *error)
{
    const spl_world *world = l->config->world;
    spl_linear_config config = {.seed = 1};
    spl_bandit_preset_log(l->kind == SPL_LAYER_LINEAR ? "lints" : "auto", &config.policy);
    config.choose_space = l->kind == SPL_LAYER_NEURAL;
    spl_linear_learned *learned;
    if (!spl_linear_learn(l->rows, world->variant_count, &config, &learned, error)) return false;
    const spl_linear_compile_config compile = {
        .experiment = world->experiment,
        .seed = spl_compile_seed(world->experiment),
        .variants = world->variants,
        .min_propensity = l->learning.min_propensity,
    };
    uint8_t *data;
    size_t size;
    char id[33];
    bool ok = spl_linear_compile(learned, &compile, &data, &size, id, error) && serve_bytes(l, data, size, error);
    spl_linear_learned_free(learned);
    return ok;
}

static bool learn(loop *l, spl_error *error)
{
    l->period++;
    if (l->kind < SPL_LAYER_POOLED) return learn_nodes(l, error);
    if (uses_state(l)) return learn_state(l, l->state, l->state, error);
    return l->kind == SPL_LAYER_TREE ? learn_tree(l, error) : learn_linear(l, error);
}

// --- one visit ----------------------------------------------------------------------------------------------

static void serve_nodes(loop *l)
{
    const spl_world *world = l->config->world;
    uint32_t k = world->variant_count, node = l->visitor.leaf;
    while (node != SPL_NO_NODE && !l->serves[node]) node = world->nodes[node].parent;
    for (uint32_t v = 0; v < k; v++) l->p[v] = node == SPL_NO_NODE ? 1.0 / k : l->tables[(size_t)node * k + v];
}

static void serve_bundle(loop *l)
{
    spl_field fields[SPL_VISITOR_FIELDS_MAX];
    spl_decision decision;
    const spl_visitor *visitor = &l->visitor;
    for (uint32_t i = 0; i < visitor->field_count; i++) fields[i] = visitor->fields[i].field;
    spl_text unit = {visitor->unit, sizeof visitor->unit - 1};
    spl_decide(&l->serving.file.bundle, l->serving.workspace, l->serving.experiment, unit, fields, visitor->field_count,
               &decision);
    memcpy(l->p, decision.probabilities, decision.variant_count * sizeof *l->p);
}

static bool observe_nodes(loop *l, uint32_t variant, double reward, spl_chance chance)
{
    for (uint32_t i = l->visitor.leaf; i != SPL_NO_NODE; i = l->config->world->nodes[i].parent) {
        if (l->states[i] && !spl_state_add(l->states[i], NULL, variant, reward, chance)) return false;
    }
    return true;
}

static bool observe_state(loop *l, uint32_t variant, double reward, spl_chance chance)
{
    const spl_world *world = l->config->world;
    spl_text values[SPL_WORLD_LEVELS_MAX];
    char buffers[SPL_WORLD_LEVELS_MAX][SPL_NUMBER_TEXT_MAX];
    for (uint32_t i = 0; i < world->level_count; i++) {
        const spl_attribute *attribute =
            spl_context_find(&l->serving.workspace->context, spl_name_hash(world->levels[i]));
        values[i] = spl_attribute_text(attribute, buffers[i]);
    }
    return spl_state_add(l->state, values, variant, reward, chance);
}

static bool observe(loop *l, uint32_t variant, double reward)
{
    const spl_chance chance = {l->p[variant], l->period + 1};
    if (l->kind < SPL_LAYER_POOLED) return observe_nodes(l, variant, reward, chance);
    if (uses_state(l)) return observe_state(l, variant, reward, chance);
    const spl_context *context = &l->serving.workspace->context;
    l->event.has_context = true;
    l->event.context_count = l->visitor.field_count;
    memcpy(l->event.context, l->visitor.fields, l->visitor.field_count * sizeof *l->visitor.fields);
    if (l->kind == SPL_LAYER_TREE) {
        uint32_t half = spl_exposures_half((spl_text){l->visitor.unit, sizeof l->visitor.unit - 1}, 0);
        uint32_t row = spl_exposures_add(l->exposures, context, &l->event, variant, half, chance);
        if (row != SPL_NO_ROW) spl_exposures_close(l->exposures, row, reward);
        return row != SPL_NO_ROW;
    }
    uint32_t row = spl_linear_rows_add(l->rows, context, &l->event, variant, chance);
    if (row != SPL_LINEAR_NO_ROW) spl_linear_rows_close(l->rows, row, reward);
    return row != SPL_LINEAR_NO_ROW;
}

// What a period was worth.
typedef struct worth {
    double value, oracle;
} worth;

static bool visit(loop *l, uint64_t index, spl_layer_run *run, worth *period)
{
    const spl_world *world = l->config->world;
    spl_visitor_draw(world, l->seed, index, &l->visitor);
    if (l->kind < SPL_LAYER_POOLED)
        serve_nodes(l);
    else
        serve_bundle(l);
    const spl_world_node *leaf = &world->nodes[l->visitor.leaf];
    double factor = world->multiplier[l->visitor.returning], value = 0, sum = 0;
    for (uint32_t v = 0; v < world->variant_count; v++) {
        value += l->p[v] * leaf->rates[v] * factor;
        sum += leaf->rates[v] * factor;
    }
    double oracle = leaf->rates[leaf->best] * factor, visits = (double)l->config->visitors;
    run->value += value / visits;
    run->uniform += sum / world->variant_count / visits;
    run->oracle += oracle / visits;
    if ((double)index >= (1 - LAST) * visits) {
        run->last += value / (LAST * visits);
        run->last_oracle += oracle / (LAST * visits);
    }
    period->value += value;
    period->oracle += oracle;
    uint64_t unit = spl_xxh64(l->visitor.unit, sizeof l->visitor.unit - 1, 0);
    uint32_t variant = spl_assign_race(index, unit, l->p, world->variant_count);
    return observe(l, variant, spl_visitor_converts(l->visitor.luck, leaf->rates[variant] * factor));
}

static bool run_loop(loop *l, spl_layer_run *run, spl_error *error)
{
    uint64_t next = FIRST_PERIOD;
    worth period = {0, 0};
    run->reached = NAN;
    for (uint64_t i = 0; i < l->config->visitors; i++) {
        if (i == next) {
            if (!(period.value >= ENOUGH * period.oracle))
                run->reached = NAN;
            else if (isnan(run->reached))
                run->reached = (double)i;
            period = (worth){0, 0};
            if (!learn(l, error)) return false;
            next = (uint64_t)((double)i * GROWTH);
        }
        if (!visit(l, i, run, &period)) return spl_fail(error, "out of memory");
    }
    return true;
}

// --- all of them --------------------------------------------------------------------------------------------

typedef struct job {
    const spl_layers_config *config;
    spl_layer_run *runs;
    spl_error *errors; // one per run; text empty = done
} job;

static void run_part(void *owner, uint32_t part, uint32_t thread)
{
    job *j = owner;
    (void)thread;
    loop *l = calloc(1, sizeof *l);
    if (!l) {
        spl_fail(&j->errors[part], "out of memory");
        return;
    }
    l->config = j->config;
    l->kind = (spl_layer_kind)(part % SPL_LAYER_COUNT);
    l->seed = part / SPL_LAYER_COUNT + 1;
    if (prepare(l, &j->errors[part])) run_loop(l, &j->runs[part], &j->errors[part]);
    finish(l);
    free(l);
}

bool spl_layers_run(const spl_layers_config *config, spl_layer_run **runs, spl_error *error)
{
    uint32_t parts = config->seeds * SPL_LAYER_COUNT;
    job j = {config, calloc(parts, sizeof *j.runs), calloc(parts, sizeof *j.errors)};
    bool ok = (j.runs && j.errors) || spl_fail(error, "out of memory");
    if (ok) {
        spl_pool *pool = spl_pool_new(0);
        spl_pool_run(pool, parts, run_part, &j);
        spl_pool_free(pool);
    }
    for (uint32_t i = 0; ok && i < parts; i++) {
        ok = j.errors[i].text[0] == '\0';
        if (!ok) *error = j.errors[i];
    }
    free(j.errors);
    if (!ok) free(j.runs);
    if (ok) *runs = j.runs;
    return ok;
}
