// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/similar_index.h"

#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "bundle/bundle_write.h"
#include "bundle/manifest_read.h"
#include "host/files.h"

// The model's manifest with a member `similar`.
static char *manifest_of(const spl_bundle *model, const spl_hnsw *graph)
{
    cJSON *root = spl_manifest_read(model), *about = root ? cJSON_CreateObject() : NULL;
    cJSON_DeleteItemFromObject(root, "similar");
    cJSON_AddNumberToObject(about, "rows", graph->n);
    cJSON_AddNumberToObject(about, "vectors", graph->u);
    cJSON_AddNumberToObject(about, "width", graph->d);
    cJSON_AddNumberToObject(about, "links", graph->m);
    char *text = about && cJSON_AddItemToObject(root, "similar", about) ? cJSON_PrintUnformatted(root) : NULL;
    cJSON_Delete(root);
    return text;
}

static size_t columns_of(spl_similar_index *index, spl_column out[SPL_HNSW_TENSORS])
{
    spl_hnsw_tensor tensors[SPL_HNSW_TENSORS];
    spl_hnsw_tensors(index, tensors);
    for (size_t i = 0; i < SPL_HNSW_TENSORS; i++) {
        const spl_hnsw_tensor *t = &tensors[i];
        out[i] = (spl_column){.dtype = t->dtype, .dims = t->dims, .shape = {t->shape[0], t->shape[1]}, .data = t->data};
        out[i].bytes = (size_t)(t->shape[0] * t->shape[1]) * spl_dtype_bytes[t->dtype];
        snprintf(out[i].name, sizeof out[i].name, "%s", t->name);
    }
    return SPL_HNSW_TENSORS;
}

bool spl_similar_index_write(const char *path, const spl_bundle *model, const spl_hnsw *graph, const uint64_t *line,
                             spl_error *error)
{
    spl_similar_index index = {.graph = *graph, .line = line};
    spl_column columns[SPL_HNSW_TENSORS];
    size_t count = columns_of(&index, columns), size;
    uint8_t *data;
    char id[33];
    char *manifest = manifest_of(model, graph);
    if (!manifest) return spl_fail(error, "out of memory");
    bool ok = spl_bundle_write_with(model, columns, count, manifest, &data, &size, id, error);
    cJSON_free(manifest);
    if (!ok) return false;
    ok = spl_file_write(path, data, size, error);
    free(data);
    return ok;
}

uint32_t spl_similar_row_of_line(const uint64_t *line, uint32_t n, uint64_t wanted)
{
    uint32_t low = 0, high = n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (line[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && line[low] == wanted ? low : SPL_NO_ROW;
}

const float *spl_similar_vector(const spl_hnsw *graph, uint32_t row)
{
    for (uint32_t id = 0; id < graph->u; id++) {
        for (uint32_t i = graph->row_start[id]; i < graph->row_start[id + 1]; i++) {
            if (graph->rows[i] == row) return graph->vectors + (size_t)id * graph->d;
        }
    }
    return NULL; // not for a checked index: every row has a vector
}
