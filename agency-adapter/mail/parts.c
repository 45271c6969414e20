/* parts.c: content-addressed bytes with a count of references. */
#include "parts.h"

#include "base/fields.h"

#include <string.h>

static struct lt_bytes key_of(const uint8_t digest[32])
{
	return lt_bytes(digest, 32);
}

static enum lt_err write_note(struct vault_tx *tx, const uint8_t digest[32], const struct part_note *note)
{
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	fields_put_u32(&writer, note->references);
	fields_put_u64(&writer, (uint64_t)note->put_at);
	fields_put_u64(&writer, note->size);
	enum lt_err err = fields_written(&writer);
	if (!err)
		err = vault_put(tx, VAULT_PART, key_of(digest), lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
	return err;
}

static enum lt_err read_note(struct lt_bytes value, struct part_note *out)
{
	struct fields_reader reader = { .rest = value };
	out->references = fields_get_u32(&reader);
	out->put_at = (int64_t)fields_get_u64(&reader);
	out->size = fields_get_u64(&reader);
	return fields_end(&reader);
}

enum lt_err parts_find(struct vault_tx *tx, const uint8_t digest[32], struct part_note *out)
{
	struct lt_bytes value;
	enum lt_err err = vault_get(tx, VAULT_PART, key_of(digest), &value);
	return err ? err : read_note(value, out);
}

enum lt_err parts_put(struct vault_tx *tx, const uint8_t digest[32], struct lt_bytes data, int64_t now)
{
	struct part_note note = { .size = data.len };
	enum lt_err err = parts_find(tx, digest, &note);
	if (err == LT_ENOENT)
		err = vault_put(tx, VAULT_PART_DATA, key_of(digest), data);
	if (err)
		return err;
	note.put_at = now;
	return write_note(tx, digest, &note);
}

enum lt_err parts_put_large(struct vault_tx *tx, const uint8_t digest[32], uint64_t size, int64_t now)
{
	struct part_note note = { .size = size };
	enum lt_err err = parts_find(tx, digest, &note);
	if (err && err != LT_ENOENT)
		return err;
	note.put_at = now;
	return write_note(tx, digest, &note);
}

enum lt_err parts_read(struct vault_tx *tx, const uint8_t digest[32], struct lt_bytes *out)
{
	struct part_note note;
	if (parts_find(tx, digest, &note) == LT_OK && note.size > LT_PART_MAX) {
		*out = lt_bytes(NULL, 0);
		return LT_OK;
	}
	return vault_get(tx, VAULT_PART_DATA, key_of(digest), out);
}

enum lt_err parts_hold(struct vault_tx *tx, const uint8_t digest[32])
{
	struct part_note note;
	enum lt_err err = parts_find(tx, digest, &note);
	if (err)
		return err;
	note.references++;
	return write_note(tx, digest, &note);
}

enum lt_err parts_release(struct vault_tx *tx, const uint8_t digest[32])
{
	struct part_note note;
	enum lt_err err = parts_find(tx, digest, &note);
	if (err) /* a damaged note stays, with its part */
		return err == LT_ENOENT || err == LT_ECORRUPT ? LT_OK : err;
	if (note.references > 0)
		note.references--;
	return write_note(tx, digest, &note);
}

static enum lt_err drop(struct vault_tx *tx, const uint8_t digest[32])
{
	enum lt_err err = vault_delete(tx, VAULT_PART, key_of(digest));
	return err ? err : vault_delete(tx, VAULT_PART_DATA, key_of(digest));
}

static void step_past(uint8_t digest[32])
{
	for (size_t i = 32; i-- > 0;) {
		if (++digest[i] != 0)
			return;
	}
}

enum lt_err parts_sweep(struct vault_tx *tx, int64_t now, size_t limit, struct parts_cursor *from)
{
	for (size_t i = 0; i < limit; i++) {
		struct lt_bytes key = lt_bytes(NULL, 0), value;
		struct part_note note;
		struct lt_bytes start = from->set ? key_of(from->digest) : lt_bytes(NULL, 0);
		enum lt_err err = vault_seek(tx, VAULT_PART, start, &key, &value);
		if (err == LT_ENOENT) {
			from->set = false;
			return LT_OK;
		}
		if ((err && err != LT_ECORRUPT) || key.len != 32)
			return err ? err : LT_ECORRUPT;
		memcpy(from->digest, key.data, 32);
		if (err || read_note(value, &note)) /* damaged: it stays, and keeps nothing else here */
			note = (struct part_note){ .references = 1 };
		err = LT_OK;
		if (note.references == 0 && note.put_at + PARTS_LOOSE_US < now)
			err = drop(tx, from->digest);
		if (err)
			return err;
		step_past(from->digest);
		from->set = true;
	}
	return LT_OK;
}
