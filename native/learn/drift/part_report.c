// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/drift/part_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/files.h"
#include "learn/drift/reference_json.h"

#define ROWS_MAX 1e9

bool spl_part_report_add(cJSON *root, const spl_tally *tally, const spl_part_recall *recall)
{
    spl_reference *reference = spl_tally_reference(tally);
    char *text = reference ? spl_reference_text(reference) : NULL;
    cJSON *item = text ? cJSON_Parse(text) : NULL;
    bool ok = item && cJSON_AddItemToObject(root, "reference", item);
    spl_reference_free(reference);
    free(text);
    if (!ok || !recall || !recall->label[0]) return ok;
    cJSON *out = cJSON_AddObjectToObject(root, "recall");
    return cJSON_AddStringToObject(out, "label", recall->label) && cJSON_AddNumberToObject(out, "rows", recall->rows) &&
           cJSON_AddNumberToObject(out, "share", recall->share);
}

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static bool check_bundle(const cJSON *root, const spl_bundle *bundle, spl_error *error)
{
    const cJSON *id = member(root, "bundle");
    const spl_text own = bundle->id_hex;
    if (cJSON_IsString(id) && spl_text_equal((spl_text){id->valuestring, strlen(id->valuestring)}, own)) return true;
    return spl_fail_field(error, "bundle", "this is not the report of bundle %.*s", (int)own.size, own.data);
}

static bool read_recall(const cJSON *item, spl_part_recall *out, spl_error *error)
{
    const cJSON *label = member(item, "label"), *rows = member(item, "rows"), *share = member(item, "share");
    if (!item) return true;
    if (!cJSON_IsString(label) || strlen(label->valuestring) >= sizeof out->label || !cJSON_IsNumber(rows) ||
        !(rows->valuedouble >= 1 && rows->valuedouble <= ROWS_MAX) || !cJSON_IsNumber(share) ||
        !(share->valuedouble >= 0 && share->valuedouble <= 1))
        return spl_fail_field(error, "recall", "expected `label`, a count of `rows` and a `share` from 0 to 1");
    snprintf(out->label, sizeof out->label, "%s", label->valuestring);
    out->rows = (uint32_t)rows->valuedouble;
    out->share = share->valuedouble;
    return true;
}

static bool read_members(const cJSON *root, const spl_bundle *bundle, spl_part_report *out, spl_error *error)
{
    if (!check_bundle(root, bundle, error)) return false;
    if (!member(root, "reference"))
        return spl_fail_field(error, "reference", "the report does not say what the visits were like: make it anew");
    return read_recall(member(root, "recall"), &out->recall, error) &&
           spl_reference_read(member(root, "reference"), &out->reference, error);
}

bool spl_part_report_parse(const char *data, size_t size, const spl_bundle *bundle, spl_part_report *out,
                           spl_error *error)
{
    *out = (spl_part_report){0};
    cJSON *root = cJSON_ParseWithLength(data, size);
    bool ok = cJSON_IsObject(root) ? read_members(root, bundle, out, error) : spl_fail(error, "is no JSON object");
    cJSON_Delete(root);
    return ok;
}

bool spl_part_report_read(const char *path, const spl_bundle *bundle, spl_part_report *out, spl_error *error)
{
    uint8_t *data;
    size_t size;
    if (!spl_file_read(path, &data, &size, error)) return false;
    bool ok = spl_part_report_parse((const char *)data, size, bundle, out, error);
    free(data);
    return ok || spl_fail_at(error, path, 0);
}

void spl_part_report_free(spl_part_report *report)
{
    spl_reference_free(report->reference);
    report->reference = NULL;
}
