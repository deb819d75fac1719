// SPDX-License-Identifier: GPL-3.0-or-later
// What a hurried reader must know, in a few sentences; and how the figures are to be read.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/build.h"
#include "analyze/wording.h"
#include "host/figures.h"

#define NAMED 3 // segments that a sentence names
#define WEEK_MS (INT64_C(7) * 24 * 3600 * 1000)

// The variant that is ahead of the control by its point estimate, though nothing is claimed; 0 = none is.
static uint32_t ahead(const spl_analysis *r)
{
    uint32_t best = 0;
    const spl_analysis_arm *arms = r->segments[0].arms;
    for (uint32_t v = 1; v < r->variant_count; v++)
        if (arms[v].effect.difference > (best ? arms[best].effect.difference : 0)) best = v;
    return best;
}

static void say_winner(spl_build *b)
{
    spl_analysis *r = b->report;
    const spl_analysis_arm *arms = spl_build_arms(b, 0);
    char words[SPL_WORDS_MAX], p[SPL_WORDS_MAX];
    const char *control = r->variant_names[0];
    uint32_t v = r->winner;
    if (r->variant_count < 2) {
        spl_build_say(b, &r->summary, "There is one variant only, %s: nothing to compare it with.", control);
    } else if (v != SPL_ANALYSIS_NONE) {
        spl_build_say(b, &r->summary, "%s wins: %s than %s; it is the best with probability %s.", r->variant_names[v],
                      spl_words_effect(r, &arms[v].effect, words), control, spl_words_probability(arms[v].p_best, p));
    } else if ((v = ahead(r)) != 0) {
        spl_build_say(b, &r->summary,
                      "No variant is shown to be better than %s yet. %s is ahead: %s, which may be chance.", control,
                      r->variant_names[v], spl_words_effect(r, &arms[v].effect, words));
    } else {
        spl_build_say(b, &r->summary, "No variant is shown to be better than %s, and none is ahead of it.", control);
    }
}

static bool holds_always(const spl_analysis *r, uint32_t v)
{
    return strcmp(r->watch[v].verdict, "better") == 0;
}

static void say_how_sure(spl_build *b)
{
    spl_analysis *r = b->report;
    char now[SPL_WORDS_MAX], always[SPL_WORDS_MAX];
    uint32_t v = r->winner;
    if (v == SPL_ANALYSIS_NONE) return;
    spl_words_p(spl_build_arms(b, 0)[v].effect.p_corrected, now);
    spl_words_p(r->watch[v].p, always);
    if (holds_always(r, v))
        spl_build_say(b, &r->summary, "How sure: %s at this look, and %s at every look, so peeking did no harm.", now,
                      always);
    else
        spl_build_say(b, &r->summary,
                      "How sure: %s at this look. The test that allows peeking is not there yet (%s): if you looked "
                      "before, wait for it.",
                      now, always);
}

// The names of the first few segments of a list, with commas.
static char *name_some(spl_build *b, const uint32_t *list, uint32_t count)
{
    const spl_analysis *r = b->report;
    char *names = spl_build_text(b, "%s", "");
    for (uint32_t i = 0; i < count && i < NAMED && names; i++) {
        char *longer = spl_build_text(b, "%s%s%s", names, i ? "; " : "", r->segments[list[i]].name);
        free(names);
        names = longer;
    }
    return names;
}

// How surely some variant does otherwise in the segment than elsewhere: its difference in widths of its interval.
static double strength(const spl_analysis *r, uint32_t segment)
{
    double most = 0;
    for (uint32_t v = 1; v < r->variant_count; v++) {
        const spl_analysis_effect *e = &r->segments[segment].arms[v].different;
        if (e->claimed) most = fmax(most, fabs(e->difference) / (e->interval.high - e->interval.low));
    }
    return most;
}

// The segments that differ, the surest first. Returns how many.
static uint32_t list_different(const spl_analysis *r, uint32_t *list)
{
    uint32_t count = 0;
    for (uint32_t i = 1; i < r->segment_count; i++) {
        if (!r->segments[i].differs) continue;
        uint32_t at = count++;
        for (; at > 0 && strength(r, list[at - 1]) < strength(r, i); at--) list[at] = list[at - 1];
        list[at] = i;
    }
    return count;
}

static void say_for_whom(spl_build *b)
{
    spl_analysis *r = b->report;
    uint32_t looked = r->segment_count - 1, *list = spl_build_room(b, r->segment_count, sizeof *list);
    uint32_t count = list ? list_different(r, list) : 0;
    char *names = list ? name_some(b, list, count) : NULL;
    if (names && looked == 0)
        spl_build_say(b, &r->summary, "For whom: the log tells no segments apart.");
    else if (names && r->variant_count > 1 && count == 0)
        spl_build_say(b, &r->summary,
                      "For whom: in none of %" PRIu32 " %s a variant is shown to do better or worse than "
                      "elsewhere.",
                      looked, looked == 1 ? "segment" : "segments");
    else if (names && r->variant_count > 1)
        spl_build_say(b, &r->summary,
                      "For whom: in %" PRIu32 " of %" PRIu32 " segments a variant does better or worse than "
                      "elsewhere: %s%s.",
                      count, looked, names, count > NAMED ? ", and others" : "");
    free(names);
    free(list);
}

static void say_performers(spl_build *b)
{
    spl_analysis *r = b->report;
    char *high = name_some(b, r->high, r->high_count), *low = name_some(b, r->low, r->low_count);
    const char *does = r->binary ? "convert" : "earn";
    if (high && low && r->high_count > 0)
        spl_build_say(b, &r->summary, "Above the rest %s %s%s.", does, high,
                      r->high_count > NAMED ? ", and others" : "");
    if (high && low && r->low_count > 0)
        spl_build_say(b, &r->summary, "Below the rest %s %s%s.", does, low, r->low_count > NAMED ? ", and others" : "");
    free(high);
    free(low);
}

static void say_health(spl_build *b)
{
    spl_analysis *r = b->report;
    const spl_analysis_check *worst = NULL;
    for (uint32_t i = 0; i < r->check_count && !worst; i++)
        if (r->checks[i].grade == r->health) worst = &r->checks[i];
    if (r->health == SPL_ANALYSIS_FINE || !worst)
        spl_build_say(b, &r->summary, "The data are healthy.");
    else if (r->health == SPL_ANALYSIS_DOUBT)
        spl_build_say(b, &r->summary, "The data leave a doubt. %s", worst->text);
    else
        spl_build_say(b, &r->summary, "The data are broken: trust no figure below. %s", worst->text);
}

// The first thing to do; looking at segments comes after what decides the experiment.
static void say_what_to_do(spl_build *b)
{
    spl_analysis *r = b->report;
    if (r->advice_count == 0 || r->health == SPL_ANALYSIS_BROKEN) return;
    uint32_t first = 0;
    for (uint32_t i = r->advice_count; i-- > 0;)
        if (r->advice[i].kind != SPL_ADVICE_LOOK_AT && r->advice[i].kind != SPL_ADVICE_CHANGED) first = i;
    spl_build_say(b, &r->summary, "What to do: %s", r->advice[first].text);
}

static void warn_of_method(spl_build *b)
{
    spl_analysis *r = b->report;
    if (r->adaptive)
        spl_build_say(b, &r->warnings,
                      "The probabilities of variants changed while the log was made, as a bandit's do. Rates "
                      "and differences are weighted by the logged probabilities (adaptively weighted AIPW); rates as "
                      "served are biased and stand beside them for comparison only, and no naive test is made.");
    else
        spl_build_say(b, &r->warnings,
                      "Every visitor's variant was drawn with the same probabilities: rates are plain %s, and "
                      "tests those of a fixed experiment (%s).",
                      r->binary ? "counts" : "means",
                      r->binary ? "pooled z-test, Fisher's where counts are small" : "Welch's t-test");
}

static void warn_of_tests(spl_build *b)
{
    spl_analysis *r = b->report;
    if (r->segment_count > 1)
        spl_build_say(
            b, &r->warnings,
            "Segments: %" PRIu32 " tests of rates, %" PRIu32 " of variants and %" PRIu32
            " of whether variants do otherwise than elsewhere were made; p-values are corrected within each of "
            "the three (%s).",
            r->rate_tests, r->effect_tests, r->difference_tests, spl_correction_name(r->correction));
    if (r->small_segments > 0)
        spl_build_say(b, &r->warnings, "%" PRIu32 " %s with fewer than %" PRIu32 " visitors %s not looked at.",
                      r->small_segments, r->small_segments == 1 ? "segment" : "segments", r->min_visitors,
                      r->small_segments == 1 ? "was" : "were");
    if (r->more_segments > 0)
        spl_build_say(b, &r->warnings,
                      "%" PRIu32 " more segments were not looked at: there are too many. Name the attributes "
                      "that matter.",
                      r->more_segments);
}

static void warn_of_data(spl_build *b)
{
    spl_analysis *r = b->report;
    const spl_analysis_counts *c = &r->counts;
    if (r->last_ms - r->first_ms < WEEK_MS)
        spl_build_say(b, &r->warnings, "The log spans %.1f days: weekdays and weekends are not both in it.",
                      (double)(r->last_ms - r->first_ms) / (WEEK_MS / 7.0));
    if (c->not_drawn > 0)
        spl_build_say(b, &r->warnings,
                      "%" PRIu64 " exposures whose variant a rule set (forced, held out, paused) are left out.",
                      c->not_drawn);
    if (c->other_experiments > 0)
        spl_build_say(b, &r->warnings, "%" PRIu64 " exposures of other experiments are left out.",
                      c->other_experiments);
    if (!b->visitors->with_context && r->segment_count > 1)
        spl_build_say(b, &r->warnings,
                      "No contexts were logged: segments are those that served, and a visitor is in one only "
                      "as far as its key tells.");
}

void spl_build_summary(spl_build *b)
{
    say_winner(b);
    say_how_sure(b);
    say_for_whom(b);
    say_performers(b);
    say_health(b);
    say_what_to_do(b);
    warn_of_method(b);
    warn_of_tests(b);
    warn_of_data(b);
}
