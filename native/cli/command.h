// SPDX-License-Identifier: GPL-3.0-or-later
// The commands of `samplit`, one table for dispatch, help and shell completion.
#ifndef SAMPLIT_COMMAND_H
#define SAMPLIT_COMMAND_H

#define SPL_COMMAND_LIST(X)                                                                                            \
    X(simulate, "make events from a simulated world, uniformly or in a closed loop")                                   \
    X(import, "turn a CSV or NDJSON log into events")                                                                  \
    X(learn, "learn a bundle from events")                                                                             \
    X(encoder, "train, tune, apply and judge encoders")                                                                \
    X(cluster, "group visitors by what they are like")                                                                 \
    X(similar, "find rows like others, index them, make groups of labelled ones")                                      \
    X(ward, "join rows step by step into one tree")                                                                    \
    X(bundle, "inspect, compare, set up, sign and verify bundles")                                                     \
    X(key, "make keys that sign bundles")                                                                              \
    X(tree, "draw the segment tree of a bundle")                                                                       \
    X(decide, "decide for one unit")                                                                                   \
    X(replay, "recompute logged decisions and report the first that differs")                                          \
    X(evaluate, "value of a bundle's policy on a log, by IPS, SNIPS and DR")                                           \
    X(analyze, "the report of an experiment and its segments")                                                         \
    X(monitor, "what a peek at a running experiment may conclude")                                                     \
    X(srm, "were variants served as often as they should have been?")                                                  \
    X(plan, "check the plan of an experiment before it starts")                                                        \
    X(power, "plan an experiment: visitors and days, or the effect that can be seen")                                  \
    X(drift, "whether a bundle still fits the visits it serves")                                                       \
    X(retrain, "learn anew what has drifted, if the new one is not worse")                                             \
    X(bench, "time the hot paths beside their peers and limits")

// Each takes its own argv (argv[0] is "samplit NAME") and returns the exit code:
// 0 done, 1 failed, 2 misused. Arguments are parsed with argp (glibc).
#define SPL_COMMAND_DECLARE(name, summary) int spl_cmd_##name(int argc, char **argv);
SPL_COMMAND_LIST(SPL_COMMAND_DECLARE)
#undef SPL_COMMAND_DECLARE

#endif
