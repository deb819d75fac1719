// SPDX-License-Identifier: GPL-3.0-or-later
// The top of the tree from left (all rows) to right (the drawn leaves); where two lines meet is the height at which
// their rows join. Colours are those of the clusters it is cut into, in both schemes of contrast enough to tell.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ward_draw.h"
#include "host/figures.h"
#include "host/visible.h"

#define LETTER 7.3 // width of a column of text, generously
#define LEFT 24.0
#define PLOT 470.0 // width of the tree
#define TOP 64.0
#define STEP 26.0 // from leaf to leaf
#define COLOURS 8

static const char STYLE[] =
    "<style>text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;fill:#1c2127}"
    ".dim{fill:#5b6570}.title{font-size:16px;font-weight:600}.bg{fill:#fbfbfa}"
    "path{fill:none;stroke-width:2;stroke-linecap:square}.grid{stroke:#e3e5e8;stroke-width:1}"
    ".cut{stroke:#5b6570;stroke-width:1;stroke-dasharray:4 4}.s{stroke:#5b6570}"
    ".c0{stroke:#2f7fd1}.c1{stroke:#c96f12}.c2{stroke:#1f9e78}.c3{stroke:#b8447f}.c4{stroke:#6a5acd}.c5{stroke:#8f7f00}"
    ".c6{stroke:#d1582b}.c7{stroke:#2b8f9e}"
    "@media(prefers-color-scheme:dark){text{fill:#e6e9ed}.dim{fill:#9ba5b0}.bg{fill:#14171b}.grid{stroke:#2d333a}"
    ".cut,.s{stroke:#9ba5b0}.c0{stroke:#559fe8}.c1{stroke:#e8a551}.c2{stroke:#3dbb94}.c3{stroke:#d98bb8}"
    ".c4{stroke:#9488ea}.c5{stroke:#cfc04a}.c6{stroke:#e57d55}.c7{stroke:#5fc4d4}}</style>\n";

typedef struct picture {
    const spl_ward_tree *tree;
    FILE *out;
    double top;       // the greatest height
    double bottom;    // y below the last leaf
    double width;     // of the whole picture
    double *y;        // [branches]
    uint32_t *leaves; // [branches] below each
} picture;

static double x_of(const picture *p, double height)
{
    return p->top > 0 ? LEFT + PLOT * (1 - height / p->top) : LEFT;
}

// Leaves from top to bottom in the order of the tree; a join stands midway between its two sides.
static void place(picture *p, uint32_t count)
{
    const spl_branch *b = p->tree->branches;
    uint32_t start[2 * SPL_WARD_LEAVES_MAX] = {0};
    for (uint32_t i = count; i-- > 0;) p->leaves[i] = b[i].left ? p->leaves[b[i].left] + p->leaves[b[i].left + 1] : 1;
    for (uint32_t i = 0; i < count; i++) {
        if (!b[i].left) continue;
        start[b[i].left] = start[i];
        start[b[i].left + 1] = start[i] + p->leaves[b[i].left];
    }
    for (uint32_t i = count; i-- > 0;)
        p->y[i] = b[i].left ? (p->y[b[i].left] + p->y[b[i].left + 1]) / 2 : TOP + STEP * (start[i] + 0.5);
    p->bottom = TOP + STEP * p->leaves[0];
}

static const char *class_of(const picture *p, const spl_branch *branch)
{
    static const char *const names[COLOURS] = {"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"};
    const spl_ward_tree *t = p->tree;
    bool joined = branch->node < 2 * t->n - t->k; // below the cut: of equally high joins, some
    return t->k > 0 && joined ? names[t->label[branch->example] % COLOURS] : "s";
}

static void put_text(const picture *p, const char *text)
{
    char *visible = spl_visible((spl_text){text, strlen(text)}, true);
    spl_put_html(p->out, visible ? visible : "?");
    free(visible);
}

// Room for the longest name.
static double width_of(const spl_ward_tree *tree)
{
    size_t columns = 30;
    for (uint32_t i = 0; i < tree->leaves; i++) {
        char *visible = spl_visible((spl_text){tree->names[i], strlen(tree->names[i])}, true);
        size_t own = visible ? spl_visible_columns(visible) : 0;
        if (own > columns) columns = own;
        free(visible);
    }
    return ceil(LEFT + PLOT + 10 + LETTER * (double)(columns + 14));
}

// About five round steps of 1, 2 or 5 times a power of ten.
static double grid_step(double top)
{
    double power = pow(10, floor(log10(top / 4))), ratio = top / 4 / power;
    return power * (ratio < 1.5 ? 1 : ratio < 3.5 ? 2 : ratio < 7.5 ? 5 : 10);
}

static void put_grid(const picture *p)
{
    if (!(p->top > 0)) return;
    double step = grid_step(p->top);
    for (double height = 0; height <= p->top; height += step) {
        double x = x_of(p, height);
        fprintf(p->out, "<path class=\"grid\" d=\"M%.1f %.0fV%.1f\"/>", x, TOP, p->bottom);
        fprintf(p->out, "<text class=\"dim\" text-anchor=\"middle\" x=\"%.1f\" y=\"%.1f\">%.4g</text>\n", x,
                p->bottom + 18, height);
    }
    if (p->tree->k < 2 || isnan(p->tree->cut)) return;
    double x = x_of(p, p->tree->cut);
    fprintf(p->out, "<path class=\"cut\" d=\"M%.1f %.0fV%.1f\"/>\n", x, TOP, p->bottom);
}

static void put_join(const picture *p, uint32_t i)
{
    const spl_branch *b = p->tree->branches;
    double x = x_of(p, b[i].height);
    fprintf(p->out, "<path class=\"%s\" d=\"M%.1f %.1fV%.1f\"/>", class_of(p, &b[i]), x, p->y[b[i].left],
            p->y[b[i].left + 1]);
    for (uint32_t child = b[i].left; child < b[i].left + 2; child++)
        fprintf(p->out, "<path class=\"%s\" d=\"M%.1f %.1fH%.1f\"/>", class_of(p, &b[child]), x, p->y[child],
                x_of(p, b[child].left ? b[child].height : 0));
    fputc('\n', p->out);
}

static void put_leaf(const picture *p, uint32_t i)
{
    const spl_ward_tree *t = p->tree;
    const spl_branch *branch = &t->branches[i];
    char share[SPL_FIGURE_MAX];
    fprintf(p->out, "<text x=\"%.1f\" y=\"%.1f\">%u", LEFT + PLOT + 10, p->y[i] + 4.5, branch->points);
    fprintf(p->out, " <tspan class=\"dim\">%s</tspan> ", spl_figure_share((double)branch->points / t->n, share));
    put_text(p, t->names[t->leaf[branch->example]]);
    fputs("</text>\n", p->out);
}

static void put_picture(const picture *p, uint32_t count)
{
    double height = p->bottom + 48;
    fprintf(p->out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" "
            "role=\"img\" aria-label=\"Dendrogram of %u rows\">\n%s",
            p->width, height, p->width, height, p->tree->n, STYLE);
    fprintf(p->out, "<rect class=\"bg\" width=\"%.0f\" height=\"%.0f\"/>\n", p->width, height);
    fprintf(p->out, "<text class=\"title\" x=\"%.0f\" y=\"28\">%u rows by Ward&#8217;s method</text>", LEFT,
            p->tree->n);
    fprintf(p->out,
            "<text class=\"dim\" x=\"%.0f\" y=\"48\">where lines meet, rows join: the further left, the less "
            "alike (height, in units of the %s)</text>\n",
            LEFT, p->tree->space);
    put_grid(p);
    for (uint32_t i = 0; i < count; i++) {
        if (p->tree->branches[i].left)
            put_join(p, i);
        else
            put_leaf(p, i);
    }
    fputs("</svg>\n", p->out);
}

bool spl_ward_svg(const spl_ward_tree *tree, FILE *out)
{
    uint32_t count = 2 * tree->leaves - 1;
    picture p = {.tree = tree, .out = out, .top = tree->branches[0].height, .width = width_of(tree)};
    p.y = malloc(count * sizeof *p.y);
    p.leaves = malloc(count * sizeof *p.leaves);
    bool ok = p.y && p.leaves;
    if (ok) {
        place(&p, count);
        put_picture(&p, count);
    }
    free(p.y);
    free(p.leaves);
    return ok;
}
