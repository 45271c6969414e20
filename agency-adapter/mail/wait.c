/* wait.c: the order of a dossier behind what is held or broken. */
#include "wait.h"

#include "base/fields.h"
#include "quarantine.h"

#include <string.h>

/* agency, NUL, dossier, NUL, number, cause */
static size_t prefix_of(const struct wait_place *place, uint8_t out[VAULT_KEY_MAX])
{
	size_t agency = strnlen(place->agency, LT_AGENCY_MAX - 1),
	       dossier = strnlen(place->dossier, LT_DOSSIER_MAX - 1);
	memcpy(out, place->agency, agency);
	out[agency] = 0;
	memcpy(out + agency + 1, place->dossier, dossier);
	out[agency + 1 + dossier] = 0;
	return agency + dossier + 2;
}

static size_t key_of(const struct wait_place *place, enum wait_cause cause, uint8_t out[VAULT_KEY_MAX])
{
	size_t len = prefix_of(place, out);
	fields_key_put(out + len, place->number, 8);
	out[len + 8] = (uint8_t)cause;
	return len + 9;
}

enum lt_err wait_put(struct vault_tx *tx, const struct wait_place *place, enum wait_cause cause, uint64_t sequence,
		     const uint8_t id[16])
{
	uint8_t key[VAULT_KEY_MAX], value[24];
	size_t len = key_of(place, cause, key);
	fields_raw_put64(value, sequence);
	memcpy(value + 8, id, 16);
	return vault_put(tx, VAULT_WAIT, lt_bytes(key, len), lt_bytes(value, sizeof(value)));
}

enum lt_err wait_delete(struct vault_tx *tx, const struct wait_place *place, enum wait_cause cause)
{
	uint8_t key[VAULT_KEY_MAX];
	size_t len = key_of(place, cause, key);
	return vault_delete(tx, VAULT_WAIT, lt_bytes(key, len));
}

struct wait_row {
	uint8_t key[VAULT_KEY_MAX];
	size_t len;
	uint64_t number, sequence;
	enum wait_cause cause;
	uint8_t id[16];
};

/* The first row of the dossier at or after row->key; LT_ENOENT at the end. */
static enum lt_err next_row(struct vault_tx *tx, size_t prefix, struct wait_row *row)
{
	struct lt_bytes key, value;
	enum lt_err err = vault_seek(tx, VAULT_WAIT, lt_bytes(row->key, row->len), &key, &value);
	if (err)
		return err;
	if (key.len != prefix + 9 || memcmp(key.data, row->key, prefix) != 0)
		return LT_ENOENT;
	if (value.len != 24)
		return LT_ECORRUPT;
	row->len = key.len;
	memcpy(row->key, key.data, key.len);
	row->number = fields_key_get(key.data + prefix, 8);
	row->cause = (enum wait_cause)key.data[prefix + 8];
	row->sequence = fields_raw_get64(value.data);
	memcpy(row->id, value.data + 8, 16);
	return LT_OK;
}

enum lt_err wait_before(struct vault_tx *tx, const struct wait_place *place, bool *waits)
{
	struct wait_row row;
	size_t prefix = row.len = prefix_of(place, row.key);
	enum lt_err err = next_row(tx, prefix, &row);
	*waits = !err && row.number < place->number;
	return err == LT_ENOENT ? LT_OK : err;
}

enum lt_err wait_mended(struct vault_tx *tx, struct wait_place *place, uint64_t sequence, const uint8_t id[16])
{
	struct wait_row row;
	size_t prefix = row.len = prefix_of(place, row.key);
	enum lt_err err;
	while ((err = next_row(tx, prefix, &row)) == LT_OK) {
		bool same = row.cause == WAIT_BROKEN &&
			    (row.sequence == sequence || memcmp(row.id, id, sizeof(row.id)) == 0);
		if (same) {
			if (row.number < place->number)
				place->number = row.number;
			err = vault_delete(tx, VAULT_WAIT, lt_bytes(row.key, row.len));
			if (!err) /* nobody need be told of it any more */
				err = quarantine_told(tx, place->agency, row.number);
			if (err)
				return err;
		}
		row.key[row.len++] = 0; /* behind it */
	}
	return err == LT_ENOENT ? LT_OK : err;
}
