// SPDX-License-Identifier: GPL-3.0-or-later
// Joins rows step by step into one tree, shows its top, and cuts it where asked.
#include <argp.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/given_file.h"
#include "cli/options.h"
#include "cli/read_option.h"
#include "cli/similar_rows.h"
#include "cli/ward_draw.h"
#include "host/files.h"

#define MAX_BAD 0.01
#define LEAVES 12
#define LEAVE_OUT_MAX 64

static const char DOC[] =
    "Join the rows of a file (CSV or NDJSON) by Ward's method into a tree, the least different first.\v"
    "Without --out the top of the tree is drawn. An output name that ends in .json, .nwk, .svg or .txt sets\n"
    "the format: json is the whole linkage, as SciPy has it; newick the whole tree; svg and ascii draw its\n"
    "top. docs/ward.md says how it is done.\n\n"
    "Example:\n  samplit ward sessions.csv --leave-out Revenue --k 4 --out tree.svg --assignments clusters.txt\n";

enum {
    OPTION_HEIGHT = 256,
    OPTION_ASSIGNMENTS,
    OPTION_ENCODER,
    OPTION_SCHEMA,
    OPTION_LEAVE_OUT,
    OPTION_WEIGHTS,
    OPTION_FORMAT,
    OPTION_LEAVES,
    OPTION_THREADS,
    OPTION_MAX_BAD,
    OPTION_JSON,
};
static const struct argp_option OPTIONS[] = {
    {"out", 'o', "FILE", 0, "Where to write the tree (default a drawing on standard output)", 0},
    {"format", OPTION_FORMAT, "FORMAT", 0, "ascii, svg, json or newick (default by the output's name)", 0},
    {"json", OPTION_JSON, 0, 0, "Print the linkage as JSON: --format json", 0},
    {"k", 'k', "K", 0, "Cut the tree into K clusters", 0},
    {"height", OPTION_HEIGHT, "H", 0, "Cut the tree at a height: what joins at or below it is one cluster", 0},
    {"assignments", OPTION_ASSIGNMENTS, "FILE", 0, "Where to write the cluster of each row: its number, one a line", 0},
    {"encoder", OPTION_ENCODER, "BUNDLE", 0, "Join the embeddings that this bundle's encoder gives", 0},
    {"schema", OPTION_SCHEMA, "FILE", 0,
     "Feature schema, JSON or that of a bundle (default fitted to the file, or the encoder's)", 0},
    {"leave-out", OPTION_LEAVE_OUT, "A,B", 0, "Columns that a fitted schema does not use", 0},
    {"weights", OPTION_WEIGHTS, "COLUMN", 0, "Column of numbers above 0 that rows count by", 0},
    {"leaves", OPTION_LEAVES, "N", 0, "Leaves of a drawing, 1 to 200 (default 12, or as many as clusters)", 0},
    {"threads", OPTION_THREADS, "N", 0, "Default one per processor; the result is the same", 0},
    {"max-bad", OPTION_MAX_BAD, "PERCENT", 0, "Fail when more rows than that cannot be read (default 1)", 0},
    {0},
};

typedef enum format { ASCII, SVG, JSON, NEWICK, FORMATS } format;
static const char *const FORMAT_NAMES[FORMATS] = {"ascii", "svg", "json", "newick"};
static const char *const FORMAT_ENDINGS[FORMATS] = {".txt", ".svg", ".json", ".nwk"};

typedef struct settings {
    const char *rows, *out, *assignments, *encoder, *schema, *weights;
    uint64_t k, leaves, threads;
    double height, max_bad;
    bool cut_at_height, format_given;
    format format;
    const char *leave_out[LEAVE_OUT_MAX + 1];
    char *leave_out_memory;
    uint32_t leave_out_count;
} settings;

static void read_format(struct argp_state *state, const char *text, settings *s)
{
    for (int f = 0; f < FORMATS; f++) {
        if (strcmp(text, FORMAT_NAMES[f]) != 0) continue;
        s->format = (format)f;
        s->format_given = true;
        return;
    }
    argp_error(state, "--format %s: expected ascii, svg, json or newick", text);
}

static void finish_options(struct argp_state *state, settings *s)
{
    if (!s->rows) argp_error(state, "which rows? Give a file, or - for standard input");
    if (s->k > 0 && s->cut_at_height) argp_error(state, "--k or --height, not both");
    if (s->assignments && s->k == 0 && !s->cut_at_height)
        argp_error(state, "--assignments: cut the tree with --k or --height");
    if (s->encoder && s->schema) argp_error(state, "--schema: the encoder's bundle has a schema");
    if (s->assignments && spl_path_is_dash(s->out) && spl_path_is_dash(s->assignments))
        argp_error(state, "only one of --out and --assignments can have standard output");
    char problem[512];
    const char *const reads[] = {s->rows, s->encoder, s->schema}, *const writes[] = {s->out, s->assignments};
    if (!spl_cli_paths_apart(reads, 3, writes, 2, problem, sizeof problem)) argp_error(state, "%s", problem);
    if (s->weights) s->leave_out[s->leave_out_count++] = s->weights;
    if (!s->format_given) s->format = (format)spl_cli_format_of(s->out, FORMAT_ENDINGS, FORMATS, s->format);
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    settings *s = state->input;
    switch (key) {
    case 'o': s->out = text; break;
    case OPTION_FORMAT: read_format(state, text, s); break;
    case OPTION_JSON: read_format(state, "json", s); break;
    case 'k': s->k = spl_cli_read_count(state, "k", text, 1, UINT32_MAX); break;
    case OPTION_HEIGHT:
        if (!spl_cli_double(text, &s->height) || s->height < 0)
            argp_error(state, "--height: \"%s\" is not a number from 0 on", text);
        s->cut_at_height = true;
        break;
    case OPTION_ASSIGNMENTS: s->assignments = text; break;
    case OPTION_ENCODER: s->encoder = text; break;
    case OPTION_SCHEMA: s->schema = text; break;
    case OPTION_LEAVE_OUT:
        s->leave_out_count = spl_cli_read_leave_out(state, text, &s->leave_out_memory, s->leave_out, LEAVE_OUT_MAX);
        break;
    case OPTION_WEIGHTS: s->weights = text; break;
    case OPTION_LEAVES: s->leaves = spl_cli_read_count(state, "leaves", text, 1, SPL_WARD_LEAVES_MAX); break;
    case OPTION_THREADS: s->threads = spl_cli_read_count(state, "threads", text, 1, 64); break;
    case OPTION_MAX_BAD: s->max_bad = spl_cli_read_max_bad(state, text); break;
    case ARGP_KEY_ARG:
        if (s->rows) argp_error(state, "one file of rows only, not \"%s\" too", text);
        s->rows = text;
        break;
    case ARGP_KEY_END: finish_options(state, s); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

typedef struct work {
    const settings *s;
    spl_bundle_file encoder; // zeroed without one
    spl_schema_spec *given;
    spl_similar_rows rows;
    double *weight;
    spl_pool *pool;
    spl_merge *merges;
    uint32_t *label, *leaf;
    spl_ward_tree tree;
} work;

static bool read_rows(work *w, spl_error *error)
{
    const settings *s = w->s;
    if (!spl_given_row_schema(s->schema, s->encoder, &w->encoder, &w->given, error)) return false;
    const spl_rows_config config = {.schema = w->given,
                                    .group = s->weights,
                                    .leave_out = s->leave_out,
                                    .leave_out_count = s->leave_out_count,
                                    .max_bad = s->max_bad};
    if (!spl_similar_rows_read("ward", s->rows, &config, &w->encoder.bundle, w->pool, &w->rows, error)) return false;
    return !s->weights || spl_given_weights(s->rows, s->weights, w->rows.rows, false, &w->weight, error);
}

static bool join(work *w, spl_error *error)
{
    uint32_t n = w->rows.n;
    spl_progress progress = spl_progress_start("joining");
    const spl_ward_config config = {
        .weight = w->weight, .kernel = spl_kernel_best(), .pool = w->pool, .progress = &progress};
    w->merges = malloc(n * sizeof *w->merges);
    bool ok =
        w->merges ? spl_ward(w->rows.x, n, w->rows.d, &config, w->merges, error) : spl_fail(error, "out of memory");
    spl_progress_end(&progress);
    return ok || spl_fail_at(error, w->s->rows, 0);
}

static bool cut(work *w, spl_error *error)
{
    const settings *s = w->s;
    uint32_t n = w->rows.n, k = (uint32_t)s->k;
    spl_ward_tree *tree = &w->tree;
    if (!s->cut_at_height && k == 0) return true;
    if (k > n) return spl_fail_field(error, "--k", "there are %u rows for %u clusters", n, k);
    if (s->cut_at_height) k = spl_dendrogram_count(w->merges, n, s->height);
    w->label = malloc(n * sizeof *w->label);
    if (!w->label || !spl_dendrogram_cut(w->merges, n, k, w->label)) return spl_fail(error, "out of memory");
    tree->k = k;
    tree->label = w->label;
    tree->cut = s->cut_at_height ? s->height : spl_dendrogram_height(w->merges, n, k);
    return true;
}

// The top of the tree with names for its leaves, from what sets their rows apart.
static bool draw_top(work *w, spl_error *error)
{
    spl_ward_tree *tree = &w->tree;
    uint32_t n = w->rows.n, leaves = (uint32_t)w->s->leaves;
    if (leaves == 0)
        leaves = tree->k > LEAVES ? (tree->k < SPL_WARD_LEAVES_MAX ? tree->k : SPL_WARD_LEAVES_MAX) : LEAVES;
    tree->leaves = leaves < n ? leaves : n;
    tree->branches = malloc(2 * (size_t)tree->leaves * sizeof *tree->branches);
    tree->names = calloc(tree->leaves, sizeof *tree->names);
    w->leaf = malloc(n * sizeof *w->leaf);
    tree->leaf = w->leaf;
    if (!tree->branches || !tree->names || !w->leaf || !spl_dendrogram_cut(w->merges, n, tree->leaves, w->leaf) ||
        spl_dendrogram_top(w->merges, n, tree->leaves, tree->branches) == 0)
        return spl_fail(error, "out of memory");
    const spl_points features = {n, w->rows.rows->d, w->rows.rows->x, w->weight};
    const spl_labeling labeling = {tree->leaves, w->leaf};
    return spl_cluster_name(&features, &labeling, w->rows.schema, tree->names, error);
}

static bool put(const work *w, FILE *out)
{
    switch (w->s->format) {
    case SVG: return spl_ward_svg(&w->tree, out);
    case JSON: return spl_ward_json(&w->tree, out);
    case NEWICK: return spl_ward_newick(&w->tree, out);
    default: spl_ward_ascii(&w->tree, strcmp(nl_langinfo(CODESET), "UTF-8") == 0, out); return true;
    }
}

static bool write_tree(const work *w, spl_error *error)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    bool drawn = out && put(w, out);
    if (out && fclose(out) != 0) drawn = false;
    bool ok = drawn ? spl_file_write(w->s->out, text, size, error) : spl_fail(error, "out of memory");
    free(text);
    return ok;
}

static bool run(work *w, spl_error *error)
{
    const settings *s = w->s;
    if (!read_rows(w, error) || !join(w, error)) return false;
    w->tree.merges = w->merges;
    w->tree.n = w->rows.n;
    w->tree.d = w->rows.d;
    w->tree.space = w->rows.embeddings ? "embedding" : "features";
    w->tree.line = w->rows.rows->line;
    bool drawing = s->format == ASCII || s->format == SVG;
    return cut(w, error) && (!drawing || draw_top(w, error)) &&
           (!s->assignments || spl_similar_numbers(s->assignments, w->label, w->rows.n, error)) && write_tree(w, error);
}

static void release(work *w)
{
    spl_bundle_file_close(&w->encoder);
    spl_schema_spec_free(w->given);
    spl_similar_rows_free(&w->rows);
    spl_pool_free(w->pool);
    free(w->weight);
    free(w->merges);
    free(w->label);
    free(w->leaf);
    free(w->tree.branches);
    free(w->tree.names);
}

int spl_cmd_ward(int argc, char **argv)
{
    settings s = {.out = "-", .max_bad = MAX_BAD};
    const struct argp parser = {OPTIONS, parse_option, "ROWS", DOC, NULL, NULL, NULL};
    setlocale(LC_CTYPE, "");
    if (argp_parse(&parser, argc, argv, 0, NULL, &s) != 0) return 2;
    work w = {.s = &s, .pool = spl_pool_new((uint32_t)s.threads)};
    spl_error error = {0};
    bool ok = w.pool ? run(&w, &error) : spl_fail(&error, "out of memory");
    release(&w);
    free(s.leave_out_memory);
    return ok ? 0 : spl_cli_fail("ward", &error);
}
