// SPDX-License-Identifier: GPL-3.0-or-later
// Embeddings have length 1, so the farthest row is the one with the smallest cosine: mining reads one product of the
// batch with itself. The distances in the loss are then taken from the embeddings' differences, which is exact where
// 2 - 2 cos is not: for near neighbours.
//
// Rejected: all triplets of a batch (256 rows of 10 classes have 1.5 million, nearly all without a loss after some
// epochs), and plain distances instead of squared ones in the triplet loss (no gradient where D = 0).
#include "learn/encoder/loss_triplets.h"

#include <math.h>

#include "learn/encoder/encoder_random.h"

double spl_loss_margin(const spl_encoder_config *config)
{
    if (config->margin > 0) return config->margin;
    return config->loss == SPL_LOSS_CONTRASTIVE ? 1 : 0.2;
}

size_t spl_triplets_scratch(spl_mining mining, uint32_t rows, size_t stride)
{
    if (mining == SPL_MINING_RANDOM) return 0;
    size_t wide = spl_matrix_pad(rows);
    return stride * wide + (size_t)rows * wide;
}

// cosines (rows, wide) of all pairs; minus infinity beyond the last row.
static void all_cosines(const spl_embedded *batch, const spl_matrix_kernels *kernels, float *scratch, float *cosines)
{
    uint32_t wide = spl_matrix_pad(batch->rows);
    for (size_t c = 0; c < batch->stride; c++)
        for (uint32_t r = 0; r < wide; r++)
            scratch[c * wide + r] = r < batch->rows ? batch->e[r * batch->stride + c] : 0;
    kernels->product(&(spl_product){.rows = batch->rows,
                                    .inner = (uint32_t)batch->stride,
                                    .columns = wide,
                                    .a = batch->e,
                                    .a_row = batch->stride,
                                    .a_inner = 1,
                                    .b = scratch,
                                    .b_row = wide,
                                    .c = cosines,
                                    .c_row = wide});
    for (uint32_t r = 0; r < batch->rows; r++)
        for (uint32_t c = batch->rows; c < wide; c++) cosines[(size_t)r * wide + c] = -INFINITY;
}

static uint32_t farthest(const float *cosines, uint32_t from, uint32_t to, uint32_t except, float most, uint32_t found)
{
    for (uint32_t j = from; j < to; j++) {
        if (j != except && cosines[j] < most) most = cosines[j], found = j;
    }
    return found;
}

// The rows [from, to) are the anchor's class.
typedef struct choice {
    uint32_t rows, anchor, from, to;
    uint32_t positive, negative; // drawn at random; what mining replaces
} choice;

static choice draw(uint64_t seed, uint32_t step, uint32_t rows, uint32_t anchor, uint32_t from, uint32_t to)
{
    uint32_t mates = to - from - 1, others = rows - (to - from);
    uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)}, block[4];
    uint32_t counter[4] = {anchor, 0, SPL_STREAM_PICK, step};
    spl_philox(counter, key, block);
    uint32_t p = from + (uint32_t)((uint64_t)block[0] * mates >> 32), n = (uint32_t)((uint64_t)block[1] * others >> 32);
    return (choice){rows, anchor, from, to, p + (p >= anchor), n < from ? n : n + (to - from)};
}

// Its own class gets the cosine -infinity, so that only others are found.
static uint32_t nearest_other(const spl_matrix_kernels *kernels, const choice *c, float *cosines, float limit)
{
    for (uint32_t j = c->from; j < c->to; j++) cosines[j] = -INFINITY;
    return kernels->largest_below(spl_matrix_pad(c->rows), cosines, limit);
}

static void mine(choice *c, spl_mining mining, const spl_matrix_kernels *kernels, float *cosines)
{
    if (mining == SPL_MINING_BATCH_HARD) {
        c->positive = farthest(cosines, c->from, c->to, c->anchor, INFINITY, c->positive);
        uint32_t found = nearest_other(kernels, c, cosines, INFINITY);
        if (found < c->rows) c->negative = found;
        return;
    }
    uint32_t found = nearest_other(kernels, c, cosines, cosines[c->positive]);
    if (found >= c->rows) {
        found = farthest(cosines, 0, c->from, c->rows, INFINITY, c->negative);
        float most = found < c->from ? cosines[found] : INFINITY;
        found = farthest(cosines, c->to, c->rows, c->rows, most, found);
    }
    c->negative = found;
}

uint32_t spl_triplets_pick(const spl_embedded *batch, spl_mining mining, const spl_matrix_kernels *kernels,
                           uint64_t seed, uint32_t step, float *scratch, spl_triplet *out)
{
    uint32_t count = 0, wide = spl_matrix_pad(batch->rows);
    float *cosines = NULL;
    if (mining != SPL_MINING_RANDOM) {
        cosines = scratch + batch->stride * wide;
        all_cosines(batch, kernels, scratch, cosines);
    }
    for (uint32_t from = 0, to; from < batch->rows; from = to) {
        for (to = from + 1; to < batch->rows && batch->label[to] == batch->label[from];) to++;
        if (to - from < 2 || to - from == batch->rows) continue;
        for (uint32_t i = from; i < to; i++) {
            choice c = draw(seed, step, batch->rows, i, from, to);
            if (cosines) mine(&c, mining, kernels, cosines + (size_t)i * wide);
            out[count++] = (spl_triplet){i, c.positive, c.negative};
        }
    }
    return count;
}

typedef struct rows3 {
    const float *a, *p, *n;
    float *da, *dp, *dn;
    size_t width;
} rows3;

// d/da D(a,p)^2 = 2 (a - p), so of the difference of two squares 2 (n - p).
static void push_triplet(const rows3 *r, float by)
{
    for (size_t c = 0; c < r->width; c++) {
        r->da[c] += by * (r->n[c] - r->p[c]);
        r->dp[c] += by * (r->p[c] - r->a[c]);
        r->dn[c] += by * (r->a[c] - r->n[c]);
    }
}

// Pulls p and a together by `pull`, pushes n and a apart by `push`, each times their difference.
static void push_pairs(const rows3 *r, float pull, float push)
{
    for (size_t c = 0; c < r->width; c++) {
        float together = pull * (r->a[c] - r->p[c]), apart = push * (r->a[c] - r->n[c]);
        r->da[c] += together - apart;
        r->dp[c] -= together;
        r->dn[c] += apart;
    }
}

static double triplet_loss(const rows3 *r, double margin, double near, double far, float share, bool learn)
{
    double loss = margin + near - far;
    if (loss <= 0) return 0;
    if (learn) push_triplet(r, 2 * share);
    return loss;
}

static double contrastive_loss(const rows3 *r, double margin, double near, double far, float share, bool learn)
{
    double distance = sqrt(far), missing = distance < margin ? margin - distance : 0;
    double push = distance > 0 ? missing / distance : 0;
    if (learn) push_pairs(r, share, share * (float)push);
    return near / 2 + missing * missing / 2;
}

spl_loss_sum spl_loss_of(const spl_embedded *batch, spl_loss loss, double margin, const spl_matrix_kernels *kernels,
                         const spl_triplet *triplets, uint32_t count, float *gradient)
{
    spl_loss_sum sum = {0};
    size_t stride = batch->stride;
    float share = 1 / (float)count, *to = gradient;
    for (uint32_t i = 0; i < count; i++) {
        const spl_triplet *t = &triplets[i];
        size_t a = t->anchor * stride, p = t->positive * stride, n = t->negative * stride;
        rows3 r = {.a = batch->e + a, .p = batch->e + p, .n = batch->e + n, .width = stride};
        if (to) r.da = to + a, r.dp = to + p, r.dn = to + n;
        double near = (double)kernels->distance((uint32_t)stride, r.a, r.p);
        double far = (double)kernels->distance((uint32_t)stride, r.a, r.n);
        double one = loss == SPL_LOSS_CONTRASTIVE ? contrastive_loss(&r, margin, near, far, share, to != NULL)
                                                  : triplet_loss(&r, margin, near, far, share, to != NULL);
        sum.loss += one;
        sum.active += one > 0;
    }
    if (count) sum.loss /= count;
    return sum;
}
