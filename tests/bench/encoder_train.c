// SPDX-License-Identifier: MIT
// One training on rows from a file, for encoder_train.py to run beside PyTorch: prints seconds and loss per epoch.
//
//     bench_encoder_train ROWS n d random|semi-hard|batch-hard EPOCHS SEED
//
// ROWS holds float32 x (n, d), then int32 labels [n].
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/files.h"
#include "learn/encoder/encoder_train.h"

// Of the processor, so that others on the machine count less.
static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int fail(const spl_error *error)
{
    char text[1024];
    fprintf(stderr, "%s\n", spl_error_format(error, text, sizeof text));
    return 1;
}

static spl_mining mining_of(const char *name)
{
    if (strcmp(name, "random") == 0) return SPL_MINING_RANDOM;
    return strcmp(name, "batch-hard") == 0 ? SPL_MINING_BATCH_HARD : SPL_MINING_SEMI_HARD;
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fprintf(stderr, "usage: bench_encoder_train ROWS n d random|semi-hard|batch-hard EPOCHS SEED\n");
        return 2;
    }
    spl_error error = {0};
    uint8_t *data;
    size_t size;
    if (!spl_file_read(argv[1], &data, &size, &error)) return fail(&error);
    uint32_t n = (uint32_t)atoi(argv[2]), d = (uint32_t)atoi(argv[3]);
    if (size != (size_t)n * (d + 1) * 4) return 2;
    spl_encoder_rows rows = {(const float *)data, (const int32_t *)(data + (size_t)n * d * 4), n, d};

    spl_encoder_config config = spl_encoder_config_default();
    config.mining = mining_of(argv[4]);
    config.epochs = (uint32_t)atoi(argv[5]);
    config.seed = (uint64_t)atoll(argv[6]);
    config.schedule = SPL_SCHEDULE_CONSTANT;
    config.warmup_epochs = 0;
    config.validation = 0;
    config.learning_rate = 1e-3; // as PyTorch there
    spl_net_shape shape = spl_net_shape_default(d);
    spl_net *net;
    spl_encoder_run *run;
    if (!spl_net_new(&shape, config.seed, &net, &error)) return fail(&error);
    if (!spl_encoder_run_new(net, &rows, NULL, &config, NULL, &run, &error)) return fail(&error);
    for (double started = seconds(); spl_encoder_run_epoch(run); started = seconds()) {
        uint32_t count;
        const spl_encoder_epoch *epochs = spl_encoder_run_history(run, &count);
        printf("%.6f %.6f\n", seconds() - started, epochs[count - 1].train_loss);
    }
    spl_encoder_run_free(run);
    spl_net_free(net);
    free(data);
    return 0;
}
