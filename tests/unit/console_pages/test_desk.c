/* test_desk.c: what streams that watch a dossier are told by. */
#include "pages/desk.h"

#include "test.h"

#include <sched.h>

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

struct counting {
	struct visit visit;
	unsigned *inside, *most;
};

static void *count_long(void *ctx)
{
	struct counting *counting = ctx;
	for (unsigned i = 0; i < 200; i++) {
		assert_true(desk_begin_report(&counting->visit));
		if (++*counting->inside > *counting->most)
			*counting->most = *counting->inside;
		--*counting->inside;
		desk_end_report(&counting->visit);
	}
	return NULL;
}

/* One long count at a time, and of a session one in the line: what the others of it hold up is theirs alone. */
static void long_counts_wait_for_each_other(void **state)
{
	enum { THREADS = 6 };
	unsigned inside = 0, most = 0;
	struct console_session sessions[2] = { 0 };
	struct counting counting[THREADS];
	pthread_t threads[THREADS];
	(void)state;
	struct desk *desk = desk_new("/nonexistent", "/nonexistent");
	for (size_t i = 0; i < 2; i++)
		pthread_mutex_init(&sessions[i].report, NULL);
	for (size_t i = 0; i < THREADS; i++) {
		counting[i] = (struct counting){ .visit = { .ctx = desk, .session = &sessions[i % 2] },
						 .inside = &inside,
						 .most = &most };
		assert_int_equal(pthread_create(&threads[i], NULL, count_long, &counting[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(most, 1);
	assert_true(desk_begin_report(&counting[0].visit));
	assert_int_not_equal(pthread_mutex_trylock(&sessions[0].report), 0);
	assert_int_equal(pthread_mutex_trylock(&sessions[1].report), 0);
	pthread_mutex_unlock(&sessions[1].report);
	desk_end_report(&counting[0].visit);
	desk_free(desk);
}

struct caller {
	struct visit visit;
	struct console_session session;
	_Atomic unsigned *told, *made;
};

static void *ask_for_one(void *ctx)
{
	struct caller *caller = ctx;
	if (!desk_begin_report(&caller->visit)) {
		++*caller->told;
		return NULL;
	}
	++*caller->made;
	desk_end_report(&caller->visit);
	return NULL;
}

/* While one is made ten sessions stand in the line, he among them; the others are told at once. */
static void who_would_wait_too_long_is_told(void **state)
{
	enum { CALLERS = 3 * DESK_LINE };
	static struct caller callers[CALLERS];
	_Atomic unsigned told = 0, made = 0;
	struct console_session session = { 0 };
	pthread_t threads[CALLERS];
	(void)state;
	struct desk *desk = desk_new("/nonexistent", "/nonexistent");
	struct visit visit = { .ctx = desk, .session = &session };
	pthread_mutex_init(&session.report, NULL);
	assert_true(desk_begin_report(&visit));
	for (size_t i = 0; i < CALLERS; i++) {
		struct caller *caller = &callers[i];
		*caller = (struct caller){ .told = &told, .made = &made };
		caller->visit.ctx = desk;
		caller->visit.session = &caller->session;
		pthread_mutex_init(&caller->session.report, NULL);
		assert_int_equal(pthread_create(&threads[i], NULL, ask_for_one, caller), 0);
	}
	while (told < CALLERS - (DESK_LINE - 1)) /* for ever, if they wait */
		sched_yield();
	assert_int_equal(made, 0);
	desk_end_report(&visit);
	for (size_t i = 0; i < CALLERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(made, DESK_LINE - 1);
	session.reports = DESK_LINE_OWN; /* of one's own it is fewer */
	assert_false(desk_begin_report(&visit));
	session.reports = 0;
	assert_true(desk_begin_report(&visit)); /* all have gone */
	desk_end_report(&visit);
	desk_free(desk);
}

TEST_MAIN(cmocka_unit_test(a_dossier_that_may_have_changed_is_newer),
	  cmocka_unit_test(pages_hear_of_what_no_record_tells), cmocka_unit_test(long_counts_wait_for_each_other),
	  cmocka_unit_test(who_would_wait_too_long_is_told))
