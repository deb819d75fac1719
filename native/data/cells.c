// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/cells.h"

#include <math.h>
#include <string.h>

#include "host/texts.h"
#include "json/number.h"

#define WHOLE_MAX 9007199254740992.0 // 2^53: larger whole numbers are names, not quantities
#define NUMBER_TEXT_MAX 400

static spl_text without_sign(spl_text text)
{
    bool sign = text.size > 0 && (text.data[0] == '+' || text.data[0] == '-');
    return (spl_text){text.data + sign, text.size - sign};
}

// Digits around one point, at least one of them: the point gets a digit on both sides, and JSON can read it.
bool spl_cell_number(spl_text text, double *out)
{
    char copy[NUMBER_TEXT_MAX + 4];
    spl_text digits = without_sign(text);
    if (spl_number_read(text, out)) return true;
    if (digits.size == 0 || digits.size > NUMBER_TEXT_MAX || !strchr("0123456789.", digits.data[0])) return false;
    const char *point = memchr(digits.data, '.', digits.size);
    size_t before = point ? (size_t)(point - digits.data) : digits.size, size = 0;
    bool ends = before + 1 >= digits.size || strchr("eE", digits.data[before + 1]);
    if (point && before == 0 && ends) return false;
    if (text.data[0] == '-') copy[size++] = '-';
    if (before == 0) copy[size++] = '0';
    for (size_t i = 0; i < digits.size; i++) {
        copy[size++] = digits.data[i];
        if (i == before && ends) copy[size++] = '0';
    }
    return spl_number_read((spl_text){copy, size}, out);
}

bool spl_cell_says_nothing(spl_text text)
{
    static const char *const words[] = {"", "NA", "N/A", "NaN", "null", "None", "?", "inf", "infinity"};
    spl_text bare = without_sign(text);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (spl_text_is_word(bare, words[i])) return true;
    }
    return false;
}

// Whether there is no exponent: "1e5" is more often a name.
static bool is_plain_decimal(spl_text text)
{
    return !memchr(text.data, 'e', text.size) && !memchr(text.data, 'E', text.size);
}

static bool number_of(spl_text text, bool number, double *out)
{
    if (number) return spl_cell_number(text, out);
    return is_plain_decimal(text) && spl_number_read(text, out) && fabs(*out) < WHOLE_MAX;
}

void spl_cell_field(const spl_cell *cell, bool number, spl_field *field)
{
    spl_text text = cell->text;
    field->kind = cell->kind;
    field->number = cell->number;
    if (cell->kind != SPL_KIND_STRING) return;
    if (number_of(text, number, &field->number)) {
        field->kind = SPL_KIND_NUMBER;
    } else if (spl_text_is_word(text, "true") || spl_text_is_word(text, "false")) {
        field->kind = SPL_KIND_BOOLEAN;
        field->number = spl_text_is_word(text, "true");
    } else if (number && spl_cell_says_nothing(text)) {
        field->kind = SPL_KIND_MISSING;
    } else {
        field->text = text.data;
        field->size = (uint32_t)(text.size < UINT32_MAX ? text.size : UINT32_MAX);
    }
}
