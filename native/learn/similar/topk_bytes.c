// SPDX-License-Identifier: GPL-3.0-or-later
// A first look with bytes, at a quarter of the memory traffic, and an exact cosine wherever it leaves a doubt.
//
// A row x is s c + r: a scale, whole numbers c of at most 127, and what rounding lost; a query y likewise. Then
//     |xy - s_x s_y (c_x c_y)| <= |x'| |r_y| + |r_x| |y|      x' = s_x c_x      (Cauchy-Schwarz)
// and the right side, with what float sums may be off, is a query's `doubt`. A row whose bytes' cosine plus doubt
// does not reach the worst of the k best known cannot be among them. Whole numbers are summed exactly, so the look is
// the same on every processor, and what it lets through is settled in floats: hits equal those of topk_floats.c.
#include <string.h>

#include "learn/similar/topk_scan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// The exact cosine of one lane of a block, summed as in topk_floats.c.
static float exact(const spl_topk *topk, uint32_t block, uint32_t lane, const float *query)
{
    const float *x = topk->x + (size_t)block * topk->d * SPL_TOPK_LANES + lane;
    float sum = 0;
    for (uint32_t i = 0; i < topk->d; i++) sum += x[(size_t)i * SPL_TOPK_LANES] * query[i];
    return sum;
}

static void settle(const spl_topk *topk, uint32_t block, uint32_t reached, spl_topk_query *query)
{
    while (reached) {
        uint32_t lane = (uint32_t)__builtin_ctz(reached), row = block * SPL_TOPK_LANES + lane;
        reached &= reached - 1;
        if (row >= topk->n) return;
        float cosine = exact(topk, block, lane, query->x);
        if (cosine > query->hits.limit) spl_hits_offer(&query->hits, (spl_hit){row, cosine});
    }
}

// What the bytes' sum times the row's scale must reach.
static float bar_of(const spl_topk_query *query)
{
    return (query->hits.limit - query->doubt) / query->scale;
}

static void scan_scalar(const spl_topk *topk, uint32_t first, uint32_t end, spl_topk_query *query)
{
    const uint8_t *code = topk->code + (size_t)first * topk->groups * 4 * SPL_TOPK_LANES;
    float bar = bar_of(query);
    for (uint32_t b = first; b < end; b++) {
        int32_t sum[SPL_TOPK_LANES] = {0};
        for (uint32_t g = 0; g < topk->groups; g++, code += 4 * SPL_TOPK_LANES) {
            for (uint32_t i = 0; i < 4 * SPL_TOPK_LANES; i++) sum[i / 4] += code[i] * query->code[4 * g + i % 4];
        }
        uint32_t reached = 0;
        for (uint32_t l = 0; l < SPL_TOPK_LANES; l++) {
            float seen = (float)(sum[l] - query->offset) * topk->scale[b * SPL_TOPK_LANES + l];
            reached |= (uint32_t)(seen >= bar) << l;
        }
        if (!reached) continue;
        settle(topk, b, reached, query);
        bar = bar_of(query);
    }
}

#if defined(__x86_64__)

// Sixteen bits at a time: the products of bytes in eight-bit steps (maddubs) would saturate.
__attribute__((target("avx2"))) static void scan_avx2(const spl_topk *topk, uint32_t first, uint32_t end,
                                                      spl_topk_query *query)
{
    const uint8_t *code = topk->code + (size_t)first * topk->groups * 4 * SPL_TOPK_LANES;
    const __m256i offset = _mm256_set1_epi32(query->offset);
    float bar = bar_of(query);
    for (uint32_t b = first; b < end; b++) {
        __m256i sum[4]; // four rows each, two lanes per row
        for (uint32_t p = 0; p < 4; p++) sum[p] = _mm256_setzero_si256();
        for (uint32_t g = 0; g < topk->groups; g++, code += 4 * SPL_TOPK_LANES) {
            int32_t word;
            memcpy(&word, query->code + 4 * (size_t)g, sizeof word);
            __m256i four = _mm256_cvtepi8_epi16(_mm_set1_epi32(word));
            for (uint32_t p = 0; p < 4; p++) {
                __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(code + 16 * (size_t)p));
                sum[p] = _mm256_add_epi32(sum[p], _mm256_madd_epi16(_mm256_cvtepu8_epi16(bytes), four));
            }
        }
        uint32_t reached = 0;
        for (uint32_t half = 0; half < 2; half++) {
            __m256i whole = _mm256_permute4x64_epi64(_mm256_hadd_epi32(sum[2 * half], sum[2 * half + 1]), 0xD8);
            __m256 scale = _mm256_loadu_ps(topk->scale + b * SPL_TOPK_LANES + 8 * (size_t)half);
            __m256 seen = _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_sub_epi32(whole, offset)), scale);
            reached |= (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(seen, _mm256_set1_ps(bar), _CMP_GE_OQ)) << 8 * half;
        }
        if (!reached) continue;
        settle(topk, b, reached, query);
        bar = bar_of(query);
    }
}

#define VNNI __attribute__((target("avx512f,avx512vnni")))
#define QUERIES 1
#define SCAN scan1_vnni
#include "learn/similar/topk_bytes.inc"
#define QUERIES 8
#define SCAN scan8_vnni
#include "learn/similar/topk_bytes.inc"

static bool has_vnni(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vnni");
}
#endif

void spl_topk_scan_bytes(spl_kernel kernel, const spl_topk *topk, uint32_t first, uint32_t end, spl_topk_query *queries,
                         uint32_t count)
{
    typedef void scan(const spl_topk *, uint32_t, uint32_t, spl_topk_query *);
    scan *one = scan_scalar;
#if defined(__x86_64__)
    if (kernel >= SPL_KERNEL_AVX2) one = scan_avx2;
    if (kernel >= SPL_KERNEL_AVX512 && has_vnni()) {
        one = scan1_vnni;
        if (count == SPL_TOPK_QUERIES) {
            scan8_vnni(topk, first, end, queries);
            return;
        }
    }
#else
    (void)kernel;
#endif
    for (uint32_t i = 0; i < count; i++) one(topk, first, end, &queries[i]);
}
