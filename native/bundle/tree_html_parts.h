// SPDX-License-Identifier: GPL-3.0-or-later
// The page of a tree while it is written.
#ifndef SAMPLIT_TREE_HTML_PARTS_H
#define SAMPLIT_TREE_HTML_PARTS_H

#include <stdbool.h>
#include <stdio.h>

#include "bundle/tree_view.h"

typedef struct spl_html_page {
    const spl_view *view;
    FILE *out;
    double scale; // the highest rate that the range column shows
    bool ok;      // false once memory has run out
} spl_html_page;

// Writes a text that was made visible, escaped, and frees it.
void spl_html_text(spl_html_page *page, char *visible);
void spl_html_variant(spl_html_page *page, uint32_t variant);

// The summary of a segment's <details>: name, figures, what is served.
void spl_html_row(spl_html_page *page, uint32_t index);
// What opens below it: why it serves or not, and a table of its variants.
void spl_html_inside(spl_html_page *page, uint32_t index);

#endif
