/* inbox_state.c: reading items and what was answered to them. */
#include "inbox_internal.h"

#include "base/fields.h"

#include <string.h>

#define SAME_ID_MAX 300u /* items looked at under one id: each of 256 agencies, and some bad copies */

const char *inbox_status_name(enum inbox_status status)
{
	switch (status) {
	case INBOX_NEW:
		return "new";
	case INBOX_ACCEPTED:
		return "accepted";
	case INBOX_REFUSED:
		return "refused";
	case INBOX_QUARANTINED:
		return "quarantined";
	}
	return "unknown";
}

static void copy_text(struct fields_reader *reader, char *out, size_t size)
{
	const char *text = fields_get_text(reader);
	if (strlen(text) >= size)
		reader->failed = true;
	else
		memcpy(out, text, strlen(text) + 1);
}

enum lt_err inbox_encode(const struct inbox_delivery *delivery, const struct lt_refusal *fault, int64_t now,
			 const uint8_t digests[][32], struct lt_buf *out)
{
	struct fields_writer writer = { .buf = out };
	fields_put_text(&writer, delivery->agency);
	fields_put_u64(&writer, delivery->number);
	fields_put_u64(&writer, delivery->sequence);
	fields_put_u64(&writer, (uint64_t)delivery->time);
	fields_put_u64(&writer, (uint64_t)now);
	fields_put_u32(&writer, delivery->branch);
	fields_put_u64(&writer, delivery->branch_version);
	fields_put_u8(&writer, delivery->parts_elided);
	fields_put_u8(&writer, delivery->readable);
	fields_put_u32(&writer, (uint32_t)fault->reason);
	fields_put_text(&writer, fault->detail);
	fields_put_bytes(&writer, lt_refusal_sentence(fault));
	fields_put_bytes(&writer, delivery->envelope.header);
	fields_put_bytes(&writer, delivery->envelope.signature);
	fields_put_u32(&writer, (uint32_t)delivery->envelope.part_count);
	for (size_t i = 0; i < delivery->envelope.part_count; i++)
		fields_put_raw(&writer, digests[i], 32);
	return fields_written(&writer);
}

enum lt_err inbox_decode(struct lt_bytes value, struct inbox_item *out)
{
	struct fields_reader reader = { .rest = value };
	memset(out, 0, sizeof(*out));
	copy_text(&reader, out->agency, sizeof(out->agency));
	out->number = fields_get_u64(&reader);
	out->sequence = fields_get_u64(&reader);
	out->time = (int64_t)fields_get_u64(&reader);
	out->received_at = (int64_t)fields_get_u64(&reader);
	out->branch = fields_get_u32(&reader);
	out->branch_version = fields_get_u64(&reader);
	out->parts_elided = fields_get_u8(&reader) != 0;
	out->readable = fields_get_u8(&reader) != 0;
	out->fault.reason = (enum lt_reason)fields_get_u32(&reader);
	copy_text(&reader, out->fault.detail, sizeof(out->fault.detail));
	struct lt_bytes sentence = fields_get_bytes(&reader);
	if (sentence.len > 0)
		lt_refuse_again(&out->fault, out->fault.reason, sentence);
	out->header = fields_get_bytes(&reader);
	out->signature = fields_get_bytes(&reader);
	out->part_count = fields_get_u32(&reader);
	if (out->part_count > LT_PARTS_MAX)
		return LT_ECORRUPT;
	for (size_t i = 0; i < out->part_count; i++)
		fields_get_raw(&reader, out->parts[i], 32);
	return fields_end(&reader);
}

enum lt_err inbox_get(struct vault_tx *tx, uint64_t item, struct inbox_item *out)
{
	struct lt_bytes value;
	enum lt_err err = vault_get_u64(tx, VAULT_INBOX, item, &value);
	return err ? err : inbox_decode(value, out);
}

enum lt_err inbox_put_state(struct vault_tx *tx, uint64_t item, const struct inbox_state *state)
{
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	fields_put_u8(&writer, (uint8_t)state->status);
	fields_put_u64(&writer, (uint64_t)state->answered_at);
	fields_put_u64(&writer, state->answer);
	fields_put_raw(&writer, state->answer_id, sizeof(state->answer_id));
	enum lt_err err = fields_written(&writer);
	if (!err)
		err = vault_put_u64(tx, VAULT_INBOX_STATE, item, lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
	return err;
}

enum lt_err inbox_get_state(struct vault_tx *tx, uint64_t item, struct inbox_state *out)
{
	struct lt_bytes value;
	enum lt_err err = vault_get_u64(tx, VAULT_INBOX_STATE, item, &value);
	if (err)
		return err;
	struct fields_reader reader = { .rest = value };
	out->status = (enum inbox_status)fields_get_u8(&reader);
	out->answered_at = (int64_t)fields_get_u64(&reader);
	out->answer = fields_get_u64(&reader);
	fields_get_raw(&reader, out->answer_id, sizeof(out->answer_id));
	return fields_end(&reader);
}

/* Several items may carry one id: copies that failed the check, and one envelope to several of our agencies. The first
 * good one is meant; a quarantined one only when there is no other. */
enum lt_err inbox_find(struct vault_tx *tx, const uint8_t id[16], uint64_t *item)
{
	uint8_t from[VAULT_KEY_MAX];
	size_t len = 16;
	bool found = false;
	memcpy(from, id, 16);
	for (unsigned i = 0; i < SAME_ID_MAX; i++) {
		struct lt_bytes key, value;
		struct inbox_state state;
		enum lt_err err = vault_seek(tx, VAULT_SEEN, lt_bytes(from, len), &key, &value);
		if (err == LT_ENOENT || (!err && (key.len < 16 || memcmp(key.data, id, 16) != 0)))
			break;
		if (err)
			return err;
		struct fields_reader reader = { .rest = value };
		uint64_t number = fields_get_u64(&reader);
		if (key.len >= sizeof(from))
			return LT_ECORRUPT;
		memcpy(from, key.data, key.len);
		from[key.len] = 0; /* the next key after this one */
		len = key.len + 1;
		err = fields_end(&reader);
		if (!err)
			err = inbox_get_state(tx, number, &state);
		if (err)
			return err;
		if (!found)
			*item = number;
		found = true;
		if (state.status != INBOX_QUARANTINED) {
			*item = number;
			return LT_OK;
		}
	}
	return found ? LT_OK : LT_ENOENT;
}
