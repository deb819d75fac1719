// SPDX-License-Identifier: GPL-3.0-or-later
// Groups visitors by what they are like, says how many groups there are and whether they are worth serving by.
#include <argp.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "cli/cluster_report.h"
#include "cli/command.h"
#include "cli/options.h"
#include "data/rows.h"
#include "host/digest.h"
#include "host/files.h"
#include "host/progress.h"
#include "learn/cluster/cluster_bundle.h"
#include "learn/lineage.h"

#define MAX_BAD 0.01
#define LEAVE_OUT_MAX 64
#define OPTIONS_KEPT 8

static const char DOC[] =
    "Group the rows of a file (CSV or NDJSON) into clusters, which a bundle then knows visitors by.\v"
    "The number of clusters is chosen by five criteria (docs/clusters.md has the rule); one cluster is a possible\n"
    "answer. Clusters that are not worth serving by are refused: no bundle is written, and the exit code is 1.\n\n"
    "Example:\n"
    "  samplit cluster sessions.csv --k 2..8 --out clusters.safetensors --assignments clusters.txt\n"
    "  samplit learn events.ndjson --model clusters.safetensors --levels cluster,device --out bundle.safetensors\n";

enum {
    OPTION_ASSIGNMENTS = 256,
    OPTION_ENCODER,
    OPTION_SCHEMA,
    OPTION_RESTARTS,
    OPTION_SEED,
    OPTION_THREADS,
    OPTION_WEIGHTS,
    OPTION_LEAVE_OUT,
    OPTION_SAMPLE,
    OPTION_REPORT,
    OPTION_JSON,
    OPTION_FORCE,
    OPTION_UNORDERED,
    OPTION_MAX_BAD,
};

static const struct argp_option OPTIONS[] = {
    {"k", 'k', "N|A..B", 0, "How many clusters: a number, or a range to choose from (default 2..8)", 0},
    {"out", 'o', "FILE", 0, "Where to write the bundle; - is standard output", 0},
    {"assignments", OPTION_ASSIGNMENTS, "FILE", 0, "Where to write the cluster of each row: its number, one a line", 0},
    {"encoder", OPTION_ENCODER, "BUNDLE", 0, "Cluster the embeddings that this bundle's encoder gives", 0},
    {"schema", OPTION_SCHEMA, "FILE", 0, "Feature schema (default fitted to the file, or the encoder's)", 0},
    {"leave-out", OPTION_LEAVE_OUT, "A,B", 0, "Columns that a fitted schema does not use", 0},
    {"weights", OPTION_WEIGHTS, "COLUMN", 0, "Column of numbers that rows count by", 0},
    {"restarts", OPTION_RESTARTS, "N", 0, "Runs of k-means from different starts (default 10)", 0},
    {"sample", OPTION_SAMPLE, "N", 0, "Rows that the silhouette is taken on (default 10000)", 0},
    {"seed", OPTION_SEED, "N", 0, "Seed of every draw (default 0)", 0},
    {"threads", OPTION_THREADS, "N", 0, "Default one per processor; the result is the same", 0},
    {"report", OPTION_REPORT, "FILE", 0, "Where to write all scores as JSON", 0},
    {"unordered", OPTION_UNORDERED, 0, 0, "Rows are not in order of time: no drift between halves is looked for", 0},
    {"force", OPTION_FORCE, 0, 0, "Write the bundle even if the clusters are refused", 0},
    {"max-bad", OPTION_MAX_BAD, "PERCENT", 0, "Fail when more rows than that cannot be read (default 1)", 0},
    {"json", OPTION_JSON, 0, 0, "Print the report as JSON", 0},
    {0},
};

typedef struct settings {
    const char *rows, *out, *assignments, *encoder, *schema, *weights, *report;
    const char *k_text, *restarts_text, *seed_text;
    spl_choose_config choose;
    uint64_t threads;
    const char *leave_out[LEAVE_OUT_MAX];
    char *leave_out_memory;
    uint32_t leave_out_count;
    double max_bad;
    bool force, unordered, json;
} settings;

static uint32_t read_count(struct argp_state *state, const char *option, const char *text, uint64_t least,
                           uint64_t most)
{
    uint64_t value;
    if (!spl_cli_u64(text, &value) || value < least || value > most)
        argp_error(state, "--%s: \"%s\" is not a whole number from %" PRIu64 " to %" PRIu64, option, text, least, most);
    return (uint32_t)value;
}

static void read_range(struct argp_state *state, const char *text, settings *s)
{
    char least[24] = "";
    const char *dots = strstr(text, ".."), *most = dots ? dots + 2 : text;
    size_t size = dots ? (size_t)(dots - text) : strlen(text);
    if (size < sizeof least) memcpy(least, text, size);
    s->choose.k_least = read_count(state, "k", least, 2, SPL_CLUSTERS_MAX);
    s->choose.k_most = read_count(state, "k", most, s->choose.k_least, SPL_CLUSTERS_MAX);
    if (s->choose.k_most - s->choose.k_least >= SPL_CHOICES_MAX)
        argp_error(state, "--k: a range of at most %d numbers", SPL_CHOICES_MAX);
    s->k_text = text;
}

static void read_leave_out(struct argp_state *state, const char *text, settings *s)
{
    free(s->leave_out_memory);
    s->leave_out_count = 0;
    s->leave_out_memory = strdup(text);
    if (!s->leave_out_memory) argp_failure(state, 1, 0, "out of memory");
    for (char *rest = s->leave_out_memory, *name; (name = strsep(&rest, ",")) != NULL;) {
        if (s->leave_out_count + 1 == LEAVE_OUT_MAX)
            argp_error(state, "--leave-out: at most %d columns", LEAVE_OUT_MAX - 1);
        s->leave_out[s->leave_out_count++] = name;
    }
}

static void read_percent(struct argp_state *state, const char *text, double *share)
{
    double percent;
    if (!spl_cli_double(text, &percent) || percent < 0 || percent > 100)
        argp_error(state, "--max-bad: \"%s\" is not a percentage", text);
    *share = percent / 100;
}

static bool is_dash(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

static void finish_options(struct argp_state *state, settings *s)
{
    if (!s->rows) argp_error(state, "which rows? Give a file, or - for standard input");
    if (is_dash(s->out) + is_dash(s->report) + is_dash(s->assignments) + s->json > 1)
        argp_error(state, "only one of --out -, --assignments -, --report - and --json can have standard output");
    char problem[512];
    const char *const reads[] = {s->rows, s->encoder, s->schema}, *const writes[] = {s->out, s->assignments, s->report};
    if (!spl_cli_paths_apart(reads, 3, writes, 3, problem, sizeof problem)) argp_error(state, "%s", problem);
    if (s->encoder && s->schema) argp_error(state, "--schema: the encoder's bundle has a schema");
    if (s->weights) s->leave_out[s->leave_out_count++] = s->weights;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    settings *s = state->input;
    switch (key) {
    case 'k': read_range(state, text, s); break;
    case 'o': s->out = text; break;
    case OPTION_ASSIGNMENTS: s->assignments = text; break;
    case OPTION_ENCODER: s->encoder = text; break;
    case OPTION_SCHEMA: s->schema = text; break;
    case OPTION_LEAVE_OUT: read_leave_out(state, text, s); break;
    case OPTION_WEIGHTS: s->weights = text; break;
    case OPTION_RESTARTS:
        s->choose.restarts = read_count(state, "restarts", text, 1, 10000);
        s->restarts_text = text;
        break;
    case OPTION_SAMPLE: s->choose.silhouette_rows = read_count(state, "sample", text, 2, 1000000); break;
    case OPTION_SEED:
        if (!spl_cli_u64(text, &s->choose.seed)) argp_error(state, "--seed: \"%s\" is not a whole number", text);
        s->seed_text = text;
        break;
    case OPTION_THREADS: s->threads = read_count(state, "threads", text, 1, 64); break;
    case OPTION_REPORT: s->report = text; break;
    case OPTION_UNORDERED: s->unordered = true; break;
    case OPTION_FORCE: s->force = true; break;
    case OPTION_MAX_BAD: read_percent(state, text, &s->max_bad); break;
    case OPTION_JSON: s->json = true; break;
    case ARGP_KEY_ARG:
        if (s->rows) argp_error(state, "one file of rows only, not \"%s\" too", text);
        s->rows = text;
        break;
    case ARGP_KEY_END: finish_options(state, s); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

// --- what is clustered ------------------------------------------------------------------------------------

typedef struct work {
    const settings *s;
    spl_bundle_file encoder; // zeroed without one
    spl_schema_spec *given;
    spl_rows_config config;
    spl_rows *rows;
    const spl_schema_spec *schema;
    double *weight;
    float *embeddings;
    spl_points points, features; // what is clustered; what names are made of
    spl_pool *pool;
    spl_progress progress;
} work;

static bool read_schema(work *w, spl_error *error)
{
    const settings *s = w->s;
    if (s->schema) return spl_schema_spec_read(s->schema, &w->given, error);
    if (!s->encoder) return true;
    if (!spl_bundle_file_open(s->encoder, &w->encoder, error)) return false;
    if (w->encoder.bundle.encoder_count == 0) {
        spl_fail_field(error, "encoder.0.weight", "the bundle has no encoder");
        return spl_fail_at(error, s->encoder, 0);
    }
    return spl_schema_spec_of_bundle(&w->encoder.bundle, &w->given, error) || spl_fail_at(error, s->encoder, 0);
}

// The column of weights is read as a column of groups, whose texts are numbers.
static bool read_weights(work *w, spl_error *error)
{
    const spl_rows *rows = w->rows;
    if (!w->s->weights) return true;
    w->weight = malloc(rows->n * sizeof *w->weight);
    if (!w->weight) return spl_fail(error, "out of memory");
    for (uint32_t i = 0; i < rows->n; i++) {
        const char *text = rows->group[i] < 0 ? "" : rows->groups[rows->group[i]];
        if (spl_cli_double(text, &w->weight[i]) && w->weight[i] >= 0) continue;
        spl_fail_field(error, w->s->weights, "\"%.40s\" is not a weight: a number from 0 on", text);
        return spl_fail_at(error, w->s->rows, rows->line[i]);
    }
    return true;
}

static bool embed(work *w, spl_error *error)
{
    const spl_bundle *bundle = &w->encoder.bundle;
    if (bundle->encoder_count == 0) return true;
    uint32_t width = spl_encoder_width(&bundle->encoders[0]);
    float *scratch = malloc(spl_embed_scratch(bundle->encoders, bundle->encoder_count) * sizeof *scratch);
    w->embeddings = malloc((size_t)w->rows->n * width * sizeof *w->embeddings);
    bool ok = (scratch && w->embeddings) || spl_fail(error, "out of memory");
    for (uint32_t i = 0; ok && i < w->rows->n; i++)
        spl_embed(bundle->encoders, bundle->encoder_count, w->s->choose.kernel, w->rows->x + (size_t)i * w->rows->d,
                  scratch, w->embeddings + (size_t)i * width);
    free(scratch);
    w->points.d = width;
    w->points.x = w->embeddings;
    return ok;
}

static void warn_of_rows(const spl_rows *rows)
{
    for (uint32_t i = 0; i < rows->warning_count; i++) spl_cli_warn("cluster", "%s", rows->warnings[i]);
    if (rows->bad_rows == 0) return;
    char text[1024];
    spl_cli_warn("cluster", "%" PRIu64 " rows could not be read and were left out; the first is %s", rows->bad_rows,
                 spl_error_format(&rows->first_bad, text, sizeof text));
}

static bool read_rows(work *w, spl_error *error)
{
    const settings *s = w->s;
    if (!read_schema(w, error)) return false;
    w->config = (spl_rows_config){.schema = w->given,
                                  .group = s->weights,
                                  .leave_out = s->leave_out,
                                  .leave_out_count = s->leave_out_count,
                                  .max_bad = s->max_bad};
    if (!spl_rows_read(s->rows, &w->config, &w->rows, error)) return false;
    warn_of_rows(w->rows);
    w->schema = spl_rows_schema(w->rows, &w->config);
    if (!read_weights(w, error)) return false;
    w->features = (spl_points){w->rows->n, w->rows->d, w->rows->x, w->weight};
    w->points = w->features;
    return embed(w, error);
}

static void release(work *w)
{
    spl_bundle_file_close(&w->encoder);
    spl_schema_spec_free(w->given);
    spl_rows_free(w->rows);
    free(w->weight);
    free(w->embeddings);
    spl_pool_free(w->pool);
}

// --- what is written --------------------------------------------------------------------------------------

static bool digest_of(const char *path, char hex[SPL_DIGEST_HEX + 1], spl_error *error)
{
    spl_reader *reader;
    static char bytes[1 << 16];
    hex[0] = '\0';
    if (spl_path_is_stream(path)) return true;
    if (!spl_reader_open(path, &reader, error)) return false;
    spl_digest *digest = spl_digest_new();
    long got = digest ? 1 : 0;
    while (got > 0) {
        spl_digest_wait(digest);
        got = spl_reader_bytes(reader, bytes, sizeof bytes, error);
        if (got > 0) spl_digest_add(digest, bytes, (size_t)got);
    }
    spl_digest_end(digest, hex);
    spl_reader_close(reader);
    return got == 0;
}

// The lineage and the scores, for the manifest.
static cJSON *manifest_members(const work *w, const spl_cluster_report *report, const char *digest)
{
    const settings *s = w->s;
    spl_lineage_option options[OPTIONS_KEPT];
    uint32_t count = 0;
    options[count++] = (spl_lineage_option){"k", s->k_text ? s->k_text : "2..8"};
    options[count++] = (spl_lineage_option){"restarts", s->restarts_text ? s->restarts_text : "10"};
    options[count++] = (spl_lineage_option){"seed", s->seed_text ? s->seed_text : "0"};
    if (s->weights) options[count++] = (spl_lineage_option){"weights", s->weights};
    if (s->force) options[count++] = (spl_lineage_option){"force", "yes"};
    char parent[33] = "";
    if (w->encoder.bundle.id_hex.size == 32) memcpy(parent, w->encoder.bundle.id_hex.data, 32);
    spl_lineage lineage = {.parent = parent[0] ? parent : NULL,
                           .input = s->rows,
                           .digest = digest,
                           .option_count = count,
                           .options = options};
    cJSON *more = spl_lineage_json(&lineage), *scores = more ? spl_cluster_report_json(report) : NULL;
    if (scores && cJSON_AddItemToObject(more, "clusters", scores)) return more;
    cJSON_Delete(more);
    return NULL;
}

static bool write_bundle(const work *w, const spl_cluster_report *report, char id[33], spl_error *error)
{
    char digest[SPL_DIGEST_HEX + 1];
    uint8_t *data;
    size_t size;
    if (!digest_of(w->s->rows, digest, error)) return false;
    cJSON *more = manifest_members(w, report, digest);
    const spl_cluster_bundle_config config = {.schema = w->schema,
                                              .encoders = w->encoder.bundle.encoders,
                                              .encoder_count = w->encoder.bundle.encoder_count,
                                              .names = report->names,
                                              .more = more};
    bool ok = more ? spl_cluster_bundle(report->chosen->fit, &config, &data, &size, id, error)
                   : spl_fail(error, "out of memory");
    cJSON_Delete(more);
    if (!ok) return false;
    ok = spl_file_write(w->s->out, data, size, error);
    free(data);
    return ok;
}

static bool write_assignments(const work *w, const spl_kmeans *fit, spl_error *error)
{
    spl_writer *writer;
    if (!spl_writer_open(w->s->assignments, &writer, error)) return false;
    for (uint32_t i = 0; i < fit->n; i++) {
        char line[16];
        int size = snprintf(line, sizeof line, "%u\n", fit->label[i]);
        spl_writer_put(writer, line, (size_t)size);
    }
    return spl_writer_close(writer, error);
}

static bool write_report(const work *w, const spl_cluster_report *report, spl_error *error)
{
    cJSON *root = spl_cluster_report_json(report);
    char *text = root ? cJSON_PrintUnformatted(root) : NULL;
    cJSON_Delete(root);
    if (!text) return spl_fail(error, "out of memory");
    bool ok = !w->s->report || spl_file_write(w->s->report, text, strlen(text), error);
    if (ok && w->s->json) puts(text);
    cJSON_free(text);
    return ok;
}

// What was found is always said and its assignments written; a bundle that is refused is not, unless by force.
static bool write_all(work *w, spl_cluster_report *report, spl_error *error)
{
    const settings *s = w->s;
    char id[33] = "";
    bool refused = s->out && !report->verdict->deploy && !s->force;
    if (s->out && !refused) {
        if (!write_bundle(w, report, id, error)) return false;
        report->bundle_id = id;
    }
    if (s->assignments && !write_assignments(w, report->chosen->fit, error)) return false;
    if (!write_report(w, report, error)) return false;
    if (!s->json) {
        FILE *to = is_dash(s->out) || is_dash(s->assignments) || is_dash(s->report) ? stderr : stdout;
        spl_cluster_report_print(report, to);
        if (report->bundle_id) fprintf(to, "bundle %s: %s\n", id, s->out);
    }
    return !refused || spl_fail(error, "the clusters are refused and %s is not written; --force writes it", s->out);
}

static void show_progress(void *owner, uint32_t done, uint32_t steps)
{
    work *w = owner;
    w->progress.calls = UINT32_MAX; // steps are few and long: the clock is looked at each time
    spl_progress_step(&w->progress, done, (double)done / steps);
}

static bool cluster(work *w, spl_error *error)
{
    spl_chosen chosen;
    spl_choose_config config = w->s->choose;
    config.pool = w->pool;
    config.progress = show_progress;
    config.progress_owner = w;
    w->progress = spl_progress_start("clustering");
    bool ok = spl_cluster_choose(&w->points, &config, &chosen, error);
    spl_progress_end(&w->progress);
    if (!ok) return spl_fail_at(error, w->s->rows, 0);
    char(*names)[SPL_CLUSTER_NAME_MAX] = calloc(chosen.fit->k, sizeof *names);
    spl_labeling labeling = {chosen.fit->k, chosen.fit->label};
    ok = names ? spl_cluster_name(&w->features, &labeling, w->schema, names, error) : spl_fail(error, "out of memory");
    if (ok) {
        spl_cluster_verdict verdict = spl_cluster_judge(&chosen, &w->points, !w->s->unordered);
        spl_cluster_report report = {
            &chosen, &verdict, names, w->points.n, w->points.d, w->embeddings ? "embedding" : "features", NULL};
        ok = write_all(w, &report, error);
    }
    free(names);
    spl_chosen_free(&chosen);
    return ok;
}

int spl_cmd_cluster(int argc, char **argv)
{
    settings s = {.choose = spl_choose_default(), .max_bad = MAX_BAD};
    const struct argp parser = {OPTIONS, parse_option, "ROWS", DOC, NULL, NULL, NULL};
    if (argp_parse(&parser, argc, argv, 0, NULL, &s) != 0) return 2;
    work w = {.s = &s};
    spl_error error = {0};
    w.pool = spl_pool_new((uint32_t)s.threads);
    bool ok = w.pool ? read_rows(&w, &error) && cluster(&w, &error) : spl_fail(&error, "out of memory");
    release(&w);
    free(s.leave_out_memory);
    return ok ? 0 : spl_cli_fail("cluster", &error);
}
