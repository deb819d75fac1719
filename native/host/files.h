// SPDX-License-Identifier: GPL-3.0-or-later
// Reading and writing whole files and lines. "-" is standard input or output; gzip is read
// wherever it is met, and written to names that end in .gz. An output file appears under its
// name only when it is complete: written beside it, synced, renamed.
#ifndef SAMPLIT_FILES_H
#define SAMPLIT_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "host/error.h"
#include "samplit/text.h"

typedef struct spl_reader spl_reader;

bool spl_reader_open(const char *path, spl_reader **out, spl_error *error);

// The next line without its line ending (LF or CRLF), valid until the next call. Returns 1, 0 at
// the end, -1 on an error (also a line above SPL_LINE_MAX bytes: skipped, and the next call goes on).
// A line cut off by the end of the input counts as a line; a byte order mark before the first is left out.
#define SPL_LINE_MAX (16u << 20)
int spl_reader_line(spl_reader *reader, spl_text *line, spl_error *error);

// Up to `size` raw bytes; returns how many, 0 at the end, -1 on an error. Not to be mixed with lines.
long spl_reader_bytes(spl_reader *reader, void *out, size_t size, spl_error *error);

// Whether nothing but blanks stands on the line.
bool spl_line_is_blank(spl_text line);

// Takes the BLAKE2b-256 of what is read from now on (unpacked, where it is gzip), beside the reading of lines;
// spl_reader_digest_end gives it once the end has been reached. False when out of memory.
bool spl_reader_digest(spl_reader *reader);
void spl_reader_digest_end(spl_reader *reader, char hex[65]);

uint64_t spl_reader_line_number(const spl_reader *reader); // of the last line, from 1
double spl_reader_fraction(const spl_reader *reader);      // read so far, 0 to 1; -1 if unknown
void spl_reader_close(spl_reader *reader);                 // NULL is fine

typedef struct spl_writer spl_writer;

// Whether the path is "-". NULL is not.
bool spl_path_is_dash(const char *path);

// Whether the path is standard input or output, a pipe or a device: it can be read once only, and what
// is written to it cannot be taken back.
bool spl_path_is_stream(const char *path);

bool spl_writer_open(const char *path, spl_writer **out, spl_error *error);
void spl_writer_put(spl_writer *writer, const void *data, size_t size); // a failure is kept for close
// Room for up to `size` bytes to be written in place, then spl_writer_advance by what was used.
// NULL when out of memory, which close then reports too.
char *spl_writer_room(spl_writer *writer, size_t size);
void spl_writer_advance(spl_writer *writer, size_t size);
bool spl_writer_close(spl_writer *writer, spl_error *error); // flush, sync, rename; frees the writer
void spl_writer_discard(spl_writer *writer);                 // leaves no file behind; NULL is fine

// The whole file in memory from malloc (16-byte aligned, one zero byte after the end).
bool spl_file_read(const char *path, uint8_t **data, size_t *size, spl_error *error);
// The whole file, by the rules above.
bool spl_file_write(const char *path, const void *data, size_t size, spl_error *error);

#endif
