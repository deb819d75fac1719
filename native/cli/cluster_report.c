// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/cluster_report.h"

#include <inttypes.h>

#include "host/grid.h"
#include "json/json_add.h"

static bool add_score(cJSON *list, const spl_choice *c)
{
    cJSON *item = cJSON_CreateObject();
    return cJSON_AddItemToArray(list, item) && spl_json_add_number(item, "k", c->k) &&
           spl_json_add_number(item, "inertia", c->inertia) && spl_json_add_number(item, "silhouette", c->silhouette) &&
           spl_json_add_number(item, "davies_bouldin", c->davies_bouldin) &&
           spl_json_add_number(item, "calinski_harabasz", c->calinski_harabasz) &&
           spl_json_add_number(item, "gap", c->gap) && spl_json_add_number(item, "gap_error", c->gap_error) &&
           spl_json_add_number(item, "gap_lift_error", c->gap_lift_error) &&
           spl_json_add_number(item, "stability", c->stability) && spl_json_add_number(item, "score", c->score);
}

static bool add_scores(cJSON *root, const spl_chosen *chosen)
{
    cJSON *rule = cJSON_AddObjectToObject(root, "rule");
    bool ok = spl_json_add_number(rule, "highest_score", chosen->choices[chosen->best].k) &&
              spl_json_add_number(rule, "gap_1", chosen->gap1) &&
              spl_json_add_number(rule, "gap_1_error", chosen->gap1_error) &&
              spl_json_add_number(rule, "gap_rule", chosen->gap_rule);
    cJSON *list = cJSON_AddArrayToObject(root, "scores");
    for (uint32_t i = 0; ok && i < chosen->count; i++) ok = add_score(list, &chosen->choices[i]);
    return ok;
}

static double whole_weight(const spl_kmeans *fit)
{
    double sum = 0;
    for (uint32_t c = 0; c < fit->k; c++) sum += fit->weight[c];
    return sum;
}

static bool add_clusters(cJSON *root, const spl_cluster_report *report)
{
    const spl_kmeans *fit = report->chosen->fit;
    cJSON *list = cJSON_AddArrayToObject(root, "clusters");
    bool ok = list != NULL;
    for (uint32_t c = 0; ok && c < fit->k; c++) {
        cJSON *item = cJSON_CreateObject();
        ok = cJSON_AddItemToArray(list, item) && cJSON_AddStringToObject(item, "name", report->names[c]) &&
             spl_json_add_number(item, "rows", (double)fit->rows[c]) &&
             spl_json_add_number(item, "share", fit->weight[c] / whole_weight(fit));
    }
    return ok;
}

static bool add_verdict(cJSON *root, const spl_cluster_verdict *verdict)
{
    cJSON *out = cJSON_AddObjectToObject(root, "verdict");
    bool ok = cJSON_AddStringToObject(out, "answer", verdict->deploy ? "deploy" : "refuse") != NULL;
    cJSON *list = cJSON_AddArrayToObject(out, "checks");
    for (uint32_t i = 0; ok && i < verdict->count; i++) {
        const spl_cluster_check *c = &verdict->checks[i];
        cJSON *item = cJSON_CreateObject();
        ok = cJSON_AddItemToArray(list, item) && cJSON_AddStringToObject(item, "check", c->name) &&
             spl_json_add_number(item, "value", c->value) &&
             spl_json_add_number(item, c->at_least ? "least" : "most", c->limit) &&
             cJSON_AddBoolToObject(item, "passed", c->passed);
        if (ok && !c->passed) ok = cJSON_AddStringToObject(item, "why", c->means) != NULL;
    }
    return ok;
}

cJSON *spl_cluster_report_json(const spl_cluster_report *report)
{
    cJSON *root = cJSON_CreateObject();
    bool ok = spl_json_add_number(root, "k", report->chosen->k) &&
              cJSON_AddStringToObject(root, "space", report->space) &&
              spl_json_add_number(root, "rows", report->rows) && spl_json_add_number(root, "width", report->width) &&
              add_scores(root, report->chosen) && add_clusters(root, report) && add_verdict(root, report->verdict);
    if (ok && report->bundle_id) ok = cJSON_AddStringToObject(root, "bundle", report->bundle_id) != NULL;
    if (ok) return root;
    cJSON_Delete(root);
    return NULL;
}

static void print_scores(const spl_chosen *chosen, FILE *out)
{
    static const char *const headings[] = {
        "k", "silhouette", "Davies-Bouldin", "Calinski-Harabasz", "gap", "+/-", "stability", "score", ""};
    spl_grid *table = spl_grid_new("rrrrrrrrl");
    if (!table) return;
    for (uint32_t i = 0; i < sizeof headings / sizeof *headings; i++) spl_grid_cell(table, "%s", headings[i]);
    const char *blank[] = {"", "", ""};
    spl_grid_cell(table, "1");
    for (int i = 0; i < 3; i++) spl_grid_cell(table, "%s", blank[i]);
    spl_grid_cell(table, "%.3f", chosen->gap1);
    spl_grid_cell(table, "%.3f", chosen->gap1_error);
    spl_grid_cell(table, "%s", "");
    spl_grid_cell(table, "%s", "");
    spl_grid_cell(table, "%s", chosen->k == 1 ? "<" : " ");
    for (uint32_t i = 0; i < chosen->count; i++) {
        const spl_choice *c = &chosen->choices[i];
        spl_grid_cell(table, "%u", c->k);
        spl_grid_cell(table, "%.3f", c->silhouette);
        spl_grid_cell(table, "%.3f", c->davies_bouldin);
        spl_grid_cell(table, "%.4g", c->calinski_harabasz);
        spl_grid_cell(table, "%.3f", c->gap);
        spl_grid_cell(table, "%.3f", c->gap_error);
        spl_grid_cell(table, "%.3f", c->stability);
        spl_grid_cell(table, "%.2f", c->score);
        spl_grid_cell(table, "%s", chosen->k == c->k ? "<" : " ");
    }
    spl_grid_print(table, out);
    spl_grid_free(table);
}

static void print_clusters(const spl_cluster_report *report, FILE *out)
{
    const spl_kmeans *fit = report->chosen->fit;
    spl_grid *table = spl_grid_new("rlrr");
    if (!table) return;
    const char *const headings[] = {"", "cluster", "rows", "share"};
    for (int i = 0; i < 4; i++) spl_grid_cell(table, "%s", headings[i]);
    for (uint32_t c = 0; c < fit->k; c++) {
        spl_grid_cell(table, "%u", c);
        spl_grid_cell(table, "%s", report->names[c]);
        spl_grid_cell(table, "%" PRIu64, fit->rows[c]);
        spl_grid_cell(table, "%.1f %%", 100 * fit->weight[c] / whole_weight(fit));
    }
    spl_grid_print(table, out);
    spl_grid_free(table);
}

static void print_verdict(const spl_cluster_verdict *verdict, FILE *out)
{
    fprintf(out, "verdict: %s\n", verdict->deploy ? "deploy" : "refuse");
    for (uint32_t i = 0; i < verdict->count; i++) {
        const spl_cluster_check *c = &verdict->checks[i];
        fprintf(out, "  %s %s %.3g (%s %.3g)%s%s\n", c->passed ? "ok  " : "FAIL", c->name, c->value,
                c->at_least ? "at least" : "at most", c->limit, c->passed ? "" : ": ", c->passed ? "" : c->means);
    }
}

void spl_cluster_report_print(const spl_cluster_report *report, FILE *out)
{
    fprintf(out, "%u rows, %u %s\n\n", report->rows, report->width,
            report->space[0] == 'e' ? "entries of the embedding" : "features");
    print_scores(report->chosen, out);
    fprintf(out, "\n%u cluster%s\n", report->chosen->k, report->chosen->k == 1 ? "" : "s");
    print_clusters(report, out);
    fputc('\n', out);
    print_verdict(report->verdict, out);
}
