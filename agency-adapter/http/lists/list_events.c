/* list_events.c: GET /v1/events: the feed of everything that changes. */
#include "poll.h"

#include "cursor.h"
#include "http/api_view.h"
#include "http/json_write.h"
#include "mail/history/feed.h"

#include <string.h>

#define LIMIT_DEFAULT 100u
#define LIMIT_MAX 1000u

struct event_page {
	const struct exchange *exchange;
	struct list_cursor after;
	uint64_t limit;
	bool unknown;
	json_t *events;
};

static json_t *id_or_null(const uint8_t id[16])
{
	static const uint8_t none[16];
	return memcmp(id, none, sizeof(none)) == 0 ? json_null() : json_id(id);
}

static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

json_t *view_event(const struct feed_place *place, const struct feed_event *event)
{
	const char *name = lt_event_name((int)event->event);
	struct list_cursor at = { .number = place->number };
	memcpy(at.tag, place->tag, sizeof(at.tag));
	json_t *out = json_pack("{s:o, s:s, s:o}", "cursor", cursor_show(&at), "event", name ? name : "unknown", "time",
				json_time(event->time));
	if (!out)
		return NULL;
	json_object_set_new(out, "agency", text_or_null(event->agency));
	json_object_set_new(out, "dossier", text_or_null(event->dossier));
	json_object_set_new(out, "kind", event->kind ? json_string(lt_kind_name(event->kind)) : json_null());
	json_object_set_new(out, "id", id_or_null(event->id));
	json_object_set_new(out, "item", event->item ? json_integer((json_int_t)event->item) : json_null());
	json_object_set_new(out, "reply", id_or_null(event->reply));
	json_object_set_new(out, "by", text_or_null(event->by));
	json_object_set_new(out, "reason", event->reason ? json_string(lt_reason_name(event->reason)) : json_null());
	return out;
}

static enum lt_err collect(struct vault_tx *tx, struct event_page *page)
{
	struct feed_place place = { .number = page->after.number };
	memcpy(place.tag, page->after.tag, sizeof(place.tag));
	page->unknown = place.number != 0 && !feed_knows(tx, &place);
	while (!page->unknown && json_array_size(page->events) < page->limit) {
		struct feed_event event;
		enum lt_err err = feed_next(tx, &place, &event);
		if (err)
			return err == LT_ENOENT ? LT_OK : err;
		if (!event.agency[0] || exchange_may_speak(page->exchange, event.agency))
			json_array_append_new(page->events, view_event(&place, &event));
		page->after.number = place.number;
		memcpy(page->after.tag, place.tag, sizeof(place.tag));
	}
	return LT_OK;
}

static enum lt_err look(struct exchange *exchange, void *ctx, bool *found)
{
	struct event_page *page = ctx;
	struct vault_tx *tx;
	enum lt_err err = vault_read_begin(adapter_vault(exchange->adapter), &tx);
	if (err)
		return err;
	err = collect(tx, page);
	vault_read_end(tx);
	*found = page->unknown || json_array_size(page->events) > 0;
	return err;
}

void api_event_list(struct exchange *exchange)
{
	struct event_page page = { .exchange = exchange };
	uint64_t wait;
	enum lt_err err;
	if (!cursor_read(exchange, &page.after) || !poll_read(exchange, &wait) ||
	    !exchange_query_u64(exchange, "limit", LIMIT_DEFAULT, 1, LIMIT_MAX, &page.limit))
		return;
	page.events = json_array();
	if (!poll_run(exchange, API_EVENTS, wait, look, &page, &err)) {
		json_decref(page.events);
		return;
	}
	if (!err && !page.unknown) {
		exchange_json(exchange, 200,
			      json_pack("{s:o, s:o}", "events", page.events, "after", cursor_show(&page.after)));
		return;
	}
	json_decref(page.events);
	if (err)
		exchange_error(exchange, err);
	else
		cursor_refuse(exchange);
}
