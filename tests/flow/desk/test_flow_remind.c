/* What operators do about a dossier that stands still: they remind who owes something, ask that what could not be taken is sent again, and, two of
 * them, take an offer back that nobody answers. And an agency is reminded of a matter of its own. */
#include "test.h"

#include <stdio.h>

#include "simroute.h"
#include "flow_clock.h"
#include "simmerge.h"

static const struct lt_control_answer *admin(struct sim *sim, enum lt_admin_act act, uint64_t number, uint32_t uid)
{
	struct lt_control_request request = { .type = LT_CONTROL_ADMIN };
	request.admin = (struct lt_admin_command){ .act = act,
						   .subject = CODE,
						   .number = number,
						   .uid = uid,
						   .operator_name = "an",
						   .reason = "dân hỏi lần thứ ba" };
	return sim_control(sim, &request);
}

static const struct lt_control_answer *remind_agency(struct sim *sim, const char *code, const char *reason)
{
	struct lt_control_request request = { .type = LT_CONTROL_ADMIN };
	request.admin = (struct lt_admin_command){
		.act = LT_ADMIN_AGENCY_REMIND, .subject = code, .uid = 1, .operator_name = "an", .reason = reason
	};
	return sim_control(sim, &request);
}

static void refused(const struct lt_control_answer *answer, enum lt_reason reason)
{
	if (answer->reason != reason)
		fail_msg("%s: %s, not %s", lt_reason_name(answer->reason), answer->detail, lt_reason_name(reason));
}

static void settle(struct simclock *clock)
{
	simclock_run(clock, 10 * SIM_SECOND, SIM_SECOND);
}

/* Only who owes; no time moves; it stands in the history; when nobody owes anything there is nobody to remind. */
static void test_remind(void **state)
{
	struct simclock *clock = begin_held(51, SIMCLOCK_PROCEDURE);
	struct sim *sim = clock->sim;
	(void)state;
	int64_t due = leg(sim)->clock->due_lawful;
	size_t hops = sim_dossier(sim, CODE)->hop_count;
	refused(admin(sim, LT_ADMIN_REMIND, 0, 1), 0);
	settle(clock);
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_REMINDER), 1);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_REMINDER), 0);
	assert_int_equal(leg(sim)->clock->due_lawful, due);
	const struct lt_dossier_view *view = sim_dossier(sim, CODE);
	assert_int_equal(view->hop_count, hops + 1);
	assert_int_equal(view->hops[hops].kind, LT_KIND_REMINDER);
	assert_string_equal(view->hops[hops].reason, "dân hỏi lần thứ ba");
	refused(admin(sim, LT_ADMIN_REMIND, 7, 1), LT_RECORD_UNKNOWN);
	held(sim, LT_KIND_REQUEST_SUPPLEMENT, DEPARTMENT, DISTRICT, 0, NULL); /* now the papers are waited for */
	refused(admin(sim, LT_ADMIN_REMIND, 0, 1), 0);
	settle(clock);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_REMINDER), 1);
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_REMINDER), 1);
	struct lt_control_request wrong = { .type = LT_CONTROL_ADMIN,
					    .admin = { .act = LT_ADMIN_REMIND,
						       .subject = "H37.02-20261119-0000009",
						       .operator_name = "an",
						       .reason = "x" } };
	refused(sim_control(sim, &wrong), LT_DOSSIER_UNKNOWN);
	wrong.admin.subject = CODE;
	wrong.admin.reason = "\xe1\xbb"; /* what no envelope may hold is refused, whoever let it in */
	assert_int_not_equal(sim_control(sim, &wrong)->reason, 0);
	end(clock);
}

/* One notice of no dossier, once though the broker falls before it is signed; no dossier is otherwise for it. */
static void test_remind_agency(void **state)
{
	struct simclock *clock = begin_held(54, SIMCLOCK_PROCEDURE);
	struct sim *sim = clock->sim;
	(void)state;
	uint64_t version = leg(sim)->version;
	size_t hops = sim_dossier(sim, CODE)->hop_count;
	refused(remind_agency(sim, sim_codes[DEPARTMENT], "chứng thư hết hạn ngày 05/12"), 0);
	sim_crash(sim, 0);
	sim_open(sim);
	connect_all(sim);
	settle(clock);
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_REMINDER), 1);
	const struct sim_item *item = sim_last_item(sim, DEPARTMENT);
	assert_int_equal(item->kind, LT_KIND_REMINDER);
	assert_string_equal(item->dossier, "");
	assert_string_equal(item->sender, SIMCLOCK_BROKER);
	assert_int_equal(item->branch, 0);
	for (int i = DISTRICT; i <= MINISTRY; i++)
		assert_int_equal(simclock_count(sim, i, LT_KIND_REMINDER), i == DEPARTMENT);
	assert_int_equal(leg(sim)->version, version);
	assert_int_equal(sim_dossier(sim, CODE)->hop_count, hops);
	refused(remind_agency(sim, "H99", "x"), LT_AGENCY_UNKNOWN);
	refused(remind_agency(sim, CODE, "x"), LT_AGENCY_UNKNOWN);
	refused(remind_agency(sim, SIMCLOCK_BROKER, "x"), LT_RECIPIENTS_INVALID);
	refused(remind_agency(sim, sim_codes[DEPARTMENT], "\xe1\xbb"), LT_TEXT_NOT_UTF8);
	refused(remind_agency(sim, sim_codes[DEPARTMENT], ""), LT_OPERATOR_REQUIRED);
	settle(clock);
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_REMINDER), 1);
	end(clock);
}

/* Of an agency that has ended, who acts for it; what it had not fetched goes over, though it is of no dossier. */
static void test_remind_agency_that_has_ended(void **state)
{
	struct simmerge merge = { 0 };
	struct simclock *clock = begin_held(55, SIMCLOCK_PROCEDURE);
	struct sim *sim = clock->sim;
	(void)state;
	sim->agencies[OTHER].receives = false;
	refused(remind_agency(sim, sim_codes[OTHER], "bộ nối cũ"), 0);
	settle(clock);
	simmerge_end(&merge, sim, OTHER, DISTRICT);
	settle(clock);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_REMINDER), 1);
	unsigned fetched = simclock_count(sim, OTHER, LT_KIND_REMINDER);
	refused(remind_agency(sim, sim_codes[OTHER], "vẫn chưa thấy"), 0);
	settle(clock);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_REMINDER), 2);
	assert_int_equal(simclock_count(sim, OTHER, LT_KIND_REMINDER), fetched);
	end(clock);
}

/* Not before the receiver's time is over; by two; the holder goes on as after his own RECALL, and the receiver cannot accept any more. */
static void test_offer_back(void **state)
{
	struct simclock *clock = begin(52);
	struct sim *sim = clock->sim;
	(void)state;
	offer(sim, SIMCLOCK_PROCEDURE);
	settle(clock);
	uint64_t version = leg(sim)->version;
	refused(admin(sim, LT_ADMIN_OFFER_BACK, 1, 1), LT_OFFER_OPEN);
	refused(admin(sim, LT_ADMIN_OFFER_BACK, 9, 1), LT_BRANCH_UNKNOWN);
	run_to(clock, "2026-11-23T09:00", SIMCLOCK_HOUR);
	const struct lt_control_answer *answer = admin(sim, LT_ADMIN_OFFER_BACK, 1, 1);
	refused(answer, 0);
	uint64_t proposal = answer->act.sequence;
	assert_int_equal(leg(sim)->custody, LT_CUSTODY_OFFERED); /* proposed alone */
	refused(admin(sim, LT_ADMIN_DOSSIER_CONFIRM, proposal, 1), LT_OPERATOR_NOT_ADMITTED);
	refused(admin(sim, LT_ADMIN_DOSSIER_CONFIRM, proposal + 1, 2), LT_RECORD_UNKNOWN);
	refused(admin(sim, LT_ADMIN_DOSSIER_CONFIRM, proposal, 2), 0);
	assert_int_equal(leg(sim)->custody, LT_CUSTODY_HELD);
	assert_string_equal(leg(sim)->holder, sim_codes[DISTRICT]);
	assert_int_equal(leg(sim)->version, version + 1);
	settle(clock);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_REROUTED), 1);
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_REROUTED), 1);
	refused(admin(sim, LT_ADMIN_OFFER_BACK, 1, 1), LT_REPLY_UNKNOWN);
	struct sim_act again = { .kind = LT_KIND_FORWARD, .sender = DISTRICT, .to = DEPARTMENT, .dossier = CODE };
	again.branch = 1;
	again.version = leg(sim)->version;
	again.route_leg = 2;
	act(sim, &again);
	accept(sim);
	end(clock);
}

/* What was answered between the two words stays answered. */
static void test_offer_answered_meanwhile(void **state)
{
	struct simclock *clock = begin(53);
	struct sim *sim = clock->sim;
	(void)state;
	offer(sim, SIMCLOCK_PROCEDURE);
	run_to(clock, "2026-11-23T09:00", SIMCLOCK_HOUR);
	uint64_t proposal = admin(sim, LT_ADMIN_OFFER_BACK, 1, 1)->act.sequence;
	accept(sim);
	refused(admin(sim, LT_ADMIN_DOSSIER_CONFIRM, proposal, 2), LT_STALE_VERSION);
	assert_string_equal(leg(sim)->holder, sim_codes[DEPARTMENT]);
	end(clock);
}

TEST_MAIN(cmocka_unit_test(test_remind), cmocka_unit_test(test_remind_agency),
	  cmocka_unit_test(test_remind_agency_that_has_ended), cmocka_unit_test(test_offer_back),
	  cmocka_unit_test(test_offer_answered_meanwhile))
