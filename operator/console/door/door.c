/* door.c: requests come in, are looked at, and go to their page. */
#include "door.h"
#include "door_internal.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arrivals.h"
#include "framing.h"
#include "program/listen.h"
#include "program/log.h"

#define CONNECTION_MEMORY (32u << 10) /* bytes: line and headers of a request */
#define THREAD_STACK (512u << 10)     /* bytes: a page's own arrays, and SQLite below them */
#define COOKIE "lienthong_console"

/* Nothing inline, nothing from elsewhere. The referrer stays within, since with none at all a form's Origin would be "null". */
static const char *const headers[][2] = {
	{ "Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
				     "connect-src 'self'; form-action 'self'; "
				     "base-uri 'none'; frame-ancestors 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "Referrer-Policy", "same-origin" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Permissions-Policy", "camera=(), geolocation=(), microphone=()" },
};

static bool queue(struct MHD_Connection *connection, const struct visit *visit, struct MHD_Response *response)
{
	static const char html[] = "text/html; charset=utf-8";
	char text[192];
	bool good = response != NULL;
	for (size_t i = 0; good && i < sizeof(headers) / sizeof(headers[0]); i++)
		good = MHD_add_response_header(response, headers[i][0], headers[i][1]) == MHD_YES;
	good = good && MHD_add_response_header(response, "Content-Type", visit->type ? visit->type : html) == MHD_YES;
	good = good &&
	       MHD_add_response_header(response, "Cache-Control", visit->tag[0] ? "no-cache" : "no-store") == MHD_YES;
	if (good && visit->tag[0])
		good = MHD_add_response_header(response, "ETag", visit->tag) == MHD_YES;
	if (good && visit->location[0])
		good = MHD_add_response_header(response, "Location", visit->location) == MHD_YES;
	if (good && visit->cookie[0])
		good = MHD_add_response_header(response, "Set-Cookie", visit->cookie) == MHD_YES;
	if (good && visit->file[0]) {
		snprintf(text, sizeof(text), "attachment; filename=\"%s\"", visit->file);
		good = MHD_add_response_header(response, "Content-Disposition", text) == MHD_YES;
	}
	if (good && visit->close)
		good = MHD_add_response_header(response, "Connection", "close") == MHD_YES;
	good = good && MHD_queue_response(connection, visit->status, response) == MHD_YES;
	if (response)
		MHD_destroy_response(response);
	return good;
}

static enum MHD_Result answer(struct MHD_Connection *connection, struct visit *visit)
{
	const char *known = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "If-None-Match");
	struct lt_bytes body = visit->fixed.data ? visit->fixed : lt_buf_bytes(&visit->html.bytes);
	if (visit->html.failed) {
		static const char sorry[] = "out of memory\n";
		body = lt_bytes(sorry, sizeof(sorry) - 1);
		visit->status = 503;
		visit->type = "text/plain; charset=utf-8";
	}
	if (visit->tag[0] && known && strcmp(known, visit->tag) == 0) {
		visit->status = 304;
		body.len = 0;
	}
	bool fixed = visit->fixed.data && !visit->html.failed;
	struct MHD_Response *response = MHD_create_response_from_buffer(
		body.len, (void *)(uintptr_t)body.data, fixed ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_COPY);
	return queue(connection, visit, response) ? MHD_YES : MHD_NO;
}

/* ---- who comes ---- */

/* A host by number or "localhost" is this machine, by whatever port a tunnel has given it. By name only what the configuration says:
 * a name of others that leads here (DNS rebinding) would make their page ours. */
static bool host_known(const struct door *door, const char *host)
{
	static const char *const own[] = { "127.0.0.1", "[::1]", "localhost" };
	const char *named = strstr(door->address, "://");
	if (!host)
		return false;
	if (named && strcasecmp(named + 3, host) == 0)
		return true;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		size_t len = strlen(own[i]);
		if (strncasecmp(host, own[i], len) == 0 && (host[len] == '\0' || host[len] == ':') &&
		    strspn(host + len, ":0123456789") == strlen(host + len))
			return true;
	}
	return false;
}

/* Browsers say with each form where it stood. */
static bool origin_own(const struct door *door, const struct visit *visit, const char *origin)
{
	char own[300];
	snprintf(own, sizeof(own), "http://%s", visit->host);
	return origin && (strcasecmp(origin, own) == 0 || strcasecmp(origin, door->address) == 0);
}

static void find_session(struct door *door, struct MHD_Connection *connection, struct visit *visit)
{
	const char *cookie = MHD_lookup_connection_value(connection, MHD_COOKIE_KIND, COOKIE);
	const char *accepts = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept-Language");
	const char *chosen = MHD_lookup_connection_value(connection, MHD_COOKIE_KIND, "lienthong_language");
	if (cookie)
		visit->session = sessions_find(door->sessions, cookie);
	const char *asked = visit_query(visit, "lang");
	if (strcmp(asked, "vi") == 0 || strcmp(asked, "en") == 0) {
		chosen = asked;
		snprintf(visit->cookie, sizeof(visit->cookie),
			 "lienthong_language=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000", asked);
	}
	if (!chosen)
		chosen = accepts && strncasecmp(accepts, "en", 2) == 0 ? "en" : "vi";
	visit->html.language = strcmp(chosen, "en") == 0 ? LT_ENGLISH : LT_VIETNAMESE;
}

static const struct door_route *find_route(const struct door *door, const char *path, bool post)
{
	for (const struct door_route *route = door->options.routes; route->path; route++) {
		size_t len = strlen(route->path);
		bool below = len > 1 && route->path[len - 1] == '/';
		if (route->post == post &&
		    (below ? strncmp(path, route->path, len) == 0 : strcmp(path, route->path) == 0))
			return route;
	}
	return NULL;
}

/* Whether an act comes from a page of this console: its origin, and of who has logged in the token. A log-in has the link's key. */
static bool act_own(const struct door *door, struct MHD_Connection *connection, const struct visit *visit)
{
	const char *origin = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Origin");
	if (!origin_own(door, visit, origin))
		return false;
	return !visit->session || strcmp(visit->path, "/login") == 0 ||
	       sessions_same(visit->session->token, visit_field(visit, "token"));
}

static void end_session(struct door *door, struct console_session *session)
{
	sessions_end(door->sessions, session);
	stream_wake(door);
}

/* A session whose user the broker does not admit any more ends. */
static void check_session(struct door *door, struct visit *visit)
{
	if (!visit->session || visit_admitted(visit, door->options.env.now(), door->options.there(door->options.ctx)))
		return;
	lt_log(LT_LOG_NOTICE, "a session that the broker does not admit, or does not know any more", "login",
	       visit->session->login, NULL);
	end_session(door, visit->session);
	sessions_release(door->sessions, visit->session);
	visit->session = NULL;
}

static void say_plain(struct visit *visit, unsigned status, const char *text)
{
	visit->status = status;
	visit->type = "text/plain; charset=utf-8";
	visit->fixed = lt_bytes(text, strlen(text));
}

static void serve(struct door *door, struct MHD_Connection *connection, struct visit *visit)
{
	const struct door_route *route = find_route(door, visit->path, visit->post);
	find_session(door, connection, visit);
	if (route && !route->open)
		check_session(door, visit);
	if (visit->session && sessions_crowded(door->sessions, visit->session)) {
		say_plain(visit, 503, "this session asks for too much at once\n");
	} else if (visit->post && (visit->dropped > 0 || !visit_read_form(visit))) {
		visit->status = 400;
		door->options.refused(visit);
	} else if (visit->post && !act_own(door, connection, visit)) {
		visit->status = 403;
		door->options.refused(visit);
	} else if (!route) {
		visit->status = 404;
		door->options.missing(visit);
	} else if (!route->open && !visit->session) {
		visit->status = 401;
		door->options.stranger(visit);
	} else {
		route->page(visit);
	}
}

bool door_enter(struct visit *visit, const char *key)
{
	struct door *door = visit->door;
	struct console_session *session = sessions_enter(door->sessions, key);
	if (!session)
		return false;
	if (visit->session) /* the same browser comes in anew: what it held before is nobody's */
		end_session(door, visit->session);
	sessions_release(door->sessions, visit->session);
	visit->session = session;
	snprintf(visit->cookie, sizeof(visit->cookie), COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s",
		 session->cookie, SESSION_SECONDS, strncmp(door->address, "https:", 6) == 0 ? "; Secure" : "");
	lt_log(LT_LOG_NOTICE, "logged in", "login", session->login, "uid", lt_log_u64(session->uid), NULL);
	return true;
}

bool door_peek(struct visit *visit, const char *key, char login[64])
{
	return sessions_peek(visit->door->sessions, key, login);
}

void door_leave(struct visit *visit)
{
	lt_log(LT_LOG_NOTICE, "logged out", "login", visit->session->login, "uid", lt_log_u64(visit->session->uid),
	       NULL);
	end_session(visit->door, visit->session);
	snprintf(visit->cookie, sizeof(visit->cookie), COOKIE "=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
}

/* ---- the daemon's calls ---- */

/* Of a connection. */
struct caller {
	struct arrival *arrival;
	struct visit *
		begun; /* of a request whose end was not told yet: of one whose headers fill all its memory MHD tells none */
};

static struct caller *caller_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return info ? info->socket_context : NULL;
}

/* The address as it came, before anything is decoded. */
static void *begin(void *ctx, const char *uri, struct MHD_Connection *connection)
{
	struct visit *visit = visit_new(ctx);
	const char *question = strchr(uri, '?');
	size_t len = question ? (size_t)(question - uri) : strlen(uri);
	struct caller *caller = caller_of(connection);
	if (!visit)
		return NULL;
	if (caller)
		caller->begun = visit;
	visit->ctx = visit->door->options.ctx;
	bool good = len < sizeof(visit->path);
	if (good) {
		memcpy(visit->path, uri, len);
		good = visit_decode(visit->path, false) && visit_read_query(visit, question ? question + 1 : "");
	}
	if (!good)
		visit->status = 400;
	listen_cut_query(uri, 0); /* it was read above */
	return visit;
}

static enum MHD_Result plain(struct MHD_Connection *connection, struct visit *visit, unsigned status, const char *text)
{
	say_plain(visit, status, text);
	return answer(connection, visit);
}

static bool is_form(struct MHD_Connection *connection)
{
	static const char form[] = "application/x-www-form-urlencoded";
	const char *type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type");
	return type && strncasecmp(type, form, sizeof(form) - 1) == 0;
}

static enum MHD_Result first_look(struct door *door, struct MHD_Connection *connection, struct visit *visit,
				  const char *method, const char *version)
{
	visit->host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
	visit->post = strcmp(method, "POST") == 0;
	visit->opened = 1;
	if (!framing_plain(connection, version)) {
		visit->close = true; /* where this request ends nobody can say */
		return plain(connection, visit, 400, "one Host and one length are needed\n");
	}
	if (visit->status == 400)
		return plain(connection, visit, 400, "the address is not plain\n");
	if (!visit->post && strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return plain(connection, visit, 405, "GET and POST\n");
	if (!host_known(door, visit->host))
		return plain(connection, visit, 421,
			     "this console is not known by that name; see `address` in console.conf\n");
	if (visit->post && !is_form(connection))
		return plain(connection, visit, 415, "a form is needed\n");
	return MHD_YES;
}

/* Over what one person may have: a page looks by itself then, now and again. Over what all may: the connection ends, and the browser tries again. */
static enum MHD_Result begin_stream(struct door *door, struct MHD_Connection *connection, struct visit *visit)
{
	visit->streams = sessions_stream(door->sessions, visit->session);
	if (!visit->streams)
		return plain(connection, visit, 503, "this session has too many streams\n");
	return queue(connection, visit, stream_new(door, visit)) ? MHD_YES : MHD_NO;
}

static void end_visit(struct door *door, struct visit *visit)
{
	if (visit && visit->streams)
		sessions_stream_end(door->sessions, visit->session);
	if (visit)
		sessions_release(door->sessions, visit->session);
	visit_free(visit);
}

static void leave(struct door *door, struct caller *caller)
{
	if (!caller)
		return;
	end_visit(door, caller->begun);
	arrivals_end(door->arrivals, caller->arrival);
	free(caller);
}

static void come_and_go(void *ctx, struct MHD_Connection *connection, void **context,
			enum MHD_ConnectionNotificationCode code)
{
	struct door *door = ctx;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		leave(door, *context);
		return;
	}
	struct caller *caller = info ? calloc(1, sizeof(*caller)) : NULL;
	if (caller)
		caller->arrival = arrivals_begin(door->arrivals, info->connect_fd);
	*context = caller;
}

static enum MHD_Result take(void *ctx, struct MHD_Connection *connection, const char *url, const char *method,
			    const char *version, const char *data, size_t *size, void **own)
{
	struct door *door = ctx;
	struct visit *visit = *own;
	(void)url;
	if (!visit)
		return MHD_NO;
	if (!visit->opened)
		return first_look(door, connection, visit, method, version);
	if (*size > 0) {
		if (visit->body.len + *size > VISIT_BODY_MAX || lt_buf_append(&visit->body, data, *size))
			visit->dropped += *size;
		*size = 0;
		return visit->dropped <= VISIT_DROPPED_MAX ? MHD_YES : MHD_NO;
	}
	struct caller *caller = caller_of(connection);
	if (caller)
		arrivals_whole(door->arrivals, caller->arrival);
	serve(door, connection, visit);
	if (visit->watch && visit->status == 200)
		return begin_stream(door, connection, visit);
	return answer(connection, visit);
}

static void done(void *ctx, struct MHD_Connection *connection, void **own, enum MHD_RequestTerminationCode code)
{
	struct door *door = ctx;
	struct caller *caller = caller_of(connection);
	(void)code;
	if (caller) {
		caller->begun = NULL;
		arrivals_again(door->arrivals, caller->arrival);
	}
	end_visit(door, *own);
	*own = NULL;
}

/* ---- begin and end ---- */

static enum lt_err start(struct door *door, char *error, size_t error_size)
{
	door->daemon = MHD_start_daemon(
		MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL, 0, NULL, NULL, take,
		door, MHD_OPTION_LISTEN_SOCKET, door->socket, MHD_OPTION_CONNECTION_LIMIT, DOOR_CONNECTIONS,
		MHD_OPTION_CONNECTION_TIMEOUT, DOOR_IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)CONNECTION_MEMORY, MHD_OPTION_THREAD_STACK_SIZE, (size_t)THREAD_STACK,
		MHD_OPTION_NOTIFY_COMPLETED, done, door, MHD_OPTION_NOTIFY_CONNECTION, come_and_go, door,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, begin, door, MHD_OPTION_END);
	if (door->daemon)
		return LT_OK;
	snprintf(error, error_size, "listen %s: the HTTP server does not start", door->options.listen);
	return LT_EIO;
}

static bool set_address(struct door *door)
{
	const char *given = door->options.address;
	char text[300];
	if (given && *given)
		snprintf(text, sizeof(text), "%s", given);
	else if (door->is_unix)
		snprintf(text, sizeof(text), "http://localhost");
	else
		snprintf(text, sizeof(text), "http://%s", door->options.listen);
	door->address = strdup(text);
	return door->address != NULL;
}

enum lt_err door_new(const struct door_options *options, struct door **out, char *error, size_t error_size)
{
	struct door *door = calloc(1, sizeof(*door));
	if (!door)
		return LT_ENOMEM;
	door->options = *options;
	pthread_mutex_init(&door->lock, NULL);
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&door->news, &monotonic);
	pthread_condattr_destroy(&monotonic);
	door->socket = listen_at(options->listen, &door->is_unix, error, error_size);
	enum lt_err err = door->socket < 0 ? LT_EINVAL : LT_OK;
	if (!err && (!(door->sessions = sessions_new(&options->env)) || !(door->arrivals = arrivals_new()) ||
		     !set_address(door)))
		err = LT_ENOMEM;
	if (!err)
		err = start(door, error, error_size);
	if (err) {
		door_free(door);
		return err;
	}
	*out = door;
	return LT_OK;
}

void door_free(struct door *door)
{
	if (!door)
		return;
	pthread_mutex_lock(&door->lock);
	door->stopping = true;
	pthread_cond_broadcast(&door->news);
	pthread_mutex_unlock(&door->lock);
	if (door->daemon)
		MHD_stop_daemon(door->daemon); /* closes the listening socket */
	else if (door->socket >= 0)
		close(door->socket);
	if (door->is_unix)
		unlink(door->options.listen + strlen("unix:"));
	sessions_free(door->sessions);
	arrivals_free(door->arrivals);
	pthread_cond_destroy(&door->news);
	pthread_mutex_destroy(&door->lock);
	free(door->address);
	free(door);
}

struct sessions *door_sessions(struct door *door)
{
	return door->sessions;
}

const char *door_address(const struct door *door)
{
	return door->address;
}
