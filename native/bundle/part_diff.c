// SPDX-License-Identifier: GPL-3.0-or-later
#include "bundle/part_diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/manifest_read.h"
#include "host/figures.h"
#include "host/grid.h"
#include "host/visible.h"
#include "json/json_add.h"

bool spl_has_parts(const spl_bundle *bundle)
{
    return bundle->encoder_count > 0 || bundle->clusters.count > 0;
}

// --- equal or not -----------------------------------------------------------------------------------------

// All tensors whose names begin so, in both, byte for byte.
static bool has_tensor(const spl_bundle *in, const spl_tensor *wanted)
{
    for (uint32_t i = 0; i < in->tensor_count; i++) {
        const spl_tensor *t = &in->tensors[i];
        if (!spl_text_equal(t->name, wanted->name)) continue;
        return t->dtype == wanted->dtype && t->bytes == wanted->bytes && memcmp(t->data, wanted->data, t->bytes) == 0;
    }
    return false;
}

static bool is_within(const spl_bundle *a, const spl_bundle *b, const char *prefix)
{
    for (uint32_t i = 0; i < a->tensor_count; i++) {
        const spl_text name = a->tensors[i].name;
        if (name.size < strlen(prefix) || memcmp(name.data, prefix, strlen(prefix)) != 0) continue;
        if (!has_tensor(b, &a->tensors[i])) return false;
    }
    return true;
}

static bool is_same(const spl_bundle *a, const spl_bundle *b, const char *prefix)
{
    return is_within(a, b, prefix) && is_within(b, a, prefix);
}

// --- clusters ---------------------------------------------------------------------------------------------

static double distance_between(const spl_clusters *a, uint32_t p, const spl_clusters *b, uint32_t q)
{
    double sum = 0;
    for (uint32_t j = 0; j < a->nearest.inputs; j++) {
        double off =
            (double)a->nearest.weight[(size_t)j * a->count + p] - (double)b->nearest.weight[(size_t)j * b->count + q];
        sum += off * off;
    }
    return sqrt(sum);
}

static bool find_nearest(spl_part_diff *diff, const spl_clusters *old, const spl_clusters *new)
{
    diff->nearest = calloc(new->count, sizeof *diff->nearest);
    diff->distance = calloc(new->count, sizeof *diff->distance);
    if (!diff->nearest || !diff->distance) return false;
    for (uint32_t p = 0; p < new->count; p++) {
        diff->distance[p] = INFINITY;
        for (uint32_t q = 0; q < old->count; q++) {
            double away = distance_between(new, p, old, q);
            if (away >= diff->distance[p]) continue;
            diff->distance[p] = away;
            diff->nearest[p] = q;
        }
    }
    return true;
}

bool spl_part_diff_make(const spl_bundle *old, const spl_bundle *new, spl_part_diff *out)
{
    const spl_clusters *a = &old->clusters, *b = &new->clusters;
    *out = (spl_part_diff){.same_schema = is_same(old, new, "schema.") && is_same(old, new, "normalizer."),
                           .same_encoder = is_same(old, new, "encoder.") && is_same(old, new, "ensemble."),
                           .same_clusters = is_same(old, new, "clusters.")};
    out->comparable = a->count > 0 && b->count > 0 && a->space == b->space && out->same_schema &&
                      (out->same_encoder || a->space == SPL_SPACE_FEATURES);
    if (!out->comparable || find_nearest(out, a, b)) return true;
    spl_part_diff_free(out);
    return false;
}

void spl_part_diff_free(spl_part_diff *diff)
{
    free(diff->nearest);
    free(diff->distance);
    diff->nearest = NULL;
    diff->distance = NULL;
}

// The share of a cluster as its manifest has it; NaN if it does not.
static double share_of(const cJSON *manifest, uint32_t cluster)
{
    const cJSON *list =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(manifest, "clustering"), "clusters");
    const cJSON *share = cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(list, (int)cluster), "share");
    return cJSON_IsNumber(share) ? share->valuedouble : NAN;
}

static bool is_followed(const spl_part_diff *diff, uint32_t old, uint32_t new_count)
{
    for (uint32_t p = 0; p < new_count; p++) {
        if (diff->nearest[p] == old) return true;
    }
    return false;
}

// --- for people -------------------------------------------------------------------------------------------

static void put_widths(const spl_bundle *bundle, FILE *out)
{
    if (bundle->encoder_count == 0) {
        fputs("none", out);
        return;
    }
    const spl_encoder *encoder = &bundle->encoders[0];
    fprintf(out, "%u", encoder->layers[0].inputs);
    for (uint32_t i = 0; i < encoder->layer_count; i++) fprintf(out, "-%u", encoder->layers[i].outputs);
    if (bundle->encoder_count > 1) fprintf(out, ", %u of them", bundle->encoder_count);
}

static void put_cluster(spl_grid *grid, const spl_part_diff *diff, const spl_bundle *old, const spl_bundle *new,
                        const cJSON *then, const cJSON *now, uint32_t p, bool utf8)
{
    char a[SPL_FIGURE_MAX];
    uint32_t q = diff->nearest ? diff->nearest[p] : 0;
    char *name = spl_visible(spl_cluster_label(&new->clusters, p), utf8);
    char *from = diff->nearest ? spl_visible(spl_cluster_label(&old->clusters, q), utf8) : NULL;
    spl_grid_cell(grid, "  %s", name ? name : "?");
    spl_grid_cell(grid, "%s", isnan(share_of(now, p)) ? "" : spl_figure_share(share_of(now, p), a));
    spl_grid_cell(grid, "%s", from ? from : "");
    spl_grid_cell(grid, "%s", !from || isnan(share_of(then, q)) ? "" : spl_figure_share(share_of(then, q), a));
    if (from)
        spl_grid_cell(grid, "%.3f", diff->distance[p]);
    else
        spl_grid_cell(grid, "%s", "");
    free(name);
    free(from);
}

static bool put_clusters(const spl_part_diff *diff, const spl_bundle *old, const spl_bundle *new, bool utf8, FILE *out)
{
    static const char *const titles[] = {"  cluster", "visits", "nearest old one", "visits", "away"};
    cJSON *then = spl_manifest_read(old), *now = spl_manifest_read(new);
    spl_grid *grid = spl_grid_new("lrlrr");
    bool ok = grid != NULL;
    if (ok) {
        for (int i = 0; i < 5; i++) spl_grid_cell(grid, "%s", titles[i]);
        for (uint32_t p = 0; p < new->clusters.count; p++) put_cluster(grid, diff, old, new, then, now, p, utf8);
        ok = spl_grid_print(grid, out);
    }
    for (uint32_t q = 0; diff->nearest && q < old->clusters.count; q++) {
        if (is_followed(diff, q, new->clusters.count)) continue;
        char *name = spl_visible(spl_cluster_label(&old->clusters, q), utf8);
        fprintf(out, "  gone: %s\n", name ? name : "?");
        free(name);
    }
    spl_grid_free(grid);
    cJSON_Delete(then);
    cJSON_Delete(now);
    return ok;
}

bool spl_part_diff_text(const spl_part_diff *diff, const spl_bundle *old, const spl_bundle *new, bool utf8, FILE *out)
{
    fprintf(out, "schema     %s\n", diff->same_schema ? "the same" : "another");
    if (old->encoder_count + new->encoder_count > 0) {
        fputs("encoder    ", out);
        put_widths(old, out);
        fputs(" -> ", out);
        put_widths(new, out);
        fprintf(out, "%s\n", diff->same_encoder ? ", the same weights" : ", other weights");
    }
    if (old->clusters.count + new->clusters.count == 0) return true;
    fprintf(out, "clusters   %u -> %u%s\n", old->clusters.count, new->clusters.count,
            diff->same_clusters ? ", the same"
            : diff->comparable || new->clusters.count * old->clusters.count == 0
                ? ""
                : ", in another space: they cannot be compared");
    return diff->same_clusters || new->clusters.count == 0 || put_clusters(diff, old, new, utf8, out);
}

// --- for programs -----------------------------------------------------------------------------------------

cJSON *spl_part_diff_json(const spl_part_diff *diff, const spl_bundle *old, const spl_bundle *new)
{
    cJSON *root = cJSON_CreateObject(), *then = spl_manifest_read(old), *now = spl_manifest_read(new);
    cJSON_AddBoolToObject(root, "same_schema", diff->same_schema);
    cJSON_AddBoolToObject(root, "same_encoder", diff->same_encoder);
    cJSON_AddBoolToObject(root, "same_clusters", diff->same_clusters);
    cJSON *list = cJSON_AddArrayToObject(root, "clusters");
    for (uint32_t p = 0; p < new->clusters.count; p++) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddItemToArray(list, item);
        spl_json_add_text(item, "name", spl_cluster_label(&new->clusters, p));
        spl_json_add_number(item, "share", share_of(now, p));
        if (!diff->nearest) continue;
        spl_json_add_text(item, "nearest_old", spl_cluster_label(&old->clusters, diff->nearest[p]));
        spl_json_add_number(item, "old_share", share_of(then, diff->nearest[p]));
        cJSON_AddNumberToObject(item, "distance", diff->distance[p]);
    }
    list = cJSON_AddArrayToObject(root, "gone");
    for (uint32_t q = 0; diff->nearest && q < old->clusters.count; q++) {
        char *name =
            is_followed(diff, q, new->clusters.count) ? NULL : spl_valid_utf8(spl_cluster_label(&old->clusters, q));
        if (name) cJSON_AddItemToArray(list, cJSON_CreateString(name));
        free(name);
    }
    cJSON_Delete(then);
    cJSON_Delete(now);
    return root;
}
