// SPDX-License-Identifier: GPL-3.0-or-later
// What the estimators of stats/ope.h are made from: moments of weights and weighted rewards, per cell, variant and
// half. Only ope.c, which gathers them, and ope_value.c, which turns them into estimates, include this.
//
// Plain sums of squares would lose all digits where rewards are large against their spread (revenue in small
// coins, times in ms): the rewards are therefore counted from the first one met, and covariances are kept as
// such and updated row by row (Welford 1962), never as the difference of two large sums.
//
// switch-DR leaves out what weighs more than a threshold that is chosen when all rows are in: so the moments are kept
// once for each threshold there is to choose from. Level 0 has none; a cell of another level is that of level 0 until a
// weight in it is above the threshold, which few ever are.
#ifndef SAMPLIT_OPE_SUMS_H
#define SAMPLIT_OPE_SUMS_H

#include "stats/ope.h"

#define SPL_OPE_SLOTS 4                   // weights of a row: logging (1), target, uniform, `always` its variant
#define SPL_OPE_PARTS (2 * SPL_OPE_SLOTS) // w for each slot, then w r for each
#define SPL_OPE_PAIRS (SPL_OPE_PARTS * (SPL_OPE_PARTS + 1) / 2)
#define SPL_OPE_LEVELS 9 // no threshold, then 1, 2, 4 ... 128

typedef struct spl_ope_cell {
    double count;
    double mean[SPL_OPE_PARTS];
    double spread[SPL_OPE_PAIRS]; // sums of products of deviations from the means, i <= j row by row
} spl_ope_cell;

struct spl_ope {
    spl_ope_config config;
    uint32_t columns; // the variants and, last, all those that the target does not have
    spl_ope_counts counts;
    double origin;                       // the first reward; all are counted from there
    double lowest, highest;              // rewards, from the origin
    uint32_t levels;                     // of thresholds that are kept
    double threshold[SPL_OPE_LEVELS];    // infinite at level 0; weights above it count as 0
    spl_ope_cell *cells[SPL_OPE_LEVELS]; // (cell_count, columns, 2)
    bool *apart[SPL_OPE_LEVELS];         // the same: whether it is no longer that of level 0
    double (*overall)[2][2];             // [columns] by half: count and reward sum
    double *rewarded;                    // (cell_count, columns): rows with a reward other than 0
};

// The moments at a level.
const spl_ope_cell *spl_ope_cell_at(const spl_ope *ope, uint32_t level, uint32_t x, uint32_t variant, uint32_t half);

double spl_ope_probability(const spl_ope *ope, uint32_t policy, uint32_t x, uint32_t variant);

// The weight that a policy has in rows of this variant, or -1 if it never serves it.
int spl_ope_slot(uint32_t policy, uint32_t variant);

// Where the product of parts i and j stands in `spread`.
int spl_ope_pair(int i, int j);

// Over all rows: the sum of a policy's weights, of their squares, and of weighted rewards from the origin.
typedef struct spl_ope_weighted {
    double weights, squares, rewards;
} spl_ope_weighted;

spl_ope_weighted spl_ope_weigh(const spl_ope *ope, uint32_t level, uint32_t policy);

// Whether the log has rows that the policy could have made with both rewards, enough of them for an interval.
bool spl_ope_enough(const spl_ope *ope, uint32_t policy);

// t = alpha + the sum of part[i] times the row's part i.
typedef struct spl_ope_term {
    double alpha, part[SPL_OPE_PARTS];
} spl_ope_term;

// Sums that a variance is made from; `size` is what they would be without cancellation.
typedef struct spl_ope_squares {
    double sum, size;
} spl_ope_squares;

double spl_ope_term_mean(const spl_ope_cell *cell, const spl_ope_term *term);
void spl_ope_add_squares(const spl_ope_cell *cell, const spl_ope_term *term, double mean, spl_ope_squares *out);

// The standard error of a mean of n; NaN where it cannot be told, which is not the same as none.
double spl_ope_error(spl_ope_squares squares, double n);

#endif
