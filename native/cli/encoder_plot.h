// SPDX-License-Identifier: GPL-3.0-or-later
// The history of a training as an SVG: loss above, recall below, one line per member, readable on light and dark.
#ifndef SAMPLIT_ENCODER_PLOT_H
#define SAMPLIT_ENCODER_PLOT_H

#include "cli/encoder_training.h"

bool spl_encoder_plot(const spl_training *training, const char *path, spl_error *error);

#endif
