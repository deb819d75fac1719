// SPDX-License-Identifier: MIT
// One decision: raw fields -> attributes -> features -> embedding -> cluster -> segment -> variant.
#ifndef SAMPLIT_DECIDE_H
#define SAMPLIT_DECIDE_H

#include <stddef.h>
#include <stdint.h>

#include "samplit/arena.h"
#include "samplit/bundle.h"
#include "samplit/context.h"
#include "samplit/status.h"

// Why this variant. Values are append-only.
#define SPL_REASON_LIST(X)                                                                                             \
    X(POLICY, 0, "policy")     /* the deepest matching segment served, or a linear policy */                           \
    X(FALLBACK, 1, "fallback") /* an ancestor served for it */                                                         \
    X(HOLDOUT, 2, "holdout")                                                                                           \
    X(FORCED, 3, "forced")                                                                                             \
    X(STICKY, 4, "sticky")                                                                                             \
    X(PAUSED, 5, "paused")                                                                                             \
    X(NOT_ELIGIBLE, 6, "not_eligible")                                                                                 \
    X(DEFAULT, 7, "default")     /* no usable bundle, experiment or unit: the control */                               \
    X(INCUMBENT, 8, "incumbent") /* the mode is apprentice or logging_only */

typedef enum spl_reason {
#define SPL_REASON_ENUM(name, value, text) SPL_REASON_##name = value,
    SPL_REASON_LIST(SPL_REASON_ENUM)
#undef SPL_REASON_ENUM
} spl_reason;

// The reason's word in events and answers. Static storage.
const char *spl_reason_text(spl_reason reason);

// What a host may ask for. All zero asks for nothing. A variant that the experiment does not have is not asked for.
typedef struct spl_request {
    uint32_t forced;    // variant + 1, for people who test; 0 = none
    uint32_t incumbent; // variant + 1 that would be served without Samplit; read in apprentice mode. 0 = the control
    uint32_t sticky;    // variant + 1 that the unit had before; 0 = none
    uint32_t sticky_version; // the experiment's bucket_version when it got it
} spl_request;

typedef struct spl_decision {
    uint64_t trace;    // equal traces mean equal decisions; see spl_decide
    double propensity; // with which the variant was chosen, in (0, 1]: probabilities[variant] of a draw, else 1
    uint32_t variant;  // that is served
    uint32_t choice;   // the policy's: it differs from the variant only with reason `incumbent`
    uint32_t variant_count;
    uint32_t reason;                        // spl_reason
    uint32_t node;                          // of the tree: the one that served, or a linear policy's deepest match
    uint32_t level;                         // its depth; the root has 0
    uint32_t matched_level;                 // depth of the deepest node that matched, >= level
    spl_text segment;                       // its key, into the bundle; `global` for the root
    double probabilities[SPL_VARIANTS_MAX]; // [variant_count] from which `choice` comes: 1 for one set by a rule
} spl_decision;

// Memory for decisions with one bundle: one per thread, no locks, reused call after call.
typedef struct spl_workspace {
    spl_kernel kernel;
    spl_context context; // of the last decision
    float *features;     // [schema.width] of the last decision
    float *embedding;    // [outputs of the last layer] of the last decision
    float *scratch;
    uint64_t digest; // of the context, as the host gave it
    bool placed;     // whether spl_decide_place was called for it
} spl_workspace;

// Sets *bytes to the arena space that spl_workspace_init needs for this bundle.
SPL_NODISCARD spl_status spl_workspace_bytes(const spl_bundle *bundle, size_t *bytes);

// Takes the arrays from the arena and picks spl_kernel_best.
SPL_NODISCARD spl_status spl_workspace_init(const spl_bundle *bundle, spl_arena *arena, spl_workspace *workspace);

// Features and embedding of the workspace's context, and from them its attribute `cluster`: the label of the nearest
// point, if the bundle has clusters, the host gave no `cluster`, and the context has room for one attribute more.
// To be called once after spl_context_build; spl_decide does. `workspace` comes from spl_workspace_init with this
// bundle.
void spl_decide_place(const spl_bundle *bundle, spl_workspace *workspace);

// Decides. Never fails: without a bundle (NULL), with an experiment index out of range, or without a unit
// (an empty one would put everybody whose id is lost into one variant), the control is served with
// propensity 1 and reason `default`. `workspace` must come from
// spl_workspace_init with this bundle; with a NULL bundle only its context is used.
//
// Who has a say, the first that has one decides:
//   forced        the request's forced variant, even without a unit
//   paused        the experiment is: the control
//   incumbent     in apprentice mode the request's incumbent, in logging_only the control
//   sticky        the request's sticky variant, if its version is the experiment's bucket_version. One below
//                 min_bucket_version ends in not_eligible; any other is passed over
//   not_eligible  the unit is not in the share that takes part: the control
//   holdout       the unit is in the share that is held out: the control
//   policy, fallback  the variant is drawn
// Segment and levels are always those of the policy. Only draws have a propensity below 1.
//
// The trace is a chain of XXH64, each link seeded with the one before, over little-endian bytes:
//   1. u32 trace version (1), the experiment's key bytes, a zero byte, the bundle id (16 bytes),
//      u64 XXH64 of the unit seeded with the experiment's seed, u64 spl_context_digest, before spl_decide_place;
//   2. the features, float32; 3. the embedding, float32;
//   4. u32 variant, reason, level, matched level, then the probabilities, float64;
//   5. the segment key's bytes.
// Empty parts are hashed too. With reason `default`: empty key, seed 0, and without a bundle a zero id.
void spl_decide(const spl_bundle *bundle, spl_workspace *workspace, uint32_t experiment, spl_text unit,
                const spl_field *fields, size_t field_count, spl_decision *decision);

// spl_decide in two steps, for several experiments in one context: its features and embedding are computed once. The
// request may be NULL. The decision is that of spl_decide.
void spl_decide_begin(spl_workspace *workspace, const spl_field *fields, size_t field_count);
void spl_decide_next(const spl_bundle *bundle, spl_workspace *workspace, uint32_t experiment, spl_text unit,
                     const spl_request *request, spl_decision *decision);

// The variants, best first: that of the decision, which spl_decide_next has just made with these arguments, then the
// others in the order of the policy's race, whatever set the decision. The chances of coming first are the decision's
// probabilities.
void spl_decide_rank(const spl_bundle *bundle, spl_workspace *workspace, uint32_t experiment, spl_text unit,
                     const spl_decision *decision, uint8_t order[SPL_VARIANTS_MAX]);

#endif
