/* The route is kept: forward leads only what `next` says, a fork is whole, a choice is what was chosen, results are made at the legs that
 * make them, and back leads what takes back. */
#include "test.h"

#include <string.h>

#include "simroute.h"

#define LINE "1.000201"
#define FORK "1.000202"
#define CHOICE "1.000203"
#define ALONE "1.000204"
#define NEEDS "1.000205"
#define CODE "H37.02-20261118-0000001"

/* 1 DISTRICT, 2 DEPARTMENT, 3 MINISTRY approves or sends back to 2, 4 DEPARTMENT registers, 5 DISTRICT hands over. */
static void define_line(struct sim *sim)
{
	static uint32_t next[][1] = { { 2 }, { 3 }, { 4 }, { 5 } };
	struct lt_route_leg legs[] = {
		simroute_leg(1, "origin", LT_LEG_RECEIVE, next[0], 1),
		simroute_leg(2, "lead", LT_LEG_PROCESS, next[1], 1),
		simroute_leg(3, sim_codes[MINISTRY], LT_LEG_APPROVE, next[2], 1),
		simroute_leg(4, "lead", LT_LEG_PROCESS, next[3], 1),
		simroute_leg(5, "origin", LT_LEG_RETURN, NULL, 0),
	};
	legs[2].on_refusal = 2;
	simroute_define_legs(sim, LINE, legs, 5);
}

/* 1 DISTRICT, fork { 2 DEPARTMENT ; 3 MINISTRY ; 4 the join at once }, 4 DISTRICT. Each of the two makes a result. */
static void define_fork(struct sim *sim)
{
	static uint32_t fork[] = { 2, 3, 4 }, join[] = { 4 };
	struct lt_route_leg legs[] = {
		simroute_leg(1, "origin", LT_LEG_RECEIVE, fork, 3),
		simroute_leg(2, "lead", LT_LEG_PROCESS, join, 1),
		simroute_leg(3, sim_codes[MINISTRY], LT_LEG_PROCESS, join, 1),
		simroute_leg(4, "origin", LT_LEG_RETURN, NULL, 0),
	};
	simroute_define_legs(sim, FORK, legs, 4);
}

/* After leg 1 the field says: 2 DEPARTMENT for houses, 3 MINISTRY for bridges, else 4 OTHER; 5 DISTRICT. */
static void define_choice(struct sim *sim)
{
	static uint32_t some[] = { 2, 3, 4 }, end[] = { 5 }, other[] = { 4 };
	static const char *house[] = { "nha", "kho" }, *bridge[] = { "cau" };
	static struct lt_route_when when[] = { { 2, "loai", 2, house }, { 3, "loai", 1, bridge } };
	struct lt_route_leg legs[] = {
		simroute_leg(1, "origin", LT_LEG_RECEIVE, some, 3),
		simroute_leg(2, "lead", LT_LEG_PROCESS, end, 1),
		simroute_leg(3, sim_codes[MINISTRY], LT_LEG_PROCESS, end, 1),
		simroute_leg(4, sim_codes[OTHER], LT_LEG_PROCESS, end, 1),
		simroute_leg(5, "origin", LT_LEG_RETURN, NULL, 0),
	};
	legs[0].choose = LT_CHOOSE_ONE;
	legs[0].when = when;
	legs[0].when_count = 2;
	legs[0].otherwise = other;
	legs[0].otherwise_count = 1;
	simroute_define_legs(sim, CHOICE, legs, 5);
}

/* All in one office. */
static void define_alone(struct sim *sim)
{
	static uint32_t next[][1] = { { 2 }, { 3 } };
	struct lt_route_leg legs[] = {
		simroute_leg(1, "origin", LT_LEG_RECEIVE, next[0], 1),
		simroute_leg(2, "origin", LT_LEG_APPROVE, next[1], 1),
		simroute_leg(3, "origin", LT_LEG_RETURN, NULL, 0),
	};
	simroute_define_legs(sim, ALONE, legs, 3);
}

static struct sim *begin(const char *procedure, const char *value)
{
	struct sim *sim = simroute_new(1);
	define_line(sim);
	define_fork(sim);
	define_choice(sim);
	define_alone(sim);
	struct sim_act open = ACT(.kind = LT_KIND_OPEN, .dossier = CODE, .sender = DISTRICT, .to = DISTRICT,
				  .procedure = procedure, .field = value ? "loai" : NULL, .value = value);
	simroute_act(sim, open, 0);
	return sim;
}

static const struct sim_answer *act(struct sim *sim, struct sim_act what, enum lt_reason reason)
{
	what.dossier = CODE;
	return simroute_act(sim, what, reason);
}

static const struct sim_answer *send(struct sim *sim, enum lt_kind kind, int from, int to, uint32_t leg_number,
				     enum lt_reason reason)
{
	return act(sim, ACT(.kind = kind, .sender = from, .to = to, .route_leg = leg_number), reason);
}

static void pass(struct sim *sim, enum lt_kind kind, int from, int to)
{
	simroute_pass(sim, ACT(.kind = kind, .dossier = CODE, .sender = from, .to = to));
}

static void says(const struct sim_answer *answer, const char *words)
{
	if (!strstr(answer->detail, words))
		fail_msg("\"%s\" does not say \"%s\"", answer->detail, words);
}

static void is(struct sim *sim, uint32_t branch, uint32_t status, enum lt_custody custody, int holder,
	       const char *leg_id)
{
	simroute_is(sim, CODE, branch, status, custody, holder);
	assert_string_equal(simroute_branch(sim, CODE, branch)->leg, leg_id);
}

static void test_only_what_follows(void **state)
{
	struct sim *sim = begin(LINE, NULL);
	(void)state;
	says(send(sim, LT_KIND_FORWARD, DISTRICT, OTHER, 0, LT_RECIPIENTS_INVALID), "next is leg-2 (H37.14)");
	says(send(sim, LT_KIND_FORWARD, DISTRICT, MINISTRY, 0, LT_RECIPIENTS_INVALID), "next is leg-2");
	says(send(sim, LT_KIND_FORWARD, DISTRICT, MINISTRY, 3, LT_RECIPIENTS_INVALID), "leg-3 does not follow");
	says(send(sim, LT_KIND_FORWARD, DISTRICT, OTHER, 2, LT_RECIPIENTS_INVALID), "is for H37.14, not for H38.14");
	send(sim, LT_KIND_FORWARD, DISTRICT, DISTRICT, 0, LT_RECIPIENTS_INVALID);
	pass(sim, LT_KIND_FORWARD, DISTRICT, DEPARTMENT);
	is(sim, 1, 4, LT_CUSTODY_HELD, DEPARTMENT, "leg-2"); /* the one that is the recipient's */
	says(send(sim, LT_KIND_FORWARD, DEPARTMENT, DISTRICT, 0, LT_RECIPIENTS_INVALID), "next is leg-3 (G09.20)");
	says(send(sim, LT_KIND_RETURN, DEPARTMENT, DISTRICT, 5, LT_RECIPIENTS_INVALID), "goes back there");
	pass(sim, LT_KIND_RETURN, DEPARTMENT, DISTRICT);
	is(sim, 1, 4, LT_CUSTODY_HELD, DISTRICT, "leg-1");
	sim_free(sim);
}

static void test_results_where_they_are_made(void **state)
{
	struct sim *sim = begin(LINE, NULL);
	uint8_t offer[16];
	(void)state;
	pass(sim, LT_KIND_FORWARD, DISTRICT, DEPARTMENT);
	says(send(sim, LT_KIND_RESULT, DEPARTMENT, DEPARTMENT, 0, LT_NOT_AT_THIS_LEG), "leg-2 makes no result");
	pass(sim, LT_KIND_FORWARD, DEPARTMENT, MINISTRY);
	says(send(sim, LT_KIND_FORWARD, MINISTRY, DEPARTMENT, 4, LT_NOT_AT_THIS_LEG), "leg-3 makes the result");
	pass(sim, LT_KIND_RESULT, MINISTRY, DEPARTMENT);
	is(sim, 1, 9, LT_CUSTODY_HELD, DEPARTMENT, "leg-4");
	send(sim, LT_KIND_FORWARD, DEPARTMENT, DISTRICT, 5, LT_STATUS_EDGE_ILLEGAL);
	says(send(sim, LT_KIND_HANDED_OVER, DEPARTMENT, DISTRICT, 0, LT_NOT_AT_THIS_LEG), "leg-5 (H37.02)");
	/* Refused on its way, it goes back to who made it. */
	send(sim, LT_KIND_RESULT, DEPARTMENT, DISTRICT, 0, 0);
	memcpy(offer, sim->last_id, 16);
	act(sim, ACT(.kind = LT_KIND_REFUSE, .sender = DISTRICT, .to = DEPARTMENT, .reply = offer), 0);
	is(sim, 1, 4, LT_CUSTODY_HELD, MINISTRY, "leg-3");
	pass(sim, LT_KIND_RESULT, MINISTRY, DEPARTMENT);
	pass(sim, LT_KIND_RESULT, DEPARTMENT, DISTRICT);
	is(sim, 1, 9, LT_CUSTODY_HELD, DISTRICT, "leg-5");
	send(sim, LT_KIND_RESULT, DISTRICT, DISTRICT, 0, LT_NOT_AT_THIS_LEG);
	send(sim, LT_KIND_HANDED_OVER, DISTRICT, DISTRICT, 0, 0);
	simroute_rebuild(sim);
	sim_free(sim);
}

/* The lead takes the result back from wherever it is. */
static void test_recalled_result(void **state)
{
	struct sim *sim = begin(LINE, NULL);
	uint8_t result[16];
	(void)state;
	pass(sim, LT_KIND_FORWARD, DISTRICT, DEPARTMENT);
	pass(sim, LT_KIND_FORWARD, DEPARTMENT, MINISTRY);
	send(sim, LT_KIND_RESULT, MINISTRY, DEPARTMENT, 0, 0);
	memcpy(result, sim->last_id, 16);
	simroute_accept(sim, CODE, 1, DEPARTMENT);
	pass(sim, LT_KIND_RESULT, DEPARTMENT, DISTRICT);
	act(sim, ACT(.kind = LT_KIND_RECALL, .sender = DISTRICT, .to = MINISTRY, .reply = result), LT_NOT_LEAD);
	act(sim, ACT(.kind = LT_KIND_RECALL, .sender = DEPARTMENT, .to = DISTRICT, .reply = result), 0);
	is(sim, 1, 4, LT_CUSTODY_HELD, MINISTRY, "leg-3");
	send(sim, LT_KIND_RESULT, MINISTRY, DEPARTMENT, 0, 0);
	memcpy(result, sim->last_id, 16);
	act(sim, ACT(.kind = LT_KIND_RECALL, .sender = MINISTRY, .to = DEPARTMENT, .reply = result), 0);
	is(sim, 1, 4, LT_CUSTODY_HELD, MINISTRY, "leg-3"); /* its own offer: also at 4, the result is not made */
	simroute_rebuild(sim);
	sim_free(sim);
}

/* A refusal that names on_refusal is a step back inside the work; the way of `next` it is the result. */
static void test_refusal_leads_back(void **state)
{
	struct sim *sim = begin(LINE, NULL);
	(void)state;
	pass(sim, LT_KIND_FORWARD, DISTRICT, DEPARTMENT);
	pass(sim, LT_KIND_FORWARD, DEPARTMENT, MINISTRY);
	send(sim, LT_KIND_RESULT, MINISTRY, DEPARTMENT, 2,
	     LT_RECIPIENTS_INVALID); /* without a reason it is no refusal */
	struct sim_act refuse = ACT(.kind = LT_KIND_RESULT, .dossier = CODE, .sender = MINISTRY, .to = DEPARTMENT,
				    .route_leg = 2, .reason = "chua du can cu");
	simroute_pass(sim, refuse);
	is(sim, 1, 4, LT_CUSTODY_HELD, DEPARTMENT, "leg-2");
	assert_string_equal(sim_dossier(sim, CODE)->outcome, "");
	pass(sim, LT_KIND_FORWARD, DEPARTMENT, MINISTRY);
	refuse.route_leg = 4;
	simroute_pass(sim, refuse);
	is(sim, 1, 9, LT_CUSTODY_HELD, DEPARTMENT, "leg-4");
	assert_string_equal(sim_dossier(sim, CODE)->outcome, "refused");
	simroute_rebuild(sim);
	sim_free(sim);
}

static struct sim_act fork_of(size_t count)
{
	struct sim_act what = ACT(.kind = LT_KIND_FORWARD, .sender = DISTRICT, .to_count = count,
				  .recipients = { { DEPARTMENT, 2 }, { MINISTRY, 3 }, { DISTRICT, 4 } });
	return what;
}

/* A fork is whole; done is what has all its results; who leads straight to the join waits there. */
static void test_fork_is_whole(void **state)
{
	struct sim *sim = begin(FORK, NULL);
	uint8_t result[16];
	(void)state;
	says(send(sim, LT_KIND_FORWARD, DISTRICT, DEPARTMENT, 2, LT_RECIPIENTS_INVALID), "missing: leg-3 (G09.20)");
	says(act(sim, fork_of(2), LT_RECIPIENTS_INVALID), "missing: leg-4 (H37.02)");
	act(sim, fork_of(3), 0);
	simroute_is(sim, CODE, 4, 4, LT_CUSTODY_CLOSED, DISTRICT);
	simroute_accept(sim, CODE, 2, DEPARTMENT);
	simroute_accept(sim, CODE, 3, MINISTRY);
	act(sim, ACT(.kind = LT_KIND_RESULT, .sender = DEPARTMENT, .to = DISTRICT, .branch = 2), 0);
	memcpy(result, sim->last_id, 16);
	simroute_is(sim, CODE, 2, 4, LT_CUSTODY_CLOSED, DEPARTMENT); /* one of two, and it waits */
	act(sim, ACT(.kind = LT_KIND_RESULT, .sender = MINISTRY, .to = DISTRICT, .branch = 3), 0);
	simroute_is(sim, CODE, 3, 9, LT_CUSTODY_OFFERED, MINISTRY);
	simroute_accept(sim, CODE, 3, DISTRICT);
	/* The first result is taken back: the dossier is not done until it is there again, and it joins what went on. */
	act(sim, ACT(.kind = LT_KIND_RECALL, .sender = DEPARTMENT, .to = DISTRICT, .branch = 2, .reply = result), 0);
	simroute_is(sim, CODE, 2, 4, LT_CUSTODY_HELD, DEPARTMENT);
	act(sim, ACT(.kind = LT_KIND_HANDED_OVER, .sender = DISTRICT, .to = DISTRICT, .branch = 3), LT_BRANCHES_OPEN);
	act(sim, ACT(.kind = LT_KIND_RESULT, .sender = DEPARTMENT, .to = DISTRICT, .branch = 2), 0);
	simroute_is(sim, CODE, 2, 9, LT_CUSTODY_CLOSED, DEPARTMENT);
	act(sim, ACT(.kind = LT_KIND_HANDED_OVER, .sender = DISTRICT, .to = DISTRICT, .branch = 3), 0);
	simroute_rebuild(sim);
	sim_free(sim);
}

static void test_fields_choose(void **state)
{
	static const struct {
		const char *value;
		int agency;
		const char *leg;
	} ways[] = { { "kho", DEPARTMENT, "leg-2" }, { "cau", MINISTRY, "leg-3" }, { "duong", OTHER, "leg-4" } };
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct sim *sim = begin(CHOICE, ways[i].value);
		for (size_t k = 0; k < 3; k++) {
			if (k != i)
				says(send(sim, LT_KIND_FORWARD, DISTRICT, ways[k].agency, 0, LT_RECIPIENTS_INVALID),
				     ways[i].leg);
		}
		act(sim, fork_of(2), LT_RECIPIENTS_INVALID);
		pass(sim, LT_KIND_FORWARD, DISTRICT, ways[i].agency);
		is(sim, 1, 4, LT_CUSTODY_HELD, ways[i].agency, ways[i].leg);
		pass(sim, LT_KIND_RESULT, ways[i].agency, DISTRICT);
		send(sim, LT_KIND_HANDED_OVER, DISTRICT, DISTRICT, 0, 0);
		sim_free(sim);
	}
}

/* Who holds leg 2 chooses one or both of two ways, and says why. */
static void test_holder_chooses(void **state)
{
	struct sim *sim = simroute_new(1);
	(void)state;
	simroute_act(sim,
		     ACT(.kind = LT_KIND_OPEN, .dossier = CODE, .sender = DISTRICT, .to = DEPARTMENT,
			 .procedure = ROUTE_SOME, .route_leg = 2),
		     0);
	simroute_accept(sim, CODE, 1, DEPARTMENT);
	struct sim_act one = ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = OTHER, .reason = "");
	says(act(sim, one, LT_FIELD_REQUIRED), "the holder of leg leg-2 chooses");
	one.reason = "khong can bo";
	act(sim, one, 0);
	simroute_is(sim, CODE, 1, 4, LT_CUSTODY_OFFERED, DEPARTMENT);
	sim_free(sim);
}

/* A route of one agency reaches its result and its end. */
static void test_alone(void **state)
{
	struct sim *sim = begin(ALONE, NULL);
	(void)state;
	send(sim, LT_KIND_RESULT, DISTRICT, DISTRICT, 0, LT_NOT_AT_THIS_LEG);
	send(sim, LT_KIND_FORWARD, DISTRICT, DISTRICT, 0, 0);
	is(sim, 1, 4, LT_CUSTODY_HELD, DISTRICT, "leg-2");
	send(sim, LT_KIND_RESULT, DISTRICT, DISTRICT, 3, 0);
	is(sim, 1, 9, LT_CUSTODY_HELD, DISTRICT, "leg-3");
	send(sim, LT_KIND_HANDED_OVER, DISTRICT, DISTRICT, 0, 0);
	simroute_rebuild(sim);
	sim_free(sim);
}

/* 1 DISTRICT; by `loai` 3 `cong_an`, else 2 the lead, `chu_tri`; 4 asks `y_kien` and the ministry; 5 DISTRICT. `nguoi_rut` may withdraw. */
static void define_needs(struct sim *sim, const char *parent)
{
	static uint32_t ways[] = { 2, 3 }, meet[] = { 4 }, end[] = { 5 };
	static uint32_t other[] = { 2 };
	static const char *police[] = { "b" }, *withdraw[] = { "origin", "field:nguoi_rut" };
	static struct lt_route_when when[] = { { 3, "loai", 1, police } };
	const char *ask[] = { "field:y_kien", sim_codes[MINISTRY] };
	struct lt_route_leg legs[] = {
		simroute_leg(1, "origin", LT_LEG_RECEIVE, ways, 2),
		simroute_leg(2, "lead", LT_LEG_PROCESS, meet, 1),
		simroute_leg(3, "field:cong_an", LT_LEG_PROCESS, meet, 1),
		simroute_leg(4, parent, LT_LEG_CONSULT, end, 1),
		simroute_leg(5, "origin", LT_LEG_RETURN, NULL, 0),
	};
	legs[0].choose = LT_CHOOSE_ONE;
	legs[0].when = when;
	legs[0].when_count = 1;
	legs[0].otherwise = other;
	legs[0].otherwise_count = 1;
	legs[3].consult = ask;
	legs[3].consult_count = 2;
	const struct lt_procedure procedure = { .code = NEEDS,
						.version = 1,
						.name = "n",
						.name_en = "n",
						.lead = "field:chu_tri",
						.leg_count = 5,
						.legs = legs,
						.withdraw_by = withdraw,
						.withdraw_count = 2,
						.withdraw_until = 5 };
	simroute_define_procedure(sim, &procedure);
}

/* What OPEN is told that has this field alone. */
static void needs(const char *parent, const char *field, const char *value, const char *list)
{
	struct sim *sim = simroute_new(1);
	define_needs(sim, parent);
	struct sim_act open = ACT(.kind = LT_KIND_OPEN, .dossier = CODE, .sender = DISTRICT, .to = DISTRICT,
				  .procedure = NEEDS, .field = field, .value = value);
	const char *detail = act(sim, open, LT_FIELD_REQUIRED)->detail;
	const char *told = strstr(detail, "an agency in force: ");
	assert_non_null(told);
	assert_string_equal(told + strlen("an agency in force: "), list);
	assert_null(sim_dossier(sim, CODE));
	sim_free(sim);
}

/* Fields come with OPEN alone: all that is missing is told at once, and only what the open ways need. */
static void test_open_has_what_the_route_needs(void **state)
{
	const char *lead = sim_codes[DEPARTMENT];
	(void)state;
	needs(lead, NULL, NULL, "chu_tri, nguoi_rut, loai, cong_an, y_kien");
	needs(lead, "loai", "a", "chu_tri, nguoi_rut, y_kien");
	needs(lead, "loai", "b", "chu_tri, nguoi_rut, cong_an, y_kien");
	needs(lead, "chu_tri", sim_codes[OTHER], "nguoi_rut, loai, cong_an, y_kien");
	needs(lead, "cong_an", "H99.01", "chu_tri, nguoi_rut, loai, cong_an = H99.01, y_kien");
	needs(lead, "cong_na", sim_codes[OTHER], "chu_tri, nguoi_rut, loai, cong_an, y_kien"); /* a slip of the pen */
	needs("parent(origin)", "loai", "a", "chu_tri, nguoi_rut, parent(origin), y_kien");
}

TEST_MAIN(cmocka_unit_test(test_only_what_follows), cmocka_unit_test(test_results_where_they_are_made),
	  cmocka_unit_test(test_recalled_result), cmocka_unit_test(test_refusal_leads_back),
	  cmocka_unit_test(test_fork_is_whole), cmocka_unit_test(test_fields_choose),
	  cmocka_unit_test(test_holder_chooses), cmocka_unit_test(test_alone),
	  cmocka_unit_test(test_open_has_what_the_route_needs))
