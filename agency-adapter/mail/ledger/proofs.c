/* proofs.c: sequence -> envelope while its receipt waits, envelope -> proof when it is complete. */
#include "proofs.h"

#include "base/fields.h"

#include <string.h>

enum lt_err proofs_wait(struct vault_tx *tx, uint64_t number, uint64_t before, uint64_t sequence)
{
	uint8_t value[8];
	enum lt_err err = before && before != sequence ? vault_delete_u64(tx, VAULT_UNPROVED, before) : LT_OK;
	fields_raw_put64(value, number);
	return err ? err : vault_put_u64(tx, VAULT_UNPROVED, sequence, lt_bytes(value, sizeof(value)));
}

enum lt_err proofs_forget_waiting(struct vault_tx *tx)
{
	uint64_t sequence = 0;
	struct lt_bytes value;
	enum lt_err err = LT_OK;
	while (!err && (err = vault_seek_u64(tx, VAULT_UNPROVED, sequence, &sequence, &value)) == LT_OK)
		err = vault_delete_u64(tx, VAULT_UNPROVED, sequence);
	return err == LT_ENOENT ? LT_OK : err;
}

enum lt_err proofs_waiting(struct vault_tx *tx, uint64_t size, struct proofs_open *out, size_t *count)
{
	size_t max = *count;
	enum lt_err err = LT_OK;
	uint64_t from = 1;
	*count = 0;
	while (*count < max && !err) {
		struct proofs_open *open = &out[*count];
		struct outbox_state state;
		struct lt_bytes value;
		err = vault_seek_u64(tx, VAULT_UNPROVED, from, &open->sequence, &value);
		if (err && err != LT_ECORRUPT)
			break;
		if (open->sequence > size)
			return LT_OK;
		from = open->sequence + 1;
		open->number = !err && value.len == 8 ? fields_raw_get64(value.data) : 0;
		if (!err)
			err = outbox_get_state(tx, open->number, &state);
		if (!err)
			err = outbox_leaves(tx, open->number, &state.receipt, open->leaves, &open->leaf_count);
		*count += !err;
		if (err == LT_ECORRUPT || err == LT_ENOENT) /* its own receipt waits, and no other's */
			err = LT_OK;
	}
	return err == LT_ENOENT ? LT_OK : err;
}

enum lt_err proofs_complete(struct vault_tx *tx, const struct proofs_open *open, struct lt_bytes note,
			    const struct lt_bytes *hashes, size_t count)
{
	struct lt_buf value = { 0 };
	struct fields_writer writer = { .buf = &value };
	struct lt_bytes waits;
	/* Meanwhile it may have got another receipt, or gone. */
	enum lt_err err = vault_get_u64(tx, VAULT_UNPROVED, open->sequence, &waits);
	if (err || waits.len != 8 || fields_raw_get64(waits.data) != open->number)
		return err == LT_ENOENT ? LT_OK : err;
	fields_put_u64(&writer, open->sequence);
	fields_put_bytes(&writer, note);
	fields_put_u8(&writer, (uint8_t)count);
	for (size_t i = 0; i < count; i++)
		fields_put_raw(&writer, hashes[i].data, 32);
	err = fields_written(&writer);
	if (!err)
		err = vault_put_u64(tx, VAULT_PROOF, open->number, lt_buf_bytes(&value));
	lt_buf_fini(&value);
	if (!err)
		err = vault_delete_u64(tx, VAULT_UNPROVED, open->sequence);
	struct outbox_state state;
	if (!err && open->leaf_count > 1)
		err = outbox_get_state(tx, open->number, &state);
	if (!err && open->leaf_count > 1)
		err = outbox_signature_was(tx, open->number, &state, open->found);
	return err;
}

enum lt_err proofs_text(struct vault_tx *tx, uint64_t number, const struct outbox_state *state, struct lt_buf *out)
{
	struct lt_bytes value, header, signature;
	struct lt_ledger_proof proof = { .index = state->sequence - 1, .extra_len = LT_RECEIPT_TEXT_LEN };
	enum lt_err err = vault_get_u64(tx, VAULT_PROOF, number, &value);
	if (err)
		return err;
	struct fields_reader reader = { .rest = value };
	uint64_t sequence = fields_get_u64(&reader);
	proof.checkpoint = fields_get_bytes(&reader);
	proof.path_count = fields_get_u8(&reader);
	for (size_t i = 0; i < proof.path_count && i < LT_MERKLE_PATH_MAX; i++)
		fields_get_raw(&reader, proof.path[i], 32);
	err = fields_end(&reader);
	if (!err && sequence != state->sequence)
		return LT_ENOENT; /* of the receipt before this one */
	if (!err)
		err = outbox_envelope(tx, number, &header, &signature);
	if (!err)
		err = lt_receipt_text(&state->receipt, header, signature, proof.extra);
	return err ? err : lt_ledger_proof_text(&proof, out);
}

enum lt_err proofs_drop(struct vault_tx *tx, uint64_t number, uint64_t sequence)
{
	enum lt_err err = sequence ? vault_delete_u64(tx, VAULT_UNPROVED, sequence) : LT_OK;
	return err ? err : vault_delete_u64(tx, VAULT_PROOF, number);
}
