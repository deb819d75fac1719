// SPDX-License-Identifier: MIT
// Only in the test modules: the generated decisions of tests/core/conformance.c, made inside the module.
#include "conformance.h"
#include "exports.h"

uint64_t spl_conformance_digest_of(uint32_t block);

uint64_t spl_conformance_digest_of(uint32_t block)
{
    spl_wasm_instance *instance = spl_wasm_this();
    return spl_conformance_digest(&instance->bundle, &instance->workspace, block);
}
