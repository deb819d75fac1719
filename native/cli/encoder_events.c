// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/encoder_events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/files.h"
#include "learn/learn_log.h"

// Names for classes that have none: "0", "1", …
static bool name_classes(spl_rows *rows, uint32_t count)
{
    rows->classes = calloc(count, sizeof *rows->classes);
    if (!rows->classes) return false;
    for (; rows->class_count < count; rows->class_count++) {
        char name[16];
        int size = snprintf(name, sizeof name, "%u", rows->class_count);
        rows->classes[rows->class_count] = strndup(name, (size_t)size);
        if (!rows->classes[rows->class_count]) return false;
    }
    return true;
}

// The rows take over what `alike` owns.
static bool make_rows(spl_alike *alike, const spl_log *log, spl_rows **out, spl_error *error)
{
    spl_rows *rows = calloc(1, sizeof *rows);
    if (!rows) return spl_fail(error, "out of memory");
    rows->n = alike->n;
    rows->d = alike->d;
    rows->x = alike->x;
    rows->label = alike->label;
    rows->fitted = alike->fitted;
    rows->bad_rows = log->bad_lines;
    rows->first_bad = log->first_bad;
    uint32_t classes = alike->class_count;
    *alike = (spl_alike){0};
    if (name_classes(rows, classes)) {
        *out = rows;
        return true;
    }
    spl_rows_free(rows);
    return spl_fail(error, "out of memory");
}

// Events are objects: CSV was meant to have a label.
static bool check_objects(const char *path, spl_error *error)
{
    spl_reader *reader;
    char head[64] = "";
    if (!spl_reader_open(path, &reader, error)) return false;
    long size = spl_reader_bytes(reader, head, sizeof head - 1, error);
    spl_reader_close(reader);
    if (size < 0) return spl_fail_at(error, path, 0);
    if (head[strspn(head, " \t\r\n\xEF\xBB\xBF")] == '{') return true;
    spl_fail(error, "holds no events; --label COLUMN says which rows of a table are alike");
    return spl_fail_at(error, path, 0);
}

bool spl_encoder_events_read(const spl_encoder_settings *settings, const char *path, const spl_schema_spec *schema,
                             spl_pool *pool, spl_rows **out, spl_error *error)
{
    const spl_log_config config = {.experiment = settings->experiment,
                                   .outcome = settings->outcome,
                                   .window_ms = settings->window_ms,
                                   .fold = settings->fold,
                                   .in_rows = true,
                                   .max_bad = settings->max_bad};
    spl_alike_config how = settings->alike;
    spl_log *log = NULL;
    spl_alike alike = {0};
    how.seed = settings->config.seed;
    how.schema = schema;
    if (!check_objects(path, error) || !spl_log_read(path, &config, &log, error)) return false;
    bool ok = spl_alike_make(log->rows, log->variants.count, &how, pool, &alike, error) || spl_fail_at(error, path, 0);
    ok = ok && make_rows(&alike, log, out, error);
    spl_alike_free(&alike);
    spl_log_free(log);
    return ok;
}
