// SPDX-License-Identifier: GPL-3.0-or-later
#include "bundle/bundle_file.h"

#include <inttypes.h>
#include <stdlib.h>

#include "host/files.h"

// The core's refusal in the words of the native error.
static bool refused(const spl_bundle_error *refusal, spl_status status, spl_error *error)
{
    const char *expected = refusal->expected ? refusal->expected : "";
    const char *colon = *expected ? "; expected " : "";
    if (refusal->name[0] == '\0')
        return spl_fail(error, "not a usable bundle: %s%s%s", spl_status_text(status), colon, expected);
    return spl_fail_field(error, refusal->name, "%s (at %" PRIu64 ")%s%s", spl_status_text(status), refusal->at, colon,
                          expected);
}

static bool open_bytes(spl_bundle_file *file, spl_error *error)
{
    size_t bytes;
    spl_bundle_error refusal = {0};
    spl_status status = spl_bundle_open_bytes(file->data, file->size, &bytes);
    if (status != SPL_OK) {
        // Only the full check can say where; it stops at the same place, before it needs memory.
        spl_arena none = spl_arena_over(NULL, 0);
        spl_status again = spl_bundle_open(file->data, file->size, &none, &file->bundle, &refusal);
        return refused(&refusal, again == SPL_NO_SPACE ? status : again, error);
    }
    file->memory = malloc(bytes + SPL_ARENA_ALIGN);
    if (!file->memory) return spl_fail(error, "out of memory for a bundle of %zu bytes", file->size);
    spl_arena arena = spl_arena_over(file->memory, bytes + SPL_ARENA_ALIGN);
    status = spl_bundle_open(file->data, file->size, &arena, &file->bundle, &refusal);
    return status == SPL_OK || refused(&refusal, status, error);
}

bool spl_bundle_file_take(uint8_t *data, size_t size, spl_bundle_file *out, spl_error *error)
{
    spl_bundle_file file = {.data = data, .size = size};
    if (!open_bytes(&file, error)) {
        free(file.memory);
        return false;
    }
    *out = file;
    return true;
}

bool spl_bundle_file_open(const char *path, spl_bundle_file *out, spl_error *error)
{
    uint8_t *data;
    size_t size;
    if (!spl_file_read(path, &data, &size, error)) return false;
    if (!spl_bundle_file_take(data, size, out, error)) {
        free(data);
        return spl_fail_at(error, path, 0);
    }
    return true;
}

void spl_bundle_file_close(spl_bundle_file *file)
{
    free(file->memory);
    free(file->data);
    *file = (spl_bundle_file){0};
}

spl_workspace *spl_bundle_file_workspace(const spl_bundle_file *file, void **memory)
{
    size_t bytes, head = (sizeof(spl_workspace) + SPL_ARENA_ALIGN - 1) / SPL_ARENA_ALIGN * SPL_ARENA_ALIGN;
    *memory = NULL;
    if (spl_workspace_bytes(&file->bundle, &bytes) != SPL_OK) return NULL;
    bytes += SPL_ARENA_ALIGN;
    uint8_t *block = calloc(1, head + bytes);
    if (!block) return NULL;
    spl_arena arena = spl_arena_over(block + head, bytes);
    if (spl_workspace_init(&file->bundle, &arena, (spl_workspace *)(void *)block) != SPL_OK) {
        free(block);
        return NULL;
    }
    *memory = block;
    return (spl_workspace *)(void *)block;
}
