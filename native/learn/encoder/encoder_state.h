// SPDX-License-Identifier: GPL-3.0-or-later
// Tensors of a state dict put and taken, for checkpoints of nets and of trainings.
#ifndef SAMPLIT_ENCODER_STATE_H
#define SAMPLIT_ENCODER_STATE_H

#include "learn/encoder/encoder_checkpoint.h"

#define SPL_STATE_NAME 96   // bytes of a name, terminator included
#define SPL_STATE_MODULES 4 // of a hidden layer: Linear, BatchNorm1d, ReLU, Dropout
#define SPL_STATE_TENSORS 7 // of a hidden layer
#define SPL_STATE_BEST "samplit.best."

typedef struct spl_state_builder {
    spl_state_dict *dict;
    uint32_t tensors_max;
    uint8_t *next;
} spl_state_builder;

// Room for so many tensors of `bytes` data together.
bool spl_state_build(spl_state_builder *builder, uint32_t tensors, size_t bytes, spl_error *error);

// A new tensor, whose data the caller fills; 8-byte aligned. F32, F64 or I64.
void *spl_state_put(spl_state_builder *builder, spl_dtype dtype, uint32_t dims, uint64_t rows, uint64_t columns,
                    const char *prefix, const char *name);

// All tensors of a net, the names after `prefix`; without `statistics` its parameters only.
void spl_state_put_net(spl_state_builder *builder, const char *prefix, const spl_net *net, bool statistics);
size_t spl_state_net_bytes(const spl_net *net);

// The data of a tensor that must be there with this dtype and shape; else NULL and an error that names it.
const void *spl_state_get(const spl_state_dict *dict, const char *prefix, const char *suffix, spl_dtype dtype,
                          uint32_t dims, uint64_t rows, uint64_t columns, spl_error *error);
// Fills a net of known shape; on failure it may be half filled.
bool spl_state_get_net(const spl_state_dict *dict, const char *prefix, spl_net *net, bool statistics, spl_error *error);

#endif
