// SPDX-License-Identifier: GPL-3.0-or-later
// From what was observed to what can be served: posteriors with partial pooling, the pruned
// segment tree, and for each of its nodes the probability of every variant.
#ifndef SAMPLIT_LEARN_H
#define SAMPLIT_LEARN_H

#include "host/error.h"
#include "learn/state.h"
#include "stats/posterior.h"

typedef enum spl_reward_model {
    SPL_REWARD_AUTO,   // binary if every reward seen is 0 or 1
    SPL_REWARD_BINARY, // Beta-Bernoulli
    SPL_REWARD_NORMAL, // Normal means
} spl_reward_model;

typedef struct spl_learn_config {
    spl_reward_model reward;
    double exploration;    // share of uniform play at no evidence; 0.15, see spl_learn_preset
    double min_propensity; // floor of every probability; default 0.01
    double prune_alpha;    // level of the test of effects that keeps a segment; default 1, which keeps all
    double prune_gain;     // share by which a segment of its own must earn more to be kept; default 0.003; 0 keeps all
} spl_learn_config;

spl_learn_config spl_learn_config_default(void);

// The words that stand for a share of exploration: "default", "aggressive", "conservative".
bool spl_learn_preset(const char *word, double *exploration);

// Per node and variant.
typedef struct spl_arm {
    spl_moments observed;
    spl_posterior posterior;
    double p_best;      // P(this variant has the highest mean), by quadrature
    double probability; // what is served: exploration and floor mixed in
} spl_arm;

typedef struct spl_learned_node {
    uint32_t parent, first_child, child_count, depth;
    spl_text attribute, value; // what the parent splits on, and its value here; empty for the root
    spl_text key;              // segment key; empty for the root
    uint32_t source;           // node of the state
    bool serves;               // its samples reach the level's min_samples and it was not pruned; always, for the root
    double samples;            // exposures of all variants
    double effect_p; // p-value of the test that its variant effects equal those of the rest of its parent, NaN
                     // if there was none; 1 for the root
} spl_learned_node;

// A segment with samples enough that would hardly earn more on its own, so that it is served by its parent.
#define SPL_PRUNED_MAX 1000
typedef struct spl_pruned {
    uint32_t parent, depth; // parent: index into nodes of its nearest ancestor there
    double samples, effect_p;
    spl_text key;
} spl_pruned;

// Nodes in the order that spl_tree wants: breadth first, siblings by value key.
typedef struct spl_learned {
    uint32_t node_count, variant_count, level_count;
    spl_learn_config config;
    spl_learned_node *nodes; // [node_count]
    spl_arm *arms;           // (node_count, variant_count)
    bool binary;             // which reward model was used
    double *base, *kappa;    // [level_count] as in spl_pooling: how alike segments are, and the effects in them
    uint32_t segments_observed, segments_serving, segments_pruned_samples, segments_pruned_effect; // root left out
    uint32_t pruned_count; // at most SPL_PRUNED_MAX of segments_pruned_effect
    spl_pruned *pruned;    // [pruned_count], the largest first
    bool grown;            // nodes split on attributes of their own; else those of a depth on that of its level
    void *memory;          // owned texts
} spl_learned;

// Totals the state and learns from it. A state without observations gives the prior: equal probabilities.
// Fails when a number of the configuration is out of its range, or a reward does not fit the model.
bool spl_learn(spl_state *state, const spl_learn_config *config, spl_learned **out, spl_error *error);
// The same, but which segments serve is tested on `judge`: the same nodes with other observations.
bool spl_learn_judged(spl_state *state, spl_state *judge, const spl_learn_config *config, spl_learned **out,
                      spl_error *error);
void spl_learned_free(spl_learned *learned);

#endif
