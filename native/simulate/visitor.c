// SPDX-License-Identifier: GPL-3.0-or-later
// A visit draws from blocks of its own index: block 0 whether it returns, the time and the luck;
// block 1 delay and session; block 2 and 3 the ids; from block 4 on two words per level, which
// segment and which look.
//
// A returning visit is an earlier visit's visitor once more: same unit, and the same values and
// looks on the first levels (a person keeps country and device, not the source). Those are drawn from the
// index of the visitor's first visit, every draw having the same distribution, so the shares of
// the segments stand whatever share returns. The first visit is found by going back from visit to
// visit; it may lie before the log begins, and then has a negative index.
#include "simulate/visitor.h"

#include <math.h>
#include <string.h>

#include "samplit/hash.h"
#include "samplit/num.h"
#include "samplit/rng.h"

#define TWO_32 4294967296.0
#define WEEK_MS 604800000.0
#define HOUR_MS 3600000.0
#define LEVEL_BLOCK 4
#define DELAY_MAX 20.0 // in means; one in 5e8 is cut

#define PAGEVIEWS_MEAN 2.4
#define SESSION_MEAN_S 75.0

static void draw(uint64_t seed, int64_t index, uint32_t block, uint32_t out[4])
{
    uint32_t counter[4] = {(uint32_t)(uint64_t)index, (uint32_t)((uint64_t)index >> 32), SPL_STREAM_SIMULATE, block};
    uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    spl_philox(counter, key, out);
}

static double unit_interval(uint32_t word)
{
    return (word + 0.5) / TWO_32;
}

bool spl_visitor_converts(uint32_t luck, double rate)
{
    return unit_interval(luck) < rate;
}

// The place of a position in [0, 1) among cumulative shares.
static uint32_t find_share(const double *ends, uint32_t count, double position)
{
    uint32_t lo = 0, hi = count - 1;
    while (lo < hi) {
        uint32_t middle = (lo + hi) / 2;
        if (position < ends[middle]) {
            hi = middle;
        } else {
            lo = middle + 1;
        }
    }
    return lo;
}

int64_t spl_visitor_time(const spl_world *world, uint64_t index, double jitter)
{
    double weeks = ((double)index + jitter) / world->nodes[0].visits;
    double week = floor(weeks), position = weeks - week;
    uint32_t hour = find_share(world->hour_end, SPL_WORLD_HOURS, position);
    double begin = hour ? world->hour_end[hour - 1] : 0, share = world->hour_end[hour] - begin;
    double within = share > 0 ? (position - begin) / share : 0;
    return world->start_ms + (int64_t)(week * WEEK_MS + (hour + within) * HOUR_MS);
}

// The index of the visitor's first visit.
static int64_t first_visit(const spl_world *world, uint64_t seed, int64_t index, const uint32_t words[4])
{
    uint32_t block[4] = {words[0], words[1], words[2], words[3]};
    while (unit_interval(block[0]) < world->returning_share) {
        index -= 1 + (int64_t)(unit_interval(block[1]) * world->returning_within);
        if (index < 0) break;
        draw(seed, index, 0, block);
    }
    return index;
}

static uint32_t find_child(const spl_world *world, const spl_world_node *node, double position)
{
    uint32_t i = node->first_child, last = i + node->child_count - 1;
    while (i < last && position >= world->nodes[i].end) i++;
    return i;
}

static uint32_t find_look(const spl_world_value *value, double position)
{
    uint32_t i = 0;
    while (i + 1 < value->look_count && position >= value->looks[i].end) i++;
    return i;
}

static void add_number(spl_visitor *visitor, spl_text name, double number, uint32_t kind)
{
    visitor->fields[visitor->field_count++] =
        (spl_named_field){.name = name, .field = {.name = spl_name_hash(name), .number = number, .kind = kind}};
}

// From the root to a leaf, showing a look of every value on the way.
static void walk(const spl_world *world, uint64_t seed, int64_t first, spl_visitor *visitor)
{
    const spl_world_node *node = &world->nodes[0];
    uint32_t level = 0, words[4] = {0};
    for (; node->child_count > 0; level++) {
        bool kept = level < world->returning_keeps;
        if (level % 2 == 0 || level == world->returning_keeps)
            draw(seed, kept ? first : (int64_t)visitor->index, LEVEL_BLOCK + level / 2, words);
        const uint32_t *pair = words + 2 * (level % 2);
        visitor->leaf = find_child(world, node, unit_interval(pair[0]));
        node = &world->nodes[visitor->leaf];
        const spl_world_value *value = &world->values[level][node->value];
        visitor->looks[level] = find_look(value, unit_interval(pair[1]));
        const spl_look *look = &value->looks[visitor->looks[level]];
        memcpy(visitor->fields + visitor->field_count, look->fields, look->field_count * sizeof *look->fields);
        visitor->field_count += look->field_count;
    }
}

static void name_unit(uint64_t seed, int64_t first, char out[18])
{
    uint64_t bits = spl_mix64((uint64_t)first ^ spl_mix64(seed));
    out[0] = 'u';
    for (int i = 0; i < 16; i++) out[1 + i] = "0123456789abcdef"[bits >> (60 - 4 * i) & 15];
    out[17] = '\0';
}

static void draw_session(const spl_world *world, uint64_t seed, spl_visitor *visitor)
{
    uint32_t words[4];
    draw(seed, (int64_t)visitor->index, 1, words);
    double delay = -spl_log(unit_interval(words[0]));
    visitor->delay_ms = (int64_t)((delay < DELAY_MAX ? delay : DELAY_MAX) * world->delay_ms);
    visitor->pageviews = 1 + (uint32_t)(-spl_log(unit_interval(words[1])) * (PAGEVIEWS_MEAN - 1));
    visitor->session_seconds = (uint32_t)(-spl_log(unit_interval(words[2])) * SESSION_MEAN_S);
}

static void draw_ids(uint64_t seed, spl_visitor *visitor)
{
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t words[4];
        draw(seed, (int64_t)visitor->index, 2 + i, words);
        visitor->random[2 * i] = (uint64_t)words[1] << 32 | words[0];
        visitor->random[2 * i + 1] = (uint64_t)words[3] << 32 | words[2];
    }
}

void spl_visitor_draw(const spl_world *world, uint64_t seed, uint64_t index, spl_visitor *out)
{
    uint32_t words[4];
    draw(seed, (int64_t)index, 0, words);
    int64_t first = first_visit(world, seed, (int64_t)index, words);
    out->index = index;
    out->returning = first != (int64_t)index;
    out->time_ms = spl_visitor_time(world, index, unit_interval(words[2]));
    out->luck = words[3];
    out->field_count = 0;
    name_unit(seed, first, out->unit);
    draw_session(world, seed, out);
    draw_ids(seed, out);
    walk(world, seed, first, out);
    add_number(out, SPL_TEXT("time_ms"), (double)out->time_ms, SPL_KIND_NUMBER);
    add_number(out, SPL_TEXT("pageviews"), out->pageviews, SPL_KIND_NUMBER);
    add_number(out, SPL_TEXT("session_seconds"), out->session_seconds, SPL_KIND_NUMBER);
    add_number(out, SPL_TEXT("is_returning"), out->returning, SPL_KIND_BOOLEAN);
}
