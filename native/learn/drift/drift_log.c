// SPDX-License-Identifier: GPL-3.0-or-later
// Every exposure is decided anew: that gives its attributes, its place in the tree and the probabilities, whatever
// kind of policy the bundle has.
#include "learn/drift/drift_log.h"

#include <stdlib.h>
#include <string.h>

#include "bundle/segment_fields.h"
#include "samplit/decide.h"
#include "samplit/hash.h"

#define UNITS_MAX (1u << 20)
#define UNIT_SLOTS (2 * UNITS_MAX)

typedef struct place {
    uint32_t node, variant;
} place;

typedef struct collector {
    const spl_bundle *bundle;
    const spl_experiment *experiment;
    uint32_t index;
    spl_drift_log *log;
    spl_workspace *workspace;
    void *memory;
    spl_field fields[SPL_ATTRIBUTES_MAX];
    spl_segment_room room;
    uint64_t *units; // [UNIT_SLOTS] hashes of units met, open addressing; 0 = free; from the first own exposure on
} collector;

static uint32_t variant_of(const spl_experiment *x, spl_text name)
{
    uint32_t v = 0;
    while (v < x->policy.variant_count && !spl_text_equal(x->variants[v], name)) v++;
    return v;
}

// Whether the unit was not met before, and is to be counted. False too when out of memory: then nothing is counted.
static bool is_first(collector *c, spl_text unit)
{
    uint64_t hash = spl_xxh64(unit.data, unit.size, 0) | 1;
    if (!c->units) c->units = calloc(UNIT_SLOTS, sizeof *c->units);
    if (!c->units || c->log->own_units == UNITS_MAX) return false;
    uint32_t at = (uint32_t)(hash >> 32) % UNIT_SLOTS;
    while (c->units[at] && c->units[at] != hash) at = (at + 1) % UNIT_SLOTS;
    if (c->units[at]) return false;
    c->units[at] = hash;
    return true;
}

static void note_own(collector *c, const spl_event *event, const spl_decision *decision, uint32_t variant)
{
    spl_drift_log *log = c->log;
    log->own++;
    if (!is_first(c, event->unit)) return;
    log->own_units++;
    if (variant < decision->variant_count) log->served[variant]++;
    for (uint32_t v = 0; v < decision->variant_count; v++) {
        double p = decision->probabilities[v];
        log->expected[v] += p;
        log->variance[v] += p * (1 - p);
    }
}

static bool take_exposure(void *owner, const spl_event *event, void *payload)
{
    collector *c = owner;
    spl_drift_log *log = c->log;
    spl_decision decision;
    uint32_t count = event->context_count, path[SPL_TREE_DEPTH_MAX];
    for (uint32_t i = 0; i < count; i++) c->fields[i] = event->context[i].field;
    if (!event->has_context && !spl_segment_fields(event->segment, &c->room, c->fields, &count)) return false;
    spl_decide(c->bundle, c->workspace, c->index, event->unit, c->fields, count, &decision);
    uint32_t depth = spl_tree_path(&c->bundle->tree, &c->workspace->context, path);
    place at = {path[depth - 1], variant_of(c->experiment, event->variant)};
    log->visits[at.node]++;
    log->unknown_variant += at.variant == c->experiment->policy.variant_count;
    for (uint32_t v = 0; v < decision.variant_count; v++) log->intended[v] += decision.probabilities[v];
    if (spl_text_equal(event->bundle, c->bundle->id_hex)) note_own(c, event, &decision, at.variant);
    memcpy(payload, &at, sizeof at);
    return spl_tally_add(log->tally, &c->workspace->context, event);
}

static void close_exposure(void *owner, const void *payload, double reward)
{
    collector *c = owner;
    place at;
    memcpy(&at, payload, sizeof at);
    uint32_t k = c->experiment->policy.variant_count;
    if (at.variant >= k) return;
    spl_drift_cell *cell = &c->log->cells[(size_t)at.node * k + at.variant];
    double off = reward - cell->mean; // Welford 1962
    cell->count++;
    cell->mean += off / cell->count;
    cell->squares += off * (reward - cell->mean);
}

static bool allocate(spl_drift_log *log, const spl_bundle *bundle, uint32_t k)
{
    size_t nodes = bundle->tree.node_count;
    log->tally = spl_tally_new();
    log->visits = calloc(nodes, sizeof *log->visits);
    log->cells = calloc(nodes * k, sizeof *log->cells);
    log->intended = calloc(k, sizeof *log->intended);
    log->served = calloc(k, sizeof *log->served);
    log->expected = calloc(k, sizeof *log->expected);
    log->variance = calloc(k, sizeof *log->variance);
    return log->tally && log->visits && log->cells && log->intended && log->served && log->expected && log->variance;
}

bool spl_drift_log_read(const char *path, const spl_bundle_file *file, uint32_t experiment,
                        const spl_reference *reference, const spl_walk *walk, spl_drift_log *out, spl_error *error)
{
    const spl_bundle *bundle = &file->bundle;
    const spl_experiment *x = &bundle->experiments[experiment];
    spl_walk how = *walk;
    *out = (spl_drift_log){.own = 0};
    collector *c = calloc(1, sizeof *c);
    bool ok = c && allocate(out, bundle, x->policy.variant_count) && spl_tally_expect(out->tally, reference);
    if (ok) {
        c->bundle = bundle;
        c->experiment = x;
        c->index = experiment;
        c->log = out;
        c->workspace = spl_bundle_file_workspace(file, &c->memory);
        ok = c->workspace != NULL;
    }
    if (ok) {
        how.experiment = x->key;
        how.payload_bytes = sizeof(place);
        how.exposure = take_exposure;
        how.closed = close_exposure;
        how.owner = c;
        ok = spl_walk_log(path, &how, &out->counts, error);
    } else {
        spl_fail(error, "out of memory");
    }
    if (c) {
        free(c->room.data);
        free(c->units);
        free(c->memory);
        free(c);
    }
    if (!ok) spl_drift_log_free(out);
    return ok;
}

void spl_drift_log_free(spl_drift_log *log)
{
    spl_tally_free(log->tally);
    free(log->visits);
    free(log->cells);
    free(log->intended);
    free(log->served);
    free(log->expected);
    free(log->variance);
    *log = (spl_drift_log){.own = 0};
}
