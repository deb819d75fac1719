// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/drift/part_log.h"

#include <stdlib.h>
#include <string.h>

#include "samplit/decide.h"
#include "samplit/hash.h"

typedef struct counter {
    const spl_bundle *bundle;
    const spl_schema_spec *schema;
    float *embedding, *scratch;
    spl_context picked; // what is counted of a context
    spl_event exposure; // gives names and time
    spl_tally *tally;
} counter;

// A name stands once, however many features read it.
static void name_attributes(counter *c)
{
    const spl_schema_spec *spec = c->schema;
    spl_event *e = &c->exposure;
    for (uint32_t i = 0; i < spec->feature_count && e->context_count < SPL_REFERENCE_ATTRIBUTES_MAX - 1; i++) {
        uint32_t at = 0;
        while (at < e->context_count && e->context[at].field.name != spec->schema.attribute[i]) at++;
        if (at < e->context_count) continue;
        const char *name = spec->features[i].attribute;
        e->context[at] = (spl_named_field){{name, strlen(name)}, {.name = spec->schema.attribute[i]}};
        e->context_count++;
    }
}

static void pick_cluster(counter *c, const float *features)
{
    const spl_bundle *b = c->bundle;
    const float *x = features;
    if (b->clusters.count == 0) return;
    if (b->clusters.space == SPL_SPACE_EMBEDDING) {
        spl_embed(b->encoders, b->encoder_count, spl_kernel_best(), features, c->scratch, c->embedding);
        x = c->embedding;
    }
    uint32_t nearest = spl_cluster_nearest(&b->clusters, spl_kernel_best(), x, c->scratch);
    spl_text label = spl_cluster_label(&b->clusters, nearest);
    c->picked.items[c->picked.count++] = (spl_attribute){.name = spl_name_hash(SPL_TEXT("cluster")),
                                                         .key = spl_value_key(SPL_KIND_STRING, 0, label),
                                                         .text = label.data,
                                                         .size = (uint32_t)label.size,
                                                         .kind = SPL_KIND_STRING};
}

static bool count_visitor(void *owner, const spl_context *context, const float *features)
{
    counter *c = owner;
    c->picked.count = 0;
    for (uint32_t i = 0; i < c->exposure.context_count; i++) {
        const spl_attribute *item = spl_context_find(context, c->exposure.context[i].field.name);
        if (item) c->picked.items[c->picked.count++] = *item;
    }
    pick_cluster(c, features);
    return spl_tally_add(c->tally, &c->picked, &c->exposure);
}

static bool prepare(counter *c, const spl_bundle *bundle, const spl_part_source *source, spl_part_log *out)
{
    size_t scratch = spl_embed_scratch(bundle->encoders, bundle->encoder_count);
    uint32_t width = bundle->encoder_count > 0 ? spl_encoder_width(bundle->encoders) : 1;
    if (scratch < bundle->clusters.count) scratch = bundle->clusters.count;
    out->tally = c->tally = spl_tally_new();
    c->bundle = bundle;
    c->embedding = malloc(width * sizeof *c->embedding);
    c->scratch = malloc((scratch + 1) * sizeof *c->scratch);
    c->exposure.time_ms = source->rows_ms;
    return c->tally && c->embedding && c->scratch && (!source->expect || spl_tally_expect(c->tally, source->expect));
}

static bool read_all(counter *c, const spl_part_source *source, spl_part_log *out, spl_error *error)
{
    spl_visits_part part = source->part;
    const spl_rows_config config = {
        .schema = c->schema, .label = source->label, .max_bad = source->max_bad, .visit = count_visitor, .owner = c};
    name_attributes(c);
    part.time_ms = &c->exposure.time_ms;
    if (!spl_visits_read(source->path, &config, &part, &out->rows, error)) return false;
    out->outside = part.outside;
    return true;
}

bool spl_part_log_read(const spl_bundle *bundle, const spl_part_source *source, spl_part_log *out, spl_error *error)
{
    spl_schema_spec *schema = NULL;
    counter *c = calloc(1, sizeof *c);
    *out = (spl_part_log){0};
    bool ok = (c && prepare(c, bundle, source, out)) || spl_fail(error, "out of memory");
    ok = ok && spl_schema_spec_of_bundle(bundle, &schema, error);
    if (ok) {
        c->schema = schema;
        ok = read_all(c, source, out, error);
    }
    if (c) {
        free(c->embedding);
        free(c->scratch);
    }
    free(c);
    spl_schema_spec_free(schema);
    if (!ok) spl_part_log_free(out);
    return ok;
}

void spl_part_log_free(spl_part_log *log)
{
    spl_tally_free(log->tally);
    spl_rows_free(log->rows);
    *log = (spl_part_log){0};
}
