/* quarantine.c: the signed REFUSE of what could not be verified. */
#include "inbox.h"

#include "program/log.h"

#include <lienthong/time.h>

#include <stdio.h>
#include <string.h>

static void stable_id(const struct inbox_delivery *delivery, const struct lt_header *header, uint8_t out[16])
{
	uint8_t text[LT_AGENCY_MAX * 2 + 16 + 10], digest[32];
	memset(text, 0, sizeof(text));
	memcpy(text, "quarantine", 10);
	memcpy(text + 10, header->id, 16);
	memcpy(text + 26, delivery->agency, strlen(delivery->agency));
	memcpy(text + 26 + LT_AGENCY_MAX, header->sender, strlen(header->sender));
	lt_sha256(lt_bytes(text, sizeof(text)), digest);
	lt_uuid_make(delivery->time, digest, out);
}

static enum lt_err queue_refuse(struct vault_tx *tx, const struct speaker *speaker,
				const struct inbox_delivery *delivery, const struct lt_header *header,
				struct outbox_receipt *receipt)
{
	char text[LT_REASON_TEXT_MAX];
	const char *name = lt_reason_name(delivery->fault.reason);
	snprintf(text, sizeof(text),
		 "%s: Hệ thống nhận không kiểm chứng được phong bì này, xin gửi lại. / "
		 "The receiving adapter could not verify this envelope; please send it anew. (%s)",
		 name, delivery->fault.detail);
	struct lt_recipient to = { 0 };
	struct outbox_request request = { .has_leg = true,
					  .has_identity = true,
					  .header = { .kind = LT_KIND_REFUSE,
						      .to = &to,
						      .to_count = 1,
						      .leg = delivery->leg,
						      .leg_version = delivery->leg_version,
						      .sent_at = delivery->time,
						      .has_reply = true,
						      .reason = text } };
	struct lt_header *refuse = &request.header;
	memcpy(to.agency, header->sender, sizeof(to.agency));
	memcpy(refuse->sender, delivery->agency, strlen(delivery->agency) + 1);
	memcpy(refuse->dossier, header->dossier, sizeof(refuse->dossier));
	memcpy(refuse->in_reply_to, header->id, sizeof(refuse->in_reply_to));
	stable_id(delivery, header, refuse->id);
	return outbox_add(tx, speaker, &request, receipt);
}

enum lt_err quarantine_refuse(struct vault_tx *tx, const struct speaker *speaker, const struct inbox_delivery *delivery,
			      const struct lt_header *header, struct inbox_state *state)
{
	struct outbox_receipt receipt = { 0 };
	uint64_t known;
	lt_log(LT_LOG_ERROR, "an envelope failed the end-to-end check", "agency", delivery->agency, "mailbox",
	       lt_log_u64(delivery->number), "sequence", lt_log_u64(delivery->sequence), "envelope",
	       header ? lt_log_id(header->id) : NULL, "sender", header ? header->sender : NULL, "reason",
	       lt_reason_name(delivery->fault.reason), "detail", delivery->fault.detail, NULL);
	if (!header || !lt_kind_offers(header->kind) || delivery->fault.reason == LT_NOT_ADDRESSED_TO_US)
		return LT_OK; /* there is no offer to us that a REFUSE could answer */
	uint8_t id[16];
	stable_id(delivery, header, id);
	enum lt_err err = outbox_find(tx, id, &known);
	if (!err) { /* said before, for other bytes under the same id */
		state->answer = known;
		memcpy(state->answer_id, id, sizeof(id));
		return LT_OK;
	}
	if (err == LT_ENOENT)
		err = queue_refuse(tx, speaker, delivery, header, &receipt);
	if (err)
		return err;
	if (receipt.refusal.reason) {
		lt_log(LT_LOG_ERROR, "no REFUSE can be made for it", "envelope", lt_log_id(header->id), "reason",
		       lt_reason_name(receipt.refusal.reason), "detail", receipt.refusal.detail, NULL);
		return LT_OK;
	}
	state->answer = receipt.number;
	state->answered_at = speaker->now();
	memcpy(state->answer_id, receipt.id, sizeof(receipt.id));
	return LT_OK;
}
