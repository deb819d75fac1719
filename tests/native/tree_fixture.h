// SPDX-License-Identifier: MIT
// A small bundle and its report, made from a list of segments, for the tests of drawings and commands.
#ifndef SAMPLIT_TREE_FIXTURE_H
#define SAMPLIT_TREE_FIXTURE_H

#include "bundle/bundle_file.h"

#define FIXTURE_NODES_MAX 16
#define FIXTURE_VARIANTS 3

typedef struct fixture_segment {
    int parent;            // index in the list; the root is entry 0 and has -1
    const char *attribute; // under which the value stands; the same for all children of a parent
    const char *value;
    const char *key; // segment key, already escaped
    bool serves;     // has a row of its own
    double p[FIXTURE_VARIANTS];
    double exposures, rate; // for the report: every variant has a third of them
} fixture_segment;

// The tree that the project's documents use as their example.
extern const fixture_segment fixture_world[];
extern const int fixture_world_count;

// Names and values that try to break out of a terminal, a page, a string.
extern const fixture_segment fixture_hostile[];
extern const int fixture_hostile_count;
extern const char *const fixture_plain_variants[FIXTURE_VARIANTS];
extern const char *const fixture_hostile_variants[FIXTURE_VARIANTS];

// The bundle's file from malloc; the experiment is called "world". Fails the test on any error.
uint8_t *fixture_bundle(const fixture_segment *segments, int count, const char *const *variants, size_t *size);

// Sets the checksum right after a change of the file.
void fixture_seal(uint8_t *data, size_t size);

// The report that `samplit learn` would write for it, as JSON from malloc. `bundle` is the opened file.
char *fixture_report(const spl_bundle *bundle, const fixture_segment *segments, int count, const char *const *variants);

#endif
