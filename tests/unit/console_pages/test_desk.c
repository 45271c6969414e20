/* test_desk.c: what streams that watch a dossier are told by. */
#include "pages/desk.h"

#include "test.h"

static void a_dossier_that_may_have_changed_is_newer(void **state)
{
	static const char *const codes[] = { "H37.24-20261130-0000001", "H37.24-20261130-0000002", "" };
	uint64_t before[3];
	(void)state;
	struct desk *desk = desk_new("/nonexistent", "/nonexistent");
	assert_non_null(desk);
	for (size_t i = 0; i < 3; i++)
		before[i] = desk_version(desk, codes[i]);
	desk_changed(desk, codes[0]);
	assert_int_equal(desk_version(desk, codes[0]), before[0] + 1);
	assert_int_equal(desk_version(desk, codes[1]), before[1]);
	desk_changed(desk, NULL); /* of a copy that was made anew nobody says one by one what is new in it */
	assert_int_equal(desk_version(desk, codes[0]), before[0] + 2);
	assert_int_equal(desk_version(desk, codes[1]), before[1] + 1);
	assert_int_equal(desk_version(desk, codes[2]), before[2] + 1);
	desk_free(desk);
}

static bool told(struct desk *desk, const struct lt_status_view *status)
{
	struct lt_control_answer answer = { .type = LT_CONTROL_STATUS, .detail = "", .status = *status };
	struct lt_buf bytes = { 0 };
	assert_int_equal(lt_control_answer_encode(&answer, &bytes), LT_OK);
	bool changed = desk_set_status(desk, lt_buf_bytes(&bytes), 1, "");
	lt_buf_fini(&bytes);
	return changed;
}

/* Who comes and goes, and what is wrong by itself, is news though no record tells of it; the time and the counters are none. */
static void pages_hear_of_what_no_record_tells(void **state)
{
	const char *codes[] = { "H37.15" };
	struct lt_session_view session = {
		.curve_key = "key", .epoch = 7, .software = "", .agency_count = 1, .agencies = codes
	};
	struct lt_cause_view cause = { .cause = LT_CAUSE_DISK_LOW, .count = 1 };
	struct lt_status_view status = { .version = "", .domain = "", .head = 5, .time = 1, .asker = { .login = "" } };
	(void)state;
	struct desk *desk = desk_new("/nonexistent", "/nonexistent");
	assert_true(told(desk, &status));
	status.time = 2;
	status.admitted = 9;
	assert_false(told(desk, &status));
	status.sessions = &session;
	status.session_count = 1;
	assert_true(told(desk, &status));
	assert_false(told(desk, &status));
	status.session_count = 0;
	assert_true(told(desk, &status));
	status.causes = &cause;
	status.cause_count = 1;
	assert_true(told(desk, &status));
	cause.count = 2;
	assert_true(told(desk, &status));
	assert_false(told(desk, &status));
	desk_free(desk);
}

TEST_MAIN(cmocka_unit_test(a_dossier_that_may_have_changed_is_newer),
	  cmocka_unit_test(pages_hear_of_what_no_record_tells))
