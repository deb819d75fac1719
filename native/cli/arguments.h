// SPDX-License-Identifier: GPL-3.0-or-later
// A command line made by the program itself, to run one of its own commands.
#ifndef SAMPLIT_ARGUMENTS_H
#define SAMPLIT_ARGUMENTS_H

#include <stdbool.h>

#define SPL_ARGUMENTS_MAX 96

typedef struct spl_arguments {
    int count;
    char *items[SPL_ARGUMENTS_MAX + 1]; // owned; a NULL behind the last
    bool failed;                        // out of memory, or too many
} spl_arguments;

// One more, by printf's rules.
__attribute__((format(printf, 2, 3))) void spl_arguments_add(spl_arguments *to, const char *format, ...);

// "--name=value", or "--name" where the value is empty.
void spl_arguments_option(spl_arguments *to, const char *name, const char *value);
void spl_arguments_free(spl_arguments *arguments);

#endif
