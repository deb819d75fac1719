// SPDX-License-Identifier: GPL-3.0-or-later
// Values of options that several commands take. What is none ends the program by argp_error, which names the option.
#ifndef SAMPLIT_READ_OPTION_H
#define SAMPLIT_READ_OPTION_H

#include <argp.h>
#include <stdint.h>

#include "events/fold.h"

// A whole number, or a number, from `least` to `most`.
uint64_t spl_cli_read_count(struct argp_state *state, const char *option, const char *text, uint64_t least,
                            uint64_t most);
double spl_cli_read_number(struct argp_state *state, const char *option, const char *text, double least, double most);

// Of --max-bad, a percentage; the share that it is.
double spl_cli_read_max_bad(struct argp_state *state, const char *text);

// Of --fold.
spl_fold spl_cli_read_fold(struct argp_state *state, const char *text);

// Of --leave-out: the columns' names, without the blanks around them, in one piece of memory that is freed before.
// Returns how many: up to `max`.
uint32_t spl_cli_read_leave_out(struct argp_state *state, const char *text, char **memory, const char **names,
                                uint32_t max);

// Which of the endings an output's name has, .gz behind it or not; `fallback` if none.
int spl_cli_format_of(const char *path, const char *const *endings, int count, int fallback);

#endif
