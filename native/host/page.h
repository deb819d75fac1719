// SPDX-License-Identifier: GPL-3.0-or-later
// A page that is one file: its head, with a content security policy that names the page's own style and script by
// their hashes and allows nothing else. So even a name that escaped the escaping could not run.
#ifndef SAMPLIT_PAGE_H
#define SAMPLIT_PAGE_H

#include <stddef.h>
#include <stdio.h>

// The content of a <style> or a <script>, line by line.
typedef struct spl_page_block {
    const char *const *lines;
    size_t count;
} spl_page_block;

#define SPL_PAGE_BLOCK(array) ((spl_page_block){(array), sizeof(array) / sizeof *(array)})
#define SPL_PAGE_COLOURS 8 // of variants: classes v0 to v7

// Colours for light and dark, as custom properties, and the classes v0 to v7.
extern const spl_page_block spl_page_palette;

// Everything up to </head>. `title` is visible text (host/visible.h); `script` may be empty.
void spl_page_head(FILE *out, const char *title, spl_page_block style, spl_page_block script);

// </body> and what follows, the script before it.
void spl_page_end(FILE *out, spl_page_block script);

#endif
