/* outbox_answer.c: the broker's answer and the recipient's. */
#include "outbox.h"

#include "dossiers.h"
#include "program/log.h"
#include "proofs.h"
#include "receipts.h"
#include "times.h"

#include <stdio.h>
#include <string.h>

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
	if (!answer->has_receipt) {
		lt_log(LT_LOG_ERROR, "the broker admits an envelope without a receipt", "agency", state->sender,
		       "envelope", lt_log_id(state->id), "sequence", lt_log_u64(answer->sequence), NULL);
		return LT_OK;
	}
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
	state->reason = LT_REASON_NONE;
	state->detail[0] = state->vietnamese[0] = 0;
	state->rejected_at = 0;
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
	if (!answer->reason) {
		uint64_t before = state.sequence;
		if (before && before != answer->sequence)
			err = receipts_replaced(tx, number, &state, speaker->now());
		mark_admitted(&state, answer);
		if (!err)
			err = keep_receipt(tx, number, before, answer, &state);
		if (!err)
			err = note_sequence(tx, answer->sequence);
		if (!err)
			err = times_note(tx, answer->sequence,
					 answer->time < speaker->now() ? answer->time : speaker->now());
		if (!err)
			err = dossiers_learn(tx, state.dossier, answer->branch, answer->branch_version);
		if (!err)
			err = dossiers_settle(tx, state.dossier, number);
	} else if (state.status == OUTBOX_QUEUED) {
		state.status = OUTBOX_REJECTED;
		state.reason = answer->reason;
		state.rejected_at = speaker->now();
		snprintf(state.detail, sizeof(state.detail), "%s", answer->detail);
		snprintf(state.vietnamese, sizeof(state.vietnamese), "%s", answer->vietnamese);
		err = dossiers_unpredict(tx, state.dossier);
	}
	if (!err)
		err = outbox_put_state(tx, number, &state);
	return err ? err : vault_delete_u64(tx, VAULT_QUEUE, number);
}

/* The recipient, or who acts for it since a reorganisation: the registrar's directory says so. */
static bool may_answer(const struct speaker *speaker, const char *recipient, const char *sender)
{
	if (strcmp(recipient, sender) == 0)
		return true;
	struct directory_page *page = directory_current_ref(speaker->book);
	const struct lt_directory *directory = directory_current_directory(page);
	int64_t now = speaker->now() + (int64_t)LT_ID_FUTURE_SECONDS * 1000000;
	bool follows = directory && lt_directory_succeeds(directory, sender, recipient, now);
	directory_current_unref(page);
	return follows;
}

enum lt_err outbox_replied(struct vault_tx *tx, const struct speaker *speaker, const struct lt_header *reply,
			   int64_t time)
{
	struct outbox_state state;
	uint64_t number;
	enum lt_err err = outbox_find(tx, reply->in_reply_to, &number);
	if (!err)
		err = outbox_get_state(tx, number, &state);
	if (err)
		return err == LT_ENOENT ? LT_OK : err;
	if (!may_answer(speaker, state.to, reply->sender) || strcmp(state.dossier, reply->dossier) != 0) {
		lt_log(LT_LOG_WARNING, "an answer that does not come from the recipient", "envelope",
		       lt_log_id(state.id), "answer", lt_log_id(reply->id), "sender", reply->sender, NULL);
		return LT_OK;
	}
	if (state.has_answer)
		return LT_OK; /* the first stands */
	state.status = reply->kind == LT_KIND_ACCEPT ? OUTBOX_ACCEPTED : OUTBOX_REFUSED;
	state.has_answer = true;
	state.answered_at = time;
	memcpy(state.answer_id, reply->id, sizeof(state.answer_id));
	snprintf(state.answer_text, sizeof(state.answer_text), "%s", reply->reason ? reply->reason : "");
	return outbox_put_state(tx, number, &state);
}
