// SPDX-License-Identifier: MIT
#include "bundle_reader.h"

#define LABEL_MAX 255       // bytes
#define BIAS_TOLERANCE 1e-6 // of |c|^2 / 2: whoever wrote it may have summed in float
static const char BIAS[] = "clusters.bias";
static const char LABELS[] = "clusters.label_bytes";

uint32_t spl_read_space(const spl_bundle_reader *reader, const char *name, uint32_t *space)
{
    const spl_bundle *bundle = reader->bundle;
    uint32_t width = bundle->schema.width;
    *space = *(const uint8_t *)spl_read_tensor(reader, name, SPL_U8, 1, SPL_VECTOR)->data;
    if (*space == SPL_SPACE_EMBEDDING) width = bundle->encoder_count ? spl_encoder_width(bundle->encoders) : 0;
    SPL_CHECK(reader, *space <= SPL_SPACE_EMBEDDING && width > 0, SPL_BAD_VALUE, name, 0,
              "0 and a schema, or 1 and an encoder");
    return width;
}

// In the order of the tensor; 0 = none.
static double half_square(const float *centroids, uint32_t width, uint32_t k, uint32_t point)
{
    double sum = 0;
    for (uint32_t i = 0; i < width; i++) {
        double entry = (double)centroids[(size_t)i * k + point];
        sum += entry * entry;
    }
    return 0.5 * sum;
}

// A bias that is not the centroid's own would move visitors to other points in silence.
static void check_bias(const spl_bundle_reader *reader, const spl_layer *nearest)
{
    for (uint32_t i = 0; i < nearest->outputs; i++) {
        double expected = half_square(nearest->weight, nearest->inputs, nearest->outputs, i);
        double apart = (double)nearest->bias[i] + expected, most = BIAS_TOLERANCE * expected;
        SPL_CHECK(reader, apart <= most && apart >= -most, SPL_BAD_VALUE, BIAS, i, "minus half the centroid's square");
    }
}

static void check_labels(const spl_bundle_reader *reader, const spl_texts *labels)
{
    for (uint32_t i = 0; i < labels->count; i++) {
        spl_text label = spl_text_at(labels, i);
        bool good = label.size > 0 && label.size <= LABEL_MAX && spl_text_is_utf8(label);
        SPL_CHECK(reader, good, SPL_BAD_VALUE, LABELS, labels->start[i], "labels of 1 to 255 bytes of UTF-8");
    }
}

void spl_read_clusters(const spl_bundle_reader *reader, spl_clusters *out)
{
    spl_texts labels;
    if (spl_count_tensors(reader, "clusters.") == 0) return;
    uint32_t width = spl_read_space(reader, "clusters.space", &out->space);
    spl_read_layer(reader, "clusters.centroids", BIAS, width, SPL_ANY, &out->nearest);
    if (spl_read_failed(reader)) return;
    check_bias(reader, &out->nearest);
    out->count = out->nearest.outputs;
    spl_read_texts(reader, "clusters.label_start", LABELS, out->count + 1, &labels);
    if (spl_read_failed(reader)) return;
    check_labels(reader, &labels);
    out->label_start = labels.start;
    out->label_bytes = labels.bytes;
}
