/* G8: a clock event happens once: also when the broker was down at that moment, and whatever crash comes between the record and
 * the notice's delivery. What moves due times: standing still, a new count, an apology, an outage. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include <lienthong/time.h>

#include "start/signing.h"
#include "flow_clock.h"

static void assert_told(const struct sim *sim, unsigned soon, unsigned over)
{
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_DUE_SOON), soon);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_DUE_SOON), soon);
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_OVERDUE), over);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_OVERDUE), over);
	assert_int_equal(simclock_count(sim, MINISTRY, LT_KIND_OVERDUE), 0);
}

static void test_each_once(void **state)
{
	struct simclock *clock = begin_held(1, SIMCLOCK_PROCEDURE);
	struct sim *sim = clock->sim;
	(void)state;
	assert_at(leg(sim)->clock->due_first, "2026-11-23T08:00");
	assert_at(sim_dossier(sim, CODE)->clock->due_first, "2026-11-25T08:00");
	assert_int_equal(leg(sim)->clock->allotted, 960);
	run_to(clock, "2026-11-20T08:00", SIMCLOCK_HOUR);
	assert_told(sim, 0, 0);
	run_to(clock, "2026-11-20T08:30", SIMCLOCK_MINUTE * 30);
	assert_told(sim, 1, 0);
	run_to(clock, "2026-11-23T08:00", SIMCLOCK_HOUR);
	assert_told(sim, 1, 0);
	run_to(clock, "2026-11-23T09:00", SIMCLOCK_MINUTE * 30);
	assert_told(sim, 2, 1); /* the leg is late, the dossier's day of warning has come */
	run_to(clock, "2026-11-27T09:00", SIMCLOCK_HOUR);
	assert_told(sim, 2, 2);
	assert_int_equal(leg(sim)->clock->verdict, 5);
	const struct lt_dossier_view *view = sim_dossier(sim, CODE);
	for (size_t i = 0; i < view->hop_count;
	     i++) { /* a leg is called as its route calls it, not by the number of a branch */
		const struct lt_hop *hop = &view->hops[i];
		if (hop->kind == LT_KIND_OVERDUE || hop->kind == LT_KIND_DUE_SOON)
			assert_true(strncmp(hop->reason, "Hồ sơ ", strlen("Hồ sơ ")) == 0 ||
				    strstr(hop->reason, "Chặng leg-2 do ") != NULL);
	}
	end(clock);
}

/* Six days without a broker: what fell due in them happens at the next start, once. */
static void test_broker_down(void **state)
{
	struct simclock *clock = begin_held(2, SIMCLOCK_PROCEDURE);
	struct sim *sim = clock->sim;
	(void)state;
	sim_run(sim);
	sim_crash(sim, 0);
	sim->now += 6 * SIM_DAY + SIMCLOCK_HOUR;
	sim->boot += 6 * SIM_DAY + SIMCLOCK_HOUR;
	sim_open(sim);
	connect_all(sim);
	simclock_run(clock, 10 * SIM_SECOND, SIM_SECOND);
	assert_told(sim, 2, 2);
	simclock_run(clock, SIM_DAY, SIMCLOCK_HOUR);
	assert_told(sim, 2, 2);
	end(clock);
}

/* The steps from a due time to the delivery; a crash after the first `count` of them. */
enum { STEPS = 11 };
static void steps(struct simclock *clock, int count)
{
	struct sim *sim = clock->sim;
	struct lt_buf request = { 0 }, command = { 0 };
	bool any = false;
	for (int i = 0; i < count; i++) {
		switch (i) {
		case 0:
			sim_tick(sim);
			break;
		case 1:
		case 6:
			sim_seal(sim);
			break;
		case 2:
		case 7:
			sim_write(sim);
			break;
		case 3:
		case 8:
			sim_release(sim);
			break;
		case 4:
			any = engine_unsigned(sim->engine, &request);
			assert_true(any);
			break;
		case 5:
			assert_int_equal(signing_make(clock->signer, lt_buf_bytes(&request), &command), LT_OK);
			sim_take(sim, &(struct input){ .type = INPUT_COMMAND, .u.command = lt_buf_bytes(&command) });
			break;
		case 9:
			sim_run(sim);
			break;
		case 10:
			sim_flush(sim);
			break;
		}
	}
	lt_buf_fini(&request);
	lt_buf_fini(&command);
}

static void test_crash_at_each_step(void **state)
{
	(void)state;
	for (int step = 0; step <= STEPS; step++) {
		for (uint64_t seed = 0; seed < 2; seed++) {
			struct simclock *clock = begin_held(10 + seed, SIMCLOCK_PROCEDURE);
			struct sim *sim = clock->sim;
			run_to(clock, "2026-11-23T08:00", SIMCLOCK_HOUR);
			assert_told(sim, 1, 0);
			sim->now += 2 * SIMCLOCK_MINUTE;
			sim->boot += 2 * SIMCLOCK_MINUTE;
			steps(clock, step);
			sim_crash(sim, seed);
			sim_open(sim);
			connect_all(sim);
			simclock_run(clock, SIMCLOCK_HOUR, SIMCLOCK_MINUTE * 10);
			assert_told(sim, 2, 1);
			end(clock);
		}
	}
}

/* A command that was made before the clock moved does nothing, and takes nothing away. */
static void test_stale_generation(void **state)
{
	struct simclock *clock = begin_held(3, SIMCLOCK_PROCEDURE);
	struct sim *sim = clock->sim;
	struct lt_buf bytes = { 0 };
	(void)state;
	for (uint32_t generation = 0; generation < 8; generation++) {
		struct lt_command command = { .type = LT_COMMAND_CLOCK };
		command.u.clock = (struct lt_clock_command){
			.kind = LT_CLOCK_LEG_OVERDUE, .dossier = 1, .branch = 1, .generation = generation, .subject = ""
		};
		command.u.clock.due = at("2026-11-23T08:00") + (generation % 2) * SIMCLOCK_MINUTE;
		lt_buf_clear(&bytes);
		assert_int_equal(lt_command_encode(&command, &bytes), LT_OK);
		sim_take(sim, &(struct input){ .type = INPUT_COMMAND, .u.command = lt_buf_bytes(&bytes) });
	}
	sim_run(sim);
	assert_int_equal(simclock_sign(clock), 0);
	run_to(clock, "2026-11-27T09:00", SIMCLOCK_HOUR);
	assert_told(sim, 2, 2);
	lt_buf_fini(&bytes);
	end(clock);
}

static void test_time_unconfirmed(void **state)
{
	struct simclock *clock = begin_held(4, SIMCLOCK_PROCEDURE);
	struct sim *sim = clock->sim;
	(void)state;
	sim->now += SIM_DAY + SIMCLOCK_HOUR; /* the clock is set: nothing happens by itself */
	simclock_run(clock, 10 * SIM_SECOND, SIM_SECOND);
	assert_told(sim, 0, 0);
	assert_int_equal(sim_admin(sim, LT_ADMIN_TIME_CONFIRMED, "")->reason, 0);
	simclock_run(clock, 10 * SIM_SECOND, SIM_SECOND);
	assert_told(sim, 1, 0);
	end(clock);
}

/* SUSPEND: asked for papers after half a day, brought a day later: half a day of the two is used, the rest is counted on. */
static void test_suspend(void **state)
{
	struct simclock *clock = begin_held(5, SIMCLOCK_PROCEDURE);
	struct sim *sim = clock->sim;
	uint8_t request[16];
	(void)state;
	run_to(clock, "2026-11-19T14:00", SIMCLOCK_HOUR); /* 08:00-11:30 and 13:00-14:00: 270 minutes */
	held(sim, LT_KIND_REQUEST_SUPPLEMENT, DEPARTMENT, DISTRICT, at("2026-12-04T17:00"), NULL);
	memcpy(request, sim->last_id, 16);
	run_to(clock, "2026-11-20T14:00", SIMCLOCK_HOUR);
	assert_true(leg(sim)->clock->suspended);
	assert_int_equal(leg(sim)->clock->used, 270);
	assert_told(sim, 0, 0);
	held(sim, LT_KIND_SUPPLEMENT, DISTRICT, DEPARTMENT, 0, request);
	assert_false(leg(sim)->clock->suspended);
	assert_at(leg(sim)->clock->due_first, "2026-11-23T08:00");
	assert_at(leg(sim)->clock->due_lawful, "2026-11-25T08:00"); /* a working day more; Tue 24/11 is a holiday */
	run_to(clock, "2026-11-25T08:00", SIMCLOCK_HOUR);
	assert_told(sim, 1, 0);
	run_to(clock, "2026-11-25T09:00", SIMCLOCK_HOUR);
	assert_told(sim, 2, 1);
	end(clock);
}

static void test_restart(void **state)
{
	struct simclock *clock = begin_held(6, SIMCLOCK_RESTART);
	struct sim *sim = clock->sim;
	uint8_t request[16];
	(void)state;
	run_to(clock, "2026-11-19T14:00", SIMCLOCK_HOUR);
	held(sim, LT_KIND_REQUEST_SUPPLEMENT, DEPARTMENT, DISTRICT, at("2026-12-04T17:00"), NULL);
	memcpy(request, sim->last_id, 16);
	run_to(clock, "2026-11-20T14:00", SIMCLOCK_HOUR);
	held(sim, LT_KIND_SUPPLEMENT, DISTRICT, DEPARTMENT, 0, request);
	assert_at(leg(sim)->clock->due_first, "2026-11-23T08:00");
	assert_at(leg(sim)->clock->due_lawful, "2026-11-25T14:00"); /* two whole days from Fri 14:00 */
	assert_int_equal(leg(sim)->clock->used, 0);
	end(clock);
}

static void test_apology(void **state)
{
	struct simclock *clock = begin_held(7, SIMCLOCK_PROCEDURE);
	struct sim *sim = clock->sim;
	(void)state;
	run_to(clock, "2026-11-20T14:00", SIMCLOCK_HOUR);
	const struct lt_branch_view *view = leg(sim);
	struct sim_act apology = { .kind = LT_KIND_APOLOGY, .sender = DEPARTMENT, .to = DISTRICT, .dossier = CODE };
	apology.branch = view->branch;
	apology.version = view->version;
	apology.due_at = at("2026-11-20T08:00");
	assert_int_equal(sim_do(sim, &apology)->reason, LT_STATUS_EDGE_ILLEGAL); /* not later */
	apology.due_at = at("2026-11-26T08:00");
	act(sim, &apology);
	assert_at(leg(sim)->clock->due_first, "2026-11-23T08:00");
	assert_at(leg(sim)->clock->appointment, "2026-11-26T08:00");
	assert_at(leg(sim)->clock->due_lawful, "2026-11-23T08:00"); /* the law is not put off */
	assert_at(sim_dossier(sim, CODE)->clock->appointment, "2026-11-26T08:00");
	run_to(clock, "2026-11-20T16:30", SIMCLOCK_HOUR / 2); /* past the time for a correction */
	apology.version = leg(sim)->version;
	apology.due_at = at("2026-11-27T08:00");
	assert_int_equal(sim_do(sim, &apology)->reason, LT_STATUS_EDGE_ILLEGAL); /* once */
	run_to(clock, "2026-11-26T08:00", SIMCLOCK_HOUR);
	assert_told(sim, 2, 0);
	run_to(clock, "2026-11-26T09:00", SIMCLOCK_HOUR);
	assert_told(sim, 2, 2);
	end(clock);
}

static const struct lt_control_answer *outage(struct sim *sim, const char *from, const char *to)
{
	struct lt_control_request request = { .type = LT_CONTROL_OUTAGE };
	request.outage = (struct lt_outage_command){
		.from = at(from), .to = at(to), .operator_name = "tester", .reason = "power"
	};
	return sim_control(sim, &request);
}

/* A morning without power is not counted: the leg's due time moves by it when it is reached, the original stays. */
static void test_outage(void **state)
{
	struct simclock *clock = begin_held(8, SIMCLOCK_PROCEDURE);
	struct sim *sim = clock->sim;
	(void)state;
	run_to(clock, "2026-11-20T14:00", SIMCLOCK_HOUR);
	assert_told(sim, 1, 0);
	assert_int_equal(outage(sim, "2026-11-20T15:00", "2026-11-20T16:00")->reason,
			 LT_DEFINITION_INVALID); /* not over */
	assert_int_equal(outage(sim, "2026-11-20T07:30", "2026-11-20T09:30")->reason, 0);
	assert_int_equal(outage(sim, "2026-11-20T07:30", "2026-11-20T09:30")->reason, LT_ALREADY_SO);
	assert_int_equal(outage(sim, "2026-11-20T09:00", "2026-11-20T10:00")->reason, LT_DEFINITION_INVALID);
	run_to(clock, "2026-11-23T09:50", SIMCLOCK_MINUTE * 10);
	assert_told(sim, 1, 0);
	assert_at(leg(sim)->clock->due_first, "2026-11-23T08:00");
	assert_at(leg(sim)->clock->due_lawful, "2026-11-23T10:00");
	run_to(clock, "2026-11-23T10:10", SIMCLOCK_MINUTE * 5);
	assert_told(sim, 2, 1);
	end(clock);
}

/* No calendar, no wrong date: the clock waits, and runs from its own start once the calendar is there. */
static void test_without_calendar(void **state)
{
	struct sim *sim = sim_new(9);
	struct simclock *clock = simclock_new(sim, false);
	(void)state;
	connect_all(sim);
	offer(sim, SIMCLOCK_PROCEDURE);
	accept(sim);
	assert_int_equal(leg(sim)->clock->due_lawful, 0);
	run_to(clock, "2026-11-20T14:00", SIMCLOCK_HOUR);
	assert_told(sim, 0, 0);
	simclock_calendar(sim, 2026);
	simclock_run(clock, 10 * SIM_SECOND, SIM_SECOND);
	assert_at(leg(sim)->clock->due_first, "2026-11-23T08:00");
	assert_told(sim, 1, 0);
	run_to(clock, "2026-11-27T09:00", SIMCLOCK_HOUR);
	assert_told(sim, 2, 2);
	end(clock);
}

/* Delivered, not accepted: after 8 working hours a reminder, after 8 more lead and sender hear of it. Nothing is dropped. */
static void test_handoff(void **state)
{
	struct simclock *clock = begin(11);
	struct sim *sim = clock->sim;
	(void)state;
	offer(sim, SIMCLOCK_PROCEDURE);
	run_to(clock, "2026-11-20T08:00", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_DUE_SOON), 0);
	run_to(clock, "2026-11-20T09:00", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_DUE_SOON), 1);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_DUE_SOON), 0);
	run_to(clock, "2026-11-23T12:00", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_UNDELIVERABLE), 1);
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_UNDELIVERABLE), 1); /* as lead */
	accept(sim);                                                                 /* late, and good */
	run_to(clock, "2026-11-24T12:00", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_UNDELIVERABLE), 1);
	end(clock);
}

/* The receiver's adapter is off until Fri 20/11 14:00: nobody is reminded before, and it has 8 working hours from then, to Mon 23/11 14:00. As the
 * lead it is also told on Mon 08:00 that the dossier is due soon. */
static void test_handoff_from_arrival(void **state)
{
	struct simclock *clock = begin(17);
	struct sim *sim = clock->sim;
	(void)state;
	sim_lost(sim, DEPARTMENT);
	offer(sim, SIMCLOCK_PROCEDURE);
	assert_int_equal(sim_dossier(sim, CODE)->owed[0].until, 0);
	run_to(clock, "2026-11-20T14:00", SIMCLOCK_HOUR);
	sim_connect(sim, DEPARTMENT);
	simclock_run(clock, SIM_SECOND, SIM_SECOND);
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_DUE_SOON), 0);
	assert_int_equal(sim_dossier(sim, CODE)->owed[0].until / SIMCLOCK_MINUTE,
			 at("2026-11-23T14:00") / SIMCLOCK_MINUTE);
	run_to(clock, "2026-11-23T13:50", SIMCLOCK_MINUTE * 10);
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_DUE_SOON), 1);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_UNDELIVERABLE), 0);
	run_to(clock, "2026-11-23T14:10", SIMCLOCK_MINUTE * 10);
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_DUE_SOON), 2);
	run_to(clock, "2026-11-26T09:00", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_UNDELIVERABLE), 1);
	end(clock);
}

/* It never arrives: who sent it is told so, and the receiver is not reminded of what it has not got. */
static void test_handoff_that_does_not_arrive(void **state)
{
	struct simclock *clock = begin(18);
	struct sim *sim = clock->sim;
	(void)state;
	sim_lost(sim, DEPARTMENT);
	offer(sim, SIMCLOCK_PROCEDURE);
	run_to(clock, "2026-11-23T12:00", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_UNDELIVERABLE), 1);
	sim_connect(sim, DEPARTMENT);
	run_to(clock, "2026-11-23T13:10", SIMCLOCK_MINUTE * 10);
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_DUE_SOON), 1); /* the dossier's, as the lead */
	run_to(clock, "2026-11-26T12:00", SIMCLOCK_HOUR); /* from Mon 12:00 to Wed 13:00, a holiday between */
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_DUE_SOON), 2);
	end(clock);
}

static void test_supplement_missed(void **state)
{
	struct simclock *clock = begin_held(12, SIMCLOCK_PROCEDURE);
	struct sim *sim = clock->sim;
	(void)state;
	/* not before the seven working days of the law */
	held(sim, LT_KIND_REQUEST_SUPPLEMENT, DEPARTMENT, DISTRICT, at("2026-12-01T17:00"), NULL);
	run_to(clock, "2026-12-01T17:00", SIMCLOCK_HOUR);
	assert_int_equal(sim_dossier(sim, CODE)->status, 5);
	run_to(clock, "2026-12-01T18:00", SIMCLOCK_HOUR);
	assert_int_equal(sim_dossier(sim, CODE)->status, 8);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_OVERDUE), 1);
	run_to(clock, "2026-12-08T18:00", SIMCLOCK_HOUR);
	assert_told(sim, 0, 1); /* stopped clocks tell nothing */
	end(clock);
}

static void test_consult_silent(void **state)
{
	struct simclock *clock = begin_held(13, SIMCLOCK_PROCEDURE);
	struct sim *sim = clock->sim;
	(void)state;
	held(sim, LT_KIND_CONSULT, DEPARTMENT, MINISTRY, at("2026-11-20T11:00"), NULL);
	run_to(clock, "2026-11-20T12:00", SIMCLOCK_HOUR);
	const struct lt_dossier_view *view = sim_dossier(sim, CODE);
	assert_int_equal(view->consult_count, 1);
	assert_true(view->consults[0].answers[0].silent_at > view->consults[0].due);
	assert_int_equal(view->consults[0].on_silence, LT_SILENCE_ESCALATE);
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_OVERDUE), 1);
	assert_int_equal(simclock_count(sim, MINISTRY, LT_KIND_OVERDUE), 0);
	end(clock);
}

/* The leg is done in time: its clock is silent, and the verdict is of minutes allotted and used. */
static void test_done_in_time(void **state)
{
	struct simclock *clock = begin_held(14, SIMCLOCK_PROCEDURE);
	struct sim *sim = clock->sim;
	(void)state;
	run_to(clock, "2026-11-19T10:00", SIMCLOCK_HOUR);
	held(sim, LT_KIND_RESULT, DEPARTMENT, DEPARTMENT, 0, NULL);
	const struct lt_clock_view *view = leg(sim)->clock;
	assert_int_equal(view->used, 120);
	assert_int_equal(view->allotted, 960);
	assert_int_equal(view->verdict, 1);
	run_to(clock, "2026-11-27T10:00", SIMCLOCK_HOUR);
	assert_told(sim, 0, 0);
	end(clock);
}

static const struct lt_control_answer *definitions(struct sim *sim, enum lt_definition type, uint64_t after)
{
	struct lt_control_request request = { .type = LT_CONTROL_DEFINITIONS, .definition = type, .after = after };
	return sim_control(sim, &request);
}

/* Whole, in the order of their names, and from any place on; what the engine has just taken is there. */
static void test_definitions_are_listed(void **state)
{
	struct sim *sim = sim_new(1);
	struct simclock *clock = simclock_new(sim, true);
	struct lt_arena *arena;
	(void)state;
	assert_int_equal(lt_arena_new(1u << 20, &arena), LT_OK);
	for (uint32_t after = 0; after < 3; after++) {
		const struct lt_control_answer *answer = definitions(sim, LT_DEFINE_CALENDAR, after);
		assert_int_equal(answer->reason, 0);
		assert_int_equal(answer->definitions.count, 2 - after);
		assert_int_equal(answer->definitions.next, 0);
		for (uint32_t i = 0; i < 2 - after; i++) {
			struct lt_calendar_year year;
			assert_int_equal(lt_calendar_year_decode(answer->definitions.list[i], arena, &year, NULL), 0);
			assert_int_equal(year.year, 2026 + after + i);
		}
	}
	assert_int_equal(definitions(sim, LT_DEFINE_CRL, 0)->definitions.count, 0);
	simclock_calendar(sim, 2028);
	assert_int_equal(definitions(sim, LT_DEFINE_CALENDAR, 0)->definitions.count, 3);
	lt_arena_free(arena);
	simclock_free(clock);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_each_once), cmocka_unit_test(test_definitions_are_listed),
	  cmocka_unit_test(test_broker_down), cmocka_unit_test(test_crash_at_each_step),
	  cmocka_unit_test(test_stale_generation), cmocka_unit_test(test_time_unconfirmed),
	  cmocka_unit_test(test_suspend), cmocka_unit_test(test_restart), cmocka_unit_test(test_apology),
	  cmocka_unit_test(test_outage), cmocka_unit_test(test_without_calendar), cmocka_unit_test(test_handoff),
	  cmocka_unit_test(test_handoff_from_arrival), cmocka_unit_test(test_handoff_that_does_not_arrive),
	  cmocka_unit_test(test_supplement_missed), cmocka_unit_test(test_consult_silent),
	  cmocka_unit_test(test_done_in_time))
