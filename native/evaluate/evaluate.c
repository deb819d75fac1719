// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/evaluate.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/segment_fields.h"
#include "evaluate/linear_cells.h"
#include "events/drawn.h"
#include "samplit/hash.h"

// Halves for cross-fitting must not follow the folds, which use seed 0.
#define HALF_SEED 1

// What is kept of an exposure until its window closes.
typedef struct pending {
    uint32_t cell, variant, half;
    double propensity;
    double p[SPL_VARIANTS_MAX]; // of a linear policy, as many as there are variants
} pending;

static uint32_t pending_bytes(const spl_experiment *experiment)
{
    uint32_t k = experiment->linear.rule == SPL_RULE_TABLE ? 0 : experiment->policy.variant_count;
    return (uint32_t)(offsetof(pending, p) + k * sizeof(double));
}

typedef struct spl_evaluator {
    spl_event_parser *parser;
    spl_join *join;
    spl_context context;
    spl_event event;
    spl_field fields[SPL_ATTRIBUTES_MAX];
    spl_segment_room segment;
} evaluator;

spl_evaluate_config spl_evaluate_config_default(void)
{
    spl_join_config join = spl_join_config_default();
    return (spl_evaluate_config){.window_ms = join.window_ms, .fold = SPL_FOLD_ALL, .looks = spl_ope_cs_default()};
}

static void remember(spl_names *names, spl_text name)
{
    spl_text cut = spl_text_cut(name, SPL_EVALUATE_NAME_MAX);
    for (uint32_t i = 0; i < names->count; i++) {
        if (spl_text_equal((spl_text){names->name[i], strlen(names->name[i])}, cut)) return;
    }
    if (names->count == SPL_EVALUATE_NAMES_MAX) return;
    char *to = names->name[names->count++];
    memcpy(to, cut.data, cut.size);
    to[cut.size] = '\0';
}

static double cut(const spl_evaluation *e, double weight)
{
    return e->config.clip > 0 ? fmin(weight, e->config.clip) : weight;
}

// `chance`: that the bundle would have served this variant here.
static void add_to_sequences(spl_evaluation *e, const pending *p, double chance, double reward)
{
    uint32_t k = e->experiment->policy.variant_count;
    double weight = cut(e, chance / p->propensity), even = p->variant < k ? cut(e, 1.0 / k / p->propensity) : 0;
    spl_ope_cs_add(&e->sequence[SPL_SEQUENCE_VALUE], weight, 0, reward);
    spl_ope_cs_add(&e->sequence[SPL_SEQUENCE_OVER_UNIFORM], weight, even, reward);
    spl_ope_cs_add(&e->sequence[SPL_SEQUENCE_OVER_LOGGING], weight, 1, reward);
}

static double chance_of(const spl_evaluation *e, const pending *p)
{
    uint32_t k = e->experiment->policy.variant_count;
    if (p->variant >= k) return 0;
    return e->linear ? p->p[p->variant] : e->experiment->policy.table[(size_t)p->cell * k + p->variant];
}

static void closed(void *owner, const void *payload, double reward)
{
    spl_evaluation *e = owner;
    pending p;
    memcpy(&p, payload, pending_bytes(e->experiment));
    if (reward != 0 && reward != 1) e->binary = false;
    double chance = chance_of(e, &p);
    if (p.propensity > 0 && p.propensity <= 1) add_to_sequences(e, &p, chance, reward);
    if (e->linear) {
        if (spl_ope_add_row(e->ope, p.cell, p.variant, p.half, chance, p.propensity, reward))
            spl_linear_cells_note(e->linear, p.cell, p.p);
        spl_ope_add(e->leading, p.cell, p.variant, p.half, p.propensity, reward);
        return;
    }
    spl_ope_add(e->ope, p.cell, p.variant, p.half, p.propensity, reward);
    spl_ope_add(e->leading, p.cell, p.variant, p.half, p.propensity, reward);
}

static bool has_parts(const spl_evaluation *e)
{
    return e->ope && e->leading && e->work && e->work->parser && e->work->join;
}

// The policy's table with each row's highest probability raised to one; NULL when out of memory.
static double *make_leading(const spl_policy *policy)
{
    double *table = calloc((size_t)policy->row_count * policy->variant_count, sizeof *table);
    for (uint32_t r = 0; table && r < policy->row_count; r++) {
        const double *p = policy->table + (size_t)r * policy->variant_count;
        uint32_t lead = 0;
        for (uint32_t v = 1; v < policy->variant_count; v++) {
            if (p[v] > p[lead]) lead = v;
        }
        table[(size_t)r * policy->variant_count + lead] = 1;
    }
    return table;
}

// The policies that are valued, by their tables.
static void make_ope(spl_evaluation *e, const spl_bundle *bundle)
{
    const spl_policy *policy = &e->experiment->policy;
    spl_ope_config ope = {policy->row_count, policy->variant_count, policy->table,
                          e->config.clip,    SPL_EVALUATE_HEAVY,    e->config.threshold};
    const double *leading = NULL;
    if (e->experiment->linear.rule == SPL_RULE_TABLE) {
        leading = e->leading_table = make_leading(policy);
    } else if ((e->linear = spl_linear_cells_new(bundle, e->config.experiment))) {
        ope.cell_count = spl_linear_cells_count(e->linear);
        ope.target = spl_linear_cells_target(e->linear);
        leading = spl_linear_cells_leading(e->linear);
    }
    if (!leading) return;
    e->ope = spl_ope_new(&ope);
    ope.target = leading;
    e->leading = spl_ope_new(&ope);
}

static void start_sequences(spl_evaluation *e)
{
    for (int i = 0; i < SPL_SEQUENCES; i++) {
        spl_ope_cs_config looks = e->config.looks;
        looks.gain = i != SPL_SEQUENCE_VALUE;
        if (e->config.clip > 0) looks.heaviest = e->config.clip; // at least 1, the weight of the log's own policy
        e->sequence[i] = spl_ope_cs_start(&looks);
    }
}

bool spl_evaluate_start(const spl_bundle *bundle, const spl_evaluate_config *config, spl_evaluation *out,
                        spl_error *error)
{
    const spl_experiment *experiment = &bundle->experiments[config->experiment];
    *out = (spl_evaluation){.bundle = bundle, .experiment = experiment, .config = *config, .binary = true};
    make_ope(out, bundle);
    start_sequences(out);
    spl_join_config join = {config->window_ms, config->outcome, config->default_reward, pending_bytes(experiment)};
    out->work = calloc(1, sizeof *out->work);
    if (out->work) {
        out->work->parser = spl_event_parser_new();
        out->work->join = spl_join_new(&join, closed, out);
    }
    if (has_parts(out)) return true;
    spl_evaluate_free(out);
    return spl_fail(error, "out of memory");
}

static bool exposure_fields(spl_evaluation *e, uint32_t *count)
{
    evaluator *w = e->work;
    const spl_event *event = &w->event;
    for (uint32_t i = 0; i < event->context_count; i++) w->fields[i] = event->context[i].field;
    *count = event->context_count;
    if (event->has_context) return true;
    if (event->segment.size > 0) {
        e->counts.by_segment++;
        return spl_segment_fields(event->segment, &w->segment, w->fields, count);
    }
    e->counts.at_root++;
    return true;
}

// The row of the table that the bundle would serve in this context.
static uint32_t cell_of(spl_evaluation *e, uint32_t field_count)
{
    const spl_tree *tree = &e->bundle->tree;
    const spl_policy *policy = &e->experiment->policy;
    uint32_t path[SPL_TREE_DEPTH_MAX], node;
    spl_context_build(&e->work->context, e->work->fields, field_count);
    uint32_t length = spl_tree_path(tree, &e->work->context, path);
    spl_policy_serve(policy, path, length, &node);
    e->counts.served_by_level[spl_tree_level(tree, node)]++;
    return (uint32_t)policy->row[node];
}

// The cell of a linear policy, and p[variants] that it serves there, always from the root.
static uint32_t linear_cell_of(spl_evaluation *e, uint32_t field_count, double *p)
{
    e->counts.served_by_level[0]++;
    return spl_linear_cells_place(e->linear, e->work->fields, field_count, p);
}

static uint32_t variant_of(spl_evaluation *e, spl_text name)
{
    const spl_policy *policy = &e->experiment->policy;
    for (uint32_t v = 0; v < policy->variant_count; v++) {
        if (!spl_text_equal(e->experiment->variants[v], name)) continue;
        e->seen[v]++;
        return v;
    }
    e->counts.unknown_variant++;
    remember(&e->unknown_variants, name);
    return policy->variant_count;
}

// Whether an event is about this experiment and these units; an outcome need not say either.
static bool concerns(spl_evaluation *e)
{
    const spl_event *event = &e->work->event;
    bool exposure = event->kind == SPL_EVENT_EXPOSURE;
    if (event->experiment.size > 0 && !spl_text_equal(event->experiment, e->experiment->key)) {
        if (exposure) remember(&e->experiments, event->experiment);
        e->counts.other_experiment += exposure;
        return false;
    }
    if (event->unit.size > 0 && !spl_fold_holds(e->config.fold, event->unit)) {
        e->counts.other_fold += exposure;
        return false;
    }
    return true;
}

static bool take_exposure(spl_evaluation *e)
{
    const spl_event *event = &e->work->event;
    uint32_t field_count;
    if (!spl_event_was_drawn(event)) {
        e->counts.not_drawn++;
        return !spl_event_repeats(event) || spl_join_repeat(e->work->join, event);
    }
    if (!exposure_fields(e, &field_count)) return false;
    pending p;
    p.cell = e->linear ? linear_cell_of(e, field_count, p.p) : cell_of(e, field_count);
    p.variant = variant_of(e, event->variant);
    p.propensity = event->propensity;
    p.half = spl_xxh64(event->unit.data, event->unit.size, HALF_SEED) & 1;
    return spl_join_exposure(e->work->join, event, &p);
}

static void count_bad(spl_evaluation *e, const spl_error *bad, uint64_t number)
{
    if (strcmp(bad->field, "propensity") == 0) {
        e->counts.without_propensity++;
        return;
    }
    if (e->counts.unreadable++ > 0) return;
    e->first_bad = *bad;
    spl_fail_at(&e->first_bad, NULL, number);
}

void spl_evaluate_bad_line(spl_evaluation *evaluation, const spl_error *bad, uint64_t number)
{
    evaluation->counts.lines++;
    count_bad(evaluation, bad, number);
}

bool spl_evaluate_line(spl_evaluation *evaluation, spl_text line, uint64_t number, spl_error *error)
{
    evaluator *w = evaluation->work;
    spl_error bad = {0};
    if (line.size == 0) return true;
    evaluation->counts.lines++;
    if (!spl_event_parse(w->parser, line, &w->event, &bad)) {
        count_bad(evaluation, &bad, number);
        return true;
    }
    if (!concerns(evaluation)) return true;
    bool ok = w->event.kind == SPL_EVENT_EXPOSURE ? take_exposure(evaluation) : spl_join_outcome(w->join, &w->event);
    return ok || spl_fail(error, "out of memory");
}

void spl_evaluate_finish(spl_evaluation *evaluation, spl_join_counts *join)
{
    const spl_join *work = evaluation->work->join;
    spl_join_finish(evaluation->work->join);
    spl_text name = spl_text_cut(spl_join_outcome_name(work), SPL_EVALUATE_NAME_MAX);
    if (name.size > 0) memcpy(evaluation->outcome, name.data, name.size);
    evaluation->outcome[name.size] = '\0';
    if (join) *join = spl_join_counted(work);
}

void spl_evaluate_free(spl_evaluation *evaluation)
{
    evaluator *w = evaluation->work;
    if (w) {
        spl_event_parser_free(w->parser);
        spl_join_free(w->join);
        free(w->segment.data);
        free(w);
    }
    spl_ope_free(evaluation->ope);
    spl_ope_free(evaluation->leading);
    free(evaluation->leading_table);
    spl_linear_cells_free(evaluation->linear);
    evaluation->work = NULL;
    evaluation->ope = evaluation->leading = NULL;
    evaluation->leading_table = NULL;
    evaluation->linear = NULL;
}

static const spl_ope_estimate not_identified = {NAN, NAN, NAN, NAN, NAN, NAN};

bool spl_evaluate_sequence_told(const spl_evaluation *e, spl_evaluate_sequence which)
{
    return spl_ope_supported(e->ope, SPL_OPE_TARGET) &&
           (which != SPL_SEQUENCE_OVER_UNIFORM || spl_ope_supported(e->ope, SPL_OPE_UNIFORM));
}

// DR and switch-DR say something of variants that the log never shows, what their model says, but not how wrong it is.
static spl_ope_estimate as_told(spl_ope_estimate estimate, spl_ope_estimator estimator, bool told)
{
    if (told) return estimate;
    if (estimator != SPL_OPE_DR && estimator != SPL_OPE_SWITCH) return not_identified;
    estimate.se = estimate.low = estimate.high = NAN;
    return estimate;
}

spl_ope_estimate spl_evaluate_value(const spl_ope *ope, uint32_t policy, spl_ope_estimator estimator)
{
    return as_told(spl_ope_value(ope, policy, estimator), estimator, spl_ope_supported(ope, policy));
}

spl_ope_estimate spl_evaluate_gain(const spl_ope *ope, uint32_t policy, uint32_t over, spl_ope_estimator estimator)
{
    return as_told(spl_ope_gain(ope, policy, over, estimator), estimator,
                   spl_ope_supported(ope, policy) && spl_ope_supported(ope, over));
}
