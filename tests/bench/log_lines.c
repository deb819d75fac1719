// SPDX-License-Identifier: MIT
// Reading a log on one core, step by step and beside others, in one process and in turns: the bytes alone, cut into
// lines, parsed and checked, joined with outcomes; and the same lines parsed by cJSON, which checks nothing.
//
//   build/release/tests/bench_log_lines EVENTS [ROUNDS]
#include <cJSON.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "events/join.h"
#include "events/walk.h"
#include "host/files.h"

#define ROUNDS_MAX 100

static double processor_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void give_up(const char *path)
{
    fprintf(stderr, "bench_log_lines: cannot read %s\n", path);
    exit(1);
}

// As `wc -l` does.
static uint64_t count_bytes(const char *path)
{
    static char block[256u << 10];
    int fd = open(path, O_RDONLY);
    uint64_t lines = 0;
    if (fd < 0) give_up(path);
    for (ssize_t got; (got = read(fd, block, sizeof block)) > 0;)
        for (const char *at = block; (at = memchr(at, '\n', (size_t)(block + got - at))); at++) lines++;
    close(fd);
    return lines;
}

static uint64_t cut_lines(const char *path)
{
    spl_reader *reader;
    spl_text line;
    uint64_t lines = 0;
    if (!spl_reader_open(path, &reader, NULL)) give_up(path);
    while (spl_reader_line(reader, &line, NULL) > 0) lines++;
    spl_reader_close(reader);
    return lines;
}

static uint64_t parse_by_cjson(const char *path)
{
    spl_reader *reader;
    spl_text line;
    uint64_t lines = 0;
    if (!spl_reader_open(path, &reader, NULL)) give_up(path);
    while (spl_reader_line(reader, &line, NULL) > 0) {
        cJSON *document = cJSON_ParseWithLength(line.data, line.size);
        lines += document != NULL;
        cJSON_Delete(document);
    }
    spl_reader_close(reader);
    return lines;
}

static bool pass_over(void *owner, const spl_event *event, uint64_t line, spl_error *error)
{
    (void)owner, (void)event, (void)line, (void)error;
    return true;
}

static uint64_t walk(const char *path, spl_event_visit *visit, void *owner)
{
    spl_event_lines lines;
    if (!spl_event_walk(path, "reading", visit, owner, &lines, NULL)) give_up(path);
    return lines.lines - lines.bad_lines;
}

static uint64_t parse_events(const char *path)
{
    return walk(path, pass_over, NULL);
}

static void closed(void *owner, const void *payload, double reward)
{
    (void)owner, (void)payload, (void)reward;
}

static bool join_event(void *owner, const spl_event *event, uint64_t line, spl_error *error)
{
    (void)line, (void)error;
    return event->kind == SPL_EVENT_EXPOSURE ? spl_join_exposure(owner, event, NULL) : spl_join_outcome(owner, event);
}

static uint64_t join_events(const char *path)
{
    spl_join_config config = spl_join_config_default();
    spl_join *join = spl_join_new(&config, closed, NULL);
    if (!join) give_up(path);
    uint64_t lines = walk(path, join_event, join);
    spl_join_finish(join);
    spl_join_free(join);
    return lines;
}

static const struct step {
    const char *name;
    uint64_t (*run)(const char *path);
} STEPS[] = {
    {"the bytes, newlines counted", count_bytes},
    {"lines", cut_lines},
    {"events, checked", parse_events},
    {"events, joined", join_events},
    {"cJSON, checked for nothing", parse_by_cjson},
};
#define STEP_COUNT (sizeof STEPS / sizeof *STEPS)
#define JOINED 3

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print(const char *name, double *ns, double *ratio, int rounds)
{
    qsort(ns, (size_t)rounds, sizeof *ns, by_size);
    qsort(ratio, (size_t)rounds, sizeof *ratio, by_size);
    double middle = ns[rounds / 2];
    printf("%-28s %6.0f ns a line %6.2f M lines/s   %5.2f x (%.2f to %.2f)\n", name, middle, 1e3 / middle,
           ratio[rounds / 2], ratio[rounds / 10], ratio[rounds - 1 - rounds / 10]);
}

int main(int argc, char **argv)
{
    static double ns[STEP_COUNT][ROUNDS_MAX], ratio[STEP_COUNT][ROUNDS_MAX];
    int rounds = argc > 2 ? atoi(argv[2]) : 7;
    if (argc < 2 || rounds < 1 || rounds > ROUNDS_MAX) return fprintf(stderr, "EVENTS [ROUNDS]\n"), 2;
    uint64_t lines = count_bytes(argv[1]);
    for (int r = 0; r < rounds; r++) {
        for (size_t s = 0; s < STEP_COUNT; s++) {
            double start = processor_s();
            if (STEPS[s].run(argv[1]) != lines) return fprintf(stderr, "%s: other lines\n", STEPS[s].name), 1;
            ns[s][r] = (processor_s() - start) / (double)lines * 1e9;
        }
        for (size_t s = 0; s < STEP_COUNT; s++) ratio[s][r] = ns[s][r] / ns[JOINED][r];
    }
    printf("%llu lines, %d rounds, processor time; time over that of `%s`, 10 to 90 %%\n", (unsigned long long)lines,
           rounds, STEPS[JOINED].name);
    for (size_t s = 0; s < STEP_COUNT; s++) print(STEPS[s].name, ns[s], ratio[s], rounds);
    return 0;
}
