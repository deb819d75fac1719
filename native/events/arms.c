// SPDX-License-Identifier: GPL-3.0-or-later
#include "events/arms.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events/drawn.h"

struct spl_arms_reader {
    const spl_arms_settings *settings;
    spl_arms *arms;
    uint64_t fits[SPL_VARIANTS_MAX];     // bit i: the variant's probability may stand at place i
    double propensity[SPL_VARIANTS_MAX]; // of the variant's first exposure
    bool changing;                       // a variant had several propensities
    uint64_t with_probabilities;         // exposures
};

static spl_text c_text(const char *text)
{
    return (spl_text){text, text ? strlen(text) : 0};
}

// Whether the exposure is of the experiment; the first one settles which, where none was asked for.
static bool is_ours(spl_arms_reader *r, const spl_event *event, bool *ours, spl_error *error)
{
    spl_arms *arms = r->arms;
    spl_text wanted = c_text(r->settings->experiment);
    if (!wanted.data && arms->experiment[0]) wanted = c_text(arms->experiment);
    *ours = !wanted.data || spl_text_equal(event->experiment, wanted);
    if (!*ours) arms->other_experiments++;
    if (!*ours && !r->settings->experiment)
        return spl_fail(error, "the log has several experiments, %s and %.*s; say which with --experiment",
                        arms->experiment, (int)event->experiment.size, event->experiment.data);
    if (*ours && !arms->experiment[0])
        snprintf(arms->experiment, sizeof arms->experiment, "%.*s", (int)event->experiment.size,
                 event->experiment.data);
    return true;
}

static uint64_t fitting(const spl_event *event)
{
    uint64_t fits = 0;
    for (uint32_t i = 0; i < event->probability_count; i++)
        if (event->probabilities[i] == event->propensity) fits |= UINT64_C(1) << i;
    return fits;
}

static void note_probabilities(spl_arms_reader *r, const spl_event *event)
{
    spl_arms *arms = r->arms;
    uint32_t n = event->probability_count;
    if (n == 0) return;
    if (r->with_probabilities++ == 0) {
        arms->count = n;
        memcpy(arms->shares, event->probabilities, n * sizeof *arms->shares);
    }
    if (n != arms->count || memcmp(arms->shares, event->probabilities, n * sizeof *arms->shares) != 0)
        arms->constant = false;
    if (n > arms->count) arms->count = n;
}

bool spl_arms_reader_see(spl_arms_reader *r, const spl_event *event, bool *drawn, uint32_t *seen, spl_error *error)
{
    bool ours;
    uint32_t before = r->arms->variants.count;
    *drawn = false;
    if (event->kind != SPL_EVENT_EXPOSURE) return true;
    if (!is_ours(r, event, &ours, error)) return false;
    if (!ours) return true;
    if (!spl_event_was_drawn(event)) {
        r->arms->not_drawn++;
        return true;
    }
    if (!spl_variants_index(&r->arms->variants, event->variant, seen, error)) return false;
    uint32_t v = *seen;
    if (v == before) {
        r->fits[v] = UINT64_MAX;
        r->propensity[v] = event->propensity;
    }
    if (event->propensity != r->propensity[v]) r->changing = true;
    note_probabilities(r, event);
    uint64_t fits = fitting(event) & r->fits[v];
    if (fits) r->fits[v] = fits; // an exposure that fits nowhere is unusable, not the place
    *drawn = true;
    return true;
}

static bool visit(void *owner, const spl_event *event, uint64_t line, spl_error *error)
{
    bool drawn;
    uint32_t seen;
    (void)line;
    return spl_arms_reader_see(owner, event, &drawn, &seen, error);
}

static uint64_t first_places(uint32_t count)
{
    return count < 64 ? (UINT64_C(1) << count) - 1 : UINT64_MAX;
}

// The variant with the fewest places left, the earliest in `order` of equals.
static uint32_t pickiest(const spl_arms_reader *r, const uint32_t *order, const bool *placed, uint64_t places)
{
    uint32_t best = UINT32_MAX;
    for (uint32_t i = 0; i < r->arms->variants.count; i++) {
        uint32_t v = order[i];
        if (placed[v]) continue;
        if (best == UINT32_MAX ||
            __builtin_popcountll(r->fits[v] & places) < __builtin_popcountll(r->fits[best] & places))
            best = v;
    }
    return best;
}

static bool match_places(spl_arms_reader *r, const uint32_t *order, spl_error *error)
{
    spl_arms *arms = r->arms;
    uint64_t places = first_places(arms->count);
    bool placed[SPL_VARIANTS_MAX] = {false};
    for (uint32_t i = 0; i < arms->variants.count; i++) {
        uint32_t v = pickiest(r, order, placed, places);
        uint64_t fits = r->fits[v] & places;
        if (!fits)
            return spl_fail_field(error, "probabilities", "no place among them has the propensity of variant %.*s",
                                  (int)arms->variants.names[v].size, arms->variants.names[v].data);
        arms->place[v] = (uint32_t)__builtin_ctzll(fits);
        places &= ~(UINT64_C(1) << arms->place[v]);
        placed[v] = true;
    }
    return true;
}

static bool given_shares(spl_arms_reader *r, spl_error *error)
{
    const spl_arms_settings *s = r->settings;
    spl_arms *arms = r->arms;
    arms->count = s->share_count;
    for (uint32_t v = 0; v < arms->variants.count; v++) {
        arms->place[v] = UINT32_MAX;
        for (uint32_t i = 0; i < s->share_count; i++)
            if (spl_text_equal(s->share_names[i], arms->variants.names[v])) arms->place[v] = i;
        if (arms->place[v] == UINT32_MAX)
            return spl_fail_field(error, "shares", "variant %.*s of the log has none",
                                  (int)arms->variants.names[v].size, arms->variants.names[v].data);
    }
    memcpy(arms->shares, s->shares, s->share_count * sizeof *arms->shares);
    return true;
}

static bool constant_propensities(spl_arms_reader *r, const uint32_t *order, spl_error *error)
{
    spl_arms *arms = r->arms;
    double sum = 0;
    if (r->changing)
        return spl_fail_field(error, "probabilities",
                              "are not logged and propensities change; give the shares with --shares NAME=SHARE,...");
    arms->count = arms->variants.count;
    for (uint32_t i = 0; i < arms->count; i++) {
        arms->place[order[i]] = i;
        sum += arms->shares[i] = r->propensity[order[i]];
    }
    if (!(fabs(sum - 1) < 1e-6))
        return spl_fail_field(error, "propensity", "sums to %g over the variants of the log, not to 1", sum);
    for (uint32_t i = 0; i < arms->count; i++) arms->shares[i] /= sum;
    return true;
}

static bool name_places(spl_arms_reader *r, spl_error *error)
{
    spl_arms *arms = r->arms;
    for (uint32_t v = 0; v < arms->variants.count; v++) {
        spl_text name = arms->variants.names[v];
        char *copy = strndup(name.data, name.size);
        if (!copy) return spl_fail(error, "out of memory");
        arms->names[arms->place[v]] = (spl_text){copy, name.size};
    }
    for (uint32_t i = 0; i < arms->count; i++) {
        char number[32];
        if (arms->names[i].data) continue;
        spl_text given = i < r->settings->share_count ? r->settings->share_names[i] : (spl_text){0};
        snprintf(number, sizeof number, "(variant %u)", i);
        char *copy = given.size ? strndup(given.data, given.size) : strdup(number);
        if (!copy) return spl_fail(error, "out of memory");
        arms->names[i] = c_text(copy);
    }
    return true;
}

static bool fail_without_variants(const spl_event_lines *walk, spl_error *error)
{
    const spl_error *bad = &walk->first_bad;
    if (walk->bad_lines == 0) return spl_fail(error, "the log has no exposure whose variant was drawn");
    return spl_fail(error,
                    "the log has no exposure whose variant was drawn; %" PRIu64 " of %" PRIu64
                    " lines are no events, the first line %" PRIu64 ": %s%s%s",
                    walk->bad_lines, walk->lines, bad->line, bad->field, bad->field[0] ? ": " : "", bad->text);
}

bool spl_arms_reader_settle(spl_arms_reader *r, spl_error *error)
{
    uint32_t order[SPL_VARIANTS_MAX];
    spl_arms *arms = r->arms;
    if (arms->variants.count == 0) return fail_without_variants(&arms->walk, error);
    if (!spl_variants_order(&arms->variants, r->settings->control, order, error)) return false;
    arms->fixed = r->settings->share_count > 0 || r->with_probabilities == 0;
    if (arms->fixed) arms->constant = true;
    bool ok = r->settings->share_count > 0 ? given_shares(r, error)
              : r->with_probabilities == 0 ? constant_propensities(r, order, error)
                                           : match_places(r, order, error);
    return ok && name_places(r, error);
}

spl_arms_reader *spl_arms_reader_new(const spl_arms_settings *settings, spl_arms *out)
{
    spl_arms_reader *r = calloc(1, sizeof *r);
    *out = (spl_arms){.constant = true};
    if (!r) return NULL;
    r->settings = settings;
    r->arms = out;
    return r;
}

void spl_arms_reader_free(spl_arms_reader *reader)
{
    free(reader);
}

bool spl_arms_read(const char *path, const spl_arms_settings *settings, spl_arms *out, spl_error *error)
{
    spl_arms_reader *r = spl_arms_reader_new(settings, out);
    if (!r) return spl_fail(error, "out of memory");
    bool ok = spl_event_walk(path, "reading", visit, r, &out->walk, error) && spl_arms_reader_settle(r, error);
    spl_arms_reader_free(r);
    if (!ok) spl_arms_free(out);
    return ok;
}

void spl_arms_free(spl_arms *arms)
{
    spl_variants_free(&arms->variants);
    for (uint32_t i = 0; i < SPL_VARIANTS_MAX; i++) free((char *)arms->names[i].data);
    *arms = (spl_arms){0};
}

const double *spl_arms_drawn_from(const spl_arms *arms, uint32_t seen, double propensity, const double *probabilities,
                                  uint32_t count)
{
    const double *p = arms->fixed ? arms->shares : probabilities;
    uint32_t place = arms->place[seen];
    if (!arms->fixed && (count != arms->count || p[place] != propensity)) return NULL;
    return p[place] > 0 ? p : NULL;
}

const double *spl_arms_of(const spl_arms *arms, const spl_event *event, uint32_t *variant, bool *unusable)
{
    *unusable = false;
    if (event->kind != SPL_EVENT_EXPOSURE || !spl_event_was_drawn(event)) return NULL;
    if (!spl_text_equal(event->experiment, c_text(arms->experiment))) return NULL;
    uint32_t v = 0;
    while (v < arms->variants.count && !spl_text_equal(arms->variants.names[v], event->variant)) v++;
    *unusable = true;
    if (v == arms->variants.count) return NULL;
    *variant = arms->place[v];
    const double *p = spl_arms_drawn_from(arms, v, event->propensity, event->probabilities, event->probability_count);
    *unusable = p == NULL;
    return p;
}
