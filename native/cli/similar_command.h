// SPDX-License-Identifier: GPL-3.0-or-later
// What `samplit similar` was asked, and the part of it that describes labelled groups.
#ifndef SAMPLIT_SIMILAR_COMMAND_H
#define SAMPLIT_SIMILAR_COMMAND_H

#include <stdio.h>

#include "bundle/bundle_file.h"
#include "cli/similar_rows.h"

#define SPL_SIMILAR_LINES_MAX 1000 // of --query

typedef struct spl_similar_settings {
    const char *model, *rows, *queries, *index, *label, *groups, *out;
    uint64_t lines[SPL_SIMILAR_LINES_MAX]; // of --query
    size_t line_count;
    uint64_t k, ef, links, build_ef, points, seed, threads;
    double max_bad;
    bool exact, json;
} spl_similar_settings;

// Describes the groups that the label column makes, says how well they can be told apart, and writes them as the
// clusters of the model.
bool spl_similar_label(const spl_similar_settings *settings, const spl_bundle *model, const spl_similar_rows *rows,
                       spl_pool *pool, spl_error *error);

// Where to say what was done: standard error when standard output holds a file.
FILE *spl_similar_remarks(const spl_similar_settings *settings);

#endif
