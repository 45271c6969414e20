/* times.c: sequence -> time, newest first, so that the one before is the next in the table. */
#include "times.h"

#include "base/fields.h"

enum lt_err times_note(struct vault_tx *tx, uint64_t sequence, int64_t time)
{
	uint8_t value[8];
	fields_raw_put64(value, (uint64_t)time);
	return vault_put_u64(tx, VAULT_TIME, UINT64_MAX - sequence, lt_bytes(value, sizeof(value)));
}

enum lt_err times_drop(struct vault_tx *tx, uint64_t sequence)
{
	return vault_delete_u64(tx, VAULT_TIME, UINT64_MAX - sequence);
}

enum lt_err times_floor(struct vault_tx *tx, uint64_t sequence, int64_t *time)
{
	struct lt_bytes value;
	uint64_t key;
	enum lt_err err = vault_seek_u64(tx, VAULT_TIME, UINT64_MAX - sequence, &key, &value);
	*time = 0;
	if (err)
		return err == LT_ENOENT ? LT_OK : err;
	if (value.len != 8)
		return LT_ECORRUPT;
	*time = (int64_t)fields_raw_get64(value.data);
	return LT_OK;
}
