/* gate_hello.c: how a session begins: HELLO, CHALLENGE, PROOF. */
#include "gate_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lienthong/text.h>

#include "queue/env.h"
#include "queue/proof.h"

static enum lt_reason check_form(const struct lt_hello *hello, struct lt_refusal *refusal)
{
	if (hello->version_min > LT_LINK_VERSION || hello->version_max < LT_LINK_VERSION)
		return lt_refuse(refusal, LT_VERSION_NOT_SUPPORTED, "HELLO says %u to %u, the broker speaks %u",
				 hello->version_min, hello->version_max, LT_LINK_VERSION);
	enum lt_reason form =
		lt_text_refuse(hello->software, LT_TEXT_LINE, LT_TEXT_NOT_IN_FORM, "HELLO: software", refusal);
	if (form)
		return form;
	if (hello->nonce.len != 32)
		return lt_refuse(refusal, LT_FRAME_MALFORMED, "HELLO: the nonce is %zu bytes, not 32",
				 hello->nonce.len);
	size_t length = strlen(hello->software);
	if (length > LT_LINK_SOFTWARE_MAX)
		return lt_refuse(refusal, LT_TEXT_TOO_LONG, "HELLO: software has %zu bytes, allowed are %u", length,
				 LT_LINK_SOFTWARE_MAX);
	if (hello->agency_count == 0 || hello->agency_count > LT_LINK_AGENCIES_MAX)
		return lt_refuse(refusal, LT_COUNT_EXCEEDED, "HELLO: %zu agencies, allowed are 1 to %u",
				 hello->agency_count, LT_LINK_AGENCIES_MAX);
	for (size_t i = 0; i < hello->agency_count; i++) {
		for (size_t before = 0; before < i; before++) {
			if (strcmp(hello->agencies[i], hello->agencies[before]) == 0)
				return lt_refuse(refusal, LT_FRAME_MALFORMED, "HELLO: %.*s stands twice", LT_AGENCY_MAX,
						 hello->agencies[i]);
		}
	}
	return LT_REASON_NONE;
}

/* Agencies that this key may not speak for. When others are left they stand in *without, so that HELLO comes again without them: what
 * is wrong with one agency is no other's trouble. */
static enum lt_reason check_keys(const struct gate *gate, const struct gate_message *message,
				 const struct lt_hello *hello, struct lt_bye *without, struct lt_refusal *refusal)
{
	const char **wrong = lt_arena_alloc(gate->arena, hello->agency_count * sizeof *wrong);
	size_t count = 0;
	LT_ASSERT(wrong);
	for (size_t i = 0; i < hello->agency_count; i++) {
		const struct lt_agency *agency = rulebook_agency(gate->rulebook, hello->agencies[i]);
		if (!agency || !lt_agency_has_key(agency, message->key, env_time(gate->options.env)))
			wrong[count++] = hello->agencies[i];
	}
	if (count == 0)
		return LT_REASON_NONE;
	if (rulebook_restoring(gate->rulebook))
		return lt_refuse(refusal, LT_RESTORING, "%.*s", LT_AGENCY_MAX, wrong[0]);
	if (count < hello->agency_count) {
		without->agencies = wrong;
		without->agency_count = count;
	}
	return lt_refuse(refusal, LT_KEY_NOT_ENROLLED, "%.*s", LT_AGENCY_MAX, wrong[0]);
}

static enum lt_reason check_hello(const struct gate *gate, const struct gate_message *message,
				  const struct lt_hello *hello, struct lt_bye *without, struct lt_refusal *refusal)
{
	enum lt_reason reason = check_form(hello, refusal);
	return reason ? reason : check_keys(gate, message, hello, without, refusal);
}

static void challenge(struct gate *gate, struct session *session, const struct gate_message *message,
		      const struct lt_hello *hello)
{
	const struct env *env = gate->options.env;
	env->random(env->ctx, session->broker_nonce, sizeof session->broker_nonce);
	memcpy(session->adapter_nonce, hello->nonce.data, 32);
	if (lt_buf_append(&session->hello, message->body.data, message->body.len))
		lt_fatal("out of memory: hello");
	session->state = SESSION_CHALLENGED;
	struct lt_link link = {
		.type = LT_LINK_CHALLENGE,
		.u.challenge = { .version = LT_LINK_VERSION,
				 .nonce = lt_bytes(session->broker_nonce, 32),
				 .domain = gate->options.domain,
				 .incarnation = lt_bytes(gate->options.incarnation, 16),
				 .broker_key = lt_bytes(gate->options.key.public_key, 32),
				 .time = env_time(env) },
	};
	gate_send_link(gate, message->routing, message->routing_len, &link);
}

/* Beyond its budget an agency waits: what is refused here is not counted, so that it comes in again. */
static enum lt_reason spend(struct gate *gate, const char *agency, enum budget_kind kind, struct lt_refusal *refusal)
{
	int64_t now = gate->options.env->boottime(gate->options.env->ctx);
	if (budgets_over(gate->budgets, agency, kind, now) > 0)
		return lt_refuse(refusal, LT_OVERLOADED, "%s: too many sessions are begun", agency);
	budgets_use(gate->budgets, agency, kind, 1, now);
	return LT_REASON_NONE;
}

static bool key_of_all(const struct gate *gate, const struct lt_hello *hello, const uint8_t key[32])
{
	for (size_t i = 0; i < hello->agency_count; i++) {
		const struct lt_agency *agency = rulebook_agency(gate->rulebook, hello->agencies[i]);
		if (!agency || !lt_agency_has_key(agency, key, env_time(gate->options.env)))
			return false;
	}
	return true;
}

/* Without CURVE: the key that the directory lists for all the agencies named. The proof is over it. */
static void guess_key(const struct gate *gate, const struct lt_hello *hello, uint8_t key[32])
{
	const struct lt_agency *first =
		hello->agency_count > 0 ? rulebook_agency(gate->rulebook, hello->agencies[0]) : NULL;
	for (size_t i = 0; first && i < first->curve_count; i++) {
		if (key_of_all(gate, hello, first->curve_keys[i]))
			memcpy(key, first->curve_keys[i], 32);
	}
}

/* A HELLO always begins anew; the session before it on this connection is over. */
void gate_on_hello(struct gate *gate, const struct gate_message *received)
{
	struct gate_message copy = *received, *message = &copy;
	struct session *session = gate_session_find(gate, message->routing, message->routing_len);
	if (session)
		gate_session_lose(gate, session);
	struct lt_link link;
	struct lt_refusal refusal = { 0 };
	struct lt_link bye = { .type = LT_LINK_BYE };
	char room[LT_SENTENCE_TEXT];
	enum lt_reason reason = lt_link_decode(message->body, gate->arena, &link, &refusal);
	if (!reason && gate->options.plain)
		guess_key(gate, &link.u.hello, copy.key);
	if (!reason)
		reason = check_hello(gate, message, &link.u.hello, &bye.u.bye, &refusal);
	if (!reason)
		reason = spend(gate, link.u.hello.agencies[0], BUDGET_HELLOS, &refusal);
	if (!reason && !(session = gate_session_new(gate, message)))
		reason = lt_refuse(&refusal, LT_OVERLOADED, "too many sessions");
	if (reason) {
		lt_log_peer(LT_LOG_WARNING, "hello refused", message->user, lt_reason_name(reason), "key",
			    message->user, "reason", lt_reason_name(reason), "detail", refusal.detail, NULL);
		bye.u.bye.reason = reason;
		bye.u.bye.said = lt_link_said(&refusal, room);
		gate_send_link(gate, message->routing, message->routing_len, &bye);
		return;
	}
	const struct lt_hello *hello = &link.u.hello;
	gate_session_heard(gate, session);
	session->agency_count = hello->agency_count;
	session->agencies = calloc(hello->agency_count, sizeof *session->agencies);
	session->gone = calloc(hello->agency_count, sizeof *session->gone);
	if (!session->agencies || !session->gone)
		lt_fatal("out of memory: session");
	for (size_t i = 0; i < hello->agency_count; i++)
		snprintf(session->agencies[i], LT_AGENCY_MAX, "%s", hello->agencies[i]);
	gate_recover_note(gate, session, hello);
	if (gate_all_suspended(gate, session)) {
		lt_refuse(&refusal, LT_SENDER_SUSPENDED, "%s", session->agencies[0]);
		gate_send_bye(gate, message->routing, message->routing_len, &refusal);
		session->state = SESSION_SILENT;
		return;
	}
	challenge(gate, session, message, hello);
}

void gate_on_proof(struct gate *gate, struct session *session, const struct gate_message *message)
{
	struct lt_refusal refusal = { 0 };
	if (session->state != SESSION_CHALLENGED) {
		lt_refuse(&refusal, LT_STATE_WRONG, "%s", "PROOF");
		gate_send_bye(gate, message->routing, message->routing_len, &refusal);
		gate_session_lose(gate, session);
		return;
	}
	struct lt_buf text = { 0 };
	if (spend(gate, session->agencies[0], BUDGET_PROOFS, &refusal)) {
		gate_send_bye(gate, message->routing, message->routing_len, &refusal);
		gate_session_lose(gate, session);
		return;
	}
	struct proof_context context = { .broker_nonce = lt_bytes(session->broker_nonce, 32),
					 .adapter_nonce = lt_bytes(session->adapter_nonce, 32),
					 .hello = lt_buf_bytes(&session->hello),
					 .proof = message->body };
	if (proof_context_encode(&context, &text))
		lt_fatal("out of memory: proof");
	ring_put_proof(gate->options.ring, session->ref, session->key, lt_buf_bytes(&text),
		       (uint32_t)session->agency_count * TURNS_SIGNATURE);
	lt_buf_fini(&text);
	lt_buf_fini(&session->hello);
	session->state = SESSION_PROVING;
}
