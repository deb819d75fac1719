// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/bandit/linear_rows.h"

#include <math.h>
#include <stdlib.h>

#include "samplit/policy.h"

spl_linear_rows *spl_linear_rows_new(void)
{
    spl_linear_rows *rows = calloc(1, sizeof *rows);
    if (rows) rows->sheet = spl_sheet_new();
    if (rows && rows->sheet) return rows;
    free(rows);
    return NULL;
}

void spl_linear_rows_free(spl_linear_rows *rows)
{
    if (!rows) return;
    spl_sheet_free(rows->sheet);
    free(rows->variant);
    free(rows->reward);
    free(rows->propensity);
    free(rows->policy);
    free(rows);
}

// *array gets room for `capacity` items; false when out of memory.
static bool widen(void **array, uint32_t capacity, size_t size)
{
    void *wider = realloc(*array, (size_t)capacity * size);
    if (wider) *array = wider;
    return wider != NULL;
}

static bool make_room(spl_linear_rows *rows)
{
    if (rows->count < rows->capacity) return true;
    if (rows->capacity > UINT32_MAX / 2) return false;
    uint32_t capacity = rows->capacity ? 2 * rows->capacity : 4096;
    void *variant = rows->variant, *reward = rows->reward, *propensity = rows->propensity, *policy = rows->policy;
    bool ok = widen(&variant, capacity, sizeof *rows->variant);
    ok = widen(&reward, capacity, sizeof *rows->reward) && ok;
    ok = widen(&propensity, capacity, sizeof *rows->propensity) && ok;
    ok = widen(&policy, capacity, sizeof *rows->policy) && ok;
    rows->variant = variant;
    rows->reward = reward;
    rows->propensity = propensity;
    rows->policy = policy;
    if (ok) rows->capacity = capacity;
    return ok;
}

uint32_t spl_linear_rows_add(spl_linear_rows *rows, const spl_context *context, const spl_event *event,
                             uint32_t variant, spl_chance chance)
{
    if (!make_room(rows) || !spl_sheet_add(rows->sheet, context, event->context, event->context_count))
        return SPL_LINEAR_NO_ROW;
    uint32_t row = rows->count++;
    rows->variant[row] = (uint8_t)variant;
    rows->reward[row] = NAN;
    rows->propensity[row] = chance.propensity;
    rows->policy[row] = chance.policy;
    rows->without_context += !event->has_context;
    return row;
}

void spl_linear_rows_close(spl_linear_rows *rows, uint32_t row, double reward)
{
    rows->reward[row] = reward;
}

void spl_linear_rows_reorder(spl_linear_rows *rows, const uint32_t *order, uint32_t n)
{
    uint8_t place[SPL_VARIANTS_MAX];
    for (uint32_t i = 0; i < n; i++) place[order[i]] = (uint8_t)i;
    for (uint32_t r = 0; r < rows->count; r++) rows->variant[r] = place[rows->variant[r]];
}
