/* Large parts in the engine: who may bring one, who may name and fetch it, and when it goes. */
#include "test.h"

#include <string.h>

#include "sim.h"
#include "state/parts/large.h"
#include "store/large_faults.h"

#define SIZE (20u << 20)
#define CODE "H37.02-20261118-0000001"

static uint8_t digest[32];

static void days(struct sim *sim, int count)
{
	for (int i = 0; i < count * 24; i++)
		sim_advance(sim, SIM_DAY / 24);
}

/* PART_OPEN; what came of it: the job for the thread, or the refusal. */
static enum lt_reason ask(struct sim *sim, int agency, uint64_t number, uint64_t size)
{
	struct input input = { .type = INPUT_PART,
			       .session = sim->agencies[agency].session,
			       .u.part = { .size = size, .number = number } };
	strcpy(input.u.part.agency, sim_codes[agency]);
	memcpy(input.u.part.sha256, digest, 32);
	sim->large_job = (struct large_job){ 0 };
	sim->part_state = (struct lt_part_state){ 0 };
	sim_take(sim, &input);
	assert_int_equal(sim->large_job.type, 0); /* with the batch, not before */
	sim_run(sim);
	assert_true((sim->large_job.type == LARGE_JOB_OPEN) != (sim->part_state.reason != LT_REASON_NONE));
	return sim->part_state.reason;
}

static struct sim *begin(void)
{
	struct sim *sim = sim_new(1);
	memset(digest, 0x5a, sizeof(digest));
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	return sim;
}

static void check_rebuild(struct sim *sim)
{
	uint8_t live[32], rebuilt[32];
	sim_advance(sim, SIM_SECOND);
	sim_hash(sim, live);
	sim_rebuild(sim);
	sim_hash(sim, rebuilt);
	assert_memory_equal(live, rebuilt, 32);
}

static struct sim_act open_act(void)
{
	return (struct sim_act){
		.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = CODE, .large_bytes = SIZE
	};
}

static void test_brought_named_fetched(void **state)
{
	struct sim *sim = begin();
	struct sim_act act = open_act();
	(void)state;
	const struct sim_answer *answer = sim_do(sim, &act);
	assert_int_equal(answer->reason, LT_PART_NOT_STORED);
	assert_true(answer->retry && answer->sequence == 0);
	uint8_t id[16];
	memcpy(id, sim->last_id, 16);
	assert_int_equal(ask(sim, DISTRICT, 0, SIZE), 0);
	assert_true(sim->large_job.write && !sim->large_job.known);
	sim_store_large(sim, DISTRICT, 0x5a, SIZE);
	act.id = id;
	assert_int_equal(sim_do(sim, &act)->reason, 0);
	const struct sim_item *item = sim_last_item(sim, DEPARTMENT);
	assert_int_equal(item->part_count, 1);
	assert_int_equal(ask(sim, DEPARTMENT, item->number, SIZE), 0);
	assert_true(!sim->large_job.write && sim->large_job.known && sim->large_job.size == SIZE);
	assert_memory_equal(sim->large_job.chunks, digest, 32);
	/* By item: another number, another size, another's mailbox. */
	assert_int_equal(ask(sim, DEPARTMENT, item->number + 1, SIZE), LT_PART_GONE);
	assert_int_equal(ask(sim, DEPARTMENT, item->number, SIZE + 1), LT_PART_GONE);
	assert_int_equal(ask(sim, DISTRICT, 1, SIZE), LT_PART_GONE);
	check_rebuild(sim);
	sim_free(sim);
}

/* What another has brought is no way to what it is: who names it must have brought it, or got it. */
static void test_whose(void **state)
{
	struct sim *sim = begin();
	struct sim_act act = open_act();
	(void)state;
	sim_connect(sim, COMMUNE);
	sim_store_large(sim, COMMUNE, 0x5a, SIZE);
	uint8_t id[16];
	assert_int_equal(sim_do(sim, &act)->reason, LT_PART_NOT_STORED);
	memcpy(id, sim->last_id, 16);
	assert_int_equal(ask(sim, DISTRICT, 0, SIZE), 0);
	assert_false(sim->large_job.known);
	assert_int_equal(ask(sim, DISTRICT, 0, SIZE + 1), LT_PART_SIZE_WRONG);
	assert_int_equal(ask(sim, COMMUNE, 0, SIZE), 0);
	assert_true(sim->large_job.known);
	sim_store_large(sim, DISTRICT, 0x5a, SIZE);
	act.id = id;
	assert_int_equal(sim_do(sim, &act)->reason, 0);
	assert_int_equal(ask(sim, DEPARTMENT, 0, SIZE), 0); /* it has got it */
	assert_true(sim->large_job.known);
	sim_free(sim);
}

/* What the thread of the files has found; outlives the sim. */
static struct large_faults *keep_faults(struct sim *sim)
{
	assert_int_equal(large_faults_new(&sim->options.large_faults), LT_OK);
	sim_crash(sim, 1);
	sim_open(sim);
	return sim->options.large_faults;
}

/* The file of a part that `who` fetches is damaged; which agency is asked for it, "": nobody. */
static const char *lose(struct sim *sim, int who)
{
	static char asked[LT_AGENCY_MAX];
	struct input input = { .type = INPUT_PART_LOST };
	unsigned before = sim->part_states;
	strcpy(input.u.part.agency, sim_codes[who]);
	memcpy(input.u.part.sha256, digest, 32);
	asked[0] = '\0';
	large_faults_add(sim->options.large_faults, digest, LARGE_FAULT_FILE);
	sim_take(sim, &input);
	sim_run(sim);
	if (sim->part_states != before)
		strcpy(asked, sim->part_state.agency);
	return asked;
}

static const char *lose_later(struct sim *sim, int who)
{
	sim_advance(sim, LARGE_FAULT_ASK_US);
	return lose(sim, who);
}

/* One at a time of those who have brought or got it is asked to bring it again, never who lacks it. */
static void test_lost(void **state)
{
	struct sim *sim = sim_new(1);
	struct sim_act act = open_act();
	(void)state;
	struct large_faults *faults = keep_faults(sim);
	memset(digest, 0x5a, sizeof(digest));
	for (int agency = COMMUNE; agency <= DEPARTMENT; agency++)
		sim_connect(sim, agency);
	assert_string_equal(lose(sim, DEPARTMENT), ""); /* nobody has had it */
	sim_store_large(sim, DISTRICT, 0x5a, SIZE);
	assert_int_equal(sim_do(sim, &act)->reason, 0);
	assert_string_equal(lose_later(sim, DEPARTMENT), sim_codes[DISTRICT]);
	uint64_t head = engine_sequence(sim->engine);
	assert_string_equal(lose(sim, DEPARTMENT), ""); /* at once again: nobody */
	assert_string_equal(lose_later(sim, DEPARTMENT), sim_codes[DISTRICT]);
	assert_int_equal(engine_sequence(sim->engine), head); /* no record */
	assert_string_equal(lose_later(sim, DISTRICT), sim_codes[DEPARTMENT]);
	sim_store_large(sim, COMMUNE, 0x5a, SIZE);
	char first[LT_AGENCY_MAX];
	strcpy(first, lose_later(sim, DEPARTMENT));
	assert_string_not_equal(first, lose_later(sim, DEPARTMENT)); /* in turn */
	sim_lost(sim, COMMUNE);
	sim_lost(sim, DISTRICT);
	assert_string_equal(lose_later(sim, DEPARTMENT), "");
	/* Who has it and comes soon behind that is asked, unless somebody brings it by then. */
	sim_advance(sim, LARGE_FAULT_ASK_US);
	unsigned told = sim->part_states;
	sim_connect(sim, DISTRICT);
	assert_int_equal(sim->part_states, ++told);
	large_faults_coming(faults, digest, true);
	assert_string_equal(lose_later(sim, DEPARTMENT), "");
	sim_connect(sim, COMMUNE);
	assert_int_equal(sim->part_states, told);
	large_faults_coming(faults, digest, false);
	assert_string_equal(lose(sim, DEPARTMENT), sim_codes[DISTRICT]);
	sim_free(sim);
	large_faults_free(faults);
}

static const struct lt_cause_view *damaged(struct sim *sim)
{
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	const struct lt_status_view *status = &sim_control(sim, &request)->status;
	for (size_t i = 0; i < status->cause_count; i++) {
		if (status->causes[i].cause == LT_CAUSE_LARGE_DAMAGED)
			return &status->causes[i];
	}
	return NULL;
}

/* What the thread of the files has found is a cause of the status, until it has found it whole. */
static void test_damage_is_told(void **state)
{
	struct sim *sim = begin();
	(void)state;
	assert_null(damaged(sim)); /* nobody keeps any here */
	struct large_faults *faults = keep_faults(sim);
	assert_null(damaged(sim));
	digest[31] = 1; /* another with the same first digits */
	large_faults_add(sim->options.large_faults, digest, 0);
	digest[31] = 0x5a;
	large_faults_add(sim->options.large_faults, digest, 0);
	const struct lt_cause_view *view = damaged(sim);
	assert_int_equal(view->count, 2);
	assert_string_equal(view->subjects[0].name, "5a5a5a5a5a5a5a5a");
	large_faults_remove(sim->options.large_faults, digest);
	assert_int_equal(damaged(sim)->count, 1);
	for (unsigned i = 0; i < 2 * LARGE_FAULTS_MAX; i++) {
		digest[0] = (uint8_t)i;
		large_faults_add(sim->options.large_faults, digest, 0);
	}
	assert_int_equal(damaged(sim)->count, LARGE_FAULTS_MAX);
	sim_free(sim);
	large_faults_free(faults);
}

static bool is_here(struct sim *sim)
{
	struct large large;
	return large_get(sim->store, digest, &large) == LT_OK;
}

static void test_loose_goes(void **state)
{
	struct sim *sim = begin();
	(void)state;
	sim_store_large(sim, DISTRICT, 0x5a, SIZE);
	sim_advance(sim, SIM_DAY / 2);
	assert_true(is_here(sim));
	memset(sim->large_gone, 0, 32);
	days(sim, 1);
	assert_false(is_here(sim));
	assert_memory_equal(sim->large_gone, digest, 32);
	assert_int_equal(ask(sim, DISTRICT, 0, SIZE), 0);
	assert_false(sim->large_job.known);
	check_rebuild(sim);
	sim_free(sim);
}

/* Named, it stays until its last envelope's parts are elided, and a day more. */
static void test_kept_while_named(void **state)
{
	struct sim *sim = begin();
	struct sim_act act = open_act();
	(void)state;
	sim_store_large(sim, DISTRICT, 0x5a, SIZE);
	assert_int_equal(sim_do(sim, &act)->reason, 0);
	act.dossier = "H37.02-20261118-0000002";
	sim->agencies[DEPARTMENT].receives = false;
	assert_int_equal(sim_do(sim, &act)->reason, 0);
	days(sim, 40); /* the second is not received */
	assert_true(is_here(sim));
	assert_int_equal(ask(sim, DEPARTMENT, 1, SIZE), LT_PART_GONE);
	assert_int_equal(ask(sim, DEPARTMENT, 2, SIZE), 0);
	sim->agencies[DEPARTMENT].received = 1;
	sim_connect(sim, DEPARTMENT);
	days(sim, 30);
	assert_true(is_here(sim));
	days(sim, 3);
	assert_false(is_here(sim));
	check_rebuild(sim);
	sim_free(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_brought_named_fetched),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_whose),
		cmocka_unit_test(test_loose_goes),
		cmocka_unit_test(test_kept_while_named),
		cmocka_unit_test(test_damage_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
