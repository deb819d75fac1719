// SPDX-License-Identifier: GPL-3.0-or-later
// One line of progress on standard error, only on a terminal and only after two seconds.
#ifndef SAMPLIT_PROGRESS_H
#define SAMPLIT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct spl_progress {
    const char *what; // "learning"
    double started_s, shown_s;
    uint32_t calls;
    bool on;
} spl_progress;

spl_progress spl_progress_start(const char *what);

// For seconds that cannot be counted: shown at once, until spl_progress_end.
spl_progress spl_progress_wait(const char *what);

// Cheap enough for every line: looks at the clock only every 1024 calls. `fraction` in [0, 1], or below 0.
void spl_progress_step(spl_progress *progress, uint64_t done, double fraction);

void spl_progress_end(spl_progress *progress); // clears the line

#endif
