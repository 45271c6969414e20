/* The real folder and the simulated one: the same calls, the same answers; the lock; what a crash leaves. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal/disk.h"
#include "simdisk.h"

static void count_name(void *arg, const char *name)
{
	size_t *count = arg;
	*count += strcmp(name, "lock") != 0;
}

static void expect_bytes(struct disk *disk, int file, uint64_t offset, const char *want, size_t len)
{
	char data[64] = { 0 };
	size_t got = 0;
	assert_int_equal(disk->read(disk->ctx, file, offset, data, len, &got), LT_OK);
	assert_int_equal(got, len);
	assert_memory_equal(data, want, len);
}

static void exercise(struct disk *disk)
{
	void *ctx = disk->ctx;
	int file, same;
	uint64_t size, space;
	size_t got, count = 0;
	char data[16];
	assert_int_equal(disk->open(ctx, "one", false, &file), LT_ENOENT);
	assert_int_equal(disk->open(ctx, "one", true, &file), LT_OK);
	assert_int_equal(disk->write(ctx, file, 4, "abcdefgh", 8), LT_OK);
	assert_int_equal(disk->size(ctx, file, &size), LT_OK);
	assert_int_equal(size, 12);
	expect_bytes(disk, file, 0, "\0\0\0\0abcdefgh", 12);
	assert_int_equal(disk->read(ctx, file, 10, data, sizeof data, &got), LT_OK);
	assert_int_equal(got, 2);
	assert_int_equal(disk->read(ctx, file, 100, data, sizeof data, &got), LT_OK);
	assert_int_equal(got, 0);
	assert_int_equal(disk->punch(ctx, file, 5, 3), LT_OK);
	expect_bytes(disk, file, 4, "a\0\0\0efgh", 8);
	assert_int_equal(disk->size(ctx, file, &size), LT_OK);
	assert_int_equal(size, 12);
	assert_int_equal(disk->truncate(ctx, file, 6), LT_OK);
	assert_int_equal(disk->truncate(ctx, file, 8), LT_OK);
	expect_bytes(disk, file, 0, "\0\0\0\0a\0\0\0", 8);
	assert_int_equal(disk->sync(ctx, file), LT_OK);
	assert_int_equal(disk->rename(ctx, "one", "two"), LT_OK);
	assert_int_equal(disk->sync_folder(ctx), LT_OK);
	assert_int_equal(disk->open(ctx, "two", false, &same), LT_OK);
	expect_bytes(disk, same, 4, "a", 1);
	disk->close(ctx, same);
	disk->close(ctx, file);
	assert_int_equal(disk->list(ctx, count_name, &count), LT_OK);
	assert_int_equal(count, 1);
	assert_int_equal(disk->remove(ctx, "one"), LT_ENOENT);
	assert_int_equal(disk->remove(ctx, "two"), LT_OK);
	assert_int_equal(disk->open(ctx, "two", false, &file), LT_ENOENT);
	assert_int_equal(disk->free_space(ctx, &space), LT_OK);
	assert_true(space > 0);
}

static void test_real(void **state)
{
	(void)state;
	char folder[] = "/tmp/lt-disk-XXXXXX", path[64], command[80];
	struct disk disk, second;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/journal", folder);
	assert_int_equal(disk_open(path, false, &disk), LT_ENOENT);
	assert_int_equal(disk_open(path, true, &disk), LT_OK);
	exercise(&disk);
	assert_int_equal(disk_open(path, true, &second), LT_EEXIST); /* locked */
	assert_int_equal(disk_open_beside(path, &second), LT_OK);
	disk_close(&second);
	disk_close(&disk);
	assert_int_equal(disk_open(path, false, &disk), LT_OK);
	disk_close(&disk);
	disk_close(NULL);
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	assert_int_equal(system(command), 0);
}

static void test_simulated(void **state)
{
	(void)state;
	struct simdisk *sim = simdisk_new();
	struct disk disk = simdisk_disk(sim);
	exercise(&disk);
	simdisk_free(sim);
}

static void test_crash_drops_what_was_not_synced(void **state)
{
	(void)state;
	struct simdisk *sim = simdisk_new();
	struct disk disk = simdisk_disk(sim);
	int file;
	assert_int_equal(disk.open(disk.ctx, "a", true, &file), LT_OK);
	assert_int_equal(disk.write(disk.ctx, file, 0, "kept", 4), LT_OK);
	assert_int_equal(disk.sync(disk.ctx, file), LT_OK);
	assert_int_equal(disk.sync_folder(disk.ctx), LT_OK);
	assert_int_equal(disk.write(disk.ctx, file, 2, "LOST", 4), LT_OK);
	assert_int_equal(disk.open(disk.ctx, "b", true, &file), LT_OK);
	simdisk_crash(sim, 0);
	assert_int_equal(disk.open(disk.ctx, "b", false, &file), LT_ENOENT);
	assert_int_equal(disk.open(disk.ctx, "a", false, &file), LT_OK);
	expect_bytes(&disk, file, 0, "kept", 4);
	uint64_t size;
	assert_int_equal(disk.size(disk.ctx, file, &size), LT_OK);
	assert_int_equal(size, 4);
	simdisk_free(sim);
}

static void test_faults(void **state)
{
	(void)state;
	struct simdisk *sim = simdisk_new();
	struct disk disk = simdisk_disk(sim);
	int file;
	assert_int_equal(disk.open(disk.ctx, "a", true, &file), LT_OK);
	simdisk_fail_write(sim, 2);
	assert_int_equal(disk.write(disk.ctx, file, 0, "1", 1), LT_OK);
	assert_int_equal(disk.write(disk.ctx, file, 1, "2", 1), LT_EIO);
	assert_int_equal(disk.write(disk.ctx, file, 1, "2", 1), LT_EIO);
	simdisk_kill(sim);
	assert_int_equal(disk.open(disk.ctx, "a", false, &file), LT_OK);
	simdisk_set_capacity(sim, 10);
	assert_int_equal(disk.write(disk.ctx, file, 0, "0123456789", 10), LT_OK);
	assert_int_equal(disk.write(disk.ctx, file, 5, "0123456789", 10), LT_EFULL);
	assert_int_equal(disk.sync_folder(disk.ctx), LT_OK);
	simdisk_fail_sync(sim, 1);
	assert_int_equal(disk.sync(disk.ctx, file), LT_EIO);
	simdisk_crash(sim, 0); /* a failed sync leaves pages that look clean and are not on the disk */
	assert_int_equal(disk.open(disk.ctx, "a", false, &file), LT_OK);
	uint64_t size;
	assert_int_equal(disk.size(disk.ctx, file, &size), LT_OK);
	assert_int_equal(size, 0);
	simdisk_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_real), cmocka_unit_test(test_simulated),
	  cmocka_unit_test(test_crash_drops_what_was_not_synced), cmocka_unit_test(test_faults))
