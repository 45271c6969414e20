/* test_vault.c: tables, checksums, jobs that share a transaction. */
#include "test.h"

#include "store/vault.h"
#include "store/vault_guard.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

struct box {
	char dir[64];
	struct vault *vault;
};

static const struct vault_limits limits = { .map_bytes = 4u << 20, .disk_reserve = 1u << 20 };

static int set_up(void **state)
{
	struct box *box = calloc(1, sizeof(*box));
	snprintf(box->dir, sizeof(box->dir), "/tmp/lt-store-XXXXXX");
	assert_non_null(mkdtemp(box->dir));
	assert_int_equal(vault_open(box->dir, &limits, &box->vault), LT_OK);
	assert_int_equal(vault_start(box->vault), LT_OK);
	*state = box;
	return 0;
}

static int tear_down(void **state)
{
	struct box *box = *state;
	char path[128];
	vault_close(box->vault);
	snprintf(path, sizeof(path), "%s/store.mdb", box->dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/store.mdb-lock", box->dir);
	unlink(path);
	rmdir(box->dir);
	free(box);
	return 0;
}

static struct lt_bytes text(const char *s)
{
	return lt_bytes(s, strlen(s));
}

static enum lt_err put_one(void *ctx, struct vault_tx *tx)
{
	return vault_put_u64(tx, VAULT_INBOX, *(const uint64_t *)ctx, text("xin chào"));
}

static void test_put_survives_reopen(void **state)
{
	struct box *box = *state;
	struct vault_tx *tx;
	struct lt_bytes value;
	uint64_t key = 7, last = 0;
	assert_int_equal(vault_run(box->vault, put_one, &key), LT_OK);
	vault_close(box->vault);
	assert_int_equal(vault_open(box->dir, &limits, &box->vault), LT_OK);
	assert_int_equal(vault_start(box->vault), LT_OK);
	assert_int_equal(vault_read_begin(box->vault, &tx), LT_OK);
	assert_int_equal(vault_get_u64(tx, VAULT_INBOX, 7, &value), LT_OK);
	assert_true(lt_bytes_equal(value, text("xin chào")));
	assert_int_equal(vault_get_u64(tx, VAULT_INBOX, 8, &value), LT_ENOENT);
	assert_int_equal(vault_get_u64(tx, VAULT_QUEUE, 7, &value), LT_ENOENT);
	assert_int_equal(vault_last_u64(tx, VAULT_INBOX, &last), LT_OK);
	assert_int_equal(last, 7);
	vault_read_end(tx);
}

static void test_seek_goes_in_order_of_numbers(void **state)
{
	struct box *box = *state;
	static const uint64_t keys[] = { 300, 2, 70000 };
	struct vault_tx *tx;
	struct lt_bytes value;
	uint64_t key = 0;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(vault_run(box->vault, put_one, (void *)(uintptr_t)&keys[i]), LT_OK);
	assert_int_equal(vault_read_begin(box->vault, &tx), LT_OK);
	assert_int_equal(vault_seek_u64(tx, VAULT_INBOX, 3, &key, &value), LT_OK);
	assert_int_equal(key, 300);
	assert_int_equal(vault_seek_u64(tx, VAULT_INBOX, 301, &key, &value), LT_OK);
	assert_int_equal(key, 70000);
	assert_int_equal(vault_seek_u64(tx, VAULT_INBOX, 70001, &key, &value), LT_ENOENT);
	vault_read_end(tx);
}

struct job {
	uint64_t key;
	enum lt_err result;
	atomic_int runs, done;
	enum lt_err err;
};

static enum lt_err run_job(void *ctx, struct vault_tx *tx)
{
	struct job *job = ctx;
	job->runs++;
	enum lt_err err = vault_put_u64(tx, VAULT_QUEUE, job->key, text("x"));
	return err ? err : job->result;
}

static void job_done(void *ctx, enum lt_err err)
{
	struct job *job = ctx;
	job->err = err;
	job->done++;
}

static enum lt_err nothing(void *ctx, struct vault_tx *tx)
{
	(void)ctx;
	(void)tx;
	return LT_OK;
}

static enum lt_err slow(void *ctx, struct vault_tx *tx)
{
	(void)ctx;
	(void)tx;
	usleep(50000); /* so that what follows waits and becomes one batch */
	return LT_OK;
}

static void test_a_failed_job_leaves_no_trace_and_spoils_no_other(void **state)
{
	struct box *box = *state;
	struct job jobs[8] = { { 0 } };
	struct vault_tx *tx;
	struct lt_bytes value;
	vault_post(box->vault, &(struct vault_job){ .run = slow });
	for (size_t i = 0; i < 8; i++) {
		jobs[i].key = i + 1;
		jobs[i].result = i == 3 ? LT_EINVAL : LT_OK;
		vault_post(box->vault, &(struct vault_job){ .run = run_job, .done = job_done, .ctx = &jobs[i] });
	}
	assert_int_equal(vault_run(box->vault, nothing, NULL), LT_OK);
	assert_int_equal(vault_read_begin(box->vault, &tx), LT_OK);
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(jobs[i].done, 1);
		assert_int_equal(jobs[i].err, i == 3 ? LT_EINVAL : LT_OK);
		assert_int_equal(vault_get_u64(tx, VAULT_QUEUE, i + 1, &value), i == 3 ? LT_ENOENT : LT_OK);
	}
	vault_read_end(tx);
}

struct asker {
	uint64_t key; /* 0: asks for something that is not there, and changes nothing */
	unsigned runs;
	enum lt_err err;
};

static enum lt_err ask(void *ctx, struct vault_tx *tx)
{
	struct asker *asker = ctx;
	struct lt_bytes value;
	asker->runs++;
	return asker->key ? vault_put_u64(tx, VAULT_QUEUE, asker->key, text("a"))
			  : vault_get_u64(tx, VAULT_INBOX, 999999, &value);
}

static void asked(void *ctx, enum lt_err err)
{
	struct asker *asker = ctx;
	asker->err = err;
}

/* Who asks for what is not there gets his answer, and the others' work is not done again for it. */
static void test_a_no_without_a_change_costs_the_others_nothing(void **state)
{
	struct box *box = *state;
	struct asker askers[9] = { { 0 } };
	vault_post(box->vault, &(struct vault_job){ .run = slow });
	for (size_t i = 0; i < 9; i++) {
		askers[i].key = i % 3 == 1 ? 0 : i + 1;
		vault_post(box->vault, &(struct vault_job){ .run = ask, .done = asked, .ctx = &askers[i] });
	}
	assert_int_equal(vault_run(box->vault, nothing, NULL), LT_OK);
	for (size_t i = 0; i < 9; i++) {
		assert_int_equal(askers[i].err, i % 3 == 1 ? LT_ENOENT : LT_OK);
		assert_int_equal(askers[i].runs, 1);
	}
}

/* A job that has changed something before it fails costs those of its batch one run more at most, and their order stays. */
static enum lt_err change_and_fail(void *ctx, struct vault_tx *tx)
{
	(void)ctx;
	return vault_put_u64(tx, VAULT_QUEUE, 77, text("x")) ? LT_EFULL : LT_EINVAL;
}

static void test_a_late_failure_is_set_apart(void **state)
{
	struct box *box = *state;
	struct asker askers[9] = { { 0 } };
	struct vault_tx *tx;
	struct lt_bytes value;
	vault_post(box->vault, &(struct vault_job){ .run = slow });
	for (size_t i = 0; i < 9; i++) {
		askers[i].key = i + 1;
		vault_post(box->vault, &(struct vault_job){ .run = ask, .done = asked, .ctx = &askers[i] });
		if (i % 4 == 3)
			vault_post(box->vault, &(struct vault_job){ .run = change_and_fail });
	}
	assert_int_equal(vault_run(box->vault, nothing, NULL), LT_OK);
	for (size_t i = 0; i < 9; i++)
		assert_true(askers[i].err == LT_OK && askers[i].runs <= 2);
	assert_int_equal(vault_read_begin(box->vault, &tx), LT_OK);
	assert_int_equal(vault_get_u64(tx, VAULT_QUEUE, 77, &value), LT_ENOENT);
	vault_read_end(tx);
}

static enum lt_err put_some(void *ctx, struct vault_tx *tx)
{
	static uint8_t some[64u << 10];
	return vault_put_u64(tx, VAULT_PART_DATA, *(uint64_t *)ctx, lt_bytes(some, sizeof(some)));
}

static atomic_int noted;

static void note_err(void *ctx, enum lt_err err)
{
	(void)ctx;
	atomic_store(&noted, (int)err);
}

static enum lt_err delete_some(void *ctx, struct vault_tx *tx)
{
	return vault_delete_u64(tx, VAULT_PART_DATA, *(uint64_t *)ctx);
}

/* The map fills up: new work is refused before it is full, answers go on, and what is deleted makes room again. */
static void test_room_is_kept_for_answers(void **state)
{
	struct box *box = *state;
	struct vault_space space;
	uint64_t key = 0;
	enum lt_err err = LT_OK;
	while (vault_takes_work(box->vault) && !err && key < 1000) {
		key++;
		err = vault_run(box->vault, put_some, &key);
	}
	assert_int_equal(err, LT_OK);
	vault_space(box->vault, &space);
	assert_int_equal(space.fill, VAULT_LOW);
	assert_true(space.by_map && space.map_used < space.map_bytes);
	uint64_t one = 5000, more = 4000;
	vault_post(box->vault, &(struct vault_job){ .work = true, .run = put_some, .done = note_err, .ctx = &more });
	assert_int_equal(vault_run(box->vault, nothing, NULL), LT_OK);
	assert_int_equal(atomic_load(&noted), LT_EFULL);
	assert_int_equal(vault_run(box->vault, put_one, &one), LT_OK);
	for (uint64_t i = 1; i <= 16; i++)
		assert_int_equal(vault_run(box->vault, delete_some, &i), LT_OK);
	for (uint64_t i = 0; i < 3; i++) /* the pages are free when no reader and no root needs them any more */
		assert_int_equal(vault_run(box->vault, put_one, &one), LT_OK);
	assert_true(vault_takes_work(box->vault));
}

static enum lt_err put_big(void *ctx, struct vault_tx *tx)
{
	static uint8_t big[6u << 20];
	(void)ctx;
	return vault_put(tx, VAULT_PART_DATA, text("big"), lt_bytes(big, sizeof(big)));
}

static void test_full_is_told_and_small_work_goes_on(void **state)
{
	struct box *box = *state;
	uint64_t key = 1;
	assert_int_equal(vault_run(box->vault, put_big, NULL), LT_EFULL);
	assert_int_equal(vault_run(box->vault, put_one, &key), LT_OK);
}

static enum lt_err put_marked(void *ctx, struct vault_tx *tx)
{
	(void)ctx;
	return vault_put(tx, VAULT_META, text("m"), text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"));
}

static void test_a_flipped_bit_is_seen(void **state)
{
	struct box *box = *state;
	char path[128];
	struct stat st;
	struct vault_tx *tx;
	struct lt_bytes value;
	unsigned flipped = 0;
	assert_int_equal(vault_run(box->vault, put_marked, NULL), LT_OK);
	vault_close(box->vault);
	snprintf(path, sizeof(path), "%s/store.mdb", box->dir);
	int fd = open(path, O_RDWR);
	assert_int_equal(fstat(fd, &st), 0);
	char *all = malloc((size_t)st.st_size);
	assert_int_equal(pread(fd, all, (size_t)st.st_size, 0), st.st_size);
	for (off_t i = 0; i + 32 < st.st_size; i++) {
		if (memcmp(all + i, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef", 32) == 0)
			flipped += pwrite(fd, "a", 1, i) == 1;
	}
	free(all);
	close(fd);
	assert_true(flipped > 0);
	assert_int_equal(vault_open(box->dir, &limits, &box->vault), LT_OK);
	assert_int_equal(vault_start(box->vault), LT_OK);
	assert_int_equal(vault_read_begin(box->vault, &tx), LT_OK);
	assert_int_equal(vault_get(tx, VAULT_META, text("m"), &value), LT_ECORRUPT);
	vault_read_end(tx);
}

static enum lt_err put_many(void *ctx, struct vault_tx *tx)
{
	char value[3000], key[16];
	(void)ctx;
	memset(value, 'v', sizeof(value));
	for (unsigned i = 0; i < 300; i++) {
		snprintf(key, sizeof(key), "k%03u", i);
		assert_int_equal(vault_put(tx, VAULT_META, text(key), lt_bytes((uint8_t *)value, sizeof(value))),
				 LT_OK);
	}
	return LT_OK;
}

static void on_bus(int number)
{
	(void)number;
	vault_guard_fault();
}

static enum lt_err walk_cut(const char *dir)
{
	struct vault *vault;
	struct vault_tx *tx;
	struct lt_bytes value;
	char key[16];
	signal(SIGBUS, on_bus);
	enum lt_err err = vault_open(dir, &limits, &vault);
	if (!err)
		err = vault_read_begin(vault, &tx);
	for (unsigned i = 0; i < 300 && !err; i++) {
		snprintf(key, sizeof(key), "k%03u", i);
		err = vault_get(tx, VAULT_META, text(key), &value);
	}
	return err;
}

/* Half of the file is gone: no signal ends the process, and a supervisor does not try again for ever. */
static void test_a_cut_store_ends_by_its_name(void **state)
{
	struct box *box = *state;
	char path[128];
	struct stat st;
	int status;
	assert_int_equal(vault_run(box->vault, put_many, NULL), LT_OK);
	vault_close(box->vault);
	box->vault = NULL;
	snprintf(path, sizeof(path), "%s/store.mdb", box->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size / 2), 0);
	pid_t child = fork();
	if (child == 0)
		_exit(walk_cut(box->dir) ? EX_DATAERR : 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EX_DATAERR);
}

enum { ROWS = 2000, PAGE = 4096, FLIPS = 300 };

static enum lt_err put_rows(void *ctx, struct vault_tx *tx)
{
	uint8_t value[200] = { 0 };
	enum lt_err err = LT_OK;
	(void)ctx;
	for (uint64_t i = 1; i <= ROWS && !err; i++)
		err = vault_put_u64(tx, VAULT_INBOX, i, lt_bytes(value, sizeof(value)));
	return err;
}

enum outcome { HARMLESS, SEEN, HIDDEN };

/* In a process of its own: what is flipped may lead anywhere. */
static enum outcome look_for_rows(const char *dir)
{
	struct vault *vault;
	struct vault_tx *tx;
	struct lt_bytes value;
	const char *name;
	uint64_t key, next = 1;
	static const int faults[] = { SIGBUS, SIGSEGV, SIGABRT };
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		signal(faults[i], on_bus);
	alarm(20);
	if (vault_open(dir, &limits, &vault) || vault_read_begin(vault, &tx))
		return SEEN;
	for (int i = 0; i < VAULT_TABLES; i++) {
		if (vault_check(tx, (enum vault_table)i, &name))
			return SEEN;
	}
	for (uint64_t i = 1; i <= ROWS; i++) {
		enum lt_err err = vault_get_u64(tx, VAULT_INBOX, i, &value);
		if (err)
			return err == LT_ENOENT ? HIDDEN : SEEN;
	}
	for (enum lt_err err; (err = vault_seek_u64(tx, VAULT_INBOX, next, &key, &value)) != LT_ENOENT; next++) {
		if (err || key != next)
			return err ? SEEN : HIDDEN;
	}
	return next == ROWS + 1 ? HARMLESS : HIDDEN;
}

/* Pages that lead to others: branches of the tree. The byte 10 of a page says what it is. */
static bool is_branch(const uint8_t *page)
{
	return (page[10] & 0x1f) == 0x01 && page[11] == 0;
}

/* One bit after the other, in the pages above the rows: none of them hides a row without being seen. */
static void test_no_flip_of_a_branch_hides_a_row(void **state)
{
	struct box *box = *state;
	char path[128];
	struct stat st;
	unsigned tried = 0, seen = 0, random = 12345;
	assert_int_equal(vault_run(box->vault, put_rows, NULL), LT_OK);
	vault_close(box->vault);
	box->vault = NULL;
	snprintf(path, sizeof(path), "%s/store.mdb", box->dir);
	int fd = open(path, O_RDWR);
	assert_int_equal(fstat(fd, &st), 0);
	uint8_t *all = malloc((size_t)st.st_size);
	assert_int_equal(pread(fd, all, (size_t)st.st_size, 0), st.st_size);
	for (off_t at = 2 * PAGE; tried < FLIPS; at = at + PAGE < st.st_size ? at + PAGE : 2 * PAGE) {
		if (!is_branch(all + at))
			continue;
		random = random * 1103515245u + 12345u;
		uint32_t used = 16 + (all[at + 12] | (uint32_t)all[at + 13]
							     << 8); /* header and numbers, then nodes from the end */
		uint32_t upper = all[at + 14] | (uint32_t)all[at + 15] << 8,
			 place = (random >> 8) % (used + PAGE - upper);
		off_t byte = at + (place < used ? place : place - used + upper);
		int status;
		if (byte >= at + PAGE)
			continue;
		uint8_t wrong = all[byte] ^ (uint8_t)(1u << (random >> 28 & 7));
		assert_int_equal(pwrite(fd, &wrong, 1, byte), 1);
		pid_t child = fork();
		if (child == 0)
			_exit((int)look_for_rows(box->dir));
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		if (WEXITSTATUS(status) == HIDDEN)
			fail_msg("page %lld, byte %lld: %02x for %02x", (long long)(at / PAGE), (long long)(byte - at),
				 wrong, all[byte]);
		tried++;
		seen += WEXITSTATUS(status) != HARMLESS;
		assert_int_equal(pwrite(fd, all, (size_t)st.st_size, 0), st.st_size);
	}
	assert_true(seen > FLIPS / 3);
	print_message("%u of %u flips were seen, the others change nothing\n", seen, tried);
	free(all);
	close(fd);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_put_survives_reopen, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_seek_goes_in_order_of_numbers, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_a_failed_job_leaves_no_trace_and_spoils_no_other, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_a_no_without_a_change_costs_the_others_nothing, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_a_late_failure_is_set_apart, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_room_is_kept_for_answers, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_full_is_told_and_small_work_goes_on, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_a_flipped_bit_is_seen, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_a_cut_store_ends_by_its_name, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_no_flip_of_a_branch_hides_a_row, set_up, tear_down))
