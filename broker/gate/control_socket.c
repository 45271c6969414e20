/* control_socket.c: the operator's ROUTER, on the gate's thread. */
#include "gate_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <zmq.h>

enum { CONTROL_MODE = 0660 }; /* the service's group are the operators */

enum lt_err gate_control_open(struct gate *gate, char *error, size_t error_size)
{
	const char *path = gate->options.control;
	char endpoint[sizeof "ipc://" + sizeof((struct sockaddr_un *)NULL)->sun_path];
	int64_t max = LT_CONTROL_MESSAGE_MAX;
	int linger = 1000;
	if (strlen(path) >= sizeof((struct sockaddr_un *)NULL)->sun_path) {
		snprintf(error, error_size, "control: %.60s...: a socket's path has at most %zu bytes", path,
			 sizeof((struct sockaddr_un *)NULL)->sun_path - 1);
		return LT_EINVAL;
	}
	snprintf(endpoint, sizeof endpoint, "ipc://%s", path);
	gate->operators = zmq_socket(gate->context, ZMQ_ROUTER);
	/* The file is never more open than it ends up. */
	mode_t before = umask(0777 & ~CONTROL_MODE);
	bool good = gate->operators && zmq_setsockopt(gate->operators, ZMQ_MAXMSGSIZE, &max, sizeof max) == 0 &&
		    zmq_setsockopt(gate->operators, ZMQ_LINGER, &linger, sizeof linger) == 0 &&
		    zmq_bind(gate->operators, endpoint) == 0 && chmod(path, CONTROL_MODE) == 0;
	umask(before);
	if (good)
		return LT_OK;
	snprintf(error, error_size, "control: %s: %s", path, zmq_strerror(zmq_errno()));
	return LT_EIO;
}

static struct client *free_client(struct gate *gate)
{
	for (uint64_t i = 1; i <= GATE_CLIENTS; i++) {
		struct client *client = &gate->clients[(gate->client_number + i) % GATE_CLIENTS];
		if (client->number == 0) {
			gate->client_number += i;
			client->number = gate->client_number;
			return client;
		}
	}
	return NULL;
}

static void send_answer(struct gate *gate, const struct client *client, struct lt_bytes answer)
{
	if (zmq_send(gate->operators, client->routing, client->routing_len, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0)
		return;
	if (client->delimiter)
		zmq_send(gate->operators, "", 0, ZMQ_SNDMORE | ZMQ_DONTWAIT);
	zmq_send(gate->operators, answer.data, answer.len, ZMQ_DONTWAIT);
}

static void send_busy(struct gate *gate, const struct client *client)
{
	struct lt_control_answer busy = { .reason = LT_OVERLOADED, .detail = "too many requests wait" };
	lt_buf_clear(&gate->text);
	if (lt_control_answer_encode(&busy, &gate->text))
		lt_fatal("out of memory: control answer");
	send_answer(gate, client, lt_buf_bytes(&gate->text));
}

static void hand_over(struct gate *gate, const struct client *from, struct lt_bytes request)
{
	struct client *client = free_client(gate);
	if (!client) {
		send_busy(gate, from);
		return;
	}
	uint64_t number = client->number;
	*client = *from;
	client->number = number;
	if (control_thread_put(gate->options.operators, number, request)) {
		send_busy(gate, from);
		client->number = 0;
	}
}

/* routing id, perhaps an empty frame (REQ), request. False when nothing waits. */
static bool read_request(struct gate *gate)
{
	struct client from = { 0 };
	int len = zmq_recv(gate->operators, from.routing, sizeof from.routing, ZMQ_DONTWAIT);
	if (len < 0)
		return false;
	from.routing_len = (size_t)len <= sizeof from.routing ? (size_t)len : sizeof from.routing;
	zmq_msg_t body;
	zmq_msg_init(&body);
	size_t frames = 0;
	do {
		if (zmq_msg_recv(&body, gate->operators, ZMQ_DONTWAIT) < 0)
			break;
		from.delimiter = from.delimiter || (frames == 0 && zmq_msg_size(&body) == 0 && zmq_msg_more(&body));
		frames++;
	} while (zmq_msg_more(&body));
	if (frames == (from.delimiter ? 2u : 1u))
		hand_over(gate, &from, lt_bytes(zmq_msg_data(&body), zmq_msg_size(&body)));
	zmq_msg_close(&body);
	return true;
}

void gate_control_serve(struct gate *gate)
{
	for (unsigned i = 0; i < GATE_CLIENTS && read_request(gate); i++)
		;
	/* Jobs that passed the checks go into the ring, in a slot of their own. */
	if (ring_space(gate->options.ring) < 4)
		return;
	struct lt_buf jobs = { 0 };
	if (!control_thread_take_jobs(gate->options.operators, &jobs))
		return;
	gate_flush_jobs(gate);
	struct ring_slot *slot = ring_slot_begin(gate->options.ring);
	LT_ASSERT(slot);
	lt_buf_fini(&slot->jobs);
	slot->jobs = jobs;
	ring_slot_publish(gate->options.ring);
}

void gate_control_answer(struct gate *gate, uint64_t number, struct lt_bytes answer)
{
	struct client *client = &gate->clients[number % GATE_CLIENTS];
	if (client->number != number || number == 0)
		return;
	send_answer(gate, client, answer);
	client->number = 0;
}
