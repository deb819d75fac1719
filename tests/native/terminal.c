// SPDX-License-Identifier: MIT
#include "terminal.h"

#include <errno.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scratch.h"
#include "testing.h"

#define WORDS_MAX 16

_Noreturn static void become_samplit(char *arguments, const char *folder)
{
    char *words[WORDS_MAX + 2] = {"samplit"}, *rest = NULL;
    size_t count = 1;
    for (char *word = strtok_r(arguments, " ", &rest); word && count <= WORDS_MAX; word = strtok_r(NULL, " ", &rest))
        words[count++] = word;
    alarm(60); // whatever happens, it ends
    if (chdir(folder) == 0) execv(SAMPLIT_BUILD "/samplit", words);
    _exit(127);
}

static int ends_in_question(const char *text, size_t size)
{
    return size >= 2 && memcmp(text + size - 2, ": ", 2) == 0;
}

terminal_run terminal_samplit(const char *arguments, const char *const *answers, size_t answer_count)
{
    terminal_run run = {.code = -1};
    const char *folder = scratch_folder();
    char *copy = strdup(arguments);
    int terminal, status;
    size_t size = 0, given = 0;
    pid_t child = forkpty(&terminal, NULL, NULL, NULL);
    if (child < 0) {
        print_error("SKIPPED: no pseudo-terminal to ask on: %s\n", strerror(errno));
        free(copy);
        skip();
    }
    if (child == 0) become_samplit(copy, folder);
    for (;;) {
        ssize_t got = read(terminal, run.shown + size, sizeof run.shown - 1 - size);
        if (got <= 0) break; // EIO where the program has ended
        size += (size_t)got;
        if (given == answer_count || !ends_in_question(run.shown, size)) continue;
        const char *answer = answers[given++];
        assert_int_equal(write(terminal, answer, strlen(answer)), strlen(answer));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status)) run.code = WEXITSTATUS(status);
    close(terminal);
    free(copy);
    return run;
}
