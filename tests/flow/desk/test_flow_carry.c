/* Dossiers of before: while a window is open that two operators have opened, agencies open them with their true dates, where they stand on
 * the route; clocks count from these dates, and nobody is told of what was over by then. */
#include "test.h"

#include "simclock.h"
#include "simroute.h"
#include "time_fixture.h"

#define OLD "H37.02-20261110-0000007"
#define OLD_COMMUNE "H37.02.01-20261110-0000007"
#define NEW_RECEIVED "2026-11-19T10:00"

static struct simclock *begin(uint64_t seed)
{
	struct sim *sim = sim_new(seed);
	struct simclock *clock = simclock_new(sim, true);
	for (int i = DISTRICT; i <= MINISTRY; i++)
		sim_connect(sim, i);
	return clock;
}

static void end(struct simclock *clock)
{
	struct sim *sim = clock->sim;
	simroute_rebuild(sim);
	simclock_free(clock);
	sim_free(sim);
}

static void run_to(struct simclock *clock, const char *time)
{
	int64_t us = at(time) - clock->sim->now;
	simclock_run(clock, us - us % SIMCLOCK_HOUR, SIMCLOCK_HOUR);
	if (us % SIMCLOCK_HOUR > 0)
		simclock_run(clock, us % SIMCLOCK_HOUR, us % SIMCLOCK_HOUR);
}

/* Received on Tue 10/11, at its leg since Thu 12/11. */
static struct lt_carried before(void)
{
	return (struct lt_carried){ .opened_at = at("2026-11-09T20:00"),
				    .received_at = at("2026-11-10T08:00"),
				    .since = at("2026-11-12T08:00") };
}

static const struct lt_control_answer *admin(struct sim *sim, enum lt_admin_act act, const char *subject, uint32_t uid,
					     uint64_t number)
{
	struct lt_control_request request = { .type = LT_CONTROL_ADMIN };
	request.admin = (struct lt_admin_command){ .act = act,
						   .subject = subject,
						   .number = number,
						   .uid = uid,
						   .operator_name = "an",
						   .reason = "chuyen du lieu" };
	if (act == LT_ADMIN_CARRY_OPEN) {
		request.admin.time = at("2026-11-19T00:00");
		request.admin.until = at("2026-12-19T00:00");
	}
	return sim_control(sim, &request);
}

static void open_window(struct sim *sim, const char *subject)
{
	const struct lt_control_answer *answer = admin(sim, LT_ADMIN_CARRY_OPEN, subject, 1, 0);
	assert_int_equal(answer->reason, 0);
	assert_int_equal(admin(sim, LT_ADMIN_CARRY_CONFIRM, subject, 2, answer->act.sequence)->reason, 0);
}

static struct sim_act carry(const char *code, int sender, int to, uint32_t leg, struct lt_carried *carried)
{
	return ACT(.kind = LT_KIND_OPEN, .sender = sender, .to = to, .dossier = code, .route_leg = leg,
		   .carried = carried);
}

static void answers(struct sim *sim, struct sim_act given, enum lt_reason reason)
{
	const struct sim_answer *answer = sim_do(sim, &given);
	assert_non_null(answer);
	if (answer->reason != reason)
		fail_msg("%s: %s, not %s", lt_reason_name(answer->reason), answer->detail, lt_reason_name(reason));
}

static struct sim_act of_district(struct lt_carried *carried)
{
	struct sim_act given = carry(OLD, DISTRICT, DEPARTMENT, 2, carried);
	given.procedure = SIMCLOCK_PROCEDURE;
	return given;
}

/* Two users, for who is named; for what was received before; until it ends. */
static void test_window(void **state)
{
	struct simclock *clock = begin(1);
	struct sim *sim = clock->sim;
	struct lt_carried dates = before(), late = before(), ahead = before();
	(void)state;
	sim_advance(sim, SIMCLOCK_HOUR);
	answers(sim, of_district(&dates), LT_CARRY_NOT_OPEN);
	assert_int_equal(admin(sim, LT_ADMIN_CARRY_OPEN, "H99", 1, 0)->reason, LT_DEFINITION_INVALID);
	assert_int_equal(admin(sim, LT_ADMIN_CARRY_CLOSE, "H37.02", 1, 0)->reason, LT_ALREADY_SO);
	uint64_t proposal = admin(sim, LT_ADMIN_CARRY_OPEN, "H37.02", 1, 0)->act.sequence;
	answers(sim, of_district(&dates), LT_CARRY_NOT_OPEN);
	assert_int_equal(admin(sim, LT_ADMIN_CARRY_CONFIRM, "H37.02", 1, proposal)->reason, LT_OPERATOR_NOT_ADMITTED);
	assert_int_equal(admin(sim, LT_ADMIN_CARRY_CONFIRM, "H37.02", 2, proposal + 1)->reason, LT_RECORD_UNKNOWN);
	assert_int_equal(admin(sim, LT_ADMIN_CARRY_CONFIRM, "H37.02", 2, proposal)->reason, 0);
	assert_int_equal(admin(sim, LT_ADMIN_CARRY_CONFIRM, "H37.02", 2, proposal)->reason, LT_RECORD_UNKNOWN);
	late.received_at = late.since = at("2026-11-19T08:00");
	answers(sim, of_district(&late), LT_CARRY_NOT_OPEN); /* it is a new one */
	ahead.since = at("2026-11-20T08:00");
	answers(sim, of_district(&ahead), LT_CARRY_DATE_WRONG);
	struct lt_carried old = before();
	old.opened_at = old.received_at = at("2026-09-01T08:00");
	answers(sim, of_district(&old), LT_CODE_DATE_WRONG); /* a code has its own day */
	assert_int_equal(sim_control(sim, &(struct lt_control_request){ .type = LT_CONTROL_CARRIES })->carries.count,
			 1);
	assert_int_equal(admin(sim, LT_ADMIN_CARRY_CLOSE, "H37.02", 3, 0)->reason, 0);
	answers(sim, of_district(&dates), LT_CARRY_NOT_OPEN);
	open_window(sim, SIMCLOCK_PROCEDURE);
	struct sim_act given = of_district(&dates);
	answers(sim, given, 0);
	sim_advance(sim, 31 * SIM_DAY);
	given.dossier = "H37.02-20261110-0000008";
	answers(sim, given, LT_CARRY_NOT_OPEN);
	end(clock);
}

/* Three working days from Tue 10/11 were over on Fri 13/11, two from Thu 12/11 at the leg on Mon 16/11. */
static void test_true_dates(void **state)
{
	struct simclock *clock = begin(2);
	struct sim *sim = clock->sim;
	struct lt_carried dates = before();
	(void)state;
	sim_advance(sim, SIMCLOCK_HOUR);
	open_window(sim, "H37.02");
	struct sim_act given = of_district(&dates);
	answers(sim, given, 0);
	const struct lt_dossier_view *view = sim_dossier(sim, OLD);
	assert_int_equal(view->status, 4);
	assert_at(view->opened_at, "2026-11-09T20:00");
	assert_at(view->received_at, "2026-11-10T08:00");
	assert_true(view->carried_at >= at("2026-11-19T09:00"));
	assert_at(view->clock->started, "2026-11-10T08:00");
	assert_at(view->clock->due_lawful, "2026-11-13T08:00");
	assert_int_equal(view->clock->verdict, LT_TIME_OVERDUE);
	assert_int_equal(view->stays_total, 0);
	simroute_accept(sim, OLD, 1, DEPARTMENT);
	view = sim_dossier(sim, OLD);
	assert_at(view->branches[0].clock->started, "2026-11-12T08:00");
	assert_at(view->branches[0].clock->due_lawful, "2026-11-16T08:00");
	assert_int_equal(view->stays_total, 1); /* the offer that was waited for; the open stay behind it */
	assert_at(view->stays[1].begun, "2026-11-12T08:00");
	run_to(clock, "2026-11-25T08:00");
	for (int agency = DISTRICT; agency <= DEPARTMENT; agency++) {
		assert_int_equal(simclock_count(sim, agency, LT_KIND_OVERDUE), 0);
		assert_int_equal(simclock_count(sim, agency, LT_KIND_DUE_SOON), 0);
	}
	assert_int_equal(sim_dossier(sim, OLD)->branches[0].clock->verdict, LT_TIME_OVERDUE);
	end(clock);
}

/* What the applicant was told stays, and is told when it is over; what is judged by is the law's. */
static void test_appointment(void **state)
{
	struct simclock *clock = begin(3);
	struct sim *sim = clock->sim;
	struct lt_carried dates = before();
	(void)state;
	sim_advance(sim, SIMCLOCK_HOUR);
	open_window(sim, "H37.02");
	dates.appointment = at("2026-11-23T08:00");
	dates.counted_from = at("2026-11-11T08:00");
	struct sim_act given = of_district(&dates);
	answers(sim, given, 0);
	const struct lt_clock_view *view = sim_dossier(sim, OLD)->clock;
	assert_at(view->started, "2026-11-11T08:00");
	assert_at(view->due_lawful, "2026-11-16T08:00");
	assert_at(view->due_first, "2026-11-23T08:00");
	assert_at(view->appointment, "2026-11-23T08:00");
	run_to(clock, "2026-11-23T07:00");
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_OVERDUE), 0);
	run_to(clock, "2026-11-23T09:00");
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_OVERDUE), 1);
	end(clock);
}

/* Of ways that run together none alone; behind the result with its day; a window of the agency above. */
static void test_where_it_stands(void **state)
{
	struct sim *sim = simroute_new(4);
	struct lt_carried dates = before();
	(void)state;
	sim_advance(sim, at(NEW_RECEIVED) - sim->now);
	open_window(sim, sim_codes[DISTRICT]);
	struct sim_act given = carry(OLD_COMMUNE, COMMUNE, MINISTRY, 3, &dates);
	given.procedure = ROUTE_ALL;
	answers(sim, given, LT_NOT_AT_THIS_LEG);
	given = carry(OLD_COMMUNE, COMMUNE, COMMUNE, 6, &dates);
	given.procedure = ROUTE_ALL;
	answers(sim, given, LT_CARRY_DATE_WRONG);
	dates.done_at = at("2026-11-11T17:00");
	answers(sim, given, 0);
	const struct lt_dossier_view *view = sim_dossier(sim, OLD_COMMUNE);
	assert_int_equal(view->status, 9);
	assert_int_equal(view->clock->verdict, LT_TIME_EARLY);
	assert_at(view->stays[0].begun, "2026-11-12T08:00");
	given = ACT(.kind = LT_KIND_HANDED_OVER, .dossier = OLD_COMMUNE, .sender = COMMUNE, .to = DEPARTMENT,
		    .branch = 1, .version = view->branches[0].version);
	answers(sim, given, 0);
	assert_int_equal(sim_dossier(sim, OLD_COMMUNE)->status, 10);
	given = carry("H37.02.01-20261110-0000008", COMMUNE, DEPARTMENT, 5, &dates);
	given.procedure = ROUTE_ALL;
	answers(sim, given, LT_CARRY_DATE_WRONG); /* its result is still to be made */
	dates.done_at = 0;
	answers(sim, given, 0);
	simroute_accept(sim, given.dossier, 1, DEPARTMENT);
	simroute_is(sim, given.dossier, 1, 4, LT_CUSTODY_HELD, DEPARTMENT);
	simroute_rebuild(sim);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_window), cmocka_unit_test(test_true_dates), cmocka_unit_test(test_appointment),
	  cmocka_unit_test(test_where_it_stands))
