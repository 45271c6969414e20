/* A record that crashes the replay is skipped in the middle of others' work: their numbers stay theirs, its dossier stands frozen, and every
 * machine that has the journal has the same state; until two operators say how the dossier goes on. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "simclock.h"
#include "simcut.h"

#define EARLIER "H37.02-20261119-0000001"
#define SKIPPED "H37.02-20261119-0000002"
#define BEHIND "H37.02-20261119-0000003"
#define LATER "H37.02-20261119-0000004"

struct desk {
	struct sim *sim;
	struct simclock *clock;
};

static int set_up(void **state)
{
	static struct desk desk;
	static uint64_t seed = 3;
	desk.sim = sim_new(seed++);
	desk.clock = simclock_new(desk.sim, true);
	sim_connect(desk.sim, DISTRICT);
	sim_connect(desk.sim, DEPARTMENT);
	*state = &desk;
	return 0;
}

static int tear_down(void **state)
{
	struct desk *desk = *state;
	simclock_free(desk->clock);
	sim_free(desk->sim);
	return 0;
}

static struct sim_act open_act(const char *code)
{
	return (struct sim_act){ .kind = LT_KIND_OPEN,
				 .sender = DISTRICT,
				 .to = DEPARTMENT,
				 .dossier = code,
				 .procedure = SIMCLOCK_PROCEDURE,
				 .route_leg = 2 };
}

static struct sim_answer offer(struct sim *sim, const char *code)
{
	struct sim_act act = open_act(code);
	struct sim_answer answer = *sim_do(sim, &act);
	assert_int_equal(answer.reason, 0);
	return answer;
}

static struct sim_answer try_accept(struct sim *sim, const char *code)
{
	uint8_t offered[16];
	memcpy(offered, sim->last_id, 16);
	const struct lt_dossier_view *view = sim_dossier(sim, code);
	assert_non_null(view);
	struct sim_act act = { .kind = LT_KIND_ACCEPT, .sender = DEPARTMENT, .to = DISTRICT, .dossier = code };
	if (view->branches[0].offer_id.len == 16)
		memcpy(offered, view->branches[0].offer_id.data, 16);
	act.reply = offered;
	act.version = view->branches[0].version;
	return *sim_do(sim, &act);
}

static struct sim_answer accept(struct sim *sim, const char *code)
{
	struct sim_answer answer = try_accept(sim, code);
	assert_int_equal(answer.reason, 0);
	return answer;
}

static void skip_record(struct sim *sim, uint64_t sequence)
{
	char error[240];
	if (!sim_skip(sim, sequence, error))
		fail_msg("record %llu is not skipped: %s", (unsigned long long)sequence, error);
}

static void same_on_all(struct sim *sim);

/* Any record: either it is of one dossier, or that is what is said, and nothing has changed. */
static bool skip_if_of_one(struct sim *sim, uint64_t sequence)
{
	char error[240];
	uint64_t head = engine_sequence(sim->engine);
	bool done = sim_skip(sim, sequence, error);
	assert_int_equal(engine_sequence(sim->engine), head + done);
	if (!done && !strstr(error, "not of one dossier"))
		fail_msg("record %llu: %s", (unsigned long long)sequence, error);
	same_on_all(sim);
	return done;
}

/* Two machines replay the same journal; and one whose store had come some way already. */
static void same_on_all(struct sim *sim)
{
	uint8_t one[32], two[32];
	sim_rebuild(sim);
	sim_hash(sim, one);
	sim_rebuild(sim);
	sim_hash(sim, two);
	assert_memory_equal(one, two, 32);
	sim_crash(sim, 7);
	sim_open(sim);
	sim_hash(sim, two);
	assert_memory_equal(one, two, 32);
}

static const struct lt_hop *hop_of(struct sim *sim, const char *code, uint64_t sequence)
{
	const struct lt_dossier_view *view = sim_dossier(sim, code);
	assert_non_null(view);
	for (size_t i = 0; i < view->hop_count; i++) {
		if (view->hops[i].sequence == sequence)
			return &view->hops[i];
	}
	fail_msg("%s has no record %llu", code, (unsigned long long)sequence);
	return NULL;
}

static void in_the_middle(void **state)
{
	struct desk *desk = *state;
	struct sim *sim = desk->sim;
	struct lt_buf header = { 0 };
	struct sim_act act = open_act(SKIPPED);
	offer(sim, EARLIER);
	simclock_run(desk->clock, 3 * SIM_DAY, SIM_DAY); /* its hand-off falls due: notices, signed and delivered */
	sim_header(sim, &act, &header);
	struct sim_answer skipped = *sim_again(sim, DISTRICT, lt_buf_bytes(&header));
	assert_int_equal(skipped.reason, 0);
	struct sim_answer behind = offer(sim, BEHIND);
	accept(sim, BEHIND);
	accept(sim, EARLIER); /* and its clocks begin anew */
	assert_int_equal(sim_admin(sim, LT_ADMIN_AGENCY_REMIND, sim_codes[DISTRICT])->reason, 0); /* of no dossier */
	simclock_run(desk->clock, 10 * SIM_SECOND, SIM_SECOND);
	uint64_t head = sim->agencies[DEPARTMENT].received;
	skip_record(sim, skipped.sequence);
	same_on_all(sim);

	assert_int_equal(sim_dossier(sim, SKIPPED)->frozen, skipped.sequence);
	assert_int_equal(hop_of(sim, SKIPPED, skipped.sequence)->outcome, LT_POISONED);
	assert_int_equal(sim_dossier(sim, BEHIND)->frozen, 0);
	assert_int_equal(sim_dossier(sim, BEHIND)->hops[0].sequence, behind.sequence);
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	struct sim_answer again = *sim_again(sim, DISTRICT, lt_buf_bytes(&header));
	assert_int_equal(again.reason, LT_POISONED);
	assert_false(again.retry);
	assert_int_equal(again.sequence, skipped.sequence);
	offer(sim, LATER); /* nothing is given twice */
	assert_int_equal(sim_last_item(sim, DEPARTMENT)->number, head + 1);
	again = *sim_do(sim, &act); /* the code is not free: the dossier stands */
	assert_int_equal(again.reason, LT_DOSSIER_FROZEN);
	assert_true(again.retry);
	simclock_run(desk->clock, 4 * SIM_DAY, SIM_DAY);
	same_on_all(sim);
	lt_buf_fini(&header);
}

/* Acts and clocks of the dossier itself stand behind it: they keep their numbers, and nothing else. */
static void with_acts_and_clocks_behind(void **state)
{
	struct desk *desk = *state;
	struct sim *sim = desk->sim;
	struct sim_answer opened = offer(sim, SKIPPED), accepted = accept(sim, SKIPPED);
	struct sim_act back = { .kind = LT_KIND_RETURN, .sender = DEPARTMENT, .to = DISTRICT, .dossier = SKIPPED };
	back.version = accepted.branch_version;
	back.part_bytes = 300;
	simclock_run(desk->clock, 6 * SIM_DAY, SIM_DAY / 2); /* its leg and the whole are late: notices */
	struct sim_answer returned = *sim_do(sim, &back);
	assert_int_equal(returned.reason, 0);
	uint64_t district = sim->agencies[DISTRICT].received;
	assert_true(simclock_count(sim, DISTRICT, LT_KIND_OVERDUE) > 0);
	sim_tick(sim);
	simclock_run(desk->clock, 40 * SIM_DAY, 5 * SIM_DAY); /* the parts of what was returned go */
	skip_record(sim, accepted.sequence);
	same_on_all(sim);

	const struct lt_dossier_view *view = sim_dossier(sim, SKIPPED);
	assert_int_equal(view->frozen, accepted.sequence);
	assert_int_equal(view->branches[0].custody, LT_CUSTODY_OFFERED); /* as it was before */
	assert_int_equal(hop_of(sim, SKIPPED, opened.sequence)->outcome, 0);
	assert_int_equal(hop_of(sim, SKIPPED, accepted.sequence)->outcome, LT_POISONED);
	assert_int_equal(hop_of(sim, SKIPPED, returned.sequence)->outcome, LT_POISONED);
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	unsigned overdue = simclock_count(sim, DISTRICT, LT_KIND_OVERDUE);
	uint64_t sequence = engine_sequence(sim->engine);
	assert_int_equal(try_accept(sim, SKIPPED).reason, LT_DOSSIER_FROZEN);
	assert_int_equal(engine_sequence(sim->engine), sequence); /* no record, no trace */
	simclock_run(desk->clock, 10 * SIM_DAY, SIM_DAY);         /* none of its clocks is left */
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_OVERDUE), overdue);
	assert_true(sim->agencies[DISTRICT].received >= district);
	same_on_all(sim);
}

/* The mailbox of its holder passes on while it stands behind the skip: each entry goes where it went. */
static void with_a_reorganisation_behind(void **state)
{
	struct simcut *cut = *state;
	struct sim *sim = cut->sim;
	const struct lt_dossier_view *view = sim_dossier(sim, simcut_codes[WAITING]);
	uint64_t opened = view->hops[0].sequence;
	sim_connect(sim, DISTRICT);
	simreform_close(cut->reform, sim_codes[DISTRICT], SIMCUT, sim_codes[OTHER]);
	simcut_put_directory(cut);
	simcut_admitted(simcut_act(cut, LT_KIND_ACCEPT, DISTRICT, COMMUNE, 2,
				   WAITING)); /* it holds it, so its mail is needed again */
	simcut_pass_cut(sim);
	assert_int_equal(simcut_copies(sim, OTHER, cut->offer[WAITING]), 1);
	simcut_admitted(simcut_act(cut, LT_KIND_FORWARD, OTHER, DEPARTMENT, 1, HELD));
	uint8_t offered[16];
	memcpy(offered, sim->last_id, 16);
	uint64_t received = sim->agencies[OTHER].received;
	/* The accept is skipped: by the frozen value nobody needs the mail again. Then the whole of it, with its OPEN. */
	skip_record(sim, sim_dossier(sim, simcut_codes[WAITING])->hops[1].sequence);
	same_on_all(sim);
	skip_record(sim, opened);
	same_on_all(sim);
	assert_int_equal(sim_dossier(sim, simcut_codes[WAITING])->frozen, opened);
	sim_connect(sim, OTHER);
	sim_connect(sim, DEPARTMENT);
	sim_connect(sim, COMMUNE);
	simcut_admitted(sim_do(sim, &ACT(.kind = LT_KIND_ACCEPT, .sender = DEPARTMENT, .to = OTHER, .version = 2,
					 .dossier = simcut_codes[HELD], .reply = offered)));
	assert_int_equal(sim_last_item(sim, OTHER)->number, received + 1);
	same_on_all(sim);
}

/* All of it: an act, late clocks with their notices, and the end of its holder, whose mail passes on. Each record of the dossier in its turn is
 * the one that is skipped, the last one first, so that all of them stand in one journal at the end. */
static void with_all_of_it_behind(void **state)
{
	struct desk *desk = *state;
	struct sim *sim = desk->sim;
	struct simcut cut = { .sim = sim, .reform = simreform_new(sim->now) };
	uint64_t sequences[3] = { offer(sim, SKIPPED).sequence };
	sequences[1] = accept(sim, SKIPPED).sequence;
	offer(sim, BEHIND);
	simreform_take(cut.reform, rulebook_directory(sim->rulebook));
	int64_t end = sim->now + 8 * SIM_DAY;
	simreform_close(cut.reform, sim_codes[DISTRICT], end, sim_codes[OTHER]);
	simcut_put_directory(&cut);
	simclock_run(desk->clock, 6 * SIM_DAY, SIM_DAY / 2);
	assert_true(simclock_count(sim, DISTRICT, LT_KIND_OVERDUE) > 0);
	sim_lost(sim, DISTRICT);
	struct sim_act back = { .kind = LT_KIND_RETURN, .sender = DEPARTMENT, .to = DISTRICT, .dossier = SKIPPED };
	back.version = sim_dossier(sim, SKIPPED)->branches[0].version;
	struct sim_answer returned = *sim_do(sim, &back);
	assert_int_equal(returned.reason, 0);
	sequences[2] = returned.sequence;
	simclock_run(desk->clock, 3 * SIM_DAY, SIM_DAY / 4);
	sim_connect(sim, OTHER);
	sim_connect(sim, DEPARTMENT);
	assert_int_equal(simcut_copies(sim, OTHER, returned.id), 1); /* it has passed on */
	assert_int_equal(simclock_count(sim, OTHER, LT_KIND_REROUTED), 1);
	uint64_t received = sim->agencies[OTHER].received;
	for (size_t i = 3; i-- > 0;) {
		skip_record(sim, sequences[i]);
		same_on_all(sim);
		assert_int_equal(sim_dossier(sim, SKIPPED)->frozen, sequences[i]);
		assert_int_equal(hop_of(sim, SKIPPED, returned.sequence)->outcome, LT_POISONED);
	}
	sim_connect(sim, OTHER);
	sim_connect(sim, DEPARTMENT);
	accept(sim, BEHIND); /* by who gave it: its answer goes to who acts for that one now */
	assert_int_equal(sim->agencies[OTHER].received, received + 1);
	simclock_run(desk->clock, 3 * SIM_DAY, SIM_DAY);
	same_on_all(sim);
	for (uint64_t at = engine_sequence(sim->engine); at > returned.sequence; at--) /* clocks, too */
		skip_if_of_one(sim, at);
	simreform_free(cut.reform);
}

/* What everybody is decided by is not skipped; nor is a record twice. */
static void not_what_is_everybodys(void **state)
{
	struct desk *desk = *state;
	struct sim *sim = desk->sim;
	char error[240];
	assert_int_equal(sim_admin(sim, LT_ADMIN_AGENCY_REMIND, sim_codes[DISTRICT])->reason, 0);
	uint64_t opened = offer(sim, SKIPPED).sequence, head = engine_sequence(sim->engine);
	for (uint64_t sequence = 1; sequence < opened; sequence++)
		assert_false(sim_skip(sim, sequence, error));
	assert_non_null(strstr(error, "not of one dossier"));
	assert_non_null(strstr(error, "remedy"));
	assert_int_equal(engine_sequence(sim->engine), head);
	same_on_all(sim);
}

/* ---- how it ends ---- */

static const struct lt_control_answer *admin(struct sim *sim, uint32_t uid, struct lt_admin_command what)
{
	struct lt_control_request request = { .type = LT_CONTROL_ADMIN, .admin = what };
	request.admin.subject = SKIPPED;
	request.admin.operator_name = "an";
	request.admin.reason = "bien ban 12";
	request.admin.uid = uid;
	const struct lt_control_answer *answer = sim_control(sim, &request);
	if (answer->reason)
		print_message("%s: %s\n", lt_reason_name(answer->reason), answer->detail);
	return answer;
}

static uint64_t frozen_after_accept(struct desk *desk)
{
	struct sim *sim = desk->sim;
	offer(sim, SKIPPED);
	uint64_t accepted = accept(sim, SKIPPED).sequence;
	simclock_run(desk->clock, SIM_DAY, SIM_DAY);
	skip_record(sim, accepted);
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	return accepted;
}

static void two_persons_repair(void **state)
{
	struct desk *desk = *state;
	struct sim *sim = desk->sim;
	uint64_t accepted = frozen_after_accept(desk);
	struct lt_repair_branch branch = { .number = 1, .holder = sim_codes[DEPARTMENT], .leg = "leg-2" };
	struct lt_admin_command repair = {
		.act = LT_ADMIN_DOSSIER_REPAIR, .branch_count = 1, .branches = &branch, .status = 4
	};
	branch.holder = sim_codes[COMMUNE];
	assert_int_equal(admin(sim, 1, repair)->reason, LT_RECIPIENTS_INVALID); /* the leg is another's */
	branch.holder = "H37.77";
	assert_int_equal(admin(sim, 1, repair)->reason, LT_AGENCY_UNKNOWN);
	branch.holder = sim_codes[DEPARTMENT];
	branch.leg = "leg-9";
	assert_int_equal(admin(sim, 1, repair)->reason, LT_LEG_UNKNOWN);
	branch.leg = "leg-2";
	repair.status = 9;
	assert_int_equal(admin(sim, 1, repair)->reason, LT_STATUS_EDGE_ILLEGAL);
	repair.status = 4;
	repair.branch_count = 0;
	assert_int_equal(admin(sim, 1, repair)->reason, LT_BRANCHES_OPEN);
	repair.branch_count = 1;
	uint64_t proposal = admin(sim, 1, repair)->act.sequence;
	struct lt_admin_command confirm = { .act = LT_ADMIN_DOSSIER_CONFIRM, .number = proposal };
	assert_int_equal(admin(sim, 1, confirm)->reason, LT_OPERATOR_NOT_ADMITTED); /* the same person */
	confirm.number = proposal + 1;
	assert_int_equal(admin(sim, 2, confirm)->reason, LT_RECORD_UNKNOWN);
	confirm.number = proposal;
	assert_int_equal(sim_dossier(sim, SKIPPED)->frozen, accepted);
	assert_int_equal(admin(sim, 2, confirm)->reason, 0);
	const struct lt_dossier_view *view = sim_dossier(sim, SKIPPED);
	assert_int_equal(view->frozen, 0);
	assert_int_equal(view->status, 4);
	assert_string_equal(view->branches[0].holder, sim_codes[DEPARTMENT]);
	assert_int_equal(view->branches[0].custody, LT_CUSTODY_HELD);
	assert_true(view->branches[0].version > 3); /* above all that was told */
	assert_int_equal(hop_of(sim, SKIPPED, accepted)->outcome, LT_POISONED);
	simclock_run(desk->clock, SIM_SECOND, SIM_SECOND);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_REROUTED), 1);
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_REROUTED), 1);
	/* It goes on: by agencies, and by its clocks. */
	struct sim_act on = { .kind = LT_KIND_STATUS, .sender = DEPARTMENT, .to = DISTRICT, .dossier = SKIPPED };
	on.version = sim_dossier(sim, SKIPPED)->branches[0].version;
	on.trace = 4;
	assert_int_equal(sim_do(sim, &on)->reason, 0);
	simclock_run(desk->clock, 10 * SIM_DAY, SIM_DAY);
	assert_true(simclock_count(sim, DISTRICT, LT_KIND_OVERDUE) > 0);
	same_on_all(sim);
	assert_int_equal(admin(sim, 2, confirm)->reason, LT_ALREADY_SO);
	/* Each record from the freeze on, proposal and confirmation among them, from the last to the first. */
	size_t skipped = 0;
	for (uint64_t at = engine_sequence(sim->engine); at > accepted; at--)
		skipped += skip_if_of_one(sim, at);
	assert_true(skipped > 4);
	assert_int_equal(sim_dossier(sim, SKIPPED)->frozen, accepted);
}

static void two_persons_close(void **state)
{
	struct desk *desk = *state;
	struct sim *sim = desk->sim;
	uint64_t opened = offer(sim, SKIPPED).sequence;
	skip_record(sim, opened); /* there was nothing before it */
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	uint64_t proposal = admin(sim, 1, (struct lt_admin_command){ .act = LT_ADMIN_DOSSIER_CLOSE })->act.sequence;
	same_on_all(sim);
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	struct lt_admin_command confirm = { .act = LT_ADMIN_DOSSIER_CONFIRM, .number = proposal };
	assert_int_equal(admin(sim, 2, confirm)->reason, 0);
	simclock_run(desk->clock, 10 * SIM_DAY, SIM_DAY);
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_REROUTED), 1);
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_OVERDUE), 0);
	assert_int_equal(sim_dossier(sim, SKIPPED)->status, 8);
	assert_int_equal(sim_dossier(sim, SKIPPED)->branches[0].custody, LT_CUSTODY_CLOSED);
	assert_int_equal(try_accept(sim, SKIPPED).reason, LT_DOSSIER_CLOSED);
	same_on_all(sim);
}

/* An OPEN that was skipped is repaired into what its rule would have begun. */
static void an_open_is_repaired(void **state)
{
	struct desk *desk = *state;
	struct sim *sim = desk->sim;
	uint64_t opened = offer(sim, SKIPPED).sequence;
	skip_record(sim, opened);
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	struct lt_repair_branch branch = { .number = 1, .holder = sim_codes[DISTRICT], .leg = "leg-1" };
	struct lt_admin_command repair = {
		.act = LT_ADMIN_DOSSIER_REPAIR, .branch_count = 1, .branches = &branch, .status = 2
	};
	uint64_t proposal = admin(sim, 1, repair)->act.sequence;
	assert_int_not_equal(proposal, 0);
	struct lt_admin_command confirm = { .act = LT_ADMIN_DOSSIER_CONFIRM, .number = proposal };
	assert_int_equal(admin(sim, 2, confirm)->reason, 0);
	const struct lt_dossier_view *view = sim_dossier(sim, SKIPPED);
	assert_non_null(view->clock);
	assert_int_equal(view->clock->started, view->opened_at);
	struct sim_act on = { .kind = LT_KIND_FORWARD, .sender = DISTRICT, .to = DEPARTMENT, .dossier = SKIPPED };
	on.version = view->branches[0].version;
	on.route_leg = 2;
	assert_int_equal(sim_do(sim, &on)->reason, 0);
	accept(sim, SKIPPED);
	same_on_all(sim);
}

static void it_is_shown(void **state)
{
	struct desk *desk = *state;
	struct sim *sim = desk->sim;
	frozen_after_accept(desk);
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	assert_int_equal(answer->status.frozen_count, 1);
	assert_string_equal(answer->status.frozen[0], SKIPPED);
	const struct lt_query_answer *query = sim_query(sim, DEPARTMENT, SKIPPED, 0);
	assert_int_equal(query->reason, 0);
	assert_true(query->dossier->frozen > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
TEST_MAIN(TEST(in_the_middle), TEST(with_acts_and_clocks_behind),
	  cmocka_unit_test_setup_teardown(with_a_reorganisation_behind, simcut_set_up, simcut_tear_down),
	  TEST(with_all_of_it_behind), TEST(not_what_is_everybodys), TEST(two_persons_repair), TEST(two_persons_close),
	  TEST(an_open_is_repaired), TEST(it_is_shown))
