// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdlib.h>
#include <string.h>

#include "cli/ward_draw.h"
#include "host/figures.h"
#include "host/visible.h"

typedef struct strokes {
    const char *branch, *last, *pass, *blank;
} strokes;

static const strokes LINES = {"├─ ", "└─ ", "│  ", "   "};
static const strokes PLAIN = {"|- ", "`- ", "|  ", "   "};

static void put_name(const spl_ward_tree *tree, const spl_branch *branch, bool utf8, FILE *out)
{
    const char *name = tree->names[tree->leaf[branch->example]];
    char *visible = spl_visible((spl_text){name, strlen(name)}, utf8);
    fprintf(out, "  %s", visible ? visible : "?");
    free(visible);
}

static void put_branch(const spl_ward_tree *tree, const spl_branch *branch, bool utf8, FILE *out)
{
    char share[SPL_FIGURE_MAX];
    fprintf(out, "%u row%s, %s", branch->points, branch->points == 1 ? "" : "s",
            spl_figure_share((double)branch->points / tree->n, share));
    if (branch->left) {
        fprintf(out, ", apart at %.4g", branch->height);
    } else {
        put_name(tree, branch, utf8, out);
        if (tree->k > 0 && branch->height <= tree->cut) fprintf(out, "  [cluster %u]", tree->label[branch->example]);
    }
    fputc('\n', out);
}

void spl_ward_ascii(const spl_ward_tree *tree, bool utf8, FILE *out)
{
    const strokes *s = utf8 ? &LINES : &PLAIN;
    struct {
        uint32_t branch, depth;
        bool last;
    } stack[2 * SPL_WARD_LEAVES_MAX];
    bool done[SPL_WARD_LEAVES_MAX + 1] = {false}; // whether the last branch of a depth has begun
    uint32_t count = 0;
    stack[count].branch = stack[count].depth = 0;
    stack[count++].last = true;
    while (count > 0) {
        uint32_t branch = stack[--count].branch, depth = stack[count].depth, left = tree->branches[branch].left;
        bool last = stack[count].last;
        for (uint32_t l = 1; l < depth; l++) fputs(done[l] ? s->blank : s->pass, out);
        if (depth > 0) fputs(last ? s->last : s->branch, out);
        done[depth] = last;
        put_branch(tree, &tree->branches[branch], utf8, out);
        for (uint32_t child = 0; left && child < 2; child++) { // the left one ends on top
            stack[count].branch = left + 1 - child;
            stack[count].depth = depth + 1;
            stack[count++].last = child == 0;
        }
    }
}
