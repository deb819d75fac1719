// SPDX-License-Identifier: GPL-3.0-or-later
// What is in a bundle, for people and for programs.
#ifndef SAMPLIT_INSPECT_H
#define SAMPLIT_INSPECT_H

#include <stdbool.h>
#include <stdio.h>

#include "bundle/bundle_file.h"
#include "bundle/report_read.h"
#include "bundle/settings.h"

typedef struct spl_inspection {
    const char *path; // as the user gave it
    const spl_bundle_file *file;
    bool id_matches;          // whether the id is that of the file's bytes
    const spl_report *report; // of the first experiment, NULL if there is none
} spl_inspection;

// False only when memory runs out.
bool spl_inspect_text(const spl_inspection *inspection, bool utf8, FILE *out);
bool spl_inspect_json(const spl_inspection *inspection, FILE *out);

// Words for what the tensors hold as numbers. Static storage.
const char *spl_feature_kind_name(uint8_t kind);
const char *spl_transform_name(uint8_t transform);
const char *spl_space_name(uint32_t space); // "features", "embedding"
const char *spl_rule_name(uint32_t rule);   // "table", "inverse-gap", "softmax", "epsilon-greedy", "linucb", "lints"
const char *spl_dtype_name(spl_dtype dtype);

// Weights and biases of all layers.
uint64_t spl_encoder_parameters(const spl_encoder *encoder);

// The groups of a bundle's clusters: labels in the order of their first points. Sets first[returned) to those points
// and points[returned) to how many each has; both hold clusters->count entries.
uint32_t spl_cluster_groups(const spl_clusters *clusters, uint32_t *first, uint32_t *points);

// The nodes at one depth of the tree.
typedef struct spl_tree_level_summary {
    spl_text attribute; // that the nodes here differ on, escaped as in keys; empty if they differ on several
    uint32_t nodes;
} spl_tree_level_summary;

// Fills levels[0..returned), the root's first; returns how many there are, at most SPL_TREE_DEPTH_MAX.
uint32_t spl_tree_levels(const spl_tree *tree, spl_tree_level_summary levels[SPL_TREE_DEPTH_MAX]);

#endif
