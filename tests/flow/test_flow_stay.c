/* Stays and waits: what stands in the record when one holder's time at a leg ends. The arithmetic is written beside each case; Thu 19/11/2026
 * 08:00 is where all begin, Tue 24/11 is a holiday, offices work 07:30-11:30 and 13:00-17:00. */
#include "test.h"

#include <string.h>

#include "simclock.h"
#include "time_fixture.h"

#define CODE "H37.02-20261119-0000001"

static struct simclock *clock_;
static struct sim *sim;

static void end(void)
{
	uint8_t live[32], rebuilt[32];
	sim_advance(sim, SIM_SECOND);
	sim_hash(sim, live);
	sim_rebuild(sim);
	sim_hash(sim, rebuilt);
	assert_memory_equal(live, rebuilt, 32);
	simclock_free(clock_);
	sim_free(sim);
}

static void run_to(const char *time)
{
	int64_t us = at(time) - sim->now;
	simclock_run(clock_, us - us % SIMCLOCK_HOUR, SIMCLOCK_HOUR);
	if (us % SIMCLOCK_HOUR > 0)
		simclock_run(clock_, us % SIMCLOCK_HOUR, us % SIMCLOCK_HOUR);
}

static const struct lt_branch_view *branch(void)
{
	return &sim_dossier(sim, CODE)->branches[0];
}

static void act(enum lt_kind kind, int sender, int to, const uint8_t *reply)
{
	const struct lt_branch_view *view = branch();
	struct sim_act what = { .kind = kind, .sender = sender, .to = to, .dossier = CODE, .reply = reply };
	what.branch = view->branch;
	what.version = view->version;
	const struct sim_answer *answer = sim_do(sim, &what);
	if (answer->reason)
		fail_msg("%s: %s: %s", lt_kind_name(kind), lt_reason_name(answer->reason), answer->detail);
}

static void accept(int taker, int giver)
{
	uint8_t offer[16];
	memcpy(offer, branch()->offer_id.data, 16);
	act(LT_KIND_ACCEPT, taker, giver, offer);
}

/* DEPARTMENT holds leg 2 (2 working days: Mon 23/11 08:00) of a dossier with 3 (Wed 25/11 08:00). */
static void begin(uint64_t seed, const char *procedure)
{
	struct sim_act open = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = CODE };
	sim = sim_new(seed);
	clock_ = simclock_new(sim, true);
	for (int i = DISTRICT; i <= MINISTRY; i++)
		sim_connect(sim, i);
	open.procedure = procedure;
	open.route_leg = 2;
	assert_int_equal(sim_do(sim, &open)->reason, 0);
	sim_advance(sim, SIM_SECOND);
	accept(DEPARTMENT, DISTRICT);
}

/* The n-th row, from 1; 0: the first that is open. */
static const struct lt_stay *row(uint64_t number)
{
	const struct lt_dossier_view *view = sim_dossier(sim, CODE);
	for (size_t i = 0; i < view->stay_count; i++) {
		if (view->stays[i].number == number)
			return &view->stays[i];
	}
	fail_msg("no row %d of %d", (int)number, (int)view->stay_count);
	return NULL;
}

static void assert_row(uint64_t number, int holder, uint32_t how, uint32_t used, uint32_t carried, uint32_t stood,
		       uint32_t verdict)
{
	const struct lt_stay *stay = row(number);
	if (strcmp(stay->holder, sim_codes[holder]) != 0 || stay->how != how || stay->used != used ||
	    stay->carried != carried || stay->stood != stood || stay->verdict != verdict)
		fail_msg("row %d: %s %s used %u carried %u stood %u verdict %u", (int)number, stay->holder,
			 lt_stay_end_name(stay->how), stay->used, stay->carried, stay->stood, stay->verdict);
}

/* What waits unanswered is the receiver's time. */
static void test_offer_is_the_receivers(void **state)
{
	(void)state;
	begin(1, SIMCLOCK_PROCEDURE);
	assert_row(1, DISTRICT, LT_WAIT_ACCEPTED, 0, 0, 0, LT_TIME_EARLY); /* at once */
	run_to("2026-11-19T09:00");
	act(LT_KIND_RETURN, DEPARTMENT, DISTRICT, NULL);
	sim_advance(sim, SIM_SECOND);                                          /* it arrives */
	run_to("2026-11-25T09:00");                                            /* after the leg's due time */
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_OVERDUE), 1); /* of the dossier alone */
	const struct lt_stay *open = row(0);
	assert_string_equal(
		open->to,
		""); /* the giver's stay, which is over if the offer is taken: nobody charges it with the wait */
	assert_int_equal(open->used, 60);
	assert_int_equal(open->verdict, LT_TIME_WITHIN);
	const struct lt_clock_view *leg = sim_dossier(sim, CODE)->branches[0].clock;
	assert_int_equal(leg->used, 60);
	assert_int_equal(leg->verdict, LT_TIME_WITHIN);
	accept(DISTRICT, DEPARTMENT);
	assert_row(2, DEPARTMENT, LT_STAY_GIVEN_BACK, 60, 0, 0, LT_TIME_EARLY);
	assert_at(row(2)->ended, "2026-11-19T09:00");
	/* Thu 09:00-11:30, 13:00-17:00; Fri; Mon; Tue is a holiday; Wed 07:30-09:00 */
	assert_row(3, DEPARTMENT, LT_WAIT_ACCEPTED, 390 + 480 + 480 + 90, 0, 0, LT_TIME_LATE);
	assert_string_equal(row(3)->to, sim_codes[DISTRICT]);
	end();
}

/* Refused, it has never left. And the same leg again goes on where it was. */
static void test_refused_and_again(void **state)
{
	uint8_t offer[16];
	(void)state;
	begin(2, SIMCLOCK_PROCEDURE);
	run_to("2026-11-19T09:00");
	act(LT_KIND_RETURN, DEPARTMENT, DISTRICT, NULL);
	sim_advance(sim, SIM_SECOND); /* it arrives */
	run_to("2026-11-19T10:00");
	memcpy(offer, branch()->offer_id.data, 16);
	act(LT_KIND_REFUSE, DISTRICT, DEPARTMENT, offer);
	assert_row(2, DEPARTMENT, LT_WAIT_REFUSED, 60, 0, 0, LT_TIME_EARLY);
	assert_int_equal(row(0)->used, 120);
	assert_int_equal(sim_dossier(sim, CODE)->stays_total, 2);
	act(LT_KIND_RETURN, DEPARTMENT, DISTRICT, NULL);
	sim_advance(sim, SIM_SECOND);
	accept(DISTRICT, DEPARTMENT); /* 10:00 */
	run_to("2026-11-20T10:00");   /* a working day at DISTRICT */
	struct sim_act on = { .kind = LT_KIND_FORWARD, .sender = DISTRICT, .to = DEPARTMENT, .dossier = CODE };
	on.route_leg = 2;
	on.branch = 1;
	on.version = branch()->version;
	assert_int_equal(sim_do(sim, &on)->reason, 0);
	sim_advance(sim, SIM_SECOND);
	accept(DEPARTMENT, DISTRICT);
	const struct lt_stay *again = row(0);
	assert_int_equal(again->carried, 120);
	assert_int_equal(again->used, 120);
	assert_int_equal(again->stood, 480);
	assert_at(again->due_first, "2026-11-23T08:00");
	assert_at(again->due_lawful, "2026-11-25T08:00"); /* a working day later, over the holiday */
	end();
}

/* A request for papers does not make a late leg timely: neither leg nor dossier. */
static void test_lateness_stands(void **state)
{
	uint8_t request[16];
	(void)state;
	begin(3, SIMCLOCK_RESTART);
	run_to("2026-11-26T08:00"); /* leg due 23/11, dossier 25/11 */
	act(LT_KIND_REQUEST_SUPPLEMENT, DEPARTMENT, DISTRICT, NULL);
	memcpy(request, sim->last_id, 16);
	run_to("2026-11-27T08:00");
	act(LT_KIND_SUPPLEMENT, DISTRICT, DEPARTMENT, request);
	assert_at(row(0)->due_lawful, "2026-12-01T08:00");
	assert_int_equal(row(0)->verdict, LT_TIME_OVERDUE);
	run_to("2026-11-27T09:00");
	act(LT_KIND_RESULT, DEPARTMENT, DEPARTMENT, NULL);
	assert_row(2, DEPARTMENT, LT_STAY_RESULT, 60, 0, 0, LT_TIME_LATE);
	assert_int_equal(sim_dossier(sim, CODE)->clock->verdict, LT_TIME_LATE);
	assert_at(row(2)->due_first, "2026-11-23T08:00");
	end();
}

/* A result that is taken back was none: the time counts. */
static void test_result_taken_back(void **state)
{
	uint8_t result[16];
	(void)state;
	begin(4, SIMCLOCK_PROCEDURE);
	run_to("2026-11-19T10:00");
	act(LT_KIND_RESULT, DEPARTMENT, DEPARTMENT, NULL);
	memcpy(result, sim->last_id, 16);
	assert_row(2, DEPARTMENT, LT_STAY_RESULT, 120, 0, 0, LT_TIME_EARLY);
	assert_int_equal(sim_dossier(sim, CODE)->clock->verdict, LT_TIME_EARLY);
	run_to("2026-11-27T10:00");
	act(LT_KIND_RECALL, DEPARTMENT, DISTRICT, result);
	run_to("2026-11-27T11:00");
	act(LT_KIND_RESULT, DEPARTMENT, DEPARTMENT, NULL);
	/* Thu 390, Fri, Mon, Wed, Thu 480 each, Fri 150 until 10:00; then an hour */
	assert_row(3, DEPARTMENT, LT_STAY_RESULT, 120 + 330 + 4 * 480 + 150 + 60, 120 + 330 + 4 * 480 + 150, 0,
		   LT_TIME_LATE);
	assert_int_equal(sim_dossier(sim, CODE)->clock->verdict, LT_TIME_LATE);
	assert_row(2, DEPARTMENT, LT_STAY_RESULT, 120, 0, 0, LT_TIME_EARLY); /* a record stays as it was made */
	end();
}

/* What was stopped is not judged. */
static void test_stopped(void **state)
{
	(void)state;
	begin(5, SIMCLOCK_PROCEDURE);
	run_to("2026-11-26T08:00");
	assert_int_equal(row(0)->verdict, LT_TIME_OVERDUE);
	act(LT_KIND_STOP, DEPARTMENT, DISTRICT, NULL);
	assert_int_equal(sim_dossier(sim, CODE)->clock->verdict, 0);
	run_to("2026-11-27T08:00");
	act(LT_KIND_HANDED_OVER, DEPARTMENT, DISTRICT, NULL);
	assert_row(2, DEPARTMENT, LT_STAY_CLOSED, 4 * 480, 0, 480, 0);
	assert_int_equal(sim_dossier(sim, CODE)->clock->verdict, 0);
	end();
}

static void outage(const char *from, const char *to)
{
	struct lt_control_request request = { .type = LT_CONTROL_OUTAGE };
	request.outage = (struct lt_outage_command){
		.from = at(from), .to = at(to), .operator_name = "tester", .reason = "power"
	};
	assert_int_equal(sim_control(sim, &request)->reason, 0);
}

/* A fact of working time that comes late: what was told to be over is taken back, once, and told again in its time. */
static void test_told_too_early(void **state)
{
	(void)state;
	begin(6, SIMCLOCK_PROCEDURE);
	run_to("2026-11-23T09:00");
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_OVERDUE), 1);
	outage("2026-11-20T13:00", "2026-11-20T17:00");    /* four hours */
	assert_at(row(0)->due_lawful, "2026-11-23T13:30"); /* read before anything has told it */
	run_to("2026-11-23T10:00");
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_DUE_MOVED), 1);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_DUE_MOVED), 1);
	assert_int_equal(row(0)->verdict, LT_TIME_WITHIN);
	run_to("2026-11-23T14:00");
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_OVERDUE), 2);
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_DUE_MOVED), 1);
	act(LT_KIND_RESULT, DEPARTMENT, DEPARTMENT, NULL);
	/* Thu 450, Fri 240 before the outage, Mon 300 */
	assert_row(2, DEPARTMENT, LT_STAY_RESULT, 450 + 240 + 300, 0, 0, LT_TIME_LATE);
	end();
}

/* An outage within the time that papers were awaited is not given back twice. */
static void test_outage_within_a_stand(void **state)
{
	uint8_t request[16];
	(void)state;
	begin(7, SIMCLOCK_PROCEDURE);
	run_to("2026-11-19T10:00");
	act(LT_KIND_REQUEST_SUPPLEMENT, DEPARTMENT, DISTRICT, NULL);
	memcpy(request, sim->last_id, 16);
	run_to("2026-11-20T10:00");
	act(LT_KIND_SUPPLEMENT, DISTRICT, DEPARTMENT, request);
	assert_at(row(0)->due_lawful, "2026-11-25T08:00"); /* a working day more */
	outage("2026-11-19T13:00", "2026-11-19T17:00");
	assert_at(row(0)->due_lawful, "2026-11-25T08:00");
	assert_int_equal(row(0)->stood, 240);
	assert_int_equal(row(0)->used, 120);
	end();
}

TEST_MAIN(cmocka_unit_test(test_offer_is_the_receivers), cmocka_unit_test(test_refused_and_again),
	  cmocka_unit_test(test_lateness_stands), cmocka_unit_test(test_result_taken_back),
	  cmocka_unit_test(test_stopped), cmocka_unit_test(test_told_too_early),
	  cmocka_unit_test(test_outage_within_a_stand))
