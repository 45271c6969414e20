/* dedup.c: what was answered before. */
#include "dedup.h"

#include "program/field.h"

enum { DEDUP_FORMAT = 1 };

static struct lt_bytes make_key(const uint8_t id[16], const char *sender, uint8_t key[STORE_KEY_MAX])
{
	size_t len = strlen(sender);
	LT_ASSERT(len < LT_AGENCY_MAX);
	memcpy(key, id, 16);
	memcpy(key + 16, sender, len);
	return lt_bytes(key, 16 + len);
}

enum lt_err dedup_find(struct store *store, const uint8_t id[16], const char *sender, struct dedup_entry *out)
{
	uint8_t key[STORE_KEY_MAX];
	struct lt_bytes value;
	enum lt_err err = store_get(store, STORE_DEDUP, make_key(id, sender, key), &value);
	if (err)
		return err;
	struct field_reader in = { .bytes = value };
	LT_ASSERT(field_get_u8(&in) == DEDUP_FORMAT);
	memcpy(out->header_sha256, field_get(&in, 32), 32);
	out->sequence = field_get_u64(&in);
	out->reason = (enum lt_reason)field_get_u32(&in);
	field_end(&in);
	return LT_OK;
}

void dedup_put(struct store *store, const uint8_t id[16], const char *sender, const struct dedup_entry *entry)
{
	uint8_t key[STORE_KEY_MAX], value[1 + 32 + 8 + 4];
	struct lt_buf buf = { .data = value, .cap = sizeof(value) };
	field_put_u8(&buf, DEDUP_FORMAT);
	field_put(&buf, entry->header_sha256, 32);
	field_put_u64(&buf, entry->sequence);
	field_put_u32(&buf, (uint32_t)entry->reason);
	store_put(store, STORE_DEDUP, make_key(id, sender, key), lt_buf_bytes(&buf));
}

static int64_t key_time(const uint8_t *key)
{
	return (int64_t)(field_key_get(key) >> 16); /* RFC 9562: the first 48 bits are milliseconds */
}

uint32_t dedup_prune(struct store *store, int64_t before_ms, uint32_t max)
{
	uint8_t key[STORE_KEY_MAX];
	size_t len = 0;
	struct lt_bytes value;
	uint32_t count = 0;
	while (count < max && store_seek(store, STORE_DEDUP, lt_bytes(key, len), key, &len, &value) == LT_OK &&
	       key_time(key) < before_ms) {
		store_del(store, STORE_DEDUP, lt_bytes(key, len));
		key[len++] = 0;
		count++;
	}
	return count;
}

int64_t dedup_oldest(struct store *store)
{
	uint8_t key[STORE_KEY_MAX];
	size_t len;
	struct lt_bytes value;
	if (store_seek(store, STORE_DEDUP, (struct lt_bytes){ 0 }, key, &len, &value))
		return INT64_MAX;
	return key_time(key);
}
