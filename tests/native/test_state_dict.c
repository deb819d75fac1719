// SPDX-License-Identifier: MIT
// State dicts as PyTorch has them, from and to safetensors.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/state_dict_file.h"
#include "encoder_fixture.h"
#include "scratch.h"
#include "testing.h"

static const uint32_t WIDTH[] = {3, 5, 4, 2};

static spl_state_dict *dict_of(const spl_net *net)
{
    spl_state_dict *dict;
    assert_true(spl_state_dict_of_net(net, &dict, NULL));
    return dict;
}

static void a_net_has_the_tensors_of_a_sequential(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        spl_dtype dtype;
        uint32_t dims;
        uint64_t shape[2];
    } expected[] = {
        {"0.weight", SPL_F32, 2, {5, 3}},
        {"0.bias", SPL_F32, 1, {5, 1}},
        {"1.weight", SPL_F32, 1, {5, 1}},
        {"1.bias", SPL_F32, 1, {5, 1}},
        {"1.running_mean", SPL_F32, 1, {5, 1}},
        {"1.running_var", SPL_F32, 1, {5, 1}},
        {"1.num_batches_tracked", SPL_I64, 0, {1, 1}},
        {"4.weight", SPL_F32, 2, {4, 5}},
        {"4.bias", SPL_F32, 1, {4, 1}},
        {"5.weight", SPL_F32, 1, {4, 1}},
        {"5.bias", SPL_F32, 1, {4, 1}},
        {"5.running_mean", SPL_F32, 1, {4, 1}},
        {"5.running_var", SPL_F32, 1, {4, 1}},
        {"5.num_batches_tracked", SPL_I64, 0, {1, 1}},
        {"8.weight", SPL_F32, 2, {2, 4}},
        {"8.bias", SPL_F32, 1, {2, 1}},
    };
    spl_net *net = net_of(3, WIDTH, 1);
    spl_state_dict *dict = dict_of(net);
    assert_int_equal(dict->count, sizeof expected / sizeof *expected);
    for (uint32_t i = 0; i < dict->count; i++) {
        const spl_tensor *tensor = spl_state_dict_find(dict, expected[i].name);
        assert_non_null(tensor);
        assert_int_equal(tensor->dtype, expected[i].dtype);
        assert_int_equal(tensor->dims, expected[i].dims);
        assert_memory_equal(tensor->shape, expected[i].shape, sizeof tensor->shape);
    }
    // (outputs, inputs): the transposed of ours.
    const float *weight = spl_state_dict_find(dict, "0.weight")->data;
    assert_true(weight[1 * 3 + 2] == net->layers[0].weight[2 * net->layers[0].stride + 1]);
    assert_null(spl_state_dict_find(dict, "2.weight"));
    spl_state_dict_free(dict);
    spl_net_free(net);
}

static void what_is_written_is_read_back_to_the_bit(void **state)
{
    (void)state;
    spl_net *net = net_of(3, WIDTH, 1), *back;
    net->layers[0].batches = 12345678901;
    net->layers[1].mean[3] = -0.75f;
    spl_state_dict *dict = dict_of(net), *read;
    const char *path = scratch_path("net.safetensors");
    spl_error error;
    assert_true(spl_state_dict_file_write(path, dict, &error));
    assert_true(spl_state_dict_file_read(path, &read, &error));
    assert_true(spl_state_dict_net(read, &back, &error));
    assert_memory_equal(net->parameters, back->parameters, net->parameter_count * sizeof(float));
    assert_memory_equal(net->statistics, back->statistics, net->statistic_count * sizeof(float));
    assert_true(back->layers[0].batches == 12345678901);
    // Byte for byte the same file again.
    uint8_t *first, *second;
    size_t size, again;
    spl_state_dict *twin = dict_of(back);
    assert_true(spl_state_dict_write(dict, &first, &size, NULL));
    assert_true(spl_state_dict_write(twin, &second, &again, NULL));
    assert_int_equal(size, again);
    assert_memory_equal(first, second, size);
    assert_true(spl_state_dict_looks_like(first, size));
    assert_false(spl_state_dict_looks_like(first, size - 1));
    free(first);
    free(second);
    spl_state_dict_free(dict);
    spl_state_dict_free(read);
    spl_state_dict_free(twin);
    spl_net_free(net);
    spl_net_free(back);
}

// As PyTorch names it where the Sequential is a member of a module: refused by name, not taken for a broken bundle.
static void a_state_dict_of_another_net_is_still_one(void **state)
{
    (void)state;
    spl_net *net = net_of(3, WIDTH, 1), *out = NULL;
    spl_state_dict *dict = dict_of(net);
    for (uint32_t i = 0; i < dict->count; i++) {
        if (dict->tensors[i].name.size == 8 && memcmp(dict->tensors[i].name.data, "0.weight", 8) == 0)
            dict->tensors[i].name = (spl_text){"body.0.weight", 13};
    }
    uint8_t *data;
    size_t size;
    spl_error error;
    assert_true(spl_state_dict_write(dict, &data, &size, NULL));
    assert_true(spl_state_dict_looks_like(data, size));
    assert_false(spl_state_dict_net(dict, &out, &error));
    assert_string_equal(error.field, "0.weight");
    free(data);
    spl_state_dict_free(dict);
    spl_net_free(net);
}

static void pytorchs_file_is_written_again_as_it_was(void **state)
{
    (void)state;
    spl_state_dict *torch = torch_vectors("torch_checkpoint");
    spl_net *net;
    assert_true(spl_state_dict_net(torch, &net, NULL));
    spl_state_dict *ours = dict_of(net);
    assert_int_equal(ours->count, torch->count);
    for (uint32_t i = 0; i < torch->count; i++) {
        const spl_tensor *a = &torch->tensors[i];
        const spl_tensor *b = NULL;
        for (uint32_t j = 0; j < ours->count; j++)
            if (spl_text_equal(ours->tensors[j].name, a->name)) b = &ours->tensors[j];
        assert_non_null(b);
        assert_true(a->dtype == b->dtype && a->dims == b->dims && a->bytes == b->bytes);
        assert_memory_equal(a->shape, b->shape, sizeof a->shape);
        assert_memory_equal(a->data, b->data, a->bytes);
    }
    spl_state_dict_free(torch);
    spl_state_dict_free(ours);
    spl_net_free(net);
}

// A dict with one thing wrong: `change` is made to the tensor of that name.
typedef void wrong(spl_tensor *tensor);

static void refuse(const char *name, wrong *change, const char *field, const char *text)
{
    spl_net *net = net_of(3, WIDTH, 1), *out = NULL;
    spl_state_dict *dict = dict_of(net);
    spl_error error;
    change((spl_tensor *)spl_state_dict_find(dict, name));
    assert_false(spl_state_dict_net(dict, &out, &error));
    assert_string_equal(error.field, field);
    assert_string_equal(error.text, text);
    assert_null(out);
    spl_state_dict_free(dict);
    spl_net_free(net);
}

static void rename_it(spl_tensor *tensor)
{
    tensor->name = SPL_TEXT("encoder.weight");
}

static void widen(spl_tensor *tensor)
{
    tensor->shape[1]++;
}

static void lengthen(spl_tensor *tensor)
{
    tensor->shape[0] = 6;
}

static void flatten(spl_tensor *tensor)
{
    tensor->dims = 1;
}

static void make_f64(spl_tensor *tensor)
{
    tensor->dtype = SPL_F64;
}

static void make_i32(spl_tensor *tensor)
{
    tensor->dtype = SPL_I32;
}

static void spoil(spl_tensor *tensor)
{
    ((float *)tensor->data)[1] = NAN;
}

static void negate(spl_tensor *tensor)
{
    ((float *)tensor->data)[1] = -1;
}

static void what_does_not_fit_is_refused_by_name(void **state)
{
    (void)state;
    refuse("0.weight", rename_it, "0.weight", "missing: the weight of the first Linear");
    refuse("4.bias", rename_it, "encoder.weight",
           "not a tensor of Linear, BatchNorm1d, ReLU, Dropout, …, Linear with 3 Linear");
    refuse("4.weight", widen, "4.weight", "has shape [4, 6], not [4, 5]");
    refuse("8.weight", flatten, "8.weight", "has 1 dimensions, not 2");
    refuse("1.running_var", lengthen, "1.running_var", "has shape [6], not [5]");
    refuse("1.weight", make_f64, "1.weight", "is F64, not F32");
    refuse("5.num_batches_tracked", make_i32, "5.num_batches_tracked", "is I32, not I64");
    refuse("0.weight", spoil, "0.weight", "entry (0, 1) is not finite");
    refuse("5.bias", spoil, "5.bias", "entry 1 is nan, not finite");
    refuse("5.running_var", negate, "5.running_var", "entry 1 is -1, below 0");
}

static void a_missing_tensor_is_named(void **state)
{
    (void)state;
    spl_net *net = net_of(3, WIDTH, 1), *out;
    spl_state_dict *dict = dict_of(net);
    spl_error error;
    for (uint32_t i = 0; i < dict->count; i++)
        if (spl_text_equal(dict->tensors[i].name, SPL_TEXT("5.running_mean")))
            dict->tensors[i] = dict->tensors[--dict->count];
    assert_false(spl_state_dict_net(dict, &out, &error));
    assert_string_equal(error.field, "5.running_mean");
    assert_string_equal(error.text, "missing: a tensor F32 of shape [4]");
    spl_state_dict_free(dict);
    spl_net_free(net);
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    spl_net *net = net_of(3, WIDTH, 1);
    spl_state_dict *dict = dict_of(net), *out;
    uint8_t *data;
    size_t size;
    spl_error error;
    assert_true(spl_state_dict_write(dict, &data, &size, NULL));
    for (size_t cut = 0; cut < size; cut += 7) assert_false(spl_state_dict_read(data, cut, &out, &error));
    assert_false(spl_state_dict_read((const uint8_t *)"not a file", 10, &out, &error));
    assert_non_null(strstr(error.text, "16 MiB"));
    assert_false(spl_state_dict_file_read(scratch_path("none.safetensors"), &out, &error));
    free(data);
    spl_state_dict_free(dict);
    spl_net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_net_has_the_tensors_of_a_sequential),
        cmocka_unit_test(what_is_written_is_read_back_to_the_bit),
        cmocka_unit_test(a_state_dict_of_another_net_is_still_one),
        cmocka_unit_test(pytorchs_file_is_written_again_as_it_was),
        cmocka_unit_test(what_does_not_fit_is_refused_by_name),
        cmocka_unit_test(a_missing_tensor_is_named),
        cmocka_unit_test(damaged_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
