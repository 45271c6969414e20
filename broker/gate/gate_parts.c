/* gate_parts.c: connections that carry large parts, beside the session of the same adapter, so that no envelope waits behind their
 * chunks. Such a connection has no handshake of its own: its CURVE key says whose it is, and an active session of that key has proved
 * for which agencies. It ends with that session. It carries one part at a time; each message has one answer, and who sends more than
 * LT_LINK_PART_FLIGHT without one is not waited for: so what waits in memory is bounded. */
#include "gate_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS_WAITING_MAX = LT_LINK_PART_FLIGHT + 1 }; /* and the PART_OPEN of the next one */

static bool is_of(const struct gate *gate, const struct session *session, const struct gate_message *message,
		  const char *agency)
{
	if (session->state != SESSION_ACTIVE)
		return false;
	/* Without CURVE nobody has a key: loopback alone. */
	if (!gate->options.plain && memcmp(session->key, message->key, sizeof session->key) != 0)
		return false;
	for (size_t i = 0; i < session->agency_count; i++) {
		if (!session->gone[i] && strcmp(session->agencies[i], agency) == 0)
			return true;
	}
	return false;
}

static struct session *find_active(struct gate *gate, const struct gate_message *message, const char *agency)
{
	for (uint32_t i = 0; i < gate->slot_used; i++) {
		if (gate->slots[i] && is_of(gate, gate->slots[i], message, agency))
			return gate->slots[i];
	}
	return NULL;
}

static void refuse(struct gate *gate, const struct gate_message *message, struct lt_bytes sha256,
		   const struct lt_refusal *why)
{
	char room[LT_SENTENCE_TEXT];
	struct lt_link link = { .type = LT_LINK_PART_STATE,
				.u.part_state = { .sha256 = sha256,
						  .reason = why->reason,
						  .said = lt_link_said(why, room),
						  .retry = lt_reason_retry(why->reason) } };
	gate_send_link(gate, message->routing, message->routing_len, &link);
}

static void end(struct gate *gate, struct session *session, const struct lt_refusal *why)
{
	lt_log_peer(LT_LOG_WARNING, "a connection for large parts is ended", session->agencies[0],
		    lt_reason_name(why->reason), "agency", session->agencies[0], "reason", lt_reason_name(why->reason),
		    "detail", why->detail, NULL);
	gate_send_bye(gate, session->routing, session->routing_len, why);
	gate_session_free(gate, session);
}

struct carrying {
	struct session *of[GATE_CARRYING];
	size_t count;
};

static size_t of_key(const struct carrying *all, const uint8_t key[32])
{
	size_t count = 0;
	for (size_t i = 0; i < all->count; i++)
		count += memcmp(all->of[i]->key, key, 32) == 0;
	return count;
}

/* Who has the most gives way to who has fewer, and would not have more than the other then: four adapters with long parts and slow lines are
 * not in the way of all others. Of its connections the one that has been still longest. NULL: nobody. */
static struct session *find_one_to_go(const struct carrying *all, size_t own)
{
	struct session *found = NULL;
	size_t most = own + 1;
	for (size_t i = 0; i < all->count; i++) {
		size_t count = of_key(all, all->of[i]->key);
		if (count < most || (found ? count == most && all->of[i]->heard_at >= found->heard_at : count == most))
			continue;
		found = all->of[i];
		most = count;
	}
	return found;
}

static bool make_room(struct gate *gate, const struct gate_message *message, const struct lt_refusal *why)
{
	struct carrying all = { .count = 0 };
	for (uint32_t i = 0; i < gate->slot_used; i++) {
		if (gate->slots[i] && gate->slots[i]->state == SESSION_CARRYING)
			all.of[all.count++] = gate->slots[i];
	}
	size_t own = of_key(&all, message->key);
	if (own >= GATE_CARRYING_OF_KEY || all.count < GATE_CARRYING)
		return own < GATE_CARRYING_OF_KEY;
	struct session *one = find_one_to_go(&all, own);
	if (one)
		end(gate, one, why);
	return one != NULL;
}

static struct session *begin(struct gate *gate, const struct gate_message *message, struct session *active,
			     struct lt_bytes sha256)
{
	struct lt_refusal why;
	lt_refuse(&why, LT_OVERLOADED, "too many large parts are under way");
	struct session *session = make_room(gate, message, &why) ? gate_session_new(gate, message) : NULL;
	if (!session) {
		refuse(gate, message, sha256, &why);
		return NULL;
	}
	session->agency_count = active->agency_count;
	session->agencies = calloc(active->agency_count, sizeof *session->agencies);
	session->gone = calloc(active->agency_count, sizeof *session->gone);
	if (!session->agencies || !session->gone)
		lt_fatal("out of memory: session");
	memcpy(session->agencies, active->agencies, active->agency_count * sizeof *session->agencies);
	session->state = SESSION_CARRYING;
	session->beside = active->ref;
	gate_session_heard(gate, session);
	return session;
}

/* A size that is not one is refused before the first byte. */
static void on_open(struct gate *gate, struct session *session, const struct gate_message *message,
		    const struct lt_part_open *open)
{
	struct lt_refusal why;
	struct session *active = find_active(gate, message, open->agency);
	if (!active) {
		lt_refuse(&why, LT_SESSION_UNKNOWN, "no session of this key speaks for the agency");
		gate_send_bye(gate, message->routing, message->routing_len, &why);
		if (session)
			gate_session_free(gate, session);
		return;
	}
	if (open->sha256.len != 32 || open->size <= LT_PART_MAX || open->size > LT_LARGE_PART_MAX) {
		lt_refuse(&why, LT_PART_TOO_LARGE, "a large part has 262,145 to 2,147,483,648 bytes");
		refuse(gate, message, open->sha256, &why);
		return;
	}
	if (!session)
		session = begin(gate, message, active, open->sha256);
	if (!session)
		return;
	session->beside = active->ref;
	session->parts_waiting++;
	struct input input = { .type = INPUT_PART,
			       .session = session->ref,
			       .u.part = { .size = open->size, .number = open->number } };
	memcpy(input.u.part.sha256, open->sha256.data, sizeof input.u.part.sha256);
	snprintf(input.u.part.agency, sizeof input.u.part.agency, "%s", open->agency);
	gate_put_job(gate, &input);
}

static void put(struct gate *gate, struct session *session, enum large_job_type type, struct lt_bytes sha256,
		uint64_t offset, struct lt_bytes data)
{
	struct large_job job = { .type = type, .session = session->ref, .offset = offset };
	memcpy(job.sha256, sha256.data, sizeof job.sha256);
	session->parts_waiting++;
	large_jobs_put(gate->options.large, &job, data);
}

void gate_on_part(struct gate *gate, struct session *session, const struct gate_message *message)
{
	struct lt_link link;
	struct lt_refusal refusal = { 0 };
	enum lt_reason reason = lt_link_decode(message->body, gate->arena, &link, &refusal);
	refusal.reason = !reason && !gate->options.large ? LT_STATE_WRONG : reason;
	if (reason && session)
		end(gate, session, &refusal);
	else if (refusal.reason)
		gate_send_bye(gate, message->routing, message->routing_len, &refusal);
	if (reason || !gate->options.large)
		return;
	if (session && session->parts_waiting >= PARTS_WAITING_MAX) {
		lt_refuse(&refusal, LT_CREDIT_EXCEEDED, "messages about a large part without an answer");
		end(gate, session, &refusal);
		return;
	}
	struct session *active = session ? gate_session_at(gate, session->beside) : NULL;
	if (session && (!active || active->state != SESSION_ACTIVE) && link.type != LT_LINK_PART_OPEN) {
		lt_refuse(&refusal, LT_SESSION_UNKNOWN, "the session beside it is over");
		end(gate, session, &refusal);
		return;
	}
	const struct lt_part_chunk *chunk = &link.u.part_chunk;
	const struct lt_part_get *get = &link.u.part_get;
	if (link.type == LT_LINK_PART_OPEN)
		on_open(gate, session, message, &link.u.part_open);
	else if (link.type == LT_LINK_PART_CHUNK && chunk->sha256.len == 32 &&
		 chunk->data.len <= LT_LINK_PART_CHUNK_MAX)
		put(gate, session, LARGE_JOB_CHUNK, chunk->sha256, chunk->offset, chunk->data);
	else if (link.type == LT_LINK_PART_GET && get->sha256.len == 32)
		put(gate, session, LARGE_JOB_GET, get->sha256, get->offset, lt_bytes(NULL, 0));
	else if (link.type == LT_LINK_PING)
		gate_pong(gate, session, link.u.ping.token);
	else if (link.type == LT_LINK_BYE)
		gate_session_free(gate, session);
	else if (lt_refuse(&refusal, LT_STATE_WRONG, "this connection carries large parts"))
		end(gate, session, &refusal);
}

void gate_part_gone(struct gate *gate, struct lt_bytes data)
{
	struct input input = { .type = INPUT_PART_LOST };
	size_t len = data.len - sizeof input.u.part.sha256;
	LT_ASSERT(data.len > sizeof input.u.part.sha256 && len < sizeof input.u.part.agency);
	memcpy(input.u.part.sha256, data.data, sizeof input.u.part.sha256);
	memcpy(input.u.part.agency, data.data + sizeof input.u.part.sha256, len);
	gate_put_job(gate, &input);
}

void gate_part_answered(struct session *session)
{
	if (session->parts_waiting > 0)
		session->parts_waiting--;
}

void gate_part_lost(struct gate *gate, const struct session *session)
{
	struct large_job job = { .type = LARGE_JOB_LOST, .session = session->ref };
	large_jobs_put(gate->options.large, &job, lt_bytes(NULL, 0));
}
