// SPDX-License-Identifier: GPL-3.0-or-later
// Logistic regression of one class against the others, with the ridge penalty that scikit-learn has by default:
// minimises sum log(1 + exp(-y z)) + |w|^2 / 2 over w and the intercept, z = w x + intercept, y = ±1.
#ifndef SAMPLIT_LOGISTIC_H
#define SAMPLIT_LOGISTIC_H

#include <stdbool.h>
#include <stdint.h>

// weights[d + 1], the intercept last, from rows[0..m) of x (·, d); truth[i] says whether row rows[i] is of the class.
// Truncated Newton: each step is solved by conjugate gradients, so no (d, d) matrix is needed and wide rows are fine
// (Nocedal & Wright 2006, ch. 7). Deterministic. False when out of memory.
bool spl_logistic_fit(const float *x, uint32_t d, const uint32_t *rows, const bool *truth, uint32_t m, double *weights);

// w x + intercept.
double spl_logistic_score(const double *weights, const float *x, uint32_t d);

// Area under the ROC curve: the share of pairs (true, false) whose scores are in order, ties counting half. NaN if
// one of the two is missing. O(m log m). False when out of memory.
bool spl_auc(const double *score, const bool *truth, uint32_t m, double *out);

#endif
