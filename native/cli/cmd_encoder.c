// SPDX-License-Identifier: GPL-3.0-or-later
// Encoders: trained, tuned, applied, judged. The first word says which.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/encoder_command.h"
#include "cli/options.h"

static const struct {
    const char *name, *title, *summary;
    int (*run)(int argc, char **argv);
} PARTS[] = {
    {"train", "samplit encoder train", "learn an embedding from labelled rows", spl_encoder_train},
    {"finetune", "samplit encoder finetune", "go on from a trained encoder with other rows", spl_encoder_finetune},
    {"apply", "samplit encoder apply", "write the embeddings of rows", spl_encoder_apply},
    {"evaluate", "samplit encoder evaluate", "judge an encoder beside the features it starts from",
     spl_encoder_evaluate},
};
#define PART_COUNT (sizeof PARTS / sizeof *PARTS)

static int print_help(void)
{
    puts("Usage: samplit encoder WHAT [OPTION...]\n\n"
         "Learns and uses an encoder: a small network that turns features into an embedding.\n");
    for (size_t i = 0; i < PART_COUNT; i++) printf("  %-9s %s\n", PARTS[i].name, PARTS[i].summary);
    puts("\n  samplit encoder WHAT --help    its options and an example\n\n"
         "Example:\n"
         "  samplit encoder train sessions.csv --label Revenue --out encoder.safetensors\n"
         "  samplit encoder evaluate encoder.safetensors sessions.csv --label Revenue\n"
         "  samplit encoder apply encoder.safetensors sessions.csv --out embeddings.npy");
    return 0;
}

int spl_cmd_encoder(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "--help") == 0 || strcmp(what, "-?") == 0 || strcmp(what, "-h") == 0) return print_help();
    for (size_t i = 0; i < PART_COUNT; i++) {
        if (strcmp(what, PARTS[i].name) != 0) continue;
        argv[1] = strdup(PARTS[i].title);
        if (!argv[1]) return 1;
        int code = PARTS[i].run(argc - 1, argv + 1);
        free(argv[1]);
        return code;
    }
    if (argc < 2) return spl_cli_misuse("encoder", "train, finetune, apply or evaluate?");
    return spl_cli_misuse("encoder", "\"%s\" is not train, finetune, apply or evaluate", what);
}
