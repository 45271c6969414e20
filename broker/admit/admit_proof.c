/* admit_proof.c: PROOF: who holds the agencies' keys opens a session for them. */
#include "admit_internal.h"

#include <string.h>

#include "queue/env.h"
#include "queue/proof.h"
#include "trust/trust.h"

/* One agency: the key is listed for it, and an enrolled certificate signed over nonces, keys and domain. */
static enum lt_reason check_agency(struct admit *admit, const struct ring_slot *slot,
				   const struct proof_context *context, const struct lt_agency_proof *proof,
				   struct lt_refusal *refusal)
{
	const struct env *env = admit->options.env;
	const struct lt_agency *agency = trust_agency(admit->rulebook, proof->agency);
	int64_t now = env_time(env);
	if (agency && lt_agency_has_key(agency, slot->key, now) && admit_agency_closed(agency, now))
		return admit_of_time(admit, admit_refuse_closed(admit->rulebook, proof->agency, now, refusal), refusal);
	if (!agency || !lt_agency_has_key(agency, slot->key,
					  now)) /* after a restore: enrolled in the time that was lost, perhaps */
		return lt_refuse(refusal, rulebook_restoring(admit->rulebook) ? LT_RESTORING : LT_KEY_NOT_ENROLLED,
				 "%s", proof->agency);
	if (!admit_agency_in_force(agency, now))
		return admit_of_time(admit, lt_refuse(refusal, LT_KEY_NOT_ENROLLED, "%s", proof->agency), refusal);
	lt_buf_clear(&admit->text);
	if (lt_proof_text(rulebook_domain(admit->rulebook), proof->agency, context->broker_nonce,
			  context->adapter_nonce, lt_bytes(admit->options.broker_key, 32), lt_bytes(slot->key, 32),
			  proof->resume, &admit->text))
		lt_fatal("out of memory: proof text");
	const struct lt_cert *used = NULL;
	struct lt_refusal why = { 0 };
	stats_add(admit->options.stats, STATS_SIGNATURES, 1);
	enum lt_reason reason =
		lt_cms_verify_any(proof->cms, lt_buf_bytes(&admit->text), (const struct lt_cert *const *)agency->certs,
				  agency->cert_count, &used, &why);
	bool stale;
	if (!reason)
		reason = admit_check_chain(admit, used, &stale, &why);
	if (reason == LT_CLOCK_WRONG || reason == LT_TRUST_STALE) /* ours, not theirs */
		return lt_refuse(refusal, reason, "%s: %.150s", proof->agency, why.detail);
	if (reason == LT_CERTIFICATE_REVOKED) /* by name: what waits there can never be admitted */
		return lt_refuse(refusal, reason, "%s: %.150s", proof->agency, why.detail);
	if (reason)
		return lt_refuse(refusal, LT_PROOF_INVALID, "%s: %s: %.150s", proof->agency, lt_reason_name(reason),
				 why.detail);
	if (lt_buf_append(&admit->proofs, lt_cert_sha256(used), 32))
		lt_fatal("out of memory: proof");
	return LT_REASON_NONE;
}

/* The proofs are those of HELLO, in its order. What is wrong with one agency is no other's trouble: those that the first reason found
 * fits stand in *without, when others are left, and HELLO comes again without them. What may pass is nobody's fault: all come again. */
static enum lt_reason check_proofs(struct admit *admit, const struct ring_slot *slot,
				   const struct proof_context *context, const struct lt_hello *hello,
				   const struct lt_proof *proof, struct lt_bye *without, struct lt_refusal *refusal)
{
	size_t count = 0;
	if (!admit->rulebook)
		return lt_refuse(refusal, LT_KEY_NOT_ENROLLED, "the broker has no directory yet");
	if (proof->count != hello->agency_count)
		return lt_refuse(refusal, LT_PROOF_INVALID, "%zu proofs for %zu agencies", proof->count,
				 hello->agency_count);
	lt_buf_clear(&admit->proofs);
	const char **wrong = lt_arena_alloc(admit->arena, (proof->count + 1) * sizeof *wrong);
	LT_ASSERT(wrong);
	for (size_t i = 0; i < proof->count; i++) {
		if (strcmp(proof->agencies[i].agency, hello->agencies[i]) != 0)
			return lt_refuse(refusal, LT_PROOF_INVALID, "proof %zu is not for the agency of HELLO", i);
		struct lt_refusal found = { 0 };
		enum lt_reason reason = check_agency(admit, slot, context, &proof->agencies[i], &found);
		if (lt_reason_retry(reason)) {
			*refusal = found;
			return reason;
		}
		if (reason && !refusal->reason)
			*refusal = found;
		if (reason && reason == refusal->reason)
			wrong[count++] = hello->agencies[i];
	}
	if (count < proof->count)
		*without = (struct lt_bye){ .agencies = wrong, .agency_count = count };
	return refusal->reason;
}

/* The gate asks them again at every change of trust. */
static void tell_certificates(struct admit *admit, struct ring_slot *slot)
{
	struct output out = { .type = OUTPUT_PROOF, .session = slot->session, .data = lt_buf_bytes(&admit->proofs) };
	if (output_encode(&out, &slot->replies))
		lt_fatal("out of memory: proof");
}

static void open_session(struct admit *admit, struct ring_slot *slot, const struct lt_hello *hello,
			 const struct lt_proof *proof)
{
	struct lt_ack_item *items = lt_arena_alloc(admit->arena, proof->count * sizeof *items);
	LT_ASSERT(items);
	for (size_t i = 0; i < proof->count; i++)
		items[i] = (struct lt_ack_item){ .agency = proof->agencies[i].agency,
						 .number = proof->agencies[i].resume };
	struct lt_command command = { .type = LT_COMMAND_SESSION,
				      .u.session = { .curve_key = lt_bytes(slot->key, 32),
						     .software = hello->software ? hello->software : "",
						     .directory_version = hello->directory_version,
						     .directory_sha256 = hello->directory_sha256,
						     .definitions = hello->definitions,
						     .count = proof->count,
						     .agencies = items } };
	lt_buf_clear(&admit->command);
	if (lt_command_encode(&command, &admit->command))
		lt_fatal("out of memory: session command");
	struct input input = { .type = INPUT_SESSION,
			       .session = slot->session,
			       .u.command = lt_buf_bytes(&admit->command) };
	if (input_encode(&input, &slot->jobs))
		lt_fatal("out of memory: session job");
}

static void say_bye(struct admit *admit, struct ring_slot *slot, const struct lt_refusal *refusal,
		    const struct lt_bye *without)
{
	char room[LT_SENTENCE_TEXT];
	struct lt_link bye = { .type = LT_LINK_BYE, .u.bye = *without };
	bye.u.bye.reason = refusal->reason;
	bye.u.bye.said = lt_link_said(refusal, room);
	lt_buf_clear(&admit->text);
	if (lt_link_encode(&bye, &admit->text))
		lt_fatal("out of memory: bye");
	struct output out = { .type = OUTPUT_BYE, .session = slot->session, .data = lt_buf_bytes(&admit->text) };
	if (output_encode(&out, &slot->replies))
		lt_fatal("out of memory: bye");
}

void admit_work_proof(struct admit *admit, struct ring_slot *slot)
{
	struct proof_context context = proof_context_decode(lt_bytes(slot->frame->data, slot->frame->len));
	struct lt_link hello, proof;
	struct lt_refusal refusal = { 0 };
	struct lt_bye without = { 0 };
	/* The gate has read HELLO before, in the same way. */
	LT_ASSERT(lt_link_decode(context.hello, admit->arena, &hello, &refusal) == LT_REASON_NONE);
	enum lt_reason reason = lt_link_decode(context.proof, admit->arena, &proof, &refusal);
	if (!reason)
		reason = check_proofs(admit, slot, &context, &hello.u.hello, &proof.u.proof, &without, &refusal);
	if (!reason) {
		tell_certificates(admit, slot);
		open_session(admit, slot, &hello.u.hello, &proof.u.proof);
		return;
	}
	stats_add(admit->options.stats, STATS_PROOFS_REFUSED, 1);
	char hex[65];
	lt_hex(lt_bytes(slot->key, 32), hex);
	lt_log_peer(LT_LOG_WARNING, "proof refused", hex, lt_reason_name(reason), "key", hex, "reason",
		    lt_reason_name(reason), "detail", refusal.detail, NULL);
	say_bye(admit, slot, &refusal, &without);
}
