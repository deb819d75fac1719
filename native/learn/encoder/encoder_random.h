// SPDX-License-Identifier: GPL-3.0-or-later
// Draws of training. Each purpose has a Philox stream of its own (the core's own streams are below 16), so that one
// more draw in one place moves no other.
#ifndef SAMPLIT_ENCODER_RANDOM_H
#define SAMPLIT_ENCODER_RANDOM_H

#include "samplit/rng.h"

enum {
    SPL_STREAM_INIT = 16,    // weights: unit = parameter, index = layer
    SPL_STREAM_SPLIT = 17,   // held-out rows
    SPL_STREAM_ROWS = 18,    // order of rows within a class: unit = (lap, class), index = epoch
    SPL_STREAM_CLASSES = 19, // order of classes
    SPL_STREAM_PICK = 20,    // positives and negatives: unit = anchor, index = step
    SPL_STREAM_DROPOUT = 32, // + layer
};

// Two 32-bit words of the block (unit, stream, index), each scaled to [0, below).
static inline uint32_t spl_random_below(uint64_t seed, uint64_t unit, uint32_t stream, uint32_t index, uint32_t below)
{
    uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t counter[4] = {(uint32_t)unit, (uint32_t)(unit >> 32), stream, index}, block[4];
    spl_philox(counter, key, block);
    return (uint32_t)((uint64_t)block[0] * below >> 32);
}

// Fisher-Yates over items[from..count). The draw for each place has its own unit.
static inline void spl_random_shuffle(uint64_t seed, uint32_t group, uint32_t stream, uint32_t index, uint32_t *items,
                                      uint32_t from, uint32_t count)
{
    for (uint32_t i = count; i > from + 1; i--) {
        uint32_t j = from + spl_random_below(seed, (uint64_t)group << 32 | i, stream, index, i - from);
        uint32_t item = items[i - 1];
        items[i - 1] = items[j];
        items[j] = item;
    }
}

#endif
