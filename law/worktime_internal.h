/* worktime_internal.h: an office's days, for the two files that count by them. */
#ifndef LAW_WORKTIME_INTERNAL_H
#define LAW_WORKTIME_INTERNAL_H

#include "worktime.h"

int32_t worktime_hours_length(const struct worktime_hours *hours);
/* Office minutes of the working days from the first one covered until this day, which may be the one after the last. */
int64_t worktime_minutes_before_day(const struct calendar *calendar, const struct worktime_office *office, int64_t day);

#endif
