// SPDX-License-Identifier: GPL-3.0-or-later
// `samplit encoder apply`: embeddings of rows, and the clusters they fall into.
#include <argp.h>
#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "cli/encoder_command.h"
#include "cli/given_file.h"
#include "cli/options.h"
#include "cli/read_option.h"
#include "data/npy.h"
#include "data/rows.h"
#include "host/files.h"
#include "host/visible.h"
#include "learn/encoder/embedding_ensemble.h"

static const char DOC[] = "Write the embedding of every row, as a decision would have it.\v"
                          "BUNDLE gives schema and encoder. The output is a NumPy array where its name ends in .npy,\n"
                          "else CSV; there the last columns hold the cluster, if the bundle has clusters, and the\n"
                          "label, if one is given.\n\n"
                          "Example:\n  samplit encoder apply encoder.safetensors sessions.csv --out embeddings.npy\n";

enum { OPTION_LABEL = 256, OPTION_THREADS, OPTION_MAX_BAD, OPTION_CLUSTERS, OPTION_JSON };
static const struct argp_option OPTIONS[] = {
    {"out", 'o', "FILE", 0, "Where to write (default CSV on standard output)", 0},
    {"label", OPTION_LABEL, "COLUMN", 0, "A column to write beside the embedding (CSV only)", 0},
    {"clusters", OPTION_CLUSTERS, "FILE", 0, "Write the cluster of every row, one per line", 0},
    {"threads", OPTION_THREADS, "N", 0, "Default all processors; the result does not depend on it", 0},
    {"max-bad", OPTION_MAX_BAD, "PERCENT", 0, "Fail when more rows than that are malformed (default 1)", 0},
    {"json", OPTION_JSON, 0, 0, "Print what was written as JSON", 0},
    {0},
};

typedef struct settings {
    const char *bundle, *rows, *out, *label, *clusters;
    uint64_t threads;
    double max_bad;
    bool json;
} settings;

static bool ends_with(const char *text, const char *ending)
{
    size_t size = strlen(text), cut = strlen(ending);
    return size >= cut && strcmp(text + size - cut, ending) == 0;
}

static bool is_npy(const char *path)
{
    return ends_with(path, ".npy") || ends_with(path, ".npy.gz");
}

static void finish(struct argp_state *state, const settings *s)
{
    char problem[512];
    if (!s->rows) argp_error(state, "which bundle, and which rows?");
    if (s->json && spl_path_is_dash(s->out))
        argp_error(state, "only one of --out - and --json can have standard output");
    if (s->label && is_npy(s->out)) argp_error(state, "--label: an array of NumPy has numbers only; write CSV");
    const char *const reads[] = {s->bundle, s->rows}, *const writes[] = {s->out, s->clusters};
    if (!spl_cli_paths_apart(reads, 2, writes, 2, problem, sizeof problem)) argp_error(state, "%s", problem);
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    settings *s = state->input;
    switch (key) {
    case 'o': s->out = text; break;
    case OPTION_LABEL: s->label = text; break;
    case OPTION_CLUSTERS: s->clusters = text; break;
    case OPTION_JSON: s->json = true; break;
    case OPTION_THREADS: s->threads = spl_cli_read_count(state, "threads", text, 1, 1024); break;
    case OPTION_MAX_BAD: s->max_bad = spl_cli_read_max_bad(state, text); break;
    case ARGP_KEY_ARG:
        if (s->rows) argp_error(state, "one file of rows only, not \"%s\" too", text);
        *(s->bundle ? &s->rows : &s->bundle) = text;
        break;
    case ARGP_KEY_END: finish(state, s); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

// The points of the bundle that each row is nearest to; their labels become texts.
typedef struct assigned {
    int32_t *point; // [n]
    char **texts;   // [count] visible
    uint32_t count;
} assigned;

static void free_assigned(assigned *a)
{
    for (uint32_t i = 0; a->texts && i < a->count; i++) free(a->texts[i]);
    free(a->texts);
    free(a->point);
}

static bool assign(const spl_bundle *bundle, const spl_rows *rows, const float *embedding, uint32_t width, assigned *a)
{
    const spl_clusters *clusters = &bundle->clusters;
    bool embedded = clusters->space == SPL_SPACE_EMBEDDING;
    uint32_t d = embedded ? width : rows->d;
    const float *x = embedded ? embedding : rows->x;
    float *scores = malloc(clusters->count * sizeof *scores);
    spl_kernel kernel = spl_kernel_best();
    a->count = clusters->count;
    a->point = malloc(((size_t)rows->n + 1) * sizeof *a->point);
    a->texts = calloc(clusters->count, sizeof *a->texts);
    bool ok = scores && a->point && a->texts;
    for (uint32_t k = 0; ok && k < clusters->count; k++)
        ok = (a->texts[k] = spl_visible(spl_cluster_label(clusters, k), true)) != NULL;
    for (uint32_t i = 0; ok && i < rows->n; i++)
        a->point[i] = (int32_t)spl_cluster_nearest(clusters, kernel, x + (size_t)i * d, scores);
    free(scores);
    return ok;
}

static bool write_clusters(const char *path, const assigned *a, uint32_t n, spl_error *error)
{
    spl_writer *writer;
    if (!spl_writer_open(path, &writer, error)) return false;
    for (uint32_t i = 0; i < n; i++) {
        const char *text = a->texts[a->point[i]];
        spl_writer_put(writer, text, strlen(text));
        spl_writer_put(writer, "\n", 1);
    }
    return spl_writer_close(writer, error);
}

static bool write_all(const settings *s, const spl_bundle *bundle, const spl_rows *rows, const float *embedding,
                      uint32_t width, spl_error *error)
{
    assigned a = {0};
    spl_csv_column columns[2];
    uint32_t count = 0;
    bool clustered = bundle->clusters.count > 0;
    if (s->clusters && !clustered) return spl_fail_field(error, "--clusters", "the bundle has no clusters");
    bool ok = !clustered || assign(bundle, rows, embedding, width, &a) || spl_fail(error, "out of memory");
    if (clustered) columns[count++] = (spl_csv_column){"cluster", a.point, (const char *const *)a.texts};
    if (s->label) columns[count++] = (spl_csv_column){s->label, rows->label, (const char *const *)rows->classes};
    ok = ok && (!s->clusters || write_clusters(s->clusters, &a, rows->n, error));
    if (ok && is_npy(s->out))
        ok = spl_npy_write(s->out, embedding, rows->n, width, error);
    else if (ok)
        ok = spl_csv_write_matrix(s->out, "e", embedding, rows->n, width, columns, count, error);
    free_assigned(&a);
    return ok;
}

static bool embed(const settings *s, const spl_bundle *bundle, const spl_rows *rows, spl_error *error)
{
    const spl_encoder *encoder = &bundle->encoders[0];
    uint32_t width = encoder->layers[encoder->layer_count - 1].outputs;
    float *out = malloc((size_t)rows->n * width * sizeof *out);
    spl_pool *pool = spl_pool_new((uint32_t)s->threads);
    bool ok = (out && pool) || spl_fail(error, "out of memory");
    ok = ok && spl_ensemble_embed(bundle->encoders, bundle->encoder_count, rows->x, rows->n, pool, out, error) &&
         write_all(s, bundle, rows, out, width, error);
    spl_pool_free(pool);
    free(out);
    return ok;
}

static bool print_json(const settings *s, const spl_bundle *bundle, const spl_rows *rows)
{
    char id[33] = "";
    const spl_encoder *encoder = &bundle->encoders[0];
    memcpy(id, bundle->id_hex.data, 32);
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "out", s->out);
    cJSON_AddStringToObject(root, "bundle", id);
    cJSON_AddNumberToObject(root, "rows", rows->n);
    cJSON_AddNumberToObject(root, "bad_rows", (double)rows->bad_rows);
    cJSON_AddNumberToObject(root, "width", encoder->layers[encoder->layer_count - 1].outputs);
    cJSON_AddNumberToObject(root, "clusters", bundle->clusters.count);
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    if (text) puts(text);
    free(text);
    return text != NULL;
}

static bool run(const settings *s, const spl_bundle_file *file, spl_error *error)
{
    spl_schema_spec *schema = NULL;
    spl_rows *rows = NULL;
    if (file->bundle.encoder_count == 0) {
        spl_fail(error, "the bundle has no encoder");
        return spl_fail_at(error, s->bundle, 0);
    }
    if (!spl_schema_spec_of_bundle(&file->bundle, &schema, error)) return spl_fail_at(error, s->bundle, 0);
    spl_rows_config config = {.schema = schema, .label = s->label, .max_bad = s->max_bad};
    bool ok = spl_rows_read(s->rows, &config, &rows, error) && embed(s, &file->bundle, rows, error);
    if (ok) spl_given_rows_warn("encoder apply", rows);
    if (ok && s->json) ok = print_json(s, &file->bundle, rows) || spl_fail(error, "out of memory");
    spl_rows_free(rows);
    spl_schema_spec_free(schema);
    return ok;
}

int spl_encoder_apply(int argc, char **argv)
{
    const struct argp argp = {OPTIONS, parse_option, "BUNDLE ROWS", DOC, NULL, NULL, NULL};
    settings s = {.out = "-", .max_bad = 0.01};
    spl_bundle_file file;
    spl_error error = {0};
    if (argp_parse(&argp, argc, argv, 0, NULL, &s) != 0) return 2;
    if (!spl_bundle_file_open(s.bundle, &file, &error)) return spl_cli_fail("encoder apply", &error);
    bool ok = run(&s, &file, &error);
    spl_bundle_file_close(&file);
    return ok ? 0 : spl_cli_fail("encoder apply", &error);
}
