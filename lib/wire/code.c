/* code.c: matchers for agency, dossier and procedure codes. Each reads what it knows at *s and moves on. */
#include <lienthong/code.h>

#include "base/date.h"

#include <stdio.h>
#include <string.h>

#define GROUPS_MAX 8 /* of a new agency code, after the first */
#define NUMBER_DIGITS 7
#define NUMBER_MAX 9999999u /* seven digits */

static bool skip_char(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

/* The number of digits at *s, of which at most `most` are read. */
static int skip_digits(const char **s, int most)
{
	int count = 0;
	for (; count < most && **s >= '0' && **s <= '9'; count++)
		(*s)++;
	return count;
}

static bool skip_text(const char **s, const char *text)
{
	size_t len = strlen(text);
	if (strncmp(*s, text, len) != 0)
		return false;
	*s += len;
	return true;
}

/* [A-Z]\d{2}: a ministry (G), a province (H) or another top level. */
static bool skip_top(const char **s)
{
	if (**s < 'A' || **s > 'Z')
		return false;
	(*s)++;
	return skip_digits(s, 2) == 2;
}

static bool skip_agency(const char **s)
{
	if (!skip_top(s))
		return false;
	for (int groups = 0; **s == '.'; groups++) {
		(*s)++;
		if (groups == GROUPS_MAX || skip_digits(s, 3) == 0)
			return false;
	}
	return true;
}

static bool skip_agency_old(const char **s)
{
	return skip_digits(s, 3) == 3 && skip_char(s, '.') && skip_digits(s, 2) == 2 && skip_char(s, '.') &&
	       skip_digits(s, 2) == 2 && skip_char(s, '.') && skip_top(s);
}

/* An old code begins with a digit, a new one with a letter. */
static bool skip_agency_any(const char **s)
{
	return **s >= '0' && **s <= '9' ? skip_agency_old(s) : skip_agency(s);
}

bool lt_agency_code_valid(const char *code)
{
	const char *s = code;
	return skip_agency(&s) && !*s;
}

enum lt_err lt_agency_code_uri(const char *code, char out[LT_AGENCY_URI_MAX])
{
	if (!lt_agency_code_valid(code))
		return LT_EINVAL;
	snprintf(out, LT_AGENCY_URI_MAX, "urn:lienthong:agency:%s", code);
	return LT_OK;
}

bool lt_agency_code_old_valid(const char *code)
{
	const char *s = code;
	return skip_agency_old(&s) && !*s;
}

enum lt_err lt_agency_code_from_old(const char *old, char out[LT_AGENCY_MAX])
{
	/* Where the groups of 000.00.01.H22 begin, the top level's first. */
	static const size_t begin[] = { 10, 7, 4, 0 }, length[] = { 3, 2, 2, 3 };
	if (!lt_agency_code_old_valid(old))
		return LT_EINVAL;
	size_t used = 0;
	for (size_t i = 0; i < 4; i++) {
		const char *group = old + begin[i];
		if (strspn(group, "0") >= length[i])
			continue;
		if (i > 0)
			out[used++] = '.';
		memcpy(out + used, group, length[i]);
		used += length[i];
	}
	out[used] = 0;
	return LT_OK;
}

static int number_of(const char *digits, size_t count)
{
	int value = 0;
	for (size_t i = 0; i < count; i++)
		value = value * 10 + (digits[i] - '0');
	return value;
}

/* YYMMDD of this century, or YYYYMMDD, of which there is no year 0000. */
static bool skip_date(const char **s)
{
	const char *begin = *s;
	int digits = skip_digits(s, 8);
	if (digits == 6)
		return lt_date_exists(2000 + number_of(begin, 2), number_of(begin + 2, 2), number_of(begin + 4, 2));
	return digits == 8 && number_of(begin, 4) > 0 &&
	       lt_date_exists(number_of(begin, 4), number_of(begin + 4, 2), number_of(begin + 6, 2));
}

bool lt_dossier_code_valid(const char *code)
{
	const char *s = code;
	return skip_agency_any(&s) && skip_char(&s, '-') && skip_date(&s) && skip_char(&s, '-') &&
	       skip_digits(&s, NUMBER_DIGITS) >= 4 && !*s;
}

enum lt_err lt_dossier_code_make(const char *agency, int64_t time, uint32_t number, char out[LT_DOSSIER_MAX])
{
	int64_t first = lt_date_to_days(1, 1, 1) * LT_DAY_US, end = (lt_date_to_days(9999, 12, 31) + 1) * LT_DAY_US;
	if (!lt_agency_code_valid(agency) && !lt_agency_code_old_valid(agency))
		return LT_EINVAL;
	if (number > NUMBER_MAX || time < first - LT_VIETNAM_OFFSET_US || time >= end - LT_VIETNAM_OFFSET_US)
		return LT_EINVAL;
	int64_t local = time + LT_VIETNAM_OFFSET_US;
	int year, month, day;
	lt_date_from_days(local / LT_DAY_US - (local % LT_DAY_US < 0), &year, &month, &day);
	int len = snprintf(out, LT_DOSSIER_MAX, "%s-%04d%02d%02d-%07u", agency, year, month, day, number);
	return len > 0 && len < LT_DOSSIER_MAX ? LT_OK : LT_EINVAL;
}

enum lt_err lt_dossier_code_plain(const char *code, char out[LT_DOSSIER_MAX])
{
	if (!lt_dossier_code_valid(code))
		return LT_EINVAL;
	const char *day = strchr(code, '-') + 1, *number = strchr(day, '-') + 1;
	int agency = (int)(day - code), digits = (int)(number - 1 - day), given = (int)strlen(number);
	snprintf(out, LT_DOSSIER_MAX, "%.*s%s%.*s%.*s%s", agency, code, digits == 6 ? "20" : "", digits + 1, day,
		 NUMBER_DIGITS - given, "0000000", number);
	return LT_OK;
}

/* .000.00.00.[GH]\d{2}(\.\d{2})? */
static bool skip_local_suffix(const char **s)
{
	if (!skip_text(s, ".000.00.00.") || (**s != 'G' && **s != 'H') || !skip_top(s))
		return false;
	return !**s || (skip_char(s, '.') && skip_digits(s, 2) == 2);
}

bool lt_procedure_code_valid(const char *code)
{
	const char *s = code;
	if (*s < '1' || *s > '9')
		return false;
	s++;
	if (!skip_char(&s, '.') || skip_digits(&s, 6) != 6)
		return false;
	return !*s || (skip_local_suffix(&s) && !*s);
}

bool lt_leg_id_valid(const char *id)
{
	size_t length = strlen(id);
	return length > 0 && length < LT_LEG_ID_MAX && strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}
