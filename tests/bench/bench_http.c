/* bench_http.c: see bench_http.h. HTTP/1.1 with a Content-Length both ways, which is what the adapter sends. */
#include "bench_http.h"
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_MAX (1u << 20)

struct http {
	int fd;
	struct lt_buf out;
	char in[ANSWER_MAX + 1];
};

struct http *http_connect(const char *socket_path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct http *http = calloc(1, sizeof *http);
	if (!http || strlen(socket_path) >= sizeof address.sun_path)
		bench_die("socket %s", socket_path);
	strcpy(address.sun_path, socket_path);
	http->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (http->fd < 0 || connect(http->fd, (struct sockaddr *)&address, sizeof address) != 0)
		bench_die("connect %s: %s", socket_path, strerror(errno));
	return http;
}

void http_close(struct http *http)
{
	if (!http)
		return;
	close(http->fd);
	lt_buf_fini(&http->out);
	free(http);
}

static void put(struct http *http, struct lt_bytes bytes)
{
	if (bytes.len > 0 && lt_buf_append(&http->out, bytes.data, bytes.len))
		bench_die("out of memory");
}

static void send_all(struct http *http)
{
	for (size_t sent = 0; sent < http->out.len;) {
		ssize_t n = send(http->fd, http->out.data + sent, http->out.len - sent, MSG_NOSIGNAL);
		if (n <= 0)
			bench_die("send: %s", strerror(errno));
		sent += (size_t)n;
	}
}

/* Head and body; returns the body's place. */
static const char *receive(struct http *http, size_t *len)
{
	size_t have = 0, need = 0;
	const char *body = NULL;
	while (!body || have < need) {
		ssize_t n = recv(http->fd, http->in + have, ANSWER_MAX - have, 0);
		if (n <= 0)
			bench_die("the adapter has closed the connection");
		have += (size_t)n;
		http->in[have] = '\0';
		if (body || !(body = strstr(http->in, "\r\n\r\n")))
			continue;
		body += 4;
		const char *length = strcasestr(http->in, "Content-Length:");
		if (!length || length > body)
			bench_die("no Content-Length: %.200s", http->in);
		*len = strtoul(length + 15, NULL, 10);
		need = (size_t)(body - http->in) + *len;
		if (need > ANSWER_MAX)
			bench_die("an answer of %zu bytes", *len);
	}
	return body;
}

json_t *http_call(struct http *http, const char *method, const char *path, const char *key, struct lt_bytes body)
{
	char head[512];
	size_t len;
	int n = snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s%s%sContent-Length: %zu\r\n\r\n",
			 method, path, key ? "Idempotency-Key: " : "", key ? key : "", key ? "\r\n" : "", body.len);
	lt_buf_clear(&http->out);
	put(http, lt_bytes(head, (size_t)n));
	put(http, body);
	send_all(http);
	const char *text = receive(http, &len);
	if (strncmp(http->in, "HTTP/1.1 2", 10) != 0)
		bench_die("%s %s: %.300s", method, path, http->in);
	json_t *json = json_loadb(text, len, 0, NULL);
	if (!json)
		bench_die("%s %s: not JSON", method, path);
	return json;
}
