// SPDX-License-Identifier: GPL-3.0-or-later
// A picture of some forty lines of markup needs no plotting program. Colours are a style sheet's, which changes them
// where the viewer is dark; lines are told apart by dashes too, and named where they end.
#include "cli/encoder_plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/axis.h"
#include "host/files.h"
#include "host/visible.h"

#define WIDTH 760
#define LEFT 64
#define RIGHT 620 // the names of lines stand beyond it
#define TICKS 4

typedef double epoch_value(const spl_encoder_epoch *epoch);

typedef struct panel {
    const char *title;
    double top, bottom; // pixels
    double low, high;   // values
    uint32_t epochs;
} panel;

static double train_loss(const spl_encoder_epoch *e)
{
    return e->train_loss;
}

static double held_out_loss(const spl_encoder_epoch *e)
{
    return e->validation_loss;
}

static double recall(const spl_encoder_epoch *e)
{
    return e->validation_recall;
}

static double x_of(const panel *p, double epoch)
{
    return LEFT + (RIGHT - LEFT) * (p->epochs > 1 ? (epoch - 1) / (p->epochs - 1) : 0.5);
}

static double y_of(const panel *p, double value)
{
    return p->bottom - (p->bottom - p->top) * (value - p->low) / (p->high - p->low);
}

// Widens the panel's range by the values of one line of every member.
static void measure(const spl_training *t, epoch_value *value, panel *p)
{
    for (uint32_t m = 0; m < t->member_count; m++) {
        uint32_t count;
        const spl_encoder_epoch *history = spl_encoder_run_history(t->members[m].run, &count);
        for (uint32_t i = 0; i < count; i++) {
            double v = value(&history[i]);
            if (!isfinite(v)) continue;
            p->low = fmin(p->low, v);
            p->high = fmax(p->high, v);
        }
        if (count > p->epochs) p->epochs = count;
    }
}

static void put_axes(FILE *out, const panel *p, bool named)
{
    double step = spl_axis_step(p->high - p->low, TICKS);
    fprintf(out, "<text class=\"title\" x=\"%d\" y=\"%.0f\">%s</text>\n", LEFT, p->top - 12, p->title);
    for (double v = p->low; v < p->high + step / 2; v += step) {
        fprintf(out, "<path class=\"grid\" d=\"M%d %.1fH%d\"/>", LEFT, y_of(p, v), RIGHT);
        fprintf(out, "<text class=\"end\" x=\"%d\" y=\"%.1f\">%.4g</text>\n", LEFT - 8, y_of(p, v) + 4,
                fabs(v) < step / 2 ? 0 : v);
    }
    double wide = p->epochs > 1 ? fmax(1, spl_axis_step(p->epochs, TICKS)) : 1;
    for (double e = wide; named && e <= p->epochs; e += wide)
        fprintf(out, "<text class=\"mid\" x=\"%.1f\" y=\"%.0f\">%.0f</text>\n", x_of(p, e), p->bottom + 18, e);
    if (named)
        fprintf(out, "<text class=\"mid\" x=\"%d\" y=\"%.0f\">epoch</text>\n", (LEFT + RIGHT) / 2, p->bottom + 38);
}

// Returns where the line ends; NaN if it has no point.
static double put_line(FILE *out, const spl_encoder_run *run, epoch_value *value, const char *class, const panel *p)
{
    uint32_t count, drawn = 0;
    double last = NAN;
    const spl_encoder_epoch *history = spl_encoder_run_history(run, &count);
    fprintf(out, "<path class=\"line %s\" d=\"", class);
    for (uint32_t i = 0; i < count; i++) {
        double v = value(&history[i]);
        if (!isfinite(v)) continue;
        last = y_of(p, v);
        fprintf(out, "%c%.1f %.1f", drawn++ ? 'L' : 'M', x_of(p, history[i].epoch), last);
    }
    if (drawn == 1) fprintf(out, "h0.1");
    fprintf(out, "\"/>\n");
    return last;
}

static void put_name(FILE *out, const char *class, double y, const char *name)
{
    if (isfinite(y)) fprintf(out, "<text class=\"%s\" x=\"%d\" y=\"%.1f\">%s</text>\n", class, RIGHT + 8, y + 4, name);
}

static void put_best(FILE *out, const spl_encoder_run *run, const panel *loss, const panel *found)
{
    uint32_t best = spl_encoder_run_best(run);
    if (best == 0) return;
    double x = x_of(found, best);
    fprintf(out, "<path class=\"best\" d=\"M%.1f %.0fV%.0fM%.1f %.0fV%.0f\"/>\n", x, loss->top, loss->bottom, x,
            found->top, found->bottom);
}

static const char STYLE[] =
    "<style>\n"
    "svg{--back:#fff;--ink:#1f2328;--soft:#57606a;--grid:#d8dee4;--one:#0550ae;--two:#b35900;--three:#116329}\n"
    "@media(prefers-color-scheme:dark){svg{--back:#0d1117;--ink:#e6edf3;--soft:#9198a1;--grid:#30363d;"
    "--one:#79c0ff;--two:#ffa657;--three:#7ee787}}\n"
    "text{font:13px system-ui,sans-serif;fill:var(--soft)}.title{font-weight:600;fill:var(--ink)}\n"
    ".end{text-anchor:end}.mid{text-anchor:middle}.back{fill:var(--back)}.grid{stroke:var(--grid)}\n"
    ".line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}\n"
    ".best{stroke:var(--soft);stroke-dasharray:2 3}.one{stroke:var(--one)}.two{stroke:var(--two);"
    "stroke-dasharray:6 4}.three{stroke:var(--three)}\n"
    "text.one{stroke:none;fill:var(--one)}text.two{stroke:none;fill:var(--two)}"
    "text.three{stroke:none;fill:var(--three)}\n"
    "</style>\n";

static void put_panels(FILE *out, const spl_training *t, panel *loss, panel *found)
{
    bool judged = isfinite(found->low) && found->low <= found->high;
    spl_axis_round(&loss->low, &loss->high, TICKS);
    put_axes(out, loss, !judged);
    if (judged) {
        spl_axis_round(&found->low, &found->high, TICKS);
        put_axes(out, found, true);
    }
    double a = NAN, b = NAN, c = NAN;
    for (uint32_t m = 0; m < t->member_count; m++) {
        const spl_encoder_run *run = t->members[m].run;
        a = put_line(out, run, train_loss, "one", loss);
        if (!judged) continue;
        b = put_line(out, run, held_out_loss, "two", loss);
        c = put_line(out, run, recall, "three", found);
        put_best(out, run, loss, found);
    }
    if (fabs(a - b) < 16) *(a < b ? &a : &b) -= 16 - fabs(a - b); // names do not overlap
    put_name(out, "one", a, "training");
    put_name(out, "two", b, "held-out rows");
    put_name(out, "three", c, "held-out rows");
}

static void draw(FILE *out, const spl_training *t)
{
    panel loss = {"Loss", 76, 256, INFINITY, -INFINITY, 1}, found = {"Recall@1", 310, 470, INFINITY, -INFINITY, 1};
    measure(t, train_loss, &loss);
    measure(t, held_out_loss, &loss);
    measure(t, recall, &found);
    bool judged = found.low <= found.high;
    int height = judged ? 520 : 310;
    char *name = spl_training_label(t);
    fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\">\n", WIDTH, height);
    fprintf(out, "<title>Training of an encoder</title>\n%s<rect class=\"back\" width=\"%d\" height=\"%d\"/>\n", STYLE,
            WIDTH, height);
    fprintf(out, "<text class=\"title\" x=\"%d\" y=\"32\">%u rows by ", LEFT, t->rows->n);
    if (name) spl_put_html(out, name);
    fprintf(out, judged ? "; dotted: the epoch that is kept</text>\n" : "</text>\n");
    put_panels(out, t, &loss, &found);
    fprintf(out, "</svg>\n");
    free(name);
}

bool spl_encoder_plot(const spl_training *training, const char *path, spl_error *error)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out) return spl_fail(error, "out of memory");
    draw(out, training);
    bool ok = fclose(out) == 0 || spl_fail(error, "out of memory");
    ok = ok && spl_file_write(path, text, size, error);
    free(text);
    return ok;
}
