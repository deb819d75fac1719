// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/peak.h"

#include "bench/timing.h"

// Enough chains to hide the latency of a product and a sum (about 8 cycles at 2 per cycle), few
// enough to stay in registers.
#define CHAINS 12
#define STEPS 16

// Accumulators hover around 2: x <- x * 0.5 + 1.
#define DEFINE_PEAK(name, bytes, attribute)                                                                            \
    typedef float name##_lanes __attribute__((vector_size(bytes)));                                                    \
    attribute static void name(uint32_t count)                                                                         \
    {                                                                                                                  \
        name##_lanes chain[CHAINS], half = {0}, one = {0};                                                             \
        half += 0.5f, one += 1.0f;                                                                                     \
        for (int c = 0; c < CHAINS; c++) chain[c] = one * (float)c;                                                    \
        for (uint64_t i = 0; i < (uint64_t)count * STEPS; i++) {                                                       \
            _Pragma("GCC unroll 12") for (int c = 0; c < CHAINS; c++) chain[c] = chain[c] * half + one;                \
        }                                                                                                              \
        for (int c = 0; c < CHAINS; c++) spl_keep(&chain[c]);                                                          \
    }

DEFINE_PEAK(peak_scalar, 4, )
DEFINE_PEAK(peak_128, 16, )
#if defined(__x86_64__)
DEFINE_PEAK(peak_256, 32, __attribute__((target("avx2"))))
DEFINE_PEAK(peak_512, 64, __attribute__((target("avx512f"))))
#endif

static uint32_t lanes(spl_kernel kernel)
{
    static const uint32_t LANES[] = {1, 4, 8, 16};
    return LANES[kernel];
}

uint32_t spl_peak_products(spl_kernel kernel)
{
    return lanes(kernel) * CHAINS * STEPS;
}

void spl_peak_run(spl_kernel kernel, uint32_t count)
{
    switch (kernel) {
    case SPL_KERNEL_SCALAR: peak_scalar(count); break;
    case SPL_KERNEL_SIMD128: peak_128(count); break;
#if defined(__x86_64__)
    case SPL_KERNEL_AVX2: peak_256(count); break;
    case SPL_KERNEL_AVX512: peak_512(count); break;
#else
    default: break;
#endif
    }
}
