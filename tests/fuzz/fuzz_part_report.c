// SPDX-License-Identifier: MIT
// Any bytes as the report of an encoder or of clusters: refused with a sentence, or a reference and a recall in range.
#include <stdint.h>
#include <stdlib.h>

#include "learn/drift/part_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char id[] = "00000000000000000000000000000000";
    const spl_bundle bundle = {.id_hex = {id, 32}};
    spl_part_report report;
    spl_error error = {0};
    if (!spl_part_report_parse((const char *)data, size, &bundle, &report, &error)) {
        check(report.reference == NULL && error.text[0] != '\0');
        return 0;
    }
    check(report.reference && report.recall.share >= 0 && report.recall.share <= 1);
    spl_tally *tally = spl_tally_new();
    check(tally && spl_tally_expect(tally, report.reference));
    spl_tally_free(tally);
    spl_part_report_free(&report);
    return 0;
}
