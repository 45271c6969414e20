/* Values of a report as people read them, in both languages. */
#include "report_world.h"

static void assert_written(const char *unit, json_t *value, const char *english, const char *vietnamese)
{
	char text[64];
	json_t *column = json_pack("{s:s}", "unit", unit);
	report_text(column, value, false, text, sizeof(text));
	assert_string_equal(text, english);
	report_text(column, value, true, text, sizeof(text));
	assert_string_equal(text, vietnamese);
	json_decref(column);
	json_decref(value);
}

/* A province reads its report in its own way of writing. */
static void values_are_written_as_their_readers_write(void **state)
{
	char period[REPORT_PERIOD];
	json_t *document = json_pack("{s:s, s:s}", "from", "2026-11-01", "until", "2026-11-30");
	(void)state;
	assert_written("rate", json_real(0.975), "97.5 %", "97,5 %");
	assert_written("score", json_real(88.25), "88.25", "88,25");
	assert_written("count", json_integer(1200), "1200", "1200");
	assert_written("minutes", json_integer(2 * 480 + 4 * 60 + 30), "2d 4h 30m", "2 ngày 4 giờ 30 phút");
	assert_written("minutes", json_integer(-61), "-1h 1m", "-1 giờ 1 phút");
	assert_written("time", json_string("2026-11-30T07:05:00+07:00"), "2026-11-30 07:05", "30/11/2026 07:05");
	assert_written("text", json_string("1.010828 v1"), "1.010828 v1", "1.010828 v1");
	assert_string_equal(report_period(document, true, period), "Từ 01/11/2026 đến hết 30/11/2026");
	assert_string_equal(report_period(document, false, period), "2026-11-01 to 2026-11-30");
	json_decref(document);
}

TEST_MAIN(cmocka_unit_test(values_are_written_as_their_readers_write))
