// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/encoder_settings.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/report_read.h"
#include "cli/given_file.h"
#include "cli/options.h"
#include "cli/read_option.h"
#include "host/files.h"

const char *const spl_loss_names[2] = {"triplet", "contrastive"};
const char *const spl_mining_names[3] = {"random", "semi-hard", "batch-hard"};
const char *const spl_schedule_names[3] = {"constant", "cosine", "step"};
const char *const spl_metric_names[2] = {"recall", "loss"};
const char *const spl_alike_names[4] = {"effects", "rewards", "best", "outcomes"};

static const char TRAIN_DOC[] =
    "Learn an embedding in which rows of one label lie together.\v"
    "ROWS is CSV or NDJSON, .gz too; - is standard input. Without --schema one is fitted to the columns\n"
    "(docs/data.md). Without --label the rows are events, and visitors are alike for whom the same variants work.\n"
    "Writes a bundle with the schema and the encoder, and beside it X.checkpoint.safetensors\n"
    "for X.safetensors from epoch to epoch, from which --resume goes on (docs/encoder.md).\n\n"
    "Example:\n"
    "  samplit encoder train sessions.csv --label Revenue --epochs 50 --out encoder.safetensors --plot history.svg\n";

static const char FINETUNE_DOC[] =
    "Go on from a trained encoder with other rows.\v"
    "BASE is a bundle or a checkpoint (X.checkpoint.safetensors, or a PyTorch state dict). The rows get the\n"
    "bundle's schema, or that of --schema; where this is another one, the first layer is learned anew\n"
    "(docs/encoder.md).\n\n"
    "Example:\n"
    "  samplit encoder finetune encoder.safetensors other.csv --label bought --freeze 1 --out tuned.safetensors\n";

enum {
    OPTION_SCHEMA = 256,
    OPTION_LEAVE_OUT,
    OPTION_LABEL,
    OPTION_FROM,
    OPTION_ALIKE,
    OPTION_GROUPS,
    OPTION_EXPERIMENT,
    OPTION_OUTCOME,
    OPTION_WINDOW,
    OPTION_FOLD,
    OPTION_LOSS,
    OPTION_MINING,
    OPTION_MARGIN,
    OPTION_EPOCHS,
    OPTION_BATCH,
    OPTION_RATE,
    OPTION_SCHEDULE,
    OPTION_WARMUP,
    OPTION_WEIGHT_DECAY,
    OPTION_DROPOUT,
    OPTION_LAYERS,
    OPTION_FREEZE,
    OPTION_SEED,
    OPTION_SPLIT_SEED,
    OPTION_THREADS,
    OPTION_VALIDATION,
    OPTION_METRIC,
    OPTION_PATIENCE,
    OPTION_MEMBERS,
    OPTION_RESUME,
    OPTION_PLOT,
    OPTION_REPORT,
    OPTION_AS_OF,
    OPTION_MAX_BAD,
    OPTION_JSON,
};

static const struct argp_option OPTIONS[] = {
    {"out", 'o', "FILE", 0, "Where to write the bundle", 0},
    {"label", OPTION_LABEL, "COLUMN", 0, "The column that says which rows are alike", 0},
    {"schema", OPTION_SCHEMA, "FILE", 0, "Features: a JSON schema, a bundle's, or `fit` to fit one to the columns", 0},
    {"leave-out", OPTION_LEAVE_OUT, "A,B", 0, "Columns that a fitted schema must not use", 0},
    {"from", OPTION_FROM, "WHAT", 0, "rows (default with --label) or events (default without)", 0},
    {"alike", OPTION_ALIKE, "BY", 0,
     "Events: visitors are alike by rewards (default), effects, best or outcomes (docs/encoder.md)", 0},
    {"groups", OPTION_GROUPS, "N", 0, "Events: groups of alike visitors, 2 to 64 (default 8)", 0},
    {"experiment", OPTION_EXPERIMENT, "KEY", 0, "Events: which experiment, if the log has several", 0},
    {"outcome", OPTION_OUTCOME, "NAME", 0, "Events: which outcome is the reward (default the first that joins)", 0},
    {"window", OPTION_WINDOW, "TIME", 0, "Events: how long an outcome counts: 30m, 24h, 7d (default 24h)", 0},
    {"fold", OPTION_FOLD, "K/N", 0, "Learn from every N-th row or unit only, or not-K/N: from all others", 0},
    {"loss", OPTION_LOSS, "LOSS", 0, "triplet (default) or contrastive", 1},
    {"mining", OPTION_MINING, "WHICH", 0, "Negatives: semi-hard (default), batch-hard or random", 1},
    {"margin", OPTION_MARGIN, "D", 0, "How far apart is far enough (default 0.2 triplet, 1 contrastive)", 1},
    {"epochs", OPTION_EPOCHS, "N", 0, "At most so many (default 50)", 1},
    {"batch", OPTION_BATCH, "N", 0, "Rows of a step (default 256; 32 to 256 for small files)", 1},
    {"rate", OPTION_RATE, "R", 0, "Learning rate (default 0.003)", 1},
    {"schedule", OPTION_SCHEDULE, "HOW", 0, "Of the learning rate: cosine (default), constant or step", 1},
    {"warmup", OPTION_WARMUP, "EPOCHS", 0, "In which the learning rate rises from 0 (default 1)", 1},
    {"weight-decay", OPTION_WEIGHT_DECAY, "W", 0, "Decoupled weight decay (default 0.0001)", 1},
    {"dropout", OPTION_DROPOUT, "P", 0, "Share of hidden entries dropped in training (default 0.2)", 1},
    {"layers", OPTION_LAYERS, "N,N,N", 0, "Outputs of each layer, the embedding last (default 64,48,32)", 1},
    {"freeze", OPTION_FREEZE, "N", 0, "First layers that stay as they are", 1},
    {"validation", OPTION_VALIDATION, "SHARE", 0, "Of the rows, held out to judge by (default 0.2)", 2},
    {"metric", OPTION_METRIC, "WHICH", 0, "What the best epoch is best by: recall (default, @1) or loss", 2},
    {"patience", OPTION_PATIENCE, "N", 0, "Stop after so many epochs without a better one (default 8; 0 never)", 2},
    {"members", OPTION_MEMBERS, "N", 0, "Encoders of an ensemble, at most 8 (default 1)", 3},
    {"seed", OPTION_SEED, "N", 0, "Seed of weights, batches and dropout (default 1)", 3},
    {"split-seed", OPTION_SPLIT_SEED, "N", 0, "Seed of which rows are held out (default 1)", 3},
    {"threads", OPTION_THREADS, "N", 0, "Default all processors; the result does not depend on it", 3},
    {"resume", OPTION_RESUME, 0, 0, "Go on from the checkpoint of an interrupted training", 3},
    {"plot", OPTION_PLOT, "FILE", 0, "Draw loss and validation per epoch as SVG", 4},
    {"report", OPTION_REPORT, "FILE", 0,
     "Where to write what the visitors were like, as JSON (default X.report.json for --out X.safetensors)", 4},
    {"as-of", OPTION_AS_OF, "TIME", 0, "The time of the rows, which their age is counted from (default now)", 4},
    {"max-bad", OPTION_MAX_BAD, "PERCENT", 0, "Fail when more rows than that are malformed (default 1)", 4},
    {"json", OPTION_JSON, 0, 0, "Print what was done as JSON", 4},
    {0},
};

static void read_seed(struct argp_state *state, const char *option, const char *text, uint64_t *out)
{
    if (!spl_cli_u64(text, out)) argp_error(state, "--%s: \"%s\" is not a whole number", option, text);
}

static int read_word(struct argp_state *state, const char *option, const char *text, const char *const *words,
                     int count)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(text, words[i]) == 0) return i;
    }
    char list[96] = "";
    for (int i = 0; i < count; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " or ", words[i]);
    }
    argp_error(state, "--%s: \"%s\" is not %s", option, text, list);
    return 0;
}

static void read_layers(struct argp_state *state, const char *text, spl_encoder_settings *s)
{
    spl_text parts[SPL_ENCODER_LAYERS_MAX];
    size_t count = spl_cli_split(text, ',', parts, SPL_ENCODER_LAYERS_MAX);
    if (count == 0 || count > SPL_ENCODER_LAYERS_MAX)
        argp_error(state, "--layers: 1 to %d whole numbers", SPL_ENCODER_LAYERS_MAX);
    for (size_t i = 0; i < count; i++) {
        char number[24] = "";
        if (parts[i].size < sizeof number) memcpy(number, parts[i].data, parts[i].size);
        s->layers[i] = (uint32_t)spl_cli_read_count(state, "layers", number, 1, SPL_ENCODER_WIDTH_MAX);
    }
    s->layer_count = (uint32_t)count;
}

static void finish(struct argp_state *state, spl_encoder_settings *s)
{
    char problem[512];
    if (s->finetune && !s->base) argp_error(state, "which encoder, and which rows?");
    if (!s->rows) argp_error(state, "which rows? Give a file, or - for standard input");
    if (s->events && s->label) argp_error(state, "--label: events have no such column");
    if (s->rows_only && !s->label) argp_error(state, "--label is missing: which column says which rows are alike?");
    s->events |= !s->label;
    if (!s->out) argp_error(state, "--out is missing");
    if (spl_path_is_dash(s->out)) argp_error(state, "--out must be a file, for the checkpoint stands beside it");
    if (spl_path_is_dash(s->base)) argp_error(state, "the encoder must be a file");
    char *beside = s->report ? NULL : spl_report_path(s->out);
    const char *const reads[] = {s->rows, s->base, s->schema}, *const writes[] = {s->out, s->plot, s->report, beside};
    bool apart = spl_cli_paths_apart(reads, 3, writes, 4, problem, sizeof problem);
    free(beside);
    if (!apart) argp_error(state, "%s", problem);
}

static void take_argument(struct argp_state *state, char *text, spl_encoder_settings *s)
{
    if (s->finetune && !s->base)
        s->base = text;
    else if (!s->rows)
        s->rows = text;
    else
        argp_error(state, "one file of rows only, not \"%s\" too", text);
}

static error_t parse_training(int key, char *text, struct argp_state *state)
{
    spl_encoder_settings *s = state->input;
    spl_encoder_config *c = &s->config;
    switch (key) {
    case OPTION_LOSS: c->loss = (spl_loss)read_word(state, "loss", text, spl_loss_names, 2); break;
    case OPTION_MINING: c->mining = (spl_mining)read_word(state, "mining", text, spl_mining_names, 3); break;
    case OPTION_MARGIN: c->margin = spl_cli_read_number(state, "margin", text, 1e-6, 4); break;
    case OPTION_EPOCHS: c->epochs = (uint32_t)spl_cli_read_count(state, "epochs", text, 1, 1000000); break;
    case OPTION_BATCH: c->batch = (uint32_t)spl_cli_read_count(state, "batch", text, 4, 65536); break;
    case OPTION_RATE: c->learning_rate = spl_cli_read_number(state, "rate", text, 0, 100); break;
    case OPTION_SCHEDULE: c->schedule = (spl_schedule)read_word(state, "schedule", text, spl_schedule_names, 3); break;
    case OPTION_WARMUP: c->warmup_epochs = spl_cli_read_number(state, "warmup", text, 0, 1000000); break;
    case OPTION_WEIGHT_DECAY: c->weight_decay = spl_cli_read_number(state, "weight-decay", text, 0, 100); break;
    case OPTION_DROPOUT: c->dropout = spl_cli_read_number(state, "dropout", text, 0, 0.95); break;
    case OPTION_FREEZE:
        c->freeze = (uint32_t)spl_cli_read_count(state, "freeze", text, 0, SPL_ENCODER_LAYERS_MAX);
        break;
    case OPTION_VALIDATION: c->validation = spl_cli_read_number(state, "validation", text, 0, 0.5); break;
    case OPTION_METRIC: c->metric = (spl_metric)read_word(state, "metric", text, spl_metric_names, 2); break;
    case OPTION_PATIENCE: c->patience = (uint32_t)spl_cli_read_count(state, "patience", text, 0, 1000000); break;
    case OPTION_SEED: read_seed(state, "seed", text, &c->seed); break;
    case OPTION_SPLIT_SEED: read_seed(state, "split-seed", text, &c->split_seed); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static void read_from(struct argp_state *state, const char *text, spl_encoder_settings *s)
{
    static const char *const words[] = {"rows", "events"};
    s->events = read_word(state, "from", text, words, 2) == 1;
    s->rows_only = !s->events;
}

static error_t parse_events(int key, char *text, struct argp_state *state)
{
    spl_encoder_settings *s = state->input;
    switch (key) {
    case OPTION_FROM: read_from(state, text, s); break;
    case OPTION_ALIKE: s->alike.by = (spl_alike_by)read_word(state, "alike", text, spl_alike_names, 4); break;
    case OPTION_GROUPS: s->alike.groups = (uint32_t)spl_cli_read_count(state, "groups", text, 2, 64); break;
    case OPTION_EXPERIMENT: s->experiment = text; break;
    case OPTION_OUTCOME: s->outcome = text; break;
    case OPTION_FOLD: s->fold = spl_cli_read_fold(state, text); break;
    case OPTION_WINDOW:
        if (!spl_cli_duration(text, &s->window_ms) || s->window_ms == 0)
            argp_error(state, "--window: \"%s\" is not a time such as 24h", text);
        break;
    default: return parse_training(key, text, state);
    }
    return 0;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    spl_encoder_settings *s = state->input;
    switch (key) {
    case 'o': s->out = text; break;
    case OPTION_SCHEMA: s->schema = text; break;
    case OPTION_LEAVE_OUT:
        s->leave_out_count =
            spl_cli_read_leave_out(state, text, &s->leave_out_memory, s->leave_out, SPL_ENCODER_LEAVE_OUT_MAX);
        break;
    case OPTION_LABEL: s->label = text; break;
    case OPTION_LAYERS:
        if (s->finetune) argp_error(state, "--layers: the layers are those of the encoder that is tuned");
        read_layers(state, text, s);
        break;
    case OPTION_THREADS: s->threads = (uint32_t)spl_cli_read_count(state, "threads", text, 1, 1024); break;
    case OPTION_MEMBERS: s->members = (uint32_t)spl_cli_read_count(state, "members", text, 1, SPL_ENSEMBLE_MAX); break;
    case OPTION_RESUME: s->resume = true; break;
    case OPTION_PLOT: s->plot = text; break;
    case OPTION_REPORT: s->report = text; break;
    case OPTION_AS_OF:
        if (!spl_given_time(text, &s->rows_ms)) argp_error(state, "--as-of: \"%s\" is no date and no time", text);
        break;
    case OPTION_MAX_BAD: s->max_bad = spl_cli_read_max_bad(state, text); break;
    case OPTION_JSON: s->json = true; break;
    case ARGP_KEY_ARG: take_argument(state, text, s); break;
    case ARGP_KEY_END: finish(state, s); break;
    default: return parse_events(key, text, state);
    }
    return 0;
}

// All but the options that change no weight; a schema is known by the last part of its name.
static void record(const struct argp *argp, int argc, char **argv, spl_recorded *out)
{
    uint32_t kept = 0;
    spl_learn_record(argp, argc, argv, out);
    for (uint32_t i = 0; i < out->count; i++) {
        spl_lineage_option option = out->options[i];
        if (strcmp(option.name, "resume") == 0 || strcmp(option.name, "threads") == 0) continue;
        const char *slash = strcmp(option.name, "schema") == 0 ? strrchr(option.value, '/') : NULL;
        if (slash) option.value = slash + 1;
        out->options[kept++] = option;
    }
    out->count = kept;
}

static const struct argp TRAIN = {OPTIONS, parse_option, "ROWS", TRAIN_DOC, NULL, NULL, NULL};
static const struct argp TUNE = {OPTIONS, parse_option, "BASE ROWS", FINETUNE_DOC, NULL, NULL, NULL};

bool spl_encoder_takes(const char *name)
{
    return spl_learn_records(&TRAIN, name);
}

int spl_encoder_settings_parse(int argc, char **argv, bool finetune, spl_encoder_settings *out)
{
    *out = (spl_encoder_settings){
        .finetune = finetune,
        .layer_count = 3,
        .layers = {64, 48, 32},
        .config = spl_encoder_config_default(),
        .members = 0, // one, or as many as the encoder that is tuned has
        .max_bad = 0.01,
        .rows_ms = INT64_MIN,
        .alike = spl_alike_default(),
        .window_ms = INT64_C(86400000),
        .fold = SPL_FOLD_ALL,
    };
    out->config.batch = 0;
    const struct argp *argp = finetune ? &TUNE : &TRAIN;
    if (argp_parse(argp, argc, argv, 0, NULL, out) != 0) return 2;
    record(argp, argc, argv, &out->recorded);
    return 0;
}

void spl_encoder_settings_free(spl_encoder_settings *settings)
{
    free(settings->leave_out_memory);
}
