/* inbox_purge.c: what an agency has long dealt with goes, so that its store stays bounded: item, state, trace, the note of its dossier, and
 * its parts when nobody else names them. An offer that is not answered, and what is in quarantine, stays whatever its age. The newest
 * item stays too: its number is the one that the next is counted from.
 *
 * That an envelope was seen is remembered longer, in few bytes: a broker that was restored may bring it again. */
#include "inbox_internal.h"

#include "dossiers.h"
#include "parts.h"
#include "mail/ledger/times.h"
#include "base/fields.h"

#include <string.h>

#define SEEN_KEEP_US (2 * 365 * 24 * 3600 * INT64_C(1000000)) /* a broker's backup is younger */

static enum lt_err is_over(struct vault_tx *tx, uint64_t number, const struct inbox_item *item,
			   const struct lt_header *header, int64_t before, bool *over)
{
	struct inbox_state state;
	enum lt_err err = inbox_get_state(tx, number, &state);
	bool open = state.status == INBOX_ANSWERING || state.status == INBOX_STUCK ||
		    (state.status == INBOX_NEW && lt_kind_offers(header->kind));
	*over = !err && !item->fault.reason && !open && item->received_at < before && state.answered_at < before;
	return err;
}

/* Its dossier, of which nothing else may be left. A DIGEST is of none. */
static enum lt_err forget_trace(struct vault_tx *tx, uint64_t number, const struct lt_header *header)
{
	uint64_t other;
	if (header->dossier[0] == '\0')
		return LT_OK;
	enum lt_err err = dossiers_untrace(tx, header->dossier, 'r', number);
	if (!err && dossiers_trace_next(tx, header->dossier, 'r', 0, &other) == LT_ENOENT &&
	    dossiers_trace_next(tx, header->dossier, 's', 0, &other) == LT_ENOENT)
		err = dossiers_forget(tx, header->dossier);
	return err;
}

static enum lt_err drop(struct vault_tx *tx, uint64_t number, const struct inbox_item *item,
			const struct lt_header *header)
{
	enum lt_err err = forget_trace(tx, number, header); /* first: it may find damage */
	for (size_t i = 0; i < item->part_count && !err; i++)
		err = parts_release(tx, item->parts[i]);
	if (!err)
		err = times_drop(tx, item->sequence);
	if (!err)
		err = vault_delete_u64(tx, VAULT_INBOX_STATE, number);
	return err ? err : vault_delete_u64(tx, VAULT_INBOX, number);
}

/* The oldest come first, as their ids begin with a time. */
static enum lt_err forget_seen(struct vault_tx *tx, int64_t before, size_t limit)
{
	struct lt_bytes key, value;
	for (size_t i = 0; i < limit && before > 0; i++) {
		enum lt_err err = vault_seek(tx, VAULT_SEEN, lt_bytes(NULL, 0), &key, &value);
		if (err)
			return err == LT_ENOENT ? LT_OK : err;
		if (key.len < 6 || (int64_t)fields_key_get(key.data, 6) * 1000 >= before)
			return LT_OK;
		uint8_t copy[VAULT_KEY_MAX];
		size_t len = key.len;
		memcpy(copy, key.data, len);
		err = vault_delete(tx, VAULT_SEEN, lt_bytes(copy, len));
		if (err)
			return err;
	}
	return LT_OK;
}

enum lt_err inbox_purge(struct vault_tx *tx, int64_t now, int64_t keep, size_t limit, uint64_t *from)
{
	struct lt_arena *arena;
	struct lt_bytes value;
	uint64_t last = 0, number = *from;
	enum lt_err err = lt_arena_new(256 * 1024, &arena);
	if (err)
		return err;
	err = vault_last_u64(tx, VAULT_INBOX, &last);
	*from = 0;
	for (size_t i = 0; !err; i++, number++) {
		struct inbox_item item;
		struct lt_header header;
		struct lt_refusal refusal;
		bool over = false;
		if (i == limit) {
			*from = number;
			break;
		}
		err = vault_seek_u64(tx, VAULT_INBOX, number, &number, &value);
		if (!err)
			err = inbox_get(tx, number, &item);
		if (err == LT_ECORRUPT && number < last) { /* it stays, and keeps nothing else here */
			err = LT_OK;
			continue;
		}
		if (err || number >= last || (item.received_at <= now && item.received_at >= now - keep)) {
			err = err == LT_ECORRUPT ? LT_OK : err;
			break;
		}
		lt_arena_reset(arena);
		if (!item.readable || lt_header_parse(item.header, arena, &header, &refusal))
			continue;
		err = is_over(tx, number, &item, &header, now - keep, &over);
		if (!err && over)
			err = drop(tx, number, &item, &header);
		if (err == LT_ECORRUPT)
			err = LT_OK;
	}
	lt_arena_free(arena);
	if (err && err != LT_ENOENT)
		return err;
	return forget_seen(tx, now - SEEN_KEEP_US, limit);
}
