// SPDX-License-Identifier: MIT
// label: slow
// Public sets with compact clusters: the number of clusters and how well rows are put into them. Columns are scaled to
// [0, 1], as a fitted schema does. docs/clusters.md has all sets and the full range of ks.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster_fixture.h"
#include "host/files.h"
#include "learn/cluster/cluster_choose.h"
#include "scratch.h"
#include "testing.h"

typedef struct set {
    const char *name;
    uint32_t n, d, k;
    double agreement; // at least
} set;

static const set SETS[] = {
    {"hepta", 212, 3, 7, 0.99},      {"tetra", 400, 3, 4, 0.99},      {"r15", 600, 2, 15, 0.99},
    {"g2mg_2_10", 2048, 2, 2, 0.99}, {"g2mg_8_10", 2048, 8, 2, 0.99}, {"g2mg_32_10", 2048, 32, 2, 0.99},
    {"unbalance", 6500, 2, 8, 0.99}, {"s1", 5000, 2, 15, 0.98},       {"a1", 3000, 2, 20, 0.92},
};

// The numbers of a file of lines, blanks between; false if the set is not there.
static bool read_numbers(const char *name, const char *end, double *out, size_t count)
{
    char file[64];
    snprintf(file, sizeof file, "clustering/%s.%s.gz", name, end);
    const char *path = scratch_data(file);
    spl_reader *reader;
    size_t at = 0;
    if (!path) return false;
    assert_true(spl_reader_open(path, &reader, NULL));
    for (spl_text line; spl_reader_line(reader, &line, NULL) > 0;) {
        char text[4096], *from = text, *to;
        assert_true(line.size < sizeof text);
        memcpy(text, line.data, line.size);
        text[line.size] = '\0';
        for (double value = strtod(from, &to); to != from; from = to, value = strtod(from, &to)) {
            assert_true(at < count);
            out[at++] = value;
        }
    }
    spl_reader_close(reader);
    assert_int_equal(at, count);
    return true;
}

static cluster_rows scaled_rows(const set *s, const double *x, const double *label)
{
    cluster_rows rows = cluster_rows_new(s->n, s->d);
    for (uint32_t j = 0; j < s->d; j++) {
        double lo = x[j], hi = x[j];
        for (uint32_t i = 1; i < s->n; i++) {
            lo = x[i * s->d + j] < lo ? x[i * s->d + j] : lo;
            hi = x[i * s->d + j] > hi ? x[i * s->d + j] : hi;
        }
        for (uint32_t i = 0; i < s->n; i++) rows.x[i * s->d + j] = (float)((x[i * s->d + j] - lo) / (hi - lo));
    }
    for (uint32_t i = 0; i < s->n; i++) rows.truth[i] = (uint32_t)label[i];
    return rows;
}

static void compact_clusters_of_public_sets_are_counted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof SETS / sizeof *SETS; i++) {
        const set *s = &SETS[i];
        double *x = malloc((size_t)s->n * s->d * sizeof *x), *label = malloc(s->n * sizeof *label);
        if (!read_numbers(s->name, "data", x, (size_t)s->n * s->d) || !read_numbers(s->name, "labels0", label, s->n))
            skip();
        cluster_rows rows = scaled_rows(s, x, label);
        spl_choose_config config = spl_choose_default();
        config.k_most = s->k + 3;
        config.k_least = s->k > 8 ? s->k - 3 : 2;
        config.restarts = 4;
        config.silhouette_rows = 1000;
        config.sample_rows = 500;
        config.references = config.bootstraps = 5;
        spl_chosen chosen;
        spl_error error = {0};
        if (!spl_cluster_choose(&rows.points, &config, &chosen, &error)) fail_msg("%s: %s", s->name, error.text);
        if (chosen.k != s->k) fail_msg("%s: %u clusters, not %u", s->name, chosen.k, s->k);
        assert_true(cluster_agreement(&rows, chosen.fit->label, chosen.k) >= s->agreement);
        spl_chosen_free(&chosen);
        cluster_rows_free(&rows);
        free(x);
        free(label);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(compact_clusters_of_public_sets_are_counted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
