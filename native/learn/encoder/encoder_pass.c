// SPDX-License-Identifier: GPL-3.0-or-later
// A pass is a chain of steps, each over parts that write to places of their own: rows of activations, columns of
// statistics, rows of a weight's gradient. No sum is split between parts, so nothing depends on who does which.
//
// The bias before a batch norm has no effect (the mean takes it out again), so its gradient is 0 and not the rounding
// noise that a sum would give and that Adam would blow up to full steps.
//
// Small batches stay on one thread: waking another costs some ten microseconds, and a step of the default net has
// about a dozen places to wait in a tenth of a millisecond.
#include "learn/encoder/encoder_pass.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/encoder/encoder_random.h"
#include "learn/encoder/matrix.h"

#define PART_ROWS 64            // a multiple of DRAW_ROWS
#define DRAW_ROWS 8             // rows of at least 16 columns, so 128 draws or a multiple
#define PART_INPUTS 16          // rows of a weight's gradient
#define THREADS_FROM (8u << 20) // products in one direction from which threads are woken
#define MOMENTUM 0.1f

// Of one layer: (rows, stride) activations and [stride] statistics; the latter, h and draw of hidden layers only.
typedef struct trace {
    float *z, *h, *d;                // d: the gradient of z
    uint16_t *draw;                  // dropout; NULL = none
    float *back;                     // (outputs, stride of the inputs): the weights transposed
    float *mean, *variance, *spread; // of the batch; spread = 1 / sqrt(variance + eps)
    float *scale, *shift, *factor, *offset, *slope;
} trace;

struct spl_pass {
    const spl_matrix_kernels *kernels;
    spl_pool *pool;
    const spl_net *net; // of the present pass
    uint32_t first, last, rows_max, rows, step, layer;
    uint16_t drop; // of 65536
    float boost;   // 1 / (1 - dropout)
    uint64_t seed;
    float *inputs; // (rows, inputs_stride)
    size_t inputs_stride, gradient_count;
    trace traces[SPL_ENCODER_LAYERS_MAX];
    float *embedding, *embedding_gradient; // (rows, stride of the last layer)
    float *inverse;                        // [rows] 1 / length of the last z; 0 where it has none
    float *gradient;
    float *memory;
};

static const float ONE = 1;

size_t spl_net_parameter_offset(const spl_net *net, uint32_t layer)
{
    return (size_t)(net->layers[layer].weight - net->parameters);
}

// Floats of a layer's trace; with `memory` they are also placed there.
static size_t place_trace(const spl_pass *pass, const spl_net_layer *layer, bool deepest, trace *t, float *memory)
{
    size_t matrix = (size_t)pass->rows_max * layer->stride, row = layer->stride, used = 0;
    size_t back = deepest ? 0 : (size_t)layer->outputs * spl_matrix_pad(layer->inputs);
    struct {
        float **to;
        size_t count;
    } wanted[] = {
        {&t->z, matrix},
        {&t->d, matrix},
        {&t->back, back},
        {&t->h, layer->hidden ? matrix : 0},
        {(float **)&t->draw, layer->hidden && pass->drop ? matrix / 2 : 0},
        {&t->mean, row},
        {&t->variance, row},
        {&t->spread, row},
        {&t->scale, row},
        {&t->shift, row},
        {&t->factor, row},
        {&t->offset, row},
        {&t->slope, row},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (memory && wanted[i].count) *wanted[i].to = memory + used;
        used += wanted[i].count;
    }
    return used;
}

static size_t place(spl_pass *pass, const spl_net *net, float *memory)
{
    size_t used = 0, last = (size_t)pass->rows_max * net->layers[pass->last].stride;
    for (uint32_t k = pass->first; k <= pass->last; k++) {
        used += place_trace(pass, &net->layers[k], k == pass->first, &pass->traces[k], memory ? memory + used : NULL);
    }
    if (memory) {
        pass->embedding = memory + used;
        pass->embedding_gradient = pass->embedding + last;
        pass->inputs = pass->embedding_gradient + last;
        pass->inverse = pass->inputs + pass->rows_max * pass->inputs_stride;
        pass->gradient = pass->inverse + pass->rows_max;
    }
    return used + 2 * last + pass->rows_max * (pass->inputs_stride + 1) + pass->gradient_count;
}

bool spl_pass_new(const spl_net *net, uint32_t first, uint32_t rows, double dropout, uint64_t seed, spl_kernel kernel,
                  spl_pool *pool, spl_pass **out, spl_error *error)
{
    spl_pass *pass = calloc(1, sizeof *pass);
    if (!pass) return spl_fail(error, "out of memory");
    pass->kernels = spl_matrix_kernels_of(kernel);
    pass->first = first;
    pass->last = net->shape.layer_count - 1;
    pass->rows_max = (rows + DRAW_ROWS - 1) / DRAW_ROWS * DRAW_ROWS;
    pass->drop = (uint16_t)(dropout * 65536 + 0.5);
    pass->boost = 65536 / (float)(65536 - pass->drop);
    pass->seed = seed;
    pass->inputs_stride = spl_matrix_pad(net->layers[first].inputs);
    pass->gradient_count = net->parameter_count;
    bool wide = (uint64_t)rows * net->parameter_count >= THREADS_FROM;
    pass->pool = wide ? pool : NULL;
    pass->memory = calloc(place(pass, net, NULL), sizeof(float));
    if (!pass->memory) {
        spl_pass_free(pass);
        return spl_fail(error, "out of memory for batches of %u rows", rows);
    }
    place(pass, net, pass->memory);
    *out = pass;
    return true;
}

void spl_pass_free(spl_pass *pass)
{
    if (!pass) return;
    free(pass->memory);
    free(pass);
}

float *spl_pass_inputs(spl_pass *pass, size_t *stride)
{
    *stride = pass->inputs_stride;
    return pass->inputs;
}

const float *spl_pass_embeddings(const spl_pass *pass, size_t *stride)
{
    *stride = spl_matrix_pad(pass->net->layers[pass->last].outputs);
    return pass->embedding;
}

float *spl_pass_embedding_gradient(spl_pass *pass)
{
    memset(pass->embedding_gradient, 0, (size_t)pass->rows * pass->net->layers[pass->last].stride * sizeof(float));
    return pass->embedding_gradient;
}

const float *spl_pass_gradient(const spl_pass *pass)
{
    return pass->gradient;
}

static uint32_t parts_of(uint32_t count, uint32_t size)
{
    return (count + size - 1) / size;
}

// Rows of a part: [*from, returned).
static uint32_t part_rows(const spl_pass *pass, uint32_t part, uint32_t *from)
{
    *from = part * PART_ROWS;
    uint32_t left = pass->rows - *from;
    return *from + (left < PART_ROWS ? left : PART_ROWS);
}

// What layer k reads.
static const float *layer_inputs(const spl_pass *pass, uint32_t k, size_t *stride)
{
    *stride = k == pass->first ? pass->inputs_stride : pass->net->layers[k - 1].stride;
    return k == pass->first ? pass->inputs : pass->traces[k - 1].h;
}

static void run(spl_pass *pass, uint32_t layer, uint32_t parts, spl_pool_work *work)
{
    pass->layer = layer;
    spl_pool_run(pass->pool, parts, work, pass);
}

// Forward.

static void activate_rows(spl_pass *pass, uint32_t k, uint32_t from, uint32_t to)
{
    const trace *t = &pass->traces[k];
    size_t stride = pass->net->layers[k].stride, at = from * stride, count = (to - from) * stride;
    if (t->draw) {
        uint32_t key[2] = {(uint32_t)pass->seed, (uint32_t)(pass->seed >> 32)};
        for (size_t i = at; i < at + count; i += 128) {
            pass->kernels->draws(key, (uint32_t)(i / 8), 0, SPL_STREAM_DROPOUT + k, pass->step, t->draw + i);
        }
    }
    pass->kernels->activate(count, stride, t->z + at, t->scale, t->shift, t->draw ? t->draw + at : NULL, pass->drop,
                            t->draw ? pass->boost : 1, t->h + at);
}

static void normalise_rows(spl_pass *pass, uint32_t from, uint32_t to)
{
    uint32_t stride = pass->net->layers[pass->last].stride;
    for (uint32_t r = from; r < to; r++) {
        const float *z = pass->traces[pass->last].z + (size_t)r * stride;
        float *e = pass->embedding + (size_t)r * stride, squares = pass->kernels->dot(stride, z, z);
        pass->inverse[r] = squares > 0 ? 1 / sqrtf(squares) : squares;
        if (!isfinite(squares)) pass->inverse[r] = NAN; // to be found below
        for (uint32_t c = 0; c < stride; c++) e[c] = z[c] * pass->inverse[r];
    }
}

static void forward_part(void *owner, uint32_t part, uint32_t thread)
{
    (void)thread;
    spl_pass *pass = owner;
    uint32_t k = pass->layer, from, to = part_rows(pass, part, &from);
    if (k > pass->first) activate_rows(pass, k - 1, from, to);
    const spl_net_layer *layer = &pass->net->layers[k];
    size_t stride;
    const float *inputs = layer_inputs(pass, k, &stride);
    pass->kernels->product(&(spl_product){.rows = to - from,
                                          .inner = layer->inputs,
                                          .columns = layer->stride,
                                          .a = inputs + from * stride,
                                          .a_row = stride,
                                          .a_inner = 1,
                                          .b = layer->weight,
                                          .b_row = layer->stride,
                                          .start = layer->bias,
                                          .c = pass->traces[k].z + (size_t)from * layer->stride,
                                          .c_row = layer->stride});
    if (k == pass->last) normalise_rows(pass, from, to);
}

static spl_columns part_columns(const spl_pass *pass, uint32_t part)
{
    uint32_t from = part * SPL_MATRIX_LANES;
    return (spl_columns){pass->rows, from, from + SPL_MATRIX_LANES, pass->net->layers[pass->layer].stride};
}

static void moments_part(void *owner, uint32_t part, uint32_t thread)
{
    (void)thread;
    spl_pass *pass = owner;
    const spl_net_layer *layer = &pass->net->layers[pass->layer];
    trace *t = &pass->traces[pass->layer];
    spl_columns columns = part_columns(pass, part);
    pass->kernels->moments(&columns, t->z, t->mean, t->variance);
    for (uint32_t c = columns.from; c < columns.to; c++) {
        t->spread[c] = 1 / sqrtf(t->variance[c] + SPL_NET_EPSILON);
        t->scale[c] = layer->gamma[c] * t->spread[c];
        t->shift[c] = layer->beta[c] - t->mean[c] * t->scale[c];
    }
}

static bool update_running(const spl_pass *pass, spl_net_layer *layer, const trace *t)
{
    float unbiased = (float)pass->rows / (float)(pass->rows - 1);
    bool finite = true;
    for (uint32_t c = 0; c < layer->outputs; c++) {
        layer->mean[c] = (1 - MOMENTUM) * layer->mean[c] + MOMENTUM * t->mean[c];
        layer->variance[c] = (1 - MOMENTUM) * layer->variance[c] + MOMENTUM * (t->variance[c] * unbiased);
        finite &= isfinite(layer->mean[c]) && isfinite(layer->variance[c]);
    }
    layer->batches++;
    return finite;
}

bool spl_pass_forward(spl_pass *pass, spl_net *net, uint32_t rows, uint32_t step)
{
    pass->net = net;
    pass->rows = rows;
    pass->step = step;
    bool finite = true;
    for (uint32_t k = pass->first; k <= pass->last; k++) {
        run(pass, k, parts_of(rows, PART_ROWS), forward_part);
        if (!net->layers[k].hidden) break;
        run(pass, k, net->layers[k].stride / SPL_MATRIX_LANES, moments_part);
        finite &= update_running(pass, &net->layers[k], &pass->traces[k]);
    }
    for (uint32_t r = 0; r < rows; r++) finite &= isfinite(pass->inverse[r]) != 0;
    return finite;
}

// Backward.

// e = z / |z|, so dz = (de - (e . de) e) / |z|: what pulls along e changes nothing.
static void denormalise_rows(spl_pass *pass, uint32_t from, uint32_t to)
{
    uint32_t stride = pass->net->layers[pass->last].stride;
    for (uint32_t r = from; r < to; r++) {
        const float *e = pass->embedding + (size_t)r * stride, *de = pass->embedding_gradient + (size_t)r * stride;
        float *dz = pass->traces[pass->last].d + (size_t)r * stride, along = pass->kernels->dot(stride, e, de);
        for (uint32_t c = 0; c < stride; c++) dz[c] = (de[c] - along * e[c]) * pass->inverse[r];
    }
}

// The gradient of the layer's z, then of what the layer before let through.
static void backward_part(void *owner, uint32_t part, uint32_t thread)
{
    (void)thread;
    spl_pass *pass = owner;
    uint32_t k = pass->layer, from, to = part_rows(pass, part, &from);
    const spl_net_layer *layer = &pass->net->layers[k];
    const trace *t = &pass->traces[k];
    size_t at = (size_t)from * layer->stride, count = (size_t)(to - from) * layer->stride;
    if (layer->hidden)
        pass->kernels->denormalise(count, layer->stride, t->z + at, t->mean, t->factor, t->offset, t->slope, t->d + at);
    else
        denormalise_rows(pass, from, to);
    if (k == pass->first) return;
    size_t stride = pass->net->layers[k - 1].stride;
    float *d = pass->traces[k - 1].d + from * stride;
    pass->kernels->product(&(spl_product){.rows = to - from,
                                          .inner = layer->outputs,
                                          .columns = (uint32_t)stride,
                                          .a = t->d + at,
                                          .a_row = layer->stride,
                                          .a_inner = 1,
                                          .b = t->back,
                                          .b_row = stride,
                                          .c = d,
                                          .c_row = stride});
    const trace *before = &pass->traces[k - 1];
    pass->kernels->deactivate((to - from) * stride, before->h + from * stride, before->draw ? pass->boost : 1, d);
}

static void column_part(void *owner, uint32_t part, uint32_t thread)
{
    (void)thread;
    spl_pass *pass = owner;
    const spl_net_layer *layer = &pass->net->layers[pass->layer];
    trace *t = &pass->traces[pass->layer];
    spl_columns columns = part_columns(pass, part);
    float *beta = pass->gradient + (layer->beta - pass->net->parameters);
    float *gamma = pass->gradient + (layer->gamma - pass->net->parameters);
    pass->kernels->column_sums(&columns, t->d, t->z, t->mean, t->spread, beta, gamma);
    for (uint32_t c = columns.from; c < columns.to; c++) {
        t->factor[c] = t->scale[c];
        t->offset[c] = t->factor[c] * beta[c] / (float)pass->rows;
        t->slope[c] = t->factor[c] * gamma[c] / (float)pass->rows * t->spread[c];
    }
}

// Rows of the weight's gradient; of the last layer also the bias's, as one row more.
static void weight_part(void *owner, uint32_t part, uint32_t thread)
{
    (void)thread;
    spl_pass *pass = owner;
    const spl_net_layer *layer = &pass->net->layers[pass->layer];
    uint32_t from = part * PART_INPUTS;
    spl_product product = {.inner = pass->rows,
                           .columns = layer->stride,
                           .b = pass->traces[pass->layer].d,
                           .b_row = layer->stride,
                           .c_row = layer->stride};
    if (from < layer->inputs) {
        product.rows = layer->inputs - from < PART_INPUTS ? layer->inputs - from : PART_INPUTS;
        product.a = layer_inputs(pass, pass->layer, &product.a_inner) + from;
        product.a_row = 1;
        product.c = pass->gradient + (layer->weight - pass->net->parameters) + (size_t)from * layer->stride;
    } else {
        product.rows = 1;
        product.a = &ONE;
        product.c = pass->gradient + (layer->bias - pass->net->parameters);
    }
    pass->kernels->product(&product);
}

static bool all_finite(const float *x, size_t count)
{
    int bad = 0;
    for (size_t i = 0; i < count; i++) bad |= !(fabsf(x[i]) <= FLT_MAX);
    return !bad;
}

bool spl_pass_backward(spl_pass *pass, const spl_net *net)
{
    for (uint32_t k = pass->last;; k--) {
        const spl_net_layer *layer = &net->layers[k];
        uint32_t inputs = parts_of(layer->inputs, PART_INPUTS);
        if (layer->hidden) run(pass, k, layer->stride / SPL_MATRIX_LANES, column_part);
        if (k > pass->first) {
            spl_matrix_transpose(layer->inputs, layer->outputs, layer->weight, layer->stride, pass->traces[k].back,
                                 net->layers[k - 1].stride);
        }
        run(pass, k, parts_of(pass->rows, PART_ROWS), backward_part);
        run(pass, k, inputs + !layer->hidden, weight_part);
        if (k == pass->first) break;
    }
    return all_finite(pass->gradient, pass->gradient_count);
}
