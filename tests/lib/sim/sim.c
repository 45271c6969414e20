/* sim.c: the broker of the simulator: its clock, its batches, its crashes. */
#include "sim_internal.h"
#include "store/store_files.h"
#include "simkept.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t sim_now(void *ctx)
{
	return ((struct sim *)ctx)->now;
}

static int64_t sim_boot(void *ctx)
{
	return ((struct sim *)ctx)->boot;
}

static bool sim_synchronised(void *ctx, int64_t *kernel)
{
	const struct sim *sim = ctx;
	*kernel = sim->now + sim->kernel_off;
	return sim->synchronised;
}

uint64_t sim_random(struct sim *sim, uint64_t below)
{
	sim->random ^= sim->random << 13; /* xorshift64 */
	sim->random ^= sim->random >> 7;
	sim->random ^= sim->random << 17;
	return below == 0 ? sim->random : sim->random % below;
}

static void sim_bytes(void *ctx, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)sim_random(ctx, 256);
}

void sim_publish(void *ctx, struct rulebook *rulebook)
{
	struct sim *sim = ctx;
	rulebook_unref(sim->rulebook);
	sim->rulebook = rulebook_ref(rulebook);
	sim->published++;
}

static void empty_folder(const char *path)
{
	char name[512];
	DIR *dir = opendir(path);
	struct dirent *entry;
	while (dir && (entry = readdir(dir))) {
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(name);
	}
	if (dir)
		closedir(dir);
}

static bool sim_hold(void *ctx, struct inquiry *question)
{
	struct sim *sim = ctx;
	if (sim->held_count == sizeof(sim->held) / sizeof(sim->held[0]))
		return false;
	sim->held[sim->held_count++] = question;
	return true;
}

static void sim_owe(void *ctx, struct backlog *backlog)
{
	struct sim *sim = ctx;
	assert_true(sim->owed_count < sizeof(sim->owed) / sizeof(sim->owed[0]));
	sim->owed[sim->owed_count++] = backlog;
}

static void sim_large(void *ctx, const struct large_job *job, struct lt_bytes data)
{
	struct sim *sim = ctx;
	sim->large_job = *job;
	sim->large_count++;
	if (data.len == 32)
		memcpy(sim->large_gone, data.data, 32);
}

enum lt_err sim_try_open(struct sim *sim, char error[240])
{
	struct env env = { .ctx = sim, .now = sim_now, .boottime = sim_boot, .random = sim_bytes };
	env.synchronised = sim_synchronised;
	env.clock = &sim->clock;
	struct engine_hooks hooks = { .ctx = sim, .publish = sim_publish, .large = sim_large };
	if (sim->holds) {
		hooks.ask = sim_hold;
		hooks.fetch = sim_owe;
	}
	struct journal_options journal = { .leaf = lt_record_leaf, .erase = simkept_erase, .segment_bytes = 1 << 20 };
	struct store_options store = { .path = sim->path, .map_bytes = 1 << 30, .create = true };
	struct engine_genesis genesis = {
		.domain = "lienthong.test",
		.registrar = lt_buf_bytes(&sim->registrar),
		.ca = lt_buf_bytes(&sim->ca),
		.sandbox = sim->sandbox,
	};
	struct journal_report report;
	assert_int_equal(store_open(&store, &sim->store), LT_OK);
	enum lt_err err = journal_open(&sim->disk, &journal, store_sequence(sim->store) + 1, &report, &sim->journal);
	if (err) {
		snprintf(error, 240, "journal: %.200s", report.damage);
		return err;
	}
	err = engine_open(&env, &sim->options, &hooks, sim->journal, sim->store, &genesis, sim->restored, error, 240,
			  &sim->engine);
	if (err)
		return err;
	sim->restored = false;
	sim->batch = batch_new();
	sim->flying = batch_new();
	sim->written = true;
	return LT_OK;
}

void sim_open(struct sim *sim)
{
	char error[240] = "";
	if (sim_try_open(sim, error))
		fail_msg("the broker does not open: %s", error);
}

static void define(struct sim *sim, enum lt_definition type, const struct lt_buf *data)
{
	struct lt_control_request request = { .type = LT_CONTROL_DEFINE };
	request.define = (struct lt_define_command){
		.type = type, .data = lt_buf_bytes(data), .operator_name = "tester", .reason = "genesis"
	};
	const struct lt_control_answer *answer = sim_control(sim, &request);
	if (answer->reason)
		fail_msg("definition %d: %s: %s", (int)type, lt_reason_name(answer->reason), answer->detail);
}

static struct sim *make(uint64_t seed, bool sandbox)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	assert_non_null(sim);
	sim->sandbox = sandbox;
	sim->random = seed * 0x9e3779b97f4a7c15u + 1;
	sim->now = SIM_START;
	sim->boot = 1000 * SIM_SECOND;
	sim->options = (struct engine_options){ .elide_days = 30, .horizon_days = 400, .version = "test" };
	snprintf(sim->path, sizeof(sim->path), "/dev/shm/lienthong-sim-XXXXXX");
	assert_non_null(mkdtemp(sim->path));
	sim->folder = simdisk_new();
	sim->disk = simdisk_disk(sim->folder);
	assert_int_equal(lt_arena_new(16 << 20, &sim->arena), LT_OK);
	assert_int_equal(lt_arena_new(64 << 20, &sim->control_arena), LT_OK);
	sim_genesis(sim);
	sim_open(sim);
	define(sim, LT_DEFINE_DIRECTORY, &sim->directory);
	define(sim, LT_DEFINE_PROCEDURE, &sim->procedure);
	return sim;
}

struct sim *sim_new(uint64_t seed)
{
	return make(seed, false);
}

struct sim *sim_new_sandbox(uint64_t seed)
{
	return make(seed, true);
}

static void sim_close(struct sim *sim)
{
	sim->flushing = SIM_FLUSH_NONE;
	while (sim->held_count > 0)
		inquiry_free(sim->held[--sim->held_count]);
	while (sim->owed_count > 0)
		backlog_free(sim->owed[--sim->owed_count]);
	batch_free(sim->batch);
	batch_free(sim->flying);
	sim->batch = sim->flying = NULL;
	engine_close(sim->engine);
	journal_close(sim->journal);
	store_close(sim->store);
	sim->engine = NULL;
	sim->journal = NULL;
	sim->store = NULL;
	lt_buf_clear(&sim->jobs);
	for (int i = 0; i < SIM_AGENCIES; i++)
		sim->agencies[i].session = (struct session_ref){ 0 };
}

void sim_free(struct sim *sim)
{
	simkept_keep(sim->forged ? NULL : sim->journal, sim->options.rules);
	sim_close(sim);
	rulebook_unref(sim->rulebook);
	simdisk_free(sim->folder);
	empty_folder(sim->path);
	rmdir(sim->path);
	lt_arena_free(sim->arena);
	lt_arena_free(sim->control_arena);
	lt_buf_fini(&sim->outputs);
	lt_buf_fini(&sim->scratch);
	lt_buf_fini(&sim->jobs);
	lt_buf_fini(&sim->registrar);
	lt_buf_fini(&sim->ca);
	lt_buf_fini(&sim->directory);
	lt_buf_fini(&sim->procedure);
	free(sim);
}

void sim_crash(struct sim *sim, uint64_t seed)
{
	sim_close(sim);
	simdisk_crash(sim->folder, seed);
}

void sim_rebuild(struct sim *sim)
{
	sim_close(sim);
	empty_folder(sim->path);
	sim_open(sim);
}

void sim_snapshot(struct sim *sim, const char *folder)
{
	uint64_t sequence;
	uint8_t hash[32];
	sim_flush(sim);
	assert_int_equal(store_copy(sim->store, folder, NULL, &sequence, hash), LT_OK);
	engine_set_snapshots(sim->engine, sequence);
}

void sim_rebuild_from(struct sim *sim, const char *folder)
{
	char from[FILES_PATH], to[FILES_PATH];
	struct files_sum sum;
	sim_close(sim);
	empty_folder(sim->path);
	assert_int_equal(files_path(from, folder, "data.mdb"), LT_OK);
	assert_int_equal(files_path(to, sim->path, "data.mdb"), LT_OK);
	assert_int_equal(files_copy(from, to, UINT64_MAX, NULL, NULL, &sum), LT_OK);
	sim_open(sim);
}

bool sim_skip(struct sim *sim, uint64_t sequence, char error[240])
{
	const struct lt_admin_command by = { .operator_name = "an", .reason = "crashes the replay", .login = "an" };
	struct lt_refusal refusal = { 0 };
	struct commit commit;
	sim_close(sim);
	empty_folder(sim->path);
	sim->options.skip = sequence;
	sim->options.rebuild = true;
	error[0] = '\0';
	bool done = sim_try_open(sim, error) == LT_OK;
	if (done) {
		done = engine_skip(sim->engine, sim->batch, &by, &refusal) == LT_REASON_NONE;
		snprintf(error, 240, "%s", refusal.detail);
	}
	if (done)
		assert_int_equal(journal_write(sim->journal, batch_journal(sim->batch), &commit), LT_OK);
	sim->options.skip = 0;
	sim->options.rebuild = false;
	sim_rebuild(sim);
	return done;
}

void sim_rebuild_fails(struct sim *sim, char error[240])
{
	sim_close(sim);
	empty_folder(sim->path);
	assert_int_not_equal(sim_try_open(sim, error), LT_OK);
}

void sim_hash(struct sim *sim, uint8_t out[32])
{
	assert_int_equal(store_hash(sim->store, out), LT_OK);
}

void sim_take(struct sim *sim, const struct input *input)
{
	engine_take(sim->engine, sim->batch, input);
}

void sim_seal(struct sim *sim)
{
	struct batch *batch = sim->batch;
	struct input input;
	size_t used, at = 0;
	while ((used = input_decode(lt_bytes(sim->jobs.data + at, sim->jobs.len - at), &input)) > 0) {
		engine_take(sim->engine, batch, &input);
		at += used;
	}
	lt_buf_clear(&sim->jobs);
	assert_true(sim->written);
	engine_seal(sim->engine, batch);
	sim->batch = sim->flying;
	sim->flying = batch;
	sim->commit = (struct commit){ 0 };
	sim->written = false;
}

void sim_write(struct sim *sim)
{
	const struct journal_batch *journal = batch_journal(sim->flying);
	if (journal->count > 0)
		assert_int_equal(journal_write(sim->journal, journal, &sim->commit), LT_OK);
	sim->written = true;
}

void sim_release(struct sim *sim)
{
	assert_true(sim->written);
	lt_buf_clear(&sim->outputs);
	engine_release(sim->engine, sim->flying, &sim->commit, &sim->outputs);
	sim_outputs(sim);
	bool more = true;
	while (more) {
		lt_buf_clear(&sim->outputs);
		more = engine_pump(sim->engine, &sim->outputs, 1 << 20);
		sim_outputs(sim);
	}
}

void sim_flush_step(struct sim *sim)
{
	switch (sim->flushing) {
	case SIM_FLUSH_NONE:
		if (store_freeze(sim->store) == LT_OK)
			sim->flushing = SIM_FLUSH_FROZEN;
		return;
	case SIM_FLUSH_FROZEN:
		LT_ASSERT(store_flush_ready(sim->store));
		assert_int_equal(store_flush(sim->store), LT_OK);
		sim->flushing = SIM_FLUSH_WRITTEN;
		return;
	case SIM_FLUSH_WRITTEN:
		store_thaw(sim->store);
		sim->flushing = SIM_FLUSH_NONE;
		return;
	}
}

void sim_flush(struct sim *sim)
{
	while (sim->flushing != SIM_FLUSH_NONE)
		sim_flush_step(sim);
	enum lt_err err = store_flush_now(sim->store);
	assert_true(err == LT_OK || err == LT_EAGAIN);
}

void sim_run(struct sim *sim)
{
	do {
		sim_seal(sim);
		sim_write(sim);
		sim_release(sim);
	} while (sim->jobs.len > 0);
}

void sim_tick(struct sim *sim)
{
	engine_tick(sim->engine, sim->batch);
}

void sim_advance(struct sim *sim, int64_t us)
{
	sim->now += us;
	sim->boot += us;
	sim_tick(sim);
	sim_run(sim);
}
