// SPDX-License-Identifier: GPL-3.0-or-later
// The settings come from a file, so only options that say how to train are taken, each as one argument; where to read
// and write, and by which schema, is said here.
#include "cli/retrain_parts.h"

#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "cli/arguments.h"
#include "cli/cluster_command.h"
#include "cli/encoder_events.h"
#include "cli/encoder_training.h"
#include "data/visits.h"
#include "learn/encoder/nearest_alike.h"

#define PAIRS 2.0       // rows of which hits hang together: spl_part_compare
#define JUDGED_MAX 4096 // held-out rows that encoders are judged on: each is compared with all others

// What is settled here, or says nothing of another run.
static bool is_settled(const char *name)
{
    static const char *const names[] = {"fold", "schema", "leave-out", "threads", "resume", "encoder", "force"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) return true;
    }
    return false;
}

static bool has(const cJSON *settings, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(settings, name) != NULL;
}

static void add_fold(spl_arguments *to, const spl_part_maker *maker, uint32_t without)
{
    if (without < maker->folds) spl_arguments_add(to, "--fold=not-%" PRIu32 "/%" PRIu32, without, maker->folds);
}

// Runs as a part of this program: a setting that cannot be read is the bundle's fault, not the user's.
typedef bool run_command(int argc, char **argv, spl_learn_request *request, spl_error *error);

static bool run(spl_arguments *arguments, run_command *command, spl_learn_request *request, spl_error *error)
{
    int usual = argp_err_exit_status;
    argp_err_exit_status = 1;
    bool ok = arguments->failed ? spl_fail(error, "out of memory")
                                : command(arguments->count, arguments->items, request, error);
    argp_err_exit_status = usual;
    spl_arguments_free(arguments);
    return ok;
}

// --- encoders ---------------------------------------------------------------------------------------------

static void add_layers(spl_arguments *to, const spl_encoder *encoder)
{
    char text[12 * SPL_ENCODER_LAYERS_MAX] = "";
    for (uint32_t i = 0; i < encoder->layer_count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%" PRIu32, i ? "," : "", encoder->layers[i].outputs);
    }
    spl_arguments_add(to, "--layers=%s", text);
}

static spl_arguments encoder_arguments(const spl_part_maker *maker, bool finetune)
{
    spl_arguments out = {.count = 0};
    const cJSON *item;
    spl_arguments_add(&out, "samplit retrain");
    if (finetune) spl_arguments_add(&out, "%s", maker->base);
    spl_arguments_add(&out, "%s", maker->rows);
    spl_arguments_add(&out, "--out=%s", maker->out);
    if (!finetune) {
        spl_arguments_add(&out, "--schema=%s", maker->base);
        spl_arguments_add(&out, "--members=%" PRIu32, maker->bundle->encoder_count);
        add_layers(&out, &maker->bundle->encoders[0]);
    }
    cJSON_ArrayForEach(item, maker->settings)
    {
        const char *name = item->string;
        bool other = strcmp(name, "layers") == 0 || strcmp(name, "members") == 0;
        if (other || (!finetune && strcmp(name, "freeze") == 0)) continue;
        if (!is_settled(name) && spl_encoder_takes(name)) spl_arguments_option(&out, name, item->valuestring);
    }
    return out;
}

static bool train(int argc, char **argv, spl_learn_request *request, spl_error *error)
{
    return spl_encoder_run_quietly(argc, argv, false, request, error);
}

static bool tune(int argc, char **argv, spl_learn_request *request, spl_error *error)
{
    return spl_encoder_run_quietly(argc, argv, true, request, error);
}

bool spl_part_encoder(const spl_part_maker *maker, bool finetune, uint32_t without, spl_learn_request *request,
                      spl_error *error)
{
    spl_arguments arguments = encoder_arguments(maker, finetune);
    add_fold(&arguments, maker, without);
    return run(&arguments, finetune ? tune : train, request, error);
}

// The rows of the first fold with their labels, as the training would read them.
static bool read_judges(const spl_part_maker *maker, spl_rows **out, spl_error *error)
{
    spl_encoder_settings s = {0};
    spl_schema_spec *schema = NULL;
    spl_arguments arguments = encoder_arguments(maker, true);
    spl_pool *pool = spl_pool_new(0);
    spl_arguments_add(&arguments, "--fold=0/%" PRIu32, maker->folds);
    bool ok = (!arguments.failed && pool) || spl_fail(error, "out of memory");
    ok = ok && (spl_encoder_settings_parse(arguments.count, arguments.items, true, &s) == 0 ||
                spl_fail(error, "the options cannot be read"));
    ok = ok && spl_schema_spec_of_bundle(maker->bundle, &schema, error);
    const spl_rows_config config = {.schema = schema, .label = s.label, .max_bad = s.max_bad, .fold = s.fold};
    if (ok && s.events) ok = spl_encoder_events_read(&s, maker->rows, schema, pool, out, error);
    if (ok && !s.events) ok = spl_rows_read(maker->rows, &config, out, error);
    spl_pool_free(pool);
    spl_schema_spec_free(schema);
    spl_encoder_settings_free(&s);
    spl_arguments_free(&arguments);
    return ok;
}

static bool judge(const spl_bundle *bundle, const spl_labelled *rows, double *by, double *share, spl_error *error)
{
    uint8_t *hit = malloc(rows->n + 1);
    bool ok = hit ? spl_nearest_alike(bundle, rows, NULL, hit, share, error) : spl_fail(error, "out of memory");
    for (uint32_t i = 0; ok && i < rows->n; i++) by[i] = hit[i];
    free(hit);
    return ok;
}

static bool judge_new(const spl_part_maker *maker, bool finetune, const spl_labelled *rows, double *by, double *share,
                      spl_error *error)
{
    spl_bundle_file file;
    spl_learn_request request = {.quiet = true, .keep = true};
    if (!spl_part_encoder(maker, finetune, 0, &request, error)) return false;
    if (!spl_bundle_file_take(request.data, request.size, &file, error)) {
        free(request.data);
        return false;
    }
    bool ok = judge(&file.bundle, rows, by, share, error);
    spl_bundle_file_close(&file);
    return ok;
}

static bool hold_contest(const spl_part_maker *maker, const spl_labelled *rows, spl_encoder_contest *out,
                         spl_error *error)
{
    double *by = malloc(3 * ((size_t)rows->n + 1) * sizeof *by), share[3];
    double *old = by, *tuned = by + rows->n, *scratch = tuned + rows->n;
    bool ok = by ? judge(maker->bundle, rows, old, &share[0], error) &&
                       judge_new(maker, true, rows, tuned, &share[1], error) &&
                       judge_new(maker, false, rows, scratch, &share[2], error)
                 : spl_fail(error, "out of memory");
    if (ok) {
        out->finetune = share[1] >= share[2];
        out->result = spl_part_compare(out->finetune ? tuned : scratch, old, rows->n, PAIRS);
        out->other = out->finetune ? share[2] : share[1];
    }
    free(by);
    return ok;
}

bool spl_part_encoder_contest(const spl_part_maker *maker, spl_encoder_contest *out, spl_error *error)
{
    spl_rows *rows = NULL;
    spl_labelled judges = {0};
    bool ok = read_judges(maker, &rows, error);
    ok = ok && (spl_labelled_sample(rows->x, rows->label, rows->n, rows->d, JUDGED_MAX, &judges) ||
                spl_fail(error, "out of memory"));
    ok = ok && (judges.n > 1 || spl_fail(error, "too few labelled rows to hold some out"));
    ok = ok && hold_contest(maker, &judges, out, error);
    spl_labelled_free(&judges);
    spl_rows_free(rows);
    return ok;
}

// --- clusters ---------------------------------------------------------------------------------------------

bool spl_part_clusters(const spl_part_maker *maker, const char *encoder, uint32_t without, bool force,
                       spl_learn_request *request, spl_error *error)
{
    spl_arguments arguments = {.count = 0};
    const cJSON *item;
    spl_arguments_add(&arguments, "samplit retrain");
    spl_arguments_add(&arguments, "%s", maker->rows);
    spl_arguments_add(&arguments, "--out=%s", maker->out);
    if (encoder)
        spl_arguments_add(&arguments, "--encoder=%s", encoder);
    else
        spl_arguments_add(&arguments, "--schema=%s", maker->base);
    if (force) spl_arguments_add(&arguments, "--force");
    cJSON_ArrayForEach(item, maker->settings)
    {
        if (!is_settled(item->string) && spl_cluster_takes(item->string))
            spl_arguments_option(&arguments, item->string, item->valuestring);
    }
    if (has(maker->settings, "force") && !force) spl_arguments_add(&arguments, "--force");
    add_fold(&arguments, maker, without);
    return run(&arguments, spl_cluster_run, request, error);
}

static bool fit_both(const spl_part_maker *maker, const spl_bundle *candidate, const spl_rows *rows,
                     spl_part_contest *out, spl_error *error)
{
    double *fit = malloc(2 * ((size_t)rows->n + 1) * sizeof *fit);
    bool ok = fit ? spl_clusters_fit(candidate, rows->x, rows->n, fit, error) &&
                        spl_clusters_fit(maker->bundle, rows->x, rows->n, fit + rows->n, error)
                  : spl_fail(error, "out of memory");
    if (ok) *out = spl_part_compare(fit, fit + rows->n, rows->n, 1);
    free(fit);
    return ok;
}

// The visitors of the first fold.
static bool read_visitors(const spl_part_maker *maker, spl_rows **out, spl_error *error)
{
    spl_schema_spec *schema = NULL;
    spl_visits_part part = spl_visits_all();
    const cJSON *key = cJSON_GetObjectItemCaseSensitive(maker->settings, "experiment");
    if (key) part.experiment = (spl_text){key->valuestring, strlen(key->valuestring)};
    if (!spl_schema_spec_of_bundle(maker->bundle, &schema, error)) return false;
    const spl_rows_config config = {.schema = schema, .max_bad = 1, .fold = {0, maker->folds, false}};
    bool ok = spl_visits_read(maker->rows, &config, &part, out, error);
    spl_schema_spec_free(schema);
    return ok;
}

bool spl_part_cluster_contest(const spl_part_maker *maker, spl_part_contest *out, spl_learn_request *request,
                              spl_error *error)
{
    spl_bundle_file file;
    spl_rows *rows = NULL;
    const char *encoder = maker->bundle->clusters.space == SPL_SPACE_EMBEDDING ? maker->base : NULL;
    *request = (spl_learn_request){.quiet = true, .keep = true};
    if (!spl_part_clusters(maker, encoder, 0, false, request, error)) return false;
    if (!spl_bundle_file_take(request->data, request->size, &file, error)) {
        free(request->data);
        return false;
    }
    bool ok = read_visitors(maker, &rows, error) && fit_both(maker, &file.bundle, rows, out, error);
    spl_rows_free(rows);
    spl_bundle_file_close(&file);
    return ok;
}
