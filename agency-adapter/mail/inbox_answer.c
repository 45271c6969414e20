/* inbox_answer.c: the agency's ACCEPT or REFUSE of an item. */
#include "inbox_internal.h"

#include <string.h>

#define ARENA_MAX (256u * 1024u)

/* What the item says goes into the request; nothing but words, parts and who acted is the asker's to say. */
static void fill(struct outbox_request *request, uint64_t number, const struct inbox_item *item,
		 const struct lt_header *offer, struct lt_recipient *to)
{
	struct lt_header *header = &request->header;
	request->has_leg = true;
	request->item = number;
	*to = (struct lt_recipient){ 0 };
	memcpy(to->agency, offer->sender, sizeof(to->agency));
	header->to = to;
	header->to_count = 1;
	header->branch = item->branch;
	header->branch_version = item->branch_version;
	header->has_reply = true;
	memcpy(header->sender, item->agency, strlen(item->agency) + 1);
	memcpy(header->dossier, offer->dossier, sizeof(header->dossier));
	memcpy(header->in_reply_to, offer->id, sizeof(header->in_reply_to));
}

/* Who would say no to a question says it by what answers that. */
static void refuse_no_offer(enum lt_kind asked, struct lt_refusal *refusal)
{
	enum lt_kind answer = outbox_answer_to(asked);
	if (answer)
		lt_refuse(refusal, LT_NOT_AN_OFFER,
			  "%s offers nothing; it is answered, also with a no, by POST /v1/envelopes with %s",
			  lt_kind_name(asked), lt_kind_name(answer));
	else
		lt_refuse(refusal, LT_NOT_AN_OFFER, "%s offers nothing", lt_kind_name(asked));
}

/* What was answered stands, and what is gone cannot be answered. */
static enum lt_err answer_again(struct vault_tx *tx, const struct inbox_state *state, bool accept,
				struct outbox_receipt *receipt)
{
	struct outbox_state sent;
	receipt->repeated = true;
	receipt->number = state->answer;
	memcpy(receipt->id, state->answer_id, sizeof(receipt->id));
	if (state->status == INBOX_STUCK)
		lt_refuse(&receipt->refusal, LT_QUARANTINED,
			  "the item could not be verified; the broker's operator can have it sent again");
	else if (state->status == INBOX_ANSWERED)
		lt_refuse(&receipt->refusal, LT_NOT_AN_OFFER, "it asks and offers nothing; it was answered");
	else if (state->status == INBOX_RECALLED)
		lt_refuse(&receipt->refusal, LT_OFFER_GONE, "its sender has taken the offer back");
	else if (state->status == INBOX_LAPSED)
		lt_refuse(&receipt->refusal, LT_OFFER_GONE,
			  "the branch has gone on, or is closed; GET /v1/dossiers shows where it is");
	else if (state->accepts != accept)
		lt_refuse(&receipt->refusal, LT_ANSWERED_OTHERWISE, "the item was %s before",
			  inbox_status_name(state->accepts ? INBOX_ACCEPTED : INBOX_REFUSED));
	if (receipt->refusal.reason)
		return LT_OK;
	enum lt_err err = outbox_get_state(tx, state->answer, &sent);
	receipt->status = err ? OUTBOX_ADMITTED : sent.status; /* so old that it is gone: it was not rejected */
	return err == LT_ENOENT ? LT_OK : err;
}

static enum lt_err answer_first(struct vault_tx *tx, const struct speaker *speaker, uint64_t number,
				struct outbox_request *request, struct inbox_state *state,
				struct outbox_receipt *receipt, struct lt_arena *arena)
{
	struct inbox_item item;
	struct lt_header offer;
	struct lt_recipient to;
	const char *dossier = request->header.dossier;
	enum lt_err err = inbox_get(tx, number, &item);
	if (err)
		return err;
	if (lt_header_parse(item.header, arena, &offer, &receipt->refusal))
		return LT_ECORRUPT;
	if (!lt_kind_offers(offer.kind) || strcmp(offer.sender, item.agency) == 0)
		refuse_no_offer(offer.kind, &receipt->refusal);
	else if (dossier[0] && strcmp(dossier, offer.dossier) != 0 &&
		 !directory_current_same_dossier(speaker->book, dossier, offer.dossier))
		lt_refuse(&receipt->refusal, LT_REPLY_UNKNOWN, "in_reply_to: the offer is of %s", offer.dossier);
	else if (item.branch == 0 ||
		 item.branch_version == 0) /* what stands beside the signed header is the broker's word */
		lt_refuse(&receipt->refusal, LT_BROKER_DOUBTFUL, "it delivered the offer without its branch");
	if (receipt->refusal.reason)
		return LT_OK;
	fill(request, number, &item, &offer, &to);
	err = outbox_add(tx, speaker, request, receipt);
	if (err || receipt->refusal.reason || receipt->number == 0)
		return err;
	state->accepts = request->header.kind == LT_KIND_ACCEPT;
	state->answered_at = speaker->now();
	state->answer = receipt->number;
	memcpy(state->answer_id, receipt->id, sizeof(state->answer_id));
	err = inbox_get(tx, number, &item); /* its views ended with what was put meanwhile */
	return err ? err : inbox_change(tx, speaker, number, &item, state, INBOX_ANSWERING);
}

enum lt_err inbox_answer(struct vault_tx *tx, const struct speaker *speaker, uint64_t number,
			 struct outbox_request *request, struct outbox_receipt *receipt)
{
	struct inbox_state state;
	struct lt_arena *arena;
	*receipt = (struct outbox_receipt){ 0 };
	enum lt_err err = outbox_repeat(tx, request, receipt);
	if (err != LT_ENOENT)
		return err;
	err = inbox_get_state(tx, number, &state);
	if (err)
		return err;
	if (state.status != INBOX_NEW)
		return answer_again(tx, &state, request->header.kind == LT_KIND_ACCEPT, receipt);
	err = lt_arena_new(ARENA_MAX, &arena);
	if (err)
		return err;
	err = answer_first(tx, speaker, number, request, &state, receipt, arena);
	lt_arena_free(arena);
	return err;
}
