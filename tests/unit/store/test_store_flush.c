/* Flushes under load: generations, their sizes, and what waits in them. */
#include "test.h"

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

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	strcpy(f->folder, "/tmp/lt-flush-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->path, sizeof f->path, "%s/store", f->folder);
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

static void open_store(struct fixture *f, uint64_t overlay)
{
	struct store_options options = { .path = f->path, .create = true, .overlay_bytes = overlay };
	assert_int_equal(store_open(&options, &f->store), LT_OK);
}

static struct store_key key_of(uint64_t number)
{
	struct store_key key = { 0 };
	store_key_add_u64(&key, number);
	return key;
}

/* The next batch is always built before the sync of the last returns: flushes happen all the same, and memory stays bounded. */
static void test_load_that_never_pauses(void **state)
{
	enum { BATCHES = 10000, OVERLAY = 100000, SLOW = 7 /* batches that a flush takes */ };
	struct fixture *f = *state;
	open_store(f, OVERLAY);
	char value[500] = { 0 };
	uint64_t flushes = 0, seed = 5, unfinished = 0;
	for (uint64_t batch = 1; batch <= BATCHES; batch++) {
		for (int i = 0; i < 4; i++) {
			struct store_key key = key_of(seed % 3000);
			seed = seed * 6364136223846793005u + 1;
			store_put(f->store, STORE_DOSSIER, store_key_bytes(&key), lt_bytes(value, sizeof value));
		}
		store_mark(f->store, batch);
		if (store_flush_due(f->store, 0) && store_freeze(f->store) == LT_OK)
			unfinished = batch + SLOW;
		store_committed(f->store, batch - 1);
		assert_false(store_full(f->store)); /* the flush keeps up: nobody waits */
		if (batch < unfinished || !store_flush_ready(f->store))
			continue;
		assert_int_equal(store_flush(f->store), LT_OK);
		store_thaw(f->store);
		flushes++;
	}
	assert_true(flushes > 100);
	assert_true(BATCHES - store_sequence(f->store) < 200);
}

static struct lt_bytes name_of(struct store_key *key, uint64_t number)
{
	*key = key_of(number);
	return store_key_bytes(key);
}

static void flush(struct fixture *f, uint64_t sequence)
{
	store_mark(f->store, sequence);
	store_committed(f->store, sequence);
	assert_int_equal(store_flush_now(f->store), LT_OK);
}

static uint64_t first_of(struct fixture *f)
{
	uint8_t found[STORE_KEY_MAX];
	size_t len;
	struct lt_bytes value;
	if (store_seek(f->store, STORE_DEDUP, lt_bytes(NULL, 0), found, &len, &value))
		return UINT64_MAX;
	assert_int_equal(len, 8);
	return fields_key_get(found, 8);
}

static uint64_t last_below(struct fixture *f, uint64_t below)
{
	uint8_t found[STORE_KEY_MAX];
	size_t len;
	struct store_key key;
	if (store_last(f->store, STORE_DEDUP, name_of(&key, below), found, &len))
		return UINT64_MAX;
	return fields_key_get(found, 8);
}

/* Three layers, a floor through each of them, and the same content after every step. */
static void test_floor(void **state)
{
	enum { COUNT = 30000 };
	struct fixture *f = *state;
	struct store_key key;
	struct lt_bytes value;
	uint8_t before[32], after[32];
	open_store(f, 0);
	for (uint64_t n = 10; n < COUNT; n += 2) {
		store_put(f->store, STORE_DEDUP, name_of(&key, n), lt_bytes("x", 1));
		if (n == 10000)
			flush(f, 1);
		if (n == 20000) {
			store_mark(f->store, 2);
			assert_int_equal(store_freeze(f->store), LT_OK);
		}
	}
	assert_true(first_of(f) == 10 && last_below(f, 10) == UINT64_MAX && last_below(f, 11) == 10);
	assert_true(last_below(f, 10003) == 10002 && last_below(f, 25001) == 25000 &&
		    last_below(f, UINT64_MAX) == COUNT - 2);
	const uint64_t floors[] = { 500, 9999, 15000, 24001, COUNT + 5 };
	for (size_t i = 0; i < sizeof floors / sizeof *floors; i++) {
		store_drop_below(f->store, STORE_DEDUP, name_of(&key, floors[i]));
		store_drop_below(f->store, STORE_DEDUP, name_of(&key, floors[i] / 2)); /* floors only rise */
		assert_true(lt_bytes_equal(store_floor(f->store, STORE_DEDUP), name_of(&key, floors[i])));
		assert_true(first_of(f) == (floors[i] < COUNT ? floors[i] + (floors[i] & 1) : UINT64_MAX));
		assert_true(last_below(f, floors[i]) == UINT64_MAX);
		assert_int_equal(store_get(f->store, STORE_DEDUP, name_of(&key, floors[i] - 1), &value), LT_ENOENT);
	}
	store_put(f->store, STORE_DEDUP, name_of(&key, COUNT + 8), lt_bytes("y", 1));
	assert_int_equal(store_hash(f->store, before), LT_OK);
	store_committed(f->store, 2);
	assert_int_equal(store_flush(f->store), LT_OK);
	store_thaw(f->store);
	for (uint64_t sequence = 3; sequence < 8; sequence++) {
		flush(f, sequence);
		assert_int_equal(store_hash(f->store, after), LT_OK);
		assert_memory_equal(before, after, 32);
		assert_true(first_of(f) == COUNT + 8);
	}
	assert_int_equal(store_count(f->store, STORE_DEDUP), 1); /* LMDB has let go of all that lay below */
	store_close(f->store);
	open_store(f, 0);
	assert_true(lt_bytes_equal(store_floor(f->store, STORE_DEDUP), name_of(&key, COUNT + 5)));
	assert_true(first_of(f) == COUNT + 8);
}

/* A copy that is made while much waits to be removed has the content of its sequence. */
static void test_copy_with_a_floor(void **state)
{
	struct fixture *f = *state;
	struct store_key key;
	uint8_t live[32], copied[32];
	uint64_t sequence;
	char copy[100], report[200];
	open_store(f, 0);
	for (uint64_t n = 0; n < 5u * STORE_DROP_MAX; n++)
		store_put(f->store, STORE_DEDUP, name_of(&key, n), lt_bytes("x", 1));
	flush(f, 1);
	store_drop_below(f->store, STORE_DEDUP, name_of(&key, 4u * STORE_DROP_MAX));
	flush(f, 2);
	assert_int_equal(store_hash(f->store, live), LT_OK);
	snprintf(copy, sizeof copy, "%s/copy", f->folder);
	assert_int_equal(store_copy(f->store, copy, NULL, &sequence, copied), LT_OK);
	assert_memory_equal(live, copied, 32);
	assert_int_equal(store_verify(f->store, report, sizeof report), LT_OK);
}

struct beside {
	struct fixture *f;
	uint64_t sequence, grown;
};

/* Everything is changed and flushed at each question. */
static bool flush_beside(void *ctx, uint64_t grown)
{
	struct beside *beside = ctx;
	struct store_key key;
	beside->grown = grown;
	for (uint64_t n = 0; n < 3000; n++)
		store_put(beside->f->store, STORE_DOSSIER, name_of(&key, n), lt_bytes(&beside->sequence, 8));
	flush(beside->f, ++beside->sequence);
	return true;
}

/* A copy is of one sequence, whatever is flushed while it is made; and it tells what it costs the file. */
static void test_copy_beside_flushes(void **state)
{
	struct fixture *f = *state;
	struct store_key key;
	struct beside beside = { .f = f, .sequence = 1 };
	struct store_copy_watch watch = { .goes_on = flush_beside, .ctx = &beside };
	uint8_t before[32], copied[32], found[32];
	uint64_t sequence;
	char copy[100], report[200];
	open_store(f, 0);
	for (uint64_t n = 0; n < 3000; n++)
		store_put(f->store, STORE_DOSSIER, name_of(&key, n), lt_bytes("before", 6));
	flush(f, 1);
	assert_int_equal(store_hash(f->store, before), LT_OK);
	snprintf(copy, sizeof copy, "%s/copy", f->folder);
	assert_int_equal(store_copy(f->store, copy, &watch, &sequence, copied), LT_OK);
	assert_true(sequence == 1 && beside.sequence > 5 && beside.grown > 0);
	assert_memory_equal(copied, before, 32);
	store_close(f->store);
	struct store_options options = { .path = copy, .read_only = true };
	assert_int_equal(store_open(&options, &f->store), LT_OK);
	assert_int_equal(store_hash(f->store, found), LT_OK);
	assert_memory_equal(found, before, 32);
	assert_int_equal(store_verify(f->store, report, sizeof report), LT_OK);
}

/* Each letter of a value is a row: the letter, and whose it is. */
static void letters(void *scratch, struct lt_bytes key, struct lt_bytes value, struct lt_buf *out)
{
	struct fields_writer writer = { .buf = out };
	++*(uint64_t *)scratch;
	for (size_t i = 0; i < value.len; i++) {
		fields_put_u8(&writer, (uint8_t)(1 + key.len));
		fields_put_u8(&writer, value.data[i]);
		fields_put_raw(&writer, key.data, key.len);
	}
	assert_false(writer.failed);
}

static const struct store_derived by_letter = {
	.to = STORE_LIST, .scratch = sizeof(uint64_t), .rows = letters, .value = { (const uint8_t *)"!", 1 }
};

static void put(struct fixture *f, uint64_t number, const char *value)
{
	struct store_key key = key_of(number);
	store_put(f->store, STORE_DOSSIER, store_key_bytes(&key), lt_bytes(value, strlen(value)));
}

/* Letters and numbers of all rows, in order. */
static void read_letters(struct fixture *f, char *out)
{
	struct store_key key = { 0 };
	struct lt_bytes value;
	while (store_key_seek(f->store, STORE_LIST, &key, &value) == LT_OK) {
		assert_true(value.len == 1 && value.data[0] == '!');
		out += sprintf(out, "%c%u ", key.data[0], (unsigned)store_key_get_u64(&key, 1));
		store_key_step(&key);
	}
	*out = '\0';
}

/* A flush makes the rows that follow from what it writes, and the check finds those that do not. */
static void test_derived(void **state)
{
	struct fixture *f = *state;
	char rows[64], report[200];
	uint8_t before[32], after[32];
	open_store(f, 0);
	store_derive(f->store, STORE_DOSSIER, &by_letter);
	put(f, 1, "ab");
	put(f, 2, "bc");
	put(f, 3, "x");
	flush(f, 1);
	read_letters(f, rows);
	assert_string_equal(rows, "a1 b1 b2 c2 x3 ");
	put(f, 1, "abq"); /* comes and goes before the flush */
	put(f, 1, "bd");
	put(f, 2, "");
	struct store_key key = key_of(3);
	store_del(f->store, STORE_DOSSIER, store_key_bytes(&key));
	flush(f, 2);
	read_letters(f, rows);
	assert_string_equal(rows, "b1 d1 ");
	assert_int_equal(store_verify(f->store, report, sizeof report), LT_OK);
	assert_int_equal(store_hash(f->store, before), LT_OK);
	store_close(f->store);
	/* A program that does not know of it leaves the rows as they were. */
	open_store(f, 0);
	put(f, 1, "bz");
	flush(f, 3);
	put(f, 1, "bd");
	put(f, 4, "d");
	flush(f, 4);
	store_derive(f->store, STORE_DOSSIER, &by_letter);
	assert_int_equal(store_verify(f->store, report, sizeof report), LT_ECORRUPT);
	assert_string_equal(report, "table list: a row is missing that table dossier says");
	put(f, 4, "");
	flush(f, 5);
	key = key_of(4);
	store_del(f->store, STORE_DOSSIER, store_key_bytes(&key));
	flush(f, 6);
	assert_int_equal(store_verify(f->store, report, sizeof report), LT_OK);
	assert_int_equal(store_hash(f->store, after), LT_OK);
	assert_memory_equal(before, after, 32);
	key = (struct store_key){ 0 };
	store_key_add_u8(&key, 'e');
	store_key_add_u64(&key, 1);
	struct store_derived none = by_letter;
	none.to = STORE_FROZEN; /* so that a row of the list may be put */
	store_derive(f->store, STORE_META, &none);
	store_put(f->store, STORE_LIST, store_key_bytes(&key), lt_bytes("!", 1));
	flush(f, 7);
	store_derive(f->store, STORE_DOSSIER, &by_letter);
	assert_int_equal(store_verify(f->store, report, sizeof report), LT_ECORRUPT);
	assert_string_equal(report, "table list: it has other rows than table dossier says");
	assert_int_equal(store_hash(f->store, after), LT_OK);
	assert_memory_equal(before, after, 32);
}

static struct store_key part_key(char part, uint64_t number)
{
	struct store_key key = { 0 };
	store_key_add_u8(&key, (uint8_t)part);
	store_key_add_u64(&key, number);
	return key;
}

/* Three agencies whose numbers rise side by side, and each of whose last rows stands in front of the next one's first: what a flush adds
 * fills pages. Some of it was taken away before the flush came, and some later. */
static void test_parts_that_grow_fill_their_pages(void **state)
{
	enum { FLUSHES = 150, ROWS = 60, ROW = 16 + 9 + 8 + 8 /* in LMDB: head and place, key, value, checksum */ };
	struct fixture *f = *state;
	uint64_t stands = 0;
	open_store(f, 0);
	for (uint64_t round = 0; round < FLUSHES; round++) {
		for (uint64_t i = 0; i < ROWS; i++) {
			for (char part = 'a'; part <= 'c'; part++) {
				uint64_t number = round * ROWS + i;
				struct store_key key = part_key(part, number), old = part_key(part, number - 3 * ROWS);
				store_put(f->store, STORE_MAILBOX, store_key_bytes(&key), lt_bytes(&number, 8));
				if (number % 7 == 0)
					store_del(f->store, STORE_MAILBOX, store_key_bytes(&key));
				if (round >= 3 && number % 11 == 0)
					store_del(f->store, STORE_MAILBOX, store_key_bytes(&old));
			}
		}
		flush(f, round + 1);
	}
	struct store_key key = { 0 };
	struct lt_bytes value;
	for (; store_key_seek(f->store, STORE_MAILBOX, &key, &value) == LT_OK; store_key_step(&key), stands++) {
		uint64_t number = store_key_get_u64(&key, 1);
		assert_true(value.len == 8 && memcmp(value.data, &number, 8) == 0);
		assert_true(number % 7 != 0 && (number >= (FLUSHES - 3) * ROWS || (number + 3 * ROWS) % 11 != 0));
	}
	assert_in_range(stands, FLUSHES * ROWS * 3 * 7 / 10, FLUSHES * ROWS * 3 * 9 / 10);
	assert_true(store_bytes(f->store) < FLUSHES * ROWS * 3 * ROW * 13 / 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

TEST_MAIN(TEST(test_load_that_never_pauses), TEST(test_floor), TEST(test_copy_with_a_floor),
	  TEST(test_copy_beside_flushes), TEST(test_derived), TEST(test_parts_that_grow_fill_their_pages))
