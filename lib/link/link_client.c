/* link_client.c: the object, its socket, its timers, and the one poll.
 *
 * The caller polls a descriptor and calls in; the client reads what came, keeps its timers, and calls back. It is in
 * one of a few states: not connected, in the handshake (link_session.c), in session (link_receive.c), ended.
 * Connecting again is its own business, with a pause that grows; an end that a person has to mend is told once and is
 * final. */
#include "link_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

static int64_t monotonic_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static enum lt_err copy_agencies(struct lt_link_client *client, const struct lt_link_options *options)
{
	client->agencies = calloc(options->agency_count, sizeof *client->agencies);
	if (!client->agencies)
		return LT_ENOMEM;
	client->agency_count = options->agency_count;
	for (size_t i = 0; i < options->agency_count; i++) {
		if (!lt_agency_code_valid(options->agencies[i].code) || !options->agencies[i].signer)
			return LT_EINVAL;
		strcpy(client->agencies[i].code, options->agencies[i].code);
		client->agencies[i].signer = options->agencies[i].signer;
	}
	return LT_OK;
}

/* libzmq 4.3.4 ends the process when it gets no descriptor for a thread of its own (assertion in its poller's constructor), and
 * it starts its threads with the first socket. So that is opened here, just after as many descriptors were seen to be free. */
static enum lt_err start_threads(void *zmq)
{
	int held[LINK_DESCRIPTORS];
	size_t count = 0;
	while (count < LINK_DESCRIPTORS && (held[count] = eventfd(0, EFD_CLOEXEC)) >= 0)
		count++;
	enum lt_err err = count == LINK_DESCRIPTORS ? LT_OK : LT_EFULL;
	while (count > 0)
		close(held[--count]);
	if (err)
		return err;
	void *socket = zmq_socket(zmq, ZMQ_PAIR);
	if (!socket)
		return LT_EIO;
	zmq_close(socket);
	return LT_OK;
}

enum lt_err lt_link_client_new(const struct lt_link_options *options, const struct lt_link_events *events, void *ctx,
			       struct lt_link_client **out)
{
	if (!options->endpoint || strncmp(options->endpoint, "tcp://", 6) != 0 || !options->domain ||
	    (options->software && strlen(options->software) > LT_LINK_SOFTWARE_MAX) || options->agency_count < 1 ||
	    options->agency_count > LT_LINK_AGENCIES_MAX ||
	    (options->plain && strncmp(options->endpoint, "tcp://127.", 10) != 0))
		return LT_EINVAL;
	struct lt_link_client *client = calloc(1, sizeof *client);
	if (!client)
		return LT_ENOMEM;
	enum lt_err err = LT_ENOMEM;
	client->events = *events;
	client->ctx = ctx;
	client->endpoint = strdup(options->endpoint);
	client->domain = strdup(options->domain);
	client->software = strdup(options->software ? options->software : "liblienthong/" LT_VERSION);
	if (!client->endpoint || !client->domain || !client->software)
		goto fail;
	memcpy(client->broker_key, options->broker_key, 32);
	client->key = options->key;
	client->plain = options->plain;
	client->window_envelopes = options->window_envelopes ? options->window_envelopes : 512;
	client->window_bytes = options->window_bytes ? options->window_bytes : 16u << 20;
	client->backoff_ms = LINK_BACKOFF_MIN_MS;
	client->ping_interval_ms = LINK_PING_DEFAULT_MS;
	err = copy_agencies(client, options);
	if (err)
		goto fail;
	err = lt_arena_new(LINK_ARENA_MAX, &client->arena);
	if (!err)
		err = lt_arena_new(LINK_ARENA_MAX, &client->submit_arena);
	if (err)
		goto fail;
	client->zmq = zmq_ctx_new();
	err = client->zmq ? start_threads(client->zmq) : LT_EIO;
	if (err)
		goto fail;
	*out = client;
	return LT_OK;
fail:
	lt_link_client_free(client);
	return err;
}

static void close_socket(struct lt_link_client *client)
{
	if (client->socket)
		zmq_socket_monitor(client->socket, NULL, 0);
	if (client->monitor)
		zmq_close(client->monitor);
	if (client->socket)
		zmq_close(client->socket);
	client->socket = client->monitor = NULL;
}

void lt_link_client_free(struct lt_link_client *client)
{
	if (!client)
		return;
	if (client->state == LINK_ACTIVE) {
		struct lt_link bye = { .type = LT_LINK_BYE, .u.bye = { .reason = LT_REASON_NONE } };
		link_send(client, &bye);
	}
	close_socket(client);
	while (client->zmq && zmq_ctx_term(client->zmq) != 0 && errno == EINTR)
		;
	explicit_bzero(client->key.secret_key, sizeof client->key.secret_key);
	free(client->endpoint);
	free(client->domain);
	free(client->software);
	free(client->agencies);
	free(client->pending);
	lt_buf_fini(&client->directory);
	lt_buf_fini(&client->list);
	lt_buf_fini(&client->given);
	lt_buf_fini(&client->out);
	lt_arena_free(client->arena);
	lt_arena_free(client->submit_arena);
	free(client);
}

static bool set_curve(struct lt_link_client *client)
{
	void *s = client->socket;
	return zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, client->broker_key, 32) == 0 &&
	       zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, client->key.public_key, 32) == 0 &&
	       zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, client->key.secret_key, 32) == 0;
}

/* Everything that libzmq leaves to a default is set by name. No ZMQ_HEARTBEAT_*: a connecting socket with it aborts the
 * process under back-pressure (libzmq 4.3.4). A socket connects once; the back-off is ours, so that a new session
 * never finds messages of the one before in a queue. */
static bool set_options(struct lt_link_client *client)
{
	int linger = 200, hwm = LINK_HWM, reconnect = -1, handshake = 10000, keepalive = 1, idle = 60, mandatory = 1;
	int64_t max = LT_LINK_MESSAGE_MAX;
	void *s = client->socket;
	return zmq_setsockopt(s, ZMQ_LINGER, &linger, sizeof linger) == 0 &&
	       zmq_setsockopt(s, ZMQ_SNDHWM, &hwm, sizeof hwm) == 0 &&
	       zmq_setsockopt(s, ZMQ_RCVHWM, &hwm, sizeof hwm) == 0 &&
	       zmq_setsockopt(s, ZMQ_RECONNECT_IVL, &reconnect, sizeof reconnect) == 0 &&
	       zmq_setsockopt(s, ZMQ_HANDSHAKE_IVL, &handshake, sizeof handshake) == 0 &&
	       zmq_setsockopt(s, ZMQ_TCP_KEEPALIVE, &keepalive, sizeof keepalive) == 0 &&
	       zmq_setsockopt(s, ZMQ_TCP_KEEPALIVE_IDLE, &idle, sizeof idle) == 0 &&
	       zmq_setsockopt(s, ZMQ_IMMEDIATE, &mandatory, sizeof mandatory) == 0 &&
	       zmq_setsockopt(s, ZMQ_MAXMSGSIZE, &max, sizeof max) == 0 && (client->plain || set_curve(client));
}

static enum lt_err open_socket(struct lt_link_client *client)
{
	const int watched = ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_CLOSED |
			    ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
			    ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
			    ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
	client->socket = zmq_socket(client->zmq, ZMQ_DEALER);
	client->monitor = zmq_socket(client->zmq, ZMQ_PAIR);
	if (!client->socket || !client->monitor || !set_options(client) ||
	    zmq_socket_monitor(client->socket, "inproc://link-monitor", watched) != 0 ||
	    zmq_connect(client->monitor, "inproc://link-monitor") != 0 ||
	    zmq_connect(client->socket, client->endpoint) != 0) {
		close_socket(client);
		return LT_EIO;
	}
	client->deadline = monotonic_ms() + LINK_HELLO_MS;
	client->reached = client->shaken = false;
	return LT_OK;
}

/* Why there is no session, as far as the socket's monitor tells: a broker with another key than the pinned one cannot read our CURVE
 * HELLO and closes, one that does not know our key says so. */
static void attempt_failed(struct lt_link_client *client, bool not_enrolled)
{
	enum lt_reason reason = not_enrolled       ? LT_KEY_NOT_ENROLLED
				: !client->reached ? LT_BROKER_NOT_REACHED
				: !client->shaken  ? LT_BROKER_KEY_WRONG
						   : LT_BROKER_SILENT;
	struct lt_refusal why;
	if (not_enrolled)
		lt_refuse(&why, reason, "the broker does not know this adapter's CURVE key");
	else
		lt_refuse(&why, reason, "%.200s", client->endpoint);
	if (client->state != LINK_ACTIVE && client->events.down)
		client->events.down(client->ctx, &why);
	link_lost(client);
}

void link_lost(struct lt_link_client *client)
{
	bool told = client->state == LINK_ACTIVE;
	client->all_again = client->all_again || told;
	close_socket(client);
	client->state = LINK_DOWN;
	uint32_t jitter = 0;
	(void)!getrandom(&jitter, sizeof jitter, 0);
	client->retry_at = monotonic_ms() + client->backoff_ms / 2 + jitter % (client->backoff_ms / 2 + 1);
	client->backoff_ms =
		client->backoff_ms * 2 > LINK_BACKOFF_MAX_MS ? LINK_BACKOFF_MAX_MS : client->backoff_ms * 2;
	client->pending_head = client->pending_len = client->pending_count = 0;
	client->pending_bytes = 0;
	lt_buf_clear(&client->directory);
	client->directory_version = client->directory_size = 0;
	client->list_asked = false;
	lt_buf_clear(&client->list);
	lt_buf_fini(&client->given);
	for (size_t i = 0; i < client->agency_count; i++)
		client->agencies[i].received = 0;
	if (told && client->events.lost)
		client->events.lost(client->ctx);
}

void link_end(struct lt_link_client *client, enum lt_reason reason)
{
	link_lost(client);
	client->state = LINK_ENDED;
	client->ended = reason;
}

enum lt_err link_send(struct lt_link_client *client, const struct lt_link *link)
{
	if (!client->socket)
		return LT_EAGAIN;
	lt_buf_clear(&client->out);
	enum lt_err err = lt_link_encode(link, &client->out);
	if (err)
		return err;
	if (client->out.len > LT_LINK_MESSAGE_MAX)
		return LT_EINVAL;
	int rc;
	do
		rc = zmq_send(client->socket, client->out.data, client->out.len, ZMQ_DONTWAIT);
	while (rc < 0 && errno == EINTR);
	return rc < 0 ? LT_EFULL : LT_OK;
}

/* One event of the monitor; 0: none. */
static uint16_t monitor_event(struct lt_link_client *client)
{
	zmq_msg_t msg;
	zmq_msg_init(&msg);
	uint16_t event = 0;
	int len = zmq_msg_recv(&msg, client->monitor, ZMQ_DONTWAIT);
	if (len >= 2)
		memcpy(&event, zmq_msg_data(&msg), sizeof event);
	zmq_msg_close(&msg);
	if (len < 0)
		return 0;
	zmq_msg_init(&msg);
	zmq_msg_recv(&msg, client->monitor, ZMQ_DONTWAIT); /* the address frame */
	zmq_msg_close(&msg);
	return event;
}

static void drain_monitor(struct lt_link_client *client)
{
	while (client->monitor) {
		uint16_t event = monitor_event(client);
		if (event == 0)
			return;
		client->reached = client->reached || event == ZMQ_EVENT_CONNECTED;
		client->shaken = client->shaken || event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
		if (event == ZMQ_EVENT_CONNECTED)
			continue;
		if (event != ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
			attempt_failed(client, event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
			return;
		}
		if (client->state == LINK_DOWN && link_say_hello(client) != LT_OK) {
			link_lost(client);
			return;
		}
	}
}

/* How many messages were there. */
static int drain_socket(struct lt_link_client *client)
{
	int count = 0;
	for (; count < LINK_ROUND && client->socket; count++) {
		zmq_msg_t msg;
		zmq_msg_init(&msg);
		int len = zmq_msg_recv(&msg, client->socket, ZMQ_DONTWAIT);
		if (len < 0) {
			zmq_msg_close(&msg);
			break;
		}
		client->heard_at = monotonic_ms();
		link_dispatch(client, lt_bytes(zmq_msg_data(&msg), (size_t)len));
		zmq_msg_close(&msg);
	}
	return count;
}

static void send_received(struct lt_link_client *client)
{
	for (size_t i = 0; i < client->agency_count && client->state == LINK_ACTIVE; i++) {
		struct link_agency *agency = &client->agencies[i];
		if (!agency->received || agency->away)
			continue;
		struct lt_link link = { .type = LT_LINK_RECEIVED,
					.u.received = { .agency = agency->code, .number = agency->received } };
		if (link_send(client, &link) == LT_OK)
			agency->received = 0;
	}
}

/* Timers: connect, give up waiting, ping. Returns milliseconds until the next one. */
static int64_t run_timers(struct lt_link_client *client)
{
	int64_t now = monotonic_ms();
	if (client->state == LINK_DOWN && !client->socket) {
		if (now < client->retry_at)
			return client->retry_at - now;
		if (open_socket(client) != LT_OK)
			link_lost(client);
		return client->socket ? LINK_HELLO_MS : client->retry_at - now;
	}
	if (client->state == LINK_ACTIVE) {
		if (now - client->heard_at > (int64_t)client->ping_interval_ms * LINK_SILENT_PINGS) {
			link_lost(client);
			return 0;
		}
		if (now - client->pinged_at >= client->ping_interval_ms) {
			link_ping(client, (uint64_t)now);
			client->pinged_at = now;
		}
		return client->pinged_at + client->ping_interval_ms - now;
	}
	if (client->socket && now >= client->deadline) {
		attempt_failed(client, false);
		return 0;
	}
	return client->socket ? client->deadline - now : 1000;
}

static void wait_events(struct lt_link_client *client, int wake_fd, int64_t wait)
{
	zmq_pollitem_t items[3];
	int count = 0;
	if (wake_fd >= 0)
		items[count++] = (zmq_pollitem_t){ .fd = wake_fd, .events = ZMQ_POLLIN };
	if (client->socket) {
		items[count++] = (zmq_pollitem_t){ .socket = client->socket, .events = ZMQ_POLLIN };
		items[count++] = (zmq_pollitem_t){ .socket = client->monitor, .events = ZMQ_POLLIN };
	}
	zmq_poll(items, count, wait < 0 ? 0 : (long)wait);
}

enum lt_err lt_link_client_poll(struct lt_link_client *client, int wake_fd, int timeout_ms)
{
	if (client->state == LINK_ENDED)
		return LT_ECLOSED;
	send_received(client);
	int64_t wait = run_timers(client);
	/* zmq_poll asks the kernel six times: only when there is nothing to do. First what arrived, then whether the connection
	 * is gone. */
	if (drain_socket(client) == 0 && client->state != LINK_ENDED) {
		wait_events(client, wake_fd, wait < timeout_ms ? wait : timeout_ms);
		drain_socket(client);
		drain_monitor(client);
	}
	send_received(client);
	return client->state == LINK_ENDED ? LT_ECLOSED : LT_OK;
}

bool lt_link_client_ready(const struct lt_link_client *client)
{
	return client->state == LINK_ACTIVE;
}

void lt_link_client_credit(const struct lt_link_client *client, uint32_t *envelopes, uint64_t *bytes)
{
	bool active = client->state == LINK_ACTIVE;
	*envelopes = active && client->credit_envelopes > client->pending_count
			     ? client->credit_envelopes - client->pending_count
			     : 0;
	*bytes = active && client->credit_bytes > client->pending_bytes ? client->credit_bytes - client->pending_bytes
									: 0;
}

enum lt_err lt_link_client_received(struct lt_link_client *client, const char *agency, uint64_t number)
{
	for (size_t i = 0; i < client->agency_count; i++) {
		if (strcmp(client->agencies[i].code, agency) == 0) {
			if (number > client->agencies[i].received)
				client->agencies[i].received = number;
			return LT_OK;
		}
	}
	return LT_ENOENT;
}

enum lt_err lt_link_client_except(struct lt_link_client *client, const char *agency, uint64_t number,
				  const struct lt_link_exception *exceptions, size_t count)
{
	struct lt_exception list[LT_LINK_EXCEPT_MAX];
	if (client->state != LINK_ACTIVE)
		return LT_EAGAIN;
	if (count > LT_LINK_EXCEPT_MAX)
		return LT_EINVAL;
	for (size_t i = 0; i < count; i++)
		list[i] = (struct lt_exception){ exceptions[i].number, exceptions[i].reason,
						 lt_bytes(exceptions[i].sha256, 32) };
	struct lt_link link = { .type = LT_LINK_RECEIVED,
				.u.received = {
					.agency = agency, .number = number, .except_count = count, .except = list } };
	return link_send(client, &link);
}

enum lt_err lt_link_client_directory(struct lt_link_client *client)
{
	if (client->state != LINK_ACTIVE)
		return LT_EAGAIN;
	lt_buf_clear(&client->directory);
	client->directory_version = client->directory_size = 0;
	return link_directory_ask(client, 0, 0);
}

enum lt_err lt_link_client_list(struct lt_link_client *client, const uint8_t sha256[32])
{
	if (client->state != LINK_ACTIVE)
		return LT_EAGAIN;
	if (client->list_asked)
		return LT_EFULL;
	lt_buf_clear(&client->list);
	memcpy(client->list_sha256, sha256, sizeof client->list_sha256);
	enum lt_err err = link_list_ask(client, 0);
	client->list_asked = err == LT_OK;
	return err;
}
