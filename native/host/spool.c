// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/spool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/files.h"
#include "host/unfinished.h"

#define PART_BYTES (64u << 10)

// A file without a name.
static int open_temporary(void)
{
    char path[512];
    const char *folder = getenv("TMPDIR");
    int size = snprintf(path, sizeof path, "%s/samplit-XXXXXX", folder && *folder ? folder : P_tmpdir);
    if (size < 0 || (size_t)size >= sizeof path) return errno = ENAMETOOLONG, -1;
    int fd = spl_unfinished_make(path);
    if (fd < 0) return fd;
    unlink(path);
    spl_unfinished_forget(path);
    return fd;
}

static bool write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t done = write(fd, data, size);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        data += done;
        size -= (size_t)done;
    }
    return true;
}

static bool copy(spl_reader *input, int fd, spl_error *error)
{
    char part[PART_BYTES];
    long got;
    while ((got = spl_reader_bytes(input, part, sizeof part, error)) > 0) {
        if (!write_all(fd, part, (size_t)got))
            return spl_fail(error, "cannot keep the input in a temporary file: %s", strerror(errno));
    }
    return got == 0;
}

bool spl_spool_open(const char *path, spl_spool *out, spl_error *error)
{
    spl_reader *input;
    spl_spool spool = {.path = path, .fd = -1};
    if (!spl_path_is_stream(path)) {
        *out = spool;
        return true;
    }
    if (!spl_reader_open(path, &input, error)) return false;
    spool.fd = open_temporary();
    bool kept = spool.fd >= 0 ? copy(input, spool.fd, error)
                              : spl_fail(error, "cannot make a temporary file: %s", strerror(errno));
    spl_reader_close(input);
    if (!kept) {
        spl_spool_close(&spool);
        return spl_fail_at(error, path, 0);
    }
    snprintf(spool.kept, sizeof spool.kept, "/proc/self/fd/%d", spool.fd);
    *out = spool;
    return true;
}

void spl_spool_close(spl_spool *spool)
{
    if (spool->fd >= 0) close(spool->fd);
    spool->fd = -1;
}

const char *spl_spool_path(const spl_spool *spool)
{
    return spool->kept[0] ? spool->kept : spool->path;
}

bool spl_spool_blame(const spl_spool *spool, spl_error *error)
{
    if (error && spool->kept[0] && strcmp(error->file, spool->kept) == 0) error->file[0] = '\0';
    return spl_fail_at(error, spool->path, 0);
}
