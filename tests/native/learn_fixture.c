// SPDX-License-Identifier: MIT
#include "learn_fixture.h"

#include <stdio.h>
#include <string.h>

#include "testing.h"

static const spl_level levels[] = {{{"country", 7}, 1000}, {{"device", 6}, 500}, {{"source", 6}, 200}};

spl_state *learn_new(uint32_t variants, uint32_t level_count)
{
    spl_state_config config = {variants, level_count, levels, 0};
    spl_state *state = spl_state_new(&config);
    assert_non_null(state);
    return state;
}

spl_text learn_text(const char *word)
{
    return (spl_text){word, strlen(word)};
}

void learn_add(spl_state *state, const char *country, const char *device, const char *source, uint32_t variant,
               unsigned n, unsigned s)
{
    const spl_text values[] = {learn_text(country), learn_text(device), learn_text(source)};
    uint32_t node = spl_state_node(state, values);
    for (unsigned i = 0; i < n; i++) spl_state_add_at(state, node, variant, i < s, SPL_CHANCE_EQUAL);
}

spl_learned *learn_from(spl_state *state, const spl_learn_config *config)
{
    spl_error error = {0};
    spl_learned *learned = NULL;
    spl_learn_config standard = spl_learn_config_default();
    if (!spl_learn(state, config ? config : &standard, &learned, &error)) fail_msg("%s", error.text);
    return learned;
}

uint32_t learn_find(const spl_learned *learned, const char *key)
{
    uint32_t i = 0;
    while (i < learned->node_count && !spl_text_equal(learned->nodes[i].key, learn_text(key))) i++;
    return i;
}

const spl_arm *learn_arms(const spl_learned *learned, const char *key)
{
    uint32_t i = learn_find(learned, key);
    if (i == learned->node_count) fail_msg("no node %s", key);
    return learned->arms + (size_t)i * learned->variant_count;
}

uint32_t learn_most_served(const spl_learned *learned, const char *key)
{
    char above[200];
    snprintf(above, sizeof above, "%s", key);
    while (above[0] && learn_find(learned, above) == learned->node_count) {
        char *last = strrchr(above, '|');
        *(last ? last : above) = '\0';
    }
    const spl_arm *arms = learn_arms(learned, above);
    uint32_t best = 0;
    for (uint32_t v = 1; v < learned->variant_count; v++) {
        if (arms[v].probability > arms[best].probability) best = v;
    }
    return best;
}
