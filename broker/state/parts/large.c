/* large.c: the only file that touches STORE_LARGE. */
#include "large.h"

#include <string.h>

#include "base/fields.h"
#include "program/log.h"
#include "store/store_keys.h"
#include "store/store_layout.h"

enum { LARGE_LAYOUT = 1, DIGEST = 32, OWNER = 16 };

static struct store_key part_key(const uint8_t sha256[DIGEST])
{
	struct store_key key = { 0 };
	store_key_add_u8(&key, 'p');
	store_key_add(&key, sha256, DIGEST);
	return key;
}

/* An agency's code and a digest together are longer than a key. */
static struct store_key owner_key(const uint8_t sha256[DIGEST], const char *agency)
{
	struct store_key key = { 0 };
	uint8_t digest[32];
	store_key_add_u8(&key, 'o');
	store_key_add(&key, sha256, DIGEST);
	lt_sha256(lt_bytes(agency, strlen(agency)), digest);
	store_key_add(&key, digest, OWNER);
	return key;
}

static struct store_key number_key(uint8_t kind, uint64_t number, const uint8_t sha256[DIGEST])
{
	struct store_key key = { 0 };
	store_key_add_u8(&key, kind);
	store_key_add_u64(&key, number);
	store_key_add(&key, sha256, DIGEST);
	return key;
}

static void put_mark(struct store *store, const struct store_key *key)
{
	uint8_t value[1] = { LARGE_LAYOUT };
	store_put(store, STORE_LARGE, store_key_bytes(key), lt_bytes(value, 1));
}

static bool has(struct store *store, const struct store_key *key)
{
	struct lt_bytes value;
	return store_get(store, STORE_LARGE, store_key_bytes(key), &value) == LT_OK;
}

static void put(struct store *store, const uint8_t sha256[DIGEST], const struct large *large)
{
	uint8_t value[1 + 8 + 32 + 4 + 8];
	struct lt_buf buf = { .data = value, .cap = sizeof(value) };
	struct fields_writer writer = { .buf = &buf };
	struct store_key key = part_key(sha256);
	store_put_layout(&writer, LARGE_LAYOUT);
	fields_put_u64(&writer, large->size);
	fields_put_raw(&writer, large->chunks, sizeof(large->chunks));
	fields_put_u32(&writer, large->references);
	fields_put_u64(&writer, (uint64_t)large->since);
	LT_ASSERT(!writer.failed);
	store_put(store, STORE_LARGE, store_key_bytes(&key), lt_buf_bytes(&buf));
}

enum lt_err large_get(struct store *store, const uint8_t sha256[32], struct large *out)
{
	struct store_key key = part_key(sha256);
	struct lt_bytes value;
	enum lt_err err = store_get(store, STORE_LARGE, store_key_bytes(&key), &value);
	if (err)
		return err;
	struct fields_reader in = { .rest = value };
	store_get_layout(&in, STORE_LARGE, LARGE_LAYOUT);
	out->size = fields_get_u64(&in);
	fields_get_raw(&in, out->chunks, sizeof(out->chunks));
	out->references = fields_get_u32(&in);
	out->since = (int64_t)fields_get_u64(&in);
	return fields_end(&in) ? store_fault_note(store, STORE_LARGE, store_key_bytes(&key)) : LT_OK;
}

bool large_owned(struct store *store, const uint8_t sha256[32], const char *agency)
{
	struct store_key key = owner_key(sha256, agency);
	return has(store, &key);
}

void large_own(struct store *store, const uint8_t sha256[32], const char *agency)
{
	struct store_key key = owner_key(sha256, agency);
	put_mark(store, &key);
}

static void begin_idle(struct store *store, const uint8_t sha256[DIGEST], struct large *large, int64_t time)
{
	struct store_key key = number_key('i', (uint64_t)time, sha256);
	large->since = time;
	put_mark(store, &key);
}

static void end_idle(struct store *store, const uint8_t sha256[DIGEST], const struct large *large)
{
	struct store_key key = number_key('i', (uint64_t)large->since, sha256);
	store_del(store, STORE_LARGE, store_key_bytes(&key));
}

void large_store(struct store *store, const uint8_t sha256[32], uint64_t size, const uint8_t chunks[32], int64_t time)
{
	struct large large = { .size = size };
	if (large_get(store, sha256, &large) != LT_ENOENT)
		return;
	memcpy(large.chunks, chunks, sizeof(large.chunks));
	begin_idle(store, sha256, &large, time);
	put(store, sha256, &large);
}

bool large_named_by(struct store *store, uint64_t sequence, const uint8_t sha256[32])
{
	struct store_key key = number_key('u', sequence, sha256);
	return has(store, &key);
}

void large_name(struct store *store, uint64_t sequence, const struct lt_header *header)
{
	for (size_t i = 0; i < header->part_count; i++) {
		const uint8_t *sha256 = header->parts[i].sha256;
		struct store_key key = number_key('u', sequence, sha256);
		struct large large;
		if (!lt_part_is_large(&header->parts[i]) || has(store, &key) || large_get(store, sha256, &large))
			continue;
		if (large.references++ == 0)
			end_idle(store, sha256, &large);
		put(store, sha256, &large);
		put_mark(store, &key);
	}
}

/* The next one that the record refers to, from a key on. */
static const uint8_t *next_named(struct store *store, uint64_t sequence, struct store_key *key)
{
	struct lt_bytes value;
	bool found = store_key_seek(store, STORE_LARGE, key, &value) == LT_OK && key->len == 1 + 8 + DIGEST &&
		     key->data[0] == 'u' && store_key_get_u64(key, 1) == sequence;
	return found ? key->data + 1 + 8 : NULL;
}

bool large_holds(struct store *store, uint64_t sequence)
{
	static const uint8_t zeros[DIGEST];
	struct store_key key = number_key('u', sequence, zeros);
	uint64_t faults = store_faults(store);
	struct large large;
	for (const uint8_t *sha256; (sha256 = next_named(store, sequence, &key)) != NULL; store_key_step(&key))
		large_get(store, sha256, &large);
	return store_faults(store) == faults;
}

void large_let_go(struct store *store, uint64_t sequence, int64_t time)
{
	static const uint8_t zeros[DIGEST];
	struct store_key key = number_key('u', sequence, zeros);
	for (const uint8_t *sha256; (sha256 = next_named(store, sequence, &key)) != NULL; store_key_step(&key)) {
		struct large large;
		store_del(store, STORE_LARGE, store_key_bytes(&key));
		if (large_get(store, sha256, &large) || large.references == 0)
			continue;
		if (--large.references == 0)
			begin_idle(store, sha256, &large, time);
		put(store, sha256, &large);
	}
}

size_t large_idle(struct store *store, int64_t before, uint8_t (*out)[32], size_t max)
{
	static const uint8_t zeros[DIGEST];
	struct store_key key = number_key('i', 0, zeros);
	struct lt_bytes value;
	size_t count = 0;
	while (count < max && store_key_seek(store, STORE_LARGE, &key, &value) == LT_OK && key.len == 1 + 8 + DIGEST &&
	       key.data[0] == 'i' && (int64_t)store_key_get_u64(&key, 1) < before) {
		memcpy(out[count++], key.data + 1 + 8, DIGEST);
		store_key_step(&key);
	}
	return count;
}

bool large_next(struct store *store, struct store_key *key, struct large *out)
{
	struct lt_bytes value;
	if (key->len == 0)
		store_key_add_u8(key, 'p');
	else
		store_key_step(key);
	while (store_key_seek(store, STORE_LARGE, key, &value) == LT_OK && key->len == 1 + DIGEST &&
	       key->data[0] == 'p') {
		if (large_get(store, key->data + 1, out) == LT_OK && out->references > 0)
			return true;
		store_key_step(key);
	}
	return false;
}

/* The next row of an owner, from a key on. */
static bool next_owner(struct store *store, const uint8_t sha256[DIGEST], struct store_key *key)
{
	struct lt_bytes value;
	if (key->len == 0) {
		store_key_add_u8(key, 'o');
		store_key_add(key, sha256, DIGEST);
	}
	return store_key_seek(store, STORE_LARGE, key, &value) == LT_OK && key->len == 1 + DIGEST + OWNER &&
	       key->data[0] == 'o' && memcmp(key->data + 1, sha256, DIGEST) == 0;
}

bool large_may_go(struct store *store, const uint8_t sha256[32])
{
	struct large large;
	struct store_key key = { 0 };
	uint64_t faults = store_faults(store);
	if (large_get(store, sha256, &large) || large.references > 0)
		return false;
	while (next_owner(store, sha256, &key))
		store_key_step(&key);
	return store_faults(store) == faults;
}

bool large_forget(struct store *store, const uint8_t sha256[32])
{
	struct large large;
	struct store_key key = part_key(sha256);
	if (large_get(store, sha256, &large) || large.references > 0)
		return false;
	end_idle(store, sha256, &large);
	for (struct store_key owner = { 0 }; next_owner(store, sha256, &owner); store_key_step(&owner))
		store_del(store, STORE_LARGE, store_key_bytes(&owner));
	store_del(store, STORE_LARGE, store_key_bytes(&key));
	return true;
}
