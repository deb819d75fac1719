// SPDX-License-Identifier: GPL-3.0-or-later
// From what was observed to what can be served: posteriors with partial pooling, the pruned
// segment tree, and for each of its nodes the probability of every variant.
#ifndef SAMPLIT_LEARN_H
#define SAMPLIT_LEARN_H

#include "host/error.h"
#include "learn/state.h"

typedef enum spl_reward_model {
    SPL_REWARD_AUTO,   // binary if every reward seen is 0 or 1
    SPL_REWARD_BINARY, // Beta-Bernoulli
    SPL_REWARD_NORMAL, // Normal means
} spl_reward_model;

typedef struct spl_learn_config {
    spl_reward_model reward;
    double exploration;    // share of uniform play at no evidence: 0.15 `default`, 0.30 `aggressive`, 0.05 `conservative`
    double min_propensity; // floor of every probability; default 0.01
    double prune_alpha;    // level of the test that keeps a segment; default 0.05; 1 keeps all
} spl_learn_config;

spl_learn_config spl_learn_config_default(void);

// Per node and variant.
typedef struct spl_arm {
    spl_moments observed;
    double mean, sd;    // of the posterior
    double p_best;      // P(this variant has the highest mean), by quadrature
    double probability; // what is served: exploration and floor mixed in
} spl_arm;

typedef struct spl_learned_node {
    uint32_t parent, first_child, child_count, depth;
    spl_text value;  // under the parent's level; empty for the root
    spl_text key;    // segment key; empty for the root
    bool serves;     // its samples reach the level's min_samples
    double effect_p; // p-value of the test that its variant effects equal those of the rest of its parent; 1 for the root
} spl_learned_node;

// Nodes in the order that spl_tree wants: breadth first, siblings by value key.
typedef struct spl_learned {
    uint32_t node_count, variant_count, level_count;
    spl_learned_node *nodes; // [node_count]
    spl_arm *arms;           // (node_count, variant_count)
    bool binary;             // which reward model was used
    double *kappa;           // [level_count] fitted strength of the parent's prior, in samples
    uint32_t segments_observed, segments_pruned_samples, segments_pruned_effect;
    void *memory; // owned texts
} spl_learned;

bool spl_learn(spl_state *state, const spl_learn_config *config, spl_learned **out, spl_error *error);
void spl_learned_free(spl_learned *learned);

#endif
