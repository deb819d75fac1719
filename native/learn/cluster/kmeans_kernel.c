// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/cluster/kmeans_kernel.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define JOIN(a, b) a##b
#define NAME(a, b) JOIN(a, b)
#define SHIFT 0x1.8p52
#define OUTWARD 0x1.000004p0F // 1 + 2^-22 and 1 - 2^-22: more than a root and a product round
#define INWARD 0x0.fffffcp0F

typedef float four __attribute__((vector_size(16), aligned(4)));
typedef double four_wide __attribute__((vector_size(32), aligned(8)));
typedef int64_t four_long __attribute__((vector_size(32), aligned(8)));

#define TWO(a, b) __builtin_shufflevector(*(const four *)(a), *(const four *)(b), 0, 1, 2, 3, 4, 5, 6, 7)

static inline int64_t fixed(double value)
{
    double shifted = value + SHIFT, zero = SHIFT;
    int64_t bits, none;
    memcpy(&bits, &shifted, sizeof bits);
    memcpy(&none, &zero, sizeof none);
    return bits - none;
}

#define LANES 4
#define TARGET
#define WIDTH narrow
#include "kmeans_kernel.inc"

#if defined(__x86_64__)
#define LANES 8
#define TARGET __attribute__((target("avx2")))
#define WIDTH avx2
#include "kmeans_kernel.inc"

#define LANES 16
#define TARGET __attribute__((target("avx512f")))
#define WIDTH avx512
#include "kmeans_kernel.inc"
#endif

const spl_tile_kernels *spl_tile_kernels_of(spl_kernel kernel)
{
    switch (kernel) {
#if defined(__x86_64__)
    case SPL_KERNEL_AVX2: return &kernels_avx2;
    case SPL_KERNEL_AVX512: return &kernels_avx512;
#endif
    default: return &kernels_narrow;
    }
}

void spl_tile_gather(const float *x, uint32_t d, const uint32_t *rows, uint32_t count, float *tile)
{
    kernels_narrow.gather(x, d, rows, count, tile);
}
