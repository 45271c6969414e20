/* inbox_offer.c: what becomes of an offer that arrived, and of our answer to it.
 *
 * An offer is ours to answer until the broker has admitted an answer, its sender has taken it back, or the branch has gone on without
 * us. The first comes with the broker's answer to ours, the second with the sender's RECALL, the third with anything that tells a later
 * version of the branch: an item, a receipt, a view of the dossier; or with the reason for which our answer was not taken. Offers that
 * are open stand under their dossier in the trace, so that each of these finds them. */
#include "inbox_internal.h"

#include "dossiers.h"

#include <string.h>

#define ARENA_MAX (256u * 1024u) /* bytes: a header of LT_HEADER_MAX with its records */
#define OPEN_LETTER 'o'

static enum lt_event event_of(enum inbox_status status)
{
	static const enum lt_event events[INBOX_STATUSES] = {
		[INBOX_NEW] = LT_EVENT_ITEM_NEW,           [INBOX_ANSWERING] = LT_EVENT_ITEM_ANSWERING,
		[INBOX_ACCEPTED] = LT_EVENT_ITEM_ACCEPTED, [INBOX_REFUSED] = LT_EVENT_ITEM_REFUSED,
		[INBOX_RECALLED] = LT_EVENT_ITEM_RECALLED, [INBOX_LAPSED] = LT_EVENT_ITEM_LAPSED,
		[INBOX_STUCK] = LT_EVENT_ITEM_STUCK,       [INBOX_ANSWERED] = LT_EVENT_ITEM_ANSWERED,
	};
	return events[status];
}

static enum lt_err tell(struct vault_tx *tx, const struct speaker *speaker, uint64_t number,
			const struct inbox_state *state, const struct lt_header *header, const char *agency)
{
	struct feed_event told = { .event = event_of(state->status),
				   .time = speaker->now(),
				   .kind = header->kind,
				   .item = number,
				   .reason = state->status == INBOX_NEW || state->status == INBOX_LAPSED
						     ? state->last.reason
						     : 0 };
	memcpy(told.agency, agency, sizeof(told.agency));
	memcpy(told.dossier, header->dossier, sizeof(told.dossier));
	memcpy(told.id, header->id, sizeof(told.id));
	if (state->answer)
		memcpy(told.reply, state->answer_id, sizeof(told.reply));
	memcpy(told.by, header->sender, sizeof(told.by));
	enum lt_err err = feed_tell(tx, &told);
	bool open = state->status == INBOX_NEW || state->status == INBOX_ANSWERING;
	return err || open ? err : dossiers_untrace(tx, header->dossier, OPEN_LETTER, number);
}

enum lt_err inbox_change(struct vault_tx *tx, const struct speaker *speaker, uint64_t number,
			 const struct inbox_item *item, struct inbox_state *state, enum inbox_status status)
{
	struct lt_arena *arena;
	struct lt_header header;
	struct lt_refusal refusal = { 0 };
	enum lt_err err = lt_arena_new(ARENA_MAX, &arena);
	if (err)
		return err;
	if (lt_header_parse(item->header, arena, &header, &refusal))
		err = LT_ECORRUPT;
	inbox_set_status(state, status);
	if (!err)
		err = tell(tx, speaker, number, state, &header, item->agency);
	if (!err)
		err = inbox_put_state(tx, number, state);
	lt_arena_free(arena);
	return err;
}

/* An item that is answering waits for the broker's word all the same: both may have crossed. */
static enum lt_err gone(struct vault_tx *tx, const struct speaker *speaker, uint64_t number,
			const struct inbox_item *item, enum inbox_status how)
{
	struct inbox_state state;
	enum lt_err err = inbox_get_state(tx, number, &state);
	if (err || (state.status != INBOX_NEW && state.status != INBOX_ANSWERING))
		return err;
	if (state.status == INBOX_ANSWERING) {
		state.gone = state.gone == INBOX_RECALLED ? INBOX_RECALLED : how;
		return inbox_put_state(tx, number, &state);
	}
	return inbox_change(tx, speaker, number, item, &state, how);
}

enum lt_err inbox_branch_at(struct vault_tx *tx, const struct speaker *speaker, const char *dossier, uint32_t branch,
			    uint64_t version, bool offered)
{
	uint64_t number = 0;
	enum lt_err err = LT_OK;
	while (!err) {
		struct inbox_item item;
		err = dossiers_trace_next(tx, dossier, OPEN_LETTER, number + 1, &number);
		if (!err)
			err = inbox_get(tx, number, &item);
		if (err || item.branch != branch)
			continue;
		if (item.branch_version < version || (item.branch_version == version && !offered))
			err = gone(tx, speaker, number, &item, INBOX_LAPSED);
	}
	return err == LT_ENOENT ? LT_OK : err;
}

/* The sender of the offer takes it back, or who acts for it. */
static enum lt_err recalled(struct vault_tx *tx, const struct speaker *speaker, const struct lt_header *recall)
{
	struct lt_arena *arena;
	struct lt_header offer;
	struct lt_refusal refusal = { 0 };
	uint64_t number = 0;
	enum lt_err err = lt_arena_new(ARENA_MAX, &arena);
	if (err)
		return err;
	while (!err) {
		struct inbox_item item;
		err = dossiers_trace_next(tx, recall->dossier, OPEN_LETTER, number + 1, &number);
		if (!err)
			err = inbox_get(tx, number, &item);
		lt_arena_reset(arena);
		if (!err && lt_header_parse(item.header, arena, &offer, &refusal))
			err = LT_ECORRUPT;
		if (!err && memcmp(offer.id, recall->in_reply_to, sizeof(offer.id)) == 0 &&
		    (item.recipient == 0 || item.branch == recall->branch) &&
		    directory_current_acts_for(speaker->book, recall->sender, offer.sender, speaker->now()))
			err = gone(tx, speaker, number, &item, INBOX_RECALLED);
	}
	lt_arena_free(arena);
	return err == LT_ENOENT ? LT_OK : err;
}

enum lt_err inbox_offer_seen(struct vault_tx *tx, const struct speaker *speaker, const struct inbox_delivery *delivery,
			     const struct lt_header *header, uint64_t item)
{
	enum lt_err err = header->kind == LT_KIND_RECALL ? recalled(tx, speaker, header) : LT_OK;
	if (!err && delivery->branch != 0)
		err = inbox_branch_at(tx, speaker, header->dossier, delivery->branch, delivery->branch_version, true);
	if (!err && lt_kind_offers(header->kind) && strcmp(header->sender, delivery->agency) != 0)
		err = dossiers_trace(tx, header->dossier, OPEN_LETTER, item);
	return err;
}

/* The broker's refusals of an ACCEPT or REFUSE that say that there is no such offer any more. */
static bool says_gone(enum lt_reason reason)
{
	return reason == LT_STALE_VERSION || reason == LT_NOT_OFFERED || reason == LT_REPLY_UNKNOWN ||
	       reason == LT_BRANCH_UNKNOWN || reason == LT_BRANCH_CLOSED || reason == LT_DOSSIER_CLOSED;
}

enum lt_err inbox_answer_decided(struct vault_tx *tx, const struct speaker *speaker, uint64_t number, uint64_t answer,
				 const struct outbox_rejection *rejection)
{
	struct inbox_state state;
	struct inbox_item item;
	enum lt_err err = inbox_get_state(tx, number, &state);
	if (!err)
		err = inbox_get(tx, number, &item);
	if (err)
		return err == LT_ENOENT ? LT_OK : err;
	enum inbox_status said = state.accepts ? INBOX_ACCEPTED : INBOX_REFUSED;
	if (state.answer != answer || state.status == said || (rejection && state.status != INBOX_ANSWERING))
		return LT_OK;
	if (!rejection)
		return inbox_change(tx, speaker, number, &item, &state, said);
	state.last = *rejection;
	enum inbox_status back = says_gone(rejection->reason) ? INBOX_LAPSED : INBOX_NEW;
	return inbox_change(tx, speaker, number, &item, &state, state.gone ? state.gone : back);
}

enum lt_err inbox_asked_answered(struct vault_tx *tx, const struct speaker *speaker, const struct lt_header *ours,
				 uint64_t answer)
{
	struct inbox_state state;
	struct inbox_item item;
	struct lt_arena *arena;
	struct lt_header asked;
	struct lt_refusal refusal = { 0 };
	uint64_t number;
	if (!ours->has_reply)
		return LT_OK;
	enum lt_err err = inbox_find_of(tx, ours->in_reply_to, ours->sender, &number);
	if (!err)
		err = inbox_get_state(tx, number, &state);
	if (!err)
		err = inbox_get(tx, number, &item);
	if (err || state.status != INBOX_NEW) /* the first stands */
		return err == LT_ENOENT ? LT_OK : err;
	err = lt_arena_new(ARENA_MAX, &arena);
	if (err)
		return err;
	if (lt_header_parse(item.header, arena, &asked, &refusal))
		err = LT_ECORRUPT;
	bool answers = !err && strcmp(asked.dossier, ours->dossier) == 0 && !lt_kind_offers(asked.kind) &&
		       outbox_kind_answers(ours->kind, asked.kind);
	lt_arena_free(arena);
	if (!answers)
		return err;
	state.answered_at = ours->sent_at;
	state.answer = answer;
	memcpy(state.answer_id, ours->id, sizeof(state.answer_id));
	return inbox_change(tx, speaker, number, &item, &state, INBOX_ANSWERED);
}
