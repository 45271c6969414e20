/* The store on a rotten disk: every bit of a value, of its checksum and of a key is found, and what does not hold is neither something nor
 * nothing. */
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fields.h"
#include "store/store.h"
#include "store/store_keys.h"

struct fixture {
	char folder[64], path[80];
	struct store *store;
};

static struct store_key key_of(uint64_t number)
{
	struct store_key key = { 0 };
	store_key_add_u64(&key, number);
	return key;
}

static void open_store(struct fixture *f)
{
	struct store_options options = { .path = f->path, .create = true };
	assert_int_equal(store_open(&options, &f->store), LT_OK);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	strcpy(f->folder, "/tmp/lt-store-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->path, sizeof f->path, "%s/store", f->folder);
	open_store(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];
	store_close(f->store);
	snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static struct lt_bytes text(const char *s)
{
	return lt_bytes(s, strlen(s));
}

static void put(struct fixture *f, const char *key, const char *value)
{
	store_put(f->store, STORE_META, text(key), text(value));
}

static void expect(struct fixture *f, const char *key, const char *value)
{
	struct lt_bytes found;
	enum lt_err err = store_get(f->store, STORE_META, text(key), &found);
	assert_int_equal(err, value ? LT_OK : LT_ENOENT);
	if (value)
		assert_true(lt_bytes_equal(found, text(value)));
}

static void flush(struct fixture *f, uint64_t sequence)
{
	store_mark(f->store, sequence);
	store_committed(f->store, sequence);
	assert_int_equal(store_flush_now(f->store), LT_OK);
}

static off_t find_bytes(const char *path, const char *what)
{
	struct lt_buf data = { 0 };
	assert_int_equal(lt_file_read(path, 64 << 20, &data), LT_OK);
	const uint8_t *at = memmem(data.data, data.len, what, strlen(what));
	off_t offset = at ? at - data.data : -1;
	lt_buf_fini(&data);
	return offset;
}

/* Every single bit of a value on the disk is found, by the check and by a read. */
static void test_bit_flips(void **state)
{
	struct fixture *f = *state;
	static const char secret[] = "the value that will be damaged";
	char file[128], report[200];
	put(f, "key", secret);
	put(f, "other", "fine");
	flush(f, 1);
	assert_int_equal(store_verify(f->store, report, sizeof report), LT_OK);
	store_close(f->store);
	snprintf(file, sizeof file, "%s/data.mdb", f->path);
	off_t at = find_bytes(file, secret);
	assert_true(at > 0);
	int fd = open(file, O_RDWR);
	for (off_t i = 0; i < (off_t)sizeof secret - 1 + 8; i++) {
		for (int bit = 0; bit < 8; bit += 3) {
			uint8_t byte, bad;
			assert_int_equal(pread(fd, &byte, 1, at + i), 1);
			bad = (uint8_t)(byte ^ 1 << bit);
			assert_int_equal(pwrite(fd, &bad, 1, at + i), 1);
			open_store(f);
			assert_int_equal(store_verify(f->store, report, sizeof report), LT_ECORRUPT);
			assert_non_null(strstr(report, "table meta, key 6b6579"));
			store_close(f->store);
			assert_int_equal(pwrite(fd, &byte, 1, at + i), 1);
		}
	}
	uint8_t bad = 0xff;
	assert_int_equal(pwrite(fd, &bad, 1, at), 1);
	close(fd);
	open_store(f);
	expect(f, "other", "fine");
	struct lt_bytes value;
	const struct store_fault *faults;
	assert_int_equal(store_get(f->store, STORE_META, text("key"), &value), LT_ECORRUPT);
	assert_int_equal(store_get(f->store, STORE_META, text("key"), &value), LT_ECORRUPT);
	assert_int_equal(store_faults(f->store), 2);
	assert_int_equal(store_fault_list(f->store, &faults), 1);
	assert_int_equal(faults[0].table, STORE_META);
	assert_memory_equal(faults[0].key, "key", faults[0].key_len);
	put(f, "key", "new"); /* what is written anew holds */
	expect(f, "key", "new");
}

/* A key that has changed takes its row away from where it is looked for: that is not the same as that it was never there. */
static void test_a_key_flips(void **state)
{
	struct fixture *f = *state;
	char file[128];
	uint8_t key[STORE_KEY_MAX];
	size_t len = 0;
	struct lt_bytes value;
	for (uint64_t i = 1; i <= 20; i++) {
		struct store_key number = key_of(i);
		store_put(f->store, STORE_DOSSIER, store_key_bytes(&number), text("value"));
	}
	flush(f, 1);
	store_close(f->store);
	snprintf(file, sizeof file, "%s/data.mdb", f->path);
	for (int bit = 0; bit < 8; bit++) {
		struct lt_buf data = { 0 };
		const uint8_t wanted[] = { 0, 0, 0, 0, 0, 0, 0, 7, 'v' };
		assert_int_equal(lt_file_read(file, 64 << 20, &data), LT_OK);
		uint8_t *at = memmem(data.data, data.len, wanted, sizeof wanted);
		assert_non_null(at);
		at[7] ^= (uint8_t)(1 << bit);
		assert_int_equal(lt_file_write(file, lt_buf_bytes(&data), 0600), LT_OK);
		open_store(f);
		struct store_key seven = key_of(7);
		assert_int_equal(store_get(f->store, STORE_DOSSIER, store_key_bytes(&seven), &value), LT_ECORRUPT);
		for (uint64_t i = 1; i <= 20;
		     i++) { /* the others may not be found either, but are never said not to be there */
			struct store_key other = key_of(i);
			assert_int_not_equal(store_get(f->store, STORE_DOSSIER, store_key_bytes(&other), &value),
					     LT_ENOENT);
		}
		unsigned seen = 0; /* a walk ends, and whatever it has not seen, it says so */
		uint64_t before = store_faults(f->store);
		for (struct lt_bytes from = { 0 };
		     store_seek(f->store, STORE_DOSSIER, from, key, &len, &value) == LT_OK; seen++) {
			assert_true(seen < 100);
			key[len++] = 0;
			from = lt_bytes(key, len);
		}
		assert_true(seen <= 19 && store_faults(f->store) > before);
		store_close(f->store);
		at[7] ^= (uint8_t)(1 << bit);
		assert_int_equal(lt_file_write(file, lt_buf_bytes(&data), 0600), LT_OK);
		lt_buf_fini(&data);
	}
	open_store(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

TEST_MAIN(TEST(test_bit_flips), TEST(test_a_key_flips))
