// SPDX-License-Identifier: MIT
// `samplit encoder` from end to end: train, interrupt, resume, tune, apply, judge; and what it refuses.
#include <cJSON.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bundle/bundle_file.h"
#include "bundle/state_dict_file.h"
#include "data/npy.h"
#include "data/rows.h"
#include "host/files.h"
#include "samplit/rng.h"
#include "scratch.h"
#include "testing.h"

// Rows of three kinds in four numbers and a text; `turn` makes another world of them.
static void write_rows(const char *name, int n, int turn, bool labels)
{
    char *text = malloc((size_t)n * 120 + 100);
    int used = sprintf(text, "a,b,c,d,device%s\n", labels ? ",kind" : "");
    for (int i = 0; i < n; i++) {
        double u[4];
        spl_uniform2((uint64_t)turn, (uint64_t)i, SPL_STREAM_TEST, 0, u);
        spl_uniform2((uint64_t)turn, (uint64_t)i, SPL_STREAM_TEST, 1, u + 2);
        int kind = i % 3;
        double ring = 1 + kind + 0.5 * (u[0] - 0.5), angle = 6.2831853 * u[1];
        used += sprintf(text + used, "%.4f,%.4f,%.4f,%.4f,%s", ring * cos(angle), ring * sin(angle), u[2], u[3],
                        u[2] < 0.5 ? "mobile" : "desktop");
        used += sprintf(text + used, labels ? ",k%d\n" : "\n", (kind + turn) % 3);
    }
    scratch_write(scratch_path(name), text, (size_t)used);
    free(text);
}

static cJSON *parse(const char *text)
{
    cJSON *json = cJSON_Parse(text);
    if (!json) fail_msg("no JSON: %.200s", text);
    return json;
}

static void refused(int code, const char *arguments, const char *part)
{
    scratch_run run = scratch_samplit("%s", arguments);
    if (run.code != code) fail_msg("%s: exit code %d\n%s%s", arguments, run.code, run.out, run.err);
    scratch_says(run.err, part);
    scratch_run_free(&run);
}

static void assert_equal_files(const char *a, const char *b)
{
    uint8_t *x, *y;
    size_t x_size, y_size;
    assert_true(spl_file_read(scratch_path(a), &x, &x_size, NULL));
    assert_true(spl_file_read(scratch_path(b), &y, &y_size, NULL));
    assert_int_equal(x_size, y_size);
    assert_memory_equal(x, y, x_size);
    free(x);
    free(y);
}

#define TRAIN "encoder train rows.csv --label kind --epochs 12 --patience 0 "

static void training_separates_what_the_features_do_not(void **unused)
{
    (void)unused;
    write_rows("rows.csv", 900, 1, true);
    scratch_succeeds(TRAIN "--epochs 20 --batch 32 --rate 0.003 --dropout 0 --out e.safetensors --plot e.svg");
    scratch_run run = scratch_samplit("encoder evaluate e.safetensors rows.csv --label kind --json");
    assert_int_equal(run.code, 0);
    cJSON *json = parse(run.out);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(json, "held_out")));
    assert_int_equal(cJSON_GetObjectItem(json, "rows")->valueint, 180);
    assert_true(scratch_number(cJSON_GetObjectItem(json, "embedding"), "probe_accuracy") >
                scratch_number(cJSON_GetObjectItem(json, "features"), "probe_accuracy") + 0.4);
    assert_true(scratch_number(cJSON_GetObjectItem(json, "embedding"), "silhouette") >
                scratch_number(cJSON_GetObjectItem(json, "features"), "silhouette") + 0.2);
    cJSON_Delete(json);
    scratch_run_free(&run);
    char *svg = scratch_read(scratch_path("e.svg"));
    scratch_says(svg, "prefers-color-scheme:dark");
    scratch_says(svg, "held-out rows");
    free(svg);
}

static void rows_trained_on_are_not_said_to_be_new(void **unused)
{
    (void)unused;
    write_rows("rows.csv", 300, 1, true);
    write_rows("more.csv", 300, 2, true);
    scratch_succeeds(TRAIN "--validation 0 --out all.safetensors");
    const struct {
        const char *command, *says;
    } cases[] = {
        {"encoder evaluate all.safetensors rows.csv --label kind", "was trained on these rows"},
        {"encoder evaluate all.safetensors rows.csv --label kind --json", "\"trained_on\":\ttrue"},
        {"encoder evaluate all.safetensors rows.csv --label kind --all-rows", "was trained on most of these rows"},
        {"encoder evaluate all.safetensors more.csv --label kind", "none of these rows is known"},
        {"encoder evaluate all.safetensors more.csv --label kind --json", "\"trained_on\":\tfalse"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scratch_run run = scratch_samplit("%s", cases[i].command);
        assert_int_equal(run.code, 0);
        scratch_says(run.out, cases[i].says);
        scratch_run_free(&run);
    }
}

static void threads_and_repetition_give_the_same_bytes(void **unused)
{
    (void)unused;
    write_rows("rows.csv", 900, 1, true);
    scratch_succeeds(TRAIN "--members 2 --threads 1 --out one.safetensors");
    scratch_succeeds(TRAIN "--members 2 --threads 3 --out three.safetensors");
    assert_equal_files("one.safetensors", "three.safetensors");
    spl_bundle_file file;
    assert_true(spl_bundle_file_open(scratch_path("one.safetensors"), &file, NULL));
    assert_int_equal(file.bundle.encoder_count, 2);
    assert_int_equal(file.bundle.experiment_count, 0);
    spl_bundle_file_close(&file);
    assert_int_equal(access(scratch_path("one.checkpoint-2.safetensors"), F_OK), 0);
}

// Kills a training that would take long, once its checkpoint is there; the checkpoint is then whole, and going on from
// it gives what the uninterrupted training gives.
static void an_interrupted_training_goes_on_to_the_same_weights(void **unused)
{
    (void)unused;
    write_rows("rows.csv", 900, 1, true);
    char command[1024];
    snprintf(command, sizeof command,
             "cd '%s' && exec '%s/samplit' " TRAIN
             "--schedule constant --epochs 1000000 --out cut.safetensors >/dev/null 2>&1",
             scratch_folder(), SAMPLIT_BUILD);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGINT, SIG_DFL); // a shell's background jobs ignore it
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 2000 && access(scratch_path("cut.checkpoint.safetensors"), F_OK) != 0; i++) usleep(5000);
    kill(child, SIGINT);
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
    assert_int_not_equal(access(scratch_path("cut.safetensors"), F_OK), 0); // no bundle yet

    spl_state_dict *dict;
    spl_error error = {0};
    if (!spl_state_dict_file_read(scratch_path("cut.checkpoint.safetensors"), &dict, &error))
        fail_msg("%s", error.text);
    int done = (int)spl_state_dict_find(dict, "samplit.history")->shape[0];
    assert_true(done >= 1);
    spl_state_dict_free(dict);
    snprintf(command, sizeof command, TRAIN "--schedule constant --epochs %d --resume --out cut.safetensors", done + 3);
    scratch_succeeds(command);
    snprintf(command, sizeof command, TRAIN "--schedule constant --epochs %d --out whole.safetensors", done + 3);
    scratch_succeeds(command);
    assert_equal_files("cut.safetensors", "whole.safetensors");
}

static void a_checkpoint_of_another_training_is_refused(void **unused)
{
    (void)unused;
    write_rows("rows.csv", 900, 1, true);
    scratch_succeeds(TRAIN "--out x.safetensors");
    refused(1, TRAIN "--resume --batch 48 --out x.safetensors", "x.checkpoint.safetensors");
    refused(1, TRAIN "--resume --layers 8,4 --out x.safetensors", "x.checkpoint.safetensors");
    scratch_write_text(scratch_path("x.checkpoint.safetensors"), "no checkpoint");
    refused(1, TRAIN "--resume --out x.safetensors", "x.checkpoint.safetensors");
    scratch_run run = scratch_samplit(TRAIN "--resume --out fresh.safetensors");
    assert_int_equal(run.code, 0);
    scratch_says(run.err, "there is no checkpoint");
    scratch_run_free(&run);
}

static char *parent_of(const char *name)
{
    spl_bundle_file file;
    assert_true(spl_bundle_file_open(scratch_path(name), &file, NULL));
    char *id = strndup(file.bundle.id_hex.data, 32);
    spl_bundle_file_close(&file);
    return id;
}

static void tuning_keeps_frozen_layers_and_names_its_parent(void **unused)
{
    (void)unused;
    write_rows("rows.csv", 900, 1, true);
    write_rows("other.csv", 900, 2, true);
    scratch_succeeds(TRAIN "--out base.safetensors");
    scratch_succeeds(
        "encoder finetune base.safetensors other.csv --label kind --freeze 1 --epochs 3 --out tuned.safetensors");
    spl_bundle_file base, tuned;
    assert_true(spl_bundle_file_open(scratch_path("base.safetensors"), &base, NULL));
    assert_true(spl_bundle_file_open(scratch_path("tuned.safetensors"), &tuned, NULL));
    const spl_layer *a = base.bundle.encoders[0].layers, *b = tuned.bundle.encoders[0].layers;
    for (uint32_t i = 0; i < a->inputs * a->outputs; i++) assert_true(fabsf(a->weight[i] - b->weight[i]) < 1e-5F);
    assert_memory_equal(base.bundle.schema.lo, tuned.bundle.schema.lo, 4 * base.bundle.schema.feature_count);
    spl_bundle_file_close(&base);
    spl_bundle_file_close(&tuned);
    char *id = parent_of("base.safetensors");
    scratch_run run = scratch_samplit("bundle inspect tuned.safetensors --json");
    scratch_says(run.out, "lineage");
    scratch_says(run.out, id);
    scratch_run_free(&run);
    free(id);
}

static void rows_of_other_columns_get_a_new_first_layer(void **unused)
{
    (void)unused;
    write_rows("rows.csv", 900, 1, true);
    scratch_succeeds(TRAIN "--out base.safetensors");
    scratch_run cut =
        scratch_samplit("encoder train rows.csv --label kind --leave-out c --epochs 1 --out small.safetensors");
    assert_int_equal(cut.code, 0);
    scratch_run_free(&cut);
    scratch_run run = scratch_samplit("encoder finetune base.safetensors rows.csv --schema small.safetensors --label "
                                      "kind --epochs 3 --out other.safetensors");
    if (run.code != 0) fail_msg("%s", run.err);
    scratch_says(run.err, "first layer was learned anew");
    scratch_run_free(&run);
    refused(1,
            "encoder finetune base.safetensors rows.csv --schema small.safetensors --label kind --freeze 1 --out "
            "other.safetensors",
            "cannot be frozen");
    scratch_succeeds(
        "encoder finetune base.checkpoint.safetensors rows.csv --schema base.safetensors --label kind --epochs 2 --out "
        "from.safetensors");
    refused(1, "encoder finetune base.checkpoint.safetensors rows.csv --label kind --out base.safetensors",
            "base.checkpoint.safetensors");
}

static void embeddings_are_those_of_decisions(void **unused)
{
    (void)unused;
    write_rows("rows.csv", 100, 1, true);
    scratch_succeeds("encoder train rows.csv --label kind --epochs 2 --layers 8,6 --members 2 --out e.safetensors");
    scratch_run said = scratch_samplit("encoder apply e.safetensors rows.csv --out e.npy --json");
    assert_int_equal(said.code, 0);
    scratch_says(said.out, "\"width\":\t6");
    scratch_run_free(&said);
    scratch_run run = scratch_samplit("encoder apply e.safetensors rows.csv --label kind");
    assert_int_equal(run.code, 0);
    scratch_says(run.out, "e0,e1,e2,e3,e4,e5,kind\n");
    float *x, expected[6], scratch[256];
    uint64_t n, d;
    assert_true(spl_npy_read(scratch_path("e.npy"), &x, &n, &d, NULL));
    assert_int_equal(n, 100);
    assert_int_equal(d, 6);
    spl_bundle_file file;
    spl_schema_spec *schema;
    spl_rows *rows;
    assert_true(spl_bundle_file_open(scratch_path("e.safetensors"), &file, NULL));
    assert_true(spl_schema_spec_of_bundle(&file.bundle, &schema, NULL));
    spl_rows_config config = {.schema = schema};
    assert_true(spl_rows_read(scratch_path("rows.csv"), &config, &rows, NULL));
    assert_true(spl_embed_scratch(file.bundle.encoders, 2) <= 256);
    for (uint32_t i = 0; i < rows->n; i++) {
        spl_embed(file.bundle.encoders, 2, SPL_KERNEL_SCALAR, rows->x + (size_t)i * rows->d, scratch, expected);
        assert_memory_equal(expected, x + i * d, sizeof expected);
    }
    free(x);
    spl_rows_free(rows);
    spl_schema_spec_free(schema);
    spl_bundle_file_close(&file);
    scratch_run_free(&run);
}

static void events_need_no_label(void **unused)
{
    (void)unused;
    scratch_succeeds("simulate --visitors 6000 --seed 3 --out events.ndjson");
    static const char *const ways[] = {"effects", "rewards", "best", "outcomes"};
    for (int i = 0; i < 4; i++) {
        char command[160];
        snprintf(command, sizeof command,
                 "encoder train events.ndjson --from events --alike %s --epochs 2 --out v.safetensors", ways[i]);
        scratch_succeeds(command);
    }
    scratch_run run = scratch_samplit("encoder train events.ndjson --epochs 2 --json --out v.safetensors");
    if (run.code != 0) fail_msg("%s", run.err);
    scratch_says(run.out, "\"alike\":\t\"rewards\"");
    scratch_run_free(&run);
}

static void what_is_asked_wrongly_is_misuse(void **unused)
{
    (void)unused;
    write_rows("rows.csv", 30, 1, true);
    refused(2, "encoder", "train, finetune, apply or evaluate");
    refused(2, "encoder tune", "\"tune\" is not");
    refused(2, "encoder train --label kind --out e.safetensors", "which rows");
    refused(2, "encoder train rows.csv --label kind", "--out is missing");
    refused(2, "encoder train rows.csv --label kind --out -", "must be a file");
    refused(2, "encoder train rows.csv --from rows --out e.safetensors", "--label is missing");
    refused(2, "encoder train rows.csv --label kind --loss hinge --out e.safetensors", "triplet or contrastive");
    refused(2, "encoder train rows.csv --label kind --mining all --out e.safetensors",
            "random, semi-hard or batch-hard");
    refused(2, "encoder train rows.csv --label kind --layers 64,x --out e.safetensors", "--layers");
    refused(2, "encoder train rows.csv --label kind --dropout 1.5 --out e.safetensors", "--dropout");
    refused(2, "encoder train rows.csv --label kind --out rows.csv", "rows.csv");
    refused(2, "encoder finetune rows.csv --label kind --out e.safetensors", "which rows");
    refused(2, "encoder finetune a b --label kind --layers 3 --out e.safetensors", "--layers");
    refused(2, "encoder apply e.safetensors", "which rows");
    refused(2, "encoder apply e.safetensors rows.csv --label kind --out e.npy", "numbers only");
    refused(2, "encoder apply e.safetensors rows.csv --json", "standard output");
    refused(2, "encoder evaluate e.safetensors rows.csv", "--label is missing");
}

static void what_cannot_be_trained_on_is_refused(void **unused)
{
    (void)unused;
    write_rows("rows.csv", 60, 1, true);
    refused(1, "encoder train rows.csv --label colour --out none.safetensors", "there are: a, b, c, d, device, kind");
    refused(1, "encoder train rows.csv --out none.safetensors", "--label COLUMN says");
    scratch_write_text(scratch_path("one.csv"), "x,y\n1,a\n2,a\n3,a\n");
    refused(1, "encoder train one.csv --label y --out none.safetensors", "class");
    scratch_write_text(scratch_path("none.csv"), "x,y\n1,\n2,NaN\n3,\n");
    refused(1, "encoder train none.csv --label y --out none.safetensors", "no row has a label");
    scratch_write_text(scratch_path("flat.csv"), "x,y\n1,a\n1,b\n1,a\n");
    refused(1, "encoder train flat.csv --label y --out none.safetensors", "no column can be a feature");
    scratch_write_text(scratch_path("bad.json"), "{\"features\":[{\"attribute\":\"a\"}]}");
    refused(1, "encoder train rows.csv --label kind --schema bad.json --out none.safetensors", "features[0].kind");
    refused(1, "encoder apply rows.csv rows.csv", "rows.csv");
    refused(1, "encoder train rows.csv --label kind --out no/such/folder/e.safetensors", "no/such/folder");
    assert_int_not_equal(access(scratch_path("none.safetensors"), F_OK), 0);
}

// A rate that explodes: what is written is what was good before, and it is said.
static void an_exploding_loss_keeps_the_last_good_weights(void **unused)
{
    (void)unused;
    write_rows("rows.csv", 300, 1, true);
    scratch_run run = scratch_samplit("encoder train rows.csv --label kind --rate 100 --weight-decay 100 --warmup 0 "
                                      "--schedule constant --epochs 50 --json --out e.safetensors");
    if (run.code != 0) fail_msg("%s", run.err);
    scratch_says(run.err, "not finite");
    scratch_says(run.out, "\"ended\":\t\"diverged\"");
    scratch_run_free(&run);
    spl_bundle_file file;
    assert_true(spl_bundle_file_open(scratch_path("e.safetensors"), &file, NULL)); // finite, or it would not open
    spl_bundle_file_close(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_separates_what_the_features_do_not),
        cmocka_unit_test(rows_trained_on_are_not_said_to_be_new),
        cmocka_unit_test(threads_and_repetition_give_the_same_bytes),
        cmocka_unit_test(an_interrupted_training_goes_on_to_the_same_weights),
        cmocka_unit_test(a_checkpoint_of_another_training_is_refused),
        cmocka_unit_test(tuning_keeps_frozen_layers_and_names_its_parent),
        cmocka_unit_test(rows_of_other_columns_get_a_new_first_layer),
        cmocka_unit_test(embeddings_are_those_of_decisions),
        cmocka_unit_test(events_need_no_label),
        cmocka_unit_test(what_is_asked_wrongly_is_misuse),
        cmocka_unit_test(what_cannot_be_trained_on_is_refused),
        cmocka_unit_test(an_exploding_loss_keeps_the_last_good_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
