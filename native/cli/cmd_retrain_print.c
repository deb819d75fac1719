// SPDX-License-Identifier: GPL-3.0-or-later
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_retrain.h"
#include "evaluate/points.h"
#include "host/figures.h"

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
    print_validation(run, out);
    fprintf(out, "\n%s: %s\n", run->accepted ? "accepted" : "refused", run->reason);
    if (run->accepted)
        fprintf(out, "bundle %s  (id %s)\nreport %s\n", run->out_path, run->id, run->out_report);
    else
        fprintf(out, "nothing was written\n");
    return true;
}

static void add_number(cJSON *to, const char *name, double value)
{
    cJSON_AddItemToObject(to, name, isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull());
}

static void add_validation(cJSON *root, const spl_retrain_run *run)
{
    const spl_contest_result *r = &run->result;
    cJSON *v = cJSON_AddObjectToObject(root, "validation");
    cJSON_AddNumberToObject(v, "folds", run->folds);
    cJSON_AddNumberToObject(v, "margin", run->margin);
    add_number(v, "exposures", r->exposures);
    add_number(v, "value_old", r->value_old);
    add_number(v, "value_new", r->value_new);
    add_number(v, "gain", r->gain);
    add_number(v, "low", r->low);
    add_number(v, "high", r->high);
    add_number(v, "effective_old", r->effective_old);
    add_number(v, "effective_new", r->effective_new);
    cJSON_AddStringToObject(v, "reason", run->reason);
}

bool spl_retrain_print_json(const spl_retrain_run *run, FILE *out)
{
    cJSON *root = cJSON_CreateObject();
    const char *verdict = !run->needed ? "not needed" : run->accepted ? "accepted" : "refused";
    cJSON_AddStringToObject(root, "verdict", verdict);
    if (run->needed) add_validation(root, run);
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
