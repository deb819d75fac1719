// SPDX-License-Identifier: GPL-3.0-or-later
// Of each unit the first exposure counts: a unit that returns is given its variant again, which is no new draw.
#include "evaluate/srm_log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/segment_key.h"
#include "events/event_stamp.h"
#include "host/hash_set.h"
#include "host/spool.h"
#include "host/visible.h"
#include "samplit/hash.h"
#include "stats/interval.h"

#define BUCKETS (4 * SPL_SRM_SLICES_MAX)

typedef struct counting {
    const spl_arms *arms;
    spl_srm_report *report;
    spl_srm_bets *bets;
    double next_look; // of the sequential multinomial test, in exposures
    spl_hash_set units;
    uint32_t *buckets; // [BUCKETS] 1 + slice
    uint64_t *keys;    // [SPL_SRM_SLICES_MAX]
    spl_context context;
} counting;

static bool prepare(counting *c, spl_error *error)
{
    spl_srm_report *r = c->report;
    const spl_arms *arms = c->arms;
    if (arms->count < 2) return spl_fail(error, "one variant only: there is no ratio");
    memcpy(r->experiment, arms->experiment, sizeof r->experiment);
    r->variant_count = arms->count;
    r->constant = arms->constant;
    r->multinomial = 1;
    r->not_drawn = arms->not_drawn;
    r->other_experiments = arms->other_experiments;
    for (uint32_t i = 0; i < arms->count; i++)
        if (!(r->names[i] = spl_visible(arms->names[i], true))) return spl_fail(error, "out of memory");
    c->bets = spl_srm_bets_new(arms->count);
    c->buckets = calloc(BUCKETS, sizeof *c->buckets);
    c->keys = calloc(SPL_SRM_SLICES_MAX, sizeof *c->keys);
    r->slices = calloc(SPL_SRM_SLICES_MAX, sizeof *r->slices);
    return (c->bets && c->buckets && c->keys && r->slices) || spl_fail(error, "out of memory");
}

static char *slice_name(spl_text attribute, spl_text value)
{
    size_t size = attribute.size + 1 + value.size;
    char *plain = malloc(size + 1);
    if (!plain) return NULL;
    if (attribute.size) memcpy(plain, attribute.data, attribute.size);
    plain[attribute.size] = ':';
    if (value.size) memcpy(plain + attribute.size + 1, value.data, value.size);
    char *name = spl_visible((spl_text){plain, size}, true);
    free(plain);
    return name;
}

// An attribute by its hash; its name is looked up only where a slice is new.
typedef struct attribute {
    uint64_t hash;          // spl_name_hash
    spl_text name;          // empty: the one that the event has
    const spl_event *event; // of a context
} attribute;

static attribute named(spl_text name)
{
    return (attribute){spl_name_hash(name), name, NULL};
}

// The name of an attribute of a context: as the core knows it, else as it stands in the log.
static spl_text name_of(attribute a)
{
    if (!a.event) return a.name;
    spl_text known = spl_known_name(a.hash);
    for (uint32_t i = 0; !known.size && i < a.event->context_count; i++)
        if (a.event->context[i].field.name == a.hash) known = a.event->context[i].name;
    return known;
}

// The slice of that value, made if it is new; NULL where there is no more room, or with *ok false out of memory.
static spl_srm_slice *slice_of(counting *c, attribute a, spl_text value, bool *ok)
{
    spl_srm_report *r = c->report;
    uint64_t key = spl_xxh64(value.data, value.size, a.hash);
    uint32_t at = (uint32_t)(key % BUCKETS);
    while (c->buckets[at] && c->keys[c->buckets[at] - 1] != key) at = (at + 1) % BUCKETS;
    if (c->buckets[at]) return &r->slices[c->buckets[at] - 1];
    if (r->slice_count == SPL_SRM_SLICES_MAX) {
        r->other_slices++;
        return NULL;
    }
    spl_srm_slice *slice = &r->slices[r->slice_count];
    slice->name = slice_name(name_of(a), value);
    slice->served = calloc(3 * (size_t)c->arms->count, sizeof *slice->served);
    c->keys[r->slice_count] = key;
    c->buckets[at] = ++r->slice_count;
    *ok = slice->name && slice->served;
    if (!*ok) return NULL;
    slice->expected = slice->served + c->arms->count;
    slice->variance = slice->expected + c->arms->count;
    return slice;
}

static bool count_in(counting *c, attribute a, spl_text value, const double *p, uint32_t variant)
{
    bool ok = true;
    spl_srm_slice *slice = slice_of(c, a, value, &ok);
    if (!slice) return ok;
    slice->exposures++;
    slice->served[variant]++;
    for (uint32_t v = 0; v < c->arms->count; v++) {
        slice->expected[v] += p[v];
        slice->variance[v] += p[v] * (1 - p[v]);
    }
    return true;
}

// By what the raw fields say: a device, not a user agent.
static bool count_context(counting *c, const spl_event *event, const double *p, uint32_t variant)
{
    spl_field fields[SPL_ATTRIBUTES_MAX];
    for (uint32_t i = 0; i < event->context_count; i++) fields[i] = event->context[i].field;
    spl_context_build(&c->context, fields, event->context_count);
    for (uint32_t i = 0; i < c->context.count; i++) {
        const spl_attribute *a = &c->context.items[i];
        spl_text value = {a->text, a->size};
        char digits[SPL_NUMBER_TEXT_MAX];
        if (a->kind == SPL_KIND_BOOLEAN) value = a->number != 0 ? SPL_TEXT("true") : SPL_TEXT("false");
        if (a->kind == SPL_KIND_NUMBER) value = (spl_text){digits, spl_number_text(a->number, digits)};
        if (!count_in(c, (attribute){.hash = a->name, .event = event}, value, p, variant)) return false;
    }
    return true;
}

static bool count_slices(counting *c, const spl_event *event, const double *p, uint32_t variant)
{
    spl_text name, value;
    char time[SPL_TIME_CHARS];
    spl_time_write(event->time_ms, time);
    if (!count_in(c, named(SPL_TEXT("day")), (spl_text){time, sizeof "2026-11-21" - 1}, p, variant)) return false;
    if (event->bundle.size && !count_in(c, named(SPL_TEXT("bundle")), event->bundle, p, variant)) return false;
    if (event->has_context) return count_context(c, event, p, variant);
    for (size_t at = 0; spl_segment_next(event->segment, &at, &name, &value);)
        if (value.size && !count_in(c, named(name), value, p, variant)) return false;
    return true;
}

static void look(counting *c)
{
    spl_srm_report *r = c->report;
    double shares[SPL_VARIANTS_MAX];
    for (uint32_t v = 0; v < r->variant_count; v++) shares[v] = r->expected[v] / r->exposures;
    r->multinomial = fmin(r->multinomial, spl_srm_sequential_p(r->served, shares, r->variant_count));
    c->next_look = floor(1.01 * r->exposures) + 1;
}

static bool visit(void *owner, const spl_event *event, uint64_t line, spl_error *error)
{
    counting *c = owner;
    uint32_t variant;
    bool unusable, fresh;
    (void)line;
    const double *p = spl_arms_of(c->arms, event, &variant, &unusable);
    c->report->unusable += unusable;
    if (!p) return true;
    if (!spl_hash_set_add(&c->units, spl_xxh64(event->unit.data, event->unit.size, 0), &fresh))
        return spl_fail(error, "out of memory");
    if (!fresh) {
        c->report->repeated++;
        return true;
    }
    spl_srm_bets_add(c->bets, p, variant);
    c->report->exposures++;
    c->report->served[variant]++;
    for (uint32_t i = 0; i < c->arms->count; i++) c->report->expected[i] += p[i];
    if (c->arms->constant && c->report->exposures >= c->next_look) look(c);
    return count_slices(c, event, p, variant) || spl_fail(error, "out of memory");
}

void spl_srm_slice_judge(spl_srm_slice *slice, uint32_t width, double tests)
{
    double least = 1;
    for (uint32_t v = 0; v < width; v++) {
        double off = slice->served[v] - slice->expected[v];
        double p = slice->variance[v] > 0 ? spl_normal_p(off / sqrt(slice->variance[v])) : off == 0;
        if (v > 0 && p >= least) continue;
        least = p;
        slice->variant = v;
        slice->deviation = off / slice->exposures;
    }
    slice->p = fmin(1, least * tests);
}

static int by_p(const void *a, const void *b)
{
    const spl_srm_slice *x = a, *y = b;
    if (x->p != y->p) return x->p < y->p ? -1 : 1;
    if (x->exposures != y->exposures) return x->exposures > y->exposures ? -1 : 1;
    return strcmp(x->name, y->name);
}

static bool judge(counting *c, spl_error *error)
{
    spl_srm_report *r = c->report;
    double shares[SPL_VARIANTS_MAX];
    if (r->exposures == 0) return spl_fail(error, "no exposure of the log can be used");
    for (uint32_t v = 0; v < r->variant_count; v++) {
        shares[v] = r->expected[v] / r->exposures;
        r->deviation = fmax(r->deviation, fabs(r->served[v] - r->expected[v]) / r->exposures);
    }
    r->fixed = spl_srm_of(r->served, shares, r->variant_count);
    if (r->constant) look(c);
    r->p = spl_srm_bets_p(c->bets);
    r->light = spl_srm_light_of(r->p, r->deviation);
    for (uint32_t i = 0; i < r->slice_count; i++)
        spl_srm_slice_judge(&r->slices[i], r->variant_count, (double)r->slice_count * r->variant_count);
    qsort(r->slices, r->slice_count, sizeof *r->slices, by_p);
    return true;
}

static bool count_log(counting *c, const char *path, spl_error *error)
{
    return prepare(c, error) && spl_event_walk(path, "counting", visit, c, &c->report->walk, error) && judge(c, error);
}

static bool count_arms(const char *path, const spl_arms *arms, spl_srm_report *report, spl_error *error)
{
    counting *c = calloc(1, sizeof *c);
    if (!c) return spl_fail(error, "out of memory");
    c->arms = arms;
    c->report = report;
    bool ok = count_log(c, path, error);
    spl_srm_bets_free(c->bets);
    free(c->buckets);
    free(c->keys);
    free(c->units.slots);
    free(c);
    return ok;
}

bool spl_srm_log(const char *path, const spl_arms_settings *settings, spl_srm_report *report, spl_error *error)
{
    spl_spool spool;
    spl_arms arms = {0};
    if (!spl_spool_open(path, &spool, error)) return false;
    *report = (spl_srm_report){0};
    bool ok = spl_arms_read(spl_spool_path(&spool), settings, &arms, error) &&
              count_arms(spl_spool_path(&spool), &arms, report, error);
    if (!ok) {
        spl_spool_blame(&spool, error);
        spl_srm_report_free(report);
    }
    spl_arms_free(&arms);
    spl_spool_close(&spool);
    return ok;
}

void spl_srm_report_free(spl_srm_report *report)
{
    for (uint32_t i = 0; i < report->variant_count; i++) free(report->names[i]);
    for (uint32_t i = 0; i < report->slice_count; i++) {
        free(report->slices[i].name);
        free(report->slices[i].served);
    }
    free(report->slices);
    *report = (spl_srm_report){0};
}
