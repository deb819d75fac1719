// SPDX-License-Identifier: MIT
// The nearest point by its definition, and its label as an attribute of the decision.
#include <stdlib.h>
#include <string.h>

#include "bundle_fixture.h"
#include "samplit/samplit.h"
#include "testing.h"

#define WIDTH 7
#define POINTS 37 // not a multiple of any lane count

static double draw(uint32_t which, uint32_t index)
{
    double u[2];
    spl_uniform2(3, which, SPL_STREAM_TEST, index, u);
    return 2 * u[0] - 1;
}

static double distance(const float *centroids, uint32_t point, const float *x)
{
    double sum = 0;
    for (uint32_t i = 0; i < WIDTH; i++) {
        double apart = (double)x[i] - (double)centroids[i * POINTS + point];
        sum += apart * apart;
    }
    return sum;
}

// Sets the points and their biases; every third point repeats the one before it.
static void fill(float *centroids, float *bias)
{
    for (uint32_t p = 0; p < POINTS; p++) {
        double square = 0;
        for (uint32_t i = 0; i < WIDTH; i++) {
            float entry = (float)draw(0, (p % 3 == 2 ? p - 1 : p) * WIDTH + i);
            centroids[i * POINTS + p] = entry;
            square += (double)entry * (double)entry;
        }
        bias[p] = (float)(-0.5 * square);
    }
}

static void the_nearest_point_is_found_and_of_equal_ones_the_first(void **state)
{
    (void)state;
    float centroids[WIDTH * POINTS], bias[POINTS], scores[POINTS], x[WIDTH];
    uint32_t seen[POINTS] = {0};
    fill(centroids, bias);
    spl_clusters clusters = {.count = POINTS, .nearest = {WIDTH, POINTS, centroids, bias}};
    for (uint32_t n = 0; n < 3000; n++) {
        for (uint32_t i = 0; i < WIDTH; i++) x[i] = (float)draw(1, n * WIDTH + i);
        uint32_t nearest = spl_cluster_nearest(&clusters, SPL_KERNEL_SCALAR, x, scores);
        for (spl_kernel kernel = SPL_KERNEL_SIMD128; kernel <= SPL_KERNEL_AVX512; kernel++)
            if (spl_kernel_usable(kernel)) assert_int_equal(spl_cluster_nearest(&clusters, kernel, x, scores), nearest);
        double least = distance(centroids, nearest, x);
        for (uint32_t p = 0; p < POINTS; p++) assert_true(distance(centroids, p, x) >= least - 1e-6);
        assert_true(nearest % 3 != 2); // its double stands before it
        seen[nearest]++;
    }
    uint32_t used = 0;
    for (uint32_t p = 0; p < POINTS; p++) used += seen[p] > 0;
    assert_true(used > POINTS / 2);
}

static void scores_that_are_no_numbers_choose_no_other_point(void **state)
{
    (void)state;
    const float weight[3] = {3e38f, -3e38f, 1}, bias[3] = {-3e38f, 0, 0}, huge = 3e38f;
    float scores[3];
    spl_clusters clusters = {.count = 3, .nearest = {1, 3, weight, bias}};
    assert_int_equal(spl_cluster_nearest(&clusters, SPL_KERNEL_SCALAR, &huge, scores), 0); // infinite
    const float infinite = __builtin_inff();
    spl_clusters zero = {.count = 2, .nearest = {1, 2, (const float[]){0, 1}, (const float[]){0, 0}}};
    assert_int_equal(spl_cluster_nearest(&zero, SPL_KERNEL_SCALAR, &infinite, scores), 0); // the first score is NaN
}

typedef struct site {
    fixture_opened file;
    void *memory;
    spl_workspace workspace;
} site;

static site *open_learned(void)
{
    fixture *f = fixture_new();
    fixture_learn(f);
    site *s = calloc(1, sizeof *s);
    s->file = fixture_open_and_free(f);
    if (s->file.status != SPL_OK) fail_msg("%s: %s", s->file.error.name, s->file.error.expected);
    size_t bytes;
    assert_int_equal(spl_workspace_bytes(&s->file.bundle, &bytes), SPL_OK);
    s->memory = malloc(bytes);
    spl_arena arena = spl_arena_over(s->memory, bytes);
    assert_int_equal(spl_workspace_init(&s->file.bundle, &arena, &s->workspace), SPL_OK);
    return s;
}

static void close_learned(site *s)
{
    fixture_close(&s->file);
    free(s->memory);
    free(s);
}

static const spl_attribute *cluster_of(const site *s)
{
    return spl_context_find(&s->workspace.context, spl_name_hash(SPL_TEXT("cluster")));
}

static void the_label_of_the_nearest_point_becomes_an_attribute(void **state)
{
    (void)state;
    site *s = open_learned();
    const spl_clusters *clusters = &s->file.bundle.clusters;
    uint32_t labels = 0;
    assert_int_equal(clusters->count, 4);
    assert_true(spl_text_equal(spl_cluster_label(clusters, 1), SPL_TEXT("eager")));
    for (uint32_t pageviews = 0; pageviews < 8; pageviews++) {
        spl_field field = {.name = spl_name_hash(SPL_TEXT("pageviews")), .number = pageviews, .kind = SPL_KIND_NUMBER};
        spl_context_build(&s->workspace.context, &field, 1);
        uint64_t given = spl_context_digest(&s->workspace.context);
        spl_decide_place(&s->file.bundle, &s->workspace);
        assert_true(spl_context_digest(&s->workspace.context) != given);
        float scores[4];
        uint32_t nearest = spl_cluster_nearest(clusters, s->workspace.kernel, s->workspace.embedding, scores);
        spl_text label = spl_cluster_label(clusters, nearest);
        const spl_attribute *found = cluster_of(s);
        assert_non_null(found);
        assert_true(spl_text_equal((spl_text){found->text, found->size}, label));
        assert_true(found->key == spl_name_hash(label));
        labels |= 1u << nearest;
    }
    assert_true(labels & (labels - 1)); // more than one of them
    close_learned(s);
}

static void a_cluster_that_the_host_gives_stands(void **state)
{
    (void)state;
    site *s = open_learned();
    spl_field field = {.name = spl_name_hash(SPL_TEXT("cluster")), .text = "mine", .size = 4, .kind = SPL_KIND_STRING};
    spl_context_build(&s->workspace.context, &field, 1);
    spl_decide_place(&s->file.bundle, &s->workspace);
    assert_true(spl_text_equal((spl_text){cluster_of(s)->text, cluster_of(s)->size}, SPL_TEXT("mine")));
    close_learned(s);
}

static void a_full_context_has_no_room_for_the_cluster(void **state)
{
    (void)state;
    site *s = open_learned();
    spl_field fields[SPL_ATTRIBUTES_MAX];
    for (uint32_t i = 0; i < SPL_ATTRIBUTES_MAX; i++)
        fields[i] = (spl_field){.name = 1 + i, .number = i, .kind = SPL_KIND_NUMBER};
    spl_context_build(&s->workspace.context, fields, SPL_ATTRIBUTES_MAX);
    spl_decide_place(&s->file.bundle, &s->workspace);
    assert_null(cluster_of(s));
    assert_int_equal(s->workspace.context.ignored, 1);
    close_learned(s);
}

// The trace is of what was given: an event that logs the derived cluster as well would be another question.
static void the_trace_of_a_decision_is_that_of_the_given_context(void **state)
{
    (void)state;
    site *s = open_learned();
    spl_field fields[2] = {{.name = spl_name_hash(SPL_TEXT("pageviews")), .number = 2, .kind = SPL_KIND_NUMBER}};
    spl_decision first, again;
    spl_decide(&s->file.bundle, &s->workspace, 0, SPL_TEXT("u1"), fields, 1, &first);
    const spl_attribute *cluster = cluster_of(s);
    fields[1] =
        (spl_field){.name = cluster->name, .text = cluster->text, .size = cluster->size, .kind = SPL_KIND_STRING};
    spl_decide(&s->file.bundle, &s->workspace, 0, SPL_TEXT("u1"), fields, 1, &again);
    assert_true(first.trace == again.trace);
    spl_decide(&s->file.bundle, &s->workspace, 0, SPL_TEXT("u1"), fields, 2, &again);
    assert_true(first.trace != again.trace);
    assert_int_equal(first.variant, again.variant);
    assert_memory_equal(first.probabilities, again.probabilities, first.variant_count * sizeof(double));
    close_learned(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_point_is_found_and_of_equal_ones_the_first),
        cmocka_unit_test(scores_that_are_no_numbers_choose_no_other_point),
        cmocka_unit_test(the_label_of_the_nearest_point_becomes_an_attribute),
        cmocka_unit_test(a_cluster_that_the_host_gives_stands),
        cmocka_unit_test(a_full_context_has_no_room_for_the_cluster),
        cmocka_unit_test(the_trace_of_a_decision_is_that_of_the_given_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
