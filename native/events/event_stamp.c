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

// The `count` decimal digits at text[at], or -1.
static int digits(spl_text text, size_t at, size_t count)
{
    int value = 0;
    if (at + count > text.size) return -1;
    for (size_t i = at; i < at + count; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') return -1;
        value = value * 10 + (text.data[i] - '0');
    }
    return value;
}

static bool has(spl_text text, size_t at, char c)
{
    return at < text.size && text.data[at] == c;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

// Reads "YYYY-MM-DD" into days.
static bool read_date(spl_text text, int64_t *days)
{
    int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
    if (year < 0 || !has(text, 4, '-') || !has(text, 7, '-')) return false;
    if (month < 1 || month > 12 || day < 1 || day > month_days(year, month)) return false;
    *days = days_from_civil(year, month, day);
    return true;
}

// Reads ".123456" at *at, if it is there, into milliseconds.
static bool read_fraction(spl_text text, size_t *at, int *ms)
{
    *ms = 0;
    if (!has(text, *at, '.')) return true;
    size_t start = ++*at;
    for (int scale = 100; digits(text, *at, 1) >= 0; ++*at, scale /= 10) *ms += digits(text, *at, 1) * scale;
    return *at > start;
}

// Reads "Z" or "+HH:MM", which must be the rest, into minutes east of UTC.
static bool read_offset(spl_text text, size_t at, int *minutes)
{
    *minutes = 0;
    if (has(text, at, 'Z') || has(text, at, 'z')) return at + 1 == text.size;
    if ((!has(text, at, '+') && !has(text, at, '-')) || at + 6 != text.size || !has(text, at + 3, ':')) return false;
    int h = digits(text, at + 1, 2), m = digits(text, at + 4, 2);
    if (h < 0 || h > 23 || m < 0 || m > 59) return false;
    *minutes = (h * 60 + m) * (text.data[at] == '-' ? -1 : 1);
    return true;
}

bool spl_time_read(spl_text text, int64_t *time_ms)
{
    int64_t days;
    int hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2), ms, offset;
    bool joined = has(text, 10, 'T') || has(text, 10, 't') || has(text, 10, ' ');
    if (!read_date(text, &days) || !joined || !has(text, 13, ':') || !has(text, 16, ':')) return false;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return false;
    size_t at = 19;
    if (!read_fraction(text, &at, &ms) || !read_offset(text, at, &offset)) return false;
    if (second == 60) ms = 0;
    int64_t time = days * DAY_MS + ((hour * 60 + minute - offset) * INT64_C(60) + second) * 1000 + ms;
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

// Two hex digits as a byte, or a negative number.
static int hex_byte(const char *text)
{
    return hex_digit(text[0]) < 0 ? -1 : hex_digit(text[0]) << 4 | hex_digit(text[1]);
}

bool spl_uuid_read(spl_text text, uint8_t out[16])
{
    static const uint8_t places[16] = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
    uint8_t id[16];
    int wrong = 0;
    if (text.size != SPL_UUID_CHARS) return false;
    for (size_t i = 0; i < 16; i++) {
        int byte = hex_byte(text.data + places[i]);
        wrong |= byte;
        id[i] = (uint8_t)byte;
    }
    const char *s = text.data;
    if (wrong < 0 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-') return false;
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

bool spl_is_hex(spl_text text, size_t count)
{
    if (text.size != count) return false;
    for (size_t i = 0; i < count; i++) {
        if (hex_digit(text.data[i]) < 0 || (text.data[i] >= 'A' && text.data[i] <= 'F')) return false;
    }
    return true;
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
