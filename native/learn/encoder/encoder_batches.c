// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/encoder/encoder_batches.h"

#include <stdlib.h>
#include <string.h>

#include "learn/encoder/encoder_random.h"
#include "samplit/hash.h"

// Items in shuffled order, lap after lap.
typedef struct queue {
    uint32_t *items;
    uint32_t count, next, lap;
} queue;

struct spl_batches {
    uint64_t seed;
    uint32_t epoch, batch, count, group_count;
    uint32_t *sorted; // [count] rows by label, then those that are alone
    uint32_t *drawn;  // [count] the same groups, shuffled: the groups' items
    queue *groups;    // [group_count]
    queue order;      // of the groups
    uint32_t *share;  // [group_count] rows of a group in the present batch
    uint32_t *chosen; // [group_count] groups of it
};

static int by_key(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

// Labels of rows in use are not negative.
bool spl_sort_by_label(uint32_t *rows, uint32_t count, const int32_t *label, spl_error *error)
{
    uint64_t *keys = malloc(((size_t)count + 1) * sizeof *keys);
    if (!keys) return spl_fail(error, "out of memory");
    for (uint32_t i = 0; i < count; i++) keys[i] = (uint64_t)(uint32_t)label[rows[i]] << 32 | rows[i];
    qsort(keys, count, sizeof *keys, by_key);
    for (uint32_t i = 0; i < count; i++) rows[i] = (uint32_t)keys[i];
    free(keys);
    return true;
}

static uint32_t class_end(const uint32_t *rows, uint32_t count, const int32_t *label, uint32_t from)
{
    uint32_t to = from + 1;
    while (to < count && label[rows[to]] == label[rows[from]]) to++;
    return to;
}

static void add_group(spl_batches *b, uint32_t from, uint32_t to)
{
    b->groups[b->group_count++] = (queue){.items = b->drawn + from, .count = to - from};
}

// Classes of two rows and more first, the rest as one group behind them.
// Returns how many rows have a mate.
static uint32_t group_rows(spl_batches *b, const uint32_t *rows, const int32_t *label)
{
    uint32_t used = 0;
    for (uint32_t from = 0, to; from < b->count; from = to) {
        to = class_end(rows, b->count, label, from);
        if (to - from < 2) continue;
        memcpy(b->sorted + used, rows + from, (to - from) * sizeof *rows);
        add_group(b, used, used + to - from);
        used += to - from;
    }
    uint32_t alone = used;
    for (uint32_t from = 0, to; from < b->count; from = to) {
        to = class_end(rows, b->count, label, from);
        if (to - from == 1) b->sorted[used++] = rows[from];
    }
    if (used > alone) add_group(b, alone, used);
    return alone;
}

static bool check_groups(const spl_batches *b, uint32_t with_mates, spl_error *error)
{
    if (b->count == 0) return spl_fail_field(error, "label", "no row has a label");
    if (with_mates == 0)
        return spl_fail_field(error, "label", "no class has two rows: there is nothing to bring together");
    if (b->group_count < 2)
        return spl_fail_field(error, "label", "all rows are of one class: there is nothing to tell apart");
    return true;
}

bool spl_batches_new(const uint32_t *rows, uint32_t count, const int32_t *label, uint32_t batch, uint64_t seed,
                     spl_batches **out, spl_error *error)
{
    spl_batches *b = calloc(1, sizeof *b);
    size_t room = (size_t)count + 1;
    if (!b) return spl_fail(error, "out of memory");
    b->seed = seed;
    b->batch = batch;
    b->count = count;
    b->sorted = malloc(room * sizeof *b->sorted);
    b->drawn = malloc(room * sizeof *b->drawn);
    b->groups = malloc(room * sizeof *b->groups);
    b->share = malloc(room * sizeof *b->share);
    b->chosen = malloc(room * sizeof *b->chosen);
    b->order.items = malloc(room * sizeof *b->order.items);
    bool done = b->sorted && b->drawn && b->groups && b->share && b->chosen && b->order.items;
    if (!done) spl_fail(error, "out of memory");
    if (done) done = check_groups(b, group_rows(b, rows, label), error);
    if (!done) {
        spl_batches_free(b);
        return false;
    }
    b->order.count = b->group_count;
    *out = b;
    return true;
}

void spl_batches_free(spl_batches *batches)
{
    if (!batches) return;
    free(batches->sorted);
    free(batches->drawn);
    free(batches->groups);
    free(batches->share);
    free(batches->chosen);
    free(batches->order.items);
    free(batches);
}

uint32_t spl_batches_per_epoch(const spl_batches *batches)
{
    return batches->count / batches->batch + (batches->count % batches->batch != 0);
}

static void restart(queue *q)
{
    q->next = q->count;
    q->lap = 0;
}

void spl_batches_start(spl_batches *batches, uint32_t epoch)
{
    batches->epoch = epoch;
    memcpy(batches->drawn, batches->sorted, batches->count * sizeof *batches->drawn);
    for (uint32_t g = 0; g < batches->group_count; g++) {
        restart(&batches->groups[g]);
        batches->order.items[g] = g;
    }
    restart(&batches->order);
}

// The next n <= count items, all different. At the end of a lap those left go first and then stand back until these n
// are drawn; the rest of the new lap is shuffled with them among it.
static void draw(const spl_batches *b, queue *q, uint32_t n, uint32_t stream, uint32_t group, uint32_t *out)
{
    uint32_t left = q->count - q->next, old = n < left ? n : left, fresh = n - old;
    memcpy(out, q->items + q->next, old * sizeof *out);
    q->next += old;
    if (fresh == 0) return;
    uint64_t seed = b->seed ^ spl_mix64(q->lap++);
    spl_random_shuffle(seed, group, stream, b->epoch, q->items, 0, q->count - old);
    memcpy(out + old, q->items, fresh * sizeof *out);
    spl_random_shuffle(~seed, group, stream, b->epoch, q->items, fresh, q->count);
    q->next = fresh;
}

// One row for each class in turn until the batch is full or all have given theirs.
static void share_out(spl_batches *b, uint32_t classes)
{
    uint32_t left = b->batch, before = 0;
    for (uint32_t i = 0; i < classes; i++) b->share[i] = 0;
    while (left > 0 && left != before) {
        before = left;
        for (uint32_t i = 0; i < classes && left > 0; i++) {
            if (b->share[i] == b->groups[b->chosen[i]].count) continue;
            b->share[i]++;
            left--;
        }
    }
}

uint32_t spl_batches_next(spl_batches *batches, uint32_t *out)
{
    uint32_t classes = batches->batch / 4 > 2 ? batches->batch / 4 : 2, rows = 0;
    if (classes > batches->group_count) classes = batches->group_count;
    draw(batches, &batches->order, classes, SPL_STREAM_CLASSES, 0, batches->chosen);
    share_out(batches, classes);
    for (uint32_t i = 0; i < classes; i++) {
        uint32_t g = batches->chosen[i], n = batches->share[i];
        draw(batches, &batches->groups[g], n, SPL_STREAM_ROWS, g, out + rows);
        rows += n;
    }
    return rows;
}
