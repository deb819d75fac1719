// SPDX-License-Identifier: MIT

#include <stdio.h>
#include <string.h>

#include "samplit/hash.h"
#include "samplit/tree.h"
#include "testing.h"

// A root with 100 children by the attribute `n`, the first of which has one by `m`.
#define CHILDREN 100
static uint32_t parent[CHILDREN + 2], first_child[CHILDREN + 2], child_count[CHILDREN + 2], key_start[CHILDREN + 3];
static uint64_t split[CHILDREN + 2], value[CHILDREN + 2];
static char key_bytes[8 * (CHILDREN + 2)];
static double number_of[CHILDREN + 2]; // of a child, the number it stands for
static const spl_tree tree = {CHILDREN + 2, parent, first_child, child_count, split, value, key_start, key_bytes};

static int grow(void **state)
{
    (void)state;
    parent[0] = SPL_NO_NODE;
    first_child[0] = 1, child_count[0] = CHILDREN, split[0] = spl_name_hash(SPL_TEXT("n"));
    for (uint32_t i = 0; i < CHILDREN; i++) {
        uint64_t key = spl_value_key(SPL_KIND_NUMBER, i, (spl_text){0});
        uint32_t at = i + 1;
        for (; at > 1 && value[at - 1] > key; at--) value[at] = value[at - 1], number_of[at] = number_of[at - 1];
        value[at] = key, number_of[at] = i;
    }
    first_child[1] = CHILDREN + 1, child_count[1] = 1, split[1] = spl_name_hash(SPL_TEXT("m"));
    parent[CHILDREN + 1] = 1;
    value[CHILDREN + 1] = spl_value_key(SPL_KIND_STRING, 0, SPL_TEXT("deep"));
    uint32_t at = 0;
    for (uint32_t node = 1; node < tree.node_count; node++) {
        key_start[node] = at;
        at += (uint32_t)sprintf(key_bytes + at, node <= CHILDREN ? "n:%g" : "n:m", number_of[node]);
    }
    key_start[tree.node_count] = at;
    return 0;
}

static void build(spl_context *context, double n, const char *m)
{
    spl_field fields[2] = {
        {.name = spl_name_hash(SPL_TEXT("n")), .number = n, .kind = SPL_KIND_NUMBER},
        {.name = spl_name_hash(SPL_TEXT("m")), .text = m, .size = (uint32_t)strlen(m), .kind = SPL_KIND_STRING},
    };
    spl_context_build(context, fields, 2);
}

static void every_child_is_found_by_its_value(void **state)
{
    (void)state;
    static spl_context context;
    for (uint32_t node = 1; node <= CHILDREN; node++) {
        build(&context, number_of[node], "x");
        assert_int_equal(spl_tree_child(&tree, 0, &context), node);
    }
    build(&context, CHILDREN, "x");
    assert_int_equal(spl_tree_child(&tree, 0, &context), SPL_NO_NODE);
    spl_context_build(&context, NULL, 0);
    assert_int_equal(spl_tree_child(&tree, 0, &context), SPL_NO_NODE);
}

static void a_path_ends_at_the_deepest_match(void **state)
{
    (void)state;
    static spl_context context;
    uint32_t path[SPL_TREE_DEPTH_MAX];
    build(&context, number_of[1], "deep");
    assert_int_equal(spl_tree_path(&tree, &context, path), 3);
    assert_int_equal(path[2], CHILDREN + 1);
    build(&context, number_of[1], "shallow");
    assert_int_equal(spl_tree_path(&tree, &context, path), 2);
    build(&context, -1, "deep");
    assert_int_equal(spl_tree_path(&tree, &context, path), 1);
    assert_int_equal(path[0], 0);
}

static void nodes_know_their_ancestors_level_and_key(void **state)
{
    (void)state;
    uint32_t path[SPL_TREE_DEPTH_MAX];
    assert_int_equal(spl_tree_ancestors(&tree, CHILDREN + 1, path), 3);
    assert_int_equal(path[0], 0);
    assert_int_equal(path[1], 1);
    assert_int_equal(path[2], CHILDREN + 1);
    assert_int_equal(spl_tree_level(&tree, 0), 0);
    assert_int_equal(spl_tree_level(&tree, CHILDREN + 1), 2);
    assert_true(spl_text_equal(spl_tree_key(&tree, 0), SPL_TEXT("global")));
    assert_int_equal(spl_tree_find(&tree, SPL_TEXT("global")), 0);
    assert_int_equal(spl_tree_find(&tree, SPL_TEXT("")), 0);
    assert_int_equal(spl_tree_find(&tree, SPL_TEXT("n:m")), CHILDREN + 1);
    assert_int_equal(spl_tree_find(&tree, SPL_TEXT("nowhere")), SPL_NO_NODE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_child_is_found_by_its_value),
        cmocka_unit_test(a_path_ends_at_the_deepest_match),
        cmocka_unit_test(nodes_know_their_ancestors_level_and_key),
    };
    return cmocka_run_group_tests(tests, grow, NULL);
}
