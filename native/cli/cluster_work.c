// SPDX-License-Identifier: GPL-3.0-or-later
// What `samplit cluster` does with what it was told.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "bundle/report_read.h"
#include "cli/cluster_command.h"
#include "cli/cluster_report.h"
#include "cli/given_file.h"
#include "cli/options.h"
#include "data/visits.h"
#include "host/files.h"
#include "host/progress.h"
#include "host/spool.h"
#include "learn/cluster/cluster_bundle.h"
#include "learn/drift/part_report.h"

// --- what is clustered ------------------------------------------------------------------------------------

typedef struct work {
    const spl_cluster_settings *s;
    spl_spool spool;         // of the rows, for they are read more than once
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

static spl_visits_part visits_of(const spl_cluster_settings *s)
{
    spl_visits_part part = spl_visits_all();
    if (s->experiment) part.experiment = (spl_text){s->experiment, strlen(s->experiment)};
    return part;
}

static bool read_rows(work *w, spl_error *error)
{
    const spl_cluster_settings *s = w->s;
    if (!spl_given_row_schema(s->schema, s->encoder, &w->encoder, &w->given, error)) return false;
    w->config = (spl_rows_config){.schema = w->given,
                                  .group = s->weights,
                                  .leave_out = s->leave_out,
                                  .leave_out_count = s->leave_out_count,
                                  .max_bad = s->max_bad,
                                  .fold = s->fold};
    spl_visits_part part = visits_of(s);
    if (!spl_visits_read(spl_spool_path(&w->spool), &w->config, &part, &w->rows, error))
        return spl_spool_blame(&w->spool, error);
    if (!s->request->quiet) spl_given_rows_warn("cluster", w->rows);
    w->schema = spl_rows_schema(w->rows, &w->config);
    if (s->weights && !spl_given_weights(s->rows, s->weights, w->rows, true, &w->weight, error)) return false;
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
    spl_spool_close(&w->spool);
}

// --- what is written --------------------------------------------------------------------------------------

// The options that were given, and three that always stand there.
static uint32_t list_options(const spl_cluster_settings *s, spl_lineage_option *out)
{
    static const spl_lineage_option usual[] = {{"k", "2..8"}, {"restarts", "10"}, {"seed", "0"}};
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->recorded.count; i++) {
        spl_lineage_option option = s->recorded.options[i];
        bool path = strcmp(option.name, "schema") == 0 || strcmp(option.name, "encoder") == 0;
        const char *slash = path ? strrchr(option.value, '/') : NULL;
        if (slash) option.value = slash + 1;
        if (strcmp(option.name, "threads") != 0) out[count++] = option;
    }
    for (uint32_t u = 0; u < 3; u++) {
        uint32_t at = 0;
        while (at < count && strcmp(out[at].name, usual[u].name) != 0) at++;
        if (at == count) out[count++] = usual[u];
    }
    return count;
}

// The lineage and the scores, for the manifest.
static cJSON *manifest_members(const work *w, const spl_cluster_report *report, const char *digest)
{
    const spl_learn_request *request = w->s->request;
    spl_lineage_option options[SPL_RECORDED_MAX + 3];
    char parent[33] = "";
    if (w->encoder.bundle.id_hex.size == 32) memcpy(parent, w->encoder.bundle.id_hex.data, 32);
    spl_lineage lineage = {.parent = request->parent ? request->parent
                                     : parent[0]     ? parent
                                                     : NULL,
                           .input = request->input ? request->input : w->s->rows,
                           .digest = digest,
                           .option_count = list_options(w->s, options),
                           .options = options,
                           .validation = request->validation};
    cJSON *more = spl_lineage_json(&lineage), *scores = more ? spl_cluster_report_json(report) : NULL;
    if (scores && cJSON_AddItemToObject(more, "clustering", scores)) return more;
    cJSON_Delete(more);
    return NULL;
}

static bool make_bundle(const work *w, const spl_cluster_report *report, uint8_t **data, size_t *size, char id[33],
                        spl_error *error)
{
    char digest[65];
    if (!spl_given_digest(spl_spool_path(&w->spool), digest, error)) return false;
    cJSON *more = manifest_members(w, report, digest);
    const spl_cluster_bundle_config config = {.schema = w->schema,
                                              .encoders = w->encoder.bundle.encoders,
                                              .encoder_count = w->encoder.bundle.encoder_count,
                                              .names = report->names,
                                              .more = more};
    bool ok = more ? spl_cluster_bundle(report->chosen->fit, &config, data, size, id, error)
                   : spl_fail(error, "out of memory");
    cJSON_Delete(more);
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

// What the visitors are like is counted by the finished bundle, as it will be when a later file is held against it.
static bool add_reference(const work *w, const spl_bundle *bundle, cJSON *root, spl_error *error)
{
    spl_part_log log;
    const spl_part_source source = {.path = spl_spool_path(&w->spool),
                                    .part = visits_of(w->s),
                                    .rows_ms = spl_given_or_now(w->s->rows_ms),
                                    .max_bad = w->s->max_bad};
    if (!spl_part_log_read(bundle, &source, &log, error)) return spl_spool_blame(&w->spool, error);
    bool ok = spl_part_report_add(root, log.tally, NULL) || spl_fail(error, "out of memory");
    spl_part_log_free(&log);
    return ok;
}

// `file` has no data if no bundle is written: then nothing will be held against the report.
static bool write_report(const work *w, const spl_cluster_report *report, const spl_bundle_file *file, spl_error *error)
{
    const spl_cluster_settings *s = w->s;
    char *beside = file->data && !spl_path_is_stream(s->out) ? spl_report_path(s->out) : NULL;
    const char *path = s->report ? s->report : beside;
    cJSON *root = spl_cluster_report_json(report);
    bool ok = root != NULL || spl_fail(error, "out of memory");
    if (ok && file->data) ok = add_reference(w, &file->bundle, root, error);
    char *text = ok ? cJSON_PrintUnformatted(root) : NULL;
    cJSON_Delete(root);
    if (ok && !text) ok = spl_fail(error, "out of memory");
    if (ok && path) ok = spl_file_write(path, text, strlen(text), error);
    if (ok && s->json) puts(text);
    cJSON_free(text);
    free(beside);
    return ok;
}

static void print_all(const work *w, const spl_cluster_report *report)
{
    const spl_cluster_settings *s = w->s;
    if (s->json || s->request->quiet) return;
    FILE *to =
        spl_path_is_dash(s->out) || spl_path_is_dash(s->assignments) || spl_path_is_dash(s->report) ? stderr : stdout;
    spl_cluster_report_print(report, to);
    if (report->bundle_id) fprintf(to, "bundle %s: %s\n", report->bundle_id, s->out);
}

// The report first: where it cannot be written, no bundle appears.
static bool write_files(const work *w, spl_cluster_report *report, const spl_bundle_file *file, spl_error *error)
{
    const spl_cluster_settings *s = w->s;
    if (s->assignments && !write_assignments(w, report->chosen->fit, error)) return false;
    if (!write_report(w, report, file, error)) return false;
    if (file->data && !spl_file_write(s->out, file->data, file->size, error)) return false;
    print_all(w, report);
    return true;
}

static bool refuse(const work *w, const spl_cluster_report *report, spl_error *error)
{
    const char *why = "";
    for (uint32_t i = report->verdict->count; i-- > 0;)
        if (!report->verdict->checks[i].passed) why = report->verdict->checks[i].means;
    w->s->request->refused = true;
    if (w->s->request->quiet) return spl_fail(error, "the new clusters are refused: %s", why);
    return spl_fail(error, "the clusters are refused and %s is not written; --force writes it", w->s->out);
}

// What was found is always said and its assignments written; a bundle that is refused is not, unless by force.
static bool write_all(work *w, spl_cluster_report *report, spl_error *error)
{
    const spl_cluster_settings *s = w->s;
    char id[33] = "";
    spl_bundle_file file = {0};
    uint8_t *data;
    size_t size;
    bool refused = (s->out || s->request->keep) && !report->verdict->deploy && !s->force;
    if (refused && s->request->quiet) return refuse(w, report, error);
    if ((s->out || s->request->keep) && !refused) {
        if (!make_bundle(w, report, &data, &size, id, error)) return false;
        if (spl_learn_kept(s->request, data, size, id)) return true;
        if (!spl_bundle_file_take(data, size, &file, error)) {
            free(data);
            return false;
        }
        report->bundle_id = id;
    }
    bool ok = write_files(w, report, &file, error);
    spl_bundle_file_close(&file);
    return ok && (!refused || refuse(w, report, error));
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
    config.progress = w->s->request->quiet ? NULL : show_progress;
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

bool spl_cluster_work(const spl_cluster_settings *settings, spl_error *error)
{
    work w = {.s = settings, .spool.fd = -1};
    w.pool = spl_pool_new((uint32_t)settings->threads);
    bool ok = w.pool ? spl_spool_open(settings->rows, &w.spool, error) : spl_fail(error, "out of memory");
    ok = ok && read_rows(&w, error) && cluster(&w, error);
    release(&w);
    return ok;
}
