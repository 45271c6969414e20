/* outbox_state.c: reading and writing what became of an envelope. */
#include "outbox_internal.h"

#include "parts.h"

#include <string.h>

static const char *const names[OUTBOX_STATUSES] = { [OUTBOX_QUEUED] = "queued",
						    [OUTBOX_ADMITTED] = "admitted",
						    [OUTBOX_REJECTED] = "rejected",
						    [OUTBOX_DELIVERED] = "delivered" };

const char *outbox_status_name(enum outbox_status status)
{
	return (unsigned)status < OUTBOX_STATUSES && names[status] ? names[status] : "unknown";
}

enum outbox_status outbox_status_find(const char *name)
{
	for (int i = 1; i < OUTBOX_STATUSES; i++) {
		if (strcmp(names[i], name) == 0)
			return (enum outbox_status)i;
	}
	return 0;
}

void outbox_rejection_put(struct fields_writer *writer, const struct outbox_rejection *rejection)
{
	fields_put_u32(writer, (uint32_t)rejection->reason);
	fields_put_u64(writer, (uint64_t)rejection->at);
	fields_put_text(writer, rejection->detail);
	fields_put_text(writer, rejection->vietnamese);
}

enum lt_err outbox_put_state(struct vault_tx *tx, uint64_t number, const struct outbox_state *state)
{
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	fields_put_u8(&writer, (uint8_t)state->status);
	fields_put_raw(&writer, state->id, sizeof(state->id));
	fields_put_u32(&writer, (uint32_t)state->kind);
	fields_put_text(&writer, state->sender);
	fields_put_text(&writer, state->dossier);
	fields_put_text(&writer, state->key);
	fields_put_u64(&writer, state->item);
	fields_put_u64(&writer, (uint64_t)state->created);
	fields_put_u64(&writer, (uint64_t)state->admitted_at);
	fields_put_u64(&writer, (uint64_t)state->delivered_at);
	fields_put_u64(&writer, state->sequence);
	fields_put_raw(&writer, state->receipt.head, sizeof(state->receipt.head));
	fields_put_raw(&writer, state->receipt.verdict, sizeof(state->receipt.verdict));
	fields_put_raw(&writer, state->receipt.outcome, sizeof(state->receipt.outcome));
	fields_put_raw(&writer, state->leaf_hash, sizeof(state->leaf_hash));
	fields_put_u32(&writer, state->branch);
	fields_put_u64(&writer, state->branch_version);
	outbox_rejection_put(&writer, &state->rejection);
	enum lt_err err = fields_written(&writer);
	if (!err)
		err = vault_put_u64(tx, VAULT_STATE, number, lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
	return err;
}

void outbox_copy_text(struct fields_reader *reader, char *out, size_t size)
{
	const char *text = fields_get_text(reader);
	if (strlen(text) >= size) {
		reader->failed = true;
		return;
	}
	memcpy(out, text, strlen(text) + 1);
}

void outbox_rejection_get(struct fields_reader *reader, struct outbox_rejection *out)
{
	out->reason = (enum lt_reason)fields_get_u32(reader);
	out->at = (int64_t)fields_get_u64(reader);
	outbox_copy_text(reader, out->detail, sizeof(out->detail));
	outbox_copy_text(reader, out->vietnamese, sizeof(out->vietnamese));
}

enum lt_err outbox_get_state(struct vault_tx *tx, uint64_t number, struct outbox_state *out)
{
	struct lt_bytes value;
	enum lt_err err = vault_get_u64(tx, VAULT_STATE, number, &value);
	if (err)
		return err;
	struct fields_reader reader = { .rest = value };
	memset(out, 0, sizeof(*out));
	out->status = (enum outbox_status)fields_get_u8(&reader);
	fields_get_raw(&reader, out->id, sizeof(out->id));
	out->kind = (enum lt_kind)fields_get_u32(&reader);
	outbox_copy_text(&reader, out->sender, sizeof(out->sender));
	outbox_copy_text(&reader, out->dossier, sizeof(out->dossier));
	outbox_copy_text(&reader, out->key, sizeof(out->key));
	out->item = fields_get_u64(&reader);
	out->created = (int64_t)fields_get_u64(&reader);
	out->admitted_at = (int64_t)fields_get_u64(&reader);
	out->delivered_at = (int64_t)fields_get_u64(&reader);
	out->sequence = fields_get_u64(&reader);
	fields_get_raw(&reader, out->receipt.head, sizeof(out->receipt.head));
	fields_get_raw(&reader, out->receipt.verdict, sizeof(out->receipt.verdict));
	fields_get_raw(&reader, out->receipt.outcome, sizeof(out->receipt.outcome));
	fields_get_raw(&reader, out->leaf_hash, sizeof(out->leaf_hash));
	out->branch = fields_get_u32(&reader);
	out->branch_version = fields_get_u64(&reader);
	outbox_rejection_get(&reader, &out->rejection);
	return fields_end(&reader);
}

enum lt_err outbox_find(struct vault_tx *tx, const uint8_t id[16], uint64_t *number)
{
	struct lt_bytes value;
	enum lt_err err = vault_get(tx, VAULT_ID, lt_bytes(id, 16), &value);
	if (err)
		return err;
	struct fields_reader reader = { .rest = value };
	*number = fields_get_u64(&reader);
	return fields_end(&reader);
}

enum lt_err outbox_get_signed(struct vault_tx *tx, uint64_t number, struct outbox_signed *out)
{
	struct lt_bytes value;
	enum lt_err err = vault_get_u64(tx, VAULT_ENVELOPE, number, &value);
	if (err)
		return err;
	struct fields_reader reader = { .rest = value };
	out->header = fields_get_bytes(&reader);
	fields_get_raw(&reader, out->signer, sizeof(out->signer));
	out->count = fields_get_u8(&reader);
	for (size_t i = 0; i < out->count && i < OUTBOX_SIGNATURES_MAX; i++)
		out->signatures[i] = fields_get_bytes(&reader);
	err = fields_end(&reader);
	return err || out->count == 0 || out->count > OUTBOX_SIGNATURES_MAX ? LT_ECORRUPT : LT_OK;
}

enum lt_err outbox_put_signed(struct vault_tx *tx, uint64_t number, const struct outbox_signed *all)
{
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	fields_put_bytes(&writer, all->header);
	fields_put_raw(&writer, all->signer, sizeof(all->signer));
	fields_put_u8(&writer, (uint8_t)all->count);
	for (size_t i = 0; i < all->count; i++)
		fields_put_bytes(&writer, all->signatures[i]);
	enum lt_err err = fields_written(&writer);
	if (!err)
		err = vault_put_u64(tx, VAULT_ENVELOPE, number, lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
	return err;
}

enum lt_err outbox_envelope(struct vault_tx *tx, uint64_t number, struct lt_bytes *header, struct lt_bytes *signature)
{
	struct outbox_signed all;
	enum lt_err err = outbox_get_signed(tx, number, &all);
	if (err)
		return err;
	*header = all.header;
	*signature = all.signatures[0];
	return LT_OK;
}

enum lt_err outbox_leaves(struct vault_tx *tx, uint64_t number, const struct lt_receipt *receipt,
			  uint8_t leaves[OUTBOX_SIGNATURES_MAX][32], size_t *count)
{
	struct outbox_signed all;
	enum lt_err err = outbox_get_signed(tx, number, &all);
	*count = err ? 0 : all.count;
	for (size_t i = 0; i < *count && !err; i++)
		err = lt_receipt_leaf(receipt, all.header, all.signatures[i], leaves[i]);
	return err;
}

enum lt_err outbox_signature_was(struct vault_tx *tx, uint64_t number, struct outbox_state *state, size_t index)
{
	struct outbox_signed all;
	enum lt_err err = outbox_get_signed(tx, number, &all);
	if (err || index == 0)
		return err;
	if (index >= all.count)
		return LT_ECORRUPT;
	struct lt_bytes first = all.signatures[0];
	all.signatures[0] = all.signatures[index];
	all.signatures[index] = first;
	memset(all.signer, 0, sizeof(all.signer));
	err = lt_receipt_leaf(&state->receipt, all.header, all.signatures[0], state->leaf_hash);
	if (!err)
		err = outbox_put_signed(tx, number, &all);
	return err ? err : outbox_put_state(tx, number, state);
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

enum lt_err outbox_tell(struct vault_tx *tx, int64_t now, const struct outbox_state *state, enum lt_event event)
{
	struct feed_event told = { .event = event,
				   .time = now,
				   .kind = state->kind,
				   .item = state->item,
				   .reason = event == LT_EVENT_ENVELOPE_REJECTED ? state->rejection.reason : 0 };
	memcpy(told.agency, state->sender, sizeof(told.agency));
	memcpy(told.dossier, state->dossier, sizeof(told.dossier));
	memcpy(told.id, state->id, sizeof(told.id));
	return feed_tell(tx, &told);
}
