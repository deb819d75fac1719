// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/encoder/encoder_split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/encoder/encoder_batches.h"
#include "learn/encoder/encoder_random.h"

bool spl_encoder_rows_check(const spl_encoder_rows *rows, uint32_t inputs, const char *what, spl_error *error)
{
    if (rows->d != inputs) {
        return spl_fail(error, "%s have %u columns where the encoder takes %u", what, rows->d, inputs);
    }
    for (size_t i = 0; i < (size_t)rows->n * rows->d; i++) {
        if (isfinite(rows->x[i])) continue;
        return spl_fail(error, "%s: row %zu, column %zu is %s, not a number", what, i / rows->d + 1, i % rows->d + 1,
                        isnan(rows->x[i]) ? "NaN" : "infinite");
    }
    return true;
}

static bool can_judge(const uint32_t *rows, uint32_t count, const int32_t *label)
{
    bool mates = false;
    for (uint32_t i = 1; i < count; i++) mates |= label[rows[i]] == label[rows[i - 1]];
    return mates && label[rows[0]] != label[rows[count - 1]];
}

// The class train[from..to) gives its share to `judge`; what stays moves up to train[at].
static void share_class(spl_split *s, uint32_t from, uint32_t to, uint32_t at, double share, uint64_t seed)
{
    uint32_t n = to - from, given = (uint32_t)(share * n);
    spl_random_shuffle(seed, from, SPL_STREAM_SPLIT, 0, s->train + from, 0, n);
    memcpy(s->judge + s->judge_count, s->train + from, given * sizeof *s->judge);
    memmove(s->train + at, s->train + from + given, (n - given) * sizeof *s->train);
    s->judge_count += given;
}

static void share_classes(spl_split *s, const int32_t *label, double share, uint64_t seed)
{
    uint32_t at = 0, count = s->train_count;
    for (uint32_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && label[s->train[to]] == label[s->train[from]];) to++;
        uint32_t before = s->judge_count;
        share_class(s, from, to, at, share, seed);
        at += to - from - (s->judge_count - before);
    }
    s->train_count = at;
}

static void give_back(spl_split *s)
{
    memcpy(s->train + s->train_count, s->judge, s->judge_count * sizeof *s->judge);
    s->train_count += s->judge_count;
    s->judge_count = 0;
}

bool spl_split_new(const int32_t *label, uint32_t n, double share, uint64_t seed, spl_split *out, spl_error *error)
{
    size_t room = ((size_t)n + 1) * sizeof(uint32_t);
    spl_split s = {.train = malloc(room), .judge = malloc(room)};
    bool done = (s.train && s.judge) || spl_fail(error, "out of memory");
    for (uint32_t i = 0; done && i < n; i++) {
        if (label[i] >= 0) s.train[s.train_count++] = i;
    }
    done = done && spl_sort_by_label(s.train, s.train_count, label, error);
    if (done) {
        share_classes(&s, label, share, seed);
        s.held_out = s.judge_count;
        if (s.judge_count > SPL_JUDGED_MAX) {
            spl_random_shuffle(seed, UINT32_MAX, SPL_STREAM_SPLIT, 0, s.judge, 0, s.judge_count);
            s.judge_count = SPL_JUDGED_MAX;
        }
        done = spl_sort_by_label(s.judge, s.judge_count, label, error);
    }
    if (done && (s.judge_count == 0 || !can_judge(s.judge, s.judge_count, label))) {
        give_back(&s);
        s.held_out = 0;
    }
    done = done && spl_sort_by_label(s.train, s.train_count, label, error);
    if (!done) {
        spl_split_free(&s);
        return false;
    }
    *out = s;
    return true;
}

void spl_split_free(spl_split *split)
{
    free(split->train);
    free(split->judge);
}
