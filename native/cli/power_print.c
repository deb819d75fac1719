// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/power_print.h"

#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/figures.h"
#include "host/grid.h"
#include "host/visible.h"
#include "json/json_add.h"

static const char *formula_source(const spl_design *d)
{
    return d->means ? "Welch's t-test, noncentral t distribution (Cohen 1988, chapter 2)"
                    : spl_power_formula_source(d->formula);
}

static void say_effect(const spl_design *d, double difference, char out[64])
{
    char a[SPL_FIGURE_MAX];
    if (isnan(difference))
        snprintf(out, 64, "none");
    else if (d->means)
        snprintf(out, 64, "%+.4g", difference);
    else
        snprintf(out, 64, "%s to %.2f %%", spl_figure_change(difference / d->baseline, a),
                 100 * (d->baseline + difference));
}

static void print_question(const spl_design *d)
{
    char effect[64];
    if (d->difference != 0) {
        say_effect(d, d->difference, effect);
        if (d->means)
            printf("To see a mean of %.4g change by %s", d->baseline, effect);
        else
            printf("To see a rate of %.2f %% change by %s", 100 * d->baseline, effect);
    } else {
        printf("What can be seen beside a %s of %.4g%s", d->means ? "mean" : "rate",
               d->means ? d->baseline : 100 * d->baseline, d->means ? "" : " %");
    }
    printf(", with power %.0f %% at alpha %g%s, %u variants:\n\n", 100 * d->power, d->alpha,
           d->one_sided ? " (one-sided)" : "", d->variant_count);
}

static void put_row(spl_grid *grid, const spl_design *d, const spl_design_row *row)
{
    char effect[64], a[SPL_FIGURE_MAX];
    char *name = spl_visible((spl_text){row->name, strlen(row->name)}, true);
    spl_grid_cell(grid, "%s", name ? name : "?");
    free(name);
    spl_grid_cell(grid, "%s", spl_figure_share(row->share, a));
    spl_grid_cell(grid, "%.0f", row->visitors);
    spl_grid_cell(grid, "%.0f", row->total);
    if (isnan(row->days))
        spl_grid_cell(grid, "%s", "");
    else
        spl_grid_cell(grid, "%.1f", row->days);
    say_effect(d, row->detectable, effect);
    spl_grid_cell(grid, "%s", d->visitors > 0 ? effect : "");
    spl_grid_cell(grid, "%s", isnan(row->power) ? "" : spl_figure_share(row->power, a));
}

static bool print_looks(const spl_design *d, const spl_design_plan *plan)
{
    static const char *const headings[] = {"look",      "of the visitors", "in all",         "stop where |z| is",
                                           "that is p", "of alpha",        "stopped by then"};
    const spl_design_looks *looks = &plan->looks;
    if (looks->count < 2) return true;
    spl_grid *grid = spl_grid_new("rrrrrrr");
    if (!grid) return false;
    printf("\n%u looks at %s%s, with %.1f %% more visitors than for one look%s; the last column, if the effect is "
           "there:\n\n",
           looks->count, plan->comparisons > 1 ? "each comparison" : "it", d->one_sided ? ", one-sided" : "",
           100 * (looks->inflation - 1), d->visitors > 0 ? " needed for the same power" : "");
    for (int i = 0; i < 7; i++) spl_grid_cell(grid, "%s", headings[i]);
    for (uint32_t i = 0; i < looks->count; i++) {
        const spl_design_look *look = &looks->look[i];
        spl_grid_cell(grid, "%u", i + 1);
        spl_grid_cell(grid, "%.0f %%", 100 * look->information);
        spl_grid_cell(grid, "%.0f", ceil(look->information * plan->rows[0].total));
        spl_grid_cell(grid, "%.3f", look->z);
        spl_grid_cell(grid, "%.2g", look->p);
        spl_grid_cell(grid, "%.2g", look->spent);
        spl_grid_cell(grid, "%.1f %%", 100 * look->stopped);
    }
    bool ok = spl_grid_print(grid, stdout);
    spl_grid_free(grid);
    printf("\nSpending: %s (Lan & DeMets 1983). `samplit monitor --looks %u --planned VISITORS` follows it.\n",
           d->spending == SPL_SPENDING_POCOCK ? "Pocock" : "O'Brien-Fleming", looks->count);
    return ok;
}

bool spl_power_print(const spl_design *d, const spl_design_plan *plan)
{
    static const char *const headings[] = {"segment", "share",      "visitors in it", "in all",
                                           "days",    "detectable", "power"};
    spl_grid *grid = spl_grid_new("lrrrrrr");
    if (!grid) return false;
    print_question(d);
    for (int i = 0; i < 7; i++) spl_grid_cell(grid, "%s", headings[i]);
    for (uint32_t i = 0; i < plan->row_count; i++) put_row(grid, d, &plan->rows[i]);
    bool ok = spl_grid_print(grid, stdout);
    spl_grid_free(grid);
    if (plan->comparisons > 1) {
        printf("\n%u comparisons with the control", plan->comparisons);
        if (d->correction == SPL_CORRECTION_NONE)
            printf(", not corrected: expect false alarms");
        else
            printf(", planned at alpha %.4g each (%s)", plan->alpha, spl_correction_name(d->correction));
        printf(".");
    }
    ok = print_looks(d, plan) && ok;
    printf("\nFormula: %s.\n", formula_source(d));
    return ok;
}

static void add_looks(cJSON *root, const spl_design *d, const spl_design_plan *plan)
{
    const spl_design_looks *looks = &plan->looks;
    if (looks->count < 2) return;
    cJSON_AddStringToObject(root, "spending", spl_spending_name(d->spending));
    spl_json_add_number(root, "inflation", looks->inflation);
    cJSON *list = cJSON_AddArrayToObject(root, "looks");
    for (uint32_t i = 0; i < looks->count; i++) {
        const spl_design_look *look = &looks->look[i];
        cJSON *item = cJSON_CreateObject();
        spl_json_add_number(item, "information", look->information);
        spl_json_add_number(item, "visitors", ceil(look->information * plan->rows[0].total));
        spl_json_add_number(item, "z", look->z);
        spl_json_add_number(item, "p", look->p);
        spl_json_add_number(item, "spent", look->spent);
        spl_json_add_number(item, "stopped", look->stopped);
        cJSON_AddItemToArray(list, item);
    }
}

bool spl_power_print_json(const spl_design *d, const spl_design_plan *plan)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "kind", d->means ? "mean" : "rate");
    spl_json_add_number(root, "baseline", d->baseline);
    if (d->difference != 0) spl_json_add_number(root, "difference", d->difference);
    spl_json_add_number(root, "alpha", d->alpha);
    spl_json_add_number(root, "power", d->power);
    cJSON_AddNumberToObject(root, "variants", d->variant_count);
    cJSON_AddNumberToObject(root, "comparisons", plan->comparisons);
    spl_json_add_number(root, "alpha_each", plan->alpha);
    cJSON_AddStringToObject(root, "correction", spl_correction_name(d->correction));
    cJSON_AddStringToObject(root, "formula", formula_source(d));
    add_looks(root, d, plan);
    cJSON *rows = cJSON_AddArrayToObject(root, "segments");
    for (uint32_t i = 0; i < plan->row_count; i++) {
        const spl_design_row *row = &plan->rows[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "segment", i == 0 ? "global" : row->name);
        spl_json_add_number(item, "share", row->share);
        spl_json_add_number(item, "visitors", row->visitors);
        spl_json_add_number(item, "total", row->total);
        spl_json_add_number(item, "days", row->days);
        spl_json_add_number(item, "detectable", row->detectable);
        spl_json_add_number(item, "power", row->power);
        cJSON_AddItemToArray(rows, item);
    }
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    if (text) puts(text);
    free(text);
    return text != NULL;
}
