/* RabbitMQ, durable classic queues, persistent messages, publisher confirms, acknowledgements of many. */
#include "peer.h"

#include <amqp.h>
#include <amqp_tcp_socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum { PREFETCH = 512, CHANNEL = 1, UNCONFIRMED_MAX = 1024 };

static void need(amqp_rpc_reply_t reply, const char *what)
{
	if (reply.reply_type != AMQP_RESPONSE_NORMAL)
		peer_die("rabbit: %s: %s", what, amqp_error_string2(reply.library_error));
}

static amqp_connection_state_t dial(const char *address)
{
	amqp_connection_state_t c = amqp_new_connection();
	amqp_socket_t *socket = amqp_tcp_socket_new(c);
	if (!socket || amqp_socket_open(socket, "127.0.0.1", atoi(address)))
		peer_die("rabbit: cannot connect to port %s", address);
	need(amqp_login(c, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest"), "login");
	amqp_channel_open(c, CHANNEL);
	need(amqp_get_rpc_reply(c), "channel");
	return c;
}

static amqp_bytes_t queue_name(int index)
{
	static const char *const names[PEER_QUEUES] = { "q0", "q1", "q2" };
	return amqp_cstring_bytes(names[index]);
}

static void prepare(const char *address)
{
	amqp_connection_state_t c = dial(address);
	for (int q = 0; q < PEER_QUEUES; q++) {
		amqp_queue_declare(c, CHANNEL, queue_name(q), 0, 1, 0, 0, amqp_empty_table);
		need(amqp_get_rpc_reply(c), "queue");
		amqp_queue_purge(c, CHANNEL, queue_name(q));
		need(amqp_get_rpc_reply(c), "purge");
	}
	amqp_destroy_connection(c);
}

/* What was sent and not yet confirmed, that is, on disk. A confirm may be for all up to its tag, or for one out of turn. */
struct unconfirmed {
	uint64_t sent, upto; /* tags; all up to `upto` are confirmed */
	bool done[UNCONFIRMED_MAX];
};

static bool read_confirm(amqp_connection_state_t c, struct unconfirmed *open, bool wait)
{
	amqp_frame_t frame;
	struct timeval now = { 0 };
	amqp_maybe_release_buffers(c);
	int status = wait ? amqp_simple_wait_frame(c, &frame) : amqp_simple_wait_frame_noblock(c, &frame, &now);
	if (status == AMQP_STATUS_TIMEOUT)
		return false;
	if (status != AMQP_STATUS_OK || frame.frame_type != AMQP_FRAME_METHOD ||
	    frame.payload.method.id != AMQP_BASIC_ACK_METHOD)
		peer_die("rabbit: no confirm");
	const amqp_basic_ack_t *ack = frame.payload.method.decoded;
	for (uint64_t tag = ack->multiple ? open->upto + 1 : ack->delivery_tag; tag <= ack->delivery_tag; tag++)
		open->done[tag % UNCONFIRMED_MAX] = true;
	while (open->upto < open->sent && open->done[(open->upto + 1) % UNCONFIRMED_MAX])
		open->done[++open->upto % UNCONFIRMED_MAX] = false;
	return true;
}

static void produce(struct peer_run *run, const char *address, int index)
{
	amqp_connection_state_t c = dial(address);
	amqp_basic_properties_t persistent = { ._flags = AMQP_BASIC_DELIVERY_MODE_FLAG, .delivery_mode = 2 };
	uint8_t message[PEER_MESSAGE];
	struct unconfirmed open = { 0 };
	amqp_confirm_select(c, CHANNEL);
	need(amqp_get_rpc_reply(c), "confirms");
	while (!peer_stopped(run)) {
		size_t count = peer_claim(run);
		for (size_t i = 0; i < count; i++, open.sent++) {
			amqp_bytes_t body = { peer_make(run, message), message };
			if (amqp_basic_publish(c, CHANNEL, amqp_empty_bytes, queue_name(index), 0, 0, &persistent,
					       body))
				peer_die("rabbit: cannot publish");
		}
		while (open.upto < open.sent && read_confirm(c, &open, open.sent - open.upto > UNCONFIRMED_MAX / 2))
			;
	}
	amqp_destroy_connection(c);
}

static void consume(struct peer_run *run, const char *address, int index)
{
	amqp_connection_state_t c = dial(address);
	uint64_t last = 0, acknowledged = 0;
	amqp_basic_qos(c, CHANNEL, 0, PREFETCH, 0);
	amqp_basic_consume(c, CHANNEL, queue_name(index), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
	need(amqp_get_rpc_reply(c), "consume");
	while (!peer_stopped(run)) {
		amqp_envelope_t envelope;
		struct timeval wait = { .tv_usec = 1000 };
		amqp_maybe_release_buffers(c);
		amqp_rpc_reply_t reply = amqp_consume_message(c, &envelope, &wait, 0);
		bool idle = reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION &&
			    reply.library_error == AMQP_STATUS_TIMEOUT;
		if (!idle) {
			need(reply, "message");
			peer_take(run, envelope.message.body.bytes, envelope.message.body.len);
			last = envelope.delivery_tag;
			amqp_destroy_envelope(&envelope);
		}
		if (last > acknowledged && (idle || last - acknowledged >= PEER_BATCH)) {
			amqp_basic_ack(c, CHANNEL, last, 1);
			acknowledged = last;
		}
	}
	amqp_destroy_connection(c);
}

const struct peer peer_rabbit = { "rabbit", PEER_QUEUES, PEER_QUEUES, prepare, produce, consume };
