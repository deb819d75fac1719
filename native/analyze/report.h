// SPDX-License-Identifier: GPL-3.0-or-later
// What `samplit analyze` has to tell: everything that is printed, drawn or written as JSON stands here, and the writers
// compute nothing.
//
// Units. A rate, a share and a difference of rates are fractions (0.05 is 5 %); where `binary` is false, rates are mean
// rewards in units of the outcome. A lift is relative (0.65 is 65 % more). Times are Unix milliseconds, UTC. Intervals
// are of confidence 1 - alpha, for this one look, unless they are called a sequence: that holds at every look. NaN,
// or an interval of NaNs, is what cannot be told and is never printed as a number; a lift's interval may have an
// infinite end. Probabilities of Bayes (p_best) use flat priors.
//
// Ownership. The report owns all it points to; spl_analysis_free lets go of it. Texts are visible UTF-8
// (host/visible.h): safe for a terminal, and for a page by spl_put_html. `SPL_ANALYSIS_NONE` stands for "no index".
#ifndef SAMPLIT_ANALYSIS_REPORT_H
#define SAMPLIT_ANALYSIS_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/interval.h"
#include "stats/p_adjust.h"
#include "stats/srm.h"

#define SPL_ANALYSIS_NONE UINT32_MAX

// How a figure was made. spl_analysis_method_name has the words: "counts", "fisher", "welch", "aipw".
typedef enum spl_analysis_method {
    SPL_ANALYSIS_NOTHING, // not made: too little is known
    SPL_ANALYSIS_COUNTS,  // Wilson and Newcombe intervals, Katz's for the lift, pooled z-test: fixed probabilities only
    SPL_ANALYSIS_FISHER,  // as counts, p by Fisher's exact test, where an expected count is below 5
    SPL_ANALYSIS_WELCH,   // means of rewards that are not 0 or 1, by Welch's t-test: fixed probabilities only
    SPL_ANALYSIS_AIPW,    // weighted by the logged probabilities: adaptively weighted AIPW (Hadad et al. 2021)
} spl_analysis_method;

// One mean held against another.
typedef struct spl_analysis_effect {
    spl_analysis_method method;
    double difference;
    spl_interval interval;      // of the difference
    double lift;                // NaN where what it is held against is not above 0
    spl_interval lift_interval; // an end may be infinite
    double p, p_corrected;      // two-sided, for one look; the second for all tests of its family (see `tests`)
    bool claimed;               // p_corrected < alpha
    double more_visitors;       // that it takes, here, until an effect of this size would be claimed (power 80 %); 0 =
                                // none more; NaN where there is no effect to speak of, too little is known to tell its
                                // size (Fisher), or more than 1e9 are needed
} spl_analysis_effect;

// One variant, in the whole experiment or in a segment.
typedef struct spl_analysis_arm {
    uint64_t visitors;             // who were served it
    double converted;              // of them with a reward other than 0
    double share, expected_share;  // of the visitors here; as the logged probabilities would have it
    double as_served;              // mean reward as it came: biased where probabilities changed
    double rate;                   // by `method`
    spl_interval interval;         // of the rate
    spl_analysis_method method;    // of rate, interval and the two below
    double p_best, expected_loss;  // that it is the best here; what choosing it costs per visitor if it is not
    double shrunk_lift;            // lift over the control, drawn towards that of the whole as far as noise explains it
    spl_interval shrunk_interval;  // segments only, else NaN
    spl_analysis_effect effect;    // over the control; all NaN for the control itself
    spl_analysis_effect different; // segments only: its effect here less its effect elsewhere (lift is NaN)
} spl_analysis_arm;

// What may be concluded at any time and as often as one looks (evaluate/monitor.h). Per variant; the control's is
// empty.
typedef struct spl_analysis_watch {
    double difference;
    spl_interval sequence; // of the difference, at every look, over all variants; NaN while it is too early
    double p;              // always-valid
    const char *verdict;   // "early", "open", "better", "worse", "futile"; static storage
    uint64_t decided_at;   // visitors at the look that gave it; 0 while early or open
} spl_analysis_watch;

typedef enum spl_analysis_standing { SPL_ANALYSIS_AVERAGE, SPL_ANALYSIS_HIGH, SPL_ANALYSIS_LOW } spl_analysis_standing;

// Visitors with the same values of some attributes; segments[0] is everybody. A parent stands before its children, and
// a subtree in one piece.
typedef struct spl_analysis_segment {
    char *key;         // "device:mobile|source:instagram", "global"
    char *name;        // for people: "mobile, instagram"; "everybody"
    char *attribute;   // the last one, by which it differs from its parent: "source"; empty for everybody
    char *value;       // and its value there: "instagram"
    uint32_t depth;    // attributes; 0 = everybody
    uint32_t parent;   // SPL_ANALYSIS_NONE for everybody
    uint32_t children; // directly below
    bool last;         // of its siblings
    uint64_t visitors;
    double share;             // of all visitors
    double rate;              // under the experiment's overall mix of variants, so that segments can be compared
    spl_interval interval;    // of the rate
    spl_analysis_effect rest; // over all other visitors
    double shrunk_rate;       // drawn towards the rate of all as far as noise explains the distance
    spl_interval shrunk_interval;
    double robust_z; // distance of its rate from the pooled model in robust standard deviations; NaN if untested
    bool anomaly;    // |robust_z| beyond `anomaly_z`
    spl_analysis_standing standing; // claimed to be above or below the rest
    spl_analysis_arm *arms;         // [variant_count]
    uint32_t best;                  // the variant of the highest p_best; SPL_ANALYSIS_NONE if none can be told
    uint32_t winner; // the variant claimed to be better than the control here, of several the best; else NONE
    bool differs;    // some variant's effect here is claimed to differ from its effect elsewhere
} spl_analysis_segment;

// One variant in one stretch of time.
typedef struct spl_analysis_point {
    uint64_t visitors;
    double share, expected_share; // of the stretch's visitors
    double rate;                  // of the stretch alone, as served; NaN without visitors
    double so_far;                // by the arm's method, from the beginning to the end of the stretch
    spl_interval sequence;        // of so_far, at every look; NaN while it is too early
} spl_analysis_point;

typedef struct spl_analysis_time {
    int64_t width_ms;           // of a stretch
    uint32_t count;             // stretches, 1 or more; empty ones too
    int64_t *start_ms;          // [count]
    uint64_t *visitors;         // [count]
    spl_analysis_point *points; // (count, variant_count)
} spl_analysis_time;

// Where a variant's rate, or the share of conversions of all, changed for good.
typedef struct spl_analysis_change {
    uint32_t variant;     // SPL_ANALYSIS_NONE = all visitors together
    int64_t time_ms;      // when it began, as near as can be told
    double before, after; // rates
    double score, limit;  // of the CUSUM, in standard deviations; a change is told where score > limit
} spl_analysis_change;

typedef enum spl_analysis_grade { SPL_ANALYSIS_FINE, SPL_ANALYSIS_DOUBT, SPL_ANALYSIS_BROKEN } spl_analysis_grade;

// One thing about the data that was looked at, also where nothing is wrong.
typedef struct spl_analysis_check {
    spl_analysis_grade grade;
    const char *kind; // "ratio", "lines", "outcomes", "repeats", "order", "propensity", "size", …; static storage
    char *text;       // one or two sentences
    double figure;    // what it is about (a p-value, a share); NaN if nothing
} spl_analysis_check;

// Where a sample ratio mismatch sits; the strongest first, p < 0.01 only.
typedef struct spl_analysis_leak {
    char *where; // "device:mobile", "day:2026-11-21"
    uint64_t visitors;
    uint32_t variant; // furthest off
    double deviation; // served less expected, as a share of those visitors
    double p;         // corrected for all places and variants
} spl_analysis_leak;

typedef enum spl_advice_kind {
    SPL_ADVICE_FIX_DATA, // nothing else counts before that
    SPL_ADVICE_SHIP,     // a variant is better for everybody
    SPL_ADVICE_STOP,     // a variant is worse
    SPL_ADVICE_TARGET,   // another variant is best for a segment
    SPL_ADVICE_CHANGED,  // a rate changed while the experiment ran
    SPL_ADVICE_LOOK_AT,  // a segment stands out, high or low
    SPL_ADVICE_CONTINUE, // how many more visitors settle it
    SPL_ADVICE_KINDS,
} spl_advice_kind;

// What to do, most urgent first. Numbers that do not apply are NaN, indices SPL_ANALYSIS_NONE.
typedef struct spl_advice {
    spl_advice_kind kind;
    char *text; // whole sentences, with their evidence
    uint32_t segment, variant;
    double lift;
    spl_interval lift_interval;
    double p_corrected, p_best, more_visitors;
} spl_advice;

typedef struct spl_analysis_words {
    uint32_t count;
    char **text; // [count] sentences
} spl_analysis_words;

typedef struct spl_analysis_counts {
    uint64_t lines, bad_lines;
    char *first_bad;                                  // where and why; NULL if there is none
    uint64_t visitors;                                // counted: units by their first exposure
    uint64_t repeated;                                // exposures of units that were counted before
    uint64_t duplicate_exposures, duplicate_outcomes; // same id again; a second outcome of one exposure
    uint64_t too_young;      // exposures at the end of the log whose outcome may still come: left out
    uint64_t late;           // exposures out of order by more than the window; counted
    uint64_t outcomes;       // joined
    uint64_t outcomes_alone; // without a counted exposure in the window before them
    uint64_t outcomes_other; // of other names
    uint64_t not_drawn;      // exposures whose variant a rule set: left out
    uint64_t unusable;       // exposures whose propensity is not that of their probabilities: left out
    uint64_t other_experiments;
} spl_analysis_counts;

typedef struct spl_analysis {
    char *source;     // path of the log as given
    char *experiment; // key
    char *outcome;    // name; NULL if the log has none
    bool binary;      // every reward was 0 or 1: rates, else means
    bool adaptive;    // the logged probabilities changed: figures are weighted by them, and naive tests are not made
    double alpha;
    spl_correction variant_correction; // of variants against the control, over all
    spl_correction correction;         // of segments
    int64_t window_ms;                 // within which an outcome counts
    int64_t first_ms, last_ms;         // of the visitors counted
    spl_analysis_counts counts;

    spl_analysis_words
        summary; // what a hurried reader must know: winner, how sure, for whom, healthy or not, what to do
    spl_analysis_grade health; // the worst of the checks
    uint32_t check_count;
    spl_analysis_check *checks;
    spl_srm_light light; // of the sample ratio
    double ratio_p;      // at every look; NaN with one variant
    double ratio_deviation;
    uint32_t leak_count;
    spl_analysis_leak *leaks;

    uint32_t variant_count; // 1 or more
    char **variant_names;   // [variant_count]; 0 is the control
    double rate;            // of all, under the overall mix of variants
    spl_interval interval;
    uint32_t best, winner;     // as in a segment, for everybody
    spl_analysis_watch *watch; // [variant_count]

    uint32_t segment_count; // 1 or more; 0 is everybody, and its arms are those of the whole
    spl_analysis_segment *segments;
    double anomaly_z;        // limit of |robust_z|
    uint32_t min_visitors;   // smaller segments are not looked at
    uint32_t small_segments; // so many of them
    uint32_t more_segments;  // not looked at for there being too many
    char **attributes;       // [attribute_count] that segments are made of
    uint32_t attribute_count;
    uint32_t rate_tests, effect_tests, difference_tests; // made: segment against rest; variant against control in
                                                         // segments; the same against elsewhere. Each is a family
    uint32_t *high, *low; // segments claimed to be above / below the rest, the furthest (shrunken) first; without those
                          // within another of the list whose interval meets theirs
    uint32_t high_count, low_count;

    spl_analysis_time time;
    uint32_t change_count;
    spl_analysis_change *changes;

    uint32_t advice_count;
    spl_advice *advice;
    spl_analysis_words warnings; // how to read the figures: which estimator, what was left out
} spl_analysis;

const char *spl_analysis_method_name(spl_analysis_method method); // static storage
const char *spl_analysis_grade_name(spl_analysis_grade grade);    // "fine", "doubt", "broken"
const char *spl_advice_kind_name(spl_advice_kind kind);           // "fix-data", "ship", …
// Zeroed reports are fine.
void spl_analysis_free(spl_analysis *report);

#endif
