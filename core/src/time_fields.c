// SPDX-License-Identifier: MIT
#include "time_fields.h"

#define MS_PER_MINUTE 60000
#define MINUTES_PER_DAY 1440
#define EPOCH_WEEKDAY 3 // 1970-01-01 was a Thursday; Monday counts as 0

// a / b rounded down and the rest in [0, b), for negative a as well.
static int64_t floor_divide(int64_t a, int64_t b, int64_t *rest)
{
    int64_t quotient = a / b;
    *rest = a % b;
    if (*rest < 0) {
        *rest += b;
        quotient--;
    }
    return quotient;
}

static int64_t floor_of(double x)
{
    int64_t whole = (int64_t)x;
    return (double)whole > x ? whole - 1 : whole;
}

bool spl_time_fields_of(double time_ms, double offset_minutes, spl_time_fields *fields)
{
    if (!(time_ms >= -SPL_TIME_MS_MAX && time_ms <= SPL_TIME_MS_MAX)) return false;
    if (!(offset_minutes >= -SPL_OFFSET_MINUTES_MAX && offset_minutes <= SPL_OFFSET_MINUTES_MAX)) offset_minutes = 0;

    int64_t minute, weekday, rest;
    int64_t minutes = floor_divide(floor_of(time_ms + offset_minutes * MS_PER_MINUTE), MS_PER_MINUTE, &rest);
    int64_t days = floor_divide(minutes, MINUTES_PER_DAY, &minute);
    floor_divide(days + EPOCH_WEEKDAY, 7, &weekday);
    fields->hour = (uint32_t)(minute / 60);
    fields->day_of_week = (uint32_t)weekday + 1;
    return true;
}
