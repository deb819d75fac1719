// SPDX-License-Identifier: MIT
// Matrices come back as they were written, and a file that is no such matrix is refused.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/npy.h"
#include "scratch.h"
#include "testing.h"

static void a_matrix_reads_back_bit_for_bit(void **unused)
{
    (void)unused;
    const float x[6] = {0, -1.5F, 1e-38F, 3.4e38F, 0.1F, -0.0F};
    float *y = NULL;
    uint64_t n, d;
    spl_error error = {0};
    assert_true(spl_npy_write(scratch_path("x.npy"), x, 2, 3, &error));
    assert_true(spl_npy_read(scratch_path("x.npy"), &y, &n, &d, &error));
    assert_int_equal(n, 2);
    assert_int_equal(d, 3);
    assert_memory_equal(x, y, sizeof x);
    free(y);
    assert_true(spl_npy_write(scratch_path("none.npy"), x, 0, 3, &error));
    assert_true(spl_npy_read(scratch_path("none.npy"), &y, &n, &d, &error));
    assert_int_equal(n, 0);
    free(y);
}

// The bytes that numpy.save writes for array([[0, 1, 2], [3, 4, 5]], dtype=float32), made with NumPy 1.24.
static void the_header_is_numpys(void **unused)
{
    (void)unused;
    static const char header[] = "\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
                                 "                                                          \n";
    const float x[6] = {0, 1, 2, 3, 4, 5};
    spl_error error = {0};
    assert_true(spl_npy_write(scratch_path("h.npy"), x, 2, 3, &error));
    char *file = scratch_read(scratch_path("h.npy"));
    assert_int_equal(sizeof header - 1, 128);
    assert_memory_equal(file, header, 128);
    assert_memory_equal(file + 128, x, sizeof x);
    free(file);
}

static void write_npy(const char *dictionary, size_t data_bytes)
{
    uint8_t file[512] = "\x93NUMPY\x01\x00";
    file[8] = (uint8_t)strlen(dictionary);
    memcpy(file + 10, dictionary, strlen(dictionary));
    scratch_write(scratch_path("bad.npy"), file, 10 + strlen(dictionary) + data_bytes);
}

static void refused(const char *field, const char *part)
{
    float *x = NULL;
    uint64_t n, d;
    spl_error error = {0};
    assert_false(spl_npy_read(scratch_path("bad.npy"), &x, &n, &d, &error));
    assert_null(x);
    assert_string_equal(error.field, field);
    scratch_says(error.text, part);
}

static void what_is_no_float_matrix_is_refused(void **unused)
{
    (void)unused;
    scratch_write_text(scratch_path("bad.npy"), "a,b\n1,2\n");
    refused("", "no .npy");
    write_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), }", 8);
    refused("descr", "<f4");
    write_npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }", 4);
    refused("fortran_order", "False");
    write_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1), }", 4);
    refused("shape", "one or two");
    write_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", 4);
    refused("shape", "one or two");
    write_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }", 4);
    refused("shape", "holds 4 bytes");
    write_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387905, 4), }", 16);
    refused("shape", "holds 16 bytes");
    write_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", 4);
    float *x = NULL;
    uint64_t n, d;
    assert_true(spl_npy_read(scratch_path("bad.npy"), &x, &n, &d, NULL));
    assert_true(n == 1 && d == 1);
    free(x);
}

static void csv_holds_the_shortest_numbers_and_the_labels(void **unused)
{
    (void)unused;
    const float x[4] = {0.1F, 16777217.0F, -1e-7F, 1.0F / 3};
    const int32_t label[2] = {1, -1};
    const char *const texts[] = {"a", "b \"2\", c"};
    const spl_csv_column columns[] = {{"cluster", label, texts}, {"own", label, texts}};
    spl_error error = {0};
    assert_true(spl_csv_write_matrix(scratch_path("x.csv"), "e", x, 2, 2, columns, 2, &error));
    char *file = scratch_read(scratch_path("x.csv"));
    assert_string_equal(file, "e0,e1,cluster,own\n0.1,16777216,\"b \"\"2\"\", c\",\"b \"\"2\"\", c\"\n"
                              "-1e-07,0.33333334,,\n");
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_matrix_reads_back_bit_for_bit),
        cmocka_unit_test(the_header_is_numpys),
        cmocka_unit_test(what_is_no_float_matrix_is_refused),
        cmocka_unit_test(csv_holds_the_shortest_numbers_and_the_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
