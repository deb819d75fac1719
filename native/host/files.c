// SPDX-License-Identifier: GPL-3.0-or-later
// Reading goes through zlib's gzread, which passes on what is not gzip as it is; so one path
// serves plain files, .gz files and pipes of either kind.
//
// Lines are cut out of a buffer. From the third read of a gzip file on a thread fills a second one meanwhile; the
// start of a line that goes on there is put in front of it, where there is room for that.
#include "host/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "host/ahead.h"
#include "host/digest.h"

#define BUFFER_BYTES (256u << 10) // of one read
#define FRONT_BYTES (64u << 10)   // in front of it, for the start of a line
#define READS_ALONE 2             // short inputs need no thread
#define ZLIB_BYTES (64u << 10) // zlib reads what is not gzip straight to where it is wanted if twice that is asked for
#define FILE_MAX ((size_t)4 << 30) // a whole file in memory; stops a gzip bomb

struct spl_reader {
    gzFile input;
    uint64_t line_number;
    int64_t file_bytes;         // on disk; 0 if unknown
    _Atomic int64_t read_bytes; // of them; looked up once per read, for it asks the system
    char *buffer;
    size_t capacity, start, end; // unread bytes are buffer[start, end)
    bool at_end;
    int reads;
    spl_ahead *ahead;   // NULL = reads are done here; otherwise one is always on its way
    char *spare;        // where that one goes: [FRONT_BYTES + BUFFER_BYTES]
    spl_digest *digest; // NULL = not asked for; it reads the buffer while lines are read from it
    char path[256];
};

static bool fail_path(spl_error *error, const char *path, const char *verb, int reason)
{
    spl_fail(error, "cannot %s: %s", verb, strerror(reason));
    return spl_fail_at(error, path, 0);
}

static int open_input(const char *path, struct stat *about, spl_error *error)
{
    int fd = spl_path_is_dash(path) ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    int reason = fd < 0 || fstat(fd, about) != 0 ? errno : S_ISDIR(about->st_mode) ? EISDIR : 0;
    if (reason == 0) return fd;
    if (fd >= 0) close(fd);
    fail_path(error, path, "open", reason);
    return -1;
}

bool spl_path_is_dash(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

bool spl_reader_open(const char *path, spl_reader **out, spl_error *error)
{
    struct stat about;
    int fd = open_input(path, &about, error);
    if (fd < 0) return false;
    spl_reader *reader = calloc(1, sizeof *reader);
    char *buffer = malloc(FRONT_BYTES + BUFFER_BYTES);
    gzFile input = reader && buffer ? gzdopen(fd, "rb") : NULL;
    if (!input) {
        close(fd);
        free(buffer);
        free(reader);
        return spl_fail(error, "out of memory");
    }
    gzbuffer(input, ZLIB_BYTES);
    reader->input = input;
    reader->buffer = buffer;
    reader->capacity = FRONT_BYTES + BUFFER_BYTES;
    reader->file_bytes = S_ISREG(about.st_mode) ? about.st_size : 0;
    snprintf(reader->path, sizeof reader->path, "%s", spl_path_is_dash(path) ? "standard input" : path);
    *out = reader;
    return true;
}

// A read that fails, or that ends inside a gzip member, is an error; zlib has the words.
static long read_failed(spl_reader *reader, spl_error *error)
{
    int code;
    const char *words = gzerror(reader->input, &code);
    if (code == Z_ERRNO) words = strerror(errno);
    if (code == Z_BUF_ERROR) words = "the gzip data ends before it should";
    spl_fail(error, "cannot read: %s", words);
    spl_fail_at(error, reader->path, 0);
    return -1;
}

long spl_reader_bytes(spl_reader *reader, void *out, size_t size, spl_error *error)
{
    unsigned want = size < (1u << 30) ? (unsigned)size : 1u << 30;
    int got = gzread(reader->input, out, want);
    if (got < 0) return read_failed(reader, error);
    if ((unsigned)got < want) {
        int code;
        gzerror(reader->input, &code);
        if (code == Z_BUF_ERROR) return read_failed(reader, error);
    }
    if (reader->file_bytes > 0) reader->read_bytes = gzoffset(reader->input);
    return got;
}

static long read_ahead(void *reader, void *out, size_t size, spl_error *error)
{
    return spl_reader_bytes(reader, out, size, error);
}

static void begin_ahead(spl_reader *reader)
{
    bool file = reader->file_bytes > 0;     // a read of a pipe may never end, and then could not be given up
    bool packed = !gzdirect(reader->input); // what need not be unpacked is there sooner than from another core
    if (!file || !packed || reader->capacity != FRONT_BYTES + BUFFER_BYTES) return;
    reader->spare = malloc(reader->capacity);
    reader->ahead = reader->spare ? spl_ahead_new(read_ahead, reader) : NULL;
    if (reader->ahead) spl_ahead_ask(reader->ahead, reader->spare + FRONT_BYTES, BUFFER_BYTES);
}

static void end_ahead(spl_reader *reader)
{
    spl_ahead_free(reader->ahead);
    free(reader->spare);
    reader->ahead = NULL;
    reader->spare = NULL;
}

static long no_room(const spl_reader *reader, spl_error *error)
{
    spl_fail(error, "out of memory for a line of %zu bytes", reader->end - reader->start);
    spl_fail_at(error, reader->path, 0);
    return -1;
}

// A buffer of that size, with the unread bytes at its start, in place of the one there is.
static bool move_to(spl_reader *reader, size_t capacity)
{
    char *larger = malloc(capacity);
    if (!larger) return false;
    reader->end -= reader->start;
    memcpy(larger, reader->buffer + reader->start, reader->end);
    free(reader->buffer);
    reader->buffer = larger;
    reader->capacity = capacity;
    reader->start = 0;
    return true;
}

// Goes over to what was read ahead. A line whose start does not fit in front of it needs a larger buffer, and that is
// the end of reading ahead.
static long take_ahead(spl_reader *reader, spl_error *error)
{
    size_t begun = reader->end - reader->start;
    long got = spl_ahead_take(reader->ahead, error);
    bool fits = begun <= FRONT_BYTES;
    if (got > 0 && fits) {
        char *read = reader->spare;
        memcpy(read + FRONT_BYTES - begun, reader->buffer + reader->start, begun);
        reader->spare = reader->buffer;
        reader->buffer = read;
        reader->start = FRONT_BYTES - begun;
        reader->end = FRONT_BYTES + (size_t)got;
        spl_ahead_ask(reader->ahead, reader->spare + FRONT_BYTES, BUFFER_BYTES);
        return got;
    }
    if (got > 0 && !move_to(reader, 2 * (FRONT_BYTES + BUFFER_BYTES))) return no_room(reader, error);
    if (got > 0) memcpy(reader->buffer + reader->end, reader->spare + FRONT_BYTES, (size_t)got);
    if (got > 0) reader->end += (size_t)got;
    end_ahead(reader);
    return got;
}

// Makes room after the unread bytes (by moving them down, then by growing) and reads there.
static long read_here(spl_reader *reader, spl_error *error)
{
    if (reader->end - reader->start == reader->capacity) {
        if (!move_to(reader, 2 * reader->capacity)) return no_room(reader, error);
    } else if (reader->start > 0) {
        memmove(reader->buffer, reader->buffer + reader->start, reader->end - reader->start);
        reader->end -= reader->start;
        reader->start = 0;
    }
    long got = spl_reader_bytes(reader, reader->buffer + reader->end, reader->capacity - reader->end, error);
    if (got > 0) reader->end += (size_t)got;
    if (got > 0 && ++reader->reads == READS_ALONE) begin_ahead(reader);
    return got;
}

// Reads on behind the unread bytes. Returns as spl_reader_bytes does.
static long fill(spl_reader *reader, spl_error *error)
{
    if (reader->digest) spl_digest_wait(reader->digest);
    long got = reader->ahead ? take_ahead(reader, error) : read_here(reader, error);
    if (got > 0 && reader->digest) spl_digest_add(reader->digest, reader->buffer + reader->end - got, (size_t)got);
    if (got == 0) reader->at_end = true;
    return got;
}

// Drops bytes up to and with the next line ending.
static int skip_line(spl_reader *reader, spl_error *error)
{
    for (;;) {
        char *start = reader->buffer + reader->start;
        char *newline = memchr(start, '\n', reader->end - reader->start);
        if (newline) {
            reader->start = (size_t)(newline - reader->buffer) + 1;
            break;
        }
        reader->start = reader->end = 0;
        if (reader->at_end) break;
        if (fill(reader, error) < 0) return -1;
    }
    spl_fail(error, "a line is longer than %u bytes", SPL_LINE_MAX);
    spl_fail_at(error, reader->path, reader->line_number);
    return -1;
}

static int give_line(spl_reader *reader, size_t size, size_t with_ending, spl_text *line)
{
    char *data = reader->buffer + reader->start;
    reader->start += with_ending;
    if (size > 0 && data[size - 1] == '\r') size--;
    if (reader->line_number == 1 && size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) data += 3, size -= 3;
    *line = (spl_text){data, size};
    return 1;
}

int spl_reader_line(spl_reader *reader, spl_text *line, spl_error *error)
{
    size_t searched = 0;
    reader->line_number++;
    for (;;) {
        char *start = reader->buffer + reader->start;
        size_t held = reader->end - reader->start;
        char *newline = memchr(start + searched, '\n', held - searched);
        size_t size = newline ? (size_t)(newline - start) : held;
        if (size > SPL_LINE_MAX) return skip_line(reader, error);
        if (newline) return give_line(reader, size, size + 1, line);
        if (reader->at_end) break;
        searched = held;
        if (fill(reader, error) < 0) return -1;
    }
    size_t rest = reader->end - reader->start; // a last line without its ending
    if (rest > 0) return give_line(reader, rest, rest, line);
    reader->line_number--;
    return 0;
}

bool spl_line_is_blank(spl_text line)
{
    for (size_t i = 0; i < line.size; i++) {
        if (line.data[i] != ' ' && line.data[i] != '\t') return false;
    }
    return true;
}

bool spl_reader_digest(spl_reader *reader)
{
    if (!reader->digest) reader->digest = spl_digest_new();
    return reader->digest != NULL;
}

void spl_reader_digest_end(spl_reader *reader, char hex[SPL_DIGEST_HEX + 1])
{
    spl_digest_end(reader->digest, hex);
    reader->digest = NULL;
}

uint64_t spl_reader_line_number(const spl_reader *reader)
{
    return reader->line_number;
}

double spl_reader_fraction(const spl_reader *reader)
{
    if (reader->file_bytes <= 0) return -1;
    return (double)reader->read_bytes / (double)reader->file_bytes;
}

void spl_reader_close(spl_reader *reader)
{
    if (!reader) return;
    spl_digest_end(reader->digest, NULL);
    end_ahead(reader);
    gzclose(reader->input);
    free(reader->buffer);
    free(reader);
}

static bool read_all(spl_reader *reader, uint8_t **data, size_t *size, spl_error *error)
{
    size_t capacity = reader->file_bytes > 0 ? (size_t)reader->file_bytes + 1 : BUFFER_BYTES, used = 0;
    uint8_t *bytes = malloc(capacity + 1);
    for (long got = 1; bytes && got > 0;) {
        got = spl_reader_bytes(reader, bytes + used, capacity - used, error);
        if (got < 0 || used + (size_t)got > FILE_MAX) {
            free(bytes);
            return got < 0 ? false : spl_fail(error, "the file is larger than %zu bytes", FILE_MAX);
        }
        used += (size_t)got;
        if (used < capacity) continue;
        uint8_t *larger = realloc(bytes, 2 * capacity + 1);
        if (!larger) free(bytes);
        bytes = larger;
        capacity *= 2;
    }
    if (!bytes) return spl_fail(error, "out of memory for a file of more than %zu bytes", used);
    bytes[used] = 0;
    *data = bytes;
    *size = used;
    return true;
}

bool spl_file_read(const char *path, uint8_t **data, size_t *size, spl_error *error)
{
    spl_reader *reader;
    if (!spl_reader_open(path, &reader, error)) return false;
    bool done = read_all(reader, data, size, error);
    if (!done) spl_fail_at(error, reader->path, 0);
    spl_reader_close(reader);
    return done;
}
