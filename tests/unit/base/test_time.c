/* test_time.c: RFC 3339 and UUIDv7. */
#include "test.h"

#include <lienthong/time.h>

#include "base/date.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void assert_time(const char *text, int64_t expected)
{
	int64_t time = 1;
	if (lt_time_parse(text, &time) != LT_OK)
		fail_msg("\"%s\" was refused", text);
	assert_int_equal(time, expected);
}

static void times_are_read(void **state)
{
	(void)state;
	assert_time("1970-01-01T00:00:00Z", 0);
	assert_time("1970-01-01T07:00:00+07:00", 0);
	assert_time("1970-01-01t00:00:00z", 0);
	assert_time("1969-12-31T23:59:59.999999Z", -1);
	assert_time("2000-02-29T00:00:00-00:00", INT64_C(951782400000000));
	assert_time("2026-11-24T09:15:02.123456+07:00", INT64_C(1795486502123456));
	assert_time("2026-11-23T15:45:02.123456-10:30", INT64_C(1795486502123456));
	assert_time("2026-11-24T02:15:02.1Z", INT64_C(1795486502100000));
	assert_time("2026-11-24T02:15:02.123456999Z", INT64_C(1795486502123456));
}

static void bad_times_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"2026-11-24",
		"2026-11-24T09:15:02",
		"2026-11-24T09:15:02+0700",
		"2026-11-24T09:15:02+07",
		"2026-11-24 09:15:02Z",
		"2026-11-24T09:15:60Z",
		"2026-11-24T24:00:00Z",
		"2026-11-24T09:60:00Z",
		"2026-02-29T09:15:02Z",
		"1900-02-29T00:00:00Z",
		"2026-00-10T09:15:02Z",
		"2026-13-10T09:15:02Z",
		"2026-11-31T09:15:02Z",
		"2026-11-00T09:15:02Z",
		"2026-11-24T09:15:02.Z",
		"2026-11-24T09:15:02.1234567890Z",
		"2026-11-24T09:15:02,5Z",
		"2026-11-24T09:15:02+24:00",
		"2026-11-24T09:15:02+07:60",
		"2026-11-24T09:15:02Z ",
		" 2026-11-24T09:15:02Z",
		"2026-11-24T09:15:02ZZ",
		"26-11-24T09:15:02Z",
		"2026-1-24T09:15:02Z",
		"+026-11-24T09:15:02Z",
		"2026-11-24T09:15Z",
		"2026-11-24T09:15:02.1",
	};
	int64_t out = 77;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (lt_time_parse(bad[i], &out) != LT_EPARSE)
			fail_msg("\"%s\" was taken", bad[i]);
	assert_int_equal(out, 77);
}

static void assert_format(int64_t time, const char *expected)
{
	char text[LT_TIME_TEXT];
	lt_time_format(time, text);
	assert_string_equal(text, expected);
}

static void times_are_written(void **state)
{
	(void)state;
	assert_format(0, "1970-01-01T07:00:00+07:00");
	assert_format(-1, "1970-01-01T06:59:59.999999+07:00");
	assert_format(INT64_C(1795486502123456), "2026-11-24T09:15:02.123456+07:00");
	assert_format(INT64_C(1795486502000001), "2026-11-24T09:15:02.000001+07:00");
	assert_format(-INT64_C(25200000001), "1969-12-31T23:59:59.999999+07:00");
	assert_format(INT64_MAX, "9999-12-31T23:59:59.999999+07:00");
	assert_format(INT64_MIN, "0000-01-01T00:00:00+07:00");
}

/* Each day of 10,000 years in both directions, against a calendar that only counts. */
static void the_calendar_is_right(void **state)
{
	(void)state;
	int64_t days = lt_date_to_days(0, 1, 1);
	assert_int_equal(days, -719528);
	int year, month, day;
	for (int y = 0; y < 10000; y++)
		for (int m = 1; m <= 12; m++)
			for (int d = 1; lt_date_exists(y, m, d); d++, days++) {
				lt_date_from_days(days, &year, &month, &day);
				if (lt_date_to_days(y, m, d) != days || year != y || month != m || day != d)
					fail_msg("%04d-%02d-%02d", y, m, d);
			}
	assert_int_equal(days, 2932897);
}

/* Against the C library, over times that are no round numbers. */
static void times_agree_with_the_c_library(void **state)
{
	(void)state;
	for (int64_t seconds = -INT64_C(62000000000); seconds < INT64_C(253000000000); seconds += 98765432) {
		time_t local = (time_t)(seconds + 7 * 3600);
		struct tm tm;
		char expected[LT_TIME_TEXT];
		int64_t back;
		gmtime_r(&local, &tm);
		if (tm.tm_year + 1900 < 1000)
			continue; /* %Y does not pad */
		strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%S+07:00", &tm);
		assert_format(seconds * 1000000, expected);
		assert_int_equal(lt_time_parse(expected, &back), LT_OK);
		assert_int_equal(back, seconds * 1000000);
	}
}

static void the_example_of_the_rfc(void **state)
{
	(void)state;
	/* RFC 9562 appendix A.6: Tuesday, 22 February 2022, 14:22:22.00 -05:00 */
	static const uint8_t random[8] = { 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f };
	uint8_t id[16];
	char text[LT_UUID_TEXT];
	int64_t time;
	assert_int_equal(lt_time_parse("2022-02-22T14:22:22-05:00", &time), LT_OK);
	lt_uuid_make(time, random, id);
	lt_uuid_format(id, text);
	assert_string_equal(text, "017f22e2-79b0-7000-98c4-dc0c0c07398f");
	assert_true(lt_uuid_valid(lt_bytes(id, 16)));
	assert_int_equal(lt_uuid_time(id), time);
}

static void ids_keep_the_order_of_time(void **state)
{
	(void)state;
	static const uint8_t high[8] = { 255, 255, 255, 255, 255, 255, 255, 255 }, low[8] = { 0 };
	uint8_t before[16], after[16];
	for (int64_t time = INT64_C(1795486502122990); time < INT64_C(1795486502124010); time++) {
		lt_uuid_make(time, high, before);
		lt_uuid_make(time + 1, low, after);
		assert_true(memcmp(before, after, 16) < 0);
		assert_true(lt_uuid_valid(lt_bytes(before, 16)) && lt_uuid_valid(lt_bytes(after, 16)));
		assert_int_equal(lt_uuid_time(before), time / 1000 * 1000);
	}
	lt_uuid_make(-5, low, before);
	assert_int_equal(lt_uuid_time(before), 0);
}

static void ids_are_checked(void **state)
{
	(void)state;
	uint8_t id[16];
	assert_int_equal(lt_uuid_new(id), LT_OK);
	assert_true(lt_uuid_valid(lt_bytes(id, 16)));
	assert_false(lt_uuid_valid(lt_bytes(id, 15)));
	assert_false(lt_uuid_valid(lt_bytes(NULL, 0)));
	id[6] ^= 0x30; /* version 4 */
	assert_false(lt_uuid_valid(lt_bytes(id, 16)));
	id[6] ^= 0x30;
	id[8] ^= 0x40; /* variant 11 */
	assert_false(lt_uuid_valid(lt_bytes(id, 16)));
}

static void ids_are_read(void **state)
{
	(void)state;
	static const char *const bad[] = { "",
					   "017f22e2-79b0-7000-98c4-dc0c0c07398",
					   "017f22e279b0700098c4dc0c0c07398f",
					   "017f22e2-79b0-7000-98c4-dc0c0c07398f0",
					   "017f22e2-79b0-7000-98c4-dc0c0c07398g",
					   "017f22e2-79b0-7000-98c4dc0c0c-07398f",
					   "{17f22e2-79b0-7000-98c4-dc0c0c07398}",
					   "017f22e2-79b0-7000-98c4-dc0c0c0-398f",
					   " 17f22e2-79b0-7000-98c4-dc0c0c07398f" };
	uint8_t id[16], upper[16];
	char text[LT_UUID_TEXT];
	assert_int_equal(lt_uuid_parse("017f22e2-79b0-7000-98c4-dc0c0c07398f", id), LT_OK);
	lt_uuid_format(id, text);
	assert_string_equal(text, "017f22e2-79b0-7000-98c4-dc0c0c07398f");
	assert_int_equal(lt_uuid_parse("017F22E2-79B0-7000-98C4-DC0C0C07398F", upper), LT_OK);
	assert_memory_equal(id, upper, 16);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(lt_uuid_parse(bad[i], upper), LT_EPARSE);
	assert_memory_equal(id, upper, 16);
}

#define THREADS 4
#define IDS 20000
static uint8_t made[THREADS][IDS][16];

static void *make_ids(void *arg)
{
	uint8_t(*ids)[16] = arg;
	for (size_t i = 0; i < IDS; i++)
		assert_int_equal(lt_uuid_new(ids[i]), LT_OK);
	return NULL;
}

static int compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

static void new_ids_rise_and_never_repeat(void **state)
{
	(void)state;
	pthread_t threads[THREADS];
	int64_t before = lt_time_now();
	for (size_t t = 0; t < THREADS; t++)
		assert_int_equal(pthread_create(&threads[t], NULL, make_ids, made[t]), 0);
	for (size_t t = 0; t < THREADS; t++)
		assert_int_equal(pthread_join(threads[t], NULL), 0);
	for (size_t t = 0; t < THREADS; t++)
		for (size_t i = 1; i < IDS; i++)
			assert_true(memcmp(made[t][i - 1], made[t][i], 8) < 0); /* time and fraction alone */
	qsort(made, (size_t)THREADS * IDS, 16, compare_ids);
	const uint8_t(*all)[16] = (const uint8_t(*)[16])made;
	for (size_t i = 1; i < (size_t)THREADS * IDS; i++)
		assert_memory_not_equal(all[i - 1], all[i], 8);
	assert_true(lt_uuid_time(all[0]) >= before / 1000 * 1000);
	assert_true(lt_uuid_time(all[THREADS * IDS - 1]) <= lt_time_now() + 1000000);
}

static void a_person_reads_a_time(void **state)
{
	char text[LT_DATE_SAID];
	int64_t time;
	(void)state;
	assert_int_equal(lt_time_parse("2026-02-25T10:05:59+07:00", &time), LT_OK);
	lt_date_say(time, text);
	assert_string_equal(text, "10:05 ngày 25/02/2026");
	assert_int_equal(lt_time_parse("2026-12-31T23:30:00+00:00", &time), LT_OK);
	lt_date_say(time, text);
	assert_string_equal(text, "06:30 ngày 01/01/2027");
}

TEST_MAIN(cmocka_unit_test(times_are_read), cmocka_unit_test(bad_times_are_refused),
	  cmocka_unit_test(times_are_written), cmocka_unit_test(a_person_reads_a_time),
	  cmocka_unit_test(the_calendar_is_right), cmocka_unit_test(times_agree_with_the_c_library),
	  cmocka_unit_test(the_example_of_the_rfc), cmocka_unit_test(ids_keep_the_order_of_time),
	  cmocka_unit_test(ids_are_checked), cmocka_unit_test(ids_are_read),
	  cmocka_unit_test(new_ids_rise_and_never_repeat))
