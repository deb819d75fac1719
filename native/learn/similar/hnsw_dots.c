// SPDX-License-Identifier: GPL-3.0-or-later
// Dot products of 16-bit codes. Sums of whole numbers are exact, so every kernel gives the same.
#include <math.h>

#include "learn/similar/hnsw_walk.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

void spl_hnsw_encode(const float *x, uint32_t d, uint32_t stride, int16_t *out)
{
    for (uint32_t i = 0; i < stride; i++) {
        float whole = i < d ? rintf(x[i] * SPL_HNSW_ONE) : 0;
        out[i] = (int16_t)(whole > SPL_HNSW_ONE ? SPL_HNSW_ONE : whole < -SPL_HNSW_ONE ? -SPL_HNSW_ONE : whole);
    }
}

static void dots_scalar(const int16_t *codes, uint32_t stride, const int16_t *query, const uint32_t *ids,
                        uint32_t count, int32_t *out)
{
    for (uint32_t c = 0; c < count; c++) {
        const int16_t *code = codes + (size_t)ids[c] * stride;
        int32_t sum = 0;
        for (uint32_t i = 0; i < stride; i++) sum += (int32_t)code[i] * query[i];
        out[c] = sum;
    }
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) static void dots_avx2(const int16_t *codes, uint32_t stride, const int16_t *query,
                                                      const uint32_t *ids, uint32_t count, int32_t *out)
{
    for (uint32_t c = 0; c < count; c++) {
        const int16_t *code = codes + (size_t)ids[c] * stride;
        __m256i sum = _mm256_setzero_si256();
        for (uint32_t i = 0; i < stride; i += 16) {
            __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(code + i));
            __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(query + i));
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
        }
        __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
        four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
        four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0xB1));
        out[c] = _mm_cvtsi128_si32(four);
    }
}

__attribute__((target("avx512f,avx512bw"))) static void dots_avx512(const int16_t *codes, uint32_t stride,
                                                                    const int16_t *query, const uint32_t *ids,
                                                                    uint32_t count, int32_t *out)
{
    for (uint32_t c = 0; c < count; c++) {
        const int16_t *code = codes + (size_t)ids[c] * stride;
        __m512i sum = _mm512_madd_epi16(_mm512_loadu_si512(code), _mm512_loadu_si512(query));
        for (uint32_t i = 32; i < stride; i += 32)
            sum = _mm512_add_epi32(sum, _mm512_madd_epi16(_mm512_loadu_si512(code + i), _mm512_loadu_si512(query + i)));
        out[c] = _mm512_reduce_add_epi32(sum);
    }
}
#endif

spl_hnsw_dots *spl_hnsw_dots_of(spl_kernel kernel)
{
#if defined(__x86_64__)
    if (kernel >= SPL_KERNEL_AVX512 && __builtin_cpu_supports("avx512bw")) return dots_avx512;
    if (kernel >= SPL_KERNEL_AVX2) return dots_avx2;
#else
    (void)kernel;
#endif
    return dots_scalar;
}
