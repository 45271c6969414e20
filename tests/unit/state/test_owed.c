/* Who owes what, over the whole table of states: no dead end, and somebody may do what ends each act that is owed. */
#include "test.h"

#include <string.h>

#include "state/owed/owed.h"

enum { SINCE = 1000, UNTIL = 2000 };
static struct dossier dossier;
static struct owed_act acts[OWED_MAX];
static struct owed_can cans[OWED_CAN_MAX];

static struct branch *add_branch(enum lt_custody custody, const char *holder, bool wanted_back)
{
	struct branch *branch = &dossier.branches[dossier.branch_count++];
	*branch = (struct branch){ .number = dossier.branch_count, .version = 3, .custody = custody, .since = SINCE };
	branch->clock.started = SINCE;
	branch->clock.due_lawful = branch->clock.appointment = UNTIL;
	branch->begun = SINCE;
	strcpy(branch->holder, holder);
	strcpy(branch->came_from, "H37.02");
	memset(branch->accepted_id, 1, 16);
	if (wanted_back)
		memset(branch->recall_id, 2, 16);
	if (custody != LT_CUSTODY_OFFERED)
		return branch;
	strcpy(branch->offered_to, "G09");
	branch->offer_due = UNTIL;
	return branch;
}

static void begin(enum status status, bool lead)
{
	dossier_clear(&dossier);
	dossier.number = 1;
	dossier.status = status;
	dossier.stage = status == STATUS_SUPPLEMENT || status == STATUS_FEE || status == STATUS_WITHDRAWAL
				? STATUS_IN_PROGRESS
				: status;
	dossier.opened_at = SINCE;
	dossier.intake.since = status == STATUS_REGISTERED ? SINCE : 0;
	strcpy(dossier.origin, "H37.02");
	strcpy(dossier.lead, lead ? "H37.16" : "");
	dossier.withdrawal_id[0] = status == STATUS_WITHDRAWAL;
}

/* On the first branch that is held: what is offered or closed asks for nothing. */
static void ask(enum status status)
{
	for (uint32_t i = 0; i < dossier.branch_count; i++) {
		struct branch *branch = &dossier.branches[i];
		if (branch->custody != LT_CUSTODY_HELD)
			continue;
		branch->supplement_id[0] = status == STATUS_SUPPLEMENT;
		branch->fee_id[0] = status == STATUS_FEE;
		return;
	}
}

static bool may_end(const struct owed_act *act, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(cans[i].who, act->who) == 0 && (cans[i].branch == 0 || cans[i].branch == act->branch) &&
		    (cans[i].kinds & owed_ended_by(act->what)) != 0)
			return true;
	}
	return false;
}

static void check(enum status status)
{
	size_t count = owed_list(&dossier, acts), can_count = owed_can_list(&dossier, cans);
	if (count == 0)
		fail_msg("status %u: a dead end, nobody owes anything", (unsigned)status);
	for (size_t i = 0; i < count; i++) {
		if (acts[i].who[0] == '\0' || acts[i].since == 0 || !may_end(&acts[i], can_count))
			fail_msg("status %u: \"%s\" owes %s and may send nothing that ends it", (unsigned)status,
				 acts[i].who, lt_owed_name(acts[i].what));
	}
}

/* Statuses of an open dossier x two branches in each custody x one is wanted back x a lead is known. */
static void test_no_dead_end(void **state)
{
	static const enum status open[] = { STATUS_REGISTERED, STATUS_RECEIVED,   STATUS_IN_PROGRESS, STATUS_SUPPLEMENT,
					    STATUS_FEE,        STATUS_WITHDRAWAL, STATUS_STOPPED,     STATUS_DONE };
	(void)state;
	for (size_t i = 0; i < sizeof(open) / sizeof(*open); i++) {
		for (unsigned bits = 0; bits < 3 * 3 * 2 * 2; bits++) {
			enum lt_custody first = (enum lt_custody)(1 + bits % 3),
					second = (enum lt_custody)(1 + bits / 3 % 3);
			if (first == LT_CUSTODY_CLOSED && second == LT_CUSTODY_CLOSED)
				continue;
			begin(open[i], bits / 18 != 0);
			add_branch(first, "H37.11", first == LT_CUSTODY_HELD && bits / 9 % 2);
			add_branch(second, "H37.24", false);
			ask(open[i]);
			check(open[i]);
		}
	}
}

static void test_closed_owes_nothing(void **state)
{
	(void)state;
	begin(STATUS_HANDED_OVER, true);
	add_branch(LT_CUSTODY_CLOSED, "H37.11", false);
	assert_int_equal(owed_list(&dossier, acts), 0);
	assert_int_equal(owed_can_list(&dossier, cans), 0);
}

static void test_who_and_until(void **state)
{
	(void)state;
	begin(STATUS_IN_PROGRESS, true);
	add_branch(LT_CUSTODY_HELD, "H37.11", false);
	add_branch(LT_CUSTODY_OFFERED, "H37.24", false);
	dossier.consult_count = 1;
	dossier.consults[0] = (struct consult){ .number = 1, .branch = 1, .asked_at = 7 };
	dossier.consults[0].answer_count = 2;
	strcpy(dossier.consults[0].answers[0].agency, "G15");
	dossier.consults[0].answers[0].agree = LT_AGREE_YES;
	strcpy(dossier.consults[0].answers[1].agency, "G01");
	dossier.consults[0].answers[1].due = 8;
	assert_int_equal(owed_list(&dossier, acts), 3);
	assert_int_equal(acts[0].what, LT_OWED_WORK);
	assert_string_equal(acts[0].who, "H37.11");
	assert_int_equal(acts[0].since, SINCE);
	assert_int_equal(acts[0].until, UNTIL);
	assert_int_equal(acts[1].what, LT_OWED_ACCEPT);
	assert_string_equal(acts[1].who, "G09");
	assert_int_equal(acts[1].until, UNTIL);
	assert_int_equal(acts[2].what, LT_OWED_OPINION);
	assert_string_equal(acts[2].who, "G01");
	assert_int_equal(acts[2].consult, 1);
	assert_int_equal(acts[2].until, 8);
	dossier.consults[0].stopped_at = 9;
	assert_int_equal(owed_list(&dossier, acts), 2);
}

/* While the applicant is asked on a branch, nobody works there and the origin owes. */
static void test_requests(void **state)
{
	(void)state;
	begin(STATUS_SUPPLEMENT, true);
	struct branch *branch = add_branch(LT_CUSTODY_HELD, "H37.11", false);
	branch->clock.stand_count = 1;
	branch->clock.stands[0].from = 1500;
	branch->supplement_wait = (struct clock_wait){ 1, 8, 60000000 + UNTIL, 1 };
	ask(STATUS_SUPPLEMENT);
	assert_int_equal(owed_list(&dossier, acts), 1);
	assert_int_equal(acts[0].what, LT_OWED_SUPPLEMENT);
	assert_string_equal(acts[0].who, "H37.02");
	assert_int_equal(acts[0].since, 1500);
	assert_int_equal(acts[0].until, UNTIL);
	add_branch(LT_CUSTODY_HELD, "H37.24", false); /* and on another it goes on */
	assert_int_equal(owed_list(&dossier, acts), 2);
	assert_int_equal(acts[1].what, LT_OWED_WORK);
	begin(STATUS_WITHDRAWAL, false);
	add_branch(LT_CUSTODY_HELD, "H37.11", false);
	assert_int_equal(owed_list(&dossier, acts), 1);
	assert_int_equal(acts[0].what, LT_OWED_DECIDE_WITHDRAW);
	assert_string_equal(acts[0].who, "H37.11"); /* no lead is known */
}

/* What is stopped on two ways is the lead's to hand back. */
static void test_stopped_fork(void **state)
{
	(void)state;
	begin(STATUS_STOPPED, true);
	add_branch(LT_CUSTODY_HELD, "H37.11", false);
	add_branch(LT_CUSTODY_HELD, "H37.24", false);
	assert_int_equal(owed_list(&dossier, acts), 2);
	assert_int_equal(acts[0].what, LT_OWED_HAND_OUT);
	assert_string_equal(acts[0].who, "H37.16");
	dossier.branches[1].custody = LT_CUSTODY_CLOSED;
	assert_int_equal(owed_list(&dossier, acts), 1);
	assert_string_equal(acts[0].who, "H37.11");
}

static void test_names(void **state)
{
	(void)state;
	for (uint32_t what = LT_OWED_RECEIVE; what <= LT_OWED_REFUSAL; what++) {
		assert_string_not_equal(lt_owed_name(what), "UNKNOWN");
		assert_string_not_equal(lt_owed_text(what), "?");
		assert_string_not_equal(lt_owed_vietnamese(what), "?");
	}
	assert_string_equal(lt_owed_name(0), "UNKNOWN");
	assert_string_equal(lt_owed_name(11), "UNKNOWN");
}

TEST_MAIN(cmocka_unit_test(test_no_dead_end), cmocka_unit_test(test_closed_owes_nothing),
	  cmocka_unit_test(test_who_and_until), cmocka_unit_test(test_requests), cmocka_unit_test(test_stopped_fork),
	  cmocka_unit_test(test_names))
