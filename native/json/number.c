// SPDX-License-Identifier: GPL-3.0-or-later
// Reading: with at most 2^53 in the digits and a power of ten that is itself a double (10^22 at
// most), one multiplication or division rounds once and so is right (Clinger, "How to read
// floating point numbers accurately", PLDI 1990). The rest goes to strtod. Digits are taken eight at
// a time where there are so many: logged propensities have sixteen.
//
// Writing: x = c 2^-s is the middle of the interval of reals that round to x. Scaled by a power of
// ten so that 17 digits stand before the point, the interval's ends fit in 128-bit integers, and
// the shortest number inside it is found by dropping digits while a multiple of the next power of
// ten remains inside (Steele & White, "How to print floating-point numbers accurately", PLDI 1990;
// Ryu, Adams, PLDI 2018, is the same idea for all exponents). That covers 0.001 <= |x| < 2^53,
// which is nearly every number in a log; the others are printed with ever more digits until one
// reads back.
#include "json/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_MAX 9007199254740992.0 // 2^53
#define DIGITS_MAX 19                // decimal digits that always fit in 64 bits
#define TEXT_MAX 1024                // longer numbers are refused: nobody writes them in earnest

__extension__ typedef unsigned __int128 uint128;

static const double POWERS[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
#define POWERS_MAX 22

static const uint64_t TENS[] = {1u,
                                10u,
                                100u,
                                1000u,
                                10000u,
                                100000u,
                                1000000u,
                                10000000u,
                                100000000u,
                                1000000000u,
                                10000000000u,
                                100000000000u,
                                1000000000000u,
                                10000000000000u,
                                100000000000000u,
                                1000000000000000u,
                                10000000000000000u,
                                100000000000000000u,
                                1000000000000000000u,
                                10000000000000000000u};

// A number taken apart: digits * 10^exponent; `exact` if no digit was left out.
typedef struct decimal {
    uint64_t digits;
    int64_t exponent;
    int count; // of significant digits
    bool exact;
} decimal;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// The value of eight digits, least significant last: neighbours are joined to pairs, pairs to fours, fours to eight.
static inline bool eight_digits(const char *at, uint64_t *value)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t word;
    memcpy(&word, at, sizeof word);
    uint64_t above = word + 0x4646464646464646u, below = word - 0x3030303030303030u;
    if ((above | below) & 0x8080808080808080u) return false;
    uint64_t pairs = (below * 10 + (below >> 8)) & 0x00FF00FF00FF00FFu;
    uint64_t fours = (pairs * 100 + (pairs >> 16)) & 0x0000FFFF0000FFFFu;
    *value = (uint32_t)(fours * 10000 + (fours >> 32));
    return true;
#else
    (void)at, (void)value;
    return false;
#endif
}

// The digits at `at`, behind those that *value holds, modulo 2^64; returns where they end.
static inline const char *add_digits(const char *at, const char *end, uint64_t *value)
{
    for (; at < end && is_digit(*at); at++) *value = *value * 10 + (uint64_t)(*at - '0');
    return at;
}

// The same behind the point, where there are often many.
static inline const char *add_places(const char *at, const char *end, uint64_t *value)
{
    uint64_t eight;
    for (; end - at >= 8 && eight_digits(at, &eight); at += 8) *value = *value * TENS[8] + eight;
    return add_digits(at, end, value);
}

// One or more digits at `at`; returns where they end, NULL if there are none.
static const char *read_digits(const char *at, const char *end, decimal *number)
{
    const char *start = at;
    for (; at < end && is_digit(*at); at++) {
        if (number->count > 0 || *at != '0') number->count++;
        if (number->count <= DIGITS_MAX)
            number->digits = number->digits * 10 + (uint64_t)(*at - '0');
        else
            number->exact = false;
    }
    return at > start ? at : NULL;
}

static const char *read_exponent(const char *at, const char *end, decimal *number)
{
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) at++;
    const char *start = at;
    int64_t value = 0;
    for (; at < end && is_digit(*at); at++) {
        if (value < 100000) value = value * 10 + (*at - '0');
    }
    number->exponent += negative ? -value : value;
    return at > start ? at : NULL;
}

// JSON's grammar: -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?
// Returns where it ends, or NULL.
static const char *read_decimal(const char *at, const char *end, decimal *number)
{
    if (end - at >= 2 && *at == '0' && is_digit(at[1])) return NULL;
    at = read_digits(at, end, number);
    if (at && at < end && *at == '.') {
        const char *start = at + 1;
        at = read_digits(start, end, number);
        if (at) number->exponent -= at - start;
    }
    if (at && at < end && (*at == 'e' || *at == 'E')) at = read_exponent(at + 1, end, number);
    return at;
}

static bool read_slowly(spl_text text, double *out)
{
    char copy[TEXT_MAX + 1];
    if (text.size > TEXT_MAX) return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    double value = strtod(copy, NULL);
    if (!isfinite(value)) return false;
    *out = value;
    return true;
}

static const char *scan_any(const char *at, const char *end, double *out)
{
    decimal number = {.exact = true};
    bool negative = at < end && *at == '-';
    const char *to = read_decimal(at + negative, end, &number);
    if (!to) return NULL;
    bool fast = number.exact && number.digits <= (uint64_t)EXACT_MAX && number.exponent >= -POWERS_MAX &&
                number.exponent <= POWERS_MAX;
    if (!fast) return read_slowly((spl_text){at, (size_t)(to - at)}, out) ? to : NULL;
    double value = (double)number.digits;
    if (number.exponent < 0)
        value /= POWERS[-number.exponent];
    else
        value *= POWERS[number.exponent];
    *out = negative ? -value : value;
    return to;
}

// Nearly all numbers have no exponent and few digits; those take the short way here, all others the long one.
const char *spl_number_scan(const char *at, const char *end, double *out)
{
    bool negative = at < end && *at == '-';
    const char *start = at + negative;
    uint64_t digits = 0;
    const char *point = add_digits(start, end, &digits), *to = point;
    if (point < end && *point == '.') to = add_places(point + 1, end, &digits);
    ptrdiff_t places = to > point ? to - point - 1 : 0;
    bool well_formed = point > start && (*start != '0' || point == start + 1) && (to == point || places > 0);
    bool more = to < end && (*to == 'e' || *to == 'E');
    if (!well_formed || more || to - start > DIGITS_MAX || digits > (uint64_t)EXACT_MAX) return scan_any(at, end, out);
    double value = (double)digits;
    if (places > 0) value /= POWERS[places];
    *out = negative ? -value : value;
    return to;
}

bool spl_number_read(spl_text text, double *out)
{
    double value;
    const char *end = text.data + text.size;
    if (text.size == 0 || spl_number_scan(text.data, end, &value) != end) return false;
    *out = value;
    return true;
}

size_t spl_number_write_u64(uint64_t value, char *out)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    memcpy(out, digits + at, sizeof digits - at);
    return sizeof digits - at;
}

// Writes digits * 10^-places as a plain decimal; digits < 10^19, places 1 to 19.
static size_t write_fixed(uint64_t digits, int places, char *out)
{
    size_t size = spl_number_write_u64(digits / TENS[places], out);
    uint64_t fraction = digits % TENS[places];
    out[size++] = '.';
    for (int place = places - 1; place >= 0; place--) {
        out[size + (size_t)place] = (char)('0' + fraction % 10);
        fraction /= 10;
    }
    return size + (size_t)places;
}

// x = c 2^-s with 2^52 <= c < 2^53, not whole, 0.001 <= x < 2^53. In units of 10^-k the interval
// that rounds to x is (low, high), each end times 4 so that half and quarter steps are whole.
static size_t write_shortest(double x, char *out)
{
    int exponent, k = 16;
    uint64_t c = (uint64_t)ldexp(frexp(x, &exponent), 53);
    int s = 53 - exponent + 2; // + 2 for the factor 4
    for (double power = 10; k > 0 && x >= power; power *= 10) k--;
    for (double power = 1; k < 19 && x < power; power /= 10) k++;

    uint64_t step = TENS[k];
    uint128 middle = (uint128)c * step * 4;
    uint128 below = c == (uint64_t)1 << 52 ? step : (uint128)step * 2; // a power of two has a nearer neighbour below
    uint64_t low = (uint64_t)((middle - below) >> s) + 1;
    uint64_t high = (uint64_t)((middle + (uint128)step * 2 - 1) >> s);
    uint64_t nearest = (uint64_t)((middle + ((uint128)1 << (s - 1))) >> s);

    uint64_t unit = 1;
    int places = k;
    while (places > 1 && high / (unit * 10) * (unit * 10) >= low) unit *= 10, places--;
    uint64_t digits = (nearest + unit / 2) / unit;
    if (digits * unit < low || digits * unit > high) digits = high / unit;
    return write_fixed(digits, places, out);
}

static size_t write_slowly(double value, char *out)
{
    int size = 0;
    for (int precision = 1; precision <= 17; precision++) {
        size = snprintf(out, SPL_NUMBER_MAX, "%.*g", precision, value);
        if (strtod(out, NULL) == value) break;
    }
    return (size_t)size;
}

size_t spl_number_write(double value, char out[SPL_NUMBER_MAX])
{
    double x = fabs(value);
    bool negative = signbit(value) != 0;
    if (x >= EXACT_MAX || (x < 0.001 && x > 0)) return write_slowly(value, out);
    if (negative) *out = '-';
    uint64_t whole = (uint64_t)x;
    if ((double)whole == x) return spl_number_write_u64(whole, out + negative) + negative;
    return write_shortest(x, out + negative) + negative;
}
