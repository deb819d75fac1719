// SPDX-License-Identifier: GPL-3.0-or-later
// What may be concluded from an experiment that is still running, at any time and as often as one likes: each variant
// against the control, with confidence sequences over the exposures' scores (stats/adaptive.h), which hold for bandits
// as well.
#ifndef SAMPLIT_MONITOR_H
#define SAMPLIT_MONITOR_H

#include "events/arms.h"
#include "events/join.h"
#include "stats/adaptive.h"
#include "stats/design_looks.h"

typedef struct spl_monitor_settings {
    spl_arms_settings arms;
    const char *outcome; // NULL = the first that joins
    int64_t window_ms;
    double alpha;          // error over all variants and looks, split among the variants (Bonferroni)
    double n_opt;          // units at which the sequences are tightest; 5,000 is usual
    double worth;          // a difference smaller than this, either way, is not worth having; 0 = not given
    uint32_t looks;        // planned, equally far apart; 0 = none, only what holds at every look
    double planned;        // units at the last of them
    spl_spending spending; // of alpha over them
} spl_monitor_settings;

// A look is taken after SPL_MONITOR_FIRST units, then whenever there are a twentieth more, and at the end. The
// sequences are asymptotic: nothing is said of a variant before it and the control have SPL_MONITOR_REWARDED rewards
// other than 0 each.
#define SPL_MONITOR_FIRST 100
#define SPL_MONITOR_REWARDED 10
#define SPL_MONITOR_SERVED 30
#define SPL_MONITOR_LOOKS_MAX 500

spl_monitor_settings spl_monitor_settings_default(void);

typedef enum spl_monitor_verdict {
    SPL_MONITOR_EARLY,  // too few units or rewards
    SPL_MONITOR_OPEN,   // go on
    SPL_MONITOR_BETTER, // surely better than the control
    SPL_MONITOR_WORSE,  // surely worse
    SPL_MONITOR_FUTILE, // surely not better by `worth`
} spl_monitor_verdict;
const char *spl_monitor_verdict_name(spl_monitor_verdict verdict); // "early", "open", … Static storage.

// One look at one variant.
typedef struct spl_monitor_point {
    uint64_t units;  // so far
    int64_t time_ms; // of the last of them
    double difference;
    spl_interval sequence; // intersection of all looks so far; NaN while early
    double p;              // always-valid, so far
} spl_monitor_point;

// One variant at a look that was planned (stats/design_looks.h): better where z reaches the bound, worse where -z does.
// Before the last, futile where its bound will be reached with a chance below SPL_MONITOR_HOPELESS, by what was seen
// (predictive power). To go on all the same costs no error, for the bounds do not count on stopping.
#define SPL_MONITOR_HOPELESS 0.05
typedef struct spl_monitor_planned {
    uint64_t units;
    double z, bound, chance; // z and chance are NaN while early
    spl_monitor_verdict verdict;
} spl_monitor_planned;

typedef struct spl_monitor_arm {
    uint64_t served;
    spl_mean naive, mean; // rewards as they came; weighed by their probabilities
    // Of `mean`, 1 - alpha, for this one look; NaN below SPL_MONITOR_SERVED units or SPL_MONITOR_REWARDED rewards,
    // which would seem to know all.
    spl_interval interval;
    spl_monitor_verdict verdict; // of variants, not of the control
    uint64_t decided_at;         // units at the look that first gave this verdict; 0 while it is early or open
    spl_monitor_point *points;   // [look_count], the last is now; owned; none for the control
    spl_monitor_planned planned[SPL_DESIGN_LOOKS_MAX]; // [planned_count]
} spl_monitor_arm;

typedef struct spl_monitor {
    spl_arms arms;
    spl_text outcome; // owned
    uint64_t units, repeated, unusable;
    spl_join_counts joined;
    uint32_t look_count, planned_count; // looks so far; planned ones so far
    spl_monitor_arm *variants;          // [arms.count]; index 0 is the control
} spl_monitor;

// Of each unit the first exposure and its outcome count. Reads the log twice: for the arms, and for the scores.
bool spl_monitor_log(const char *path, const spl_monitor_settings *settings, spl_monitor *out, spl_error *error);
void spl_monitor_free(spl_monitor *monitor);

// The same from visitors that were read otherwise, the first exposure of each in the order of time. `out` is zero but
// for arms.count, 1 or more, and must outlive the feed, as must the settings, of which alpha, n_opt, worth and the
// planned looks are read.
typedef struct spl_monitor_feed spl_monitor_feed;
spl_monitor_feed *spl_monitor_feed_new(const spl_monitor_settings *settings, spl_monitor *out); // NULL: out of memory
void spl_monitor_feed_add(spl_monitor_feed *feed, const double *p, uint32_t variant, double reward, int64_t time_ms);
void spl_monitor_feed_end(spl_monitor_feed *feed);  // the last look; then `out` is complete
void spl_monitor_feed_free(spl_monitor_feed *feed); // NULL is fine

#endif
