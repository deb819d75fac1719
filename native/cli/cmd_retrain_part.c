// SPDX-License-Identifier: GPL-3.0-or-later
// An encoder or clusters without a policy, made anew. What judges is a fifth of the visitors (--folds) that the
// candidate has not seen; what is written is made from all of them, in the way that did better.
#include <math.h>
#include <string.h>

#include "cli/cmd_retrain.h"
#include "learn/lineage.h"

static bool check_settings(const spl_retrain_run *run, const cJSON *settings, spl_error *error)
{
    const bool clusters = run->drift.file.bundle.clusters.count > 0;
    if (!settings)
        spl_fail_field(error, "lineage", "the bundle does not say how it was made");
    else if (clusters && !cJSON_GetObjectItemCaseSensitive(settings, "k"))
        spl_fail_field(error, "lineage", "its groups were not made by `samplit cluster`");
    else
        return true;
    return spl_fail_at(error, run->drift.bundle_path, 0);
}

// What is refused by the command that makes it is an answer, not a failure.
static bool is_answer(spl_retrain_run *run, const spl_learn_request *request, const spl_error *error)
{
    if (!request->refused) return false;
    run->accepted = false;
    snprintf(run->reason, sizeof run->reason, "%s", error->text);
    return true;
}

static bool write_part(spl_retrain_run *run, const spl_part_maker *maker, spl_error *error)
{
    char parent[33] = "";
    const spl_bundle *bundle = maker->bundle;
    memcpy(parent, bundle->id_hex.data, 32);
    spl_learn_request request = {.parent = parent, .validation = run->validation, .input = run->given, .quiet = true};
    const char *encoder = bundle->clusters.space == SPL_SPACE_EMBEDDING ? maker->base : NULL;
    bool ok = bundle->clusters.count > 0 ? spl_part_clusters(maker, encoder, maker->folds, false, &request, error)
                                         : spl_part_encoder(maker, run->part.finetune, maker->folds, &request, error);
    memcpy(run->id, request.id, sizeof run->id);
    return ok || is_answer(run, &request, error);
}

static bool make_part(spl_retrain_run *run, const spl_part_maker *maker, spl_error *error)
{
    spl_learn_request request = {.refused = false};
    bool clusters = maker->bundle->clusters.count > 0;
    bool ok = clusters ? spl_part_cluster_contest(maker, &run->part.result, &request, error)
                       : spl_part_encoder_contest(maker, &run->part, error);
    if (!ok) return is_answer(run, &request, error);
    const spl_part_contest *c = &run->part.result;
    spl_retrain_reason(run, c->value_old, c->low, c->high, clusters ? "part" : "recall");
    if (clusters) run->part.other = NAN;
    if (!run->accepted) return true;
    spl_retrain_note(run, clusters ? "simplified silhouette" : "recall@1", c->value_old, c->gain, c->low, c->high);
    if (!clusters)
        cJSON_AddStringToObject(run->validation, "encoder", run->part.finetune ? "fine-tuned" : "from scratch");
    return write_part(run, maker, error);
}

bool spl_retrain_part(spl_retrain_run *run, spl_error *error)
{
    const spl_bundle *bundle = &run->drift.file.bundle;
    cJSON *lineage = spl_lineage_read(bundle);
    const spl_part_maker maker = {.base = run->drift.bundle_path,
                                  .bundle = bundle,
                                  .rows = run->drift.events,
                                  .out = run->out_path,
                                  .settings = cJSON_GetObjectItemCaseSensitive(lineage, "settings"),
                                  .folds = run->folds};
    bool ok = check_settings(run, maker.settings, error) && make_part(run, &maker, error);
    cJSON_Delete(lineage);
    return ok;
}
