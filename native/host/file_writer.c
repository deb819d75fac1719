// SPDX-License-Identifier: GPL-3.0-or-later
// A file is written under a name of its own beside the target and takes the target's name in one
// step, so whoever reads sees the old file or the new one, never a part. What cannot be replaced
// so (a pipe, a device, standard output) is written as it goes.
//
// Of two buffers one is filled while a thread writes the other out: copying into the page cache takes
// as long as making the lines.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "host/files.h"
#include "host/unfinished.h"

#define BUFFER_BYTES (1u << 20)

struct spl_writer {
    int fd;
    gzFile gzip; // NULL = plain
    int failure; // errno of the first failure; 0 = none; the thread's while it runs
    char *buffer;
    size_t capacity, used;
    char *sent; // what the thread writes
    size_t sent_capacity, sent_size;
    pthread_t thread;
    bool sending;    // there is a thread to wait for
    char *path;      // as the user gave it
    char *target;    // path with links followed: what the rename replaces; NULL = written in place
    char *temporary; // beside target
};

static bool ends_in_gz(const char *path)
{
    size_t size = strlen(path);
    return size > 3 && strcmp(path + size - 3, ".gz") == 0;
}

// The path as errors show it.
static const char *shown(const char *path)
{
    return spl_path_is_dash(path) ? "standard output" : path;
}

bool spl_path_is_stream(const char *path)
{
    struct stat about;
    return spl_path_is_dash(path) || (stat(path, &about) == 0 && !S_ISREG(about.st_mode));
}

static void free_writer(spl_writer *writer)
{
    spl_unfinished_forget(writer->temporary);
    free(writer->buffer);
    free(writer->sent);
    free(writer->path);
    free(writer->target);
    free(writer->temporary);
    free(writer);
}

// A new file beside the target, with the target's permissions or those of any new file.
static int open_temporary(spl_writer *writer, const struct stat *old)
{
    writer->target = old ? realpath(writer->path, NULL) : strdup(writer->path);
    if (!writer->target) return -1;
    size_t size = strlen(writer->target) + sizeof ".XXXXXX";
    writer->temporary = malloc(size);
    if (!writer->temporary) return -1;
    snprintf(writer->temporary, size, "%s.XXXXXX", writer->target);
    int fd = spl_unfinished_make(writer->temporary);
    mode_t mask = umask(0);
    umask(mask);
    if (fd >= 0 && fchmod(fd, old ? old->st_mode & 0777 : 0666 & ~mask) != 0) writer->failure = errno;
    return fd;
}

static int open_output(spl_writer *writer)
{
    struct stat old;
    if (spl_path_is_dash(writer->path)) return dup(STDOUT_FILENO);
    if (stat(writer->path, &old) != 0) return errno == ENOENT ? open_temporary(writer, NULL) : -1;
    if (S_ISREG(old.st_mode)) return open_temporary(writer, &old);
    return open(writer->path, O_WRONLY | O_CLOEXEC);
}

bool spl_writer_open(const char *path, spl_writer **out, spl_error *error)
{
    spl_writer *writer = calloc(1, sizeof *writer);
    if (!writer) return spl_fail(error, "out of memory");
    writer->path = strdup(path);
    writer->buffer = malloc(BUFFER_BYTES);
    writer->capacity = BUFFER_BYTES;
    writer->fd = writer->path && writer->buffer ? open_output(writer) : (errno = ENOMEM, -1);
    if (writer->fd < 0) {
        spl_fail(error, "cannot write: %s", strerror(errno));
        free_writer(writer);
        return spl_fail_at(error, shown(path), 0);
    }
    if (ends_in_gz(path)) {
        writer->gzip = gzdopen(writer->fd, "wb");
        if (!writer->gzip) {
            spl_writer_discard(writer);
            return spl_fail(error, "out of memory");
        }
    }
    *out = writer;
    return true;
}

static void write_out(spl_writer *writer, const char *data, size_t size)
{
    while (size > 0 && writer->failure == 0) {
        unsigned part = size < (1u << 30) ? (unsigned)size : 1u << 30;
        long done = writer->gzip ? gzwrite(writer->gzip, data, part) : write(writer->fd, data, part);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) {
            writer->failure = errno ? errno : EIO;
            return;
        }
        data += done;
        size -= (size_t)done;
    }
}

static void wait_sent(spl_writer *writer)
{
    if (writer->sending) pthread_join(writer->thread, NULL);
    writer->sending = false;
}

static void *send_out(void *owner)
{
    spl_writer *writer = owner;
    write_out(writer, writer->sent, writer->sent_size);
    return NULL;
}

static void flush(spl_writer *writer)
{
    wait_sent(writer);
    write_out(writer, writer->buffer, writer->used);
    writer->used = 0;
}

// The buffer goes to the thread and the other one is filled next. Without memory or a thread for that, it is
// written here.
static void hand_over(spl_writer *writer)
{
    wait_sent(writer);
    if (!writer->sent) {
        writer->sent = malloc(BUFFER_BYTES);
        writer->sent_capacity = writer->sent ? BUFFER_BYTES : 0;
    }
    if (!writer->sent) {
        flush(writer);
        return;
    }
    char *full = writer->buffer;
    size_t full_capacity = writer->capacity;
    writer->buffer = writer->sent;
    writer->capacity = writer->sent_capacity;
    writer->sent = full;
    writer->sent_capacity = full_capacity;
    writer->sent_size = writer->used;
    writer->used = 0;
    writer->sending = pthread_create(&writer->thread, NULL, send_out, writer) == 0;
    if (!writer->sending) send_out(writer);
}

void spl_writer_put(spl_writer *writer, const void *data, size_t size)
{
    if (size > writer->capacity - writer->used) hand_over(writer);
    if (size > writer->capacity) {
        wait_sent(writer);
        write_out(writer, data, size);
        return;
    }
    if (size > 0) memcpy(writer->buffer + writer->used, data, size);
    writer->used += size;
}

char *spl_writer_room(spl_writer *writer, size_t size)
{
    if (size > writer->capacity - writer->used) hand_over(writer);
    if (size > writer->capacity) {
        char *larger = realloc(writer->buffer, size);
        if (!larger) {
            wait_sent(writer);
            writer->failure = ENOMEM;
            return NULL;
        }
        writer->buffer = larger;
        writer->capacity = size;
    }
    return writer->buffer + writer->used;
}

void spl_writer_advance(spl_writer *writer, size_t size)
{
    writer->used += size;
}

// A pipe or a device has nothing to sync (EINVAL); that is no failure.
static void close_output(spl_writer *writer)
{
    if (writer->gzip && gzflush(writer->gzip, Z_FINISH) != Z_OK && writer->failure == 0) writer->failure = EIO;
    if (writer->target && fsync(writer->fd) != 0 && errno != EINVAL && writer->failure == 0) writer->failure = errno;
    int closed = writer->gzip ? gzclose(writer->gzip) : close(writer->fd);
    if (closed != 0 && writer->failure == 0) writer->failure = EIO;
}

bool spl_writer_close(spl_writer *writer, spl_error *error)
{
    flush(writer);
    close_output(writer);
    if (writer->temporary && writer->failure == 0 && rename(writer->temporary, writer->target) != 0)
        writer->failure = errno;
    int failure = writer->failure;
    if (failure != 0) {
        if (writer->temporary) unlink(writer->temporary);
        spl_fail(error, "cannot write: %s", strerror(failure));
        spl_fail_at(error, shown(writer->path), 0);
    }
    free_writer(writer);
    return failure == 0;
}

void spl_writer_discard(spl_writer *writer)
{
    if (!writer) return;
    wait_sent(writer);
    if (writer->gzip)
        gzclose(writer->gzip);
    else
        close(writer->fd);
    if (writer->temporary) unlink(writer->temporary);
    free_writer(writer);
}

bool spl_file_write(const char *path, const void *data, size_t size, spl_error *error)
{
    spl_writer *writer;
    if (!spl_writer_open(path, &writer, error)) return false;
    spl_writer_put(writer, data, size);
    return spl_writer_close(writer, error);
}
