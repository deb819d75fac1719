// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/encoder/encoder_infer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/encoder/matrix.h"

#define PART_ROWS 64

typedef struct work {
    const spl_inference *in;
    const spl_matrix_kernels *kernels;
    float *scale[SPL_ENCODER_LAYERS_MAX], *shift[SPL_ENCODER_LAYERS_MAX]; // of hidden layers
    float *scratch;                                                       // (threads, 2, PART_ROWS, widest)
    size_t widest, out_stride;
    float *out;
} work;

static void normalise(float *z, uint32_t n)
{
    double squares = 0;
    for (uint32_t i = 0; i < n; i++) squares += (double)z[i] * (double)z[i];
    double scale = squares > 0 && isfinite(squares) ? 1 / sqrt(squares) : 0;
    for (uint32_t i = 0; i < n; i++) z[i] = scale > 0 ? (float)((double)z[i] * scale) : 0;
}

static void infer_part(void *owner, uint32_t part, uint32_t thread)
{
    const work *w = owner;
    const spl_inference *in = w->in;
    uint32_t from = part * PART_ROWS, rows = in->n - from < PART_ROWS ? in->n - from : PART_ROWS;
    float *scratch = w->scratch + thread * 2 * PART_ROWS * w->widest;
    const float *x = in->x + from * in->stride;
    size_t stride = in->stride;
    for (uint32_t k = in->first; k < in->last; k++) {
        const spl_net_layer *layer = &in->net->layers[k];
        bool end = k + 1 == in->last;
        float *z = end ? w->out + from * w->out_stride : scratch + (k % 2) * PART_ROWS * w->widest;
        w->kernels->product(&(spl_product){.rows = rows,
                                           .inner = layer->inputs,
                                           .columns = layer->stride,
                                           .a = x,
                                           .a_row = stride,
                                           .a_inner = 1,
                                           .b = layer->weight,
                                           .b_row = layer->stride,
                                           .start = layer->bias,
                                           .c = z,
                                           .c_row = layer->stride});
        if (end && in->linear) return;
        if (layer->hidden)
            w->kernels->activate((size_t)rows * layer->stride, layer->stride, z, w->scale[k], w->shift[k], NULL, 0, 1,
                                 z);
        else
            for (uint32_t r = 0; r < rows; r++) normalise(z + (size_t)r * layer->stride, layer->outputs);
        x = z;
        stride = layer->stride;
    }
}

static void fold_statistics(const spl_net_layer *layer, float *scale, float *shift)
{
    for (uint32_t c = 0; c < layer->outputs; c++) {
        double line = (double)layer->gamma[c] / sqrt((double)layer->variance[c] + (double)SPL_NET_EPSILON);
        scale[c] = (float)line;
        shift[c] = (float)((double)layer->beta[c] - (double)layer->mean[c] * line);
    }
}

bool spl_net_infer(const spl_inference *inference, spl_pool *pool, float *out, spl_error *error)
{
    const spl_net *net = inference->net;
    work w = {.in = inference, .kernels = spl_matrix_kernels_of(spl_kernel_best()), .out = out};
    size_t columns = 0;
    for (uint32_t k = inference->first; k < inference->last; k++) {
        columns += net->layers[k].stride;
        if (net->layers[k].stride > w.widest) w.widest = net->layers[k].stride;
    }
    w.out_stride = net->layers[inference->last - 1].stride;
    float *memory = calloc(2 * columns + spl_pool_threads(pool) * 2 * PART_ROWS * w.widest, sizeof(float));
    if (!memory) return spl_fail(error, "out of memory");
    w.scratch = memory + 2 * columns;
    float *next = memory;
    for (uint32_t k = inference->first; k < inference->last; k++) {
        w.scale[k] = next;
        w.shift[k] = next + net->layers[k].stride;
        next += 2 * net->layers[k].stride;
        if (net->layers[k].hidden) fold_statistics(&net->layers[k], w.scale[k], w.shift[k]);
    }
    spl_pool_run(pool, (inference->n + PART_ROWS - 1) / PART_ROWS, infer_part, &w);
    free(memory);
    return true;
}

bool spl_net_embed(const spl_net *net, const float *x, uint32_t n, spl_pool *pool, float *out, spl_error *error)
{
    const spl_net_layer *last = &net->layers[net->shape.layer_count - 1];
    float *padded = calloc((size_t)n * last->stride + 1, sizeof(float));
    if (!padded) return spl_fail(error, "out of memory");
    spl_inference all = {.net = net, .last = net->shape.layer_count, .x = x, .n = n, .stride = net->shape.width[0]};
    bool done = spl_net_infer(&all, pool, padded, error);
    for (uint32_t r = 0; done && r < n; r++) {
        memcpy(out + (size_t)r * last->outputs, padded + (size_t)r * last->stride, last->outputs * sizeof(float));
    }
    free(padded);
    return done;
}
