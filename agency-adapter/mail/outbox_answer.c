/* outbox_answer.c: the broker's answer. */
#include "inbox.h"
#include "outbox_internal.h"

#include "dossiers.h"
#include "program/log.h"
#include "mail/ledger/proofs.h"
#include "mail/ledger/receipts.h"
#include "mail/ledger/times.h"

#include <stdio.h>
#include <string.h>

#define ARENA_MAX (256u * 1024u) /* bytes: a header of LT_HEADER_MAX with its records */

static void log_answer(const struct outbox_state *state, const struct outbox_answer *answer)
{
	if (!answer->reason) {
		lt_log(LT_LOG_DEBUG, "envelope admitted", "agency", state->sender, "envelope", lt_log_id(state->id),
		       "dossier", state->dossier, "kind", lt_kind_name(state->kind), "sequence",
		       lt_log_u64(answer->sequence), NULL);
		return;
	}
	lt_log(LT_LOG_WARNING, "envelope rejected by the broker", "agency", state->sender, "envelope",
	       lt_log_id(state->id), "dossier", state->dossier, "kind", lt_kind_name(state->kind), "reason",
	       lt_reason_name(answer->reason), "detail", answer->detail, NULL);
}

/* The leaf is made here, of the bytes that we sent: what the broker would say of it would prove nothing. */
static enum lt_err keep_receipt(struct vault_tx *tx, uint64_t number, uint64_t before,
				const struct outbox_answer *answer, struct outbox_state *state)
{
	struct lt_bytes header, signature;
	enum lt_err err = outbox_envelope(tx, number, &header, &signature);
	state->receipt = answer->receipt;
	if (!err)
		err = lt_receipt_leaf(&answer->receipt, header, signature, state->leaf_hash);
	return err ? err : proofs_wait(tx, number, before, answer->sequence);
}

static void mark_admitted(struct outbox_state *state, const struct outbox_answer *answer)
{
	if (state->status == OUTBOX_QUEUED || state->status == OUTBOX_REJECTED)
		state->status = OUTBOX_ADMITTED;
	state->rejection = (struct outbox_rejection){ 0 };
	state->admitted_at = answer->time;
	state->sequence = answer->sequence;
	state->branch = answer->branch;
	state->branch_version = answer->branch_version;
}

static enum lt_err note_sequence(struct vault_tx *tx, uint64_t sequence)
{
	uint64_t last = 0;
	enum lt_err err = vault_meta_get(tx, "admitted_last", &last);
	return err || sequence <= last ? err : vault_meta_put(tx, "admitted_last", sequence);
}

/* Ours may answer what was asked of us: the item says so. */
static enum lt_err tell_asked(struct vault_tx *tx, const struct speaker *speaker, uint64_t number)
{
	struct lt_bytes bytes, signature;
	struct lt_arena *arena;
	struct lt_header header;
	struct lt_refusal refusal = { 0 };
	enum lt_err err = outbox_envelope(tx, number, &bytes, &signature);
	if (!err)
		err = lt_arena_new(ARENA_MAX, &arena);
	if (err)
		return err;
	if (lt_header_parse(bytes, arena, &header, &refusal))
		err = LT_ECORRUPT;
	else
		err = inbox_asked_answered(tx, speaker, &header, number);
	lt_arena_free(arena);
	return err;
}

static enum lt_err take_admitted(struct vault_tx *tx, const struct speaker *speaker, uint64_t number,
				 const struct outbox_answer *answer, struct outbox_state *state)
{
	int64_t now = speaker->now();
	uint64_t before = state->sequence;
	enum lt_err err = before && before != answer->sequence ? receipts_replaced(tx, number, state, now) : LT_OK;
	bool first = state->admitted_at == 0;
	mark_admitted(state, answer);
	if (!err && first)
		err = outbox_tell(tx, now, state, LT_EVENT_ENVELOPE_ADMITTED);
	if (!err && first && lt_kind_offers(state->kind))
		err = outbox_arriving(tx, now, number);
	if (!err)
		err = keep_receipt(tx, number, before, answer, state);
	if (!err)
		err = note_sequence(tx, answer->sequence);
	if (!err)
		err = times_note(tx, answer->sequence, answer->time < now ? answer->time : now);
	if (!err)
		err = dossiers_learn(tx, state->dossier, answer->branch, answer->branch_version, answer->sequence);
	if (!err)
		err = dossiers_settle(tx, state->dossier, number);
	if (!err && state->item)
		err = inbox_answer_decided(tx, speaker, state->item, number, NULL);
	else if (!err && !lt_kind_offers(state->kind))
		err = tell_asked(tx, speaker, number);
	if (!err && answer->branch != 0)
		err = inbox_branch_at(tx, speaker, state->dossier, answer->branch, answer->branch_version, true);
	return err;
}

static void set_rejection(struct outbox_state *state, const struct outbox_answer *answer, int64_t now)
{
	state->rejection.reason = answer->reason;
	state->rejection.at = now;
	snprintf(state->rejection.detail, sizeof(state->rejection.detail), "%s", answer->detail);
	snprintf(state->rejection.vietnamese, sizeof(state->rejection.vietnamese), "%s", answer->vietnamese);
}

/* Our own trouble: it stays in the queue, and says why. */
static enum lt_err take_refused_key(struct vault_tx *tx, const struct speaker *speaker, uint64_t number,
				    const struct outbox_answer *answer, struct outbox_state *state)
{
	if (state->status != OUTBOX_QUEUED)
		return LT_OK; /* offered to a restored broker: what it was stays told */
	set_rejection(state, answer, speaker->now());
	return outbox_put_state(tx, number, state);
}

static enum lt_err take_rejected(struct vault_tx *tx, const struct speaker *speaker, uint64_t number,
				 const struct outbox_answer *answer, struct outbox_state *state)
{
	state->status = OUTBOX_REJECTED;
	set_rejection(state, answer, speaker->now());
	enum lt_err err = outbox_tell(tx, state->rejection.at, state, LT_EVENT_ENVELOPE_REJECTED);
	if (!err)
		err = dossiers_unpredict(tx, state->dossier);
	return err || !state->item ? err : inbox_answer_decided(tx, speaker, state->item, number, &state->rejection);
}

enum lt_err outbox_answered(struct vault_tx *tx, const struct speaker *speaker, const struct outbox_answer *answer)
{
	struct outbox_state state;
	uint64_t number;
	enum lt_err err = outbox_find(tx, answer->id, &number);
	if (!err)
		err = outbox_get_state(tx, number, &state);
	if (err == LT_ENOENT) {
		lt_log(LT_LOG_WARNING, "answer for an envelope that is not ours", "envelope", lt_log_id(answer->id),
		       NULL);
		return LT_OK;
	}
	if (err)
		return err;
	if (!answer->reason) {
		struct lt_bytes ignored;
		bool queued = vault_get_u64(tx, VAULT_QUEUE, number, &ignored) == LT_OK;
		const char *doubt = receipts_doubt(&state, queued, answer, speaker->now());
		if (doubt) /* nothing changes; while it waits it goes again with the next session */
			return receipts_keep(tx, &state, answer, doubt, speaker->now());
	}
	log_answer(&state, answer);
	if (outbox_of_our_key(answer->reason))
		return take_refused_key(tx, speaker, number, answer, &state);
	if (!answer->reason)
		err = take_admitted(tx, speaker, number, answer, &state);
	else if (state.status == OUTBOX_QUEUED)
		err = take_rejected(tx, speaker, number, answer, &state);
	if (!err)
		err = outbox_put_state(tx, number, &state);
	return err ? err : vault_delete_u64(tx, VAULT_QUEUE, number);
}
