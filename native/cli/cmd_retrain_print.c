// SPDX-License-Identifier: GPL-3.0-or-later
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_retrain.h"
#include "evaluate/points.h"
#include "host/figures.h"
#include "json/json_add.h"

static void print_reasons(const spl_retrain_run *run, FILE *out)
{
    char why[4096];
    if (!spl_drift_calls(&run->drift, why, sizeof why)) return;
    for (char *line = strtok(why, "\n"); line; line = strtok(NULL, "\n")) fprintf(out, "  %s\n", line);
}

static void print_validation(const spl_retrain_run *run, FILE *out)
{
    char value_old[SPL_FIGURE_MAX], value_new[SPL_FIGURE_MAX], by[SPL_FIGURE_MAX], low[SPL_FIGURE_MAX],
        high[SPL_FIGURE_MAX];
    const spl_contest_result *r = &run->result;
    bool binary = run->drift.report->binary;
    const char *unit = binary ? " %" : "";
    fprintf(out, "\nvalidation: %.0f exposures, %" PRIu32 " folds, by SNIPS\n", r->exposures, run->folds);
    fprintf(out, "  old bundle  %s%s per exposure (worth %s exposures)\n",
            spl_points_rate(r->value_old, binary, value_old), unit, spl_figure_count(r->effective_old, by));
    fprintf(out, "  new bundle  %s%s per exposure (worth %s exposures)\n",
            spl_points_rate(r->value_new, binary, value_new), unit, spl_figure_count(r->effective_new, by));
    fprintf(out, "  gain        %s%s, 95 %% interval %s to %s; at least %s is asked for\n",
            spl_points(r->gain, binary, by), binary ? " points" : "", spl_points(r->low, binary, low),
            spl_points(r->high, binary, high), spl_points(-run->margin * fabs(r->value_old), binary, value_old));
}

static void print_contest(const spl_retrain_run *run, FILE *out)
{
    const spl_part_contest *c = &run->part.result;
    const spl_bundle *bundle = &run->drift.file.bundle;
    if (c->rows == 0) return; // refused before they could be judged
    bool clusters = bundle->clusters.count > 0;
    fprintf(out, "\nvalidation: %" PRIu32 " held-out visitors, by %s\n", c->rows,
            clusters ? "simplified silhouette" : "recall@1");
    fprintf(out, "  old bundle  %.4f\n  new bundle  %.4f", c->value_old, c->value_new);
    if (!clusters)
        fprintf(out, ", %s (%s: %.4f)", run->part.finetune ? "fine-tuned" : "from scratch",
                run->part.finetune ? "from scratch" : "fine-tuned", run->part.other);
    fprintf(out, "\n  gain        %+.4f, 95 %% interval %+.4f to %+.4f; at least %+.4f is asked for\n", c->gain, c->low,
            c->high, -run->margin * fabs(c->value_old));
}

static void print_parts(const spl_retrain_run *run, FILE *out)
{
    if (run->encoder)
        fprintf(out, "the encoder is trained anew, %s\n", run->part.finetune ? "fine-tuned" : "from scratch");
    if (run->clusters) fprintf(out, "the clusters are chosen anew\n");
}

bool spl_retrain_print(const spl_retrain_run *run, FILE *out)
{
    const spl_drift *drift = &run->drift.drift;
    fprintf(out, "drift: %s%s (the worst index is %.3f)\n", spl_drift_word(drift->verdict),
            drift->stale ? ", and stale" : "", drift->worst);
    print_reasons(run, out);
    if (!run->needed) {
        fprintf(out, "no need to learn anew; nothing was written\n");
        return true;
    }
    if (run->drift.part) {
        print_contest(run, out);
    } else {
        print_parts(run, out);
        print_validation(run, out);
    }
    fprintf(out, "\n%s: %s\n", run->accepted ? "accepted" : "refused", run->reason);
    if (run->accepted)
        fprintf(out, "bundle %s  (id %s)\nreport %s\n", run->out_path, run->id, run->out_report);
    else
        fprintf(out, "nothing was written\n");
    return true;
}

static void add_validation(cJSON *root, const spl_retrain_run *run)
{
    const spl_contest_result *r = &run->result;
    cJSON *v = cJSON_AddObjectToObject(root, "validation");
    cJSON_AddNumberToObject(v, "folds", run->folds);
    cJSON_AddNumberToObject(v, "margin", run->margin);
    spl_json_add_number(v, "exposures", r->exposures);
    spl_json_add_number(v, "value_old", r->value_old);
    spl_json_add_number(v, "value_new", r->value_new);
    spl_json_add_number(v, "gain", r->gain);
    spl_json_add_number(v, "low", r->low);
    spl_json_add_number(v, "high", r->high);
    spl_json_add_number(v, "effective_old", r->effective_old);
    spl_json_add_number(v, "effective_new", r->effective_new);
    cJSON_AddStringToObject(v, "reason", run->reason);
}

static void add_contest(cJSON *root, const spl_retrain_run *run)
{
    const spl_part_contest *c = &run->part.result;
    cJSON *v = cJSON_AddObjectToObject(root, "validation");
    bool clusters = run->drift.file.bundle.clusters.count > 0;
    cJSON_AddStringToObject(v, "method", clusters ? "simplified silhouette" : "recall@1");
    cJSON_AddNumberToObject(v, "margin", run->margin);
    cJSON_AddNumberToObject(v, "rows", c->rows);
    if (c->rows > 0) {
        spl_json_add_number(v, "value_old", c->value_old);
        spl_json_add_number(v, "value_new", c->value_new);
        spl_json_add_number(v, "gain", c->gain);
        spl_json_add_number(v, "low", c->low);
        spl_json_add_number(v, "high", c->high);
    }
    if (!clusters) {
        cJSON_AddStringToObject(v, "encoder", run->part.finetune ? "fine-tuned" : "from scratch");
        spl_json_add_number(v, "other", run->part.other);
    }
    cJSON_AddStringToObject(v, "reason", run->reason);
}

bool spl_retrain_print_json(const spl_retrain_run *run, FILE *out)
{
    cJSON *root = cJSON_CreateObject();
    const char *verdict = !run->needed ? "not needed" : run->accepted ? "accepted" : "refused";
    cJSON_AddStringToObject(root, "verdict", verdict);
    if (run->needed) (run->drift.part ? add_contest : add_validation)(root, run);
    if (run->needed && !run->drift.part) {
        cJSON_AddBoolToObject(root, "encoder_anew", run->encoder);
        cJSON_AddBoolToObject(root, "clusters_anew", run->clusters);
    }
    if (run->accepted) {
        cJSON_AddStringToObject(root, "out", run->out_path);
        cJSON_AddStringToObject(root, "report", run->out_report);
        cJSON_AddStringToObject(root, "id", run->id);
    }
    cJSON_AddItemToObject(root, "drift", spl_drift_json(&run->drift));
    char *text = cJSON_Print(root);
    if (text) fprintf(out, "%s\n", text);
    cJSON_free(text);
    cJSON_Delete(root);
    return text != NULL;
}
