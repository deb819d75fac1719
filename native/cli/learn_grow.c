// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/learn_grow.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "host/visible.h"

spl_grow_options spl_grow_options_default(void)
{
    return (spl_grow_options){
        .max_depth = SPL_GROW_DEPTH, .min_per_variant = 20, .alpha = 0.05, .honesty = SPL_HONEST_NO};
}

void spl_grow_read_candidates(struct argp_state *state, const char *text, spl_grow_options *out)
{
    size_t count = spl_cli_split(text, ',', out->candidates, SPL_CANDIDATES_MAX);
    if (count == 0 || count > SPL_CANDIDATES_MAX)
        argp_error(state, "--candidates: 1 to %d attributes", SPL_CANDIDATES_MAX);
    for (size_t i = 0; i < count; i++) {
        if (out->candidates[i].size == 0) argp_error(state, "--candidates: \"%s\" has an empty name", text);
        for (size_t j = 0; j < i; j++) {
            if (spl_text_equal(out->candidates[i], out->candidates[j]))
                argp_error(state, "--candidates: \"%s\" has a name twice", text);
        }
    }
    out->candidate_count = (uint32_t)count;
    out->any = true;
}

void spl_grow_read_honest(struct argp_state *state, const char *text, spl_grow_options *out)
{
    static const char *const words[] = {"no", "tests", "estimates"}; // in order of spl_honesty
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, words[i]) != 0) continue;
        out->honesty = (spl_honesty)i;
        out->any = true;
        return;
    }
    argp_error(state, "--honest: \"%s\" is not no, tests or estimates", text);
}

bool spl_grow_log(spl_log *log, const spl_grow_options *options, const spl_level *levels, spl_reward_model reward,
                  spl_grown *grown, spl_error *error)
{
    spl_progress progress = spl_progress_start("growing the tree, exposures looked at");
    spl_grow_config config = {
        .variant_count = log->variants.count,
        .max_depth = (uint32_t)options->max_depth,
        .levels = levels,
        .alpha = options->alpha,
        .min_per_variant = (double)options->min_per_variant,
        .honesty = options->honesty,
        .binary = reward != SPL_REWARD_NORMAL && spl_exposures_binary(log->exposures),
        .progress = &progress,
    };
    bool ok = spl_tree_grow(log->exposures, &config, grown);
    spl_progress_end(&progress);
    if (!ok) return spl_fail(error, "out of memory");
    log->state = grown->state;
    return true;
}

spl_tree_report spl_grow_report(const spl_log *log, const spl_grow_options *options, const spl_grown *grown)
{
    if (!log->exposures) return (spl_tree_report){0};
    return (spl_tree_report){
        .grown = grown,
        .candidates = log->exposures->candidates,
        .max_depth = (uint32_t)options->max_depth,
        .split_alpha = options->alpha,
        .min_per_variant = (double)options->min_per_variant,
        .honesty = options->honesty,
    };
}

void spl_grow_warn(const spl_log *log, const spl_grow_options *options)
{
    const spl_candidates *candidates = log->exposures->candidates;
    for (uint32_t i = 0; i < options->candidate_count; i++) {
        if (spl_candidates_values(candidates, i) > 0) continue;
        char *name = spl_visible(options->candidates[i], true);
        spl_cli_warn("learn", "no exposure has the attribute \"%s\"", name ? name : "");
        free(name);
    }
    if (options->candidate_count == 0 && spl_candidates_count(candidates) == 0)
        spl_cli_warn("learn", "no exposure has an attribute: there is nothing to split on");
    if (spl_candidates_beyond(candidates) > 0)
        spl_cli_warn("learn", "%" PRIu64 " values came after 65,534 others of their attribute and make no segment",
                     spl_candidates_beyond(candidates));
    if (spl_candidates_ignored(candidates) > 0)
        spl_cli_warn("learn", "the log has more than %d attributes; name those to split on with --candidates",
                     SPL_CANDIDATES_MAX);
}
