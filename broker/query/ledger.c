/* ledger.c: what the ledger can prove, out of the hashes that are on the disk. */
#include "query_internal.h"

#include "base/fields.h"
#include "state/state.h"

#include <string.h>

static struct lt_bytes *keep_hashes(struct query *query, uint8_t (*hashes)[32], size_t count)
{
	struct lt_bytes *list = query_alloc(query, (count + 1) * sizeof(*list));
	for (size_t i = 0; i < count; i++)
		list[i] = query_keep(query, lt_bytes(hashes[i], 32));
	return list;
}

static enum lt_reason unreadable(struct lt_refusal *refusal, enum lt_err err)
{
	return lt_refuse(refusal, LT_RECORD_UNKNOWN, "the ledger cannot be read: %s", lt_err_text(err));
}

static enum lt_err prove(struct query *query, uint64_t sequence, uint64_t size, struct lt_ledger_path *out)
{
	uint8_t hashes[LT_MERKLE_PATH_MAX][32];
	out->sequence = sequence;
	enum lt_err err = ledger_inclusion(query->ledger, sequence - 1, size, hashes, &out->count);
	if (!err)
		out->hashes = keep_hashes(query, hashes, out->count);
	return err;
}

static enum lt_reason check_reach(const struct query *query, const uint64_t *sequences, size_t count, uint64_t old_size,
				  struct lt_refusal *refusal)
{
	uint64_t size = query->checkpoint_size, highest = old_size;
	if (!query->ledger || size == 0)
		return lt_refuse(refusal, LT_RECORD_UNKNOWN, "this broker keeps no ledger: it has no key for it");
	for (size_t i = 0; i < count; i++) {
		if (sequences[i] == 0)
			return lt_refuse(refusal, LT_RECORD_UNKNOWN, "0 is not the sequence of a record");
		highest = sequences[i] > highest ? sequences[i] : highest;
	}
	if (highest > size)
		return lt_refuse(refusal, LT_LEDGER_SHORTER, "the newest checkpoint reaches record %llu",
				 (unsigned long long)size);
	return LT_REASON_NONE;
}

/* The ledgers that this one goes on from. */
static enum lt_err list_before(struct query *query, struct lt_ledger_view *out)
{
	struct lt_bytes list = query->incarnations;
	size_t count = list.len / STATE_INCARNATION_LEN;
	enum lt_err err = LT_OK;
	out->before = query_alloc(query, (count + 1) * sizeof(*out->before));
	for (; out->before_count < count && !err; out->before_count++) {
		const uint8_t *at = list.data + out->before_count * STATE_INCARNATION_LEN;
		struct lt_ledger_end *end = &out->before[out->before_count];
		char origin[LT_ORIGIN_MAX];
		uint8_t root[32];
		end->size = fields_raw_get64(at + 16);
		err = lt_ledger_origin(query->state->rulebook ? rulebook_domain(query->state->rulebook) : "", at,
				       origin);
		if (!err)
			err = ledger_root_of(query->ledger, end->size, root);
		end->origin = (const char *)query_keep(query, lt_bytes(origin, strlen(origin) + 1)).data;
		end->root = query_keep(query, lt_bytes(root, 32));
	}
	return err;
}

enum lt_reason query_ledger(struct query *query, const uint64_t *sequences, size_t count, uint64_t old_size,
			    struct lt_ledger_view *out, struct lt_refusal *refusal)
{
	uint8_t hashes[LT_MERKLE_PATH_MAX + 1][32];
	uint64_t size = query->checkpoint_size;
	enum lt_err err = LT_OK;
	*out = (struct lt_ledger_view){ .checkpoint = query->checkpoint, .old_size = old_size };
	enum lt_reason reason = check_reach(query, sequences, count, old_size, refusal);
	if (reason)
		return reason;
	out->proofs = query_alloc(query, (count + 1) * sizeof(*out->proofs));
	for (; out->proof_count < count && !err; out->proof_count++)
		err = prove(query, sequences[out->proof_count], size, &out->proofs[out->proof_count]);
	if (!err)
		err = list_before(query, out);
	if (err)
		return unreadable(refusal, err);
	if (old_size > 0)
		err = ledger_consistency(query->ledger, old_size, size, hashes, &out->grown_count);
	if (err)
		return unreadable(refusal, err);
	out->grown = keep_hashes(query, hashes, out->grown_count);
	return LT_REASON_NONE;
}
