/* A follower reads what was flushed, as of the moment it began. */
#include "test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/store.h"

struct fixture {
	char path[64];
	struct store *store, *follower;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	snprintf(f->path, sizeof f->path, "/dev/shm/lt-store-follow-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	struct store_options options = { .path = f->path, .map_bytes = 1 << 30, .create = true };
	assert_int_equal(store_open(&options, &f->store), LT_OK);
	assert_int_equal(store_open_follower(f->store, &f->follower), LT_OK);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[96];
	store_close(f->follower);
	store_close(f->store);
	snprintf(command, sizeof command, "rm -r %s", f->path);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static struct lt_bytes text(const char *s)
{
	return lt_bytes(s, strlen(s));
}

static void expect(struct store *store, const char *key, const char *value)
{
	struct lt_bytes got;
	enum lt_err err = store_get(store, STORE_META, text(key), &got);
	assert_int_equal(err, value ? LT_OK : LT_ENOENT);
	if (value)
		assert_true(lt_bytes_equal(got, text(value)));
}

static void flush(struct store *store, uint64_t sequence)
{
	store_mark(store, sequence);
	store_committed(store, sequence);
	assert_int_equal(store_flush_now(store), LT_OK);
}

static void test_one_moment(void **state)
{
	struct fixture *f = *state;
	store_put(f->store, STORE_META, text("a"), text("1"));
	store_begin_read(f->follower);
	expect(f->follower, "a", NULL);
	flush(f->store, 5);
	expect(f->follower, "a", NULL);
	assert_int_equal(store_sequence(f->follower), 0);
	store_end_read(f->follower);
	store_put(f->store, STORE_META, text("b"), text("2"));
	store_begin_read(f->follower);
	assert_int_equal(store_sequence(f->follower), 5);
	expect(f->follower, "a", "1");
	expect(f->follower, "b", NULL); /* in the overlay alone */
	uint8_t key[STORE_KEY_MAX];
	size_t len;
	struct lt_bytes value;
	assert_int_equal(store_seek(f->follower, STORE_META, lt_bytes(NULL, 0), key, &len, &value), LT_OK);
	assert_true(lt_bytes_equal(value, text("1")));
	store_end_read(f->follower);
	store_end_read(f->follower); /* let go before, and again behind the question */
	store_begin_read(f->store);  /* of the engine's own: nothing */
	expect(f->store, "b", "2");
	store_end_read(f->store);
	expect(f->store, "b", "2");
}

struct reading {
	struct store *store;
	_Atomic bool stop;
	_Atomic uint64_t rounds;
};

/* Sequence and value are of one flush, each time. */
static void *read_thread(void *arg)
{
	struct reading *reading = arg;
	while (!reading->stop) {
		char want[24];
		store_begin_read(reading->store);
		snprintf(want, sizeof want, "%llu", (unsigned long long)store_sequence(reading->store));
		if (store_sequence(reading->store) > 0)
			expect(reading->store, "at", want);
		store_end_read(reading->store);
		reading->rounds++;
	}
	return NULL;
}

static void test_beside_the_engine(void **state)
{
	struct fixture *f = *state;
	struct reading reading = { .store = f->follower };
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, read_thread, &reading), 0);
	for (uint64_t n = 1; n <= 300 || reading.rounds < 100; n++) {
		char value[24];
		snprintf(value, sizeof value, "%llu", (unsigned long long)n);
		store_put(f->store, STORE_META, text("at"), text(value));
		flush(f->store, n);
	}
	reading.stop = true;
	assert_int_equal(pthread_join(thread, NULL), 0);
}

/* ---- what has changed ---- */

static void no_rows(void *scratch, struct lt_bytes key, struct lt_bytes value, struct lt_buf *out)
{
	(void)scratch;
	(void)key;
	(void)value;
	(void)out;
}
static const struct store_derived nothing = { .to = STORE_LIST, .scratch = 1, .rows = no_rows };

static void put_numbers(struct fixture *f, uint64_t from, uint64_t to, uint64_t step, uint64_t sequence)
{
	for (uint64_t n = from; n <= to; n += step) {
		uint8_t key[8];
		for (size_t i = 0; i < 8; i++)
			key[i] = (uint8_t)(n >> (8 * (7 - i)));
		store_put(f->store, STORE_DOSSIER, lt_bytes(key, 8), text("value"));
	}
	flush(f->store, sequence);
}

/* All numbers since a place, asked for in pieces of `room`. */
static size_t list_changes(struct fixture *f, struct store_place *place, size_t room, uint64_t *out)
{
	size_t count = 0, piece;
	do {
		store_begin_read(f->follower);
		assert_int_equal(store_list_changes(f->follower, place, out + count, room, &piece), LT_OK);
		store_end_read(f->follower);
		count += piece;
	} while (place->after != 0);
	return count;
}

static void test_changes(void **state)
{
	struct fixture *f = *state;
	static uint64_t numbers[8192];
	struct store_place place = { 0 };
	store_derive(f->store, STORE_DOSSIER, &nothing);
	put_numbers(f, 1, 3000, 1, 10);
	put_numbers(f, 2, 2000000, 1000, 20);
	store_put(f->store, STORE_META, text("a"), text("1")); /* nothing that is followed */
	flush(f->store, 30);
	for (size_t room = 1; room <= 8192; room = room * 7 + 1) {
		place = (struct store_place){ 0 };
		assert_int_equal(list_changes(f, &place, room, numbers), 5000);
		assert_int_equal(place.since, 30);
		assert_int_equal(numbers[2999], 3000);
		assert_int_equal(numbers[3000], 2);
		assert_int_equal(numbers[4999], 1999002);
	}
	place = (struct store_place){ .since = 10 };
	assert_int_equal(list_changes(f, &place, 8192, numbers), 2000);
	place = (struct store_place){ .since = 10, .after = 1999002 };
	assert_int_equal(list_changes(f, &place, 8192, numbers), 0);
	assert_int_equal(place.since, 30);
	assert_int_equal(list_changes(f, &place, 8192, numbers), 0);
	size_t count;
	store_begin_read(f->follower);
	place.since = 31;
	assert_int_equal(store_list_changes(f->follower, &place, numbers, 1, &count), LT_ENOENT);
	store_end_read(f->follower);
}

static void test_changes_are_kept_so_long(void **state)
{
	struct fixture *f = *state;
	static uint64_t numbers[8];
	struct store_place place = { .since = 5 };
	size_t count;
	put_numbers(f, 1, 1, 1, 5); /* nothing follows from it: not written down */
	store_derive(f->store, STORE_DOSSIER, &nothing);
	put_numbers(f, 2, 2, 1, 6);
	assert_int_equal(list_changes(f, &place, 8, numbers), 1);
	place = (struct store_place){ .since = 4 };
	store_begin_read(f->follower);
	assert_int_equal(store_list_changes(f->follower, &place, numbers, 8, &count), LT_ENOENT);
	store_end_read(f->follower);
	put_numbers(f, 3, 3, 1, STORE_CHANGES_KEPT + 6);
	place = (struct store_place){ .since = 5 };
	store_begin_read(f->follower);
	assert_int_equal(store_list_changes(f->follower, &place, numbers, 8, &count), LT_ENOENT);
	store_end_read(f->follower);
	place = (struct store_place){ .since = 6 };
	assert_int_equal(list_changes(f, &place, 8, numbers), 1);
	assert_int_equal(numbers[0], 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_moment, setup, teardown),
		cmocka_unit_test_setup_teardown(test_beside_the_engine, setup, teardown),
		cmocka_unit_test_setup_teardown(test_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_changes_are_kept_so_long, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
