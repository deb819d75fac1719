// SPDX-License-Identifier: GPL-3.0-or-later
// The net in evaluation mode, over many rows: what validation, frozen layers and the comparison with the folded encoder
// need.
#ifndef SAMPLIT_ENCODER_INFER_H
#define SAMPLIT_ENCODER_INFER_H

#include "learn/encoder/encoder_net.h"

// Rows of x, `stride` floats apart, through layers [first, last): out (n, spl_matrix_pad(outputs of the last of them)),
// padded with zeros. A hidden layer ends with batch norm (running statistics) and ReLU; the net's last layer with the
// L2 norm, where a zero or not finite vector becomes zeros as in the core. Needs first < last.
typedef struct spl_inference {
    const spl_net *net;
    uint32_t first, last;
    const float *x;
    uint32_t n;
    size_t stride;
    bool linear; // leave out what follows the product of the last of these layers
} spl_inference;

bool spl_net_infer(const spl_inference *inference, spl_pool *pool, float *out, spl_error *error);

#endif
