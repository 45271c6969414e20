/* Files of large parts: resumed after a crash, refused when they are other bytes, damaged on the disk. */
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/large_files.h"
#include "store/large_look.h"

enum { SIZE = 5 * LARGE_CHUNK + 1000 };

struct fixture {
	char path[64];
	struct large_files *files;
	struct large_faults *faults;
	uint8_t *bytes, sha256[32], chunks[32];
};

static struct fixture begin(void)
{
	struct fixture f = { .bytes = malloc(SIZE) };
	strcpy(f.path, "/dev/shm/lienthong-large-XXXXXX");
	assert_non_null(mkdtemp(f.path));
	assert_non_null(f.bytes);
	for (size_t i = 0; i < SIZE; i++)
		f.bytes[i] = (uint8_t)(i * 7 + i / 4099);
	lt_sha256(lt_bytes(f.bytes, SIZE), f.sha256);
	assert_int_equal(large_faults_new(&f.faults), LT_OK);
	assert_int_equal(large_files_open(f.path, f.faults, &f.files), LT_OK);
	return f;
}

static void end(struct fixture *f)
{
	char command[100];
	large_files_close(f->files);
	large_faults_free(f->faults);
	snprintf(command, sizeof(command), "rm -rf '%s'", f->path);
	assert_int_equal(system(command), 0); // NOLINT: a folder of the test's own
	free(f->bytes);
}

static struct large_writing *open_writing(struct fixture *f, const char *agency, uint64_t offset)
{
	struct large_writing *writing;
	assert_int_equal(large_writing_open(f->files, agency, f->sha256, SIZE, &writing), LT_OK);
	assert_int_equal(large_writing_offset(writing), offset);
	return writing;
}

static void add(struct fixture *f, struct large_writing *writing, uint64_t to)
{
	for (uint64_t at = large_writing_offset(writing); at < to; at += LARGE_CHUNK) {
		size_t len = SIZE - at < LARGE_CHUNK ? (size_t)(SIZE - at) : LARGE_CHUNK;
		assert_int_equal(large_writing_add(writing, at, lt_bytes(f->bytes + at, len)), LT_OK);
	}
}

static char *name_of(const struct fixture *f, char out[200])
{
	char hex[65];
	lt_hex(lt_bytes(f->sha256, 32), hex);
	snprintf(out, 200, "%s/%s", f->path, hex);
	return out;
}

static enum lt_err look(struct fixture *f)
{
	struct large_reading *reading;
	uint8_t *buf = malloc(LARGE_CHUNK);
	size_t len;
	enum lt_err err = large_reading_open(f->files, f->sha256, SIZE, f->chunks, &reading);
	for (uint64_t at = 0; at < SIZE && !err; at += LARGE_CHUNK) {
		err = large_reading_get(reading, at, buf, &len);
		if (!err)
			assert_memory_equal(buf, f->bytes + at, len);
		if (err || at + LARGE_CHUNK >= SIZE)
			large_reading_close(reading);
	}
	free(buf);
	return err;
}

static void test_goes_on(void **state)
{
	struct fixture f = begin();
	char path[200];
	(void)state;
	struct large_writing *writing = open_writing(&f, "H37.02", 0);
	add(&f, writing, 2 * LARGE_CHUNK);
	assert_int_equal(large_writing_add(writing, LARGE_CHUNK, lt_bytes(f.bytes, LARGE_CHUNK)), LT_EINVAL);
	assert_int_equal(large_writing_add(writing, 2 * LARGE_CHUNK, lt_bytes(f.bytes, 10)), LT_EINVAL);
	large_writing_close(writing);
	/* Another has nothing of it by that. */
	large_writing_close(open_writing(&f, "H37.14", 0));
	/* Half a chunk behind it, as a crash leaves it, does not count. */
	char command[300];
	snprintf(command, sizeof(command), "for f in %s/*.*; do printf half >> $f; done", f.path);
	assert_int_equal(system(command), 0); // NOLINT: a folder of the test's own
	writing = open_writing(&f, "H37.02", 2 * LARGE_CHUNK);
	add(&f, writing, SIZE);
	assert_int_equal(access(name_of(&f, path), F_OK), -1);
	assert_int_equal(large_writing_end(writing, f.chunks), LT_OK);
	large_writing_close(writing);
	assert_int_equal(look(&f), LT_OK);
	end(&f);
}

static void test_other_bytes(void **state)
{
	struct fixture f = begin();
	char path[200];
	(void)state;
	struct large_writing *writing = open_writing(&f, "H37.02", 0);
	f.bytes[SIZE - 1] ^= 1;
	add(&f, writing, SIZE);
	assert_int_equal(large_writing_end(writing, f.chunks), LT_ECRYPTO);
	large_writing_close(writing);
	assert_int_equal(access(name_of(&f, path), F_OK), -1);
	large_writing_close(open_writing(&f, "H37.02", 0)); /* anew */
	end(&f);
}

static void flip(const char *path, off_t at)
{
	uint8_t byte;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 4;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

static size_t faults(struct fixture *f)
{
	uint8_t list[LARGE_FAULTS_MAX][32];
	size_t count = large_faults_list(f->faults, list);
	if (count > 0)
		assert_memory_equal(list[0], f->sha256, 32);
	return count;
}

static bool stop(void *ctx, size_t bytes)
{
	(void)ctx, (void)bytes;
	return false;
}

/* Found by who fetches it and by the look at all; gone by a whole read, a look, or bytes that came anew. */
static void test_faults(void **state)
{
	struct fixture f = begin();
	char path[200];
	uint64_t size, where;
	(void)state;
	struct large_writing *writing = open_writing(&f, "H37.02", 0);
	add(&f, writing, SIZE);
	assert_int_equal(large_writing_end(writing, f.chunks), LT_OK);
	large_writing_close(writing);
	name_of(&f, path);
	assert_int_equal(large_look_file(f.path, f.sha256, NULL, NULL, &size, &where), LT_OK);
	assert_int_equal(size, SIZE);
	assert_int_equal(large_look_file(f.path, f.sha256, stop, NULL, &size, &where), LT_ECLOSED);
	assert_int_equal(large_look_all(f.path, f.faults, NULL, NULL), LT_OK);
	assert_int_equal(faults(&f), 0);
	flip(path, 3 * LARGE_CHUNK);
	assert_int_equal(look(&f), LT_ECORRUPT);
	assert_int_equal(look(&f), LT_ECORRUPT);
	assert_int_equal(faults(&f), 1);
	/* Of those who have it one is asked, for a while no other, and nobody while one brings it. */
	assert_true(large_faults_ask(f.faults, f.sha256, 5));
	assert_false(large_faults_ask(f.faults, f.sha256, 4 + LARGE_FAULT_ASK_US));
	assert_true(large_faults_ask(f.faults, f.sha256, 5 + LARGE_FAULT_ASK_US));
	assert_false(large_faults_ask(f.faults, (const uint8_t[32]){ 1 }, 5));
	writing = open_writing(&f, "H37.02", 0);
	assert_false(large_faults_ask(f.faults, f.sha256, 5 + 2 * LARGE_FAULT_ASK_US));
	large_writing_close(writing);
	assert_true(large_faults_ask(f.faults, f.sha256, 5 + 2 * LARGE_FAULT_ASK_US));
	/* Of more than it has room for the first goes. */
	for (uint8_t i = 1; i <= LARGE_FAULTS_MAX; i++)
		large_faults_add(f.faults, (const uint8_t[32]){ i }, 0);
	assert_false(large_faults_has(f.faults, f.sha256));
	for (uint8_t i = 1; i <= LARGE_FAULTS_MAX; i++)
		large_faults_remove(f.faults, (const uint8_t[32]){ i });
	assert_int_equal(look(&f), LT_ECORRUPT);
	flip(path, 3 * LARGE_CHUNK);
	/* Who goes on from behind it says nothing of it; who reads it does. */
	struct large_reading *reading;
	uint8_t *chunk = malloc(LARGE_CHUNK);
	size_t len;
	assert_int_equal(large_reading_open(f.files, f.sha256, SIZE, f.chunks, &reading), LT_OK);
	assert_int_equal(large_reading_get(reading, 4 * LARGE_CHUNK, chunk, &len), LT_OK);
	assert_int_equal(faults(&f), 1);
	assert_int_equal(large_reading_get(reading, 3 * LARGE_CHUNK, chunk, &len), LT_OK);
	assert_int_equal(faults(&f), 0);
	large_reading_close(reading);
	free(chunk);
	flip(path, SIZE + 40);
	assert_int_equal(large_look_all(f.path, f.faults, NULL, NULL), LT_OK);
	assert_int_equal(large_look_again(f.path, f.faults, NULL, NULL), LT_OK);
	assert_int_equal(faults(&f), 1);
	assert_int_equal(large_look_file(f.path, f.sha256, NULL, NULL, &size, &where), LT_ECORRUPT);
	assert_int_equal(where, LARGE_CHUNK);
	flip(path, SIZE + 40);
	assert_int_equal(large_look_again(f.path, f.faults, NULL, NULL), LT_OK);
	assert_int_equal(faults(&f), 0);
	assert_true(large_files_hold(f.files, f.sha256));
	assert_int_equal(truncate(path, SIZE), 0);
	assert_int_equal(large_look_file(f.path, f.sha256, NULL, NULL, &size, &where), LT_ECORRUPT);
	assert_int_equal(unlink(path), 0);
	assert_false(large_files_hold(f.files, f.sha256));
	assert_int_equal(large_look_all(f.path, f.faults, NULL, NULL), LT_OK);
	assert_int_equal(faults(&f), 0);
	assert_int_equal(look(&f), LT_ENOENT);
	assert_int_equal(large_look_again(f.path, f.faults, NULL, NULL), LT_OK);
	assert_int_equal(faults(&f), 1);
	writing = open_writing(&f, "H37.02", 0);
	add(&f, writing, SIZE);
	assert_int_equal(large_writing_end(writing, f.chunks), LT_OK);
	large_writing_close(writing);
	assert_int_equal(faults(&f), 0);
	flip(path, 0);
	assert_int_equal(look(&f), LT_ECORRUPT);
	large_files_remove(f.files, f.sha256); /* its time is over */
	assert_int_equal(faults(&f), 0);
	end(&f);
}

static bool known(void *ctx, const uint8_t sha256[32])
{
	return ctx && memcmp(ctx, sha256, 32) == 0;
}

static void test_damage_and_sweep(void **state)
{
	struct fixture f = begin();
	char path[200];
	(void)state;
	struct large_writing *writing = open_writing(&f, "H37.02", 0);
	add(&f, writing, SIZE);
	assert_int_equal(large_writing_end(writing, f.chunks), LT_OK);
	large_writing_close(writing);
	name_of(&f, path);
	for (off_t at = LARGE_CHUNK; at < SIZE + 64;
	     at += SIZE - LARGE_CHUNK + 10) { /* in a chunk; in the list behind them */
		flip(path, at);
		assert_int_equal(look(&f), LT_ECORRUPT);
		flip(path, at);
		assert_int_equal(look(&f), LT_OK);
	}
	struct stat stat_of;
	assert_int_equal(stat(path, &stat_of), 0);
	large_writing_close(open_writing(&f, "H37.14", 0));
	large_files_sweep(f.files, stat_of.st_mtime + 10, known, f.sha256);
	assert_int_equal(look(&f), LT_OK);
	large_files_sweep(f.files, stat_of.st_mtime + 10, known, NULL);
	assert_int_equal(look(&f), LT_ENOENT);
	char command[300];
	snprintf(command, sizeof(command), "test $(ls %s | wc -l) = 1", f.path);
	assert_int_equal(system(command), 0); // NOLINT: a folder of the test's own
	large_files_sweep(f.files, stat_of.st_mtime + 90000, known, NULL);
	snprintf(command, sizeof(command), "test $(ls %s | wc -l) = 0", f.path);
	assert_int_equal(system(command), 0); // NOLINT: a folder of the test's own
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goes_on),
		cmocka_unit_test(test_other_bytes),
		cmocka_unit_test(test_damage_and_sweep),
		cmocka_unit_test(test_faults),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
