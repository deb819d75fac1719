// SPDX-License-Identifier: MIT
// The first encoder is `encoder.LAYER.*`, as where there is but one; those that make it an ensemble are
// `ensemble.MEMBER.LAYER.*`, members from 1 on. Neither layers nor members may leave a gap: what the
// reader does not reach would be left out in silence.
#include "bundle_reader.h"

// Members and layers have one digit each: their limits are below ten.
static spl_text layer_name(char out[SPL_NAME_MAX], uint32_t member, uint32_t layer, spl_text suffix)
{
    char digits[3] = {(char)('0' + member), '.', (char)('0' + layer)};
    if (member) return spl_join_name(out, SPL_TEXT("ensemble."), (spl_text){digits, 3}, suffix);
    return spl_join_name(out, SPL_TEXT("encoder."), (spl_text){digits + 2, 1}, suffix);
}

// `inputs` is what the layer before gives.
static spl_status read_layer(const spl_bundle_reader *reader, uint32_t member, uint32_t i, uint32_t inputs,
                             spl_layer *out)
{
    char buffer[SPL_NAME_MAX];
    const spl_tensor *weight, *bias;
    spl_text name = layer_name(buffer, member, i, SPL_TEXT(".weight"));
    spl_status status = spl_read_matrix(reader, name, SPL_F32, inputs, SPL_ANY, &weight);
    if (status != SPL_OK) return status;
    if (weight->shape[0] == 0 || weight->shape[1] == 0 || weight->shape[1] > SPL_ENCODER_WIDTH_MAX) {
        return spl_read_fail(reader, SPL_TOO_LARGE, name, 0, "1 to 4096 outputs");
    }
    name = layer_name(buffer, member, i, SPL_TEXT(".bias"));
    status = spl_read_vector(reader, name, SPL_F32, weight->shape[1], &bias);
    if (status == SPL_OK) status = spl_check_finite(reader, weight);
    if (status == SPL_OK) status = spl_check_finite(reader, bias);
    *out = (spl_layer){.inputs = inputs, .outputs = (uint32_t)weight->shape[1]};
    if (status == SPL_OK) out->weight = weight->data, out->bias = bias->data;
    return status;
}

// The layers of a member; none if its first one is missing.
static spl_status read_member(const spl_bundle_reader *reader, uint32_t member, spl_encoder *out)
{
    char buffer[SPL_NAME_MAX];
    uint32_t inputs = reader->bundle->schema.width, count = 0;
    for (;; count++) {
        spl_text name = layer_name(buffer, member, count, SPL_TEXT(".weight"));
        if (!spl_bundle_tensor(reader->bundle, name)) break;
        if (inputs == 0) {
            name = SPL_TEXT("schema.attribute");
            return spl_read_fail(reader, SPL_MISSING_TENSOR, name, 0, "a schema for the encoder");
        }
        if (count == SPL_ENCODER_LAYERS_MAX) {
            return spl_read_fail(reader, SPL_TOO_LARGE, name, count, "at most 8 layers");
        }
        spl_status status = read_layer(reader, member, count, inputs, &out->layers[count]);
        if (status != SPL_OK) return status;
        inputs = out->layers[count].outputs;
    }
    out->layer_count = count;
    spl_text prefix = layer_name(buffer, member, 0, SPL_TEXT("")); // less its last digit
    if (spl_count_tensors(reader, (spl_text){prefix.data, prefix.size - 1}) == 2 * count) return SPL_OK;
    spl_text next = layer_name(buffer, member, count, SPL_TEXT(".weight"));
    return spl_read_fail(reader, SPL_MISSING_TENSOR, next, 0, "this tensor, or none of the encoder after it");
}

static spl_status read_members(const spl_bundle_reader *reader, spl_encoder *all, uint32_t *count)
{
    char buffer[SPL_NAME_MAX];
    uint32_t tensors = 0; // of the members after the first
    for (uint32_t m = 0; m < SPL_ENSEMBLE_MAX; m++) {
        spl_status status = read_member(reader, m, &all[m]);
        if (status != SPL_OK) return status;
        if (all[m].layer_count == 0) break;
        if (spl_encoder_width(&all[m]) != spl_encoder_width(all)) {
            spl_text last = layer_name(buffer, m, all[m].layer_count - 1, SPL_TEXT(".weight"));
            return spl_read_fail(reader, SPL_BAD_SHAPE, last, 0, "as many outputs as the first encoder has");
        }
        if (m > 0) tensors += 2 * all[m].layer_count;
        *count = m + 1;
    }
    if (spl_count_tensors(reader, SPL_TEXT("ensemble.")) == tensors) return SPL_OK;
    spl_text next = layer_name(buffer, *count, 0, SPL_TEXT(".weight"));
    return spl_read_fail(reader, *count < SPL_ENSEMBLE_MAX ? SPL_MISSING_TENSOR : SPL_TOO_LARGE, next, 0,
                         "members from 1 to 7, without a gap");
}

spl_status spl_read_encoders(const spl_bundle_reader *reader, const spl_encoder **out, uint32_t *count)
{
    void *all;
    spl_status status = spl_read_take(reader, SPL_ENSEMBLE_MAX, sizeof(spl_encoder), &all);
    if (status == SPL_OK) status = read_members(reader, all, count);
    *out = all;
    return status;
}
