// SPDX-License-Identifier: MIT
#include "learn/cluster/dendrogram.h"

#include <math.h>
#include <stdlib.h>

#include "testing.h"

// Points 0 … 4:  (0, 3) at 1, (1, 4) at 2, then 2 to (1, 4) at 4, then all at 9.
static const spl_merge TREE[] = {{0, 3, 1, 2}, {1, 4, 2, 2}, {2, 6, 4, 3}, {5, 7, 9, 5}};

static void expect_labels(const uint32_t *label, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e)
{
    const uint32_t expected[] = {a, b, c, d, e};
    for (int i = 0; i < 5; i++) assert_int_equal(label[i], expected[i]);
}

static void joins_in_any_order_become_a_sorted_linkage(void **unused)
{
    (void)unused;
    spl_merge merges[] = {{1, 4, 2, 0}, {1, 2, 4, 0}, {0, 3, 1, 0}, {0, 1, 9, 0}};
    assert_true(spl_dendrogram_sort(merges, 5));
    for (int i = 0; i < 4; i++) {
        assert_int_equal(merges[i].a, TREE[i].a);
        assert_int_equal(merges[i].b, TREE[i].b);
        assert_true(merges[i].height == TREE[i].height);
        assert_int_equal(merges[i].points, TREE[i].points);
    }
}

static void equal_heights_keep_the_order_of_creation(void **unused)
{
    (void)unused;
    spl_merge merges[] = {{2, 3, 1, 0}, {0, 1, 1, 0}, {0, 2, 1, 0}};
    assert_true(spl_dendrogram_sort(merges, 4));
    assert_int_equal(merges[0].a, 2);
    assert_int_equal(merges[1].a, 0);
    assert_int_equal(merges[2].a, 4);
    assert_int_equal(merges[2].b, 5);
}

static void a_cut_gives_clusters_numbered_by_their_first_point(void **unused)
{
    (void)unused;
    uint32_t label[5];
    assert_true(spl_dendrogram_cut(TREE, 5, 1, label));
    expect_labels(label, 0, 0, 0, 0, 0);
    assert_true(spl_dendrogram_cut(TREE, 5, 2, label));
    expect_labels(label, 0, 1, 1, 0, 1);
    assert_true(spl_dendrogram_cut(TREE, 5, 3, label));
    expect_labels(label, 0, 1, 2, 0, 1);
    assert_true(spl_dendrogram_cut(TREE, 5, 5, label));
    expect_labels(label, 0, 1, 2, 3, 4);
}

static void a_height_says_how_many_clusters_are_left(void **unused)
{
    (void)unused;
    const double height[] = {0, 1, 1.5, 2, 4, 8.9, 9, 1e9};
    const uint32_t left[] = {5, 4, 4, 3, 2, 2, 1, 1};
    for (int i = 0; i < 8; i++) assert_int_equal(spl_dendrogram_count(TREE, 5, height[i]), left[i]);
    assert_int_equal(spl_dendrogram_count(NULL, 1, 3), 1);
}

static void a_height_of_a_cut_gives_that_cut_or_there_is_none(void **unused)
{
    (void)unused;
    for (uint32_t k = 1; k <= 5; k++)
        assert_int_equal(spl_dendrogram_count(TREE, 5, spl_dendrogram_height(TREE, 5, k)), k);
    // Two joins at 2: nothing lies between three clusters and two.
    static const spl_merge tied[] = {{0, 1, 2, 2}, {2, 3, 2, 2}, {4, 5, 3, 4}};
    assert_true(isnan(spl_dendrogram_height(tied, 4, 3)));
    assert_true(spl_dendrogram_height(tied, 4, 2) == 2.5);
    assert_true(spl_dendrogram_height(tied, 4, 4) == 1);
    // Neighbouring numbers have none between them; the lower one still tells the joins apart.
    const double next = nextafter(2, 3);
    const spl_merge close[] = {{0, 1, 2, 2}, {2, 3, next, 2}, {4, 5, 3, 4}};
    assert_int_equal(spl_dendrogram_count(close, 4, spl_dendrogram_height(close, 4, 3)), 3);
    assert_true(spl_dendrogram_height(NULL, 1, 1) == 0);
}

static void leaves_stand_side_by_side_by_branch(void **unused)
{
    (void)unused;
    uint32_t order[5];
    assert_true(spl_dendrogram_leaves(TREE, 5, order));
    expect_labels(order, 0, 3, 2, 1, 4);
}

static void the_top_has_as_many_leaves_as_asked(void **unused)
{
    (void)unused;
    spl_branch top[9];
    for (uint32_t leaves = 1; leaves <= 5; leaves++) {
        uint32_t count = spl_dendrogram_top(TREE, 5, leaves, top), ends = 0, points = 0;
        assert_int_equal(count, 2 * leaves - 1);
        for (uint32_t i = 0; i < count; i++) {
            if (top[i].left) continue;
            ends++;
            points += top[i].points;
        }
        assert_int_equal(ends, leaves);
        assert_int_equal(points, 5);
    }
    assert_int_equal(top[0].points, 5);
    assert_true(top[0].height == 9);
    assert_int_equal(top[2].example, 1);
}

static void a_chain_as_deep_as_it_has_points_is_walked_without_recursion(void **unused)
{
    (void)unused;
    enum { N = 300000 };
    spl_merge *merges = malloc((N - 1) * sizeof *merges);
    uint32_t *out = malloc(N * sizeof *out);
    for (uint32_t i = 0; i < N - 1; i++) merges[i] = (spl_merge){.a = 0, .b = i + 1, .height = i};
    assert_true(spl_dendrogram_sort(merges, N));
    assert_true(spl_dendrogram_leaves(merges, N, out));
    assert_int_equal(out[0], N - 1);
    assert_true(spl_dendrogram_cut(merges, N, 2, out));
    assert_int_equal(out[N - 2], 0);
    assert_int_equal(out[N - 1], 1);
    free(merges);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_in_any_order_become_a_sorted_linkage),
        cmocka_unit_test(equal_heights_keep_the_order_of_creation),
        cmocka_unit_test(a_cut_gives_clusters_numbered_by_their_first_point),
        cmocka_unit_test(a_height_says_how_many_clusters_are_left),
        cmocka_unit_test(a_height_of_a_cut_gives_that_cut_or_there_is_none),
        cmocka_unit_test(leaves_stand_side_by_side_by_branch),
        cmocka_unit_test(the_top_has_as_many_leaves_as_asked),
        cmocka_unit_test(a_chain_as_deep_as_it_has_points_is_walked_without_recursion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
