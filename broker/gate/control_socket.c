/* control_socket.c: the operators' socket and its frames. */
#include "control_socket.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "program/log.h"
#include "record/control.h"

enum {
	CONTROL_MODE = 0660, /* who of the service's group may what, operators.h says */
	BACKLOG = 128,       /* clients that wait for a place */
	LENGTH_BYTES = 4,
	READ_BYTES = 64 << 10,
	READS = 64, /* of one client in one turn: 4 MiB */
};

enum client_state {
	CLIENT_FREE = 0,
	CLIENT_READING,
	CLIENT_WORKING, /* its request is not answered yet */
	CLIENT_WRITING,
};
struct client {
	enum client_state state;
	int fd;
	bool last; /* closed behind its answer */
	uint64_t number;
	struct control_peer peer;
	struct lt_buf in, out;
	size_t sent;
	int64_t since; /* the first byte of what is under way; while nothing is: the last answer */
};
struct control_socket {
	int listener;
	struct sockaddr_un address;
	struct client clients[CONTROL_CLIENTS];
	uint64_t turns; /* of client numbers */
	int64_t now;
	size_t bytes; /* in and out of all clients */
};

/* A file of a broker that is gone stands in the way; that of a living one is not touched. */
static enum lt_err clear_path(const struct sockaddr_un *address)
{
	struct stat st;
	if (lstat(address->sun_path, &st) != 0)
		return errno == ENOENT ? LT_OK : LT_EIO;
	if (!S_ISSOCK(st.st_mode)) {
		errno = ENOTSOCK;
		return LT_EEXIST;
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return LT_EIO;
	bool gone = connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 && errno == ECONNREFUSED;
	close(fd);
	if (gone)
		return unlink(address->sun_path) == 0 ? LT_OK : LT_EIO;
	errno = EADDRINUSE;
	return LT_EEXIST;
}

static bool listen_at(struct control_socket *control)
{
	control->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control->listener < 0)
		return false;
	/* The file is never more open than it ends up. */
	mode_t before = umask(0777 & ~CONTROL_MODE);
	bool good = bind(control->listener, (const struct sockaddr *)&control->address, sizeof control->address) == 0 &&
		    chmod(control->address.sun_path, CONTROL_MODE) == 0 && listen(control->listener, BACKLOG) == 0;
	umask(before);
	return good;
}

enum lt_err control_socket_open(const char *path, struct control_socket **out, char *error, size_t error_size)
{
	struct control_socket *control = calloc(1, sizeof *control);
	if (!control)
		return LT_ENOMEM;
	size_t len = strlen(path);
	control->listener = -1;
	control->address.sun_family = AF_UNIX;
	if (len >= sizeof control->address.sun_path) {
		snprintf(error, error_size, "control: %.60s...: a socket's path has at most %zu bytes", path,
			 sizeof control->address.sun_path - 1);
		free(control);
		return LT_EINVAL;
	}
	memcpy(control->address.sun_path, path, len + 1);
	enum lt_err err = clear_path(&control->address);
	if (!err && !listen_at(control))
		err = LT_EIO;
	if (err) {
		snprintf(error, error_size, "control: %s: %s", path, strerror(errno));
		if (control->listener >= 0)
			close(control->listener);
		free(control);
		return err;
	}
	*out = control;
	return LT_OK;
}

static void forget(struct control_socket *control, struct lt_buf *buf)
{
	control->bytes -= buf->len;
	lt_buf_fini(buf); /* a directory's worth of memory is not kept */
}

static void drop(struct control_socket *control, struct client *client)
{
	close(client->fd);
	forget(control, &client->in);
	forget(control, &client->out);
	client->state = CLIENT_FREE;
	client->number = 0;
}

void control_socket_close(struct control_socket *control)
{
	if (!control)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		if (control->clients[i].state)
			drop(control, &control->clients[i]);
	}
	close(control->listener);
	unlink(control->address.sun_path);
	free(control);
}

static bool put_frame(struct control_socket *control, struct client *client, struct lt_bytes body)
{
	uint8_t length[LENGTH_BYTES];
	for (size_t i = 0; i < LENGTH_BYTES; i++)
		length[i] = (uint8_t)(body.len >> (8 * i));
	bool good = body.len <= LT_CONTROL_MESSAGE_MAX && control->bytes + body.len <= CONTROL_BYTES_MAX &&
		    lt_buf_reserve(&client->out, LENGTH_BYTES + body.len) == LT_OK;
	if (!good)
		return false;
	lt_buf_append(&client->out, length, LENGTH_BYTES);
	lt_buf_append(&client->out, body.data, body.len);
	control->bytes += client->out.len;
	client->state = CLIENT_WRITING;
	client->sent = 0;
	client->since = control->now;
	return true;
}

static void put_refusal(struct control_socket *control, struct client *client, enum lt_reason reason,
			const char *detail)
{
	struct lt_control_answer answer = { .reason = reason, .detail = detail };
	struct lt_buf text = { 0 };
	if (lt_control_answer_encode(&answer, &text))
		lt_fatal("out of memory: control answer");
	forget(control, &client->in);
	if (!put_frame(control, client, lt_buf_bytes(&text)))
		drop(control, client);
	lt_buf_fini(&text);
}

static void write_out(struct control_socket *control, struct client *client)
{
	while (client->sent < client->out.len) {
		ssize_t n = send(client->fd, client->out.data + client->sent, client->out.len - client->sent,
				 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			drop(control, client);
			return;
		}
		client->sent += (size_t)n;
		client->since = control->now;
	}
	forget(control, &client->out);
	client->state = CLIENT_READING;
	if (client->last)
		drop(control, client);
}

void control_socket_answer(struct control_socket *control, uint64_t number, struct lt_bytes answer)
{
	struct client *client = &control->clients[number % CONTROL_CLIENTS];
	if (client->number != number || client->state != CLIENT_WORKING)
		return;
	forget(control, &client->in);
	if (!put_frame(control, client, answer))
		put_refusal(control, client, LT_OVERLOADED, "the answer is larger than there is room for now");
	if (client->state == CLIENT_WRITING)
		write_out(control, client);
}

static size_t places_of(const struct control_socket *control, uid_t user)
{
	size_t count = 0;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		count += control->clients[i].state && control->clients[i].peer.uid == user;
	return count;
}

static bool is_idle(const struct client *client)
{
	return client->state == CLIENT_READING && client->in.len == 0;
}

/* Nothing is under way, or it stands still. */
static bool gives_way(const struct control_socket *control, const struct client *client)
{
	return is_idle(client) ||
	       (client->state != CLIENT_WORKING && control->now - client->since > (int64_t)CONTROL_STALLED_MS * 1000);
}

/* Who has the most places gives way first: one user's crowd puts out its own. Then who is idle, then for how long; of those that came in
 * one turn the first, so that a crowd does not put out the newest again and again. */
static bool gives_way_before(const struct control_socket *control, const struct client *a, const struct client *b)
{
	size_t places_a = places_of(control, a->peer.uid), places_b = places_of(control, b->peer.uid);
	if (places_a != places_b)
		return places_a > places_b;
	if (is_idle(a) != is_idle(b))
		return is_idle(a);
	return a->since < b->since || (a->since == b->since && a->number < b->number);
}

/* A free place, or that of the client that gives way first. */
static struct client *find_place(struct control_socket *control)
{
	struct client *place = NULL;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct client *client = &control->clients[i];
		if (client->state == CLIENT_FREE)
			return client;
		if (gives_way(control, client) && (!place || gives_way_before(control, client, place)))
			place = client;
	}
	return place;
}

/* Who is in more groups than there is room for is in none of them: roles are only ever fewer than they could be. */
static void read_groups(int fd, struct control_peer *peer)
{
	gid_t groups[OPERATOR_GROUPS];
	socklen_t size = sizeof groups;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) != 0)
		return;
	peer->group_count = size / sizeof groups[0];
	for (size_t i = 0; i < peer->group_count; i++)
		peer->groups[i] = groups[i];
}

/* False when nobody waits, or there is no place. */
static bool accept_one(struct control_socket *control)
{
	struct client *place = find_place(control);
	if (!place)
		return false;
	int fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred credentials;
	socklen_t size = sizeof credentials;
	if (fd < 0)
		return false;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
		close(fd);
		return true;
	}
	if (place->state)
		drop(control, place);
	place->state = CLIENT_READING;
	place->fd = fd;
	place->last = false;
	place->number = ++control->turns * CONTROL_CLIENTS + (uint64_t)(place - control->clients);
	place->peer = (struct control_peer){ .uid = credentials.uid, .gid = credentials.gid, .pid = credentials.pid };
	read_groups(fd, &place->peer);
	place->since = control->now;
	return true;
}

/* Bytes that the frame under way still lacks. */
static size_t wanted(const struct client *client, size_t *length)
{
	*length = 0;
	if (client->in.len < LENGTH_BYTES)
		return LENGTH_BYTES - client->in.len;
	for (size_t i = 0; i < LENGTH_BYTES; i++)
		*length |= (size_t)client->in.data[i] << (8 * i);
	return *length > LT_CONTROL_MESSAGE_MAX ? 0 : LENGTH_BYTES + *length - client->in.len;
}

static bool read_some(struct control_socket *control, struct client *client, size_t want)
{
	size_t before = client->in.len;
	want = want < READ_BYTES ? want : READ_BYTES;
	if (lt_buf_reserve(&client->in, want))
		lt_fatal("out of memory: control request");
	ssize_t n = recv(client->fd, client->in.data + before, want, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		drop(control, client);
		return false;
	}
	if (before == 0)
		client->since = control->now;
	client->in.len += (size_t)n;
	control->bytes += (size_t)n;
	return true;
}

static void read_client(struct control_socket *control, struct client *client, control_take *take, void *ctx)
{
	size_t length, want;
	for (unsigned i = 0; i < READS && (want = wanted(client, &length)) > 0; i++) {
		if (control->bytes + want > CONTROL_BYTES_MAX && client->in.len >= LENGTH_BYTES) {
			client->last = true; /* what follows is the rest of this frame */
			put_refusal(control, client, LT_OVERLOADED, "too many requests wait");
			return;
		}
		if (!read_some(control, client, want))
			return;
	}
	if (wanted(client, &length) > 0)
		return;
	if (length > LT_CONTROL_MESSAGE_MAX) {
		client->last = true;
		put_refusal(control, client, LT_FRAME_TOO_LARGE, "a request has at most 64 MiB");
		return;
	}
	client->state = CLIENT_WORKING;
	take(ctx, client->number, &client->peer, lt_bytes(client->in.data + LENGTH_BYTES, length));
}

static short events_of(const struct client *client)
{
	switch (client->state) {
	case CLIENT_READING:
		return POLLIN;
	case CLIENT_WRITING:
		return POLLOUT;
	case CLIENT_WORKING: /* that it is gone is told all the same */
	case CLIENT_FREE:
		break;
	}
	return 0;
}

static void serve_client(struct control_socket *control, struct client *client, short events, control_take *take,
			 void *ctx)
{
	bool half = client->in.len > 0 || client->state == CLIENT_WRITING;
	if (client->state == CLIENT_WRITING && events)
		write_out(control, client);
	else if (client->state == CLIENT_READING && events)
		read_client(control, client, take, ctx);
	else if (events & (POLLERR | POLLHUP | POLLNVAL))
		drop(control, client);
	else if (half && client->state != CLIENT_WORKING &&
		 control->now - client->since > (int64_t)CONTROL_HALF_FRAME_MS * 1000)
		drop(control, client);
}

void control_socket_serve(struct control_socket *control, int event, int timeout_ms, int64_t now, control_take *take,
			  void *ctx)
{
	struct pollfd items[2 + CONTROL_CLIENTS];
	items[0] = (struct pollfd){ .fd = event, .events = POLLIN };
	/* Without a place newcomers wait in the backlog. */
	items[1] = (struct pollfd){ .fd = find_place(control) ? control->listener : -1, .events = POLLIN };
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct client *client = &control->clients[i];
		items[2 + i] = (struct pollfd){ .fd = client->state ? client->fd : -1, .events = events_of(client) };
	}
	control->now = now;
	if (poll(items, 2 + CONTROL_CLIENTS, timeout_ms) < 0)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		if (control->clients[i].state)
			serve_client(control, &control->clients[i], items[2 + i].revents, take, ctx);
	}
	for (unsigned i = 0; items[1].revents && i < BACKLOG && accept_one(control); i++)
		;
}

bool control_socket_sending(const struct control_socket *control)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		if (control->clients[i].state == CLIENT_WRITING)
			return true;
	}
	return false;
}
