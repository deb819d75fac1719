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

// Four columns of four rows, turned: eight shuffles for sixteen floats.
static void turn(const float *const row[4], uint32_t j, float *to)
{
    four a = *(const four *)(row[0] + j), b = *(const four *)(row[1] + j);
    four c = *(const four *)(row[2] + j), e = *(const four *)(row[3] + j);
    four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab2 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    four ce = __builtin_shufflevector(c, e, 0, 4, 1, 5), ce2 = __builtin_shufflevector(c, e, 2, 6, 3, 7);
    *(four *)to = __builtin_shufflevector(ab, ce, 0, 1, 4, 5);
    *(four *)(to + SPL_TILE) = __builtin_shufflevector(ab, ce, 2, 3, 6, 7);
    *(four *)(to + 2 * SPL_TILE) = __builtin_shufflevector(ab2, ce2, 0, 1, 4, 5);
    *(four *)(to + 3 * SPL_TILE) = __builtin_shufflevector(ab2, ce2, 2, 3, 6, 7);
}

void spl_tile_gather(const float *x, uint32_t d, const uint32_t *rows, uint32_t count, float *tile)
{
    for (uint32_t lane = 0; lane < SPL_TILE; lane += 4) {
        const float *row[4];
        for (uint32_t i = 0; i < 4; i++) row[i] = x + (size_t)rows[lane + i < count ? lane + i : count - 1] * d;
        uint32_t j = 0;
        for (; j + 4 <= d; j += 4) turn(row, j, tile + (size_t)j * SPL_TILE + lane);
        for (; j < d; j++)
            for (uint32_t i = 0; i < 4; i++) tile[(size_t)j * SPL_TILE + lane + i] = row[i][j];
    }
}
