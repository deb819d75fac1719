// SPDX-License-Identifier: GPL-3.0-or-later
// The loop sees a reward at once, while the log has it some minutes later: learning every few
// thousand visits, the difference is a handful of open outcomes.
#include "simulate/simulate.h"

#include <stdlib.h>
#include <string.h>

#include "bundle/settings.h"
#include "host/files.h"
#include "host/progress.h"
#include "learn/level_values.h"
#include "samplit/hash.h"
#include "simulate/outcomes.h"
#include "simulate/serving.h"
#include "simulate/visitor.h"

#define PERIODS_MAX 4096   // entries of the series; even
#define WEEKS_MAX 300000.0 // of a log: its years keep four digits

typedef struct run {
    const spl_world *world;
    const spl_simulate_config *config;
    spl_error *error;
    spl_serving serving;
    spl_state *state;                           // NULL unless learning
    uint64_t level_names[SPL_WORLD_LEVELS_MAX]; // hashes
    spl_writer *writer;                         // NULL unless events are written
    spl_outcomes outcomes;
    spl_event exposure, outcome; // what is equal in all of them is set once
    spl_visitor visitor;
    spl_decision decision;
    spl_simulation *result;
    uint64_t stride; // learnings per entry of the series
} run;

spl_simulate_config spl_simulate_config_default(void)
{
    return (spl_simulate_config){
        .visitors = 100000,
        .seed = 1,
        .period = 10000,
        .min_samples = {1000, 500, 200, 200, 200, 200, 200},
        .learning = spl_learn_config_default(),
    };
}

double spl_worth_lift(const spl_worth *worth)
{
    return worth->uniform > 0 ? worth->served / worth->uniform - 1 : 0;
}

static void add_worth(spl_worth *into, const spl_worth *worth)
{
    into->visits += worth->visits;
    into->conversions += worth->conversions;
    into->served += worth->served;
    into->uniform += worth->uniform;
    into->best += worth->best;
}

// The worth of one visit under the variant served.
static spl_worth worth_of(const run *r)
{
    const spl_world *world = r->world;
    const spl_world_node *leaf = &world->nodes[r->visitor.leaf];
    double factor = world->multiplier[r->visitor.returning], sum = 0;
    for (uint32_t v = 0; v < world->variant_count; v++) sum += leaf->rates[v];
    double served = leaf->rates[r->decision.variant] * factor;
    return (spl_worth){
        .visits = 1,
        .conversions = spl_visitor_converts(r->visitor.luck, served),
        .served = served,
        .uniform = sum / world->variant_count * factor,
        .best = leaf->rates[leaf->best] * factor,
    };
}

static bool write_event(run *r, const spl_event *event)
{
    size_t room = spl_event_size_max(event);
    char *out = spl_writer_room(r->writer, room);
    if (!out) return spl_fail(r->error, "out of memory");
    spl_writer_advance(r->writer, spl_event_write(event, out, room));
    return true;
}

// The outcomes that happen until then.
static bool write_outcomes(run *r, int64_t until_ms)
{
    spl_outcome next;
    while (spl_outcomes_pop(&r->outcomes, until_ms, &next)) {
        memcpy(r->outcome.id, next.id, sizeof next.id);
        memcpy(r->outcome.exposure, next.exposure, sizeof next.exposure);
        r->outcome.time_ms = next.time_ms;
        if (!write_event(r, &r->outcome)) return false;
    }
    return true;
}

static void fill_exposure(run *r)
{
    const spl_visitor *visitor = &r->visitor;
    const spl_decision *decision = &r->decision;
    spl_event *event = &r->exposure;
    spl_uuid7(visitor->time_ms, visitor->random[0], visitor->random[1], event->id);
    event->time_ms = visitor->time_ms;
    event->unit = (spl_text){visitor->unit, sizeof visitor->unit - 1};
    event->bundle = r->serving.file.bundle.id_hex;
    event->segment = decision->segment;
    event->level = decision->level;
    event->variant = r->world->variants[decision->variant];
    event->propensity = decision->propensity;
    event->probability_count = decision->variant_count;
    memcpy(event->probabilities, decision->probabilities, decision->variant_count * sizeof *event->probabilities);
    const char *reason = spl_reason_text((spl_reason)decision->reason);
    event->reason = (spl_text){reason, strlen(reason)};
    const char *mode = spl_mode_name(r->serving.file.bundle.experiments[r->serving.experiment].settings.mode);
    event->mode = (spl_text){mode, strlen(mode)};
    event->trace = decision->trace;
    event->has_context = true;
    event->context_count = visitor->field_count;
    memcpy(event->context, visitor->fields, visitor->field_count * sizeof *visitor->fields);
}

static bool write_visit(run *r, bool converted)
{
    const spl_visitor *visitor = &r->visitor;
    if (!r->writer) return true;
    if (!write_outcomes(r, visitor->time_ms)) return false;
    fill_exposure(r);
    if (!write_event(r, &r->exposure)) return false;
    if (!converted) return true;
    spl_outcome outcome = {.time_ms = visitor->time_ms + visitor->delay_ms, .index = visitor->index};
    spl_uuid7(outcome.time_ms, visitor->random[2], visitor->random[3], outcome.id);
    memcpy(outcome.exposure, r->exposure.id, sizeof outcome.exposure);
    return spl_outcomes_push(&r->outcomes, &outcome) || spl_fail(r->error, "out of memory");
}

static bool observe(run *r, bool converted)
{
    if (!r->state) return true;
    spl_text values[SPL_WORLD_LEVELS_MAX];
    char buffers[SPL_WORLD_LEVELS_MAX][SPL_NUMBER_TEXT_MAX];
    for (uint32_t i = 0; i < r->world->level_count; i++)
        values[i] = spl_attribute_text(spl_context_find(&r->serving.workspace->context, r->level_names[i]), buffers[i]);
    const spl_decision *d = &r->decision;
    spl_chance chance = {d->propensity, spl_name_hash(r->serving.file.bundle.id_hex)};
    return spl_state_add(r->state, values, d->variant, converted, chance) || spl_fail(r->error, "out of memory");
}

static void count_visit(run *r, const spl_worth *worth)
{
    uint32_t k = r->world->variant_count;
    for (uint32_t i = r->visitor.leaf; i != SPL_NO_NODE; i = r->world->nodes[i].parent) {
        spl_tally *tally = &r->result->tallies[(size_t)i * k + r->decision.variant];
        tally->visits++;
        tally->conversions += worth->conversions;
    }
    add_worth(&r->result->total, worth);
    add_worth(&r->result->periods[r->result->period_count - 1].worth, worth);
    if (r->visitor.index == 0) r->result->first_ms = r->visitor.time_ms;
    r->result->last_ms = r->visitor.time_ms;
}

static bool visit(run *r, uint64_t index)
{
    spl_visitor *visitor = &r->visitor;
    spl_visitor_draw(r->world, r->config->seed, index, visitor);
    spl_field fields[SPL_VISITOR_FIELDS_MAX];
    for (uint32_t i = 0; i < visitor->field_count; i++) fields[i] = visitor->fields[i].field;
    spl_text unit = {visitor->unit, sizeof visitor->unit - 1};
    spl_decide(&r->serving.file.bundle, r->serving.workspace, r->serving.experiment, unit, fields, visitor->field_count,
               &r->decision);
    spl_worth worth = worth_of(r);
    count_visit(r, &worth);
    return write_visit(r, worth.conversions > 0) && observe(r, worth.conversions > 0);
}

static bool learn(run *r)
{
    spl_serving fresh;
    if (!spl_serving_learn(r->world, r->state, &r->config->learning, &fresh, r->error)) return false;
    spl_serving_close(&r->serving);
    r->serving = fresh;
    return true;
}

// Halves the series: every two neighbours become one.
static void merge_periods(run *r)
{
    spl_simulation *result = r->result;
    for (size_t i = 0; i < PERIODS_MAX / 2; i++) {
        spl_period merged = result->periods[2 * i + 1];
        add_worth(&merged.worth, &result->periods[2 * i].worth);
        result->periods[i] = merged;
    }
    result->period_count = PERIODS_MAX / 2;
    r->stride *= 2;
}

// `index` counts learnings; only every stride-th begins an entry of the series, the others go on with the last.
static void begin_period(run *r, uint64_t index)
{
    spl_simulation *result = r->result;
    if (index % r->stride == 0) {
        if (result->period_count == PERIODS_MAX) merge_periods(r);
        result->periods[result->period_count++] = (spl_period){0};
    }
    const spl_bundle *bundle = &r->serving.file.bundle;
    const spl_experiment *experiment = &bundle->experiments[r->serving.experiment];
    spl_period *period = &result->periods[result->period_count - 1];
    period->segments = bundle->tree.node_count;
    period->serving = 0;
    for (uint32_t i = 0; i < bundle->tree.node_count; i++)
        period->serving += experiment->linear.rule != SPL_RULE_TABLE || experiment->policy.row[i] >= 0;
    memcpy(period->bundle, bundle->id_hex.data, sizeof period->bundle - 1);
}

static void end_period(run *r)
{
    r->result->periods[r->result->period_count - 1].regret = r->result->total.best - r->result->total.served;
}

static bool visit_all(run *r)
{
    spl_progress progress = spl_progress_start("simulating");
    bool good = true;
    for (uint64_t i = 0; good && i < r->config->visitors; i++) {
        if (i % r->config->period == 0) {
            if (i > 0) end_period(r);
            good = i == 0 || !r->state || learn(r);
            if (good) begin_period(r, i / r->config->period);
        }
        good = good && visit(r, i);
        spl_progress_step(&progress, i, (double)i / (double)r->config->visitors);
    }
    spl_progress_end(&progress);
    if (good && r->config->visitors > 0) end_period(r);
    if (good && r->state && r->config->visitors > 0) good = learn(r);
    return good && (!r->writer || write_outcomes(r, INT64_MAX));
}

static bool open_state(run *r)
{
    const spl_world *world = r->world;
    if (!r->config->learn) return true;
    spl_level levels[SPL_WORLD_LEVELS_MAX];
    for (uint32_t i = 0; i < world->level_count; i++)
        levels[i] = (spl_level){world->levels[i], r->config->min_samples[i]};
    spl_state_config config = {
        .variant_count = world->variant_count, .level_count = world->level_count, .levels = levels};
    r->state = spl_state_new(&config);
    return r->state || spl_fail(r->error, "out of memory");
}

static bool open_run(run *r)
{
    const spl_world *world = r->world;
    if ((double)r->config->visitors / world->nodes[0].visits > WEEKS_MAX)
        return spl_fail_field(r->error, "visitors", "at %g visits a week they would take more than %.0f weeks",
                              world->nodes[0].visits, WEEKS_MAX);
    for (uint32_t i = 0; i < world->level_count; i++) r->level_names[i] = spl_name_hash(world->levels[i]);
    r->exposure.kind = SPL_EVENT_EXPOSURE;
    r->exposure.experiment = world->experiment;
    r->exposure.has_trace = true;
    r->outcome.kind = SPL_EVENT_OUTCOME;
    r->outcome.has_exposure = true;
    r->outcome.name = world->outcome;
    r->outcome.value = 1;
    r->result->tallies = calloc((size_t)world->node_count * world->variant_count, sizeof *r->result->tallies);
    r->result->periods = malloc(PERIODS_MAX * sizeof *r->result->periods);
    r->stride = 1;
    if (!r->result->tallies || !r->result->periods) return spl_fail(r->error, "out of memory");
    bool good = r->config->policy_path ? spl_serving_open(world, r->config->policy_path, &r->serving, r->error)
                                       : spl_serving_uniform(world, &r->serving, r->error);
    return good && open_state(r) &&
           (!r->config->out_path || spl_writer_open(r->config->out_path, &r->writer, r->error));
}

static bool close_run(run *r, bool good)
{
    if (good && r->config->bundle_path)
        good = spl_file_write(r->config->bundle_path, r->serving.file.data, r->serving.file.size, r->error);
    if (r->writer && good) {
        good = spl_writer_close(r->writer, r->error);
    } else {
        spl_writer_discard(r->writer);
    }
    spl_outcomes_free(&r->outcomes);
    spl_state_free(r->state);
    spl_serving_close(&r->serving);
    return good;
}

bool spl_simulate(const spl_world *world, const spl_simulate_config *config, spl_simulation *out, spl_error *error)
{
    run *r = calloc(1, sizeof *r);
    if (!r) return spl_fail(error, "out of memory");
    spl_simulation result = {0};
    *r = (run){.world = world, .config = config, .error = error, .result = &result};
    bool good = open_run(r) && visit_all(r);
    good = close_run(r, good);
    free(r);
    if (good) {
        *out = result;
    } else {
        spl_simulation_free(&result);
    }
    return good;
}

void spl_simulation_free(spl_simulation *simulation)
{
    free(simulation->tallies);
    free(simulation->periods);
    *simulation = (spl_simulation){0};
}
