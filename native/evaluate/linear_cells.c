// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/linear_cells.h"

#include <stdlib.h>
#include <string.h>

#define BANDS 8 // of the leading variant's probability, equal parts of [0, 1]

struct spl_linear_cells {
    const spl_bundle *bundle;
    uint32_t experiment, k;
    spl_workspace *workspace;
    void *memory; // of the workspace's arrays
    double *target, *leading, *count;
};

static bool make_workspace(spl_linear_cells *cells)
{
    size_t bytes;
    if (spl_workspace_bytes(cells->bundle, &bytes) != SPL_OK) return false;
    cells->memory = malloc(bytes + 1);
    cells->workspace = calloc(1, sizeof *cells->workspace);
    if (!cells->memory || !cells->workspace) return false;
    spl_arena arena = spl_arena_over(cells->memory, bytes + 1);
    return spl_workspace_init(cells->bundle, &arena, cells->workspace) == SPL_OK;
}

spl_linear_cells *spl_linear_cells_new(const spl_bundle *bundle, uint32_t experiment)
{
    spl_linear_cells *cells = calloc(1, sizeof *cells);
    if (!cells) return NULL;
    uint32_t k = cells->k = bundle->experiments[experiment].policy.variant_count;
    cells->bundle = bundle;
    cells->experiment = experiment;
    cells->target = calloc((size_t)k * BANDS * k, sizeof *cells->target);
    cells->leading = calloc((size_t)k * BANDS * k, sizeof *cells->leading);
    cells->count = calloc((size_t)k * BANDS, sizeof *cells->count);
    if (!cells->target || !cells->leading || !cells->count || !make_workspace(cells)) {
        spl_linear_cells_free(cells);
        return NULL;
    }
    for (uint32_t c = 0; c < k * BANDS; c++) cells->leading[(size_t)c * k + c / BANDS] = 1;
    return cells;
}

void spl_linear_cells_free(spl_linear_cells *cells)
{
    if (!cells) return;
    free(cells->workspace);
    free(cells->memory);
    free(cells->target);
    free(cells->leading);
    free(cells->count);
    free(cells);
}

uint32_t spl_linear_cells_count(const spl_linear_cells *cells)
{
    return cells->k * BANDS;
}

const double *spl_linear_cells_target(const spl_linear_cells *cells)
{
    return cells->target;
}

const double *spl_linear_cells_leading(const spl_linear_cells *cells)
{
    return cells->leading;
}

uint32_t spl_linear_cells_place(spl_linear_cells *cells, const spl_field *fields, size_t count, double *p)
{
    spl_decision decision;
    spl_decide(cells->bundle, cells->workspace, cells->experiment, SPL_TEXT("u"), fields, count, &decision);
    memcpy(p, decision.probabilities, cells->k * sizeof *p);
    uint32_t lead = 0;
    for (uint32_t v = 1; v < cells->k; v++) {
        if (p[v] > p[lead]) lead = v;
    }
    uint32_t band = (uint32_t)(p[lead] * BANDS);
    return lead * BANDS + (band < BANDS ? band : BANDS - 1);
}

void spl_linear_cells_note(spl_linear_cells *cells, uint32_t cell, const double *p)
{
    double *mean = cells->target + (size_t)cell * cells->k;
    cells->count[cell]++;
    for (uint32_t v = 0; v < cells->k; v++) mean[v] += (p[v] - mean[v]) / cells->count[cell];
}
