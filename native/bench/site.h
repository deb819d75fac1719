// SPDX-License-Identifier: GPL-3.0-or-later
// What the benchmarks decide about: visitors with real user agents, and a bundle of the size that a site
// would have: features web-20, encoder 20-64-48-32, a tree of three levels, three variants.
#ifndef SAMPLIT_SITE_H
#define SAMPLIT_SITE_H

#include "host/error.h"
#include "samplit/decide.h"

#define SPL_SITE_VISITORS 1024
#define SPL_SITE_FIELDS 11

typedef struct spl_site {
    spl_bundle bundle;
    spl_workspace workspace;
    spl_field fields[SPL_SITE_VISITORS][SPL_SITE_FIELDS]; // [0] is the user agent
    spl_text units[SPL_SITE_VISITORS];
    bool real_user_agents;          // false: the folder had none, a short list stands in
    void *owned[4];                 // file, arena, texts, document
    struct spl_bandit_speed *speed; // of the benchmark `linear`, once it was asked for; its owner frees it
} spl_site;

// `data` is the folder of the data sets.
bool spl_site_open(const char *data, spl_site *out, spl_error *error);
void spl_site_close(spl_site *site);

#endif
