// SPDX-License-Identifier: GPL-3.0-or-later
// Finds the command and hands it its own arguments. The table in command.h is the only list.
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "host/unfinished.h"
#include "stats/gsl_errors.h"

typedef struct command {
    const char *name, *summary, *title; // title: argv[0] of the command, which argp shows in its messages
    int (*run)(int argc, char **argv);
} command;

static const command COMMANDS[] = {
#define COMMAND_ROW(name, summary) {#name, summary, "samplit " #name, spl_cmd_##name},
    SPL_COMMAND_LIST(COMMAND_ROW)
#undef COMMAND_ROW
};
#define COMMAND_COUNT (sizeof COMMANDS / sizeof *COMMANDS)

static int misused(void)
{
    fputs("Try 'samplit --help'.\n", stderr);
    return 2;
}

static int print_help(void)
{
    puts("Usage: samplit COMMAND [OPTION...]\n\n"
         "Decides which variant a visitor sees, and learns which one works for whom.\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) printf("  %-10s %s\n", COMMANDS[i].name, COMMANDS[i].summary);
    puts("\n  samplit help COMMAND    what the command does, its options and an example\n"
         "  samplit --version       the version\n\n"
         "Example:\n"
         "  samplit simulate --visitors 200000 --seed 1 --out events.ndjson\n"
         "  samplit learn events.ndjson --levels country,device,source --out bundle.safetensors\n"
         "  samplit decide bundle.safetensors --unit u1 --context '{\"country\":\"US\",\"device\":\"mobile\"}'");
    return 0;
}

static const command *find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(COMMANDS[i].name, name) == 0) return &COMMANDS[i];
    }
    return NULL;
}

#define WORD_MAX 24

// Edits (insert, delete, replace) between two short words: Levenshtein, one row at a time.
static unsigned distance(const char *a, const char *b)
{
    unsigned row[WORD_MAX + 1], size = (unsigned)strlen(b);
    if (size > WORD_MAX || strlen(a) > WORD_MAX) return WORD_MAX;
    for (unsigned j = 0; j <= size; j++) row[j] = j;
    for (unsigned i = 1; *a; a++, i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= size; j++) {
            unsigned replace = diagonal + (*a != b[j - 1]);
            diagonal = row[j];
            unsigned remove = row[j] + 1, insert = row[j - 1] + 1;
            unsigned best = remove < insert ? remove : insert;
            row[j] = replace < best ? replace : best;
        }
    }
    return row[size];
}

static int unknown(const char *name)
{
    const command *nearest = NULL;
    unsigned best = 4; // more edits than that are no misspelling
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        unsigned d = distance(name, COMMANDS[i].name);
        if (d >= best) continue;
        best = d;
        nearest = &COMMANDS[i];
    }
    fprintf(stderr, "samplit: there is no command '%s'", name);
    if (nearest) fprintf(stderr, "; did you mean '%s'?", nearest->name);
    fputc('\n', stderr);
    return misused();
}

static int run(const command *chosen, int argc, char **argv)
{
    argv[0] = strdup(chosen->title);
    if (!argv[0]) return 1;
    int code = chosen->run(argc, argv);
    free(argv[0]);
    return code;
}

static int help(const char *name)
{
    const command *chosen = find(name);
    if (!chosen) return unknown(name);
    char flag[] = "--help";
    char *arguments[] = {NULL, flag, NULL};
    return run(chosen, 2, arguments);
}

// At every exit, for argp prints help and ends the program by itself: what could not be written is a
// failure, whatever the command made of it.
static void check_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) return;
    fputs("samplit: cannot write to standard output\n", stderr);
    _exit(1);
}

int main(int argc, char **argv)
{
    spl_unfinished_guard();
    spl_gsl_errors_off();
    if (atexit(check_output) != 0) return 1;
    argp_err_exit_status = 2;
    setenv("ARGP_HELP_FMT", "rmargin=110", 0); // examples stay on their lines
    if (argc < 2) {
        fputs("samplit: which command?\n", stderr);
        return misused();
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) return puts("samplit " SAMPLIT_VERSION) < 0;
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) return print_help();
    if (strcmp(name, "help") == 0) return argc > 2 ? help(argv[2]) : print_help();
    const command *chosen = find(name);
    return chosen ? run(chosen, argc - 1, argv + 1) : unknown(name);
}
