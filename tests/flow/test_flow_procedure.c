/* Versions of a procedure: one ends, the next comes into force, and dossiers keep that of their intake. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "simroute.h"
#include "record/definitions.h"
#include "record/record.h"

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

TEST_MAIN(cmocka_unit_test(test_versions), cmocka_unit_test(test_list))
