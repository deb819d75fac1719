// SPDX-License-Identifier: MIT
// The flat ABI of the WebAssembly module: what JavaScript calls, and the one struct it reads.
//
// Linear memory, from low to high addresses:
//
//   [stack][static data, instance][bundle file][bundle arena][workspace arena][staging …]
//
// Life of an instance: reserve, copy the file in, open, stage; then for every decision write fields
// and text to staging and call decide once. decide takes no memory.
#ifndef SAMPLIT_WASM_EXPORTS_H
#define SAMPLIT_WASM_EXPORTS_H

#include "samplit/samplit.h"

// One per module instance, at a fixed address. JavaScript reads it with the offsets in abi.ts.
typedef struct spl_wasm_instance {
    spl_decision decision;           // the last one
    spl_bundle_error error;          // of the last failed open
    spl_text name;                   // the last answer of spl_wasm_known_name
    spl_request request;             // of the next decision, which clears it
    uint8_t order[SPL_VARIANTS_MAX]; // the last answer of spl_wasm_rank: [decision.variant_count] variants
    uint32_t ready;                  // 1 = a bundle is open
    uint32_t staging;                // address; its size is what spl_wasm_stage was asked for
    spl_bundle bundle;
    spl_workspace workspace;
} spl_wasm_instance;

#define SPL_WASM_ABI 2 // changes whenever a function or the meaning of a field does

uint32_t spl_wasm_abi(void);
spl_wasm_instance *spl_wasm_this(void);

// Makes room for a bundle file and returns its address (16-byte aligned), 0 if there is no memory.
// A bundle opened before is gone.
uint32_t spl_wasm_reserve(uint32_t size);

// Opens the file that was copied to the reserved place. Returns an spl_status; the instance's error says more.
uint32_t spl_wasm_open(uint32_t size);

// Makes sure that staging holds `bytes` and returns its address (16-byte aligned), 0 if there is no memory.
// Growth keeps the contents; the address changes only with spl_wasm_open.
uint32_t spl_wasm_stage(uint32_t bytes);

// Decides with what lies in staging and the instance's request; the answer is the instance's decision.
void spl_wasm_decide(uint32_t experiment, const char *unit, uint32_t unit_size, const spl_field *fields,
                     uint32_t field_count);

// Decides in the context of the last spl_wasm_decide, for another experiment or unit.
void spl_wasm_decide_next(uint32_t experiment, const char *unit, uint32_t unit_size);

// Ranks the variants of the last decision, which was made for this experiment and unit, into the instance's order.
void spl_wasm_rank(uint32_t experiment, const char *unit, uint32_t unit_size);

// spl_name_hash of `size` bytes.
uint64_t spl_wasm_hash(const char *text, uint32_t size);

// Sets the instance's name to the text of a name that the core knows, or to an empty one.
void spl_wasm_known_name(uint64_t name);

#endif
