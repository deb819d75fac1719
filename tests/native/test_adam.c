// SPDX-License-Identifier: MIT
// Adam beside PyTorch's, and the learning rate's way.
#include <string.h>

#include "encoder_fixture.h"
#include "learn/encoder/adam.h"
#include "near.h"
#include "testing.h"

static void check_decay(spl_decay decay, const char *end)
{
    spl_state_dict *expected = torch_vectors("torch_expected");
    const float *gradients = torch_tensor(expected, "adam.gradients"), *torch = torch_tensor(expected, end);
    spl_encoder_config config = spl_encoder_config_default();
    config.weight_decay = 0.1;
    config.decay = decay;
    float w[32];
    memcpy(w, torch_tensor(expected, "adam.start"), sizeof w);
    spl_adam adam;
    assert_true(spl_adam_new(32, &adam, NULL));
    for (int step = 0; step < 8; step++) {
        spl_adam_update(&adam, spl_matrix_kernels_of(spl_kernel_best()), &config, 0.01, 0, gradients + 32 * step, w);
    }
    for (int i = 0; i < 32; i++) assert_near((double)w[i], (double)torch[i], 1e-6);
    spl_adam_free(&adam);
    spl_state_dict_free(expected);
}

static void steps_with_decoupled_decay_are_those_of_adamw(void **state)
{
    (void)state;
    check_decay(SPL_DECAY_DECOUPLED, "adam.decoupled");
}

static void steps_with_l2_decay_are_those_of_adam(void **state)
{
    (void)state;
    check_decay(SPL_DECAY_L2, "adam.l2");
}

static void parameters_before_the_first_one_stay(void **state)
{
    (void)state;
    spl_encoder_config config = spl_encoder_config_default();
    float w[4] = {1, 1, 1, 1}, gradient[4] = {1, 1, 1, 1};
    spl_adam adam;
    assert_true(spl_adam_new(4, &adam, NULL));
    spl_adam_update(&adam, spl_matrix_kernels_of(spl_kernel_best()), &config, 0.01, 3, gradient, w);
    assert_true(w[0] == 1 && w[2] == 1 && w[3] < 1);
    spl_adam_free(&adam);
}

static void cosine_rises_in_the_warm_up_and_falls_to_zero(void **state)
{
    (void)state;
    spl_encoder_config config = spl_encoder_config_default();
    config.learning_rate = 1;
    config.warmup_epochs = 2; // of 10 steps each
    assert_near(spl_learning_rate(&config, 0, 100, 10), 1.0 / 20, 1e-12);
    assert_near(spl_learning_rate(&config, 9, 100, 10), 0.5, 1e-12);
    assert_near(spl_learning_rate(&config, 19, 100, 10), 1, 1e-12);
    assert_near(spl_learning_rate(&config, 59, 100, 10), 0.5, 1e-12); // half of the 80 steps left
    assert_near(spl_learning_rate(&config, 99, 100, 10), 0, 1e-12);
}

static void steps_lower_the_rate_by_their_factor(void **state)
{
    (void)state;
    spl_encoder_config config = spl_encoder_config_default();
    config.learning_rate = 1;
    config.warmup_epochs = 0;
    config.schedule = SPL_SCHEDULE_STEP;
    config.step_epochs = 3;
    config.step_factor = 0.1;
    assert_near(spl_learning_rate(&config, 29, 100, 10), 1, 1e-12);
    assert_near(spl_learning_rate(&config, 30, 100, 10), 0.1, 1e-12);
    assert_near(spl_learning_rate(&config, 60, 100, 10), 0.01, 1e-12);
    config.schedule = SPL_SCHEDULE_CONSTANT;
    assert_near(spl_learning_rate(&config, 99, 100, 10), 1, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_with_decoupled_decay_are_those_of_adamw),
        cmocka_unit_test(steps_with_l2_decay_are_those_of_adam),
        cmocka_unit_test(parameters_before_the_first_one_stay),
        cmocka_unit_test(cosine_rises_in_the_warm_up_and_falls_to_zero),
        cmocka_unit_test(steps_lower_the_rate_by_their_factor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
