// SPDX-License-Identifier: MIT
// All kernels of training give the bits of plain loops.
#include <math.h>
#include <string.h>

#include "learn/encoder/encoder_random.h"
#include "learn/encoder/matrix.h"
#include "testing.h"

#define MOST 4096

static float noise(uint32_t at, uint32_t index)
{
    double u[2];
    spl_uniform2(3, at, SPL_STREAM_TEST, index, u);
    return (float)(4 * u[0] - 2);
}

static void fill(float *x, uint32_t count, uint32_t index)
{
    for (uint32_t i = 0; i < count; i++) x[i] = noise(i, index);
}

// Calls `check` with the kernels of every width that this processor runs.
static void for_all_kernels(void (*check)(const spl_matrix_kernels *kernels))
{
    for (uint32_t kernel = SPL_KERNEL_SCALAR; kernel <= SPL_KERNEL_AVX512; kernel++) {
        if (spl_kernel_usable((spl_kernel)kernel)) check(spl_matrix_kernels_of((spl_kernel)kernel));
    }
}

static void plain_product(const spl_product *p)
{
    for (uint32_t i = 0; i < p->rows; i++) {
        for (uint32_t j = 0; j < p->columns; j++) {
            float sum = p->start ? p->start[i * p->start_row + j] : 0;
            for (uint32_t k = 0; k < p->inner; k++) sum += p->a[i * p->a_row + k * p->a_inner] * p->b[k * p->b_row + j];
            p->c[i * p->c_row + j] = sum;
        }
    }
}

static void check_product(const spl_matrix_kernels *kernels)
{
    static float a[MOST], b[MOST], start[MOST], c[MOST], plain[MOST];
    fill(a, MOST, 0), fill(b, MOST, 1), fill(start, MOST, 2);
    for (uint32_t rows = 1; rows <= 19; rows++) {
        for (uint32_t columns = 16; columns <= 64; columns += 16) {
            spl_product p = {rows, 21, columns, a, 23, 1, b, 64, start, 0, c, 64};
            if (rows % 3 == 1) p.start = NULL;
            if (rows % 3 == 2) p.start_row = 64;
            if (rows % 2 == 1) p.a_row = 1, p.a_inner = 20; // transposed
            kernels->product(&p);
            p.c = plain;
            plain_product(&p);
            for (uint32_t i = 0; i < rows; i++)
                assert_memory_equal(c + i * 64, plain + i * 64, columns * sizeof(float));
        }
    }
}

static void products_are_those_of_plain_loops(void **state)
{
    (void)state;
    for_all_kernels(check_product);
}

static void check_columns(const spl_matrix_kernels *kernels)
{
    static float z[MOST], d[MOST], mean[64], variance[64], spread[64], sum[64], dot[64];
    fill(z, MOST, 3), fill(d, MOST, 4), fill(spread, 64, 5);
    spl_columns columns = {37, 16, 64, 64};
    kernels->moments(&columns, z, mean, variance);
    kernels->column_sums(&columns, d, z, mean, spread, sum, dot);
    for (uint32_t c = 16; c < 64; c++) {
        float m = 0, v = 0, s = 0, t = 0;
        for (uint32_t r = 0; r < 37; r++) m += z[r * 64 + c];
        m /= 37;
        for (uint32_t r = 0; r < 37; r++) {
            float off = z[r * 64 + c] - m;
            v += off * off;
            s += d[r * 64 + c];
            t += d[r * 64 + c] * (off * spread[c]);
        }
        assert_true(mean[c] == m && variance[c] == v / 37 && sum[c] == s && dot[c] == t);
    }
    assert_true(mean[15] == 0 && sum[15] == 0); // left alone
}

static void columns_are_summed_in_order_of_rows(void **state)
{
    (void)state;
    for_all_kernels(check_columns);
}

static void check_entries(const spl_matrix_kernels *kernels)
{
    static float z[512], scale[32], shift[32], h[512], d[512], back[512];
    static uint16_t draw[512];
    fill(z, 512, 6), fill(scale, 32, 7), fill(shift, 32, 8), fill(d, 512, 9);
    for (uint32_t i = 0; i < 512; i++) draw[i] = (uint16_t)(i * 131);
    z[5] = NAN;
    kernels->activate(512, 32, z, scale, shift, draw, 20000, 1.25f, h);
    memcpy(back, d, sizeof back);
    kernels->deactivate(512, h, 1.25f, back);
    for (uint32_t i = 0; i < 512; i++) {
        float y = z[i] * scale[i % 32] + shift[i % 32];
        float expected = y > 0 && draw[i] >= 20000 ? y * 1.25f : 0;
        assert_true(h[i] == expected && !signbit(h[i]));
        assert_true(back[i] == (h[i] > 0 ? d[i] * 1.25f : 0));
    }
    kernels->activate(512, 32, z, scale, shift, NULL, 20000, 1, h);
    for (uint32_t i = 0; i < 512; i++) {
        float y = z[i] * scale[i % 32] + shift[i % 32];
        assert_true(h[i] == (y > 0 ? y : 0));
    }
    z[5] = 1;
    kernels->denormalise(512, 32, z, shift, scale, shift, scale, d);
    for (uint32_t i = 0; i < 512; i++) {
        uint32_t c = i % 32;
        assert_true(d[i] == scale[c] * noise(i, 9) - shift[c] - scale[c] * (z[i] - shift[c]));
    }
}

static void entries_are_activated_dropped_and_taken_back(void **state)
{
    (void)state;
    for_all_kernels(check_entries);
}

static void check_draws(const spl_matrix_kernels *kernels)
{
    uint16_t out[128];
    uint32_t key[2] = {0x12345678, 0x9abcdef0};
    kernels->draws(key, 0xfffffff8, 3, 35, 7, out); // the index wraps around
    for (uint32_t i = 0; i < 128; i++) {
        uint32_t counter[4] = {(uint32_t)(0xfffffff8 + i % 64 / 4), 3, 35, 7}, block[4];
        spl_philox(counter, key, block);
        uint32_t word = block[i / 64 * 2 + i % 4 / 2];
        assert_int_equal(out[i], i % 2 ? word >> 16 : word & 0xffff);
    }
}

static void draws_are_philox_blocks(void **state)
{
    (void)state;
    for_all_kernels(check_draws);
}

static void check_largest(const spl_matrix_kernels *kernels)
{
    float x[96];
    for (uint32_t i = 0; i < 96; i++) x[i] = -INFINITY;
    assert_int_equal(kernels->largest_below(96, x, INFINITY), 96);
    x[70] = 2, x[33] = 2, x[50] = 1, x[3] = 5, x[90] = 1;
    assert_int_equal(kernels->largest_below(96, x, INFINITY), 3);
    assert_int_equal(kernels->largest_below(96, x, 5), 33); // strictly below; the first of equal ones
    assert_int_equal(kernels->largest_below(96, x, 2), 50);
    assert_int_equal(kernels->largest_below(96, x, 1), 96);
    fill(x, 96, 10);
    for (uint32_t i = 0; i < 96; i++) {
        uint32_t expected = 96;
        for (uint32_t j = 0; j < 96; j++)
            if (x[j] < x[i] && (expected == 96 || x[j] > x[expected])) expected = j;
        assert_int_equal(kernels->largest_below(96, x, x[i]), expected);
    }
}

static void the_largest_below_a_limit_is_the_first_of_them(void **state)
{
    (void)state;
    for_all_kernels(check_largest);
}

static void check_rows(const spl_matrix_kernels *kernels)
{
    float a[48], b[48], dot[16] = {0}, distance[16] = {0};
    fill(a, 48, 11), fill(b, 48, 12);
    for (uint32_t i = 0; i < 48; i++) {
        dot[i % 16] += a[i] * b[i];
        distance[i % 16] += (a[i] - b[i]) * (a[i] - b[i]);
    }
    for (int half = 8; half > 0; half /= 2)
        for (int lane = 0; lane < half; lane++) dot[lane] += dot[lane + half], distance[lane] += distance[lane + half];
    assert_true(kernels->dot(48, a, b) == dot[0]);
    assert_true(kernels->distance(48, a, b) == distance[0]);
}

static void rows_are_summed_by_sixteen_lanes(void **state)
{
    (void)state;
    for_all_kernels(check_rows);
}

static void check_adam(const spl_matrix_kernels *kernels)
{
    float gradient[37], first[37] = {0}, second[37] = {0}, w[37], m[37] = {0}, v[37] = {0}, plain[37];
    spl_adam_step s = {0.9f, 0.1f, 0.999f, 0.001f, 0.01f, 0.04f, 1e-8f, 0.999f, 0.01f};
    fill(w, 37, 13), fill(plain, 37, 13);
    for (uint32_t step = 0; step < 3; step++) {
        fill(gradient, 37, 20 + step);
        kernels->adam(37, &s, gradient, first, second, w);
        for (uint32_t i = 0; i < 37; i++) {
            float shrunk = plain[i] * s.shrink, g = gradient[i] + s.pull * shrunk;
            m[i] = s.keep_first * m[i] + s.add_first * g;
            v[i] = s.keep_second * v[i] + s.add_second * (g * g);
            plain[i] = shrunk - s.rate * (m[i] / (sqrtf(v[i]) / s.root + s.epsilon));
        }
    }
    assert_memory_equal(w, plain, sizeof w);
}

static void adam_is_that_of_a_plain_loop(void **state)
{
    (void)state;
    for_all_kernels(check_adam);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_those_of_plain_loops),
        cmocka_unit_test(columns_are_summed_in_order_of_rows),
        cmocka_unit_test(entries_are_activated_dropped_and_taken_back),
        cmocka_unit_test(draws_are_philox_blocks),
        cmocka_unit_test(the_largest_below_a_limit_is_the_first_of_them),
        cmocka_unit_test(rows_are_summed_by_sixteen_lanes),
        cmocka_unit_test(adam_is_that_of_a_plain_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
