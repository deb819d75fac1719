// SPDX-License-Identifier: MIT
// Generated encoders and the digest of what they give: one number that every build must print.
#ifndef ENCODER_GOLDEN_H
#define ENCODER_GOLDEN_H

#include "samplit/encoder.h"

#define GOLDEN_DIGEST 0xD0ACBC1AD4B532FCu

// Values in [-scale, scale) with 24 random bits, drawn from `stream`.
void golden_fill(float *values, size_t n, uint64_t stream, float scale);

// XXH64 over the embeddings of 200 networks of 1 to 4 layers, some of them with subnormal weights
// or with weights that overflow.
uint64_t golden_digest(spl_kernel kernel);

#endif
