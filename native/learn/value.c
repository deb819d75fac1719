// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/value.h"

#include <stdlib.h>

#include "samplit/policy.h"

// Exposures that belong to the node and to none of its children in the tree.
static double own_samples(const spl_learned *learned, const spl_learned_node *node)
{
    double own = node->samples;
    for (uint32_t i = 0; i < node->child_count; i++) own -= learned->nodes[node->first_child + i].samples;
    return own;
}

bool spl_value_of(const spl_learned *learned, spl_value *out)
{
    uint32_t k = learned->variant_count;
    double always[SPL_VARIANTS_MAX] = {0}, policy = 0, uniform = 0, samples = learned->nodes[0].samples;
    uint32_t *server = malloc(learned->node_count * sizeof *server), best = 0;
    if (!server) return false;
    for (uint32_t i = 0; i < learned->node_count; i++) {
        const spl_learned_node *node = &learned->nodes[i];
        server[i] = node->serves ? i : server[node->parent];
        double share = own_samples(learned, node) / samples;
        for (uint32_t v = 0; v < k; v++) {
            double mean = share * spl_posterior_mean(&learned->arms[(size_t)i * k + v].posterior);
            always[v] += mean;
            uniform += mean / k;
            policy += mean * learned->arms[(size_t)server[i] * k + v].probability;
        }
    }
    free(server);
    for (uint32_t v = 1; v < k; v++) {
        if (always[v] > always[best]) best = v;
    }
    *out = (spl_value){uniform, always[best], policy, best};
    return true;
}
