/* worktime_limit.c: names of units, and limits as people write them. */
#include "worktime.h"

#include <string.h>

static const char *const unit_names[] = { NULL, "working_hours", "working_days", "calendar_days", "same_day" };

const char *worktime_unit_name(enum worktime_unit unit)
{
	return unit >= WORKTIME_WORKING_HOURS && unit <= WORKTIME_SAME_DAY ? unit_names[unit] : "?";
}

/* "3", "2.5", "2.0": halves, and where the number ends. */
static enum lt_err parse_halves(const char **text, uint32_t *halves)
{
	const char *p = *text;
	uint32_t value = 0;
	if (*p < '0' || *p > '9')
		return LT_EINVAL;
	for (; *p >= '0' && *p <= '9'; p++) {
		value = value * 10 + (uint32_t)(*p - '0');
		if (value > WORKTIME_HALVES_MAX)
			return LT_EINVAL;
	}
	value *= 2;
	if (*p == '.') {
		if ((p[1] != '0' && p[1] != '5') || (p[2] >= '0' && p[2] <= '9'))
			return LT_EINVAL;
		value += p[1] == '5';
		p += 2;
	}
	*text = p;
	*halves = value;
	return value > 0 && value <= WORKTIME_HALVES_MAX ? LT_OK : LT_EINVAL;
}

enum lt_err worktime_limit_parse(const char *text, struct worktime_limit *out)
{
	uint32_t halves = 2;
	bool number = *text >= '0' && *text <= '9';
	if (number && (parse_halves(&text, &halves) != LT_OK || *text != ' '))
		return LT_EINVAL;
	while (number && *text == ' ')
		text++;
	for (int unit = WORKTIME_WORKING_HOURS; unit <= WORKTIME_SAME_DAY; unit++) {
		bool alone = unit == WORKTIME_SAME_DAY;
		if (strcmp(text, unit_names[unit]) != 0)
			continue;
		if ((!number && !alone) || (alone && halves != 2))
			return LT_EINVAL;
		*out = (struct worktime_limit){ .unit = (enum worktime_unit)unit, .halves = halves };
		return LT_OK;
	}
	return LT_EINVAL;
}
