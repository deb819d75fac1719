// SPDX-License-Identifier: MIT
// Any bytes as a state dict: an error that says something, or a net that embeds finite numbers and writes itself back.
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/state_dict_file.h"
#include "learn/encoder/encoder_train.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) abort();
}

static void write_back(const spl_net *net)
{
    spl_state_dict *dict, *again;
    uint8_t *bytes;
    size_t count;
    check(spl_state_dict_of_net(net, &dict, NULL));
    check(spl_state_dict_write(dict, &bytes, &count, NULL));
    check(spl_state_dict_read(bytes, count, &again, NULL));
    check(again->count == dict->count);
    free(bytes);
    spl_state_dict_free(dict);
    spl_state_dict_free(again);
}

static void embed(const spl_net *net)
{
    uint32_t inputs = net->shape.width[0], outputs = net->shape.width[net->shape.layer_count];
    float *x = calloc(2 * (size_t)inputs, sizeof *x), *e = malloc(2 * (size_t)outputs * sizeof *e);
    for (uint32_t i = 0; i < 2 * inputs; i++) x[i] = (float)(i % 5) - 2;
    check(spl_net_embed(net, x, 2, NULL, e, NULL));
    for (uint32_t i = 0; i < 2 * outputs; i++) check(isfinite(e[i]));
    free(x);
    free(e);
}

// A training of four rows that the bytes may or may not belong to.
static void resume(const spl_state_dict *dict)
{
    static const float x[] = {0, 0, 0, 1, 1, 0, 1, 1};
    static const int32_t label[] = {0, 0, 1, 1};
    spl_net_shape shape = {.layer_count = 2, .width = {2, 3, 2}};
    spl_encoder_rows rows = {x, label, 4, 2};
    spl_encoder_config config = spl_encoder_config_default();
    config.epochs = 2;
    config.batch = 4;
    spl_net *net;
    spl_encoder_run *run;
    spl_error error = {0};
    check(spl_net_new(&shape, 1, &net, NULL));
    check(spl_encoder_run_new(net, &rows, NULL, &config, NULL, &run, NULL));
    if (spl_encoder_run_resume(run, dict, &error))
        while (spl_encoder_run_epoch(run)) {
        }
    else
        check(error.text[0] != 0);
    spl_encoder_run_free(run);
    spl_net_free(net);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    spl_state_dict *dict;
    spl_net *net;
    spl_error error = {0};
    if (!spl_state_dict_read(data, size, &dict, &error)) {
        check(error.text[0] != 0);
        return 0;
    }
    if (spl_state_dict_net(dict, &net, &error)) {
        embed(net);
        write_back(net);
        spl_net_free(net);
    } else {
        check(error.text[0] != 0);
    }
    resume(dict);
    spl_state_dict_free(dict);
    return 0;
}
