/* gate_send.c: what goes out to adapters. A peer that does not read loses its session: nobody waits for it. */
#include "gate_internal.h"

#include <errno.h>
#include <string.h>
#include <zmq.h>

uint64_t gate_unread(struct session *session)
{
	uint64_t sent = connections_sent(session->connection);
	if (session->given < sent)
		session->given = sent; /* what was on its way before the session */
	return session->given - sent;
}

/* False for a peer that reads too little: its connection is cut, and what waits for it is forgotten. */
static bool charge(struct gate *gate, const uint8_t *routing, size_t len, size_t body)
{
	struct session *session = gate_session_find(gate, routing, len);
	if (!session || session->connection.serial == 0)
		return true;
	if (gate_unread(session) + body > GATE_UNREAD_MAX) {
		connections_cut(session->connection);
		return false;
	}
	session->given += gate_wire_size(body);
	return true;
}

/* One copy into ZeroMQ's own memory. A peer that is gone, or that does not read, is an error: nothing is dropped in silence. */
static enum lt_err send_bytes(struct gate *gate, const uint8_t *routing, size_t len, struct lt_bytes body)
{
	zmq_msg_t message;
	if (!charge(gate, routing, len, body.len)) {
		stats_add(gate->options.stats, STATS_UNROUTABLE, 1);
		return LT_ECLOSED;
	}
	if (zmq_msg_init_size(&message, body.len) != 0)
		lt_fatal("out of memory: message of %zu bytes", body.len);
	memcpy(zmq_msg_data(&message), body.data, body.len);
	if (zmq_send(gate->router, routing, len, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0 ||
	    zmq_msg_send(&message, gate->router, ZMQ_DONTWAIT) < 0) {
		zmq_msg_close(&message);
		stats_add(gate->options.stats, STATS_UNROUTABLE, 1);
		return LT_ECLOSED;
	}
	return LT_OK;
}

void gate_send_link(struct gate *gate, const uint8_t *routing, size_t len, const struct lt_link *link)
{
	lt_buf_clear(&gate->text);
	if (lt_link_encode(link, &gate->text))
		lt_fatal("out of memory: message");
	send_bytes(gate, routing, len, lt_buf_bytes(&gate->text));
}

void gate_send_bye(struct gate *gate, const uint8_t *routing, size_t len, const struct lt_refusal *why)
{
	char room[LT_SENTENCE_TEXT];
	struct lt_link bye = { .type = LT_LINK_BYE,
			       .u.bye = { .reason = why->reason, .said = lt_link_said(why, room) } };
	gate_send_link(gate, routing, len, &bye);
}

static void give_credit_back(struct session *session, const struct output *out)
{
	LT_ASSERT(out->answered <= session->credit_envelopes && out->answered_bytes <= session->credit_bytes);
	session->credit_envelopes -= out->answered;
	session->credit_bytes -= out->answered_bytes;
}

static void note_answered(struct session *session, struct lt_bytes data)
{
	enum lt_link_type type;
	size_t envelopes;
	if (session->asking && lt_link_peek(data, &type, &envelopes) == LT_REASON_NONE && type == LT_LINK_QUERY_ANSWER)
		session->asking = false;
}

static void send_to_session(struct gate *gate, const struct output *out)
{
	struct session *session = gate_session_at(gate, out->session);
	if (!session || session->state == SESSION_SILENT)
		return;
	give_credit_back(session, out);
	if (session->state == SESSION_CARRYING)
		gate_part_answered(session);
	note_answered(session, out->data);
	enum lt_err err = send_bytes(gate, session->routing, session->routing_len, out->data);
	if (out->type == OUTPUT_BYE) {
		gate_session_free(gate, session);
		return;
	}
	if (out->type == OUTPUT_WELCOME) {
		session->state = SESSION_ACTIVE;
		stats_add(gate->options.stats, STATS_SESSIONS_OPENED, 1);
	}
	if (err) {
		lt_log_peer(LT_LOG_NOTICE, "session lost", session->agencies[0], "", "agency", session->agencies[0],
			    NULL);
		gate_session_lose(gate, session);
	}
}

void gate_send_outputs(struct gate *gate)
{
	if (!gate_outputs_take(gate->options.outs, &gate->outputs))
		return;
	gate_refresh(gate); /* sessions hear of a new directory before anything that builds on it */
	struct lt_bytes rest = lt_buf_bytes(&gate->outputs);
	struct output out;
	for (size_t used; rest.len > 0 && (used = output_decode(rest, &out)) > 0;) {
		if (out.type == OUTPUT_CONTROL && gate->options.operators)
			control_thread_answer(gate->options.operators, out.client, out.data);
		else if (out.type == OUTPUT_PROOF)
			gate_trust_proved(gate, out.session, out.data);
		else if (out.type == OUTPUT_STORED)
			gate_put_job(
				gate,
				&(struct input){ .type = INPUT_STORED, .session = out.session, .u.command = out.data });
		else if (out.type == OUTPUT_PART_LOST)
			gate_part_gone(gate, out.data);
		else if (out.type != OUTPUT_CONTROL)
			send_to_session(gate, &out);
		rest = lt_bytes(rest.data + used, rest.len - used);
	}
	lt_buf_clear(&gate->outputs);
}
