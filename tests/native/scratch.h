// SPDX-License-Identifier: MIT
// Files of a test, in a folder of its own that is removed at its end, runs of the program, and what stands in the JSON
// that it writes.
#ifndef SCRATCH_H
#define SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

// The test's folder; and the path of a file in it: static storage, eight at a time.
const char *scratch_folder(void);
const char *scratch_path(const char *name);

// Writes, or reads whole (from malloc, with a zero byte after the end). Any error fails the test.
void scratch_write(const char *path, const void *data, size_t size);
void scratch_write_text(const char *path, const char *text);
char *scratch_read(const char *path);

// Whether a file of that name lies in the test's folder, and how many do.
bool scratch_exists(const char *name);
int scratch_count(void);

typedef struct scratch_run {
    int code;        // exit code
    char *out, *err; // what it wrote, from malloc
    size_t out_size; // bytes of `out`, which may hold zeros
} scratch_run;

// Runs `samplit ARGUMENTS` through the shell in the test's folder (printf rules).
__attribute__((format(printf, 1, 2))) scratch_run scratch_samplit(const char *format, ...);
void scratch_run_free(scratch_run *run);

// Runs it for what it writes to files: any exit code but 0 fails the test.
void scratch_succeeds(const char *arguments);

typedef struct scratch_refusal {
    const char *arguments;
    int code;
    const char *message; // a part of it
} scratch_refusal;

// Runs `samplit COMMAND ARGUMENTS` for each: any other exit code or message, or any output, fails the test.
void scratch_refuses(const char *command, const scratch_refusal *refusals, size_t count);

// Fails the test, showing both, unless `part` stands in `text`.
void scratch_says(const char *text, const char *part);

// The member of that name. Any other kind, or none, fails the test.
struct cJSON;
double scratch_number(const struct cJSON *object, const char *name);
const char *scratch_word(const struct cJSON *object, const char *name);

// The path of a data set's file below SAMPLIT_DATA, or NULL, said loudly, if it is missing.
const char *scratch_data(const char *name);

#endif
