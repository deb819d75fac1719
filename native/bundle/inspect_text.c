// SPDX-License-Identifier: GPL-3.0-or-later
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/inspect.h"
#include "bundle/manifest_read.h"
#include "bundle/payloads.h"
#include "bundle/segment_key.h"
#include "host/figures.h"
#include "host/grid.h"
#include "host/visible.h"

#define PAYLOAD_BYTES 60

typedef struct sheet {
    const spl_inspection *what;
    const spl_bundle *bundle;
    cJSON *manifest; // NULL if there is none
    bool utf8;
    FILE *out;
    bool ok;
} sheet;

static void put_cell(sheet *s, spl_grid *table, char *visible)
{
    spl_grid_cell(table, "%s", visible ? visible : "");
    if (!visible) s->ok = false;
    free(visible);
}

static void finish(sheet *s, spl_grid *table)
{
    if (!spl_grid_print(table, s->out)) s->ok = false;
    spl_grid_free(table);
}

// A fact of the first block: its name, then a text from malloc.
static void put_fact(sheet *s, const char *name, char *visible, const char *rest)
{
    if (visible && visible[0]) fprintf(s->out, "%-9s %s%s\n", name, visible, rest);
    if (!visible) s->ok = false;
    free(visible);
}

static void put_head(sheet *s)
{
    put_fact(s, "bundle", spl_visible((spl_text){s->what->path, strlen(s->what->path)}, s->utf8), "");
    put_fact(s, "id", spl_visible(s->bundle->id_hex, s->utf8),
             s->what->id_matches ? " (that of the file's bytes)"
                                 : " (NOT that of the file's bytes: the file was changed after it was written)");
    fprintf(s->out, "%-9s %d\n%-9s %zu bytes in %" PRIu32 " tensors\n", "format", SPL_BUNDLE_VERSION, "size",
            s->what->file->size, s->bundle->tensor_count);
    if (s->manifest) {
        put_fact(s, "writer", spl_manifest_member(s->manifest, "writer"), "");
    } else {
        fprintf(s->out, "%-9s none that can be read\n", "manifest");
    }
}

// How an experiment serves: "6 policy rows", "softmax 0.1 over 20 features".
static void put_policy(sheet *s, const spl_experiment *x)
{
    const spl_linear *linear = &x->linear;
    if (linear->rule == SPL_RULE_TABLE) {
        fprintf(s->out, "%" PRIu32 " policy rows", x->policy.row_count);
        return;
    }
    fputs(spl_rule_name(linear->rule), s->out);
    if (!linear->factor) fprintf(s->out, " %g", linear->parameter);
    fprintf(s->out, " over the %s (%" PRIu32 ")", spl_space_name(linear->space), linear->score.inputs);
}

// As JSON, cut to what fits beside a variant; empty for none.
static void put_payload(sheet *s, spl_grid *table, const cJSON *payload)
{
    char *json = payload && !cJSON_IsNull(payload) ? cJSON_PrintUnformatted(payload) : NULL;
    spl_text all = {json ? json : "", json ? strlen(json) : 0}, cut = spl_text_cut(all, PAYLOAD_BYTES);
    char *visible = spl_visible(cut, s->utf8);
    spl_grid_cell(table, "%s%s", visible ? visible : "", cut.size < all.size ? "..." : "");
    if (!visible) s->ok = false;
    free(visible);
    cJSON_free(json);
}

static void put_variants(sheet *s, const spl_experiment *x, const cJSON *payloads)
{
    static const char *const titles[] = {"  variant", "served at the root", NULL};
    spl_grid *table = spl_grid_new(payloads ? "lrl" : "lr");
    if (!table) {
        s->ok = false;
        return;
    }
    spl_grid_cells(table, titles);
    if (payloads) spl_grid_cell(table, "payload");
    const double *p =
        x->linear.rule == SPL_RULE_TABLE ? x->policy.table + (size_t)x->policy.row[0] * x->policy.variant_count : NULL;
    for (uint32_t v = 0; v < x->policy.variant_count; v++) {
        char *name = spl_visible(x->variants[v], s->utf8), figure[SPL_FIGURE_MAX];
        spl_grid_cell(table, "  %s", name ? name : "");
        free(name);
        spl_grid_cell(table, "%s", p ? spl_figure_share(p[v], figure) : "by visitor");
        if (payloads) put_payload(s, table, cJSON_GetArrayItem(payloads, (int)v));
    }
    finish(s, table);
}

static void put_experiment(sheet *s, uint32_t i)
{
    const spl_experiment *x = &s->bundle->experiments[i];
    fprintf(s->out, "\nexperiment %.*s: %" PRIu32 " variants, ", (int)x->key.size, x->key.data,
            x->policy.variant_count);
    put_policy(s, x);
    fprintf(s->out, ", floor %g, assignment %s, seed %" PRIu64, x->min_propensity, spl_hash_mode_name(x->hash_mode),
            x->seed);
    spl_settings_print(&x->settings, s->out);
    fputc('\n', s->out);
    put_variants(s, x, spl_payloads_in(s->manifest, s->bundle, i));
}

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static void put_share(sheet *s, const char *before, const cJSON *share)
{
    char figure[SPL_FIGURE_MAX];
    fprintf(s->out, "%s%s", before, spl_figure_change(cJSON_IsNumber(share) ? share->valuedouble : NAN, figure));
}

// What the manifest says of where the bundle comes from (docs/lineage.md). A word of the writer, and shown as that.
static void put_lineage(sheet *s)
{
    const cJSON *lineage = member(s->manifest, "lineage"), *item, *validation = member(lineage, "validation");
    if (!cJSON_IsObject(lineage)) return;
    fputs("\nlineage, as its manifest says\n", s->out);
    cJSON_ArrayForEach(item, member(lineage, "inputs"))
    {
        put_fact(s, "  from", spl_manifest_member(item, "name"), "");
        put_fact(s, "  blake2b", spl_manifest_member(item, "blake2b"), "");
    }
    put_fact(s, "  follows", spl_manifest_member(lineage, "parent"), "");
    cJSON_ArrayForEach(item, member(lineage, "settings"))
    {
        char *name = spl_visible((spl_text){item->string, strlen(item->string)}, s->utf8);
        char *value = spl_manifest_member(member(lineage, "settings"), item->string);
        fprintf(s->out, "  --%s %s\n", name ? name : "", value ? value : "");
        free(name);
        free(value);
    }
    if (!cJSON_IsObject(validation)) return;
    put_fact(s, "  validation", spl_manifest_member(validation, "verdict"), "");
    put_share(s, "  gain over the one it follows ", member(validation, "gain"));
    put_share(s, ", 95 % interval ", member(validation, "low"));
    put_share(s, " to ", member(validation, "high"));
    fputc('\n', s->out);
}

static void put_report(sheet *s)
{
    const spl_report *report = s->what->report;
    char a[SPL_FIGURE_MAX], b[SPL_FIGURE_MAX];
    if (!report) return;
    char *outcome = spl_visible((spl_text){report->outcome, strlen(report->outcome)}, s->utf8);
    fprintf(s->out, "  learned from %s visits, %s per visit: %s\n", spl_figure_count(report->nodes[0].exposures, a),
            outcome ? outcome : "", spl_figure_rate(report->nodes[0].rate, report->binary, b));
    free(outcome);
}

// How many nodes of a depth serve by themselves, in the first experiment: those with a row, all of a linear policy.
static uint32_t serving_at(const sheet *s, uint32_t depth)
{
    const spl_experiment *x = &s->bundle->experiments[0];
    uint32_t count = 0;
    for (uint32_t node = 0; node < s->bundle->tree.node_count; node++) {
        bool serves = x->linear.rule != SPL_RULE_TABLE || x->policy.row[node] >= 0;
        count += serves && spl_tree_level(&s->bundle->tree, node) == depth;
    }
    return count;
}

static void put_tree(sheet *s)
{
    static const char *const titles[] = {"  level", "split by", "segments", "serving", NULL};
    spl_tree_level_summary levels[SPL_TREE_DEPTH_MAX];
    uint32_t count = spl_tree_levels(&s->bundle->tree, levels);
    fprintf(s->out, "\ntree: %" PRIu32 " segments on %" PRIu32 " levels\n", s->bundle->tree.node_count, count);
    spl_grid *table = spl_grid_new("llrr");
    if (!table) {
        s->ok = false;
        return;
    }
    spl_grid_cells(table, titles);
    for (uint32_t i = 0; i < count; i++) {
        char *name = malloc(levels[i].attribute.size + 1);
        spl_text decoded = {name, name ? spl_segment_decode(levels[i].attribute, name) : 0};
        spl_grid_cell(table, "  %" PRIu32, i);
        put_cell(s, table, i == 0 ? spl_visible(SPL_TEXT("(all visits)"), true) : spl_visible(decoded, s->utf8));
        spl_grid_cell(table, "%" PRIu32, levels[i].nodes);
        if (s->bundle->experiment_count > 0) {
            spl_grid_cell(table, "%" PRIu32, serving_at(s, i));
        } else {
            spl_grid_cell(table, "%s", "");
        }
        free(name);
    }
    finish(s, table);
}

static void put_feature(sheet *s, spl_grid *table, uint32_t i)
{
    const spl_schema *schema = &s->bundle->schema;
    char detail[96] = "";
    switch (schema->kind[i]) {
    case SPL_FEATURE_NUMERIC:
        snprintf(detail, sizeof detail, "%s%g to %g", schema->transform[i] == SPL_TRANSFORM_LOG1P ? "log1p, " : "",
                 (double)schema->lo[i], (double)schema->hi[i]);
        break;
    case SPL_FEATURE_CATEGORICAL:
        snprintf(detail, sizeof detail, "%" PRIu32 " values and other",
                 schema->category_start[i + 1] - schema->category_start[i]);
        break;
    case SPL_FEATURE_CYCLIC: snprintf(detail, sizeof detail, "period %g", (double)schema->period[i]); break;
    default: break;
    }
    char *name = spl_attribute_name(s->manifest, schema->attribute[i]);
    spl_grid_cell(table, "  %s", name ? name : "");
    free(name);
    spl_grid_cell(table, "%s", spl_feature_kind_name(schema->kind[i]));
    spl_grid_cell(table, "%" PRIu32, spl_feature_width(schema, i));
    spl_grid_cell(table, "%s", detail);
}

static void put_schema(sheet *s)
{
    static const char *const titles[] = {"  attribute", "kind", "entries", "", NULL};
    const spl_schema *schema = &s->bundle->schema;
    if (schema->feature_count == 0) {
        fputs("\nschema: none\n", s->out);
        return;
    }
    char *name = spl_manifest_member(cJSON_GetObjectItemCaseSensitive(s->manifest, "schema"), "name");
    fprintf(s->out, "\nschema%s%s: %" PRIu32 " features, %" PRIu32 " entries\n", name && name[0] ? " " : "",
            name ? name : "", schema->feature_count, schema->width);
    free(name);
    spl_grid *table = spl_grid_new("llrl");
    if (!table) {
        s->ok = false;
        return;
    }
    spl_grid_cells(table, titles);
    for (uint32_t i = 0; i < schema->feature_count; i++) put_feature(s, table, i);
    finish(s, table);
}

static void put_encoder(sheet *s)
{
    if (s->bundle->encoder_count == 0) {
        fputs("\nencoder: none\n", s->out);
        return;
    }
    if (s->bundle->encoder_count > 1) {
        fprintf(s->out, "\nencoders: the mean of %" PRIu32 "\n", s->bundle->encoder_count);
    }
    for (uint32_t m = 0; m < s->bundle->encoder_count; m++) {
        const spl_encoder *encoder = &s->bundle->encoders[m];
        fprintf(s->out, "%s%" PRIu32, s->bundle->encoder_count > 1 ? "  " : "\nencoder: ", encoder->layers[0].inputs);
        for (uint32_t i = 0; i < encoder->layer_count; i++) fprintf(s->out, " -> %" PRIu32, encoder->layers[i].outputs);
        fprintf(s->out, ", %" PRIu64 " parameters\n", spl_encoder_parameters(encoder));
    }
}

static void put_clusters(sheet *s)
{
    static const char *const titles[] = {"  cluster", "points", NULL};
    const spl_clusters *clusters = &s->bundle->clusters;
    if (clusters->count == 0) return;
    uint32_t *first = malloc(2 * (size_t)clusters->count * sizeof *first);
    spl_grid *table = first ? spl_grid_new("lr") : NULL;
    if (!table) {
        s->ok = false;
        free(first);
        return;
    }
    uint32_t *points = first + clusters->count, groups = spl_cluster_groups(clusters, first, points);
    fprintf(s->out, "\nclusters: %" PRIu32 " groups by the nearest of %" PRIu32 " points over the %s (%" PRIu32 ")\n",
            groups, clusters->count, spl_space_name(clusters->space), clusters->nearest.inputs);
    spl_grid_cells(table, titles);
    for (uint32_t g = 0; g < groups; g++) {
        char *label = spl_visible(spl_cluster_label(clusters, first[g]), s->utf8);
        spl_grid_cell(table, "  %s", label ? label : "");
        free(label);
        spl_grid_cell(table, "%" PRIu32, points[g]);
    }
    finish(s, table);
    free(first);
}

static void put_tensors(sheet *s)
{
    static const char *const titles[] = {"  tensor", "dtype", "shape", "bytes", NULL};
    spl_grid *table = spl_grid_new("lllr");
    if (!table) {
        s->ok = false;
        return;
    }
    fputs("\ntensors\n", s->out);
    spl_grid_cells(table, titles);
    for (uint32_t i = 0; i < s->bundle->tensor_count; i++) {
        const spl_tensor *t = &s->bundle->tensors[i];
        char *name = spl_visible(t->name, s->utf8);
        spl_grid_cell(table, "  %s", name ? name : "");
        free(name);
        spl_grid_cell(table, "%s", spl_dtype_name(t->dtype));
        if (t->dims == 0) spl_grid_cell(table, "%s", "[]");
        if (t->dims == 1) spl_grid_cell(table, "[%" PRIu64 "]", t->shape[0]);
        if (t->dims == 2) spl_grid_cell(table, "[%" PRIu64 ", %" PRIu64 "]", t->shape[0], t->shape[1]);
        spl_grid_cell(table, "%" PRIu64, t->bytes);
    }
    finish(s, table);
}

bool spl_inspect_text(const spl_inspection *inspection, bool utf8, FILE *out)
{
    const spl_bundle *bundle = &inspection->file->bundle;
    sheet s = {inspection, bundle, spl_manifest_read(bundle), utf8, out, true};
    put_head(&s);
    for (uint32_t i = 0; i < bundle->experiment_count; i++) put_experiment(&s, i);
    put_report(&s);
    put_lineage(&s);
    put_tree(&s);
    put_schema(&s);
    put_encoder(&s);
    put_clusters(&s);
    put_tensors(&s);
    cJSON_Delete(s.manifest);
    return s.ok;
}
