/* test_maintain.c: check finds what is wrong and says the remedy; rebuild gives the same state again. */
#include "test.h"

#include "simdata.h"
#include "tools/maintain.h"
#include "program/progress.h"
#include "store/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct maintain_report report;
static struct maintain_rebuilt rebuilt;

/* A stopped broker with records 1..80, its store at 80, one snapshot at 41. */
static void fill(struct simdata *folder, uint8_t hash[32])
{
	uint64_t sequence;
	simdata_add(folder, 40);
	simdata_flush(folder);
	assert_int_equal(snapshot_take(folder->store, folder->snapshots, NULL, &sequence, hash), LT_OK);
	assert_int_equal(sequence, 41);
	simdata_add(folder, 39);
	simdata_flush(folder);
	assert_int_equal(store_hash(folder->store, hash), LT_OK);
	simdata_close(folder);
}

static void remove_snapshots(const struct simdata *folder)
{
	char command[256];
	snprintf(command, sizeof command, "rm -r %s", folder->snapshots);
	assert_int_equal(system(command), 0);
}

static void remove_store(const struct simdata *folder)
{
	char command[256];
	snprintf(command, sizeof command, "rm -r %s", folder->store_path);
	assert_int_equal(system(command), 0);
}

static void count_steps(void *ctx, const char *what, uint64_t sequence, uint64_t last)
{
	(void)what;
	assert_int_equal(last, 80);
	assert_true(sequence <= last);
	++*(unsigned *)ctx;
}

static void test_sound(void **state)
{
	struct simdata *folder = *state;
	uint8_t hash[32];
	unsigned steps = 0;
	struct maintain_progress progress = { .step = count_steps, .ctx = &steps };
	assert_int_equal(maintain_check(folder->data, NULL, &report), LT_EEXIST);
	assert_non_null(strstr(report.fault, "running"));
	fill(folder, hash);
	assert_int_equal(maintain_check(folder->data, &progress, &report), LT_OK);
	assert_int_equal(report.journal_first, 1);
	assert_int_equal(report.journal_last, 80);
	assert_int_equal(report.store_sequence, 80);
	assert_int_equal(report.snapshots, 1);
	assert_string_equal(report.fault, "");
	assert_true(steps > 0);
	assert_int_equal(maintain_check(folder->root, NULL, &report), LT_ENOENT);
	assert_non_null(strstr(report.fault, "data folder"));
}

static void test_damaged_journal(void **state)
{
	struct simdata *folder = *state;
	uint8_t hash[32];
	fill(folder, hash);
	simdata_flip(simdata_find(folder->journal_path, ".ltj"), 200);
	assert_int_equal(maintain_check(folder->data, NULL, &report), LT_ECORRUPT);
	assert_non_null(strstr(report.fault, "seg-00000000000000000001.ltj"));
	assert_non_null(strstr(report.fault, "remedy"));
}

static void test_store_ahead(void **state)
{
	struct simdata *folder = *state;
	uint8_t hash[32];
	char path[160];
	fill(folder, hash);
	/* The journal loses its last segments. */
	for (uint64_t first = 80; first > 20; first--) {
		snprintf(path, sizeof path, "%s/seg-%020llu.ltj", folder->journal_path, (unsigned long long)first);
		unlink(path);
	}
	assert_int_equal(maintain_check(folder->data, NULL, &report), LT_ECORRUPT);
	assert_non_null(strstr(report.fault, "ahead of the journal"));
	assert_non_null(strstr(report.fault, "lienthong store rebuild"));
	/* Which makes no loss final that it was not told of. */
	assert_int_equal(maintain_rebuild(folder->data, 0, NULL, &rebuilt), LT_ECORRUPT);
	assert_non_null(strstr(rebuilt.fault, "at record 80"));
	uint64_t head = report.journal_last, lost = 80 - head;
	assert_true(lost > 1 && lost < 80);
	assert_int_equal(maintain_rebuild(folder->data, lost - 1, NULL, &rebuilt), LT_ECORRUPT);
	assert_int_equal(maintain_check(folder->data, NULL, &report), LT_ECORRUPT); /* as before */
	assert_int_equal(maintain_rebuild(folder->data, lost, NULL, &rebuilt), LT_OK);
	assert_int_equal(rebuilt.sequence, head);
	assert_int_equal(rebuilt.lost, lost);
	assert_int_equal(maintain_check(folder->data, NULL, &report), LT_OK);
	assert_int_equal(report.snapshots, head < 41 ? 0 : 1); /* what proved the lost ones is kept beside */
	struct maintain_stat stat;
	assert_int_equal(maintain_stat(folder->data, &stat), LT_OK);
	assert_true(stat.restored); /* adapters offer again */
	snprintf(path, sizeof path, "%s/lost-store-%llu", folder->data, (unsigned long long)head);
	assert_true(simdata_exists(path));
}

static void test_damaged_store(void **state)
{
	struct simdata *folder = *state;
	uint8_t hash[32];
	struct lt_buf file = { 0 };
	char path[160];
	fill(folder, hash);
	snprintf(path, sizeof path, "%s/data.mdb", folder->store_path);
	assert_int_equal(lt_file_read(path, 64 << 20, &file), LT_OK);
	for (size_t at = 0; at + 12 <= file.len; at++) /* the domain, in every page that has or had it */
		if (memcmp(file.data + at, "test.example", 12) == 0)
			simdata_flip(path, (long)at);
	lt_buf_fini(&file);
	assert_int_equal(maintain_check(folder->data, NULL, &report), LT_ECORRUPT);
	assert_non_null(strstr(report.fault, "checksum"));
	assert_non_null(strstr(report.fault, "lienthong store rebuild"));
	/* And the remedy mends it. */
	assert_int_equal(maintain_rebuild(folder->data, 0, NULL, &rebuilt), LT_OK);
	assert_false(rebuilt.had_before);
	assert_memory_equal(rebuilt.after_hash, hash, 32);
	assert_int_equal(maintain_check(folder->data, NULL, &report), LT_OK);
}

static void test_stat(void **state)
{
	struct simdata *folder = *state;
	struct maintain_stat stat;
	uint8_t hash[32];
	fill(folder, hash);
	assert_int_equal(maintain_stat(folder->data, &stat), LT_OK);
	assert_int_equal(stat.journal_last, 80);
	assert_true(stat.segments > 2 && stat.journal_bytes > 80 * 64 && stat.journal_disk_bytes > 0);
	assert_int_equal(stat.store_sequence, 80);
	assert_true(stat.store_bytes >= 4096 && stat.counts[STORE_META] > 3);
	assert_int_equal(stat.snapshots, 1);
	assert_int_equal(stat.snapshot_newest, 41);
	assert_int_equal(stat.skips, 0);
	assert_false(stat.restored);
	assert_string_equal(store_table_name(STORE_DOSSIER), "dossier");
	assert_string_equal(store_table_name(STORE_NOTICE), "notice");
}

static void test_rebuild(void **state)
{
	struct simdata *folder = *state;
	uint8_t hash[32];
	assert_int_equal(maintain_rebuild(folder->data, 0, NULL, &rebuilt), LT_EEXIST);
	fill(folder, hash);
	assert_int_equal(maintain_rebuild(folder->data, 0, NULL, &rebuilt), LT_OK);
	assert_int_equal(rebuilt.from, 41);
	assert_int_equal(rebuilt.sequence, 80);
	assert_true(rebuilt.had_before && rebuilt.before_sequence == 80);
	assert_memory_equal(rebuilt.before_hash, hash, 32);
	assert_memory_equal(rebuilt.after_hash, hash, 32);
	assert_false(simdata_exists(simdata_path(folder, "data/store.new")));
	/* From the first record, without the old store. */
	remove_snapshots(folder);
	remove_store(folder);
	assert_int_equal(maintain_check(folder->data, NULL, &report), LT_ECORRUPT);
	assert_int_equal(maintain_rebuild(folder->data, 0, NULL, &rebuilt), LT_OK);
	assert_int_equal(rebuilt.from, 0);
	assert_false(rebuilt.had_before);
	assert_memory_equal(rebuilt.after_hash, hash, 32);
	simdata_open(folder);
	simdata_add(folder, 2);
	assert_int_equal(journal_head(folder->journal), 82);
}

static void test_rebuild_passes_over_bad_snapshot(void **state)
{
	struct simdata *folder = *state;
	uint8_t hash[32], other[32];
	uint64_t sequence;
	char path[SNAPSHOT_PATH], file[SNAPSHOT_PATH + 16];
	struct lt_buf bytes = { 0 };
	fill(folder, hash);
	assert_int_equal(snapshot_newest(folder->snapshots, &sequence, other, path), LT_OK);
	snprintf(file, sizeof file, "%s/data.mdb", path);
	assert_int_equal(lt_file_read(file, 64 << 20, &bytes), LT_OK);
	for (size_t at = 0; at + 12 <= bytes.len; at++)
		if (memcmp(bytes.data + at, "test.example", 12) == 0)
			simdata_flip(file, (long)at);
	lt_buf_fini(&bytes);
	assert_int_equal(maintain_rebuild(folder->data, 0, NULL, &rebuilt), LT_OK);
	assert_int_equal(rebuilt.from, 0);
	assert_memory_equal(rebuilt.after_hash, hash, 32);
	/* When the journal's beginning is gone, there is nothing to rebuild from, and the old store stays. */
	unlink(simdata_find(folder->journal_path, ".ltj"));
	assert_int_equal(maintain_rebuild(folder->data, 0, NULL, &rebuilt), LT_ENOENT);
	assert_non_null(strstr(rebuilt.fault, "snapshot"));
	assert_true(simdata_exists(folder->store_path));
	assert_int_equal(maintain_check(folder->data, NULL, &report), LT_OK);
}

static void zeros(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	memset(out, 0, len);
}

static enum lt_err skip_record(const struct simdata *folder, uint64_t sequence, const char *who, char *fault)
{
	const struct maintain_skip_act by = {
		.sequence = sequence, .operator_name = who, .reason = "why", .login = "an", .random = zeros
	};
	return maintain_skip(folder->data, &by, NULL, fault);
}

static void test_skip(void **state)
{
	struct simdata *folder = *state;
	uint8_t hash[32];
	char fault[MAINTAIN_FAULT];
	assert_int_equal(skip_record(folder, 80, "an", fault), LT_EEXIST);
	fill(folder, hash);
	assert_int_equal(skip_record(folder, 81, "an", fault), LT_ENOENT);
	assert_non_null(strstr(fault, "1 to 80"));
	assert_int_equal(skip_record(folder, 80, "", fault), LT_EINVAL);
	/* The store holds its effect. */
	assert_int_equal(skip_record(folder, 80, "an", fault), LT_EINVAL);
	assert_non_null(strstr(fault, "are at 80"));
	assert_int_equal(maintain_rebuild(folder->data, 0, NULL, &rebuilt), LT_OK);
	assert_memory_equal(rebuilt.after_hash, hash, 32);
	remove_store(folder);
	/* Record 1 carries all others. */
	remove_snapshots(folder);
	assert_int_equal(skip_record(folder, 1, "an", fault), LT_ECORRUPT);
	assert_non_null(strstr(fault, "record 1 is not skipped"));
	assert_false(simdata_exists(simdata_path(folder, "data/store.try")));
	/* A directory is what everybody is decided by. */
	assert_int_equal(skip_record(folder, 80, "an", fault), LT_ECORRUPT);
	assert_non_null(strstr(fault, "not of one dossier"));
	assert_int_equal(maintain_rebuild(folder->data, 0, NULL, &rebuilt), LT_OK);
	assert_int_equal(rebuilt.sequence, 80); /* nothing was added */
	assert_memory_equal(rebuilt.after_hash, hash, 32);
}

/* Asked for the n-th time, somebody has had enough. */
static bool goes_on(void *ctx)
{
	unsigned *left = ctx;
	return (*left)-- > 0;
}

static void test_what_is_broken_off_leaves_nothing(void **state)
{
	struct simdata *folder = *state;
	uint8_t hash[32];
	char fault[MAINTAIN_FAULT];
	unsigned left;
	const struct maintain_progress progress = { .goes_on = goes_on, .ctx = &left };
	const struct maintain_skip_act by = {
		.sequence = 80, .operator_name = "an", .reason = "why", .login = "an", .random = zeros
	};
	fill(folder, hash);
	left = 0; /* while the snapshot is copied */
	assert_int_equal(maintain_rebuild(folder->data, 0, &progress, &rebuilt), LT_ECLOSED);
	assert_false(simdata_exists(simdata_path(folder, "data/store.new")));
	remove_snapshots(folder);
	left = 79; /* at the last record */
	assert_int_equal(maintain_rebuild(folder->data, 0, &progress, &rebuilt), LT_ECLOSED);
	assert_false(simdata_exists(simdata_path(folder, "data/store.new")));
	assert_true(simdata_exists(folder->store_path));
	remove_store(folder);
	left = 79;
	assert_int_equal(maintain_skip(folder->data, &by, &progress, fault), LT_ECLOSED);
	assert_false(simdata_exists(simdata_path(folder, "data/store.try")));
	assert_int_equal(maintain_rebuild(folder->data, 0, NULL, &rebuilt), LT_OK);
	assert_int_equal(rebuilt.sequence, 80);
	assert_memory_equal(rebuilt.after_hash, hash, 32);
}

#define SECOND INT64_C(1000000)

static void test_progress_says_pace_and_rest(void **state)
{
	char text[PROGRESS_TEXT];
	(void)state;
	progress_text("replay", "records", 400000, 400000, 3400000, 0, text);
	assert_string_equal(text, "replay: 400000 of 3400000 records");
	progress_text("replay", "records", 400000, 1400000, 3400000, 20 * SECOND, text);
	assert_string_equal(text, "replay: 1400000 of 3400000 records, 50000/s, 40s left");
	progress_text("replay", "records", 0, 1000, 10000000, 10 * SECOND, text);
	assert_string_equal(text, "replay: 1000 of 10000000 records, 100/s, 27h 46m left");
	progress_text("store", "records", 0, 7, 0, 2 * SECOND, text);
	assert_string_equal(text, "store: 7 records, 3/s");
	progress_text("restore", NULL, 0, 1 << 30, (uint64_t)3 << 30, 8 * SECOND, text);
	assert_string_equal(text, "restore: 1.0G of 3.0G, 128.0M/s, 16s left");
	progress_text("restore", NULL, 0, UINT64_MAX, UINT64_MAX, 1, text); /* it never overflows */
}

TEST_MAIN(cmocka_unit_test(test_progress_says_pace_and_rest),
	  cmocka_unit_test_setup_teardown(test_sound, simdata_set_up, simdata_tear_down),
	  cmocka_unit_test_setup_teardown(test_damaged_journal, simdata_set_up, simdata_tear_down),
	  cmocka_unit_test_setup_teardown(test_store_ahead, simdata_set_up, simdata_tear_down),
	  cmocka_unit_test_setup_teardown(test_damaged_store, simdata_set_up, simdata_tear_down),
	  cmocka_unit_test_setup_teardown(test_stat, simdata_set_up, simdata_tear_down),
	  cmocka_unit_test_setup_teardown(test_rebuild, simdata_set_up, simdata_tear_down),
	  cmocka_unit_test_setup_teardown(test_rebuild_passes_over_bad_snapshot, simdata_set_up, simdata_tear_down),
	  cmocka_unit_test_setup_teardown(test_skip, simdata_set_up, simdata_tear_down),
	  cmocka_unit_test_setup_teardown(test_what_is_broken_off_leaves_nothing, simdata_set_up, simdata_tear_down))
