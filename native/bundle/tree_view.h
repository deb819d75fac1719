// SPDX-License-Identifier: GPL-3.0-or-later
// The segment tree of one experiment in the order in which it is drawn: every node before its children,
// siblings by exposures (where a report tells them), then by name. All drawings are made from this.
#ifndef SAMPLIT_TREE_VIEW_H
#define SAMPLIT_TREE_VIEW_H

#include <stdint.h>

#include "bundle/report_read.h"
#include "host/error.h"
#include "samplit/bundle.h"

typedef struct spl_view_node {
    uint32_t node;               // in the bundle's tree
    uint32_t parent;             // in the view; SPL_NO_NODE for the root
    uint32_t depth;              // the root has 0
    uint32_t children;           // drawn below it
    uint32_t hidden;             // nodes under it that are left out for the depth asked for
    bool last;                   // of its siblings
    spl_text attribute, value;   // as a person knows them, escapes taken out; empty for the root
    uint32_t server;             // the view node that serves here: itself or an ancestor
    const double *probabilities; // [variant_count] that are served here
    uint32_t lead;               // the variant with the highest of them
    const spl_report_node *seen; // NULL without a report
} spl_view_node;

typedef struct spl_view {
    const spl_bundle *bundle;
    const spl_experiment *experiment;
    const spl_report *report;          // NULL = policy only
    uint32_t count;                    // nodes drawn
    spl_view_node *nodes;              // [count]
    uint32_t serving, depth;           // of the whole tree: nodes that serve on their own, and levels below the root
    double served[SPL_TREE_DEPTH_MAX]; // share of the report's visits that each level serves; NaN without a report
    uint32_t best, worst;              // drawn segments with the highest and lowest rate of those that serve, the root
                                       // left out; SPL_NO_NODE without a report or with fewer than two
    void *memory;                      // owned
} spl_view;

// The variant with the highest of `count` probabilities, the first of equal ones.
uint32_t spl_lead(const double *probabilities, uint32_t count);

// `depth_max`: levels below the root to draw. Bundle and report must outlive the view. O(nodes log nodes).
bool spl_view_make(const spl_bundle *bundle, uint32_t experiment, const spl_report *report, uint32_t depth_max,
                   spl_view *out, spl_error *error);
void spl_view_free(spl_view *view);

// The drawn node that stands for that node of the tree; SPL_NO_NODE if it is left out. O(nodes).
uint32_t spl_view_of(const spl_view *view, uint32_t node);

// The attribute that the children of a drawn node differ on; empty where none is drawn.
spl_text spl_view_split(const spl_view *view, uint32_t index);

// Why the node serves, or does not: "serves on its own", "350 of 500 visits", … From malloc; NULL: out of memory.
char *spl_view_reason(const spl_view *view, uint32_t index);

// "attribute:value" of a node, or "global", made visible (host/visible.h). From malloc; NULL: out of memory.
char *spl_view_label(const spl_view *view, uint32_t index, bool utf8);

// A variant's name, made visible. From malloc; NULL: out of memory.
char *spl_view_variant(const spl_view *view, uint32_t variant, bool utf8);

// Whether the variant is the control and its name does not say so.
bool spl_view_marks_control(const spl_view *view, uint32_t variant);

#endif
