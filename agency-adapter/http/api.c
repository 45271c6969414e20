/* api.c: the HTTP daemon: reading requests within bounds, the token, long polls, sending answers. */
#include "exchange.h"

#include "http/door/api_internal.h"
#include "http/door/caller.h"
#include "program/listen.h"
#include "http/door/places.h"
#include "http/upload/uploads.h"
#include "problem.h"
#include "reply.h"
#include "request.h"
#include "program/log.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WAITERS_MAX 128u         /* long polls; the rest of the connections stay for others */
#define CONNECTION_TIMEOUT_S 30u /* without a byte; suspended connections do not count */
#define CONNECTION_MEMORY \
	(128u * 1024u) /* bytes: more than REQUEST_HEAD_MAX, so that what is over it is refused in our words */
#define HANG_UP_US INT64_C(1000000) /* how often it is looked who has hung up */
#define TICK_MS 100                 /* how exactly a long poll ends */

struct api_desk *api_desk(struct api *api)
{
	return &api->desk;
}

/* Takes a waiter out and lets its handler run again. Mutex held. */
static void wake_one(struct api *api, struct exchange **at)
{
	struct exchange *exchange = *at;
	*at = exchange->next;
	api->waiter_count--;
	atomic_store(&exchange->phase, EXCHANGE_AGAIN);
	exchange_resume(exchange);
}

/* Those whose time is over; all: everyone. Mutex held. */
static void wake_waiters(struct api *api, bool all)
{
	int64_t now = api_monotonic();
	for (struct exchange **at = &api->waiters; *at;) {
		if (all || (*at)->deadline <= now)
			wake_one(api, at);
		else
			at = &(*at)->next;
	}
}

/* A suspended connection is not watched by the daemon: who has gone is looked for here, and gives its place back. Mutex held. */
static void wake_hung_up(struct api *api)
{
	int64_t now = api_monotonic();
	if (now - api->looked < HANG_UP_US)
		return;
	api->looked = now;
	for (struct exchange **at = &api->waiters; *at;) {
		struct pollfd fd = { .fd = (*at)->fd, .events = POLLRDHUP };
		if (poll(&fd, 1, 0) > 0) {
			(*at)->hung_up = true;
			wake_one(api, at);
		} else {
			at = &(*at)->next;
		}
	}
}

static void *timer_main(void *ctx)
{
	struct api *api = ctx;
	pthread_mutex_lock(&api->mutex);
	while (!api->stopping) {
		struct timespec until;
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += TICK_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		if (api->waiters || patience_waits(api->patience))
			pthread_cond_timedwait(&api->wake, &api->mutex, &until);
		else
			pthread_cond_wait(&api->wake, &api->mutex);
		wake_waiters(api, api->stopping);
		wake_hung_up(api);
		patience_tick(api->patience, api_monotonic());
	}
	pthread_mutex_unlock(&api->mutex);
	return NULL;
}

static void wake_timer(struct api *api)
{
	pthread_mutex_lock(&api->mutex);
	pthread_cond_signal(&api->wake);
	pthread_mutex_unlock(&api->mutex);
}

uint64_t api_grown(struct api *api, enum api_topic topic)
{
	pthread_mutex_lock(&api->mutex);
	uint64_t grown = api->grown[topic];
	pthread_mutex_unlock(&api->mutex);
	return grown;
}

enum api_wait api_wait(struct api *api, struct exchange *exchange, enum api_topic topic, uint64_t grown)
{
	enum api_wait wait = API_WAITING;
	pthread_mutex_lock(&api->mutex);
	if (api->waiter_count >= WAITERS_MAX || api->stopping) {
		wait = API_NO_ROOM;
	} else if (api->grown[topic] != grown) {
		wait = API_GROWN;
	} else {
		exchange_suspend(exchange);
		exchange->topic = topic;
		exchange->fd = places_socket(exchange->connection);
		exchange->next = api->waiters;
		api->waiters = exchange;
		api->waiter_count++;
		pthread_cond_signal(&api->wake);
	}
	pthread_mutex_unlock(&api->mutex);
	return wait;
}

void api_notify(struct api *api, enum api_topic topic)
{
	pthread_mutex_lock(&api->mutex);
	api->grown[topic]++;
	for (struct exchange **at = &api->waiters; *at;) {
		if ((*at)->topic == topic)
			wake_one(api, at);
		else
			at = &(*at)->next;
	}
	pthread_mutex_unlock(&api->mutex);
}

/* Nobody enters when stopping; who has entered is waited for. */
bool api_enter(struct api *api, struct exchange *exchange)
{
	pthread_mutex_lock(&api->mutex);
	if (!exchange->entered && !api->stopping) {
		exchange->entered = true;
		api->busy++;
	}
	pthread_mutex_unlock(&api->mutex);
	return exchange->entered;
}

void api_leave(struct api *api, struct exchange *exchange)
{
	pthread_mutex_lock(&api->mutex);
	if (exchange->entered)
		api->busy--;
	exchange->entered = false;
	pthread_mutex_unlock(&api->mutex);
}

static void check(struct exchange *exchange, const char *method, const char *url, const char *version)
{
	struct lt_refusal *refusal = &exchange->refusal;
	bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
	request_check(exchange, method, url, version);
	struct lt_refusal before = *refusal;
	bool open = false;
	bool known = caller_route(exchange, method, url, &open);
	places_busy(places_of(exchange->connection), known);
	if (before.reason)
		*refusal = before;
	else if (!open && !known)
		lt_refuse(refusal, LT_UNAUTHORIZED, "no valid bearer token");
	if (!refusal->reason && !reads && !exchange->face && exchange->token && exchange->token->read_only)
		lt_refuse(refusal, LT_TOKEN_NOT_ALLOWED, "%s may only read", exchange->token->name);
	if (!refusal->reason)
		request_check_query(exchange);
	if (!refusal->reason)
		request_check_body(exchange);
	if (!refusal->reason && exchange->streams && !exchange->face)
		upload_begin(exchange);
	if (refusal->reason == LT_UNAUTHORIZED && exchange->header_count > 0)
		exchange->header_count = 0;
}

static struct exchange *exchange_new(struct api *api, struct MHD_Connection *connection, const char *url,
				     const char *method, const char *version)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));
	if (!exchange)
		return NULL;
	exchange->api = api;
	exchange->adapter = api->adapter;
	exchange->connection = connection;
	exchange->query = "";
	request_cut_blanks(connection);
	const char *other = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-HTTP-Method-Override");
	if (other && strcmp(method, "POST") == 0 && strncmp(url, "/v1/uploads/", 12) == 0)
		method = other; /* tus: for clients that know no PATCH */
	snprintf(exchange->method, sizeof(exchange->method), "%s", method);
	exchange->language =
		problem_language(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept-Language"));
	snprintf(exchange->path, sizeof(exchange->path), "%s", url);
	request_name(exchange);
	check(exchange, method, url, version);
	return exchange;
}

static void take_body(struct exchange *exchange, const char *data, size_t len)
{
	patience_touch(exchange->api->patience, &exchange->reading, api_monotonic());
	if (exchange->refusal.reason)
		return;
	if (len > exchange->body_max - exchange->body.len) {
		request_refuse_size(exchange, (unsigned long long)exchange->body.len + len);
		exchange->close = true;
		lt_buf_fini(&exchange->body);
	} else if (lt_buf_append(&exchange->body, data, len)) {
		lt_refuse(&exchange->refusal, LT_INTERNAL_ERROR, "out of memory");
	}
}

/* Runs the handler, or says what was wrong before it. False: the exchange is suspended. */
static bool answer(struct exchange *exchange)
{
	if (atomic_load(&exchange->phase) == EXCHANGE_ANSWERED)
		return true;
	atomic_store(&exchange->phase, EXCHANGE_READING);
	if (exchange->refusal.reason)
		exchange_refuse(exchange, &exchange->refusal, NULL);
	else
		exchange->handler(exchange);
	return atomic_load(&exchange->phase) == EXCHANGE_READING;
}

/* A suspended exchange comes back here when it is resumed. */
static enum MHD_Result go_on(struct exchange *exchange)
{
	if (!api_enter(exchange->api, exchange))
		return MHD_NO;
	do {
		if (!answer(exchange))
			return MHD_YES;
	} while (exchange->face && !exchange->face->answered(exchange));
	exchange_log(exchange);
	if (strncmp(exchange->path, "/v1/uploads", 11) == 0)
		upload_headers(exchange);
	enum MHD_Result result = reply_send(exchange);
	api_leave(exchange->api, exchange);
	return result;
}

/* What is refused whatever its body says is answered before the body: nobody sends 150 MB for a 401. */
static enum MHD_Result begin(struct exchange *exchange)
{
	struct api *api = exchange->api;
	int fd = places_socket(exchange->connection);
	if (exchange->has_body && exchange->refusal.reason) {
		exchange->close = true;
		patience_linger(api->patience, fd, api_monotonic());
		wake_timer(api);
		return go_on(exchange);
	}
	if (exchange->has_body) {
		patience_begin(api->patience, &exchange->reading, fd, api_monotonic());
		exchange->reading.streams = exchange->streams;
		wake_timer(api);
	}
	return MHD_YES;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url, const char *method,
				  const char *version, const char *data, size_t *size, void **state)
{
	struct exchange *exchange = *state;
	if (!exchange) {
		*state = exchange = exchange_new(ctx, connection, url, method, version);
		return exchange ? begin(exchange) : MHD_NO;
	}
	if (*size > 0 && exchange->streams && (exchange->face || exchange->work)) {
		patience_touch(exchange->api->patience, &exchange->reading, api_monotonic());
		if (exchange->face)
			exchange->face->take(exchange, data, size);
		else
			upload_take(exchange, exchange->work, data, size);
		return MHD_YES;
	}
	if (*size > 0) {
		take_body(exchange, data, *size);
		*size = 0;
		return MHD_YES;
	}
	if (patience_end(exchange->api->patience, &exchange->reading))
		return MHD_NO;
	return go_on(exchange);
}

static void on_completed(void *ctx, struct MHD_Connection *connection, void **state,
			 enum MHD_RequestTerminationCode how)
{
	struct exchange *exchange = *state;
	struct api *api = ctx;
	(void)how;
	places_idle(api->places, places_of(connection));
	if (!exchange)
		return;
	patience_end(api->patience, &exchange->reading);
	api_leave(api, exchange);
	if (exchange->work_free)
		exchange->work_free(exchange->work);
	if (exchange->face)
		exchange->face->end(exchange);
	for (size_t i = 0; i < exchange->header_count; i++)
		free(exchange->headers[i].value);
	tokens_unref(exchange->tokens);
	free(exchange->content);
	if (exchange->file > 0)
		close(exchange->file);
	lt_buf_fini(&exchange->body);
	free(exchange);
	*state = NULL;
}

static enum lt_err start(struct api *api, char *error, size_t error_size)
{
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&api->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&api->mutex, NULL);
	if (pthread_create(&api->timer, NULL, timer_main, api) != 0)
		return LT_EIO;
	api->timer_started = true;
	api->daemon = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, api,
		MHD_OPTION_LISTEN_SOCKET, api->socket, MHD_OPTION_CONNECTION_LIMIT, PLACES_MAX + PLACES_KEPT,
		MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)CONNECTION_MEMORY, MHD_OPTION_NOTIFY_COMPLETED, on_completed, api, MHD_OPTION_NOTIFY_CONNECTION,
		places_notify, api->places, MHD_OPTION_UNESCAPE_CALLBACK, request_unescape, NULL,
		MHD_OPTION_URI_LOG_CALLBACK, request_look_at_address, NULL, MHD_OPTION_END);
	if (!api->daemon) {
		snprintf(error, error_size, "the HTTP daemon does not start");
		return LT_EIO;
	}
	api->socket = -1; /* the daemon closes it */
	return LT_OK;
}

enum lt_err api_new(const struct api_options *options, struct api **out, char *error, size_t error_size)
{
	struct api *api = calloc(1, sizeof(*api));
	if (!api)
		return LT_ENOMEM;
	api->adapter = options->adapter;
	api->face = options->face;
	api->desk.started = adapter_speaker(options->adapter)->now();
	if (uploads_new(api->adapter, &api->uploads)) {
		free(api);
		return LT_ENOMEM;
	}
	api->patience = patience_new();
	api->places = places_new();
	if (!api->patience || !api->places) {
		patience_free(api->patience);
		places_free(api->places);
		uploads_free(api->uploads);
		free(api);
		return LT_ENOMEM;
	}
	api->socket = listen_at(options->listen, &api->is_unix, error, error_size);
	if (api->socket < 0) {
		patience_free(api->patience);
		places_free(api->places);
		uploads_free(api->uploads);
		free(api);
		return LT_EINVAL;
	}
	api->own_len = sizeof(api->own);
	getsockname(api->socket, (struct sockaddr *)&api->own, &api->own_len);
	if (api->is_unix)
		api->unix_path = strdup(options->listen + 5);
	enum lt_err err = tokens_new(options->token ? options->token : "", &api->tokens, error, error_size);
	if (!err && !api->is_unix && tokens_count(api->tokens) == 0) {
		snprintf(error, error_size, "a bearer token of at least 16 characters is needed for TCP");
		err = LT_EINVAL;
	}
	if (err) {
		tokens_unref(api->tokens);
		close(api->socket);
		patience_free(api->patience);
		places_free(api->places);
		uploads_free(api->uploads);
		free(api->unix_path);
		free(api);
		return err;
	}
	err = start(api, error, error_size);
	if (err) {
		api_free(api);
		return err;
	}
	*out = api;
	return LT_OK;
}

bool api_answers(struct api *api)
{
	return listen_answers((struct sockaddr *)&api->own, api->own_len, API_ANSWER_MS);
}

/* Suspended exchanges are answered first: libmicrohttpd must not stop with one. */
static void drain(struct api *api)
{
	for (;;) {
		pthread_mutex_lock(&api->mutex);
		wake_waiters(api, true);
		size_t busy = api->busy;
		pthread_mutex_unlock(&api->mutex);
		if (busy == 0)
			return;
		usleep(2000);
	}
}

void api_free(struct api *api)
{
	if (!api)
		return;
	pthread_mutex_lock(&api->mutex);
	api->stopping = true;
	pthread_cond_signal(&api->wake);
	pthread_mutex_unlock(&api->mutex);
	if (api->timer_started)
		pthread_join(api->timer, NULL);
	if (api->daemon) {
		MHD_socket listening = MHD_quiesce_daemon(api->daemon);
		drain(api);
		MHD_stop_daemon(api->daemon);
		if (listening >= 0)
			close(listening);
	}
	uploads_free(api->uploads);
	if (api->socket >= 0)
		close(api->socket);
	if (api->unix_path)
		unlink(api->unix_path);
	free(api->unix_path);
	patience_free(api->patience);
	tokens_unref(api->tokens);
	places_free(api->places);
	pthread_cond_destroy(&api->wake);
	pthread_mutex_destroy(&api->mutex);
	free(api);
}
