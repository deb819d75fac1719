// SPDX-License-Identifier: MIT
// XXH64 by Yann Collet (xxHash specification 0.1.1): four lanes of multiply-rotate over stripes of
// 32 bytes, the rest folded in by 8, 4 and 1, then a finaliser. FNV-1a and MurmurHash3 serve only
// to reproduce the buckets of other products. All words are read as little-endian.
#include "samplit/hash.h"

#include <string.h>

#define P1 0x9E3779B185EBCA87u
#define P2 0xC2B2AE3D27D4EB4Fu
#define P3 0x165667B19E3779F9u
#define P4 0x85EBCA77C2B2AE63u
#define P5 0x27D4EB2F165667C5u

#define STRIPE 32 // bytes

static uint64_t rotate64(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static uint32_t rotate32(uint32_t x, int bits)
{
    return x << bits | x >> (32 - bits);
}

static uint32_t read32(const uint8_t *bytes)
{
    uint32_t x;
    memcpy(&x, bytes, sizeof x);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap32(x);
#endif
    return x;
}

static uint64_t read64(const uint8_t *bytes)
{
    uint64_t x;
    memcpy(&x, bytes, sizeof x);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    return x;
}

static uint64_t xxh_round(uint64_t lane, uint64_t input)
{
    return rotate64(lane + input * P2, 31) * P1;
}

static uint64_t xxh_merge(uint64_t hash, uint64_t lane)
{
    return (hash ^ xxh_round(0, lane)) * P1 + P4;
}

// Consumes whole stripes and leaves `*bytes` at the rest.
static uint64_t xxh_stripes(const uint8_t **bytes, size_t size, uint64_t seed)
{
    const uint8_t *p = *bytes, *last = p + size - STRIPE;
    uint64_t a = seed + P1 + P2, b = seed + P2, c = seed, d = seed - P1;
    for (; p <= last; p += STRIPE) {
        a = xxh_round(a, read64(p));
        b = xxh_round(b, read64(p + 8));
        c = xxh_round(c, read64(p + 16));
        d = xxh_round(d, read64(p + 24));
    }
    *bytes = p;
    uint64_t hash = rotate64(a, 1) + rotate64(b, 7) + rotate64(c, 12) + rotate64(d, 18);
    return xxh_merge(xxh_merge(xxh_merge(xxh_merge(hash, a), b), c), d);
}

uint64_t spl_mix64(uint64_t x)
{
    x = (x ^ x >> 33) * P2;
    x = (x ^ x >> 29) * P3;
    return x ^ x >> 32;
}

uint64_t spl_xxh64(const void *data, size_t size, uint64_t seed)
{
    const uint8_t *p = data;
    size_t rest = size % STRIPE;
    uint64_t hash = (size >= STRIPE ? xxh_stripes(&p, size, seed) : seed + P5) + size;
    for (; rest >= 8; rest -= 8, p += 8) hash = rotate64(hash ^ xxh_round(0, read64(p)), 27) * P1 + P4;
    for (; rest >= 4; rest -= 4, p += 4) hash = rotate64(hash ^ read32(p) * P1, 23) * P2 + P3;
    for (; rest; rest--, p++) hash = rotate64(hash ^ *p * P5, 11) * P1;
    return spl_mix64(hash);
}

uint64_t spl_name_hash(spl_text name)
{
    return spl_xxh64(name.data, name.size, 0);
}

#define FNV_OFFSET 2166136261u
#define FNV_PRIME 16777619u

static uint32_t fnv1a32_more(uint32_t hash, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++) hash = (hash ^ bytes[i]) * FNV_PRIME;
    return hash;
}

uint32_t spl_fnv1a32(const void *data, size_t size)
{
    return fnv1a32_more(FNV_OFFSET, data, size);
}

// MurmurHash3 over a text in two parts, so that nobody has to join them in memory: `word`
// collects bytes until four are there.
typedef struct murmur {
    uint32_t hash, word;
    size_t size;
} murmur;

static uint32_t murmur_scramble(uint32_t word)
{
    return rotate32(word * 0xCC9E2D51u, 15) * 0x1B873593u;
}

static void murmur_add(murmur *m, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++) {
        m->word |= (uint32_t)bytes[i] << (m->size % 4 * 8);
        if (++m->size % 4) continue;
        m->hash = rotate32(m->hash ^ murmur_scramble(m->word), 13) * 5 + 0xE6546B64u;
        m->word = 0;
    }
}

static uint32_t murmur_end(const murmur *m)
{
    uint32_t h = m->hash ^ murmur_scramble(m->word) ^ (uint32_t)m->size;
    h = (h ^ h >> 16) * 0x85EBCA6Bu;
    h = (h ^ h >> 13) * 0xC2B2AE35u;
    return h ^ h >> 16;
}

uint32_t spl_murmur3_32(const void *data, size_t size, uint32_t seed)
{
    murmur m = {.hash = seed};
    murmur_add(&m, data, size);
    return murmur_end(&m);
}

#define BUCKETS 10000

// Writes x in decimal at the end of `digits` and returns where it starts.
static const char *decimal(uint32_t x, char digits[10])
{
    char *p = digits + 10;
    do *--p = (char)('0' + x % 10);
    while (x /= 10);
    return p;
}

uint32_t spl_bucket_growthbook_v2(spl_text seed, spl_text unit)
{
    char digits[10];
    uint32_t hash = fnv1a32_more(FNV_OFFSET, seed.data, seed.size);
    const char *start = decimal(fnv1a32_more(hash, unit.data, unit.size), digits);
    return spl_fnv1a32(start, (size_t)(digits + 10 - start)) % BUCKETS;
}

uint32_t spl_bucket_murmur3(spl_text experiment, spl_text unit)
{
    murmur m = {.hash = 1};
    murmur_add(&m, unit.data, unit.size);
    murmur_add(&m, experiment.data, experiment.size);
    return (uint32_t)((uint64_t)murmur_end(&m) * BUCKETS >> 32);
}

uint32_t spl_bucket_unleash(spl_text group, spl_text unit, uint32_t seed, uint32_t count)
{
    murmur m = {.hash = seed};
    murmur_add(&m, group.data, group.size);
    murmur_add(&m, ":", 1);
    murmur_add(&m, unit.data, unit.size);
    return murmur_end(&m) % count;
}
