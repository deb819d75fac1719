// SPDX-License-Identifier: GPL-3.0-or-later
// What the visits were like that a bundle was learned from: how often each attribute had which value. Kept in
// the private report, so that a later log can be held against it (learn/drift/drift.h).
//
// A tally counts contexts as they come, in memory that does not grow with the log; a reference is what is kept of
// it: at most 20 bins per attribute. Numbers are counted in buckets whose width grows with the number (16 to every
// doubling; whole numbers up to 31 have one each), and bins are made of whole buckets, so that two logs are always
// cut at the same places. Quantile sketches (t-digest, KLL) hold less, but cut every log at places of its own.
#ifndef SAMPLIT_REFERENCE_H
#define SAMPLIT_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "events/event.h"
#include "samplit/context.h"

#define SPL_REFERENCE_ATTRIBUTES_MAX 64
#define SPL_REFERENCE_VALUES_MAX 20    // texts of an attribute that have a bin: the most frequent
#define SPL_REFERENCE_INTERVALS_MAX 10 // of numbers, with about as many visits in each
#define SPL_REFERENCE_BINS_MAX (SPL_REFERENCE_VALUES_MAX + 2)

typedef struct spl_reference_attribute {
    char *name;         // owned, as is all below; "#" and 16 hex digits where only the hash is known
    bool numeric;       // more of its values were numbers than texts
    uint32_t bin_count; // values, or intervals
    char **values;      // [bin_count] texts, the most frequent first; NULL if numeric
    double *edges;      // [bin_count - 1] ascending; numeric: bin i has the numbers from edges[i - 1] to edges[i]
    uint64_t *counts;   // [bin_count + 2] visits per bin; then those of any other value; then those without one
} spl_reference_attribute;

typedef struct spl_reference {
    uint64_t exposures;           // visits counted
    int64_t oldest_ms, newest_ms; // time of the first and of the last of them, Unix
    uint32_t attribute_count;
    spl_reference_attribute *attributes; // [attribute_count] by name
} spl_reference;

void spl_reference_free(spl_reference *reference); // NULL is fine

typedef struct spl_tally spl_tally;

spl_tally *spl_tally_new(void);        // NULL: out of memory
void spl_tally_free(spl_tally *tally); // NULL is fine

// One visit: its attributes, and the exposure for its time and for the attributes' names. False when out of memory.
bool spl_tally_add(spl_tally *tally, const spl_context *context, const spl_event *exposure);

// Makes room for the values of a reference, so that none of them is lost among many others. Before the first visit.
// False when out of memory.
bool spl_tally_expect(spl_tally *tally, const spl_reference *reference);

// What is kept of it; from malloc. NULL when out of memory.
spl_reference *spl_tally_reference(const spl_tally *tally);

// How often the attribute fell into each bin of a reference's: counts[bin_count + 2], as there.
void spl_tally_count(const spl_tally *tally, const spl_reference_attribute *bins, uint64_t *counts);

uint64_t spl_tally_exposures(const spl_tally *tally);
int64_t spl_tally_oldest(const spl_tally *tally); // Unix ms; INT64_MAX without a visit
int64_t spl_tally_newest(const spl_tally *tally); // INT64_MIN

#endif
