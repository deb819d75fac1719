// SPDX-License-Identifier: MIT
// The figures by which embeddings are judged, against scikit-learn's and against cases with a known answer.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/encoder/embedding_quality.h"
#include "learn/encoder/logistic.h"
#include "near.h"
#include "samplit/rng.h"
#include "testing.h"

#define ROWS 40

// The rows that the figures of scikit-learn 1.2 below were made from.
static void make_rows(float x[2 * ROWS], int32_t label[ROWS])
{
    for (int i = 0; i < ROWS; i++) {
        x[2 * i] = (float)(i * 7 % 13) / 4 + (float)(i % 2);
        x[2 * i + 1] = (float)(i * 5 % 11) / 4 - (float)(i % 2) / 2;
        label[i] = i % 9 ? i % 2 : 1 - i % 2;
    }
}

// The minimum of what LogisticRegression(C=1) minimises, by Newton in NumPy (its own lbfgs stops 5e-7 short of it);
// roc_auc_score of its decision function.
static void the_probe_has_the_coefficients_of_scikit_learn(void **unused)
{
    (void)unused;
    float x[2 * ROWS];
    int32_t label[ROWS];
    uint32_t rows[ROWS];
    bool truth[ROWS];
    double weights[3], score[ROWS], auc;
    make_rows(x, label);
    for (uint32_t i = 0; i < ROWS; i++) {
        rows[i] = i;
        truth[i] = label[i] == 1;
    }
    assert_true(spl_logistic_fit(x, 2, rows, truth, ROWS, weights));
    assert_near(weights[0], 0.563165075007, 1e-9);
    assert_near(weights[1], -0.378557397496, 1e-9);
    assert_near(weights[2], -0.594457766700, 1e-9);
    for (uint32_t i = 0; i < ROWS; i++) score[i] = spl_logistic_score(weights, x + 2 * i, 2);
    assert_true(spl_auc(score, truth, ROWS, &auc));
    assert_near(auc, 0.7393483709273183, 1e-12);
    for (uint32_t i = 0; i < ROWS; i++) score[i] = (double)x[2 * i]; // with ties
    assert_true(spl_auc(score, truth, ROWS, &auc));
    assert_near(auc, 0.7380952380952381, 1e-12);
}

static void an_area_needs_both_kinds(void **unused)
{
    (void)unused;
    const double score[2] = {1, 2};
    const bool both[2] = {false, true}, one[2] = {true, true};
    double auc;
    assert_true(spl_auc(score, both, 2, &auc));
    assert_near(auc, 1, 0);
    assert_true(spl_auc(score, one, 2, &auc));
    assert_true(isnan(auc));
}

static void rows_that_a_line_parts_have_finite_weights(void **unused)
{
    (void)unused;
    const float x[4] = {-2, -1, 1, 2};
    const uint32_t rows[4] = {0, 1, 2, 3};
    const bool truth[4] = {false, false, true, true}, all[4] = {true, true, true, true};
    double w[2];
    assert_true(spl_logistic_fit(x, 1, rows, truth, 4, w));
    assert_true(w[0] > 0.5 && w[0] < 5);
    assert_near(w[1], 0, 1e-9);
    assert_true(spl_logistic_fit(x, 1, rows, all, 4, w)); // the intercept has no limit; it stops somewhere
    assert_true(isfinite(w[1]) && w[1] > 5);
}

static void the_silhouette_is_scikit_learns(void **unused)
{
    (void)unused;
    float x[2 * ROWS];
    int32_t label[ROWS];
    spl_embedding_quality q;
    spl_error error = {0};
    make_rows(x, label);
    assert_true(spl_embedding_judge(x, label, ROWS, 2, NULL, &q, &error));
    assert_near(q.silhouette, 0.09108690958603985, 1e-6);
    assert_int_equal(q.classes, 2);
}

// Four rows on a line: 0 and 1 of class 0; 10 of class 1; 12 of class 0.
static void recall_counts_the_rows_that_find_a_friend(void **unused)
{
    (void)unused;
    const float x[5] = {0, 1, 10, 12, 11.5F};
    const int32_t label[5] = {0, 0, 1, 0, 2};
    spl_embedding_quality q;
    assert_true(spl_embedding_judge(x, label, 5, 1, NULL, &q, NULL));
    assert_near(q.recall[0], 2.0 / 3, 1e-12); // rows 0 and 1 of the three that have a friend
    assert_near(q.recall[1], 1, 0);
    assert_near(q.balanced_recall[0], 2.0 / 3, 1e-12);
}

static float *make_blobs(uint32_t n, uint32_t d, uint32_t classes, int32_t *label)
{
    float *x = malloc((size_t)n * d * sizeof *x);
    for (uint32_t i = 0; i < n; i++) {
        label[i] = (int32_t)(i % classes);
        for (uint32_t c = 0; c < d; c++) {
            double u[2];
            spl_uniform2(7, i, SPL_STREAM_TEST, c, u);
            x[(size_t)i * d + c] = (float)(u[0] + u[1] - 1 + (c % classes == i % classes ? 1.5 : 0));
        }
    }
    return x;
}

static void well_separated_classes_score_high_and_threads_change_nothing(void **unused)
{
    (void)unused;
    static int32_t label[600];
    float *x = make_blobs(600, 6, 3, label);
    spl_embedding_quality one, four;
    spl_pool *pool = spl_pool_new(4);
    assert_true(spl_embedding_judge(x, label, 600, 6, NULL, &one, NULL));
    assert_true(spl_embedding_judge(x, label, 600, 6, pool, &four, NULL));
    assert_memory_equal(&one, &four, sizeof one);
    assert_true(one.recall[0] > 0.95 && one.recall[2] >= one.recall[0]);
    assert_true(one.probe_accuracy > 0.97 && one.probe_auc > 0.99);
    assert_true(one.probe_majority < 0.45);
    assert_true(one.silhouette > 0.3);
    spl_pool_free(pool);
    free(x);
}

static void there_is_no_probe_of_identifiers(void **unused)
{
    (void)unused;
    static float x[2004];
    static int32_t label[2004];
    spl_embedding_quality q;
    for (int32_t i = 0; i < 2004; i++) {
        x[i] = (float)(i / 2);
        label[i] = i / 2;
    }
    assert_true(spl_embedding_judge(x, label, 2004, 1, NULL, &q, NULL));
    assert_near(q.recall[0], 1, 0);
    assert_true(isnan(q.probe_accuracy) && isnan(q.probe_auc) && isnan(q.probe_majority));
    assert_true(spl_embedding_judge(x, label, 2000, 1, NULL, &q, NULL)); // 1,000 classes
    assert_true(isfinite(q.probe_accuracy));
}

static void one_class_or_too_few_rows_are_refused(void **unused)
{
    (void)unused;
    const float x[5] = {0, 1, 2, 3, 4};
    const int32_t same[5] = {2, 2, 2, 2, 2};
    spl_embedding_quality q;
    spl_error error = {0};
    assert_false(spl_embedding_judge(x, same, 5, 1, NULL, &q, &error));
    assert_non_null(strstr(error.text, "one label"));
    assert_false(spl_embedding_judge(x, same, 3, 1, NULL, &q, &error));
    assert_non_null(strstr(error.text, "at least 4"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_probe_has_the_coefficients_of_scikit_learn),
        cmocka_unit_test(an_area_needs_both_kinds),
        cmocka_unit_test(rows_that_a_line_parts_have_finite_weights),
        cmocka_unit_test(the_silhouette_is_scikit_learns),
        cmocka_unit_test(recall_counts_the_rows_that_find_a_friend),
        cmocka_unit_test(well_separated_classes_score_high_and_threads_change_nothing),
        cmocka_unit_test(there_is_no_probe_of_identifiers),
        cmocka_unit_test(one_class_or_too_few_rows_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
