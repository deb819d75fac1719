// SPDX-License-Identifier: GPL-3.0-or-later
// The encoder while it can still learn: (dense, batch norm, ReLU, dropout)*, dense, L2 norm. What the core runs is
// this with batch norm folded into the weights. Results depend on neither the number of threads nor the CPU.
#ifndef SAMPLIT_ENCODER_NET_H
#define SAMPLIT_ENCODER_NET_H

#include "host/error.h"
#include "host/pool.h"
#include "samplit/encoder.h"

#define SPL_NET_LANES 16      // rows of weights are padded with zeros to a multiple of this
#define SPL_NET_EPSILON 1e-5f // added to variances, as PyTorch's BatchNorm1d does

typedef struct spl_net_shape {
    uint32_t layer_count;                       // 1 to SPL_ENCODER_LAYERS_MAX
    uint32_t width[SPL_ENCODER_LAYERS_MAX + 1]; // inputs, then the outputs of each layer; 1 to SPL_ENCODER_WIDTH_MAX
} spl_net_shape;

// inputs-64-48-32.
spl_net_shape spl_net_shape_default(uint32_t inputs);

// A hidden layer (all but the last) is followed by batch norm, ReLU and, in training, dropout.
typedef struct spl_net_layer {
    uint32_t inputs, outputs;
    uint32_t stride; // outputs rounded up to SPL_NET_LANES
    bool hidden;
    float *weight;          // (inputs, stride): input-major as in the core, not as in PyTorch
    float *bias;            // [stride]
    float *gamma, *beta;    // [stride] hidden only, else NULL
    float *mean, *variance; // [stride] running statistics; hidden only, else NULL
    uint64_t batches;       // seen by the running statistics
} spl_net_layer;

// Parameters stand in one array, running statistics in another, in order of layers, so that what concerns all of
// them (Adam, copies) is one loop. Padding is 0 in all of them, but 1 in `variance`.
typedef struct spl_net {
    spl_net_shape shape;
    spl_net_layer layers[SPL_ENCODER_LAYERS_MAX];
    size_t parameter_count, statistic_count; // padding included
    float *parameters, *statistics;
} spl_net;

// Weights and biases uniform in ±1/sqrt(inputs) (PyTorch's default for Linear: He et al. 2015 with a = sqrt 5), gamma
// 1, beta 0, mean 0, variance 1. The same seed gives the same net; layers draw from streams of their own.
bool spl_net_new(const spl_net_shape *shape, uint64_t seed, spl_net **out, spl_error *error);
bool spl_net_copy(const spl_net *net, spl_net **out, spl_error *error);
void spl_net_assign(spl_net *to, const spl_net *from); // equal shapes
void spl_net_free(spl_net *net);                       // NULL is fine

// The trainable form of a folded encoder. What its batch norm once was is lost, so the statistics are taken
// from rows: x (n, inputs), n >= 2, and gamma and beta set so that the embeddings of any row stay as they were (within
// rounding) while training starts from activations of the right scale.
bool spl_net_of_encoder(const spl_encoder *encoder, const float *x, uint32_t n, spl_net **out, spl_error *error);

// The same net for rows of another schema: the first layer's weights, biases and running statistics are drawn anew, its
// gamma and beta stay (they say how the next layer likes its inputs).
bool spl_net_replace_input(const spl_net *net, uint32_t inputs, uint64_t seed, spl_net **out, spl_error *error);

// Batch norm folded: the core's encoder, views into `memory`.
typedef struct spl_net_folded {
    spl_encoder encoder;
    float *memory;
} spl_net_folded;

bool spl_net_fold(const spl_net *net, spl_net_folded *out, spl_error *error);
void spl_net_folded_free(spl_net_folded *folded); // a zeroed one is fine

// out (n, outputs) = the embeddings of x (n, inputs) in evaluation mode: running statistics, no dropout, not folded.
bool spl_net_embed(const spl_net *net, const float *x, uint32_t n, spl_pool *pool, float *out, spl_error *error);

#endif
