// SPDX-License-Identifier: GPL-3.0-or-later
// One batch through the net and back: the gradient of everything that is trained, written by hand for exactly this
// network (Ioffe & Szegedy 2015 for batch norm).
//
// Forward, layer by layer: z = h W + b; y = gamma (z - mean) / sqrt(variance + eps) + beta with the batch's own mean
// and biased variance; h = dropout(max(0, y)). The last layer's z, divided by its length, is the embedding. Of these
// only z and h are kept: h > 0 says which entries dropout and ReLU let through.
#ifndef SAMPLIT_ENCODER_PASS_H
#define SAMPLIT_ENCODER_PASS_H

#include "learn/encoder/encoder_net.h"

typedef struct spl_pass spl_pass;

// Buffers for batches of up to `rows` rows through the layers from `first` on; those before stay as they are. `net` is
// kept by the caller and changed between passes as he likes. A dropout of 0 keeps all.
bool spl_pass_new(const spl_net *net, uint32_t first, uint32_t rows, double dropout, uint64_t seed, spl_kernel kernel,
                  spl_pool *pool, spl_pass **out, spl_error *error);
void spl_pass_free(spl_pass *pass); // NULL is fine

// Where the batch's inputs go: row r at r * *stride, as many entries as layer `first` has inputs.
float *spl_pass_inputs(spl_pass *pass, size_t *stride);

// Embeddings (rows, *stride), padded with zeros. Running statistics are updated in `net`: momentum 0.1, unbiased
// variance, as PyTorch. rows >= 2, since one row has no variance. `step` numbers the dropout's draws. Returns false if
// a number on the way was not finite; the statistics are then spoilt too.
bool spl_pass_forward(spl_pass *pass, spl_net *net, uint32_t rows, uint32_t step);

const float *spl_pass_embeddings(const spl_pass *pass, size_t *stride);

// The gradient of the loss with respect to the embeddings, for the caller to fill (zeros at first).
float *spl_pass_embedding_gradient(spl_pass *pass);

// Fills the gradient of the parameters, laid out as net->parameters; entries of layers before `first` stay 0. Returns
// false if one is not finite.
bool spl_pass_backward(spl_pass *pass, const spl_net *net);
const float *spl_pass_gradient(const spl_pass *pass);

// Where the parameters of layer `layer` begin.
size_t spl_net_parameter_offset(const spl_net *net, uint32_t layer);

#endif
