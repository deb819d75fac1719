// SPDX-License-Identifier: GPL-3.0-or-later
// `samplit encoder evaluate`: the same figures for the embedding and for the features that it is made from.
//
// Rows that an encoder was trained on flatter it. The manifest names the data by its hash, and how it was split: where
// the rows are those of the training, only the held-out ones are judged.
#include <argp.h>
#include <cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/manifest_read.h"
#include "cli/encoder_command.h"
#include "cli/encoder_training.h"
#include "cli/options.h"
#include "cli/read_option.h"
#include "host/grid.h"
#include "host/visible.h"
#include "learn/encoder/embedding_ensemble.h"
#include "learn/encoder/embedding_quality.h"
#include "learn/encoder/encoder_split.h"
#include "samplit/hash.h"
#include "json/json_add.h"

#define ROWS_JUDGED_MAX 10000 // every row is held against every other

static const char DOC[] =
    "Judge an encoder on labelled rows, beside the features that it starts from.\v"
    "Prints recall at 1, 5 and 10 neighbours, a linear probe (logistic regression fitted on one half of the rows\n"
    "and judged on the other) and the silhouette of the classes. Of the rows that the encoder was trained on only\n"
    "those held out then are judged; of more than 10,000 rows, an even sample.\n\n"
    "Example:\n  samplit encoder evaluate encoder.safetensors sessions.csv --label Revenue\n";

enum { OPTION_LABEL = 256, OPTION_THREADS, OPTION_MAX_BAD, OPTION_ALL, OPTION_JSON };
static const struct argp_option OPTIONS[] = {
    {"label", OPTION_LABEL, "COLUMN", 0, "The column that says which rows are alike", 0},
    {"all-rows", OPTION_ALL, 0, 0, "Judge the rows of the training too", 0},
    {"threads", OPTION_THREADS, "N", 0, "Default all processors; the result does not depend on it", 0},
    {"max-bad", OPTION_MAX_BAD, "PERCENT", 0, "Fail when more rows than that are malformed (default 1)", 0},
    {"json", OPTION_JSON, 0, 0, "Print the figures as JSON", 0},
    {0},
};

typedef struct settings {
    const char *bundle, *rows, *label;
    uint64_t threads;
    double max_bad;
    bool all, json;
} settings;

// The rows that are judged, packed.
typedef struct judged {
    uint32_t n, d;
    uint64_t candidates; // labelled rows, before sampling
    bool held_out;       // those of the training are left out
    bool trained_on;     // those of the training are among them
    float *x;            // (n, d)
    int32_t *label;      // [n]
} judged;

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    settings *s = state->input;
    switch (key) {
    case OPTION_LABEL: s->label = text; break;
    case OPTION_ALL: s->all = true; break;
    case OPTION_JSON: s->json = true; break;
    case OPTION_THREADS: s->threads = spl_cli_read_count(state, "threads", text, 1, 1024); break;
    case OPTION_MAX_BAD: s->max_bad = spl_cli_read_max_bad(state, text); break;
    case ARGP_KEY_ARG:
        if (s->rows) argp_error(state, "one file of rows only, not \"%s\" too", text);
        *(s->bundle ? &s->rows : &s->bundle) = text;
        break;
    case ARGP_KEY_END:
        if (!s->rows) argp_error(state, "which bundle, and which rows?");
        if (!s->label) argp_error(state, "--label is missing: which column says which rows are alike?");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

// Clears wanted[] for the rows that the bundle's encoder was trained on, and says what the others are.
static void leave_out_trained(const spl_bundle *bundle, const spl_rows *rows, bool all, bool *wanted, judged *out)
{
    char hex[24];
    cJSON *manifest = spl_manifest_read(bundle);
    const cJSON *training = cJSON_GetObjectItemCaseSensitive(manifest, "training");
    const cJSON *digest = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(training, "data"), "xxh64");
    const cJSON *config = cJSON_GetObjectItemCaseSensitive(training, "settings");
    const cJSON *share = cJSON_GetObjectItemCaseSensitive(config, "validation");
    const cJSON *seed = cJSON_GetObjectItemCaseSensitive(config, "split_seed");
    snprintf(hex, sizeof hex, "%016" PRIx64, spl_training_digest(rows));
    spl_split split;
    bool same = cJSON_IsString(digest) && strcmp(digest->valuestring, hex) == 0;
    bool known =
        same && !all && cJSON_IsNumber(share) && share->valuedouble > 0 && share->valuedouble <= 0.5 &&
        cJSON_IsString(seed) &&
        spl_split_new(rows->label, rows->n, share->valuedouble, strtoull(seed->valuestring, NULL, 10), &split, NULL);
    out->held_out = known && split.held_out > 0;
    out->trained_on = same && !out->held_out;
    for (uint32_t i = 0; out->held_out && i < split.train_count; i++) wanted[split.train[i]] = false;
    if (known) spl_split_free(&split);
    cJSON_Delete(manifest);
}

static uint64_t order_of(uint32_t row)
{
    return spl_mix64(row + 0x9E3779B97F4A7C15u);
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

// The greatest hash among the first ROWS_JUDGED_MAX wanted rows by their hash.
static uint64_t limit_of(const bool *wanted, uint32_t n, uint64_t count)
{
    if (count <= ROWS_JUDGED_MAX) return UINT64_MAX;
    uint64_t *order = malloc(count * sizeof *order), limit = 0;
    if (!order) return 0;
    uint64_t k = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (wanted[i]) order[k++] = order_of(i);
    }
    qsort(order, count, sizeof *order, by_value);
    limit = order[ROWS_JUDGED_MAX - 1];
    free(order);
    return limit;
}

static void pack(const spl_rows *rows, const bool *wanted, uint64_t limit, judged *out)
{
    for (uint32_t i = 0; i < rows->n; i++) {
        if (!wanted[i] || order_of(i) > limit) continue;
        memcpy(out->x + (size_t)out->n * out->d, rows->x + (size_t)i * rows->d, rows->d * sizeof *out->x);
        out->label[out->n++] = rows->label[i];
    }
}

static bool choose(const settings *s, const spl_bundle *bundle, const spl_rows *rows, judged *out, spl_error *error)
{
    bool *wanted = malloc(rows->n * sizeof *wanted);
    uint64_t room = rows->n < ROWS_JUDGED_MAX ? rows->n : ROWS_JUDGED_MAX;
    *out = (judged){.d = rows->d, .x = malloc(room * rows->d * sizeof *out->x)};
    out->label = malloc(room * sizeof *out->label);
    bool ok = wanted && out->x && out->label;
    for (uint32_t i = 0; ok && i < rows->n; i++) wanted[i] = rows->label[i] >= 0;
    if (ok) leave_out_trained(bundle, rows, s->all, wanted, out);
    for (uint32_t i = 0; ok && i < rows->n; i++) out->candidates += wanted[i];
    if (ok) pack(rows, wanted, limit_of(wanted, rows->n, out->candidates), out);
    free(wanted);
    return ok || spl_fail(error, "out of memory");
}

static void put_row(spl_grid *grid, const char *name, double raw, double embedded)
{
    spl_grid_cell(grid, "%s", name);
    const double cells[] = {raw, embedded, embedded - raw};
    for (int i = 0; i < 3; i++) {
        if (isfinite(cells[i]))
            spl_grid_cell(grid, i == 2 ? "%+.3f" : "%.3f", cells[i]);
        else
            spl_grid_cell(grid, "-");
    }
}

static void print_figures(const settings *s, const judged *j, const spl_embedding_quality *raw,
                          const spl_embedding_quality *embedded)
{
    spl_grid *grid = spl_grid_new("lrrr");
    char name[40], *label = spl_visible((spl_text){s->label, strlen(s->label)}, true);
    printf("%u %srows in %u classes by %s", j->n, j->held_out ? "held-out " : "", raw->classes, label ? label : "?");
    free(label);
    printf(j->n < j->candidates ? ", of %" PRIu64 "\n" : "\n", j->candidates);
    if (!grid) return;
    static const char *const headings[] = {"", "features", "embedding", "gain"};
    for (int i = 0; i < 4; i++) spl_grid_cell(grid, "%s", headings[i]);
    for (int k = 0; k < SPL_RECALLS; k++) {
        snprintf(name, sizeof name, "recall@%u", spl_recall_at[k]);
        put_row(grid, name, raw->recall[k], embedded->recall[k]);
    }
    put_row(grid, "recall@1, mean over classes", raw->balanced_recall[0], embedded->balanced_recall[0]);
    put_row(grid, "linear probe, accuracy", raw->probe_accuracy, embedded->probe_accuracy);
    put_row(grid, "linear probe, AUC", raw->probe_auc, embedded->probe_auc);
    put_row(grid, "silhouette", raw->silhouette, embedded->silhouette);
    spl_grid_print(grid, stdout);
    spl_grid_free(grid);
    if (isfinite(raw->probe_majority))
        printf("naming the most frequent class is right in %.1f %% of rows\n", 100 * raw->probe_majority);
    if (j->trained_on)
        printf("these figures flatter: the encoder was trained on %s rows\n", s->all ? "most of these" : "these");
    else if (!j->held_out)
        printf("none of these rows is known to be one of the training\n");
}

static void put_quality(cJSON *root, const char *name, const spl_embedding_quality *q)
{
    char field[40];
    cJSON *out = cJSON_AddObjectToObject(root, name);
    for (int k = 0; k < SPL_RECALLS; k++) {
        snprintf(field, sizeof field, "recall_%u", spl_recall_at[k]);
        spl_json_add_number(out, field, q->recall[k]);
        snprintf(field, sizeof field, "balanced_recall_%u", spl_recall_at[k]);
        spl_json_add_number(out, field, q->balanced_recall[k]);
    }
    spl_json_add_number(out, "probe_accuracy", q->probe_accuracy);
    spl_json_add_number(out, "probe_auc", q->probe_auc);
    spl_json_add_number(out, "silhouette", q->silhouette);
}

static bool print_json(const judged *j, const spl_embedding_quality *raw, const spl_embedding_quality *embedded)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddNumberToObject(root, "rows", j->n);
    cJSON_AddNumberToObject(root, "candidates", (double)j->candidates);
    cJSON_AddBoolToObject(root, "held_out", j->held_out);
    cJSON_AddBoolToObject(root, "trained_on", j->trained_on);
    cJSON_AddNumberToObject(root, "classes", raw->classes);
    spl_json_add_number(root, "majority", raw->probe_majority);
    put_quality(root, "features", raw);
    put_quality(root, "embedding", embedded);
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    if (text) puts(text);
    free(text);
    return text != NULL;
}

static bool judge(const settings *s, const spl_bundle *bundle, const judged *j, spl_error *error)
{
    const spl_encoder *encoder = &bundle->encoders[0];
    uint32_t width = encoder->layers[encoder->layer_count - 1].outputs;
    float *embedding = malloc(((size_t)j->n * width + 1) * sizeof *embedding);
    spl_pool *pool = spl_pool_new((uint32_t)s->threads);
    spl_embedding_quality raw, embedded;
    bool ok = (embedding && pool) || spl_fail(error, "out of memory");
    ok = ok && spl_ensemble_embed(bundle->encoders, bundle->encoder_count, j->x, j->n, pool, embedding, error) &&
         spl_embedding_judge(j->x, j->label, j->n, j->d, pool, &raw, error) &&
         spl_embedding_judge(embedding, j->label, j->n, width, pool, &embedded, error);
    if (ok && s->json) ok = print_json(j, &raw, &embedded) || spl_fail(error, "out of memory");
    if (ok && !s->json) print_figures(s, j, &raw, &embedded);
    spl_pool_free(pool);
    free(embedding);
    return ok;
}

static bool run(const settings *s, const spl_bundle_file *file, spl_error *error)
{
    spl_schema_spec *schema = NULL;
    spl_rows *rows = NULL;
    judged chosen = {0};
    if (file->bundle.encoder_count == 0) {
        spl_fail(error, "the bundle has no encoder");
        return spl_fail_at(error, s->bundle, 0);
    }
    if (!spl_schema_spec_of_bundle(&file->bundle, &schema, error)) return spl_fail_at(error, s->bundle, 0);
    spl_rows_config config = {.schema = schema, .label = s->label, .max_bad = s->max_bad};
    bool ok = spl_rows_read(s->rows, &config, &rows, error) && choose(s, &file->bundle, rows, &chosen, error);
    if (ok && !judge(s, &file->bundle, &chosen, error)) ok = spl_fail_at(error, s->rows, 0);
    free(chosen.x);
    free(chosen.label);
    spl_rows_free(rows);
    spl_schema_spec_free(schema);
    return ok;
}

int spl_encoder_evaluate(int argc, char **argv)
{
    const struct argp argp = {OPTIONS, parse_option, "BUNDLE ROWS", DOC, NULL, NULL, NULL};
    settings s = {.max_bad = 0.01};
    spl_bundle_file file;
    spl_error error = {0};
    if (argp_parse(&argp, argc, argv, 0, NULL, &s) != 0) return 2;
    if (!spl_bundle_file_open(s.bundle, &file, &error)) return spl_cli_fail("encoder evaluate", &error);
    bool ok = run(&s, &file, &error);
    spl_bundle_file_close(&file);
    return ok ? 0 : spl_cli_fail("encoder evaluate", &error);
}
