/* The store: reads through all layers, freeze rules, flush and reopen, copies and hashes. */
#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fields.h"
#include "store/store.h"
#include "store/store_keys.h"

struct fixture {
	char folder[64], path[80], copy[80];
	struct store *store;
};

static struct store_key key_of(uint64_t number)
{
	struct store_key key = { 0 };
	store_key_add_u64(&key, number);
	return key;
}

static uint64_t number_of(const uint8_t found[8])
{
	struct store_key key = { 0 };
	store_key_add(&key, found, 8);
	return store_key_get_u64(&key, 0);
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
	snprintf(f->copy, sizeof f->copy, "%s/copy", f->folder);
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

static void freeze(struct fixture *f, uint64_t sequence)
{
	store_mark(f->store, sequence);
	store_committed(f->store, sequence);
	assert_int_equal(store_freeze(f->store), LT_OK);
}

static void flush(struct fixture *f, uint64_t sequence)
{
	freeze(f, sequence);
	assert_int_equal(store_flush(f->store), LT_OK);
	store_thaw(f->store);
}

static void reopen(struct fixture *f)
{
	store_close(f->store);
	open_store(f);
}

/* a: LMDB only; b: frozen over LMDB; c: active over both; d, e: deleted in a layer above. */
static void fill_layers(struct fixture *f)
{
	put(f, "a", "disk");
	put(f, "b", "disk");
	put(f, "c", "disk");
	put(f, "d", "disk");
	put(f, "e", "disk");
	put(f, "g", "disk");
	flush(f, 1);
	put(f, "b", "frozen");
	put(f, "c", "frozen");
	put(f, "f", "frozen");
	store_del(f->store, STORE_META, text("d"));
	freeze(f, 2);
	put(f, "c", "active");
	put(f, "d2", "active");
	store_del(f->store, STORE_META, text("e"));
}

static void expect_layers(struct fixture *f)
{
	expect(f, "a", "disk");
	expect(f, "b", "frozen");
	expect(f, "c", "active");
	expect(f, "d", NULL);
	expect(f, "d2", "active");
	expect(f, "e", NULL);
	expect(f, "f", "frozen");
	expect(f, "g", "disk");
	expect(f, "h", NULL);
}

static void expect_order(struct fixture *f)
{
	static const char *const want[][2] = { { "a", "disk" },    { "b", "frozen" }, { "c", "active" },
					       { "d2", "active" }, { "f", "frozen" }, { "g", "disk" } };
	uint8_t key[STORE_KEY_MAX + 1] = "a";
	size_t len = 1;
	for (size_t i = 0; i < 6; i++) {
		struct lt_bytes value;
		assert_int_equal(store_seek(f->store, STORE_META, lt_bytes(key, len), key, &len, &value), LT_OK);
		assert_true(lt_bytes_equal(lt_bytes(key, len), text(want[i][0])));
		assert_true(lt_bytes_equal(value, text(want[i][1])));
		key[len++] = 0; /* the next key there can be */
	}
	struct lt_bytes value;
	assert_int_equal(store_seek(f->store, STORE_META, lt_bytes(key, len), key, &len, &value), LT_ENOENT);
}

static void test_layers(void **state)
{
	struct fixture *f = *state;
	fill_layers(f);
	expect_layers(f);
	expect_order(f);
	assert_int_equal(store_count(f->store, STORE_META), 6);
	assert_int_equal(store_flush(f->store), LT_OK);
	expect_layers(f); /* between flush and thaw */
	expect_order(f);
	store_thaw(f->store);
	expect_layers(f);
	expect_order(f);
	flush(f, 3);
	expect_layers(f);
	expect_order(f);
	reopen(f);
	assert_int_equal(store_sequence(f->store), 3);
	expect_layers(f);
	expect_order(f);
	assert_int_equal(store_count(f->store, STORE_META), 6);
}

static void test_unflushed_is_gone(void **state)
{
	struct fixture *f = *state;
	put(f, "a", "1");
	flush(f, 7);
	put(f, "a", "2");
	put(f, "b", "2");
	reopen(f);
	assert_int_equal(store_sequence(f->store), 7);
	expect(f, "a", "1");
	expect(f, "b", NULL);
}

static void test_freeze_rules(void **state)
{
	struct fixture *f = *state;
	put(f, "a", "1");
	assert_int_equal(store_freeze(f->store), LT_EAGAIN); /* in the middle of a batch */
	store_mark(f->store, 5);
	assert_true(store_flush_due(f->store, 3000000));
	assert_false(store_flush_due(f->store, 1000));
	assert_int_equal(store_flush_now(f->store), LT_EAGAIN);
	assert_int_equal(store_freeze(f->store), LT_OK);
	assert_int_equal(store_freeze(f->store), LT_EAGAIN); /* one flush at a time */
	assert_false(store_flush_due(f->store, 3000000));
	assert_false(store_flush_ready(f->store)); /* 5 is not on disk in the journal */
	store_committed(f->store, 4);
	assert_false(store_flush_ready(f->store));
	store_committed(f->store, 5);
	assert_true(store_flush_ready(f->store));
	assert_int_equal(store_sequence(f->store), 0);
	assert_int_equal(store_flush(f->store), LT_OK);
	assert_int_equal(store_sequence(f->store), 5);
	store_thaw(f->store);
	assert_false(store_flush_due(f->store, 100000000)); /* idle time writes nothing */
}

static void test_full(void **state)
{
	struct fixture *f = *state;
	store_close(f->store);
	struct store_options options = { .path = f->path, .create = true, .overlay_bytes = 10000 };
	assert_int_equal(store_open(&options, &f->store), LT_OK);
	char value[1000] = { 0 };
	uint64_t n = 0;
	while (!store_flush_due(f->store, 0)) {
		struct store_key key = key_of(n++);
		store_put(f->store, STORE_DOSSIER, store_key_bytes(&key), lt_bytes(value, sizeof value));
	}
	assert_true(n >= 5 && n <= 10);
	freeze(f, 1);
	assert_false(store_full(f->store));
	for (int i = 0; i < 20; i++) {
		struct store_key key = key_of(n++);
		store_put(f->store, STORE_DOSSIER, store_key_bytes(&key), lt_bytes(value, sizeof value));
	}
	assert_true(store_full(f->store));
	assert_int_equal(store_flush(f->store), LT_OK);
	store_thaw(f->store);
	assert_false(store_full(f->store));
	for (int i = 0; i < 20; i++) { /* bytes alone: no flush is under way */
		struct store_key key = key_of(n++);
		store_put(f->store, STORE_DOSSIER, store_key_bytes(&key), lt_bytes(value, sizeof value));
	}
	assert_true(store_full(f->store));
}

/* A value put back from its own view, longer and shorter. */
static void test_aliased_put(void **state)
{
	struct fixture *f = *state;
	struct lt_bytes value;
	put(f, "a", "0123456789");
	assert_int_equal(store_get(f->store, STORE_META, text("a"), &value), LT_OK);
	store_put(f->store, STORE_META, text("a"), lt_bytes(value.data + 3, 5));
	expect(f, "a", "34567");
	store_put(f->store, STORE_META, text("a"), lt_bytes("", 0));
	expect(f, "a", "");
	flush(f, 1);
	expect(f, "a", "");
}

static uint64_t next(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	return z ^ z >> 29;
}

enum { KEYS = 3000 };

/* Against a plain array, with flushes at random; seeks meet the order of numbers. */
static void test_model(void **state)
{
	struct fixture *f = *state;
	static uint64_t model[KEYS]; /* 0: not there */
	uint64_t seed = 42, sequence = 0;
	bool frozen = false;
	memset(model, 0, sizeof model);
	for (int step = 0; step < 60000; step++) {
		uint64_t n = next(&seed) % KEYS, what = next(&seed) % 100;
		struct store_key key = key_of(n);
		struct lt_bytes name = store_key_bytes(&key), value;
		if (what < 40) {
			uint8_t data[80] = { 0 };
			model[n] = next(&seed) | 1;
			fields_raw_put64(data, model[n]);
			store_put(f->store, STORE_DOSSIER, name, lt_bytes(data, 8 + next(&seed) % 70));
		} else if (what < 60) {
			store_del(f->store, STORE_DOSSIER, name);
			model[n] = 0;
		} else if (what < 80) {
			enum lt_err err = store_get(f->store, STORE_DOSSIER, name, &value);
			assert_int_equal(err, model[n] ? LT_OK : LT_ENOENT);
			if (!err)
				assert_true(fields_raw_get64(value.data) == model[n]);
		} else if (what < 99) {
			uint64_t m = n;
			uint8_t found[STORE_KEY_MAX];
			size_t len;
			while (m < KEYS && !model[m])
				m++;
			enum lt_err err = store_seek(f->store, STORE_DOSSIER, name, found, &len, &value);
			assert_int_equal(err, m < KEYS ? LT_OK : LT_ENOENT);
			if (!err)
				assert_true(len == 8 && number_of(found) == m &&
					    fields_raw_get64(value.data) == model[m]);
		} else if (!frozen) {
			freeze(f, ++sequence);
			frozen = true;
		} else {
			assert_int_equal(store_flush(f->store), LT_OK);
			store_thaw(f->store);
			frozen = false;
		}
	}
	uint64_t count = 0;
	for (int i = 0; i < KEYS; i++)
		count += model[i] != 0;
	assert_int_equal(store_count(f->store, STORE_DOSSIER), count);
}

static void test_hash_is_of_the_content(void **state)
{
	struct fixture *f = *state;
	uint8_t empty[32], layered[32], flushed[32], copied[32], other[32];
	uint64_t sequence = 0;
	assert_int_equal(store_hash(f->store, empty), LT_OK);
	fill_layers(f);
	assert_int_equal(store_hash(f->store, layered), LT_OK);
	assert_memory_not_equal(empty, layered, 32);
	assert_int_equal(store_flush(f->store), LT_OK);
	store_thaw(f->store);
	flush(f, 3);
	assert_int_equal(store_hash(f->store, flushed), LT_OK);
	assert_memory_equal(layered, flushed, 32);
	assert_int_equal(store_copy(f->store, f->copy, NULL, &sequence, copied), LT_OK);
	assert_int_equal(sequence, 3);
	assert_memory_equal(layered, copied, 32);
	assert_int_equal(store_copy(f->store, f->copy, NULL, &sequence, copied), LT_EEXIST);
	put(f, "z", "more");
	assert_int_equal(store_hash(f->store, other), LT_OK);
	assert_memory_not_equal(layered, other, 32);
	struct store *copy;
	struct store_options options = { .path = f->copy, .read_only = true };
	assert_int_equal(store_open(&options, &copy), LT_OK);
	assert_int_equal(store_sequence(copy), 3);
	assert_int_equal(store_hash(copy, copied), LT_OK);
	assert_memory_equal(layered, copied, 32);
	store_close(copy);
}

/* The boundaries of keys and values count, not only their bytes in a row. */
static void test_hash_tells_boundaries(void **state)
{
	struct fixture *f = *state;
	uint8_t one[32], two[32];
	put(f, "ab", "c");
	assert_int_equal(store_hash(f->store, one), LT_OK);
	store_del(f->store, STORE_META, text("ab"));
	put(f, "a", "bc");
	assert_int_equal(store_hash(f->store, two), LT_OK);
	assert_memory_not_equal(one, two, 32);
	store_del(f->store, STORE_META, text("a"));
	store_put(f->store, STORE_CODE, text("ab"), text("c"));
	assert_int_equal(store_hash(f->store, two), LT_OK);
	assert_memory_not_equal(one, two, 32);
}

static void test_not_a_store(void **state)
{
	struct fixture *f = *state;
	char file[128];
	struct store *store;
	struct store_options options = { .path = f->copy, .create = false };
	assert_int_equal(store_open(&options, &store), LT_ENOENT);
	options.create = true;
	assert_int_equal(store_open(&options, &store), LT_OK);
	store_close(store);
	snprintf(file, sizeof file, "%s/data.mdb", f->copy);
	char junk[16384];
	memset(junk, 'x', sizeof junk);
	assert_int_equal(lt_file_write(file, lt_bytes(junk, sizeof junk), 0600), LT_OK);
	assert_int_equal(store_open(&options, &store), LT_ECORRUPT);
}

static void *flush_thread(void *arg)
{
	struct fixture *f = arg;
	enum lt_err err = store_flush(f->store);
	return err ? f : NULL;
}

/* The engine goes on reading, seeking and writing while the frozen generation is flushed, and while a copy is made. */
static void test_flush_beside_the_engine(void **state)
{
	struct fixture *f = *state;
	uint64_t sequence = 0;
	for (int round = 0; round < 5; round++) {
		pthread_t thread;
		void *failed;
		for (uint64_t n = 0; n < 2000; n++) {
			struct store_key key = key_of(n * 7 % 2000);
			store_put(f->store, STORE_DOSSIER, store_key_bytes(&key), lt_bytes(&round, sizeof round));
		}
		freeze(f, ++sequence);
		assert_int_equal(pthread_create(&thread, NULL, flush_thread, f), 0);
		for (uint64_t n = 0; n < 2000; n++) {
			struct store_key key = key_of(n), more = key_of(n + 5000);
			uint8_t found[STORE_KEY_MAX];
			size_t len;
			struct lt_bytes value;
			assert_int_equal(
				store_seek(f->store, STORE_DOSSIER, store_key_bytes(&key), found, &len, &value), LT_OK);
			assert_true(number_of(found) == n);
			assert_int_equal(store_get(f->store, STORE_DOSSIER, store_key_bytes(&key), &value), LT_OK);
			assert_memory_equal(value.data, &round, sizeof round);
			store_put(f->store, STORE_DOSSIER, store_key_bytes(&more), value);
			assert_false(store_flush_due(f->store, 0));
		}
		assert_int_equal(pthread_join(thread, &failed), 0);
		assert_null(failed);
		store_thaw(f->store);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

TEST_MAIN(TEST(test_layers), TEST(test_unflushed_is_gone), TEST(test_freeze_rules), TEST(test_full),
	  TEST(test_aliased_put), TEST(test_model), TEST(test_flush_beside_the_engine),
	  TEST(test_hash_is_of_the_content), TEST(test_hash_tells_boundaries), TEST(test_not_a_store))
