/* The legal time of a sandbox: what comes of a dossier is the same whether the days go by or are stepped over, due time by due time; ids
 * and the directory stay with the real time; and a broker whose genesis does not say sandbox does not move it. */
#include "test.h"

#include "flow_clock.h"

#include <lienthong/time.h>

static struct lt_time_view view(struct sim *sim)
{
	struct lt_control_request request = { .type = LT_CONTROL_TIME };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	assert_int_equal(answer->reason, 0);
	return answer->time;
}

static enum lt_reason move(struct sim *sim, int64_t to)
{
	struct lt_control_request request = { .type = LT_CONTROL_ADMIN };
	request.admin = (struct lt_admin_command){
		.act = LT_ADMIN_SANDBOX_CLOCK, .subject = "", .operator_name = "tester", .reason = "trial", .time = to
	};
	return sim_control(sim, &request)->reason;
}

/* As the tool does: to the first due time, what is due happens, further. How many due times there were. */
static unsigned step_to(struct simclock *clock, const char *time)
{
	struct sim *sim = clock->sim;
	unsigned steps = 0;
	sim_advance(sim, SIM_SECOND); /* what was delivered is acknowledged */
	for (struct lt_time_view now = view(sim); now.legal < at(time); now = view(sim)) {
		assert_true(now.due == 0 || now.due >= now.legal);
		assert_int_equal(move(sim, at(time)), 0);
		bool stops = now.due != 0 && now.due + 1 < at(time); /* behind it, and not a moment more */
		assert_int_equal(view(sim).legal, stops ? now.due + 1 : at(time));
		steps += stops;
		sim_tick(sim);
		sim_run(sim);
		while (simclock_sign(clock) > 0)
			sim_run(sim);
	}
	return steps;
}

static struct simclock *begin_sandbox(uint64_t seed)
{
	struct sim *sim = sim_new_sandbox(seed);
	struct simclock *clock = simclock_new(sim, true);
	connect_all(sim);
	return clock;
}

static void same_notices(const struct sim *real, const struct sim *stepped)
{
	static const enum lt_kind kinds[] = { LT_KIND_DUE_SOON, LT_KIND_OVERDUE,   LT_KIND_REROUTED,
					      LT_KIND_SILENT,   LT_KIND_DUE_MOVED, LT_KIND_UNDELIVERABLE };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (int agency = DISTRICT; agency <= MINISTRY; agency++)
			assert_int_equal(simclock_count(real, agency, kinds[i]),
					 simclock_count(stepped, agency, kinds[i]));
}

/* What it has used so far is as of the newest record, and only one world has one of the last minute. */
static void same_clock(const struct lt_clock_view *a, const struct lt_clock_view *b)
{
	assert_non_null(a);
	assert_non_null(b);
	assert_int_equal(a->due_first, b->due_first);
	assert_int_equal(a->due_lawful, b->due_lawful);
	assert_int_equal(a->appointment, b->appointment);
	assert_int_equal(a->verdict, b->verdict);
}

/* Offer, acceptance the next day, papers asked for and brought, silence, overdue, an apology: one world waits, the other steps. */
static void life(struct simclock *clock, void (*go)(struct simclock *clock, const char *time))
{
	struct sim *sim = clock->sim;
	offer(sim, SIMCLOCK_PROCEDURE);
	go(clock, "2026-11-20T09:00");
	accept(sim);
	go(clock, "2026-11-23T10:00");
	held(sim, LT_KIND_REQUEST_SUPPLEMENT, DEPARTMENT, DISTRICT, 0, NULL);
	uint8_t request[16];
	memcpy(request, sim->last_id, sizeof(request));
	go(clock, "2026-11-25T09:00");
	held(sim, LT_KIND_SUPPLEMENT, DISTRICT, DEPARTMENT, 0, request);
	go(clock, "2026-12-07T09:00");
}

static void wait_to(struct simclock *clock, const char *time)
{
	sim_advance(clock->sim, SIM_SECOND);
	run_to(clock, time, SIMCLOCK_HOUR);
}

static void leap_to(struct simclock *clock, const char *time)
{
	(void)step_to(clock, time);
}

static void test_days_stepped_over_are_days(void **state)
{
	struct simclock *real = begin(41), *stepped = begin_sandbox(41);
	(void)state;
	life(real, wait_to);
	life(stepped, leap_to);
	same_notices(real->sim, stepped->sim);
	assert_int_not_equal(simclock_count(stepped->sim, DISTRICT, LT_KIND_OVERDUE), 0);
	assert_int_not_equal(simclock_count(stepped->sim, DEPARTMENT, LT_KIND_SILENT), 0);
	const struct lt_dossier_view *a = sim_dossier(real->sim, CODE);
	const struct lt_dossier_view *b = sim_dossier(stepped->sim, CODE);
	same_clock(a->clock, b->clock);
	assert_int_equal(a->branch_count, b->branch_count);
	same_clock(a->branches[0].clock, b->branches[0].clock);
	assert_int_equal(a->stay_count, b->stay_count);
	for (size_t i = 0; i < a->stay_count; i++) {
		assert_int_equal(a->stays[i].ended != 0, b->stays[i].ended != 0);
		if (a->stays[i].ended != 0)
			assert_int_equal(a->stays[i].used, b->stays[i].used);
		assert_int_equal(a->stays[i].verdict, b->stays[i].verdict);
		assert_in_range(b->stays[i].begun, a->stays[i].begun - SIMCLOCK_MINUTE,
				a->stays[i].begun + SIMCLOCK_MINUTE);
	}
	/* The history is told in the law's time; a world that waits looks at its clocks once an hour. */
	assert_int_equal(a->hop_count, b->hop_count);
	for (size_t i = 0; i < a->hop_count; i++) {
		int64_t slack = a->hops[i].kind < LT_KIND_DUE_SOON ? SIMCLOCK_MINUTE : SIMCLOCK_HOUR;
		assert_int_equal(a->hops[i].kind, b->hops[i].kind);
		assert_in_range(b->hops[i].time, a->hops[i].time - slack, a->hops[i].time + slack);
	}
	assert_in_range(stepped->sim->now, SIMCLOCK_MORNING, SIMCLOCK_MORNING + 10 * SIMCLOCK_MINUTE);
	end(real);
	end(stepped); /* a rebuild gives the same state, the offset with it */
}

/* Ids are of the real time, whatever the legal one is. */
static void test_ids_keep_the_real_time(void **state)
{
	struct simclock *clock = begin_sandbox(42);
	struct sim *sim = clock->sim;
	(void)state;
	offer(sim, SIMCLOCK_PROCEDURE);
	step_to(clock, "2026-12-30T09:00");
	const struct sim_agency *agency = &sim->agencies[DISTRICT];
	assert_true(agency->received > 0);
	for (uint64_t i = 0; i < agency->received; i++)
		assert_in_range(lt_uuid_time(agency->inbox[i].id), SIMCLOCK_MORNING - SIM_DAY, sim->now);
	assert_in_range(view(sim).time, SIMCLOCK_MORNING, sim->now);
	sim_crash(sim, 0);
	sim_open(sim);
	assert_int_equal(view(sim).legal / SIMCLOCK_MINUTE, at("2026-12-30T09:00") / SIMCLOCK_MINUTE);
	end(clock);
}

/* The day of a code and due_at are held against the legal time. */
static void test_codes_and_due_at(void **state)
{
	struct simclock *clock = begin_sandbox(43);
	struct sim *sim = clock->sim;
	(void)state;
	offer(sim, SIMCLOCK_PROCEDURE);
	accept(sim);
	step_to(clock, "2027-01-15T09:00");
	struct sim_act open = {
		.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .procedure = SIMCLOCK_PROCEDURE
	};
	open.dossier = "H37.02-20261119-0000002"; /* today by the machine's clock */
	assert_int_equal(sim_do(sim, &open)->reason, LT_CODE_DATE_WRONG);
	open.dossier = "H37.02-20270115-0000002";
	assert_int_equal(sim_do(sim, &open)->reason, 0);
	const struct lt_branch_view *held_leg = leg(sim);
	struct sim_act consult = { .kind = LT_KIND_CONSULT,
				   .sender = DEPARTMENT,
				   .to = MINISTRY,
				   .dossier = CODE,
				   .branch = held_leg->branch,
				   .version = held_leg->version };
	consult.due_at = at("2027-01-14T09:00");
	assert_int_equal(sim_do(sim, &consult)->reason, LT_DUE_INVALID);
	consult.due_at = at("2027-01-20T09:00");
	assert_int_equal(sim_do(sim, &consult)->reason, 0);
	end(clock);
}

static void test_what_is_refused(void **state)
{
	struct simclock *clock = begin_sandbox(44);
	struct simclock *held_plainly = begin_held(45, SIMCLOCK_PROCEDURE);
	struct sim *plain = held_plainly->sim;
	(void)state;
	assert_int_equal(move(plain, at("2026-12-30T09:00")), LT_NOT_A_SANDBOX);
	assert_false(view(plain).sandbox);
	assert_int_equal(view(plain).legal, view(plain).time);
	assert_int_equal(move(clock->sim, view(clock->sim).legal), LT_ALREADY_SO);
	assert_int_equal(move(clock->sim, view(clock->sim).time + 3651 * SIM_DAY), LT_DEFINITION_INVALID);
	assert_true(view(clock->sim).sandbox);
	end(held_plainly);
	end(clock);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_days_stepped_over_are_days),
					    cmocka_unit_test(test_ids_keep_the_real_time),
					    cmocka_unit_test(test_codes_and_due_at),
					    cmocka_unit_test(test_what_is_refused) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
