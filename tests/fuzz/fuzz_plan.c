// SPDX-License-Identifier: MIT
// Plans of experiments from strangers: read, checked, and nothing worse than an error.
#include <stdint.h>

#include "evaluate/plan_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    spl_plan_file file;
    spl_error error;
    spl_finding findings[SPL_FINDINGS_MAX];
    if (!spl_plan_parse((const char *)data, size, &file, &error)) return 0;
    spl_plan_check(&file.plan, NULL, findings);
    spl_plan_file_free(&file);
    return 0;
}
