/* Versions of a procedure: one ends, the next comes into force, and dossiers keep that of their intake. And what the words of a procedure
 * mean for clocks: Thu 19/11/2026 08:00 is where they begin, Tue 24/11 is a holiday, offices work 07:30-11:30 and 13:00-17:00. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "simclock.h"
#include "simroute.h"
#include "time_fixture.h"
#include "record/definitions.h"
#include "record/record.h"
#include "wire/link.h"

#define FIRST "H37.02.01-20261118-0000001"
#define SECOND "H37.02.01-20261118-0000002"
#define THIRD "H37.02.01-20261118-0000003"
#define TODAY ((SIM_START + 7 * INT64_C(3600000000)) / SIM_DAY)

static struct lt_arena *arena;

/* The broker's versions of ROUTE_ALL; they live until the next call. */
static struct lt_procedure *versions(struct sim *sim, size_t *count)
{
	struct lt_control_request request = { .type = LT_CONTROL_PROCEDURES, .code = ROUTE_ALL };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	struct lt_procedure *list;
	assert_int_equal(answer->reason, 0);
	lt_arena_reset(arena);
	*count = answer->procedures.count;
	list = lt_arena_alloc(arena, *count * sizeof(*list));
	for (size_t i = 0; i < *count; i++)
		assert_int_equal(lt_procedure_decode(answer->procedures.list[i], arena, &list[i], NULL), 0);
	return list;
}

static enum lt_reason define(struct sim *sim, const struct lt_procedure *procedure)
{
	struct lt_buf bytes = { 0 };
	struct lt_control_request request = { .type = LT_CONTROL_DEFINE };
	assert_int_equal(lt_procedure_encode(procedure, &bytes), LT_OK);
	request.define = (struct lt_define_command){ .type = LT_DEFINE_PROCEDURE,
						     .data = lt_buf_bytes(&bytes),
						     .operator_name = "tester",
						     .reason = "another version" };
	enum lt_reason reason = sim_control(sim, &request)->reason;
	lt_buf_fini(&bytes);
	return reason;
}

static void open_it(struct sim *sim, const char *dossier, uint32_t version, enum lt_reason reason)
{
	simroute_act(sim,
		     ACT(.kind = LT_KIND_OPEN, .procedure = ROUTE_ALL, .procedure_version = version, .dossier = dossier,
			 .sender = COMMUNE, .to = COMMUNE),
		     reason);
}

static void test_versions(void **state)
{
	struct sim *sim = simroute_new(1);
	size_t count;
	(void)state;
	assert_int_equal(lt_arena_new(1u << 20, &arena), LT_OK);
	open_it(sim, FIRST, 1, LT_REASON_NONE);
	struct lt_procedure *one = versions(sim, &count);
	assert_int_equal(count, 1);
	assert_int_equal(one->leg_count, 6);
	assert_int_equal(define(sim, one), LT_ALREADY_SO);
	one->legs[1].limit.quarters++;
	assert_int_equal(define(sim, one), LT_DEFINITION_INVALID);
	one->legs[1].limit.quarters--;
	one->version = 2; /* before the first has an end: both would be in force */
	assert_int_equal(define(sim, one), LT_DEFINITION_INVALID);
	one->version = 1;
	one->valid_to = TODAY; /* ended by yesterday */
	assert_int_equal(define(sim, one), LT_REASON_NONE);
	open_it(sim, SECOND, 1, LT_PROCEDURE_UNKNOWN);
	one->version = 2;
	one->valid_from = TODAY;
	one->valid_to = 0;
	open_it(sim, SECOND, 2, LT_PROCEDURE_UNKNOWN);
	assert_int_equal(define(sim, one), LT_REASON_NONE);
	open_it(sim, SECOND, 2, LT_REASON_NONE);
	assert_int_equal(sim_dossier(sim, SECOND)->procedure_version, 2);
	/* the older dossier goes on under its own */
	simroute_pass(sim, ACT(.kind = LT_KIND_FORWARD, .dossier = FIRST, .sender = COMMUNE, .to = DEPARTMENT,
			       .route_leg = 2));
	assert_int_equal(sim_dossier(sim, FIRST)->procedure_version, 1);
	one = versions(sim, &count);
	assert_int_equal(count, 2);
	assert_int_equal(one[0].valid_to, TODAY);
	assert_int_equal(one[1].valid_from, TODAY);
	simroute_rebuild(sim);
	open_it(sim, THIRD, 1, LT_PROCEDURE_UNKNOWN);
	lt_arena_free(arena);
	sim_free(sim);
}

/* ---- what adapters are told ---- */

static const struct lt_query_answer *asked(struct sim *sim, uint32_t procedures, const char *code, uint32_t version)
{
	struct input input = { .type = INPUT_QUERY, .session = sim->agencies[COMMUNE].session };
	input.u.query.token = 7;
	input.u.query.procedures = procedures;
	input.u.query.version = version;
	snprintf(input.u.query.agency, sizeof(input.u.query.agency), "%s", sim_codes[COMMUNE]);
	snprintf(input.u.query.procedure, sizeof(input.u.query.procedure), "%s", code);
	sim->query = (struct lt_query_answer){ 0 };
	sim_take(sim, &input);
	sim_run(sim);
	assert_int_equal(sim->query.token, 7);
	return &sim->query;
}

static void shown(const struct lt_query_answer *answer, size_t index, uint32_t version, size_t legs)
{
	struct lt_procedure procedure;
	assert_true(index < answer->procedure_count);
	assert_int_equal(lt_procedure_decode(answer->procedures[index], arena, &procedure, NULL), 0);
	assert_int_equal(procedure.version, version);
	assert_int_equal(procedure.leg_count, legs);
}

/* Version 1 has ended, 2 is in force, 3 begins in a week. */
static void test_asked_by_an_adapter(void **state)
{
	struct sim *sim = simroute_new(1);
	size_t count;
	(void)state;
	assert_int_equal(lt_arena_new(1u << 20, &arena), LT_OK);
	struct lt_procedure *one = versions(sim, &count);
	one->valid_to = TODAY;
	assert_int_equal(define(sim, one), LT_REASON_NONE);
	const struct lt_query_answer *answer = asked(sim, LT_LINK_PROCEDURES_ONE, ROUTE_ALL, 0);
	assert_int_equal(answer->reason, 0);
	assert_int_equal(answer->procedure_count, 1);
	shown(answer, 0, 1, 0); /* none is in force */
	one = versions(sim, &count);
	for (uint32_t version = 2; version <= 3; version++) {
		one->version = version;
		one->valid_from = version == 2 ? TODAY : TODAY + 7;
		one->valid_to = version == 2 ? TODAY + 7 : 0;
		assert_int_equal(define(sim, one), LT_REASON_NONE);
	}
	answer = asked(sim, LT_LINK_PROCEDURES_ONE, ROUTE_ALL, 0);
	assert_int_equal(answer->procedure_count, 3);
	shown(answer, 0, 2, 6);
	shown(answer, 1, 1, 0);
	shown(answer, 2, 3, 0);
	answer = asked(sim, LT_LINK_PROCEDURES_ONE, ROUTE_ALL, 3);
	shown(answer, 0, 3, 6);
	shown(answer, 2, 2, 0);
	assert_int_equal(asked(sim, LT_LINK_PROCEDURES_ONE, ROUTE_ALL, 4)->reason, LT_PROCEDURE_UNKNOWN);
	assert_int_equal(asked(sim, LT_LINK_PROCEDURES_ONE, "1.999999", 0)->reason, LT_PROCEDURE_UNKNOWN);
	answer = asked(sim, LT_LINK_PROCEDURES_LIST, "", 0);
	assert_int_equal(answer->procedure_count, 7); /* five, and two versions */
	assert_false(answer->more);
	answer = asked(sim, LT_LINK_PROCEDURES_LIST, ROUTE_ALL, 2);
	shown(answer, 0, 3, 0); /* what stands behind it */
	lt_arena_free(arena);
	sim_free(sim);
}

static void test_list(void **state)
{
	struct sim *sim = simroute_new(1);
	struct lt_control_request request = { .type = LT_CONTROL_PROCEDURES, .code = "" };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	struct lt_procedure procedure;
	(void)state;
	assert_int_equal(lt_arena_new(1u << 20, &arena), LT_OK);
	assert_int_equal(answer->procedures.count, 5); /* four routes, and the simulator's own */
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(lt_procedure_decode(answer->procedures.list[i], arena, &procedure, NULL), 0);
		assert_int_equal(procedure.leg_count, 0);
	}
	request.code = "1.00000"; /* a beginning is not a code */
	assert_int_equal(sim_control(sim, &request)->reason, LT_PROCEDURE_UNKNOWN);
	lt_arena_free(arena);
	sim_free(sim);
}

/* ---- words that clocks know ---- */

#define WORDS "1.000009"
#define DOSSIER "H37.02-20261119-0000001"
#define DAYS(n)                                \
	{                                      \
		LT_LIMIT_WORKING_DAYS, 4 * (n) \
	}

static struct simclock *clock_;

/* 1 receive (DISTRICT) -> 2 process (DEPARTMENT) -> 3 approve (DEPARTMENT, DISTRICT's result) -> 4 return (DISTRICT). */
struct words {
	struct lt_procedure procedure;
	struct lt_route_leg legs[4];
};

static void words_init(struct words *words)
{
	static uint32_t next[] = { 2, 3, 4 };
	static const int agencies[] = { DISTRICT, DEPARTMENT, DEPARTMENT, DISTRICT };
	static const enum lt_leg_kind kinds[] = { LT_LEG_RECEIVE, LT_LEG_PROCESS, LT_LEG_APPROVE, LT_LEG_RETURN };
	for (uint32_t i = 0; i < 4; i++)
		words->legs[i] = simroute_leg(i + 1, sim_codes[agencies[i]], kinds[i], &next[i], i < 3);
	words->legs[0].supplements = words->legs[1].supplements = 1;
	words->legs[0].policy = words->legs[1].policy = LT_CLOCK_SUSPEND;
	words->procedure = (struct lt_procedure){ .code = WORDS,
						  .version = 1,
						  .name = "n",
						  .name_en = "n",
						  .lead = "",
						  .sector = "",
						  .source = "",
						  .total = DAYS(10),
						  .leg_count = 4,
						  .legs = words->legs };
}

static struct sim *begin(struct words *words, const char *value)
{
	struct sim *sim = sim_new(1);
	clock_ = simclock_new(sim, true);
	for (int i = DISTRICT; i <= MINISTRY; i++)
		sim_connect(sim, i);
	simroute_define_procedure(sim, &words->procedure);
	simroute_act(sim,
		     ACT(.kind = LT_KIND_OPEN, .procedure = WORDS, .dossier = DOSSIER, .sender = DISTRICT,
			 .to = DISTRICT, .field = value ? "loai" : NULL, .value = value),
		     LT_REASON_NONE);
	return sim;
}

static void end(struct sim *sim)
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

static void run_to(struct sim *sim, const char *time)
{
	int64_t us = at(time) - sim->now;
	simclock_run(clock_, us - us % SIMCLOCK_HOUR, SIMCLOCK_HOUR);
	if (us % SIMCLOCK_HOUR > 0)
		simclock_run(clock_, us % SIMCLOCK_HOUR, us % SIMCLOCK_HOUR);
}

static const struct lt_clock_view *whole_of(struct sim *sim)
{
	return sim_dossier(sim, DOSSIER)->clock;
}

static const struct lt_clock_view *leg_of(struct sim *sim)
{
	return sim_dossier(sim, DOSSIER)->branches[0].clock;
}

static void hand_on(struct sim *sim, int from, int to, uint32_t leg)
{
	struct sim_act forward =
		ACT(.kind = LT_KIND_FORWARD, .dossier = DOSSIER, .sender = from, .to = to, .route_leg = leg);
	if (from == to)
		simroute_act(sim, forward, LT_REASON_NONE);
	else
		simroute_pass(sim, forward);
}

/* Papers are asked for now, and brought at `time`. */
static void papers(struct sim *sim, int holder, const char *time)
{
	const struct sim_answer *answer = simroute_act(
		sim, ACT(.kind = LT_KIND_REQUEST_SUPPLEMENT, .dossier = DOSSIER, .sender = holder, .to = DISTRICT),
		LT_REASON_NONE);
	uint8_t asked[16];
	memcpy(asked, answer->id, 16);
	run_to(sim, time);
	simroute_act(
		sim,
		ACT(.kind = LT_KIND_SUPPLEMENT, .dossier = DOSSIER, .sender = DISTRICT, .to = holder, .reply = asked),
		LT_REASON_NONE);
}

static int64_t papers_due(struct sim *sim)
{
	const struct lt_dossier_view *view = sim_dossier(sim, DOSSIER);
	for (size_t i = 0; i < view->owed_count; i++) {
		if (view->owed[i].what == LT_OWED_SUPPLEMENT)
			return view->owed[i].until;
	}
	return 0;
}

/* The dossier's limit, a leg's and the applicant's go by the field; a dossier without it is not opened. */
static void test_by_field(void **state)
{
	static struct lt_limit_case total_is[] = { { "nha", DAYS(7) } }, leg_is[] = { { "nha", DAYS(3) } },
				    papers_is[] = { { "nha", DAYS(1) } };
	static struct lt_limit_by whole[] = { { LT_LIMIT_OF_TOTAL, "loai", 1, total_is, false },
					      { LT_LIMIT_OF_SUPPLEMENT, "loai", 1, papers_is, false } },
				  leg[] = { { LT_LIMIT_OF_LEG, "loai", 1, leg_is, false } };
	static const char *const values[] = { "nha", "cau" };
	static const char *const dues[2][3] = { { "2026-12-01T08:00", "2026-11-25T08:00", "2026-11-20T08:00" },
						{ "2026-12-04T08:00", "2026-11-27T08:00", "2026-11-23T08:00" } };
	struct words words;
	(void)state;
	words_init(&words);
	words.procedure.by = whole;
	words.procedure.by_count = 2;
	words.procedure.supplement_limit = (struct lt_limit)DAYS(2);
	words.legs[1].limit = (struct lt_limit)DAYS(5);
	words.legs[1].by = leg;
	words.legs[1].by_count = 1;
	for (int i = 0; i < 2; i++) {
		struct sim *sim = begin(&words, values[i]);
		assert_at(whole_of(sim)->due_lawful, dues[i][0]);
		hand_on(sim, DISTRICT, DEPARTMENT, 2);
		assert_at(leg_of(sim)->due_lawful, dues[i][1]);
		simroute_act(sim,
			     ACT(.kind = LT_KIND_REQUEST_SUPPLEMENT, .dossier = DOSSIER, .sender = DEPARTMENT,
				 .to = DISTRICT),
			     LT_REASON_NONE);
		assert_at(papers_due(sim), dues[i][2]);
		simroute_act(sim,
			     ACT(.kind = LT_KIND_OPEN, .procedure = WORDS, .dossier = "H37.02-20261119-0000002",
				 .sender = DISTRICT, .to = DISTRICT),
			     LT_FIELD_REQUIRED);
		end(sim);
	}
}

/* Without `else` a field has the values that are listed and no other: a misspelt one is refused, and told which there are. */
static void test_only_these_values(void **state)
{
	static struct lt_limit_case total_is[] = { { "nha", DAYS(7) }, { "cau", DAYS(9) } };
	static struct lt_limit_by whole[] = { { LT_LIMIT_OF_TOTAL, "loai", 2, total_is, true } };
	struct words words;
	(void)state;
	words_init(&words);
	words.procedure.by = whole;
	words.procedure.by_count = 1;
	struct sim *sim = begin(&words, "cau");
	assert_at(whole_of(sim)->due_lawful, "2026-12-03T08:00");
	const struct sim_answer *answer =
		simroute_act(sim,
			     ACT(.kind = LT_KIND_OPEN, .procedure = WORDS, .dossier = "H37.02-20261119-0000002",
				 .sender = DISTRICT, .to = DISTRICT, .field = "loai", .value = "caau"),
			     LT_FIELD_REQUIRED);
	if (!strstr(answer->detail, "loai = caau (nha, cau)"))
		fail_msg("%s", answer->detail);
	end(sim);
}

/* Five working days from the intake (Fri 27/11 08:00), whenever the leg begins; one more for the day that papers took before. */
static void test_until(void **state)
{
	struct words words;
	(void)state;
	words_init(&words);
	words.legs[1].limit = (struct lt_limit)DAYS(5);
	words.legs[1].until = true;
	struct sim *sim = begin(&words, NULL);
	run_to(sim, "2026-11-20T08:00");
	hand_on(sim, DISTRICT, DEPARTMENT, 2);
	assert_at(leg_of(sim)->due_lawful, "2026-11-27T08:00");
	assert_int_equal(leg_of(sim)->allotted, 4 * 480);
	run_to(sim, "2026-11-20T10:00");
	papers(sim, DEPARTMENT, "2026-11-23T10:00"); /* on the leg itself: a day more */
	assert_at(leg_of(sim)->due_lawful, "2026-11-30T08:00");
	end(sim);
	sim = begin(&words, NULL);
	papers(sim, DISTRICT, "2026-11-20T08:00"); /* before it: a day more too */
	hand_on(sim, DISTRICT, DEPARTMENT, 2);
	assert_at(leg_of(sim)->due_lawful, "2026-11-30T08:00");
	assert_at(whole_of(sim)->due_lawful, "2026-12-07T08:00"); /* ten days, and the one */
	assert_int_equal(leg_of(sim)->allotted, 5 * 480);
	end(sim);
}

/* RESTART: both count from the complete supplement. */
static void test_until_restart(void **state)
{
	struct words words;
	(void)state;
	words_init(&words);
	words.legs[1].limit = (struct lt_limit)DAYS(5);
	words.legs[1].until = true;
	words.legs[1].policy = LT_CLOCK_RESTART;
	words.legs[1].on_supplement = 2;
	struct sim *sim = begin(&words, NULL);
	run_to(sim, "2026-11-20T08:00");
	hand_on(sim, DISTRICT, DEPARTMENT, 2);
	papers(sim, DEPARTMENT, "2026-11-23T08:00");
	assert_at(leg_of(sim)->due_lawful, "2026-12-01T08:00");
	assert_at(whole_of(sim)->due_lawful, "2026-12-08T08:00");
	end(sim);
}

/* Two days at a leg that does not count: the leg has its own limit, the dossier has them more. */
static void test_uncounted(void **state)
{
	struct words words;
	(void)state;
	words_init(&words);
	words.legs[1].limit = (struct lt_limit)DAYS(1);
	words.legs[1].uncounted = "Dieu 7";
	struct sim *sim = begin(&words, NULL);
	assert_at(whole_of(sim)->due_lawful, "2026-12-04T08:00");
	hand_on(sim, DISTRICT, DEPARTMENT, 2);
	assert_true(whole_of(sim)->suspended);
	assert_false(leg_of(sim)->suspended);
	assert_at(leg_of(sim)->due_lawful, "2026-11-20T08:00");
	run_to(sim, "2026-11-23T08:00");
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_OVERDUE), 1); /* of the leg */
	assert_int_equal(leg_of(sim)->verdict, LT_TIME_OVERDUE);
	assert_int_equal(whole_of(sim)->used, 0);
	hand_on(sim, DEPARTMENT, DEPARTMENT, 3);
	assert_false(whole_of(sim)->suspended);
	assert_at(whole_of(sim)->due_lawful, "2026-12-08T08:00");
	const struct lt_dossier_view *view = sim_dossier(sim, DOSSIER);
	for (size_t i = 0; i < view->stay_count; i++) {
		if (strcmp(view->stays[i].leg, "leg-2") == 0 && view->stays[i].to[0] == '\0')
			assert_int_equal(view->stays[i].verdict, LT_TIME_LATE);
	}
	end(sim);
}

/* What was promised is what the applicant is told and what is judged; a same-day leg has the procedure's hour. */
static void test_promised_and_hour(void **state)
{
	struct words words;
	(void)state;
	words_init(&words);
	words.procedure.promised = (struct lt_limit)DAYS(3);
	words.procedure.same_day_until = 9 * 60;
	words.legs[1].limit.unit = LT_LIMIT_SAME_DAY;
	struct sim *sim = begin(&words, NULL);
	assert_at(whole_of(sim)->appointment, "2026-11-25T08:00");
	assert_at(whole_of(sim)->due_lawful, "2026-11-25T08:00");
	run_to(sim, "2026-11-19T09:01");
	hand_on(sim, DISTRICT, DEPARTMENT, 2);
	assert_at(leg_of(sim)->due_lawful, "2026-11-20T17:00");
	end(sim);
}

/* Behind the result a leg has its own limit; the dossier was done, and in time. */
static void test_after_result(void **state)
{
	struct words words;
	(void)state;
	words_init(&words);
	words.legs[3].limit = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 2 };
	words.procedure.total = (struct lt_limit)DAYS(1);
	struct sim *sim = begin(&words, NULL);
	hand_on(sim, DISTRICT, DEPARTMENT, 2);
	hand_on(sim, DEPARTMENT, DEPARTMENT, 3);
	simroute_pass(sim, ACT(.kind = LT_KIND_RESULT, .dossier = DOSSIER, .sender = DEPARTMENT, .to = DISTRICT));
	assert_at(leg_of(sim)->due_lawful, "2026-11-19T13:30");
	run_to(sim, "2026-11-23T08:00");
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_OVERDUE), 1); /* of the leg alone */
	assert_int_equal(leg_of(sim)->verdict, LT_TIME_OVERDUE);
	assert_int_equal(whole_of(sim)->verdict, LT_TIME_EARLY);
	end(sim);
}

TEST_MAIN(cmocka_unit_test(test_versions), cmocka_unit_test(test_list), cmocka_unit_test(test_asked_by_an_adapter),
	  cmocka_unit_test(test_by_field), cmocka_unit_test(test_only_these_values), cmocka_unit_test(test_until),
	  cmocka_unit_test(test_until_restart), cmocka_unit_test(test_uncounted),
	  cmocka_unit_test(test_promised_and_hour), cmocka_unit_test(test_after_result))
