// SPDX-License-Identifier: MIT
#include "encoder_fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/state_dict_file.h"
#include "learn/encoder/encoder_random.h"
#include "samplit/num.h"
#include "testing.h"

static double normal(uint64_t seed, uint64_t at, uint32_t index)
{
    double u[2];
    spl_uniform2(seed, at, SPL_STREAM_TEST, index, u);
    return sqrt(-2 * spl_log(u[0])) * spl_cos(6.283185307179586 * u[1]);
}

blobs blobs_new(uint32_t n, uint32_t d, uint32_t classes, double spread, uint64_t seed)
{
    blobs b = {.x = malloc((size_t)n * d * sizeof(float)), .label = malloc(n * sizeof(int32_t))};
    for (uint32_t i = 0; i < n; i++) {
        b.label[i] = (int32_t)(i % classes);
        for (uint32_t j = 0; j < d; j++) {
            double centre = normal(7, i % classes * d + j, 0);
            b.x[(size_t)i * d + j] = (float)(centre + spread * normal(seed, (uint64_t)i * d + j, 1));
        }
    }
    b.rows = (spl_encoder_rows){b.x, b.label, n, d};
    return b;
}

void blobs_free(blobs *b)
{
    free(b->x);
    free(b->label);
}

spl_state_dict *torch_vectors(const char *name)
{
    char path[512];
    spl_state_dict *dict;
    spl_error error;
    snprintf(path, sizeof path, "%s/tests/vectors/encoder/%s.safetensors", SAMPLIT_SOURCE, name);
    if (!spl_state_dict_file_read(path, &dict, &error)) fail_msg("%s: %s", path, error.text);
    return dict;
}

const void *torch_tensor(const spl_state_dict *dict, const char *name)
{
    const spl_tensor *tensor = spl_state_dict_find(dict, name);
    if (!tensor) fail_msg("no tensor %s", name);
    return tensor->data;
}

spl_net *net_of(uint32_t layers, const uint32_t *width, uint64_t seed)
{
    spl_net_shape shape = {.layer_count = layers};
    memcpy(shape.width, width, (layers + 1) * sizeof *width);
    spl_net *net;
    assert_true(spl_net_new(&shape, seed, &net, NULL));
    return net;
}

// The network, in double.

#define MOST 64 // rows and columns

typedef struct plain {
    const spl_net *net;
    const plain_batch *batch;
    size_t nudged;
    double by;
    double h[MOST][MOST], z[MOST][MOST];
} plain;

static double value(const plain *p, const float *parameter)
{
    return (double)*parameter + ((size_t)(parameter - p->net->parameters) == p->nudged ? p->by : 0);
}

static void plain_dense(plain *p, const spl_net_layer *layer)
{
    for (uint32_t r = 0; r < p->batch->rows; r++) {
        for (uint32_t o = 0; o < layer->outputs; o++) {
            p->z[r][o] = value(p, &layer->bias[o]);
            for (uint32_t i = 0; i < layer->inputs; i++)
                p->z[r][o] += p->h[r][i] * value(p, &layer->weight[(size_t)i * layer->stride + o]);
        }
    }
}

static bool stays(const plain *p, uint32_t layer, size_t entry)
{
    const plain_batch *b = p->batch;
    uint32_t key[2] = {(uint32_t)b->seed, (uint32_t)(b->seed >> 32)}, block[4], in = (uint32_t)(entry % 128);
    uint32_t counter[4] = {(uint32_t)(entry / 128) * 16 + in % 64 / 4, 0, SPL_STREAM_DROPOUT + layer, b->step};
    spl_philox(counter, key, block);
    uint32_t word = block[in / 64 * 2 + in % 4 / 2];
    return (in % 2 ? word >> 16 : word & 0xFFFF) >= (uint32_t)(b->dropout * 65536 + 0.5);
}

static void plain_norm(plain *p, const spl_net_layer *layer, uint32_t k)
{
    uint32_t n = p->batch->rows;
    double keep = 1 - floor(p->batch->dropout * 65536 + 0.5) / 65536;
    for (uint32_t c = 0; c < layer->outputs; c++) {
        double mean = 0, variance = 0;
        for (uint32_t r = 0; r < n; r++) mean += p->z[r][c] / n;
        for (uint32_t r = 0; r < n; r++) variance += (p->z[r][c] - mean) * (p->z[r][c] - mean) / n;
        for (uint32_t r = 0; r < n; r++) {
            double y = (p->z[r][c] - mean) / sqrt(variance + 1e-5);
            y = y * value(p, &layer->gamma[c]) + value(p, &layer->beta[c]);
            bool kept = p->batch->dropout == 0 || stays(p, k, (size_t)r * layer->stride + c);
            p->h[r][c] = y > 0 && kept ? y / keep : 0;
        }
    }
}

static double plain_distance(const plain *p, uint32_t a, uint32_t b, uint32_t width)
{
    double squares = 0;
    for (uint32_t c = 0; c < width; c++) squares += (p->h[a][c] - p->h[b][c]) * (p->h[a][c] - p->h[b][c]);
    return squares;
}

double plain_loss(const spl_net *net, const plain_batch *batch, size_t nudged, double by)
{
    static plain p;
    uint32_t layers = net->shape.layer_count, inputs = net->shape.width[0], width = net->shape.width[layers];
    p.net = net, p.batch = batch, p.nudged = nudged, p.by = by;
    for (uint32_t r = 0; r < batch->rows; r++)
        for (uint32_t i = 0; i < inputs; i++) p.h[r][i] = (double)batch->x[(size_t)r * inputs + i];
    for (uint32_t k = 0; k < layers; k++) {
        plain_dense(&p, &net->layers[k]);
        if (net->layers[k].hidden) plain_norm(&p, &net->layers[k], k);
    }
    for (uint32_t r = 0; r < batch->rows; r++) {
        double squares = 0;
        for (uint32_t c = 0; c < width; c++) squares += p.z[r][c] * p.z[r][c];
        for (uint32_t c = 0; c < width; c++) p.h[r][c] = p.z[r][c] / sqrt(squares);
    }
    double sum = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        const spl_triplet *t = &batch->triplets[i];
        double near = plain_distance(&p, t->anchor, t->positive, width);
        double far = plain_distance(&p, t->anchor, t->negative, width);
        double triplet = batch->margin + near - far, missing = batch->margin - sqrt(far);
        if (batch->loss == SPL_LOSS_TRIPLET) sum += triplet > 0 ? triplet : 0;
        if (batch->loss == SPL_LOSS_CONTRASTIVE) sum += near / 2 + (missing > 0 ? missing * missing / 2 : 0);
    }
    return sum / batch->count;
}
