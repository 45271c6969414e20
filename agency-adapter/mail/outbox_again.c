/* outbox_again.c: a broker that came back older than we know it, and envelopes that are old enough to go. */
#include "outbox_internal.h"

#include "dossiers.h"
#include "program/log.h"
#include "parts.h"
#include "mail/ledger/proofs.h"

#include <string.h>

static enum lt_err queue_all(struct vault_tx *tx, const struct speaker *speaker, uint64_t *count)
{
	uint8_t again = 1;
	struct lt_bytes value;
	enum lt_err err = LT_OK;
	for (uint64_t number = 0; !err; number++) {
		struct outbox_state state;
		err = vault_seek_u64(tx, VAULT_STATE, number, &number, &value);
		if (!err)
			err = outbox_get_state(tx, number, &state);
		if (err || state.status == OUTBOX_QUEUED || state.admitted_at == 0 ||
		    state.created + OUTBOX_KEEP_US < speaker->now())
			continue;
		err = vault_put_u64(tx, VAULT_QUEUE, number, lt_bytes(&again, 1));
		(*count)++;
	}
	return err == LT_ENOENT ? LT_OK : err;
}

enum lt_err outbox_meet(struct vault_tx *tx, const struct speaker *speaker, const uint8_t incarnation[16],
			uint64_t head, bool *again)
{
	static const char name[] = "incarnation";
	struct lt_bytes key = lt_bytes(name, sizeof(name) - 1), known;
	uint64_t last = 0, count = 0;
	bool first = false, other = false;
	*again = false;
	enum lt_err err = vault_get(tx, VAULT_META, key, &known);
	if (err == LT_ENOENT) {
		first = true;
		err = LT_OK;
	} else if (!err) {
		other = !lt_bytes_equal(known, lt_bytes(incarnation, 16));
	}
	if (!err)
		err = vault_meta_get(tx, "admitted_last", &last);
	if (err || (!first && !other && head >= last))
		return err;
	err = vault_put(tx, VAULT_META, key, lt_bytes(incarnation, 16));
	if (err || first)
		return err;
	err = queue_all(tx, speaker, &count);
	if (!err)
		err = proofs_forget_waiting(tx); /* each gets its receipt again, of the ledger as it is now */
	if (!err)
		err = vault_meta_put(tx, "admitted_last", head < last ? head : last);
	if (!err)
		err = vault_meta_put(tx, "reoffer_until", (uint64_t)(speaker->now() + OUTBOX_REOFFER_US));
	if (!err)
		err = feed_tell(tx, &(struct feed_event){ .event = LT_EVENT_BROKER_RESTORED, .time = speaker->now() });
	*again = true;
	lt_log(LT_LOG_WARNING, "the broker was restored; what was sent is offered again", "envelopes",
	       lt_log_u64(count), "broker_head", lt_log_u64(head), "admitted_here", lt_log_u64(last), NULL);
	return err;
}

static enum lt_err drop(struct vault_tx *tx, uint64_t number, const struct outbox_state *state, struct lt_arena *arena)
{
	struct lt_bytes bytes, signature;
	struct lt_header header;
	struct lt_refusal refusal = { 0 };
	lt_arena_reset(arena);
	enum lt_err err = outbox_envelope(tx, number, &bytes, &signature);
	if (err)
		return err;
	if (lt_header_parse(bytes, arena, &header, &refusal))
		return LT_ECORRUPT;
	err = dossiers_untrace(tx, state->dossier, 's', number); /* first: it may find damage */
	if (!err)
		err = outbox_drop_replies(tx, number, header.to_count);
	for (size_t i = 0; i < header.part_count && !err; i++)
		err = parts_release(tx, header.parts[i].sha256);
	if (!err)
		err = vault_delete_u64(tx, VAULT_ARRIVING, number);
	if (!err)
		err = proofs_drop(tx, number, state->sequence);
	if (!err && state->key[0])
		err = vault_delete(tx, VAULT_KEY, lt_bytes(state->key, strlen(state->key)));
	if (!err)
		err = vault_delete(tx, VAULT_ID, lt_bytes(state->id, 16));
	if (!err)
		err = vault_delete_u64(tx, VAULT_ENVELOPE, number);
	return err ? err : vault_delete_u64(tx, VAULT_STATE, number);
}

enum lt_err outbox_purge(struct vault_tx *tx, int64_t now, int64_t keep, size_t limit, uint64_t *from)
{
	struct lt_arena *arena;
	struct lt_bytes value;
	uint64_t number = *from;
	enum lt_err err = lt_arena_new(256 * 1024, &arena);
	if (err)
		return err;
	*from = 0;
	for (size_t i = 0; !err; i++, number++) {
		struct outbox_state state;
		if (i == limit) {
			*from = number;
			break;
		}
		err = vault_seek_u64(tx, VAULT_STATE, number, &number, &value);
		if (!err)
			err = outbox_get_state(tx, number, &state);
		if (!err && state.created <= now && state.created + keep >= now)
			break; /* and the later ones are younger */
		/* What waits stays, and what was made while the clock was ahead. */
		if (!err && state.created <= now && vault_get_u64(tx, VAULT_QUEUE, number, &value) == LT_ENOENT)
			err = drop(tx, number, &state, arena);
		if (err == LT_ECORRUPT) /* it stays, and keeps nothing else here */
			err = LT_OK;
	}
	lt_arena_free(arena);
	return err == LT_ENOENT ? LT_OK : err;
}
