/* test_calendar.c: working days, and records that do not hold. */
#include "test.h"

#include "law/calendar.h"
#include "base/date.h"
#include "testcalendar.h"

#include <stdio.h>
#include <string.h>

static int32_t date(int year, int month, int day)
{
	return (int32_t)lt_date_to_days(year, month, day);
}

#define DAY(day_, kind_, note_, english)                                      \
	{                                                                     \
		.day = day_, .kind = kind_, .note = note_, .note_en = english \
	}

static struct calendar *make(const struct calendar_year *years, size_t count)
{
	struct calendar *calendar = NULL;
	struct calendar_fault fault = { 0 };
	if (calendar_new(years, count, NULL, &calendar, &fault) != LT_OK)
		fail_msg("refused: %s", fault.text);
	return calendar;
}

static void weekdays(void **state)
{
	(void)state;
	assert_int_equal(calendar_weekday(date(1970, 1, 1)), 3);
	assert_int_equal(calendar_weekday(date(1969, 12, 28)), 6);
	assert_int_equal(calendar_weekday(date(1960, 2, 29)), 0);
	assert_int_equal(calendar_weekday(date(2026, 11, 24)), 1);
	assert_int_equal(calendar_weekday(date(2028, 2, 29)), 1);
}

static void empty_years_have_weekdays(void **state)
{
	(void)state;
	struct calendar_year years[] = { { .year = 2026, .version = 1 }, { .year = 2025, .version = 1 } };
	struct calendar *calendar = make(years, 2);
	assert_int_equal(calendar_first_year(calendar), 2025);
	assert_int_equal(calendar_last_year(calendar), 2026);
	assert_int_equal(calendar_rank(calendar, date(2026, 1, 1)), 261);
	assert_int_equal(calendar_rank(calendar, date(2027, 1, 1)), 522);
	assert_true(calendar_works(calendar, date(2026, 2, 16)));
	assert_false(calendar_works(calendar, date(2026, 2, 14)));
	assert_false(calendar_covers(calendar, date(2024, 12, 31)));
	assert_false(calendar_covers(calendar, date(2027, 1, 1)));
	assert_true(calendar_covers(calendar, date(2025, 1, 1)) && calendar_covers(calendar, date(2026, 12, 31)));
	assert_null(calendar_year_find(calendar, 2024));
	assert_null(calendar_year_find(calendar, 2027));
	assert_int_equal(calendar_year_find(calendar, 2026)->year, 2026);
	calendar_free(calendar);
	calendar_free(NULL);
}

static void records_change_days(void **state)
{
	(void)state;
	/* Not sorted on purpose; the notes live on the stack and are copied. */
	char note[16] = "Tết";
	struct calendar_day days[] = { DAY(date(2026, 1, 10), CALENDAR_SWAP_WORK, "bù", NULL),
				       DAY(date(2026, 1, 2), CALENDAR_SWAP_OFF, "nghỉ", "off"),
				       DAY(date(2026, 4, 27), CALENDAR_COMP_OFF, "bù", ""),
				       DAY(date(2026, 4, 26), CALENDAR_HOLIDAY, note, "holiday") };
	struct calendar_year year = { 2026, 3, true, days, 4 };
	struct calendar *calendar = make(&year, 1);
	memset(note, 'x', sizeof(note) - 1);
	memset(days, 0, sizeof(days));
	assert_true(calendar_works(calendar, date(2026, 1, 10)));
	assert_false(calendar_works(calendar, date(2026, 1, 2)));
	assert_false(calendar_works(calendar, date(2026, 4, 26)));
	assert_false(calendar_works(calendar, date(2026, 4, 27)));
	assert_string_equal(calendar_day_find(calendar, date(2026, 4, 26))->note, "Tết");
	assert_string_equal(calendar_day_find(calendar, date(2026, 4, 27))->note_en, "bù");
	assert_null(calendar_day_find(calendar, date(2026, 4, 25)));
	assert_null(calendar_day_find(calendar, date(2025, 4, 26)));
	assert_int_equal(calendar_year_find(calendar, 2026)->version, 3);
	assert_int_equal(calendar_year_find(calendar, 2026)->days[0].day, date(2026, 1, 2));
	/* 261 weekdays, one more, two less */
	assert_int_equal(calendar_rank(calendar, date(2027, 1, 1)), 260);
	calendar_free(calendar);
}

static void rank_and_nth_are_inverse(void **state)
{
	(void)state;
	struct calendar *calendar = testcalendar_new();
	int64_t day = 0;
	uint32_t rank = 0;
	for (int64_t d = date(2025, 1, 1); d < date(2029, 1, 1); d++) {
		assert_int_equal(calendar_rank(calendar, d), rank);
		if (!calendar_works(calendar, d))
			continue;
		assert_true(calendar_nth(calendar, rank++, &day));
		assert_int_equal(day, d);
	}
	assert_int_equal(calendar_rank(calendar, date(2029, 1, 1)), rank);
	assert_false(calendar_nth(calendar, rank, &day));
	assert_false(calendar_nth(calendar, UINT64_MAX, &day));
	calendar_free(calendar);
}

/* Counted by hand: weekdays of the year, minus weekdays off, plus Saturdays worked. */
static void sample_years(void **state)
{
	(void)state;
	static const struct {
		int year;
		uint32_t working_days;
		bool announced;
	} expected[] = {
		{ 2025, 261 - 12 + 1, true }, /* 1/1, Tết 5, 7/4, 30/4, 1/5, 2/5 swap, 1/9, 2/9; Sat 26/4 */
		{ 2026, 261 - 14 + 2,
		  true }, /* 1/1, 2/1 swap, Tết 5, 27/4, 30/4, 1/5, 31/8 swap, 1/9, 2/9, 24/11; 2 Sat */
		{ 2027, 261 - 12, false }, /* 1/1, 4, 5, 8, 9, 10/2, 16/4, 30/4, 3/5, 2/9, 3/9, 24/11 */
		{ 2028, 260 - 12, false }, /* 3/1, Tết 5, 4/4, 1/5, 2/5, 1/9, 4/9, 24/11 */
	};
	struct calendar *calendar = testcalendar_new();
	for (size_t i = 0; i < 4; i++) {
		int year = expected[i].year;
		uint32_t days =
			calendar_rank(calendar, date(year + 1, 1, 1)) - calendar_rank(calendar, date(year, 1, 1));
		if (days != expected[i].working_days)
			fail_msg("%d: %u working days, expected %u", year, days, expected[i].working_days);
		assert_int_equal(calendar_year_find(calendar, year)->announced, expected[i].announced);
	}
	/* 11 days off by law in 2025, 12 from 2026 on (Labour Code art. 112, 24 November) */
	for (int year = 2025; year <= 2028; year++) {
		size_t holidays = 0;
		const struct calendar_year *found = calendar_year_find(calendar, year);
		for (size_t i = 0; i < found->day_count; i++)
			holidays += found->days[i].kind == CALENDAR_HOLIDAY;
		assert_int_equal(holidays, year == 2025 ? 11 : 12);
	}
	calendar_free(calendar);
}

static void assert_refused(const struct calendar_year *years, size_t count, size_t day, const char *word)
{
	struct calendar *calendar = NULL;
	struct calendar_fault fault = { 0 };
	if (calendar_new(years, count, NULL, &calendar, &fault) != LT_EINVAL)
		fail_msg("taken, but should name \"%s\"", word);
	assert_null(calendar);
	assert_int_equal(fault.day, day);
	if (!strstr(fault.text, word))
		fail_msg("\"%s\" does not name \"%s\"", fault.text, word);
}

static void bad_days_are_refused(void **state)
{
	(void)state;
	char lengthy[CALENDAR_NOTE_MAX + 2];
	memset(lengthy, 'x', sizeof(lengthy) - 1);
	lengthy[sizeof(lengthy) - 1] = '\0';
	const struct {
		struct calendar_day day;
		const char *word;
	} cases[] = {
		{ DAY(date(2025, 12, 31), CALENDAR_HOLIDAY, "n", NULL), "another year" },
		{ DAY(date(2026, 1, 3), CALENDAR_COMP_OFF, "n", NULL), "2026-01-03 is a Saturday" },
		{ DAY(date(2026, 1, 4), CALENDAR_SWAP_OFF, "n", NULL), "swap_off is for a weekday" },
		{ DAY(date(2026, 1, 5), CALENDAR_SWAP_WORK, "n", NULL), "swap_work is for a Saturday" },
		{ DAY(date(2026, 1, 1), CALENDAR_HOLIDAY, "n", NULL), "stands twice" },
		{ DAY(date(2026, 1, 5), CALENDAR_HOLIDAY, "", NULL), "note" },
		{ DAY(date(2026, 1, 5), CALENDAR_HOLIDAY, NULL, NULL), "note" },
		{ DAY(date(2026, 1, 5), CALENDAR_HOLIDAY, "n", lengthy), "note" },
		{ DAY(date(2026, 1, 5), CALENDAR_HOLIDAY, "n ", NULL), "the note: U+0020 at character 2" },
		{ DAY(date(2026, 1, 5), CALENDAR_HOLIDAY, "n", "a\xe2\x80\xae"), "the note_en: U+202E at character 2" },
		{ DAY(date(2026, 1, 5), (enum calendar_kind)9, "n", NULL), "kind" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct calendar_day days[] = { DAY(date(2026, 1, 1), CALENDAR_HOLIDAY, "n", NULL), cases[i].day };
		struct calendar_year year = { 2026, 1, true, days, 2 };
		assert_refused(&year, 1, 1, cases[i].word);
	}
}

static struct calendar *make_for(const struct calendar_year *year, const char *agency)
{
	struct calendar *calendar = NULL;
	struct calendar_fault fault = { 0 };
	if (calendar_new(year, 1, agency, &calendar, &fault) != LT_OK)
		fail_msg("%s", fault.text);
	return calendar;
}

/* A storm closes one province; elsewhere the day is worked. */
static void days_of_an_agency(void **state)
{
	(void)state;
	static const char *const storm[] = { "H37" }, *const inside[] = { "H37.24" }, *const bad[] = { "H37.." };
	struct calendar_day days[] = { DAY(date(2026, 9, 8), CALENDAR_HOLIDAY, "bão", "storm"),
				       DAY(date(2026, 9, 2), CALENDAR_HOLIDAY, "lễ", NULL),
				       DAY(date(2026, 9, 5), CALENDAR_SWAP_WORK, "bù", NULL) };
	struct calendar_year year = { 2026, 1, true, days, 3 };
	static const struct {
		const char *agency;
		bool storm;
	} cases[] = { { "H37", true }, { "H37.24", true }, { "H37.24.03", true },
		      { "H3", false }, { "H57", false },   { NULL, false } };
	days[0].agencies = storm;
	days[0].agency_count = 1;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct calendar *calendar = make_for(&year, cases[i].agency);
		assert_int_equal(calendar_works(calendar, date(2026, 9, 8)), !cases[i].storm);
		assert_false(calendar_works(calendar, date(2026, 9, 2)));
		assert_true(calendar_works(calendar, date(2026, 9, 5)));
		assert_true((calendar_day_find(calendar, date(2026, 9, 8)) != NULL) == cases[i].storm);
		assert_int_equal(calendar_rank(calendar, date(2026, 9, 9)) - calendar_rank(calendar, date(2026, 9, 7)),
				 2 - cases[i].storm);
		calendar_free(calendar);
	}
	/* The agency's own record stands before everybody's. */
	days[1].day = days[0].day;
	days[0].kind = CALENDAR_SWAP_OFF;
	struct calendar *calendar = make_for(&year, "H37.24");
	assert_int_equal(calendar_day_find(calendar, date(2026, 9, 8))->kind, CALENDAR_SWAP_OFF);
	calendar_free(calendar);
	calendar = make_for(&year, "H57");
	assert_int_equal(calendar_day_find(calendar, date(2026, 9, 8))->kind, CALENDAR_HOLIDAY);
	calendar_free(calendar);
	/* Two of which an agency would not know which is its own; a code that is none. */
	days[1].agencies = inside;
	days[1].agency_count = 1;
	assert_refused(&year, 1, 1, "stands twice");
	days[1].agencies = bad;
	assert_refused(&year, 1, 1, "agencies");
}

static void bad_years_are_refused(void **state)
{
	(void)state;
	struct calendar_year years[] = { { .year = 2025, .version = 1 }, { .year = 2027, .version = 1 } };
	assert_refused(years, 2, SIZE_MAX, "2026 is missing");
	years[1].year = 2025;
	assert_refused(years, 2, SIZE_MAX, "2025 stands twice");
	years[0].version = 0;
	assert_refused(years, 1, SIZE_MAX, "version");
	years[0] = (struct calendar_year){ .year = 1969, .version = 1 };
	assert_refused(years, 1, SIZE_MAX, "1970");
	assert_refused(years, 0, SIZE_MAX, "1 to 64");
	years[0] = (struct calendar_year){ .year = 2025, .version = 1, .day_count = 367 };
	assert_refused(years, 1, SIZE_MAX, "366");
}

static void sixty_four_years_fit(void **state)
{
	(void)state;
	struct calendar_year years[CALENDAR_YEARS_MAX];
	int64_t day = 0;
	for (size_t i = 0; i < CALENDAR_YEARS_MAX; i++)
		years[i] = (struct calendar_year){ .year = 2000 + (int)i, .version = 1 };
	struct calendar *calendar = make(years, CALENDAR_YEARS_MAX);
	uint32_t rank = calendar_rank(calendar, date(2064, 1, 1));
	assert_true(rank > 16000);
	assert_true(calendar_nth(calendar, rank - 1, &day));
	assert_int_equal(day, date(2063, 12, 31));
	calendar_free(calendar);
}

static void kinds_have_names(void **state)
{
	(void)state;
	enum calendar_kind kind;
	assert_int_equal(calendar_kind_find("swap_work", &kind), LT_OK);
	assert_int_equal(kind, CALENDAR_SWAP_WORK);
	assert_string_equal(calendar_kind_name(CALENDAR_COMP_OFF), "comp_off");
	assert_int_equal(calendar_kind_find("workday", &kind), LT_EINVAL);
	assert_int_equal(calendar_year_of(date(2026, 12, 31)), 2026);
	assert_int_equal(calendar_year_of(INT64_MAX), 9999);
	assert_int_equal(calendar_year_of(INT64_MIN), 0);
}

TEST_MAIN(cmocka_unit_test(weekdays), cmocka_unit_test(empty_years_have_weekdays),
	  cmocka_unit_test(records_change_days), cmocka_unit_test(rank_and_nth_are_inverse),
	  cmocka_unit_test(sample_years), cmocka_unit_test(bad_days_are_refused), cmocka_unit_test(days_of_an_agency),
	  cmocka_unit_test(bad_years_are_refused), cmocka_unit_test(sixty_four_years_fit),
	  cmocka_unit_test(kinds_have_names))
