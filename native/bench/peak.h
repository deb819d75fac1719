// SPDX-License-Identifier: GPL-3.0-or-later
// The limit that the encoder is held against: how many float products and sums, rounded apart, one
// core can do with the lanes that a kernel uses.
#ifndef SAMPLIT_PEAK_H
#define SAMPLIT_PEAK_H

#include <stdint.h>

#include "samplit/encoder.h"

// Products (and as many sums) that spl_peak_run does per count with that kernel's lanes.
uint32_t spl_peak_products(spl_kernel kernel);

// `count` rounds over independent accumulators in registers. `kernel` must be usable here.
void spl_peak_run(spl_kernel kernel, uint32_t count);

#endif
