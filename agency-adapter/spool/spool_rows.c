/* spool_rows.c: rows of the spool. */
#include "spool_rows.h"

#include "base/fields.h"
#include "mail/outbox.h"

#include <string.h>

static enum lt_err decode(struct lt_bytes value, struct spool_row *out)
{
	struct fields_reader reader = { .rest = value };
	const char *name = fields_get_text(&reader);
	if (strlen(name) >= sizeof(out->name))
		return LT_ECORRUPT;
	memcpy(out->name, name, strlen(name) + 1);
	out->over = fields_get_u8(&reader) != 0;
	return fields_end(&reader);
}

enum lt_err spool_row_get(struct vault_tx *tx, uint64_t number, struct spool_row *out)
{
	struct lt_bytes value;
	enum lt_err err = vault_get_u64(tx, VAULT_SPOOL, number, &value);
	return err ? err : decode(value, out);
}

enum lt_err spool_row_put(struct vault_tx *tx, uint64_t number, const struct spool_row *row)
{
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	fields_put_text(&writer, row->name);
	fields_put_u8(&writer, row->over);
	enum lt_err err = fields_written(&writer);
	if (!err)
		err = vault_put_u64(tx, VAULT_SPOOL, number, lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
	return err;
}

enum lt_err spool_row_next(struct vault_tx *tx, uint64_t *number, struct spool_row *out)
{
	struct lt_bytes value;
	enum lt_err err = vault_seek_u64(tx, VAULT_SPOOL, *number, number, &value);
	return err ? err : decode(value, out);
}

enum lt_err spool_rows_purge(struct vault_tx *tx)
{
	struct outbox_state state;
	struct spool_row row;
	uint64_t number = 0;
	enum lt_err err;
	for (; !(err = spool_row_next(tx, &number, &row)); number++) {
		if (outbox_get_state(tx, number, &state) == LT_ENOENT)
			err = vault_delete_u64(tx, VAULT_SPOOL, number);
		if (err)
			return err;
	}
	return err == LT_ENOENT ? LT_OK : err;
}

enum lt_err spool_place_get(struct vault_tx *tx, struct feed_place *out)
{
	uint64_t tag;
	enum lt_err err = vault_meta_get(tx, "spool_place", &out->number);
	if (!err)
		err = vault_meta_get(tx, "spool_tag", &tag);
	if (!err)
		fields_raw_put64(out->tag, tag);
	return err;
}

enum lt_err spool_place_put(struct vault_tx *tx, const struct feed_place *place)
{
	enum lt_err err = vault_meta_put(tx, "spool_place", place->number);
	return err ? err : vault_meta_put(tx, "spool_tag", fields_raw_get64(place->tag));
}
