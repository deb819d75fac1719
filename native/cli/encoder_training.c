// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/encoder_training.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bundle/state_dict_file.h"
#include "cli/encoder_events.h"
#include "cli/given_file.h"
#include "cli/options.h"
#include "host/clock.h"
#include "host/files.h"
#include "host/visible.h"
#include "samplit/hash.h"
#include "samplit/rng.h"

#define BATCH_MIN 32
#define BATCH_MAX 256
#define STEPS_PER_EPOCH 32 // that a small file should give

#define CHECKPOINT_S 0.25
#define STAND_IN_ROWS 1024 // random rows, where a bundle's encoder has never seen rows of the schema at hand

char *spl_checkpoint_path(const char *bundle, uint32_t member)
{
    static const char ending[] = ".safetensors";
    size_t size = strlen(bundle), stem = size;
    if (size > sizeof ending - 1 && strcmp(bundle + size - (sizeof ending - 1), ending) == 0) stem -= sizeof ending - 1;
    char number[16] = "", *path = malloc(size + 64);
    if (member > 0) snprintf(number, sizeof number, "-%u", member + 1);
    if (path) sprintf(path, "%.*s.checkpoint%s%s", (int)stem, bundle, number, ending);
    return path;
}

uint64_t spl_training_digest(const spl_rows *rows)
{
    uint64_t digest = spl_xxh64(rows->x, (size_t)rows->n * rows->d * sizeof *rows->x, rows->d);
    return rows->label ? spl_xxh64(rows->label, rows->n * sizeof *rows->label, digest) : digest;
}

char *spl_training_label(const spl_training *t)
{
    const char *label = t->settings->events ? spl_alike_names[t->settings->alike.by] : t->settings->label;
    return spl_visible((spl_text){label, strlen(label)}, true);
}

// --- Where it starts

static bool open_base(spl_training *t, spl_error *error)
{
    uint8_t *data;
    size_t size;
    spl_encoder_base *base = &t->base;
    if (!spl_file_read(t->settings->base, &data, &size, error)) return false;
    if (!spl_state_dict_looks_like(data, size)) {
        if (!spl_bundle_file_take(data, size, &base->bundle, error)) {
            free(data);
            return spl_fail_at(error, t->settings->base, 0);
        }
        base->count = base->bundle.bundle.encoder_count;
        memcpy(base->id, base->bundle.bundle.id_hex.data, 32);
        return base->count > 0 ||
               (spl_fail(error, "the bundle has no encoder"), spl_fail_at(error, t->settings->base, 0));
    }
    spl_state_dict *dict = NULL;
    bool ok = spl_given_digest(t->settings->base, base->digest, error) &&
              spl_state_dict_read(data, size, &dict, error) && spl_state_dict_net(dict, &base->nets[0], error);
    base->count = ok;
    spl_state_dict_free(dict);
    free(data);
    return ok || spl_fail_at(error, t->settings->base, 0);
}

static bool read_rows(spl_training *t, spl_error *error)
{
    const spl_encoder_settings *s = t->settings;
    bool fit = s->schema && strcmp(s->schema, "fit") == 0;
    if (s->schema && !fit && !spl_given_schema(s->schema, &t->given, error)) return false;
    if (!s->schema && t->base.bundle.data && !spl_schema_spec_of_bundle(&t->base.bundle.bundle, &t->given, error))
        return false;
    t->rows_config = (spl_rows_config){.schema = t->given,
                                       .label = s->label,
                                       .leave_out = s->leave_out,
                                       .leave_out_count = s->leave_out_count,
                                       .max_bad = s->max_bad,
                                       .fold = s->fold};
    const char *path = spl_spool_path(&t->spool);
    if (!spl_given_digest(path, t->digest, error)) return false;
    if (s->events) return spl_encoder_events_read(s, path, t->given, t->pool, &t->rows, error);
    return spl_rows_read(path, &t->rows_config, &t->rows, error);
}

static bool same_schema(const spl_schema *a, const spl_schema *b)
{
    size_t f = a->feature_count;
    return f == b->feature_count && a->width == b->width && memcmp(a->attribute, b->attribute, 8 * f) == 0 &&
           memcmp(a->kind, b->kind, f) == 0 && memcmp(a->transform, b->transform, f) == 0 &&
           memcmp(a->lo, b->lo, 4 * f) == 0 && memcmp(a->hi, b->hi, 4 * f) == 0 &&
           memcmp(a->period, b->period, 4 * f) == 0 && memcmp(a->missing, b->missing, 4 * f) == 0 &&
           memcmp(a->category_start, b->category_start, 4 * (f + 1)) == 0 &&
           memcmp(a->categories, b->categories, 8 * (size_t)a->category_start[f]) == 0;
}

static float *stand_in_rows(uint32_t d)
{
    float *x = malloc((size_t)STAND_IN_ROWS * d * sizeof *x);
    for (size_t i = 0; x && i < (size_t)STAND_IN_ROWS * d; i++) {
        double u[2];
        spl_uniform2(0, i, SPL_STREAM_SIMULATE, 0, u);
        x[i] = (float)u[0];
    }
    return x;
}

// The trainable nets behind a bundle's encoders.
static bool unfold_base(spl_training *t, spl_error *error)
{
    spl_encoder_base *base = &t->base;
    const spl_bundle *bundle = &base->bundle.bundle;
    float *stand_in = base->new_input ? stand_in_rows(bundle->schema.width) : NULL;
    const float *x = base->new_input ? stand_in : t->rows->x;
    bool ok = x != NULL || spl_fail(error, "out of memory");
    for (uint32_t m = 0; ok && m < base->count; m++)
        ok = spl_net_of_encoder(&bundle->encoders[m], x, base->new_input ? STAND_IN_ROWS : t->rows->n, &base->nets[m],
                                error);
    free(stand_in);
    return ok;
}

static bool fit_base_to_rows(spl_training *t, spl_error *error)
{
    spl_encoder_base *base = &t->base;
    uint32_t inputs = t->rows->d;
    const spl_schema *schema = &spl_rows_schema(t->rows, &t->rows_config)->schema;
    base->new_input =
        base->bundle.data ? !same_schema(schema, &base->bundle.bundle.schema) : base->nets[0]->shape.width[0] != inputs;
    if (base->new_input && t->settings->config.freeze > 0)
        return spl_fail_field(error, "--freeze",
                              "the rows have other features than the encoder, so its first layer "
                              "must be learned anew and cannot be frozen");
    if (base->bundle.data && !unfold_base(t, error)) return false;
    for (uint32_t m = 0; base->new_input && m < base->count; m++) {
        spl_net *net;
        if (!spl_net_replace_input(base->nets[m], inputs, t->settings->config.seed + m, &net, error)) return false;
        spl_net_free(base->nets[m]);
        base->nets[m] = net;
    }
    return true;
}

static bool new_net(const spl_training *t, uint32_t member, spl_net **out, spl_error *error)
{
    const spl_encoder_settings *s = t->settings;
    if (t->base.count > 0) return spl_net_copy(t->base.nets[member % t->base.count], out, error);
    spl_net_shape shape = {.layer_count = s->layer_count, .width = {t->rows->d}};
    memcpy(shape.width + 1, s->layers, s->layer_count * sizeof *s->layers);
    return spl_net_new(&shape, t->members[member].seed, out, error);
}

// --- The epochs

static bool is_shown_live(const spl_training *t)
{
    return !t->settings->json && !t->settings->request && isatty(STDERR_FILENO) == 1;
}

static void show_epoch(const spl_training *t, uint32_t member, double started)
{
    uint32_t count;
    const spl_encoder_epoch *history = spl_encoder_run_history(t->members[member].run, &count);
    const spl_encoder_epoch *last = &history[count - 1];
    uint32_t best = spl_encoder_run_best(t->members[member].run);
    double spent = spl_clock_s() - started, left = spent / count * (t->settings->config.epochs - count);
    fprintf(stderr, "\r\033[K");
    if (t->member_count > 1) fprintf(stderr, "encoder %u of %u, ", member + 1, t->member_count);
    fprintf(stderr, "epoch %u of %u: loss %.4f", last->epoch, t->settings->config.epochs, last->train_loss);
    if (last->validation_loss == last->validation_loss)
        fprintf(stderr, ", held out %.4f, recall@1 %.3f (best in epoch %u)", last->validation_loss,
                last->validation_recall, best);
    if (spent > 2) fprintf(stderr, ", at most %.0f s left", left);
    fflush(stderr);
}

// What is only kept in memory has no checkpoint either.
static bool save_checkpoint(const spl_training *t, const spl_encoder_member *member, spl_error *error)
{
    spl_state_dict *dict;
    if (t->settings->request && t->settings->request->keep) return true;
    if (!spl_encoder_run_save(member->run, &dict, error)) return false;
    bool ok = spl_state_dict_file_write(member->checkpoint, dict, error);
    spl_state_dict_free(dict);
    return ok;
}

static bool resume(spl_training *t, const spl_encoder_member *member, spl_error *error)
{
    spl_state_dict *dict;
    if (!t->settings->resume || access(member->checkpoint, F_OK) != 0) return true;
    if (!spl_state_dict_file_read(member->checkpoint, &dict, error)) return false;
    bool ok = spl_encoder_run_resume(member->run, dict, error);
    spl_state_dict_free(dict);
    t->resumed += ok;
    return ok || spl_fail_at(error, member->checkpoint, 0);
}

// A checkpoint after the first epoch, after the last, and between them after every one that ends CHECKPOINT_S or more
// after the last checkpoint: syncing a file can take longer than an epoch.
static bool run_epochs(spl_training *t, uint32_t member, spl_error *error)
{
    double started = spl_clock_s(), saved = 0;
    bool show = is_shown_live(t), ok = true, unsaved = false, shown = false;
    while (ok && spl_encoder_run_epoch(t->members[member].run)) {
        if (show) show_epoch(t, member, started);
        shown = show;
        unsaved = spl_clock_s() - saved < CHECKPOINT_S;
        if (unsaved) continue;
        ok = save_checkpoint(t, &t->members[member], error);
        saved = spl_clock_s();
    }
    if (shown) fputs("\r\033[K", stderr);
    return ok && (!unsaved || save_checkpoint(t, &t->members[member], error));
}

static bool train_member(spl_training *t, uint32_t index, spl_error *error)
{
    spl_net *start;
    spl_encoder_member *member = &t->members[index];
    spl_encoder_config config = t->config;
    spl_encoder_rows rows = {t->rows->x, t->rows->label, t->rows->n, t->rows->d};
    config.seed += index;
    member->seed = config.seed;
    if (!new_net(t, index, &start, error)) return false;
    bool ok = spl_encoder_run_new(start, &rows, NULL, &config, t->pool, &member->run, error);
    spl_net_free(start);
    return ok && resume(t, member, error) && run_epochs(t, index, error) &&
           spl_net_fold(spl_encoder_run_result(member->run), &member->folded, error);
}

// Few rows in large batches would be few steps: a file of 900 rows in batches of 256 learns nothing in 50 epochs.
static uint32_t batch_for(uint32_t rows)
{
    uint32_t batch = BATCH_MAX;
    while (batch > BATCH_MIN && rows / batch < STEPS_PER_EPOCH) batch /= 2;
    return batch;
}

// Names the checkpoints, and makes sure that none is a file that is read.
static bool name_checkpoints(spl_training *t, spl_error *error)
{
    char problem[512];
    const spl_encoder_settings *s = t->settings;
    const char *const reads[] = {s->rows, s->base, s->schema};
    for (uint32_t m = 0; m < t->member_count; m++) {
        char *path = t->members[m].checkpoint = spl_checkpoint_path(s->out, m);
        if (!path) return spl_fail(error, "out of memory");
        const char *const writes[] = {s->out, s->plot, path};
        if (!spl_cli_paths_apart(reads, 3, writes, 3, problem, sizeof problem)) return spl_fail(error, "%s", problem);
    }
    return true;
}

bool spl_training_run(const spl_encoder_settings *settings, spl_training *t, spl_error *error)
{
    double started = spl_clock_s();
    *t = (spl_training){.settings = settings, .spool.fd = -1};
    if (settings->finetune && !open_base(t, error)) return false;
    t->member_count = settings->members ? settings->members : t->base.count ? t->base.count : 1;
    t->pool = spl_pool_new(settings->threads);
    if (!t->pool) return spl_fail(error, "out of memory");
    if (!name_checkpoints(t, error) || !spl_spool_open(settings->rows, &t->spool, error)) return false;
    if (!read_rows(t, error)) return spl_spool_blame(&t->spool, error);
    if (settings->finetune && !fit_base_to_rows(t, error)) return false;
    t->config = settings->config;
    if (t->config.batch == 0) t->config.batch = batch_for(t->rows->n);
    for (uint32_t m = 0; m < t->member_count; m++) {
        if (!train_member(t, m, error)) return false;
    }
    t->seconds = spl_clock_s() - started;
    return true;
}

void spl_training_free(spl_training *t)
{
    for (uint32_t m = 0; m < SPL_ENSEMBLE_MAX; m++) {
        spl_encoder_run_free(t->members[m].run);
        spl_net_folded_free(&t->members[m].folded);
        free(t->members[m].checkpoint);
        spl_net_free(t->base.nets[m]);
    }
    spl_bundle_file_close(&t->base.bundle);
    spl_spool_close(&t->spool);
    spl_schema_spec_free(t->given);
    spl_rows_free(t->rows);
    spl_pool_free(t->pool);
}
