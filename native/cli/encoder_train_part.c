// SPDX-License-Identifier: GPL-3.0-or-later
// `samplit encoder train` and `finetune`: run, write, say what came of it.
#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/encoder_command.h"
#include "cli/encoder_plot.h"
#include "cli/encoder_training.h"
#include "cli/given_file.h"
#include "cli/options.h"

static void warn(const char *command, const spl_training *t)
{
    spl_given_rows_warn(command, t->rows);
    if (t->settings->resume && t->resumed == 0) spl_cli_warn(command, "there is no checkpoint; trained from the start");
    if (t->base.new_input)
        spl_cli_warn(command, "the rows have other features than the encoder; its first layer was learned anew");
    for (uint32_t m = 0; m < t->member_count; m++) {
        if (spl_encoder_run_status(t->members[m].run) == SPL_RUN_DIVERGED)
            spl_cli_warn(command, "%s", spl_run_status_text(SPL_RUN_DIVERGED));
    }
}

static void print_member(const spl_training *t, uint32_t m)
{
    uint32_t count, best = spl_encoder_run_best(t->members[m].run);
    const spl_encoder_epoch *history = spl_encoder_run_history(t->members[m].run, &count);
    if (t->member_count > 1) printf("encoder %u: ", m + 1);
    printf("%u of %u epochs", count, t->settings->config.epochs);
    if (count > 0) printf(", loss %.4f to %.4f", history[0].train_loss, history[count - 1].train_loss);
    if (best > 0 && history[best - 1].validation_recall == history[best - 1].validation_recall)
        printf("; kept epoch %u: held-out rows have recall@1 %.3f, loss %.4f", best,
               history[best - 1].validation_recall, history[best - 1].validation_loss);
    else if (best == 0)
        printf("; none is better than the start, which is kept");
    printf("\n  %s\n", spl_run_status_text(spl_encoder_run_status(t->members[m].run)));
}

static void print_summary(const spl_training *t, const char *id)
{
    const spl_encoder *encoder = &t->members[0].folded.encoder;
    char *label = spl_training_label(t);
    printf("%u rows in %u classes by %s; encoder %u", t->rows->n, t->rows->class_count, label ? label : "?",
           encoder->layers[0].inputs);
    free(label);
    for (uint32_t i = 0; i < encoder->layer_count; i++) printf("-%u", encoder->layers[i].outputs);
    printf(t->member_count > 1 ? ", %u of them\n" : "\n", t->member_count);
    for (uint32_t m = 0; m < t->member_count; m++) print_member(t, m);
    printf("bundle %s  (id %s)\ncheckpoint %s%s\n", t->settings->out, id, t->members[0].checkpoint,
           t->member_count > 1 ? " and so on" : "");
    if (t->settings->plot) printf("plot %s\n", t->settings->plot);
    printf("%.1f s\n", t->seconds);
}

// Of each member; times are no part of the bundle.
static cJSON *epoch_seconds(const spl_training *t)
{
    cJSON *out = cJSON_CreateArray();
    for (uint32_t m = 0; m < t->member_count; m++) {
        uint32_t count;
        const spl_encoder_epoch *history = spl_encoder_run_history(t->members[m].run, &count);
        cJSON *list = cJSON_CreateArray();
        for (uint32_t i = 0; i < count; i++) cJSON_AddItemToArray(list, cJSON_CreateNumber(history[i].seconds));
        cJSON_AddItemToArray(out, list);
    }
    return out;
}

static bool print_json(const spl_training *t, const char *id)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "bundle", t->settings->out);
    cJSON_AddStringToObject(root, "id", id);
    cJSON *checkpoints = cJSON_AddArrayToObject(root, "checkpoints");
    for (uint32_t m = 0; m < t->member_count; m++)
        cJSON_AddItemToArray(checkpoints, cJSON_CreateString(t->members[m].checkpoint));
    cJSON_AddNumberToObject(root, "seconds", t->seconds);
    cJSON *warnings = cJSON_AddArrayToObject(root, "warnings");
    for (uint32_t i = 0; i < t->rows->warning_count; i++)
        cJSON_AddItemToArray(warnings, cJSON_CreateString(t->rows->warnings[i]));
    cJSON_AddItemToObject(root, "epoch_seconds", epoch_seconds(t));
    cJSON_AddItemToObject(root, "training", spl_training_json(t));
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    if (text) puts(text);
    free(text);
    return text != NULL;
}

static int run(int argc, char **argv, bool finetune)
{
    const char *command = finetune ? "encoder finetune" : "encoder train";
    spl_encoder_settings settings;
    spl_training training = {.spool.fd = -1};
    spl_error error = {0};
    char id[33];
    int code = spl_encoder_settings_parse(argc, argv, finetune, &settings);
    if (code != 0) return code;
    bool ok = spl_training_run(&settings, &training, &error) && spl_training_write(&training, id, &error) &&
              (!settings.plot || spl_encoder_plot(&training, settings.plot, &error));
    if (ok) warn(command, &training);
    if (ok && settings.json) ok = print_json(&training, id) || spl_fail(&error, "out of memory");
    if (ok && !settings.json) print_summary(&training, id);
    code = ok ? 0 : spl_cli_fail(command, &error);
    spl_training_free(&training);
    spl_encoder_settings_free(&settings);
    return code;
}

bool spl_encoder_run_quietly(int argc, char **argv, bool finetune, spl_learn_request *request, spl_error *error)
{
    spl_encoder_settings settings;
    spl_training training = {.spool.fd = -1};
    char id[33];
    bool ok = spl_encoder_settings_parse(argc, argv, finetune, &settings) == 0 ||
              spl_fail(error, "the options cannot be read");
    settings.request = request;
    ok = ok && spl_training_run(&settings, &training, error) && spl_training_write(&training, id, error);
    spl_training_free(&training);
    spl_encoder_settings_free(&settings);
    return ok;
}

int spl_encoder_train(int argc, char **argv)
{
    return run(argc, argv, false);
}

int spl_encoder_finetune(int argc, char **argv)
{
    return run(argc, argv, true);
}
