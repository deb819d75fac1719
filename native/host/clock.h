// SPDX-License-Identifier: GPL-3.0-or-later
// How long things take. Nothing that is learned or decided knows the time.
#ifndef SAMPLIT_CLOCK_H
#define SAMPLIT_CLOCK_H

// Seconds since some moment in the past, always forwards.
double spl_clock_s(void);

#endif
