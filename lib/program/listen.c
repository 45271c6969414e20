/* listen.c: the listening socket: loopback, or a Unix socket. */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

static int fail(int fd, char *error, size_t size, const char *listen_at)
{
	snprintf(error, size, "listen %s: %s", listen_at, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Nobody else may connect between bind and chmod: the socket is made with a mask. */
static int listen_unix(const char *text, char *error, size_t size)
{
	const char *path = text + strlen("unix:");
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	if (strlen(path) == 0 || strlen(path) >= sizeof(at.sun_path)) {
		snprintf(error, size, "listen %s: the path is empty or too long for a socket", text);
		return -1;
	}
	memcpy(at.sun_path, path, strlen(path) + 1);
	struct stat st;
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path); /* left by a kill; the data's own lock tells whether another of the program runs */
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(fd, error, size, text);
	mode_t before = umask(0117);
	int rc = bind(fd, (struct sockaddr *)&at, sizeof(at));
	umask(before);
	if (rc != 0 || listen(fd, BACKLOG) != 0)
		return fail(fd, error, size, text);
	return fd;
}

static bool split(const char *text, char host[64], uint16_t *port)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	char *end = NULL;
	if (len == 0 || len >= 64)
		return false;
	if (text[0] == '[' && text[len - 1] == ']') {
		memcpy(host, text + 1, len - 2);
		host[len - 2] = 0;
	} else {
		memcpy(host, text, len);
		host[len] = 0;
	}
	unsigned long number = strtoul(colon + 1, &end, 10);
	*port = (uint16_t)number;
	return colon[1] >= '0' && colon[1] <= '9' && !*end && number <= 65535;
}

static int listen_tcp(const char *text, char *error, size_t size)
{
	struct sockaddr_in at4 = { .sin_family = AF_INET };
	struct sockaddr_in6 at6 = { .sin6_family = AF_INET6 };
	char host[64];
	uint16_t port;
	int one = 1;
	bool v4 = false, v6 = false;
	if (split(text, host, &port)) {
		v4 = inet_pton(AF_INET, host, &at4.sin_addr) == 1 && (ntohl(at4.sin_addr.s_addr) >> 24) == 127;
		v6 = inet_pton(AF_INET6, host, &at6.sin6_addr) == 1 && IN6_IS_ADDR_LOOPBACK(&at6.sin6_addr);
	}
	if (!v4 && !v6) {
		snprintf(error, size, "listen %s: a loopback address with a port, or unix:PATH", text);
		return -1;
	}
	at4.sin_port = at6.sin6_port = htons(port);
	int fd = socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0)
		return fail(fd, error, size, text);
	struct sockaddr *at = v4 ? (struct sockaddr *)&at4 : (struct sockaddr *)&at6;
	socklen_t len = v4 ? sizeof(at4) : sizeof(at6);
	if (bind(fd, at, len) != 0 || listen(fd, BACKLOG) != 0)
		return fail(fd, error, size, text);
	return fd;
}

int listen_at(const char *text, bool *is_unix, char *error, size_t size)
{
	*is_unix = strncmp(text, "unix:", 5) == 0;
	return *is_unix ? listen_unix(text, error, size) : listen_tcp(text, error, size);
}

static bool wait_for(int fd, short events, int timeout_ms)
{
	struct pollfd wait = { .fd = fd, .events = events };
	return poll(&wait, 1, timeout_ms) == 1 && (wait.revents & events);
}

void listen_cut_query(const char *address, unsigned members)
{
	/* The library's own buffer of the request's line, not a literal: it writes its ends of members there next. */
	char *at = strchr((char *)(uintptr_t)address, '?');
	for (at = at ? at + 1 : NULL; at && members > 0; members--) {
		at = strchr(at, '&');
		at = at ? at + 1 : NULL;
	}
	if (at)
		*at = '\0';
}

bool listen_answers(const struct sockaddr *at, unsigned at_len, int timeout_ms)
{
	static const char question[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
	char first[5];
	int fd = socket(at->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	bool sent = (connect(fd, at, at_len) == 0 || errno == EINPROGRESS) && wait_for(fd, POLLOUT, timeout_ms) &&
		    send(fd, question, sizeof(question) - 1, MSG_NOSIGNAL) == (ssize_t)sizeof(question) - 1;
	bool answered =
		sent && wait_for(fd, POLLIN, timeout_ms) && recv(fd, first, sizeof(first), 0) == (ssize_t)sizeof(first);
	close(fd);
	return answered;
}

static int dial(const char *text)
{
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	struct sockaddr_in at4 = { .sin_family = AF_INET };
	struct sockaddr_in6 at6 = { .sin6_family = AF_INET6 };
	struct sockaddr *at = (struct sockaddr *)&local;
	socklen_t len = sizeof(local);
	char host[64];
	uint16_t port = 0;
	if (strncmp(text, "unix:", 5) == 0) {
		snprintf(local.sun_path, sizeof(local.sun_path), "%.107s", text + 5);
	} else if (!split(text, host, &port)) {
		return -1;
	} else if (inet_pton(AF_INET, host, &at4.sin_addr) == 1) {
		at = (struct sockaddr *)&at4;
		len = sizeof(at4);
	} else {
		inet_pton(AF_INET6, host, &at6.sin6_addr);
		at = (struct sockaddr *)&at6;
		len = sizeof(at6);
	}
	at4.sin_port = at6.sin6_port = htons(port);
	int fd = socket(at->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, at, len) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

enum lt_err listen_ask(const char *text, const char *request, int timeout_ms, size_t max, struct lt_buf *answer)
{
	uint8_t chunk[8192];
	ssize_t got = 0;
	int fd = dial(text);
	if (fd < 0)
		return LT_EAGAIN;
	enum lt_err err =
		send(fd, request, strlen(request), MSG_NOSIGNAL) == (ssize_t)strlen(request) ? LT_OK : LT_EAGAIN;
	while (!err) {
		if (!wait_for(fd, POLLIN, timeout_ms)) {
			err = LT_EAGAIN;
			break;
		}
		got = recv(fd, chunk, sizeof(chunk), 0);
		if (got <= 0)
			break;
		err = answer->len + (size_t)got > max ? LT_EFULL : lt_buf_append(answer, chunk, (size_t)got);
	}
	close(fd);
	return err;
}
