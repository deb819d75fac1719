// SPDX-License-Identifier: GPL-3.0-or-later
// Days are counted from and to the civil calendar with years that begin in March, so that the leap
// day comes last (Hinnant, "chrono-compatible low-level date algorithms").
#include "events/event_stamp.h"

#include <string.h>

#include "events/event.h"

#define DAY_MS INT64_C(86400000)

static const char DIGITS[] = "0123456789abcdef";

static int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil_from_days(int64_t days, int *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * years + years / 4 - years / 100);
    int64_t from_march = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * from_march + 2) / 5 + 1);
    *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = (int)(years + era * 400 + (*month <= 2));
}

// The value of a decimal digit; 10 or more for any other byte.
static unsigned digit(char c)
{
    return (unsigned char)(c - '0');
}

// Two decimal digits, or a number above 99.
static unsigned pair(const char *at)
{
    return digit(at[0]) > 9 || digit(at[1]) > 9 ? 100 : digit(at[0]) * 10 + digit(at[1]);
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

// Reads "YYYY-MM-DD" into days.
static bool read_date(const char *at, int64_t *days)
{
    unsigned century = pair(at), year = pair(at + 2), month = pair(at + 5), day = pair(at + 8);
    if (century > 99 || year > 99 || at[4] != '-' || at[7] != '-') return false;
    year += 100 * century;
    if (month < 1 || month > 12 || day < 1 || (int)day > month_days((int)year, (int)month)) return false;
    *days = days_from_civil((int)year, (int)month, (int)day);
    return true;
}

// Reads ".123456" at *at, if it is there, into milliseconds.
static bool read_fraction(spl_text text, size_t *at, unsigned *ms)
{
    static const unsigned scales[] = {1000, 100, 10};
    unsigned places = 0;
    *ms = 0;
    if (text.data[*at] != '.') return true;
    for (++*at; *at < text.size && digit(text.data[*at]) < 10; ++*at) {
        if (places == 3) continue; // cut off
        *ms = *ms * 10 + digit(text.data[*at]);
        places++;
    }
    if (places < 3) *ms *= scales[places];
    return places > 0;
}

// Reads "Z" or "+HH:MM", which must be the rest, into minutes east of UTC.
static bool read_offset(spl_text text, size_t at, int *minutes)
{
    const char *rest = text.data + at;
    size_t left = text.size - at;
    *minutes = 0;
    if (left == 1) return *rest == 'Z' || *rest == 'z';
    if (left != 6 || (*rest != '+' && *rest != '-') || rest[3] != ':') return false;
    unsigned h = pair(rest + 1), m = pair(rest + 4);
    if (h > 23 || m > 59) return false;
    *minutes = (int)(h * 60 + m) * (*rest == '-' ? -1 : 1);
    return true;
}

bool spl_time_read(spl_text text, int64_t *time_ms)
{
    int64_t days;
    const char *t = text.data;
    if (text.size < 20 || !read_date(t, &days)) return false;
    unsigned hour = pair(t + 11), minute = pair(t + 14), second = pair(t + 17), ms;
    if ((t[10] != 'T' && t[10] != 't' && t[10] != ' ') || t[13] != ':' || t[16] != ':') return false;
    if (hour > 23 || minute > 59 || second > 60) return false;
    size_t at = 19;
    int offset;
    if (!read_fraction(text, &at, &ms) || !read_offset(text, at, &offset)) return false;
    if (second == 60) ms = 0;
    int64_t time = days * DAY_MS + ((int64_t)(hour * 60 + minute) - offset) * 60000 + second * INT64_C(1000) + ms;
    if (time < SPL_TIME_MIN || time > SPL_TIME_MAX) return false;
    *time_ms = time;
    return true;
}

static void put_digits(char *out, int value, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

void spl_time_write(int64_t time_ms, char out[SPL_TIME_CHARS])
{
    if (time_ms < SPL_TIME_MIN) time_ms = SPL_TIME_MIN;
    if (time_ms > SPL_TIME_MAX) time_ms = SPL_TIME_MAX;
    int64_t days = (time_ms - SPL_TIME_MIN) / DAY_MS + SPL_TIME_MIN / DAY_MS;
    int ms = (int)(time_ms - days * DAY_MS), year, month, day;
    civil_from_days(days, &year, &month, &day);
    memcpy(out, "0000-00-00T00:00:00.000Z", SPL_TIME_CHARS);
    put_digits(out, year, 4);
    put_digits(out + 5, month, 2);
    put_digits(out + 8, day, 2);
    put_digits(out + 11, ms / 3600000, 2);
    put_digits(out + 14, ms / 60000 % 60, 2);
    put_digits(out + 17, ms / 1000 % 60, 2);
    put_digits(out + 20, ms % 1000, 3);
}

// 1 + the value of a hex digit; 0 for any other byte.
static const uint8_t HEX[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

static int hex_digit(char c)
{
    return HEX[(unsigned char)c] - 1;
}

// Two hex digits as a byte, or a number above 255; without a branch.
static unsigned hex_byte(const char *text)
{
    return (unsigned)hex_digit(text[0]) << 4 | (unsigned)hex_digit(text[1]);
}

bool spl_uuid_read(spl_text text, uint8_t out[16])
{
    static const uint8_t places[16] = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
    uint8_t id[16];
    unsigned all = 0;
    if (text.size != SPL_UUID_CHARS) return false;
    for (size_t i = 0; i < 16; i++) {
        unsigned byte = hex_byte(text.data + places[i]);
        all |= byte;
        id[i] = (uint8_t)byte;
    }
    const char *s = text.data;
    if (all > 255 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-') return false;
    memcpy(out, id, 16);
    return true;
}

void spl_uuid_write(const uint8_t id[16], char out[SPL_UUID_CHARS])
{
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
        *out++ = DIGITS[id[i] >> 4];
        *out++ = DIGITS[id[i] & 15];
    }
}

bool spl_hash_read(spl_text text, uint64_t *out)
{
    uint64_t hash = 0;
    if (text.size != SPL_HASH_CHARS) return false;
    for (size_t i = 0; i < SPL_HASH_CHARS; i++) {
        int value = hex_digit(text.data[i]);
        if (value < 0) return false;
        hash = hash << 4 | (uint64_t)value;
    }
    *out = hash;
    return true;
}

void spl_hash_write(uint64_t hash, char out[SPL_HASH_CHARS])
{
    for (int i = SPL_HASH_CHARS - 1; i >= 0; i--) {
        out[i] = DIGITS[hash & 15];
        hash >>= 4;
    }
}

// Without a branch, so that the compiler makes vectors of it.
bool spl_is_hex(spl_text text, size_t count)
{
    unsigned good = 1;
    if (text.size != count) return false;
    for (size_t i = 0; i < count; i++) {
        unsigned char c = (unsigned char)text.data[i];
        good &= (unsigned)((unsigned char)(c - '0') < 10) | (unsigned)((unsigned char)(c - 'a') < 6);
    }
    return good;
}

void spl_uuid7(int64_t time_ms, uint64_t random_a, uint64_t random_b, uint8_t out[16])
{
    uint64_t high = (uint64_t)time_ms << 16 | 0x7000 | (random_a & 0x0FFF);
    uint64_t low = UINT64_C(0x8000000000000000) | (random_b & UINT64_C(0x3FFFFFFFFFFFFFFF));
    for (int i = 0; i < 8; i++) {
        out[i] = (uint8_t)(high >> (56 - 8 * i));
        out[8 + i] = (uint8_t)(low >> (56 - 8 * i));
    }
}
