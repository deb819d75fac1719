// SPDX-License-Identifier: GPL-3.0-or-later
// Exact cosines of sixteen rows side by side, so that each is summed in order of the columns whatever the width of
// the registers. Eight queries share one pass over the rows: a matrix product whose result is looked at and dropped.
#include <string.h>

#include "learn/similar/topk_scan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

typedef float lanes __attribute__((vector_size(4 * SPL_TOPK_LANES)));
typedef int32_t lane_flags __attribute__((vector_size(4 * SPL_TOPK_LANES)));

// Those of sixteen cosines that are above the limit, which moves while they are offered.
static void offer_lanes(spl_hits *hits, const float cosine[SPL_TOPK_LANES], uint32_t above, uint32_t row, uint32_t n)
{
    while (above) {
        uint32_t lane = (uint32_t)__builtin_ctz(above);
        above &= above - 1;
        if (row + lane < n && cosine[lane] > hits->limit) spl_hits_offer(hits, (spl_hit){row + lane, cosine[lane]});
    }
}

#define TARGET
#define ABOVE(bits, v, limit)                                                                                          \
    do {                                                                                                               \
        lane_flags more = (v) > (limit);                                                                               \
        (bits) = 0;                                                                                                    \
        for (uint32_t l = 0; l < SPL_TOPK_LANES; l++) (bits) |= (uint32_t)(more[l] & 1) << l;                          \
    } while (0)
#define QUERIES 1
#define SCAN scan1_scalar
#include "learn/similar/topk_floats.inc"
#define QUERIES 8
#define SCAN scan8_scalar
#include "learn/similar/topk_floats.inc"
#undef TARGET
#undef ABOVE

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2")))
#define HALF(v, half) _mm256_loadu_ps((const float *)&(v) + 8 * (half))
#define ABOVE(bits, v, limit)                                                                                          \
    (bits) = (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(HALF(v, 0), HALF(limit, 0), _CMP_GT_OQ)) |                     \
             (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(HALF(v, 1), HALF(limit, 1), _CMP_GT_OQ)) << 8
#define QUERIES 1
#define SCAN scan1_avx2
#include "learn/similar/topk_floats.inc"
#define QUERIES 4
#define SCAN scan4_avx2
#include "learn/similar/topk_floats.inc"
#undef TARGET
#undef ABOVE

#define TARGET __attribute__((target("avx512f")))
#define ABOVE(bits, v, limit) (bits) = _mm512_cmp_ps_mask((__m512)(v), (__m512)(limit), _CMP_GT_OQ)
#define QUERIES 1
#define SCAN scan1_avx512
#include "learn/similar/topk_floats.inc"
#define QUERIES 8
#define SCAN scan8_avx512
#include "learn/similar/topk_floats.inc"
#undef TARGET
#undef ABOVE

// Eight queries would not fit the registers of AVX2.
static void scan8_avx2(const spl_topk *topk, uint32_t first, uint32_t end, spl_topk_query *queries)
{
    scan4_avx2(topk, first, end, queries);
    scan4_avx2(topk, first, end, queries + 4);
}
#endif

void spl_topk_scan_floats(spl_kernel kernel, const spl_topk *topk, uint32_t first, uint32_t end,
                          spl_topk_query *queries, uint32_t count)
{
    typedef void scan(const spl_topk *, uint32_t, uint32_t, spl_topk_query *);
    scan *one = scan1_scalar, *eight = scan8_scalar;
#if defined(__x86_64__)
    if (kernel >= SPL_KERNEL_AVX2) one = scan1_avx2, eight = scan8_avx2;
    if (kernel >= SPL_KERNEL_AVX512) one = scan1_avx512, eight = scan8_avx512;
#else
    (void)kernel;
#endif
    if (count == SPL_TOPK_QUERIES) {
        eight(topk, first, end, queries);
        return;
    }
    for (uint32_t i = 0; i < count; i++) one(topk, first, end, &queries[i]);
}
