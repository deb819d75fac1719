// SPDX-License-Identifier: GPL-3.0-or-later
// Of each unit the first exposure counts: a unit that returns is given its variant again, which is no new draw.
//
// Probabilities are logged by index and the served variant by name, so the first pass finds out which name has which
// index: one whose probability is the logged propensity every time. Where several fit, their probabilities were
// always equal, and it does not matter which is which.
#include "evaluate/srm_log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bundle/segment_key.h"
#include "events/drawn.h"
#include "host/hash_set.h"
#include "host/spool.h"
#include "host/visible.h"
#include "samplit/hash.h"
#include "stats/interval.h"

#define BUCKETS (4 * SPL_SRM_SLICES_MAX)

typedef struct counting {
    const spl_srm_settings *settings;
    spl_srm_report *report;
    spl_variants variants;
    // first pass
    uint64_t fits[SPL_VARIANTS_MAX];      // bit i: the variant's probability may stand at index i
    double propensity[SPL_VARIANTS_MAX];  // of the variant's first exposure
    bool changing;                        // a variant had several propensities
    uint32_t with_probabilities, without; // exposures
    double first[SPL_VARIANTS_MAX];       // probabilities of the first exposure
    uint32_t width;                       // how many they are
    // second pass
    uint32_t index[SPL_VARIANTS_MAX]; // of each variant among the probabilities
    uint32_t name_of[SPL_VARIANTS_MAX];
    spl_srm_bets *bets;
    spl_hash_set units;
    uint32_t *buckets; // [BUCKETS] 1 + slice
    uint64_t *keys;    // [SPL_SRM_SLICES_MAX]
    spl_context context;
} counting;

// Whether the exposure counts; fixes the experiment.
static bool is_ours(counting *c, const spl_event *event, spl_error *error, bool *ok)
{
    *ok = true;
    if (event->kind != SPL_EVENT_EXPOSURE) return false;
    spl_srm_report *r = c->report;
    spl_text wanted = {c->settings->experiment, c->settings->experiment ? strlen(c->settings->experiment) : 0};
    if (!wanted.data && r->experiment[0]) wanted = (spl_text){r->experiment, strlen(r->experiment)};
    if (wanted.data && !spl_text_equal(event->experiment, wanted)) {
        r->other_experiments++;
        if (!c->settings->experiment)
            *ok = spl_fail(error, "the log has several experiments, %s and %.*s; say which with --experiment",
                           r->experiment, (int)event->experiment.size, event->experiment.data);
        return false;
    }
    if (!r->experiment[0])
        snprintf(r->experiment, sizeof r->experiment, "%.*s", (int)event->experiment.size, event->experiment.data);
    return true;
}

static uint64_t fitting(const spl_event *event)
{
    uint64_t fits = 0;
    for (uint32_t i = 0; i < event->probability_count; i++)
        if (event->probabilities[i] == event->propensity) fits |= UINT64_C(1) << i;
    return fits;
}

static void note_width(counting *c, const spl_event *event)
{
    if (event->probability_count == 0) {
        c->without++;
        return;
    }
    if (c->with_probabilities++ == 0) {
        c->width = event->probability_count;
        memcpy(c->first, event->probabilities, c->width * sizeof *c->first);
    }
    for (uint32_t i = 0; i < event->probability_count && i < c->width; i++)
        if (event->probabilities[i] != c->first[i]) c->report->constant = false;
    if (event->probability_count != c->width) c->report->constant = false;
    if (event->probability_count > c->width) c->width = event->probability_count;
}

static bool visit_first(void *owner, const spl_event *event, uint64_t line, spl_error *error)
{
    counting *c = owner;
    bool ok;
    uint32_t v;
    (void)line;
    if (!is_ours(c, event, error, &ok)) return ok;
    if (!spl_event_was_drawn(event)) {
        c->report->not_drawn++;
        return true;
    }
    uint32_t before = c->variants.count;
    if (!spl_variants_index(&c->variants, event->variant, &v, error)) return false;
    if (v == before) {
        c->fits[v] = UINT64_MAX;
        c->propensity[v] = event->propensity;
    }
    if (event->propensity != c->propensity[v]) c->changing = true;
    note_width(c, event);
    uint64_t fits = fitting(event);
    if (fits & c->fits[v]) c->fits[v] &= fits;
    return true;
}

// Gives every variant an index of its own among those that fit: the pickiest first.
static bool match(counting *c, spl_error *error)
{
    uint64_t free_places = c->width < 64 ? (UINT64_C(1) << c->width) - 1 : UINT64_MAX;
    bool placed[SPL_VARIANTS_MAX] = {false};
    for (uint32_t i = 0; i < SPL_VARIANTS_MAX; i++) c->name_of[i] = UINT32_MAX;
    for (uint32_t round = 0; round < c->variants.count; round++) {
        uint32_t best = UINT32_MAX;
        for (uint32_t v = 0; v < c->variants.count; v++) {
            if (placed[v]) continue;
            int choices = __builtin_popcountll(c->fits[v] & free_places);
            if (best == UINT32_MAX || choices < __builtin_popcountll(c->fits[best] & free_places)) best = v;
        }
        uint64_t fits = c->fits[best] & free_places;
        if (!fits)
            return spl_fail_field(error, "probabilities", "no place among them has the propensity of variant %.*s",
                                  (int)c->variants.names[best].size, c->variants.names[best].data);
        c->index[best] = (uint32_t)__builtin_ctzll(fits);
        c->name_of[c->index[best]] = best;
        free_places &= ~(UINT64_C(1) << c->index[best]);
        placed[best] = true;
    }
    return true;
}

// Shares in place of logged probabilities: the user's, or each variant's constant propensity.
static bool fixed_shares(counting *c, spl_error *error)
{
    const spl_srm_settings *s = c->settings;
    double sum = 0;
    c->width = s->share_count ? s->share_count : c->variants.count;
    for (uint32_t i = 0; i < s->share_count; i++) {
        uint32_t v;
        if (!spl_variants_index(&c->variants, s->share_names[i], &v, error)) return false;
        c->first[v] = s->shares[i];
    }
    if (c->variants.count > c->width)
        return spl_fail_field(error, "shares", "variant %.*s of the log has none",
                              (int)c->variants.names[c->width].size, c->variants.names[c->width].data);
    for (uint32_t v = 0; v < c->variants.count; v++) {
        if (!s->share_count) c->first[v] = c->propensity[v];
        sum += c->first[v];
        c->index[v] = c->name_of[v] = v;
    }
    if (!s->share_count && c->changing)
        return spl_fail_field(error, "probabilities",
                              "are not logged and propensities change; give the shares with --shares NAME=SHARE,...");
    if (!(fabs(sum - 1) < 1e-6))
        return spl_fail_field(error, s->share_count ? "shares" : "propensity",
                              "sum to %g over the variants of the log, not to 1", sum);
    for (uint32_t v = 0; v < c->width; v++) c->first[v] /= sum;
    c->report->constant = true;
    return true;
}

static bool prepare(counting *c, spl_error *error)
{
    spl_srm_report *r = c->report;
    if (c->variants.count == 0) return spl_fail(error, "the log has no exposure whose variant was drawn");
    bool shares = c->settings->share_count > 0 || c->with_probabilities == 0;
    if (shares ? !fixed_shares(c, error) : !match(c, error)) return false;
    if (c->width < 2) return spl_fail(error, "one variant only: there is no ratio");
    r->variant_count = c->width;
    for (uint32_t i = 0; i < c->width; i++) {
        char number[32];
        snprintf(number, sizeof number, "(variant %u)", i);
        spl_text name =
            c->name_of[i] != UINT32_MAX ? c->variants.names[c->name_of[i]] : (spl_text){number, strlen(number)};
        if (!(r->names[i] = spl_visible(name, true))) return spl_fail(error, "out of memory");
    }
    c->bets = spl_srm_bets_new(c->width);
    c->buckets = calloc(BUCKETS, sizeof *c->buckets);
    c->keys = calloc(SPL_SRM_SLICES_MAX, sizeof *c->keys);
    r->slices = calloc(SPL_SRM_SLICES_MAX, sizeof *r->slices);
    if (!c->bets || !c->buckets || !c->keys || !r->slices) return spl_fail(error, "out of memory");
    return true;
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

// The slice of that value, made if it is new; NULL where there is no more room, or with *ok false out of memory.
static spl_srm_slice *slice_of(counting *c, spl_text attribute, spl_text value, bool *ok)
{
    spl_srm_report *r = c->report;
    uint64_t key = spl_xxh64(value.data, value.size, spl_xxh64(attribute.data, attribute.size, 1));
    uint32_t at = (uint32_t)(key % BUCKETS);
    while (c->buckets[at] && c->keys[c->buckets[at] - 1] != key) at = (at + 1) % BUCKETS;
    if (c->buckets[at]) return &r->slices[c->buckets[at] - 1];
    if (r->slice_count == SPL_SRM_SLICES_MAX) {
        r->other_slices++;
        return NULL;
    }
    spl_srm_slice *slice = &r->slices[r->slice_count];
    slice->name = slice_name(attribute, value);
    slice->served = calloc(3 * (size_t)c->width, sizeof *slice->served);
    c->keys[r->slice_count] = key;
    c->buckets[at] = ++r->slice_count;
    *ok = slice->name && slice->served;
    if (!*ok) return NULL;
    slice->expected = slice->served + c->width;
    slice->variance = slice->expected + c->width;
    return slice;
}

static bool count_in(counting *c, spl_text attribute, spl_text value, const double *p, uint32_t variant)
{
    bool ok = true;
    spl_srm_slice *slice = slice_of(c, attribute, value, &ok);
    if (!slice) return ok;
    slice->exposures++;
    slice->served[variant]++;
    for (uint32_t v = 0; v < c->width; v++) {
        slice->expected[v] += p[v];
        slice->variance[v] += p[v] * (1 - p[v]);
    }
    return true;
}

// The name of an attribute: as the core knows it, else as it stands in the log.
static spl_text name_of(const spl_event *event, uint64_t hash)
{
    spl_text known = spl_known_name(hash);
    for (uint32_t i = 0; !known.size && i < event->context_count; i++)
        if (event->context[i].field.name == hash) known = event->context[i].name;
    return known;
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
        if (!count_in(c, name_of(event, a->name), value, p, variant)) return false;
    }
    return true;
}

static bool count_slices(counting *c, const spl_event *event, const double *p, uint32_t variant)
{
    spl_text attribute, value;
    char day[16];
    time_t seconds = (time_t)(event->time_ms / 1000);
    struct tm date;
    if (gmtime_r(&seconds, &date) && strftime(day, sizeof day, "%Y-%m-%d", &date) > 0 &&
        !count_in(c, SPL_TEXT("day"), (spl_text){day, strlen(day)}, p, variant))
        return false;
    if (event->bundle.size && !count_in(c, SPL_TEXT("bundle"), event->bundle, p, variant)) return false;
    if (event->has_context) return count_context(c, event, p, variant);
    for (size_t at = 0; spl_segment_next(event->segment, &at, &attribute, &value);)
        if (value.size && !count_in(c, attribute, value, p, variant)) return false;
    return true;
}

static bool visit_second(void *owner, const spl_event *event, uint64_t line, spl_error *error)
{
    counting *c = owner;
    bool ok;
    uint32_t v;
    (void)line;
    if (!is_ours(c, event, error, &ok)) return ok;
    if (!spl_event_was_drawn(event)) return true;
    bool fresh;
    if (!spl_hash_set_add(&c->units, spl_xxh64(event->unit.data, event->unit.size, 0), &fresh))
        return spl_fail(error, "out of memory");
    if (!fresh) {
        c->report->repeated++;
        return true;
    }
    if (!spl_variants_index(&c->variants, event->variant, &v, error)) return false;
    bool own = c->settings->share_count > 0 || c->with_probabilities == 0;
    const double *p = own ? c->first : event->probabilities;
    uint32_t variant = c->index[v];
    if ((!own && (event->probability_count != c->width || p[variant] != event->propensity)) ||
        !spl_srm_bets_add(c->bets, p, variant)) {
        c->report->unusable++;
        return true;
    }
    c->report->exposures++;
    c->report->served[variant]++;
    for (uint32_t i = 0; i < c->width; i++) c->report->expected[i] += p[i];
    return count_slices(c, event, p, variant) || spl_fail(error, "out of memory");
}

static void judge_slice(spl_srm_slice *slice, uint32_t width, double tests)
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
    r->p = spl_srm_bets_p(c->bets);
    r->light = spl_srm_light_of(r->p, r->deviation);
    for (uint32_t i = 0; i < r->slice_count; i++)
        judge_slice(&r->slices[i], r->variant_count, (double)r->slice_count * r->variant_count);
    qsort(r->slices, r->slice_count, sizeof *r->slices, by_p);
    return true;
}

static bool count_log(counting *c, const spl_spool *spool, spl_error *error)
{
    const char *path = spl_spool_path(spool);
    spl_walk again;
    if (!spl_event_walk(path, "reading", visit_first, c, &c->report->walk, error)) return false;
    c->report->other_experiments = 0;
    return prepare(c, error) && spl_event_walk(path, "counting", visit_second, c, &again, error) && judge(c, error);
}

bool spl_srm_log(const char *path, const spl_srm_settings *settings, spl_srm_report *report, spl_error *error)
{
    spl_spool spool;
    if (!spl_spool_open(path, &spool, error)) return false;
    *report = (spl_srm_report){.constant = true};
    counting *c = calloc(1, sizeof *c);
    bool ok = c != NULL || spl_fail(error, "out of memory");
    if (ok) {
        c->settings = settings;
        c->report = report;
        ok = count_log(c, &spool, error) || spl_spool_blame(&spool, error);
        spl_variants_free(&c->variants);
        spl_srm_bets_free(c->bets);
        free(c->buckets);
        free(c->keys);
        free(c->units.slots);
    }
    free(c);
    spl_spool_close(&spool);
    if (!ok) spl_srm_report_free(report);
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
