// SPDX-License-Identifier: GPL-3.0-or-later
// What to do, with the evidence. Only what is significant after correction is claimed; of the rest it is said how many
// visitors more would settle it.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/build.h"
#include "analyze/wording.h"

#define ADVICE_MAX 64
#define TARGETS_MAX 5
#define LOOKS_MAX 3 // high, and as many low
#define CHANGES_MAX 3
#define SURE 0.95 // probability to be best from which a segment is told to go its own way

static spl_advice *add(spl_build *b, spl_advice_kind kind, char *text)
{
    spl_analysis *r = b->report;
    if (!text || r->advice_count == ADVICE_MAX) {
        free(text);
        return NULL;
    }
    spl_advice *a = &r->advice[r->advice_count++];
    *a = (spl_advice){kind, text, SPL_ANALYSIS_NONE, SPL_ANALYSIS_NONE, NAN, {NAN, NAN}, NAN, NAN, NAN};
    return a;
}

static void prove(spl_advice *a, const spl_analysis_effect *e, uint32_t segment, uint32_t variant, double p_best)
{
    if (!a) return;
    a->segment = segment;
    a->variant = variant;
    a->lift = e->lift;
    a->lift_interval = e->lift_interval;
    a->p_corrected = e->p_corrected;
    a->p_best = p_best;
    a->more_visitors = e->more_visitors;
}

static void advise_data(spl_build *b)
{
    const spl_analysis *r = b->report;
    for (uint32_t i = 0; i < r->check_count; i++)
        if (r->checks[i].grade == SPL_ANALYSIS_BROKEN)
            add(b, SPL_ADVICE_FIX_DATA, spl_build_text(b, "First of all mend the data. %s", r->checks[i].text));
    if (r->light != SPL_SRM_GREEN_LIGHT && r->leak_count > 0)
        add(b, SPL_ADVICE_FIX_DATA,
            spl_build_text(b, "Look at %s first: variant %s was served %.1f %% of the visitors %s than expected there.",
                           r->leaks[0].where, r->variant_names[r->leaks[0].variant], 100 * fabs(r->leaks[0].deviation),
                           r->leaks[0].deviation < 0 ? "less" : "more"));
}

// "p 0.01 at this look, p 0.06 at every look"
static char *evidence(const spl_analysis *r, uint32_t v, char out[2 * SPL_WORDS_MAX])
{
    char now[SPL_WORDS_MAX], always[SPL_WORDS_MAX];
    snprintf(out, 2 * SPL_WORDS_MAX, "%s at this look, %s at every look",
             spl_words_p(r->segments[0].arms[v].effect.p_corrected, now), spl_words_p(r->watch[v].p, always));
    return out;
}

static void advise_whole(spl_build *b)
{
    const spl_analysis *r = b->report;
    const spl_analysis_arm *arms = spl_build_arms(b, 0);
    char words[SPL_WORDS_MAX], best[SPL_WORDS_MAX], proof[2 * SPL_WORDS_MAX];
    for (uint32_t v = 1; v < r->variant_count; v++) {
        const spl_analysis_effect *e = &arms[v].effect;
        if (!e->claimed || (v != r->winner && e->difference > 0)) continue;
        spl_words_effect(r, e, words);
        spl_words_probability(arms[v].p_best, best);
        const char *name = r->variant_names[v], *control = r->variant_names[0];
        evidence(r, v, proof);
        if (v == r->winner)
            prove(add(b, SPL_ADVICE_SHIP,
                      spl_build_text(b, "Serve %s: over all it is %s than %s (%s), and the best with probability %s.",
                                     name, words, control, proof, best)),
                  e, 0, v, arms[v].p_best);
        else
            prove(add(b, SPL_ADVICE_STOP,
                      spl_build_text(b, "Stop %s: over all it is %s than %s (%s).", name, words, control, proof)),
                  e, 0, v, arms[v].p_best);
    }
}

// The variant that is served to everybody if the advice for the whole is taken.
static uint32_t served(const spl_analysis *r)
{
    return r->winner == SPL_ANALYSIS_NONE ? 0 : r->winner;
}

// The test that stands for serving `v` in that segment: it beats the control there, or the control beats what is
// served to everybody. NULL where neither is claimed.
static const spl_analysis_effect *case_for(const spl_analysis *r, uint32_t segment, uint32_t v)
{
    const spl_analysis_arm *arms = r->segments[segment].arms;
    const spl_analysis_effect *e = &arms[v == 0 ? served(r) : v].effect;
    return e->claimed && (e->difference > 0) == (v != 0) ? e : NULL;
}

// Whether a segment should be served another variant than everybody.
static bool goes_its_own_way(const spl_analysis *r, uint32_t segment)
{
    const spl_analysis_segment *s = &r->segments[segment];
    return s->best != SPL_ANALYSIS_NONE && s->best != served(r) && s->arms[s->best].p_best >= SURE &&
           case_for(r, segment, s->best);
}

static double weight(const spl_analysis *r, uint32_t segment)
{
    const spl_analysis_segment *s = &r->segments[segment];
    return fabs(case_for(r, segment, s->best)->difference) * (double)s->visitors;
}

// Whether a segment that this one is in gets the same advice.
static bool said_wider(const spl_build *b, uint32_t segment)
{
    const spl_analysis *r = b->report;
    for (uint32_t i = 1; i < r->segment_count; i++)
        if (r->segments[i].best == r->segments[segment].best && goes_its_own_way(r, i) &&
            spl_build_within(b, segment, i))
            return true;
    return false;
}

static char *target_text(spl_build *b, uint32_t segment)
{
    const spl_analysis *r = b->report;
    const spl_analysis_segment *s = &r->segments[segment];
    const spl_analysis_effect *e = case_for(r, segment, s->best);
    char words[SPL_WORDS_MAX], best[SPL_WORDS_MAX], p[SPL_WORDS_MAX];
    spl_words_effect(r, e, words);
    spl_words_probability(s->arms[s->best].p_best, best);
    spl_words_p(e->p_corrected, p);
    if (s->best == 0)
        return spl_build_text(b, "Keep %s for %s: %s is %s than it there (%s after correction).", r->variant_names[0],
                              s->name, r->variant_names[served(r)], words, p);
    return spl_build_text(b,
                          "Serve %s to %s: there it is %s than %s (%s after correction), and the best with "
                          "probability %s.",
                          r->variant_names[s->best], s->name, words, r->variant_names[0], p, best);
}

static void advise_targets(spl_build *b)
{
    const spl_analysis *r = b->report;
    bool *told = spl_build_room(b, r->segment_count, sizeof *told);
    for (int n = 0; told && n < TARGETS_MAX; n++) {
        uint32_t next = SPL_ANALYSIS_NONE;
        for (uint32_t i = 1; i < r->segment_count; i++)
            if (!told[i] && goes_its_own_way(r, i) && !said_wider(b, i) &&
                (next == SPL_ANALYSIS_NONE || weight(r, i) > weight(r, next)))
                next = i;
        if (next == SPL_ANALYSIS_NONE) break;
        told[next] = true;
        const spl_analysis_segment *s = &r->segments[next];
        prove(add(b, SPL_ADVICE_TARGET, target_text(b, next)), case_for(r, next, s->best), next, s->best,
              s->arms[s->best].p_best);
    }
    free(told);
}

static void advise_changes(spl_build *b)
{
    const spl_analysis *r = b->report;
    for (uint32_t i = 0; i < r->change_count && i < CHANGES_MAX; i++) {
        const spl_analysis_change *c = &r->changes[i];
        char when[SPL_WORDS_MAX], before[SPL_WORDS_MAX], after[SPL_WORDS_MAX];
        const char *who = c->variant == SPL_ANALYSIS_NONE ? "all visitors" : r->variant_names[c->variant];
        spl_advice *a =
            add(b, SPL_ADVICE_CHANGED,
                spl_build_text(b, "Find out what happened about %s: the %s of %s went from %s to %s and stayed.",
                               spl_words_day(c->time_ms, when), r->binary ? "rate" : "mean", who,
                               spl_words_rate(r, c->before, before), spl_words_rate(r, c->after, after)));
        if (a) a->variant = c->variant;
    }
}

// What else is known there: the best variant, if it is settled, else how many visitors settle it.
static char *best_there(spl_build *b, const spl_analysis_segment *s)
{
    const spl_analysis *r = b->report;
    char best[SPL_WORDS_MAX], more[SPL_WORDS_MAX];
    if (s->best == SPL_ANALYSIS_NONE) return spl_build_text(b, "%s", "");
    const spl_analysis_effect *e = &s->arms[s->best].effect; // NaN for the control
    spl_words_probability(s->arms[s->best].p_best, best);
    if (e->claimed || isnan(e->more_visitors))
        return spl_build_text(b, " Variant %s is the best there with probability %s.", r->variant_names[s->best], best);
    return spl_build_text(b, " Variant %s is the best there with probability %s; about %s more visitors settle it.",
                          r->variant_names[s->best], best, spl_words_count(e->more_visitors, true, more));
}

static void advise_look(spl_build *b, const uint32_t *list, uint32_t count)
{
    const spl_analysis *r = b->report;
    for (uint32_t i = 0; i < count && i < LOOKS_MAX; i++) {
        const spl_analysis_segment *s = &r->segments[list[i]];
        char words[SPL_WORDS_MAX], p[SPL_WORDS_MAX], *best = best_there(b, s);
        if (!best) return;
        spl_advice *a = add(b, SPL_ADVICE_LOOK_AT,
                            spl_build_text(b, "Look at %s: it %s %s than the rest (%s after correction).%s", s->name,
                                           r->binary ? "converts" : "earns", spl_words_effect(r, &s->rest, words),
                                           spl_words_p(s->rest.p_corrected, p), best));
        prove(a, &s->rest, list[i], s->best, s->best == SPL_ANALYSIS_NONE ? NAN : s->arms[s->best].p_best);
        free(best);
    }
}

static char *patience_text(spl_build *b, uint32_t v, const spl_analysis_effect *e)
{
    const spl_analysis *r = b->report;
    char words[SPL_WORDS_MAX], more[SPL_WORDS_MAX], p[SPL_WORDS_MAX];
    const char *name = r->variant_names[v], *control = r->variant_names[0];
    spl_words_effect(r, e, words);
    if (e->method == SPL_ANALYSIS_FISHER)
        return spl_build_text(b, "Let it run: there are too few visitors yet to tell %s from %s.", name, control);
    if (isnan(e->more_visitors))
        return spl_build_text(b,
                              "%s is level with %s so far (%s): no number of visitors that can be had would settle so "
                              "small a difference.",
                              name, control, words);
    return spl_build_text(b,
                          "Let it run: %s is %s than %s so far, which may be chance (%s); if that is how it is, about "
                          "%s more visitors settle it.",
                          name, words, control, spl_words_p(e->p_corrected, p),
                          spl_words_count(e->more_visitors, true, more));
}

static void advise_patience(spl_build *b)
{
    const spl_analysis_arm *arms = spl_build_arms(b, 0);
    for (uint32_t v = 1; v < b->report->variant_count; v++) {
        const spl_analysis_effect *e = &arms[v].effect;
        if (e->claimed || isnan(e->p)) continue;
        prove(add(b, SPL_ADVICE_CONTINUE, patience_text(b, v, e)), e, 0, v, arms[v].p_best);
    }
}

void spl_build_advice(spl_build *b)
{
    spl_analysis *r = b->report;
    r->advice = spl_build_room(b, ADVICE_MAX, sizeof *r->advice);
    if (!r->advice) return;
    advise_data(b);
    advise_whole(b);
    advise_targets(b);
    advise_changes(b);
    advise_look(b, r->high, r->high_count);
    advise_look(b, r->low, r->low_count);
    advise_patience(b);
}
