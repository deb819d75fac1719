// SPDX-License-Identifier: MIT
// Payloads from a file: what is taken can be written, and is then taken again as the same.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/payloads.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Whether both are written alike. Names may stand twice in an object, so cJSON_Compare will not do.
static bool equal(const cJSON *a, const cJSON *b)
{
    char *x = cJSON_PrintUnformatted(a), *y = cJSON_PrintUnformatted(b);
    bool same = x && y && strcmp(x, y) == 0;
    cJSON_free(x);
    cJSON_free(y);
    return same;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const spl_text names[] = {{"control", 7}, {"b", 1}};
    const spl_experiment experiment = {.key = {"hero", 4}, .variants = names, .policy = {.variant_count = 2}};
    spl_error error;
    cJSON *list, *again;
    if (!spl_payloads_parse((spl_text){(const char *)data, size}, &experiment, &list, &error)) return 0;
    cJSON *object = cJSON_CreateObject();
    for (int v = 0; v < 2; v++)
        cJSON_AddItemToObject(object, names[v].data, cJSON_Duplicate(cJSON_GetArrayItem(list, v), 1));
    char *text = cJSON_PrintUnformatted(object);
    bool small = text && strlen(text) <= SPL_PAYLOADS_MAX; // an escaped character may take more than it did
    if (small && !spl_payloads_parse((spl_text){text, strlen(text)}, &experiment, &again, &error)) abort();
    if (small && !equal(list, again)) abort();
    if (small) cJSON_Delete(again);
    cJSON_free(text);
    cJSON_Delete(object);
    cJSON_Delete(list);
    return 0;
}
