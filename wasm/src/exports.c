// SPDX-License-Identifier: MIT
// One module instance serves one bundle on one thread, so its state is one static struct; the
// core underneath has none. Memory comes from memory.grow alone: there is no heap to fragment
// and none that could grow while decisions are made.
#include "exports.h"

#define PAGE_BYTES 65536u

extern uint8_t __heap_base; // set by the linker: the first byte after the static data

static spl_wasm_instance instance;

static uint64_t align_up(uint64_t address)
{
    return (address + SPL_ARENA_ALIGN - 1) & ~(uint64_t)(SPL_ARENA_ALIGN - 1);
}

static uint64_t heap_start(void)
{
    return align_up((uintptr_t)&__heap_base);
}

// Whether memory reaches up to `end`, after growing if it must.
static bool reach(uint64_t end)
{
    uint64_t have = (uint64_t)__builtin_wasm_memory_size(0) * PAGE_BYTES;
    if (end <= have) return true;
    if (end > UINT32_MAX) return false;
    return __builtin_wasm_memory_grow(0, (size_t)((end - have + PAGE_BYTES - 1) / PAGE_BYTES)) != SIZE_MAX;
}

uint32_t spl_wasm_abi(void)
{
    return SPL_WASM_ABI;
}

spl_wasm_instance *spl_wasm_this(void)
{
    if (!instance.staging) instance.staging = (uint32_t)heap_start();
    return &instance;
}

uint32_t spl_wasm_reserve(uint32_t size)
{
    instance.ready = 0;
    instance.staging = (uint32_t)heap_start();
    return reach(heap_start() + size) ? (uint32_t)heap_start() : 0;
}

static spl_status no_space(void)
{
    instance.error = (spl_bundle_error){.status = SPL_NO_SPACE, .name = "memory"};
    return SPL_NO_SPACE;
}

// An arena of `bytes` from *at on; *at moves behind it.
static bool arena_at(uint64_t *at, size_t bytes, spl_arena *arena)
{
    if (!reach(*at + bytes)) return false;
    *arena = spl_arena_over((void *)(uintptr_t)*at, bytes);
    *at = align_up(*at + bytes);
    return true;
}

static spl_status open_workspace(uint64_t *at)
{
    size_t bytes;
    spl_arena arena;
    spl_status status = spl_workspace_bytes(&instance.bundle, &bytes);
    if (status != SPL_OK) return status;
    if (!arena_at(at, bytes, &arena)) return no_space();
    return spl_workspace_init(&instance.bundle, &arena, &instance.workspace);
}

uint32_t spl_wasm_open(uint32_t size)
{
    const void *file = (const void *)(uintptr_t)heap_start();
    uint64_t at = align_up(heap_start() + size);
    size_t bytes = 0; // stays 0 where the header cannot be read: open then says why
    spl_arena arena;
    instance.ready = 0;
    instance.error = (spl_bundle_error){0};
    if (spl_bundle_open_bytes(file, size, &bytes) != SPL_OK) bytes = 0;
    if (!arena_at(&at, bytes, &arena)) return no_space();
    spl_status status = spl_bundle_open(file, size, &arena, &instance.bundle, &instance.error);
    if (status == SPL_OK) status = open_workspace(&at);
    if (status != SPL_OK) return status;

    instance.ready = 1;
    instance.staging = (uint32_t)at;
    return SPL_OK;
}

uint32_t spl_wasm_stage(uint32_t bytes)
{
    uint32_t staging = spl_wasm_this()->staging;
    return reach((uint64_t)staging + bytes) ? staging : 0;
}

static const spl_bundle *open_bundle(void)
{
    return instance.ready ? &instance.bundle : NULL;
}

void spl_wasm_decide(uint32_t experiment, const char *unit, uint32_t unit_size, const spl_field *fields,
                     uint32_t field_count)
{
    spl_decide_begin(&instance.workspace, fields, field_count);
    spl_wasm_decide_next(experiment, unit, unit_size);
}

void spl_wasm_decide_next(uint32_t experiment, const char *unit, uint32_t unit_size)
{
    spl_decide_next(open_bundle(), &instance.workspace, experiment, (spl_text){unit, unit_size}, &instance.request,
                    &instance.decision);
    instance.request = (spl_request){0};
}

void spl_wasm_rank(uint32_t experiment, const char *unit, uint32_t unit_size)
{
    spl_decide_rank(open_bundle(), &instance.workspace, experiment, (spl_text){unit, unit_size}, &instance.decision,
                    instance.order);
}

uint64_t spl_wasm_hash(const char *text, uint32_t size)
{
    return spl_name_hash((spl_text){text, size});
}

void spl_wasm_known_name(uint64_t name)
{
    instance.name = spl_known_name(name);
}
