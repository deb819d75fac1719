// SPDX-License-Identifier: GPL-3.0-or-later
// Where a sample ratio mismatch sits: the values of attributes and the days on which variants were served too often or
// too seldom.
#ifndef SAMPLIT_ANALYZE_LEAKS_H
#define SAMPLIT_ANALYZE_LEAKS_H

#include "analyze/build.h"

#define SPL_LEAKS_MAX 10

void spl_build_leaks(spl_build *build);

#endif
