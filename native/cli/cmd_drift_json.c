// SPDX-License-Identifier: GPL-3.0-or-later
// A drift measure as one JSON document; docs/drift.md lists its fields. Figures that do not exist are null.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_drift.h"
#include "events/event_stamp.h"
#include "json/json_add.h"

static void add_time(cJSON *to, const char *name, int64_t time_ms)
{
    char text[SPL_TIME_CHARS + 1];
    spl_time_write(time_ms, text);
    text[SPL_TIME_CHARS] = '\0';
    cJSON_AddStringToObject(to, name, text);
}

static void add_span(cJSON *to, const char *name, uint64_t visits, int64_t oldest, int64_t newest)
{
    cJSON *span = cJSON_AddObjectToObject(to, name);
    cJSON_AddNumberToObject(span, "visits", (double)visits);
    if (visits == 0) return;
    add_time(span, "oldest", oldest);
    add_time(span, "newest", newest);
}

static void add_psi(cJSON *to, const spl_psi *psi, spl_drift_verdict verdict, double p)
{
    spl_json_add_number(to, "psi", psi->raw);
    spl_json_add_number(to, "noise", psi->noise);
    spl_json_add_number(to, "drift", psi->drift);
    spl_json_add_number(to, "reach", psi->reach);
    spl_json_add_number(to, "p", p);
    cJSON_AddStringToObject(to, "verdict", spl_drift_word(verdict));
}

// A bin by its value, or its interval's ends.
static void add_bin(cJSON *list, const spl_drift_feature *f, uint32_t i, double then_all, double now_all)
{
    const spl_reference_attribute *a = f->bins;
    cJSON *bin = cJSON_CreateObject();
    cJSON_AddItemToArray(list, bin);
    if (i == a->bin_count + 1)
        cJSON_AddTrueToObject(bin, "missing");
    else if (i == a->bin_count)
        cJSON_AddTrueToObject(bin, "other");
    else if (!a->numeric)
        spl_json_add_text(bin, "value", (spl_text){a->values[i], strlen(a->values[i])});
    if (a->numeric && i < a->bin_count) {
        if (i > 0) cJSON_AddNumberToObject(bin, "from", a->edges[i - 1]);
        if (i + 1 < a->bin_count) cJSON_AddNumberToObject(bin, "below", a->edges[i]);
    }
    spl_json_add_number(bin, "then", (double)a->counts[i] / then_all);
    spl_json_add_number(bin, "now", (double)f->now[i] / now_all);
}

static void add_features(cJSON *root, const spl_drift_run *run)
{
    cJSON *list = cJSON_AddArrayToObject(root, "attributes");
    double then = (double)run->reference->exposures, now = (double)spl_tally_exposures(run->log.tally);
    for (uint32_t i = 0; i < run->drift.feature_count; i++) {
        const spl_drift_feature *f = &run->drift.features[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddItemToArray(list, item);
        spl_json_add_text(item, "name", (spl_text){f->bins->name, strlen(f->bins->name)});
        add_psi(item, &f->psi, f->verdict, f->p);
        cJSON *bins = cJSON_AddArrayToObject(item, "bins");
        for (uint32_t b = 0; b < f->bins->bin_count + 2; b++) {
            if (f->bins->counts[b] + f->now[b] > 0) add_bin(bins, f, b, then, now);
        }
    }
}

static void add_segments(cJSON *root, const spl_drift_run *run)
{
    cJSON *item = cJSON_AddObjectToObject(root, "segments"), *list;
    const spl_drift *drift = &run->drift;
    add_psi(item, &drift->segments, drift->segments_verdict, drift->segments.p);
    spl_json_add_number(item, "rate_p", drift->rate_p);
    spl_json_add_number(item, "effect_p", drift->effect_p);
    cJSON_AddBoolToObject(item, "rate_moved", drift->rate_moved);
    cJSON_AddBoolToObject(item, "effect_moved", drift->effect_moved);
    list = cJSON_AddArrayToObject(item, "nodes");
    for (uint32_t i = 0; i < drift->segment_count; i++) {
        const spl_drift_segment *segment = &drift->segment[i];
        cJSON *node = cJSON_CreateObject();
        cJSON_AddItemToArray(list, node);
        spl_json_add_text(node, "key", spl_tree_key(&run->file.bundle.tree, segment->node));
        spl_json_add_number(node, "share_then", segment->share_then);
        spl_json_add_number(node, "share_now", segment->share_now);
        spl_json_add_number(node, "share_p", segment->share_p);
        spl_json_add_number(node, "rate_then", segment->rate_then);
        spl_json_add_number(node, "rate_now", segment->rate_now);
        spl_json_add_number(node, "rate_p", segment->rate_p);
        spl_json_add_number(node, "effect_p", segment->effect_p);
    }
}

static void add_assignments(cJSON *root, const spl_drift_run *run)
{
    cJSON *item = cJSON_AddObjectToObject(root, "assignments");
    const spl_drift *drift = &run->drift;
    const spl_experiment *x = &run->file.bundle.experiments[run->experiment];
    add_psi(item, &drift->intended, drift->intended_verdict, drift->intended.p);
    cJSON_AddNumberToObject(item, "own", (double)drift->own);
    cJSON_AddNumberToObject(item, "own_units", (double)drift->own_units);
    cJSON_AddBoolToObject(item, "misserved", drift->misserved);
    cJSON *list = cJSON_AddArrayToObject(item, "variants");
    for (uint32_t v = 0; v < x->policy.variant_count; v++) {
        const spl_drift_variant *variant = &drift->variant[v];
        cJSON *one = cJSON_CreateObject();
        cJSON_AddItemToArray(list, one);
        spl_json_add_text(one, "name", x->variants[v]);
        spl_json_add_number(one, "then", variant->intended_then);
        spl_json_add_number(one, "now", variant->intended_now);
        cJSON_AddNumberToObject(one, "served", (double)variant->served);
        spl_json_add_number(one, "expected", variant->expected);
        spl_json_add_number(one, "p", variant->p);
    }
}

static void add_reasons(cJSON *root, const spl_drift_run *run)
{
    char why[4096];
    cJSON *list = cJSON_AddArrayToObject(root, "reasons");
    if (!spl_drift_calls(run, why, sizeof why)) return;
    for (char *line = strtok(why, "\n"); line; line = strtok(NULL, "\n"))
        cJSON_AddItemToArray(list, cJSON_CreateString(line));
}

static void add_recall(cJSON *root, const spl_drift_run *run)
{
    const spl_drift_recall *recall = &run->drift.recall;
    if (recall->rows_now == 0) return;
    cJSON *item = cJSON_AddObjectToObject(root, "recall");
    cJSON_AddStringToObject(item, "label", run->recall.label);
    cJSON_AddNumberToObject(item, "rows_then", recall->rows_then);
    cJSON_AddNumberToObject(item, "rows_now", recall->rows_now);
    spl_json_add_number(item, "then", recall->then);
    spl_json_add_number(item, "now", recall->now);
    spl_json_add_number(item, "p", recall->p);
    cJSON_AddStringToObject(item, "verdict", spl_drift_word(recall->verdict));
}

cJSON *spl_drift_json(const spl_drift_run *run)
{
    cJSON *root = cJSON_CreateObject();
    const spl_drift_log *log = &run->log;
    const spl_reference *then = run->reference;
    if (!root) return NULL;
    spl_json_add_text(root, "bundle", run->file.bundle.id_hex);
    if (!run->part) spl_json_add_text(root, "experiment", run->file.bundle.experiments[run->experiment].key);
    cJSON_AddStringToObject(root, "verdict", spl_drift_word(run->drift.verdict));
    add_reasons(root, run);
    cJSON_AddBoolToObject(root, "stale", run->drift.stale);
    spl_json_add_number(root, "age_days", (double)run->drift.age_ms / 86400000.0);
    spl_json_add_number(root, "worst", run->drift.worst);
    add_span(root, "learned", then->exposures, then->oldest_ms, then->newest_ms);
    add_span(root, "log", spl_tally_exposures(log->tally), spl_tally_oldest(log->tally), spl_tally_newest(log->tally));
    cJSON_AddNumberToObject(root, "bad_lines", (double)log->counts.bad_lines);
    cJSON_AddNumberToObject(root, "outside", (double)log->counts.outside);
    cJSON_AddNumberToObject(root, "unknown_variant", (double)log->unknown_variant);
    cJSON_AddBoolToObject(root, "calendar_left_out", run->drift.calendar_left_out);
    add_features(root, run);
    if (!run->part) add_segments(root, run);
    if (!run->part) add_assignments(root, run);
    add_recall(root, run);
    return root;
}
