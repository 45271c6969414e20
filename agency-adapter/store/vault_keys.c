/* vault_keys.c: tables with numbers for keys, and numbers under names. */
#include "vault.h"

#include "base/fields.h"

#include <string.h>

enum lt_err vault_get_u64(struct vault_tx *tx, enum vault_table table, uint64_t key, struct lt_bytes *value)
{
	uint8_t k[8];
	fields_key_put(k, key, 8);
	return vault_get(tx, table, lt_bytes(k, sizeof(k)), value);
}

enum lt_err vault_put_u64(struct vault_tx *tx, enum vault_table table, uint64_t key, struct lt_bytes value)
{
	uint8_t k[8];
	fields_key_put(k, key, 8);
	return vault_put(tx, table, lt_bytes(k, sizeof(k)), value);
}

enum lt_err vault_delete_u64(struct vault_tx *tx, enum vault_table table, uint64_t key)
{
	uint8_t k[8];
	fields_key_put(k, key, 8);
	return vault_delete(tx, table, lt_bytes(k, sizeof(k)));
}

enum lt_err vault_seek_u64(struct vault_tx *tx, enum vault_table table, uint64_t from, uint64_t *key,
			   struct lt_bytes *value)
{
	uint8_t k[8];
	struct lt_bytes found = lt_bytes(NULL, 0);
	fields_key_put(k, from, 8);
	enum lt_err err = vault_seek(tx, table, lt_bytes(k, sizeof(k)), &found, value);
	if (found.len != sizeof(k))
		return !err || err == LT_ECORRUPT ? LT_EIO : err;
	*key = fields_key_get(found.data, 8);
	return err;
}

enum lt_err vault_last_u64(struct vault_tx *tx, enum vault_table table, uint64_t *out)
{
	struct lt_bytes key = lt_bytes(NULL, 0), value;
	enum lt_err err = vault_last(tx, table, &key, &value);
	*out = key.len == 8 ? fields_key_get(key.data, 8) : 0;
	if (err == LT_ENOENT || (err == LT_ECORRUPT && key.len == 8)) /* its number counts, whatever lies under it */
		return LT_OK;
	return !err && key.len != 8 ? LT_ECORRUPT : err;
}

enum lt_err vault_meta_get(struct vault_tx *tx, const char *name, uint64_t *out)
{
	struct lt_bytes value;
	enum lt_err err = vault_get(tx, VAULT_META, lt_bytes(name, strlen(name)), &value);
	if (err == LT_ENOENT) {
		*out = 0;
		return LT_OK;
	}
	if (!err && value.len != 8)
		err = LT_ECORRUPT;
	if (!err)
		*out = fields_key_get(value.data, 8);
	return err;
}

enum lt_err vault_meta_put(struct vault_tx *tx, const char *name, uint64_t value)
{
	uint8_t v[8];
	fields_key_put(v, value, 8);
	return vault_put(tx, VAULT_META, lt_bytes(name, strlen(name)), lt_bytes(v, sizeof(v)));
}
