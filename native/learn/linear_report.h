// SPDX-License-Identifier: GPL-3.0-or-later
// What was learned about a linear policy, as JSON, for the owner's eyes; docs/bandits.md lists the fields.
#ifndef SAMPLIT_LINEAR_REPORT_H
#define SAMPLIT_LINEAR_REPORT_H

#include "events/join.h"
#include "learn/linear_learn.h"

typedef struct spl_linear_report {
    const char *bundle_id;        // 32 hex digits
    spl_text experiment, outcome; // outcome empty if the log has none
    const spl_text *variants;     // [learned->k]
    const char *policy;           // as it was asked for: "auto", "linucb", …
    double min_propensity;
    const spl_linear_rows *rows;
    const spl_linear_learned *learned;
    spl_join_counts joined;
    uint64_t not_drawn;
} spl_linear_report;

// The rule's word: "linucb" and so on. Static storage.
const char *spl_linear_rule_word(uint32_t rule);

// From malloc, with a newline; NULL when out of memory.
char *spl_linear_report_text(const spl_linear_report *report);

#endif
