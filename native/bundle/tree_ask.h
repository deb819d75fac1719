// SPDX-License-Identifier: GPL-3.0-or-later
// Questions about single segments of a tree: one node, the way of a visitor through it, what stands below or above.
#ifndef SAMPLIT_TREE_ASK_H
#define SAMPLIT_TREE_ASK_H

#include <stdbool.h>
#include <stdio.h>

#include "bundle/tree_view.h"

typedef enum spl_tree_question {
    SPL_ASK_NODE,
    SPL_ASK_PATH, // of a visitor, from the root down; the last one that serves decides
    SPL_ASK_CHILDREN,
    SPL_ASK_ANCESTORS, // of a node, the root first, the node itself left out
} spl_tree_question;

typedef struct spl_tree_answer {
    spl_tree_question question;
    uint32_t count, *nodes; // [count] of the view; owned
    uint32_t server;        // the view's node that serves the one asked for
    char *end;              // PATH: why it goes no further, made visible; owned
} spl_tree_answer;

// About the segment of that key, its pairs in any order; PATH also takes keys that are no segment, as the attributes
// of a visitor. The view must show all levels. Where there is no such segment the error says who serves instead.
bool spl_tree_ask(const spl_view *view, spl_tree_question question, spl_text key, spl_tree_answer *out,
                  spl_error *error);
// The path of a visitor with that context.
bool spl_tree_ask_context(const spl_view *view, const spl_context *context, spl_tree_answer *out, spl_error *error);
void spl_tree_answer_free(spl_tree_answer *answer);

// As a table, or as one JSON object; docs/trees.md lists its fields. False when out of memory.
bool spl_tree_answer_text(const spl_view *view, const spl_tree_answer *answer, bool utf8, FILE *out);
bool spl_tree_answer_json(const spl_view *view, const spl_tree_answer *answer, FILE *out);

#endif
