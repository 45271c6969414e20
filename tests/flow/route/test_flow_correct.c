/* The operators' correcting row: beside a stay that has ended, by two users where it changes the verdict; the stay never changes. */
#include "test.h"

#include <string.h>

#include "simroute.h"
#include "time_fixture.h"

#define CODE "H37.02.01-20261119-0000001"

static void run_to(struct sim *sim, const char *time)
{
	sim_advance(sim, at(time) - sim->now);
}

/* COMMUNE has leg 1 (two working days) until Mon 23/11 09:00, an hour late; then DEPARTMENT has leg 2. */
static struct sim *begin(void)
{
	struct sim *sim = simroute_new(11);
	run_to(sim, "2026-11-19T08:00");
	simroute_act(
		sim,
		ACT(.kind = LT_KIND_OPEN, .dossier = CODE, .sender = COMMUNE, .to = COMMUNE, .procedure = ROUTE_SHORT),
		0);
	run_to(sim, "2026-11-23T09:00");
	simroute_pass(sim, ACT(.kind = LT_KIND_FORWARD, .dossier = CODE, .sender = COMMUNE, .to = DEPARTMENT));
	return sim;
}

static const struct lt_control_answer *admin(struct sim *sim, enum lt_admin_act act, uint32_t uid, uint64_t number,
					     uint32_t verdict)
{
	struct lt_control_request request = { .type = LT_CONTROL_ADMIN };
	request.admin = (struct lt_admin_command){ .act = act,
						   .subject = CODE,
						   .number = number,
						   .verdict = verdict,
						   .uid = uid,
						   .operator_name = "an",
						   .reason = "nghi bu theo QD 12" };
	return sim_control(sim, &request);
}

static const struct lt_stay *row(struct sim *sim, uint64_t number)
{
	const struct lt_dossier_view *view = sim_dossier(sim, CODE);
	for (size_t i = 0; i < view->stay_count; i++) {
		if (view->stays[i].number == number)
			return &view->stays[i];
	}
	return NULL;
}

static void test_two_users_change_a_verdict(void **state)
{
	(void)state;
	struct sim *sim = begin();
	assert_int_equal(row(sim, 1)->verdict, LT_TIME_LATE);
	uint64_t rows = sim_dossier(sim, CODE)->stays_total;
	const struct lt_control_answer *answer = admin(sim, LT_ADMIN_STAY_CORRECT, 1, 1, LT_TIME_ON);
	assert_int_equal(answer->reason, 0);
	uint64_t proposal = answer->act.sequence;
	assert_int_equal(sim_dossier(sim, CODE)->stays_total, rows); /* proposed alone */
	assert_int_equal(admin(sim, LT_ADMIN_DOSSIER_CONFIRM, 1, proposal, 0)->reason, LT_OPERATOR_NOT_ADMITTED);
	assert_int_equal(admin(sim, LT_ADMIN_DOSSIER_CONFIRM, 2, proposal + 1, 0)->reason, LT_RECORD_UNKNOWN);
	answer = admin(sim, LT_ADMIN_DOSSIER_CONFIRM, 2, proposal, 0);
	assert_int_equal(answer->reason, 0);
	uint64_t confirmed = answer->act.sequence;
	assert_int_equal(sim_dossier(sim, CODE)->stays_total, rows + 1);
	const struct lt_stay *beside = row(sim, rows + 1);
	assert_int_equal(beside->corrects, 1);
	assert_int_equal(beside->how, LT_STAY_CORRECTION);
	assert_int_equal(beside->verdict, LT_TIME_ON);
	assert_int_equal(beside->begun_by, proposal);
	assert_int_equal(beside->ended_by, confirmed);
	assert_string_equal(beside->holder, sim_codes[COMMUNE]);
	assert_int_equal(row(sim, 1)->verdict, LT_TIME_LATE); /* the row itself stays */
	assert_int_equal(admin(sim, LT_ADMIN_DOSSIER_CONFIRM, 2, proposal, 0)->reason, LT_ALREADY_SO);
	simroute_rebuild(sim);
	assert_int_equal(row(sim, rows + 1)->corrects, 1);
	sim_free(sim);
}

/* Words that leave the verdict as it is need one; what is corrected once more is held against the newest. */
static void test_words_need_one(void **state)
{
	(void)state;
	struct sim *sim = begin();
	uint64_t rows = sim_dossier(sim, CODE)->stays_total;
	assert_int_equal(admin(sim, LT_ADMIN_STAY_CORRECT, 1, 1, 0)->reason, 0);
	assert_int_equal(row(sim, rows + 1)->verdict, LT_TIME_LATE);
	assert_int_equal(admin(sim, LT_ADMIN_STAY_CORRECT, 1, rows + 1, 0)->reason, LT_RECORD_UNKNOWN);
	assert_int_equal(admin(sim, LT_ADMIN_STAY_CORRECT, 1, 99, 0)->reason, LT_RECORD_UNKNOWN);
	assert_int_equal(admin(sim, LT_ADMIN_STAY_CORRECT, 1, 0, 0)->reason, LT_RECORD_UNKNOWN);
	assert_int_equal(admin(sim, LT_ADMIN_STAY_CORRECT, 1, 1, LT_TIME_OVERDUE)->reason, LT_DEFINITION_INVALID);
	uint64_t proposal = admin(sim, LT_ADMIN_STAY_CORRECT, 1, 1, LT_TIME_EARLY)->act.sequence;
	assert_int_equal(admin(sim, LT_ADMIN_DOSSIER_CONFIRM, 2, proposal, 0)->reason, 0);
	assert_int_equal(admin(sim, LT_ADMIN_STAY_CORRECT, 1, 1, LT_TIME_EARLY)->reason, 0);
	assert_int_equal(sim_dossier(sim, CODE)->stays_total, rows + 3); /* as it is said already */
	assert_int_equal(admin(sim, LT_ADMIN_STAY_CORRECT, 1, 1, LT_TIME_LATE)->reason, 0);
	assert_int_equal(sim_dossier(sim, CODE)->stays_total, rows + 3); /* that is another verdict again */
	simroute_rebuild(sim);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_two_users_change_a_verdict), cmocka_unit_test(test_words_need_one))
