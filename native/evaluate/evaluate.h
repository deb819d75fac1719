// SPDX-License-Identifier: GPL-3.0-or-later
// The value of a bundle's policy on a log that another policy made. For every logged exposure the bundle
// says which row of its table it would have served there, or, if its policy is linear, with which probabilities; the
// estimators (stats/ope.h) then need only that, the logged variant and its propensity, and the reward. One pass; memory
// holds the table's rows and the exposures whose attribution window is open.
#ifndef SAMPLIT_EVALUATE_H
#define SAMPLIT_EVALUATE_H

#include "events/fold.h"
#include "events/join.h"
#include "host/error.h"
#include "samplit/bundle.h"
#include "stats/ope.h"
#include "stats/ope_cs.h"

#define SPL_EVALUATE_NAMES_MAX 8 // names remembered for a message
#define SPL_EVALUATE_NAME_MAX 64 // bytes of each, cut
#define SPL_EVALUATE_HEAVY 20    // a weight above it is called heavy: one exposure then counts for twenty

typedef struct spl_evaluate_config {
    uint32_t experiment;     // index in the bundle
    const char *outcome;     // NULL: the name of the first that finds an exposure
    int64_t window_ms;       // attribution window
    double default_reward;   // of an exposure without an outcome
    spl_fold fold;           // only these units
    double clip;             // weights are cut here; 0 = none
    double threshold;        // of switch-DR; 0 = chosen
    spl_ope_cs_config looks; // what is known before the log for intervals at every look
} spl_evaluate_config;

// 24 h, every unit, reward 0, no clipping.
spl_evaluate_config spl_evaluate_config_default(void);

typedef struct spl_names {
    uint32_t count; // in `name`; more may have been met
    char name[SPL_EVALUATE_NAMES_MAX][SPL_EVALUATE_NAME_MAX + 1];
} spl_names;

typedef struct spl_evaluate_counts {
    uint64_t lines, unreadable;
    uint64_t without_propensity; // exposures that say none, or one outside (0, 1]
    uint64_t other_experiment, other_fold;
    uint64_t not_drawn;       // exposures whose variant was not drawn: forced, holdout, paused, not_eligible, default
    uint64_t by_segment;      // exposures without a context, judged by their segment key
    uint64_t at_root;         // exposures that say neither
    uint64_t unknown_variant; // exposures of variants that the bundle does not have
    // Exposures by the level of the segment that the bundle serves them from; the root's is 0.
    uint64_t served_by_level[SPL_TREE_DEPTH_MAX];
} spl_evaluate_counts;

// What has an interval at every look: the bundle's value, and its gain over policies known before the log.
typedef enum spl_evaluate_sequence {
    SPL_SEQUENCE_VALUE,
    SPL_SEQUENCE_OVER_UNIFORM,
    SPL_SEQUENCE_OVER_LOGGING,
    SPL_SEQUENCES,
} spl_evaluate_sequence;

typedef struct spl_evaluation {
    const spl_bundle *bundle;
    const spl_experiment *experiment;
    spl_evaluate_config config;
    spl_evaluate_counts counts;
    spl_names unknown_variants, experiments; // met in the log: not the bundle's; not the one asked for
    char outcome[SPL_EVALUATE_NAME_MAX + 1]; // whose rewards were counted, once finished; empty if none was met
    spl_error first_bad;                     // the first unreadable line
    uint64_t seen[SPL_VARIANTS_MAX];         // exposures per variant of the bundle
    bool binary;                             // every reward was 0 or 1
    spl_ope *ope;                            // the bundle's policy as it is, with its exploration
    spl_ope *leading;                        // each segment's most probable variant only: what the bundle believes in
    spl_ope_cs sequence[SPL_SEQUENCES];
    double *leading_table;           // behind it; NULL where the policy is linear
    struct spl_linear_cells *linear; // where the policy is linear, else NULL
    struct spl_evaluator *work;      // while reading
} spl_evaluation;

// Begins; *out must stay where it is until spl_evaluate_free. The bundle must outlive it.
bool spl_evaluate_start(const spl_bundle *bundle, const spl_evaluate_config *config, spl_evaluation *out,
                        spl_error *error);

// One line of the log. False only when out of memory: a bad line is counted.
bool spl_evaluate_line(spl_evaluation *evaluation, spl_text line, uint64_t number, spl_error *error);

// Counts a line that could not even be read whole.
void spl_evaluate_bad_line(spl_evaluation *evaluation, const spl_error *bad, uint64_t number);

// Closes all windows. *join (may be NULL) gets what the join counted.
void spl_evaluate_finish(spl_evaluation *evaluation, spl_join_counts *join);
void spl_evaluate_free(spl_evaluation *evaluation);

// Whether the log shows all that the policies of a sequence serve.
bool spl_evaluate_sequence_told(const spl_evaluation *evaluation, spl_evaluate_sequence which);

// As spl_ope_value and spl_ope_gain, but where the log does not show all that is served (spl_ope_supported), what is
// earned is not identified: IPS and SNIPS are NaN, and DR and switch-DR have no error or interval.
spl_ope_estimate spl_evaluate_value(const spl_ope *ope, uint32_t policy, spl_ope_estimator estimator);
spl_ope_estimate spl_evaluate_gain(const spl_ope *ope, uint32_t policy, uint32_t over, spl_ope_estimator estimator);

#endif
