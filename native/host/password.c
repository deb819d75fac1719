// SPDX-License-Identifier: GPL-3.0-or-later
// The terminal is asked itself, so standard input may be a file. While it waits, no key ends the program: it would
// leave a terminal behind that shows nothing. ^C ends the line instead, and is then found in it.
#include "host/password.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static bool too_long(spl_error *error)
{
    return spl_fail(error, "the password is longer than %d bytes", SPL_PASSWORD_MAX);
}

// It is wiped where it stood, so that children and /proc do not have it.
static bool take_variable(char *value, char out[SPL_PASSWORD_MAX + 1], spl_error *error)
{
    size_t size = strlen(value);
    bool fits = size <= SPL_PASSWORD_MAX;
    if (fits) memcpy(out, value, size + 1);
    sodium_memzero(value, size);
    unsetenv(SPL_PASSWORD_VARIABLE);
    return fits || too_long(error);
}

static bool put(int terminal, const char *text)
{
    size_t size = strlen(text);
    return write(terminal, text, size) == (ssize_t)size;
}

// One line as the terminal hands it over, without its end.
static bool take_line(int terminal, char interrupt, char out[SPL_PASSWORD_MAX + 1], spl_error *error)
{
    size_t size = 0;
    for (;;) {
        char c;
        ssize_t got = read(terminal, &c, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0 || c == interrupt) return spl_fail(error, "no password was given");
        if (c == '\n' || c == '\r') break;
        if (size == SPL_PASSWORD_MAX) return too_long(error);
        out[size++] = c;
    }
    out[size] = '\0';
    return size > 0 || spl_fail(error, "no password was given");
}

static bool ask(int terminal, const char *what, const char *again, char out[SPL_PASSWORD_MAX + 1], spl_error *error)
{
    struct termios before, quiet;
    if (tcgetattr(terminal, &before) != 0) return spl_fail(error, "cannot ask for the password: %s", strerror(errno));
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ISIG);
    quiet.c_cc[VEOL] = before.c_cc[VINTR];
    if (tcsetattr(terminal, TCSAFLUSH, &quiet) != 0)
        return spl_fail(error, "cannot ask for the password: %s", strerror(errno));
    bool good = put(terminal, "Password of ") && put(terminal, what) && put(terminal, again) && put(terminal, ": ");
    good = good ? take_line(terminal, (char)before.c_cc[VINTR], out, error)
                : spl_fail(error, "cannot ask for the password: %s", strerror(errno));
    tcsetattr(terminal, TCSAFLUSH, &before);
    put(terminal, "\n");
    return good;
}

static bool ask_twice(int terminal, const char *what, const char *first, spl_error *error)
{
    char second[SPL_PASSWORD_MAX + 1];
    bool good = ask(terminal, what, ", again", second, error) &&
                (strcmp(first, second) == 0 || spl_fail(error, "the two passwords differ"));
    sodium_memzero(second, sizeof second);
    return good;
}

bool spl_password(const char *what, bool twice, char out[SPL_PASSWORD_MAX + 1], spl_error *error)
{
    char *value = getenv(SPL_PASSWORD_VARIABLE);
    if (value && *value) return take_variable(value, out, error);
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0) return spl_fail(error, "no terminal to ask for the password, and no " SPL_PASSWORD_VARIABLE);
    bool good = ask(terminal, what, "", out, error) && (!twice || ask_twice(terminal, what, out, error));
    close(terminal);
    if (!good) sodium_memzero(out, SPL_PASSWORD_MAX + 1);
    return good;
}
