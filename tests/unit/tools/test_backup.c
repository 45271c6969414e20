/* test_backup.c: a backup of a broker at work becomes a data folder with all its records; an altered one is refused by name. */
#include "test.h"

#include "tools/backup.h"
#include "simdata.h"
#include "tools/maintain.h"
#include "store/snapshot.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct backup_result result;

static enum lt_err make(const struct simdata *folder, const char *name)
{
	return backup_make(folder->store, folder->data, journal_head(folder->journal), simdata_path(folder, name), NULL,
			   &result);
}

static enum lt_err restore(const struct simdata *folder, const char *name, const char *data)
{
	return backup_restore(simdata_path(folder, name), simdata_path(folder, data), NULL, &result);
}

static void fill(struct simdata *folder)
{
	simdata_add(folder, 60);
	simdata_flush(folder);
	simdata_add(folder, 40);
}

static void test_make_and_restore(void **state)
{
	struct simdata *folder = *state;
	uint8_t live[32], back[32];
	fill(folder);
	assert_int_equal(make(folder, "backup"), LT_OK);
	assert_int_equal(result.sequence, 101);
	assert_int_equal(result.store_sequence, 61);
	assert_true(result.files > 4 && result.bytes > 10000);
	struct stat st;
	assert_int_equal(stat(simdata_path(folder, "backup/store/data.mdb"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(store_hash(folder->store, live), LT_OK);
	assert_false(restored_marker_present(folder->data));
	simdata_add(folder, 10); /* of which the backup knows nothing */
	simdata_close(folder);
	assert_int_equal(rename(folder->data, simdata_path(folder, "old")), 0);
	assert_int_equal(restore(folder, "backup", "data"), LT_OK);
	assert_int_equal(result.sequence, 101);
	assert_true(restored_marker_present(folder->data));
	assert_int_equal(restored_marker_clear(folder->data), LT_OK);
	assert_false(restored_marker_present(folder->data));
	assert_int_equal(restored_marker_clear(folder->data), LT_OK);
	struct maintain_report report;
	assert_int_equal(maintain_check(folder->data, NULL, &report), LT_OK);
	assert_int_equal(report.journal_last, 101);
	assert_int_equal(report.store_sequence, 61);
	assert_int_equal(report.torn_bytes, 0);
	assert_int_equal(report.snapshots, 1);
	simdata_open(folder);
	assert_int_equal(journal_head(folder->journal), 101);
	assert_int_equal(store_hash(folder->store, back), LT_OK);
	assert_memory_equal(live, back, 32);
	simdata_add(folder, 3);
}

/* The journal's file goes on behind what was committed: zeros, or a batch half written. */
static void test_uncommitted_tail_stays_out(void **state)
{
	struct simdata *folder = *state;
	fill(folder);
	uint64_t head = 90;
	assert_int_equal(backup_make(folder->store, folder->data, head, simdata_path(folder, "backup"), NULL, &result),
			 LT_OK);
	assert_int_equal(result.sequence, 90);
	assert_int_equal(restore(folder, "backup", "other"), LT_OK);
	struct maintain_report report;
	assert_int_equal(maintain_check(simdata_path(folder, "other"), NULL, &report), LT_OK);
	assert_int_equal(report.journal_last, 90);
	/* A head behind the state's copy is raised to it. */
	assert_int_equal(backup_make(folder->store, folder->data, 3, simdata_path(folder, "backup2"), NULL, &result),
			 LT_OK);
	assert_int_equal(result.sequence, 61);
}

static void expect_refused(const struct simdata *folder, const char *file, enum lt_err err, const char *named)
{
	assert_int_equal(restore(folder, "backup", "other"), err);
	if (!strstr(result.detail, named))
		print_error("%s: %s\n", file, result.detail);
	assert_non_null(strstr(result.detail, named));
	assert_false(simdata_exists(simdata_path(folder, "other")));
	assert_false(simdata_exists(simdata_path(folder, "other.partial")));
}

static void flip_everywhere(const struct simdata *folder, const char *path, const char *name)
{
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	for (long at = 0; at < (long)st.st_size; at += (long)st.st_size / 5) {
		simdata_flip(path, at);
		expect_refused(folder, name, LT_ECORRUPT, name);
		simdata_flip(path, at);
	}
	FILE *file = fopen(path, "a");
	assert_non_null(file);
	fputc('x', file);
	assert_int_equal(fclose(file), 0);
	expect_refused(folder, name, LT_ECORRUPT, name);
	assert_int_equal(truncate(path, st.st_size - 1), 0);
	expect_refused(folder, name, LT_ECORRUPT, name);
	assert_int_equal(unlink(path), 0);
	expect_refused(folder, name, LT_ENOENT, name);
}

static void test_tampered(void **state)
{
	struct simdata *folder = *state;
	static const char *const names[] = { "store/data.mdb", "journal/seg-00000000000000000001.ltj", "manifest" };
	fill(folder);
	for (size_t i = 0; i < 3; i++) {
		char path[512], command[512];
		snprintf(path, sizeof path, "%s/backup/%s", folder->root, names[i]);
		assert_int_equal(make(folder, "backup"), LT_OK);
		flip_everywhere(folder, path, names[i]);
		snprintf(command, sizeof command, "rm -r %s/backup", folder->root);
		assert_int_equal(system(command), 0);
	}
	assert_int_equal(make(folder, "backup"), LT_OK);
	assert_int_equal(restore(folder, "backup", "other"), LT_OK);
}

/* A manifest whose sum is right may still not lead out of the backup. */
static void test_manifest_names(void **state)
{
	struct simdata *folder = *state;
	static const char *const names[] = { "../escape",         "/etc/passwd", "journal/../x",
					     "journal/seg-1.ltj", "data.mdb",    "" };
	fill(folder);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct lt_buf text = { 0 };
		uint8_t sum[32];
		char hex[65];
		static const uint8_t zeros[32];
		lt_hex(lt_bytes(zeros, 32), hex);
		assert_int_equal(lt_buf_printf(&text,
					       "lienthong backup 1\nsequence 1\nstore 1\nstate %s\n"
					       "file %s 0 store/data.mdb\nfile %s 0 %s\n",
					       hex, hex, hex, names[i]),
				 LT_OK);
		lt_sha256(lt_buf_bytes(&text), sum);
		lt_hex(lt_bytes(sum, 32), hex);
		assert_int_equal(lt_buf_printf(&text, "end %s\n", hex), LT_OK);
		mkdir(simdata_path(folder, "backup"), 0700);
		assert_int_equal(lt_file_write(simdata_path(folder, "backup/manifest"), lt_buf_bytes(&text), 0600),
				 LT_OK);
		lt_buf_fini(&text);
		expect_refused(folder, "manifest", LT_ECORRUPT, "manifest: line 6");
	}
}

static void test_targets(void **state)
{
	struct simdata *folder = *state;
	fill(folder);
	assert_int_equal(make(folder, "data"), LT_EEXIST);
	assert_non_null(strstr(result.detail, "not empty"));
	assert_int_equal(mkdir(simdata_path(folder, "backup"), 0700), 0);
	assert_int_equal(mkdir(simdata_path(folder, "backup.partial"), 0700), 0); /* of one that was broken off */
	assert_int_equal(make(folder, "backup"), LT_OK);
	assert_false(simdata_exists(simdata_path(folder, "backup.partial")));
	assert_int_equal(make(folder, "backup"), LT_EEXIST);
	assert_int_equal(restore(folder, "backup", "data"), LT_EEXIST);
	assert_int_equal(restore(folder, "nothing", "other"), LT_ENOENT);
	assert_int_equal(mkdir(simdata_path(folder, "other"), 0700), 0);
	assert_int_equal(restore(folder, "backup", "other"), LT_OK);
}

static bool stop_later(void *ctx, uint64_t done, uint64_t total)
{
	unsigned *left = ctx;
	assert_true(done <= total);
	return (*left)-- > 0;
}

static void test_stopped(void **state)
{
	struct simdata *folder = *state;
	unsigned left = 2;
	struct backup_progress progress = { .step = stop_later, .ctx = &left };
	fill(folder);
	assert_int_equal(
		backup_make(folder->store, folder->data, 101, simdata_path(folder, "backup"), &progress, &result),
		LT_ECLOSED);
	assert_false(simdata_exists(simdata_path(folder, "backup")));
	assert_false(simdata_exists(simdata_path(folder, "backup.partial")));
}

static void test_damaged_journal(void **state)
{
	struct simdata *folder = *state;
	fill(folder);
	simdata_flip(simdata_find(folder->journal_path, ".ltj"), 0);
	assert_int_equal(make(folder, "backup"), LT_ECORRUPT);
	assert_non_null(strstr(result.detail, "seg-00000000000000000001.ltj"));
	assert_false(simdata_exists(simdata_path(folder, "backup")));
}

/* The broker writes while it is copied. */
struct beside {
	const struct simdata *folder;
	_Atomic uint64_t head;
	_Atomic bool done;
	enum lt_err err;
	uint64_t reached;
};

static void *copy_beside(void *arg)
{
	struct beside *beside = arg;
	struct backup_result copied;
	char target[128];
	for (unsigned i = 0; i < 8 && !beside->err; i++) {
		uint64_t head = atomic_load(&beside->head);
		snprintf(target, sizeof target, "%s/backup%u", beside->folder->root, i);
		beside->err = backup_make(beside->folder->store, beside->folder->data, head, target, NULL, &copied);
		if (!beside->err && copied.sequence < head)
			beside->err = LT_ECORRUPT;
		beside->reached = copied.sequence;
	}
	atomic_store(&beside->done, true);
	return NULL;
}

static void test_beside_a_broker_at_work(void **state)
{
	struct simdata *folder = *state;
	struct beside beside = { .folder = folder, .head = journal_head(folder->journal) };
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, copy_beside, &beside), 0);
	for (unsigned i = 0; !atomic_load(&beside.done); i++) {
		simdata_add(folder, 1);
		atomic_store(&beside.head, journal_head(folder->journal));
		if (i % 20 == 0)
			simdata_flush(folder);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(beside.err, LT_OK);
	assert_true(beside.reached > 1);
	for (unsigned i = 0; i < 8; i++) {
		char name[32], data[32], path[128];
		struct maintain_report report;
		snprintf(name, sizeof name, "backup%u", i);
		snprintf(data, sizeof data, "other%u", i);
		snprintf(path, sizeof path, "%s/%s", folder->root, data);
		assert_int_equal(restore(folder, name, data), LT_OK);
		assert_int_equal(maintain_check(path, NULL, &report), LT_OK);
		assert_int_equal(report.torn_bytes, 0);
		assert_int_equal(report.journal_last, result.sequence);
	}
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_make_and_restore, simdata_set_up, simdata_tear_down),
	  cmocka_unit_test_setup_teardown(test_uncommitted_tail_stays_out, simdata_set_up, simdata_tear_down),
	  cmocka_unit_test_setup_teardown(test_tampered, simdata_set_up, simdata_tear_down),
	  cmocka_unit_test_setup_teardown(test_manifest_names, simdata_set_up, simdata_tear_down),
	  cmocka_unit_test_setup_teardown(test_targets, simdata_set_up, simdata_tear_down),
	  cmocka_unit_test_setup_teardown(test_stopped, simdata_set_up, simdata_tear_down),
	  cmocka_unit_test_setup_teardown(test_damaged_journal, simdata_set_up, simdata_tear_down),
	  cmocka_unit_test_setup_teardown(test_beside_a_broker_at_work, simdata_set_up, simdata_tear_down))
