// SPDX-License-Identifier: GPL-3.0-or-later
// The features of a linear policy, fitted to the contexts alone (no reward is looked at).
//
// A number becomes its whole range, cut at its 1 % and 99 % quantiles, and up to eight pieces between its octiles:
// each piece rises from 0 to 1 over its part of the range and stays there. A linear score over them is a
// piecewise linear function of the number (the encoding of Gorishniy et al. 2022), so skewed and spiked numbers need
// no transformation, and what holds only above some value can be learned. A text becomes one-hot over its most
// frequent values, a boolean one entry. What never varies becomes nothing.
#ifndef SAMPLIT_LINEAR_SCHEMA_H
#define SAMPLIT_LINEAR_SCHEMA_H

#include "data/schema_spec.h"
#include "learn/bandit/linear_sheet.h"

#define SPL_LINEAR_PIECES 8
#define SPL_LINEAR_WIDTH_MAX                                                                                           \
    384 // entries; where more would come of it, texts keep fewer values and numbers fewer pieces

// Fails when no attribute varies, or when there are too many attributes even so.
bool spl_linear_schema(const spl_sheet *sheet, const char *name, spl_schema_spec **out, spl_error *error);

#endif
