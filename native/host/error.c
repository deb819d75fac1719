// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/visible.h"

static void set(spl_error *error, const char *field, const char *format, va_list arguments)
{
    char text[sizeof error->text]; // apart, for an argument may be the old text
    vsnprintf(text, sizeof text, format, arguments);
    char name[sizeof error->field];
    snprintf(name, sizeof name, "%s", field);
    memset(error, 0, sizeof *error);
    memcpy(error->text, text, sizeof text);
    memcpy(error->field, name, sizeof name);
}

bool spl_fail(spl_error *error, const char *format, ...)
{
    if (!error) return false;
    va_list arguments;
    va_start(arguments, format);
    set(error, "", format, arguments);
    va_end(arguments);
    return false;
}

bool spl_fail_field(spl_error *error, const char *field, const char *format, ...)
{
    if (!error) return false;
    va_list arguments;
    va_start(arguments, format);
    set(error, field, format, arguments);
    va_end(arguments);
    return false;
}

bool spl_fail_at(spl_error *error, const char *file, uint64_t line)
{
    if (!error) return false;
    if (file && strcmp(file, "-") == 0) file = "standard input";
    if (error->file[0] == '\0' && file) snprintf(error->file, sizeof error->file, "%s", file);
    if (error->line == 0) error->line = line;
    return false;
}

char *spl_error_format(const spl_error *error, char *out, int size)
{
    char line[32] = "";
    if (error->line > 0) snprintf(line, sizeof line, "%s%" PRIu64, error->file[0] ? ":" : "line ", error->line);
    bool place = error->file[0] != '\0' || error->line > 0;
    char all[sizeof *error + sizeof line + 8];
    int used = snprintf(all, sizeof all, "%s%s%s%s%s%s", error->file, line, place ? ": " : "", error->field,
                        error->field[0] ? ": " : "", error->text);
    char *visible = spl_visible((spl_text){all, (size_t)used}, true);
    spl_text cut =
        visible ? spl_text_cut((spl_text){visible, strlen(visible)}, (size_t)size - 1) : SPL_TEXT("out of memory");
    snprintf(out, (size_t)size, "%.*s", (int)cut.size, cut.data);
    free(visible);
    return out;
}
