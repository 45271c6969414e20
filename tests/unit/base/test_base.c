/* test_base.c: buffers, arena, errors and whole files. */
#include "test.h"

#include <lienthong/base.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void every_error_has_its_own_text(void **state)
{
	(void)state;
	for (int i = LT_OK; i <= LT_EDENIED; i++) {
		assert_string_not_equal(lt_err_text((enum lt_err)i), "unknown error");
		for (int k = LT_OK; k < i; k++)
			assert_string_not_equal(lt_err_text((enum lt_err)i), lt_err_text((enum lt_err)k));
	}
	assert_string_equal(lt_err_text((enum lt_err)99), "unknown error");
}

static void bytes_are_compared_whole(void **state)
{
	(void)state;
	assert_true(lt_bytes_equal(lt_bytes(NULL, 0), lt_bytes("x", 0)));
	assert_true(lt_bytes_equal(lt_bytes("a\0b", 3), lt_bytes("a\0b", 3)));
	assert_false(lt_bytes_equal(lt_bytes("a\0b", 3), lt_bytes("a\0c", 3)));
	assert_false(lt_bytes_equal(lt_bytes("ab", 2), lt_bytes("ab", 1)));
}

static void buffer_grows(void **state)
{
	(void)state;
	struct lt_buf buf = { 0 };
	assert_int_equal(lt_buf_append(&buf, NULL, 0), LT_OK);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(lt_buf_append(&buf, "abc", 3), LT_OK);
	assert_int_equal(buf.len, 3000);
	for (size_t i = 0; i < 3000; i++)
		assert_int_equal(buf.data[i], "abc"[i % 3]);
	lt_buf_clear(&buf);
	assert_int_equal(lt_buf_printf(&buf, "%s-%d", "H22", 7), LT_OK);
	assert_int_equal(lt_buf_printf(&buf, "%s", ""), LT_OK);
	assert_true(lt_bytes_equal(lt_buf_bytes(&buf), lt_bytes("H22-7", 5)));
	lt_buf_fini(&buf);
	assert_null(buf.data);
	lt_buf_fini(NULL);
}

static void buffer_refuses_overflow_and_stays(void **state)
{
	(void)state;
	struct lt_buf buf = { 0 };
	assert_int_equal(lt_buf_append(&buf, "keep", 4), LT_OK);
	assert_int_equal(lt_buf_reserve(&buf, SIZE_MAX), LT_ENOMEM);
	assert_int_equal(lt_buf_reserve(&buf, SIZE_MAX - 4), LT_ENOMEM);
	assert_true(lt_bytes_equal(lt_buf_bytes(&buf), lt_bytes("keep", 4)));
	lt_buf_fini(&buf);
}

static void arena_gives_aligned_zeroed_memory(void **state)
{
	(void)state;
	struct lt_arena *arena;
	uint8_t *got[200];
	assert_int_equal(lt_arena_new(1 << 20, &arena), LT_OK);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < 200; i++) {
			size_t size = i * 7;
			got[i] = lt_arena_alloc(arena, size);
			assert_non_null(got[i]);
			assert_int_equal((uintptr_t)got[i] % 16, 0);
			for (size_t k = 0; k < size; k++)
				assert_int_equal(got[i][k], 0);
			memset(got[i], (int)i + 1, size);
		}
		for (size_t i = 0; i < 200; i++)
			for (size_t k = 0; k < i * 7; k++)
				assert_int_equal(got[i][k], (uint8_t)(i + 1));
		lt_arena_reset(arena);
	}
	lt_arena_free(arena);
	lt_arena_free(NULL);
}

static void arena_keeps_its_cap(void **state)
{
	(void)state;
	struct lt_arena *arena;
	assert_int_equal(lt_arena_new(10000, &arena), LT_OK);
	assert_null(lt_arena_alloc(arena, 10001));
	assert_null(lt_arena_alloc(arena, SIZE_MAX));
	assert_null(lt_arena_alloc(arena, SIZE_MAX - 8));
	for (int round = 0; round < 3; round++) {
		size_t given = 0;
		while (lt_arena_alloc(arena, 16))
			given += 16;
		assert_int_equal(given, 10000);
		lt_arena_reset(arena);
		assert_non_null(lt_arena_alloc(arena, 10000));
		assert_null(lt_arena_alloc(arena, 0));
		lt_arena_reset(arena);
	}
	lt_arena_free(arena);
}

static void arena_reuses_memory_after_reset(void **state)
{
	(void)state;
	struct lt_arena *arena;
	assert_int_equal(lt_arena_new(1 << 20, &arena), LT_OK);
	for (int i = 0; i < 100; i++)
		assert_non_null(lt_arena_alloc(arena, 1000));
	lt_arena_reset(arena);
	void *first = lt_arena_alloc(arena, 1000);
	for (int i = 1; i < 100; i++)
		assert_non_null(lt_arena_alloc(arena, 1000));
	lt_arena_reset(arena);
	assert_ptr_equal(lt_arena_alloc(arena, 1000), first);
	lt_arena_free(arena);
}

static char folder[512], path[520];

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "%s", LT_BUILD_DIR "/test-base-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/file", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder); /* fails when a temporary file was left behind */
}

static void file_is_written_and_read_back(void **state)
{
	(void)state;
	struct lt_buf buf = { 0 };
	struct stat st;
	static uint8_t big[100000];
	memset(big, 0xa5, sizeof big);
	assert_int_equal(lt_file_write(path, lt_bytes(big, sizeof big), 0640), LT_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(lt_file_read(path, sizeof big, &buf), LT_OK);
	assert_true(lt_bytes_equal(lt_buf_bytes(&buf), lt_bytes(big, sizeof big)));
	assert_int_equal(lt_file_write(path, lt_bytes("new", 3), 0600), LT_OK);
	assert_int_equal(lt_file_read(path, 3, &buf), LT_OK);
	assert_true(lt_bytes_equal(lt_buf_bytes(&buf), lt_bytes("new", 3)));
	assert_int_equal(lt_file_write(path, lt_bytes(NULL, 0), 0600), LT_OK);
	assert_int_equal(lt_file_read(path, 0, &buf), LT_OK);
	assert_int_equal(buf.len, 0);
	lt_buf_fini(&buf);
}

static void file_errors_are_told_and_change_nothing(void **state)
{
	(void)state;
	struct lt_buf buf = { 0 };
	char missing[540];
	assert_int_equal(lt_buf_append(&buf, "old", 3), LT_OK);
	assert_int_equal(lt_file_write(path, lt_bytes("four", 4), 0600), LT_OK);
	assert_int_equal(lt_file_read(path, 3, &buf), LT_EFULL);
	snprintf(missing, sizeof missing, "%s/none/file", folder);
	assert_int_equal(lt_file_read(missing, 10, &buf), LT_EIO);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(lt_file_read(folder, 1 << 20, &buf), LT_EIO);
	assert_int_equal(errno, EISDIR);
	assert_true(lt_bytes_equal(lt_buf_bytes(&buf), lt_bytes("old", 3)));
	assert_int_equal(lt_file_write(missing, lt_bytes("x", 1), 0600), LT_EIO);
	assert_int_equal(errno, ENOENT);
	snprintf(missing, sizeof missing, "%s/folder", folder);
	assert_int_equal(mkdir(missing, 0700), 0);
	assert_int_equal(lt_file_write(missing, lt_bytes("x", 1), 0600), LT_EIO);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(rmdir(missing), 0);
	/* A device says no size beforehand: the limit holds while reading. */
	assert_int_equal(lt_file_read("/dev/zero", 70000, &buf), LT_EFULL);
	lt_buf_fini(&buf);
}

TEST_MAIN(cmocka_unit_test(every_error_has_its_own_text), cmocka_unit_test(bytes_are_compared_whole),
	  cmocka_unit_test(buffer_grows), cmocka_unit_test(buffer_refuses_overflow_and_stays),
	  cmocka_unit_test(arena_gives_aligned_zeroed_memory), cmocka_unit_test(arena_keeps_its_cap),
	  cmocka_unit_test(arena_reuses_memory_after_reset),
	  cmocka_unit_test_setup_teardown(file_is_written_and_read_back, make_folder, remove_folder),
	  cmocka_unit_test_setup_teardown(file_errors_are_told_and_change_nothing, make_folder, remove_folder))
