// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/given_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/options.h"
#include "events/event_stamp.h"
#include "host/files.h"
#include "host/visible.h"

bool spl_given_schema(const char *path, spl_schema_spec **out, spl_error *error)
{
    uint8_t *data;
    size_t size;
    spl_bundle_file file;
    if (!spl_file_read(path, &data, &size, error)) return false;
    if (size < 9 || data[8] != '{' || memchr(data, 0, 8) == NULL) { // a bundle begins with a length of 8 bytes
        bool ok = spl_schema_spec_parse((const char *)data, size, path, out, error);
        free(data);
        return ok;
    }
    if (!spl_bundle_file_take(data, size, &file, error)) {
        free(data);
        return spl_fail_at(error, path, 0);
    }
    bool ok = spl_schema_spec_of_bundle(&file.bundle, out, error) || spl_fail_at(error, path, 0);
    spl_bundle_file_close(&file);
    return ok;
}

bool spl_given_row_schema(const char *schema, const char *encoder, spl_bundle_file *file, spl_schema_spec **out,
                          spl_error *error)
{
    if (schema) return spl_given_schema(schema, out, error);
    if (!encoder) return true;
    if (!spl_bundle_file_open(encoder, file, error)) return false;
    if (file->bundle.encoder_count == 0) {
        spl_fail_field(error, "encoder.0.weight", "the bundle has no encoder");
        return spl_fail_at(error, encoder, 0);
    }
    return spl_schema_spec_of_bundle(&file->bundle, out, error) || spl_fail_at(error, encoder, 0);
}

void spl_given_rows_warn(const char *command, const spl_rows *rows)
{
    for (uint32_t i = 0; i < rows->warning_count; i++) {
        char *visible = spl_visible((spl_text){rows->warnings[i], strlen(rows->warnings[i])}, true);
        spl_cli_warn(command, "%s", visible ? visible : "?");
        free(visible);
    }
    if (rows->bad_rows == 0) return;
    char text[1024];
    spl_cli_warn(command, "%" PRIu64 " rows could not be read and were left out; the first is %s", rows->bad_rows,
                 spl_error_format(&rows->first_bad, text, sizeof text));
}

bool spl_given_weights(const char *path, const char *column, const spl_rows *rows, bool zero_too, double **out,
                       spl_error *error)
{
    double *weight = malloc(rows->n * sizeof *weight);
    if (!weight) return spl_fail(error, "out of memory");
    for (uint32_t i = 0; i < rows->n; i++) {
        const char *text = rows->group[i] < 0 ? "" : rows->groups[rows->group[i]];
        if (spl_cli_double(text, &weight[i]) && (weight[i] > 0 || (zero_too && weight[i] == 0))) continue;
        free(weight);
        spl_fail_field(error, column, "\"%.40s\" is not a weight: a number %s", text,
                       zero_too ? "from 0 on" : "above 0");
        return spl_fail_at(error, path, rows->line[i]);
    }
    *out = weight;
    return true;
}

bool spl_given_digest(const char *path, char hex[65], spl_error *error)
{
    spl_reader *reader;
    spl_text line;
    int got = 1;
    if (!spl_reader_open(path, &reader, error)) return false;
    bool ok = spl_reader_digest(reader) || spl_fail(error, "out of memory");
    while (ok && got != 0) { // a line that is too long is passed over, and digested all the same
        spl_error local = {0};
        got = spl_reader_line(reader, &line, &local);
        if (got < 0 && local.line == 0) {
            if (error) *error = local;
            ok = false;
        }
    }
    if (ok) spl_reader_digest_end(reader, hex);
    spl_reader_close(reader);
    return ok;
}

bool spl_given_time(const char *text, int64_t *out)
{
    char whole[48];
    bool date = strlen(text) == sizeof "2026-01-05" - 1;
    snprintf(whole, sizeof whole, "%.30s%s", text, date ? "T00:00:00Z" : "");
    return spl_time_read((spl_text){whole, strlen(whole)}, out);
}

int64_t spl_given_or_now(int64_t time_ms)
{
    struct timespec now;
    if (time_ms != INT64_MIN) return time_ms;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
