// SPDX-License-Identifier: MIT

#include <string.h>

#include "samplit/arena.h"
#include "samplit/decide.h"
#include "testing.h"

static void blocks_are_aligned_zeroed_and_apart(void **state)
{
    (void)state;
    static uint8_t memory[512];
    memset(memory, 0xaa, sizeof memory);
    spl_arena arena = spl_arena_over(memory + 1, sizeof memory - 1);
    uint8_t *before = NULL;
    for (size_t size = 1; size < 20; size++) {
        void *block;
        assert_int_equal(spl_arena_take(&arena, size, 1, &block), SPL_OK);
        assert_int_equal((uintptr_t)block % SPL_ARENA_ALIGN, 0);
        for (size_t i = 0; i < size; i++) assert_int_equal(((uint8_t *)block)[i], 0);
        assert_true((uint8_t *)block >= before);
        before = (uint8_t *)block + size;
        memset(block, 0xbb, size);
    }
}

static void what_does_not_fit_changes_nothing(void **state)
{
    (void)state;
    _Alignas(16) static uint8_t memory[64];
    spl_arena arena = spl_arena_over(memory, sizeof memory);
    int mark;
    void *block = &mark;
    assert_int_equal(spl_arena_take(&arena, 65, 1, &block), SPL_NO_SPACE);
    assert_int_equal(spl_arena_take(&arena, SIZE_MAX, SIZE_MAX, &block), SPL_NO_SPACE);
    assert_int_equal(spl_arena_take(&arena, SIZE_MAX / 8 + 1, 8, &block), SPL_NO_SPACE);
    assert_ptr_equal(block, &mark);
    assert_int_equal(arena.used, 0);
    assert_int_equal(spl_arena_take(&arena, 8, 8, &block), SPL_OK);
    assert_int_equal(spl_arena_take(&arena, 1, 1, &block), SPL_NO_SPACE);
    assert_int_equal(spl_arena_take(&arena, 0, 8, &block), SPL_OK);
}

static void every_status_and_reason_has_its_words(void **state)
{
    (void)state;
    assert_string_equal(spl_status_name(SPL_OK), "OK");
    assert_string_equal(spl_status_name(SPL_BAD_TREE), "BAD_TREE");
    assert_string_equal(spl_status_name((spl_status)999), "UNKNOWN");
    assert_string_equal(spl_status_text((spl_status)999), "an unknown status");
    assert_string_equal(spl_status_text(SPL_NO_SPACE), "the memory given is too small");
    assert_string_equal(spl_reason_text(SPL_REASON_NOT_ELIGIBLE), "not_eligible");
    assert_string_equal(spl_reason_text((spl_reason)999), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_aligned_zeroed_and_apart),
        cmocka_unit_test(what_does_not_fit_changes_nothing),
        cmocka_unit_test(every_status_and_reason_has_its_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
