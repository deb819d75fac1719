// SPDX-License-Identifier: GPL-3.0-or-later
// Groups by likeness: rows with a label become points of a bundle, and a visitor's group is that of the nearest point:
// a level of the tree (`samplit learn --model FILE --levels cluster,…`).
#include <cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "cli/similar_command.h"
#include "host/figures.h"
#include "host/files.h"
#include "host/grid.h"
#include "host/visible.h"
#include "learn/cluster/cluster_bundle.h"
#include "learn/similar/similar_groups.h"

static cJSON *report_of(const spl_groups *groups, const spl_rows *rows)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddNumberToObject(root, "groups", rows->class_count);
    cJSON_AddNumberToObject(root, "points", groups->count);
    cJSON_AddNumberToObject(root, "points_per_group", groups->points);
    cJSON_AddNumberToObject(root, "chance", groups->chance);
    cJSON *trials = cJSON_AddArrayToObject(root, "trials");
    for (uint32_t t = 0; t < groups->trial_count; t++) {
        cJSON *trial = cJSON_CreateObject();
        cJSON_AddNumberToObject(trial, "points_per_group", groups->trials[t].points);
        cJSON_AddNumberToObject(trial, "accuracy", groups->trials[t].accuracy);
        cJSON_AddNumberToObject(trial, "balanced", groups->trials[t].balanced);
        cJSON_AddNumberToObject(trial, "deviation", groups->trials[t].deviation);
        cJSON_AddItemToArray(trials, trial);
    }
    return root;
}

// A label as a cluster's: 1 to 255 bytes of UTF-8, cut where it is longer.
static bool name_of(const char *label, char out[SPL_CLUSTER_NAME_MAX])
{
    char *valid = spl_valid_utf8((spl_text){label, strlen(label)});
    if (!valid) return false;
    size_t size = strlen(valid) < SPL_CLUSTER_NAME_MAX - 1 ? strlen(valid) : SPL_CLUSTER_NAME_MAX - 1;
    while (size > 0 && size < strlen(valid) && ((unsigned char)valid[size] & 0xC0) == 0x80) size--;
    memcpy(out, valid, size);
    out[size] = '\0';
    free(valid);
    return true;
}

static bool write_bundle(const spl_similar_settings *s, const spl_bundle *model, const spl_similar_rows *rows,
                         const spl_groups *groups, spl_error *error)
{
    char(*names)[SPL_CLUSTER_NAME_MAX] = calloc(groups->count, sizeof *names);
    bool ok = names != NULL;
    for (uint32_t p = 0; ok && p < groups->count; p++) ok = name_of(rows->rows->classes[groups->group[p]], names[p]);
    cJSON *more = cJSON_CreateObject();
    cJSON_AddItemToObject(more, "groups", report_of(groups, rows->rows));
    const spl_kmeans points = {.k = groups->count, .d = groups->d, .centroids = groups->x};
    const spl_cluster_bundle_config config = {.schema = rows->schema,
                                              .encoders = model->encoders,
                                              .encoder_count = model->encoder_count,
                                              .names = names,
                                              .more = more};
    uint8_t *data;
    size_t size;
    char id[33];
    ok = ok ? spl_cluster_bundle(&points, &config, &data, &size, id, error) : spl_fail(error, "out of memory");
    cJSON_Delete(more);
    free(names);
    if (!ok) return false;
    ok = spl_file_write(s->groups, data, size, error);
    free(data);
    return ok;
}

static bool print(const spl_similar_settings *s, const spl_groups *groups, const spl_rows *rows)
{
    FILE *out = spl_similar_remarks(s);
    spl_grid *grid = spl_grid_new("rrr");
    if (!grid) return false;
    const char *const headings[] = {"points per group", "held out, told right", "mean over groups"};
    for (int i = 0; i < 3; i++) spl_grid_cell(grid, "%s", headings[i]);
    for (uint32_t t = 0; t < groups->trial_count; t++) {
        const spl_group_trial *trial = &groups->trials[t];
        spl_grid_cell(grid, "%u%s", trial->points, trial->points == groups->points ? " *" : "  ");
        spl_grid_cell(grid, "%.1f %%", 100 * trial->accuracy);
        spl_grid_cell(grid, "%.1f ± %.1f %%", 100 * trial->balanced, 100 * trial->deviation);
    }
    fprintf(out, "%u groups as %u points; by chance %.1f %% of a group would be told right\n", rows->class_count,
            groups->count, 100 * groups->chance);
    bool ok = spl_grid_print(grid, out);
    spl_grid_free(grid);
    return ok;
}

static void print_json(const spl_groups *groups, const spl_rows *rows)
{
    cJSON *root = report_of(groups, rows);
    char *text = cJSON_PrintUnformatted(root);
    puts(text ? text : "{}");
    cJSON_free(text);
    cJSON_Delete(root);
}

bool spl_similar_label(const spl_similar_settings *s, const spl_bundle *model, const spl_similar_rows *rows,
                       spl_pool *pool, spl_error *error)
{
    const spl_groups_config config = {.points = (uint32_t)s->points,
                                      .normalise = rows->embeddings != NULL,
                                      .seed = s->seed,
                                      .kernel = spl_kernel_best(),
                                      .pool = pool};
    spl_groups groups;
    if (!spl_groups_make(rows->x, rows->n, rows->d, rows->rows->label, rows->rows->class_count, &config, &groups,
                         error)) {
        spl_fail_at(error, s->rows, 0);
        return false;
    }
    bool ok = write_bundle(s, model, rows, &groups, error);
    if (ok && s->json)
        print_json(&groups, rows->rows);
    else if (ok)
        ok = print(s, &groups, rows->rows) || spl_fail(error, "out of memory");
    spl_groups_free(&groups);
    return ok;
}
