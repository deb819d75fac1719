// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/tree/exposures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "samplit/hash.h"
#include "samplit/policy.h"

#define HALF_SEED UINT64_C(0x68616C7665730001)
#define FIRST_ROWS 4096u

_Static_assert(SPL_VARIANTS_MAX <= 128, "a variant and a half share a byte");

spl_exposures *spl_exposures_new(spl_candidates *candidates)
{
    spl_exposures *x = candidates ? calloc(1, sizeof *x) : NULL;
    if (!x) {
        spl_candidates_free(candidates);
        return NULL;
    }
    x->candidates = candidates;
    return x;
}

void spl_exposures_free(spl_exposures *x)
{
    if (!x) return;
    for (uint32_t i = 0; i < SPL_CANDIDATES_MAX; i++) free(x->codes[i]);
    spl_candidates_free(x->candidates);
    free(x->variant);
    free(x->reward);
    free(x->propensity);
    free(x->policy);
    free(x);
}

uint32_t spl_exposures_half(spl_text unit, uint64_t seed)
{
    return (uint32_t)(spl_xxh64(unit.data, unit.size, spl_mix64(HALF_SEED ^ seed)) & 1);
}

static bool resize(void **column, size_t count, size_t size)
{
    void *larger = realloc(*column, count * size);
    if (larger) *column = larger;
    return larger != NULL;
}

static bool grow(spl_exposures *x)
{
    size_t capacity = x->capacity ? 2 * (size_t)x->capacity : FIRST_ROWS;
    if (capacity > SPL_NO_ROW) capacity = SPL_NO_ROW;
    if (capacity == x->count) return false;
    bool ok = resize((void **)&x->variant, capacity, sizeof *x->variant) &&
              resize((void **)&x->reward, capacity, sizeof *x->reward) &&
              resize((void **)&x->propensity, capacity, sizeof *x->propensity) &&
              resize((void **)&x->policy, capacity, sizeof *x->policy);
    for (uint32_t i = 0; ok && i < SPL_CANDIDATES_MAX; i++)
        ok = !x->codes[i] || resize((void **)&x->codes[i], capacity, sizeof *x->codes[i]);
    if (ok) x->capacity = (uint32_t)capacity;
    return ok;
}

// A column for an attribute that turned up late: missing in all rows so far.
static bool has_column(spl_exposures *x, uint32_t candidate)
{
    if (!x->codes[candidate]) x->codes[candidate] = calloc(x->capacity, sizeof *x->codes[candidate]);
    return x->codes[candidate] != NULL;
}

uint32_t spl_exposures_add(spl_exposures *x, const spl_context *context, const spl_event *event, uint32_t variant,
                           uint32_t half, spl_chance chance)
{
    uint16_t codes[SPL_CANDIDATES_MAX];
    if (x->count == x->capacity && !grow(x)) return SPL_NO_ROW;
    if (!spl_candidates_read(x->candidates, context, event, codes)) return SPL_NO_ROW;
    uint32_t row = x->count;
    for (uint32_t i = 0; i < spl_candidates_count(x->candidates); i++) {
        if (!has_column(x, i)) return SPL_NO_ROW;
        x->codes[i][row] = codes[i];
    }
    x->variant[row] = (uint8_t)(variant | half << 7);
    x->reward[row] = NAN;
    x->propensity[row] = chance.propensity;
    x->policy[row] = chance.policy;
    return x->count++;
}

void spl_exposures_close(spl_exposures *x, uint32_t row, double reward)
{
    x->reward[row] = reward;
}

void spl_exposures_reorder(spl_exposures *x, const uint32_t *order, uint32_t n)
{
    uint8_t now[SPL_VARIANTS_MAX];
    for (uint32_t v = 0; v < n; v++) now[order[v]] = (uint8_t)v;
    for (uint32_t i = 0; i < x->count; i++) x->variant[i] = (uint8_t)((x->variant[i] & 128) | now[x->variant[i] & 127]);
}

bool spl_exposures_binary(const spl_exposures *x)
{
    for (uint32_t i = 0; i < x->count; i++) {
        if (!isnan(x->reward[i]) && x->reward[i] != 0 && x->reward[i] != 1) return false;
    }
    return true;
}
