// SPDX-License-Identifier: MIT
// Mining against a search by hand, and what the losses are worth.
#include <math.h>
#include <stdlib.h>

#include "encoder_fixture.h"
#include "near.h"
#include "samplit/num.h"
#include "samplit/rng.h"
#include "testing.h"

#define ROWS 41
#define WIDTH 16

// Unit vectors of three entries; labels in runs of 1 to 7.
typedef struct fixture {
    float e[ROWS * WIDTH];
    int32_t label[ROWS];
    spl_embedded batch;
} fixture;

static void fill(fixture *f, uint64_t seed)
{
    int32_t label = 0;
    *f = (fixture){.batch = {ROWS, WIDTH, f->e, f->label}};
    for (uint32_t r = 0, left = 1; r < ROWS; r++) {
        double u[2], v[2];
        spl_uniform2(seed, r, SPL_STREAM_TEST, 0, u);
        spl_uniform2(seed, r, SPL_STREAM_TEST, 1, v);
        double x = u[0] - 0.5, y = u[1] - 0.5, z = v[0] - 0.5, length = sqrt(x * x + y * y + z * z);
        f->e[r * WIDTH] = (float)(x / length), f->e[r * WIDTH + 1] = (float)(y / length);
        f->e[r * WIDTH + 2] = (float)(z / length);
        if (left-- == 0) label++, left = (uint32_t)(label % 7);
        f->label[r] = label;
    }
}

static float cosine(const fixture *f, uint32_t a, uint32_t b)
{
    float sum = 0;
    for (uint32_t c = 0; c < WIDTH; c++) sum += f->e[a * WIDTH + c] * f->e[b * WIDTH + c];
    return sum;
}

static uint32_t pick(const fixture *f, spl_mining mining, uint32_t step, spl_triplet *out)
{
    const spl_matrix_kernels *kernels = spl_matrix_kernels_of(spl_kernel_best());
    float *scratch = malloc((spl_triplets_scratch(mining, ROWS, WIDTH) + 1) * sizeof(float));
    uint32_t count = spl_triplets_pick(&f->batch, mining, kernels, 5, step, scratch, out);
    free(scratch);
    return count;
}

static uint32_t anchors(const fixture *f)
{
    uint32_t count = 0;
    for (uint32_t a = 0; a < ROWS; a++) {
        bool mate = false;
        for (uint32_t b = 0; b < ROWS; b++) mate |= b != a && f->label[b] == f->label[a];
        count += mate;
    }
    return count;
}

static void every_row_with_a_mate_is_an_anchor_once(void **state)
{
    (void)state;
    fixture f;
    spl_triplet t[ROWS];
    fill(&f, 1);
    for (int mining = SPL_MINING_RANDOM; mining <= SPL_MINING_BATCH_HARD; mining++) {
        uint32_t count = pick(&f, (spl_mining)mining, 0, t);
        assert_int_equal(count, anchors(&f));
        for (uint32_t i = 0; i < count; i++) {
            assert_true(i == 0 || t[i].anchor > t[i - 1].anchor);
            assert_true(t[i].positive != t[i].anchor);
            assert_int_equal(f.label[t[i].positive], f.label[t[i].anchor]);
            assert_int_not_equal(f.label[t[i].negative], f.label[t[i].anchor]);
        }
    }
}

static void batch_hard_takes_the_farthest_mate_and_the_nearest_other(void **state)
{
    (void)state;
    fixture f;
    spl_triplet t[ROWS];
    for (uint64_t seed = 0; seed < 20; seed++) {
        fill(&f, seed);
        uint32_t count = pick(&f, SPL_MINING_BATCH_HARD, 0, t);
        for (uint32_t i = 0; i < count; i++) {
            for (uint32_t j = 0; j < ROWS; j++) {
                if (j == t[i].anchor) continue;
                if (f.label[j] == f.label[t[i].anchor])
                    assert_true(cosine(&f, t[i].anchor, j) >= cosine(&f, t[i].anchor, t[i].positive));
                else
                    assert_true(cosine(&f, t[i].anchor, j) <= cosine(&f, t[i].anchor, t[i].negative));
            }
        }
    }
}

// The nearest of those farther than the positive; if none is, the farthest.
static uint32_t semi_hard_by_hand(const fixture *f, const spl_triplet *t)
{
    uint32_t nearest = ROWS, farthest = ROWS;
    float limit = cosine(f, t->anchor, t->positive);
    for (uint32_t j = 0; j < ROWS; j++) {
        if (f->label[j] == f->label[t->anchor]) continue;
        float here = cosine(f, t->anchor, j);
        if (here < limit && (nearest == ROWS || here > cosine(f, t->anchor, nearest))) nearest = j;
        if (farthest == ROWS || here < cosine(f, t->anchor, farthest)) farthest = j;
    }
    return nearest < ROWS ? nearest : farthest;
}

static void semi_hard_takes_the_nearest_that_is_farther_than_the_mate(void **state)
{
    (void)state;
    fixture f;
    spl_triplet t[ROWS];
    uint32_t none_farther = 0;
    for (uint64_t seed = 0; seed < 40; seed++) {
        fill(&f, seed);
        uint32_t count = pick(&f, SPL_MINING_SEMI_HARD, (uint32_t)seed, t);
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(t[i].negative, semi_hard_by_hand(&f, &t[i]));
            none_farther += cosine(&f, t[i].anchor, t[i].negative) >= cosine(&f, t[i].anchor, t[i].positive);
        }
    }
    assert_true(none_farther > 0); // both branches were met
}

static void random_choices_cover_all_rows_and_depend_on_the_step(void **state)
{
    (void)state;
    fixture f;
    spl_triplet t[ROWS], again[ROWS];
    fill(&f, 1);
    uint32_t seen[ROWS] = {0}, count = 0, moved = 0;
    for (uint32_t step = 0; step < 400; step++) {
        count = pick(&f, SPL_MINING_RANDOM, step, t);
        for (uint32_t i = 0; i < count; i++) seen[t[i].negative]++;
    }
    for (uint32_t r = 0; r < ROWS; r++) assert_true(seen[r] > 200);
    pick(&f, SPL_MINING_RANDOM, 399, again);
    assert_memory_equal(t, again, count * sizeof *t);
    pick(&f, SPL_MINING_RANDOM, 398, again);
    for (uint32_t i = 0; i < count; i++) moved += t[i].negative != again[i].negative;
    assert_true(moved > count / 2);
}

static void a_batch_of_one_class_has_no_triplets(void **state)
{
    (void)state;
    fixture f;
    spl_triplet t[ROWS];
    fill(&f, 1);
    for (uint32_t r = 0; r < ROWS; r++) f.label[r] = 3;
    for (int mining = SPL_MINING_RANDOM; mining <= SPL_MINING_BATCH_HARD; mining++)
        assert_int_equal(pick(&f, (spl_mining)mining, 0, t), 0);
    const spl_matrix_kernels *kernels = spl_matrix_kernels_of(SPL_KERNEL_SCALAR);
    spl_loss_sum sum = spl_loss_of(&f.batch, SPL_LOSS_TRIPLET, 0.2, kernels, t, 0, NULL);
    assert_true(sum.loss == 0 && sum.active == 0);
}

static void losses_are_those_of_the_papers(void **state)
{
    (void)state;
    // On the unit circle: a at 0, p at 60 degrees (D = 1), n at 90 degrees (D = sqrt 2).
    float e[3 * WIDTH] = {0};
    e[0] = 1, e[WIDTH] = 0.5f, e[WIDTH + 1] = (float)sqrt(0.75), e[2 * WIDTH + 1] = 1;
    spl_embedded batch = {3, WIDTH, e, NULL};
    spl_triplet t = {0, 1, 2};
    const spl_matrix_kernels *kernels = spl_matrix_kernels_of(spl_kernel_best());
    spl_loss_sum sum = spl_loss_of(&batch, SPL_LOSS_TRIPLET, 1.25, kernels, &t, 1, NULL);
    assert_near(sum.loss, 1.25 + 1 - 2, 1e-6);
    assert_int_equal(sum.active, 1);
    sum = spl_loss_of(&batch, SPL_LOSS_TRIPLET, 0.9, kernels, &t, 1, NULL);
    assert_true(sum.loss == 0 && sum.active == 0);
    sum = spl_loss_of(&batch, SPL_LOSS_CONTRASTIVE, 1.5, kernels, &t, 1, NULL);
    assert_near(sum.loss, 0.5 + (1.5 - sqrt(2)) * (1.5 - sqrt(2)) / 2, 1e-6);
    sum = spl_loss_of(&batch, SPL_LOSS_CONTRASTIVE, 1, kernels, &t, 1, NULL);
    assert_near(sum.loss, 0.5, 1e-6);
}

static void coinciding_embeddings_have_a_finite_gradient(void **state)
{
    (void)state;
    float e[3 * WIDTH] = {0}, gradient[3 * WIDTH] = {0};
    e[0] = e[WIDTH] = e[2 * WIDTH] = 1;
    spl_embedded batch = {3, WIDTH, e, NULL};
    spl_triplet t = {0, 1, 2};
    const spl_matrix_kernels *kernels = spl_matrix_kernels_of(spl_kernel_best());
    assert_near(spl_loss_of(&batch, SPL_LOSS_CONTRASTIVE, 1, kernels, &t, 1, gradient).loss, 0.5, 1e-6);
    assert_near(spl_loss_of(&batch, SPL_LOSS_TRIPLET, 0.2, kernels, &t, 1, gradient).loss, 0.2, 1e-6);
    for (int i = 0; i < 3 * WIDTH; i++) assert_true(gradient[i] == 0);
}

static void the_margin_is_the_losss_own_unless_set(void **state)
{
    (void)state;
    spl_encoder_config config = spl_encoder_config_default();
    assert_true(spl_loss_margin(&config) == 0.2);
    config.loss = SPL_LOSS_CONTRASTIVE;
    assert_true(spl_loss_margin(&config) == 1);
    config.margin = 0.7;
    assert_true(spl_loss_margin(&config) == 0.7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_with_a_mate_is_an_anchor_once),
        cmocka_unit_test(batch_hard_takes_the_farthest_mate_and_the_nearest_other),
        cmocka_unit_test(semi_hard_takes_the_nearest_that_is_farther_than_the_mate),
        cmocka_unit_test(random_choices_cover_all_rows_and_depend_on_the_step),
        cmocka_unit_test(a_batch_of_one_class_has_no_triplets),
        cmocka_unit_test(losses_are_those_of_the_papers),
        cmocka_unit_test(coinciding_embeddings_have_a_finite_gradient),
        cmocka_unit_test(the_margin_is_the_losss_own_unless_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
