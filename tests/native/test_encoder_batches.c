// SPDX-License-Identifier: MIT
// Batches hold what triplets need, and every row comes round.
#include <stdlib.h>
#include <string.h>

#include "learn/encoder/encoder_batches.h"
#include "learn/encoder/encoder_split.h"
#include "testing.h"

// Labels from counts: class c has counts[c] rows.
typedef struct fixture {
    int32_t label[6000];
    uint32_t rows[6000], n;
    spl_batches *batches;
} fixture;

static bool start(fixture *f, const uint32_t *counts, uint32_t classes, uint32_t batch, spl_error *error)
{
    f->n = 0;
    for (uint32_t c = 0; c < classes; c++) {
        for (uint32_t i = 0; i < counts[c]; i++, f->n++) {
            f->rows[f->n] = f->n;
            f->label[f->n] = (int32_t)c;
        }
    }
    return spl_batches_new(f->rows, f->n, f->label, batch, 3, &f->batches, error);
}

static void count_classes(const fixture *f, const uint32_t *rows, uint32_t n, uint32_t *counts)
{
    memset(counts, 0, 64 * sizeof *counts);
    for (uint32_t i = 0; i < n; i++) counts[f->label[rows[i]]]++;
}

static void check_distinct_runs(const fixture *f, const uint32_t *rows, uint32_t n)
{
    static uint8_t seen[6000], closed[6000];
    memset(seen, 0, sizeof seen);
    memset(closed, 0, sizeof closed);
    for (uint32_t i = 0; i < n; i++) {
        assert_false(seen[rows[i]]++);
        if (i > 0 && f->label[rows[i]] != f->label[rows[i - 1]]) closed[f->label[rows[i - 1]]] = 1;
        assert_false(closed[f->label[rows[i]]]);
    }
}

static void classes_share_a_batch_evenly_where_they_can(void **state)
{
    (void)state;
    static fixture f;
    uint32_t counts[] = {1000, 100, 5}, got[64], rows[64];
    assert_true(start(&f, counts, 3, 64, NULL));
    assert_int_equal(spl_batches_per_epoch(f.batches), 18);
    spl_batches_start(f.batches, 0);
    for (int i = 0; i < 18; i++) {
        assert_int_equal(spl_batches_next(f.batches, rows), 64);
        check_distinct_runs(&f, rows, 64);
        count_classes(&f, rows, 64, got);
        assert_int_equal(got[2], 5); // all it has
        assert_in_range(got[0], 29, 30);
        assert_in_range(got[1], 29, 30);
    }
    spl_batches_free(f.batches);
}

static void all_rows_of_a_class_come_before_one_comes_again(void **state)
{
    (void)state;
    static fixture f;
    uint32_t counts[] = {37, 50}, rows[16], seen[87] = {0};
    assert_true(start(&f, counts, 2, 16, NULL));
    spl_batches_start(f.batches, 4);
    for (int i = 0; i < 100; i++) {
        uint32_t n = spl_batches_next(f.batches, rows), low = UINT32_MAX, high = 0;
        check_distinct_runs(&f, rows, n);
        for (uint32_t j = 0; j < n; j++) seen[rows[j]]++;
        for (uint32_t r = 0; r < 37; r++) {
            low = seen[r] < low ? seen[r] : low;
            high = seen[r] > high ? seen[r] : high;
        }
        assert_true(high - low <= 1);
    }
    spl_batches_free(f.batches);
}

static void many_classes_take_turns_four_rows_each(void **state)
{
    (void)state;
    static fixture f;
    uint32_t counts[40], got[64], rows[32], met[40] = {0};
    for (int c = 0; c < 40; c++) counts[c] = 20;
    assert_true(start(&f, counts, 40, 32, NULL));
    spl_batches_start(f.batches, 0);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(spl_batches_next(f.batches, rows), 32);
        check_distinct_runs(&f, rows, 32);
        count_classes(&f, rows, 32, got);
        for (int c = 0; c < 40; c++) {
            assert_true(got[c] == 0 || got[c] == 4);
            met[c] += got[c] > 0;
        }
    }
    for (int c = 0; c < 40; c++) assert_int_equal(met[c], 1); // 5 batches of 8 classes
    spl_batches_free(f.batches);
}

static void rows_alone_in_their_class_serve_together(void **state)
{
    (void)state;
    static fixture f;
    uint32_t counts[21], got[64], rows[16];
    for (int c = 0; c < 20; c++) counts[c] = 1;
    counts[20] = 30;
    assert_true(start(&f, counts, 21, 16, NULL));
    spl_batches_start(f.batches, 0);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(spl_batches_next(f.batches, rows), 16);
        check_distinct_runs(&f, rows, 16);
        count_classes(&f, rows, 16, got);
        assert_int_equal(got[20], 8);
    }
    spl_batches_free(f.batches);
}

static void a_class_with_one_row_and_one_with_two_make_a_batch(void **state)
{
    (void)state;
    static fixture f;
    uint32_t counts[] = {1, 2}, rows[256];
    assert_true(start(&f, counts, 2, 256, NULL));
    spl_batches_start(f.batches, 0);
    assert_int_equal(spl_batches_per_epoch(f.batches), 1);
    assert_int_equal(spl_batches_next(f.batches, rows), 3);
    spl_batches_free(f.batches);
}

static void without_mates_or_strangers_there_is_an_error(void **state)
{
    (void)state;
    static fixture f;
    spl_error error;
    uint32_t one[] = {100}, alone[] = {1, 1, 1, 1};
    assert_false(start(&f, one, 1, 16, &error));
    assert_string_equal(error.text, "all rows are of one class: there is nothing to tell apart");
    assert_false(start(&f, alone, 4, 16, &error));
    assert_string_equal(error.text, "no class has two rows: there is nothing to bring together");
    assert_false(start(&f, one, 0, 16, &error));
    assert_string_equal(error.text, "no row has a label");
}

static void an_epoch_is_the_same_again_and_differs_from_others(void **state)
{
    (void)state;
    static fixture f;
    uint32_t counts[] = {100, 60}, first[16], again[16], other[16];
    assert_true(start(&f, counts, 2, 16, NULL));
    spl_batches_start(f.batches, 7);
    spl_batches_next(f.batches, first);
    for (int i = 0; i < 20; i++) spl_batches_next(f.batches, other);
    spl_batches_start(f.batches, 8);
    spl_batches_next(f.batches, other);
    spl_batches_start(f.batches, 7);
    spl_batches_next(f.batches, again);
    assert_memory_equal(first, again, sizeof first);
    assert_memory_not_equal(first, other, sizeof first);
    spl_batches_free(f.batches);
}

static void the_split_takes_its_share_of_every_class(void **state)
{
    (void)state;
    static fixture f;
    uint32_t counts[] = {1000, 50, 3, 0, 1}, got[64];
    assert_true(start(&f, counts, 5, 16, NULL));
    f.label[7] = -1;
    spl_split split;
    assert_true(spl_split_new(f.label, f.n, 0.2, 5, &split, NULL));
    count_classes(&f, split.judge, split.judge_count, got);
    assert_int_equal(got[0], 199); // a fifth of 999, rounded down
    assert_int_equal(got[1], 10);
    assert_int_equal(got[2] + got[4], 0);
    assert_int_equal(split.train_count + split.judge_count, f.n - 1);
    static uint8_t seen[6000];
    memset(seen, 0, sizeof seen);
    for (uint32_t i = 0; i < split.train_count; i++) seen[split.train[i]]++;
    for (uint32_t i = 0; i < split.judge_count; i++) seen[split.judge[i]]++;
    for (uint32_t i = 0; i < f.n; i++) assert_int_equal(seen[i], i != 7);
    spl_split_free(&split);
    spl_batches_free(f.batches);
}

static void rows_too_few_to_judge_all_train(void **state)
{
    (void)state;
    static fixture f;
    uint32_t counts[] = {9, 9}; // one of each would be held out: no two of a class
    assert_true(start(&f, counts, 2, 16, NULL));
    spl_split split;
    assert_true(spl_split_new(f.label, f.n, 0.2, 5, &split, NULL));
    assert_int_equal(split.judge_count, 0);
    assert_int_equal(split.held_out, 0);
    assert_int_equal(split.train_count, 18);
    spl_split_free(&split);
    spl_batches_free(f.batches);
}

static void of_many_held_out_rows_some_judge(void **state)
{
    (void)state;
    static fixture f;
    uint32_t counts[] = {3000, 3000};
    assert_true(start(&f, counts, 2, 16, NULL));
    spl_split split;
    assert_true(spl_split_new(f.label, f.n, 0.5, 5, &split, NULL));
    assert_int_equal(split.judge_count, SPL_JUDGED_MAX);
    assert_int_equal(split.held_out, 3000);
    assert_int_equal(split.train_count, 3000);
    for (uint32_t i = 1; i < split.judge_count; i++)
        assert_true(f.label[split.judge[i]] >= f.label[split.judge[i - 1]]);
    spl_split_free(&split);
    spl_batches_free(f.batches);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_share_a_batch_evenly_where_they_can),
        cmocka_unit_test(all_rows_of_a_class_come_before_one_comes_again),
        cmocka_unit_test(many_classes_take_turns_four_rows_each),
        cmocka_unit_test(rows_alone_in_their_class_serve_together),
        cmocka_unit_test(a_class_with_one_row_and_one_with_two_make_a_batch),
        cmocka_unit_test(without_mates_or_strangers_there_is_an_error),
        cmocka_unit_test(an_epoch_is_the_same_again_and_differs_from_others),
        cmocka_unit_test(the_split_takes_its_share_of_every_class),
        cmocka_unit_test(rows_too_few_to_judge_all_train),
        cmocka_unit_test(of_many_held_out_rows_some_judge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
