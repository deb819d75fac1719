// SPDX-License-Identifier: MIT
// The gradient written by hand against differences of a plain network in double, and against PyTorch's.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encoder_fixture.h"
#include "learn/encoder/encoder_pass.h"
#include "near.h"
#include "testing.h"

#define ROWS 14
#define STEP 1e-5

static const uint32_t WIDTH[] = {5, 18, 9, 6};

static void fill_inputs(spl_pass *pass, const float *x, uint32_t rows, uint32_t inputs)
{
    size_t stride;
    float *to = spl_pass_inputs(pass, &stride);
    for (uint32_t r = 0; r < rows; r++) memcpy(to + r * stride, x + (size_t)r * inputs, inputs * sizeof(float));
}

// The loss; the gradient stays in the pass.
static double run_pass(spl_pass *pass, spl_net *net, const plain_batch *b)
{
    fill_inputs(pass, b->x, b->rows, net->shape.width[0]);
    assert_true(spl_pass_forward(pass, net, b->rows, b->step));
    spl_embedded batch = {.rows = b->rows};
    batch.e = spl_pass_embeddings(pass, &batch.stride);
    const spl_matrix_kernels *kernels = spl_matrix_kernels_of(spl_kernel_best());
    float *gradient = spl_pass_embedding_gradient(pass);
    double loss = spl_loss_of(&batch, b->loss, b->margin, kernels, b->triplets, b->count, gradient).loss;
    assert_true(spl_pass_backward(pass, net));
    return loss;
}

static void check_parameters(const char *kind, const spl_net *net, const plain_batch *b, const float *gradient,
                             const float *from, size_t count)
{
    size_t start = (size_t)(from - net->parameters);
    for (size_t i = start; i < start + count; i++) {
        double up = plain_loss(net, b, i, STEP), down = plain_loss(net, b, i, -STEP);
        double numeric = (up - down) / (2 * STEP), away = fabs((double)gradient[i] - numeric);
        if (!(away <= 1e-6 + 1e-4 * fabs(numeric)))
            fail_msg("%s, entry %zu: gradient %.9g, difference quotient %.9g", kind, i - start, (double)gradient[i],
                     numeric);
    }
}

static void check_gradient(spl_loss loss, double margin, double dropout)
{
    blobs b = blobs_new(ROWS, WIDTH[0], 3, 0.8, 11);
    spl_net *net = net_of(3, WIDTH, 5);
    for (uint32_t k = 0; k < 2; k++) { // away from where gamma and beta start
        for (uint32_t c = 0; c < net->layers[k].outputs; c++) {
            net->layers[k].gamma[c] = 0.7f + 0.05f * (float)c;
            net->layers[k].beta[c] = 0.2f - 0.03f * (float)c;
        }
    }
    spl_triplet triplets[ROWS];
    for (uint32_t i = 0; i < ROWS; i++) triplets[i] = (spl_triplet){i, (i + 3) % ROWS, (i + 1) % ROWS};
    plain_batch batch = {b.x, ROWS, triplets, ROWS, loss, margin, dropout, 77, 3};
    spl_pass *pass;
    assert_true(spl_pass_new(net, 0, ROWS, dropout, batch.seed, spl_kernel_best(), NULL, &pass, NULL));
    double value = run_pass(pass, net, &batch);
    assert_near(value, plain_loss(net, &batch, SIZE_MAX, 0), 1e-5);
    assert_true(value > 0);
    const float *gradient = spl_pass_gradient(pass);
    for (uint32_t k = 0; k < 3; k++) {
        const spl_net_layer *layer = &net->layers[k];
        check_parameters("weight", net, &batch, gradient, layer->weight, (size_t)layer->inputs * layer->stride);
        check_parameters("bias", net, &batch, gradient, layer->bias, layer->stride);
        if (!layer->hidden) continue;
        check_parameters("gamma", net, &batch, gradient, layer->gamma, layer->outputs);
        check_parameters("beta", net, &batch, gradient, layer->beta, layer->outputs);
    }
    spl_pass_free(pass);
    spl_net_free(net);
    blobs_free(&b);
}

static void triplet_gradient_is_that_of_difference_quotients(void **state)
{
    (void)state;
    check_gradient(SPL_LOSS_TRIPLET, 0.5, 0);
}

static void contrastive_gradient_is_that_of_difference_quotients(void **state)
{
    (void)state;
    check_gradient(SPL_LOSS_CONTRASTIVE, 1.2, 0);
}

static void dropout_drops_the_documented_draws_and_its_gradient_follows(void **state)
{
    (void)state;
    check_gradient(SPL_LOSS_TRIPLET, 0.5, 0.3);
    check_gradient(SPL_LOSS_CONTRASTIVE, 1.2, 0.3);
}

// PyTorch has (outputs, inputs).
static void check_torch_layer(const spl_state_dict *expected, const char *loss, uint32_t module,
                              const spl_net_layer *layer, const float *weight, const float *bias)
{
    char name[64];
    snprintf(name, sizeof name, "%s.%u.weight", loss, module);
    const float *torch = torch_tensor(expected, name);
    for (uint32_t o = 0; o < layer->outputs; o++)
        for (uint32_t i = 0; i < layer->inputs; i++)
            assert_near((double)weight[(size_t)i * layer->stride + o], (double)*torch++, 1e-6);
    snprintf(name, sizeof name, "%s.%u.bias", loss, module);
    torch = torch_tensor(expected, name);
    for (uint32_t o = 0; o < layer->outputs; o++) assert_near((double)bias[o], (double)torch[o], 1e-6);
}

static void check_torch_norm(const spl_state_dict *expected, const char *loss, uint32_t module, uint32_t n,
                             const float *gamma, const float *beta)
{
    char name[64];
    snprintf(name, sizeof name, "%s.%u.weight", loss, module);
    const float *torch_gamma = torch_tensor(expected, name);
    snprintf(name, sizeof name, "%s.%u.bias", loss, module);
    const float *torch_beta = torch_tensor(expected, name);
    for (uint32_t c = 0; c < n; c++) {
        assert_near((double)gamma[c], (double)torch_gamma[c], 1e-6);
        assert_near((double)beta[c], (double)torch_beta[c], 1e-6);
    }
}

static void check_torch(const char *name, spl_loss loss, double margin)
{
    spl_state_dict *checkpoint = torch_vectors("torch_checkpoint"), *expected = torch_vectors("torch_expected");
    const int64_t *rows = torch_tensor(expected, "triplets");
    spl_triplet triplets[20];
    for (int i = 0; i < 20; i++)
        triplets[i] = (spl_triplet){(uint32_t)rows[3 * i], (uint32_t)rows[3 * i + 1], (uint32_t)rows[3 * i + 2]};
    plain_batch batch = {torch_tensor(expected, "x"), 20, triplets, 20, loss, margin, 0, 1, 0};
    spl_net *net;
    spl_pass *pass;
    assert_true(spl_state_dict_net(checkpoint, &net, NULL));
    assert_true(spl_pass_new(net, 0, 20, 0, 1, spl_kernel_best(), NULL, &pass, NULL));
    char loss_name[32];
    snprintf(loss_name, sizeof loss_name, "%s.loss", name);
    assert_near(run_pass(pass, net, &batch), (double)*(const float *)torch_tensor(expected, loss_name), 1e-6);
    const float *gradient = spl_pass_gradient(pass);
    for (uint32_t k = 0; k < net->shape.layer_count; k++) {
        const spl_net_layer *layer = &net->layers[k];
        check_torch_layer(expected, name, 4 * k, layer, gradient + (layer->weight - net->parameters),
                          gradient + (layer->bias - net->parameters));
        if (!layer->hidden) continue;
        check_torch_norm(expected, name, 4 * k + 1, layer->outputs, gradient + (layer->gamma - net->parameters),
                         gradient + (layer->beta - net->parameters));
    }
    spl_pass_free(pass);
    spl_net_free(net);
    spl_state_dict_free(checkpoint);
    spl_state_dict_free(expected);
}

static void gradients_are_those_of_pytorch(void **state)
{
    (void)state;
    check_torch("triplet", SPL_LOSS_TRIPLET, 0.2);
    check_torch("contrastive", SPL_LOSS_CONTRASTIVE, 1);
}

// Three steps with every kernel that this processor runs: equal gradients and statistics.
static void all_processors_give_the_same_bits(void **state)
{
    (void)state;
    blobs b = blobs_new(ROWS, WIDTH[0], 3, 0.8, 11);
    spl_triplet triplets[ROWS];
    for (uint32_t i = 0; i < ROWS; i++) triplets[i] = (spl_triplet){i, (i + 3) % ROWS, (i + 1) % ROWS};
    spl_net *scalar = NULL;
    float *expected = NULL;
    for (uint32_t kernel = SPL_KERNEL_SCALAR; kernel <= SPL_KERNEL_AVX512; kernel++) {
        if (!spl_kernel_usable((spl_kernel)kernel)) continue;
        spl_net *net = net_of(3, WIDTH, 5);
        spl_pass *pass;
        assert_true(spl_pass_new(net, 0, ROWS, 0.2, 9, (spl_kernel)kernel, NULL, &pass, NULL));
        for (uint32_t step = 0; step < 3; step++) {
            plain_batch batch = {b.x, ROWS, triplets, ROWS, SPL_LOSS_TRIPLET, 1, 0.2, 9, step};
            run_pass(pass, net, &batch);
        }
        size_t bytes = net->parameter_count * sizeof(float);
        if (!scalar) {
            scalar = net;
            expected = malloc(bytes);
            memcpy(expected, spl_pass_gradient(pass), bytes);
        } else {
            assert_memory_equal(spl_pass_gradient(pass), expected, bytes);
            assert_memory_equal(net->statistics, scalar->statistics, net->statistic_count * sizeof(float));
            spl_net_free(net);
        }
        spl_pass_free(pass);
    }
    spl_net_free(scalar);
    free(expected);
    blobs_free(&b);
}

static void running_statistics_move_as_in_pytorch(void **state)
{
    (void)state;
    spl_net *net = net_of(2, (uint32_t[]){1, 1, 1}, 1);
    net->layers[0].weight[0] = 1;
    net->layers[0].bias[0] = 0;
    float x[4] = {1, 2, 3, 6};
    spl_pass *pass;
    assert_true(spl_pass_new(net, 0, 4, 0, 1, spl_kernel_best(), NULL, &pass, NULL));
    fill_inputs(pass, x, 4, 1);
    assert_true(spl_pass_forward(pass, net, 4, 0));
    assert_near((double)net->layers[0].mean[0], 0.1 * 3, 1e-7);                        // momentum 0.1
    assert_near((double)net->layers[0].variance[0], 0.9 * 1 + 0.1 * (14.0 / 3), 1e-6); // unbiased: 14 / (4 - 1)
    assert_int_equal(net->layers[0].batches, 1);
    spl_pass_free(pass);
    spl_net_free(net);
}

static void frozen_layers_have_no_gradient_and_keep_their_statistics(void **state)
{
    (void)state;
    blobs b = blobs_new(ROWS, 18, 3, 0.8, 11); // what the first layer would have given
    spl_net *net = net_of(3, WIDTH, 5);
    spl_triplet triplets[2] = {{0, 3, 1}, {1, 4, 2}};
    spl_pass *pass;
    assert_true(spl_pass_new(net, 1, ROWS, 0.2, 9, spl_kernel_best(), NULL, &pass, NULL));
    fill_inputs(pass, b.x, ROWS, 18);
    assert_true(spl_pass_forward(pass, net, ROWS, 0));
    spl_embedded batch = {.rows = ROWS};
    batch.e = spl_pass_embeddings(pass, &batch.stride);
    spl_loss_of(&batch, SPL_LOSS_TRIPLET, 4, spl_matrix_kernels_of(spl_kernel_best()), triplets, 2,
                spl_pass_embedding_gradient(pass));
    assert_true(spl_pass_backward(pass, net));
    const float *gradient = spl_pass_gradient(pass);
    double moved = 0;
    for (size_t i = 0; i < spl_net_parameter_offset(net, 1); i++) assert_true(gradient[i] == 0);
    for (size_t i = spl_net_parameter_offset(net, 1); i < net->parameter_count; i++) moved += fabs((double)gradient[i]);
    assert_true(moved > 0);
    assert_int_equal(net->layers[0].batches, 0);
    assert_int_equal(net->layers[1].batches, 1);
    spl_pass_free(pass);
    spl_net_free(net);
    blobs_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(triplet_gradient_is_that_of_difference_quotients),
        cmocka_unit_test(contrastive_gradient_is_that_of_difference_quotients),
        cmocka_unit_test(dropout_drops_the_documented_draws_and_its_gradient_follows),
        cmocka_unit_test(gradients_are_those_of_pytorch),
        cmocka_unit_test(all_processors_give_the_same_bits),
        cmocka_unit_test(running_statistics_move_as_in_pytorch),
        cmocka_unit_test(frozen_layers_have_no_gradient_and_keep_their_statistics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
