// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/read_option.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"

uint64_t spl_cli_read_count(struct argp_state *state, const char *option, const char *text, uint64_t least,
                            uint64_t most)
{
    uint64_t value;
    if (!spl_cli_u64(text, &value) || value < least || value > most)
        argp_error(state, "--%s: \"%s\" is not a whole number from %" PRIu64 " to %" PRIu64, option, text, least, most);
    return value;
}

double spl_cli_read_number(struct argp_state *state, const char *option, const char *text, double least, double most)
{
    double value;
    if (!spl_cli_double(text, &value) || value < least || value > most)
        argp_error(state, "--%s: \"%s\" is not a number from %g to %g", option, text, least, most);
    return value;
}

double spl_cli_read_max_bad(struct argp_state *state, const char *text)
{
    double percent;
    if (!spl_cli_double(text, &percent) || percent < 0 || percent > 100)
        argp_error(state, "--max-bad: \"%s\" is not a percentage", text);
    return percent / 100;
}

spl_fold spl_cli_read_fold(struct argp_state *state, const char *text)
{
    spl_fold fold;
    spl_error error = {0};
    if (!spl_fold_parse(text, &fold, &error)) argp_error(state, "--fold: %s", error.text);
    return fold;
}

uint32_t spl_cli_read_leave_out(struct argp_state *state, const char *text, char **memory, const char **names,
                                uint32_t max)
{
    uint32_t count = 0;
    free(*memory);
    *memory = strdup(text);
    if (!*memory) argp_failure(state, 1, 0, "out of memory");
    for (char *rest = **memory ? *memory : NULL, *name; (name = strsep(&rest, ",")) != NULL;) {
        if (count == max) argp_error(state, "--leave-out: at most %" PRIu32 " columns", max);
        name += strspn(name, " \t");
        for (size_t size = strlen(name); size > 0 && strchr(" \t", name[size - 1]);) name[--size] = '\0';
        names[count++] = name;
    }
    return count;
}

int spl_cli_format_of(const char *path, const char *const *endings, int count, int fallback)
{
    size_t size = strlen(path);
    if (size > 3 && strcmp(path + size - 3, ".gz") == 0) size -= 3;
    for (int f = 0; f < count; f++) {
        size_t ending = strlen(endings[f]);
        if (size > ending && memcmp(path + size - ending, endings[f], ending) == 0) return f;
    }
    return fallback;
}
