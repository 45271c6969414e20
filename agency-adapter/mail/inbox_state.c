/* inbox_state.c: reading items and what was answered to them. */
#include "inbox_internal.h"

#include "outbox_internal.h"
#include "program/log.h"

#include <string.h>

#define SAME_ID_MAX 300u /* items looked at under one id: each of 256 agencies, and some bad copies */

static const char *const names[INBOX_STATUSES] = {
	[INBOX_NEW] = "new",         [INBOX_ANSWERING] = "answering", [INBOX_ACCEPTED] = "accepted",
	[INBOX_REFUSED] = "refused", [INBOX_RECALLED] = "recalled",   [INBOX_LAPSED] = "lapsed",
	[INBOX_STUCK] = "stuck",     [INBOX_ANSWERED] = "answered",
};

const char *inbox_status_name(enum inbox_status status)
{
	return (unsigned)status < INBOX_STATUSES && names[status] ? names[status] : "unknown";
}

enum inbox_status inbox_status_find(const char *name)
{
	for (int i = 1; i < INBOX_STATUSES; i++) {
		if (strcmp(names[i], name) == 0)
			return (enum inbox_status)i;
	}
	return 0;
}

#define TO(status) (1u << INBOX_##status)
/* To which others each status may go. An answer that the broker admits after all, as a broker that was restored does, counts whatever
 * the item was taken for meanwhile. */
static const unsigned edges[INBOX_STATUSES] = {
	[INBOX_NEW] = TO(ANSWERING) | TO(RECALLED) | TO(LAPSED) | TO(ACCEPTED) | TO(REFUSED) | TO(ANSWERED),
	[INBOX_ANSWERING] = TO(NEW) | TO(ACCEPTED) | TO(REFUSED) | TO(RECALLED) | TO(LAPSED),
	[INBOX_RECALLED] = TO(ACCEPTED) | TO(REFUSED),
	[INBOX_LAPSED] = TO(ACCEPTED) | TO(REFUSED),
};

void inbox_set_status(struct inbox_state *state, enum inbox_status status)
{
	LT_ASSERT(edges[state->status] & (1u << status));
	state->status = status;
	state->gone = 0;
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
	fields_put_u32(&writer, delivery->recipient);
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
	outbox_copy_text(&reader, out->agency, sizeof(out->agency));
	out->number = fields_get_u64(&reader);
	out->sequence = fields_get_u64(&reader);
	out->time = (int64_t)fields_get_u64(&reader);
	out->received_at = (int64_t)fields_get_u64(&reader);
	out->branch = fields_get_u32(&reader);
	out->branch_version = fields_get_u64(&reader);
	out->recipient = fields_get_u32(&reader);
	out->parts_elided = fields_get_u8(&reader) != 0;
	out->readable = fields_get_u8(&reader) != 0;
	out->fault.reason = (enum lt_reason)fields_get_u32(&reader);
	outbox_copy_text(&reader, out->fault.detail, sizeof(out->fault.detail));
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
	fields_put_u8(&writer, state->accepts);
	fields_put_u8(&writer, (uint8_t)state->gone);
	fields_put_u64(&writer, (uint64_t)state->answered_at);
	fields_put_u64(&writer, state->answer);
	fields_put_raw(&writer, state->answer_id, sizeof(state->answer_id));
	outbox_rejection_put(&writer, &state->last);
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
	out->accepts = fields_get_u8(&reader) != 0;
	out->gone = (enum inbox_status)fields_get_u8(&reader);
	out->answered_at = (int64_t)fields_get_u64(&reader);
	out->answer = fields_get_u64(&reader);
	fields_get_raw(&reader, out->answer_id, sizeof(out->answer_id));
	outbox_rejection_get(&reader, &out->last);
	enum lt_err end = fields_end(&reader);
	bool known = out->status > 0 && out->status < INBOX_STATUSES && out->gone < INBOX_STATUSES;
	return end || known ? end : LT_ECORRUPT;
}

/* Several items may carry one id: copies that failed the check, and one envelope to several of our agencies. The first
 * good one is meant; a quarantined one only when there is no other. */
enum lt_err inbox_find_of(struct vault_tx *tx, const uint8_t id[16], const char *agency, uint64_t *item)
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
		if (*agency && (key.len < 17 || strncmp((const char *)from + 16, agency, len - 17) != 0))
			continue;
		if (!found)
			*item = number;
		found = true;
		if (state.status != INBOX_STUCK) {
			*item = number;
			return LT_OK;
		}
	}
	return found ? LT_OK : LT_ENOENT;
}

enum lt_err inbox_find(struct vault_tx *tx, const uint8_t id[16], uint64_t *item)
{
	return inbox_find_of(tx, id, "", item);
}
