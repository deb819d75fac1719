// SPDX-License-Identifier: MIT
// The e-mail experiment of Hillstrom's data, 64,000 customers: rates by segment, and a logistic regression, as R has
// them.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "near.h"
#include "scratch.h"
#include "stats/interval.h"
#include "stats/logit.h"
#include "stats/moments.h"
#include "stats_reference.h"
#include "testing.h"

#define ROWS 64000
#define TERMS 11

typedef struct customer {
    char zip[16], channel[16], mail[16];
    double recency, history, mens, womens, newbie, visit, conversion, spend;
} customer;

static customer *customers;
static uint32_t customer_count;

static int read_customers(void **state)
{
    (void)state;
    char line[256];
    const char *path = scratch_data("hillstrom/hillstrom.csv.gz");
    gzFile in = path ? gzopen(path, "rb") : NULL;
    if (!in) return 0;
    customers = calloc(ROWS, sizeof *customers);
    while (customers && customer_count < ROWS && gzgets(in, line, sizeof line)) {
        customer c;
        char *quote = strchr(line, '"'); // around "6) $750 - $1,000"
        for (char *at = quote ? quote + 1 : NULL; at && *at && *at != '"'; at++)
            if (*at == ',') *at = '.';
        int found =
            sscanf(line, "%lf,%*[^,],%lf,%lf,%lf,%15[^,],%lf,%15[^,],%15[^,],%lf,%lf,%lf", &c.recency, &c.history,
                   &c.mens, &c.womens, c.zip, &c.newbie, c.channel, c.mail, &c.visit, &c.conversion, &c.spend);
        if (found == 11) customers[customer_count++] = c;
    }
    gzclose(in);
    return 0;
}

static int free_customers(void **state)
{
    (void)state;
    free(customers);
    return 0;
}

// As pyuplift's documentation has them.
static void means_are_the_published_ones(void **state)
{
    (void)state;
    if (!customers) skip();
    spl_series visit = {0}, conversion = {0}, spend = {0};
    for (uint32_t i = 0; i < customer_count; i++) {
        spl_series_add(&visit, customers[i].visit);
        spl_series_add(&conversion, customers[i].conversion);
        spl_series_add(&spend, customers[i].spend);
    }
    assert_int_equal(customer_count, ROWS);
    assert_near(spl_series_mean(&visit), 0.14678, 5e-6);
    assert_near(spl_series_mean(&conversion), 0.00903, 5e-6);
    assert_near(spl_series_mean(&spend), 1.05091, 5e-6);
}

static void rates_by_segment_are_those_of_r(void **state)
{
    (void)state;
    if (!customers) skip();
    reference *r = reference_open("hillstrom_rates_by_segment.csv", "segment,channel,zip_code,visit,conversion,spend");
    int rows = 0;
    for (; reference_next(r); rows++) {
        spl_series visit = {0}, conversion = {0}, spend = {0};
        for (uint32_t i = 0; i < customer_count; i++) {
            const customer *c = &customers[i];
            if (strcmp(c->mail, reference_text(r, 0)) || strcmp(c->channel, reference_text(r, 1)) ||
                strcmp(c->zip, reference_text(r, 2)))
                continue;
            spl_series_add(&visit, c->visit);
            spl_series_add(&conversion, c->conversion);
            spl_series_add(&spend, c->spend);
        }
        reference_near(r, "visit", spl_series_mean(&visit), reference_number(r, 3), 1e-12, 0);
        reference_near(r, "conversion", spl_series_mean(&conversion), reference_number(r, 4), 1e-12, 0);
        reference_near(r, "spend", spl_series_mean(&spend), reference_number(r, 5), 1e-12, 0);
    }
    assert_int_equal(rows, 27);
}

// Visit after the men's mail against none, with what was known of the customer before: the columns of R's model.
static uint32_t make_design(double *x, double *y)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < customer_count; i++) {
        const customer *c = &customers[i];
        if (strcmp(c->mail, "Womens E-Mail") == 0) continue;
        const double row[TERMS] = {1,
                                   strcmp(c->mail, "Mens E-Mail") == 0,
                                   c->recency,
                                   log(c->history),
                                   c->mens,
                                   c->womens,
                                   c->newbie,
                                   strcmp(c->channel, "Phone") == 0,
                                   strcmp(c->channel, "Web") == 0,
                                   strcmp(c->zip, "Surburban") == 0,
                                   strcmp(c->zip, "Urban") == 0};
        memcpy(x + (size_t)n * TERMS, row, sizeof row);
        y[n++] = c->visit;
    }
    return n;
}

// R stops when the deviance changes by less than 1e-8 of itself, and takes standard errors from the step before: its
// estimates are good to 1e-9, its errors to 1e-6.
static void a_logistic_regression_is_that_of_r(void **state)
{
    (void)state;
    if (!customers) skip();
    double *x = calloc((size_t)ROWS * TERMS, sizeof *x), *y = calloc(ROWS, sizeof *y), deviance;
    spl_logit_term terms[TERMS];
    assert_true(x && y);
    uint32_t n = make_design(x, y);
    assert_int_equal(spl_logit_fit(x, y, n, TERMS, terms, &deviance), SPL_LOGIT_FOUND);
    reference *r = reference_open("hillstrom_visit_logit_glm.csv", "term,Estimate,Std. Error,z value,Pr(>|z|)");
    for (int i = 0; i < TERMS; i++) {
        assert_true(reference_next(r));
        reference_near(r, "estimate", terms[i].estimate, reference_number(r, 1), 1e-9, 0);
        reference_near(r, "error", terms[i].se, reference_number(r, 2), 1e-6, 0);
        reference_near(r, "z", terms[i].z, reference_number(r, 3), 1e-6, 0);
        reference_near(r, "p of R's z", spl_normal_p(reference_number(r, 3)), reference_number(r, 4), 1e-9, 0);
    }
    assert_false(reference_next(r));
    free(x);
    free(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_are_the_published_ones),
        cmocka_unit_test(rates_by_segment_are_those_of_r),
        cmocka_unit_test(a_logistic_regression_is_that_of_r),
    };
    return cmocka_run_group_tests(tests, read_customers, free_customers);
}
