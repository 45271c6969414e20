/* store_keys.h: how a table's owner makes its keys: piece by piece, numbers big-endian, so that the order of the bytes is the
 * order of the numbers, in every table alike. What a key is made of says its owner. */
#ifndef BROKER_STORE_KEYS_H
#define BROKER_STORE_KEYS_H

#include <string.h>

#include <lienthong/base.h>
#include "base/fields.h"
#include "program/log.h"
#include "store.h"

/* Zeroed: empty. */
struct store_key {
	size_t len;
	uint8_t data[STORE_KEY_MAX];
};
static inline struct lt_bytes store_key_bytes(const struct store_key *key)
{
	return lt_bytes(key->data, key->len);
}
static inline void store_key_add(struct store_key *key, const void *data, size_t len)
{
	LT_ASSERT(len <= STORE_KEY_MAX - key->len);
	memcpy(key->data + key->len, data, len);
	key->len += len;
}
static inline void store_key_add_number(struct store_key *key, uint64_t number, size_t size)
{
	uint8_t bytes[8];
	fields_key_put(bytes, number, size);
	store_key_add(key, bytes, size);
}
static inline void store_key_add_u8(struct store_key *key, uint8_t number)
{
	store_key_add(key, &number, 1);
}
static inline void store_key_add_u32(struct store_key *key, uint32_t number)
{
	store_key_add_number(key, number, 4);
}
static inline void store_key_add_u64(struct store_key *key, uint64_t number)
{
	store_key_add_number(key, number, 8);
}
/* The key that follows this one directly: where a walk goes on. */
static inline void store_key_step(struct store_key *key)
{
	store_key_add_u8(key, 0);
}
/* What stands at a place of a key. */
static inline uint64_t store_key_get_number(const struct store_key *key, size_t at, size_t size)
{
	LT_ASSERT(at <= key->len && size <= key->len - at);
	return fields_key_get(key->data + at, size);
}
static inline uint64_t store_key_get_u64(const struct store_key *key, size_t at)
{
	return store_key_get_number(key, at, 8);
}
static inline uint32_t store_key_get_u32(const struct store_key *key, size_t at)
{
	return (uint32_t)store_key_get_number(key, at, 4);
}
/* store_seek from a key on; the key becomes that of what was found. LT_ENOENT at the end of the table. */
static inline enum lt_err store_key_seek(struct store *store, enum store_table table, struct store_key *key,
					 struct lt_bytes *value)
{
	return store_seek(store, table, store_key_bytes(key), key->data, &key->len, value);
}

#endif
