// SPDX-License-Identifier: GPL-3.0-or-later
// One source, compiled for each width of vector and chosen at run time. The narrow kernels are for every processor
// that the compiler's default knows; all of them are tested to give equal bits.
#include "learn/encoder/matrix.h"

#include <math.h>
#include <string.h>

#define LANES 4
#define TALL 4
#define TARGET
#define MULTIPLY(a, b) ((a) * (b))
#define NAME(x) x##_narrow
#include "learn/encoder/matrix_kernels.inc"

#ifdef __x86_64__
#include <immintrin.h>

#define LANES 8
#define TALL 4
#define TARGET __attribute__((target("avx2")))
#define MULTIPLY(a, b) (words_avx2) _mm256_mul_epu32((__m256i)(a), (__m256i)(b))
#define NAME(x) x##_avx2
#include "learn/encoder/matrix_kernels.inc"

#define LANES 16
#define TALL 8
#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq")))
#define MULTIPLY(a, b) (words_avx512) _mm512_mul_epu32((__m512i)(a), (__m512i)(b))
#define NAME(x) x##_avx512
#include "learn/encoder/matrix_kernels.inc"
#endif

const spl_matrix_kernels *spl_matrix_kernels_of(spl_kernel kernel)
{
    switch (kernel) {
#ifdef __x86_64__
    case SPL_KERNEL_AVX2: return &kernels_avx2;
    case SPL_KERNEL_AVX512: return __builtin_cpu_supports("avx512bw") ? &kernels_avx512 : &kernels_avx2;
#endif
    default: return &kernels_narrow;
    }
}

void spl_matrix_transpose(uint32_t rows, uint32_t columns, const float *from, size_t from_row, float *to, size_t to_row)
{
    for (uint32_t r = 0; r < rows; r++)
        for (uint32_t c = 0; c < columns; c++) to[c * to_row + r] = from[r * from_row + c];
}

uint32_t spl_matrix_pad(uint32_t n)
{
    return (n + SPL_MATRIX_LANES - 1) / SPL_MATRIX_LANES * SPL_MATRIX_LANES;
}
