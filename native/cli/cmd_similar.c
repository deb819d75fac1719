// SPDX-License-Identifier: GPL-3.0-or-later
// Finds rows like given ones, keeps an index of rows, and makes groups of labelled rows.
//
// Rows from a file are searched exactly, whatever their number: a million takes about a millisecond per query. An index
// is searched by its graph from EXACT_BELOW vectors on.
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/read_option.h"
#include "cli/similar_command.h"
#include "cli/similar_index.h"
#include "cli/similar_write.h"
#include "host/files.h"
#include "learn/similar/topk.h"

#define MAX_BAD 0.01
#define EXACT_BELOW 50000 // vectors of an index
#define EF 200
#define K_MAX 100000

static const char DOC[] =
    "Find the rows of a file (CSV or NDJSON) most like given ones, by the cosine of their embeddings.\v"
    "MODEL is a bundle with an encoder; with a schema alone, features are compared instead. It may also be\n"
    "an index written by --index: then ROWS is left out, and the index's own rows are searched. With --label\n"
    "and --groups the rows' labels become groups, for `samplit learn --model FILE --levels cluster`.\n"
    "docs/similarity.md says how it is done.\n\n"
    "Example:\n"
    "  samplit similar encoder.safetensors sessions.csv --query 17 --k 10\n"
    "  samplit similar encoder.safetensors sessions.csv --index users.safetensors\n"
    "  samplit similar users.safetensors --queries today.csv --out alike.csv\n"
    "  samplit similar encoder.safetensors sessions.csv --label Revenue --groups groups.safetensors\n";

enum {
    OPTION_QUERIES = 256,
    OPTION_INDEX,
    OPTION_EF,
    OPTION_EXACT,
    OPTION_LINKS,
    OPTION_BUILD_EF,
    OPTION_LABEL,
    OPTION_GROUPS,
    OPTION_POINTS,
    OPTION_SEED,
    OPTION_THREADS,
    OPTION_MAX_BAD,
    OPTION_JSON,
};
static const struct argp_option OPTIONS[] = {
    {"query", 'q', "LINE,LINE", 0, "Rows to compare with, by their lines in the file (a heading is line 1)", 0},
    {"queries", OPTION_QUERIES, "FILE", 0, "A file of rows to compare with", 0},
    {"k", 'k', "N", 0, "How many to find for each (default 10)", 0},
    {"out", 'o', "FILE", 0, "Write what is found as CSV: query, rank, line, cosine", 0},
    {"json", OPTION_JSON, 0, 0, "Print it as JSON", 0},
    {"index", OPTION_INDEX, "FILE", 0, "Index the rows, and write the model with the index", 1},
    {"links", OPTION_LINKS, "N", 0, "Links of a vector in the index (default 16)", 1},
    {"build-ef", OPTION_BUILD_EF, "N", 0, "Candidates kept while indexing (default 200)", 1},
    {"ef", OPTION_EF, "N", 0, "Candidates kept while searching an index (default 200); searches by the graph", 1},
    {"exact", OPTION_EXACT, 0, 0, "Search an index exactly", 1},
    {"label", OPTION_LABEL, "COLUMN", 0, "The column that says which group a row is in", 2},
    {"groups", OPTION_GROUPS, "FILE", 0, "Where to write the groups, as the clusters of the model", 2},
    {"points", OPTION_POINTS, "N", 0, "Points that stand for a group (default chosen from 1, 2, 4, 8 and 16)", 2},
    {"seed", OPTION_SEED, "N", 0, "Of the index's levels and of the rows held out (default 0)", 3},
    {"threads", OPTION_THREADS, "N", 0, "Default one per processor; the result is the same", 3},
    {"max-bad", OPTION_MAX_BAD, "PERCENT", 0, "Fail when more rows than that cannot be read (default 1)", 3},
    {0},
};

static void read_lines(struct argp_state *state, const char *text, spl_similar_settings *s)
{
    spl_text parts[SPL_SIMILAR_LINES_MAX];
    size_t count = spl_cli_split(text, ',', parts, SPL_SIMILAR_LINES_MAX);
    if (count == 0 || count > SPL_SIMILAR_LINES_MAX) argp_error(state, "--query: 1 to %d lines", SPL_SIMILAR_LINES_MAX);
    for (size_t i = 0; i < count; i++) {
        char number[24] = "";
        if (parts[i].size < sizeof number) memcpy(number, parts[i].data, parts[i].size);
        s->lines[i] = spl_cli_read_count(state, "query", number, 1, UINT64_MAX);
    }
    s->line_count = count;
}

FILE *spl_similar_remarks(const spl_similar_settings *s)
{
    const char *const writes[] = {s->index, s->groups, s->out};
    for (int i = 0; i < 3; i++) {
        if (spl_path_is_dash(writes[i])) return stderr;
    }
    return stdout;
}

static void check_task(struct argp_state *state, const spl_similar_settings *s)
{
    bool asks = s->line_count > 0 || s->queries;
    if (!s->model) argp_error(state, "which model, and which rows?");
    if (s->line_count > 0 && s->queries) argp_error(state, "--query or --queries, not both");
    if (!s->label != !s->groups) argp_error(state, "--label and --groups go together");
    if (!asks && !s->index && !s->groups) argp_error(state, "what to do? Give --query, --queries, --index or --groups");
    if ((s->index || s->groups) && !s->rows) argp_error(state, "%s: which rows?", s->index ? "--index" : "--groups");
    if (s->exact && s->ef > 0) argp_error(state, "--exact or --ef, not both");
    if (s->rows && s->ef > 0) argp_error(state, "--ef: rows of a file are searched exactly; search an index");
    if (s->out && !asks) argp_error(state, "--out: there are no queries");
    if (s->build_ef < s->links) argp_error(state, "--build-ef: at least as many as --links, %" PRIu64, s->links);
}

static void finish_options(struct argp_state *state, const spl_similar_settings *s)
{
    char problem[512];
    const char *const reads[] = {s->model, s->rows, s->queries}, *const writes[] = {s->index, s->groups, s->out};
    check_task(state, s);
    if (!spl_cli_paths_apart(reads, 3, writes, 3, problem, sizeof problem)) argp_error(state, "%s", problem);
    uint32_t dashes = s->json;
    for (int i = 0; i < 3; i++) dashes += spl_path_is_dash(writes[i]);
    if (dashes > 1) argp_error(state, "only one of --index -, --groups -, --out - and --json can have standard output");
    bool asks = s->line_count > 0 || s->queries;
    if (dashes == 1 && asks && !s->json && !s->out)
        argp_error(state, "--out FILE: what is found cannot go to standard output, which a bundle has");
    if (s->json && asks && s->groups)
        argp_error(state, "--json: groups and what is found are two documents; ask for them one by one");
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    spl_similar_settings *s = state->input;
    switch (key) {
    case 'q': read_lines(state, text, s); break;
    case OPTION_QUERIES: s->queries = text; break;
    case 'k': s->k = spl_cli_read_count(state, "k", text, 1, K_MAX); break;
    case 'o': s->out = text; break;
    case OPTION_JSON: s->json = true; break;
    case OPTION_INDEX: s->index = text; break;
    case OPTION_LINKS: s->links = spl_cli_read_count(state, "links", text, 2, SPL_HNSW_LINKS_MAX); break;
    case OPTION_BUILD_EF: s->build_ef = spl_cli_read_count(state, "build-ef", text, 2, 100000); break;
    case OPTION_EF: s->ef = spl_cli_read_count(state, "ef", text, 1, 1000000); break;
    case OPTION_EXACT: s->exact = true; break;
    case OPTION_LABEL: s->label = text; break;
    case OPTION_GROUPS: s->groups = text; break;
    case OPTION_POINTS: s->points = spl_cli_read_count(state, "points", text, 1, SPL_CLUSTERS_MAX); break;
    case OPTION_SEED:
        if (!spl_cli_u64(text, &s->seed)) argp_error(state, "--seed: \"%s\" is not a whole number", text);
        break;
    case OPTION_THREADS: s->threads = spl_cli_read_count(state, "threads", text, 1, 64); break;
    case OPTION_MAX_BAD: s->max_bad = spl_cli_read_max_bad(state, text); break;
    case ARGP_KEY_ARG:
        if (s->rows) argp_error(state, "one model and one file of rows only, not \"%s\" too", text);
        *(s->model ? &s->rows : &s->model) = text;
        break;
    case ARGP_KEY_END: finish_options(state, s); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

typedef struct work {
    const spl_similar_settings *s;
    spl_bundle_file model;
    spl_schema_spec *schema;
    spl_pool *pool;
    spl_similar_rows rows;    // searched; zeroed when an index is
    spl_similar_index index;  // searched; zeroed when rows are
    spl_similar_rows queries; // of --queries
    float *query_x, *query_features;
    uint32_t *self; // [count] row of each query among the rows searched, or SPL_NO_ROW
    spl_share_stats *stats;
    spl_hit *hits;
    spl_progress progress;
    spl_similar_found found;
} work;

static uint32_t rows_searched(const work *w)
{
    return w->rows.rows ? w->rows.n : w->index.graph.n;
}

static uint32_t width_searched(const work *w)
{
    return w->rows.rows ? w->rows.d : w->index.graph.d;
}

static bool open_index(work *w, spl_error *error)
{
    const spl_bundle *model = &w->model.bundle;
    if (!spl_hnsw_in_bundle(model)) {
        spl_fail(error, "has no index; give rows, or an index written by --index");
        return spl_fail_at(error, w->s->model, 0);
    }
    if (!spl_hnsw_of_bundle(model, &w->index, error)) return spl_fail_at(error, w->s->model, 0);
    uint32_t width = model->encoder_count > 0 ? spl_encoder_width(&model->encoders[0]) : model->schema.width;
    if (w->index.graph.d == width) return true;
    spl_fail_field(error, "similar.vectors", "%u columns, but the model gives %u", w->index.graph.d, width);
    return spl_fail_at(error, w->s->model, 0);
}

static bool read_model(work *w, spl_error *error)
{
    const spl_similar_settings *s = w->s;
    if (!spl_bundle_file_open(s->model, &w->model, error)) return false;
    if (!spl_schema_spec_of_bundle(&w->model.bundle, &w->schema, error)) return spl_fail_at(error, s->model, 0);
    if (!s->rows) return open_index(w, error);
    const spl_rows_config config = {.schema = w->schema, .label = s->label, .max_bad = s->max_bad};
    return spl_similar_rows_read("similar", s->rows, &config, &w->model.bundle, w->pool, &w->rows, error);
}

static bool write_index(work *w, spl_error *error)
{
    const spl_similar_settings *s = w->s;
    spl_progress progress = spl_progress_start("indexing");
    spl_hnsw_config config = spl_hnsw_config_default();
    config.m = (uint32_t)s->links;
    config.ef = (uint32_t)s->build_ef;
    config.seed = s->seed;
    config.pool = w->pool;
    config.progress = &progress;
    spl_hnsw graph;
    bool ok = spl_hnsw_build(w->rows.x, w->rows.n, w->rows.d, &config, &graph, error);
    spl_progress_end(&progress);
    if (!ok) return spl_fail_at(error, s->rows, 0);
    ok = spl_similar_index_write(s->index, &w->model.bundle, &graph, w->rows.rows->line, error);
    if (ok && !s->json && !spl_path_is_dash(s->index))
        fprintf(spl_similar_remarks(s), "%u rows, %u of them different, indexed in %s\n", graph.n, graph.u, s->index);
    spl_hnsw_free(&graph);
    return ok;
}

// The queries of --query are rows of what is searched, and not found as like themselves.
static bool take_lines(work *w, spl_error *error)
{
    const spl_similar_settings *s = w->s;
    uint32_t d = width_searched(w), n = rows_searched(w);
    const uint64_t *line = w->found.line;
    for (size_t q = 0; q < s->line_count; q++) {
        uint32_t row = spl_similar_row_of_line(line, n, s->lines[q]);
        if (row == SPL_NO_ROW) {
            spl_fail_field(error, "--query",
                           "line %" PRIu64 " is no row; there are rows on lines %" PRIu64 " to %" PRIu64, s->lines[q],
                           line[0], line[n - 1]);
            return spl_fail_at(error, s->rows ? s->rows : s->model, 0);
        }
        const float *x = w->rows.rows ? w->rows.x + (size_t)row * d : spl_similar_vector(&w->index.graph, row);
        memcpy(w->query_x + q * d, x, d * sizeof *x);
        if (w->rows.rows)
            memcpy(w->query_features + q * w->rows.rows->d, w->rows.rows->x + (size_t)row * w->rows.rows->d,
                   w->rows.rows->d * sizeof *x);
        w->self[q] = row;
    }
    w->found.query_line = s->lines;
    return true;
}

static bool read_queries(work *w, spl_error *error)
{
    const spl_similar_settings *s = w->s;
    w->found.line = w->rows.rows ? w->rows.rows->line : w->index.line;
    w->found.count = (uint32_t)s->line_count;
    if (s->queries) {
        const spl_rows_config config = {.schema = w->schema, .max_bad = s->max_bad};
        if (!spl_similar_rows_read("similar", s->queries, &config, &w->model.bundle, w->pool, &w->queries, error))
            return false;
        w->found.count = w->queries.n;
        w->found.query_line = w->queries.rows->line;
        w->found.query_features = w->queries.rows->x;
        return true;
    }
    w->query_x = malloc(s->line_count * width_searched(w) * sizeof *w->query_x);
    w->query_features = malloc(s->line_count * w->schema->schema.width * sizeof *w->query_features);
    w->self = malloc(s->line_count * sizeof *w->self);
    w->found.query_features = w->query_features;
    if (!w->query_x || !w->query_features || !w->self) return spl_fail(error, "out of memory");
    return take_lines(w, error);
}

// Takes each query's own row out of its k + 1 hits, or the last one where it is not among them.
static void leave_out_self(work *w, uint32_t k)
{
    for (uint32_t q = 0; q < w->found.count; q++) {
        const spl_hit *from = w->hits + (size_t)q * (k + 1);
        spl_hit *to = w->hits + (size_t)q * k;
        for (uint32_t i = 0, kept = 0; i <= k && kept < k; i++) {
            if (from[i].row != w->self[q]) to[kept++] = from[i];
        }
    }
}

static bool search_exactly(work *w, const float *rows, const float *x, uint32_t k, spl_error *error)
{
    spl_topk topk = {0};
    const spl_topk_config config = {.kernel = spl_kernel_best(), .pool = w->pool, .progress = &w->progress};
    bool ok = spl_topk_make(rows, rows_searched(w), width_searched(w), &topk, error) &&
              spl_topk_search(&topk, x, w->found.count, k, &config, w->hits, error);
    spl_topk_free(&topk);
    return ok;
}

// The rows of an index, as they would be in a file.
static float *rows_of_index(const spl_hnsw *graph)
{
    float *rows = malloc((size_t)graph->n * graph->d * sizeof *rows);
    for (uint32_t id = 0; rows && id < graph->u; id++) {
        for (uint32_t i = graph->row_start[id]; i < graph->row_start[id + 1]; i++)
            memcpy(rows + (size_t)graph->rows[i] * graph->d, graph->vectors + (size_t)id * graph->d,
                   graph->d * sizeof *rows);
    }
    return rows;
}

static bool search_index(work *w, const float *x, uint32_t k, spl_error *error)
{
    const spl_similar_settings *s = w->s;
    const spl_hnsw *graph = &w->index.graph;
    if (!w->found.exact) {
        const spl_hnsw_query how = {.k = k,
                                    .ef = s->ef > 0 ? (uint32_t)s->ef : EF,
                                    .kernel = spl_kernel_best(),
                                    .pool = w->pool,
                                    .progress = &w->progress};
        return spl_hnsw_search(graph, x, w->found.count, &how, w->hits, error);
    }
    float *rows = rows_of_index(graph);
    bool ok = rows ? search_exactly(w, rows, x, k, error) : spl_fail(error, "out of memory");
    free(rows);
    return ok;
}

static bool search(work *w, spl_error *error)
{
    const spl_similar_settings *s = w->s;
    uint32_t n = rows_searched(w), k = s->k < n ? (uint32_t)s->k : n, asked = w->self ? k + 1 : k;
    const float *x = s->queries ? w->queries.x : w->query_x;
    w->found.exact = w->rows.rows || s->exact || (s->ef == 0 && w->index.graph.u < EXACT_BELOW);
    w->hits = malloc(((size_t)w->found.count * asked + 1) * sizeof *w->hits);
    if (!w->hits) return spl_fail(error, "out of memory");
    w->progress = spl_progress_start("searching");
    bool ok = w->rows.rows ? search_exactly(w, w->rows.x, x, asked, error) : search_index(w, x, asked, error);
    spl_progress_end(&w->progress);
    if (ok && w->self) leave_out_self(w, k);
    w->found.hits = w->hits;
    w->found.k = k;
    w->found.rows = n;
    return ok;
}

static bool tell(work *w, spl_error *error)
{
    const spl_similar_settings *s = w->s;
    if (s->out && !spl_similar_write_csv(s->out, &w->found, error)) return false;
    if (s->out && !s->json) return true;
    if (w->rows.rows) {
        if (!spl_share_stats_make(w->rows.rows, w->schema, &w->stats, error)) return false;
        w->found.stats = w->stats;
        w->found.features = w->rows.rows->x;
        w->found.width = w->rows.rows->d;
    }
    return s->json ? spl_similar_print_json(&w->found, error) : spl_similar_print(&w->found, error);
}

static bool run(work *w, spl_error *error)
{
    const spl_similar_settings *s = w->s;
    if (!read_model(w, error)) return false;
    if (s->groups && !spl_similar_label(s, &w->model.bundle, &w->rows, w->pool, error)) return false;
    if (s->index && !write_index(w, error)) return false;
    if (s->line_count == 0 && !s->queries) return true;
    return read_queries(w, error) && search(w, error) && tell(w, error);
}

static void release(work *w)
{
    spl_similar_rows_free(&w->rows);
    spl_similar_rows_free(&w->queries);
    spl_hnsw_free(&w->index.graph);
    spl_share_stats_free(w->stats);
    spl_schema_spec_free(w->schema);
    spl_bundle_file_close(&w->model);
    spl_pool_free(w->pool);
    free(w->query_x);
    free(w->query_features);
    free(w->self);
    free(w->hits);
}

int spl_cmd_similar(int argc, char **argv)
{
    spl_similar_settings s = {.k = 10, .links = 16, .build_ef = 200, .max_bad = MAX_BAD};
    const struct argp parser = {OPTIONS, parse_option, "MODEL [ROWS]", DOC, NULL, NULL, NULL};
    if (argp_parse(&parser, argc, argv, 0, NULL, &s) != 0) return 2;
    work w = {.s = &s, .pool = spl_pool_new((uint32_t)s.threads)};
    spl_error error = {0};
    bool ok = w.pool ? run(&w, &error) : spl_fail(&error, "out of memory");
    release(&w);
    return ok ? 0 : spl_cli_fail("similar", &error);
}
