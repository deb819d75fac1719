// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/similar/hnsw_tensors.h"

#include <inttypes.h>
#include <stdio.h>

#define VERSION 1

void spl_hnsw_tensors(spl_similar_index *index, spl_hnsw_tensor out[SPL_HNSW_TENSORS])
{
    const spl_hnsw *g = &index->graph;
    uint32_t shape[4] = {VERSION, g->m, g->entry, g->top};
    for (int i = 0; i < 4; i++) index->shape[i] = shape[i];
    const spl_hnsw_tensor all[SPL_HNSW_TENSORS] = {
        {"similar.shape", SPL_U32, 1, {4, 1}, index->shape},
        {"similar.line", SPL_U64, 1, {g->n, 1}, index->line},
        {"similar.vectors", SPL_F32, 2, {g->u, g->d}, g->vectors},
        {"similar.row_start", SPL_U32, 1, {(uint64_t)g->u + 1, 1}, g->row_start},
        {"similar.rows", SPL_U32, 1, {g->n, 1}, g->rows},
        {"similar.links", SPL_U32, 2, {g->u, 2 * (uint64_t)g->m}, g->links},
        {"similar.upper_start", SPL_U32, 1, {(uint64_t)g->u + 1, 1}, g->upper_start},
        {"similar.upper", SPL_U32, 2, {g->upper_start[g->u], g->m}, g->upper},
    };
    for (int i = 0; i < SPL_HNSW_TENSORS; i++) out[i] = all[i];
}

bool spl_hnsw_in_bundle(const spl_bundle *bundle)
{
    return spl_bundle_tensor(bundle, SPL_TEXT("similar.shape")) != NULL;
}

typedef struct reader {
    const spl_bundle *bundle;
    spl_error *error;
    bool ok;
} reader;

// The tensor's data, if it is there with that dtype and shape; a width of 0 is any. Else NULL, and the reader fails.
static const void *read(reader *r, const char *name, spl_dtype dtype, uint64_t rows, uint64_t width)
{
    static const float nothing[2];
    if (!r->ok) return NULL;
    spl_text text = {name, 0};
    while (name[text.size]) text.size++;
    const spl_tensor *t = spl_bundle_tensor(r->bundle, text);
    uint64_t t_rows = t && t->dims > 0 ? t->shape[0] : 1, t_width = t && t->dims > 1 ? t->shape[1] : 1;
    if (!t)
        r->ok = spl_fail_field(r->error, name, "is missing");
    else if (t->dtype != dtype)
        r->ok = spl_fail_field(r->error, name, "has the wrong dtype");
    else if (t_rows == 0 && rows == 0)
        return nothing; // of zero elements, whatever the width
    else if (t_rows != rows || (width != 0 && t_width != width))
        r->ok = spl_fail_field(r->error, name,
                               "has the shape %" PRIu64 " x %" PRIu64 "; expected %" PRIu64 " rows of %" PRIu64, t_rows,
                               t_width, rows, width);
    return r->ok ? t->data : NULL;
}

static uint64_t rows_of(const spl_bundle *bundle, spl_text name, uint64_t *width)
{
    const spl_tensor *t = spl_bundle_tensor(bundle, name);
    *width = t && t->dims > 1 ? t->shape[1] : 1;
    return t && t->dims > 0 ? t->shape[0] : 0;
}

bool spl_hnsw_of_bundle(const spl_bundle *bundle, spl_similar_index *out, spl_error *error)
{
    reader r = {bundle, error, true};
    uint64_t d, unused, u = rows_of(bundle, SPL_TEXT("similar.vectors"), &d);
    uint64_t n = rows_of(bundle, SPL_TEXT("similar.rows"), &unused);
    const uint32_t *shape = read(&r, "similar.shape", SPL_U32, 4, 1);
    if (!shape) return false;
    if (shape[0] != VERSION)
        return spl_fail_field(error, "similar.shape", "is of version %u, not %d", shape[0], VERSION);
    if (n > UINT32_MAX || u > n || d > UINT32_MAX || shape[1] > SPL_HNSW_LINKS_MAX)
        return spl_fail_field(error, "similar.shape", "the index is too large");
    spl_hnsw a = {
        .n = (uint32_t)n, .u = (uint32_t)u, .d = (uint32_t)d, .m = shape[1], .entry = shape[2], .top = shape[3]};
    const uint64_t *line = read(&r, "similar.line", SPL_U64, n, 1);
    a.vectors = read(&r, "similar.vectors", SPL_F32, u, d);
    a.row_start = read(&r, "similar.row_start", SPL_U32, u + 1, 1);
    a.rows = read(&r, "similar.rows", SPL_U32, n, 1);
    a.links = read(&r, "similar.links", SPL_U32, u, 2 * (uint64_t)a.m);
    a.upper_start = read(&r, "similar.upper_start", SPL_U32, u + 1, 1);
    if (r.ok) a.upper = read(&r, "similar.upper", SPL_U32, a.upper_start[u], a.m);
    if (!r.ok || !spl_hnsw_open(&a, &out->graph, error)) return false;
    out->line = line;
    return true;
}
