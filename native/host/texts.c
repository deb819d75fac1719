// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/texts.h"

#include <stdlib.h>

char *spl_text_copy(spl_text text)
{
    char *copy = malloc(text.size + 1);
    if (!copy) return NULL;
    if (text.size > 0) memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return copy;
}

void spl_texts_free(char **texts, uint32_t count)
{
    for (uint32_t i = 0; texts && i < count; i++) free(texts[i]);
    free(texts);
}

bool spl_text_before(spl_text a, spl_text b)
{
    size_t shorter = a.size < b.size ? a.size : b.size;
    int order = shorter > 0 ? memcmp(a.data, b.data, shorter) : 0;
    return order < 0 || (order == 0 && a.size < b.size);
}

const char *spl_path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
