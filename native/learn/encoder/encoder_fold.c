// SPDX-License-Identifier: GPL-3.0-or-later
// Between the net that learns and the encoder that is served. In evaluation mode batch norm is a fixed line per column,
// y = s z + t with s = gamma / sqrt(variance + eps), so s goes into the weights and t into the bias. Done in double and
// rounded once, which keeps embeddings within 1e-6 of the unfolded net's.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/encoder/encoder_infer.h"
#include "learn/encoder/matrix.h"

#define CALIBRATION_ROWS 4096

static size_t layer_floats(const spl_net_layer *layer)
{
    return ((size_t)layer->inputs + 1) * layer->outputs;
}

static void fold_layer(const spl_net_layer *layer, float *weight, float *bias)
{
    for (uint32_t o = 0; o < layer->outputs; o++) {
        double scale = 1, shift = 0;
        if (layer->hidden) {
            scale = (double)layer->gamma[o] / sqrt((double)layer->variance[o] + (double)SPL_NET_EPSILON);
            shift = (double)layer->beta[o] - (double)layer->mean[o] * scale;
        }
        bias[o] = (float)((double)layer->bias[o] * scale + shift);
        for (uint32_t i = 0; i < layer->inputs; i++) {
            weight[(size_t)i * layer->outputs + o] =
                (float)((double)layer->weight[(size_t)i * layer->stride + o] * scale);
        }
    }
}

bool spl_net_fold(const spl_net *net, spl_net_folded *out, spl_error *error)
{
    size_t floats = 0;
    for (uint32_t i = 0; i < net->shape.layer_count; i++) floats += layer_floats(&net->layers[i]);
    float *memory = malloc(floats * sizeof *memory), *next = memory;
    if (!memory) return spl_fail(error, "out of memory");
    *out = (spl_net_folded){.encoder = {.layer_count = net->shape.layer_count}, .memory = memory};
    for (uint32_t i = 0; i < net->shape.layer_count; i++) {
        const spl_net_layer *layer = &net->layers[i];
        float *bias = next + (size_t)layer->inputs * layer->outputs;
        fold_layer(layer, next, bias);
        out->encoder.layers[i] = (spl_layer){layer->inputs, layer->outputs, next, bias};
        next += layer_floats(layer);
    }
    return true;
}

void spl_net_folded_free(spl_net_folded *folded)
{
    free(folded->memory);
    *folded = (spl_net_folded){0};
}

static void unfold_weights(spl_net_layer *layer, const spl_layer *from)
{
    for (uint32_t i = 0; i < layer->inputs; i++) {
        memcpy(layer->weight + (size_t)i * layer->stride, from->weight + (size_t)i * from->outputs,
               from->outputs * sizeof(float));
    }
    memcpy(layer->bias, from->bias, from->outputs * sizeof(float));
}

// Statistics of layer k's z over the rows, and the gamma and beta that give z back.
static bool calibrate(spl_net *net, uint32_t k, const float *x, uint32_t n, float *z, spl_error *error)
{
    spl_net_layer *layer = &net->layers[k];
    spl_inference up_to = {.net = net, .last = k + 1, .x = x, .n = n, .stride = net->shape.width[0], .linear = true};
    if (!spl_net_infer(&up_to, NULL, z, error)) return false;
    spl_columns columns = {n, 0, layer->stride, layer->stride};
    spl_matrix_kernels_of(spl_kernel_best())->moments(&columns, z, layer->mean, layer->variance);
    for (uint32_t c = 0; c < layer->outputs; c++) {
        layer->variance[c] *= (float)n / (float)(n - 1);
        layer->gamma[c] = sqrtf(layer->variance[c] + SPL_NET_EPSILON);
        layer->beta[c] = layer->mean[c];
    }
    return true;
}

bool spl_net_of_encoder(const spl_encoder *encoder, const float *x, uint32_t n, spl_net **out, spl_error *error)
{
    if (n < 2) return spl_fail(error, "batch norm's statistics need at least 2 rows, not %u", n);
    spl_net_shape shape = {.layer_count = encoder->layer_count};
    if (encoder->layer_count) shape.width[0] = encoder->layers[0].inputs;
    uint32_t widest = 0;
    for (uint32_t i = 0; i < encoder->layer_count; i++) {
        shape.width[i + 1] = encoder->layers[i].outputs;
        if (encoder->layers[i].outputs > widest) widest = encoder->layers[i].outputs;
    }
    spl_net *net;
    if (!spl_net_new(&shape, 0, &net, error)) return false;
    if (n > CALIBRATION_ROWS) n = CALIBRATION_ROWS;
    float *z = malloc((size_t)n * spl_matrix_pad(widest) * sizeof *z);
    bool done = z || spl_fail(error, "out of memory");
    for (uint32_t k = 0; k < shape.layer_count; k++) unfold_weights(&net->layers[k], &encoder->layers[k]);
    for (uint32_t k = 0; done && k + 1 < shape.layer_count; k++) done = calibrate(net, k, x, n, z, error);
    free(z);
    if (done)
        *out = net;
    else
        spl_net_free(net);
    return done;
}
