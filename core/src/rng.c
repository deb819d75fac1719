// SPDX-License-Identifier: MIT
// Philox4x32-10: ten rounds of two 32 x 32 -> 64 bit products; high halves meet the other words and
// the key, which moves on by a Weyl sequence (golden ratio, sqrt(3) - 1). It passes BigCrush.
#include "samplit/rng.h"

#define ROUNDS 10
#define MULTIPLY_0 0xD2511F53u
#define MULTIPLY_1 0xCD9E8D57u
#define WEYL_0 0x9E3779B9u
#define WEYL_1 0xBB67AE85u

void spl_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t a = counter[0], b = counter[1], c = counter[2], d = counter[3], k0 = key[0], k1 = key[1];
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t p = (uint64_t)MULTIPLY_0 * a, q = (uint64_t)MULTIPLY_1 * c;
        a = (uint32_t)(q >> 32) ^ b ^ k0;
        b = (uint32_t)q;
        c = (uint32_t)(p >> 32) ^ d ^ k1;
        d = (uint32_t)p;
        k0 += WEYL_0;
        k1 += WEYL_1;
    }
    out[0] = a, out[1] = b, out[2] = c, out[3] = d;
}

// The middle of one of 2^52 equal cells. With 53 bits the 1/2 would no longer fit into a double for
// the upper half, and the last cell would round to 1.
static double unit_open(uint32_t low, uint32_t high)
{
    uint64_t cell = ((uint64_t)high << 32 | low) >> 12;
    return ((double)cell + 0.5) * 0x1p-52;
}

void spl_uniform2(uint64_t seed, uint64_t unit, uint32_t stream, uint32_t index, double out[2])
{
    uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t counter[4] = {(uint32_t)unit, (uint32_t)(unit >> 32), stream, index}, block[4];
    spl_philox(counter, key, block);
    out[0] = unit_open(block[0], block[1]);
    out[1] = unit_open(block[2], block[3]);
}
