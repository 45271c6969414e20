/* control_line.c: frames over the control socket. */
#include "control_line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { LENGTH_BYTES = 4 };

struct control_line {
	int socket;
	bool over; /* a call has failed */
};

static enum lt_err set_timeout(int fd, unsigned timeout)
{
	struct timeval wait = { .tv_sec = (time_t)timeout };
	bool good = setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == 0 &&
		    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) == 0;
	return good ? LT_OK : LT_EIO;
}

enum lt_err control_line_adopt(int fd, unsigned timeout, struct control_line **out)
{
	struct control_line *line = calloc(1, sizeof(*line));
	enum lt_err err = line ? set_timeout(fd, timeout) : LT_ENOMEM;
	if (err) {
		free(line);
		close(fd);
		return err;
	}
	line->socket = fd;
	*out = line;
	return LT_OK;
}

static enum lt_err connect_error(void)
{
	if (errno == EACCES || errno == EPERM)
		return LT_EDENIED;
	return errno == ENOENT ? LT_ENOENT : LT_ECLOSED;
}

enum lt_err control_line_open(const char *path, unsigned timeout, struct control_line **out)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address.sun_path))
		return LT_EINVAL;
	memcpy(address.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return LT_ECLOSED;
	if (set_timeout(fd, timeout) || connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		enum lt_err err = connect_error();
		int why = errno;
		close(fd);
		errno = why;
		return err;
	}
	return control_line_adopt(fd, timeout, out);
}

void control_line_close(struct control_line *line)
{
	if (!line)
		return;
	close(line->socket);
	free(line);
}

int control_line_release(struct control_line *line)
{
	int fd = line->socket;
	free(line);
	return fd;
}

bool control_line_listener(const struct control_line *line, int32_t *pid, uint32_t *uid)
{
	struct ucred peer;
	struct sockaddr_un at;
	socklen_t size = sizeof(peer), at_size = sizeof(at);
	if (getpeername(line->socket, (struct sockaddr *)&at, &at_size) != 0 || at.sun_family != AF_UNIX ||
	    getsockopt(line->socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid == 0)
		return false;
	*pid = peer.pid;
	*uid = peer.uid;
	return true;
}

static bool send_all(int fd, const void *data, size_t len)
{
	for (const char *at = data; len > 0;) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static bool read_all(int fd, void *data, size_t len)
{
	for (char *at = data; len > 0;) {
		ssize_t n = recv(fd, at, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n == 0 ? 0 : errno;
			return false;
		}
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static bool send_frame(int fd, struct lt_bytes body)
{
	uint8_t length[LENGTH_BYTES];
	for (size_t i = 0; i < LENGTH_BYTES; i++)
		length[i] = (uint8_t)(body.len >> (8 * i));
	if (send_all(fd, length, sizeof(length)) && send_all(fd, body.data, body.len))
		return true;
	/* A broker that refuses a frame says so and closes: its word is read before that it is gone. */
	return errno == EPIPE || errno == ECONNRESET;
}

static enum lt_err lost(void)
{
	return errno == EAGAIN ? LT_ETIMEOUT : LT_ECLOSED;
}

static enum lt_err receive(int fd, struct lt_buf *out)
{
	uint8_t bytes[LENGTH_BYTES];
	size_t length = 0;
	if (!read_all(fd, bytes, sizeof(bytes)))
		return lost();
	for (size_t i = 0; i < sizeof(bytes); i++)
		length |= (size_t)bytes[i] << (8 * i);
	if (length > LT_CONTROL_MESSAGE_MAX)
		return LT_EFULL;
	lt_buf_clear(out);
	enum lt_err err = lt_buf_reserve(out, length);
	if (err)
		return err;
	if (!read_all(fd, out->data, length))
		return lost();
	out->len = length;
	return LT_OK;
}

static enum lt_err call(struct control_line *line, const struct lt_control_request *request, struct lt_arena *arena,
			struct lt_buf *bytes, struct lt_control_answer *out, struct lt_refusal *refusal)
{
	struct lt_buf question = { 0 };
	enum lt_err err = lt_control_request_encode(request, &question);
	if (!err && !send_frame(line->socket, lt_buf_bytes(&question)))
		err = lost();
	lt_buf_fini(&question);
	if (!err)
		err = receive(line->socket, bytes);
	if (!err && lt_control_answer_decode(lt_buf_bytes(bytes), arena, out, refusal))
		err = LT_EPARSE;
	return err;
}

enum lt_err control_line_call(struct control_line *line, const struct lt_control_request *request,
			      struct lt_arena *arena, struct lt_buf *bytes, struct lt_control_answer *out,
			      struct lt_refusal *refusal)
{
	errno = 0;
	enum lt_err err = line->over ? LT_ECLOSED : call(line, request, arena, bytes, out, refusal);
	if (err)
		line->over = true;
	return err;
}
