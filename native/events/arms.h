// SPDX-License-Identifier: GPL-3.0-or-later
// The variants of one experiment in a log, and the probabilities that each exposure was drawn from.
//
// Exposures log probabilities by index and the served variant by name. A first pass over the log finds which name has
// which index: one whose probability is the logged propensity every time. Where several fit, their probabilities were
// always equal, and it does not matter which is which; then the control comes first and the others by name.
#ifndef SAMPLIT_ARMS_H
#define SAMPLIT_ARMS_H

#include "events/walk.h"
#include "learn/variants.h"

typedef struct spl_arms_settings {
    const char *experiment;      // NULL = the only one in the log
    const char *control;         // as in spl_variants_order
    uint32_t share_count;        // shares given by the user in place of the logged probabilities; 0 = none
    const spl_text *share_names; // [share_count]
    const double *shares;        // [share_count], sum 1
} spl_arms_settings;

typedef struct spl_arms {
    char experiment[65];
    uint32_t count;                        // places: logged probabilities, or shares
    spl_text names[SPL_VARIANTS_MAX];      // [count] by place; owned; "(variant 3)" for one that was never served
    bool constant;                         // every exposure had the same probabilities
    double shares[SPL_VARIANTS_MAX];       // [count] of the first exposure, or given
    uint64_t not_drawn, other_experiments; // exposures left out
    spl_event_lines walk;
    bool fixed;                       // `shares` stand for what is not logged
    spl_variants variants;            // as they turned up
    uint32_t place[SPL_VARIANTS_MAX]; // [variants.count] of each
} spl_arms;

// Reads the log once. Exposures need their `probabilities`; without them, one propensity per variant throughout, which
// then must sum to 1, or the shares. The error says which of that is missing.
bool spl_arms_read(const char *path, const spl_arms_settings *settings, spl_arms *out, spl_error *error);
void spl_arms_free(spl_arms *arms); // zeroed arms are fine

// The probabilities [count] that the exposure was drawn from, and the place of its variant. NULL for what is no drawn
// exposure of the experiment, and, with *unusable set, for one whose propensity is not among its probabilities.
const double *spl_arms_of(const spl_arms *arms, const spl_event *event, uint32_t *variant, bool *unusable);

// The same in a walk of one's own, which reads a log only once: the reader is shown every event, then settles the arms.
// *drawn says whether the event is a drawn exposure of the experiment, *seen the number of its variant in
// arms->variants. `settings` and `out` outlive the reader; what it leaves in `out` is freed in any case.
typedef struct spl_arms_reader spl_arms_reader;
spl_arms_reader *spl_arms_reader_new(const spl_arms_settings *settings, spl_arms *out); // NULL: out of memory
bool spl_arms_reader_see(spl_arms_reader *reader, const spl_event *event, bool *drawn, uint32_t *seen,
                         spl_error *error);
bool spl_arms_reader_settle(spl_arms_reader *reader, spl_error *error);
void spl_arms_reader_free(spl_arms_reader *reader); // NULL is fine

// spl_arms_of for an exposure seen before the arms were settled: the probabilities [arms->count], NULL if unusable.
const double *spl_arms_drawn_from(const spl_arms *arms, uint32_t seen, double propensity, const double *probabilities,
                                  uint32_t count);

#endif
