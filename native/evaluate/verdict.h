// SPDX-License-Identifier: GPL-3.0-or-later
// What an evaluation means, in sentences: whether the bundle earns more than the alternatives as far as this
// log can tell, and what speaks against trusting the figures.
#ifndef SAMPLIT_VERDICT_H
#define SAMPLIT_VERDICT_H

#include "evaluate/evaluate.h"

#define SPL_SENTENCES_MAX 16

typedef struct spl_sentences {
    uint32_t count;
    char text[SPL_SENTENCES_MAX][512]; // visible UTF-8
} spl_sentences;

// Sentences about the gain over the best single arm and over uniform, by SNIPS; one, where nothing was earned.
void spl_verdict_gains(const spl_evaluation *evaluation, spl_sentences *out);

// Warnings: propensities missing or untrue, few effective samples, heavy weights, variants that do not match,
// lines that could not be read.
void spl_verdict_warnings(const spl_evaluation *evaluation, const spl_join_counts *join, spl_sentences *out);

#endif
