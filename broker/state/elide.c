/* elide.c: the clock of part bytes. */
#include "elide.h"

#include "program/field.h"

static struct lt_bytes make_key(uint64_t time, uint64_t sequence, uint8_t key[16])
{
	field_key_u64(key, time);
	field_key_u64(key + 8, sequence);
	return lt_bytes(key, 16);
}

static void put_fetched(struct store *store, uint64_t sequence, int64_t time)
{
	uint8_t key[16], value[1] = { 1 };
	store_put(store, STORE_PARTS, make_key((uint64_t)time, sequence, key), lt_bytes(value, 1));
}

void elide_wait(struct store *store, uint64_t sequence, uint32_t recipients, int64_t time)
{
	uint8_t key[16], value[4];
	struct lt_buf buf = { .data = value, .cap = sizeof(value) };
	if (recipients == 0) {
		put_fetched(store, sequence, time);
		return;
	}
	field_put_u32(&buf, recipients);
	store_put(store, STORE_PARTS, make_key(UINT64_MAX, sequence, key), lt_buf_bytes(&buf));
}

void elide_fetched(struct store *store, uint64_t sequence, int64_t time)
{
	uint8_t key[16];
	struct lt_bytes value, name = make_key(UINT64_MAX, sequence, key);
	if (store_get(store, STORE_PARTS, name, &value))
		return;
	struct field_reader in = { .bytes = value };
	uint32_t left = field_get_u32(&in);
	LT_ASSERT(left > 0);
	if (left > 1) {
		elide_wait(store, sequence, left - 1, time);
		return;
	}
	store_del(store, STORE_PARTS, name);
	put_fetched(store, sequence, time);
}

uint32_t elide_due(struct store *store, int64_t before, uint64_t out[ELIDE_BATCH_MAX], int64_t *next)
{
	uint8_t key[STORE_KEY_MAX];
	size_t len = 0;
	struct lt_bytes value;
	uint32_t count = 0;
	*next = INT64_MAX;
	while (store_seek(store, STORE_PARTS, lt_bytes(key, len), key, &len, &value) == LT_OK) {
		uint64_t time = field_key_get(key);
		if (time == UINT64_MAX)
			return count;
		if ((int64_t)time >= before || count == ELIDE_BATCH_MAX) {
			*next = (int64_t)time;
			return count;
		}
		out[count++] = field_key_get(key + 8);
		key[len++] = 0;
	}
	return count;
}

uint32_t elide_forget(struct store *store, const uint64_t *sequences, size_t count)
{
	uint8_t key[STORE_KEY_MAX];
	size_t len = 0;
	struct lt_bytes value;
	uint32_t done = 0;
	while (done < count && store_seek(store, STORE_PARTS, lt_bytes(key, len), key, &len, &value) == LT_OK) {
		if (field_key_get(key + 8) != sequences[done])
			break;
		store_del(store, STORE_PARTS, lt_bytes(key, len));
		key[len++] = 0;
		done++;
	}
	return done;
}
