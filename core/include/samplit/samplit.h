// SPDX-License-Identifier: MIT
// The whole core. Reading order: context, features, encoder, cluster, tree, policy, linear, bundle, decide.
#ifndef SAMPLIT_H
#define SAMPLIT_H

#include "samplit/arena.h"
#include "samplit/bundle.h"
#include "samplit/cluster.h"
#include "samplit/context.h"
#include "samplit/decide.h"
#include "samplit/encoder.h"
#include "samplit/features.h"
#include "samplit/hash.h"
#include "samplit/linear.h"
#include "samplit/num.h"
#include "samplit/policy.h"
#include "samplit/rng.h"
#include "samplit/status.h"
#include "samplit/text.h"
#include "samplit/tree.h"

#endif
