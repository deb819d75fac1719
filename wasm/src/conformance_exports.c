// SPDX-License-Identifier: MIT
// Only in the test modules: the generated decisions of tests/core/conformance.c, made inside the module,
// and the encoder alone, for tests/bench/encoder.mjs.
#include "conformance.h"
#include "exports.h"

uint64_t spl_conformance_digest_of(uint32_t block);
float *spl_conformance_features(void);
float *spl_conformance_embedding(void);
void spl_conformance_encode(void);
uint32_t spl_conformance_batch_scratch(void);
void spl_conformance_encode_batch(const float *features, uint32_t count, float *scratch, float *embeddings);

uint64_t spl_conformance_digest_of(uint32_t block)
{
    spl_wasm_instance *instance = spl_wasm_this();
    return spl_conformance_digest(&instance->bundle, &instance->workspace, block);
}

float *spl_conformance_features(void)
{
    return spl_wasm_this()->workspace.features;
}

float *spl_conformance_embedding(void)
{
    return spl_wasm_this()->workspace.embedding;
}

// features -> embedding of the instance's workspace.
void spl_conformance_encode(void)
{
    spl_wasm_instance *instance = spl_wasm_this();
    spl_workspace *w = &instance->workspace;
    spl_embed(instance->bundle.encoders, instance->bundle.encoder_count, w->kernel, w->features, w->scratch, w->embedding);
}

// Bytes of scratch that spl_conformance_encode_batch needs.
uint32_t spl_conformance_batch_scratch(void)
{
    return (uint32_t)(spl_encode_batch_scratch(spl_wasm_this()->bundle.encoders) * sizeof(float));
}

// The bundle's first encoder, on rows that JavaScript has put into memory.
void spl_conformance_encode_batch(const float *features, uint32_t count, float *scratch, float *embeddings)
{
    spl_wasm_instance *instance = spl_wasm_this();
    spl_encode_batch(instance->bundle.encoders, instance->workspace.kernel, features, count, scratch, embeddings);
}
