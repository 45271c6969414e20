/* admit.c: a slot of the ring becomes jobs: an envelope is read, checked (admit_check.c) and put with its verdict, or refused. What
 * says nothing that could be kept (form, credit) is answered and never recorded; what else is wrong goes on with the envelope. */
#include "admit_internal.h"

#include <stdlib.h>
#include <string.h>

enum lt_err admit_new(const struct admit_options *options, struct admit **out)
{
	struct admit *admit = calloc(1, sizeof *admit);
	if (!admit)
		return LT_ENOMEM;
	admit->options = *options;
	enum lt_err err = lt_arena_new(ADMIT_ARENA_MAX, &admit->arena);
	if (!err)
		err = lt_roots_new(&admit->roots);
	if (err)
		admit_free(admit);
	else
		*out = admit;
	return err;
}

void admit_free(struct admit *admit)
{
	if (!admit)
		return;
	if (admit->rulebook)
		rulebook_unref(admit->rulebook);
	lt_arena_free(admit->arena);
	lt_roots_free(admit->roots);
	lt_buf_fini(&admit->command);
	lt_buf_fini(&admit->text);
	lt_buf_fini(&admit->proofs);
	free(admit);
}

static void log_refusal(enum lt_log_level level, const struct admit_item *item, const uint8_t key[32], bool known,
			const struct lt_refusal *refusal)
{
	char hex[65];
	lt_hex(lt_bytes(key, 32), hex);
	lt_log_peer(level, "envelope refused", hex, lt_reason_name(refusal->reason), "key", hex, "reason",
		    lt_reason_name(refusal->reason), "detail", refusal->detail, "id",
		    known ? lt_log_id(item->header.id) : NULL, "sender", known ? item->header.sender : NULL, "dossier",
		    known ? item->header.dossier : NULL, NULL);
}

static void put_job(const struct input *input, struct ring_slot *slot)
{
	if (input_encode(input, &slot->jobs))
		lt_fatal("out of memory: job");
}

/* The verdict, good or not, that the engine records. */
static void put_verdict(struct admit *admit, struct ring_slot *slot, struct input *input, const struct admit_item *item,
			const struct lt_refusal *refusal)
{
	const struct lt_envelope *envelope = item->envelope;
	bool good = refusal->reason == LT_REASON_NONE;
	struct lt_command command = {
		.type = LT_COMMAND_SUBMIT,
		.u.submit = { .header = envelope->header,
			      .signature = envelope->signature,
			      .verdict = { .reason = refusal->reason,
					   .sentence = lt_refusal_sentence(refusal),
					   .directory_version =
						   admit->rulebook ? rulebook_directory_version(admit->rulebook) : 0,
					   .trust_version =
						   admit->rulebook ? rulebook_trust_version(admit->rulebook) : 0,
					   .stale = item->stale,
					   .parts = good ? (uint32_t)envelope->part_count : 0 } }
	};
	if (item->certificate)
		command.u.submit.verdict.certificate_sha256 = lt_bytes(lt_cert_sha256(item->certificate), 32);
	lt_buf_clear(&admit->command);
	if (lt_command_encode(&command, &admit->command))
		lt_fatal("out of memory: submit command");
	input->u.submit.command = lt_buf_bytes(&admit->command);
	/* A refusal keeps header and signature; parts that nobody will get are not kept. */
	input->u.submit.part_count = good ? envelope->part_count : 0;
	for (size_t i = 0; i < input->u.submit.part_count; i++)
		input->u.submit.parts[i] = envelope->parts[i];
	put_job(input, slot);
}

static bool signature_sized(const struct admit_item *item, struct lt_refusal *refusal)
{
	if (item->envelope->signature.len <= LT_SIGNATURE_MAX)
		return true;
	lt_refuse(refusal, LT_SIGNATURE_MALFORMED, "%zu bytes, at most %u", item->envelope->signature.len,
		  LT_SIGNATURE_MAX);
	return false;
}

/* The order of the checks. First what is never recorded, since it says nothing that could be kept. */
static void work_envelope(struct admit *admit, struct ring_slot *slot, const struct lt_envelope *envelope,
			  struct input *input)
{
	struct stats *stats = admit->options.stats;
	struct admit_item item = { .envelope = envelope };
	struct lt_refusal refusal = { 0 };
	enum lt_reason reason = admit_check_header(admit, &item, &refusal);
	bool known = !reason;
	if (!reason && !signature_sized(&item, &refusal))
		reason = refusal.reason;
	if (!reason)
		reason = admit_check_parts(&item, &refusal);
	if (reason) {
		stats_add(stats, STATS_REFUSED_PARSE, 1);
		log_refusal(LT_LOG_WARNING, &item, slot->key, known, &refusal);
		input->u.submit.refused = refusal;
		input->u.submit.id = known ? lt_bytes(item.header.id, 16) : lt_bytes(NULL, 0);
		if (known)
			memcpy(input->u.submit.dossier, item.header.dossier, sizeof item.header.dossier);
		put_job(input, slot);
		return;
	}
	reason = admit_check_sender(admit, &item, slot->key, &refusal);
	if (reason)
		stats_add(stats, STATS_REFUSED_RULE, 1);
	else if ((reason = admit_check_signature(admit, &item, &refusal)) != LT_REASON_NONE)
		stats_add(stats, STATS_REFUSED_SIGNATURE, 1);
	if (reason)
		log_refusal(LT_LOG_WARNING, &item, slot->key, true, &refusal);
	else
		refusal = (struct lt_refusal){ 0 };
	put_verdict(admit, slot, input, &item, &refusal);
}

/* The gate has charged the whole frame. It comes back in equal parts, since its envelopes share its roots; what is left over with
 * the first. */
static uint32_t share_of(const struct ring_frame *frame, uint32_t index)
{
	size_t share = frame->len / frame->envelopes;
	return (uint32_t)(index == 0 ? frame->len - share * (frame->envelopes - 1) : share);
}

/* A frame that cannot be read: each envelope that it claims to hold is answered, and gives its credit back. */
static void refuse_frame(struct admit *admit, struct ring_slot *slot, const struct lt_refusal *refusal)
{
	stats_add(admit->options.stats, STATS_MALFORMED, 1);
	char hex[65];
	lt_hex(lt_bytes(slot->key, 32), hex);
	lt_log_peer(LT_LOG_WARNING, "submit refused", hex, lt_reason_name(refusal->reason), "key", hex, "reason",
		    lt_reason_name(refusal->reason), "detail", refusal->detail, NULL);
	for (uint32_t i = slot->slice.first; i < slot->slice.first + slot->slice.count; i++) {
		struct input input = { .type = INPUT_SUBMIT,
				       .session = slot->session,
				       .u.submit = {
					       .index = i, .bytes = share_of(slot->frame, i), .refused = *refusal } };
		put_job(&input, slot);
	}
}

/* The gate slices only what it could read; anything else comes whole and is named here. */
static enum lt_reason read_slice(struct admit *admit, const struct ring_slot *slot, struct lt_submit *out,
				 struct lt_refusal *refusal)
{
	struct lt_link link;
	const struct ring_frame *frame = slot->frame;
	struct lt_bytes message = lt_bytes(frame->data, frame->len);
	if (slot->slice.count < frame->envelopes)
		return lt_link_decode_slice(message, slot->slice.first, slot->slice.count, admit->arena, out, refusal);
	enum lt_reason reason = lt_link_decode(message, admit->arena, &link, refusal);
	LT_ASSERT(reason || link.type == LT_LINK_SUBMIT);
	*out = link.u.submit;
	return reason;
}

static void work_submit(struct admit *admit, struct ring_slot *slot)
{
	struct lt_submit submit;
	struct lt_refusal refusal = { 0 };
	if (read_slice(admit, slot, &submit, &refusal)) {
		refuse_frame(admit, slot, &refusal);
		return;
	}
	LT_ASSERT(submit.count == slot->slice.count);
	for (uint32_t i = 0; i < submit.count; i++) {
		uint32_t index = slot->slice.first + i;
		struct input input = { .type = INPUT_SUBMIT,
				       .session = slot->session,
				       .u.submit = { .index = index, .bytes = share_of(slot->frame, index) } };
		work_envelope(admit, slot, &submit.envelopes[i], &input);
	}
}

void admit_work(struct admit *admit, struct ring_slot *slot)
{
	rulebook_current_refresh(admit->options.current, &admit->rulebook, &admit->seen);
	lt_roots_renew(admit->roots, admit->seen);
	lt_arena_reset(admit->arena);
	switch (slot->work) {
	case RING_READY:
		break;
	case RING_SUBMIT:
		work_submit(admit, slot);
		break;
	case RING_PROOF:
		admit_work_proof(admit, slot);
		break;
	}
}
