/* notices.c: the only file that touches STORE_NOTICE and STORE_SIGNED. */
#include "notices.h"

#include "base/fields.h"
#include "program/log.h"
#include "store/store_keys.h"
#include "store/store_layout.h"

enum { NOTICE_LAYOUT = 1, SIGNED_LAYOUT = 1 };

static struct store_key key_of(uint64_t sequence, uint32_t index)
{
	struct store_key key = { 0 };
	store_key_add_u64(&key, sequence);
	store_key_add_u32(&key, index);
	return key;
}

void notices_put(struct store *store, uint64_t sequence, uint32_t index, uint64_t dossier, const char *const *to,
		 size_t to_count)
{
	uint8_t value[1 + 8 + 1 + NOTICE_TO_MAX * (LT_AGENCY_MAX + 1)];
	struct lt_buf buf = { .data = value, .cap = sizeof(value) };
	struct fields_writer writer = { .buf = &buf };
	struct store_key key = key_of(sequence, index);
	LT_ASSERT(to_count <= NOTICE_TO_MAX);
	store_put_layout(&writer, NOTICE_LAYOUT);
	fields_put_u64(&writer, dossier);
	fields_put_u8(&writer, (uint8_t)to_count);
	for (size_t i = 0; i < to_count; i++)
		fields_put_code(&writer, to[i]);
	LT_ASSERT(!writer.failed);
	store_put(store, STORE_NOTICE, store_key_bytes(&key), lt_buf_bytes(&buf));
}

enum lt_err notices_take(struct store *store, uint64_t sequence, uint32_t index, struct notice_waiting *out)
{
	struct lt_bytes value;
	struct store_key key = key_of(sequence, index);
	enum lt_err err = store_get(store, STORE_NOTICE, store_key_bytes(&key), &value);
	if (err)
		return err;
	struct fields_reader in = { .rest = value };
	store_get_layout(&in, STORE_NOTICE, NOTICE_LAYOUT);
	out->dossier = fields_get_u64(&in);
	out->to_count = fields_get_u8(&in);
	if (out->to_count > NOTICE_TO_MAX)
		return store_fault_note(store, STORE_NOTICE, store_key_bytes(&key));
	for (size_t i = 0; i < out->to_count; i++)
		fields_get_code(&in, out->to[i], sizeof(out->to[i]));
	if (fields_end(&in))
		return store_fault_note(store, STORE_NOTICE, store_key_bytes(&key));
	store_del(store, STORE_NOTICE, store_key_bytes(&key));
	return LT_OK;
}

enum lt_err notices_next(struct store *store, uint64_t *sequence, uint32_t *index, uint32_t *recipients,
			 uint64_t *dossier)
{
	struct store_key key = key_of(*sequence, *index);
	struct lt_bytes value;
	for (enum lt_err err; (err = store_key_seek(store, STORE_NOTICE, &key, &value)) != LT_ENOENT;) {
		if (err)
			return err;
		struct fields_reader in = { .rest = value };
		store_get_layout(&in, STORE_NOTICE, NOTICE_LAYOUT);
		*dossier = fields_get_u64(&in);
		*recipients = fields_get_u8(&in);
		*sequence = store_key_get_u64(&key, 0);
		*index = store_key_get_u32(&key, 8);
		if (!in.failed)
			return LT_OK;
		store_fault_note(store, STORE_NOTICE, store_key_bytes(&key));
		store_key_step(&key);
	}
	return LT_ENOENT;
}

void notices_put_signed(struct store *store, uint64_t sequence, uint32_t index, struct notice_place place)
{
	uint8_t value[1 + 10 + 10];
	struct lt_buf buf = { .data = value, .cap = sizeof(value) };
	struct fields_writer writer = { .buf = &buf };
	struct store_key key = key_of(sequence, index);
	store_put_layout(&writer, SIGNED_LAYOUT);
	fields_put_number(&writer, place.sequence);
	fields_put_number(&writer, place.at);
	LT_ASSERT(!writer.failed);
	store_put(store, STORE_SIGNED, store_key_bytes(&key), lt_buf_bytes(&buf));
}

enum lt_err notices_get_signed(struct store *store, uint64_t sequence, uint32_t index, struct notice_place *out)
{
	struct lt_bytes value;
	struct store_key key = key_of(sequence, index);
	enum lt_err err = store_get(store, STORE_SIGNED, store_key_bytes(&key), &value);
	if (err)
		return err;
	struct fields_reader in = { .rest = value };
	store_get_layout(&in, STORE_SIGNED, SIGNED_LAYOUT);
	out->sequence = fields_get_number(&in);
	out->at = fields_get_number32(&in);
	return fields_end(&in) ? store_fault_note(store, STORE_SIGNED, store_key_bytes(&key)) : LT_OK;
}
