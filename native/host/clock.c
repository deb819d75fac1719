// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/clock.h"

#include <time.h>

double spl_clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}
