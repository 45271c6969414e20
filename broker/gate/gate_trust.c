/* gate_trust.c: what trust rests on, looked at once an hour and whenever it changes: what ends is told to the operator days before,
 * in the log; `lienthong status` shows the same; and each open session is asked again whether its proof would still hold: a key is
 * revoked because it was stolen, and who has it must not hear another word. */
#include "gate_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "program/log.h"
#include "queue/env.h"
#include "record/control.h"
#include "trust/trust.h"

enum {
	HOUR_SECONDS = 3600,
	LINES_MAX = 20,      /* a whole province may end on one day */
	SESSIONS_A_STEP = 32 /* a chain is 0.2 ms: others wait 6 */
};

struct watch {
	unsigned lines, more;
};

static void say_end(void *ctx, const struct trust_end *end)
{
	static const char *const what[] = { "", "revocation list", "CA", "certificate", "registrar" };
	static const char *const state[] = { "good", "ends soon", "ends within 7 days",
					     "is over, work goes on for the grace", "is over" };
	struct watch *watch = ctx;
	char text[32] = "";
	time_t at = (time_t)(end->ends / 1000000);
	struct tm tm;
	if (end->state == LT_TRUST_GOOD)
		return;
	if (watch->lines == LINES_MAX) {
		watch->more++;
		return;
	}
	watch->lines++;
	if (end->ends != 0 && gmtime_r(&at, &tm))
		strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	lt_log(end->state >= LT_TRUST_GRACE ? LT_LOG_ERROR : LT_LOG_WARNING,
	       end->ends == 0 ? "no revocation list of this CA is in force" : "trust ends", "what", what[end->type],
	       "name", end->name, "state", state[end->state], "ends", text[0] ? text : NULL, NULL);
}

void gate_trust_watch(struct gate *gate)
{
	struct watch watch = { 0 };
	const struct env *env = gate->options.env;
	gate->trust_watched_at = env->boottime(env->ctx);
	trust_each_end(gate->rulebook, env_time(env), say_end, &watch);
	if (watch.more > 0)
		lt_log(LT_LOG_WARNING, "more ends; see `lienthong status`", "count", lt_log_u64(watch.more), NULL);
}

/* ---- open sessions ---- */

/* Why this agency's proof would not be taken now; a list out of date and an unconfirmed time are no fault of the peer. */
static enum lt_reason look_at(struct gate *gate, const struct session *session, size_t index,
			      struct lt_refusal *refusal)
{
	const struct env *env = gate->options.env;
	const struct lt_agency *agency = trust_agency(gate->rulebook, session->agencies[index]);
	const struct lt_cert *cert = NULL;
	if (!agency || !lt_agency_has_key(agency, session->key, env_time(env)))
		return lt_refuse(refusal, LT_KEY_NOT_ENROLLED, "%s", session->agencies[index]);
	if (!session->proofs)
		return LT_REASON_NONE;
	for (size_t i = 0; i < agency->cert_count && !cert; i++) {
		if (memcmp(lt_cert_sha256(agency->certs[i]), session->proofs[index], 32) == 0)
			cert = agency->certs[i];
	}
	if (!cert)
		return lt_refuse(refusal, LT_CERTIFICATE_NOT_ENROLLED, "%s", agency->code);
	enum lt_reason reason = trust_check_cert(gate->rulebook, cert, env_time(env), NULL, refusal);
	if (lt_reason_retry(reason) || (reason != LT_CERTIFICATE_REVOKED && env_time_unconfirmed(env)))
		return LT_REASON_NONE;
	return reason;
}

static void tell_engine(struct gate *gate, const struct session *session, const char *agency)
{
	struct input input = { .type = INPUT_LOST, .session = session->ref };
	snprintf(input.u.lost.agency, sizeof input.u.lost.agency, "%s", agency);
	gate_put_job(gate, &input);
}

static void say_gone(struct gate *gate, struct session *session, size_t index, const struct lt_refusal *refusal)
{
	const char *code = session->agencies[index];
	char room[LT_SENTENCE_TEXT];
	struct lt_link bye = { .type = LT_LINK_BYE,
			       .u.bye = { .reason = refusal->reason,
					  .said = lt_link_said(refusal, room),
					  .agency_count = 1,
					  .agencies = &code } };
	lt_log(LT_LOG_NOTICE, "agency taken away from its session", "agency", code, "reason",
	       lt_reason_name(refusal->reason), "detail", refusal->detail, NULL);
	session->gone[index] = true;
	gate_send_link(gate, session->routing, session->routing_len, &bye);
	if (session->state != SESSION_CHALLENGED)
		tell_engine(gate, session, code);
}

static void end_session(struct gate *gate, struct session *session, const struct lt_refusal *refusal)
{
	lt_log(LT_LOG_NOTICE, "session closed", "agency", session->agencies[0], "reason",
	       lt_reason_name(refusal->reason), "detail", refusal->detail, NULL);
	gate_send_bye(gate, session->routing, session->routing_len, refusal);
	gate_session_lose(gate, session);
}

static void recheck(struct gate *gate, struct session *session)
{
	struct lt_refusal last = { 0 };
	size_t left = 0;
	bool *wrong = calloc(session->agency_count + 1, sizeof *wrong);
	LT_ASSERT(wrong);
	for (size_t i = 0; i < session->agency_count; i++) {
		struct lt_refusal refusal = { 0 };
		wrong[i] = !session->gone[i] && look_at(gate, session, i, &refusal);
		left += !session->gone[i] && !wrong[i];
		if (wrong[i])
			last = refusal;
	}
	if (left == 0 && last.reason)
		end_session(gate, session, &last);
	for (size_t i = 0; left > 0 && i < session->agency_count; i++) {
		struct lt_refusal refusal = { 0 };
		if (wrong[i] && look_at(gate, session, i, &refusal))
			say_gone(gate, session, i, &refusal);
	}
	free(wrong);
}

void gate_trust_proved(struct gate *gate, struct session_ref ref, struct lt_bytes proofs)
{
	struct session *session = gate_session_at(gate, ref);
	if (!session || proofs.len != session->agency_count * 32 || session->proofs)
		return;
	session->proofs = malloc(proofs.len);
	LT_ASSERT(session->proofs);
	memcpy(session->proofs, proofs.data, proofs.len);
	recheck(gate, session); /* trust may have changed while the proof was looked at */
}

/* When the next CURVE key ends: who came in by it goes then, not an hour later. */
static int64_t next_key_end(const struct gate *gate, int64_t now)
{
	const struct lt_directory *directory = rulebook_directory(gate->rulebook);
	int64_t next = INT64_MAX;
	for (size_t i = 0; directory && i < lt_directory_count(directory); i++) {
		const struct lt_agency *agency = lt_directory_at(directory, i);
		for (size_t k = 0; k < agency->ended_key_count; k++) {
			int64_t until = agency->ended_keys[k].until;
			if (until > now && until < next)
				next = until;
		}
	}
	return next;
}

void gate_trust_recheck(struct gate *gate)
{
	gate->recheck_at = 0;
	gate->key_ends_at = next_key_end(gate, env_time(gate->options.env));
}

bool gate_trust_step(struct gate *gate)
{
	for (unsigned i = 0; gate->rulebook && i < SESSIONS_A_STEP && gate->recheck_at < gate->slot_used; i++) {
		struct session *session = gate->slots[gate->recheck_at++];
		if (session && (session->state == SESSION_ACTIVE || session->state == SESSION_PROVING))
			recheck(gate, session);
	}
	if (gate->recheck_at >= gate->slot_used)
		gate->recheck_at = UINT32_MAX;
	return gate->recheck_at != UINT32_MAX;
}

void gate_trust_due(struct gate *gate, int64_t now)
{
	if (!gate->rulebook)
		return;
	if (env_time(gate->options.env) >= gate->key_ends_at) {
		gate_sessions_recheck(gate);
		gate_trust_recheck(gate);
	}
	if (now - gate->trust_watched_at < (int64_t)HOUR_SECONDS * 1000000)
		return;
	gate_trust_watch(gate);
	gate_trust_recheck(gate); /* certificates end by themselves */
}
