/* inbox_answer.c: the agency's ACCEPT or REFUSE of an item. */
#include "inbox_internal.h"

#include <string.h>

#define ARENA_MAX (256u * 1024u)

static enum lt_err queue_answer(struct vault_tx *tx, const struct speaker *speaker, uint64_t number,
				const struct inbox_item *item, const struct lt_header *offer, bool accept,
				const struct inbox_words *words, struct outbox_receipt *receipt)
{
	struct lt_recipient to = { 0 };
	struct outbox_request request = { .has_leg = true,
					  .item = number,
					  .header = { .kind = accept ? LT_KIND_ACCEPT : LT_KIND_REFUSE,
						      .to = &to,
						      .to_count = 1,
						      .branch = item->branch,
						      .branch_version = item->branch_version,
						      .has_reply = true,
						      .reason = accept ? "" : words->reason,
						      .ground = accept ? "" : words->ground,
						      .actor = words->actor } };
	struct lt_header *header = &request.header;
	memcpy(to.agency, offer->sender, sizeof(to.agency));
	memcpy(header->sender, item->agency, strlen(item->agency) + 1);
	memcpy(header->dossier, offer->dossier, sizeof(header->dossier));
	memcpy(header->in_reply_to, offer->id, sizeof(header->in_reply_to));
	return outbox_add(tx, speaker, &request, receipt);
}

/* What was answered stands, and what is gone cannot be answered. */
static enum lt_err answer_again(const struct inbox_state *state, bool accept, struct outbox_receipt *receipt)
{
	receipt->repeated = true;
	receipt->number = state->answer;
	memcpy(receipt->id, state->answer_id, sizeof(receipt->id));
	if (state->status == INBOX_STUCK)
		lt_refuse(&receipt->refusal, LT_QUARANTINED,
			  "the item could not be verified; the broker's operator can have it sent again");
	else if (state->status == INBOX_RECALLED)
		lt_refuse(&receipt->refusal, LT_OFFER_GONE, "its sender has taken the offer back");
	else if (state->status == INBOX_LAPSED)
		lt_refuse(&receipt->refusal, LT_OFFER_GONE,
			  "the branch has gone on, or is closed; GET /v1/dossiers shows where it is");
	else if (state->accepts != accept)
		lt_refuse(&receipt->refusal, LT_ANSWERED_OTHERWISE, "the item was %s before",
			  inbox_status_name(state->accepts ? INBOX_ACCEPTED : INBOX_REFUSED));
	return LT_OK;
}

static enum lt_err answer_first(struct vault_tx *tx, const struct speaker *speaker, uint64_t number, bool accept,
				const struct inbox_words *words, struct inbox_state *state,
				struct outbox_receipt *receipt, struct lt_arena *arena)
{
	struct inbox_item item;
	struct lt_header offer;
	enum lt_err err = inbox_get(tx, number, &item);
	if (err)
		return err;
	if (lt_header_parse(item.header, arena, &offer, &receipt->refusal))
		return LT_ECORRUPT;
	if (!lt_kind_offers(offer.kind) || strcmp(offer.sender, item.agency) == 0) {
		lt_refuse(&receipt->refusal, LT_NOT_AN_OFFER, "%s offers nothing", lt_kind_name(offer.kind));
		return LT_OK;
	}
	err = queue_answer(tx, speaker, number, &item, &offer, accept, words, receipt);
	if (err || receipt->refusal.reason)
		return err;
	state->accepts = accept;
	state->answered_at = speaker->now();
	state->answer = receipt->number;
	memcpy(state->answer_id, receipt->id, sizeof(state->answer_id));
	err = inbox_get(tx, number, &item); /* its views ended with what was put meanwhile */
	return err ? err : inbox_change(tx, speaker, number, &item, state, INBOX_ANSWERING);
}

enum lt_err inbox_answer(struct vault_tx *tx, const struct speaker *speaker, uint64_t number, bool accept,
			 const struct inbox_words *words, struct outbox_receipt *receipt)
{
	struct inbox_state state;
	struct lt_arena *arena;
	*receipt = (struct outbox_receipt){ 0 };
	enum lt_err err = inbox_get_state(tx, number, &state);
	if (err)
		return err;
	if (state.status != INBOX_NEW)
		return answer_again(&state, accept, receipt);
	err = lt_arena_new(ARENA_MAX, &arena);
	if (err)
		return err;
	err = answer_first(tx, speaker, number, accept, words, &state, receipt, arena);
	lt_arena_free(arena);
	return err;
}
