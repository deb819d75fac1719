// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/options.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/files.h"

#define DURATION_MAX_S (10000.0 * 86400)

int spl_cli_fail(const char *command, const spl_error *error)
{
    char text[sizeof *error + 32];
    fprintf(stderr, "samplit %s: %s\n", command, spl_error_format(error, text, (int)sizeof text));
    return 1;
}

int spl_cli_misuse(const char *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "samplit %s: ", command);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\nTry 'samplit %s --help'.\n", command);
    va_end(arguments);
    return 2;
}

void spl_cli_warn(const char *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "samplit %s: warning: ", command);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

bool spl_cli_u64(const char *text, uint64_t *out)
{
    if (*text < '0' || *text > '9') return false; // strtoull takes blanks and signs
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0') return false;
    *out = value;
    return true;
}

// The number at the start of `text`, and where it ends. Hexadecimal, "inf" and "nan" are no numbers here.
static bool leading_double(const char *text, double *out, const char **end)
{
    size_t size = strspn(text, "+-.0123456789eE");
    if (size == 0) return false;
    char *stop;
    double value = strtod(text, &stop);
    if (stop == text || stop > text + size || !isfinite(value)) return false;
    *out = value;
    *end = stop;
    return true;
}

bool spl_cli_double(const char *text, double *out)
{
    const char *end;
    double value;
    if (!leading_double(text, &value, &end) || *end != '\0') return false;
    *out = value;
    return true;
}

static double unit_seconds(const char *unit)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(unit, units[i].name) == 0) return units[i].seconds;
    }
    return -1;
}

bool spl_cli_duration(const char *text, int64_t *milliseconds)
{
    const char *unit;
    double value;
    if (!leading_double(text, &value, &unit)) return false;
    double seconds = value * unit_seconds(unit);
    if (unit_seconds(unit) < 0 || !(seconds >= 0 && seconds <= DURATION_MAX_S)) return false;
    *milliseconds = (int64_t)(seconds * 1000 + 0.5);
    return true;
}

static spl_text trimmed(const char *data, size_t size)
{
    while (size > 0 && (*data == ' ' || *data == '\t')) data++, size--;
    while (size > 0 && (data[size - 1] == ' ' || data[size - 1] == '\t')) size--;
    return (spl_text){data, size};
}

size_t spl_cli_split(const char *text, char separator, spl_text *out, size_t max)
{
    size_t count = 0;
    if (*text == '\0') return 0;
    for (;;) {
        const char *end = strchr(text, separator);
        size_t size = end ? (size_t)(end - text) : strlen(text);
        if (count == max) return max + 1;
        out[count++] = trimmed(text, size);
        if (!end) return count;
        text = end + 1;
    }
}

// The file's folder and name with links followed; NULL where there is no such folder. From malloc.
static char *full_path(const char *path)
{
    char *whole = realpath(path, NULL);
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (whole) return whole;
    char *folder = strndup(path, slash ? (size_t)(name - path) : 0);
    char *above = folder ? realpath(slash ? folder : ".", NULL) : NULL;
    free(folder);
    if (above) whole = malloc(strlen(above) + strlen(name) + 2);
    if (whole) sprintf(whole, "%s/%s", above, name);
    free(above);
    return whole;
}

// Whether both name one file, whatever the spelling. Pipes and devices can be written twice.
static bool same_file(const char *a, const char *b)
{
    if (!a || !b || spl_path_is_stream(a) || spl_path_is_stream(b)) return false;
    char *x = full_path(a), *y = full_path(b);
    bool same = x && y && strcmp(x, y) == 0;
    free(x);
    free(y);
    return same;
}

bool spl_cli_paths_apart(const char *const *reads, size_t read_count, const char *const *writes, size_t write_count,
                         char *problem, size_t size)
{
    for (size_t w = 0; w < write_count; w++) {
        for (size_t r = 0; r < read_count; r++) {
            if (!same_file(writes[w], reads[r])) continue;
            snprintf(problem, size, "%s is read and would be overwritten", reads[r]);
            return false;
        }
        for (size_t other = 0; other < w; other++) {
            if (!same_file(writes[w], writes[other])) continue;
            snprintf(problem, size, "two outputs have the same file, %s", writes[w]);
            return false;
        }
    }
    return true;
}
