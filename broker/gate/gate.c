/* gate.c: the gate's round: take outputs, read a bounded number of messages, sort them by type. It decides nothing about an
 * envelope; it knows who is connected. */
#include "gate_internal.h"
#include "queue/env.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

/* A draft option in libzmq 4.3.4, passed by number: without it a ROUTER whose ZAP handler is missing lets everybody in. */
#define ZAP_ENFORCE_DOMAIN 93

static bool set_int(void *socket, int option, int value)
{
	return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool set_limits(void *router)
{
	int64_t max = 2 * LT_LINK_MESSAGE_MAX; /* what is a little too large is read, to be named */
	return zmq_setsockopt(router, ZMQ_MAXMSGSIZE, &max, sizeof max) == 0 && set_int(router, ZMQ_SNDHWM, GATE_HWM) &&
	       set_int(router, ZMQ_RCVHWM, GATE_HWM) && set_int(router, ZMQ_BACKLOG, GATE_BACKLOG) &&
	       set_int(router, ZMQ_HANDSHAKE_IVL, GATE_HANDSHAKE_MS) && set_int(router, ZMQ_LINGER, GATE_LINGER_MS) &&
	       set_int(router, ZMQ_ROUTER_MANDATORY, 1) && set_int(router, ZMQ_TCP_KEEPALIVE, 1) &&
	       set_int(router, ZMQ_TCP_KEEPALIVE_IDLE, 60) && set_int(router, ZMQ_TCP_KEEPALIVE_INTVL, 10) &&
	       set_int(router, ZMQ_TCP_KEEPALIVE_CNT, 6);
}

static bool set_identity(void *router, const struct lt_curve_key *key, bool plain)
{
	return (plain || (set_int(router, ZMQ_CURVE_SERVER, 1) &&
			  zmq_setsockopt(router, ZMQ_CURVE_SECRETKEY, key->secret_key, 32) == 0)) &&
	       zmq_setsockopt(router, ZMQ_ZAP_DOMAIN, GATE_ZAP_DOMAIN, strlen(GATE_ZAP_DOMAIN)) == 0 &&
	       set_int(router, ZAP_ENFORCE_DOMAIN, 1);
}

static enum lt_err open_router(struct gate *gate, char *error, size_t error_size)
{
	size_t size = sizeof gate->endpoint;
	const char *step = "socket";
	gate->router = zmq_socket(gate->context, ZMQ_ROUTER);
	if (!gate->router)
		goto failed;
	step = "limits";
	if (!set_limits(gate->router))
		goto failed;
	step = "CURVE and ZAP (is this libzmq built with ZAP_ENFORCE_DOMAIN?)";
	if (!set_identity(gate->router, &gate->options.key, gate->options.plain))
		goto failed;
	step = "bind";
	if (zmq_bind(gate->router, gate->options.endpoint) != 0 ||
	    zmq_getsockopt(gate->router, ZMQ_LAST_ENDPOINT, gate->endpoint, &size) != 0)
		goto failed;
	return LT_OK;
failed:
	snprintf(error, error_size, "gate: %s: %s: %s", gate->options.endpoint, step, zmq_strerror(zmq_errno()));
	return LT_EIO;
}

enum lt_err gate_open(const struct gate_options *options, struct gate **out, char *error, size_t error_size)
{
	struct gate *gate = calloc(1, sizeof *gate);
	if (!gate)
		return LT_ENOMEM;
	gate->options = *options;
	gate->context = zmq_ctx_new();
	snprintf(error, error_size, "gate: out of memory");
	enum lt_err err = gate->context ? gate_sessions_init(gate) : LT_ENOMEM;
	if (!err)
		err = connections_open(error, error_size);
	if (!err)
		err = lt_arena_new(GATE_ARENA_MAX, &gate->arena);
	if (!err)
		err = budgets_new(options->agency_envelopes ? options->agency_envelopes : BROKER_AGENCY_ENVELOPES,
				  options->agency_bytes ? options->agency_bytes : BROKER_AGENCY_BYTES, &gate->budgets);
	rulebook_current_refresh(options->current, &gate->rulebook, &gate->seen);
	gate_tell_definitions(gate); /* nobody is there: from here on, changes are told */
	/* The handler of ZAP stands before the door opens. */
	if (!err && !options->without_zap) {
		snprintf(error, error_size, "gate: the ZAP handler cannot be bound");
		err = gate_zap_open(gate);
	}
	if (!err)
		err = open_router(gate, error, error_size);
	if (err)
		gate_close(gate);
	else
		*out = gate;
	return err;
}

void gate_close(struct gate *gate)
{
	if (!gate)
		return;
	void *sockets[] = { gate->router, gate->zap };
	for (size_t i = 0; i < sizeof sockets / sizeof sockets[0]; i++) {
		if (sockets[i])
			zmq_close(sockets[i]);
	}
	if (gate->context)
		zmq_ctx_term(gate->context);
	connections_close();
	gate_sessions_fini(gate);
	budgets_free(gate->budgets);
	lt_arena_free(gate->arena);
	lt_buf_fini(&gate->small);
	lt_buf_fini(&gate->text);
	lt_buf_fini(&gate->outputs);
	gate_recover_fini(&gate->recovery);
	if (gate->rulebook)
		rulebook_unref(gate->rulebook);
	free(gate);
}

const char *gate_endpoint(const struct gate *gate)
{
	return gate->endpoint;
}

/* ---- one message ---- */

static bool same_peer(struct gate *gate, struct session *session, const struct gate_message *message)
{
	if (memcmp(session->user, message->user, GATE_USER_TEXT) == 0)
		return true;
	/* A routing id that changed hands: whoever has it now is not this session. */
	stats_add(gate->options.stats, STATS_KEY_CHANGED, 1);
	gate_session_lose(gate, session);
	return false;
}

static void without_session(struct gate *gate, const struct gate_message *message)
{
	stats_add(gate->options.stats, STATS_NO_SESSION, 1);
	struct lt_refusal why;
	lt_refuse(&why, LT_SESSION_UNKNOWN, "say HELLO");
	gate_send_bye(gate, message->routing, message->routing_len, &why);
}

static void malformed(struct gate *gate, struct session *session, const struct gate_message *message,
		      enum lt_reason reason)
{
	stats_add(gate->options.stats, STATS_MALFORMED, 1);
	lt_log_peer(LT_LOG_WARNING, "frame refused", message->user, lt_reason_name(reason), "reason",
		    lt_reason_name(reason), "key", message->user, "agency", session ? session->agencies[0] : NULL,
		    NULL);
	gate_send_bye(gate, message->routing, message->routing_len, &(struct lt_refusal){ .reason = reason });
	if (session)
		gate_session_lose(gate, session);
}

static void on_message(struct gate *gate, const struct gate_message *message)
{
	enum lt_link_type type;
	size_t envelopes = 0;
	lt_arena_reset(gate->arena);
	struct session *session = gate_session_find(gate, message->routing, message->routing_len);
	if (session && !same_peer(gate, session, message))
		session = NULL;
	if (session && session->state == SESSION_SILENT) {
		stats_add(gate->options.stats, STATS_SUSPENDED, 1);
		if (++session->dropped == GATE_SILENT_MESSAGES)
			connections_cut(session->connection);
		return;
	}
	bool large = message->body.len > LT_LINK_MESSAGE_MAX;
	enum lt_reason reason = large ? LT_FRAME_TOO_LARGE : lt_link_peek(message->body, &type, &envelopes);
	if (reason) {
		malformed(gate, session, message, reason);
		return;
	}
	/* A client's timer that runs too early: nothing to say yet, no reason to end the handshake, and none to wait longer for it. */
	if (session && session->state != SESSION_ACTIVE && type == LT_LINK_PING)
		return;
	if (session)
		gate_session_heard(gate, session);
	if (type == LT_LINK_HELLO) {
		gate_on_hello(gate, message);
	} else if (session ? session->state == SESSION_CARRYING : type == LT_LINK_PART_OPEN) {
		gate_on_part(gate, session, message);
	} else if (!session) {
		/* A BYE needs no answer, and two that say it to each other would never end. */
		if (type != LT_LINK_BYE)
			without_session(gate, message);
	} else if (type == LT_LINK_PROOF) {
		gate_on_proof(gate, session, message);
	} else if (session->state != SESSION_ACTIVE) {
		if (type != LT_LINK_BYE)
			without_session(gate, message);
		gate_session_lose(gate, session);
	} else if (type == LT_LINK_SUBMIT) {
		gate_on_submit(gate, session, message, envelopes);
	} else {
		gate_on_small(gate, session, message);
	}
}

/* Reads what is left of a message of too many frames. */
static size_t drain_frames(void *socket)
{
	int more = 1;
	size_t bytes = 0;
	size_t size = sizeof more;
	while (more) {
		zmq_msg_t frame;
		zmq_msg_init(&frame);
		if (zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) < 0)
			more = 0;
		else if (zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size) != 0)
			more = 0;
		bytes += gate_wire_size(zmq_msg_size(&frame));
		zmq_msg_close(&frame);
	}
	return bytes;
}

/* Who speaks: the ZAP User-Id, or nobody. */
static bool identify(struct gate *gate, zmq_msg_t *body, struct gate_message *message)
{
	message->user = zmq_msg_gets(body, "User-Id");
	if (message->user && strlen(message->user) == GATE_USER_TEXT - 1 &&
	    lt_unhex(message->user, message->key, sizeof message->key) == LT_OK)
		return true;
	stats_add(gate->options.stats, STATS_NO_USER, 1);
	return false;
}

static bool read_one(struct gate *gate)
{
	uint8_t routing[GATE_ROUTING_MAX];
	int len = zmq_recv(gate->router, routing, sizeof routing, ZMQ_DONTWAIT);
	if (len < 0)
		return false;
	zmq_msg_t body;
	zmq_msg_init(&body);
	if (zmq_msg_recv(&body, gate->router, ZMQ_DONTWAIT) < 0) {
		zmq_msg_close(&body);
		return false;
	}
	bool frames = zmq_msg_more(&body) != 0;
	int fd = zmq_msg_get(&body, ZMQ_SRCFD);
	size_t taken = gate_wire_size(zmq_msg_size(&body)) + (frames ? drain_frames(gate->router) : 0);
	connections_taken(fd, taken);
	stats_add(gate->options.stats, STATS_MESSAGES, 1);
	struct gate_message message = { .routing = routing,
					.routing_len = (size_t)len,
					.fd = fd,
					.body = frames ? lt_bytes(NULL, 0)
						       : lt_bytes(zmq_msg_data(&body), zmq_msg_size(&body)) };
	if (len > 0 && (size_t)len <= sizeof routing && identify(gate, &body, &message))
		on_message(gate, &message);
	zmq_msg_close(&body);
	return true;
}

/* ---- the loop ---- */

static void read_round(struct gate *gate)
{
	for (unsigned i = 0; i < GATE_ROUND && !ring_full(gate->options.ring); i++) {
		if (!read_one(gate))
			break;
	}
	gate_flush_jobs(gate);
}

static void gate_rulebook_changed(struct gate *gate)
{
	gate_sessions_recheck(gate);
	gate_trust_recheck(gate);
	gate_trust_watch(gate);
}

void gate_refresh(struct gate *gate)
{
	if (rulebook_current_refresh(gate->options.current, &gate->rulebook, &gate->seen))
		gate_rulebook_changed(gate);
}

static void tell_connections(struct gate *gate)
{
	struct connections_figures now = connections_figures();
	uint64_t refused = now.refused - gate->told.refused, evicted = now.evicted - gate->told.evicted;
	uint64_t cut = now.cut - gate->told.cut;
	stats_add(gate->options.stats, STATS_CONNECTIONS_CUT, cut);
	if (cut > 0)
		lt_log_peer(LT_LOG_WARNING, "connections cut: too many bytes wait", "", "", "count", lt_log_u64(cut),
			    NULL);
	stats_add(gate->options.stats, STATS_CONNECTIONS_REFUSED, refused);
	stats_add(gate->options.stats, STATS_CONNECTIONS_EVICTED, evicted);
	if (refused + evicted > 0)
		lt_log(LT_LOG_WARNING, "descriptors run short", "connections", lt_log_u64(now.open), "refused",
		       lt_log_u64(refused), "silent ones closed", lt_log_u64(evicted), NULL);
	gate->told = now;
}

static void look_around(struct gate *gate)
{
	uint64_t count;
	if (read(gate->options.event, &count, sizeof count) < 0 && errno != EAGAIN)
		lt_fatal("gate: eventfd: %s", strerror(errno));
	gate_refresh(gate);
	gate_send_outputs(gate);
	if (gate->zap)
		gate_zap_serve(gate);
	int64_t now = gate->options.env->boottime(gate->options.env->ctx);
	if (now - gate->checked_at >= 1000000) {
		gate->checked_at = now;
		gate_sessions_idle(gate, now);
		gate_tell_definitions(gate);
		gate_trust_due(gate, now);
		tell_connections(gate);
		lt_log_peers_flush();
	}
	if (gate->held > 0 && now - gate->held_looked_at >= GATE_HELD_LOOK_US)
		gate_sessions_let(gate, now);
	gate_recover_step(gate, now);
	gate->more = gate_trust_step(gate);
	atomic_fetch_add_explicit(&gate->rounds, 1, memory_order_relaxed);
}

static void wait_for_work(struct gate *gate, bool reading)
{
	zmq_pollitem_t items[3] = { { .fd = gate->options.event, .events = ZMQ_POLLIN } };
	int count = 1;
	if (gate->zap)
		items[count++] = (zmq_pollitem_t){ .socket = gate->zap, .events = ZMQ_POLLIN };
	if (reading)
		items[count++] = (zmq_pollitem_t){ .socket = gate->router, .events = ZMQ_POLLIN };
	/* While the ring is full, nobody tells that it has room again. */
	zmq_poll(items, count, gate->more ? 0 : !reading ? 1 : gate->held > 0 ? GATE_HELD_LOOK_US / 1000 : 500);
}

/* Operators' requests that passed the checks go into the ring, in a slot of their own. */
static void take_requests(struct gate *gate)
{
	struct lt_buf jobs = { 0 };
	if (control_thread_take_jobs(gate->options.operators, &jobs))
		ring_put_jobs(gate->options.ring, RING_NO_SESSION, &jobs);
}

static void say_goodbye(struct gate *gate)
{
	for (uint32_t i = 0; i < gate->slot_used; i++) {
		struct session *session = gate->slots[i];
		if (session && session->state != SESSION_SILENT)
			gate_send_bye(gate, session->routing, session->routing_len,
				      &(struct lt_refusal){ .reason = LT_BROKER_STOPPING });
	}
}

void gate_run(struct gate *gate)
{
	while (!atomic_load(&gate->stop)) {
		bool reading = !ring_full(gate->options.ring);
		wait_for_work(gate, reading);
		look_around(gate);
		if (gate->options.operators)
			take_requests(gate);
		if (gate->rulebook)
			read_round(gate);
	}
	gate_flush_jobs(gate);
	ring_seal(gate->options.ring);
	while (!atomic_load(gate->options.engine_done)) {
		wait_for_work(gate, false);
		look_around(gate);
	}
	gate_send_outputs(gate);
	say_goodbye(gate);
}

void gate_stop(struct gate *gate)
{
	uint64_t one = 1;
	atomic_store(&gate->stop, true);
	if (write(gate->options.event, &one, sizeof one) != (ssize_t)sizeof one)
		lt_log(LT_LOG_ERROR, "gate cannot be woken", NULL);
}

uint64_t gate_rounds(const struct gate *gate)
{
	return atomic_load_explicit(&gate->rounds, memory_order_relaxed);
}
