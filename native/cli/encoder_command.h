// SPDX-License-Identifier: GPL-3.0-or-later
// The parts of `samplit encoder`. Each takes its own argv (argv[0] is "samplit encoder NAME") and returns the exit
// code.
#ifndef SAMPLIT_ENCODER_COMMAND_H
#define SAMPLIT_ENCODER_COMMAND_H

int spl_encoder_train(int argc, char **argv);
int spl_encoder_finetune(int argc, char **argv);
int spl_encoder_apply(int argc, char **argv);
int spl_encoder_evaluate(int argc, char **argv);

#endif
