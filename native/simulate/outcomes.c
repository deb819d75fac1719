// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/outcomes.h"

#include <stdlib.h>

static bool before(const spl_outcome *a, const spl_outcome *b)
{
    return a->time_ms != b->time_ms ? a->time_ms < b->time_ms : a->index < b->index;
}

bool spl_outcomes_push(spl_outcomes *outcomes, const spl_outcome *outcome)
{
    if (outcomes->count == outcomes->capacity) {
        size_t capacity = outcomes->capacity ? 2 * outcomes->capacity : 64;
        spl_outcome *heap = realloc(outcomes->heap, capacity * sizeof *heap);
        if (!heap) return false;
        outcomes->heap = heap;
        outcomes->capacity = capacity;
    }
    spl_outcome *heap = outcomes->heap;
    size_t i = outcomes->count++;
    for (; i > 0 && before(outcome, &heap[(i - 1) / 2]); i = (i - 1) / 2) heap[i] = heap[(i - 1) / 2];
    heap[i] = *outcome;
    return true;
}

bool spl_outcomes_pop(spl_outcomes *outcomes, int64_t until_ms, spl_outcome *out)
{
    spl_outcome *heap = outcomes->heap;
    if (outcomes->count == 0 || heap[0].time_ms > until_ms) return false;
    *out = heap[0];
    spl_outcome last = heap[--outcomes->count];
    size_t n = outcomes->count, i = 0;
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && before(&heap[child + 1], &heap[child])) child++;
        if (!before(&heap[child], &last)) break;
        heap[i] = heap[child];
    }
    heap[i] = last;
    return true;
}

void spl_outcomes_free(spl_outcomes *outcomes)
{
    free(outcomes->heap);
    *outcomes = (spl_outcomes){0};
}
