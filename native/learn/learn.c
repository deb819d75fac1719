// SPDX-License-Identifier: GPL-3.0-or-later
// Thompson sampling plays a variant with the probability that it is best. Instead of drawing from the posteriors at
// every decision, that probability is computed once per node (randomised probability matching: Scott 2010,
// "A modern Bayesian look at the multi-armed bandit") and published: a table to draw from, with exact propensities,
// and no posterior leaves the house.
#include "learn/learn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/best.h"
#include "learn/pooling.h"
#include "learn/prune.h"
#include "learn/segment_write.h"
#include "samplit/policy.h"

#define SAMPLES_WITHOUT_LEVELS 100

typedef struct assembly {
    const spl_state *state;
    const spl_state_config *config;
    const spl_pruning *pruning;
    spl_learned *learned;
    uint32_t *source; // [node_count] node of the state
    uint32_t *target; // [nodes of the state] node of the tree: its own, or its nearest kept ancestor's
    size_t text_used;
} assembly;

spl_learn_config spl_learn_config_default(void)
{
    return (spl_learn_config){SPL_REWARD_AUTO, 0.15, 0.01, 1, 0.003};
}

bool spl_learn_preset(const char *word, double *exploration)
{
    static const struct {
        const char *word;
        double exploration;
    } presets[] = {{"default", 0.15}, {"aggressive", 0.30}, {"conservative", 0.05}};
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
        if (strcmp(word, presets[i].word) != 0) continue;
        *exploration = presets[i].exploration;
        return true;
    }
    return false;
}

static bool out_of_memory(spl_error *error)
{
    return spl_fail(error, "out of memory");
}

static bool check(const spl_state *state, const spl_learn_config *config, spl_error *error)
{
    uint32_t k = spl_state_config_of(state)->variant_count;
    if (!(config->exploration >= 0 && config->exploration <= 1))
        return spl_fail_field(error, "exploration", "must be in [0, 1], not %g", config->exploration);
    if (!(config->min_propensity >= 0 && config->min_propensity * k <= 1))
        return spl_fail_field(error, "min_propensity", "must be in [0, %g] with %u variants, not %g", 1.0 / k, k,
                              config->min_propensity);
    if (!(config->prune_alpha > 0 && config->prune_alpha <= 1))
        return spl_fail_field(error, "prune_alpha", "must be in (0, 1], not %g", config->prune_alpha);
    if (!(config->prune_gain >= 0 && config->prune_gain <= 1))
        return spl_fail_field(error, "prune_gain", "must be in [0, 1], not %g", config->prune_gain);
    if (config->reward == SPL_REWARD_BINARY && !spl_state_binary(state))
        return spl_fail_field(error, "reward", "`binary` needs rewards of 0 and 1 only, and there are others");
    return true;
}

// --- the tree ---------------------------------------------------------------------------------------------

static void count_segments(const assembly *a)
{
    spl_learned *out = a->learned;
    for (uint32_t i = 1; i < spl_state_count(a->state); i++) {
        out->segments_observed++;
        out->segments_serving += a->pruning->serves[i];
        out->segments_pruned_samples += !a->pruning->enough[i];
        out->segments_pruned_effect += a->pruning->enough[i] && !a->pruning->serves[i];
    }
}

// Breadth first: the nodes found so far are the queue.
static void order_nodes(assembly *a)
{
    const spl_pruning *pruning = a->pruning;
    spl_learned *out = a->learned;
    out->nodes[0] = (spl_learned_node){.parent = SPL_NO_NODE};
    a->source[0] = 0;
    out->node_count = 1;
    for (uint32_t i = 0; i < out->node_count; i++) {
        spl_learned_node *node = &out->nodes[i];
        uint32_t from = node->source = a->source[i];
        node->first_child = out->node_count;
        node->serves = pruning->serves[from];
        node->samples = pruning->samples[from];
        node->effect_p = pruning->effect_p[from];
        for (uint32_t c = pruning->first_child[from]; c != SPL_NO_NODE; c = pruning->next_sibling[c]) {
            if (!pruning->keeps[c]) continue;
            out->nodes[out->node_count] = (spl_learned_node){.parent = i, .depth = node->depth + 1};
            a->source[out->node_count++] = c;
        }
        node->child_count = out->node_count - node->first_child;
        if (node->child_count == 0) node->first_child = 0;
    }
}

static void map_targets(assembly *a)
{
    for (uint32_t i = 0; i < spl_state_count(a->state); i++) a->target[i] = SPL_NO_NODE;
    for (uint32_t i = 0; i < a->learned->node_count; i++) a->target[a->source[i]] = i;
    for (uint32_t i = 1; i < spl_state_count(a->state); i++) {
        if (a->target[i] == SPL_NO_NODE) a->target[i] = a->target[spl_state_parent(a->state, i)];
    }
}

static bool is_listed(const spl_pruning *pruning, uint32_t node)
{
    return pruning->enough[node] && !pruning->keeps[node];
}

static int larger(const void *a, const void *b)
{
    const spl_pruned *x = a, *y = b;
    if (x->samples != y->samples) return x->samples < y->samples ? 1 : -1;
    return (x->key.size > y->key.size) - (x->key.size < y->key.size);
}

// Its key.size holds the node of the state until the keys are written: it also settles ties.
static bool list_pruned(assembly *a)
{
    spl_learned *out = a->learned;
    uint32_t n = 0;
    for (uint32_t i = 1; i < spl_state_count(a->state); i++) n += is_listed(a->pruning, i);
    spl_pruned *all = malloc((n + 1) * sizeof *all);
    if (!all) return false;
    n = 0;
    for (uint32_t i = 1; i < spl_state_count(a->state); i++) {
        if (!is_listed(a->pruning, i)) continue;
        all[n++] = (spl_pruned){
            a->target[i], spl_state_depth(a->state, i), a->pruning->samples[i], a->pruning->effect_p[i], {NULL, i}};
    }
    qsort(all, n, sizeof *all, larger);
    out->pruned = all;
    out->pruned_count = n < SPL_PRUNED_MAX ? n : SPL_PRUNED_MAX;
    return true;
}

// --- names ------------------------------------------------------------------------------------------------

// The key of a node of the state; at memory + text_used, or nowhere while sizes are added up.
static spl_text put_key(assembly *a, uint32_t node)
{
    spl_text attributes[SPL_TREE_DEPTH_MAX], values[SPL_TREE_DEPTH_MAX];
    uint32_t depth = spl_state_depth(a->state, node);
    for (uint32_t i = depth; i-- > 0; node = spl_state_parent(a->state, node)) {
        attributes[i] = spl_state_attribute(a->state, node);
        values[i] = spl_state_value(a->state, node);
    }
    char *at = a->learned->memory ? (char *)a->learned->memory + a->text_used : NULL;
    spl_text key = {at, spl_segment_write(attributes, values, depth, at)};
    a->text_used += key.size;
    return key;
}

static spl_text put_text(assembly *a, spl_text text)
{
    char *at = a->learned->memory ? (char *)a->learned->memory + a->text_used : NULL;
    if (at && text.size > 0) memcpy(at, text.data, text.size);
    a->text_used += text.size;
    return (spl_text){at, text.size};
}

static void put_names(assembly *a, uint32_t i)
{
    spl_learned_node *node = &a->learned->nodes[i];
    node->key = put_key(a, a->source[i]);
    node->attribute = put_text(a, spl_state_attribute(a->state, a->source[i]));
    node->value = put_text(a, spl_state_value(a->state, a->source[i]));
}

static size_t measure_names(assembly *a)
{
    a->text_used = 0;
    for (uint32_t i = 0; i < a->learned->node_count; i++) put_names(a, i);
    for (uint32_t i = 0; i < a->learned->pruned_count; i++) put_key(a, (uint32_t)a->learned->pruned[i].key.size);
    return a->text_used;
}

static bool write_names(assembly *a)
{
    size_t bytes = measure_names(a);
    a->learned->memory = malloc(bytes + 1);
    if (!a->learned->memory) return false;
    a->text_used = 0;
    for (uint32_t i = 0; i < a->learned->node_count; i++) put_names(a, i);
    for (uint32_t i = 0; i < a->learned->pruned_count; i++) {
        spl_pruned *pruned = &a->learned->pruned[i];
        pruned->key = put_key(a, (uint32_t)pruned->key.size);
    }
    return true;
}

// --- probabilities ----------------------------------------------------------------------------------------

// Exploration fades with the node's samples; the floor never does.
static void mix(spl_arm *arms, uint32_t k, double samples, double min_samples, const spl_learn_config *config)
{
    double bonus = config->exploration * min_samples / (min_samples + samples), floor = config->min_propensity;
    for (uint32_t v = 0; v < k; v++) {
        double p = (1 - bonus) * arms[v].p_best + bonus / k;
        arms[v].probability = floor + (1 - k * floor) * p;
    }
}

static double samples_to_trust(const spl_state_config *config, uint32_t depth)
{
    if (config->level_count == 0) return SAMPLES_WITHOUT_LEVELS;
    uint64_t samples = config->levels[depth > 0 ? depth - 1 : 0].min_samples;
    return samples > 0 ? (double)samples : 1;
}

// A segment that has just enough samples serves as its parent would, and lets go with the fourth power of its
// samples: so nothing jumps at the minimum, and little is lost beyond it (decision 0027).
static void hand_over(spl_learned *learned, uint32_t node, double min_samples)
{
    uint32_t k = learned->variant_count, above = learned->nodes[node].parent;
    while (!learned->nodes[above].serves) above = learned->nodes[above].parent;
    double share = fmin(min_samples / learned->nodes[node].samples, 1), weight = share * share * share * share;
    spl_arm *own = learned->arms + (size_t)node * k;
    const spl_arm *parent = learned->arms + (size_t)above * k;
    for (uint32_t v = 0; v < k; v++) {
        own[v].probability = (1 - weight) * own[v].probability + weight * parent[v].probability;
    }
}

static bool fill_arms(assembly *a, const spl_pooling *pool)
{
    spl_learned *out = a->learned;
    uint32_t k = out->variant_count;
    double p_best[SPL_VARIANTS_MAX];
    spl_best *best = spl_best_new(k);
    if (!best) return false;
    for (uint32_t i = 0; i < out->node_count; i++) {
        spl_arm *arms = out->arms + (size_t)i * k;
        const spl_moments *observed = spl_state_moments(a->state, a->source[i]);
        const spl_posterior *posteriors = pool->posteriors + (size_t)a->source[i] * k;
        spl_best_probabilities(best, posteriors, p_best);
        for (uint32_t v = 0; v < k; v++) arms[v] = (spl_arm){observed[v], posteriors[v], p_best[v], 0};
        double enough = samples_to_trust(a->config, out->nodes[i].depth);
        mix(arms, k, out->nodes[i].samples, enough, &out->config);
        if (i > 0 && out->nodes[i].serves) hand_over(out, i, enough);
    }
    spl_best_free(best);
    return true;
}

// --- all together -----------------------------------------------------------------------------------------

static bool allocate(assembly *a, const spl_pooling *pool)
{
    spl_learned *out = a->learned;
    uint32_t count = spl_state_count(a->state), kept = 0, levels = a->config->level_count;
    for (uint32_t i = 0; i < count; i++) kept += a->pruning->keeps[i];
    out->level_count = levels;
    out->grown = spl_state_is_grown(a->state);
    out->variant_count = a->config->variant_count;
    out->nodes = malloc(kept * sizeof *out->nodes);
    out->arms = malloc((size_t)kept * out->variant_count * sizeof *out->arms);
    out->base = malloc((levels + 1) * sizeof *out->base);
    out->kappa = malloc((levels + 1) * sizeof *out->kappa);
    a->source = malloc(kept * sizeof *a->source);
    a->target = malloc(count * sizeof *a->target);
    if (!out->nodes || !out->arms || !out->base || !out->kappa || !a->source || !a->target) return false;
    memcpy(out->base, pool->base, levels * sizeof *out->base);
    memcpy(out->kappa, pool->kappa, levels * sizeof *out->kappa);
    return true;
}

static bool assemble(const spl_state *state, const spl_pooling *pool, const spl_pruning *pruning, spl_learned *out)
{
    assembly a = {state, spl_state_config_of(state), pruning, out, NULL, NULL, 0};
    bool ok = allocate(&a, pool);
    if (ok) {
        count_segments(&a);
        order_nodes(&a);
        map_targets(&a);
        ok = list_pruned(&a) && write_names(&a) && fill_arms(&a, pool);
    }
    free(a.source);
    free(a.target);
    return ok;
}

bool spl_learn(spl_state *state, const spl_learn_config *config, spl_learned **out, spl_error *error)
{
    return spl_learn_judged(state, state, config, out, error);
}

bool spl_learn_judged(spl_state *state, spl_state *judge, const spl_learn_config *config, spl_learned **out,
                      spl_error *error)
{
    if (!check(state, config, error)) return false;
    bool binary = config->reward != SPL_REWARD_NORMAL && spl_state_binary(state);
    spl_learned *learned = calloc(1, sizeof *learned);
    if (!learned) return out_of_memory(error);
    learned->binary = binary;
    learned->config = *config;

    spl_pooling pool = {0};
    spl_pruning pruning = {0};
    bool ok = spl_state_total(state) && (judge == state || spl_state_total(judge)) &&
              spl_pooling_fit(state, binary ? SPL_FAMILY_BETA : SPL_FAMILY_NORMAL, &pool) &&
              spl_prune(state, judge, &pool, config->prune_alpha, config->prune_gain, &pruning) &&
              assemble(state, &pool, &pruning, learned);
    spl_pooling_free(&pool);
    spl_pruning_free(&pruning);
    if (!ok) {
        spl_learned_free(learned);
        return out_of_memory(error);
    }
    *out = learned;
    return true;
}

void spl_learned_free(spl_learned *learned)
{
    if (!learned) return;
    free(learned->nodes);
    free(learned->arms);
    free(learned->base);
    free(learned->kappa);
    free(learned->pruned);
    free(learned->memory);
    free(learned);
}
