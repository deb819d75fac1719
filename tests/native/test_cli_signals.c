// SPDX-License-Identifier: MIT
// A run that is interrupted leaves no half-written file behind, and ends as the signal demands.
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "scratch.h"
#include "testing.h"

static const int SIGNALS[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
#define SIGNAL_COUNT (sizeof SIGNALS / sizeof *SIGNALS)

// Starts a run that takes minutes, with all signals as `disposition` says.
static pid_t start_long_run(void (*disposition)(int))
{
    const char *folder = scratch_folder(); // made here, not in the child
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0) return child;
    for (size_t i = 0; i < SIGNAL_COUNT; i++) signal(SIGNALS[i], disposition);
    alarm(20); // whatever happens, it ends
    if (chdir(folder) == 0)
        execl(SAMPLIT_BUILD "/samplit", "samplit", "simulate", "--visitors", "1000000000", "--out", "e.ndjson", NULL);
    _exit(127);
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void wait_for_a_file(void)
{
    for (int i = 0; i < 1000 && scratch_count() == 0; i++) pause_ms(10);
    assert_int_equal(scratch_count(), 1);
}

static void expect_clean_end(pid_t child, int number)
{
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), number);
    assert_int_equal(scratch_count(), 0);
}

static void an_interrupted_run_removes_what_it_has_not_finished(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        pid_t child = start_long_run(SIG_DFL);
        wait_for_a_file();
        assert_int_equal(kill(child, SIGNALS[i]), 0);
        expect_clean_end(child, SIGNALS[i]);
    }
}

static void a_signal_that_was_ignored_stays_ignored(void **state)
{
    (void)state;
    pid_t child = start_long_run(SIG_IGN); // as nohup does it for SIGHUP
    wait_for_a_file();
    assert_int_equal(kill(child, SIGHUP), 0);
    pause_ms(200);
    assert_int_equal(waitpid(child, NULL, WNOHANG), 0);
    assert_int_equal(scratch_count(), 1);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interrupted_run_removes_what_it_has_not_finished),
        cmocka_unit_test(a_signal_that_was_ignored_stays_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
