/* inbox_state.c: reading items and what was answered to them. */
#include "inbox.h"

#include "store/pack.h"

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

static void copy_text(struct unpacker *unpacker, char *out, size_t size)
{
	const char *text = unpack_text(unpacker);
	if (strlen(text) >= size)
		unpacker->failed = true;
	else
		memcpy(out, text, strlen(text) + 1);
}

enum lt_err inbox_get(struct vault_tx *tx, uint64_t item, struct inbox_item *out)
{
	struct lt_bytes value;
	enum lt_err err = vault_get_u64(tx, VAULT_INBOX, item, &value);
	if (err)
		return err;
	struct unpacker unpacker = { .rest = value };
	memset(out, 0, sizeof(*out));
	copy_text(&unpacker, out->agency, sizeof(out->agency));
	out->number = unpack_u64(&unpacker);
	out->sequence = unpack_u64(&unpacker);
	out->time = (int64_t)unpack_u64(&unpacker);
	out->received_at = (int64_t)unpack_u64(&unpacker);
	out->leg = unpack_u32(&unpacker);
	out->leg_version = unpack_u64(&unpacker);
	out->parts_elided = unpack_u8(&unpacker) != 0;
	out->readable = unpack_u8(&unpacker) != 0;
	out->fault.reason = (enum lt_reason)unpack_u32(&unpacker);
	copy_text(&unpacker, out->fault.detail, sizeof(out->fault.detail));
	out->header = unpack_bytes(&unpacker);
	out->signature = unpack_bytes(&unpacker);
	out->part_count = unpack_u32(&unpacker);
	if (out->part_count > LT_PARTS_MAX)
		return LT_ECORRUPT;
	for (size_t i = 0; i < out->part_count; i++)
		unpack_raw(&unpacker, out->parts[i], 32);
	return unpack_end(&unpacker);
}

enum lt_err inbox_put_state(struct vault_tx *tx, uint64_t item, const struct inbox_state *state)
{
	struct packer packer = { 0 };
	pack_u8(&packer, (uint8_t)state->status);
	pack_u64(&packer, (uint64_t)state->answered_at);
	pack_u64(&packer, state->answer);
	pack_raw(&packer, state->answer_id, sizeof(state->answer_id));
	enum lt_err err = pack_failed(&packer);
	if (!err)
		err = vault_put_u64(tx, VAULT_INBOX_STATE, item, lt_buf_bytes(&packer.buf));
	pack_fini(&packer);
	return err;
}

enum lt_err inbox_get_state(struct vault_tx *tx, uint64_t item, struct inbox_state *out)
{
	struct lt_bytes value;
	enum lt_err err = vault_get_u64(tx, VAULT_INBOX_STATE, item, &value);
	if (err)
		return err;
	struct unpacker unpacker = { .rest = value };
	out->status = (enum inbox_status)unpack_u8(&unpacker);
	out->answered_at = (int64_t)unpack_u64(&unpacker);
	out->answer = unpack_u64(&unpacker);
	unpack_raw(&unpacker, out->answer_id, sizeof(out->answer_id));
	return unpack_end(&unpacker);
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
		struct unpacker unpacker = { .rest = value };
		uint64_t number = unpack_u64(&unpacker);
		if (key.len >= sizeof(from))
			return LT_ECORRUPT;
		memcpy(from, key.data, key.len);
		from[key.len] = 0; /* the next key after this one */
		len = key.len + 1;
		err = unpack_end(&unpacker);
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
