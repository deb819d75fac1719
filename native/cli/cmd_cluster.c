// SPDX-License-Identifier: GPL-3.0-or-later
// Groups visitors by what they are like, says how many groups there are and whether they are worth serving by.
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/report_read.h"
#include "cli/cluster_command.h"
#include "cli/command.h"
#include "cli/given_file.h"
#include "cli/options.h"
#include "cli/read_option.h"
#include "host/files.h"

#define MAX_BAD 0.01

static const char DOC[] =
    "Group the rows of a file (CSV or NDJSON), or the visits of a log, into clusters, which a bundle then knows "
    "visitors "
    "by.\v"
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
    OPTION_EXPERIMENT,
    OPTION_FOLD,
    OPTION_AS_OF,
};

static const struct argp_option OPTIONS[] = {
    {"k", 'k', "N|A..B", 0, "How many clusters: a number, or a range to choose from (default 2..8)", 0},
    {"out", 'o', "FILE", 0, "Where to write the bundle; - is standard output", 0},
    {"assignments", OPTION_ASSIGNMENTS, "FILE", 0, "Where to write the cluster of each row: its number, one a line", 0},
    {"encoder", OPTION_ENCODER, "BUNDLE", 0, "Cluster the embeddings that this bundle's encoder gives", 0},
    {"schema", OPTION_SCHEMA, "FILE", 0,
     "Feature schema, JSON or that of a bundle (default fitted to the file, or the encoder's)", 0},
    {"leave-out", OPTION_LEAVE_OUT, "A,B", 0, "Columns that a fitted schema does not use", 0},
    {"weights", OPTION_WEIGHTS, "COLUMN", 0, "Column of numbers that rows count by", 0},
    {"restarts", OPTION_RESTARTS, "N", 0, "Runs of k-means from different starts (default 10)", 0},
    {"sample", OPTION_SAMPLE, "N", 0, "Rows that the silhouette is taken on (default 10000)", 0},
    {"seed", OPTION_SEED, "N", 0, "Seed of every draw (default 0)", 0},
    {"threads", OPTION_THREADS, "N", 0, "Default one per processor; the result is the same", 0},
    {"report", OPTION_REPORT, "FILE", 0,
     "Where to write all scores and what the visitors were like, as JSON (default X.report.json for --out "
     "X.safetensors)",
     0},
    {"experiment", OPTION_EXPERIMENT, "KEY", 0, "Events: visits of that experiment only", 0},
    {"fold", OPTION_FOLD, "K/N", 0, "Cluster every N-th row or unit only, or not-K/N: all others", 0},
    {"as-of", OPTION_AS_OF, "TIME", 0, "The time of the rows, which their age is counted from (default now)", 0},
    {"unordered", OPTION_UNORDERED, 0, 0, "Rows are not in order of time: no drift between halves is looked for", 0},
    {"force", OPTION_FORCE, 0, 0, "Write the bundle even if the clusters are refused", 0},
    {"max-bad", OPTION_MAX_BAD, "PERCENT", 0, "Fail when more rows than that cannot be read (default 1)", 0},
    {"json", OPTION_JSON, 0, 0, "Print the report as JSON", 0},
    {0},
};

static void read_range(struct argp_state *state, const char *text, spl_cluster_settings *s)
{
    char least[24] = "";
    const char *dots = strstr(text, ".."), *most = dots ? dots + 2 : text;
    size_t size = dots ? (size_t)(dots - text) : strlen(text);
    if (size < sizeof least) memcpy(least, text, size);
    s->choose.k_least = (uint32_t)spl_cli_read_count(state, "k", least, 2, SPL_CLUSTERS_MAX);
    s->choose.k_most = (uint32_t)spl_cli_read_count(state, "k", most, s->choose.k_least, SPL_CLUSTERS_MAX);
    if (s->choose.k_most - s->choose.k_least >= SPL_CHOICES_MAX)
        argp_error(state, "--k: a range of at most %d numbers", SPL_CHOICES_MAX);
}

static void finish_options(struct argp_state *state, spl_cluster_settings *s)
{
    if (!s->rows) argp_error(state, "which rows? Give a file, or - for standard input");
    if (spl_path_is_dash(s->out) + spl_path_is_dash(s->report) + spl_path_is_dash(s->assignments) + s->json > 1)
        argp_error(state, "only one of --out -, --assignments -, --report - and --json can have standard output");
    char problem[512];
    char *beside = s->out && !s->report ? spl_report_path(s->out) : NULL;
    const char *const reads[] = {s->rows, s->encoder, s->schema}, *const writes[] = {s->out, s->assignments, s->report,
                                                                                     beside};
    bool apart = spl_cli_paths_apart(reads, 3, writes, 4, problem, sizeof problem);
    free(beside);
    if (!apart) argp_error(state, "%s", problem);
    if (s->encoder && s->schema) argp_error(state, "--schema: the encoder's bundle has a schema");
    if (s->weights) s->leave_out[s->leave_out_count++] = s->weights;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    spl_cluster_settings *s = state->input;
    switch (key) {
    case 'k': read_range(state, text, s); break;
    case 'o': s->out = text; break;
    case OPTION_ASSIGNMENTS: s->assignments = text; break;
    case OPTION_ENCODER: s->encoder = text; break;
    case OPTION_SCHEMA: s->schema = text; break;
    case OPTION_LEAVE_OUT:
        s->leave_out_count =
            spl_cli_read_leave_out(state, text, &s->leave_out_memory, s->leave_out, SPL_CLUSTER_LEAVE_OUT_MAX - 1);
        break;
    case OPTION_WEIGHTS: s->weights = text; break;
    case OPTION_RESTARTS: s->choose.restarts = (uint32_t)spl_cli_read_count(state, "restarts", text, 1, 10000); break;
    case OPTION_SAMPLE:
        s->choose.silhouette_rows = (uint32_t)spl_cli_read_count(state, "sample", text, 2, 1000000);
        break;
    case OPTION_SEED:
        if (!spl_cli_u64(text, &s->choose.seed)) argp_error(state, "--seed: \"%s\" is not a whole number", text);
        break;
    case OPTION_THREADS: s->threads = spl_cli_read_count(state, "threads", text, 1, 64); break;
    case OPTION_REPORT: s->report = text; break;
    case OPTION_UNORDERED: s->unordered = true; break;
    case OPTION_FORCE: s->force = true; break;
    case OPTION_MAX_BAD: s->max_bad = spl_cli_read_max_bad(state, text); break;
    case OPTION_EXPERIMENT: s->experiment = text; break;
    case OPTION_FOLD: s->fold = spl_cli_read_fold(state, text); break;
    case OPTION_AS_OF:
        if (!spl_given_time(text, &s->rows_ms)) argp_error(state, "--as-of: \"%s\" is no date and no time", text);
        break;
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

static const struct argp PARSER = {OPTIONS, parse_option, "ROWS", DOC, NULL, NULL, NULL};

bool spl_cluster_takes(const char *name)
{
    return spl_learn_records(&PARSER, name);
}

bool spl_cluster_run(int argc, char **argv, spl_learn_request *request, spl_error *error)
{
    spl_cluster_settings s = {
        .choose = spl_choose_default(), .max_bad = MAX_BAD, .rows_ms = INT64_MIN, .request = request};
    bool ok = argp_parse(&PARSER, argc, argv, 0, NULL, &s) == 0 || spl_fail(error, "the options cannot be read");
    if (ok) {
        spl_learn_record(&PARSER, argc, argv, &s.recorded);
        ok = spl_cluster_work(&s, error);
    }
    free(s.leave_out_memory);
    return ok;
}

int spl_cmd_cluster(int argc, char **argv)
{
    spl_error error = {0};
    spl_learn_request request = {.parent = NULL};
    return spl_cluster_run(argc, argv, &request, &error) ? 0 : spl_cli_fail("cluster", &error);
}
