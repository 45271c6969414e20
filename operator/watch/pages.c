/* pages.c: three pages over HTTP. */
#include "pages.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program/listen.h"
#include "verdict/metrics.h"

enum {
	CONNECTIONS_MAX = 32, /* a Prometheus, a balancer, a person: each holds 32 KiB at most */
	CONNECTION_BYTES = 32 << 10,
	CONNECTION_S = 10,
};
struct pages {
	struct MHD_Daemon *daemon;
	int socket;
	pthread_mutex_t lock;
	char *metrics, *verdict; /* NULL: before the first look */
	bool healthy, ready;
};

static enum MHD_Result send_text(struct MHD_Connection *connection, unsigned status, const char *type, const char *text)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	enum MHD_Result result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result answer(struct pages *pages, struct MHD_Connection *connection, const char *url)
{
	static const char json[] = "application/json";
	bool metrics = strcmp(url, "/metrics") == 0, health = strcmp(url, "/healthz") == 0,
	     ready = strcmp(url, "/readyz") == 0;
	if (!metrics && !health && !ready)
		return send_text(connection, MHD_HTTP_NOT_FOUND, "text/plain", "/metrics, /healthz, /readyz\n");
	if (!pages->metrics)
		return send_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "text/plain", "not yet\n");
	if (metrics)
		return send_text(connection, MHD_HTTP_OK, METRICS_TYPE, pages->metrics);
	return send_text(connection,
			 (health ? pages->healthy : pages->ready) ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, json,
			 pages->verdict);
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url, const char *method,
				  const char *version, const char *data, size_t *size, void **seen)
{
	struct pages *pages = ctx;
	(void)version;
	(void)data;
	if (!*seen || *size > 0) { /* the head alone; a body that nobody wants */
		*seen = pages;
		*size = 0;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return send_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain", "GET\n");
	pthread_mutex_lock(&pages->lock);
	enum MHD_Result result = answer(pages, connection, url);
	pthread_mutex_unlock(&pages->lock);
	return result;
}

/* No page knows a query. */
static void *look_at_address(void *ctx, const char *address, struct MHD_Connection *connection)
{
	(void)ctx, (void)connection;
	listen_cut_query(address, 0);
	return NULL;
}

enum lt_err pages_open(const char *at, struct pages **out, char *error, size_t error_size)
{
	struct pages *pages = calloc(1, sizeof(*pages));
	bool is_unix;
	if (!pages)
		return LT_ENOMEM;
	pthread_mutex_init(&pages->lock, NULL);
	pages->socket = listen_at(at, &is_unix, error, error_size);
	if (pages->socket < 0) {
		pages_close(pages);
		return LT_EINVAL;
	}
	pages->daemon = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, on_request, pages, MHD_OPTION_LISTEN_SOCKET,
		pages->socket, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)CONNECTION_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
		MHD_OPTION_URI_LOG_CALLBACK, look_at_address, NULL, MHD_OPTION_END);
	if (!pages->daemon) {
		snprintf(error, error_size, "%s: the HTTP daemon does not start", at);
		pages_close(pages);
		return LT_EIO;
	}
	pages->socket = -1; /* the daemon closes it */
	*out = pages;
	return LT_OK;
}

void pages_close(struct pages *pages)
{
	if (!pages)
		return;
	if (pages->daemon)
		MHD_stop_daemon(pages->daemon);
	if (pages->socket >= 0)
		close(pages->socket);
	pthread_mutex_destroy(&pages->lock);
	free(pages->metrics);
	free(pages->verdict);
	free(pages);
}

void pages_put(struct pages *pages, char *metrics, char *verdict, bool healthy, bool ready)
{
	pthread_mutex_lock(&pages->lock);
	char *old_metrics = pages->metrics, *old_verdict = pages->verdict;
	pages->metrics = metrics;
	pages->verdict = verdict;
	pages->healthy = healthy;
	pages->ready = ready;
	pthread_mutex_unlock(&pages->lock);
	free(old_metrics);
	free(old_verdict);
}
