// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the data can be trusted: every check says what it saw, also where nothing is wrong.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/build.h"
#include "analyze/leaks.h"
#include "host/figures.h"

#define BAD_LINES_MAX 0.01
#define UNUSABLE_MAX 0.01
#define LATE_MAX 0.01
#define YOUNG_MAX 0.2
#define FLOOR 0.01 // propensities below it make single visitors count a hundredfold
#define FEW_VISITORS 100
#define CHECKS_MAX 16

static void check(spl_build *b, spl_analysis_grade grade, const char *kind, double figure, char *text)
{
    spl_analysis *r = b->report;
    if (!text || r->check_count == CHECKS_MAX) {
        free(text);
        return;
    }
    r->checks[r->check_count++] = (spl_analysis_check){grade, kind, text, figure};
    if (grade > r->health) r->health = grade;
}

static void check_ratio(spl_build *b)
{
    static const spl_analysis_grade grades[] = {SPL_ANALYSIS_FINE, SPL_ANALYSIS_DOUBT, SPL_ANALYSIS_BROKEN};
    const spl_analysis *r = b->report;
    if (r->variant_count < 2) return;
    const char *says = r->light == SPL_SRM_GREEN_LIGHT ? "variants were served as often as they should have been"
                       : r->light == SPL_SRM_YELLOW_LIGHT
                           ? "variants were probably not served as often as they should have been"
                           : "variants were not served as often as they should have been: visitors got lost on the "
                             "way, and no comparison can be trusted";
    check(b, grades[r->light], "ratio", r->ratio_p,
          spl_build_text(b, "Sample ratio: %s (p %.3g at every look, off by %.2f %% at most).", says, r->ratio_p,
                         100 * r->ratio_deviation));
}

static void check_lines(spl_build *b)
{
    const spl_analysis_counts *c = &b->report->counts;
    double share = c->lines ? (double)c->bad_lines / (double)c->lines : 0;
    char figure[SPL_FIGURE_MAX];
    if (c->bad_lines == 0) {
        check(b, SPL_ANALYSIS_FINE, "lines", 0, spl_build_text(b, "Lines: all %" PRIu64 " are events.", c->lines));
        return;
    }
    check(b, share > BAD_LINES_MAX ? SPL_ANALYSIS_BROKEN : SPL_ANALYSIS_DOUBT, "lines", share,
          spl_build_text(b, "Lines: %" PRIu64 " of %" PRIu64 " (%s) are no events; the first: %s", c->bad_lines,
                         c->lines, spl_figure_share(share, figure), c->first_bad ? c->first_bad : ""));
}

static void check_outcomes(spl_build *b)
{
    const spl_analysis *r = b->report;
    const spl_analysis_counts *c = &r->counts;
    if (c->outcomes == 0) {
        check(b, SPL_ANALYSIS_BROKEN, "outcomes", 0,
              spl_build_text(b, "Outcomes: none was found for any visitor; there is nothing to compare."));
        return;
    }
    char window[SPL_FIGURE_MAX];
    bool others = c->outcomes_other > 0;
    check(b, SPL_ANALYSIS_FINE, "outcomes", (double)c->outcomes,
          spl_build_text(b,
                         "Outcomes: %" PRIu64 " of \"%s\" within %s; %" PRIu64 " more belong to no visitor counted%s.",
                         c->outcomes, r->outcome, spl_figure_duration(r->window_ms, window), c->outcomes_alone,
                         others ? ", and other outcomes are left out" : ""));
    if (c->duplicate_outcomes > 0)
        check(b, SPL_ANALYSIS_FINE, "outcomes-repeated", (double)c->duplicate_outcomes,
              spl_build_text(b, "Outcomes: %" PRIu64 " came for an exposure that had one, and count once.",
                             c->duplicate_outcomes));
}

static void check_repeats(spl_build *b)
{
    const spl_analysis_counts *c = &b->report->counts;
    uint64_t again = c->repeated + c->duplicate_exposures;
    if (again == 0) return;
    check(b, SPL_ANALYSIS_FINE, "repeats", (double)again,
          spl_build_text(
              b, "Visitors: %" PRIu64 " counted, each by the first exposure; %" PRIu64 " later ones are left out.",
              c->visitors, again));
}

static void check_order(spl_build *b)
{
    const spl_analysis_counts *c = &b->report->counts;
    double seen = (double)(c->visitors + c->too_young), late = (double)c->late / seen,
           young = (double)c->too_young / seen;
    char figure[SPL_FIGURE_MAX];
    if (c->late > 0)
        check(b, late > LATE_MAX ? SPL_ANALYSIS_DOUBT : SPL_ANALYSIS_FINE, "order", late,
              spl_build_text(b,
                             "Order: %" PRIu64 " exposures (%s) stand in the log later than they happened by more than "
                             "the window; they are counted, outcomes may be missing.",
                             c->late, spl_figure_share(late, figure)));
    if (c->too_young > 0)
        check(b, young > YOUNG_MAX ? SPL_ANALYSIS_DOUBT : SPL_ANALYSIS_FINE, "young", young,
              spl_build_text(b,
                             "End of the log: %" PRIu64
                             " visitors (%s) came too late for their outcome to be known, and "
                             "are left out.",
                             c->too_young, spl_figure_share(young, figure)));
}

static double least_propensity(const spl_visitors *v)
{
    double least = 1;
    for (uint32_t i = 0; i < v->count; i++) {
        double p = spl_visitors_chances(v, &v->rows[i])[v->rows[i].variant];
        if (p < least) least = p;
    }
    return least;
}

static void check_propensities(spl_build *b)
{
    const spl_analysis *r = b->report;
    const spl_analysis_counts *c = &r->counts;
    double unusable = (double)c->unusable / (double)(c->visitors + c->unusable), least = least_propensity(b->visitors);
    if (c->unusable > 0)
        check(b, unusable > UNUSABLE_MAX ? SPL_ANALYSIS_BROKEN : SPL_ANALYSIS_DOUBT, "propensity", unusable,
              spl_build_text(b,
                             "Propensities: %" PRIu64 " exposures have one that is not among their probabilities, and "
                             "are left out.",
                             c->unusable));
    if (!r->adaptive) return;
    check(b, least < FLOOR ? SPL_ANALYSIS_DOUBT : SPL_ANALYSIS_FINE, "floor", least,
          spl_build_text(b, "Propensities: the smallest that a variant was served with is %.3g%s.", least,
                         least < FLOOR ? "; single visitors then weigh much" : ""));
}

static void check_size(spl_build *b)
{
    const spl_analysis *r = b->report;
    const spl_analysis_arm *arms = spl_build_arms(b, 0);
    for (uint32_t v = 0; v < r->variant_count; v++) {
        bool few = arms[v].visitors < FEW_VISITORS || arms[v].converted < SPL_MEASURE_REWARDED;
        if (!few) continue;
        check(b, SPL_ANALYSIS_DOUBT, "size", (double)arms[v].visitors,
              spl_build_text(b, "Size: variant %s has %" PRIu64 " %s, %.0f with an outcome: too few to say much.",
                             r->variant_names[v], arms[v].visitors, arms[v].visitors == 1 ? "visitor" : "visitors",
                             arms[v].converted));
    }
}

static void fill_ratio(spl_build *b)
{
    spl_analysis *r = b->report;
    const spl_visitors *v = b->visitors;
    r->ratio_p = NAN;
    if (r->variant_count < 2) return;
    spl_srm_bets *bets = spl_srm_bets_new(r->variant_count);
    b->broken |= bets == NULL;
    if (!bets) return;
    for (uint32_t i = 0; i < v->count; i++)
        spl_srm_bets_add(bets, spl_visitors_chances(v, &v->rows[i]), v->rows[i].variant);
    r->ratio_p = spl_srm_bets_p(bets);
    for (uint32_t a = 0; a < r->variant_count; a++)
        r->ratio_deviation = fmax(r->ratio_deviation, fabs(spl_srm_bets_deviation(bets, a)));
    r->light = spl_srm_light_of(r->ratio_p, r->ratio_deviation);
    spl_srm_bets_free(bets);
}

void spl_build_health(spl_build *b)
{
    fill_ratio(b);
    spl_build_leaks(b);
    b->report->checks = spl_build_room(b, CHECKS_MAX, sizeof *b->report->checks);
    if (!b->report->checks) return;
    check_ratio(b);
    check_outcomes(b);
    check_lines(b);
    check_repeats(b);
    check_order(b);
    check_propensities(b);
    check_size(b);
}
