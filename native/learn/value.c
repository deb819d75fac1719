// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/value.h"

#include <stdlib.h>

#include "samplit/policy.h"

#define NOTHING 1e-9 // of a weight: what rounding leaves of a difference

// What was observed in the node and in none of its children in the tree, as samples of equal weight.
static double own_sum(const spl_learned *learned, uint32_t i, uint32_t v, double *count)
{
    const spl_learned_node *node = &learned->nodes[i];
    const spl_moments *all = &learned->arms[(size_t)i * learned->variant_count + v].observed;
    double weight = all->weight, weight2 = all->weight2, sum = all->weight * all->mean;
    for (uint32_t c = node->first_child; c < node->first_child + node->child_count; c++) {
        const spl_moments *part = &learned->arms[(size_t)c * learned->variant_count + v].observed;
        weight -= part->weight;
        weight2 -= part->weight2;
        sum -= part->weight * part->mean;
    }
    bool any = weight > NOTHING * all->weight && weight2 > NOTHING * all->weight2;
    *count = any ? weight / weight2 * weight : 0;
    return any ? *count * (sum / weight) : 0;
}

// The mean of those exposures. Where children were taken out, what is left is one more child: it starts from the node
// as strongly as a child of which nothing else is known.
static double own_mean(const spl_learned *learned, uint32_t i, uint32_t v)
{
    const spl_learned_node *node = &learned->nodes[i];
    double mean = spl_posterior_mean(&learned->arms[(size_t)i * learned->variant_count + v].posterior), count;
    if (node->child_count == 0) return mean;
    double sum = own_sum(learned, i, v, &count);
    double strength = 1 / (1 / learned->base[node->depth] + 1 / learned->kappa[node->depth]);
    return (strength * mean + sum) / (strength + count);
}

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
            double mean = share * own_mean(learned, i, v);
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
