// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a bundle still fits the visits it serves. Four things can drift, and they mean different things:
//
//   features      what visitors are like       PSI per attribute (learn/drift/psi.h)
//   segments      how many fall into each      PSI over the tree; per segment a test of its share
//   assignments   what is served to them       PSI of the policy's probabilities then and now; and what was served
//                                              against those probabilities, which must agree but for chance
//   rewards       what becomes of them         per segment, two tests over the variants' changes d, each with its
//                                              variance: all moved alike (their mean over 0), which a policy need not
//                                              mind; they moved apart (Cochran's Q), so that another may be best now
//
// Every family of tests is corrected by Holm (1979). Tests take visits as independent.
#ifndef SAMPLIT_DRIFT_H
#define SAMPLIT_DRIFT_H

#include "bundle/report_read.h"
#include "learn/drift/drift_log.h"
#include "learn/drift/psi.h"

// From good to bad.
typedef enum spl_drift_verdict {
    SPL_DRIFT_OK,
    SPL_DRIFT_UNKNOWN, // too few visits: chance alone could take the index above `watch`
    SPL_DRIFT_WATCH,
    SPL_DRIFT_DRIFTED,
} spl_drift_verdict;

const char *spl_drift_word(spl_drift_verdict verdict); // "ok", "too few visits", "watch", "drifted"

typedef struct spl_drift_config {
    double watch, limit; // of an index after its noise; 0.1 and 0.2
    double alpha;        // level of each family of tests: 0.01
    int64_t stale_ms;    // older is stale: 7 days; 0 = nothing is
    int64_t now_ms;      // INT64_MIN = the log's newest exposure
    uint32_t periods;    // days that both logs must span for `hour` to count, weeks for `dow` and `is_weekend`; 2
    uint32_t ignore_count;
    const spl_text *ignore; // [ignore_count] attributes that are not looked at
} spl_drift_config;

spl_drift_config spl_drift_config_default(void);

// Then and now, as shares.
typedef struct spl_drift_move {
    uint32_t bin; // the one that adds most to the index
    double then, now;
} spl_drift_move;

typedef struct spl_drift_feature {
    const spl_reference_attribute *bins;
    uint64_t now[SPL_REFERENCE_BINS_MAX]; // counts, as bins->counts
    spl_psi psi;
    double p; // psi.p after Holm over the features
    spl_drift_move most;
    spl_drift_verdict verdict;
} spl_drift_feature;

// NaN where there is too little to tell; p-values are after Holm over the segments.
typedef struct spl_drift_segment {
    uint32_t node;
    double then, now;             // visits here and in all segments below
    double share_then, share_now; // of all visits
    double share_p;               // that the share is the same
    double rate_then, rate_now;   // reward per visit among those for whom no finer segment is
    double rate_p;                // that no variant's reward changed, against all having changed alike
    double effect_p;              // that all changed alike
} spl_drift_segment;

typedef struct spl_drift_variant {
    double intended_then, intended_now; // mean probability over the visits then and now
    uint64_t served;                    // units whose first exposure by this bundle was of the variant
    double expected;                    // of these units, by its probabilities
    double p;                           // that chance made the difference, after Holm over the variants
} spl_drift_variant;

// How well an encoder tells labelled rows apart: the share of rows whose nearest neighbour, in a sample of them, has
// their label.
typedef struct spl_drift_recall {
    uint32_t rows_then, rows_now; // 0 = not known
    double then, now;
    double p; // that chance made the difference
    spl_drift_verdict verdict;
} spl_drift_recall;

typedef struct spl_drift {
    spl_drift_verdict verdict; // the worst of all
    bool stale;
    int64_t age_ms;         // since the newest visit learned from; 0 without any
    bool calendar_left_out; // attributes of the calendar, and clusters that it has a part in, for a log was too short
    uint32_t feature_count;
    spl_drift_feature *features; // [feature_count] by verdict and index, the worst first
    spl_psi segments;            // where visits fall in the tree
    spl_drift_verdict segments_verdict;
    uint32_t segment_count;
    spl_drift_segment *segment;    // [segment_count] in order of the tree's nodes
    double rate_p, effect_p;       // the same tests over all segments together
    bool rate_moved, effect_moved; // somewhere, at level alpha
    spl_psi intended;              // of the policy's probabilities; raw NaN where those then are not known
    spl_drift_verdict intended_verdict;
    spl_drift_variant *variant; // [variants of the experiment]
    uint64_t own, own_units;    // exposures that this bundle made
    bool misserved;             // and they do not follow its probabilities
    double worst;               // the highest index that counts: after its noise, and not by chance
    spl_drift_recall recall;
} spl_drift;

// `report` and `reference` are those of the bundle. False when out of memory. O(nodes * variants).
bool spl_drift_measure(const spl_bundle *bundle, uint32_t experiment, const spl_report *report,
                       const spl_reference *reference, const spl_drift_log *log, const spl_drift_config *config,
                       spl_drift *out);
// The same of a bundle without a policy: visits and age only; of the log, its tally. False when out of memory.
bool spl_drift_measure_visits(const spl_bundle *bundle, const spl_reference *reference, const spl_drift_log *log,
                              const spl_drift_config *config, spl_drift *out);
// Adds what became of the encoder, to a measure: a recall lower by 0.05 is to be watched, by 0.1 it has drifted, where
// chance would rarely do it. The two-proportion z-test, pooled, with half
// as many rows: two that are nearest to each other both hit or both miss.
void spl_drift_note_recall(const spl_drift_config *config, uint32_t rows_then, double then, uint32_t rows_now,
                           double now, spl_drift *drift);

void spl_drift_free(spl_drift *drift);

#endif
