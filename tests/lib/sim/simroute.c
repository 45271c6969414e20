/* simroute.c: the simulator's procedures with a real route. */
#include "sim_internal.h"
#include "simroute.h"
#include "record/definitions.h"

#include <stdio.h>
#include <string.h>

enum { LEGS = 6 };

void simroute_define_one(struct sim *sim, enum lt_definition type, struct lt_buf *data)
{
	struct lt_control_request request = { .type = LT_CONTROL_DEFINE };
	request.define = (struct lt_define_command){
		.type = type, .data = lt_buf_bytes(data), .operator_name = "tester", .reason = "test"
	};
	const struct lt_control_answer *answer = sim_control(sim, &request);
	if (answer->reason)
		fail_msg("definition: %s %s", lt_reason_name(answer->reason), answer->detail);
	lt_buf_fini(data);
}

void simroute_calendar(struct sim *sim, uint32_t year, uint32_t version, const int32_t *off, size_t count)
{
	struct lt_calendar_day days[8];
	struct lt_calendar_year calendar = {
		.year = year, .version = version, .announced = true, .source = "test", .days = days, .day_count = count
	};
	struct lt_buf buf = { 0 };
	assert_true(count <= sizeof(days) / sizeof(days[0]));
	for (size_t i = 0; i < count; i++)
		days[i] = (struct lt_calendar_day){ .day = off[i], .kind = 1, .note = "off", .note_en = "off" };
	assert_int_equal(lt_calendar_year_encode(&calendar, &buf), LT_OK);
	simroute_define_one(sim, LT_DEFINE_CALENDAR, &buf);
}

void simroute_define_procedure(struct sim *sim, const struct lt_procedure *procedure)
{
	struct lt_buf buf = { 0 };
	assert_int_equal(lt_procedure_encode(procedure, &buf), LT_OK);
	simroute_define_one(sim, LT_DEFINE_PROCEDURE, &buf);
}

void simroute_define_legs(struct sim *sim, const char *code, struct lt_route_leg *legs, size_t count)
{
	const struct lt_procedure procedure = { .code = code,
						.version = 1,
						.name = "n",
						.name_en = "n",
						.lead = sim_codes[DEPARTMENT],
						.leg_count = count,
						.legs = legs };
	simroute_define_procedure(sim, &procedure);
}

struct lt_route_leg simroute_leg(uint32_t number, const char *agency, enum lt_leg_kind kind, uint32_t *next,
				 size_t count)
{
	static const char *const names[] = { "leg-1", "leg-2", "leg-3", "leg-4", "leg-5",
					     "leg-6", "leg-7", "leg-8", "leg-9" };
	assert_in_range(number, 1, sizeof(names) / sizeof(names[0]));
	const char *name = names[number - 1];
	return (struct lt_route_leg){ .number = number,
				      .id = name,
				      .name = name,
				      .name_en = name,
				      .agency = agency,
				      .kind = kind,
				      .next = next,
				      .next_count = count };
}

static void define_route(struct sim *sim, const char *code, enum lt_choose choose, int64_t valid_to)
{
	static uint32_t next[LEGS][2] = { { 2 }, { 3, 4 }, { 5 }, { 5 }, { 6 }, { 0 } };
	static const size_t next_count[LEGS] = { 1, 2, 1, 1, 1, 0 };
	static const uint32_t supplements[LEGS] = { 1, 1, 2, 0, 1, 0 };
	static const char *withdraw_by[] = { "origin" }, *makes[] = { "KQ" };
	const char *agencies[LEGS] = { "origin", "lead", sim_codes[MINISTRY], sim_codes[OTHER], sim_codes[DEPARTMENT],
				       "origin" };
	static const enum lt_leg_kind kinds[LEGS] = { LT_LEG_RECEIVE, LT_LEG_PROCESS, LT_LEG_APPROVE,
						      LT_LEG_PAY,     LT_LEG_PROCESS, LT_LEG_RETURN };
	char ids[LEGS][8];
	struct lt_route_leg legs[LEGS];
	struct lt_buf buf = { 0 };
	for (uint32_t i = 0; i < LEGS; i++) {
		snprintf(ids[i], sizeof(ids[i]), "leg-%u", i + 1);
		legs[i] = (struct lt_route_leg){ .number = i + 1, .name = ids[i], .name_en = ids[i], .id = ids[i] };
		legs[i].agency = agencies[i];
		legs[i].kind = kinds[i];
		legs[i].limit = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 8 };
		legs[i].next = next[i];
		legs[i].next_count = next_count[i];
		legs[i].supplements = supplements[i];
		legs[i].policy = i == 1 ? LT_CLOCK_SUSPEND : LT_CLOCK_RESTART;
	}
	legs[1].fee_stops_clock = true;
	legs[1].on_silence = LT_SILENCE_DEEMED_CONSENT;
	legs[1].consult_limit = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 8 };
	legs[4].on_supplement = 2;
	legs[1].choose = choose;
	legs[4].makes = makes;
	legs[4].make_count = 1;
	struct lt_procedure procedure = { .code = code, .version = 1, .name = "Thu tuc", .name_en = "procedure" };
	procedure.lead = sim_codes[DEPARTMENT];
	procedure.sector = procedure.source = "";
	procedure.leg_count = LEGS;
	procedure.legs = legs;
	procedure.valid_from = 20000;
	procedure.valid_to = valid_to;
	procedure.total = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 80 };
	procedure.withdraw_by = withdraw_by;
	procedure.withdraw_count = 1;
	procedure.withdraw_until = 5;
	assert_int_equal(lt_procedure_encode(&procedure, &buf), LT_OK);
	simroute_define_one(sim, LT_DEFINE_PROCEDURE, &buf);
}

static void define_short(struct sim *sim)
{
	static uint32_t next[2][1] = { { 2 }, { 3 } };
	static const char *withdraw_by[] = { "origin" };
	struct lt_route_leg legs[3] = {
		{ .number = 1, .id = "leg-1", .agency = "origin", .kind = LT_LEG_RECEIVE, .supplements = 1 },
		{ .number = 2, .id = "leg-2", .agency = "lead", .kind = LT_LEG_APPROVE, .supplements = 1 },
		{ .number = 3, .id = "leg-3", .agency = "lead", .kind = LT_LEG_RETURN },
	};
	struct lt_buf buf = { 0 };
	for (size_t i = 0; i < 3; i++) {
		legs[i].name = legs[i].name_en = legs[i].id;
		legs[i].limit = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 8 };
		legs[i].fee_stops_clock = true;
		legs[i].next = i < 2 ? next[i] : NULL;
		legs[i].next_count = i < 2;
	}
	struct lt_procedure procedure = {
		.code = ROUTE_SHORT, .version = 1, .name = "Thu tuc", .name_en = "procedure"
	};
	procedure.lead = sim_codes[DEPARTMENT];
	procedure.sector = procedure.source = "";
	procedure.leg_count = 3;
	procedure.legs = legs;
	procedure.valid_from = 20000;
	procedure.total = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 80 };
	procedure.withdraw_by = withdraw_by;
	procedure.withdraw_count = 1;
	assert_int_equal(lt_procedure_encode(&procedure, &buf), LT_OK);
	simroute_define_one(sim, LT_DEFINE_PROCEDURE, &buf);
}

void simroute_define(struct sim *sim)
{
	int64_t today = (SIM_START + 7 * INT64_C(3600000000)) / SIM_DAY;
	simroute_calendar(sim, 2026, 1, NULL, 0);
	simroute_calendar(sim, 2027, 1, NULL, 0);
	define_route(sim, ROUTE_ALL, LT_CHOOSE_ALL, 0);
	define_route(sim, ROUTE_SOME, LT_CHOOSE_SOME, 0);
	define_short(sim);
	define_route(sim, ROUTE_PAST, LT_CHOOSE_ALL, today);
}

static void connect_all(struct sim *sim)
{
	for (int i = 0; i < SIM_AGENCIES; i++)
		sim_connect(sim, i);
}

struct sim *simroute_new(uint64_t seed)
{
	struct sim *sim = sim_new(seed);
	simroute_define(sim);
	connect_all(sim);
	return sim;
}

const struct lt_branch_view *simroute_branch(struct sim *sim, const char *code, uint32_t branch)
{
	const struct lt_dossier_view *view = sim_dossier(sim, code);
	return view && branch >= 1 && branch <= view->branch_count ? &view->branches[branch - 1] : NULL;
}

const struct sim_answer *simroute_act(struct sim *sim, struct sim_act act, enum lt_reason reason)
{
	if (!act.dossier)
		act.dossier = ROUTE_CODE;
	if (act.branch == 0)
		act.branch = 1;
	if (act.version == 0 && act.kind != LT_KIND_OPEN) {
		const struct lt_branch_view *leg = simroute_branch(sim, act.dossier, act.branch);
		act.version = leg ? leg->version : 1;
	}
	const struct sim_answer *answer = sim_do(sim, &act);
	if (answer->reason != reason)
		fail_msg("%s by %s: got %s (%s), wanted %s", lt_kind_name(act.kind), sim_codes[act.sender],
			 answer->reason ? lt_reason_name(answer->reason) : "admitted", answer->detail,
			 reason ? lt_reason_name(reason) : "admitted");
	return answer;
}

void simroute_accept(struct sim *sim, const char *code, uint32_t branch, int agency)
{
	uint8_t offer[16];
	const struct lt_branch_view *leg = simroute_branch(sim, code, branch);
	assert_int_equal(leg->custody, LT_CUSTODY_OFFERED);
	assert_string_equal(leg->offered_to, sim_codes[agency]);
	memcpy(offer, leg->offer_id.data, 16);
	int holder = 0;
	while (strcmp(leg->holder, sim_codes[holder]) != 0)
		holder++;
	simroute_act(sim,
		     ACT(.kind = LT_KIND_ACCEPT, .dossier = code, .sender = agency, .to = holder, .branch = branch,
			 .reply = offer),
		     LT_REASON_NONE);
}

void simroute_pass(struct sim *sim, struct sim_act offer)
{
	const char *code = offer.dossier ? offer.dossier : ROUTE_CODE;
	simroute_act(sim, offer, LT_REASON_NONE);
	simroute_accept(sim, code, offer.branch ? offer.branch : 1, offer.to);
}

void simroute_is(struct sim *sim, const char *code, uint32_t branch, uint32_t status, enum lt_custody custody,
		 int holder)
{
	const struct lt_dossier_view *view = sim_dossier(sim, code);
	assert_non_null(view);
	assert_in_range(branch, 1, view->branch_count);
	assert_int_equal(view->status, status);
	assert_int_equal(view->branches[branch - 1].custody, custody);
	assert_string_equal(view->branches[branch - 1].holder, sim_codes[holder]);
}

void simroute_rebuild(struct sim *sim)
{
	uint8_t live[32], rebuilt[32];
	sim_hash(sim, live);
	sim_rebuild(sim);
	sim_hash(sim, rebuilt);
	assert_memory_equal(live, rebuilt, 32);
	connect_all(sim);
}
