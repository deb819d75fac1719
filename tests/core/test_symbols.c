// SPDX-License-Identifier: MIT
// The core asks nothing of its host: no allocation, no files, no clock, no libm. What it leaves to the
// linker is read from the library itself with nm.
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "testing.h"

#define LIBRARY SAMPLIT_BUILD "/core/libsamplit_core.a"

// string.h; bcmp, which clang puts for a memcmp that only asks for equality; what __builtin_cpu_supports reads.
static const char *const ALLOWED[] = {"memcpy",
                                      "memset",
                                      "memcmp",
                                      "memmove",
                                      "memchr",
                                      "strlen",
                                      "bcmp",
                                      "__cpu_model",
                                      "__cpu_indicator_init",
                                      "_GLOBAL_OFFSET_TABLE_"};

static bool is_allowed(const char *symbol)
{
    for (size_t i = 0; i < sizeof ALLOWED / sizeof *ALLOWED; i++) {
        if (strcmp(symbol, ALLOWED[i]) == 0) return true;
    }
    return strncmp(symbol, "spl_", 4) == 0; // from another file of the core
}

static bool is_sanitized(const char *symbol)
{
    return strncmp(symbol, "__asan", 6) == 0 || strncmp(symbol, "__ubsan", 7) == 0 ||
           strncmp(symbol, "__sanitizer", 11) == 0;
}

static void the_core_calls_nothing_but_the_string_functions(void **state)
{
    (void)state;
    FILE *nm = popen("nm -u --format=just-symbols " LIBRARY " 2>/dev/null", "r");
    assert_non_null(nm);
    char symbol[256];
    int strangers = 0, count = 0;
    bool sanitized = false;
    while (fscanf(nm, "%255s", symbol) == 1) {
        count++;
        sanitized |= is_sanitized(symbol);
        if (strchr(symbol, ':') || strchr(symbol, '.') || is_allowed(symbol) || is_sanitized(symbol)) continue;
        printf("not allowed: %s\n", symbol);
        strangers++;
    }
    pclose(nm);
    if (count == 0) {
        printf("SKIPPED: no symbols read from " LIBRARY " (is binutils installed?)\n");
        skip();
    }
    if (sanitized) skip(); // the sanitizers' own calls stand beside it
    assert_int_equal(strangers, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_core_calls_nothing_but_the_string_functions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
