/* foreign.c: the only file that touches STORE_FOREIGN. A code is up to 400 bytes and a key STORE_KEY_MAX: the key has its digest. */
#include "foreign.h"

#include <stdio.h>
#include <string.h>

#include "store/store_keys.h"
#include "store/store_layout.h"

enum { FOREIGN_LAYOUT = 1, DIGEST = 32 };

static struct store_key key_of(const char *code, uint64_t number)
{
	struct store_key key = { 0 };
	uint8_t sha256[DIGEST];
	lt_sha256(lt_bytes(code, strlen(code)), sha256);
	store_key_add(&key, sha256, sizeof(sha256));
	store_key_add_u64(&key, number);
	return key;
}

void foreign_add(struct store *store, const char *code, uint64_t number)
{
	uint8_t value[1];
	struct lt_buf buf = { .data = value, .cap = sizeof(value) };
	struct fields_writer writer = { .buf = &buf };
	struct store_key key = key_of(code, number);
	store_put_layout(&writer, FOREIGN_LAYOUT);
	LT_ASSERT(!writer.failed);
	store_put(store, STORE_FOREIGN, store_key_bytes(&key), lt_buf_bytes(&buf));
}

enum lt_err foreign_next(struct store *store, const char *code, uint64_t after, uint64_t *number)
{
	struct lt_bytes value;
	struct store_key key = key_of(code, after);
	struct store_key first = key;
	store_key_step(&key);
	for (;;) {
		enum lt_err err = store_key_seek(store, STORE_FOREIGN, &key, &value);
		if (err)
			return err;
		if (key.len < DIGEST || memcmp(key.data, first.data, DIGEST) != 0)
			return LT_ENOENT;
		struct fields_reader in = { .rest = value };
		store_get_layout(&in, STORE_FOREIGN, FOREIGN_LAYOUT);
		if (!fields_end(&in) && key.len == DIGEST + 8) {
			*number = store_key_get_u64(&key, DIGEST);
			return LT_OK;
		}
		store_fault_note(store, STORE_FOREIGN, store_key_bytes(&key));
		if (key.len == STORE_KEY_MAX)
			return LT_ECORRUPT;
		store_key_step(&key);
	}
}

/* No text of a header has a control character: what is replaced is never what another system's code is. */
static const char *replaced(const char *code, char out[LT_DOSSIER_MAX + 1])
{
	snprintf(out, LT_DOSSIER_MAX + 1, "\x01%s", code);
	return out;
}

void foreign_add_replaced(struct store *store, const char *code, uint64_t number)
{
	char key[LT_DOSSIER_MAX + 1];
	foreign_add(store, replaced(code, key), number);
}

enum lt_err foreign_replaced_by(struct store *store, const char *code, uint64_t *number)
{
	char key[LT_DOSSIER_MAX + 1];
	return foreign_next(store, replaced(code, key), 0, number);
}
