// SPDX-License-Identifier: GPL-3.0-or-later
// Splits a log by unit, so that one part teaches and another judges: `--fold K/N` keeps the units
// whose XXH64 (seed 0) is K modulo N, `--fold not-K/N` all others. A unit is always in one fold, whatever its events.
#ifndef SAMPLIT_FOLD_H
#define SAMPLIT_FOLD_H

#include "host/error.h"
#include "samplit/text.h"

typedef struct spl_fold {
    uint32_t index; // K, below count
    uint32_t count; // N; 0 or 1 = all units
    bool except;    // all units but those
} spl_fold;

// Every unit.
#define SPL_FOLD_ALL ((spl_fold){0, 1, false})

// Reads "K/N" or "not-K/N" with 0 <= K < N <= 1000.
bool spl_fold_parse(const char *text, spl_fold *out, spl_error *error);

bool spl_fold_holds(spl_fold fold, spl_text unit);

#endif
