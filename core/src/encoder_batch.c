// SPDX-License-Identifier: MIT
// Several rows at a time through all layers, so that what a layer gives is still near when the next one takes it.
#include "encoder_kernels.h"

typedef struct kernel {
    spl_dense *dense; // NULL: there is none for several rows
    spl_normalise *normalise;
} kernel;

static kernel kernel_of(spl_kernel which)
{
    switch (which) {
#if SPL_HAVE_SIMD128
    case SPL_KERNEL_SIMD128: return (kernel){spl_rows_simd128, spl_normalise_simd128};
#endif
#if SPL_HAVE_X86_64
    case SPL_KERNEL_AVX2: return (kernel){spl_rows_avx2, spl_normalise_avx2};
    case SPL_KERNEL_AVX512: return (kernel){spl_rows_avx512, spl_normalise_avx512};
#endif
    default: return (kernel){0};
    }
}

size_t spl_encode_batch_scratch(const spl_encoder *encoder)
{
    return SPL_ENCODE_ROWS * spl_encode_scratch(encoder);
}

static void encode_rows(const spl_encoder *encoder, const kernel *rows, const float *in, float *scratch,
                        float *embeddings)
{
    uint32_t last = encoder->layer_count - 1, width = encoder->layers[last].outputs;
    float *here = scratch, *other = scratch + spl_encode_batch_scratch(encoder) / 2;
    for (uint32_t i = 0; i < last; i++) {
        rows->dense(&encoder->layers[i], in, true, here);
        in = here;
        here = other;
        other = (float *)in;
    }
    rows->dense(&encoder->layers[last], in, false, embeddings);
    rows->normalise(embeddings, width);
}

void spl_encode_batch(const spl_encoder *encoder, spl_kernel which, const float *features, size_t count, float *scratch,
                      float *embeddings)
{
    if (encoder->layer_count == 0) return;
    kernel rows = kernel_of(which);
    uint32_t inputs = encoder->layers[0].inputs, outputs = spl_encoder_width(encoder);
    size_t i = 0;
    for (; rows.dense && count - i >= SPL_ENCODE_ROWS; i += SPL_ENCODE_ROWS)
        encode_rows(encoder, &rows, features + i * inputs, scratch, embeddings + i * outputs);
    for (; i < count; i++) spl_encode(encoder, which, features + i * inputs, scratch, embeddings + i * outputs);
}
