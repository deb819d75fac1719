// SPDX-License-Identifier: GPL-3.0-or-later
// Reports are files of the same user, but may be stale, edited or cut off: everything that the
// drawing relies on is checked against the bundle.
#include "bundle/report_read.h"

#include <cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/files.h"
#include "host/visible.h"
#include "stats/proportion.h"

#define REPORT_FORMAT 1

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static bool equals(const cJSON *item, spl_text text)
{
    return cJSON_IsString(item) && spl_text_equal((spl_text){item->valuestring, strlen(item->valuestring)}, text);
}

// A finite number, or NaN for null. False for anything else.
static bool number_of(const cJSON *object, const char *name, double *out)
{
    const cJSON *item = member(object, name);
    if (!cJSON_IsNull(item) && !(cJSON_IsNumber(item) && isfinite(item->valuedouble))) return false;
    *out = cJSON_IsNumber(item) ? item->valuedouble : NAN;
    return true;
}

static bool read_arm(const cJSON *item, spl_report_arm *arm)
{
    return number_of(item, "exposures", &arm->exposures) && arm->exposures >= 0 &&
           number_of(item, "rate", &arm->rate) && number_of(item, "mean", &arm->mean) &&
           number_of(item, "low", &arm->low) && number_of(item, "high", &arm->high) &&
           number_of(item, "lift", &arm->lift) && number_of(item, "sum", &arm->sum) &&
           (number_of(item, "deviation", &arm->deviation) || !member(item, "deviation"));
}

static bool read_arms(const cJSON *list, uint32_t node, uint32_t count, spl_report_arm *arms, double *sum,
                      spl_error *error)
{
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) != (int)count)
        return spl_fail_field(error, "nodes", "node %" PRIu32 ": `variants` must have %" PRIu32 " entries", node,
                              count);
    const cJSON *item;
    uint32_t v = 0;
    *sum = 0;
    cJSON_ArrayForEach(item, list)
    {
        arms[v].deviation = NAN;
        if (!read_arm(item, &arms[v]))
            return spl_fail_field(error, "nodes",
                                  "node %" PRIu32 ", variant %" PRIu32 ": a figure is missing or no number", node, v);
        *sum += arms[v++].sum;
    }
    return true;
}

static double number_or_nan(const cJSON *object, const char *name)
{
    const cJSON *item = member(object, name);
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static bool read_node(const cJSON *item, const spl_bundle *bundle, uint32_t node, uint32_t variants, spl_report *report,
                      spl_error *error)
{
    spl_report_node *out = &report->nodes[node];
    spl_report_arm *arms = &report->arms[(size_t)node * variants];
    if (!equals(member(item, "key"), spl_tree_key(&bundle->tree, node)))
        return spl_fail_field(error, "nodes", "node %" PRIu32 ": `key` is not the bundle's segment", node);
    if (!number_of(item, "exposures", &out->exposures) || !(out->exposures >= 0))
        return spl_fail_field(error, "nodes", "node %" PRIu32 ": `exposures` must be a count", node);
    if (!read_arms(member(item, "variants"), node, variants, arms, &out->sum, error)) return false;
    out->arms = arms;
    out->rate = out->exposures > 0 ? out->sum / out->exposures : NAN;
    out->effect_p = number_or_nan(item, "effect_p");
    out->low = out->high = NAN;
    if (report->binary && out->sum >= 0 && out->sum <= out->exposures)
        spl_wilson(out->sum, out->exposures, &out->low, &out->high);
    return true;
}

static bool check_head(const cJSON *root, const spl_bundle *bundle, const spl_experiment *experiment, spl_error *error)
{
    const cJSON *format = member(root, "format"), *variants = member(root, "variants"), *item;
    if (!cJSON_IsNumber(format) || format->valuedouble != REPORT_FORMAT)
        return spl_fail_field(error, "format", "not a report of format %d", REPORT_FORMAT);
    if (!equals(member(root, "bundle"), bundle->id_hex))
        return spl_fail_field(error, "bundle", "the report belongs to another bundle");
    if (!equals(member(root, "experiment"), experiment->key))
        return spl_fail_field(error, "experiment", "the report is about another experiment");
    if (!cJSON_IsArray(variants) || cJSON_GetArraySize(variants) != (int)experiment->policy.variant_count)
        return spl_fail_field(error, "variants", "not the bundle's variants");
    uint32_t v = 0;
    cJSON_ArrayForEach(item, variants)
    {
        if (!equals(item, experiment->variants[v++]))
            return spl_fail_field(error, "variants", "not the bundle's variants");
    }
    if (!equals(member(root, "reward"), SPL_TEXT("binary")) && !equals(member(root, "reward"), SPL_TEXT("normal")))
        return spl_fail_field(error, "reward", "expected \"binary\" or \"normal\"");
    return true;
}

static spl_report *new_report(const cJSON *root, uint32_t nodes, uint32_t variants)
{
    const cJSON *outcome = member(root, "outcome");
    const char *name = cJSON_IsString(outcome) ? outcome->valuestring : "";
    spl_report *report = calloc(1, sizeof *report);
    if (!report) return NULL;
    report->outcome = spl_valid_utf8((spl_text){name, strlen(name)});
    report->binary = equals(member(root, "reward"), SPL_TEXT("binary"));
    report->node_count = nodes;
    report->nodes = calloc(nodes, sizeof *report->nodes);
    report->arms = calloc((size_t)nodes * variants, sizeof *report->arms);
    if (report->outcome && report->nodes && report->arms) return report;
    spl_report_free(report);
    return NULL;
}

// What each node needed, from the list of levels; reports without one are of no less use otherwise.
static void read_minima(const cJSON *root, const spl_bundle *bundle, spl_report *report)
{
    const cJSON *levels = member(root, "levels");
    for (uint32_t node = 0; node < report->node_count; node++) {
        uint32_t depth = spl_tree_level(&bundle->tree, node);
        const cJSON *level = depth > 0 ? cJSON_GetArrayItem(levels, (int)depth - 1) : NULL;
        report->nodes[node].min_samples = number_or_nan(level, "min_samples");
    }
}

static bool read_root(cJSON *root, const spl_bundle *bundle, uint32_t experiment, spl_report **out, spl_error *error)
{
    const spl_experiment *x = &bundle->experiments[experiment];
    const cJSON *nodes = member(root, "nodes"), *item;
    if (!check_head(root, bundle, x, error)) return false;
    if (!cJSON_IsArray(nodes) || cJSON_GetArraySize(nodes) != (int)bundle->tree.node_count)
        return spl_fail_field(error, "nodes", "expected %" PRIu32 " nodes, as in the bundle", bundle->tree.node_count);
    spl_report *report = new_report(root, bundle->tree.node_count, x->policy.variant_count);
    if (!report) return spl_fail(error, "out of memory");
    uint32_t node = 0;
    cJSON_ArrayForEach(item, nodes)
    {
        if (!read_node(item, bundle, node++, x->policy.variant_count, report, error)) {
            spl_report_free(report);
            return false;
        }
    }
    report->reference = cJSON_DetachItemFromObjectCaseSensitive(root, "reference");
    read_minima(root, bundle, report);
    *out = report;
    return true;
}

bool spl_report_parse(const char *data, size_t size, const spl_bundle *bundle, uint32_t experiment, spl_report **out,
                      spl_error *error)
{
    cJSON *root = cJSON_ParseWithLength(data, size);
    if (!root) return spl_fail(error, "not JSON, or cut off");
    bool ok = read_root(root, bundle, experiment, out, error);
    cJSON_Delete(root);
    return ok;
}

bool spl_report_read(const char *path, const spl_bundle *bundle, uint32_t experiment, spl_report **out,
                     spl_error *error)
{
    uint8_t *data;
    size_t size;
    if (!spl_file_read(path, &data, &size, error)) return false;
    bool ok = spl_report_parse((const char *)data, size, bundle, experiment, out, error);
    free(data);
    return ok || spl_fail_at(error, path, 0);
}

void spl_report_free(spl_report *report)
{
    if (!report) return;
    free(report->outcome);
    free(report->nodes);
    free(report->arms);
    cJSON_Delete(report->reference);
    free(report);
}

char *spl_report_path(const char *bundle_path)
{
    static const char ending[] = ".safetensors";
    size_t size = strlen(bundle_path), cut = sizeof ending - 1;
    if (size > cut && strcmp(bundle_path + size - cut, ending) == 0) size -= cut;
    char *path = malloc(size + sizeof ".report.json");
    if (path) sprintf(path, "%.*s.report.json", (int)size, bundle_path);
    return path;
}
