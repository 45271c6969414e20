/* worktime_limit.c: names of units, and limits as people write them. */
#include "worktime.h"

#include <stdio.h>
#include <string.h>

static const char *const unit_names[] = {
	NULL, "minutes", "working_hours", "working_days", "calendar_days", "same_day"
};
static const char *const fractions[] = { "", ".25", ".5", ".75" }; /* by quarters */

const char *worktime_unit_name(enum worktime_unit unit)
{
	return unit >= WORKTIME_WORKING_MINUTES && unit <= WORKTIME_SAME_DAY ? unit_names[unit] : "?";
}

uint32_t worktime_limit_minutes(const struct worktime_limit *limit)
{
	switch (limit->unit) {
	case WORKTIME_WORKING_MINUTES:
		return limit->quarters / 4;
	case WORKTIME_WORKING_HOURS:
		return limit->quarters * 15;
	case WORKTIME_WORKING_DAYS:
		return limit->quarters * (WORKTIME_DAY_MINUTES / 4);
	case WORKTIME_CALENDAR_DAYS:
		return limit->quarters % 4 * (WORKTIME_DAY_MINUTES / 4);
	case WORKTIME_SAME_DAY:
		break;
	}
	return 0;
}

/* Behind the point: 0, 00, 25, 5, 50, 75; in quarters. False: no quarter. */
static bool parse_fraction(const char **text, uint32_t *quarters)
{
	static const struct {
		const char *text;
		uint32_t quarters;
	} known[] = { { "00", 0 }, { "25", 1 }, { "50", 2 }, { "75", 3 }, { "0", 0 }, { "5", 2 } };
	size_t length = strspn(*text, "0123456789");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i].text) == length && strncmp(*text, known[i].text, length) == 0) {
			*quarters += known[i].quarters;
			*text += length;
			return true;
		}
	return false;
}

/* "3", "2.5", "1.25": quarters, and where the number ends. */
static enum lt_err parse_quarters(const char **text, uint32_t *quarters)
{
	const char *p = *text;
	uint32_t value = 0;
	for (; *p >= '0' && *p <= '9'; p++) {
		value = value * 10 + (uint32_t)(*p - '0');
		if (value > WORKTIME_QUARTERS_MAX)
			return LT_EINVAL;
	}
	value *= 4;
	if (*p == '.') {
		p++;
		if (!parse_fraction(&p, &value))
			return LT_EINVAL;
	}
	*text = p;
	*quarters = value;
	return value > 0 && value <= WORKTIME_QUARTERS_MAX ? LT_OK : LT_EINVAL;
}

enum lt_err worktime_limit_parse(const char *text, struct worktime_limit *out)
{
	uint32_t quarters = 4;
	bool number = *text >= '0' && *text <= '9';
	if (number && (parse_quarters(&text, &quarters) != LT_OK || *text != ' '))
		return LT_EINVAL;
	while (number && *text == ' ')
		text++;
	for (int unit = WORKTIME_WORKING_MINUTES; unit <= WORKTIME_SAME_DAY; unit++) {
		bool alone = unit == WORKTIME_SAME_DAY;
		if (strcmp(text, unit_names[unit]) != 0)
			continue;
		if ((!number && !alone) || (alone && quarters != 4) ||
		    (unit == WORKTIME_WORKING_MINUTES && quarters % 4 != 0))
			return LT_EINVAL;
		*out = (struct worktime_limit){ .unit = (enum worktime_unit)unit, .quarters = quarters };
		return LT_OK;
	}
	return LT_EINVAL;
}

void worktime_limit_text(const struct worktime_limit *limit, char out[WORKTIME_LIMIT_TEXT])
{
	if (limit->unit == WORKTIME_SAME_DAY)
		snprintf(out, WORKTIME_LIMIT_TEXT, "%s", unit_names[WORKTIME_SAME_DAY]);
	else
		snprintf(out, WORKTIME_LIMIT_TEXT, "%u%s %s", limit->quarters / 4, fractions[limit->quarters % 4],
			 worktime_unit_name(limit->unit));
}
