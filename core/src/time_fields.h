// SPDX-License-Identifier: MIT
// Hour and weekday at the visitor's place. There is no clock and no time zone table here: the
// host passes both the time and its offset, summer time included.
#ifndef SAMPLIT_TIME_FIELDS_H
#define SAMPLIT_TIME_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#define SPL_TIME_MS_MAX 8.64e15     // either side of 1970, as in ECMAScript
#define SPL_OFFSET_MINUTES_MAX 1080 // either side of UTC; 14 hours are in use

typedef struct spl_time_fields {
    uint32_t hour;        // 0 to 23
    uint32_t day_of_week; // 1 Monday to 7 Sunday (ISO 8601)
} spl_time_fields;

// False if the time is out of range or NaN. An offset that is out of range or NaN is taken as 0.
bool spl_time_fields_of(double time_ms, double offset_minutes, spl_time_fields *fields);

#endif
