// SPDX-License-Identifier: GPL-3.0-or-later
// The whole tree for programs. A tree may be as deep as it has rows, so nothing here recurses.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ward_draw.h"
#include "json/number.h"

static void put_number(FILE *out, double value)
{
    char text[SPL_NUMBER_MAX];
    fwrite(text, 1, spl_number_write(value, text), out);
}

static void put_clusters(const spl_ward_tree *tree, uint32_t *rows, FILE *out)
{
    for (uint32_t i = 0; i < tree->n; i++) rows[tree->label[i]]++;
    fprintf(out, ",\"cut\":{\"k\":%u,\"height\":", tree->k);
    if (isnan(tree->cut))
        fputs("null", out);
    else
        put_number(out, tree->cut);
    fputs(",\"rows\":[", out);
    for (uint32_t c = 0; c < tree->k; c++) fprintf(out, "%s%u", c ? "," : "", rows[c]);
    fputs("]}", out);
}

bool spl_ward_json(const spl_ward_tree *tree, FILE *out)
{
    uint32_t *numbers = calloc(tree->n, sizeof *numbers);
    if (!numbers) return false;
    fprintf(out, "{\"format\":1,\"rows\":%u,\"columns\":%u,\"space\":\"%s\"", tree->n, tree->d, tree->space);
    if (tree->k > 0) put_clusters(tree, numbers, out);
    fputs(",\"linkage\":[", out);
    for (uint32_t i = 0; i + 1 < tree->n; i++) {
        fprintf(out, "%s[%u,%u,", i ? "," : "", tree->merges[i].a, tree->merges[i].b);
        put_number(out, tree->merges[i].height);
        fprintf(out, ",%u]", tree->merges[i].points);
    }
    fputs("],\"line\":[", out);
    for (uint32_t i = 0; i < tree->n; i++) fprintf(out, "%s%" PRIu64, i ? "," : "", tree->line[i]);
    fputs("],\"order\":[", out);
    bool ok = spl_dendrogram_leaves(tree->merges, tree->n, numbers);
    for (uint32_t i = 0; ok && i < tree->n; i++) fprintf(out, "%s%u", i ? "," : "", numbers[i]);
    fputs("]}\n", out);
    free(numbers);
    return ok;
}

// What is still to be written: a node, or with `close` what follows its children.
typedef struct pending {
    uint32_t node;
    double above; // height of its parent
    bool close, comma;
} pending;

static double height_of(const spl_ward_tree *tree, uint32_t node)
{
    return node < tree->n ? 0 : tree->merges[node - tree->n].height;
}

static void put_end(const spl_ward_tree *tree, pending p, FILE *out)
{
    if (p.node < tree->n)
        fprintf(out, "%" PRIu64, tree->line[p.node]);
    else
        fputc(')', out);
    if (p.node == 2 * tree->n - 2) return;
    fputc(':', out);
    put_number(out, p.above - height_of(tree, p.node));
}

bool spl_ward_newick(const spl_ward_tree *tree, FILE *out)
{
    pending *stack = malloc((2 * (size_t)tree->n + 2) * sizeof *stack);
    if (!stack) return false;
    size_t count = 0;
    stack[count++] = (pending){.node = 2 * tree->n - 2};
    while (count > 0) {
        pending p = stack[--count];
        if (p.comma) fputc(',', out);
        if (p.close || p.node < tree->n) {
            put_end(tree, p, out);
            continue;
        }
        const spl_merge *m = &tree->merges[p.node - tree->n];
        fputc('(', out);
        p.close = true;
        p.comma = false;
        stack[count++] = p;
        stack[count++] = (pending){m->b, m->height, false, true};
        stack[count++] = (pending){m->a, m->height, false, false};
    }
    fputs(";\n", out);
    free(stack);
    return true;
}
