// SPDX-License-Identifier: MIT
// How often do our statistics err, in experiments whose truth is known (tests/native/trials.h)? Every share stands with
// the 95 % interval of its estimate.
//
//   bench_statistics ratio [RUNS [VISITORS]]       false alarms of sample ratio tests; then what a leak of 1 % shows
//   bench_statistics bandit [RUNS [VISITORS]]      coverage of intervals on Thompson sampling's logs
//   bench_statistics segments [RUNS]               false and missed discoveries among 200 segments
//   bench_statistics changes [RUNS]                false alarms and delays of the CUSUM
//   bench_statistics policy [RUNS [VISITORS]]      coverage of off-policy intervals
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../native/trials.h"
#include "host/pool.h"
#include "stats/gsl_errors.h"
#include "stats/proportion.h"
#include "stats/srm.h"

typedef union outcome {
    trial_ratio ratio;
    trial_bandit bandit;
    trial_segments segments;
    trial_change change;
    trial_policy policy;
} outcome;

typedef struct job {
    uint64_t visitors;
    bool bandit, against_rest;
    double leak, alpha;
    const double *rates;
    spl_cusum cusum;
    uint32_t count, at;
    double shift;
    outcome *out;
} job;

static void share(const char *name, double count, double of)
{
    spl_interval range = spl_clopper_pearson(count, of, 0.95);
    printf("  %-46s %6.2f %% (%.2f to %.2f)\n", name, 100 * count / of, 100 * range.low, 100 * range.high);
}

static void run_all(job *j, uint32_t runs, spl_pool_work *work)
{
    spl_pool *pool = spl_pool_new(0);
    free(j->out);
    j->out = calloc(runs, sizeof *j->out);
    if (!pool || !j->out) abort();
    spl_pool_run(pool, runs, work, j);
    spl_pool_free(pool);
}

static void one_ratio(void *owner, uint32_t run, uint32_t thread)
{
    job *j = owner;
    (void)thread;
    j->out[run].ratio = trial_of_ratio(run, j->visitors, j->bandit, j->leak, j->alpha);
}

static void bench_ratio(job *j, uint32_t runs)
{
    for (int bandit = 0; bandit < 2; bandit++) {
        double chi = 0, sequential = 0, bets = 0;
        j->bandit = bandit, j->leak = 0, j->alpha = 0.05;
        run_all(j, runs, one_ratio);
        for (uint32_t i = 0; i < runs; i++) {
            chi += j->out[i].ratio.chi_square;
            sequential += j->out[i].ratio.sequential > 0;
            bets += j->out[i].ratio.bets > 0;
        }
        printf("no mismatch, %s, %u runs of %llu visitors, a look every 100, alarms at 5 %%:\n",
               bandit ? "eager bandit" : "fixed shares", runs, (unsigned long long)j->visitors);
        if (!bandit) share("chi-square, one look at the end", chi, runs);
        if (!bandit) share("Lindon & Malek, every look", sequential, runs);
        share("bets against logged probabilities, every look", bets, runs);
    }
    for (int bandit = 0; bandit < 2; bandit++) {
        static const double lengths[] = {25, 50, 100, 200};
        j->bandit = bandit, j->leak = 0.01, j->alpha = SPL_SRM_RED;
        uint64_t plain = j->visitors;
        uint32_t few = runs < 50 ? runs : 50;
        j->visitors = plain * 200;
        run_all(j, few, one_ratio);
        printf("1 %% of the second variant's visitors lost, %s, %u runs; red (p < 0.001) within so many visitors:\n",
               bandit ? "eager bandit" : "fixed shares", few);
        for (int i = 0; i < 4; i++) {
            double bets = 0, sequential = 0, most = lengths[i] * (double)plain;
            char name[64];
            for (uint32_t r = 0; r < few; r++) {
                const trial_ratio *t = &j->out[r].ratio;
                bets += t->bets > 0 && (double)t->bets <= most;
                sequential += t->sequential > 0 && (double)t->sequential <= most;
            }
            snprintf(name, sizeof name, "bets, %.0f", most);
            share(name, bets, few);
            snprintf(name, sizeof name, "Lindon & Malek, %.0f", most);
            if (!bandit) share(name, sequential, few);
        }
        j->visitors = plain;
    }
}

static void one_bandit(void *owner, uint32_t run, uint32_t thread)
{
    job *j = owner;
    (void)thread;
    j->out[run].bandit = trial_of_bandit(run, (uint32_t)j->visitors, j->rates);
}

static void bench_bandit(job *j, uint32_t runs)
{
    static const double worlds[][TRIAL_ARMS] = {{0.1, 0.1, 0.1}, {0.1, 0.1, 0.13}, {0.05, 0.07, 0.03}};
    static const char *const names[TRIAL_METHODS] = {"naive", "IPW", "weighted AIPW"};
    for (int w = 0; w < 3; w++) {
        j->rates = worlds[w];
        run_all(j, runs, one_bandit);
        printf("Thompson sampling, rates %g %g %g, %u runs of %llu visitors, 95 %% intervals hold:\n", worlds[w][0],
               worlds[w][1], worlds[w][2], runs, (unsigned long long)j->visitors);
        for (int m = 0; m < TRIAL_METHODS; m++) {
            double means = 0, means_told = 0, gaps = 0, gaps_told = 0, width = 0;
            char name[64];
            for (uint32_t i = 0; i < runs; i++) {
                const trial_bandit *b = &j->out[i].bandit;
                means += b->means_held[m], means_told += b->means_told[m], width += b->width[m];
                gaps += b->gaps_held[m], gaps_told += b->gaps_told[m];
            }
            snprintf(name, sizeof name, "%s: means (width %.4f)", names[m], width / means_told);
            share(name, means, means_told);
            snprintf(name, sizeof name, "%s: differences from the control", names[m]);
            share(name, gaps, gaps_told);
        }
    }
}

static void one_segments(void *owner, uint32_t run, uint32_t thread)
{
    job *j = owner;
    (void)thread;
    j->out[run].segments =
        j->against_rest ? trial_of_segments_against_the_rest(run) : trial_of_variants_in_segments(run);
}

static void bench_segments(job *j, uint32_t runs)
{
    for (int rest = 0; rest < 2; rest++) {
        trial_segments sum = {0};
        double wrong_share = 0, holm_any = 0, cells = (double)runs * TRIAL_SEGMENTS;
        j->against_rest = rest;
        run_all(j, runs, one_segments);
        for (uint32_t i = 0; i < runs; i++) {
            const trial_segments *s = &j->out[i].segments;
            uint32_t claimed = s->found + s->false_ones;
            wrong_share += claimed ? (double)s->false_ones / claimed : 0;
            holm_any += s->holm_false > 0;
            sum.found += s->found, sum.holm_found += s->holm_found;
            sum.unlike += s->unlike, sum.unlike_false += s->unlike_false;
            sum.shrunk_held += s->shrunk_held, sum.raw_held += s->raw_held;
            sum.raw_top += s->raw_top / runs, sum.shrunk_top += s->shrunk_top / runs;
        }
        printf("%s: %d segments of %.0f visitors, %d planted, %u runs:\n",
               rest ? "segment against the rest" : "variant against control in segments", TRIAL_SEGMENTS,
               j->out[0].segments.per_segment, TRIAL_PLANTED, runs);
        printf("  %-46s %6.2f %%\n", "of what Benjamini-Hochberg claims, false", 100 * wrong_share / runs);
        share("found by Benjamini-Hochberg", sum.found, (double)runs * TRIAL_PLANTED);
        share("runs with a false claim by Holm", holm_any, runs);
        share("found by Holm", sum.holm_found, (double)runs * TRIAL_PLANTED);
        share("planted ones beyond robust z of 3.5", sum.unlike, (double)runs * TRIAL_PLANTED);
        share("others beyond it", sum.unlike_false, cells - (double)runs * TRIAL_PLANTED);
        share("shrunken 95 % intervals hold", sum.shrunk_held, cells);
        share("raw 95 % intervals hold", sum.raw_held, cells);
        printf("  the highest estimate is too high by %.5f raw, %.5f shrunken\n", sum.raw_top, sum.shrunk_top);
    }
}

static void one_change(void *owner, uint32_t run, uint32_t thread)
{
    job *j = owner;
    (void)thread;
    j->out[run].change = trial_of_change(run, &j->cusum, j->count, j->at, j->shift);
}

// Long series without a change, for how long they go without an alarm.
static void bench_run_length(job *j, uint32_t runs, double promised)
{
    double sum = 0;
    *j = (job){.cusum = {0.5, spl_cusum_limit(0.5, promised)}, .count = (uint32_t)promised * 12, .out = j->out};
    j->at = j->count;
    run_all(j, runs, one_change);
    for (uint32_t i = 0; i < runs; i++) sum += j->out[i].change.alarm ? j->out[i].change.alarm + 1 : j->count;
    printf("  limit %.2f for a run length of %-17.0f %6.0f\n", j->cusum.limit, promised, sum / runs);
}

static void bench_changes(job *j, uint32_t runs)
{
    printf("nothing changes, %u series; mean number of stretches until the first alarm:\n", runs);
    for (double promised = 100; promised < 2000; promised *= 3) bench_run_length(j, runs, promised);
    printf("alarms in 60 stretches, 5 %% promised; 1 to 3 standard deviations more from the 25th on, %u series:\n",
           runs);
    for (double shift = 0; shift <= 3; shift++) {
        char name[64];
        double alarms = 0, near = 0;
        *j = (job){.cusum = spl_cusum_for(60, 0.05), .count = 60, .at = 24, .shift = shift, .out = j->out};
        run_all(j, runs, one_change);
        for (uint32_t i = 0; i < runs; i++) {
            const trial_change *c = &j->out[i].change;
            alarms += c->alarm > 0;
            near += c->alarm > 0 && c->from >= j->at - 2 && c->from <= j->at + 2;
        }
        snprintf(name, sizeof name, "shift %.0f: alarm", shift);
        share(name, alarms, runs);
        snprintf(name, sizeof name, "shift %.0f: and told within two of where it was", shift);
        if (shift > 0) share(name, near, runs);
    }
}

static void one_policy(void *owner, uint32_t run, uint32_t thread)
{
    job *j = owner;
    (void)thread;
    j->out[run].policy = trial_of_policy(run, (uint32_t)j->visitors);
}

static void bench_policy(job *j, uint32_t runs)
{
    static const char *const names[] = {"IPS", "SNIPS", "DR", "switch-DR"};
    double always = 0;
    run_all(j, runs, one_policy);
    printf("off-policy, %u runs of %llu visitors, 95 %% intervals hold:\n", runs, (unsigned long long)j->visitors);
    for (int e = 0; e < 4; e++) {
        double held = 0, gain = 0;
        char name[64];
        for (uint32_t i = 0; i < runs; i++) held += j->out[i].policy.held[e], gain += j->out[i].policy.gain_held[e];
        snprintf(name, sizeof name, "%s: value", names[e]);
        share(name, held, runs);
        snprintf(name, sizeof name, "%s: gain over the logging policy", names[e]);
        share(name, gain, runs);
    }
    for (uint32_t i = 0; i < runs; i++) always += j->out[i].policy.always_held;
    share("value, at every look", always, runs);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(job *, uint32_t);
        uint32_t runs;
        uint64_t visitors;
    } parts[] = {{"ratio", bench_ratio, 10000, 10000},
                 {"bandit", bench_bandit, 4000, 10000},
                 {"segments", bench_segments, 500, 0},
                 {"changes", bench_changes, 4000, 0},
                 {"policy", bench_policy, 4000, 5000}};
    spl_gsl_errors_off();
    for (int i = 0; argc > 1 && i < 5; i++) {
        if (strcmp(argv[1], parts[i].name)) continue;
        job j = {.visitors = argc > 3 ? strtoull(argv[3], NULL, 10) : parts[i].visitors};
        parts[i].run(&j, argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : parts[i].runs);
        free(j.out);
        return 0;
    }
    fprintf(stderr, "usage: bench_statistics ratio|bandit|segments|changes|policy [RUNS [VISITORS]]\n");
    return 2;
}
