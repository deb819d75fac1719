// SPDX-License-Identifier: GPL-3.0-or-later
// `samplit bench layers`: what each layer of the learner buys.
#ifndef SAMPLIT_BENCH_LAYERS_H
#define SAMPLIT_BENCH_LAYERS_H

// argv[0] is "samplit bench layers"; the exit code as in command.h.
int spl_bench_layers(int argc, char **argv);

#endif
