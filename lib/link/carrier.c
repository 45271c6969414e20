/* carrier.c: PART_OPEN, then a window of two chunks, written down as it is done: one thing after the other. */
#include "carrier.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "wire/link.h"

enum {
	DESCRIPTORS = 16, /* free ones that libzmq needs, as link_client.c says */
	LINGER_MS = 200,  /* for the last BYE */
	LOOK_MS = 200,    /* between two looks whether it goes on */
	PING_MS = 10000,  /* while the other end is at work */
	STILL_MS = 60000, /* nothing moved: a broker's disk syncs 2 GiB in less */
	ARENA = 1 << 20,  /* a chunk is a view into its message */
};
struct carrier {
	void *zmq, *socket;
	struct lt_arena *arena;
	struct lt_buf out;
	zmq_msg_t message; /* of the link that was read last */
	bool has_message;
	uint8_t data[CARRIER_CHUNK];
};

static int64_t now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool descriptors_are_free(void)
{
	int held[DESCRIPTORS];
	size_t count = 0;
	while (count < DESCRIPTORS && (held[count] = eventfd(0, EFD_CLOEXEC)) >= 0)
		count++;
	bool enough = count == DESCRIPTORS;
	while (count > 0)
		close(held[--count]);
	return enough;
}

static bool set_options(void *s, const struct carrier_options *options)
{
	int linger = LINGER_MS, reconnect = -1, handshake = 10000, hwm = 64;
	int64_t max = LT_LINK_MESSAGE_MAX;
	return zmq_setsockopt(s, ZMQ_LINGER, &linger, sizeof linger) == 0 &&
	       zmq_setsockopt(s, ZMQ_SNDHWM, &hwm, sizeof hwm) == 0 &&
	       zmq_setsockopt(s, ZMQ_RECONNECT_IVL, &reconnect, sizeof reconnect) == 0 &&
	       zmq_setsockopt(s, ZMQ_HANDSHAKE_IVL, &handshake, sizeof handshake) == 0 &&
	       zmq_setsockopt(s, ZMQ_MAXMSGSIZE, &max, sizeof max) == 0 &&
	       (options->plain || (zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, options->broker_key, 32) == 0 &&
				   zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, options->key.public_key, 32) == 0 &&
				   zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, options->key.secret_key, 32) == 0));
}

enum lt_err carrier_new(const struct carrier_options *options, struct carrier **out)
{
	if (!descriptors_are_free())
		return LT_EFULL;
	struct carrier *carrier = calloc(1, sizeof *carrier);
	if (!carrier)
		return LT_ENOMEM;
	enum lt_err err = lt_arena_new(ARENA, &carrier->arena);
	carrier->zmq = err ? NULL : zmq_ctx_new();
	carrier->socket = carrier->zmq ? zmq_socket(carrier->zmq, ZMQ_DEALER) : NULL;
	if (!err && (!carrier->socket || !set_options(carrier->socket, options) ||
		     zmq_connect(carrier->socket, options->endpoint) != 0))
		err = LT_EIO;
	if (err) {
		carrier_free(carrier);
		return err;
	}
	*out = carrier;
	return LT_OK;
}

static void drop_message(struct carrier *carrier)
{
	if (carrier->has_message)
		zmq_msg_close(&carrier->message);
	carrier->has_message = false;
}

static enum lt_err send(struct carrier *carrier, const struct lt_link *link)
{
	lt_buf_clear(&carrier->out);
	enum lt_err err = lt_link_encode(link, &carrier->out);
	if (err)
		return err;
	return zmq_send(carrier->socket, carrier->out.data, carrier->out.len, ZMQ_DONTWAIT) < 0 ? LT_ECLOSED : LT_OK;
}

void carrier_free(struct carrier *carrier)
{
	if (!carrier)
		return;
	struct lt_link bye = { .type = LT_LINK_BYE, .u.bye = { 0 } };
	drop_message(carrier);
	if (carrier->socket) {
		send(carrier, &bye);
		zmq_close(carrier->socket);
	}
	while (carrier->zmq && zmq_ctx_term(carrier->zmq) != 0 && errno == EINTR)
		;
	lt_arena_free(carrier->arena);
	lt_buf_fini(&carrier->out);
	free(carrier);
}

/* Waits for the next message; views live until the one after it. */
static enum lt_err receive(struct carrier *carrier, const struct carrier_part *part, struct lt_link *link)
{
	int64_t begun = now_ms(), pinged = begun;
	struct lt_refusal refusal;
	for (;;) {
		zmq_pollitem_t item = { .socket = carrier->socket, .events = ZMQ_POLLIN };
		int ready = zmq_poll(&item, 1, LOOK_MS);
		int64_t now = now_ms();
		if (!part->goes_on(part->ctx))
			return LT_ECLOSED;
		if (ready <= 0 && now - begun > STILL_MS)
			return LT_ETIMEOUT;
		if (ready <= 0 && now - pinged > PING_MS) {
			struct lt_link ping = { .type = LT_LINK_PING };
			pinged = now;
			if (send(carrier, &ping))
				return LT_ECLOSED;
		}
		if (ready <= 0)
			continue;
		drop_message(carrier);
		zmq_msg_init(&carrier->message);
		carrier->has_message = true;
		if (zmq_msg_recv(&carrier->message, carrier->socket, ZMQ_DONTWAIT) < 0)
			return errno == EAGAIN || errno == EINTR ? LT_ETIMEOUT : LT_ECLOSED;
		lt_arena_reset(carrier->arena);
		struct lt_bytes bytes = lt_bytes(zmq_msg_data(&carrier->message), zmq_msg_size(&carrier->message));
		if (lt_link_decode(bytes, carrier->arena, link, &refusal))
			return LT_EPARSE;
		if (link->type != LT_LINK_PONG)
			return link->type == LT_LINK_BYE ? LT_ECLOSED : LT_OK;
	}
}

static bool is_of(const struct carrier_part *part, struct lt_bytes sha256)
{
	return lt_bytes_equal(sha256, lt_bytes(part->sha256, sizeof part->sha256));
}

static enum lt_err read_state(const struct carrier_part *part, const struct lt_link *link, struct lt_refusal *refusal)
{
	const struct lt_part_state *state = &link->u.part_state;
	if (link->type != LT_LINK_PART_STATE || !is_of(part, state->sha256) || state->offset > part->size)
		return LT_EPARSE;
	if (!state->reason)
		return LT_OK;
	lt_link_heard(state->reason, &state->said, refusal);
	return LT_EDENIED;
}

static enum lt_err begin(struct carrier *carrier, const struct carrier_part *part, struct lt_link *link,
			 struct lt_refusal *refusal)
{
	struct lt_link open = { .type = LT_LINK_PART_OPEN,
				.u.part_open = { .agency = part->agency,
						 .sha256 = lt_bytes(part->sha256, sizeof part->sha256),
						 .size = part->size,
						 .number = part->number } };
	enum lt_err err = send(carrier, &open);
	if (!err)
		err = receive(carrier, part, link);
	return err ? err : read_state(part, link, refusal);
}

static size_t chunk_len(const struct carrier_part *part, uint64_t offset)
{
	return part->size - offset < CARRIER_CHUNK ? (size_t)(part->size - offset) : CARRIER_CHUNK;
}

static enum lt_err send_chunk(struct carrier *carrier, const struct carrier_part *part, uint64_t offset)
{
	size_t len = chunk_len(part, offset);
	enum lt_err err = part->chunk(part->ctx, offset, carrier->data, len);
	struct lt_link chunk = { .type = LT_LINK_PART_CHUNK,
				 .u.part_chunk = { .sha256 = lt_bytes(part->sha256, sizeof part->sha256),
						   .offset = offset,
						   .data = lt_bytes(carrier->data, len) } };
	return err ? err : send(carrier, &chunk);
}

enum lt_err carrier_bring(struct carrier *carrier, const struct carrier_part *part, struct lt_refusal *refusal)
{
	struct lt_link link = { 0 };
	enum lt_err err = begin(carrier, part, &link, refusal);
	uint64_t sent = link.u.part_state.offset;
	unsigned flying = 0;
	bool stored = !err && link.u.part_state.stored;
	if (!err && sent % CARRIER_CHUNK != 0 && !stored)
		err = LT_EPARSE;
	while (!err && !stored) {
		while (!err && flying < LT_LINK_PART_FLIGHT && sent < part->size) {
			err = send_chunk(carrier, part, sent);
			sent += chunk_len(part, sent);
			flying++;
		}
		if (!err && flying == 0)
			err = LT_EPARSE; /* all of it came, and it is not stored */
		if (!err)
			err = receive(carrier, part, &link);
		if (!err)
			err = read_state(part, &link, refusal);
		stored = !err && link.u.part_state.stored;
		flying--;
	}
	return err;
}

static enum lt_err ask_chunk(struct carrier *carrier, const struct carrier_part *part, uint64_t offset)
{
	struct lt_link get = { .type = LT_LINK_PART_GET,
			       .u.part_get = { .sha256 = lt_bytes(part->sha256, sizeof part->sha256),
					       .offset = offset } };
	return send(carrier, &get);
}

static enum lt_err take_chunk(const struct carrier_part *part, const struct lt_link *link, uint64_t offset,
			      struct lt_refusal *refusal)
{
	const struct lt_part_chunk *chunk = &link->u.part_chunk;
	if (link->type != LT_LINK_PART_CHUNK) {
		enum lt_err err = read_state(part, link, refusal);
		return err ? err : LT_EPARSE;
	}
	if (!is_of(part, chunk->sha256) || chunk->offset != offset || chunk->data.len != chunk_len(part, offset))
		return LT_EPARSE;
	return part->chunk(part->ctx, offset, (uint8_t *)(uintptr_t)chunk->data.data, chunk->data.len);
}

enum lt_err carrier_fetch(struct carrier *carrier, const struct carrier_part *part, uint64_t offset,
			  struct lt_refusal *refusal)
{
	struct lt_link link = { 0 };
	enum lt_err err = begin(carrier, part, &link, refusal);
	uint64_t asked = offset;
	while (!err && offset < part->size) {
		while (!err && asked < part->size && asked < offset + LT_LINK_PART_FLIGHT * CARRIER_CHUNK) {
			err = ask_chunk(carrier, part, asked);
			asked += chunk_len(part, asked);
		}
		if (!err)
			err = receive(carrier, part, &link);
		if (!err)
			err = take_chunk(part, &link, offset, refusal);
		if (!err)
			offset += chunk_len(part, offset);
	}
	return err;
}
