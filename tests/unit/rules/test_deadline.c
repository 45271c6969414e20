/* The table of due times, calendars and office hours in force, and legal clocks as state. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include <lienthong/time.h>

#include "rules/deadline.h"
#include "base/fields.h"
#include "simstate.h"
#include "time_fixture.h"

/* ---- due.h ---- */

static void put(struct timer *due, uint64_t time, uint64_t dossier)
{
	struct timer_entry entry = { .due = time, .dossier = dossier, .branch = 1, .kind = LT_CLOCK_LEG_OVERDUE };
	entry.generation = (uint32_t)dossier;
	timer_put(due, &entry);
}

static void test_due_order(void **state)
{
	struct simstate *s = simstate_new();
	struct timer *due = &s->state.due;
	struct timer_entry out[TIMER_BATCH_MAX];
	(void)state;
	put(due, 300, 3);
	put(due, 100, 1);
	put(due, 200, 2);
	assert_int_equal(timer_collect(due, 100, 0, out), 0); /* at its time it is not over */
	assert_false(timer_any(due, 100, 0));
	assert_true(timer_any(due, 101, 0));
	assert_int_equal(timer_collect(due, 201, 0, out), 2);
	assert_int_equal(out[0].dossier, 1);
	assert_int_equal(out[1].dossier, 2);
	assert_int_equal(out[1].generation, 2);
	for (int i = 0; i < 2; i++)
		timer_take(due, &out[i]);
	assert_false(timer_any(due, 300, 0));
	put(due, 50, 9); /* earlier than what was looked at */
	assert_true(timer_any(due, 60, 0));
	assert_int_equal(timer_collect(due, 60, 0, out), 1);
	assert_int_equal(out[0].dossier, 9);
	timer_take(due, &out[0]);
	assert_int_equal(timer_collect(due, 1000, 0, out), 1);
	assert_int_equal(out[0].dossier, 3);
	simstate_free(s);
}

/* What falls due on one minute goes in the order in which it was put, whatever the dossiers: neighbours on a page of the store. */
static void test_due_of_one_minute(void **state)
{
	struct simstate *s = simstate_new();
	struct timer *due = &s->state.due;
	struct timer_entry out[TIMER_BATCH_MAX];
	(void)state;
	for (uint32_t i = 1; i <= 20; i++)
		timer_put(due, &(struct timer_entry){ .due = 100, .armed = i, .dossier = 50 - i, .branch = 1 });
	timer_del(due, 100, 20, 30, 1, 0);
	assert_int_equal(timer_collect(due, 101, 0, out), 19);
	for (uint32_t i = 0; i < 19; i++)
		assert_true(out[i].armed == i + 1 && out[i].dossier == 49 - i);
	simstate_free(s);
}

static void test_due_bounded(void **state)
{
	struct simstate *s = simstate_new();
	struct timer *due = &s->state.due;
	struct timer_entry out[TIMER_BATCH_MAX];
	uint64_t seen = 0, last = 0;
	(void)state;
	for (uint64_t i = 1; i <= 1000; i++)
		put(due, 5000 + i % 7, i);
	while (timer_any(due, 10000, 0)) {
		uint32_t count = timer_collect(due, 10000, 0, out);
		assert_in_range(count, 0, TIMER_BATCH_MAX);
		for (uint32_t i = 0; i < count; i++) {
			assert_true(out[i].due >= last);
			last = out[i].due;
			timer_take(due, &out[i]);
			seen++;
		}
	}
	assert_int_equal(seen, 1000);
	assert_int_equal(store_count(s->store, STORE_DUE), 0);
	simstate_free(s);
}

static void test_due_other_generation_stays(void **state)
{
	struct simstate *s = simstate_new();
	struct timer *due = &s->state.due;
	struct timer_entry out[TIMER_BATCH_MAX];
	(void)state;
	put(due, 100, 4);
	struct timer_entry stale = {
		.due = 100, .dossier = 4, .branch = 1, .kind = LT_CLOCK_LEG_OVERDUE, .generation = 3
	};
	timer_take(due, &stale);
	assert_int_equal(timer_collect(due, 101, 0, out), 1);
	simstate_free(s);
}

/* What waits for a calendar is woken by a later definition alone, never by time. */
static void test_due_waiting(void **state)
{
	struct simstate *s = simstate_new();
	struct timer *due = &s->state.due;
	struct timer_entry out[TIMER_BATCH_MAX];
	(void)state;
	put(due, DUE_WAITING | 7, 1);
	put(due, 100, 2);
	assert_int_equal(timer_collect(due, INT64_MAX, 7, out), 1);
	timer_take(due, &out[0]);
	assert_false(timer_any(due, INT64_MAX, 7));
	assert_true(timer_any(due, 0, 8));
	assert_int_equal(timer_collect(due, 0, 8, out), 1);
	assert_int_equal(out[0].dossier, 1);
	simstate_free(s);
}

/* ---- calendars.h ---- */

static enum lt_reason office(struct simstate *s, const char *agency, uint32_t open, uint32_t close)
{
	struct lt_buf bytes = { 0 };
	struct lt_office_hours hours = { .agency = agency,
					 .morning_open = open,
					 .morning_close = 690,
					 .afternoon_open = 780,
					 .afternoon_close = close,
					 .same_day_until = 900 };
	assert_int_equal(lt_office_hours_encode(&hours, &bytes), LT_OK);
	struct lt_command command = { .type = LT_COMMAND_DEFINE };
	command.u.define.type = LT_DEFINE_OFFICE;
	command.u.define.data = lt_buf_bytes(&bytes);
	simstate_next(s, 1);
	s->act.command = &command;
	enum lt_reason reason = apply_define_office(&s->act);
	lt_buf_fini(&bytes);
	return reason;
}

static void test_office(void **state)
{
	struct simstate *s = simstate_new();
	(void)state;
	assert_int_equal(calendars_office(s->state.calendars, "H37.14")->hours.morning_open, 450);
	assert_int_equal(office(s, "", 420, 1020), 0);
	assert_int_equal(office(s, "H37.14", 480, 1020), 0);
	assert_int_equal(office(s, "H37.14", 480, 1020), LT_ALREADY_SO);
	assert_int_equal(office(s, "H37.14", 700, 1020), LT_DEFINITION_INVALID);
	assert_int_equal(office(s, "H37.14", 480, 5000), LT_DEFINITION_INVALID);
	assert_int_equal(office(s, "nobody", 480, 1020), LT_DEFINITION_INVALID);
	assert_int_equal(calendars_office(s->state.calendars, "H37.14")->hours.morning_open, 480);
	assert_int_equal(calendars_office(s->state.calendars, "H37.15")->hours.morning_open, 420);
	simstate_free(s);
}

static enum lt_reason year(struct simstate *s, uint32_t number, uint32_t version, int32_t day, uint32_t kind)
{
	struct lt_buf bytes = { 0 };
	struct lt_calendar_day days[1] = { { .day = day, .kind = kind, .note = "Nghỉ", .note_en = "" } };
	struct lt_calendar_year calendar = { number, version, true, day ? 1 : 0, days, "nguồn" };
	assert_int_equal(lt_calendar_year_encode(&calendar, &bytes), LT_OK);
	struct lt_command command = { .type = LT_COMMAND_DEFINE };
	command.u.define.type = LT_DEFINE_CALENDAR;
	command.u.define.data = lt_buf_bytes(&bytes);
	simstate_next(s, 1);
	s->act.command = &command;
	enum lt_reason reason = apply_define_calendar(&s->act);
	lt_buf_fini(&bytes);
	return reason;
}

static void test_calendar_versions(void **state)
{
	struct simstate *s = simstate_new();
	(void)state;
	assert_null(calendars_calendar(s->state.calendars, "H37.14"));
	assert_int_equal(year(s, 2030, 1, 0, 0), 0);
	assert_int_equal(year(s, 2030, 1, 0, 0), LT_ALREADY_SO);
	assert_int_equal(year(s, 2030, 1, 21915, CALENDAR_HOLIDAY), LT_DEFINITION_INVALID);   /* the same version */
	assert_int_equal(year(s, 2032, 1, 0, 0), LT_DEFINITION_INVALID);                      /* a gap */
	assert_int_equal(year(s, 2030, 2, 20000, CALENDAR_HOLIDAY), LT_DEFINITION_INVALID);   /* a day of 2024 */
	assert_int_equal(year(s, 2030, 2, 21915, 9), LT_DEFINITION_INVALID);                  /* no such kind */
	assert_true(calendar_works(calendars_calendar(s->state.calendars, "H37.14"), 21915)); /* Tuesday 01/01/2030 */
	assert_int_equal(year(s, 2030, 2, 21915, CALENDAR_HOLIDAY), 0);
	assert_false(calendar_works(calendars_calendar(s->state.calendars, "H37.14"), 21915));
	assert_int_equal(year(s, 2030, 1, 0, 0), LT_DEFINITION_INVALID); /* backwards */
	assert_int_equal(year(s, 2031, 1, 0, 0), 0);
	assert_int_equal(calendar_last_year(calendars_calendar(s->state.calendars, "H37.14")), 2031);
	simstate_free(s);
}

/* A day off of one province is so for its agencies alone, and only until the calendar changes. */
static void test_calendar_of_an_agency(void **state)
{
	struct simstate *s = simstate_new();
	const char *storm[] = { "H37" };
	struct lt_calendar_day day = { .day = 21917,
				       .kind = CALENDAR_HOLIDAY,
				       .note = "Bão",
				       .note_en = "",
				       .agency_count = 1,
				       .agencies = storm };
	struct lt_calendar_year year_2030 = { 2030, 1, true, 1, &day, "nguồn" };
	struct lt_buf bytes = { 0 };
	struct lt_command command = { .type = LT_COMMAND_DEFINE };
	(void)state;
	assert_int_equal(lt_calendar_year_encode(&year_2030, &bytes), LT_OK);
	command.u.define.type = LT_DEFINE_CALENDAR;
	command.u.define.data = lt_buf_bytes(&bytes);
	simstate_next(s, 1);
	s->act.command = &command;
	assert_int_equal(apply_define_calendar(&s->act), 0);
	lt_buf_fini(&bytes);
	assert_false(calendar_works(calendars_calendar(s->state.calendars, "H37"), 21917)); /* Thursday 03/01/2030 */
	assert_false(calendar_works(calendars_calendar(s->state.calendars, "H37.14"), 21917));
	assert_true(calendar_works(calendars_calendar(s->state.calendars, "H3.14"), 21917));
	assert_true(calendar_works(calendars_calendar(s->state.calendars, "G09"), 21917));
	assert_ptr_equal(calendars_calendar(s->state.calendars, "H37.14"),
			 calendars_calendar(s->state.calendars, "H37"));
	assert_int_equal(year(s, 2030, 2, 21915, CALENDAR_HOLIDAY), 0);
	assert_true(calendar_works(calendars_calendar(s->state.calendars, "H37.14"), 21917));
	simstate_free(s);
}

/* ---- clocks.h ---- */

static void test_bytes(void **state)
{
	struct legal_clock clock = { .limit = { LT_LIMIT_WORKING_DAYS, 10 },
				     .started = 1,
				     .stand_count = 2,
				     .stands = { { 20, 21 }, { 22, 0 } },
				     .folded = 23,
				     .folded_used = 24,
				     .due_first = 2,
				     .due_lawful = 3,
				     .appointment = 4,
				     .generation = 6,
				     .next_kind = LT_CLOCK_LEG_OVERDUE,
				     .next_due = (int64_t)(DUE_WAITING | 7),
				     .armed = 12,
				     .overdue_told = true,
				     .apologised = true,
				     .late = true,
				     .ended_at = 8,
				     .facts = 9,
				     .carried = 10,
				     .allotted = 11 };
	struct legal_clock none, same = clock, back;
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	(void)state;
	memset(&none, 0, sizeof(none));
	same.due_lawful = same.appointment = same.due_first; /* said once */
	dossier_clock_encode(&none, &writer);
	assert_int_equal(buf.len, 1);
	dossier_clock_encode(&clock, &writer);
	dossier_clock_encode(&same, &writer);
	struct fields_reader in = { .rest = lt_buf_bytes(&buf) };
	dossier_clock_decode(&in, &back);
	assert_int_equal(back.started, 0);
	for (int i = 0; i < 2; i++) {
		const struct legal_clock *want = i ? &same : &clock;
		dossier_clock_decode(&in, &back);
		assert_true(back.limit.unit == want->limit.unit && back.limit.quarters == 10 && back.started == 1 &&
			    back.stand_count == 2 && back.stands[0].from == 20 && back.stands[0].to == 21 &&
			    back.stands[1].from == 22 && back.stands[1].to == 0 && back.folded == 23 &&
			    back.folded_used == 24 && back.due_first == 2 && back.due_lawful == want->due_lawful &&
			    back.appointment == want->appointment && back.generation == 6 &&
			    back.next_kind == LT_CLOCK_LEG_OVERDUE && back.next_due == clock.next_due &&
			    back.armed == 12 && back.overdue_told && !back.soon_told && back.apologised &&
			    !back.ended && back.late && back.ended_at == 8 && back.facts == 9 && back.carried == 10 &&
			    back.allotted == 11);
	}
	assert_int_equal(fields_end(&in), LT_OK);
	lt_buf_fini(&buf);
}

static const struct lt_route_leg two_days = { .limit = { LT_LIMIT_WORKING_DAYS, 8 } };

static struct simstate *running(void)
{
	struct simstate *s = simstate_new();
	simstate_calendars(s);
	deadline_leg_start(&s->act, &s->dossier.branches[0], &two_days, false);
	return s;
}

static uint32_t used(struct simstate *s)
{
	struct deadline_sum sum;
	deadline_sum_up(&s->act, &s->dossier.branches[0].clock, "H37.14", s->act.time, &sum);
	return sum.used;
}

/* Papers are asked for on the branch, or brought. */
static void ask(struct simstate *s, bool asked)
{
	s->dossier.branches[0].supplement_id[0] = asked;
	deadline_settle(&s->act);
}

/* However a clock is moved, at most one entry of it stands in the table. */
static void test_one_entry(void **state)
{
	struct simstate *s = running();
	struct branch *branch = &s->dossier.branches[0];
	(void)state;
	assert_at(branch->clock.due_first, "2026-11-23T08:00");
	assert_int_equal(store_count(s->store, STORE_DUE), 1);
	uint32_t generation = branch->clock.generation;
	s->act.time += INT64_C(3600000000);
	ask(s, true);
	assert_int_equal(store_count(s->store, STORE_DUE), 0);
	assert_int_equal(used(s), 60);
	ask(s, true); /* it stands already */
	assert_int_equal(branch->clock.stand_count, 1);
	s->act.time += INT64_C(3600000000);
	assert_int_equal(used(s), 60);
	ask(s, false);
	assert_int_equal(store_count(s->store, STORE_DUE), 1);
	assert_at(branch->clock.due_lawful, "2026-11-23T09:00");
	assert_at(branch->clock.due_first, "2026-11-23T08:00");
	assert_true(branch->clock.generation > generation);
	deadline_leg_start(&s->act, branch, &two_days, false); /* the next holder */
	assert_int_equal(store_count(s->store, STORE_DUE), 1);
	deadline_leg_end(&s->act, branch, s->act.time);
	deadline_leg_end(&s->act, branch, s->act.time);
	assert_int_equal(store_count(s->store, STORE_DUE), 0);
	simstate_free(s);
}

/* Stands beyond those that are listed are added up: nothing that stood is lost. */
static void test_many_stands(void **state)
{
	struct simstate *s = running();
	struct branch *branch = &s->dossier.branches[0];
	struct deadline_sum sum;
	(void)state;
	for (unsigned i = 0; i < 3 * CLOCK_STANDS_MAX; i++) {
		ask(s, true);
		s->act.time += INT64_C(60000000);
		ask(s, false);
	}
	assert_int_equal(branch->clock.stand_count, CLOCK_STANDS_MAX);
	deadline_sum_up(&s->act, &branch->clock, "H37.14", s->act.time, &sum);
	assert_int_equal(sum.stood, 3 * CLOCK_STANDS_MAX);
	assert_int_equal(sum.used, 0);
	assert_at(branch->clock.due_lawful, "2026-11-23T08:48");
	simstate_free(s);
}

/* A limit in days gets days back: asked on Friday evening, brought on Monday morning, that is three. */
static void test_given_back_in_days(void **state)
{
	struct simstate *s = simstate_new();
	struct branch *branch = &s->dossier.branches[0];
	(void)state;
	simstate_calendars(s);
	deadline_leg_start(&s->act, branch, &(struct lt_route_leg){ .limit = { LT_LIMIT_CALENDAR_DAYS, 40 } }, false);
	assert_at(branch->clock.due_lawful, "2026-11-30T08:00"); /* the tenth day is a Sunday */
	s->act.time = at("2026-11-20T17:30");
	ask(s, true);
	s->act.time = at("2026-11-23T07:30");
	ask(s, false);
	assert_at(branch->clock.due_lawful, "2026-12-02T08:00");
	simstate_free(s);
}

/* A count that was over stays over, whatever is counted anew. */
static void test_restart_keeps_lateness(void **state)
{
	struct simstate *s = running();
	struct branch *branch = &s->dossier.branches[0];
	struct deadline_sum sum;
	(void)state;
	s->act.time = at("2026-11-23T08:01"); /* a minute too late */
	ask(s, true);
	s->act.time = at("2026-11-25T08:00");
	ask(s, false);
	deadline_restart(&s->act, branch);
	assert_at(branch->clock.due_lawful, "2026-11-27T08:00");
	assert_at(branch->clock.due_first, "2026-11-23T08:00");
	deadline_sum_up(&s->act, &branch->clock, "H37.14", s->act.time, &sum);
	assert_int_equal(sum.verdict, LT_TIME_OVERDUE);
	deadline_leg_end(&s->act, branch, s->act.time);
	deadline_sum_up(&s->act, &branch->clock, "H37.14", s->act.time, &sum);
	assert_int_equal(sum.verdict, LT_TIME_LATE);
	simstate_free(s);
}

static uint32_t verdict(struct simstate *s, const char *done)
{
	struct lt_clock_view view;
	s->act.time = at(done);
	deadline_leg_end(&s->act, &s->dossier.branches[0], s->act.time);
	deadline_view(&s->act, &s->dossier.branches[0].clock, "H37.14", s->act.time + 1, &view);
	simstate_free(s);
	return view.verdict;
}

/* Minutes allotted against minutes used; the due minute itself is in time. */
static void test_verdicts(void **state)
{
	struct lt_clock_view view;
	(void)state;
	assert_int_equal(verdict(running(), "2026-11-23T07:59"), 1);
	assert_int_equal(verdict(running(), "2026-11-23T08:00"), 2);
	assert_int_equal(verdict(running(), "2026-11-23T08:01"), 3);
	struct simstate *s = running();
	deadline_view(&s->act, &s->dossier.branches[0].clock, "H37.14", at("2026-11-23T08:00"), &view);
	assert_int_equal(view.verdict, 4);
	deadline_view(&s->act, &s->dossier.branches[0].clock, "H37.14", at("2026-11-23T08:01"), &view);
	assert_int_equal(view.verdict, 5);
	assert_int_equal(view.used, 961);
	simstate_free(s);
}

/* The dossier has the leg's limit, and its holder is the one-stop. */
static struct simstate *promised(void)
{
	static struct lt_header header = { .sender = "H37.14" };
	struct simstate *s = running();
	strcpy(s->dossier.origin, "H37.14");
	s->dossier.clock = s->dossier.branches[0].clock;
	s->dossier.clock.next_kind = 0;
	s->act.header = &header;
	return s;
}

/* An apology puts off; what was first told decides still. */
static void test_apology_keeps_verdict(void **state)
{
	struct simstate *s = promised();
	(void)state;
	assert_int_equal(deadline_apologise(&s->act, &s->dossier.branches[0], at("2026-11-25T08:00")), 0);
	assert_int_equal(s->dossier.branches[0].clock.appointment, at("2026-11-25T08:00"));
	assert_int_equal(verdict(s, "2026-11-25T08:00"), 3);
	s = promised();
	s->act.time = at("2026-11-20T08:01");
	assert_int_equal(deadline_apologise(&s->act, &s->dossier.branches[0], at("2026-11-27T08:00")),
			 LT_STATUS_EDGE_ILLEGAL); /* too late */
	simstate_free(s);
}

/* Without a limit the time is counted, and nothing ever falls due. */
static void test_no_limit(void **state)
{
	struct simstate *s = simstate_new();
	struct lt_clock_view view;
	(void)state;
	simstate_calendars(s);
	deadline_leg_start(&s->act, &s->dossier.branches[0], NULL, false);
	assert_int_equal(store_count(s->store, STORE_DUE), 0);
	deadline_view(&s->act, &s->dossier.branches[0].clock, "H37.14", at("2026-11-19T10:00"), &view);
	assert_int_equal(view.used, 120);
	assert_int_equal(view.verdict, 0);
	assert_int_equal(view.due_first, 0);
	assert_int_equal(view.ended_at, 0);
	deadline_leg_end(&s->act, &s->dossier.branches[0], at("2026-11-19T09:00"));
	deadline_view(&s->act, &s->dossier.branches[0].clock, "H37.14", at("2026-11-19T10:00"), &view);
	assert_int_equal(view.ended_at, at("2026-11-19T09:00"));
	simstate_free(s);
}

/* A year without a calendar: counted as missing, never guessed. */
static void test_year_missing(void **state)
{
	struct simstate *s = simstate_new();
	struct lt_clock_view view;
	(void)state;
	simstate_calendars(s);
	s->act.time = at("2027-12-30T08:00");
	deadline_leg_start(&s->act, &s->dossier.branches[0],
			   &(struct lt_route_leg){ .limit = { LT_LIMIT_WORKING_DAYS, 40 } }, false);
	assert_int_equal(s->dossier.branches[0].clock.due_lawful, 0);
	assert_int_equal(s->state.counts.clocks_without_calendar, 1);
	assert_true((uint64_t)s->dossier.branches[0].clock.next_due & DUE_WAITING);
	deadline_view(&s->act, &s->dossier.branches[0].clock, "H37.14", s->act.time, &view);
	assert_int_equal(view.verdict, 6);
	simstate_free(s);
}

TEST_MAIN(cmocka_unit_test(test_due_order), cmocka_unit_test(test_due_of_one_minute),
	  cmocka_unit_test(test_due_bounded), cmocka_unit_test(test_due_other_generation_stays),
	  cmocka_unit_test(test_due_waiting), cmocka_unit_test(test_office), cmocka_unit_test(test_calendar_versions),
	  cmocka_unit_test(test_calendar_of_an_agency), cmocka_unit_test(test_bytes), cmocka_unit_test(test_one_entry),
	  cmocka_unit_test(test_many_stands), cmocka_unit_test(test_given_back_in_days),
	  cmocka_unit_test(test_restart_keeps_lateness), cmocka_unit_test(test_verdicts),
	  cmocka_unit_test(test_apology_keeps_verdict), cmocka_unit_test(test_no_limit),
	  cmocka_unit_test(test_year_missing))
