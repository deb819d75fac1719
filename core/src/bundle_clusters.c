// SPDX-License-Identifier: MIT
#include "bundle_reader.h"

#define LABEL_MAX 255       // bytes
#define BIAS_TOLERANCE 1e-6 // of |c|^2 / 2: whoever wrote it may have summed in float
static const char BIAS[] = "clusters.bias";
static const char LABELS[] = "clusters.label_bytes";

spl_status spl_read_space(const spl_bundle_reader *reader, const char *name, uint32_t *space, uint32_t *width)
{
    const spl_bundle *bundle = reader->bundle;
    const spl_tensor *tensor;
    spl_status status = spl_read_vector(reader, name, SPL_U8, 1, &tensor);
    if (status != SPL_OK) return status;
    *space = *(const uint8_t *)tensor->data;
    *width = bundle->schema.width;
    if (*space == SPL_SPACE_EMBEDDING) *width = bundle->encoder_count ? spl_encoder_width(bundle->encoders) : 0;
    if (*space <= SPL_SPACE_EMBEDDING && *width > 0) return SPL_OK;
    return spl_read_fail(reader, SPL_BAD_VALUE, name, 0, "0 and a schema, or 1 and an encoder");
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
static spl_status check_bias(const spl_bundle_reader *reader, const spl_layer *nearest)
{
    for (uint32_t i = 0; i < nearest->outputs; i++) {
        double expected = half_square(nearest->weight, nearest->inputs, nearest->outputs, i);
        double apart = (double)nearest->bias[i] + expected;
        if (!(apart <= BIAS_TOLERANCE * expected && apart >= -BIAS_TOLERANCE * expected)) {
            return spl_read_fail(reader, SPL_BAD_VALUE, BIAS, i, "minus half the centroid's square");
        }
    }
    return SPL_OK;
}

static spl_status check_labels(const spl_bundle_reader *reader, const spl_texts *labels)
{
    for (uint32_t i = 0; i < labels->count; i++) {
        spl_text label = spl_text_at(labels, i);
        if (label.size == 0 || label.size > LABEL_MAX || !spl_text_is_utf8(label)) {
            return spl_read_fail(reader, SPL_BAD_VALUE, LABELS, labels->start[i], "labels of 1 to 255 bytes of UTF-8");
        }
    }
    return SPL_OK;
}

spl_status spl_read_clusters(const spl_bundle_reader *reader, spl_clusters *out)
{
    spl_clusters clusters = {0};
    spl_texts labels = {0};
    uint32_t width;
    if (spl_count_tensors(reader, "clusters.") == 0) return SPL_OK;
    spl_status status = spl_read_space(reader, "clusters.space", &clusters.space, &width);
    if (status != SPL_OK) return status;
    status = spl_read_layer(reader, "clusters.centroids", BIAS, width, SPL_ANY, &clusters.nearest);
    if (status == SPL_OK) status = check_bias(reader, &clusters.nearest);
    if (status == SPL_OK) {
        clusters.count = clusters.nearest.outputs;
        status = spl_read_texts(reader, "clusters.label_start", LABELS, clusters.count, &labels);
    }
    if (status == SPL_OK) status = check_labels(reader, &labels);
    if (status != SPL_OK) return status;
    clusters.label_start = labels.start;
    clusters.label_bytes = labels.bytes;
    *out = clusters;
    return SPL_OK;
}
