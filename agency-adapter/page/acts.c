/* acts.c: what is posted goes on to the API's own calls, in their words. */
#include "visit.h"

#include <stdlib.h>
#include <string.h>

/* The body of the call that follows. Takes json. */
static bool set_body(struct exchange *exchange, json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	bool good = text && lt_buf_append(&exchange->body, text, strlen(text)) == LT_OK;
	free(text);
	json_decref(json);
	if (!good)
		exchange_error(exchange, LT_ENOMEM);
	return good;
}

/* From now on it is this call's, also when it looks again. */
static void go_on(struct exchange *exchange, exchange_handler *handler)
{
	exchange->handler = handler;
	handler(exchange);
}

void act_accept(struct exchange *exchange)
{
	if (page_visit_read_form(page_visit_of(exchange)))
		go_on(exchange, api_inbox_accept);
}

void act_refuse(struct exchange *exchange)
{
	struct page_visit *visit = page_visit_of(exchange);
	if (!page_visit_read_form(visit))
		return;
	const char *ground = filled_text(&visit->form, "ground");
	json_t *body = json_pack("{s:s}", "reason", filled_text(&visit->form, "reason"));
	if (*ground)
		json_object_set_new(body, "ground", json_string(ground));
	if (set_body(exchange, body))
		go_on(exchange, api_inbox_refuse);
}

void act_again(struct exchange *exchange)
{
	struct page_visit *visit = page_visit_of(exchange);
	if (!page_visit_read_form(visit))
		return;
	json_t *body = json_pack("{s:s, s:s}", "again", exchange->segments[0], "idempotency_key",
				 filled_text(&visit->form, "key"));
	if (set_body(exchange, body))
		go_on(exchange, api_envelope_post);
}

void act_send(struct exchange *exchange)
{
	struct page_visit *visit = page_visit_of(exchange);
	if (page_visit_read_form(visit) &&
	    set_body(exchange, act_body(visit, exchange->segments[1], exchange->segments[0])))
		go_on(exchange, api_envelope_post);
}

/* The dossier's number first, unless it has one. The form's key is that of both calls: sent twice, it is one number and one dossier. */
void act_open(struct exchange *exchange)
{
	struct page_visit *visit = page_visit_of(exchange);
	if (!page_visit_read_form(visit))
		return;
	const char *code = filled_text(&visit->form, "code");
	visit->has_code = *code != '\0';
	if (visit->has_code) {
		if (set_body(exchange, act_body(visit, "OPEN", code)))
			go_on(exchange, api_envelope_post);
		return;
	}
	MHD_set_connection_value(exchange->connection, MHD_HEADER_KIND, "Idempotency-Key",
				 filled_text(&visit->form, "key"));
	if (set_body(exchange, json_pack("{s:s}", "agency", visit->own)))
		go_on(exchange, api_code_post);
}

bool open_more(struct page_visit *visit)
{
	struct exchange *exchange = visit->exchange;
	if (visit->has_code)
		return false;
	json_t *given = json_loadb(exchange->content ? exchange->content : "", exchange->content_len, 0, NULL);
	json_t *body = act_body(visit, "OPEN", text_at(given, "code"));
	visit->has_code = true;
	json_decref(given);
	exchange_next(exchange, api_envelope_post);
	lt_buf_fini(&exchange->body);
	set_body(exchange, body);
	return true;
}
