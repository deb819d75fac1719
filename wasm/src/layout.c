// SPDX-License-Identifier: MIT
// Where every field that JavaScript touches lies, as the compiler that builds the module sees it.
// Built as a small module of its own; wasm/abi.mjs reads the tables and writes client/abi.ts, so
// no offset, status or reason is ever copied by hand.
#include <stddef.h>

#include "exports.h"
#include "names.h"

#define FIELD(type, member) {"spl_" #type "_" #member, offsetof(spl_##type, member)},
#define BYTES(type) {"spl_" #type "_bytes", sizeof(spl_##type)},
#define VALUE(name) {#name, name},

typedef struct spl_layout_number {
    const char *name;
    uint32_t value;
} spl_layout_number;

typedef struct spl_layout_word {
    uint32_t value;
    const char *name;
    const char *text;
} spl_layout_word;

static const spl_layout_number NUMBERS[] = {
    VALUE(SPL_WASM_ABI) VALUE(SPL_KIND_MISSING) VALUE(SPL_KIND_NUMBER) VALUE(SPL_KIND_BOOLEAN) VALUE(SPL_KIND_STRING)
        VALUE(SPL_TEXT_MAX) VALUE(SPL_NO_NODE) VALUE(SPL_BUNDLE_ID_BYTES) VALUE(SPL_NAME_ATTRIBUTE) FIELD(
            request, forced) FIELD(request, incumbent) FIELD(request, sticky) FIELD(request, sticky_version)

            FIELD(field, name) FIELD(field, number) FIELD(field, text) FIELD(field, size) FIELD(field,
                                                                                                kind) BYTES(field)

                FIELD(text, data) FIELD(text, size) BYTES(text)

                    FIELD(wasm_instance, decision) FIELD(wasm_instance, error) FIELD(wasm_instance, name)
                        FIELD(wasm_instance, request) FIELD(wasm_instance, order) FIELD(wasm_instance, ready) FIELD(
                            wasm_instance, bundle) FIELD(wasm_instance, workspace)

                            FIELD(decision, trace) FIELD(decision, propensity) FIELD(decision, variant) FIELD(decision, choice) FIELD(
                                decision,
                                variant_count) FIELD(decision, reason)
                                FIELD(decision, node) FIELD(decision, level) FIELD(decision, matched_level) FIELD(
                                    decision,
                                    segment) FIELD(decision, probabilities)

                                    FIELD(bundle_error, at)
                                        FIELD(bundle_error, name)

                                            FIELD(bundle, id_hex) FIELD(bundle, manifest) FIELD(bundle, schema) FIELD(
                                                bundle,
                                                encoder_count) FIELD(bundle, encoders)
                                                FIELD(bundle,
                                                      tree) FIELD(bundle, experiment_count)
                                                    FIELD(bundle, experiments) FIELD(schema, width) FIELD(
                                                        encoder,
                                                        layer_count) FIELD(encoder, layers)
                                                        FIELD(layer, outputs) BYTES(layer)

                                                            FIELD(tree,
                                                                  node_count) FIELD(tree, parent)
                                                                FIELD(tree,
                                                                      first_child) FIELD(tree, child_count)
                                                                    FIELD(tree, key_start) FIELD(tree, key_bytes)

                                                                        FIELD(experiment, key) FIELD(experiment, seed) FIELD(
                                                                            experiment,
                                                                            min_propensity) FIELD(experiment, settings)
                                                                            FIELD(settings, mode) FIELD(
                                                                                settings,
                                                                                bucket_version) FIELD(experiment, variants)
                                                                                FIELD(experiment, policy) BYTES(
                                                                                    experiment) FIELD(policy, variant_count)
                                                                                    FIELD(policy,
                                                                                          row) FIELD(policy, table)

                                                                                        FIELD(workspace, context) FIELD(
                                                                                            workspace,
                                                                                            features) FIELD(workspace, embedding)
                                                                                            FIELD(context, count) FIELD(
                                                                                                context,
                                                                                                ignored) FIELD(context,
                                                                                                               items)
                                                                                                FIELD(attribute, name) FIELD(
                                                                                                    attribute, number)
                                                                                                    FIELD(attribute,
                                                                                                          text)
                                                                                                        FIELD(attribute,
                                                                                                              size)
                                                                                                            FIELD(
                                                                                                                attribute,
                                                                                                                kind)
                                                                                                                BYTES(
                                                                                                                    attribute)};

#define WORD(name, value, text) {value, #name, text},
static const spl_layout_word STATUSES[] = {SPL_STATUS_LIST(WORD)};
static const spl_layout_word REASONS[] = {SPL_REASON_LIST(WORD)};
static const spl_layout_word MODES[] = {SPL_MODE_LIST(WORD)};

// In the order of their hashes; value is the role.
#define NAME(hash, name, role) {SPL_NAME_##role, #name, ""},
static const spl_layout_word NAMES[] = {SPL_NAME_LIST(NAME)};

// The tables as (address, items) pairs: numbers, statuses, reasons, names, modes.
const uint32_t *spl_layout_tables(void)
{
    static uint32_t tables[10];
    tables[0] = (uint32_t)(uintptr_t)NUMBERS, tables[1] = sizeof NUMBERS / sizeof *NUMBERS;
    tables[2] = (uint32_t)(uintptr_t)STATUSES, tables[3] = sizeof STATUSES / sizeof *STATUSES;
    tables[4] = (uint32_t)(uintptr_t)REASONS, tables[5] = sizeof REASONS / sizeof *REASONS;
    tables[6] = (uint32_t)(uintptr_t)NAMES, tables[7] = sizeof NAMES / sizeof *NAMES;
    tables[8] = (uint32_t)(uintptr_t)MODES, tables[9] = sizeof MODES / sizeof *MODES;
    return tables;
}
