// SPDX-License-Identifier: GPL-3.0-or-later
// An exposure is placed in the tree at once (its segment, variant and propensity are 24 bytes), then waits in the join
// for its outcome; its context is never kept. Variants are numbered as they turn up and put in order at the end.
#include "learn/learn_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events/drawn.h"
#include "events/walk.h"
#include "learn/level_values.h"
#include "samplit/hash.h"

#define NAMES_LISTED 20 // experiments that an error names

// What is kept with an open exposure. In columns `node` is its row.
typedef struct place {
    uint32_t node, variant, row;
    spl_chance chance;
} place;

typedef struct names {
    uint32_t count;
    bool more;
    char *items[NAMES_LISTED];
} names;

typedef struct pass {
    const spl_log_config *config;
    spl_log *log;
    spl_join *join;
    spl_level_values *values;
    names experiments;
} pass;

static bool out_of_memory(spl_error *error)
{
    return spl_fail(error, "out of memory");
}

static bool copy_text(spl_text text, spl_text *out)
{
    char *copy = malloc(text.size + 1);
    if (!copy) return false;
    if (text.size > 0) memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    *out = (spl_text){copy, text.size};
    return true;
}

// NULL stays NULL.
static bool copy_word(const char *word, spl_text *out)
{
    return !word || copy_text((spl_text){word, strlen(word)}, out);
}

static void free_text(spl_text *text)
{
    free((void *)(uintptr_t)text->data);
    *text = (spl_text){NULL, 0};
}

static bool equals(spl_text text, const char *word)
{
    return spl_text_equal(text, (spl_text){word, strlen(word)});
}

// --- experiments ------------------------------------------------------------------------------------------

// A linear search, but only for exposures of other experiments, and over few names.
static bool note_name(names *list, spl_text name)
{
    spl_text copy;
    for (uint32_t i = 0; i < list->count; i++) {
        if (equals(name, list->items[i])) return true;
    }
    list->more = list->count == NAMES_LISTED;
    if (list->more) return true;
    if (!copy_text(name, &copy)) return false;
    list->items[list->count++] = (char *)(uintptr_t)copy.data;
    return true;
}

static void list_names(const names *list, char *out, size_t size)
{
    size_t at = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < list->count && at < size; i++) {
        at += (size_t)snprintf(out + at, size - at, "%s\"%s\"", i ? ", " : "", list->items[i]);
    }
    if (list->more && at < size) snprintf(out + at, size - at, ", and more");
}

static bool is_ours(const pass *p, spl_text experiment)
{
    return spl_text_equal(experiment, p->log->experiment);
}

// Unless one was asked for, the first experiment met is learned.
static bool settle_experiment(pass *p, spl_text met)
{
    return p->log->experiment.data || copy_text(met, &p->log->experiment);
}

// --- events -----------------------------------------------------------------------------------------------

static void close_exposure(void *owner, const void *payload, double reward)
{
    spl_log *log = owner;
    place at;
    memcpy(&at, payload, sizeof at);
    if (log->rows) spl_linear_rows_close(log->rows, at.row, reward);
    if (log->exposures)
        spl_exposures_close(log->exposures, at.node, reward);
    else
        spl_state_add_at(log->state, at.node, at.variant, reward, at.chance);
}

// Where an exposure waits for its outcome: its node in the tree, or its row. False when out of memory.
static bool put_in_place(pass *p, const spl_event *event, const spl_text *values, place *at)
{
    spl_log *log = p->log;
    if (log->rows) {
        at->row = spl_linear_rows_add(log->rows, spl_level_values_context(p->values), event, at->variant, at->chance);
        if (at->row == SPL_LINEAR_NO_ROW) return false;
    }
    if (log->exposures) {
        uint32_t half = spl_exposures_half(event->unit, p->config->half_seed);
        const spl_context *context = spl_level_values_context(p->values);
        at->node = spl_exposures_add(log->exposures, context, event, at->variant, half, at->chance);
        return at->node != SPL_NO_ROW;
    }
    if (!spl_state_widen(log->state, log->variants.count)) return false;
    at->node = spl_state_node(log->state, values);
    for (uint32_t i = 0; i < p->config->level_count; i++) log->with_level[i] += values[i].size > 0;
    return at->node != SPL_NO_NODE;
}

static bool take_exposure(pass *p, const spl_event *event, spl_error *error)
{
    place at = {0};
    spl_log *log = p->log;
    if (!settle_experiment(p, event->experiment) || !note_name(&p->experiments, event->experiment))
        return out_of_memory(error);
    if (!is_ours(p, event->experiment)) {
        log->other_experiments++;
        return true;
    }
    if (!spl_fold_holds(p->config->fold, event->unit)) return true;
    if (!spl_event_teaches(event)) {
        log->not_drawn++;
        return !spl_event_repeats(event) || spl_join_repeat(p->join, event) || out_of_memory(error);
    }
    at.chance = (spl_chance){event->propensity, event->bundle.size > 0 ? spl_name_hash(event->bundle) : 0};
    if (!spl_variants_index(&log->variants, event->variant, &at.variant, error)) return false;
    const spl_text *values = spl_level_values_read(p->values, event);
    if (!values || !put_in_place(p, event, values, &at)) return out_of_memory(error);
    if (!spl_tally_add(log->tally, spl_level_values_context(p->values), event)) return out_of_memory(error);
    return spl_join_exposure(p->join, event, &at) || out_of_memory(error);
}

// An outcome that names its exposure need not say experiment and unit: the join knows whose it is, and
// counts it as one without an exposure if that was left out.
static bool take_outcome(pass *p, const spl_event *event, spl_error *error)
{
    bool settled = p->log->experiment.data != NULL;
    if (settled && event->experiment.size > 0 && !is_ours(p, event->experiment)) return true;
    if (event->unit.size > 0 && !spl_fold_holds(p->config->fold, event->unit)) return true;
    return spl_join_outcome(p->join, event) || out_of_memory(error);
}

static bool take_event(void *owner, const spl_event *event, uint64_t line, spl_error *error)
{
    (void)line;
    return event->kind == SPL_EVENT_EXPOSURE ? take_exposure(owner, event, error) : take_outcome(owner, event, error);
}

static bool read_file(pass *p, const char *path, spl_error *error)
{
    spl_log *log = p->log;
    spl_event_lines walk;
    bool ok = spl_event_walk_digest(path, "learning", take_event, p, &walk, log->digest, error);
    log->lines = walk.lines;
    log->bad_lines = walk.bad_lines;
    log->first_bad = walk.first_bad;
    if (log->bad_lines > 0) spl_fail_at(&log->first_bad, path, 0);
    return ok || spl_fail_at(error, path, walk.last_line);
}

// --- afterwards -------------------------------------------------------------------------------------------

static bool check_lines(const spl_log *log, double max_bad, spl_error *error)
{
    if ((double)log->bad_lines <= max_bad * (double)log->lines) return true;
    *error = log->first_bad;
    char text[sizeof error->text / 2];
    snprintf(text, sizeof text, "%.200s", log->first_bad.text);
    snprintf(error->text, sizeof error->text, "%s (the first of %" PRIu64 " bad lines of %" PRIu64 ")", text,
             log->bad_lines, log->lines);
    return false;
}

static bool check_experiment(const pass *p, const char *path, spl_error *error)
{
    char list[400];
    list_names(&p->experiments, list, sizeof list);
    if (p->experiments.count == 0) {
        spl_fail(error, "no exposure in %" PRIu64 " lines: there is nothing to learn", p->log->lines);
    } else if (!p->config->experiment && p->experiments.count > 1) {
        spl_fail_field(error, "experiment", "the log has several, choose with --experiment: %s", list);
    } else if (p->log->variants.count > 0) {
        return true;
    } else if (p->log->not_drawn > 0) {
        spl_fail_field(error, "reason", "no exposure was drawn: %" PRIu64 " were forced, held out or the like",
                       p->log->not_drawn);
    } else if (p->log->other_experiments > 0) {
        spl_fail_field(error, "experiment", "no exposure of \"%s\"; the log has %s", p->config->experiment, list);
    } else {
        spl_fail_field(error, "fold", "no exposure of a unit in this fold");
    }
    return spl_fail_at(error, path, 0);
}

static bool check_outcome(const pass *p, const char *path, spl_error *error)
{
    const spl_join_counts *joined = &p->log->joined;
    uint64_t named = joined->outcomes + joined->duplicate_outcomes + joined->outcomes_without_exposure;
    if (!p->config->outcome || named > 0 || joined->outcomes_other_name == 0) return true;
    spl_fail_field(error, "outcome", "no outcome is named \"%s\"; %" PRIu64 " have other names", p->config->outcome,
                   joined->outcomes_other_name);
    return spl_fail_at(error, path, 0);
}

// Variants were counted as they turned up; now they get their order.
static bool put_in_order(pass *p, spl_error *error)
{
    uint32_t order[SPL_VARIANTS_MAX];
    if (!spl_variants_order(&p->log->variants, p->config->control, order, error)) return false;
    if (p->log->rows) spl_linear_rows_reorder(p->log->rows, order, p->log->variants.count);
    if (p->log->exposures)
        spl_exposures_reorder(p->log->exposures, order, p->log->variants.count);
    else
        spl_state_reorder(p->log->state, order);
    spl_variants_reorder(&p->log->variants, order);
    return true;
}

static bool finish(pass *p, const char *path, spl_error *error)
{
    spl_join_finish(p->join);
    p->log->joined = spl_join_counted(p->join);
    spl_text name = spl_join_outcome_name(p->join);
    if (name.data && !copy_text(name, &p->log->outcome)) return out_of_memory(error);
    return check_lines(p->log, p->config->max_bad, error) && check_experiment(p, path, error) &&
           check_outcome(p, path, error) && put_in_order(p, error);
}

static bool prepare_log(spl_log *log, const spl_log_config *config)
{
    if (config->in_rows && !(log->rows = spl_linear_rows_new())) return false;
    if (config->in_columns) {
        log->exposures = spl_exposures_new(spl_candidates_new(config->candidates, config->candidate_count));
        return log->exposures != NULL;
    }
    spl_state_config state = {1, config->level_count, config->levels, config->max_segments};
    log->state = spl_state_new(&state);
    return log->state != NULL;
}

static bool prepare(pass *p)
{
    const spl_log_config *config = p->config;
    p->log = calloc(1, sizeof *p->log);
    if (!p->log || !prepare_log(p->log, config)) return false;
    p->log->tally = spl_tally_new();
    spl_join_config join = spl_join_config_default();
    join.window_ms = config->window_ms;
    join.outcome = config->outcome;
    join.payload_bytes = sizeof(place);
    p->join = spl_join_new(&join, close_exposure, p->log);
    p->values = spl_level_values_new(config->levels, config->in_columns ? 0 : config->level_count, config->model);
    return p->log->tally && p->join && p->values && copy_word(config->experiment, &p->log->experiment);
}

bool spl_log_read(const char *path, const spl_log_config *config, spl_log **out, spl_error *error)
{
    pass p = {.config = config};
    bool ok = prepare(&p) ? read_file(&p, path, error) && finish(&p, path, error) : out_of_memory(error);
    spl_join_free(p.join);
    spl_level_values_free(p.values);
    for (uint32_t i = 0; i < p.experiments.count; i++) free(p.experiments.items[i]);
    if (ok) {
        *out = p.log;
    } else {
        spl_log_free(p.log);
    }
    return ok;
}

void spl_log_free(spl_log *log)
{
    if (!log) return;
    spl_linear_rows_free(log->rows);
    spl_state_free(log->state);
    spl_exposures_free(log->exposures);
    spl_tally_free(log->tally);
    spl_variants_free(&log->variants);
    free_text(&log->experiment);
    free_text(&log->outcome);
    free(log);
}
