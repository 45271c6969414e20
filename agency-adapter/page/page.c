/* page.c: which page a request is for, whose it is, and what becomes of the answer of the call behind it. */
#include "visit.h"

#include "http/api_routes.h"
#include "http/door/caller.h"
#include "http/problem.h"
#include "program/log.h"

#include "style.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COOKIE_MAX 40u
#define LANGUAGE_COOKIE "lienthong-language"
#define LANGUAGE_KEEP_S (365 * 24 * 3600) /* a year, as nothing hangs on it */
#define ANY_QUERY "agency late after lang state dossier lead foreign code branch wait"
/* No script, nothing from elsewhere, in no frame; forms go to the page alone. */
#define POLICY                                                                                                        \
	"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors " \
	"'none'"

struct office_page {
	struct exchange_face face; /* the first member: page_of */
	struct page_sessions *sessions;
	char cookie[COOKIE_MAX];
};

static const struct office_page *page_of(const struct exchange_face *face)
{
	return (const struct office_page *)(const void *)face;
}

/* ---- small pages of its own ---- */

static void no_call(struct exchange *exchange)
{
	exchange_json(exchange, 200, json_object());
}

static void give_style(struct exchange *exchange)
{
	exchange_bytes(exchange, lt_bytes(page_style, page_style_size), "text/css; charset=utf-8");
}

static void go_login(struct exchange *exchange)
{
	page_visit_go(page_visit_of(exchange), "/page/login");
}

static void go_first(struct exchange *exchange)
{
	page_visit_go(page_visit_of(exchange), "/page");
}

static const struct visit_route routes[] = {
	{ "GET", "page", api_todo, "agency late after lang", show_todo, NULL, NULL, 0 },
	{ "GET", "page/style.css", give_style, "", NULL, NULL, NULL, VISIT_OPEN },
	{ "GET", "page/login", no_call, "lang", show_login, NULL, NULL, VISIT_OPEN },
	{ "POST", "page/login", act_login, "", show_login, no_call, NULL, VISIT_OPEN },
	{ "POST", "page/logout", act_logout, "", NULL, NULL, NULL, 0 },
	{ "GET", "page/inbox", api_inbox_list, "agency state dossier after lang", show_inbox, NULL, NULL, 0 },
	{ "GET", "page/inbox/*", api_inbox_get, "agency lang", show_item, NULL, NULL, 0 },
	{ "GET", "page/inbox/*/parts/*", api_inbox_part, "", NULL, NULL, NULL, 0 },
	{ "POST", "page/inbox/*/accept", act_accept, "agency", show_item, api_inbox_get, NULL, 0 },
	{ "POST", "page/inbox/*/refuse", act_refuse, "agency", show_item, api_inbox_get, NULL, 0 },
	{ "GET", "page/sent", api_envelope_list, "agency state dossier after lang", show_sent, NULL, NULL, 0 },
	{ "GET", "page/sent/*", api_envelope_get, "agency wait lang", show_envelope, NULL, NULL, 0 },
	{ "GET", "page/sent/*/parts/*", api_envelope_part, "", NULL, NULL, NULL, 0 },
	{ "POST", "page/sent/*/again", act_again, "agency", show_envelope, api_envelope_get, NULL, 0 },
	{ "GET", "page/dossiers", api_dossier_list, "agency lead late after foreign lang", show_dossiers, NULL, NULL,
	  0 },
	{ "GET", "page/find", go_dossier, "agency code", NULL, NULL, NULL, 0 },
	{ "GET", "page/dossiers/*", api_dossier_get, "agency lang", show_dossier, NULL, NULL, 0 },
	{ "GET", "page/dossiers/*/forms/*", api_form_get, "agency lang", NULL, NULL, NULL, 0 },
	{ "GET", "page/dossiers/*/acts/*", api_dossier_get, "agency branch lang", show_act, NULL, NULL, 0 },
	{ "POST", "page/dossiers/*/acts/*", act_send, "agency branch", show_act, api_dossier_get, NULL, VISIT_STREAMS },
	{ "GET", "page/open", api_procedure_list, "agency after lang", show_procedures, NULL, NULL, 0 },
	{ "GET", "page/open/*", api_procedure_get, "agency lang", show_open, NULL, NULL, 0 },
	{ "POST", "page/open/*", act_open, "agency", show_open, api_procedure_get, open_more, VISIT_STREAMS },
};
static const struct visit_route first = { "GET", "", go_first, "", NULL, NULL, NULL, VISIT_OPEN };

/* ---- who and what ---- */

static const char *request_header(const struct exchange *exchange, const char *name)
{
	return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

static const char *request_cookie(const struct exchange *exchange, const char *name)
{
	const char *value = MHD_lookup_connection_value(exchange->connection, MHD_COOKIE_KIND, name);
	return value ? value : "";
}

static bool has(const struct exchange_face *face, const char *path)
{
	(void)face;
	return strcmp(path, "/") == 0 || strcmp(path, "/page") == 0 || strncmp(path, "/page/", 6) == 0;
}

/* What the link says, else what it said last, else what the browser wants; Vietnamese when it wants nothing. */
static void choose_language(struct page_visit *visit)
{
	struct exchange *exchange = visit->exchange;
	const char *said = visit->route && !visit->route->show ? NULL : exchange_query_text(exchange, "lang");
	const char *kept = request_cookie(exchange, LANGUAGE_COOKIE),
		   *wants = request_header(exchange, "Accept-Language");
	bool new = said && (strcmp(said, "vi") == 0 || strcmp(said, "en") == 0);
	kept = new ? said : kept;
	if (strcmp(kept, "vi") == 0 || strcmp(kept, "en") == 0)
		visit->language = *kept == 'v' ? LT_VIETNAMESE : LT_ENGLISH;
	else
		visit->language = wants ? problem_language(wants) : LT_VIETNAMESE;
	exchange->language = visit->language;
	if (new)
		exchange_header(exchange, "Set-Cookie", LANGUAGE_COOKIE "=%s; Path=/page; Max-Age=%d; SameSite=Strict",
				said, LANGUAGE_KEEP_S);
}

/* Answers of the API's own for another agency, or for none, say so; here it is only known whom the page speaks of. */
static void choose_agency(struct page_visit *visit)
{
	struct exchange *exchange = visit->exchange;
	const struct speaker *speaker = adapter_speaker(exchange->adapter);
	const char *asked = exchange_query_text(exchange, "agency");
	visit->own_said =
		asked && exchange->token && speaker_find(speaker, asked) && exchange_may_speak(exchange, asked);
	for (size_t i = 0; exchange->token && i < speaker->agency_count && !visit->own[0]; i++) {
		const char *code = speaker->agencies[i].code;
		if (visit->own_said ? strcmp(code, asked) == 0 : exchange_may_speak(exchange, code))
			memcpy(visit->own, code, sizeof(visit->own));
	}
}

/* A browser says where a form stood. Of what is older the form's own token tells. */
static bool is_from_here(const struct exchange *exchange)
{
	const char *site = request_header(exchange, "Sec-Fetch-Site");
	return !site || strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0;
}

static const struct visit_route *find(struct exchange *exchange, const char *method, const char *path, bool *other)
{
	const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
	if (strcmp(path, "/") == 0)
		return strcmp(wanted, "GET") == 0 ? &first : NULL;
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!api_route_matches(routes[i].pattern, path + 1, exchange))
			continue;
		*other = true;
		if (strcmp(routes[i].method, wanted) == 0)
			return &routes[i];
	}
	return NULL;
}

static void log_in_first(struct exchange *exchange)
{
	exchange->handler = go_login;
	exchange->query = ANY_QUERY;
	exchange->body_max = VISIT_SMALL_MAX;
}

static void set_route(struct page_visit *visit, bool other)
{
	struct exchange *exchange = visit->exchange;
	const struct visit_route *route = visit->route;
	bool post = route && strcmp(route->method, "POST") == 0;
	bool open = route && (route->flags & VISIT_OPEN);
	if (!open && !exchange->token) {
		log_in_first(exchange);
	} else if (!route) {
		if (other)
			lt_refuse(&exchange->refusal, LT_METHOD_NOT_ALLOWED, "%.10s is not for this resource",
				  exchange->method);
		else
			lt_refuse(&exchange->refusal, LT_NOT_FOUND, "no such resource");
	} else if (post && !is_from_here(exchange)) {
		lt_refuse(&exchange->refusal, LT_TOKEN_NOT_ALLOWED,
			  "the form is of another session: open the page again");
	} else if (post && exchange->token && exchange->token->read_only && route->show) {
		lt_refuse(&exchange->refusal, LT_TOKEN_NOT_ALLOWED, "%s may only read", exchange->token->name);
	} else {
		exchange->handler = route->handler;
		exchange->query = route->query;
		exchange->streams = (route->flags & VISIT_STREAMS) != 0;
		exchange->body_max = !post ? 0 : exchange->streams ? VISIT_BODY_MAX : VISIT_SMALL_MAX;
	}
}

static bool route(const struct exchange_face *face, struct exchange *exchange, const char *method, const char *path)
{
	const struct office_page *page = page_of(face);
	struct page_visit *visit = calloc(1, sizeof(*visit));
	const char *cookie = request_cookie(exchange, page->cookie);
	bool other = false;
	exchange->query = "";
	exchange->face_work = visit;
	if (!visit) {
		lt_refuse(&exchange->refusal, LT_INTERNAL_ERROR, "out of memory");
		return false;
	}
	visit->page = (struct office_page *)(uintptr_t)page;
	visit->exchange = exchange;
	visit->route = find(exchange, method, path, &other);
	visit->parts = json_array();
	visit->directory = directory_current_ref(adapter_speaker(exchange->adapter)->book);
	caller_take_tokens(exchange);
	if (strlen(cookie) == SESSION_TEXT - 1)
		exchange->token = page_sessions_find(page->sessions, cookie, exchange->tokens, api_monotonic());
	if (exchange->token) {
		memcpy(visit->cookie, cookie, SESSION_TEXT);
		page_session_form_token(visit->cookie, visit->form_token);
	}
	set_route(visit, other);
	choose_language(visit);
	choose_agency(visit);
	return exchange->token != NULL;
}

/* ---- logging in and out ---- */

void act_login(struct exchange *exchange)
{
	struct page_visit *visit = page_visit_of(exchange);
	struct office_page *page = visit->page;
	char cookie[SESSION_TEXT];
	const char *over = request_header(exchange, "X-Forwarded-Proto");
	const struct token *token = filled_read(&visit->form, lt_buf_bytes(&exchange->body))
					    ? tokens_find(exchange->tokens, filled_text(&visit->form, "token"))
					    : NULL;
	lt_buf_fini(&exchange->body);
	lt_log(token ? LT_LOG_INFO : LT_LOG_WARNING, token ? "log-in" : "log-in refused", "client",
	       token ? token->name : "", "request", exchange->request_id, NULL);
	if (!token) {
		exchange_problem(exchange, LT_UNAUTHORIZED, "no valid bearer token");
	} else if (page_sessions_begin(page->sessions, token, api_monotonic(), cookie)) {
		exchange_error(exchange, LT_EIO);
	} else {
		page_visit_go(visit, "/page");
		exchange_header(exchange, "Set-Cookie", "%s=%s; Path=/page; HttpOnly; SameSite=Strict%s", page->cookie,
				cookie, over && strcmp(over, "https") == 0 ? "; Secure" : "");
	}
}

void act_logout(struct exchange *exchange)
{
	struct page_visit *visit = page_visit_of(exchange);
	if (!page_visit_read_form(visit))
		return;
	page_sessions_end(visit->page->sessions, visit->cookie);
	page_visit_go(visit, "/page/login");
	exchange_header(exchange, "Set-Cookie", "%s=; Path=/page; Max-Age=0; HttpOnly; SameSite=Strict",
			visit->page->cookie);
}

void page_visit_go(struct page_visit *visit, const char *format, ...)
{
	char *to = NULL;
	va_list args;
	va_start(args, format);
	int len = vasprintf(&to, format, args);
	va_end(args);
	if (len < 0) {
		exchange_error(visit->exchange, LT_ENOMEM);
		return;
	}
	exchange_bytes(visit->exchange, lt_bytes("", 0), "text/plain");
	visit->exchange->status = 303;
	exchange_header(visit->exchange, "Location", "%s", to);
	free(to);
}

/* ---- answers ---- */

static json_t *parsed(const struct exchange *exchange)
{
	json_t *json =
		exchange->content ? json_loadb(exchange->content, exchange->content_len, JSON_ALLOW_NUL, NULL) : NULL;
	return json ? json : json_object();
}

static void give(struct page_visit *visit, unsigned status, void (*show)(struct page_visit *visit, struct markup *html))
{
	struct exchange *exchange = visit->exchange;
	struct markup html = { .language = visit->language };
	struct markup inner = { .language = visit->language };
	if (show)
		show(visit, &inner); /* it says the title */
	page_layout_begin(visit, &html);
	if (visit->problem)
		page_layout_problem(visit, &html, visit->problem);
	if (lt_buf_append(&html.out, inner.out.data, inner.out.len))
		html.failed = true;
	page_layout_end(visit, &html);
	if (html.failed || inner.failed)
		exchange_error(exchange, LT_ENOMEM);
	else
		exchange_bytes(exchange, lt_buf_bytes(&html.out), "text/html; charset=utf-8");
	exchange->status = html.failed || inner.failed ? 500 : status;
	markup_fini(&html);
	markup_fini(&inner);
}

static void show_nothing(struct page_visit *visit, struct markup *html)
{
	markup_put(html, "<p><a href=\"/page\">%w</a></p>", WORD_back_to_todo);
	snprintf(visit->title, sizeof(visit->title), "%s", word_of(WORD_not_possible, visit->language));
}

/* A refused act is shown with the page that it was done at, so that nothing that was written is lost. */
static bool refused(struct page_visit *visit)
{
	struct exchange *exchange = visit->exchange;
	const struct visit_route *route = visit->route;
	bool first_time = !visit->problem;
	/* Nobody but who has logged in comes to a call of the API. */
	bool again = route && route->again && (exchange->token || (route->flags & VISIT_OPEN));
	if (first_time) {
		visit->problem = parsed(exchange);
		visit->problem_status = exchange->status;
	}
	if (first_time && again) {
		exchange_next(exchange, route->again);
		return false;
	}
	give(visit, visit->problem_status, show_nothing);
	return true;
}

static void add_headers(struct exchange *exchange)
{
	exchange_header(exchange, "Content-Security-Policy", POLICY);
	exchange_header(exchange, "Referrer-Policy", "same-origin");
	if (exchange->status < 400) /* else the reply says it */
		exchange_header(exchange, "Content-Language", exchange->language == LT_VIETNAMESE ? "vi" : "en");
}

static bool answered(struct exchange *exchange)
{
	struct page_visit *visit = page_visit_of(exchange);
	bool json = !exchange->content_type[0];
	if (!visit)
		return true;
	if (exchange->status >= 400) {
		if (!refused(visit))
			return false;
	} else if (json && visit->route->more && !visit->problem && visit->route->more(visit)) {
		return false;
	} else if (json && strcmp(exchange->method, "POST") == 0 && !visit->problem) {
		json_t *made = parsed(exchange);
		page_visit_go(visit, "/page/sent/%s?wait=5%s%s", text_at(made, "id"), visit->own_said ? "&agency=" : "",
			      visit->own_said ? visit->own : "");
		json_decref(made);
	} else if (json && exchange->status != 304) {
		visit->answer = parsed(exchange);
		give(visit, visit->problem ? visit->problem_status : exchange->status, visit->route->show);
	} else {
		return true; /* bytes of a part, a paper, the style: they have headers of their own, and another address */
	}
	add_headers(exchange);
	return true;
}

static void end(struct exchange *exchange)
{
	struct page_visit *visit = page_visit_of(exchange);
	if (!visit)
		return;
	upload_alone_free(visit->upload);
	filled_fini(&visit->form);
	json_decref(visit->parts);
	json_decref(visit->answer);
	json_decref(visit->problem);
	directory_current_unref(visit->directory);
	free(visit);
	exchange->face_work = NULL;
}

enum lt_err page_new(const char *listen, struct office_page **out)
{
	struct office_page *page = calloc(1, sizeof(*page));
	const char *port = strncmp(listen, "unix:", 5) == 0 ? NULL : strrchr(listen, ':');
	if (!page)
		return LT_ENOMEM;
	page->face = (struct exchange_face){
		.has = has, .route = route, .take = page_visit_take, .answered = answered, .end = end
	};
	snprintf(page->cookie, sizeof(page->cookie), "lienthong-page%s%.6s", port ? "-" : "", port ? port + 1 : "");
	page->sessions = page_sessions_new();
	if (!page->sessions) {
		free(page);
		return LT_ENOMEM;
	}
	*out = page;
	return LT_OK;
}

const struct exchange_face *page_face(const struct office_page *page)
{
	return page ? &page->face : NULL;
}

void page_free(struct office_page *page)
{
	if (!page)
		return;
	page_sessions_free(page->sessions);
	free(page);
}
