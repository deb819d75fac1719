// SPDX-License-Identifier: GPL-3.0-or-later
// A linear policy serves every context its own probabilities; the estimators (stats/ope.h) sum by cells. So rows are
// put into cells by the variant that leads and by how likely it is, while each row's weight is made from its own
// probability: IPS and SNIPS are exactly those of the rows, and DR's model is one of the cells, over which it takes
// the mean of the probabilities.
#ifndef SAMPLIT_LINEAR_CELLS_H
#define SAMPLIT_LINEAR_CELLS_H

#include "samplit/decide.h"

typedef struct spl_linear_cells spl_linear_cells;

// For that experiment of the bundle, whose policy is linear. NULL when out of memory.
spl_linear_cells *spl_linear_cells_new(const spl_bundle *bundle, uint32_t experiment);
void spl_linear_cells_free(spl_linear_cells *cells); // NULL is fine

uint32_t spl_linear_cells_count(const spl_linear_cells *cells);

// (count, variants) mean probabilities of what was noted; and 1 for the variant that leads, else 0.
const double *spl_linear_cells_target(const spl_linear_cells *cells);
const double *spl_linear_cells_leading(const spl_linear_cells *cells);

// The cell of a context, and p[variants]: what the bundle serves there.
uint32_t spl_linear_cells_place(spl_linear_cells *cells, const spl_field *fields, size_t count, double *p);

// Takes a placed row into the means.
void spl_linear_cells_note(spl_linear_cells *cells, uint32_t cell, const double *p);

#endif
