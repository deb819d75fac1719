// SPDX-License-Identifier: GPL-3.0-or-later
// An evaluation as a table for people and as JSON for programs. docs/evaluation.md explains both.
#ifndef SAMPLIT_EVALUATE_WRITE_H
#define SAMPLIT_EVALUATE_WRITE_H

#include <stdio.h>

#include "evaluate/evaluate.h"

// Both are false only when memory runs out. With utf8 = false the text is ASCII only.
bool spl_evaluate_text(const spl_evaluation *evaluation, const spl_join_counts *join, bool utf8, FILE *out);
bool spl_evaluate_json(const spl_evaluation *evaluation, const spl_join_counts *join, FILE *out);

#endif
