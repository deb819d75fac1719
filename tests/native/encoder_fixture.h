// SPDX-License-Identifier: MIT
// Rows with labels, what PyTorch expects, and the network once more: plainly, in double.
#ifndef ENCODER_FIXTURE_H
#define ENCODER_FIXTURE_H

#include "learn/encoder/encoder_train.h"
#include "learn/encoder/loss_triplets.h"

// Blobs: row i is of class i % classes; each class has a centre, rows lie around it with the given spread. From malloc.
typedef struct blobs {
    spl_encoder_rows rows;
    float *x;
    int32_t *label;
} blobs;
blobs blobs_new(uint32_t n, uint32_t d, uint32_t classes, double spread, uint64_t seed);
void blobs_free(blobs *b);

// tests/vectors/encoder/NAME.safetensors
spl_state_dict *torch_vectors(const char *name);
const void *torch_tensor(const spl_state_dict *dict, const char *name);

spl_net *net_of(uint32_t layers, const uint32_t *width, uint64_t seed);

// The loss of a batch in training mode as plainly as can be; dropout's draws are those that matrix.h documents.
typedef struct plain_batch {
    const float *x; // (rows, inputs)
    uint32_t rows;
    const spl_triplet *triplets;
    uint32_t count;
    spl_loss loss;
    double margin, dropout;
    uint64_t seed;
    uint32_t step;
} plain_batch;

// `nudged` of net->parameters counts as its value plus `by`.
double plain_loss(const spl_net *net, const plain_batch *batch, size_t nudged, double by);

#endif
