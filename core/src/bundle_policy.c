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

static spl_status check_rows(const spl_bundle_reader *reader, const char *name, const spl_tensor *tensor,
                             uint64_t row_count)
{
    const int32_t *row = tensor->data;
    if (row[0] < 0) return spl_read_fail(reader, SPL_BAD_VALUE, name, 0, "a row for the root");
    for (uint64_t i = 0; i < tensor->shape[0]; i++) {
        if (row[i] < -1 || (row[i] >= 0 && (uint64_t)row[i] >= row_count)) {
            return spl_read_fail(reader, SPL_BAD_VALUE, name, i, "-1 or a row of the table");
        }
    }
    return SPL_OK;
}

static spl_status check_table(const spl_bundle_reader *reader, const char *name, const spl_tensor *tensor, double floor)
{
    const double *p = tensor->data;
    uint64_t rows = tensor->shape[0], k = tensor->shape[1];
    double lowest = floor * (1 - SUM_TOLERANCE);
    for (uint64_t r = 0; r < rows; r++, p += k) {
        double sum = 0;
        for (uint64_t v = 0; v < k; v++) {
            if (!(p[v] >= lowest && p[v] <= 1)) {
                return spl_read_fail(reader, SPL_BAD_PROBABILITIES, name, r * k + v,
                                     "probabilities from min_propensity to 1");
            }
            sum += p[v];
        }
        if (!(sum >= 1 - SUM_TOLERANCE && sum <= 1 + SUM_TOLERANCE)) {
            return spl_read_fail(reader, SPL_BAD_PROBABILITIES, name, r * k, "a row that sums to 1");
        }
    }
    return SPL_OK;
}

static spl_status read_table(const spl_bundle_reader *reader, spl_experiment *x)
{
    char row_buffer[SPL_NAME_MAX], buffer[SPL_NAME_MAX];
    const spl_tensor *row, *table;
    const char *row_name = policy_name(row_buffer, x->key, ".row"), *name = policy_name(buffer, x->key, ".table");
    spl_status status = spl_read_vector(reader, row_name, SPL_I32, reader->bundle->tree.node_count, &row);
    if (status != SPL_OK) return status;
    status = spl_read_matrix(reader, name, SPL_F64, SPL_ANY, x->policy.variant_count, &table);
    if (status == SPL_OK) status = check_rows(reader, row_name, row, table->shape[0]);
    if (status == SPL_OK) status = check_table(reader, name, table, x->min_propensity);
    if (status != SPL_OK) return status;
    x->policy.row = row->data;
    x->policy.row_count = (uint32_t)table->shape[0];
    x->policy.table = table->data;
    return SPL_OK;
}

static bool uses_factor(uint32_t rule)
{
    return rule >= SPL_RULE_LINUCB;
}

static spl_status read_parameter(const spl_bundle_reader *reader, const char *name, uint32_t rule, double *out)
{
    const spl_tensor *tensor;
    spl_status status = spl_read_vector(reader, name, SPL_F64, 1, &tensor);
    if (status != SPL_OK) return status;
    double value = *(const double *)tensor->data;
    bool good = rule == SPL_RULE_EPSILON_GREEDY ? value >= 0 && value <= 1 : value > 0 && spl_is_finite(value);
    if (!good && !uses_factor(rule)) {
        return spl_read_fail(reader, SPL_BAD_VALUE, name, 0, "a finite number above 0; an epsilon in [0, 1]");
    }
    *out = value;
    return SPL_OK;
}

static spl_status read_factor(const spl_bundle_reader *reader, const char *name, spl_linear *linear)
{
    uint64_t width = (uint64_t)linear->score.inputs + 1;
    if (width > SPL_LINEAR_FACTOR_MAX + 1) {
        return spl_read_fail(reader, SPL_TOO_LARGE, name, width, "a space of at most 512 entries");
    }
    const spl_tensor *factor;
    spl_status status = spl_read_matrix(reader, name, SPL_F32, linear->score.outputs * width, width, &factor);
    if (status == SPL_OK) status = spl_check_finite(reader, name, factor);
    if (status == SPL_OK) linear->factor = factor->data;
    return status;
}

static spl_status read_linear(const spl_bundle_reader *reader, spl_text key, uint32_t k, uint32_t rule, spl_linear *out)
{
    char buffer[SPL_NAME_MAX], bias[SPL_NAME_MAX];
    uint32_t width;
    spl_linear linear = {.rule = rule};
    spl_status status = spl_read_space(reader, policy_name(buffer, key, ".space"), &linear.space, &width);
    if (status != SPL_OK) return status;
    status = read_parameter(reader, policy_name(buffer, key, ".parameter"), rule, &linear.parameter);
    if (status != SPL_OK) return status;
    status = spl_read_layer(reader, policy_name(buffer, key, ".weight"), policy_name(bias, key, ".bias"), width, k,
                            &linear.score);
    if (status == SPL_OK && uses_factor(rule)) {
        status = read_factor(reader, policy_name(buffer, key, ".factor"), &linear);
    }
    if (status == SPL_OK) *out = linear;
    return status;
}

spl_status spl_read_policy(const spl_bundle_reader *reader, spl_experiment *x)
{
    char buffer[SPL_NAME_MAX];
    const spl_tensor *tensor;
    const char *name = policy_name(buffer, x->key, ".rule");
    if (!spl_read_find(reader, name)) return read_table(reader, x);
    spl_status status = spl_read_vector(reader, name, SPL_U8, 1, &tensor);
    if (status != SPL_OK) return status;
    uint8_t rule = *(const uint8_t *)tensor->data;
    if (rule == SPL_RULE_TABLE || rule > SPL_RULE_LINTS) {
        return spl_read_fail(reader, SPL_BAD_VALUE, name, 0, "a rule from 1 to 5, or no such tensor");
    }
    return read_linear(reader, x->key, x->policy.variant_count, rule, &x->linear);
}
