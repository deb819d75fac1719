// SPDX-License-Identifier: GPL-3.0-or-later
// The encoder and the clusters of a policy's bundle, made anew from the log that the policy learns from. They came from
// a bundle of their own, whose settings the policy's does not hold, so they are made with the usual ones: visitors are
// alike as events say. As the policy is judged by folds, so are they: a fold judges parts that have not seen it.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd_retrain.h"
#include "host/files.h"
#include "host/unfinished.h"
#include "learn/lineage.h"
#include "samplit/hash.h"

// Whether an attribute that the schema reads has drifted.
static bool schema_drifted(const spl_drift_run *drift)
{
    const spl_schema *schema = &drift->file.bundle.schema;
    for (uint32_t i = 0; i < drift->drift.feature_count; i++) {
        const spl_drift_feature *f = &drift->drift.features[i];
        uint64_t name = spl_name_hash((spl_text){f->bins->name, strlen(f->bins->name)});
        if (f->verdict != SPL_DRIFT_DRIFTED) continue;
        for (uint32_t k = 0; k < schema->feature_count; k++) {
            if (schema->attribute[k] == name) return true;
        }
    }
    return false;
}

static bool cluster_drifted(const spl_drift_run *drift)
{
    for (uint32_t i = 0; i < drift->drift.feature_count; i++) {
        const spl_drift_feature *f = &drift->drift.features[i];
        if (f->verdict == SPL_DRIFT_DRIFTED && strcmp(f->bins->name, "cluster") == 0) return true;
    }
    return false;
}

bool spl_retrain_find_parts(spl_retrain_run *run, spl_error *error)
{
    const spl_bundle *bundle = &run->drift.file.bundle;
    char *model = spl_lineage_setting(bundle, "model");
    bool encoder = model && bundle->encoder_count > 0, clusters = model && bundle->clusters.count > 0;
    free(model);
    if ((run->encoder && !encoder) || (run->clusters && !clusters)) {
        spl_fail_field(error, run->encoder && !encoder ? "--encoder" : "--clusters",
                       "the bundle has none that came to it by `learn --model`");
        return spl_fail_at(error, run->drift.bundle_path, 0);
    }
    bool moved = schema_drifted(&run->drift);
    run->encoder |= encoder && moved;
    run->clusters |= clusters && (run->encoder || moved || cluster_drifted(&run->drift));
    return true;
}

// --- making -----------------------------------------------------------------------------------------------

// A file of its own for the new parts.
static bool make_path(spl_retrain_run *run, spl_error *error)
{
    static const char ending[] = ".parts-XXXXXX";
    char *path = malloc(strlen(run->out_path) + sizeof ending);
    if (!path) return spl_fail(error, "out of memory");
    sprintf(path, "%s%s", run->out_path, ending);
    int fd = spl_unfinished_make(path);
    if (fd < 0) {
        free(path);
        return spl_fail(error, "cannot make a temporary file beside %s", run->out_path);
    }
    close(fd);
    run->model = path;
    return true;
}

static bool keep(const spl_retrain_run *run, spl_learn_request *request, spl_error *error)
{
    FILE *file = fopen(run->model, "wb");
    bool ok = file && fwrite(request->data, 1, request->size, file) == request->size;
    if (file) ok &= fclose(file) == 0;
    free(request->data);
    request->data = NULL;
    return ok || spl_fail(error, "cannot write %s", run->model);
}

// What the policy's settings say of the log.
static cJSON *settings_of(const spl_retrain_run *run)
{
    static const char *const names[] = {"outcome", "window"};
    cJSON *out = cJSON_CreateObject();
    const spl_text key = run->drift.file.bundle.experiments[run->drift.experiment].key;
    char text[128];
    snprintf(text, sizeof text, "%.*s", (int)key.size, key.data);
    cJSON_AddStringToObject(out, "experiment", text);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *value = spl_lineage_setting(&run->drift.file.bundle, names[i]);
        if (value) cJSON_AddStringToObject(out, names[i], value);
        free(value);
    }
    return out;
}

// The better of two ways, once; the folds and the last training then go that way.
static bool settle_way(spl_retrain_run *run, const spl_part_maker *maker, spl_error *error)
{
    if (!run->encoder || run->part.result.rows > 0) return true;
    return spl_part_encoder_contest(maker, &run->part, error);
}

static bool make_encoder(spl_retrain_run *run, const spl_part_maker *maker, uint32_t without, spl_error *error)
{
    spl_learn_request request = {.quiet = true, .keep = true};
    if (!run->encoder) return true;
    return spl_part_encoder(maker, run->part.finetune, without, &request, error) && keep(run, &request, error);
}

// Judging folds are not refused clusters of their own: that of all visitors is what would be served.
static bool make_clusters(spl_retrain_run *run, const spl_part_maker *maker, uint32_t without, spl_error *error)
{
    spl_learn_request request = {.quiet = true, .keep = true};
    const char *encoder = run->encoder ? run->model : maker->bundle->encoder_count > 0 ? maker->base : NULL;
    if (!run->clusters) return true;
    return spl_part_clusters(maker, encoder, without, without < run->folds, &request, error) &&
           keep(run, &request, error);
}

bool spl_retrain_model(spl_retrain_run *run, uint32_t without, spl_error *error)
{
    if (!run->encoder && !run->clusters) return true;
    if (!run->model && !make_path(run, error)) return false;
    cJSON *settings = settings_of(run);
    const spl_part_maker maker = {.base = run->drift.bundle_path,
                                  .bundle = &run->drift.file.bundle,
                                  .rows = run->drift.events,
                                  .out = run->out_path,
                                  .settings = settings,
                                  .folds = run->folds};
    bool ok = settle_way(run, &maker, error) && make_encoder(run, &maker, without, error) &&
              make_clusters(run, &maker, without, error);
    cJSON_Delete(settings);
    return ok;
}

void spl_retrain_model_free(spl_retrain_run *run)
{
    if (!run->model) return;
    unlink(run->model);
    spl_unfinished_forget(run->model);
    free(run->model);
    run->model = NULL;
}
