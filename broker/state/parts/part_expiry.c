/* part_expiry.c: the clock of part bytes. */
#include "part_expiry.h"

#include "base/fields.h"
#include "program/log.h"
#include "store/store_keys.h"
#include "store/store_layout.h"

enum { PARTS_LAYOUT = 1 };

static struct store_key key_of(uint64_t time, uint64_t sequence)
{
	struct store_key key = { 0 };
	store_key_add_u64(&key, time);
	store_key_add_u64(&key, sequence);
	return key;
}

/* What is forgotten already is a beginning of the table: behind it stands what an operator has set back the time for. */
static struct store_key fetched_key(const struct store *store, uint64_t sequence, int64_t time)
{
	struct store_key key = key_of((uint64_t)time, sequence);
	struct lt_bytes floor = store_floor(store, STORE_PARTS);
	if (floor.len == 0 || memcmp(key.data, floor.data, 16) > 0)
		return key;
	return key_of(fields_key_get(floor.data, 8) + 1, sequence);
}

static void put_fetched(struct store *store, uint64_t sequence, int64_t time)
{
	uint8_t value[1] = { PARTS_LAYOUT };
	struct store_key key = fetched_key(store, sequence, time);
	store_put(store, STORE_PARTS, store_key_bytes(&key), lt_bytes(value, 1));
}

void part_expiry_wait(struct store *store, uint64_t sequence, uint32_t recipients, int64_t time)
{
	uint8_t value[1 + 4];
	struct store_key key = key_of(UINT64_MAX, sequence);
	struct lt_buf buf = { .data = value, .cap = sizeof(value) };
	struct fields_writer writer = { .buf = &buf };
	if (recipients == 0) {
		put_fetched(store, sequence, time);
		return;
	}
	store_put_layout(&writer, PARTS_LAYOUT);
	fields_put_u32(&writer, recipients);
	LT_ASSERT(!writer.failed);
	store_put(store, STORE_PARTS, store_key_bytes(&key), lt_buf_bytes(&buf));
}

bool part_expiry_holds(struct store *store, uint64_t sequence)
{
	struct store_key key = key_of(UINT64_MAX, sequence);
	struct lt_bytes value;
	return store_get(store, STORE_PARTS, store_key_bytes(&key), &value) != LT_ECORRUPT;
}

void part_expiry_fetched(struct store *store, uint64_t sequence, int64_t time)
{
	struct store_key key = key_of(UINT64_MAX, sequence);
	struct lt_bytes value;
	if (store_get(store, STORE_PARTS, store_key_bytes(&key), &value))
		return;
	struct fields_reader in = { .rest = value };
	store_get_layout(&in, STORE_PARTS, PARTS_LAYOUT);
	uint32_t left = fields_get_u32(&in);
	if (in.failed || left == 0) {
		store_fault_note(store, STORE_PARTS, store_key_bytes(&key));
		return;
	}
	if (left > 1) {
		part_expiry_wait(store, sequence, left - 1, time);
		return;
	}
	store_del(store, STORE_PARTS, store_key_bytes(&key));
	put_fetched(store, sequence, time);
}

uint32_t part_expiry_due(struct store *store, int64_t before, struct part_expiry *out)
{
	struct store_key key = { 0 };
	struct lt_bytes value;
	uint64_t faults = store_faults(store);
	bool found;
	out->count = 0;
	out->some_stay = false;
	out->next = INT64_MAX;
	while (store_key_seek(store, STORE_PARTS, &key, &value) == LT_OK) {
		uint64_t time = store_key_get_u64(&key, 0);
		if (time == UINT64_MAX)
			break;
		if ((int64_t)time >= before || out->count == ELIDE_BATCH_MAX) {
			out->next = (int64_t)time;
			break;
		}
		/* Beside a damaged key a row may be met by a walk and yet not be found: then it could not be taken away either. */
		found = store_get(store, STORE_PARTS, store_key_bytes(&key), &value) == LT_OK;
		if (found)
			out->sequences[out->count++] = store_key_get_u64(&key, 8);
		else
			out->some_stay = true;
		store_key_step(&key);
	}
	if (store_faults(store) != faults)
		out->some_stay = true;
	return out->count;
}

uint32_t part_expiry_forget(struct store *store, const uint64_t *sequences, size_t count)
{
	struct store_key key = { 0 };
	struct lt_bytes value;
	uint32_t done = 0; /* a seek over them leaves no deletions behind: the floor is raised once */
	while (done < count && store_key_seek(store, STORE_PARTS, &key, &value) == LT_OK) {
		if (store_key_get_u64(&key, 8) != sequences[done])
			break;
		store_key_step(&key);
		done++;
	}
	if (done > 0)
		store_drop_below(store, STORE_PARTS, store_key_bytes(&key));
	return done;
}

uint32_t part_expiry_forget_among(struct store *store, const uint64_t *sequences, size_t count)
{
	struct store_key key = { 0 };
	struct lt_bytes value;
	uint32_t done = 0;
	while (done < count && store_key_seek(store, STORE_PARTS, &key, &value) == LT_OK &&
	       store_key_get_u64(&key, 0) != UINT64_MAX) {
		if (store_key_get_u64(&key, 8) == sequences[done]) {
			store_del(store, STORE_PARTS, store_key_bytes(&key));
			done++;
		}
		store_key_step(&key);
	}
	return done;
}
