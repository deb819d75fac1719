// SPDX-License-Identifier: MIT
// Inference of the dense encoder: features -> (dense, ReLU)* -> dense -> L2 norm.
// Batch norm is folded into the weights at export; dropout exists only in training. Several encoders of one
// width make an ensemble, whose embedding is the mean of theirs, back on the unit sphere.
//
// Weights are input-major, and SIMD lanes lie across outputs: each output's sum is
// bias + x0*w0 + x1*w1 + … in that order, product and sum rounded apart, whatever the lane
// width. So the scalar loop, which defines the result, and every SIMD kernel give equal bits.
// ReLU is x > 0 ? x : +0, so that NaN (from an overflow) and -0 become +0.
#ifndef SAMPLIT_ENCODER_H
#define SAMPLIT_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "samplit/status.h"

#define SPL_ENCODER_LAYERS_MAX 8
#define SPL_ENCODER_WIDTH_MAX 4096 // inputs or outputs of one layer
#define SPL_ENSEMBLE_MAX 8         // encoders of one ensemble

typedef struct spl_layer {
    uint32_t inputs, outputs;
    const float *weight; // (inputs, outputs), finite; 4-byte aligned
    const float *bias;   // (outputs), finite
} spl_layer;

typedef struct spl_encoder {
    uint32_t layer_count; // 0 = no encoder
    spl_layer layers[SPL_ENCODER_LAYERS_MAX];
} spl_encoder;

// Which inner loop runs; all give equal bits. Values are append-only.
typedef enum spl_kernel {
    SPL_KERNEL_SCALAR = 0,
    SPL_KERNEL_SIMD128 = 1, // WASM simd128, or SSE2
    SPL_KERNEL_AVX2 = 2,
    SPL_KERNEL_AVX512 = 3,
} spl_kernel;

// The widest kernel that this build holds and this processor runs. Ask once: on a virtual machine
// the question takes some microseconds.
spl_kernel spl_kernel_best(void);

// Whether this build and processor can run `kernel`.
bool spl_kernel_usable(spl_kernel kernel);

// "scalar", "simd128", "avx2", "avx512". Static storage.
const char *spl_kernel_name(spl_kernel kernel);

// Floats of scratch that spl_encode needs: two activation vectors of the widest layer.
size_t spl_encode_scratch(const spl_encoder *encoder);

// Outputs of the last layer; 0 without layers.
uint32_t spl_encoder_width(const spl_encoder *encoder);

// embedding[last layer's outputs] = the encoding of features[first layer's inputs].
// `scratch` holds spl_encode_scratch floats. The norm is taken over four partial sums of squares
// in double (lane = output mod 4), added as (s0+s1)+(s2+s3); each entry is multiplied by 1/norm in
// double, then rounded. A zero or not-finite vector becomes all zeros. The layers' sizes must chain
// (spl_bundle_open checks that) and the kernel be usable. `embedding` overlaps nothing else.
void spl_encode(const spl_encoder *encoder, spl_kernel kernel, const float *features, float *scratch, float *embedding);

// Floats of scratch that spl_encode_batch needs.
size_t spl_encode_batch_scratch(const spl_encoder *encoder);

// spl_encode, to equal bits, of `count` rows of features one after the other, into as many embeddings one after the
// other. Faster than one by one, except with the scalar kernel: four rows at a time share each weight.
void spl_encode_batch(const spl_encoder *encoder, spl_kernel kernel, const float *features, size_t count,
                      float *scratch, float *embeddings);

// Floats of scratch that spl_embed needs. O(layers).
size_t spl_embed_scratch(const spl_encoder *encoders, uint32_t count);

// embedding[width] = what the `count` encoders say together; they have equal inputs and equal widths. Of one it is
// spl_encode. Of several: each entry's sum over the encoders, in their order and in double, over the count and
// rounded; that vector is normalised as spl_encode does. Of none: nothing is done.
void spl_embed(const spl_encoder *encoders, uint32_t count, spl_kernel kernel, const float *features, float *scratch,
               float *embedding);

#endif
