/* What operators announce of an agency: drained, it is offered nothing that is new to it; closed for a time, who waits for it is told until
 * when, and reminders wait. Both come and go by acts, and a broker that was rebuilt has them. */
#include "test.h"

#include <string.h>

#include "simclock.h"
#include "simmerge.h"
#include "simroute.h"
#include "time_fixture.h"

#define CODE "H37.02-20261119-0000001"
#define OTHER_CODE "H37.02-20261119-0000002"

static struct sim *sim;
static struct simclock *simclock;

static void begin(uint64_t seed)
{
	sim = sim_new(seed);
	simclock = simclock_new(sim, true);
	for (int i = 0; i < SIM_AGENCIES; i++)
		sim_connect(sim, i);
}

static void end(void)
{
	simroute_rebuild(sim);
	simclock_free(simclock);
	sim_free(sim);
}

static enum lt_reason announce(enum lt_admin_act act, int agency, const char *from, const char *until)
{
	struct lt_control_request request = { .type = LT_CONTROL_ADMIN };
	request.admin = (struct lt_admin_command){ .act = act,
						   .subject = sim_codes[agency],
						   .time = from ? at(from) : 0,
						   .until = until ? at(until) : 0,
						   .operator_name = "an",
						   .reason = "chuyển hệ thống, công văn 7" };
	return sim_control(sim, &request)->reason;
}

static const struct lt_agency_view *agency(int which)
{
	struct lt_control_request request = { .type = LT_CONTROL_AGENCIES, .code = sim_codes[which] };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	assert_int_equal(answer->agencies.count, 1);
	return &answer->agencies.agencies[0];
}

static const struct sim_answer *act(const char *code, struct sim_act what, enum lt_reason reason)
{
	what.dossier = code;
	return simroute_act(sim, what, reason);
}

/* A dossier that is new to it is refused to the sender, who reads why; itself it may open. What it has held goes on and comes back. */
static void test_drained(void **state)
{
	(void)state;
	begin(1);
	act(CODE, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT), 0);
	simroute_accept(sim, CODE, 1, DEPARTMENT);
	assert_int_equal(announce(LT_ADMIN_RESUME, DEPARTMENT, NULL, NULL), LT_ALREADY_SO);
	uint64_t definitions = engine_definitions(sim->engine);
	assert_int_equal(announce(LT_ADMIN_DRAIN, DEPARTMENT, NULL, NULL), 0);
	assert_int_equal(announce(LT_ADMIN_DRAIN, DEPARTMENT, NULL, NULL), LT_ALREADY_SO);
	assert_int_equal(engine_definitions(sim->engine), definitions + 1); /* adapters tell a restored broker of it */
	assert_int_equal(announce(LT_ADMIN_DRAIN, DISTRICT, NULL, NULL), 0);
	assert_int_not_equal(agency(DEPARTMENT)->drained_at, 0);
	assert_string_equal(agency(DEPARTMENT)->drain_reason, "chuyển hệ thống, công văn 7");
	const struct sim_answer *answer =
		act(OTHER_CODE, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT), LT_RECIPIENT_DRAINED);
	assert_non_null(strstr(answer->detail, "công văn 7"));
	assert_null(sim_dossier(sim, OTHER_CODE));
	act(OTHER_CODE, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT), 0);
	act(OTHER_CODE, ACT(.kind = LT_KIND_FORWARD, .sender = DISTRICT, .to = DEPARTMENT), LT_RECIPIENT_DRAINED);
	act(CODE, ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = MINISTRY), 0);
	simroute_accept(sim, CODE, 1, MINISTRY);
	act(CODE, ACT(.kind = LT_KIND_RETURN, .sender = MINISTRY, .to = DEPARTMENT), 0); /* it has had it */
	simroute_accept(sim, CODE, 1, DEPARTMENT);
	act(CODE, ACT(.kind = LT_KIND_RESULT, .sender = DEPARTMENT, .to = DISTRICT),
	    0); /* which is drained, and has opened it */
	assert_int_equal(announce(LT_ADMIN_RESUME, DEPARTMENT, NULL, NULL), 0);
	assert_int_equal(agency(DEPARTMENT)->drained_at, 0);
	act(OTHER_CODE, ACT(.kind = LT_KIND_FORWARD, .sender = DISTRICT, .to = DEPARTMENT), 0);
	end();
}

/* A fork is whole: one of its agencies is drained, none is offered its leg. An opinion is asked all the same. What follows it is not drained. */
static void test_fork_and_successor(void **state)
{
	struct simmerge merge = { 0 };
	struct sim_act fork = { .kind = LT_KIND_FORWARD,
				.sender = DEPARTMENT,
				.to_count = 2,
				.recipients = { { MINISTRY, 3 }, { OTHER, 4 } } };
	(void)state;
	sim = simroute_new(9);
	simroute_act(sim, ACT(.kind = LT_KIND_OPEN, .sender = COMMUNE, .to = COMMUNE, .procedure = ROUTE_ALL), 0);
	simroute_pass(sim, ACT(.kind = LT_KIND_FORWARD, .sender = COMMUNE, .to = DEPARTMENT));
	assert_int_equal(announce(LT_ADMIN_DRAIN, OTHER, NULL, NULL), 0);
	simroute_act(sim, fork, LT_RECIPIENT_DRAINED);
	assert_int_equal(sim_dossier(sim, ROUTE_CODE)->branch_count, 1);
	simroute_act(sim, ACT(.kind = LT_KIND_CONSULT, .sender = DEPARTMENT, .to = OTHER), 0);
	simmerge_end(&merge, sim, OTHER, DISTRICT);
	fork.reason = "da co y kien";
	simroute_act(sim, fork, 0);
	simroute_rebuild(sim);
	sim_free(sim);
}

/* RESUME ends both, and only what there is. */
static void test_resume_ends_both(void **state)
{
	(void)state;
	begin(2);
	assert_int_equal(announce(LT_ADMIN_SUSPEND, DEPARTMENT, NULL, NULL), 0);
	assert_int_equal(announce(LT_ADMIN_DRAIN, DEPARTMENT, NULL, NULL), 0);
	assert_true(agency(DEPARTMENT)->suspended && agency(DEPARTMENT)->drained_at != 0);
	assert_int_equal(announce(LT_ADMIN_RESUME, DEPARTMENT, NULL, NULL), 0);
	assert_false(agency(DEPARTMENT)->suspended || agency(DEPARTMENT)->drained_at != 0);
	assert_int_equal(announce(LT_ADMIN_RESUME, DEPARTMENT, NULL, NULL), LT_ALREADY_SO);
	end();
}

/* The simulation begins on Thu 19/11 at 08:00. */
static void test_closure_is_announced(void **state)
{
	(void)state;
	begin(3);
	const char *from = "2026-11-23T07:30", *until = "2026-11-25T17:00";
	assert_int_equal(announce(LT_ADMIN_REOPEN, DEPARTMENT, NULL, NULL), LT_ALREADY_SO);
	assert_int_equal(announce(LT_ADMIN_CLOSURE, DEPARTMENT, until, from), LT_DEFINITION_INVALID);
	assert_int_equal(announce(LT_ADMIN_CLOSURE, DEPARTMENT, "2026-11-16T07:30", "2026-11-17T07:30"),
			 LT_DEFINITION_INVALID); /* over */
	assert_int_equal(announce(LT_ADMIN_CLOSURE, DEPARTMENT, from, "2027-03-01T07:30"), LT_DEFINITION_INVALID);
	assert_int_equal(announce(LT_ADMIN_CLOSURE, DEPARTMENT, "2028-11-23T07:30", "2028-11-25T07:30"),
			 LT_DEFINITION_INVALID);
	assert_int_equal(announce(LT_ADMIN_CLOSURE, DEPARTMENT, from, until), 0);
	assert_int_equal(announce(LT_ADMIN_CLOSURE, DEPARTMENT, from, until), LT_ALREADY_SO);
	assert_int_equal(agency(DEPARTMENT)->closed_from, at(from));
	assert_int_equal(agency(DEPARTMENT)->closed_until, at(until));
	assert_int_equal(agency(DISTRICT)->closed_until, 0);
	assert_int_equal(announce(LT_ADMIN_REOPEN, DEPARTMENT, NULL, NULL), 0);
	assert_int_equal(agency(DEPARTMENT)->closed_until, 0);
	/* From a time that has gone by: from now on; changed while it runs, its beginning stays. */
	assert_int_equal(announce(LT_ADMIN_CLOSURE, DEPARTMENT, "2026-11-16T07:30", until), 0);
	int64_t begun = agency(DEPARTMENT)->closed_from;
	assert_true(begun > at("2026-11-18T00:00") && begun <= sim->now);
	simclock_run(simclock, SIMCLOCK_HOUR, SIMCLOCK_HOUR);
	assert_int_equal(announce(LT_ADMIN_CLOSURE, DEPARTMENT, "2026-11-16T07:30", "2026-11-20T17:00"), 0);
	assert_int_equal(agency(DEPARTMENT)->closed_from, begun);
	assert_int_equal(agency(DEPARTMENT)->closed_until, at("2026-11-20T17:00"));
	end();
}

static void run_to(const char *time)
{
	int64_t us = at(time) - sim->now;
	simclock_run(simclock, us - us % SIMCLOCK_HOUR, SIMCLOCK_HOUR);
	if (us % SIMCLOCK_HOUR > 0)
		simclock_run(simclock, us % SIMCLOCK_HOUR, us % SIMCLOCK_HOUR);
}

static unsigned told(int agency, enum lt_kind kind)
{
	return simclock_count(sim, agency, kind);
}

static const struct lt_owed *owed(void)
{
	const struct lt_dossier_view *view = sim_dossier(sim, CODE);
	assert_int_equal(view->owed_count, 1);
	return &view->owed[0];
}

/* Offered on Thu 19/11 at `hour`, to be answered by Fri 20/11 at the same: 8 working hours. */
static void offer(void)
{
	act(CODE, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .procedure = SIMCLOCK_PROCEDURE), 0);
}

/* Closed before it would be reminded: the sender is told with the offer, and again when the end has changed; the reminder comes at the end,
 * the escalation as long after it. The time to answer stays as it was. */
static void test_sender_is_told(void **state)
{
	(void)state;
	begin(4);
	run_to("2026-11-19T10:00");
	assert_int_equal(announce(LT_ADMIN_CLOSURE, DEPARTMENT, "2026-11-20T07:30", "2026-11-26T07:30"), 0);
	offer();
	run_to("2026-11-19T11:00");
	assert_int_equal(told(DISTRICT, LT_KIND_AWAY), 1);
	assert_int_equal(owed()->what, LT_OWED_ACCEPT);
	assert_int_equal(owed()->closed_from, at("2026-11-20T07:30"));
	assert_int_equal(owed()->closed_until, at("2026-11-26T07:30"));
	assert_string_equal(owed()->closed_why, "chuyển hệ thống, công văn 7");
	int64_t until = owed()->until;
	assert_true(until >= at("2026-11-20T10:00") && until <= at("2026-11-20T11:00"));
	run_to("2026-11-23T12:00");
	assert_int_equal(announce(LT_ADMIN_CLOSURE, DEPARTMENT, "2026-11-20T07:30", "2026-11-25T07:30"), 0);
	assert_int_equal(told(DISTRICT, LT_KIND_AWAY), 1);
	run_to("2026-11-25T07:00");
	assert_int_equal(told(DISTRICT, LT_KIND_AWAY), 2);       /* within a day */
	assert_int_equal(told(DEPARTMENT, LT_KIND_DUE_SOON), 1); /* of the dossier, as its lead */
	assert_int_equal(told(DISTRICT, LT_KIND_UNDELIVERABLE), 0);
	assert_int_equal(owed()->until, until);
	run_to("2026-11-25T09:00");
	assert_int_equal(told(DEPARTMENT, LT_KIND_DUE_SOON), 2);
	assert_int_equal(owed()->closed_until, 0);
	run_to("2026-11-26T09:00");
	assert_int_equal(told(DISTRICT, LT_KIND_UNDELIVERABLE), 1);
	assert_int_equal(told(DISTRICT, LT_KIND_AWAY), 2);
	end();
}

/* Announced when it waits already: told when the reminder would have been; withdrawn, the reminder comes within a day. */
static void test_who_waits_is_told(void **state)
{
	(void)state;
	begin(5);
	run_to("2026-11-19T10:00");
	offer();
	assert_int_equal(announce(LT_ADMIN_CLOSURE, DEPARTMENT, "2026-11-19T10:00", "2026-12-18T17:00"), 0);
	run_to("2026-11-20T09:00");
	assert_int_equal(told(DISTRICT, LT_KIND_AWAY), 0);
	run_to("2026-11-20T11:00");
	assert_int_equal(told(DISTRICT, LT_KIND_AWAY), 1);
	run_to("2026-11-24T09:00");
	assert_int_equal(announce(LT_ADMIN_REOPEN, DEPARTMENT, NULL, NULL), 0);
	assert_int_equal(told(DEPARTMENT, LT_KIND_DUE_SOON), 1); /* of the dossier, as its lead */
	run_to("2026-11-25T11:00");
	assert_int_equal(told(DEPARTMENT, LT_KIND_DUE_SOON), 2);
	assert_int_equal(told(DISTRICT, LT_KIND_AWAY), 1);
	end();
}

/* A closure that begins when the offer should be answered long ago is no news to its sender. */
static void test_far_closure_is_not_told(void **state)
{
	(void)state;
	begin(6);
	run_to("2026-11-19T10:00");
	assert_int_equal(announce(LT_ADMIN_CLOSURE, DEPARTMENT, "2026-12-07T07:30", "2026-12-08T07:30"), 0);
	offer();
	run_to("2026-11-19T11:00");
	assert_int_equal(told(DISTRICT, LT_KIND_AWAY), 0);
	assert_int_equal(owed()->closed_from, at("2026-12-07T07:30")); /* who looks sees it */
	run_to("2026-11-20T11:00");
	assert_int_equal(told(DEPARTMENT, LT_KIND_DUE_SOON), 1);
	end();
}

/* That a closed holder is silent is told at the end; that the leg's time is over is told at its time. */
static void test_holder_is_closed(void **state)
{
	(void)state;
	begin(7);
	run_to("2026-11-19T10:00");
	offer();
	simroute_accept(sim, CODE, 1, DEPARTMENT);
	assert_int_equal(announce(LT_ADMIN_CLOSURE, DEPARTMENT, "2026-11-19T13:00", "2026-11-27T07:30"), 0);
	run_to("2026-11-24T07:00");
	assert_int_equal(told(DISTRICT, LT_KIND_SILENT), 0);
	assert_true(told(DEPARTMENT, LT_KIND_OVERDUE) > 0);
	run_to("2026-11-27T09:00");
	assert_int_equal(told(DISTRICT, LT_KIND_SILENT), 1);
	end();
}

/* Who asks an opinion is told with the act when who is asked is closed before it is due. */
static void test_asker_is_told(void **state)
{
	(void)state;
	begin(10);
	run_to("2026-11-19T10:00");
	offer();
	simroute_accept(sim, CODE, 1, DEPARTMENT);
	assert_int_equal(announce(LT_ADMIN_CLOSURE, MINISTRY, "2026-11-20T07:30", "2026-11-26T07:30"), 0);
	assert_int_equal(announce(LT_ADMIN_CLOSURE, OTHER, "2026-12-20T07:30", "2026-12-26T07:30"), 0);
	struct sim_act ask = {
		.kind = LT_KIND_CONSULT, .sender = DEPARTMENT, .due_at = at("2026-11-24T17:00"), .to_count = 2
	};
	ask.recipients[0].agency = MINISTRY;
	ask.recipients[1].agency = OTHER;
	act(CODE, ask, 0);
	run_to("2026-11-19T11:00");
	assert_int_equal(told(DEPARTMENT, LT_KIND_AWAY), 1);
	run_to("2026-11-24T18:00");
	assert_true(sim_dossier(sim, CODE)->consults[0].answers[0].silent_at != 0); /* its time has not moved */
	end();
}

static void test_registrar_is_told(void **state)
{
	(void)state;
	sim = sim_new(11);
	simclock = simclock_new(sim, false);
	simroute_define(sim);
	for (int i = 0; i < SIM_AGENCIES; i++)
		sim_connect(sim, i);
	assert_int_equal(announce(LT_ADMIN_CLOSURE, COMMUNE, "2026-11-19T07:30", "2026-11-23T07:30"), 0);
	simroute_act(sim,
		     ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = COMMUNE, .procedure = ROUTE_ALL,
			 .dossier = CODE, .registers = true),
		     0);
	run_to("2026-11-19T11:00");
	assert_int_equal(told(DISTRICT, LT_KIND_AWAY), 1);
	assert_int_equal(owed()->what, LT_OWED_RECEIVE);
	assert_int_equal(owed()->closed_until, at("2026-11-23T07:30"));
	end();
}

static bool is_cause(enum lt_cause cause)
{
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	for (size_t i = 0; i < answer->status.cause_count; i++) {
		if (answer->status.causes[i].cause == (uint32_t)cause)
			return true;
	}
	return false;
}

/* Away while closed is nobody's trouble; a drain is somebody's to end. */
static void test_causes(void **state)
{
	(void)state;
	begin(8);
	assert_int_equal(announce(LT_ADMIN_CLOSURE, DEPARTMENT, "2026-11-16T00:00", "2026-11-23T07:30"), 0);
	sim_lost(sim, DEPARTMENT);
	sim_advance(sim, 10 * 60 * SIM_SECOND);
	assert_false(is_cause(LT_CAUSE_AGENCY_DISCONNECTED));
	assert_int_equal(announce(LT_ADMIN_REOPEN, DEPARTMENT, NULL, NULL), 0);
	assert_true(is_cause(LT_CAUSE_AGENCY_DISCONNECTED));
	assert_false(is_cause(LT_CAUSE_AGENCY_DRAINED));
	assert_int_equal(announce(LT_ADMIN_DRAIN, DEPARTMENT, NULL, NULL), 0);
	assert_true(is_cause(LT_CAUSE_AGENCY_DRAINED));
	end();
}

TEST_MAIN(cmocka_unit_test(test_drained), cmocka_unit_test(test_fork_and_successor),
	  cmocka_unit_test(test_resume_ends_both), cmocka_unit_test(test_closure_is_announced),
	  cmocka_unit_test(test_sender_is_told), cmocka_unit_test(test_who_waits_is_told),
	  cmocka_unit_test(test_far_closure_is_not_told), cmocka_unit_test(test_holder_is_closed),
	  cmocka_unit_test(test_asker_is_told), cmocka_unit_test(test_registrar_is_told), cmocka_unit_test(test_causes))
