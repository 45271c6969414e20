/* sandbox_http.c: a client of one adapter. */
#include "sandbox_http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_MAX (16u << 20) /* bytes: a page of 1,000 items is about 2 MiB */

static int connect_to(const char *api, unsigned timeout_seconds)
{
	unsigned port = 0;
	char more;
	struct sockaddr_in address = { .sin_family = AF_INET };
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	struct timeval wait = { .tv_sec = timeout_seconds };
	bool is_local = strncmp(api, "unix:", 5) == 0;
	if (is_local && strlen(api + 5) >= sizeof(local.sun_path))
		return -1;
	if (is_local)
		memcpy(local.sun_path, api + 5, strlen(api + 5) + 1);
	else if (sscanf(api, "http://127.0.0.1:%5u%c", &port, &more) != 1 || port > UINT16_MAX)
		return -1;
	address.sin_port = htons((uint16_t)port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(is_local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const void *to = is_local ? (const void *)&local : (const void *)&address;
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) == 0 &&
	    connect(fd, to, is_local ? sizeof(local) : sizeof(address)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static enum lt_err write_request(const struct sandbox_call *call, struct lt_buf *out)
{
	enum lt_err err =
		lt_buf_printf(out, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", call->method, call->path,
			      strncmp(call->api, "unix:", 5) == 0 ? "localhost" : call->api + strlen("http://"));
	if (err == LT_OK && call->token)
		err = lt_buf_printf(out, "Authorization: Bearer %s\r\n", call->token);
	if (err == LT_OK && call->key)
		err = lt_buf_printf(out, "Idempotency-Key: %s\r\n", call->key);
	if (err == LT_OK && call->body.len > 0)
		err = lt_buf_printf(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", call->body.len);
	if (err == LT_OK)
		err = lt_buf_append(out, "\r\n", 2);
	return err == LT_OK ? lt_buf_append(out, call->body.data, call->body.len) : err;
}

static enum lt_err send_all(int fd, struct lt_bytes bytes)
{
	for (size_t at = 0; at < bytes.len;) {
		ssize_t n = send(fd, bytes.data + at, bytes.len - at, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? LT_ETIMEOUT : LT_ECLOSED;
		at += (size_t)n;
	}
	return LT_OK;
}

/* Until the other side closes: Connection: close was asked for. */
static enum lt_err read_all(int fd, struct lt_buf *out)
{
	for (;;) {
		char block[16384];
		ssize_t n = recv(fd, block, sizeof(block), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? LT_ETIMEOUT : LT_ECLOSED;
		if (n == 0)
			return out->len > 0 ? LT_OK : LT_ECLOSED;
		if (out->len + (size_t)n > ANSWER_MAX)
			return LT_EPARSE;
		enum lt_err err = lt_buf_append(out, block, (size_t)n);
		if (err != LT_OK)
			return err;
	}
}

static enum lt_err parse(struct lt_buf *text, int *status, json_t **answer)
{
	enum lt_err err = lt_buf_append(text, "", 1);
	if (err != LT_OK)
		return err;
	const char *begin = (const char *)text->data, *body = strstr(begin, "\r\n\r\n");
	if (!body || sscanf(begin, "HTTP/1.1 %3d", status) != 1)
		return LT_EPARSE;
	body += 4;
	*answer = json_loadb(body, text->len - 1 - (size_t)(body - begin), 0, NULL);
	return LT_OK;
}

enum lt_err sandbox_call(const struct sandbox_call *call, int *status, json_t **answer)
{
	struct lt_buf request = { 0 }, text = { 0 };
	int fd = connect_to(call->api, call->timeout_seconds);
	enum lt_err err = fd >= 0 ? write_request(call, &request) : LT_ECLOSED;
	*answer = NULL;
	if (err == LT_OK)
		err = send_all(fd, lt_buf_bytes(&request));
	if (err == LT_OK)
		err = read_all(fd, &text);
	if (err == LT_OK)
		err = parse(&text, status, answer);
	if (fd >= 0)
		close(fd);
	lt_buf_fini(&request);
	lt_buf_fini(&text);
	return err;
}

enum lt_err sandbox_read_token(const char *path, char out[128])
{
	struct lt_buf text = { 0 };
	enum lt_err err = lt_file_read(path, 64u << 10, &text);
	size_t len = 0;
	while (err == LT_OK && len < text.len && len < 127 && text.data[len] > ' ')
		len++;
	if (err == LT_OK && len < 16)
		err = LT_EPARSE;
	if (err == LT_OK) {
		memcpy(out, text.data, len);
		out[len] = '\0';
	}
	lt_buf_fini(&text);
	return err;
}
