// SPDX-License-Identifier: MIT
#include "tree_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samplit/hash.h"
#include "testing.h"

#define ATTRIBUTES_MAX 16 // of one exposure

static const spl_level minima[] = {{{NULL, 0}, 100}, {{NULL, 0}, 100}, {{NULL, 0}, 100}, {{NULL, 0}, 100}};

// Cuts at `separator`; returns how many parts.
static uint32_t cut(const char *text, char separator, spl_text *parts, uint32_t most)
{
    uint32_t n = 0;
    while (*text && n < most) {
        const char *end = strchr(text, separator);
        size_t size = end ? (size_t)(end - text) : strlen(text);
        parts[n++] = (spl_text){text, size};
        text += size + (end != NULL);
    }
    return n;
}

tree_log tree_log_new(const char *candidates)
{
    spl_text names[SPL_CANDIDATES_MAX];
    uint32_t count = cut(candidates, ',', names, SPL_CANDIDATES_MAX);
    tree_log log = {spl_exposures_new(spl_candidates_new(names, count)), malloc(sizeof *log.context), 0};
    assert_non_null(log.exposures);
    assert_non_null(log.context);
    return log;
}

void tree_log_free(tree_log *log)
{
    spl_exposures_free(log->exposures);
    free(log->context);
}

void tree_log_add(tree_log *log, const char *attributes, uint32_t variant, double reward, spl_chance chance)
{
    static spl_event event;
    spl_text parts[ATTRIBUTES_MAX];
    spl_field fields[ATTRIBUTES_MAX];
    char unit[24];
    event.context_count = cut(attributes, '|', parts, ATTRIBUTES_MAX);
    event.has_context = true;
    for (uint32_t i = 0; i < event.context_count; i++) {
        size_t name = 0;
        while (parts[i].data[name] != ':' && parts[i].data[name] != '=') name++;
        bool number = parts[i].data[name] == '=';
        spl_field *field = &fields[i];
        event.context[i].name = (spl_text){parts[i].data, name};
        *field = (spl_field){.name = spl_name_hash(event.context[i].name),
                             .kind = number ? SPL_KIND_NUMBER : SPL_KIND_STRING,
                             .text = parts[i].data + name + 1,
                             .size = (uint32_t)(parts[i].size - name - 1)};
        if (number) field->number = strtod(field->text, NULL);
        event.context[i].field = *field;
    }
    spl_context_build(log->context, fields, event.context_count);
    int size = snprintf(unit, sizeof unit, "unit-%u", log->units++);
    uint32_t half = spl_exposures_half((spl_text){unit, (size_t)size}, 0);
    uint32_t row = spl_exposures_add(log->exposures, log->context, &event, variant, half, chance);
    assert_true(row != SPL_NO_ROW);
    spl_exposures_close(log->exposures, row, reward);
}

void tree_log_many(tree_log *log, const char *attributes, uint32_t variant, unsigned n, unsigned s)
{
    for (unsigned i = 0; i < n; i++) {
        bool converts = (uint64_t)(i + 1) * s / n > (uint64_t)i * s / n;
        tree_log_add(log, attributes, variant, converts, SPL_CHANCE_EQUAL);
    }
}

spl_grow_config tree_log_config(uint32_t variants, spl_honesty honesty)
{
    return (spl_grow_config){.variant_count = variants,
                             .max_depth = 4,
                             .levels = minima,
                             .alpha = 0.05,
                             .min_per_variant = 20,
                             .honesty = honesty,
                             .binary = true};
}

spl_grown tree_log_grow(const tree_log *log, const spl_grow_config *config)
{
    spl_grown grown;
    assert_true(spl_tree_grow(log->exposures, config, &grown));
    return grown;
}

spl_learned *tree_log_learn(spl_grown *grown)
{
    spl_learned *learned = NULL;
    spl_error error = {0};
    spl_learn_config config = spl_learn_config_default();
    config.prune_alpha = 0.05; // segments are kept by what the judge confirms
    config.prune_gain = 0;
    if (!spl_learn_judged(grown->state, grown->judge, &config, &learned, &error)) fail_msg("%s", error.text);
    return learned;
}
