// SPDX-License-Identifier: MIT
#include "samplit/decide.h"

#include <string.h>

#include "context_raw.h"
#include "samplit/hash.h"
#include "samplit/rng.h"

#define TRACE_VERSION 1

#define UNLEASH_VARIANTS 86028157u // Unleash's seed where it picks variants
#define INSIDE 1e-5                // of a bucket: shares summed in doubles may end a little off its edge

// Who is decided for.
typedef struct asking {
    spl_text unit;
    uint64_t hash;   // seeded with the experiment's seed
    double enter[2]; // uniform: below the share that is held out, below the share that takes part
} asking;

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "bundles and traces are little-endian");

const char *spl_reason_text(spl_reason reason)
{
    switch (reason) {
#define SPL_REASON_CASE(name, value, text)                                                                             \
    case SPL_REASON_##name: return text;
        SPL_REASON_LIST(SPL_REASON_CASE)
#undef SPL_REASON_CASE
    }
    return "unknown";
}

static uint32_t embedding_width(const spl_bundle *bundle)
{
    return bundle->encoder_count ? spl_encoder_width(bundle->encoders) : 0;
}

// What encoder, clusters and linear policies need one after the other.
static size_t scratch_floats(const spl_bundle *bundle)
{
    size_t floats = spl_embed_scratch(bundle->encoders, bundle->encoder_count);
    if (floats < bundle->clusters.count) floats = bundle->clusters.count;
    for (uint32_t i = 0; i < bundle->experiment_count; i++) {
        size_t linear = spl_linear_scratch(&bundle->experiments[i].linear);
        if (floats < linear) floats = linear;
    }
    return floats;
}

// Every block may need padding to the arena's alignment, at either end.
static size_t floats_bytes(size_t count)
{
    return count * sizeof(float) + SPL_ARENA_ALIGN;
}

spl_status spl_workspace_bytes(const spl_bundle *bundle, size_t *bytes)
{
    *bytes = floats_bytes(bundle->schema.width) + floats_bytes(embedding_width(bundle)) +
             floats_bytes(scratch_floats(bundle));
    return SPL_OK;
}

spl_status spl_workspace_init(const spl_bundle *bundle, spl_arena *arena, spl_workspace *workspace)
{
    size_t used = arena->used;
    void *features, *embedding, *scratch;
    if (spl_arena_take(arena, bundle->schema.width, sizeof(float), &features) != SPL_OK ||
        spl_arena_take(arena, embedding_width(bundle), sizeof(float), &embedding) != SPL_OK ||
        spl_arena_take(arena, scratch_floats(bundle), sizeof(float), &scratch) != SPL_OK) {
        arena->used = used;
        return SPL_NO_SPACE;
    }
    workspace->kernel = spl_kernel_best();
    workspace->features = features;
    workspace->embedding = embedding;
    workspace->scratch = scratch;
    return SPL_OK;
}

// The head of the trace: who is asked what, under which bundle and context.
static uint64_t trace_inputs(spl_text key, const uint8_t id[SPL_BUNDLE_ID_BYTES], uint64_t unit, uint64_t digest)
{
    uint8_t bytes[4 + 64 + 1 + SPL_BUNDLE_ID_BYTES + 8 + 8];
    uint32_t version = TRACE_VERSION;
    size_t n = 0;
    memcpy(bytes + n, &version, 4), n += 4;
    if (key.size) memcpy(bytes + n, key.data, key.size), n += key.size;
    bytes[n++] = 0;
    memcpy(bytes + n, id, SPL_BUNDLE_ID_BYTES), n += SPL_BUNDLE_ID_BYTES;
    memcpy(bytes + n, &unit, 8), n += 8;
    memcpy(bytes + n, &digest, 8), n += 8;
    return spl_xxh64(bytes, n, 0);
}

static uint64_t trace_outcome(const spl_decision *d, uint64_t trace)
{
    uint8_t bytes[16 + sizeof d->probabilities];
    memcpy(bytes, &d->variant, 4);
    memcpy(bytes + 4, &d->reason, 4);
    memcpy(bytes + 8, &d->level, 4);
    memcpy(bytes + 12, &d->matched_level, 4);
    memcpy(bytes + 16, d->probabilities, d->variant_count * sizeof(double));
    trace = spl_xxh64(bytes, 16 + d->variant_count * sizeof(double), trace);
    return spl_xxh64(d->segment.data, d->segment.size, trace);
}

static void serve_control(spl_decision *decision)
{
    decision->propensity = 1;
    decision->variant = 0;
    decision->choice = 0;
    decision->variant_count = 1;
    decision->reason = SPL_REASON_DEFAULT;
    decision->node = 0;
    decision->level = 0;
    decision->matched_level = 0;
    decision->segment = SPL_TEXT("global");
    decision->probabilities[0] = 1;
}

// The variant that p gives the unit; the count of variants for a unit that takes no part.
static uint32_t assign(const spl_experiment *experiment, const asking *who, const double *p)
{
    uint32_t k = experiment->policy.variant_count;
    const spl_settings *s = &experiment->settings;
    double position, traffic = s->traffic > 0 ? s->traffic : 1;
    spl_text seed = s->hash_seed.size ? s->hash_seed : experiment->key;
    switch (experiment->hash_mode) {
    case SPL_HASH_GROWTHBOOK_V2: position = spl_bucket_growthbook_v2(seed, who->unit) / 10000.0; break;
    case SPL_HASH_MURMUR3: position = (spl_bucket_murmur3(seed, who->unit) + INSIDE) / 10000; break;
    case SPL_HASH_UNLEASH:
        if (spl_bucket_unleash(seed, who->unit, 0, 100) / 100.0 >= traffic) return k;
        position = (spl_bucket_unleash(seed, who->unit, UNLEASH_VARIANTS, 1000) + INSIDE) / 1000;
        traffic = 1;
        break;
    default: return who->enter[1] < traffic ? spl_assign_race(experiment->seed, who->hash, p, k) : k;
    }
    return spl_assign_range(position, p, k, traffic);
}

static const float *space_of(const spl_workspace *workspace, uint32_t space)
{
    return space == SPL_SPACE_EMBEDDING ? workspace->embedding : workspace->features;
}

void spl_decide_place(const spl_bundle *bundle, spl_workspace *workspace)
{
    const spl_clusters *clusters = &bundle->clusters;
    spl_features(&bundle->schema, &workspace->context, workspace->features);
    spl_embed(bundle->encoders, bundle->encoder_count, workspace->kernel, workspace->features, workspace->scratch,
              workspace->embedding);
    if (clusters->count == 0) return;
    const float *x = space_of(workspace, clusters->space);
    uint32_t nearest = spl_cluster_nearest(clusters, workspace->kernel, x, workspace->scratch);
    spl_context_offer_text(&workspace->context, SPL_NAME_ID_cluster, spl_cluster_label(clusters, nearest));
}

// Sets the probabilities of the deepest of path[0..length) that can serve, and which node that is.
static void serve(const spl_experiment *experiment, const spl_workspace *workspace, const uint32_t *path,
                  uint32_t length, spl_decision *decision)
{
    const spl_linear *linear = &experiment->linear;
    double *p = decision->probabilities;
    uint32_t k = experiment->policy.variant_count;
    if (linear->rule == SPL_RULE_TABLE) {
        memcpy(p, spl_policy_serve(&experiment->policy, path, length, &decision->node), k * sizeof *p);
        return;
    }
    decision->node = path[length - 1];
    spl_linear_probabilities(linear, workspace->kernel, space_of(workspace, linear->space), workspace->scratch, p);
    spl_mix_floor(experiment->min_propensity, p, k);
}

static void serve_policy(const spl_bundle *bundle, const spl_experiment *experiment, const spl_workspace *workspace,
                         const asking *who, spl_decision *decision)
{
    uint32_t path[SPL_TREE_DEPTH_MAX];
    uint32_t length = spl_tree_path(&bundle->tree, &workspace->context, path);
    serve(experiment, workspace, path, length, decision);

    decision->variant_count = experiment->policy.variant_count;
    decision->choice = assign(experiment, who, decision->probabilities);
    decision->matched_level = length - 1;
    decision->level = spl_tree_level(&bundle->tree, decision->node);
    decision->reason = decision->level == decision->matched_level ? SPL_REASON_POLICY : SPL_REASON_FALLBACK;
    decision->segment = spl_tree_key(&bundle->tree, decision->node);
}

// Whether a request's "variant + 1" names one of k variants.
static bool is_asked(uint32_t variant, uint32_t k)
{
    return variant - 1 < k; // 0 wraps around
}

// Why the policy has no say, the policy's own reason where it has, and in *asked what is served then: variant + 1.
static uint32_t overrule(const spl_settings *s, const spl_request *r, const asking *who, const spl_decision *d,
                         uint32_t *asked)
{
    uint32_t k = d->variant_count;
    if (is_asked(*asked = r->forced, k)) return SPL_REASON_FORCED;
    *asked = 0;
    if (s->paused) return SPL_REASON_PAUSED;
    if (s->mode == SPL_MODE_APPRENTICE) *asked = r->incumbent;
    if (s->mode != SPL_MODE_ONLINE) return SPL_REASON_INCUMBENT;
    if (is_asked(r->sticky, k) && r->sticky_version == s->bucket_version) {
        *asked = r->sticky;
        return SPL_REASON_STICKY;
    }
    if (d->choice == k || (r->sticky && r->sticky_version < s->min_bucket_version)) return SPL_REASON_NOT_ELIGIBLE;
    return who->enter[0] < s->holdout ? SPL_REASON_HOLDOUT : d->reason;
}

// What is served, after what the policy chose.
static void serve_unit(const spl_experiment *experiment, const spl_request *request, const asking *who, spl_decision *d)
{
    uint32_t k = d->variant_count, asked, policy = d->reason;
    d->reason = overrule(&experiment->settings, request, who, d, &asked);
    if (d->reason == policy) {
        d->variant = d->choice;
        d->propensity = d->probabilities[d->choice];
        return;
    }
    d->variant = is_asked(asked, k) ? asked - 1 : 0;
    d->propensity = 1;
    if (d->reason == SPL_REASON_INCUMBENT && d->choice < k) return; // what the policy would do is what is to be learned
    d->choice = d->variant;
    memset(d->probabilities, 0, k * sizeof *d->probabilities);
    d->probabilities[d->variant] = 1;
}

void spl_decide_begin(spl_workspace *workspace, const spl_field *fields, size_t field_count)
{
    spl_context_build(&workspace->context, fields, field_count);
    workspace->digest = spl_context_digest(&workspace->context);
    workspace->placed = false;
}

void spl_decide_next(const spl_bundle *bundle, spl_workspace *workspace, uint32_t experiment, spl_text unit,
                     const spl_request *request, spl_decision *decision)
{
    static const spl_request NOTHING = {0};
    static const uint8_t NO_ID[SPL_BUNDLE_ID_BYTES] = {0};
    static const spl_experiment NONE = {0};
    if (!request) request = &NOTHING;
    const spl_experiment *x =
        bundle && experiment < bundle->experiment_count ? &bundle->experiments[experiment] : &NONE;
    if (unit.size == 0 && !is_asked(request->forced, x->policy.variant_count)) x = &NONE;

    asking who = {unit, spl_xxh64(unit.data, unit.size, x->seed), {1, 0}};
    uint64_t trace = trace_inputs(x->key, bundle ? bundle->id : NO_ID, who.hash, workspace->digest);
    size_t features = 0, embedding = 0; // bytes
    if (x != &NONE) {
        if (!workspace->placed) spl_decide_place(bundle, workspace);
        workspace->placed = true;
        features = bundle->schema.width * sizeof(float);
        embedding = embedding_width(bundle) * sizeof(float);
    }
    trace = spl_xxh64(workspace->features, features, trace);
    trace = spl_xxh64(workspace->embedding, embedding, trace);

    if (x == &NONE) {
        serve_control(decision);
    } else {
        if (x->settings.holdout > 0 || x->settings.traffic > 0)
            spl_uniform2(x->seed, who.hash, SPL_STREAM_ENTER, 0, who.enter);
        serve_policy(bundle, x, workspace, &who, decision);
        serve_unit(x, request, &who, decision);
    }
    decision->trace = trace_outcome(decision, trace);
}

void spl_decide(const spl_bundle *bundle, spl_workspace *workspace, uint32_t experiment, spl_text unit,
                const spl_field *fields, size_t field_count, spl_decision *decision)
{
    spl_decide_begin(workspace, fields, field_count);
    spl_decide_next(bundle, workspace, experiment, unit, NULL, decision);
}

void spl_decide_rank(const spl_bundle *bundle, spl_workspace *workspace, uint32_t experiment, spl_text unit,
                     const spl_decision *decision, uint8_t order[SPL_VARIANTS_MAX])
{
    order[0] = 0;
    if (decision->reason == SPL_REASON_DEFAULT) return;
    const spl_experiment *x = &bundle->experiments[experiment];
    uint32_t path[SPL_TREE_DEPTH_MAX];
    uint32_t length = spl_tree_path(&bundle->tree, &workspace->context, path);
    spl_decision policy;
    serve(x, workspace, path, length, &policy);
    spl_rank_race(x->seed, spl_xxh64(unit.data, unit.size, x->seed), policy.probabilities, x->policy.variant_count,
                  decision->variant, order);
}
