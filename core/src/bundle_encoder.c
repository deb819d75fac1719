// SPDX-License-Identifier: MIT
// The first encoder is `encoder.LAYER.*`, as where there is but one; those that make it an ensemble are
// `ensemble.MEMBER.LAYER.*`, members from 1 on. Neither layers nor members may leave a gap: what the
// reader does not reach would be left out in silence.
#include "bundle_reader.h"

// Members and layers have one digit each: their limits are below ten.
static char *layer_name(char out[SPL_NAME_MAX], uint32_t member, uint32_t layer, const char *suffix)
{
    char digits[3] = {(char)('0' + member), '.', (char)('0' + layer)};
    if (member) return spl_join_name(out, "ensemble.", (spl_text){digits, 3}, suffix);
    return spl_join_name(out, "encoder.", (spl_text){digits + 2, 1}, suffix);
}

// The layers of a member; none if its first one is missing.
static void read_member(const spl_bundle_reader *reader, uint32_t member, spl_encoder *out)
{
    char buffer[SPL_NAME_MAX], bias[SPL_NAME_MAX];
    uint32_t inputs = reader->bundle->schema.width, count = 0;
    for (;; count++) {
        const char *name = layer_name(buffer, member, count, ".weight");
        if (!spl_read_find(reader, name)) break;
        SPL_CHECK(reader, inputs > 0, SPL_MISSING_TENSOR, "schema.attribute", 0, "a schema for the encoder");
        SPL_CHECK(reader, count < SPL_ENCODER_LAYERS_MAX, SPL_TOO_LARGE, name, count, "at most 8 layers");
        if (spl_read_failed(reader)) break;
        spl_read_layer(reader, name, layer_name(bias, member, count, ".bias"), inputs, SPL_ANY, &out->layers[count]);
        inputs = out->layers[count].outputs;
    }
    out->layer_count = count;
    layer_name(buffer, member, 0, "")[member ? 11 : 8] = 0; // "encoder." or "ensemble.1."
    bool whole = spl_count_tensors(reader, buffer) == 2 * count;
    SPL_CHECK(reader, whole, SPL_MISSING_TENSOR, layer_name(buffer, member, count, ".weight"), 0,
              "this tensor, or none after it");
}

static void read_members(const spl_bundle_reader *reader, spl_encoder *all, uint32_t *count)
{
    char buffer[SPL_NAME_MAX];
    uint32_t tensors = 0; // of the members after the first
    for (uint32_t m = 0; m < SPL_ENSEMBLE_MAX; m++) {
        uint32_t *layers = &all[m].layer_count;
        read_member(reader, m, &all[m]);
        if (*layers == 0) break;
        SPL_CHECK(reader, spl_encoder_width(&all[m]) == spl_encoder_width(all), SPL_BAD_SHAPE,
                  layer_name(buffer, m, *layers - 1, ".weight"), 0, "as many outputs as the first encoder has");
        if (m > 0) tensors += 2 * *layers;
        *count = m + 1;
    }
    SPL_CHECK(reader, spl_count_tensors(reader, "ensemble.") == tensors,
              *count < SPL_ENSEMBLE_MAX ? SPL_MISSING_TENSOR : SPL_TOO_LARGE, layer_name(buffer, *count, 0, ".weight"),
              0, "members from 1 to 7, without a gap");
}

void spl_read_encoders(const spl_bundle_reader *reader, const spl_encoder **out, uint32_t *count)
{
    spl_encoder *all = spl_read_take(reader, SPL_ENSEMBLE_MAX, sizeof(spl_encoder));
    if (all) read_members(reader, all, count);
    *out = all;
}
