// SPDX-License-Identifier: GPL-3.0-or-later
// State dicts as safetensors files: what PyTorch users save, and what a training leaves after every epoch.
#ifndef SAMPLIT_STATE_DICT_FILE_H
#define SAMPLIT_STATE_DICT_FILE_H

#include "learn/encoder/encoder_checkpoint.h"

// From bytes, which are copied; from a file ("-" is standard input). The error names the tensor or header field.
bool spl_state_dict_read(const uint8_t *data, size_t size, spl_state_dict **out, spl_error *error);
bool spl_state_dict_file_read(const char *path, spl_state_dict **out, spl_error *error);

// The bytes, from malloc; equal dicts give equal bytes. The file appears when it is complete: written, synced, renamed.
bool spl_state_dict_write(const spl_state_dict *dict, uint8_t **data, size_t *size, spl_error *error);
bool spl_state_dict_file_write(const char *path, const spl_state_dict *dict, spl_error *error);

// Whether the file's header has weights and no "format": a state dict, maybe of another net, but not a bundle.
bool spl_state_dict_looks_like(const uint8_t *data, size_t size);

#endif
