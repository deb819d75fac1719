// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/encoder/encoder_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/encoder/encoder_random.h"
#include "learn/encoder/matrix.h"

_Static_assert(SPL_NET_LANES == SPL_MATRIX_LANES, "rows of weights are rows of matrices");

spl_net_shape spl_net_shape_default(uint32_t inputs)
{
    return (spl_net_shape){.layer_count = 3, .width = {inputs, 64, 48, 32}};
}

static bool check_shape(const spl_net_shape *shape, spl_error *error)
{
    if (shape->layer_count < 1 || shape->layer_count > SPL_ENCODER_LAYERS_MAX) {
        return spl_fail(error, "an encoder has 1 to %d layers, not %u", SPL_ENCODER_LAYERS_MAX, shape->layer_count);
    }
    for (uint32_t i = 0; i <= shape->layer_count; i++) {
        if (shape->width[i] < 1 || shape->width[i] > SPL_ENCODER_WIDTH_MAX) {
            return spl_fail(error, "a layer is 1 to %d wide, not %u", SPL_ENCODER_WIDTH_MAX, shape->width[i]);
        }
    }
    return true;
}

static float *take(float **from, size_t count)
{
    float *taken = *from;
    *from += count;
    return taken;
}

static void place_layers(spl_net *net)
{
    float *parameters = net->parameters, *statistics = net->statistics;
    for (uint32_t i = 0; i < net->shape.layer_count; i++) {
        spl_net_layer *layer = &net->layers[i];
        layer->weight = take(&parameters, (size_t)layer->inputs * layer->stride);
        layer->bias = take(&parameters, layer->stride);
        if (!layer->hidden) continue;
        layer->gamma = take(&parameters, layer->stride);
        layer->beta = take(&parameters, layer->stride);
        layer->mean = take(&statistics, layer->stride);
        layer->variance = take(&statistics, layer->stride);
    }
}

static void measure_layers(spl_net *net)
{
    for (uint32_t i = 0; i < net->shape.layer_count; i++) {
        spl_net_layer *layer = &net->layers[i];
        layer->inputs = net->shape.width[i];
        layer->outputs = net->shape.width[i + 1];
        layer->stride = spl_matrix_pad(layer->outputs);
        layer->hidden = i + 1 < net->shape.layer_count;
        net->parameter_count += ((size_t)layer->inputs + (layer->hidden ? 3 : 1)) * layer->stride;
        net->statistic_count += layer->hidden ? 2 * (size_t)layer->stride : 0;
    }
}

// All zeros.
static bool net_empty(const spl_net_shape *shape, spl_net **out, spl_error *error)
{
    if (!check_shape(shape, error)) return false;
    spl_net *net = calloc(1, sizeof *net);
    if (!net) return spl_fail(error, "out of memory");
    net->shape = *shape;
    measure_layers(net);
    net->parameters = calloc(net->parameter_count, sizeof(float));
    net->statistics = calloc(net->statistic_count + 1, sizeof(float));
    if (!net->parameters || !net->statistics) {
        spl_net_free(net);
        return spl_fail(error, "out of memory");
    }
    place_layers(net);
    *out = net;
    return true;
}

static float draw_weight(uint64_t seed, uint64_t at, uint32_t layer, double bound)
{
    double u[2];
    spl_uniform2(seed, at, SPL_STREAM_INIT, layer, u);
    return (float)((2 * u[0] - 1) * bound);
}

// Draws are numbered as in PyTorch's layout (outputs, inputs), the biases after the weights.
static void draw_layer(spl_net_layer *layer, uint32_t index, uint64_t seed)
{
    double bound = 1 / sqrt(layer->inputs);
    uint64_t weights = (uint64_t)layer->inputs * layer->outputs;
    for (uint32_t o = 0; o < layer->outputs; o++) {
        for (uint32_t i = 0; i < layer->inputs; i++) {
            uint64_t at = (uint64_t)o * layer->inputs + i;
            layer->weight[(size_t)i * layer->stride + o] = draw_weight(seed, at, index, bound);
        }
        layer->bias[o] = draw_weight(seed, weights + o, index, bound);
    }
}

static void reset_statistics(spl_net_layer *layer)
{
    for (uint32_t c = 0; layer->hidden && c < layer->stride; c++) layer->mean[c] = 0, layer->variance[c] = 1;
    layer->batches = 0;
}

bool spl_net_new(const spl_net_shape *shape, uint64_t seed, spl_net **out, spl_error *error)
{
    spl_net *net;
    if (!net_empty(shape, &net, error)) return false;
    for (uint32_t i = 0; i < shape->layer_count; i++) {
        spl_net_layer *layer = &net->layers[i];
        draw_layer(layer, i, seed);
        reset_statistics(layer);
        for (uint32_t c = 0; layer->hidden && c < layer->outputs; c++) layer->gamma[c] = 1;
    }
    *out = net;
    return true;
}

void spl_net_assign(spl_net *to, const spl_net *from)
{
    memcpy(to->parameters, from->parameters, from->parameter_count * sizeof(float));
    memcpy(to->statistics, from->statistics, from->statistic_count * sizeof(float));
    for (uint32_t i = 0; i < from->shape.layer_count; i++) to->layers[i].batches = from->layers[i].batches;
}

bool spl_net_copy(const spl_net *net, spl_net **out, spl_error *error)
{
    if (!net_empty(&net->shape, out, error)) return false;
    spl_net_assign(*out, net);
    return true;
}

static void copy_layer(spl_net_layer *to, const spl_net_layer *from)
{
    size_t row = from->stride * sizeof(float);
    memcpy(to->weight, from->weight, from->inputs * row);
    memcpy(to->bias, from->bias, row);
    if (from->hidden) {
        memcpy(to->gamma, from->gamma, row);
        memcpy(to->beta, from->beta, row);
        memcpy(to->mean, from->mean, row);
        memcpy(to->variance, from->variance, row);
    }
    to->batches = from->batches;
}

bool spl_net_replace_input(const spl_net *net, uint32_t inputs, uint64_t seed, spl_net **out, spl_error *error)
{
    spl_net_shape shape = net->shape;
    shape.width[0] = inputs;
    spl_net *fresh;
    if (!spl_net_new(&shape, seed, &fresh, error)) return false;
    for (uint32_t i = 1; i < shape.layer_count; i++) copy_layer(&fresh->layers[i], &net->layers[i]);
    spl_net_layer *first = &fresh->layers[0];
    if (first->hidden) {
        memcpy(first->gamma, net->layers[0].gamma, first->stride * sizeof(float));
        memcpy(first->beta, net->layers[0].beta, first->stride * sizeof(float));
    }
    *out = fresh;
    return true;
}

void spl_net_free(spl_net *net)
{
    if (!net) return;
    free(net->parameters);
    free(net->statistics);
    free(net);
}
