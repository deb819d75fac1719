// SPDX-License-Identifier: GPL-3.0-or-later
// A net as a PyTorch state dict, in memory; bundle/state_dict_file.h reads and writes it as safetensors.
//
// The names are those of Sequential(Linear, BatchNorm1d, ReLU, Dropout, Linear, …, Linear): layer k's Linear is module
// 4k and its BatchNorm1d 4k + 1. The L2 norm has no parameters and is not part of it.
//
//     "4k.weight" F32 (outputs, inputs)    "4k.bias" F32 [outputs]
//     "4k+1.weight", "4k+1.bias", "4k+1.running_mean", "4k+1.running_var" F32 [outputs]
//     "4k+1.num_batches_tracked" I64 []
//
// Tensors whose names begin with "samplit." are of a training under way (encoder_train.h) and no part of the net.
#ifndef SAMPLIT_ENCODER_CHECKPOINT_H
#define SAMPLIT_ENCODER_CHECKPOINT_H

#include "learn/encoder/encoder_net.h"
#include "samplit/bundle.h"

#define SPL_I64 SPL_DTYPE_OTHER8 // the only safetensors dtype of that kind

typedef struct spl_state_dict {
    uint32_t count;
    spl_tensor *tensors;
    void *memory; // names and data, where this dict owns them
} spl_state_dict;

// The tensor of that name, or NULL.
const spl_tensor *spl_state_dict_find(const spl_state_dict *dict, const char *name);

// The net that the dict describes: as many layers as it has names. Of a training under way it is the best epoch's, not
// the last one's, which the plain names hold. Fails, naming the tensor, on one that is missing or unknown, has another
// dtype or shape than its neighbours ask for, or a value that is not finite (a variance below 0).
bool spl_state_dict_net(const spl_state_dict *dict, spl_net **out, spl_error *error);

// The dict of a net.
bool spl_state_dict_of_net(const spl_net *net, spl_state_dict **out, spl_error *error);

void spl_state_dict_free(spl_state_dict *dict); // NULL is fine

#endif
