// SPDX-License-Identifier: GPL-3.0-or-later
// Sixteen clusters side by side, one dimension after the other, so that each distance is summed in one order
// whatever the width of the registers. The same source is compiled for each instruction set; compilers take a vector
// of sixteen apart where the machine's are narrower.
//
// Differences are squared and summed as they stand. |x|^2 - 2xy + |y|^2 would need two operations instead of three,
// but cancels where clusters are close, which is where it matters.
#include "learn/cluster/ward_scan.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

typedef float lanes __attribute__((vector_size(4 * SPL_WARD_LANES)));
typedef int32_t lane_flags __attribute__((vector_size(4 * SPL_WARD_LANES)));

// Puts a cluster in its place among the nearest; the last one falls out of a full list.
static void offer(spl_ward_query *q, float distance, uint32_t place)
{
    if (place == q->self || !(distance < INFINITY)) return;
    uint32_t at = q->count < SPL_WARD_NEAR + 1 ? q->count++ : SPL_WARD_NEAR;
    while (at > 0 && distance < q->distance[at - 1]) {
        q->distance[at] = q->distance[at - 1];
        q->place[at] = q->place[at - 1];
        at--;
    }
    q->distance[at] = distance;
    q->place[at] = place;
}

// Those of sixteen distances that belong in the list. Its limit moves while they are offered.
static void offer_lanes(spl_ward_query *q, const float distance[SPL_WARD_LANES], uint32_t below, uint32_t base)
{
    while (below) {
        uint32_t lane = (uint32_t)__builtin_ctz(below);
        below &= below - 1;
        if (q->count <= SPL_WARD_NEAR || distance[lane] < q->distance[SPL_WARD_NEAR])
            offer(q, distance[lane], base + lane);
    }
}

#define TARGET
#define BELOW(bits, v, limit)                                                                                          \
    do {                                                                                                               \
        lane_flags less = (v) < (limit);                                                                               \
        (bits) = 0;                                                                                                    \
        for (uint32_t l = 0; l < SPL_WARD_LANES; l++) (bits) |= (uint32_t)(less[l] & 1) << l;                          \
    } while (0)
#define QUERIES 1
#define SCAN scan1_scalar
#include "learn/cluster/ward_scan.inc"
#define QUERIES 4
#define SCAN scan4_scalar
#include "learn/cluster/ward_scan.inc"
#undef TARGET
#undef BELOW

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2")))
#define HALF(v, half) _mm256_loadu_ps((const float *)&(v) + 8 * (half))
#define BELOW(bits, v, limit)                                                                                          \
    (bits) = (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(HALF(v, 0), HALF(limit, 0), _CMP_LT_OQ)) |                     \
             (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(HALF(v, 1), HALF(limit, 1), _CMP_LT_OQ)) << 8
#define QUERIES 1
#define SCAN scan1_avx2
#include "learn/cluster/ward_scan.inc"
#define QUERIES 4
#define SCAN scan4_avx2
#include "learn/cluster/ward_scan.inc"
#undef TARGET
#undef BELOW

#define TARGET __attribute__((target("avx512f")))
#define BELOW(bits, v, limit) (bits) = _mm512_cmp_ps_mask((__m512)(v), (__m512)(limit), _CMP_LT_OQ)
#define QUERIES 1
#define SCAN scan1_avx512
#include "learn/cluster/ward_scan.inc"
#define QUERIES 4
#define SCAN scan4_avx512
#include "learn/cluster/ward_scan.inc"
#undef TARGET
#undef BELOW
#endif

void spl_ward_scan(spl_kernel kernel, const spl_ward_blocks *blocks, spl_ward_query *queries, uint32_t count)
{
    typedef void scan(const spl_ward_blocks *, spl_ward_query *);
    scan *one = scan1_scalar, *four = scan4_scalar;
#if defined(__x86_64__)
    if (kernel >= SPL_KERNEL_AVX2) one = scan1_avx2, four = scan4_avx2;
    if (kernel >= SPL_KERNEL_AVX512) one = scan1_avx512, four = scan4_avx512;
#else
    (void)kernel;
#endif
    for (uint32_t i = 0; i < count; i++) queries[i].count = 0;
    if (count == SPL_WARD_QUERIES) {
        four(blocks, queries);
        return;
    }
    for (uint32_t i = 0; i < count; i++) one(blocks, &queries[i]);
}
