// SPDX-License-Identifier: GPL-3.0-or-later
// Written node by node, so that a tree of any size needs no more memory than one of its nodes.
#include "learn/report_write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/files.h"
#include "learn/drift/reference_json.h"
#include "json/json_out.h"

#define PART_BYTES 4096 // room for what has no names in it: at most 40 numbers and their fields
#define CREDIBLE 0.95

typedef struct page {
    spl_writer *writer;
    spl_json_out out;
    char *start;
} page;

static bool begin(page *p, size_t text_bytes)
{
    size_t room = PART_BYTES + SPL_JSON_ESCAPED_MAX * text_bytes;
    p->start = spl_writer_room(p->writer, room);
    if (!p->start) return false;
    p->out = (spl_json_out){p->start, p->start + room, false};
    return true;
}

static void end(page *p)
{
    spl_writer_advance(p->writer, (size_t)(p->out.at - p->start));
}

// `around` is the field's name with what stands before and behind it.
static void put(page *p, const char *around, double value)
{
    spl_json_put(&p->out, around, strlen(around));
    spl_json_put_number(&p->out, value);
}

static void put_text(page *p, const char *around, spl_text text)
{
    spl_json_put(&p->out, around, strlen(around));
    spl_json_put_bytes(&p->out, text);
}

static bool put_literal(page *p, const char *text)
{
    if (!begin(p, 0)) return false;
    spl_json_put(&p->out, text, strlen(text));
    end(p);
    return true;
}

static bool put_texts(page *p, const char *around, const spl_text *texts, uint32_t count)
{
    if (!put_literal(p, around)) return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!begin(p, texts[i].size)) return false;
        put_text(p, i ? "," : "[", texts[i]);
        end(p);
    }
    return put_literal(p, "]");
}

static bool put_head(page *p, const spl_report_source *source)
{
    if (!begin(p, source->experiment.size + source->outcome.size)) return false;
    put(p, "{\n\"format\":", 1);
    put_text(p, ",\n\"bundle\":", (spl_text){source->bundle_id, strlen(source->bundle_id)});
    put_text(p, ",\n\"experiment\":", source->experiment);
    if (source->outcome.size > 0)
        put_text(p, ",\n\"outcome\":", source->outcome);
    else
        SPL_JSON_PUT(&p->out, ",\n\"outcome\":null");
    put_text(p, ",\n\"reward\":", source->learned->binary ? SPL_TEXT("binary") : SPL_TEXT("normal"));
    end(p);
    return put_texts(p, ",\n\"variants\":", source->variants, source->learned->variant_count);
}

static bool put_levels(page *p, const spl_report_source *source)
{
    size_t names = 0;
    for (uint32_t i = 0; i < source->learned->level_count; i++) names += source->levels[i].attribute.size;
    if (!begin(p, names)) return false;
    SPL_JSON_PUT(&p->out, ",\n\"levels\":[");
    for (uint32_t i = 0; i < source->learned->level_count; i++) {
        if (source->tree)
            put(p, i ? ",{\"attribute\":" : "{\"attribute\":", NAN);
        else
            put_text(p, i ? ",{\"attribute\":" : "{\"attribute\":", source->levels[i].attribute);
        put(p, ",\"min_samples\":", (double)source->levels[i].min_samples);
        put(p, ",\"base\":", source->learned->base[i]);
        put(p, ",\"kappa\":", source->learned->kappa[i]);
        SPL_JSON_PUT(&p->out, "}");
    }
    SPL_JSON_PUT(&p->out, "]");
    end(p);
    return true;
}

static bool put_figures(page *p, const spl_report_source *source)
{
    const spl_learned *learned = source->learned;
    const spl_join_counts *joined = &source->joined;
    if (!begin(p, 0)) return false;
    put(p, ",\n\"exploration\":", learned->config.exploration);
    put(p, ",\n\"min_propensity\":", learned->config.min_propensity);
    put(p, ",\n\"prune_gain\":", learned->config.prune_gain);
    put(p, ",\n\"prune_alpha\":", learned->config.prune_alpha);
    put(p, ",\n\"join\":{\"exposures\":", (double)joined->exposures);
    put(p, ",\"outcomes\":", (double)joined->outcomes);
    put(p, ",\"open_exposures\":", (double)joined->open_exposures);
    put(p, ",\"duplicate_exposures\":", (double)joined->duplicate_exposures);
    put(p, ",\"duplicate_outcomes\":", (double)joined->duplicate_outcomes);
    put(p, ",\"outcomes_other_name\":", (double)joined->outcomes_other_name);
    put(p, ",\"outcomes_without_exposure\":", (double)joined->outcomes_without_exposure);
    put(p, ",\"late_exposures\":", (double)joined->late_exposures);
    put(p, ",\"open_exposures\":", (double)joined->open_exposures);
    put(p, ",\"exposures_not_drawn\":", (double)source->not_drawn);
    put(p, "},\n\"segments\":{\"observed\":", learned->segments_observed);
    put(p, ",\"kept\":", learned->node_count - 1);
    put(p, ",\"serving\":", learned->segments_serving);
    put(p, ",\"pruned_samples\":", learned->segments_pruned_samples);
    put(p, ",\"pruned_effect\":", learned->segments_pruned_effect);
    put(p, ",\"overflow\":", (double)source->overflow);
    put(p, "},\n\"value\":{\"uniform\":", source->value.uniform);
    put(p, ",\"best_variant\":", source->value.best_variant);
    put(p, ",\"policy\":", source->value.policy);
    SPL_JSON_PUT(&p->out, "}");
    end(p);
    return true;
}

static bool put_arm(page *p, const spl_arm *arm, const spl_arm *control, const spl_legendre *rule, bool first)
{
    double low, high, mean = spl_posterior_mean(&arm->posterior), base = spl_posterior_mean(&control->posterior);
    spl_sample sample = spl_moments_sample(&arm->observed);
    spl_posterior_interval(&arm->posterior, rule, CREDIBLE, &low, &high);
    if (!begin(p, 0)) return false;
    put(p, first ? "\n {\"exposures\":" : ",\n {\"exposures\":", arm->observed.count);
    put(p, ",\"effective\":", sample.count);
    put(p, ",\"sum\":", arm->observed.sum);
    put(p, ",\"rate\":", sample.count > 0 ? sample.sum / sample.count : NAN);
    put(p, ",\"deviation\":", sample.count > 1 ? sqrt(sample.squares / (sample.count - 1)) : NAN);
    put(p, ",\"mean\":", mean);
    put(p, ",\"low\":", low);
    put(p, ",\"high\":", high);
    put(p, ",\"lift\":", base > 0 ? mean / base - 1 : NAN);
    put(p, ",\"p_best\":", arm->p_best);
    put(p, ",\"probability\":", arm->probability);
    SPL_JSON_PUT(&p->out, "}");
    end(p);
    return true;
}

static bool put_node(page *p, const spl_learned *learned, uint32_t i, const spl_legendre *rule)
{
    const spl_learned_node *node = &learned->nodes[i];
    const spl_arm *arms = learned->arms + (size_t)i * learned->variant_count;
    if (!begin(p, node->key.size)) return false;
    put_text(p, i ? ",\n{\"key\":" : "\n{\"key\":", i ? node->key : SPL_TEXT("global"));
    put(p, ",\"parent\":", i ? node->parent : NAN);
    put(p, ",\"level\":", node->depth);
    if (node->serves)
        SPL_JSON_PUT(&p->out, ",\"serves\":true");
    else
        SPL_JSON_PUT(&p->out, ",\"serves\":false");
    put(p, ",\"exposures\":", node->samples);
    put(p, ",\"effect_p\":", node->effect_p);
    SPL_JSON_PUT(&p->out, ",\"variants\":[");
    end(p);
    for (uint32_t v = 0; v < learned->variant_count; v++) {
        if (!put_arm(p, &arms[v], &arms[0], rule, v == 0)) return false;
    }
    return put_literal(p, "]}");
}

static bool put_pruned(page *p, const spl_pruned *pruned, bool first)
{
    if (!begin(p, pruned->key.size)) return false;
    put_text(p, first ? "\n{\"key\":" : ",\n{\"key\":", pruned->key);
    put(p, ",\"parent\":", pruned->parent);
    put(p, ",\"level\":", pruned->depth);
    put(p, ",\"exposures\":", pruned->samples);
    put(p, ",\"effect_p\":", pruned->effect_p);
    SPL_JSON_PUT(&p->out, "}");
    end(p);
    return true;
}

static bool put_reference(page *p, const spl_tally *tally)
{
    spl_reference *reference = tally ? spl_tally_reference(tally) : NULL;
    char *text = reference ? spl_reference_text(reference) : NULL;
    bool ok = !tally || text;
    if (text) {
        spl_writer_put(p->writer, ",\n\"reference\":", sizeof ",\n\"reference\":" - 1);
        spl_writer_put(p->writer, text, strlen(text));
    }
    free(text);
    spl_reference_free(reference);
    return ok;
}

static bool put_tree(page *p, const spl_report_source *source)
{
    if (!source->tree) return true;
    char *text = spl_tree_report_text(source->tree, source->learned);
    if (text) {
        spl_writer_put(p->writer, ",\n\"tree\":", sizeof ",\n\"tree\":" - 1);
        spl_writer_put(p->writer, text, strlen(text));
    }
    free(text);
    return text != NULL;
}

static void put_linear(page *p, const char *text)
{
    if (!text) return;
    spl_writer_put(p->writer, ",\n\"linear\":", sizeof ",\n\"linear\":" - 1);
    spl_writer_put(p->writer, text, strlen(text));
}

static bool put_all(page *p, const spl_report_source *source)
{
    const spl_learned *learned = source->learned;
    spl_legendre rule;
    bool ok = spl_legendre_init(&rule) && put_head(p, source) && put_levels(p, source) && put_tree(p, source) &&
              put_figures(p, source) && put_literal(p, ",\n\"nodes\":[");
    for (uint32_t i = 0; ok && i < learned->node_count; i++) ok = put_node(p, learned, i, &rule);
    ok = ok && put_literal(p, "],\n\"pruned\":[");
    for (uint32_t i = 0; ok && i < learned->pruned_count; i++) ok = put_pruned(p, &learned->pruned[i], i == 0);
    ok = ok && put_literal(p, "]");
    if (ok) put_linear(p, source->linear);
    return ok && put_reference(p, source->tally) && put_literal(p, "\n}\n");
}

bool spl_report_write(const char *path, const spl_report_source *source, spl_error *error)
{
    page p = {0};
    if (!spl_writer_open(path, &p.writer, error)) return false;
    if (put_all(&p, source)) return spl_writer_close(p.writer, error);
    spl_writer_discard(p.writer);
    return spl_fail(error, "out of memory");
}
