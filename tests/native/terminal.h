// SPDX-License-Identifier: MIT
// Runs of the program on a terminal of its own, where it asks and is answered.
#ifndef TERMINAL_H
#define TERMINAL_H

#include <stddef.h>

typedef struct terminal_run {
    int code;         // exit code, -1 if a signal ended it
    char shown[4096]; // what stood on the terminal: output, errors, questions, and what is echoed of the answers
} terminal_run;

// Runs `samplit ARGUMENTS` (separated by single blanks) in the test's folder. After each question, which ends in
// ": ", it types the next of the answers, as they stand.
terminal_run terminal_samplit(const char *arguments, const char *const *answers, size_t answer_count);

#endif
