/* ledger.c: what the ledger can prove, out of the hashes that are on the disk. */
#include "query_internal.h"

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

enum lt_reason query_ledger(struct query *query, uint64_t sequence, uint64_t old_size, struct lt_ledger_view *out,
			    struct lt_refusal *refusal)
{
	uint8_t hashes[LT_MERKLE_PATH_MAX + 1][32];
	uint64_t size = query->checkpoint_size;
	*out = (struct lt_ledger_view){ .checkpoint = query->checkpoint, .sequence = sequence, .old_size = old_size };
	if (!query->ledger || size == 0)
		return lt_refuse(refusal, LT_RECORD_UNKNOWN, "this broker keeps no ledger: it has no key for it");
	if (sequence > size || old_size > size)
		return lt_refuse(refusal, LT_LEDGER_SHORTER, "the newest checkpoint reaches record %llu",
				 (unsigned long long)size);
	enum lt_err err = LT_OK;
	if (sequence > 0)
		err = ledger_inclusion(query->ledger, sequence - 1, size, hashes, &out->path_count);
	if (err)
		return unreadable(refusal, err);
	out->path = keep_hashes(query, hashes, out->path_count);
	if (old_size > 0)
		err = ledger_consistency(query->ledger, old_size, size, hashes, &out->grown_count);
	if (err)
		return unreadable(refusal, err);
	out->grown = keep_hashes(query, hashes, out->grown_count);
	return LT_REASON_NONE;
}
