/* gate_submit.c: what goes into the ring. An envelope's frame takes a slot; small messages that follow each other share one. */
#include "gate_internal.h"
#include "base/fields.h"
#include "queue/env.h"

#include <stdio.h>
#include <string.h>

/* Small jobs that come one after the other share a slot. */
void gate_put_job(struct gate *gate, const struct input *input)
{
	struct lt_buf *jobs = &gate->lost;
	if (!gate->collecting && gate->lost.len == 0) {
		gate->collected = ring_slot_begin(gate->options.ring);
		gate->collecting = gate->collected != NULL;
	}
	if (gate->collecting)
		jobs = &gate->collected->jobs;
	if (input_encode(input, jobs))
		lt_fatal("out of memory: job");
	if (gate->collecting && jobs->len >= GATE_JOBS_BYTES)
		gate_flush_jobs(gate);
}

/* Publishes what was collected; jobs that found no room before come first. */
void gate_flush_jobs(struct gate *gate)
{
	if (gate->collecting) {
		gate->collecting = false;
		ring_slot_publish(gate->options.ring);
	}
	if (gate->lost.len == 0)
		return;
	struct ring_slot *slot = ring_slot_begin(gate->options.ring);
	if (!slot)
		return;
	struct lt_buf empty = slot->jobs;
	slot->jobs = gate->lost;
	gate->lost = empty;
	ring_slot_publish(gate->options.ring);
}

void gate_on_submit(struct gate *gate, struct session *session, const struct gate_message *message, size_t envelopes)
{
	stats_add(gate->options.stats, STATS_ENVELOPES, envelopes);
	if (envelopes == 0)
		envelopes = 1; /* ADMIT refuses the frame, and one answer says so and gives its credit back */
	gate_flush_jobs(gate);
	struct ring_slot *slot = ring_slot_begin(gate->options.ring);
	LT_ASSERT(slot); /* the round looked for room before it read */
	session->credit_envelopes += (uint32_t)envelopes;
	session->credit_bytes += message->body.len;
	slot->work = RING_SUBMIT;
	slot->session = session->ref;
	slot->envelopes = (uint32_t)envelopes;
	slot->over_credit = session->credit_envelopes > BROKER_CREDIT_ENVELOPES ||
			    session->credit_bytes > (uint64_t)BROKER_CREDIT_BYTES + GATE_CREDIT_SLACK;
	memcpy(slot->key, session->key, 32);
	if (lt_buf_append(&slot->message, message->body.data, message->body.len))
		lt_fatal("out of memory: submit");
	ring_slot_publish(gate->options.ring);
}

static void put_ack(struct gate *gate, struct session *session, const struct lt_received *received)
{
	struct input input = { .type = INPUT_ACK, .session = session->ref, .u.ack.number = received->number };
	uint8_t except[LT_LINK_EXCEPT_MAX * INPUT_EXCEPTION];
	struct lt_buf buf = { .data = except, .cap = sizeof except };
	struct fields_writer writer = { .buf = &buf };
	for (size_t i = 0; i < received->except_count && i < LT_LINK_EXCEPT_MAX; i++) {
		const struct lt_exception *exception = &received->except[i];
		if (exception->sha256.len != 32)
			continue;
		fields_put_u64(&writer, exception->number);
		fields_put_u32(&writer, (uint32_t)exception->reason);
		fields_put_raw(&writer, exception->sha256.data, 32);
	}
	input.u.ack.except = lt_buf_bytes(&buf);
	snprintf(input.u.ack.agency, sizeof input.u.ack.agency, "%s", received->agency);
	gate_put_job(gate, &input);
}

static void put_credit(struct gate *gate, struct session *session, const struct lt_credit *credit)
{
	struct input input = { .type = INPUT_CREDIT,
			       .session = session->ref,
			       .u.credit = { .envelopes = credit->envelopes, .bytes = credit->bytes } };
	snprintf(input.u.credit.agency, sizeof input.u.credit.agency, "%s", credit->agency);
	gate_put_job(gate, &input);
}

static void close_for(struct gate *gate, struct session *session, enum lt_reason reason, const char *detail)
{
	lt_log_peer(LT_LOG_WARNING, "session closed", session->agencies[0], lt_reason_name(reason), "agency",
		    session->agencies[0], "reason", lt_reason_name(reason), "detail", detail, NULL);
	gate_send_bye(gate, session->routing, session->routing_len, reason, detail);
	gate_session_lose(gate, session);
}

static const char *agency_of(const struct lt_link *link)
{
	switch (link->type) {
	case LT_LINK_RECEIVED:
		return link->u.received.agency;
	case LT_LINK_CREDIT:
		return link->u.credit.agency;
	case LT_LINK_QUERY:
		return link->u.query.agency;
	case LT_LINK_HELLO:
	case LT_LINK_CHALLENGE:
	case LT_LINK_PROOF:
	case LT_LINK_WELCOME:
	case LT_LINK_SUBMIT:
	case LT_LINK_ANSWERS:
	case LT_LINK_DELIVER:
	case LT_LINK_PING:
	case LT_LINK_PONG:
	case LT_LINK_DIRECTORY_GET:
	case LT_LINK_DIRECTORY_CHUNK:
	case LT_LINK_QUERY_ANSWER:
	case LT_LINK_BYE:
	case LT_LINK_LIST_GET:
	case LT_LINK_LIST_CHUNK:
		break;
	}
	return NULL;
}

static void put_query(struct gate *gate, struct session *session, const struct lt_query *query)
{
	struct input input = { .type = INPUT_QUERY,
			       .session = session->ref,
			       .u.query = { .min_seq = query->min_seq,
					    .token = query->token,
					    .ledger = query->ledger,
					    .sequence = query->sequence,
					    .old_size = query->old_size } };
	size_t len = strlen(query->dossier);
	if (len >= sizeof input.u.query.dossier) {
		struct lt_link answer = { .type = LT_LINK_QUERY_ANSWER,
					  .u.query_answer = { .token = query->token,
							      .reason = LT_DOSSIER_CODE_INVALID,
							      .detail = "the code is too long" } };
		gate_send_link(gate, session->routing, session->routing_len, &answer);
		return;
	}
	if (session->asking) {
		struct lt_link answer = { .type = LT_LINK_QUERY_ANSWER,
					  .u.query_answer = { .token = query->token,
							      .reason = LT_OVERLOADED,
							      .detail = "one question at a time" } };
		gate_send_link(gate, session->routing, session->routing_len, &answer);
		return;
	}
	session->asking = true;
	memcpy(input.u.query.dossier, query->dossier, len + 1);
	snprintf(input.u.query.agency, sizeof input.u.query.agency, "%s", query->agency);
	gate_put_job(gate, &input);
}

static void dispatch(struct gate *gate, struct session *session, const struct lt_link *link)
{
	switch (link->type) {
	case LT_LINK_RECEIVED:
		put_ack(gate, session, &link->u.received);
		break;
	case LT_LINK_CREDIT:
		put_credit(gate, session, &link->u.credit);
		break;
	case LT_LINK_QUERY:
		put_query(gate, session, &link->u.query);
		break;
	case LT_LINK_PING:
		gate_pong(gate, session, link->u.ping.token);
		break;
	case LT_LINK_DIRECTORY_GET:
	case LT_LINK_LIST_GET:
		if (gate_unread(session) > GATE_UNREAD_ASKING)
			close_for(gate, session, LT_OVERLOADED, "chunks of directory or list wait to be read");
		else if (link->type == LT_LINK_LIST_GET)
			gate_on_list_get(gate, session, &link->u.list_get);
		else
			gate_on_directory_get(gate, session, &link->u.directory_get);
		break;
	case LT_LINK_BYE:
		gate_session_lose(gate, session);
		break;
	case LT_LINK_HELLO:
	case LT_LINK_CHALLENGE:
	case LT_LINK_PROOF:
	case LT_LINK_WELCOME:
	case LT_LINK_SUBMIT:
	case LT_LINK_ANSWERS:
	case LT_LINK_DELIVER:
	case LT_LINK_PONG:
	case LT_LINK_DIRECTORY_CHUNK:
	case LT_LINK_LIST_CHUNK:
	case LT_LINK_QUERY_ANSWER:
		close_for(gate, session, LT_STATE_WRONG, "a message that only the broker sends");
		break;
	}
}

void gate_on_small(struct gate *gate, struct session *session, const struct gate_message *message)
{
	struct lt_link link;
	struct lt_refusal refusal = { 0 };
	enum lt_reason reason = lt_link_decode(message->body, gate->arena, &link, &refusal);
	if (reason) {
		stats_add(gate->options.stats, STATS_MALFORMED, 1);
		close_for(gate, session, reason, refusal.detail);
		return;
	}
	const char *agency = agency_of(&link);
	if (agency && !gate_session_speaks(session, agency)) {
		close_for(gate, session, LT_SENDER_NOT_SESSION, "an agency that this session does not speak for");
		return;
	}
	dispatch(gate, session, &link);
}
