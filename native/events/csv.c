// SPDX-License-Identifier: GPL-3.0-or-later
// The buffer holds at least the whole row, so its end is searched first (quotes decide which line
// endings count) and then the row is cut into fields that point into it. Only fields with doubled
// quotes are copied; the raw row stays as it is, for whoever wants to keep it aside.
#include "events/csv.h"

#include <stdlib.h>
#include <string.h>

#include "host/files.h"

#define FIRST_BUFFER (256u << 10)
#define FIRST_FIELDS 64u
#define FIELDS_MAX (1u << 20)

struct spl_csv {
    spl_reader *input;
    char *buffer, *scratch; // scratch: unquoted copies, as large as the buffer
    size_t capacity, start, end, scratch_capacity;
    size_t row_size; // bytes of the last row, its line ending left out; it began at buffer[row_start]
    size_t row_start;
    spl_text *fields;
    size_t field_capacity;
    uint64_t line, next_line; // of the last row; of buffer[start]
    char delimiter;
    bool at_end;
};

// Where a row ends and what was met on the way.
typedef struct row_end {
    size_t at;         // bytes from the start: the line ending, or the end of the input
    size_t next;       // where the next row begins
    const char *wrong; // NULL: well-formed
} row_end;

static bool fill(spl_csv *csv, spl_error *error)
{
    if (csv->start > 0) {
        memmove(csv->buffer, csv->buffer + csv->start, csv->end - csv->start);
        csv->end -= csv->start;
        csv->start = 0;
    }
    if (csv->end == csv->capacity) {
        char *larger = realloc(csv->buffer, 2 * csv->capacity);
        if (!larger) return spl_fail(error, "out of memory for a row of %zu bytes", csv->capacity);
        csv->buffer = larger;
        csv->capacity *= 2;
    }
    long got = spl_reader_bytes(csv->input, csv->buffer + csv->end, csv->capacity - csv->end, error);
    if (got < 0) return false;
    csv->end += (size_t)got;
    csv->at_end = got == 0;
    return true;
}

// Byte `at` of the row, or -1 where the input ends. `failed` is set when it cannot be read.
static int peek(spl_csv *csv, size_t at, bool *failed, spl_error *error)
{
    while (csv->start + at >= csv->end) {
        if (csv->at_end) return -1;
        if (!fill(csv, error)) {
            *failed = true;
            return -1;
        }
    }
    return (unsigned char)csv->buffer[csv->start + at];
}

// Moves on to the closing quote of a field; `at` is behind the opening one.
static size_t skip_quoted(spl_csv *csv, size_t at, const char **wrong, bool *failed, spl_error *error)
{
    for (int c; (c = peek(csv, at, failed, error)) >= 0; at++) {
        if (at > SPL_CSV_ROW_MAX) break;
        if (c != '"') continue;
        int after = peek(csv, at + 1, failed, error);
        if (after == '"') {
            at++;
            continue;
        }
        bool ends = after < 0 || after == csv->delimiter || after == '\n' ||
                    (after == '\r' && peek(csv, at + 2, failed, error) == '\n');
        if (!ends) *wrong = "a quote inside a quoted field is not doubled";
        return at + 1;
    }
    *wrong = "a quote is opened and never closed";
    return at;
}

// The end of the line that begins the row, quotes or not.
static row_end first_line(spl_csv *csv, const char *wrong, bool *failed, spl_error *error)
{
    size_t at = 0;
    int c = 0;
    while ((c = peek(csv, at, failed, error)) >= 0 && c != '\n') at++;
    bool cr = at > 0 && csv->buffer[csv->start + at - 1] == '\r' && c == '\n';
    return (row_end){at - cr, at + (c == '\n'), wrong};
}

static row_end find_end(spl_csv *csv, bool *failed, spl_error *error)
{
    size_t at = 0;
    bool field_start = true;
    const char *wrong = NULL;
    for (int c; (c = peek(csv, at, failed, error)) >= 0; at++) {
        if (at > SPL_CSV_ROW_MAX) return first_line(csv, "the row is longer than 16 MiB", failed, error);
        if (c == '\n') {
            bool cr = at > 0 && csv->buffer[csv->start + at - 1] == '\r';
            return (row_end){at - cr, at + 1, NULL};
        }
        if (c == '"' && field_start) {
            at = skip_quoted(csv, at + 1, &wrong, failed, error) - 1;
            if (*failed) break;
            if (wrong) return first_line(csv, wrong, failed, error);
        }
        field_start = c == csv->delimiter;
    }
    return (row_end){at, at, NULL};
}

static bool add_field(spl_csv *csv, size_t n, spl_text field, spl_error *error)
{
    if (n == csv->field_capacity) {
        spl_text *larger = n < FIELDS_MAX ? realloc(csv->fields, 2 * n * sizeof *larger) : NULL;
        if (!larger) return spl_fail(error, "the row has more than %zu fields", n);
        csv->fields = larger;
        csv->field_capacity = 2 * n;
    }
    csv->fields[n] = field;
    return true;
}

// The content of a quoted field: from behind the opening quote to the closing one, doubled quotes
// made single in scratch. *at moves behind the closing quote.
static spl_text unquote(const char **at, const char *end, char **to)
{
    const char *from = *at + 1, *quote = memchr(from, '"', (size_t)(end - from));
    if (quote + 1 >= end || quote[1] != '"') { // nothing doubled
        *at = quote + 1;
        return (spl_text){from, (size_t)(quote - from)};
    }
    char *start = *to;
    for (;;) {
        memcpy(*to, from, (size_t)(quote - from));
        *to += quote - from;
        if (quote + 1 >= end || quote[1] != '"') break;
        *(*to)++ = '"';
        from = quote + 2;
        quote = memchr(from, '"', (size_t)(end - from));
    }
    *at = quote + 1;
    return (spl_text){start, (size_t)(*to - start)};
}

static bool split(spl_csv *csv, size_t *count, spl_error *error)
{
    const char *at = csv->buffer + csv->row_start, *end = at + csv->row_size;
    char *to = csv->scratch;
    for (size_t n = 0;; at++) {
        spl_text field;
        if (at < end && *at == '"') {
            field = unquote(&at, end, &to);
        } else {
            const char *stop = memchr(at, csv->delimiter, (size_t)(end - at));
            field = (spl_text){at, (size_t)((stop ? stop : end) - at)};
            at += field.size;
        }
        if (!add_field(csv, n, field, error)) return false;
        n++;
        if (at < end) continue; // at a delimiter
        *count = n;
        return true;
    }
}

static bool grow_scratch(spl_csv *csv, spl_error *error)
{
    if (csv->row_size <= csv->scratch_capacity) return true;
    free(csv->scratch);
    csv->scratch = malloc(csv->capacity);
    csv->scratch_capacity = csv->scratch ? csv->capacity : 0;
    return csv->scratch || spl_fail(error, "out of memory");
}

static uint64_t count_lines(const char *data, size_t size)
{
    uint64_t lines = 0;
    for (const char *end = data + size; (data = memchr(data, '\n', (size_t)(end - data))); data++) lines++;
    return lines;
}

// Takes the next row that is not blank out of the buffer.
static spl_row_status take_row(spl_csv *csv, const char **wrong, spl_error *error)
{
    for (;;) {
        bool failed = false;
        if (peek(csv, 0, &failed, error) < 0) return failed ? SPL_ROW_FAILED : SPL_ROW_END;
        row_end end = find_end(csv, &failed, error);
        if (failed) return SPL_ROW_FAILED;
        csv->line = csv->next_line;
        csv->row_start = csv->start;
        csv->row_size = end.at;
        csv->next_line += count_lines(csv->buffer + csv->start, end.next);
        csv->start += end.next;
        *wrong = end.wrong;
        if (end.at > 0) return SPL_ROW_GOOD;
    }
}

spl_row_status spl_csv_row(spl_csv *csv, const spl_text **fields, size_t *count, spl_error *error)
{
    const char *wrong = NULL;
    spl_row_status status = take_row(csv, &wrong, error);
    if (status != SPL_ROW_GOOD) return status;
    if (!wrong && !grow_scratch(csv, error)) return SPL_ROW_FAILED;
    if (wrong) spl_fail(error, "%s", wrong);
    if (wrong || !split(csv, count, error)) {
        spl_fail_at(error, NULL, csv->line);
        return SPL_ROW_BAD;
    }
    *fields = csv->fields;
    return SPL_ROW_GOOD;
}

// Leaves out a byte order mark; other encodings would only give nonsense later on.
static bool check_encoding(spl_csv *csv, spl_error *error)
{
    while (csv->end < 3 && !csv->at_end) {
        if (!fill(csv, error)) return false;
    }
    const char *head = csv->buffer;
    if (csv->end >= 2 && (memcmp(head, "\xFF\xFE", 2) == 0 || memcmp(head, "\xFE\xFF", 2) == 0))
        return spl_fail(error, "the file is in UTF-16; convert it to UTF-8 first");
    if (csv->end >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0) csv->start = 3;
    return true;
}

// Counts each candidate in the first line, outside quotes.
static bool sniff(spl_csv *csv, spl_error *error)
{
    static const char candidates[] = {',', ';', '\t', '|'};
    size_t counts[sizeof candidates] = {0}, best = 0, at = 0;
    bool failed = false, quoted = false;
    for (int c; (c = peek(csv, at, &failed, error)) >= 0 && at < FIRST_BUFFER && (c != '\n' || quoted); at++) {
        if (c == '"') quoted = !quoted;
        for (size_t i = 0; i < sizeof candidates; i++) counts[i] += !quoted && c == candidates[i];
    }
    for (size_t i = 1; i < sizeof candidates; i++) best = counts[i] > counts[best] ? i : best;
    csv->delimiter = candidates[best];
    return !failed;
}

bool spl_csv_open(const char *path, char delimiter, spl_csv **out, spl_error *error)
{
    spl_csv *csv = calloc(1, sizeof *csv);
    if (!csv) return spl_fail(error, "out of memory");
    csv->next_line = 1;
    csv->delimiter = delimiter;
    csv->buffer = malloc(FIRST_BUFFER);
    csv->capacity = FIRST_BUFFER;
    csv->fields = malloc(FIRST_FIELDS * sizeof *csv->fields);
    csv->field_capacity = FIRST_FIELDS;
    bool done =
        csv->buffer && csv->fields ? spl_reader_open(path, &csv->input, error) : spl_fail(error, "out of memory");
    done = done && check_encoding(csv, error) && (delimiter || sniff(csv, error));
    if (!done) {
        spl_csv_close(csv);
        return spl_fail_at(error, path, 0);
    }
    *out = csv;
    return true;
}

void spl_csv_close(spl_csv *csv)
{
    if (!csv) return;
    spl_reader_close(csv->input);
    free(csv->buffer);
    free(csv->scratch);
    free(csv->fields);
    free(csv);
}

uint64_t spl_csv_line_number(const spl_csv *csv)
{
    return csv->line;
}

spl_text spl_csv_raw(const spl_csv *csv)
{
    return (spl_text){csv->buffer + csv->row_start, csv->row_size};
}

double spl_csv_fraction(const spl_csv *csv)
{
    return spl_reader_fraction(csv->input);
}
