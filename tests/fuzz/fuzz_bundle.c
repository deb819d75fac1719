// SPDX-License-Identifier: MIT
// Any bytes as a bundle: a clean status, or decisions whose probabilities are probabilities.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samplit/samplit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) abort();
}

static void decide_with(const spl_bundle *bundle)
{
    static spl_workspace workspace;
    static uint8_t memory[1 << 20];
    size_t bytes;
    check(spl_workspace_bytes(bundle, &bytes) == SPL_OK);
    spl_arena arena = spl_arena_over(memory, bytes < sizeof memory ? bytes : sizeof memory);
    if (spl_workspace_init(bundle, &arena, &workspace) != SPL_OK) {
        check(bytes > sizeof memory);
        return;
    }
    // One field per feature and per split of the first nodes, so that every path is walked.
    spl_field fields[64];
    uint32_t count = 0;
    for (uint32_t i = 0; i < bundle->schema.feature_count && count < 32; i++) {
        fields[count++] = (spl_field){.name = bundle->schema.attribute[i], .number = i * 0.5, .kind = SPL_KIND_NUMBER};
    }
    for (uint32_t i = 0; i < bundle->tree.node_count && count < 64; i++) {
        fields[count++] = (spl_field){.name = bundle->tree.split[i], .text = "US", .size = 2, .kind = SPL_KIND_STRING};
    }
    static const spl_request REQUESTS[] = {{0}, {.forced = 1}, {.sticky = 2}, {.incumbent = 2}, {65, 65, 65, 1}};
    spl_decide_begin(&workspace, fields, count);
    for (uint32_t e = 0; e <= bundle->experiment_count; e++) {
        for (size_t r = 0; r < sizeof REQUESTS / sizeof *REQUESTS; r++) {
            spl_decision decision;
            uint8_t order[SPL_VARIANTS_MAX];
            spl_decide_next(bundle, &workspace, e, SPL_TEXT("unit"), &REQUESTS[r], &decision);
            check(decision.variant < decision.variant_count && decision.choice < decision.variant_count);
            check(decision.propensity > 0 && decision.propensity <= 1);
            spl_decide_rank(bundle, &workspace, e, SPL_TEXT("unit"), &decision, order);
            check(order[0] == decision.variant);
        }
    }
}

// Sets the checksum right where there is one, or nothing behind it would ever be reached.
static void seal(uint8_t *file, size_t size)
{
    static const char BEFORE[] = "samplit.xxh64\":\"";
    const size_t before = sizeof BEFORE - 1;
    for (size_t i = 8; i + before + SPL_CHECKSUM_DIGITS <= size; i++) {
        if (memcmp(file + i, BEFORE, before) != 0) continue;
        char hex[SPL_CHECKSUM_DIGITS + 1];
        uint64_t checksum = spl_bundle_checksum(file, size, i + before);
        snprintf(hex, sizeof hex, "%016llx", (unsigned long long)checksum);
        memcpy(file + i + before, hex, SPL_CHECKSUM_DIGITS);
        return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t bytes;
    spl_bundle_error error;
    spl_bundle bundle;
    uint8_t *file = malloc(size + 1); // malloc aligns, and ASan watches the end
    memcpy(file, data, size);
    if (size % 2 == 0) seal(file, size);
    if (spl_bundle_open_bytes(file, size, &bytes) == SPL_OK) {
        void *memory = malloc(bytes + 1);
        spl_arena arena = spl_arena_over(memory, bytes);
        spl_status status = spl_bundle_open(file, size, &arena, &bundle, &error);
        check(status != SPL_NO_SPACE); // open_bytes is always enough
        check(status == SPL_OK || (error.status == status && error.expected));
        if (status == SPL_OK) decide_with(&bundle);
        free(memory);
    }
    free(file);
    return 0;
}
