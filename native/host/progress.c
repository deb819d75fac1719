// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "host/clock.h"

#define CALLS_PER_LOOK 1024
#define SILENT_S 2.0 // short work shows nothing
#define REDRAW_S 0.2

spl_progress spl_progress_start(const char *what)
{
    return (spl_progress){.what = what, .started_s = spl_clock_s(), .on = isatty(STDERR_FILENO) == 1};
}

spl_progress spl_progress_wait(const char *what)
{
    spl_progress progress = spl_progress_start(what);
    if (!progress.on) return progress;
    fprintf(stderr, "%s...", what);
    fflush(stderr);
    progress.shown_s = progress.started_s;
    return progress;
}

void spl_progress_step(spl_progress *progress, uint64_t done, double fraction)
{
    if (!progress->on || ++progress->calls % CALLS_PER_LOOK != 0) return;
    double now = spl_clock_s();
    if (now - progress->started_s < SILENT_S || now - progress->shown_s < REDRAW_S) return;
    progress->shown_s = now;
    double rate = (double)done / (now - progress->started_s);
    fprintf(stderr, "\r\033[K%s: %" PRIu64, progress->what, done);
    if (fraction >= 0) fprintf(stderr, " (%.0f %%)", 100 * (fraction < 1 ? fraction : 1));
    fprintf(stderr, ", %.0f per second", rate);
    fflush(stderr);
}

void spl_progress_end(spl_progress *progress)
{
    if (progress->shown_s > 0) fputs("\r\033[K", stderr);
    progress->on = false;
    progress->shown_s = 0;
}
