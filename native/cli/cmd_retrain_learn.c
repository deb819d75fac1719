// SPDX-License-Identifier: GPL-3.0-or-later
// Learning anew is a run of `samplit learn` with the options of the old bundle's lineage. They come from a file, so
// only options that say how to learn are taken, each as one argument, and where to read and write is said here.
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_retrain.h"
#include "cli/learn_run.h"
#include "cli/options.h"

#define ARGUMENTS_MAX 96
#define EMPTY_SHARE 0.01 // of visits without an embedding, above which an encoder is of no use

typedef struct arguments {
    int count;
    char *items[ARGUMENTS_MAX + 1]; // owned; a NULL behind the last
    bool failed;                    // out of memory
} arguments;

__attribute__((format(printf, 2, 3))) static void add(arguments *to, const char *format, ...)
{
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    int size = vsnprintf(NULL, 0, format, list);
    char *text = size >= 0 && to->count < ARGUMENTS_MAX ? malloc((size_t)size + 1) : NULL;
    to->failed |= !text;
    if (text) {
        vsnprintf(text, (size_t)size + 1, format, again);
        to->items[to->count++] = text;
    }
    va_end(again);
    va_end(list);
}

static void free_arguments(arguments *a)
{
    for (int i = 0; i < a->count; i++) free(a->items[i]);
}

static bool has(const cJSON *settings, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(settings, name) != NULL;
}

// A model is a file that need not be there any more; what was taken from it is in the bundle.
static void add_setting(arguments *to, const spl_retrain_run *run, const char *name, const char *value)
{
    if (strcmp(name, "fold") == 0 || !spl_learn_takes(name)) return;
    if (strcmp(name, "model") == 0) value = run->drift.bundle_path;
    if (value[0])
        add(to, "--%s=%s", name, value);
    else
        add(to, "--%s", name);
}

// What the log settled the last time is settled by the bundle now.
static void add_settled(arguments *to, const spl_retrain_run *run, const cJSON *settings)
{
    const spl_experiment *x = &run->drift.file.bundle.experiments[run->drift.experiment];
    if (!has(settings, "experiment")) add(to, "--experiment=%.*s", (int)x->key.size, x->key.data);
    if (!has(settings, "outcome") && run->drift.outcome[0]) add(to, "--outcome=%s", run->drift.outcome);
    if (!has(settings, "seed")) add(to, "--seed=%" PRIu64, x->seed);
    if (!has(settings, "control")) add(to, "--control=%.*s", (int)x->variants[0].size, x->variants[0].data);
}

static bool make_arguments(const spl_retrain_run *run, arguments *out, spl_error *error)
{
    cJSON *lineage = spl_lineage_read(&run->drift.file.bundle);
    const cJSON *settings = cJSON_GetObjectItemCaseSensitive(lineage, "settings"), *item;
    *out = (arguments){.count = 0};
    if (!settings) {
        spl_fail_field(error, "lineage", "the bundle does not say how it was learned: learn it with `samplit learn`");
        return spl_fail_at(error, run->drift.bundle_path, 0);
    }
    add(out, "samplit retrain");
    add(out, "%s", run->drift.events);
    cJSON_ArrayForEach(item, settings) add_setting(out, run, item->string, item->valuestring);
    add_settled(out, run, settings);
    cJSON_Delete(lineage);
    if (!out->failed) return true;
    free_arguments(out);
    return spl_fail(error, "out of memory");
}

// `more` is one argument further.
static bool learn(const spl_retrain_run *run, spl_learn_request *request, const char *more, spl_error *error)
{
    arguments a;
    int usual = argp_err_exit_status;
    if (!make_arguments(run, &a, error)) return false;
    add(&a, "%s", more);
    argp_err_exit_status = 1; // a setting that cannot be read is the bundle's fault, not the user's
    bool ok = !a.failed && spl_learn_run(a.count, a.items, request, error);
    argp_err_exit_status = usual;
    free_arguments(&a);
    return ok;
}

static bool learn_candidate(const spl_retrain_run *run, uint32_t fold, spl_bundle_file *out, spl_error *error)
{
    char option[40];
    spl_learn_request request = {.quiet = true, .keep = true};
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

static void note_validation(spl_retrain_run *run)
{
    const spl_contest_result *r = &run->result;
    double base = fabs(r->value_old);
    cJSON *v = run->validation = cJSON_CreateObject();
    cJSON_AddStringToObject(v, "method", "snips");
    cJSON_AddNumberToObject(v, "folds", run->folds);
    cJSON_AddNumberToObject(v, "margin", run->margin);
    cJSON_AddNumberToObject(v, "gain", rounded(r->gain / base));
    cJSON_AddNumberToObject(v, "low", rounded(r->low / base));
    cJSON_AddNumberToObject(v, "high", rounded(r->high / base));
    cJSON_AddStringToObject(v, "verdict", run->accepted ? "accepted" : "refused");
}

void spl_retrain_decide(spl_retrain_run *run)
{
    const spl_contest_result *r = &run->result;
    double base = fabs(r->value_old);
    run->accepted = base > 0 && r->low >= -run->margin * base;
    if (!(base > 0) || isnan(r->se))
        snprintf(run->reason, sizeof run->reason, "this log does not tell what either bundle earns");
    else if (run->accepted && r->low > 0)
        snprintf(run->reason, sizeof run->reason, "it earns more than the old one");
    else if (run->accepted)
        snprintf(run->reason, sizeof run->reason, "it is not worse than the old one by more than %g %%",
                 100 * run->margin);
    else if (r->high < 0)
        snprintf(run->reason, sizeof run->reason, "it earns less than the old one");
    else
        snprintf(run->reason, sizeof run->reason,
                 "it could be worse by more than %g %%: a longer log would tell, --margin allows more",
                 100 * run->margin);
    if (!isnan(r->se) && base > 0) note_validation(run);
}

bool spl_retrain_write(spl_retrain_run *run, spl_error *error)
{
    char parent[33] = "", *out = malloc(strlen(run->out_path) + sizeof "--out=");
    const spl_text id = run->drift.file.bundle.id_hex;
    memcpy(parent, id.data, id.size < 32 ? id.size : 32);
    spl_learn_request request = {.parent = parent, .validation = run->validation, .input = run->given, .quiet = true};
    if (!out) return spl_fail(error, "out of memory");
    sprintf(out, "--out=%s", run->out_path);
    bool ok = learn(run, &request, out, error);
    free(out);
    memcpy(run->id, request.id, sizeof run->id);
    return ok;
}
