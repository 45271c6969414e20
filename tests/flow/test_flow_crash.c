/* A crash before and after every step of a batch: nothing admitted is lost, nothing takes effect twice, custody is as without the
 * crash. Each adapter does what it must: it submits again what has no answer. */
#include "test.h"

#include <string.h>

#include <lienthong/time.h>

#include "sim.h"

#define CODE "H37.02-20261118-0000001"

enum point {
	BEFORE_TAKE,
	AFTER_TAKE,
	AFTER_SEAL,
	WRITE_LOST,
	WRITE_TORN,
	AFTER_WRITE,
	AFTER_RELEASE,
	AFTER_FREEZE,
	AFTER_FLUSH,
	AFTER_THAW,
	POINTS,
};
struct step {
	enum lt_kind kind;
	int sender, to;
	uint64_t version;
	int reply; /* index of the step answered, -1: none */
	size_t part_bytes;
};
static const struct step script[] = {
	{ LT_KIND_OPEN, DISTRICT, DISTRICT, 0, -1, 100 },    { LT_KIND_FORWARD, DISTRICT, DEPARTMENT, 1, -1, 3000 },
	{ LT_KIND_ACCEPT, DEPARTMENT, DISTRICT, 2, 1, 0 },   { LT_KIND_FORWARD, DEPARTMENT, MINISTRY, 3, -1, 10 },
	{ LT_KIND_REFUSE, MINISTRY, DEPARTMENT, 4, 3, 0 },   { LT_KIND_RETURN, DEPARTMENT, DISTRICT, 5, -1, 0 },
	{ LT_KIND_RECALL, DEPARTMENT, DISTRICT, 6, 5, 0 },   { LT_KIND_RETURN, DEPARTMENT, DISTRICT, 7, -1, 20 },
	{ LT_KIND_ACCEPT, DISTRICT, DEPARTMENT, 8, 7, 0 },   { LT_KIND_FORWARD, DISTRICT, DEPARTMENT, 9, -1, 0 },
	{ LT_KIND_ACCEPT, DEPARTMENT, DISTRICT, 10, 9, 0 },  { LT_KIND_RESULT, DEPARTMENT, DISTRICT, 11, -1, 700 },
	{ LT_KIND_ACCEPT, DISTRICT, DEPARTMENT, 12, 11, 0 }, { LT_KIND_HANDED_OVER, DISTRICT, DEPARTMENT, 13, -1, 0 },
};
enum { STEPS = sizeof(script) / sizeof(script[0]) };

struct run {
	struct sim *sim;
	uint8_t ids[STEPS][16];
	struct lt_buf headers[STEPS];
	struct sim_answer first[STEPS]; /* sequence 0: none seen */
};

static void connect_all(struct sim *sim)
{
	for (int i = DISTRICT; i <= MINISTRY; i++)
		sim_connect(sim, i);
}

static void begin(struct run *run, uint64_t seed)
{
	memset(run, 0, sizeof(*run));
	run->sim = sim_new(seed);
	for (int i = 0; i < STEPS; i++) {
		const struct step *step = &script[i];
		uint8_t random[8] = { (uint8_t)i, 1, 2, 3 };
		lt_uuid_make(SIM_START + i * 1000, random, run->ids[i]);
		struct sim_act act = { .kind = step->kind, .sender = step->sender, .to = step->to, .dossier = CODE };
		act.version = step->version;
		act.reply = step->reply < 0 ? NULL : run->ids[step->reply];
		act.id = run->ids[i];
		act.part_bytes = step->part_bytes;
		sim_header(run->sim, &act, &run->headers[i]);
	}
	connect_all(run->sim);
}

static void end(struct run *run)
{
	for (int i = 0; i < STEPS; i++)
		lt_buf_fini(&run->headers[i]);
	sim_free(run->sim);
}

static void take(struct run *run, int i)
{
	sim_submit(run->sim, script[i].sender, lt_buf_bytes(&run->headers[i]), script[i].part_bytes);
}

/* Every answer to a step, whenever it comes, is the first one. */
static void note(struct run *run, int i)
{
	const struct sim_answer *answer = sim_answer_to(run->sim, run->ids[i]);
	if (!answer)
		return;
	if (answer->reason)
		fail_msg("step %d: %s: %s", i, lt_reason_name(answer->reason), answer->detail);
	if (run->first[i].sequence == 0)
		run->first[i] = *answer;
	assert_int_equal(answer->sequence, run->first[i].sequence);
	assert_int_equal(answer->time, run->first[i].time);
	assert_int_equal(answer->branch_version, run->first[i].branch_version);
	assert_memory_equal(&answer->receipt, &run->first[i].receipt, sizeof(answer->receipt));
}

static void crash_at(struct run *run, int i, enum point point, uint64_t seed, bool pipelined)
{
	struct sim *sim = run->sim;
	if (point >= AFTER_TAKE)
		take(run, i);
	if (point >= AFTER_SEAL) {
		sim_seal(sim);
		if (pipelined && i + 1 < STEPS)
			take(run, i + 1);
	}
	if (point == WRITE_TORN) {
		simdisk_fail_sync(sim->folder, 1);
		assert_int_not_equal(journal_write(sim->journal, batch_journal(sim->flying), &sim->commit), LT_OK);
	}
	if (point >= AFTER_WRITE)
		sim_write(sim);
	if (point >= AFTER_RELEASE) {
		sim_release(sim);
		note(run, i);
	}
	if (point >= AFTER_FREEZE && !pipelined) {
		sim_run(sim);
		assert_int_equal(store_freeze(sim->store), LT_OK);
		if (point >= AFTER_FLUSH)
			assert_int_equal(store_flush(sim->store), LT_OK);
		if (point >= AFTER_THAW)
			store_thaw(sim->store);
	}
	sim_crash(sim, seed);
	simdisk_fail_sync(sim->folder, 0);
	sim_open(sim);
	connect_all(sim);
}

static void finish(struct run *run, int from)
{
	for (int i = from; i < STEPS; i++) {
		take(run, i);
		sim_run(run->sim);
		assert_non_null(sim_answer_to(run->sim, run->ids[i]));
		note(run, i);
	}
}

static void check(struct run *run)
{
	struct sim *sim = run->sim;
	uint8_t live[32], rebuilt[32];
	const struct lt_dossier_view *view = sim_dossier(sim, CODE);
	assert_int_equal(view->status, 10);
	assert_int_equal(view->branches[0].version, 14);
	assert_int_equal(view->hops_total, STEPS);
	for (int i = 0; i < STEPS; i++)
		assert_memory_equal(view->hops[i].id.data, run->ids[i], 16);
	for (int agency = DISTRICT; agency <= MINISTRY; agency++) { /* each got its mail once, in order */
		uint64_t number = 0;
		for (int i = 0; i < STEPS; i++) {
			if (script[i].to != agency || script[i].sender == agency)
				continue;
			assert_memory_equal(sim->agencies[agency].inbox[number].id, run->ids[i], 16);
			number++;
		}
		assert_int_equal(sim->agencies[agency].received, number);
	}
	sim_hash(sim, live);
	sim_rebuild(sim);
	sim_hash(sim, rebuilt);
	assert_memory_equal(live, rebuilt, 32);
}

static void one(int i, enum point point, uint64_t seed, bool pipelined)
{
	struct run run;
	begin(&run, 7);
	for (int k = 0; k < i; k++) {
		take(&run, k);
		sim_run(run.sim);
		note(&run, k);
		if (k % 3 == 0)
			sim_flush(run.sim);
	}
	crash_at(&run, i, point, seed, pipelined);
	for (int k = 0; k < i; k++) { /* nothing that was admitted is lost */
		take(&run, k);
		sim_run(run.sim);
		note(&run, k);
	}
	finish(&run, i);
	check(&run);
	end(&run);
}

static void test_every_point(void **state)
{
	(void)state;
	for (int i = 0; i < STEPS; i++) {
		for (enum point point = 0; point < POINTS; point++)
			one(i, point, 0, false);
	}
}

static void test_torn_writes(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++) {
		one(1, WRITE_TORN, seed, false);
		one(3, WRITE_TORN, seed, true);
		one(11, AFTER_WRITE, seed, true);
	}
}

static void test_pipelined(void **state)
{
	(void)state;
	for (enum point point = AFTER_SEAL; point <= AFTER_RELEASE; point++) {
		one(2, point, 3, true);
		one(8, point, 4, true);
	}
}

/* All steps in one batch: all of them or, when it was torn, none. */
static void test_one_batch(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 6; seed++) {
		for (enum point point = AFTER_TAKE; point <= AFTER_RELEASE; point++) {
			struct run run;
			begin(&run, 7);
			for (int i = 0; i + 1 < STEPS; i++)
				take(&run, i);
			crash_at(&run, STEPS - 1, point, seed, false);
			uint64_t admitted = 0;
			const struct lt_dossier_view *view = sim_dossier(run.sim, CODE);
			admitted = view ? view->hops_total : 0;
			assert_true(admitted == 0 || admitted == STEPS);
			assert_true(point < AFTER_WRITE || admitted == STEPS);
			finish(&run, 0);
			check(&run);
			end(&run);
		}
	}
}

TEST_MAIN(cmocka_unit_test(test_every_point), cmocka_unit_test(test_torn_writes), cmocka_unit_test(test_pipelined),
	  cmocka_unit_test(test_one_batch))
