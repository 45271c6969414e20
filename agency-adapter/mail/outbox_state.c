/* outbox_state.c: reading and writing what became of an envelope. */
#include "outbox.h"

#include "store/pack.h"
#include "parts.h"

#include <string.h>

const char *outbox_status_name(enum outbox_status status)
{
	switch (status) {
	case OUTBOX_QUEUED:
		return "queued";
	case OUTBOX_ADMITTED:
		return "admitted";
	case OUTBOX_REJECTED:
		return "rejected";
	case OUTBOX_ACCEPTED:
		return "accepted";
	case OUTBOX_REFUSED:
		return "refused";
	}
	return "unknown";
}

enum lt_err outbox_put_state(struct vault_tx *tx, uint64_t number, const struct outbox_state *state)
{
	struct packer packer = { 0 };
	pack_u8(&packer, (uint8_t)state->status);
	pack_raw(&packer, state->id, sizeof(state->id));
	pack_u32(&packer, (uint32_t)state->kind);
	pack_text(&packer, state->sender);
	pack_text(&packer, state->to);
	pack_text(&packer, state->dossier);
	pack_text(&packer, state->key);
	pack_u64(&packer, (uint64_t)state->created);
	pack_u64(&packer, (uint64_t)state->admitted_at);
	pack_u64(&packer, (uint64_t)state->rejected_at);
	pack_u64(&packer, (uint64_t)state->answered_at);
	pack_u64(&packer, state->sequence);
	pack_raw(&packer, state->leaf_hash, sizeof(state->leaf_hash));
	pack_u32(&packer, state->leg);
	pack_u64(&packer, state->leg_version);
	pack_u32(&packer, (uint32_t)state->reason);
	pack_text(&packer, state->detail);
	pack_u8(&packer, state->has_answer);
	pack_raw(&packer, state->answer_id, sizeof(state->answer_id));
	pack_text(&packer, state->answer_text);
	enum lt_err err = pack_failed(&packer);
	if (!err)
		err = vault_put_u64(tx, VAULT_STATE, number, lt_buf_bytes(&packer.buf));
	pack_fini(&packer);
	return err;
}

static void copy_text(struct unpacker *unpacker, char *out, size_t size)
{
	const char *text = unpack_text(unpacker);
	if (strlen(text) >= size) {
		unpacker->failed = true;
		return;
	}
	memcpy(out, text, strlen(text) + 1);
}

enum lt_err outbox_get_state(struct vault_tx *tx, uint64_t number, struct outbox_state *out)
{
	struct lt_bytes value;
	enum lt_err err = vault_get_u64(tx, VAULT_STATE, number, &value);
	if (err)
		return err;
	struct unpacker unpacker = { .rest = value };
	memset(out, 0, sizeof(*out));
	out->status = (enum outbox_status)unpack_u8(&unpacker);
	unpack_raw(&unpacker, out->id, sizeof(out->id));
	out->kind = (enum lt_kind)unpack_u32(&unpacker);
	copy_text(&unpacker, out->sender, sizeof(out->sender));
	copy_text(&unpacker, out->to, sizeof(out->to));
	copy_text(&unpacker, out->dossier, sizeof(out->dossier));
	copy_text(&unpacker, out->key, sizeof(out->key));
	out->created = (int64_t)unpack_u64(&unpacker);
	out->admitted_at = (int64_t)unpack_u64(&unpacker);
	out->rejected_at = (int64_t)unpack_u64(&unpacker);
	out->answered_at = (int64_t)unpack_u64(&unpacker);
	out->sequence = unpack_u64(&unpacker);
	unpack_raw(&unpacker, out->leaf_hash, sizeof(out->leaf_hash));
	out->leg = unpack_u32(&unpacker);
	out->leg_version = unpack_u64(&unpacker);
	out->reason = (enum lt_reason)unpack_u32(&unpacker);
	copy_text(&unpacker, out->detail, sizeof(out->detail));
	out->has_answer = unpack_u8(&unpacker) != 0;
	unpack_raw(&unpacker, out->answer_id, sizeof(out->answer_id));
	copy_text(&unpacker, out->answer_text, sizeof(out->answer_text));
	return unpack_end(&unpacker);
}

enum lt_err outbox_find(struct vault_tx *tx, const uint8_t id[16], uint64_t *number)
{
	struct lt_bytes value;
	enum lt_err err = vault_get(tx, VAULT_ID, lt_bytes(id, 16), &value);
	if (err)
		return err;
	struct unpacker unpacker = { .rest = value };
	*number = unpack_u64(&unpacker);
	return unpack_end(&unpacker);
}

enum lt_err outbox_envelope(struct vault_tx *tx, uint64_t number, struct lt_bytes *header, struct lt_bytes *signature)
{
	struct lt_bytes value;
	enum lt_err err = vault_get_u64(tx, VAULT_ENVELOPE, number, &value);
	if (err)
		return err;
	struct unpacker unpacker = { .rest = value };
	*header = unpack_bytes(&unpacker);
	*signature = unpack_bytes(&unpacker);
	return unpack_end(&unpacker);
}

enum lt_err outbox_load(struct vault_tx *tx, uint64_t number, struct lt_arena *arena, struct lt_bytes *parts,
			struct lt_envelope *out)
{
	struct lt_header header;
	struct lt_refusal refusal = { 0 };
	enum lt_err err = outbox_envelope(tx, number, &out->header, &out->signature);
	if (err)
		return err;
	if (lt_header_parse(out->header, arena, &header, &refusal))
		return LT_ECORRUPT;
	for (size_t i = 0; i < header.part_count && !err; i++)
		err = parts_read(tx, header.parts[i].sha256, &parts[i]);
	out->part_count = header.part_count;
	out->parts = parts;
	return err;
}
