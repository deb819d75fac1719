// SPDX-License-Identifier: GPL-3.0-or-later
// How fast a linear bandit learns and predicts: three variants, four categorical attributes, inverse-gap weighting.
#ifndef SAMPLIT_BANDIT_SPEED_H
#define SAMPLIT_BANDIT_SPEED_H

#include "bench/timing.h"
#include "host/error.h"

typedef struct spl_bandit_speed spl_bandit_speed;

// Makes the visitors, and a file of them as text in the folder for temporary files. NULL on failure.
spl_bandit_speed *spl_bandit_speed_new(spl_error *error);
void spl_bandit_speed_free(spl_bandit_speed *speed); // removes the file; NULL is fine

// An item is one visitor: probabilities, a draw, a reward, and what is learned from it. Returns how many contenders:
// from features in memory, the posterior renewed for every reward; the same, renewed every 1,024 rewards; and from CSV
// text through context and features, renewed for every reward.
uint32_t spl_bandit_speed_enter(spl_bandit_speed *speed, spl_contender *out);

#endif
