// SPDX-License-Identifier: MIT
// The inner loops of the encoder and which of them this build holds. Each kernel is one file, compiled
// for its processor; encoder_kernel.inc is what they all compile.
#ifndef SAMPLIT_ENCODER_KERNELS_H
#define SAMPLIT_ENCODER_KERNELS_H

#include <stdbool.h>

#include "samplit/encoder.h"

#if defined(__wasm_simd128__) || defined(__SSE2__)
#define SPL_HAVE_SIMD128 1
#else
#define SPL_HAVE_SIMD128 0
#endif

#ifdef __x86_64__
#define SPL_HAVE_X86_64 1
#else
#define SPL_HAVE_X86_64 0
#endif

// out[outputs] = bias + in[inputs] * weight, then max(x, 0) if `relu`. `out` overlaps nothing else.
typedef void spl_dense(const spl_layer *layer, const float *in, bool relu, float *out);

spl_dense spl_dense_scalar, spl_dense_simd128, spl_dense_avx2, spl_dense_avx512;

#define SPL_ENCODE_ROWS 4

// The same for SPL_ENCODE_ROWS inputs one after the other, and the norm of as many embeddings of `n` entries.
typedef void spl_normalise(float *x, uint32_t n);
spl_dense spl_rows_simd128, spl_rows_avx2, spl_rows_avx512;
spl_normalise spl_normalise_simd128, spl_normalise_avx2, spl_normalise_avx512;

// The sum of n squares in double, over four partial sums (lane = entry mod 4). Squares of floats neither overflow nor
// vanish in double, so it is finite and above 0 unless an entry is not or all are 0.
double spl_sum_of_squares(const float *x, uint32_t n);

// The inner loop of a kernel that this build holds.
spl_dense *spl_dense_of(spl_kernel kernel);

// The widest kernel that an x86-64 processor and its operating system run (encoder_cpu.c).
spl_kernel spl_cpu_widest(void);

#endif
