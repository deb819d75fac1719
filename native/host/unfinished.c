// SPDX-License-Identifier: GPL-3.0-or-later
// A signal can come between any two instructions, so the handler calls only what POSIX allows there
// (unlink, raise) and finds the paths in an array of atomic pointers. Signals wait while a file is
// made, so that none comes between its birth and its entry in the array.
#include "host/unfinished.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define FILES_MAX 16

static _Atomic(const char *) files[FILES_MAX];

static const int SIGNALS[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
#define SIGNAL_COUNT (sizeof SIGNALS / sizeof *SIGNALS)

static void replace(const char *old, const char *new)
{
    for (size_t i = 0; i < FILES_MAX; i++) {
        const char *expected = old;
        if (atomic_compare_exchange_strong(&files[i], &expected, new)) return;
    }
}

int spl_unfinished_make(char *path)
{
    sigset_t ours, before;
    sigemptyset(&ours);
    for (size_t i = 0; i < SIGNAL_COUNT; i++) sigaddset(&ours, SIGNALS[i]);
    sigprocmask(SIG_BLOCK, &ours, &before);
    int fd = mkstemp(path), reason = errno;
    if (fd >= 0) replace(NULL, path);
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = reason;
    return fd;
}

void spl_unfinished_forget(const char *path)
{
    if (path) replace(path, NULL);
}

// The signal is raised again with its default action, which waits until this handler returns.
static void remove_all(int number)
{
    for (size_t i = 0; i < FILES_MAX; i++) {
        const char *path = atomic_load(&files[i]);
        if (path) unlink(path);
    }
    raise(number);
}

void spl_unfinished_guard(void)
{
    struct sigaction action = {.sa_handler = remove_all, .sa_flags = SA_RESETHAND}, before;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNAL_COUNT; i++) sigaddset(&action.sa_mask, SIGNALS[i]);
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        if (sigaction(SIGNALS[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
            sigaction(SIGNALS[i], &action, NULL);
    }
}
