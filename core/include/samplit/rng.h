// SPDX-License-Identifier: MIT
// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3",
// SC11): a counter-based generator. There is no state to keep, so any draw can be repeated from
// its key and counter alone.
#ifndef SAMPLIT_RNG_H
#define SAMPLIT_RNG_H

#include <stdint.h>

// Streams keep draws for different purposes apart; values are append-only.
typedef enum spl_stream {
    SPL_STREAM_ASSIGN = 0,   // the exponential race
    SPL_STREAM_SIMULATE = 1, // visitors and outcomes of the simulator
    SPL_STREAM_TEST = 2,     // generated test cases
    SPL_STREAM_LEARN = 3,    // random units of a layer; order and draws of a benchmark
    SPL_STREAM_ENTER = 4,    // who is held out, and who takes part
} spl_stream;

// out = the ten-round Philox block of this counter and key.
void spl_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

// Two uniform doubles in (0, 1), never 0 or 1, with 52 random bits each:
// (top 52 bits of a 64-bit word + 1/2) * 2^-52, exactly; the words are (block[1], block[0]) and
// (block[3], block[2]), high half first, of the block with
// key = seed (low word first), counter = (unit low, unit high, stream, index).
void spl_uniform2(uint64_t seed, uint64_t unit, uint32_t stream, uint32_t index, double out[2]);

#endif
