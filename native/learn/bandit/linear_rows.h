// SPDX-License-Identifier: GPL-3.0-or-later
// Exposures with their contexts, for policies that are linear in them: 25 bytes each beside their attributes.
#ifndef SAMPLIT_LINEAR_ROWS_H
#define SAMPLIT_LINEAR_ROWS_H

#include "learn/bandit/linear_sheet.h"
#include "learn/state.h"

#define SPL_LINEAR_NO_ROW UINT32_MAX

typedef struct spl_linear_rows {
    uint32_t count, capacity;
    spl_sheet *sheet;         // row i of it is exposure i
    uint8_t *variant;         // [count]
    double *reward;           // [count] NaN as long as the exposure is open
    double *propensity;       // [count]
    uint64_t *policy;         // [count] as in spl_chance
    uint64_t without_context; // exposures that logged none: every attribute is missing
} spl_linear_rows;

spl_linear_rows *spl_linear_rows_new(void); // NULL when out of memory
void spl_linear_rows_free(spl_linear_rows *rows);

// The row of a new, open exposure; `context` is what the core makes of the event's. SPL_LINEAR_NO_ROW when out of
// memory.
uint32_t spl_linear_rows_add(spl_linear_rows *rows, const spl_context *context, const spl_event *event,
                             uint32_t variant, spl_chance chance);
void spl_linear_rows_close(spl_linear_rows *rows, uint32_t row, double reward);
void spl_linear_rows_reorder(spl_linear_rows *rows, const uint32_t *order, uint32_t n); // as spl_state_reorder

#endif
