// SPDX-License-Identifier: MIT
// Oracle: the definition in encoder.h, one output after the other. Every kernel that runs here must
// give its bits; only the bits of a NaN are free.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encoder_golden.h"
#include "encoder_kernels.h"
#include "samplit/num.h"
#include "testing.h"

#define INPUTS_MAX 40
#define OUTPUTS_MAX 70 // beyond eight vectors of 8, and four of 16, with every remainder

static const struct {
    spl_kernel id;
    spl_dense *dense;
} KERNELS[] = {
    {SPL_KERNEL_SCALAR, spl_dense_scalar},
#if SPL_HAVE_SIMD128
    {SPL_KERNEL_SIMD128, spl_dense_simd128},
#endif
#if SPL_HAVE_X86_64
    {SPL_KERNEL_AVX2, spl_dense_avx2},
    {SPL_KERNEL_AVX512, spl_dense_avx512},
#endif
};
#define KERNEL_COUNT (sizeof KERNELS / sizeof *KERNELS)

static void oracle_dense(const spl_layer *layer, const float *in, bool relu, float *out)
{
    for (uint32_t o = 0; o < layer->outputs; o++) {
        float sum = layer->bias[o];
        for (uint32_t i = 0; i < layer->inputs; i++) {
            volatile float product = in[i] * layer->weight[(size_t)i * layer->outputs + o];
            sum += product;
        }
        out[o] = relu && !(sum > 0) ? 0 : sum;
    }
}

static bool same_bits(float a, float b)
{
    uint32_t x, y;
    memcpy(&x, &a, 4);
    memcpy(&y, &b, 4);
    return x == y || (a != a && b != b);
}

// Heap blocks of exactly the size that is asked for, so that ASan sees every step outside.
static float *floats(size_t n)
{
    float *block = malloc(n * sizeof *block);
    assert_non_null(block);
    return block;
}

static void check_dense(const spl_layer *layer, const float *in)
{
    float *expected = floats(layer->outputs), *out = floats(layer->outputs);
    for (int relu = 0; relu < 2; relu++) {
        oracle_dense(layer, in, relu, expected);
        for (size_t k = 0; k < KERNEL_COUNT; k++) {
            if (!spl_kernel_usable(KERNELS[k].id)) continue;
            KERNELS[k].dense(layer, in, relu, out);
            for (uint32_t o = 0; o < layer->outputs; o++)
                if (!same_bits(out[o], expected[o]))
                    fail_msg("%s, %u x %u, output %u: %a, not %a", spl_kernel_name(KERNELS[k].id), layer->inputs,
                             layer->outputs, o, (double)out[o], (double)expected[o]);
        }
    }
    free(expected);
    free(out);
}

// Layers of every width, their arrays `offset` floats off the allocator's alignment.
static void check_layers(float weight_scale, float input_scale, size_t offset)
{
    for (uint32_t outputs = 1; outputs <= OUTPUTS_MAX; outputs++) {
        uint32_t inputs = 1 + outputs * 7 % INPUTS_MAX;
        size_t weights = (size_t)inputs * outputs;
        float *weight = floats(weights + offset), *bias = floats(outputs + offset), *in = floats(inputs + offset);
        golden_fill(weight + offset, weights, outputs, weight_scale);
        golden_fill(bias + offset, outputs, 1000 + outputs, weight_scale);
        golden_fill(in + offset, inputs, 2000 + outputs, input_scale);
        check_dense(&(spl_layer){inputs, outputs, weight + offset, bias + offset}, in + offset);
        free(weight);
        free(bias);
        free(in);
    }
}

static void every_kernel_gives_the_bits_of_the_definition(void **state)
{
    (void)state;
    check_layers(1, 1, 0);
}

static void weights_need_no_more_than_the_alignment_of_a_float(void **state)
{
    (void)state;
    for (size_t offset = 1; offset < 4; offset++) check_layers(1, 1, offset);
}

static void subnormal_products_and_sums_have_the_same_bits(void **state)
{
    (void)state;
    check_layers(0x1p-126f, 1, 0);
    check_layers(0x1p-70f, 0x1p-70f, 0);
}

static void overflowing_sums_have_the_same_bits(void **state)
{
    (void)state;
    check_layers(0x1p+127f, 1, 0);
    check_layers(0x1p+127f, 0x1p+127f, 0);
}

static void zeros_of_both_signs_have_the_same_bits(void **state)
{
    (void)state;
    static const float weight[2 * 17] = {0}, in[2] = {-1, -0.0f};
    float bias[17];
    for (int i = 0; i < 17; i++) bias[i] = i % 2 ? -0.0f : 0.0f;
    check_dense(&(spl_layer){2, 17, weight, bias}, in);
}

static void relu_turns_nan_and_minus_zero_into_zero(void **state)
{
    (void)state;
    float weight[16], bias[16], in[1] = {1}, out[16];
    for (int i = 0; i < 16; i++) weight[i] = i % 2 ? __builtin_nanf("") : -0.0f, bias[i] = -0.0f;
    for (size_t k = 0; k < KERNEL_COUNT; k++) {
        if (!spl_kernel_usable(KERNELS[k].id)) continue;
        memset(out, 0xFF, sizeof out);
        KERNELS[k].dense(&(spl_layer){1, 16, weight, bias}, in, true, out);
        for (int i = 0; i < 16; i++) assert_true(same_bits(out[i], 0.0f));
    }
}

static void oracle_encode(const spl_encoder *encoder, const float *features, float *embedding)
{
    float here[OUTPUTS_MAX], next[OUTPUTS_MAX];
    uint32_t n = encoder->layers[0].inputs;
    memcpy(here, features, n * sizeof *here);
    for (uint32_t i = 0; i < encoder->layer_count; i++) {
        oracle_dense(&encoder->layers[i], here, i + 1 < encoder->layer_count, next);
        n = encoder->layers[i].outputs;
        memcpy(here, next, n * sizeof *here);
    }
    double s[4] = {0}, norm;
    for (uint32_t i = 0; i < n; i++) s[i % 4] += (double)here[i] * (double)here[i];
    norm = spl_sqrt((s[0] + s[1]) + (s[2] + s[3]));
    bool usable = norm > 0 && spl_is_finite(norm);
    for (uint32_t i = 0; i < n; i++) embedding[i] = usable ? (float)((double)here[i] * (1 / norm)) : 0;
}

// A network of `count` layers with these widths, filled from `stream`.
typedef struct network {
    spl_encoder encoder;
    float *blocks[2 * SPL_ENCODER_LAYERS_MAX], *features, *scratch, *embedding;
} network;

static network network_open(const uint32_t *widths, uint32_t count, uint64_t stream, float scale)
{
    network net = {.encoder.layer_count = count};
    for (uint32_t i = 0; i < count; i++) {
        size_t weights = (size_t)widths[i] * widths[i + 1];
        float *weight = net.blocks[2 * i] = floats(weights), *bias = net.blocks[2 * i + 1] = floats(widths[i + 1]);
        golden_fill(weight, weights, stream + i, scale);
        golden_fill(bias, widths[i + 1], stream + 100 + i, scale);
        net.encoder.layers[i] = (spl_layer){widths[i], widths[i + 1], weight, bias};
    }
    net.features = floats(widths[0]);
    golden_fill(net.features, widths[0], stream + 200, 1);
    net.scratch = floats(spl_encode_scratch(&net.encoder));
    net.embedding = floats(widths[count]);
    return net;
}

static void network_close(network *net)
{
    for (size_t i = 0; i < 2 * SPL_ENCODER_LAYERS_MAX; i++) free(net->blocks[i]);
    free(net->features);
    free(net->scratch);
    free(net->embedding);
}

static void embeddings_have_the_bits_of_the_definition(void **state)
{
    (void)state;
    static const uint32_t shapes[][5] = {{20, 64, 48, 32, 0}, {1, 1, 0, 0, 0},    {3, 70, 1, 5, 70},
                                         {20, 33, 0, 0, 0},   {7, 15, 16, 17, 0}, {70, 2, 70, 3, 0}};
    for (uint64_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        uint32_t count = 0;
        while (count < 4 && shapes[s][count + 1]) count++;
        network net = network_open(shapes[s], count, 1000 * s, 1);
        uint32_t outputs = shapes[s][count];
        float expected[OUTPUTS_MAX];
        oracle_encode(&net.encoder, net.features, expected);
        for (size_t k = 0; k < KERNEL_COUNT; k++) {
            if (!spl_kernel_usable(KERNELS[k].id)) continue;
            memset(net.embedding, 0xFF, outputs * sizeof(float));
            spl_encode(&net.encoder, KERNELS[k].id, net.features, net.scratch, net.embedding);
            assert_memory_equal(net.embedding, expected, outputs * sizeof(float));
        }
        network_close(&net);
    }
}

static void embeddings_have_norm_one_even_when_they_are_tiny_or_huge(void **state)
{
    (void)state;
    static const float scales[] = {1, 0x1p-149f, 0x1p-140f, 0x1p+118f};
    static const uint32_t widths[] = {20, 32};
    for (size_t s = 0; s < sizeof scales / sizeof *scales; s++) {
        network net = network_open(widths, 1, 5000 + s, scales[s]);
        spl_encode(&net.encoder, spl_kernel_best(), net.features, net.scratch, net.embedding);
        double squares = 0;
        for (int i = 0; i < 32; i++) squares += (double)net.embedding[i] * (double)net.embedding[i];
        assert_true(squares > 1 - 1e-6 && squares < 1 + 1e-6);
        network_close(&net);
    }
}

static void a_vector_without_direction_becomes_zeros(void **state)
{
    (void)state;
    static const float zero[33] = {0}, one[1] = {1};
    float huge[33], bad[33], scratch[66], embedding[33];
    for (int i = 0; i < 33; i++) huge[i] = 0x1.8p+127f, bad[i] = 1;
    bad[32] = __builtin_nanf("");
    const float *weights[] = {zero, huge, bad}, *biases[] = {zero, huge, zero};
    for (size_t k = 0; k < KERNEL_COUNT; k++)
        for (int w = 0; w < 3; w++) {
            if (!spl_kernel_usable(KERNELS[k].id)) continue;
            spl_encoder encoder = {1, {{1, 33, weights[w], biases[w]}}};
            memset(embedding, 0xFF, sizeof embedding);
            spl_encode(&encoder, KERNELS[k].id, one, scratch, embedding);
            assert_memory_equal(embedding, zero, sizeof zero);
        }
}

static void no_layers_need_no_scratch_and_write_nothing(void **state)
{
    (void)state;
    spl_encoder none = {0};
    assert_int_equal(spl_encode_scratch(&none), 0);
    float scratch[1], embedding[1] = {7};
    spl_encode(&none, spl_kernel_best(), scratch, scratch, embedding);
    assert_true(embedding[0] == 7);
}

// Any number of rows: whole groups, what is left over, and widths that leave vectors unfilled.
static void batches_have_the_bits_of_one_by_one(void **state)
{
    (void)state;
    static const uint32_t shapes[][5] = {
        {20, 64, 48, 32, 0}, {3, 70, 1, 5, 70}, {7, 15, 16, 17, 0}, {20, 33, 0, 0, 0}, {5, 48, 3, 0, 0}};
    for (uint64_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        uint32_t count = 0;
        while (count < 4 && shapes[s][count + 1]) count++;
        network net = network_open(shapes[s], count, 2000 * s, 1);
        uint32_t inputs = shapes[s][0], outputs = shapes[s][count];
        for (uint32_t rows = 0; rows <= 9; rows++) {
            float *in = floats((size_t)rows * inputs), *one = floats((size_t)rows * outputs),
                  *all = floats((size_t)rows * outputs), *scratch = floats(spl_encode_batch_scratch(&net.encoder));
            golden_fill(in, (size_t)rows * inputs, 77 + rows, 1);
            if (rows > 5) memset(in + 5 * inputs, 0, inputs * sizeof *in);
            for (size_t k = 0; k < KERNEL_COUNT; k++) {
                if (!spl_kernel_usable(KERNELS[k].id)) continue;
                for (uint32_t r = 0; r < rows; r++)
                    spl_encode(&net.encoder, SPL_KERNEL_SCALAR, in + r * inputs, net.scratch, one + r * outputs);
                memset(all, 0xFF, (size_t)rows * outputs * sizeof *all);
                spl_encode_batch(&net.encoder, KERNELS[k].id, in, rows, scratch, all);
                assert_memory_equal(all, one, (size_t)rows * outputs * sizeof *all);
            }
            free(in);
            free(one);
            free(all);
            free(scratch);
        }
        network_close(&net);
    }
}

// The mean is taken in double, by encoder, rounded, and normalised as one embedding is.
static void oracle_embed(const network *nets, uint32_t count, const float *features, float *embedding)
{
    uint32_t width = spl_encoder_width(&nets[0].encoder);
    float *each = floats(width);
    double *sums = calloc(width, sizeof *sums), squares[4] = {0};
    for (uint32_t m = 0; m < count; m++) {
        oracle_encode(&nets[m].encoder, features, each);
        for (uint32_t i = 0; i < width; i++) sums[i] += (double)each[i];
    }
    for (uint32_t i = 0; i < width; i++) embedding[i] = (float)(sums[i] / count);
    for (uint32_t i = 0; i < width; i++) squares[i % 4] += (double)embedding[i] * (double)embedding[i];
    double scale = 1 / spl_sqrt((squares[0] + squares[1]) + (squares[2] + squares[3]));
    for (uint32_t i = 0; i < width; i++) embedding[i] = (float)((double)embedding[i] * scale);
    free(each);
    free(sums);
}

static void an_ensemble_is_the_normalised_mean_of_its_members(void **state)
{
    (void)state;
    network nets[3] = {network_open((const uint32_t[]){20, 17, 9}, 2, 50, 1),
                       network_open((const uint32_t[]){20, 9}, 1, 60, 1),
                       network_open((const uint32_t[]){20, 64, 48, 9}, 3, 70, 1)};
    spl_encoder members[3] = {nets[0].encoder, nets[1].encoder, nets[2].encoder};
    float *expected = floats(9), *embedding = floats(9), *scratch = floats(spl_embed_scratch(members, 3));
    for (uint32_t count = 2; count <= 3; count++) {
        oracle_embed(nets, count, nets[0].features, expected);
        for (size_t k = 0; k < KERNEL_COUNT; k++) {
            if (!spl_kernel_usable(KERNELS[k].id)) continue;
            spl_embed(members, count, KERNELS[k].id, nets[0].features, scratch, embedding);
            assert_memory_equal(embedding, expected, 9 * sizeof *embedding);
        }
    }
    spl_embed(members, 1, SPL_KERNEL_SCALAR, nets[0].features, scratch, embedding);
    oracle_encode(members, nets[0].features, expected);
    assert_memory_equal(embedding, expected, 9 * sizeof *embedding);
    free(expected);
    free(embedding);
    free(scratch);
    for (int m = 0; m < 3; m++) network_close(&nets[m]);
}

static void the_best_kernel_is_the_widest_usable_one(void **state)
{
    (void)state;
    spl_kernel best = spl_kernel_best();
    for (int kernel = SPL_KERNEL_SCALAR; kernel <= SPL_KERNEL_AVX512; kernel++)
        assert_int_equal(spl_kernel_usable((spl_kernel)kernel) != 0, kernel <= (int)best);
    assert_false(spl_kernel_usable((spl_kernel)99));
    assert_false(spl_kernel_usable((spl_kernel)-1));
#ifdef __x86_64__
    assert_int_equal(spl_kernel_usable(SPL_KERNEL_AVX2), __builtin_cpu_supports("avx2") != 0);
    assert_int_equal(spl_kernel_usable(SPL_KERNEL_AVX512), __builtin_cpu_supports("avx512f") != 0);
#endif
    print_message("kernels up to %s run here\n", spl_kernel_name(best));
}

static void kernels_have_their_names(void **state)
{
    (void)state;
    assert_string_equal(spl_kernel_name(SPL_KERNEL_SCALAR), "scalar");
    assert_string_equal(spl_kernel_name(SPL_KERNEL_SIMD128), "simd128");
    assert_string_equal(spl_kernel_name(SPL_KERNEL_AVX2), "avx2");
    assert_string_equal(spl_kernel_name(SPL_KERNEL_AVX512), "avx512");
    assert_string_equal(spl_kernel_name((spl_kernel)99), "unknown");
}

static void every_kernel_gives_the_golden_digest(void **state)
{
    (void)state;
    for (size_t k = 0; k < KERNEL_COUNT; k++)
        if (spl_kernel_usable(KERNELS[k].id)) assert_int_equal(golden_digest(KERNELS[k].id), GOLDEN_DIGEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kernel_gives_the_bits_of_the_definition),
        cmocka_unit_test(weights_need_no_more_than_the_alignment_of_a_float),
        cmocka_unit_test(subnormal_products_and_sums_have_the_same_bits),
        cmocka_unit_test(overflowing_sums_have_the_same_bits),
        cmocka_unit_test(zeros_of_both_signs_have_the_same_bits),
        cmocka_unit_test(relu_turns_nan_and_minus_zero_into_zero),
        cmocka_unit_test(embeddings_have_the_bits_of_the_definition),
        cmocka_unit_test(embeddings_have_norm_one_even_when_they_are_tiny_or_huge),
        cmocka_unit_test(a_vector_without_direction_becomes_zeros),
        cmocka_unit_test(no_layers_need_no_scratch_and_write_nothing),
        cmocka_unit_test(batches_have_the_bits_of_one_by_one),
        cmocka_unit_test(an_ensemble_is_the_normalised_mean_of_its_members),
        cmocka_unit_test(the_best_kernel_is_the_widest_usable_one),
        cmocka_unit_test(kernels_have_their_names),
        cmocka_unit_test(every_kernel_gives_the_golden_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
