// SPDX-License-Identifier: GPL-3.0-or-later
// The bundle of a training: encoder and schema, no experiment, and in the manifest where it comes from. No clock and no
// path but file names, so that the same training gives the same id everywhere.
#include <cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_write.h"
#include "bundle/manifest.h"
#include "bundle/report_read.h"
#include "cli/encoder_training.h"
#include "cli/given_file.h"
#include "host/files.h"
#include "host/texts.h"
#include "learn/drift/part_report.h"
#include "learn/encoder/encoder_split.h"
#include "learn/encoder/nearest_alike.h"
#include "learn/lineage.h"
#include "json/json_add.h"

#define CLASSES_NAMED_MAX 64

static const char *const STATUS_NAMES[] = {"going", "finished", "early", "diverged"};

static const char *input_name(const spl_encoder_settings *s)
{
    return spl_path_name(s->request && s->request->input ? s->request->input : s->rows);
}

static cJSON *data_json(const spl_training *t)
{
    char hex[24];
    const spl_rows *rows = t->rows;
    cJSON *out = cJSON_CreateObject();
    uint32_t labelled = 0;
    for (uint32_t i = 0; i < rows->n; i++) labelled += rows->label[i] >= 0;
    cJSON_AddStringToObject(out, "name", input_name(t->settings));
    cJSON_AddNumberToObject(out, "rows", rows->n);
    cJSON_AddNumberToObject(out, "labelled", labelled);
    cJSON_AddNumberToObject(out, "width", rows->d);
    if (t->settings->events)
        cJSON_AddStringToObject(out, "alike", spl_alike_names[t->settings->alike.by]);
    else
        cJSON_AddStringToObject(out, "label", t->settings->label);
    cJSON_AddNumberToObject(out, "classes", rows->class_count);
    cJSON *names = cJSON_AddArrayToObject(out, "class_names");
    for (uint32_t c = 0; c < rows->class_count && c < CLASSES_NAMED_MAX; c++)
        cJSON_AddItemToArray(names, cJSON_CreateString(rows->classes[c]));
    snprintf(hex, sizeof hex, "%016" PRIx64, spl_training_digest(rows));
    cJSON_AddStringToObject(out, "xxh64", hex);
    return out;
}

static cJSON *settings_json(const spl_training *t)
{
    const spl_encoder_config *c = &t->config;
    cJSON *out = cJSON_CreateObject();
    cJSON_AddStringToObject(out, "loss", spl_loss_names[c->loss]);
    cJSON_AddStringToObject(out, "mining", spl_mining_names[c->mining]);
    cJSON_AddNumberToObject(out, "margin", c->margin > 0 ? c->margin : c->loss == SPL_LOSS_TRIPLET ? 0.2 : 1);
    cJSON_AddNumberToObject(out, "epochs", c->epochs);
    cJSON_AddNumberToObject(out, "batch", c->batch);
    cJSON_AddNumberToObject(out, "rate", c->learning_rate);
    cJSON_AddStringToObject(out, "schedule", spl_schedule_names[c->schedule]);
    cJSON_AddNumberToObject(out, "warmup", c->warmup_epochs);
    cJSON_AddNumberToObject(out, "weight_decay", c->weight_decay);
    cJSON_AddNumberToObject(out, "dropout", c->dropout);
    cJSON_AddNumberToObject(out, "freeze", c->freeze);
    if (t->base.count > 0) cJSON_AddBoolToObject(out, "new_first_layer", t->base.new_input);
    cJSON_AddNumberToObject(out, "validation", c->validation);
    cJSON_AddStringToObject(out, "metric", spl_metric_names[c->metric]);
    cJSON_AddNumberToObject(out, "patience", c->patience);
    spl_json_add_u64(out, "seed", c->seed);
    spl_json_add_u64(out, "split_seed", c->split_seed);
    return out;
}

static cJSON *history_json(const spl_encoder_epoch *history, uint32_t count)
{
    static const char *const names[] = {"train_loss", "validation_loss", "validation_recall", "learning_rate",
                                        "active"};
    cJSON *out = cJSON_CreateObject();
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        cJSON *list = cJSON_AddArrayToObject(out, names[k]);
        for (uint32_t i = 0; i < count; i++) {
            const double values[] = {history[i].train_loss, history[i].validation_loss, history[i].validation_recall,
                                     history[i].learning_rate, history[i].active};
            cJSON_AddItemToArray(list, isfinite(values[k]) ? cJSON_CreateNumber(values[k]) : cJSON_CreateNull());
        }
    }
    return out;
}

static cJSON *member_json(const spl_encoder_member *member)
{
    uint32_t count, best = spl_encoder_run_best(member->run);
    const spl_encoder_epoch *history = spl_encoder_run_history(member->run, &count);
    cJSON *out = cJSON_CreateObject();
    spl_json_add_u64(out, "seed", member->seed);
    cJSON_AddNumberToObject(out, "epochs", count);
    cJSON_AddNumberToObject(out, "best_epoch", best);
    cJSON_AddStringToObject(out, "ended", STATUS_NAMES[spl_encoder_run_status(member->run)]);
    spl_json_add_number(out, "recall", best > 0 ? history[best - 1].validation_recall : NAN);
    spl_json_add_number(out, "loss", best > 0 ? history[best - 1].validation_loss : NAN);
    cJSON_AddItemToObject(out, "history", history_json(history, count));
    return out;
}

cJSON *spl_training_json(const spl_training *t)
{
    cJSON *out = cJSON_CreateObject();
    cJSON_AddItemToObject(out, "data", data_json(t));
    cJSON_AddItemToObject(out, "settings", settings_json(t));
    cJSON *members = cJSON_AddArrayToObject(out, "members");
    for (uint32_t m = 0; m < t->member_count; m++) cJSON_AddItemToArray(members, member_json(&t->members[m]));
    return out;
}

// {"lineage": …} as of every bundle; a checkpoint has no id, and is one of the inputs.
static cJSON *lineage_json(const spl_training *t)
{
    const spl_encoder_base *base = &t->base;
    const spl_encoder_settings *s = t->settings;
    const spl_learn_request none = {.parent = NULL}, *request = s->request ? s->request : &none;
    const spl_lineage lineage = {.parent = request->parent ? request->parent
                                           : base->id[0]   ? base->id
                                                           : NULL,
                                 .input = request->input ? request->input : s->rows,
                                 .digest = t->digest,
                                 .option_count = s->recorded.count,
                                 .options = s->recorded.options,
                                 .validation = request->validation};
    cJSON *root = spl_lineage_json(&lineage);
    if (!root || !base->digest[0]) return root;
    cJSON *input = cJSON_CreateObject();
    cJSON_AddStringToObject(input, "name", spl_path_name(s->base));
    cJSON_AddStringToObject(input, "blake2b", base->digest);
    cJSON_AddItemToArray(cJSON_GetObjectItem(cJSON_GetObjectItem(root, "lineage"), "inputs"), input);
    return root;
}

static char *manifest_of(const spl_training *t, const spl_bundle *bundle, const spl_schema_spec *schema)
{
    cJSON *more = lineage_json(t);
    if (!more) return NULL;
    cJSON_AddItemToObject(more, "training", spl_training_json(t));
    spl_manifest manifest = {.bundle = bundle, .schema = schema, .more = more};
    char *text = spl_manifest_text(&manifest);
    cJSON_Delete(more);
    return text;
}

static bool make_bundle(const spl_training *t, uint8_t **data, size_t *size, char id_hex[33], spl_error *error)
{
    spl_encoder encoders[SPL_ENSEMBLE_MAX];
    const spl_schema_spec *schema = spl_rows_schema(t->rows, &t->rows_config);
    for (uint32_t m = 0; m < t->member_count; m++) encoders[m] = t->members[m].folded.encoder;
    spl_bundle bundle = {.schema = schema->schema, .encoder_count = t->member_count, .encoders = encoders};
    char *manifest = manifest_of(t, &bundle, schema);
    bool ok =
        manifest ? spl_bundle_write(&bundle, manifest, data, size, id_hex, error) : spl_fail(error, "out of memory");
    free(manifest);
    return ok;
}

// Of the rows that the training held out; *out stays empty where there are none, or labels were made from events.
static bool measure_recall(const spl_training *t, const spl_bundle *bundle, spl_part_recall *out, spl_error *error)
{
    spl_split split;
    const spl_rows *rows = t->rows;
    if (t->settings->events || strlen(t->settings->label) >= sizeof out->label) return true;
    if (!spl_split_new(rows->label, rows->n, t->config.validation, t->config.split_seed, &split, error)) return false;
    spl_labelled held = {.n = split.judge_count, .d = rows->d};
    held.x = malloc(((size_t)held.n * held.d + 1) * sizeof *held.x);
    held.label = malloc((held.n + 1) * sizeof *held.label);
    uint8_t *hit = malloc(held.n + 1);
    bool ok = (held.x && held.label && hit) || spl_fail(error, "out of memory");
    for (uint32_t i = 0; ok && i < held.n; i++) {
        memcpy(held.x + (size_t)i * held.d, rows->x + (size_t)split.judge[i] * held.d, held.d * sizeof *held.x);
        held.label[i] = rows->label[split.judge[i]];
    }
    if (ok && held.n > 1) {
        ok = spl_nearest_alike(bundle, &held, t->pool, hit, &out->share, error);
        out->rows = held.n;
        snprintf(out->label, sizeof out->label, "%s", t->settings->label);
    }
    free(hit);
    spl_labelled_free(&held);
    spl_split_free(&split);
    return ok;
}

// What the visitors were like is counted by the finished bundle, as it will be when a later file is held against it.
static cJSON *report_json(const spl_training *t, const spl_bundle *bundle, const char *id, spl_error *error)
{
    const spl_encoder_settings *s = t->settings;
    spl_part_log log;
    spl_part_recall recall = {.rows = 0};
    spl_part_source source = {.path = spl_spool_path(&t->spool),
                              .part = spl_visits_all(),
                              .rows_ms = spl_given_or_now(s->rows_ms),
                              .max_bad = s->max_bad};
    if (s->experiment) source.part.experiment = (spl_text){s->experiment, strlen(s->experiment)};
    if (!spl_part_log_read(bundle, &source, &log, error)) {
        spl_spool_blame(&t->spool, error);
        return NULL;
    }
    cJSON *root = cJSON_CreateObject();
    bool ok = measure_recall(t, bundle, &recall, error);
    if (ok)
        ok = (cJSON_AddStringToObject(root, "bundle", id) && spl_part_report_add(root, log.tally, &recall)) ||
             spl_fail(error, "out of memory");
    spl_part_log_free(&log);
    if (ok) return root;
    cJSON_Delete(root);
    return NULL;
}

static bool write_report(const spl_training *t, const spl_bundle *bundle, const char *id, spl_error *error)
{
    char *path = t->settings->report ? strdup(t->settings->report) : spl_report_path(t->settings->out);
    cJSON *root = path ? report_json(t, bundle, id, error) : NULL;
    char *text = cJSON_PrintUnformatted(root);
    bool ok = path && text    ? spl_file_write(path, text, strlen(text), error)
              : root || !path ? spl_fail(error, "out of memory")
                              : false;
    cJSON_free(text);
    cJSON_Delete(root);
    free(path);
    return ok;
}

bool spl_training_write(const spl_training *t, char id_hex[33], spl_error *error)
{
    uint8_t *data = NULL;
    size_t size = 0;
    spl_bundle_file file;
    if (!make_bundle(t, &data, &size, id_hex, error)) return false;
    if (t->settings->request && spl_learn_kept(t->settings->request, data, size, id_hex)) return true;
    if (!spl_bundle_file_take(data, size, &file, error)) {
        free(data);
        return false;
    }
    bool ok = write_report(t, &file.bundle, id_hex, error) && spl_file_write(t->settings->out, data, size, error);
    spl_bundle_file_close(&file);
    return ok;
}
