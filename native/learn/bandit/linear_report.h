// SPDX-License-Identifier: GPL-3.0-or-later
// What was learned about a linear policy, as JSON, for the owner's eyes; docs/bandits.md lists the fields. It is a part
// of the report that every bundle has beside it.
#ifndef SAMPLIT_LINEAR_REPORT_H
#define SAMPLIT_LINEAR_REPORT_H

#include "learn/bandit/linear_learn.h"

typedef struct spl_linear_report {
    const spl_text *variants; // [learned->k]
    bool weights;             // exposures counted by 1 / propensity
    const char *policy;       // as it was asked for: "auto", "linucb", …
    const spl_linear_rows *rows;
    const spl_linear_learned *learned;
} spl_linear_report;

// The rule's word: "linucb" and so on. Static storage.
const char *spl_linear_rule_word(uint32_t rule);

// The member `linear` of the report (learn/report_write.h), from malloc; NULL when out of memory.
char *spl_linear_report_text(const spl_linear_report *report);

#endif
