// SPDX-License-Identifier: MIT
// Any bytes as the report of a small bundle: refused with a sentence, or figures and a reference that can be used.
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "bundle/report_read.h"
#include "learn/compile.h"
#include "learn/drift/psi.h"
#include "learn/drift/reference_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good) abort();
}

// Two variants, one node. Its id is taken from the input where that gives one, for a fuzzer will not guess it.
static const spl_bundle *bundle_of(spl_bundle_file *file)
{
    const spl_text variants[] = {SPL_TEXT("control"), SPL_TEXT("b")};
    uint8_t *bytes;
    size_t size;
    char id[33];
    spl_error error = {0};
    check(spl_compile_uniform(variants, 2, SPL_TEXT("hero"), 1, &bytes, &size, id, &error));
    check(spl_bundle_file_take(bytes, size, file, &error));
    static const char any[] = "00000000000000000000000000000000";
    file->bundle.id_hex = (spl_text){any, 32};
    return &file->bundle;
}

static void use_reference(const cJSON *item)
{
    spl_error error = {0};
    spl_reference *reference = NULL;
    if (!spl_reference_read(item, &reference, &error)) {
        check(reference == NULL && error.text[0] != '\0');
        return;
    }
    char *text = spl_reference_text(reference);
    check(text != NULL);
    for (uint32_t i = 0; i < reference->attribute_count; i++) {
        const spl_reference_attribute *a = &reference->attributes[i];
        double counts[SPL_REFERENCE_BINS_MAX];
        for (uint32_t b = 0; b < a->bin_count + 2; b++) counts[b] = (double)a->counts[b];
        spl_psi psi = spl_psi_of(counts, counts, a->bin_count + 2);
        check(isnan(psi.raw) || psi.raw < 1e-9);
    }
    spl_tally *tally = spl_tally_new();
    check(tally && spl_tally_expect(tally, reference));
    spl_tally_free(tally);
    free(text);
    spl_reference_free(reference);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spl_bundle_file file;
    const spl_bundle *bundle = file.data ? &file.bundle : bundle_of(&file);
    spl_report *report = NULL;
    spl_error error = {0};
    if (!spl_report_parse((const char *)data, size, bundle, 0, &report, &error)) {
        check(report == NULL && error.text[0] != '\0');
        return 0;
    }
    check(report->node_count == 1 && report->outcome);
    for (uint32_t v = 0; v < 2; v++) check(report->nodes[0].arms[v].exposures >= 0);
    if (report->reference) use_reference(report->reference);
    spl_report_free(report);
    return 0;
}
