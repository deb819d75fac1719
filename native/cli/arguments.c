// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/arguments.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void spl_arguments_add(spl_arguments *to, const char *format, ...)
{
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    int size = vsnprintf(NULL, 0, format, list);
    char *text = size >= 0 && to->count < SPL_ARGUMENTS_MAX ? malloc((size_t)size + 1) : NULL;
    to->failed |= !text;
    if (text) {
        vsnprintf(text, (size_t)size + 1, format, again);
        to->items[to->count++] = text;
    }
    va_end(again);
    va_end(list);
}

void spl_arguments_option(spl_arguments *to, const char *name, const char *value)
{
    if (value[0])
        spl_arguments_add(to, "--%s=%s", name, value);
    else
        spl_arguments_add(to, "--%s", name);
}

void spl_arguments_free(spl_arguments *arguments)
{
    for (int i = 0; i < arguments->count; i++) free(arguments->items[i]);
    arguments->count = 0;
}
