// SPDX-License-Identifier: MIT
// Every lie that a file can tell is refused, by name.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle_fixture.h"
#include "samplit/samplit.h"
#include "testing.h"

#define ANYWHERE UINT64_MAX

typedef struct lie {
    const char *what;
    void (*tell)(fixture *f);
    spl_status status;
    const char *name;
    uint64_t at;
} lie;

#define GET(tensor) fixture_get(f, tensor)
#define LIE(function, body)                                                                                            \
    static void function(fixture *f)                                                                                   \
    {                                                                                                                  \
        body;                                                                                                          \
    }

LIE(other_version, GET("format")->data.u32[0] = 2)
LIE(no_format, fixture_drop(f, "format"))
LIE(format_as_float, strcpy(GET("format")->dtype, "F32"))
LIE(unknown_dtype, strcpy(GET("format")->dtype, "F77"))
LIE(upper_case_id, f->id[30] = 'F')
LIE(short_id, f->id[31] = 0)
LIE(shape_above_bytes, strcpy(GET("tree.value")->shape, "[6]"))
LIE(shape_overflows, strcpy(GET("policy.hero.table")->shape, "[999999999999999,999999999999999]"))
LIE(three_dimensions, strcpy(GET("tree.value")->shape, "[1,1,5]"))
LIE(negative_shape, strcpy(GET("tree.value")->shape, "[-5]"))
LIE(fractional_shape, strcpy(GET("tree.value")->shape, "[5.0]"))
LIE(overlap, GET("tree.value")->shift_begin = GET("tree.value")->shift_end = -8)
LIE(beyond_the_file, GET("experiments.variant_bytes")->shift_begin = GET("experiments.variant_bytes")->shift_end = 1)
LIE(backwards, (GET("tree.value")->shift_begin = 80, GET("tree.value")->shift_end = 0))
LIE(extra_bytes, {
    fixture_drop(f, "experiments.variant_bytes");
    fixture_tensor *t = GET("experiments.hash_mode");
    t->size += 3;
    t->shift_end = -3;
})
LIE(misaligned, {
    fixture_tensor *t = &f->tensors[0];
    t->size = 1;
    strcpy(t->dtype, "U8");
    strcpy(t->shape, "[1]");
})
LIE(name_twice, strcpy(GET("tree.value")->name, "tree.split"))
LIE(member_unknown, strcpy(f->extra_header, ",\"x\":{\"dtype\":\"U8\",\"shape\":[0],\"offsets\":[0,0]}"))
LIE(member_missing, strcpy(f->extra_header, ",\"x\":{\"dtype\":\"U8\",\"shape\":[0]}"))
LIE(member_twice, strcpy(f->extra_header, ",\"x\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[0]}"))
LIE(tensor_as_number, strcpy(f->extra_header, ",\"x\":7"))
LIE(metadata_twice, strcpy(f->extra_header, ",\"__metadata__\":{}"))
LIE(comma_twice, strcpy(f->extra_header, ","))
LIE(comma_missing, strcpy(f->extra_header, "\"later\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}"))
LIE(bracket_missing, strcpy(f->extra_header, ",\"later\":{\"dtype\":\"U8\""))
LIE(bracket_of_the_other_kind, strcpy(f->extra_header, ",\"later\":{\"dtype\":\"U8\"]"))
LIE(control_character, strcpy(f->extra_header, ",\"la\ter\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}"))
LIE(no_checksum, strcpy(f->checksum, "none"))
LIE(other_checksum, strcpy(f->checksum, "0123456789abcdef"))
LIE(metadata_as_list, strcpy(f->extra_header, ",\"__metadata__\":[]"))

LIE(schema_in_part, fixture_drop(f, "schema.attribute"))
LIE(schema_without_kind, fixture_drop(f, "schema.kind"))
LIE(kind_unknown, GET("schema.kind")->data.u8[2] = 4)
LIE(transform_unknown, GET("schema.transform")->data.u8[1] = 2)
LIE(missing_is_nan, GET("schema.missing")->data.f32[1] = NAN)
LIE(missing_above_one, GET("schema.missing")->data.f32[0] = 1.5f)
LIE(lo_is_hi, GET("normalizer.lo")->data.f32[0] = 3)
LIE(hi_is_infinite, GET("normalizer.hi")->data.f32[0] = INFINITY)
LIE(period_zero, GET("schema.period")->data.f32[3] = 0)
LIE(categories_descend, (GET("schema.category_start")->data.u32[2] = 3, GET("schema.category_start")->data.u32[3] = 2))
LIE(categories_beyond, GET("schema.category_start")->data.u32[4] = 4)
LIE(category_twice, GET("schema.categories")->data.u64[2] = GET("schema.categories")->data.u64[0])

LIE(schema_without_attribute_and_kind, (fixture_drop(f, "schema.attribute"), fixture_drop(f, "schema.kind")))
LIE(normalizer_alone, {
    for (int i = f->count; i-- > 0;) {
        if (strncmp(f->tensors[i].name, "schema", 6) == 0) fixture_drop(f, f->tensors[i].name);
    }
})
LIE(first_layer_missing, (fixture_drop(f, "encoder.0.weight"), fixture_drop(f, "encoder.0.bias")))
LIE(weight_missing, fixture_drop(f, "encoder.1.weight"))
LIE(weight_is_nan, GET("encoder.0.weight")->data.f32[9] = NAN)
LIE(bias_is_infinite, GET("encoder.1.bias")->data.f32[2] = -INFINITY)
LIE(layers_do_not_chain, strcpy(GET("encoder.1.weight")->shape, "[3,4]"))
LIE(first_layer_does_not_fit, strcpy(GET("encoder.0.weight")->shape, "[4,8]"))
LIE(no_bias, fixture_drop(f, "encoder.0.bias"))

LIE(root_has_parent, GET("tree.parent")->data.u32[0] = 0)
LIE(parent_beyond, GET("tree.parent")->data.u32[4] = 77)
LIE(node_its_own_parent, GET("tree.parent")->data.u32[4] = 4)
LIE(first_child_is_the_root, GET("tree.first_child")->data.u32[0] = 0)
LIE(first_child_beyond, GET("tree.first_child")->data.u32[0] = 0xfffffff0u)
LIE(children_beyond, GET("tree.child_count")->data.u32[0] = 0xffffffffu)
LIE(node_unreached, {
    for (int i = 1; i < 3; i++) {
        GET("tree.child_count")->data.u32[i] = GET("tree.first_child")->data.u32[i] = 0;
        GET("tree.split")->data.u64[i] = 0;
    }
})
LIE(siblings_equal, GET("tree.value")->data.u64[1] = GET("tree.value")->data.u64[2])
LIE(leaf_that_splits, GET("tree.split")->data.u64[4] = 1)
LIE(split_without_attribute, GET("tree.split")->data.u64[0] = 0)
LIE(root_with_value, GET("tree.value")->data.u64[0] = 1)
LIE(root_with_key, GET("tree.key_start")->data.u32[1] = 1)
LIE(key_empty, GET("tree.key_start")->data.u32[2] = 0)
LIE(key_not_utf8, GET("tree.key_bytes")->data.u8[12] = 0xff)
LIE(key_of_another_value, GET("tree.key_bytes")->data.u8[9] ^= 1)
LIE(key_of_another_attribute, GET("tree.key_bytes")->data.u8[3] ^= 1)
LIE(key_of_another_parent, GET("tree.key_bytes")->data.u8[29] ^= 1)
LIE(key_escaped_for_nothing, memcpy(GET("tree.key_bytes")->data.u8 + 10, "%63oun:US|", 10))
LIE(tree_arrays_differ, (strcpy(GET("tree.parent")->shape, "[4]"), GET("tree.parent")->size -= 4))
LIE(tree_empty, (strcpy(GET("tree.parent")->shape, "[0]"), GET("tree.parent")->size = 0))
LIE(key_with_space, GET("experiments.key_bytes")->data.u8[0] = ' ')
LIE(key_twice, {
    memcpy(GET("experiments.key_bytes")->data.u8, "abcabc", 6);
    GET("experiments.key_start")->data.u32[1] = 3;
    GET("experiments.key_start")->data.u32[2] = 6;
    GET("experiments.key_bytes")->size = 6;
    strcpy(GET("experiments.key_bytes")->shape, "[6]");
    strcpy(GET("policy.cta.row")->name, "policy.abc.row");
    strcpy(GET("policy.hero.row")->name, "policy.old.row");
    strcpy(GET("policy.cta.table")->name, "policy.abc.table");
    GET("experiments.variant_count")->data.u32[0] = 2;
    GET("experiments.variant_count")->data.u32[1] = 3;
    GET("experiments.min_propensity")->data.f64[0] = 0;
})
LIE(hash_mode_unknown, GET("experiments.hash_mode")->data.u8[1] = 4)
LIE(no_variants, GET("experiments.variant_count")->data.u32[0] = 0)
LIE(many_variants, GET("experiments.variant_count")->data.u32[0] = 65)
LIE(more_variants_than_names, GET("experiments.variant_count")->data.u32[1] = 3)
LIE(fewer_variants_than_names, {
    GET("experiments.variant_count")->data.u32[1] = 1;
    strcpy(GET("policy.cta.table")->shape, "[2,1]");
    GET("policy.cta.table")->data.f64[1] = 1;
})
LIE(variant_twice, GET("experiments.variant_bytes")->data.u8[16] = 'a')
LIE(floor_above_share, GET("experiments.min_propensity")->data.f64[0] = 0.34)
LIE(floor_is_nan, GET("experiments.min_propensity")->data.f64[1] = NAN)
LIE(no_table, fixture_drop(f, "policy.cta.table"))
LIE(table_of_other_width, strcpy(GET("policy.cta.table")->shape, "[2,1]"))
LIE(sum_below_one, GET("policy.hero.table")->data.f64[4] = 0.89999)
LIE(probability_below_floor,
    (GET("policy.hero.table")->data.f64[0] = 0.04, GET("policy.hero.table")->data.f64[2] = 0.66))
LIE(probability_is_nan, GET("policy.hero.table")->data.f64[8] = NAN)
LIE(probability_negative, (GET("policy.cta.table")->data.f64[0] = 2, GET("policy.cta.table")->data.f64[1] = -1))
LIE(row_beyond, GET("policy.hero.row")->data.i32[4] = 3)
LIE(row_below, GET("policy.cta.row")->data.i32[4] = -2)
LIE(root_without_row, GET("policy.cta.row")->data.i32[0] = -1)

// The same of a bundle that holds what is learned.
#define LEARNED(function, body) LIE(function, fixture_learn(f); body)

LEARNED(member_left_out, (strcpy(GET("ensemble.1.0.weight")->name, "ensemble.2.0.weight"),
                          strcpy(GET("ensemble.1.0.bias")->name, "ensemble.2.0.bias"),
                          strcpy(GET("ensemble.1.1.weight")->name, "ensemble.2.1.weight"),
                          strcpy(GET("ensemble.1.1.bias")->name, "ensemble.2.1.bias")))
LEARNED(member_of_other_width,
        (strcpy(GET("ensemble.1.1.weight")->shape, "[5,1]"), strcpy(GET("ensemble.1.1.bias")->shape, "[1]"),
         GET("ensemble.1.1.weight")->size = 20, GET("ensemble.1.1.bias")->size = 4))
LEARNED(member_without_its_second_layer, strcpy(GET("ensemble.1.1.weight")->name, "ensemble.1.2.weight"))
LEARNED(member_weight_is_nan, GET("ensemble.1.0.weight")->data.f32[7] = NAN)
LEARNED(member_of_other_inputs, strcpy(GET("ensemble.1.0.weight")->shape, "[5,8]"))
LEARNED(ensemble_without_a_first, (fixture_drop(f, "encoder.0.weight"), fixture_drop(f, "encoder.0.bias"),
                                   fixture_drop(f, "encoder.1.weight"), fixture_drop(f, "encoder.1.bias")))

LEARNED(clusters_without_space, fixture_drop(f, "clusters.space"))
LEARNED(space_unknown, GET("clusters.space")->data.u8[0] = 2)
LEARNED(space_of_other_width, GET("clusters.space")->data.u8[0] = SPL_SPACE_FEATURES)
LEARNED(centroids_missing, fixture_drop(f, "clusters.centroids"))
LEARNED(centroid_is_infinite, GET("clusters.centroids")->data.f32[5] = INFINITY)
LEARNED(centroids_as_double, strcpy(GET("clusters.centroids")->dtype, "I32"))
LEARNED(no_cluster_bias, fixture_drop(f, "clusters.bias"))
LEARNED(fewer_biases, (strcpy(GET("clusters.bias")->shape, "[3]"), GET("clusters.bias")->size = 12))
LEARNED(bias_of_another_point, GET("clusters.bias")->data.f32[3] = -0.3751f)
LEARNED(bias_is_nan, GET("clusters.bias")->data.f32[1] = NAN)
LEARNED(labels_descend, GET("clusters.label_start")->data.u32[1] = 10)
LEARNED(labels_beyond, GET("clusters.label_start")->data.u32[4] = 18)
LEARNED(fewer_labels, (strcpy(GET("clusters.label_start")->shape, "[4]"), GET("clusters.label_start")->size = 16))
LEARNED(label_empty, GET("clusters.label_start")->data.u32[2] = 4)
LEARNED(label_not_utf8, GET("clusters.label_bytes")->data.u8[5] = 0xff)

LEARNED(rule_unknown, GET("policy.hero.rule")->data.u8[0] = 6)
LEARNED(rule_of_a_table, GET("policy.hero.rule")->data.u8[0] = SPL_RULE_TABLE)
LEARNED(policy_space_unknown, GET("policy.hero.space")->data.u8[0] = 255)
LEARNED(policy_of_other_width, GET("policy.hero.space")->data.u8[0] = SPL_SPACE_EMBEDDING)
LEARNED(no_parameter, fixture_drop(f, "policy.hero.parameter"))
LEARNED(temperature_zero,
        (GET("policy.hero.rule")->data.u8[0] = SPL_RULE_SOFTMAX, GET("policy.hero.parameter")->data.f64[0] = 0))
LEARNED(gamma_infinite, (GET("policy.hero.rule")->data.u8[0] = SPL_RULE_INVERSE_GAP,
                         GET("policy.hero.parameter")->data.f64[0] = INFINITY))
LEARNED(epsilon_above_one, (GET("policy.hero.rule")->data.u8[0] = SPL_RULE_EPSILON_GREEDY,
                            GET("policy.hero.parameter")->data.f64[0] = 1.5))
LEARNED(epsilon_is_nan, (GET("policy.hero.rule")->data.u8[0] = SPL_RULE_EPSILON_GREEDY,
                         GET("policy.hero.parameter")->data.f64[0] = NAN))
LEARNED(no_weight, fixture_drop(f, "policy.hero.weight"))
LEARNED(score_of_other_variants, strcpy(GET("policy.hero.weight")->shape, "[12,2]"))
LEARNED(score_bias_is_nan, GET("policy.hero.bias")->data.f32[2] = NAN)
LEARNED(no_factor, fixture_drop(f, "policy.hero.factor"))
LEARNED(factor_is_infinite, GET("policy.hero.factor")->data.f32[242] = -INFINITY)
LEARNED(factor_of_other_shape, strcpy(GET("policy.hero.factor")->shape, "[9,27]"))
LEARNED(embedding_without_encoder, {
    for (int i = f->count; i-- > 0;) {
        const char *name = f->tensors[i].name;
        if (strncmp(name, "encoder", 7) == 0 || strncmp(name, "ensemble", 8) == 0 || strncmp(name, "clusters", 8) == 0)
            fixture_drop(f, name);
    }
    GET("policy.hero.space")->data.u8[0] = SPL_SPACE_EMBEDDING;
})

// And of one with settings.
#define SETTLED(function, body) LIE(function, fixture_settle(f); body)

SETTLED(settings_in_part, fixture_drop(f, "settings.counts"))
SETTLED(settings_without_shares, fixture_drop(f, "settings.shares"))
SETTLED(settings_without_seeds, fixture_drop(f, "settings.hash_seed_start"))
SETTLED(settings_of_fewer, (strcpy(GET("settings.counts")->shape, "[1,4]"), GET("settings.counts")->size = 16))
SETTLED(settings_turned_over, strcpy(GET("settings.counts")->shape, "[4,2]"))
SETTLED(paused_by_half, GET("settings.counts")->data.u32[4] = 2)
SETTLED(counts_as_integers, strcpy(GET("settings.counts")->dtype, "I32"))
SETTLED(settings_mode_unknown, GET("settings.counts")->data.u32[5] = 3)
SETTLED(least_version_above, GET("settings.counts")->data.u32[3] = 4)
SETTLED(holdout_above_one, GET("settings.shares")->data.f64[2] = 1.0000001)
SETTLED(holdout_is_nan, GET("settings.shares")->data.f64[0] = NAN)
SETTLED(holdout_negative, GET("settings.shares")->data.f64[0] = -0.1)
SETTLED(traffic_of_nobody, GET("settings.shares")->data.f64[3] = 0)
SETTLED(traffic_is_nan, GET("settings.shares")->data.f64[1] = NAN)
SETTLED(traffic_above_all, GET("settings.shares")->data.f64[1] = 1.5)
SETTLED(seed_not_utf8, GET("settings.hash_seed_bytes")->data.u8[1] = 0xff)
SETTLED(seeds_beyond, GET("settings.hash_seed_start")->data.u32[2] = 4)

#define T(function, status, name, at)                                                                                  \
    {                                                                                                                  \
#function, function, SPL_##status, name, at                                                                    \
    }
static const lie LIES[] = {
    T(other_version, UNKNOWN_VERSION, "format", 0),
    T(no_format, MISSING_TENSOR, "format", 0),
    T(format_as_float, BAD_DTYPE, "format", 0),
    T(unknown_dtype, BAD_DTYPE, "format", 0),
    T(upper_case_id, BAD_HEADER, "samplit.id", 0),
    T(short_id, BAD_HEADER, "samplit.id", 0),
    T(shape_above_bytes, BAD_SHAPE, "tree.value", 40),
    T(shape_overflows, BAD_SHAPE, "policy.hero.table", 72),
    T(three_dimensions, BAD_SHAPE, "tree.value", 0),
    T(negative_shape, BAD_SHAPE, "tree.value", 0),
    T(fractional_shape, BAD_SHAPE, "tree.value", 0),
    T(overlap, BAD_OFFSETS, "tree.value", ANYWHERE),
    T(beyond_the_file, BAD_OFFSETS, "experiments.variant_bytes", ANYWHERE),
    T(backwards, BAD_OFFSETS, "tree.value", ANYWHERE),
    T(extra_bytes, BAD_OFFSETS, "header", ANYWHERE),
    T(misaligned, BAD_ALIGNMENT, "schema.categories", ANYWHERE),
    T(name_twice, BAD_HEADER, "tree.split", ANYWHERE),
    T(member_unknown, BAD_HEADER, "header", ANYWHERE),
    T(member_missing, BAD_HEADER, "header", ANYWHERE),
    T(member_twice, BAD_HEADER, "header", ANYWHERE),
    T(tensor_as_number, BAD_HEADER, "header", ANYWHERE),
    T(metadata_as_list, BAD_HEADER, "header", ANYWHERE),
    T(metadata_twice, BAD_HEADER, "header", ANYWHERE),
    T(comma_twice, BAD_HEADER, "header", ANYWHERE),
    T(comma_missing, BAD_HEADER, "header", ANYWHERE),
    T(bracket_missing, BAD_HEADER, "header", ANYWHERE),
    T(bracket_of_the_other_kind, BAD_HEADER, "header", ANYWHERE),
    T(control_character, BAD_HEADER, "header", ANYWHERE),
    T(no_checksum, BAD_HEADER, "samplit.xxh64", 0),
    T(other_checksum, BAD_CHECKSUM, "samplit.xxh64", 0),
    T(schema_in_part, MISSING_TENSOR, "schema.attribute", 0),
    T(schema_without_kind, MISSING_TENSOR, "schema.kind", 0),
    T(kind_unknown, BAD_VALUE, "schema.kind", 2),
    T(transform_unknown, BAD_VALUE, "schema.transform", 1),
    T(missing_is_nan, BAD_VALUE, "schema.missing", 1),
    T(missing_above_one, BAD_VALUE, "schema.missing", 0),
    T(lo_is_hi, BAD_VALUE, "normalizer.lo", 0),
    T(hi_is_infinite, BAD_VALUE, "normalizer.lo", 0),
    T(period_zero, BAD_VALUE, "schema.period", 3),
    T(categories_descend, BAD_VALUE, "schema.category_start", 3),
    T(categories_beyond, BAD_VALUE, "schema.category_start", 4),
    T(category_twice, BAD_VALUE, "schema.categories", 2),
    T(schema_without_attribute_and_kind, MISSING_TENSOR, "schema.attribute", 0),
    T(normalizer_alone, MISSING_TENSOR, "schema.attribute", 0),
    T(first_layer_missing, MISSING_TENSOR, "encoder.0.weight", 0),
    T(weight_missing, MISSING_TENSOR, "encoder.1.weight", 0),
    T(weight_is_nan, BAD_VALUE, "encoder.0.weight", 9),
    T(bias_is_infinite, BAD_VALUE, "encoder.1.bias", 2),
    T(layers_do_not_chain, BAD_SHAPE, "encoder.1.weight", 0),
    T(first_layer_does_not_fit, BAD_SHAPE, "encoder.0.weight", 0),
    T(no_bias, MISSING_TENSOR, "encoder.0.bias", 0),
    T(root_has_parent, BAD_TREE, "tree.parent", 0),
    T(parent_beyond, BAD_TREE, "tree.parent", 4),
    T(node_its_own_parent, BAD_TREE, "tree.parent", 4),
    T(first_child_is_the_root, BAD_TREE, "tree.first_child", 0),
    T(first_child_beyond, BAD_TREE, "tree.first_child", 0),
    T(children_beyond, BAD_TREE, "tree.child_count", 0),
    T(node_unreached, BAD_TREE, "tree.child_count", 3),
    T(siblings_equal, BAD_TREE, "tree.value", 2),
    T(leaf_that_splits, BAD_TREE, "tree.split", 4),
    T(split_without_attribute, BAD_TREE, "tree.split", 0),
    T(root_with_value, BAD_TREE, "tree.value", 0),
    T(root_with_key, BAD_VALUE, "tree.key_start", 1),
    T(key_empty, BAD_VALUE, "tree.key_bytes", 0),
    T(key_not_utf8, BAD_VALUE, "tree.key_bytes", 10),
    T(key_of_another_value, BAD_VALUE, "tree.key_bytes", 0),
    T(key_of_another_attribute, BAD_VALUE, "tree.key_bytes", 0),
    T(key_of_another_parent, BAD_VALUE, "tree.key_bytes", 20),
    T(key_escaped_for_nothing, BAD_VALUE, "tree.key_bytes", 10),
    T(tree_arrays_differ, BAD_SHAPE, "tree.first_child", ANYWHERE),
    T(tree_empty, BAD_TREE, "tree.parent", 0),
    T(key_with_space, BAD_VALUE, "experiments.key_bytes", 0),
    T(key_twice, BAD_VALUE, "experiments.key_bytes", 3),
    T(hash_mode_unknown, BAD_VALUE, "experiments.hash_mode", 1),
    T(no_variants, BAD_VALUE, "experiments.variant_count", 0),
    T(many_variants, BAD_VALUE, "experiments.variant_count", 0),
    T(more_variants_than_names, BAD_SHAPE, "experiments.variant_start", 3),
    T(fewer_variants_than_names, BAD_SHAPE, "experiments.variant_start", 4),
    T(variant_twice, BAD_VALUE, "experiments.variant_bytes", 16),
    T(floor_above_share, BAD_VALUE, "experiments.min_propensity", 0),
    T(floor_is_nan, BAD_VALUE, "experiments.min_propensity", 1),
    T(no_table, MISSING_TENSOR, "policy.cta.table", 0),
    T(table_of_other_width, BAD_SHAPE, "policy.cta.table", 0),
    T(sum_below_one, BAD_PROBABILITIES, "policy.hero.table", 3),
    T(probability_below_floor, BAD_PROBABILITIES, "policy.hero.table", 0),
    T(probability_is_nan, BAD_PROBABILITIES, "policy.hero.table", 8),
    T(probability_negative, BAD_PROBABILITIES, "policy.cta.table", 0),
    T(row_beyond, BAD_VALUE, "policy.hero.row", 4),
    T(row_below, BAD_VALUE, "policy.cta.row", 4),
    T(root_without_row, BAD_VALUE, "policy.cta.row", 0),
    T(member_left_out, MISSING_TENSOR, "ensemble.1.0.weight", 0),
    T(member_of_other_width, BAD_SHAPE, "ensemble.1.1.weight", 0),
    T(member_without_its_second_layer, MISSING_TENSOR, "ensemble.1.1.weight", 0),
    T(member_weight_is_nan, BAD_VALUE, "ensemble.1.0.weight", 7),
    T(member_of_other_inputs, BAD_SHAPE, "ensemble.1.0.weight", 0),
    T(ensemble_without_a_first, MISSING_TENSOR, "encoder.0.weight", 0),
    T(clusters_without_space, MISSING_TENSOR, "clusters.space", 0),
    T(space_unknown, BAD_VALUE, "clusters.space", 0),
    T(space_of_other_width, BAD_SHAPE, "clusters.centroids", 0),
    T(centroids_missing, MISSING_TENSOR, "clusters.centroids", 0),
    T(centroid_is_infinite, BAD_VALUE, "clusters.centroids", 5),
    T(centroids_as_double, BAD_DTYPE, "clusters.centroids", 0),
    T(no_cluster_bias, MISSING_TENSOR, "clusters.bias", 0),
    T(fewer_biases, BAD_SHAPE, "clusters.bias", 4),
    T(bias_of_another_point, BAD_VALUE, "clusters.bias", 3),
    T(bias_is_nan, BAD_VALUE, "clusters.bias", 1),
    T(labels_descend, BAD_VALUE, "clusters.label_start", 2),
    T(labels_beyond, BAD_VALUE, "clusters.label_start", 4),
    T(fewer_labels, BAD_SHAPE, "clusters.label_start", 5),
    T(label_empty, BAD_VALUE, "clusters.label_bytes", 4),
    T(label_not_utf8, BAD_VALUE, "clusters.label_bytes", 4),
    T(rule_unknown, BAD_VALUE, "policy.hero.rule", 0),
    T(rule_of_a_table, BAD_VALUE, "policy.hero.rule", 0),
    T(policy_space_unknown, BAD_VALUE, "policy.hero.space", 0),
    T(policy_of_other_width, BAD_SHAPE, "policy.hero.weight", 0),
    T(no_parameter, MISSING_TENSOR, "policy.hero.parameter", 0),
    T(temperature_zero, BAD_VALUE, "policy.hero.parameter", 0),
    T(gamma_infinite, BAD_VALUE, "policy.hero.parameter", 0),
    T(epsilon_above_one, BAD_VALUE, "policy.hero.parameter", 0),
    T(epsilon_is_nan, BAD_VALUE, "policy.hero.parameter", 0),
    T(no_weight, MISSING_TENSOR, "policy.hero.weight", 0),
    T(score_of_other_variants, BAD_SHAPE, "policy.hero.weight", 0),
    T(score_bias_is_nan, BAD_VALUE, "policy.hero.bias", 2),
    T(no_factor, MISSING_TENSOR, "policy.hero.factor", 0),
    T(factor_is_infinite, BAD_VALUE, "policy.hero.factor", 242),
    T(factor_of_other_shape, BAD_SHAPE, "policy.hero.factor", 0),
    T(embedding_without_encoder, BAD_VALUE, "policy.hero.space", 0),
    T(settings_in_part, MISSING_TENSOR, "settings.counts", 0),
    T(settings_without_shares, MISSING_TENSOR, "settings.shares", 0),
    T(settings_without_seeds, MISSING_TENSOR, "settings.hash_seed_start", 0),
    T(settings_of_fewer, BAD_SHAPE, "settings.counts", 0),
    T(settings_turned_over, BAD_SHAPE, "settings.counts", 0),
    T(paused_by_half, BAD_VALUE, "settings.counts", 1),
    T(counts_as_integers, BAD_DTYPE, "settings.counts", 0),
    T(settings_mode_unknown, BAD_VALUE, "settings.counts", 1),
    T(least_version_above, BAD_VALUE, "settings.counts", 0),
    T(holdout_above_one, BAD_VALUE, "settings.shares", 1),
    T(holdout_is_nan, BAD_VALUE, "settings.shares", 0),
    T(holdout_negative, BAD_VALUE, "settings.shares", 0),
    T(traffic_of_nobody, BAD_VALUE, "settings.shares", 1),
    T(traffic_is_nan, BAD_VALUE, "settings.shares", 0),
    T(traffic_above_all, BAD_VALUE, "settings.shares", 0),
    T(seed_not_utf8, BAD_VALUE, "settings.hash_seed_bytes", 1),
    T(seeds_beyond, BAD_VALUE, "settings.hash_seed_start", 2),
};

static void every_lie_is_refused_by_name(void **state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < sizeof LIES / sizeof *LIES; i++) {
        const lie *l = &LIES[i];
        fixture *f = fixture_new();
        l->tell(f);
        fixture_opened o = fixture_open_and_free(f);
        bool right = o.status == l->status && o.error.status == l->status && strcmp(o.error.name, l->name) == 0 &&
                     (l->at == ANYWHERE || o.error.at == l->at) && o.error.expected != NULL;
        if (!right) {
            print_error("%s: %s, %s[%llu], expected %s\n", l->what, spl_status_name(o.status), o.error.name,
                        (unsigned long long)o.error.at, o.error.expected ? o.error.expected : "nothing");
            wrong++;
        }
        fixture_close(&o);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_lie_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
