// SPDX-License-Identifier: MIT
// Visits: drawn by index, spread over the week, and recognised again by the core.
#include <stdlib.h>
#include <string.h>

#include <math.h>

#include "near.h"
#include "samplit/hash.h"
#include "simulate/outcomes.h"
#include "simulate/visitor.h"
#include "testing.h"

#define VISITS 200000
#define SIGMAS 4.5 // of some hundred comparisons none should lie beyond, whatever the seed

static spl_world *world;

static int open_world(void **state)
{
    (void)state;
    return spl_world_load(NULL, &world, NULL) ? 0 : -1;
}

static int close_world(void **state)
{
    (void)state;
    spl_world_free(world);
    return 0;
}

static double share_sigma(double share, double count)
{
    return sqrt(share * (1 - share) / count);
}

static void a_visit_depends_on_seed_and_index_only(void **state)
{
    (void)state;
    spl_visitor forward[50], again, other;
    memset(forward, 0, sizeof forward);
    for (uint64_t i = 0; i < 50; i++) spl_visitor_draw(world, 7, i, &forward[i]);
    uint32_t differ = 0;
    for (uint64_t i = 50; i-- > 0;) {
        memset(&again, 0, sizeof again);
        spl_visitor_draw(world, 7, i, &again);
        assert_memory_equal(&again, &forward[i], sizeof again);
        spl_visitor_draw(world, 8, i, &other);
        differ += other.luck != again.luck && strcmp(other.unit, again.unit) != 0;
    }
    assert_int_equal(differ, 50);
}

// A seed in a report must mean the same visits to whoever repeats it: with gcc and clang, debug and
// optimised. A change of the default world or of the order of draws changes this number, and the log
// of changes must say so.
static void visits_are_the_same_in_every_build(void **state)
{
    (void)state;
    uint64_t digest = 0;
    for (uint64_t i = 0; i < 10000; i++) {
        spl_visitor visitor;
        spl_visitor_draw(world, 1, i, &visitor);
        const uint64_t words[] = {(uint64_t)visitor.time_ms,
                                  (uint64_t)visitor.delay_ms,
                                  visitor.leaf,
                                  visitor.luck,
                                  visitor.returning,
                                  visitor.pageviews,
                                  visitor.session_seconds,
                                  visitor.random[0],
                                  visitor.random[3]};
        digest = spl_xxh64(words, sizeof words, digest);
        digest = spl_xxh64(visitor.unit, sizeof visitor.unit, digest);
        for (uint32_t f = 0; f < visitor.field_count; f++) {
            const spl_field *field = &visitor.fields[f].field;
            digest = spl_xxh64(&field->name, sizeof field->name, digest);
            if (field->kind == SPL_KIND_STRING) digest = spl_xxh64(field->text, field->size, digest);
        }
    }
    if (digest != UINT64_C(0x3355781072e3b851)) fail_msg("the digest is now %016llx", (unsigned long long)digest);
}

static void times_never_fall_and_follow_hours_and_weekdays(void **state)
{
    (void)state;
    uint32_t week = (uint32_t)world->nodes[0].visits, seen[SPL_WORLD_HOURS] = {0};
    int64_t before = world->start_ms;
    for (uint64_t i = 0; i < week; i++) {
        spl_visitor visitor;
        spl_visitor_draw(world, 1, i, &visitor);
        assert_true(visitor.time_ms >= before);
        before = visitor.time_ms;
        int64_t hour = (visitor.time_ms - world->start_ms) / 3600000;
        assert_in_range(hour, 0, SPL_WORLD_HOURS - 1);
        seen[hour]++;
    }
    for (int h = 0; h < SPL_WORLD_HOURS; h++) {
        double share = world->hour_end[h] - (h ? world->hour_end[h - 1] : 0);
        assert_near(seen[h], share * week, 2); // slots are even; only those at the ends jitter
    }
    // Monday 5 January, 04:00 UTC and Sunday 20:00 UTC, from the weights in the file.
    assert_near((double)seen[6 * 24 + 20] / seen[4], 1.08 * 5.4 / (1.04 * 2.5), 0.02);
    assert_true(spl_visitor_time(world, week, 0) == world->start_ms + INT64_C(604800000));
}

static void returning_visits_keep_unit_country_and_device(void **state)
{
    (void)state;
    enum { COUNT = 40000 };
    spl_visitor *all = calloc(COUNT, sizeof *all);
    assert_non_null(all);
    uint32_t returning = 0, met_again = 0, other_source = 0;
    for (uint32_t i = 0; i < COUNT; i++) {
        spl_visitor_draw(world, 3, i, &all[i]);
        returning += all[i].returning;
    }
    assert_near((double)returning / COUNT, world->returning_share, SIGMAS * share_sigma(world->returning_share, COUNT));
    for (uint32_t i = COUNT - 2000; i < COUNT; i++) {
        for (uint32_t j = 0; all[i].returning && j < i; j++) {
            if (memcmp(all[i].unit, all[j].unit, sizeof all[i].unit) != 0) continue;
            const spl_world_node *a = &world->nodes[all[i].leaf], *b = &world->nodes[all[j].leaf];
            assert_int_equal(a->parent, b->parent); // country and device
            assert_memory_equal(all[i].looks, all[j].looks, 2 * sizeof *all[i].looks);
            other_source += all[i].leaf != all[j].leaf;
            met_again++;
        }
    }
    assert_true(met_again > 300);
    assert_true(other_source > met_again / 4);
    free(all);
}

static void shares_of_segments_and_returning_visitors_are_the_worlds(void **state)
{
    (void)state;
    uint32_t *seen = calloc(world->node_count, sizeof *seen), *back = calloc(world->node_count, sizeof *back);
    for (uint64_t i = 0; i < VISITS; i++) {
        spl_visitor visitor;
        spl_visitor_draw(world, 5, i, &visitor);
        for (uint32_t n = visitor.leaf; n != SPL_NO_NODE; n = world->nodes[n].parent) {
            seen[n]++;
            back[n] += visitor.returning;
        }
    }
    for (uint32_t n = 1; n < world->node_count; n++) {
        double share = world->nodes[n].visits / world->nodes[0].visits;
        // A visitor's visits share country and device: their number varies more than a binomial.
        assert_near((double)seen[n] / VISITS, share, 1.6 * SIGMAS * share_sigma(share, VISITS));
        assert_near((double)back[n] / seen[n], world->returning_share,
                    SIGMAS * share_sigma(world->returning_share, seen[n]));
    }
    free(seen);
    free(back);
}

static void luck_is_uniform(void **state)
{
    (void)state;
    uint32_t below[10] = {0};
    for (uint64_t i = 0; i < VISITS; i++) {
        spl_visitor visitor;
        spl_visitor_draw(world, 11, i, &visitor);
        for (int d = 0; d < 10; d++) below[d] += spl_visitor_converts(visitor.luck, d / 10.0);
    }
    for (int d = 0; d < 10; d++)
        assert_near(below[d] / (double)VISITS, d / 10.0, SIGMAS * share_sigma(d / 10.0, VISITS) + 1e-12);
    assert_false(spl_visitor_converts(0, 0));
    assert_true(spl_visitor_converts(UINT32_MAX, 1));
}

static void raw_fields_lead_back_to_the_segment_of_every_visit(void **state)
{
    (void)state;
    static spl_context context;
    for (uint64_t i = 0; i < 50000; i++) {
        spl_visitor visitor;
        spl_field fields[SPL_VISITOR_FIELDS_MAX];
        spl_visitor_draw(world, 13, i, &visitor);
        for (uint32_t f = 0; f < visitor.field_count; f++) fields[f] = visitor.fields[f].field;
        spl_context_build(&context, fields, visitor.field_count);
        for (uint32_t n = visitor.leaf; n != 0; n = world->nodes[n].parent) {
            uint32_t level = world->nodes[n].depth - 1;
            spl_text value = world->values[level][world->nodes[n].value].text;
            const spl_attribute *found = spl_context_find(&context, spl_name_hash(world->levels[level]));
            if (!found || found->key != spl_name_hash(value))
                fail_msg("visit %llu: %s is \"%.*s\", not \"%s\"", (unsigned long long)i, world->levels[level].data,
                         found ? (int)found->size : 0, found ? found->text : "", value.data);
        }
        const spl_attribute *returning = spl_context_find(&context, spl_name_hash(SPL_TEXT("is_returning")));
        assert_non_null(returning);
        assert_int_equal(returning->number, visitor.returning);
    }
}

static void outcomes_come_out_in_order_of_time(void **state)
{
    (void)state;
    spl_outcomes outcomes = {0};
    spl_outcome out;
    for (uint64_t i = 0; i < 1000; i++) {
        spl_outcome in = {.time_ms = (int64_t)(spl_mix64(i) % 500), .index = i};
        assert_true(spl_outcomes_push(&outcomes, &in));
    }
    assert_false(spl_outcomes_pop(&outcomes, -1, &out));
    int64_t before = -1;
    uint64_t index = 0;
    size_t count = 0;
    for (; spl_outcomes_pop(&outcomes, 250, &out); count++) {
        assert_true(out.time_ms > before || (out.time_ms == before && out.index > index));
        before = out.time_ms;
        index = out.index;
    }
    assert_in_range(before, 240, 250);
    assert_in_range(count, 400, 600);
    for (; spl_outcomes_pop(&outcomes, INT64_MAX, &out); count++) assert_true(out.time_ms > 250);
    assert_int_equal(count, 1000);
    spl_outcomes_free(&outcomes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_visit_depends_on_seed_and_index_only),
        cmocka_unit_test(visits_are_the_same_in_every_build),
        cmocka_unit_test(times_never_fall_and_follow_hours_and_weekdays),
        cmocka_unit_test(returning_visits_keep_unit_country_and_device),
        cmocka_unit_test(shares_of_segments_and_returning_visitors_are_the_worlds),
        cmocka_unit_test(luck_is_uniform),
        cmocka_unit_test(raw_fields_lead_back_to_the_segment_of_every_visit),
        cmocka_unit_test(outcomes_come_out_in_order_of_time),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
