// SPDX-License-Identifier: MIT
// Oracle: the known answers that Random123 publishes for philox4x32 with ten rounds (kat_vectors).
#include <string.h>

#include "samplit/rng.h"
#include "testing.h"

static void philox_gives_the_known_answers_of_random123(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], block[4];
    } cases[] = {
        {{0}, {0}, {0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8}},
        {{0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF},
         {0xFFFFFFFF, 0xFFFFFFFF},
         {0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD}},
        {{0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344},
         {0xA4093822, 0x299F31D0},
         {0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t block[4];
        spl_philox(cases[i].counter, cases[i].key, block);
        assert_memory_equal(block, cases[i].block, sizeof block);
    }
}

static void philox_may_write_over_its_counter(void **state)
{
    (void)state;
    uint32_t words[4] = {0}, key[2] = {0};
    spl_philox(words, key, words);
    assert_int_equal(words[3], 0x9B00DBD8);
}

// One round of Philox is x -> (hi(M1 c) ^ b ^ k0, lo(M1 c), hi(M0 a) ^ d ^ k1, lo(M0 a)). Run backwards it
// finds the counter that gives a chosen block, so that the uniforms' extremes can be asked for.
static void counter_of_block(const uint32_t block[4], uint32_t counter[4])
{
    uint32_t a = block[0], b = block[1], c = block[2], d = block[3];
    uint32_t m0 = 0xD2511F53, m1 = 0xCD9E8D57, i0 = m0, i1 = m1;
    for (int i = 0; i < 5; i++) i0 *= 2 - m0 * i0, i1 *= 2 - m1 * i1;
    for (uint32_t round = 10; round-- > 0;) {
        uint32_t k0 = round * 0x9E3779B9, k1 = round * 0xBB67AE85;
        uint32_t old_a = d * i0, old_c = b * i1;
        uint32_t old_b = a ^ (uint32_t)((uint64_t)m1 * old_c >> 32) ^ k0;
        uint32_t old_d = c ^ (uint32_t)((uint64_t)m0 * old_a >> 32) ^ k1;
        a = old_a, b = old_b, c = old_c, d = old_d;
    }
    counter[0] = a, counter[1] = b, counter[2] = c, counter[3] = d;
}

static void uniforms_of_block(const uint32_t block[4], double out[2])
{
    uint32_t counter[4];
    counter_of_block(block, counter);
    spl_uniform2(0, (uint64_t)counter[1] << 32 | counter[0], counter[2], counter[3], out);
}

static void uniforms_reach_neither_zero_nor_one(void **state)
{
    (void)state;
    double u[2];
    uniforms_of_block((uint32_t[4]){0, 0, UINT32_MAX, UINT32_MAX}, u);
    assert_true(u[0] == 0x1p-53);
    assert_true(u[1] == 1 - 0x1p-53);
}

static void uniforms_take_the_high_word_first_and_drop_twelve_bits(void **state)
{
    (void)state;
    double u[2];
    uniforms_of_block((uint32_t[4]){0xFFF, 0x80000000, 0x1000, 0}, u);
    assert_true(u[0] == 0.5 + 0x1p-53);
    assert_true(u[1] == 0x1.8p-52);
}

static void uniforms_name_seed_unit_stream_and_index_in_their_block(void **state)
{
    (void)state;
    uint32_t block[4];
    double u[2];
    spl_philox((uint32_t[4]){3, 4, 5, 6}, (uint32_t[2]){1, 2}, block);
    spl_uniform2(0x200000001u, 0x400000003u, 5, 6, u);
    assert_true(u[0] == ((double)(((uint64_t)block[1] << 32 | block[0]) >> 12) + 0.5) / 0x1p52);
    assert_true(u[1] == ((double)(((uint64_t)block[3] << 32 | block[2]) >> 12) + 0.5) / 0x1p52);
}

// Chi-square over 256 cells with 255 degrees of freedom: 330.5 is passed by chance once in a thousand.
static void uniforms_fill_the_unit_interval_evenly(void **state)
{
    (void)state;
    enum { CELLS = 256, DRAWS = 1 << 20 };
    static uint32_t count[CELLS];
    for (uint32_t i = 0; i < DRAWS / 2; i++) {
        double u[2];
        spl_uniform2(7, i, SPL_STREAM_TEST, 0, u);
        count[(int)(u[0] * CELLS)]++;
        count[(int)(u[1] * CELLS)]++;
    }
    double chi2 = 0, expected = (double)DRAWS / CELLS;
    for (int i = 0; i < CELLS; i++) chi2 += (count[i] - expected) * (count[i] - expected) / expected;
    assert_true(chi2 < 330.5);
    assert_true(chi2 > 190); // as unlikely on the other side: too even is not random either
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_known_answers_of_random123),
        cmocka_unit_test(philox_may_write_over_its_counter),
        cmocka_unit_test(uniforms_reach_neither_zero_nor_one),
        cmocka_unit_test(uniforms_take_the_high_word_first_and_drop_twelve_bits),
        cmocka_unit_test(uniforms_name_seed_unit_stream_and_index_in_their_block),
        cmocka_unit_test(uniforms_fill_the_unit_interval_evenly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
