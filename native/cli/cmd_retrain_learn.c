// SPDX-License-Identifier: GPL-3.0-or-later
// Learning anew is a run of `samplit learn` with the options of the old bundle's lineage. They come from a file, so
// only options that say how to learn are taken, each as one argument, and where to read and write is said here.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/arguments.h"
#include "cli/cmd_retrain.h"
#include "cli/learn_run.h"
#include "cli/options.h"

#define EMPTY_SHARE 0.01 // of visits without an embedding, above which an encoder is of no use

static bool has(const cJSON *settings, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(settings, name) != NULL;
}

// A model is a file that need not be there any more; what was taken from it is in the bundle.
static void add_setting(spl_arguments *to, const spl_retrain_run *run, const char *name, const char *value)
{
    if (strcmp(name, "fold") == 0 || !spl_learn_takes(name)) return;
    if (strcmp(name, "model") == 0) value = run->model ? run->model : run->drift.bundle_path;
    spl_arguments_option(to, name, value);
}

// What the log settled the last time is settled by the bundle now.
static void add_settled(spl_arguments *to, const spl_retrain_run *run, const cJSON *settings)
{
    const spl_experiment *x = &run->drift.file.bundle.experiments[run->drift.experiment];
    if (!has(settings, "experiment")) spl_arguments_add(to, "--experiment=%.*s", (int)x->key.size, x->key.data);
    if (!has(settings, "outcome") && run->drift.outcome[0]) spl_arguments_add(to, "--outcome=%s", run->drift.outcome);
    if (!has(settings, "seed")) spl_arguments_add(to, "--seed=%" PRIu64, x->seed);
    if (!has(settings, "control"))
        spl_arguments_add(to, "--control=%.*s", (int)x->variants[0].size, x->variants[0].data);
}

static bool make_arguments(const spl_retrain_run *run, spl_arguments *out, spl_error *error)
{
    cJSON *lineage = spl_lineage_read(&run->drift.file.bundle);
    const cJSON *settings = cJSON_GetObjectItemCaseSensitive(lineage, "settings"), *item;
    *out = (spl_arguments){.count = 0};
    if (!settings) {
        spl_fail_field(error, "lineage", "the bundle does not say how it was learned: learn it with `samplit learn`");
        return spl_fail_at(error, run->drift.bundle_path, 0);
    }
    spl_arguments_add(out, "samplit retrain");
    spl_arguments_add(out, "%s", run->drift.events);
    cJSON_ArrayForEach(item, settings) add_setting(out, run, item->string, item->valuestring);
    add_settled(out, run, settings);
    cJSON_Delete(lineage);
    if (!out->failed) return true;
    spl_arguments_free(out);
    return spl_fail(error, "out of memory");
}

// `more` is one argument further.
static bool learn(const spl_retrain_run *run, spl_learn_request *request, const char *more, spl_error *error)
{
    spl_arguments a;
    int usual = argp_err_exit_status;
    if (!make_arguments(run, &a, error)) return false;
    spl_arguments_add(&a, "%s", more);
    request->model = run->drift.bundle_path; // a file of new parts lasts no longer than this command
    argp_err_exit_status = 1;                // a setting that cannot be read is the bundle's fault, not the user's
    bool ok = !a.failed && spl_learn_run(a.count, a.items, request, error);
    argp_err_exit_status = usual;
    spl_arguments_free(&a);
    return ok;
}

static bool learn_candidate(spl_retrain_run *run, uint32_t fold, spl_bundle_file *out, spl_error *error)
{
    char option[40];
    spl_learn_request request = {.quiet = true, .keep = true};
    if (!spl_retrain_model(run, fold, error)) return false;
    snprintf(option, sizeof option, "--fold=not-%" PRIu32 "/%" PRIu32, fold, run->folds);
    if (!learn(run, &request, option, error)) return false;
    if (spl_bundle_file_take(request.data, request.size, out, error)) return true;
    free(request.data);
    return false;
}

static bool check_encoder(const spl_contest_log *log, spl_error *error)
{
    if (!((double)log->empty > EMPTY_SHARE * (double)log->counts.exposures)) return true;
    return spl_fail_field(error, "encoder", "%" PRIu64 " of %" PRIu64 " visits have no embedding: train it anew",
                          log->empty, log->counts.exposures);
}

bool spl_retrain_validate(spl_retrain_run *run, spl_error *error)
{
    spl_bundle_file candidates[SPL_RETRAIN_FOLDS_MAX] = {0};
    spl_contest_log log;
    spl_walk walk = run->drift.walk;
    spl_ope_cs_config looks = spl_ope_cs_default();
    looks.gain = true;
    bool ok = true;
    for (uint32_t i = 0; ok && i < run->folds; i++) ok = learn_candidate(run, i, &candidates[i], error);
    walk.what = "validating";
    ok = ok && spl_contest_read(run->drift.events, &run->drift.file, run->drift.experiment, candidates, run->folds,
                                &walk, &looks, &log, error);
    ok = ok && check_encoder(&log, error);
    if (ok) run->result = spl_contest_finish(&log.contest);
    for (uint32_t i = 0; i < run->folds; i++) spl_bundle_file_close(&candidates[i]);
    return ok;
}

// Six digits: what is told of a gain need not tell the counts behind it.
static double rounded(double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.6g", value);
    return strtod(text, NULL);
}

void spl_retrain_note(spl_retrain_run *run, const char *method, double old, double gain, double low, double high)
{
    double base = fabs(old);
    cJSON *v = run->validation = cJSON_CreateObject();
    cJSON_AddStringToObject(v, "method", method);
    if (!run->drift.part) cJSON_AddNumberToObject(v, "folds", run->folds);
    cJSON_AddNumberToObject(v, "margin", run->margin);
    cJSON_AddNumberToObject(v, "gain", rounded(gain / base));
    cJSON_AddNumberToObject(v, "low", rounded(low / base));
    cJSON_AddNumberToObject(v, "high", rounded(high / base));
    if (run->encoder) cJSON_AddStringToObject(v, "encoder", run->part.finetune ? "fine-tuned" : "from scratch");
    if (run->clusters) cJSON_AddStringToObject(v, "clusters", "chosen anew");
    cJSON_AddStringToObject(v, "verdict", run->accepted ? "accepted" : "refused");
}

void spl_retrain_reason(spl_retrain_run *run, double old, double low, double high, const char *what)
{
    double base = fabs(old);
    run->accepted = base > 0 && low >= -run->margin * base;
    if (!(base > 0) || isnan(low))
        snprintf(run->reason, sizeof run->reason, "this log does not tell what either bundle %ss", what);
    else if (run->accepted && low > 0)
        snprintf(run->reason, sizeof run->reason, "it %ss more than the old one", what);
    else if (run->accepted)
        snprintf(run->reason, sizeof run->reason, "it is not worse than the old one by more than %g %%",
                 100 * run->margin);
    else if (high < 0)
        snprintf(run->reason, sizeof run->reason, "it %ss less than the old one", what);
    else
        snprintf(run->reason, sizeof run->reason,
                 "it could be worse by more than %g %%: a longer log would tell, --margin allows more",
                 100 * run->margin);
}

void spl_retrain_decide(spl_retrain_run *run)
{
    const spl_contest_result *r = &run->result;
    spl_retrain_reason(run, r->value_old, r->low, r->high, "earn");
    if (!isnan(r->se) && fabs(r->value_old) > 0) spl_retrain_note(run, "snips", r->value_old, r->gain, r->low, r->high);
}

bool spl_retrain_write(spl_retrain_run *run, spl_error *error)
{
    char parent[33] = "", *out = malloc(strlen(run->out_path) + sizeof "--out=");
    const spl_text id = run->drift.file.bundle.id_hex;
    memcpy(parent, id.data, id.size < 32 ? id.size : 32);
    spl_learn_request request = {.parent = parent,
                                 .validation = run->validation,
                                 .like = &run->drift.file.bundle.experiments[run->drift.experiment],
                                 .like_in = &run->drift.file.bundle,
                                 .input = run->given,
                                 .quiet = true};
    if (!out) return spl_fail(error, "out of memory");
    sprintf(out, "--out=%s", run->out_path);
    bool ok = spl_retrain_model(run, run->folds, error) && learn(run, &request, out, error);
    free(out);
    memcpy(run->id, request.id, sizeof run->id);
    return ok;
}
