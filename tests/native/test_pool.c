// SPDX-License-Identifier: MIT
#include "host/pool.h"

#include <stdbool.h>

#include "testing.h"

#define PARTS 1000

typedef struct counts {
    uint32_t part[PARTS]; // how often each was done
    uint32_t threads;
    bool thread_out_of_range;
} counts;

static void count_part(void *owner, uint32_t part, uint32_t thread)
{
    counts *c = owner;
    c->part[part]++;
    if (thread >= c->threads) c->thread_out_of_range = true;
}

static void expect_every_part_once(spl_pool *pool, uint32_t parts)
{
    counts c = {.threads = spl_pool_threads(pool)};
    spl_pool_run(pool, parts, count_part, &c);
    for (uint32_t i = 0; i < PARTS; i++) assert_int_equal(c.part[i], i < parts);
    assert_false(c.thread_out_of_range);
}

static void every_part_is_done_once_whatever_the_number_of_threads(void **state)
{
    (void)state;
    for (uint32_t threads = 1; threads <= 5; threads++) {
        spl_pool *pool = spl_pool_new(threads);
        assert_non_null(pool);
        assert_int_equal(spl_pool_threads(pool), threads);
        for (uint32_t run = 0; run < 50; run++) expect_every_part_once(pool, run % 7 == 0 ? run % 3 : PARTS - run);
        spl_pool_free(pool);
    }
}

static void a_null_pool_works_on_the_caller(void **state)
{
    (void)state;
    expect_every_part_once(NULL, PARTS);
    spl_pool_free(NULL);
}

static void zero_threads_means_one_per_processor(void **state)
{
    (void)state;
    spl_pool *pool = spl_pool_new(0);
    assert_non_null(pool);
    assert_true(spl_pool_threads(pool) >= 1);
    expect_every_part_once(pool, PARTS);
    spl_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_is_done_once_whatever_the_number_of_threads),
        cmocka_unit_test(a_null_pool_works_on_the_caller),
        cmocka_unit_test(zero_threads_means_one_per_processor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
