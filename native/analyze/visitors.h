// SPDX-License-Identifier: GPL-3.0-or-later
// The visitors of an experiment, in order of time: each unit by its first exposure, with what came of it. What they are
// like is one number, a cell: visitors with equal values of all attributes share it, and so do visitors drawn from
// equal probabilities one row of them. 32 bytes a visitor.
#ifndef SAMPLIT_ANALYZE_VISITORS_H
#define SAMPLIT_ANALYZE_VISITORS_H

#include "events/arms.h"
#include "events/join.h"
#include "learn/tree/candidates.h"

typedef struct spl_visitors_settings {
    spl_arms_settings arms;
    const char *outcome; // NULL = the first that joins
    int64_t window_ms;
    const spl_text *attributes; // [attribute_count]; none = all that are met
    uint32_t attribute_count;
} spl_visitors_settings;

typedef struct spl_visitor {
    int64_t time_ms;
    double reward;   // NaN while the exposure is open
    uint32_t chance; // row of `chances`
    uint32_t cell;
    uint32_t number; // in the log
    uint8_t variant;
} spl_visitor;

typedef struct spl_visitors {
    uint32_t count, room;
    spl_visitor *rows; // [count] ascending by time, then number
    uint32_t chance_count;
    double *chances; // (chance_count, arms.count) probabilities
    uint32_t cell_count, stride;
    uint16_t *codes; // (cell_count, stride) of the attributes; SPL_CODE_MISSING where there is none
    spl_candidates *attributes;

    spl_arms arms;
    spl_text outcome; // owned; data NULL if the log has none
    bool binary;      // every reward was 0 or 1
    uint64_t repeated, unusable;
    spl_join_counts joined;
    bool with_context; // some exposure logged one
} spl_visitors;

// Fails where no exposure of the log can be used, or the outcome asked for is not there though others are.
bool spl_visitors_read(const char *path, const spl_visitors_settings *settings, spl_visitors *out, spl_error *error);
void spl_visitors_free(spl_visitors *visitors);

// The probabilities [arms.count] that a visitor's variant was drawn from.
static inline const double *spl_visitors_chances(const spl_visitors *v, const spl_visitor *row)
{
    return v->chances + (size_t)row->chance * v->arms.count;
}

#endif
