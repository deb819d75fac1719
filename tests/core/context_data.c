// SPDX-License-Identifier: MIT
#include "context_data.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

FILE *context_data_open(const char *name)
{
    const char *folder = getenv("SAMPLIT_DATA");
    char path[2048], command[4096];
    snprintf(path, sizeof path, "%s/%s", folder ? folder : SAMPLIT_SOURCE "/../shared/data", name);
    if (access(path, R_OK) != 0) {
        fprintf(stderr, "SKIPPED: the data set %s is not there; set SAMPLIT_DATA\n", path);
        return NULL;
    }
    snprintf(command, sizeof command, "gzip -dcf '%s'", path);
    return popen(command, "r");
}

void context_data_close(FILE *file)
{
    pclose(file);
}

char *context_data_line(FILE *file)
{
    static char line[16384];
    if (!fgets(line, sizeof line, file)) return NULL;
    line[strcspn(line, "\n")] = '\0';
    return line;
}

char *context_data_unquote(char *text)
{
    char quote = *text;
    if (quote != '"' && quote != '\'') return text;
    char *out = text, *in = text + 1;
    for (; *in && !(*in == quote && in[1] != quote); in++) {
        if ((quote == '"' && *in == '\\') || (quote == '\'' && *in == '\'')) in++;
        *out++ = *in;
    }
    *out = '\0';
    return text;
}
