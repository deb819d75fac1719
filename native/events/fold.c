// SPDX-License-Identifier: GPL-3.0-or-later
#include "events/fold.h"

#include <string.h>

#include "samplit/hash.h"

#define FOLDS_MAX 1000

// The decimal number at *at, which moves past it; FOLDS_MAX + 1 when there is none or it is larger.
static uint32_t number(const char **at)
{
    uint32_t value = 0;
    if (**at < '0' || **at > '9') return FOLDS_MAX + 1;
    for (; **at >= '0' && **at <= '9'; ++*at) {
        if (value <= FOLDS_MAX) value = value * 10 + (uint32_t)(**at - '0');
    }
    return value;
}

bool spl_fold_parse(const char *text, spl_fold *out, spl_error *error)
{
    static const char not [] = "not-";
    bool except = strncmp(text, not, sizeof not -1) == 0;
    const char *at = except ? text + sizeof not -1 : text;
    uint32_t index = number(&at), count = 0;
    if (*at == '/') {
        ++at;
        count = number(&at);
    }
    if (*at != '\0' || count > FOLDS_MAX || index >= count || (except && count == 1))
        return spl_fail_field(error, "--fold", "\"%.64s\" is not K/N with 0 <= K < N <= %d, as in 0/2", text,
                              FOLDS_MAX);
    *out = (spl_fold){index, count, except};
    return true;
}

bool spl_fold_holds(spl_fold fold, spl_text unit)
{
    if (fold.count <= 1) return true;
    return (spl_xxh64(unit.data, unit.size, 0) % fold.count == fold.index) != fold.except;
}
