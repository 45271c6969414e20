/* What is told: each change once, also when telling fails; what lasts again each day; nothing that is only not named any more. */
#include "test.h"

#include <string.h>

#include "watch/alarms.h"

#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)

static struct alarms *alarms;
static int64_t now;

static int begin(void **state)
{
	(void)state;
	alarms = alarms_new();
	now = INT64_C(1795000000) * SECOND;
	return 0;
}

static int end(void **state)
{
	(void)state;
	alarms_free(alarms);
	return 0;
}

/* One cause with these subjects ("" ends them), of so many. */
static size_t look(enum lt_cause cause, uint64_t count, const char *const *names, const struct alarm_event **out)
{
	struct lt_cause_subject subjects[8] = { 0 };
	struct lt_cause_view view = { .cause = (uint32_t)cause, .count = count, .subjects = subjects };
	struct lt_status_view status = { .cause_count = count > 0, .causes = &view };
	struct verdict verdict;
	for (; names[view.subject_count][0]; view.subject_count++)
		subjects[view.subject_count].name = names[view.subject_count];
	now += 2 * SECOND;
	verdict_make(&status, LT_ENGLISH, &verdict);
	alarms_see(alarms, &verdict, &status, now);
	return alarms_due(alarms, out);
}

#define LOOK(cause, count, out, ...) look(cause, count, (const char *const[]){ __VA_ARGS__, "" }, out)

static void test_each_change_once(void **state)
{
	const struct alarm_event *due;
	(void)state;
	assert_int_equal(LOOK(LT_CAUSE_DISK_FULL, 0, &due, ""), 0);
	assert_int_equal(LOOK(LT_CAUSE_ITEM_STUCK, 2, &due, "H37.11", "H37.24"), 2);
	assert_string_equal(due[0].id, "item-stuck/H37.11");
	assert_string_equal(due[0].cause, "item-stuck");
	assert_string_equal(due[0].subject, "H37.11");
	assert_string_equal(due[0].text, "receivers could not take 1 item: H37.11");
	assert_int_equal(due[0].change, ALARM_RAISED);
	int64_t raised = due[0].at;
	assert_int_equal(LOOK(LT_CAUSE_ITEM_STUCK, 2, &due, "H37.11", "H37.24"), 2); /* telling has failed */
	assert_int_equal(due[0].at, raised);
	alarms_told(alarms);
	assert_int_equal(LOOK(LT_CAUSE_ITEM_STUCK, 2, &due, "H37.11", "H37.24"), 0);
	assert_int_equal(LOOK(LT_CAUSE_ITEM_STUCK, 2, &due, "H37.24", "H37.12"), 2);
	assert_string_equal(due[0].id, "item-stuck/H37.11");
	assert_int_equal(due[0].change, ALARM_CLEARED);
	assert_int_equal(due[0].at, now);
	assert_string_equal(due[1].id, "item-stuck/H37.12");
	alarms_told(alarms);
	now += DAY;
	assert_int_equal(LOOK(LT_CAUSE_ITEM_STUCK, 2, &due, "H37.24", "H37.12"), 2);
	assert_int_equal(due[0].change, ALARM_LASTS);
	alarms_told(alarms);
	assert_int_equal(LOOK(LT_CAUSE_ITEM_STUCK, 0, &due, ""), 2);
	alarms_told(alarms);
	assert_int_equal(LOOK(LT_CAUSE_ITEM_STUCK, 0, &due, ""), 0);
	/* What was raised and cleared before anybody could be told needs no word. */
	assert_int_equal(LOOK(LT_CAUSE_DISK_FULL, 1, &due, ""), 1);
	assert_string_equal(due[0].id, "disk-full");
	assert_int_equal(LOOK(LT_CAUSE_DISK_FULL, 0, &due, ""), 0);
}

static void test_what_is_not_named(void **state)
{
	const struct alarm_event *due;
	(void)state;
	/* Late dossiers are one alarm. */
	assert_int_equal(LOOK(LT_CAUSE_DOSSIER_LATE, 9, &due, "H37.24-20261118-0000001", "H37.24-20261118-0000002"), 1);
	assert_string_equal(due[0].id, "dossier-late");
	alarms_told(alarms);
	assert_int_equal(LOOK(LT_CAUSE_DOSSIER_LATE, 8, &due, "H37.24-20261118-0000002"), 0);
	assert_int_equal(LOOK(LT_CAUSE_DOSSIER_LATE, 0, &due, ""), 1);
	alarms_told(alarms);
	/* One that fell out of the names that are shown may be there all the same. */
	assert_int_equal(LOOK(LT_CAUSE_AGENCY_DISCONNECTED, 1, &due, "H37.11"), 1);
	alarms_told(alarms);
	assert_int_equal(LOOK(LT_CAUSE_AGENCY_DISCONNECTED, 70, &due, "H37.12"), 2);
	assert_string_equal(due[0].id, "agency-disconnected/H37.12");
	assert_string_equal(due[1].id, "agency-disconnected");
	alarms_told(alarms);
	assert_int_equal(LOOK(LT_CAUSE_AGENCY_DISCONNECTED, 1, &due, "H37.12"), 2);
	assert_int_equal(due[0].change, ALARM_CLEARED);
	assert_int_equal(due[1].change, ALARM_CLEARED);
}

/* A broker that does not answer for a moment is starting; while it does not, nothing is cleared. */
static void test_silent(void **state)
{
	const struct alarm_event *due;
	struct verdict silent;
	(void)state;
	verdict_make_silent("/run/x", LT_ENGLISH, &silent);
	assert_int_equal(LOOK(LT_CAUSE_ITEM_STUCK, 1, &due, "H37.11"), 1);
	alarms_told(alarms);
	alarms_see(alarms, &silent, NULL, now);
	assert_int_equal(alarms_due(alarms, &due), 0);
	alarms_see(alarms, &silent, NULL, now);
	assert_int_equal(alarms_due(alarms, &due), 1);
	assert_string_equal(due[0].id, "broker-silent");
	alarms_told(alarms);
	alarms_see(alarms, &silent, NULL, now);
	assert_int_equal(alarms_due(alarms, &due), 0);
	assert_int_equal(LOOK(LT_CAUSE_ITEM_STUCK, 1, &due, "H37.11"), 1);
	assert_string_equal(due[0].id, "broker-silent");
	assert_int_equal(due[0].change, ALARM_CLEARED);
}

/* A new start goes on: what lasts is not told again, what is over is told, though not before a broker that has just begun knows it. */
static void test_a_new_start(void **state)
{
	const struct alarm_event *due;
	struct verdict silent;
	(void)state;
	assert_int_equal(LOOK(LT_CAUSE_ITEM_STUCK, 2, &due, "H37.11", "H37.24"), 2);
	alarms_told(alarms);
	int64_t raised = now;
	verdict_make_silent("it has died", LT_ENGLISH, &silent);
	alarms_see(alarms, &silent, NULL, now);
	alarms_see(alarms, &silent, NULL, now);
	assert_int_equal(alarms_due(alarms, &due), 1);
	alarms_told(alarms);
	json_t *kept = alarms_json(alarms);
	json_array_append_new(kept, json_pack("{s:s, s:s, s:I, s:I}", "id", "no-such-cause", "text", "", "since",
					      (json_int_t)1, "told_at", (json_int_t)1));
	json_array_append_new(kept, json_string("nothing"));
	alarms_free(alarms);
	alarms = alarms_new();
	alarms_take(alarms, kept, now);
	json_decref(kept);
	assert_int_equal(LOOK(LT_CAUSE_ITEM_STUCK, 1, &due, "H37.11"), 1);
	assert_string_equal(due[0].id, "broker-silent");
	assert_int_equal(due[0].change, ALARM_CLEARED);
	alarms_told(alarms);
	assert_int_equal(LOOK(LT_CAUSE_ITEM_STUCK, 1, &due, "H37.11"), 0);
	now += ALARMS_SETTLE_S * SECOND;
	assert_int_equal(LOOK(LT_CAUSE_ITEM_STUCK, 1, &due, "H37.11"), 1);
	assert_string_equal(due[0].id, "item-stuck/H37.24");
	assert_string_equal(due[0].subject, "H37.24");
	assert_int_equal(due[0].change, ALARM_CLEARED);
	alarms_told(alarms);
	now = raised + DAY;
	assert_int_equal(LOOK(LT_CAUSE_ITEM_STUCK, 1, &due, "H37.11"), 1);
	assert_int_equal(due[0].change, ALARM_LASTS);
	assert_int_equal(due[0].at, raised);
}

/* More than one message takes go by several. */
static void test_many(void **state)
{
	static struct lt_cause_subject subjects[LT_CAUSE_SUBJECTS];
	static char names[LT_CAUSE_SUBJECTS][16];
	struct lt_cause_view views[3];
	struct lt_status_view status = { .cause_count = 3, .causes = views };
	struct verdict verdict;
	const struct alarm_event *due;
	size_t told = 0, count;
	(void)state;
	for (size_t i = 0; i < LT_CAUSE_SUBJECTS; i++) {
		snprintf(names[i], sizeof(names[i]), "H37.%zu", i);
		subjects[i].name = names[i];
	}
	for (size_t i = 0; i < 3; i++)
		views[i] = (struct lt_cause_view){ .cause = (uint32_t)(LT_CAUSE_ITEM_STUCK + i),
						   .count = LT_CAUSE_SUBJECTS,
						   .subject_count = LT_CAUSE_SUBJECTS,
						   .subjects = subjects };
	verdict_make(&status, LT_ENGLISH, &verdict);
	do {
		alarms_see(alarms, &verdict, &status, now);
		count = alarms_due(alarms, &due);
		assert_true(count <= ALARMS_AT_ONCE);
		told += count;
		alarms_told(alarms);
	} while (count > 0);
	assert_int_equal(told, 3 * LT_CAUSE_SUBJECTS);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_each_change_once, begin, end),
	  cmocka_unit_test_setup_teardown(test_what_is_not_named, begin, end),
	  cmocka_unit_test_setup_teardown(test_silent, begin, end),
	  cmocka_unit_test_setup_teardown(test_a_new_start, begin, end),
	  cmocka_unit_test_setup_teardown(test_many, begin, end))
