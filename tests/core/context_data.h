// SPDX-License-Identifier: MIT
// Public data sets: $SAMPLIT_DATA, or ../shared/data beside the sources.
#ifndef SAMPLIT_CONTEXT_DATA_H
#define SAMPLIT_CONTEXT_DATA_H

#include <stdio.h>

// Opens a file of the data sets, unpacking ".gz" with gzip. A missing one is said loudly and gives
// NULL. Close with context_data_close.
FILE *context_data_open(const char *name);
void context_data_close(FILE *file);

// The next line without its end, or NULL. Valid until the next call.
char *context_data_line(FILE *file);

// Takes the quotes off a YAML or JSON scalar in place: "…" with \" and \\, '…' with ''. Plain
// text stays.
char *context_data_unquote(char *text);

#endif
