/* date.h: the Gregorian calendar in plain numbers, for times and codes. In-tree programs only. Pure functions. */
#ifndef LIENTHONG_SDK_DATE_H
#define LIENTHONG_SDK_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include <lienthong/base.h>

#define LT_DAY_US INT64_C(86400000000)
#define LT_VIETNAM_OFFSET_US INT64_C(25200000000) /* +07:00 all year */

/* Years 0 to 9999, months and days from 1. */
bool lt_date_exists(int year, int month, int day);
/* Days since 1970-01-01 of a date that exists. */
int64_t lt_date_to_days(int year, int month, int day);
/* The inverse, for days of the years 0 to 9999. */
void lt_date_from_days(int64_t days, int *year, int *month, int *day);
/* "2026-02-16", strictly, as days since 1970-01-01. LT_EPARSE: another form, or no such date. */
enum lt_err lt_date_parse(const char *text, int64_t *days);

/* "10:00 ngày 25/02/2026", at +07:00: how a Vietnamese sentence names a time; the broker's notices too, whose
 * words stand in records. Returns out. */
#define LT_DATE_SAID 40u
const char *lt_date_say(int64_t time, char out[LT_DATE_SAID]);

#endif
