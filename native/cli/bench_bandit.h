// SPDX-License-Identifier: GPL-3.0-or-later
// `samplit bench bandit`: labelled data as a bandit.
#ifndef SAMPLIT_BENCH_BANDIT_H
#define SAMPLIT_BENCH_BANDIT_H

// argv[0] is "samplit bench bandit"; the exit code as in command.h.
int spl_bench_bandit(int argc, char **argv);

#endif
