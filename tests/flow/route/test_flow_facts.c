/* Facts that are learned on the way: the leg `sets` them, its holder signs them with FORWARD or RESULT, and nothing else changes a field. And a
 * leg that is begun again with the time that its `again` says. */
#include "test.h"

#include <string.h>

#include "simroute.h"
#include "time_fixture.h"

#define CHOICE "1.000221"
#define ROLE "1.000222"
#define AGAIN "1.000223"
#define CODE "H37.02-20261119-0000001"

/* 1 DISTRICT, 2 DEPARTMENT finds out whether it is clear: if not, 3 OTHER verifies; 4 MINISTRY decides, 5 DISTRICT. */
static void define_choice(struct sim *sim)
{
	static uint32_t first[] = { 2 }, ways[] = { 3, 4 }, on[] = { 4 }, end[] = { 5 };
	static const char *sets[] = { "cu_tru", "ghi_chu" }, *unclear[] = { "chua-ro" };
	static struct lt_route_when when[] = { { 3, "cu_tru", 1, unclear } };
	struct lt_route_leg legs[] = {
		simroute_leg(1, "origin", LT_LEG_RECEIVE, first, 1),
		simroute_leg(2, "lead", LT_LEG_PROCESS, ways, 2),
		simroute_leg(3, sim_codes[OTHER], LT_LEG_PROCESS, on, 1),
		simroute_leg(4, sim_codes[MINISTRY], LT_LEG_APPROVE, end, 1),
		simroute_leg(5, "origin", LT_LEG_RETURN, NULL, 0),
	};
	legs[1].choose = LT_CHOOSE_ONE;
	legs[1].when = when;
	legs[1].when_count = 1;
	legs[1].otherwise = on;
	legs[1].otherwise_count = 1;
	legs[1].sets = sets;
	legs[1].set_count = 2;
	simroute_define_legs(sim, CHOICE, legs, 5);
}

/* 1 DISTRICT; 2 DEPARTMENT says who is to do leg 4; 3 MINISTRY; 4 that agency decides, 5 DISTRICT. */
static void define_role(struct sim *sim)
{
	static uint32_t next[][1] = { { 2 }, { 3 }, { 4 }, { 5 } };
	static const char *sets[] = { "noi_cap" };
	struct lt_route_leg legs[] = {
		simroute_leg(1, "origin", LT_LEG_RECEIVE, next[0], 1),
		simroute_leg(2, "lead", LT_LEG_PROCESS, next[1], 1),
		simroute_leg(3, sim_codes[MINISTRY], LT_LEG_PROCESS, next[2], 1),
		simroute_leg(4, "field:noi_cap", LT_LEG_APPROVE, next[3], 1),
		simroute_leg(5, "origin", LT_LEG_RETURN, NULL, 0),
	};
	legs[1].sets = sets;
	legs[1].set_count = 1;
	simroute_define_legs(sim, ROLE, legs, 5);
}

/* 1 DISTRICT, 2 DEPARTMENT in two working days, and in four hours when it comes back; 3 MINISTRY decides; 4 DISTRICT. */
static void define_again(struct sim *sim)
{
	static uint32_t next[][1] = { { 2 }, { 3 }, { 4 } };
	struct lt_route_leg legs[] = {
		simroute_leg(1, "origin", LT_LEG_RECEIVE, next[0], 1),
		simroute_leg(2, "lead", LT_LEG_PROCESS, next[1], 1),
		simroute_leg(3, sim_codes[MINISTRY], LT_LEG_APPROVE, next[2], 1),
		simroute_leg(4, "origin", LT_LEG_RETURN, NULL, 0),
	};
	legs[1].limit = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 8 };
	legs[1].again = (struct lt_limit){ LT_LIMIT_WORKING_HOURS, 16 };
	legs[2].limit = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 4 };
	legs[2].again = (struct lt_limit){ LT_LIMIT_WORKING_HOURS, 4 };
	simroute_define_legs(sim, AGAIN, legs, 4);
}

static void run_to(struct sim *sim, const char *time)
{
	sim_advance(sim, at(time) - sim->now);
}

static struct sim *begin(const char *procedure)
{
	struct sim *sim = simroute_new(9);
	define_choice(sim);
	define_role(sim);
	define_again(sim);
	run_to(sim, "2026-11-19T08:00");
	simroute_act(
		sim,
		ACT(.kind = LT_KIND_OPEN, .dossier = CODE, .sender = DISTRICT, .to = DISTRICT, .procedure = procedure),
		0);
	simroute_pass(sim, ACT(.kind = LT_KIND_FORWARD, .dossier = CODE, .sender = DISTRICT, .to = DEPARTMENT));
	return sim;
}

static void end(struct sim *sim)
{
	simroute_rebuild(sim);
	sim_free(sim);
}

static void forward(struct sim *sim, int to, const char *field, const char *value, enum lt_reason reason,
		    const char *words)
{
	const struct sim_answer *answer =
		simroute_act(sim,
			     ACT(.kind = LT_KIND_FORWARD, .dossier = CODE, .sender = DEPARTMENT, .to = to,
				 .field = field, .value = value),
			     reason);
	if (!strstr(answer->detail, words))
		fail_msg("\"%s\" does not say \"%s\"", answer->detail, words);
}

static const char *field(struct sim *sim, const char *name)
{
	const struct lt_dossier_view *view = sim_dossier(sim, CODE);
	for (size_t i = 0; i < view->field_count; i++) {
		if (strcmp(view->fields[i].name, name) == 0)
			return view->fields[i].value;
	}
	return "(none)";
}

/* OPEN knows nothing of it; the leg that learns it chooses by it, and can do neither without nor with another field. */
static void test_a_fact_chooses_the_way(void **state)
{
	(void)state;
	struct sim *sim = begin(CHOICE);
	forward(sim, MINISTRY, NULL, NULL, LT_FIELD_REQUIRED, "leg-2 goes on by \"cu_tru\"");
	forward(sim, MINISTRY, "cong_an", "H38.14", LT_FIELD_NOT_ALLOWED, "leg leg-2 does not set \"cong_an\"");
	forward(sim, MINISTRY, "cu_tru", "chua-ro", LT_RECIPIENTS_INVALID, "next is leg-3");
	assert_string_equal(field(sim, "cu_tru"), "(none)"); /* what was refused has changed nothing */
	forward(sim, OTHER, "cu_tru", "chua-ro", 0, "");
	assert_string_equal(field(sim, "cu_tru"), "chua-ro");
	simroute_accept(sim, CODE, 1, OTHER);
	simroute_act(sim,
		     ACT(.kind = LT_KIND_FORWARD, .dossier = CODE, .sender = OTHER, .to = MINISTRY, .field = "cu_tru",
			 .value = "ro"),
		     LT_FIELD_NOT_ALLOWED);
	simroute_pass(sim, ACT(.kind = LT_KIND_RETURN, .dossier = CODE, .sender = OTHER, .to = DEPARTMENT));
	forward(sim, MINISTRY, "cu_tru", "ro", 0, ""); /* it knows better now */
	assert_string_equal(field(sim, "cu_tru"), "ro");
	end(sim);
}

/* Who does a later leg: it must be there, and an agency in force, when the leg that says it is left. */
static void test_a_fact_says_who(void **state)
{
	(void)state;
	struct sim *sim = begin(ROLE);
	forward(sim, MINISTRY, NULL, NULL, LT_FIELD_REQUIRED, "an agency in force: noi_cap");
	forward(sim, MINISTRY, "noi_cap", "H99.01", LT_FIELD_REQUIRED, "noi_cap = H99.01");
	forward(sim, MINISTRY, "noi_cap", sim_codes[OTHER], 0, "");
	simroute_accept(sim, CODE, 1, MINISTRY);
	simroute_pass(sim, ACT(.kind = LT_KIND_FORWARD, .dossier = CODE, .sender = MINISTRY, .to = OTHER));
	simroute_pass(sim, ACT(.kind = LT_KIND_RESULT, .dossier = CODE, .sender = OTHER, .to = DISTRICT));
	simroute_is(sim, CODE, 1, 9, LT_CUSTODY_HELD, DISTRICT);
	end(sim);
}

static const struct lt_clock_view *clock_of(struct sim *sim)
{
	return simroute_branch(sim, CODE, 1)->clock;
}

/* Left after two hours of two days, it has four hours when it comes back on Thu 14:00: three until the evening, Fri 08:30. Late then, it is
 * late for good. A result that was taken back is no new beginning. */
static void test_again(void **state)
{
	uint8_t result[16];
	(void)state;
	struct sim *sim = begin(AGAIN);
	run_to(sim, "2026-11-19T10:00");
	simroute_pass(sim, ACT(.kind = LT_KIND_FORWARD, .dossier = CODE, .sender = DEPARTMENT, .to = MINISTRY));
	run_to(sim, "2026-11-19T14:00");
	simroute_pass(sim, ACT(.kind = LT_KIND_RETURN, .dossier = CODE, .sender = MINISTRY, .to = DEPARTMENT));
	assert_int_equal(clock_of(sim)->due_lawful, at("2026-11-20T08:30"));
	assert_int_equal(clock_of(sim)->due_first, at("2026-11-23T08:00")); /* what was first told */
	assert_int_equal(clock_of(sim)->allotted, 240);
	assert_int_equal(clock_of(sim)->used, 0);
	run_to(sim, "2026-11-20T10:00");
	assert_int_equal(clock_of(sim)->verdict, LT_TIME_OVERDUE);
	simroute_pass(sim, ACT(.kind = LT_KIND_FORWARD, .dossier = CODE, .sender = DEPARTMENT, .to = MINISTRY));
	assert_int_equal(clock_of(sim)->due_lawful, at("2026-11-20T11:00"));
	simroute_pass(sim, ACT(.kind = LT_KIND_RETURN, .dossier = CODE, .sender = MINISTRY, .to = DEPARTMENT));
	assert_int_equal(clock_of(sim)->verdict, LT_TIME_OVERDUE);
	simroute_pass(sim, ACT(.kind = LT_KIND_FORWARD, .dossier = CODE, .sender = DEPARTMENT, .to = MINISTRY));
	simroute_act(sim, ACT(.kind = LT_KIND_RESULT, .dossier = CODE, .sender = MINISTRY, .to = MINISTRY), 0);
	memcpy(result, sim->last_id, 16);
	run_to(sim, "2026-11-24T10:00");
	simroute_act(
		sim,
		ACT(.kind = LT_KIND_RECALL, .dossier = CODE, .sender = DEPARTMENT, .to = MINISTRY, .reply = result), 0);
	assert_int_equal(clock_of(sim)->due_lawful, at("2026-11-20T11:00"));
	assert_int_equal(clock_of(sim)->verdict, LT_TIME_OVERDUE);
	end(sim);
}

TEST_MAIN(cmocka_unit_test(test_a_fact_chooses_the_way), cmocka_unit_test(test_a_fact_says_who),
	  cmocka_unit_test(test_again))
