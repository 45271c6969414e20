/* ledger.c: what grows with the journal and is proved to others. */
#include "ledger.h"

#include "base/fields.h"
#include "program/log.h"

#include <string.h>

void ledger_init(struct ledger *ledger)
{
	lt_merkle_init(&ledger->tree);
}

uint64_t ledger_size(const struct ledger *ledger)
{
	return ledger->tree.size;
}

void ledger_append(struct ledger *ledger, const struct journal_batch *batch)
{
	LT_ASSERT(batch->count == 0 || batch->first == ledger->tree.size + 1);
	for (uint32_t i = 0; i < batch->count; i++)
		lt_merkle_append(&ledger->tree, batch->leaves.data + (size_t)32 * i);
}

void ledger_root(const struct ledger *ledger, uint8_t root[32])
{
	lt_merkle_root(&ledger->tree, root);
}

enum lt_err ledger_encode(const struct ledger *ledger, struct lt_buf *out)
{
	uint8_t size[8];
	fields_raw_put64(size, ledger->tree.size);
	enum lt_err err = lt_buf_append(out, size, sizeof size);
	for (unsigned i = 0; i < 64 && !err; i++)
		if (ledger->tree.size >> i & 1)
			err = lt_buf_append(out, ledger->tree.peaks[i], 32);
	return err;
}

enum lt_err ledger_decode(struct lt_bytes bytes, struct ledger *out)
{
	if (bytes.len < 8)
		return LT_EPARSE;
	ledger_init(out);
	uint64_t size = fields_raw_get64(bytes.data);
	size_t at = 8;
	for (unsigned i = 0; i < 64; i++) {
		if (!(size >> i & 1))
			continue;
		if (bytes.len - at < 32)
			return LT_EPARSE;
		memcpy(out->tree.peaks[i], bytes.data + at, 32);
		at += 32;
	}
	out->tree.size = size;
	return at == bytes.len ? LT_OK : LT_EPARSE;
}

static enum lt_err add_leaf(void *ctx, const struct journal_entry *entry)
{
	struct ledger *ledger = ctx;
	LT_ASSERT(entry->sequence == ledger->tree.size + 1);
	lt_merkle_append(&ledger->tree, entry->leaf_hash);
	return LT_OK;
}

enum lt_err ledger_replay(struct ledger *ledger, struct journal *journal, uint64_t last)
{
	if (last > journal_head(journal))
		return LT_ENOENT;
	if (ledger->tree.size >= last)
		return LT_OK;
	return journal_scan(journal, ledger->tree.size + 1, last, add_leaf, ledger);
}
