// SPDX-License-Identifier: MIT
// Nets: how they start, what folding keeps, what transfer keeps.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "encoder_fixture.h"
#include "learn/encoder/embedding_ensemble.h"
#include "learn/encoder/encoder_pass.h"
#include "near.h"
#include "testing.h"

static const uint32_t WIDTH[] = {7, 20, 12, 5};

// A net after some batches: statistics, gamma and beta are no longer those of the start.
static spl_net *worn_net(uint64_t seed)
{
    spl_net *net = net_of(3, WIDTH, seed);
    for (uint32_t k = 0; k < 2; k++) {
        for (uint32_t c = 0; c < net->layers[k].outputs; c++) {
            net->layers[k].gamma[c] = 0.5f + 0.1f * (float)(c % 7);
            net->layers[k].beta[c] = 0.4f - 0.1f * (float)(c % 5);
        }
    }
    blobs b = blobs_new(64, WIDTH[0], 4, 1, seed);
    spl_pass *pass;
    assert_true(spl_pass_new(net, 0, 64, 0.2, seed, spl_kernel_best(), NULL, &pass, NULL));
    size_t stride;
    float *to = spl_pass_inputs(pass, &stride);
    for (uint32_t r = 0; r < 64; r++) memcpy(to + r * stride, b.x + r * WIDTH[0], WIDTH[0] * sizeof(float));
    for (uint32_t step = 0; step < 30; step++) assert_true(spl_pass_forward(pass, net, 64, step));
    spl_pass_free(pass);
    blobs_free(&b);
    return net;
}

static double farthest(const float *a, const float *b, size_t count)
{
    double most = 0;
    for (size_t i = 0; i < count; i++) most = fmax(most, fabs((double)a[i] - (double)b[i]));
    return most;
}

static void fold_and_embed(const spl_net *net, const float *x, uint32_t n, float *out)
{
    spl_net_folded folded;
    assert_true(spl_net_fold(net, &folded, NULL));
    assert_true(spl_ensemble_embed(&folded.encoder, 1, x, n, NULL, out, NULL));
    spl_net_folded_free(&folded);
}

static void the_start_is_pytorchs_and_depends_on_the_seed_only(void **state)
{
    (void)state;
    spl_net *a = net_of(3, WIDTH, 5), *b = net_of(3, WIDTH, 5), *c = net_of(3, WIDTH, 6);
    assert_memory_equal(a->parameters, b->parameters, a->parameter_count * sizeof(float));
    assert_memory_not_equal(a->parameters, c->parameters, a->parameter_count * sizeof(float));
    const spl_net_layer *layer = &a->layers[1];
    double bound = 1 / sqrt(20), sum = 0, squares = 0, most = 0;
    for (uint32_t i = 0; i < layer->inputs; i++) {
        for (uint32_t o = 0; o < layer->outputs; o++) {
            double w = (double)layer->weight[i * layer->stride + o];
            sum += w, squares += w * w, most = fmax(most, fabs(w));
        }
    }
    assert_true(most <= bound && most > 0.95 * bound);
    assert_near(sum / 240, 0, 4 * bound / sqrt(3 * 240.0));
    assert_near(squares / 240, bound * bound / 3, 0.2 * bound * bound / 3);
    assert_true(layer->gamma[0] == 1 && layer->beta[0] == 0 && layer->mean[0] == 0 && layer->variance[0] == 1);
    spl_net_free(a);
    spl_net_free(b);
    spl_net_free(c);
}

static void a_shape_out_of_range_is_refused(void **state)
{
    (void)state;
    spl_net *net;
    spl_error error;
    spl_net_shape none = {0}, deep = {.layer_count = 9}, thin = {.layer_count = 1, .width = {3, 0}};
    assert_false(spl_net_new(&none, 1, &net, &error));
    assert_false(spl_net_new(&deep, 1, &net, &error));
    assert_false(spl_net_new(&thin, 1, &net, &error));
    assert_string_equal(error.text, "a layer is 1 to 4096 wide, not 0");
}

static void folding_keeps_embeddings_within_a_millionth(void **state)
{
    (void)state;
    blobs b = blobs_new(500, WIDTH[0], 4, 1, 3);
    float unfolded[500 * 5], folded[500 * 5];
    for (uint64_t seed = 1; seed <= 5; seed++) {
        spl_net *net = worn_net(seed);
        assert_true(spl_net_embed(net, b.x, 500, NULL, unfolded, NULL));
        fold_and_embed(net, b.x, 500, folded);
        assert_near(farthest(unfolded, folded, 500 * 5), 0, 1e-6);
        spl_net_free(net);
    }
    blobs_free(&b);
}

static void a_checkpoint_of_pytorch_gives_its_embeddings(void **state)
{
    (void)state;
    spl_state_dict *checkpoint = torch_vectors("torch_checkpoint"), *expected = torch_vectors("torch_expected");
    spl_net *net;
    float embedding[20 * 4];
    assert_true(spl_state_dict_net(checkpoint, &net, NULL));
    assert_int_equal(net->shape.layer_count, 3);
    assert_int_equal(net->layers[0].batches, 30);
    const float *x = torch_tensor(expected, "x"), *torch = torch_tensor(expected, "embedding");
    assert_true(spl_net_embed(net, x, 20, NULL, embedding, NULL));
    assert_near(farthest(embedding, torch, 20 * 4), 0, 1e-6);
    fold_and_embed(net, x, 20, embedding);
    assert_near(farthest(embedding, torch, 20 * 4), 0, 1e-6);
    spl_net_free(net);
    spl_state_dict_free(checkpoint);
    spl_state_dict_free(expected);
}

static void an_unfolded_encoder_embeds_as_before(void **state)
{
    (void)state;
    blobs b = blobs_new(300, WIDTH[0], 4, 1, 3);
    spl_net *net = worn_net(1), *back;
    spl_net_folded folded;
    float before[300 * 5], after[300 * 5];
    fold_and_embed(net, b.x, 300, before);
    assert_true(spl_net_fold(net, &folded, NULL));
    assert_true(spl_net_of_encoder(&folded.encoder, b.x, 200, &back, NULL));
    assert_true(spl_net_embed(back, b.x, 300, NULL, after, NULL));
    assert_near(farthest(before, after, 300 * 5), 0, 2e-6);
    // The statistics are those of the rows: training will see activations of the same scale.
    spl_net *twin = net_of(3, WIDTH, 1);
    assert_true(fabs((double)back->layers[0].mean[0] - (double)twin->layers[0].mean[0]) > 1e-3);
    spl_error error;
    spl_net *none;
    assert_false(spl_net_of_encoder(&folded.encoder, b.x, 1, &none, &error));
    assert_string_equal(error.text, "batch norm's statistics need at least 2 rows, not 1");
    spl_net_folded_free(&folded);
    spl_net_free(net);
    spl_net_free(back);
    spl_net_free(twin);
    blobs_free(&b);
}

static void a_new_input_layer_keeps_the_rest(void **state)
{
    (void)state;
    spl_net *net = worn_net(1), *other;
    assert_true(spl_net_replace_input(net, 31, 9, &other, NULL));
    assert_int_equal(other->layers[0].inputs, 31);
    assert_memory_equal(other->layers[0].gamma, net->layers[0].gamma, 20 * sizeof(float));
    assert_true(other->layers[0].variance[3] == 1 && other->layers[0].mean[3] == 0);
    for (uint32_t k = 1; k < 3; k++) {
        size_t weights = (size_t)net->layers[k].inputs * net->layers[k].stride * sizeof(float);
        assert_memory_equal(other->layers[k].weight, net->layers[k].weight, weights);
    }
    assert_memory_equal(other->layers[1].variance, net->layers[1].variance, 12 * sizeof(float));
    spl_net_free(net);
    spl_net_free(other);
}

static void an_ensemble_embeds_as_the_core_does_whatever_the_threads(void **state)
{
    (void)state;
    blobs b = blobs_new(700, WIDTH[0], 4, 1, 3);
    spl_net *nets[3];
    spl_net_folded folded[3];
    spl_encoder encoders[3];
    static float one[700 * 5], two[700 * 5];
    float scratch[512], embedding[5];
    for (int i = 0; i < 3; i++) {
        nets[i] = worn_net((uint64_t)i + 1);
        assert_true(spl_net_fold(nets[i], &folded[i], NULL));
        encoders[i] = folded[i].encoder;
    }
    spl_pool *pool = spl_pool_new(2);
    assert_true(spl_ensemble_embed(encoders, 3, b.x, 700, NULL, one, NULL));
    assert_true(spl_ensemble_embed(encoders, 3, b.x, 700, pool, two, NULL));
    assert_memory_equal(one, two, sizeof one);
    assert_true(spl_embed_scratch(encoders, 3) <= 512);
    spl_embed(encoders, 3, SPL_KERNEL_SCALAR, b.x + 699 * WIDTH[0], scratch, embedding);
    assert_memory_equal(embedding, one + 699 * 5, sizeof embedding);
    spl_error error;
    assert_false(spl_ensemble_embed(encoders, 0, b.x, 700, NULL, one, &error));
    for (int i = 0; i < 3; i++) {
        spl_net_folded_free(&folded[i]);
        spl_net_free(nets[i]);
    }
    spl_pool_free(pool);
    blobs_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_start_is_pytorchs_and_depends_on_the_seed_only),
        cmocka_unit_test(a_shape_out_of_range_is_refused),
        cmocka_unit_test(folding_keeps_embeddings_within_a_millionth),
        cmocka_unit_test(a_checkpoint_of_pytorch_gives_its_embeddings),
        cmocka_unit_test(an_unfolded_encoder_embeds_as_before),
        cmocka_unit_test(a_new_input_layer_keeps_the_rest),
        cmocka_unit_test(an_ensemble_embeds_as_the_core_does_whatever_the_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
