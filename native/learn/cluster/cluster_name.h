// SPDX-License-Identifier: GPL-3.0-or-later
// A name for each cluster, from the features that set it apart from the rest: "instagram · mobile · evening".
#ifndef SAMPLIT_CLUSTER_NAME_H
#define SAMPLIT_CLUSTER_NAME_H

#include "data/schema_spec.h"
#include "learn/cluster/cluster_score.h"

#define SPL_CLUSTER_NAME_MAX 256 // with the zero at the end

// names[k]: valid UTF-8 of 1 to 255 bytes, each different. `points` are the features (not embeddings) of the rows that
// the labels are of, weighted.
//
// Each feature says one thing about a cluster: a category or a boolean that is more common in it, a number that is
// high or low, the part of a cycle that it lies in. They are ordered by how far the cluster is from all rows, in
// standard deviations (Cohen's d; for shares his h), and the first three above 0.5 make the name; clusters whose
// names are equal get further ones, then a number. One cluster is called "everyone".
bool spl_cluster_name(const spl_points *points, const spl_labeling *labeling, const spl_schema_spec *schema,
                      char (*names)[SPL_CLUSTER_NAME_MAX], spl_error *error);

#endif
