// SPDX-License-Identifier: GPL-3.0-or-later
// What the commands share: how they fail, and how they read their arguments.
//
// Every command parses with argp. main sets argp_err_exit_status to 2, so argp_error and argp_usage
// are the way out for a misused option. The text after \v in the argp's doc is the help's footer;
// it begins with an example:
//
//   static const char DOC[] = "Learn a bundle from events.\v"
//                             "Example:\n  samplit learn events.ndjson --levels country,device --out b.safetensors\n";
#ifndef SAMPLIT_OPTIONS_H
#define SAMPLIT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/error.h"
#include "samplit/text.h"

// Prints "samplit COMMAND: file:line: field: text" to standard error; returns 1.
int spl_cli_fail(const char *command, const spl_error *error);

// Prints "samplit COMMAND: text" and where help is to standard error; returns 2.
__attribute__((format(printf, 2, 3))) int spl_cli_misuse(const char *command, const char *format, ...);

// The same as a note that does not stop anything: "samplit COMMAND: warning: text".
__attribute__((format(printf, 2, 3))) void spl_cli_warn(const char *command, const char *format, ...);

// Whole numbers in decimal, and finite numbers. The text must be the number and nothing else; on
// failure *out is unchanged.
bool spl_cli_u64(const char *text, uint64_t *out);
bool spl_cli_double(const char *text, double *out);

// A duration: "90s", "30m", "24h", "7d", or a bare number of seconds. At most 10,000 days.
bool spl_cli_duration(const char *text, int64_t *milliseconds);

// Splits at every `separator`: out[0..returned) point into `text`, blanks around each left out.
// Returns max + 1 when there are more than `max`; 0 for an empty text. "a,,b" has an empty part.
size_t spl_cli_split(const char *text, char separator, spl_text *out, size_t max);

// Whether no path in `writes` names a file that is also read, or written twice, whatever the spelling (NULL
// and streams are left out). On false `problem` says which.
bool spl_cli_paths_apart(const char *const *reads, size_t read_count, const char *const *writes, size_t write_count,
                         char *problem, size_t size);

#endif
