// SPDX-License-Identifier: MIT
#include "stats/p_adjust.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "stats_reference.h"
#include "testing.h"

#define TESTS_MAX 64
#define METHODS 6

static const spl_correction METHOD[METHODS] = {SPL_CORRECTION_BONFERRONI, SPL_CORRECTION_HOLM, SPL_CORRECTION_HOCHBERG,
                                               SPL_CORRECTION_HOMMEL,     SPL_CORRECTION_BH,   SPL_CORRECTION_BY};

typedef struct family {
    uint32_t n;
    char name[16];
    double p[TESTS_MAX], expected[METHODS][TESTS_MAX];
} family;

static void check(const family *f)
{
    for (int m = 0; m < METHODS; m++) {
        double adjusted[TESTS_MAX];
        assert_true(spl_p_adjust(METHOD[m], f->p, f->n, adjusted));
        for (uint32_t i = 0; i < f->n; i++) assert_near(adjusted[i], f->expected[m][i], 1e-9 * f->expected[m][i]);
    }
}

static void every_method_gives_the_values_of_r(void **state)
{
    (void)state;
    reference *r = reference_open("p_adjust.csv", "set,idx,p,bonferroni,holm,hochberg,hommel,BH,BY");
    if (!r) skip();
    family f = {0};
    int families = 0;
    while (reference_next(r)) {
        if (f.n > 0 && strcmp(f.name, reference_text(r, 0)) != 0) {
            check(&f);
            families++;
            f.n = 0;
        }
        strcpy(f.name, reference_text(r, 0));
        f.p[f.n] = reference_number(r, 2);
        for (int m = 0; m < METHODS; m++) f.expected[m][f.n] = reference_number(r, 3 + m);
        f.n++;
    }
    check(&f);
    assert_true(families + 1 >= 3);
}

static void the_order_of_tests_does_not_matter_and_the_input_may_be_the_output(void **state)
{
    (void)state;
    const double p[5] = {0.01, 0.04, 0.03, 0.002, 0.5}, turned[5] = {0.5, 0.002, 0.03, 0.04, 0.01};
    for (int m = 0; m < METHODS; m++) {
        double a[5], b[5];
        assert_true(spl_p_adjust(METHOD[m], p, 5, a));
        memcpy(b, turned, sizeof b);
        assert_true(spl_p_adjust(METHOD[m], b, 5, b));
        for (int i = 0; i < 5; i++) assert_near(a[i], b[4 - i], 0);
    }
}

static void a_test_that_could_not_be_made_is_none(void **state)
{
    (void)state;
    const double with[4] = {0.01, NAN, 0.04, 0.03}, without[3] = {0.01, 0.04, 0.03};
    for (int m = 0; m < METHODS; m++) {
        double a[4], b[3];
        assert_true(spl_p_adjust(METHOD[m], with, 4, a));
        assert_true(spl_p_adjust(METHOD[m], without, 3, b));
        assert_true(isnan(a[1]));
        assert_near(a[0], b[0], 0);
        assert_near(a[2], b[1], 0);
        assert_near(a[3], b[2], 0);
    }
}

static void no_correction_changes_nothing_and_one_test_needs_none(void **state)
{
    (void)state;
    const double p[3] = {0.2, 0.01, 1};
    double a[3];
    assert_true(spl_p_adjust(SPL_CORRECTION_NONE, p, 3, a));
    for (int i = 0; i < 3; i++) assert_near(a[i], p[i], 0);
    for (int m = 0; m < METHODS; m++) {
        assert_true(spl_p_adjust(METHOD[m], p, 1, a));
        assert_near(a[0], 0.2, 0);
        assert_true(spl_p_adjust(METHOD[m], p, 0, a));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_method_gives_the_values_of_r),
        cmocka_unit_test(the_order_of_tests_does_not_matter_and_the_input_may_be_the_output),
        cmocka_unit_test(a_test_that_could_not_be_made_is_none),
        cmocka_unit_test(no_correction_changes_nothing_and_one_test_needs_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
