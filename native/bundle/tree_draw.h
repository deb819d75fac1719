// SPDX-License-Identifier: GPL-3.0-or-later
// The segment tree as text, JSON, a page, or a graph in the DOT language. Names are escaped for each of
// them, so a tree learned from a hostile log is safe to look at. False only when memory runs out; what
// is then already in `out` is of no use.
#ifndef SAMPLIT_TREE_DRAW_H
#define SAMPLIT_TREE_DRAW_H

#include <stdbool.h>
#include <stdio.h>

#include "bundle/tree_view.h"

// For a terminal: box-drawing characters and names as they are with `utf8`, else ASCII only.
bool spl_tree_ascii(const spl_view *view, bool utf8, FILE *out);

// One JSON object; docs/evaluation.md lists its fields.
bool spl_tree_json(const spl_view *view, FILE *out);

// A page of its own: no script or style from elsewhere, branches fold, light and dark.
bool spl_tree_html(const spl_view *view, FILE *out);

// For Graphviz: `samplit tree B --format dot | dot -Tsvg`.
bool spl_tree_dot(const spl_view *view, FILE *out);

#endif
