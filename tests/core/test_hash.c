// SPDX-License-Identifier: MIT
// Oracles: libxxhash for XXH64; the published vectors of FNV-1a (Noll's test suite), MurmurHash3
// (SMHasher's verification value), GrowthBook (cases.json of its SDKs) and Optimizely (bucketer tests).
#include <stdio.h>
#include <string.h>

#include <xxhash.h>

#include "samplit/hash.h"
#include "samplit/rng.h"
#include "testing.h"

#define SIZE_MAX_TESTED 300

static uint8_t bytes[SIZE_MAX_TESTED + 8];

static int fill_bytes(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < sizeof bytes / 4; i++) {
        uint32_t block[4];
        spl_philox((uint32_t[4]){i}, (uint32_t[2]){SPL_STREAM_TEST}, block);
        memcpy(bytes + 4 * i, block, 4);
    }
    return 0;
}

static void xxh64_equals_libxxhash_for_every_size_and_alignment(void **state)
{
    (void)state;
    static const uint64_t seeds[] = {0, 1, 0x9E3779B185EBCA87u, UINT64_MAX};
    for (size_t size = 0; size <= SIZE_MAX_TESTED; size++)
        for (size_t offset = 0; offset < 8; offset++)
            for (size_t s = 0; s < sizeof seeds / sizeof *seeds; s++)
                assert_int_equal(spl_xxh64(bytes + offset, size, seeds[s]), XXH64(bytes + offset, size, seeds[s]));
}

static void xxh64_takes_null_for_no_bytes(void **state)
{
    (void)state;
    assert_int_equal(spl_xxh64(NULL, 0, 0), 0xEF46DB3751D8E999u);
    assert_int_equal(spl_name_hash((spl_text){0}), 0xEF46DB3751D8E999u);
    assert_int_equal(spl_name_hash(SPL_TEXT("device")), XXH64("device", 6, 0));
}

// Undoes x ^= x >> shift for shift >= 22.
static uint64_t unshift(uint64_t x, int shift)
{
    return x ^ x >> shift ^ (2 * shift < 64 ? x >> 2 * shift : 0);
}

// The inverse of an odd number modulo 2^64, by Newton's iteration.
static uint64_t inverse(uint64_t odd)
{
    uint64_t x = odd;
    for (int i = 0; i < 6; i++) x *= 2 - odd * x;
    return x;
}

static void mix64_can_be_undone(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 10000; i++) {
        uint64_t x = i * 0x9E3779B97F4A7C15u, y = spl_mix64(x);
        y = unshift(y, 32) * inverse(0x165667B19E3779F9u);
        y = unshift(y, 29) * inverse(0xC2B2AE3D27D4EB4Fu);
        assert_int_equal(unshift(y, 33), x);
    }
}

static void fnv1a32_gives_the_published_values(void **state)
{
    (void)state;
    assert_int_equal(spl_fnv1a32("", 0), 0x811C9DC5u);
    assert_int_equal(spl_fnv1a32("a", 1), 0xE40C292Cu);
    assert_int_equal(spl_fnv1a32("b", 1), 0xE70C2DE5u);
    assert_int_equal(spl_fnv1a32("foobar", 6), 0xBF9CF968u);
    assert_int_equal(spl_fnv1a32("\xff\x00\x00\x01", 4), 0xC48FB86Du);
}

// SMHasher: hash the keys {}, {0}, {0, 1}, … {0 … 254} with seed 256 - size, then hash the hashes.
static void murmur3_has_the_verification_value_of_smhasher(void **state)
{
    (void)state;
    uint8_t key[256], hashes[256 * 4];
    for (uint32_t i = 0; i < 256; i++) {
        key[i] = (uint8_t)i;
        uint32_t hash = spl_murmur3_32(key, i, 256 - i);
        for (int b = 0; b < 4; b++) hashes[4 * i + b] = (uint8_t)(hash >> 8 * b);
    }
    assert_int_equal(spl_murmur3_32(hashes, sizeof hashes, 0), 0xB0F57EE3u);
}

static void murmur3_gives_the_published_values(void **state)
{
    (void)state;
    assert_int_equal(spl_murmur3_32("", 0, 0), 0);
    assert_int_equal(spl_murmur3_32("", 0, 1), 0x514E28B7u);
    assert_int_equal(spl_murmur3_32("", 0, 0xFFFFFFFFu), 0x81F16F39u);
    assert_int_equal(spl_murmur3_32("\x21\x43\x65\x87", 4, 0x5082EDEEu), 0x2362F9DEu);
    assert_int_equal(spl_murmur3_32("\0\0\0", 3, 0), 0x85F0B427u);
    assert_int_equal(spl_murmur3_32("aaaa", 4, 0x9747B28Cu), 0x5A97808Au);
    assert_int_equal(spl_murmur3_32("Hello, world!", 13, 0x9747B28Cu), 0x24884CBAu);
}

static spl_text text(const char *string)
{
    return (spl_text){string, strlen(string)};
}

static void growthbook_buckets_equal_its_published_cases(void **state)
{
    (void)state;
    static const struct {
        const char *seed, *unit;
        uint32_t bucket; // the published hash times 10000
    } cases[] = {
        {"seed", "a", 505},
        {"seed", "b", 2696},
        {"foo", "ab", 2575},
        {"foo", "def", 2019},
        {"89123klj", "8952klfjas09ujkasdf", 1240},
        {"90850943850283058242805", "123", 7516},
        {"()**(%$##$%#$#", "___)((*\":&", 128},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(spl_bucket_growthbook_v2(text(cases[i].seed), text(cases[i].unit)), cases[i].bucket);
}

static void murmur3_buckets_equal_those_of_optimizely(void **state)
{
    (void)state;
    static const struct {
        const char *unit, *experiment;
        uint32_t bucket;
    } cases[] = {
        {"ppid1", "1886780721", 5254},
        {"ppid2", "1886780721", 4299},
        {"ppid2", "1886780722", 2434},
        {"ppid3", "1886780721", 5439},
        {"a very very very very very very very very very very very very very very very long ppd string", "1886780721",
         6128},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(spl_bucket_murmur3(text(cases[i].experiment), text(cases[i].unit)), cases[i].bucket);
}

static void murmur3_of_two_parts_is_that_of_the_whole(void **state)
{
    (void)state;
    for (size_t size = 0; size <= 40; size++)
        for (size_t cut = 0; cut <= size; cut++) {
            spl_text unit = {(char *)bytes, cut}, experiment = {(char *)bytes + cut, size - cut};
            uint64_t whole = spl_murmur3_32(bytes, size, 1);
            assert_int_equal(spl_bucket_murmur3(experiment, unit), whole * 10000 >> 32);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xxh64_equals_libxxhash_for_every_size_and_alignment),
        cmocka_unit_test(xxh64_takes_null_for_no_bytes),
        cmocka_unit_test(mix64_can_be_undone),
        cmocka_unit_test(fnv1a32_gives_the_published_values),
        cmocka_unit_test(murmur3_has_the_verification_value_of_smhasher),
        cmocka_unit_test(murmur3_gives_the_published_values),
        cmocka_unit_test(growthbook_buckets_equal_its_published_cases),
        cmocka_unit_test(murmur3_buckets_equal_those_of_optimizely),
        cmocka_unit_test(murmur3_of_two_parts_is_that_of_the_whole),
    };
    return cmocka_run_group_tests(tests, fill_bytes, NULL);
}
