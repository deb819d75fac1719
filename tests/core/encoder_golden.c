// SPDX-License-Identifier: MIT
#include "encoder_golden.h"

#include "samplit/hash.h"

#define NETWORKS 200
#define WIDTH 70 // most inputs or outputs of a layer
#define DEPTH 4

void golden_fill(float *values, size_t n, uint64_t stream, float scale)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = spl_mix64((stream << 32 | i) * 0x9E3779B97F4A7C15u + 1);
        values[i] = ((float)(bits >> 40) * 0x1p-23f - 1) * scale;
    }
}

static uint32_t width(uint64_t stream, uint32_t i)
{
    return 1 + (uint32_t)(spl_mix64(stream << 8 | i) % WIDTH);
}

static float scale_of(uint64_t network)
{
    return network % 10 == 8 ? 0x1p-130f : network % 10 == 9 ? 0x1p+127f : 1;
}

uint64_t golden_digest(spl_kernel kernel)
{
    static float weight[DEPTH][WIDTH * WIDTH], bias[DEPTH][WIDTH], features[WIDTH], scratch[2 * WIDTH],
        embedding[WIDTH];
    uint64_t digest = 0;
    for (uint64_t network = 0; network < NETWORKS; network++) {
        spl_encoder encoder = {.layer_count = 1 + (uint32_t)(network % DEPTH)};
        for (uint32_t i = 0; i < encoder.layer_count; i++) {
            uint32_t inputs = width(network, i), outputs = width(network, i + 1);
            golden_fill(weight[i], (size_t)inputs * outputs, 100 * network + i, scale_of(network));
            golden_fill(bias[i], outputs, 100 * network + 10 + i, scale_of(network));
            encoder.layers[i] = (spl_layer){inputs, outputs, weight[i], bias[i]};
        }
        golden_fill(features, encoder.layers[0].inputs, 100 * network + 20, 1);
        spl_encode(&encoder, kernel, features, scratch, embedding);
        digest = spl_xxh64(embedding, encoder.layers[encoder.layer_count - 1].outputs * sizeof(float), digest);
    }
    return digest;
}
