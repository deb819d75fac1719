// SPDX-License-Identifier: MIT
// An experiment's policy is a table with a row of probabilities per node, or, where `policy.KEY.rule` says so, a
// linear model.
#include "bundle_reader.h"
#include "samplit/num.h"

// Tables come from quadrature and a division: sums are 1 up to rounding, and floors likewise.
#define SUM_TOLERANCE 1e-9

// "policy.KEY.suffix"
static const char *policy_name(char out[SPL_NAME_MAX], spl_text key, const char *suffix)
{
    return spl_join_name(out, "policy.", key, suffix);
}

static void check_rows(const spl_bundle_reader *reader, const char *name, const int32_t *row, uint32_t row_count)
{
    SPL_CHECK(reader, row[0] >= 0, SPL_BAD_VALUE, name, 0, "a row for the root");
    for (uint32_t i = 0; i < reader->bundle->tree.node_count; i++)
        SPL_CHECK(reader, row[i] >= -1 && row[i] < (int64_t)row_count, SPL_BAD_VALUE, name, i,
                  "-1 or a row of the table");
}

static void check_table(const spl_bundle_reader *reader, const char *name, const double *p, const spl_experiment *x)
{
    uint32_t k = x->policy.variant_count;
    double lowest = x->min_propensity * (1 - SUM_TOLERANCE);
    for (size_t at = 0; at < (size_t)x->policy.row_count * k; at += k) {
        double sum = 0;
        for (size_t v = at; v < at + k; v++) {
            if (!(p[v] >= lowest && p[v] <= 1))
                SPL_CHECK(reader, false, SPL_BAD_PROBABILITIES, name, v, "probabilities from min_propensity to 1");
            sum += p[v];
        }
        SPL_CHECK(reader, sum >= 1 - SUM_TOLERANCE && sum <= 1 + SUM_TOLERANCE, SPL_BAD_PROBABILITIES, name, at,
                  "a row that sums to 1");
    }
}

static void read_table(const spl_bundle_reader *reader, spl_experiment *x)
{
    char row_buffer[SPL_NAME_MAX], buffer[SPL_NAME_MAX];
    const char *row_name = policy_name(row_buffer, x->key, ".row"), *name = policy_name(buffer, x->key, ".table");
    const spl_tensor *row = spl_read_tensor(reader, row_name, SPL_I32, reader->bundle->tree.node_count, SPL_VECTOR);
    const spl_tensor *table = spl_read_tensor(reader, name, SPL_F64, SPL_ANY, x->policy.variant_count);
    if (spl_read_failed(reader)) return;
    x->policy.row = row->data;
    x->policy.row_count = (uint32_t)table->shape[0];
    x->policy.table = table->data;
    check_rows(reader, row_name, x->policy.row, x->policy.row_count);
    check_table(reader, name, x->policy.table, x);
}

static bool uses_factor(uint32_t rule)
{
    return rule >= SPL_RULE_LINUCB;
}

static void read_parameter(const spl_bundle_reader *reader, const char *name, spl_linear *linear)
{
    double value = *(const double *)spl_read_tensor(reader, name, SPL_F64, 1, SPL_VECTOR)->data;
    bool greedy = linear->rule == SPL_RULE_EPSILON_GREEDY;
    bool good = greedy ? value >= 0 && value <= 1 : value > 0 && spl_is_finite(value);
    SPL_CHECK(reader, good || uses_factor(linear->rule), SPL_BAD_VALUE, name, 0,
              "a finite number above 0; an epsilon in [0, 1]");
    linear->parameter = value;
}

static void read_factor(const spl_bundle_reader *reader, const char *name, spl_linear *linear)
{
    uint32_t width = linear->score.inputs + 1;
    SPL_CHECK(reader, width <= SPL_LINEAR_FACTOR_MAX + 1, SPL_TOO_LARGE, name, width, "a space of at most 512 entries");
    const spl_tensor *factor = spl_read_tensor(reader, name, SPL_F32, linear->score.outputs * width, width);
    spl_check_finite(reader, name, factor);
    linear->factor = factor->data;
}

static void read_linear(const spl_bundle_reader *reader, spl_text key, uint32_t k, spl_linear *out)
{
    char buffer[SPL_NAME_MAX], bias[SPL_NAME_MAX];
    uint32_t width = spl_read_space(reader, policy_name(buffer, key, ".space"), &out->space);
    read_parameter(reader, policy_name(buffer, key, ".parameter"), out);
    spl_read_layer(reader, policy_name(buffer, key, ".weight"), policy_name(bias, key, ".bias"), width, k, &out->score);
    if (uses_factor(out->rule)) read_factor(reader, policy_name(buffer, key, ".factor"), out);
}

void spl_read_policy(const spl_bundle_reader *reader, spl_experiment *x)
{
    char buffer[SPL_NAME_MAX];
    const char *name = policy_name(buffer, x->key, ".rule");
    if (!spl_read_find(reader, name)) {
        read_table(reader, x);
        return;
    }
    x->linear.rule = *(const uint8_t *)spl_read_tensor(reader, name, SPL_U8, 1, SPL_VECTOR)->data;
    SPL_CHECK(reader, x->linear.rule != SPL_RULE_TABLE && x->linear.rule <= SPL_RULE_LINTS, SPL_BAD_VALUE, name, 0,
              "a rule from 1 to 5, or no such tensor");
    read_linear(reader, x->key, x->policy.variant_count, &x->linear);
}
