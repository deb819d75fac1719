// SPDX-License-Identifier: MIT
#include "bundle_reader.h"
#include "samplit/num.h"

static spl_text layer_name(char out[SPL_NAME_MAX], uint32_t layer, spl_text suffix)
{
    char digit = (char)('0' + layer); // SPL_ENCODER_LAYERS_MAX is below ten
    return spl_join_name(out, SPL_TEXT("encoder."), (spl_text){&digit, 1}, suffix);
}

static spl_status check_finite(const spl_bundle_reader *reader, const spl_tensor *tensor)
{
    const float *values = tensor->data;
    for (uint64_t i = 0; i < tensor->bytes / sizeof(float); i++) {
        if (!spl_is_finitef(values[i])) {
            return spl_read_fail(reader, SPL_BAD_VALUE, tensor->name, i, "finite numbers");
        }
    }
    return SPL_OK;
}

// `inputs` is what the layer before gives.
static spl_status read_layer(const spl_bundle_reader *reader, uint32_t i, uint32_t inputs, spl_layer *out)
{
    char buffer[SPL_NAME_MAX];
    const spl_tensor *weight, *bias;
    spl_text name = layer_name(buffer, i, SPL_TEXT(".weight"));
    spl_status status = spl_read_matrix(reader, name, SPL_F32, inputs, SPL_ANY, &weight);
    if (status != SPL_OK) return status;
    if (weight->shape[0] == 0 || weight->shape[1] == 0 || weight->shape[1] > SPL_ENCODER_WIDTH_MAX) {
        return spl_read_fail(reader, SPL_TOO_LARGE, name, 0, "1 to 4096 outputs");
    }
    status = spl_read_vector(reader, layer_name(buffer, i, SPL_TEXT(".bias")), SPL_F32, weight->shape[1], &bias);
    if (status == SPL_OK) status = check_finite(reader, weight);
    if (status == SPL_OK) status = check_finite(reader, bias);
    *out = (spl_layer){.inputs = inputs, .outputs = (uint32_t)weight->shape[1]};
    if (status == SPL_OK) out->weight = weight->data, out->bias = bias->data;
    return status;
}

// A layer that the chain does not reach would be left out in silence. `next` is what it lacks.
static spl_status check_no_more(const spl_bundle_reader *reader, uint32_t layers, spl_text next)
{
    if (spl_count_tensors(reader, SPL_TEXT("encoder.")) == 2 * layers) return SPL_OK;
    return spl_read_fail(reader, SPL_MISSING_TENSOR, next, 0, "this tensor, or none of the encoder after it");
}

spl_status spl_read_encoder(const spl_bundle_reader *reader, spl_encoder *out)
{
    char buffer[SPL_NAME_MAX];
    uint32_t inputs = reader->bundle->schema.width;
    for (uint32_t i = 0;; i++) {
        spl_text name = layer_name(buffer, i, SPL_TEXT(".weight"));
        if (!spl_bundle_tensor(reader->bundle, name)) return check_no_more(reader, i, name);
        if (inputs == 0)
            return spl_read_fail(reader, SPL_MISSING_TENSOR, SPL_TEXT("schema.attribute"), 0,
                                 "a schema for the encoder");
        if (i == SPL_ENCODER_LAYERS_MAX) return spl_read_fail(reader, SPL_TOO_LARGE, name, i, "at most 8 layers");
        spl_status status = read_layer(reader, i, inputs, &out->layers[i]);
        if (status != SPL_OK) return status;
        inputs = out->layers[i].outputs;
        out->layer_count = i + 1;
    }
}
