// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/encoder/encoder_checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "learn/encoder/encoder_state.h"

const spl_tensor *spl_state_dict_find(const spl_state_dict *dict, const char *name)
{
    spl_text text = {name, strlen(name)};
    for (uint32_t i = 0; i < dict->count; i++) {
        if (spl_text_equal(dict->tensors[i].name, text)) return &dict->tensors[i];
    }
    return NULL;
}

void spl_state_dict_free(spl_state_dict *dict)
{
    if (!dict) return;
    free(dict->tensors);
    free(dict->memory);
    free(dict);
}

// Building.

bool spl_state_build(spl_state_builder *builder, uint32_t tensors, size_t bytes, spl_error *error)
{
    *builder = (spl_state_builder){.tensors_max = tensors};
    builder->dict = calloc(1, sizeof *builder->dict);
    if (!builder->dict) return spl_fail(error, "out of memory");
    size_t room = bytes + (size_t)tensors * (SPL_STATE_NAME + 8);
    builder->dict->tensors = calloc(tensors, sizeof *builder->dict->tensors);
    builder->dict->memory = malloc(room);
    if (!builder->dict->tensors || !builder->dict->memory) {
        spl_state_dict_free(builder->dict);
        return spl_fail(error, "out of memory");
    }
    builder->next = builder->dict->memory;
    return true;
}

void *spl_state_put(spl_state_builder *builder, spl_dtype dtype, uint32_t dims, uint64_t rows, uint64_t columns,
                    const char *prefix, const char *name)
{
    spl_tensor *tensor = &builder->dict->tensors[builder->dict->count++];
    size_t element = dtype == SPL_F32 ? 4 : 8, bytes = (size_t)(rows * columns) * element;
    uint8_t *data = builder->next, *text = data + (bytes + 7) / 8 * 8;
    int size = snprintf((char *)text, SPL_STATE_NAME, "%s%s", prefix, name);
    builder->next = text + SPL_STATE_NAME;
    *tensor = (spl_tensor){{(char *)text, (size_t)size}, dtype, dims, {rows, columns}, data, bytes};
    return data;
}

size_t spl_state_net_bytes(const spl_net *net)
{
    return (net->parameter_count + net->statistic_count) * sizeof(float) + SPL_ENCODER_LAYERS_MAX * 8;
}

static const char *module_name(char *out, uint32_t module, const char *what)
{
    snprintf(out, SPL_STATE_NAME, "%u.%s", module, what);
    return out;
}

static void put_row(spl_state_builder *builder, const char *prefix, uint32_t module, const char *what, uint32_t count,
                    const float *from)
{
    char name[SPL_STATE_NAME];
    void *to = spl_state_put(builder, SPL_F32, 1, count, 1, prefix, module_name(name, module, what));
    memcpy(to, from, count * sizeof(float));
}

static void put_layer(spl_state_builder *builder, const char *prefix, const spl_net_layer *layer, uint32_t index,
                      bool statistics)
{
    char name[SPL_STATE_NAME];
    uint32_t dense = SPL_STATE_MODULES * index, norm = dense + 1, n = layer->outputs;
    float *weight = spl_state_put(builder, SPL_F32, 2, n, layer->inputs, prefix, module_name(name, dense, "weight"));
    for (uint32_t o = 0; o < n; o++)
        for (uint32_t i = 0; i < layer->inputs; i++) *weight++ = layer->weight[(size_t)i * layer->stride + o];
    put_row(builder, prefix, dense, "bias", n, layer->bias);
    if (!layer->hidden) return;
    put_row(builder, prefix, norm, "weight", n, layer->gamma);
    put_row(builder, prefix, norm, "bias", n, layer->beta);
    if (!statistics) return;
    put_row(builder, prefix, norm, "running_mean", n, layer->mean);
    put_row(builder, prefix, norm, "running_var", n, layer->variance);
    int64_t batches = (int64_t)layer->batches;
    memcpy(spl_state_put(builder, SPL_I64, 0, 1, 1, prefix, module_name(name, norm, "num_batches_tracked")), &batches,
           sizeof batches);
}

void spl_state_put_net(spl_state_builder *builder, const char *prefix, const spl_net *net, bool statistics)
{
    for (uint32_t k = 0; k < net->shape.layer_count; k++) put_layer(builder, prefix, &net->layers[k], k, statistics);
}

bool spl_state_dict_of_net(const spl_net *net, spl_state_dict **out, spl_error *error)
{
    spl_state_builder builder;
    if (!spl_state_build(&builder, SPL_STATE_TENSORS * net->shape.layer_count, spl_state_net_bytes(net), error))
        return false;
    spl_state_put_net(&builder, "", net, true);
    *out = builder.dict;
    return true;
}

// Reading.

static const char *dtype_name(spl_dtype dtype)
{
    switch (dtype) {
    case SPL_F32: return "F32";
    case SPL_F64: return "F64";
    case SPL_U8: return "U8";
    case SPL_I32: return "I32";
    case SPL_U32: return "U32";
    case SPL_U64: return "U64";
    case SPL_I64: return "I64";
    case SPL_DTYPE_OTHER1: return "a dtype of 1 byte";
    case SPL_DTYPE_OTHER2: return "a dtype of 2 bytes";
    }
    return "unknown";
}

static const char *shape_text(char out[64], uint32_t dims, const uint64_t shape[2])
{
    if (dims == 0) snprintf(out, 64, "[]");
    if (dims == 1) snprintf(out, 64, "[%llu]", (unsigned long long)shape[0]);
    if (dims == 2) snprintf(out, 64, "[%llu, %llu]", (unsigned long long)shape[0], (unsigned long long)shape[1]);
    return out;
}

const void *spl_state_get(const spl_state_dict *dict, const char *prefix, const char *suffix, spl_dtype dtype,
                          uint32_t dims, uint64_t rows, uint64_t columns, spl_error *error)
{
    char name[SPL_STATE_NAME], is[64], wanted[64];
    uint64_t shape[2] = {rows, columns};
    snprintf(name, sizeof name, "%s%s", prefix, suffix);
    const spl_tensor *tensor = spl_state_dict_find(dict, name);
    if (!tensor) {
        spl_fail_field(error, name, "missing: a tensor %s of shape %s", dtype_name(dtype),
                       shape_text(wanted, dims, shape));
        return NULL;
    }
    if (tensor->dtype != dtype) {
        spl_fail_field(error, name, "is %s, not %s", dtype_name(tensor->dtype), dtype_name(dtype));
        return NULL;
    }
    if (tensor->dims == dims && tensor->shape[0] == rows && tensor->shape[1] == columns) return tensor->data;
    spl_fail_field(error, name, "has shape %s, not %s", shape_text(is, tensor->dims, tensor->shape),
                   shape_text(wanted, dims, shape));
    return NULL;
}

// Copies `count` floats, each finite and not below `low`.
static bool get_row(const spl_state_dict *dict, const char *prefix, uint32_t module, const char *what, uint32_t count,
                    float low, float *to, spl_error *error)
{
    char name[SPL_STATE_NAME], full[2 * SPL_STATE_NAME];
    const float *from = spl_state_get(dict, prefix, module_name(name, module, what), SPL_F32, 1, count, 1, error);
    if (!from) return false;
    for (uint32_t i = 0; i < count; i++) {
        if (isfinite(from[i]) && from[i] >= low) continue;
        snprintf(full, sizeof full, "%s%s", prefix, name);
        return spl_fail_field(error, full, "entry %u is %g%s", i, (double)from[i],
                              isfinite(from[i]) ? ", below 0" : ", not finite");
    }
    memcpy(to, from, count * sizeof(float));
    return true;
}

static bool get_weight(const spl_state_dict *dict, const char *prefix, uint32_t module, const spl_net_layer *layer,
                       spl_error *error)
{
    char name[SPL_STATE_NAME], full[2 * SPL_STATE_NAME];
    const float *from = spl_state_get(dict, prefix, module_name(name, module, "weight"), SPL_F32, 2, layer->outputs,
                                      layer->inputs, error);
    if (!from) return false;
    for (uint32_t o = 0; o < layer->outputs; o++) {
        for (uint32_t i = 0; i < layer->inputs; i++, from++) {
            if (!isfinite(*from)) {
                snprintf(full, sizeof full, "%s%s", prefix, name);
                return spl_fail_field(error, full, "entry (%u, %u) is not finite", o, i);
            }
            layer->weight[(size_t)i * layer->stride + o] = *from;
        }
    }
    return true;
}

static bool get_layer(const spl_state_dict *dict, const char *prefix, spl_net_layer *layer, uint32_t index,
                      bool statistics, spl_error *error)
{
    uint32_t dense = SPL_STATE_MODULES * index, norm = dense + 1, n = layer->outputs;
    char name[SPL_STATE_NAME];
    if (!get_weight(dict, prefix, dense, layer, error)) return false;
    if (!get_row(dict, prefix, dense, "bias", n, -INFINITY, layer->bias, error)) return false;
    if (!layer->hidden) return true;
    if (!get_row(dict, prefix, norm, "weight", n, -INFINITY, layer->gamma, error)) return false;
    if (!get_row(dict, prefix, norm, "bias", n, -INFINITY, layer->beta, error)) return false;
    if (!statistics) return true;
    if (!get_row(dict, prefix, norm, "running_mean", n, -INFINITY, layer->mean, error)) return false;
    if (!get_row(dict, prefix, norm, "running_var", n, 0, layer->variance, error)) return false;
    const void *batches =
        spl_state_get(dict, prefix, module_name(name, norm, "num_batches_tracked"), SPL_I64, 0, 1, 1, error);
    if (!batches) return false;
    int64_t count;
    memcpy(&count, batches, sizeof count);
    layer->batches = count < 0 ? 0 : (uint64_t)count;
    return true;
}

bool spl_state_get_net(const spl_state_dict *dict, const char *prefix, spl_net *net, bool statistics, spl_error *error)
{
    for (uint32_t k = 0; k < net->shape.layer_count; k++) {
        if (!get_layer(dict, prefix, &net->layers[k], k, statistics, error)) return false;
    }
    return true;
}

// The outputs of each layer from its weight; that everything fits is found when it is read.
static bool shape_of(const spl_state_dict *dict, spl_net_shape *shape, spl_error *error)
{
    *shape = (spl_net_shape){0};
    for (uint32_t k = 0; k <= SPL_ENCODER_LAYERS_MAX; k++) {
        char name[SPL_STATE_NAME];
        const spl_tensor *weight = spl_state_dict_find(dict, module_name(name, SPL_STATE_MODULES * k, "weight"));
        if (!weight && k > 0) break;
        if (!weight) return spl_fail_field(error, name, "missing: the weight of the first Linear");
        if (k == SPL_ENCODER_LAYERS_MAX)
            return spl_fail_field(error, name, "an encoder has at most %d layers", SPL_ENCODER_LAYERS_MAX);
        if (weight->dims != 2) return spl_fail_field(error, name, "has %u dimensions, not 2", weight->dims);
        for (int side = 0; side < 2; side++) {
            if (weight->shape[side] >= 1 && weight->shape[side] <= SPL_ENCODER_WIDTH_MAX) continue;
            return spl_fail_field(error, name, "a layer is 1 to %d wide, not %llu", SPL_ENCODER_WIDTH_MAX,
                                  (unsigned long long)weight->shape[side]);
        }
        if (k == 0) shape->width[0] = (uint32_t)weight->shape[1];
        shape->width[k + 1] = (uint32_t)weight->shape[0];
        shape->layer_count = k + 1;
    }
    return true;
}

static bool name_is_expected(spl_text name, uint32_t layers)
{
    static const char *const DENSE[] = {"weight", "bias"};
    static const char *const NORM[] = {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"};
    char expected[SPL_STATE_NAME];
    if (name.size >= 8 && memcmp(name.data, "samplit.", 8) == 0) return true;
    for (uint32_t k = 0; k < layers; k++) {
        for (int i = 0; i < 7; i++) {
            bool norm = i >= 2;
            if (norm && k + 1 == layers) break;
            module_name(expected, SPL_STATE_MODULES * k + norm, norm ? NORM[i - 2] : DENSE[i]);
            if (spl_text_equal(name, (spl_text){expected, strlen(expected)})) return true;
        }
    }
    return false;
}

static bool check_names(const spl_state_dict *dict, uint32_t layers, spl_error *error)
{
    for (uint32_t i = 0; i < dict->count; i++) {
        spl_text name = dict->tensors[i].name;
        if (name_is_expected(name, layers)) continue;
        char text[SPL_STATE_NAME];
        snprintf(text, sizeof text, "%.*s", (int)(name.size < 90 ? name.size : 90), name.data);
        return spl_fail_field(error, text,
                              "not a tensor of Linear, BatchNorm1d, ReLU, Dropout, …, Linear with %u Linear", layers);
    }
    return true;
}

bool spl_state_dict_net(const spl_state_dict *dict, spl_net **out, spl_error *error)
{
    spl_net_shape shape;
    spl_net *net;
    if (!shape_of(dict, &shape, error) || !check_names(dict, shape.layer_count, error)) return false;
    if (!spl_net_new(&shape, 0, &net, error)) return false;
    const char *prefix = spl_state_dict_find(dict, SPL_STATE_BEST "0.weight") ? SPL_STATE_BEST : "";
    if (!spl_state_get_net(dict, prefix, net, true, error)) {
        spl_net_free(net);
        return false;
    }
    *out = net;
    return true;
}
