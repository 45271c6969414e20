/* gate_submit.c: what goes into the ring. An envelope's frame takes a slot; small messages that follow each other share one. */
#include "gate_internal.h"
#include "base/fields.h"
#include "queue/env.h"

#include <stdio.h>
#include <string.h>

/* Small jobs of all sessions share a slot: what they say does not depend on the envelopes before them. */
void gate_put_job(struct gate *gate, const struct input *input)
{
	if (input_encode(input, &gate->small))
		lt_fatal("out of memory: job");
	if (gate->small.len >= GATE_JOBS_BYTES)
		gate_flush_jobs(gate);
}

void gate_flush_jobs(struct gate *gate)
{
	ring_put_jobs(gate->options.ring, RING_NO_SESSION, &gate->small);
}

void gate_put_job_behind(struct gate *gate, const struct session *session, const struct input *input)
{
	struct lt_buf jobs = { 0 };
	uint32_t queue = session->state == SESSION_PROVING ? RING_PROOFS : session->ref.slot;
	gate_flush_jobs(gate);
	if (input_encode(input, &jobs))
		lt_fatal("out of memory: job");
	ring_put_jobs(gate->options.ring, queue, &jobs);
}

/* ---- SUBMIT ---- */

static uint32_t units_of(const struct lt_link_weight *weight)
{
	return (weight->own_check ? TURNS_SIGNATURE : 1) + (uint32_t)(weight->bytes / TURNS_UNIT_BYTES);
}

/* As much as one turn holds, and at least one envelope. */
static size_t cut(const struct lt_link_weight *weights, size_t envelopes, struct ring_slice *out)
{
	size_t count = 0;
	for (size_t i = 0; i < envelopes; i++) {
		uint32_t units = units_of(&weights[i]);
		if (count == 0 || out[count - 1].units + units > TURNS_TURN)
			out[count++] = (struct ring_slice){ .first = (uint32_t)i };
		out[count - 1].count++;
		out[count - 1].units += units;
	}
	return count;
}

/* A frame is sliced only when it can be read: the reason for one that cannot is that of all its envelopes, and ADMIT finds it. */
static size_t slice(struct gate *gate, const struct gate_message *message, size_t envelopes, struct ring_slice *out)
{
	struct lt_link_weight weights[LT_LINK_BATCH_MAX];
	struct lt_link link;
	struct lt_refusal refusal;
	size_t weighed = lt_link_weigh(message->body, weights), count = 0;
	if (weighed == envelopes)
		count = cut(weights, envelopes, out);
	if (count == 1 || (count > 1 && !lt_link_decode(message->body, gate->arena, &link, &refusal)))
		return count;
	out[0] = (struct ring_slice){ .count = (uint32_t)envelopes, .units = TURNS_TURN };
	return 1;
}

static enum lt_reason too_much(struct gate *gate, const struct session *session, struct lt_refusal *refusal)
{
	size_t waiting = ring_bytes(gate->options.ring);
	if (session->credit_envelopes > BROKER_CREDIT_ENVELOPES ||
	    session->credit_bytes > (uint64_t)BROKER_CREDIT_BYTES + GATE_CREDIT_SLACK)
		return lt_refuse(refusal, LT_CREDIT_EXCEEDED, "more in flight than WELCOME allows");
	if (waiting > GATE_WAITING_ALL || (waiting > GATE_WAITING && ring_waits(gate->options.ring, session->ref.slot)))
		return lt_refuse(refusal, LT_OVERLOADED, "what waits to be checked fills the memory for it");
	return LT_REASON_NONE;
}

/* Without a look at signature and parts, whose bytes are not kept. */
static void refuse_all(struct gate *gate, const struct session *session, const struct gate_message *message,
		       size_t envelopes, const struct lt_refusal *refusal)
{
	struct lt_link link;
	struct lt_refusal why = { 0 };
	struct lt_buf jobs = { 0 };
	bool unreadable = lt_link_decode(message->body, gate->arena, &link, &why) != LT_REASON_NONE;
	for (size_t i = 0; i < envelopes; i++) {
		struct lt_header header;
		struct input input = { .type = INPUT_SUBMIT,
				       .session = session->ref,
				       .u.submit = { .index = (uint32_t)i,
						     .bytes = i == 0 ? (uint32_t)message->body.len : 0 } };
		/* The header comes first in the order of reasons, and says which dossier has to wait. */
		if (unreadable || lt_header_parse(link.u.submit.envelopes[i].header, gate->arena, &header, &why)) {
			input.u.submit.refused = why;
		} else {
			input.u.submit.refused = *refusal;
			input.u.submit.id = lt_bytes(header.id, sizeof header.id);
			memcpy(input.u.submit.dossier, header.dossier, sizeof header.dossier);
			stats_add(gate->options.stats, STATS_CREDIT_EXCEEDED, refusal->reason == LT_CREDIT_EXCEEDED);
		}
		if (input_encode(&input, &jobs))
			lt_fatal("out of memory: job");
	}
	gate_flush_jobs(gate);
	ring_put_jobs(gate->options.ring, session->ref.slot, &jobs);
}

static uint64_t at_most(uint64_t value, int64_t most)
{
	return value < (uint64_t)most ? value : (uint64_t)most;
}

/* It is signed by nobody and may say anything: brought into bounds in which everybody can count with it. What comes sooner than an
 * operator can look is left out. */
static void put_report(struct gate *gate, struct session *session, const struct lt_adapter_report *report)
{
	int64_t now = gate->options.env->boottime(gate->options.env->ctx);
	struct input input = { .type = INPUT_REPORT, .session = session->ref, .u.report.told = *report };
	struct lt_adapter_report *told = &input.u.report.told;
	if (session->reported_at != 0 && now - session->reported_at < GATE_REPORT_US)
		return;
	session->reported_at = now;
	told->clock = told->clock > 0 ? told->clock : 0;
	told->unsent_since = told->unsent_since > 0 ? (int64_t)at_most((uint64_t)told->unsent_since, told->clock) : 0;
	told->restored_at = told->restored_at > 0 ? (int64_t)at_most((uint64_t)told->restored_at, told->clock) : 0;
	told->disk_free = at_most(told->disk_free, INT64_MAX);
	told->disk_size = at_most(told->disk_size, INT64_MAX);
	told->disk_reserve = at_most(told->disk_reserve, INT64_MAX);
	told->store_bytes = at_most(told->store_bytes, INT64_MAX);
	told->unsent = at_most(told->unsent, INT64_MAX);
	input.u.report.ahead = told->clock - env_time(gate->options.env);
	gate_put_job(gate, &input);
}

static void close_for(struct gate *gate, struct session *session, const struct lt_refusal *why);

void gate_on_submit(struct gate *gate, struct session *session, const struct gate_message *message, size_t envelopes)
{
	struct ring_slice slices[RING_SLICES_MAX];
	struct lt_refusal refusal = { 0 };
	stats_add(gate->options.stats, STATS_ENVELOPES, envelopes);
	if (envelopes == 0)
		envelopes = 1; /* ADMIT refuses the frame, and one answer says so and gives its credit back */
	session->credit_envelopes += (uint32_t)envelopes;
	session->credit_bytes += message->body.len;
	if (session->credit_envelopes > GATE_UNANSWERED_MAX) {
		lt_refuse(&refusal, LT_CREDIT_EXCEEDED, "many times the credit of WELCOME");
		close_for(gate, session, &refusal);
		return;
	}
	if (too_much(gate, session, &refusal)) {
		refuse_all(gate, session, message, envelopes, &refusal);
		return;
	}
	gate_session_charge(gate, session, envelopes, message->body.len);
	size_t count = slice(gate, message, envelopes, slices);
	ring_put_submit(gate->options.ring, session->ref, session->key, message->body, (uint32_t)envelopes, slices,
			count);
}

/* ---- the others ---- */

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

static void close_for(struct gate *gate, struct session *session, const struct lt_refusal *why)
{
	lt_log_peer(LT_LOG_WARNING, "session closed", session->agencies[0], lt_reason_name(why->reason), "agency",
		    session->agencies[0], "reason", lt_reason_name(why->reason), "detail", why->detail, NULL);
	gate_send_bye(gate, session->routing, session->routing_len, why);
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
	case LT_LINK_PART_OPEN:
	case LT_LINK_PART_STATE:
	case LT_LINK_PART_CHUNK:
	case LT_LINK_PART_GET:
		break;
	}
	return NULL;
}

static void refuse_query(struct gate *gate, const struct session *session, uint64_t token, const struct lt_refusal *why)
{
	char room[LT_SENTENCE_TEXT];
	struct lt_link answer = { .type = LT_LINK_QUERY_ANSWER,
				  .u.query_answer = {
					  .token = token, .reason = why->reason, .said = lt_link_said(why, room) } };
	gate_send_link(gate, session->routing, session->routing_len, &answer);
}

static enum lt_reason check_procedures(const struct lt_query *query, struct lt_refusal *refusal)
{
	bool list = query->procedures == LT_LINK_PROCEDURES_LIST;
	if (query->dossiers || (!list && query->procedures != LT_LINK_PROCEDURES_ONE))
		return lt_refuse(refusal, LT_REQUEST_UNKNOWN, "%s", "procedures");
	if ((list && query->procedure[0] == '\0') || lt_procedure_code_valid(query->procedure))
		return LT_REASON_NONE;
	return lt_refuse(refusal, LT_PROCEDURE_CODE_INVALID, "procedure: has not its form");
}

static enum lt_reason check_query(const struct lt_query *query, struct lt_refusal *refusal)
{
	if (query->ledger)
		return LT_REASON_NONE;
	if (query->procedures)
		return check_procedures(query, refusal);
	if (query->dossiers)
		return lt_dossiers_request_check(query->dossiers, query->agency, refusal);
	return lt_dossier_code_valid(query->dossier)
		       ? LT_REASON_NONE
		       : lt_refuse(refusal, LT_DOSSIER_CODE_INVALID, "not of the form agency-date-number");
}

static void put_query(struct gate *gate, struct session *session, const struct lt_query *query)
{
	struct input input = { .type = INPUT_QUERY,
			       .session = session->ref,
			       .u.query = { .min_seq = query->min_seq,
					    .token = query->token,
					    .ledger = query->ledger,
					    .procedures = query->ledger ? 0 : query->procedures,
					    .version = query->version,
					    .old_size = query->old_size } };
	uint8_t sequences[8 * LT_LEDGER_PROOFS_MAX];
	struct lt_refusal refusal = { 0 };
	struct lt_buf list = { 0 };
	for (size_t i = 0; i < query->sequence_count; i++) /* the frame's check knows the limit */
		fields_raw_put64(sequences + 8 * i, query->sequences[i]);
	input.u.query.sequences = lt_bytes(sequences, 8 * query->sequence_count);
	enum lt_reason reason = check_query(query, &refusal);
	if (!reason && session->asking)
		reason = lt_refuse(&refusal, LT_OVERLOADED, "one question at a time");
	if (reason) {
		refuse_query(gate, session, query->token, &refusal);
		return;
	}
	if (query->dossiers && !query->ledger)
		LT_ASSERT(lt_dossiers_request_encode(query->dossiers, &list) == LT_OK);
	/* Whether a filing is counted already is asked by who would open it else. */
	input.u.query.newest = list.len > 0 && query->dossiers->foreign[0] != '\0' && query->dossiers->after.len == 0;
	input.u.query.applicant = query->applicant && !query->ledger && !query->procedures && !query->dossiers;
	session->asking = true;
	input.u.query.dossiers = lt_buf_bytes(&list);
	snprintf(input.u.query.dossier, sizeof input.u.query.dossier, "%s", list.len > 0 ? "" : query->dossier);
	if (input.u.query.procedures)
		snprintf(input.u.query.procedure, sizeof input.u.query.procedure, "%s", query->procedure);
	snprintf(input.u.query.agency, sizeof input.u.query.agency, "%s", query->agency);
	gate_put_job_behind(gate, session, &input);
	lt_buf_fini(&list);
}

/* A peer that reads what it asks for may ask again, whatever else is on its way to it. */
static void put_get(struct gate *gate, struct session *session, const struct lt_link *link)
{
	struct lt_refusal why;
	uint64_t unread = gate_unread(session), before = session->given;
	if (before - unread >= session->chunks_end)
		session->chunks = 0;
	if (session->chunks > GATE_UNREAD_ASKING) {
		lt_refuse(&why, LT_OVERLOADED, "chunks of directory or list wait to be read");
		close_for(gate, session, &why);
		return;
	}
	if (link->type == LT_LINK_LIST_GET)
		gate_on_list_get(gate, session, &link->u.list_get);
	else
		gate_on_directory_get(gate, session, &link->u.directory_get);
	session->chunks += session->given - before;
	session->chunks_end = session->given;
}

static void dispatch(struct gate *gate, struct session *session, const struct lt_link *link)
{
	struct lt_refusal why;
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
		if (link->u.ping.report)
			put_report(gate, session, link->u.ping.report);
		gate_pong(gate, session, link->u.ping.token);
		break;
	case LT_LINK_DIRECTORY_GET:
	case LT_LINK_LIST_GET:
		put_get(gate, session, link);
		break;
	case LT_LINK_BYE:
		gate_session_lose(gate, session);
		break;
	case LT_LINK_DIRECTORY_CHUNK:
	case LT_LINK_LIST_CHUNK:
		gate_recover_chunk(gate, session, link);
		break;
	case LT_LINK_HELLO:
	case LT_LINK_CHALLENGE:
	case LT_LINK_PROOF:
	case LT_LINK_WELCOME:
	case LT_LINK_SUBMIT:
	case LT_LINK_ANSWERS:
	case LT_LINK_DELIVER:
	case LT_LINK_PONG:
	case LT_LINK_QUERY_ANSWER:
	case LT_LINK_PART_STATE:
		lt_refuse(&why, LT_STATE_WRONG, "a message that only the broker sends");
		close_for(gate, session, &why);
		break;
	case LT_LINK_PART_OPEN:
	case LT_LINK_PART_CHUNK:
	case LT_LINK_PART_GET:
		lt_refuse(&why, LT_STATE_WRONG, "large parts have connections of their own");
		close_for(gate, session, &why);
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
		refusal.reason = reason;
		close_for(gate, session, &refusal);
		return;
	}
	const char *agency = agency_of(&link);
	if (agency && !gate_session_speaks(session, agency)) {
		lt_refuse(&refusal, LT_SENDER_NOT_SESSION, "an agency that this session does not speak for");
		close_for(gate, session, &refusal);
		return;
	}
	dispatch(gate, session, &link);
}
