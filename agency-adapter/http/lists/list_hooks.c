/* list_hooks.c: GET /v1/hooks, GET /v1/hooks/{name} and POST /v1/hooks/{name}/redeliver: what webhooks were told, and what waits. */
#include "cursor.h"

#include "http/json_write.h"
#include "mail/history/deliveries.h"
#include "program/json.h"

#include <stdlib.h>
#include <string.h>

#define LIMIT_DEFAULT 100u
#define LIMIT_MAX 1000u
#define SCAN_MAX 5000u  /* rows looked at in one call: those that do not fit are stepped over */
#define AGAIN_MAX 1000u /* rows that are due again by one call */

/* A hook tells of all agencies: who may ask for some alone is not shown it. False: answered. */
static bool may_ask(struct exchange *exchange)
{
	if (!exchange->token || exchange->token->agency_count == 0)
		return true;
	exchange_problem(exchange, LT_TOKEN_NOT_ALLOWED, "%s is for some agencies or kinds alone",
			 exchange->token->name);
	return false;
}

static json_t *cursor_of(const struct feed_place *place)
{
	struct list_cursor at = { .number = place->number };
	memcpy(at.tag, place->tag, sizeof(at.tag));
	return cursor_show(&at);
}

static json_t *view_hook(const char *name, const struct deliveries_count *count)
{
	return json_pack("{s:s, s:b, s:I, s:I}", "name", name, "active", count->active, "waiting",
			 (json_int_t)count->waiting, "parked", (json_int_t)count->parked);
}

static enum lt_err list_all(struct vault_tx *tx, json_t *out)
{
	char name[HOOK_NAME_MAX] = "";
	enum lt_err err;
	while (!(err = deliveries_next_hook(tx, name))) {
		struct deliveries_count count;
		err = deliveries_count(tx, name, &count);
		if (err)
			return err;
		json_array_append_new(out, view_hook(name, &count));
	}
	return err == LT_ENOENT ? LT_OK : err;
}

void api_hook_list(struct exchange *exchange)
{
	struct vault_tx *tx;
	if (!may_ask(exchange))
		return;
	enum lt_err err = vault_read_begin(adapter_vault(exchange->adapter), &tx);
	if (err) {
		exchange_error(exchange, err);
		return;
	}
	json_t *hooks = json_array();
	err = list_all(tx, hooks);
	vault_read_end(tx);
	if (!err) {
		exchange_json(exchange, 200, json_pack("{s:o}", "hooks", hooks));
		return;
	}
	json_decref(hooks);
	exchange_error(exchange, err);
}

/* ---- one of them ---- */

/* The path's name; false: there is no hook of it. */
static bool find(struct exchange *exchange, struct vault_tx *tx, struct deliveries_count *count)
{
	const char *name = exchange->segments[0];
	return strlen(name) < HOOK_NAME_MAX && deliveries_count(tx, name, count) == LT_OK;
}

static json_t *view_delivery(const struct delivery *row)
{
	const char *event = lt_event_name((int)row->event);
	json_t *out = json_pack("{s:o, s:s, s:s, s:I, s:o, s:o, s:o}", "id", cursor_of(&row->place), "event",
				event ? event : "unknown", "state", delivery_state_name(row->state), "attempts",
				(json_int_t)row->attempts, "made", json_time(row->made), "tried", json_time(row->tried),
				"due", row->state == DELIVERY_WAITING ? json_time(row->due) : json_null());
	if (out)
		json_object_set_new(out, "status", row->status ? json_integer(row->status) : json_null());
	if (out)
		json_object_set_new(out, "error", *row->error ? json_string(row->error) : json_null());
	return out;
}

struct page {
	struct list_cursor after;
	uint64_t limit;
	enum delivery_state state; /* 0: any */
	bool unknown, more;
	json_t *deliveries;
};

static enum lt_err collect(struct vault_tx *tx, const char *hook, struct page *page)
{
	struct delivery row;
	enum lt_err err = LT_OK;
	if (page->after.number)
		err = deliveries_get(tx, hook, page->after.number, &row);
	page->unknown = err == LT_ENOENT || (page->after.number && !err &&
					     memcmp(row.place.tag, page->after.tag, sizeof(page->after.tag)) != 0);
	if (err || page->unknown)
		return page->unknown ? LT_OK : err;
	row.place.number = page->after.number;
	for (unsigned i = 0; i < SCAN_MAX && json_array_size(page->deliveries) < page->limit; i++) {
		row.place.number++;
		err = deliveries_next(tx, hook, &row);
		if (err)
			return err == LT_ENOENT ? LT_OK : err;
		page->after.number = row.place.number;
		memcpy(page->after.tag, row.place.tag, sizeof(page->after.tag));
		if (!page->state || row.state == page->state)
			json_array_append_new(page->deliveries, view_delivery(&row));
	}
	page->more = true;
	return LT_OK;
}

static bool read_query(struct exchange *exchange, struct page *page)
{
	const char *state = exchange_query_text(exchange, "state");
	page->state = state ? delivery_state_find(state) : 0;
	if (state && !page->state) {
		exchange_problem(exchange, LT_QUERY_INVALID, "query state: waiting, delivered or parked is needed");
		return false;
	}
	return cursor_read(exchange, &page->after) &&
	       exchange_query_u64(exchange, "limit", LIMIT_DEFAULT, 1, LIMIT_MAX, &page->limit);
}

void api_hook_get(struct exchange *exchange)
{
	struct page page = { 0 };
	struct deliveries_count count;
	struct vault_tx *tx;
	if (!may_ask(exchange) || !read_query(exchange, &page))
		return;
	enum lt_err err = vault_read_begin(adapter_vault(exchange->adapter), &tx);
	if (err) {
		exchange_error(exchange, err);
		return;
	}
	page.deliveries = json_array();
	bool found = find(exchange, tx, &count);
	err = found ? collect(tx, exchange->segments[0], &page) : LT_ENOENT;
	vault_read_end(tx);
	if (!err && !page.unknown) {
		json_t *out = view_hook(exchange->segments[0], &count);
		json_object_set_new(out, "deliveries", page.deliveries);
		json_object_set_new(out, "after", cursor_show(&page.after));
		json_object_set_new(out, "more", json_boolean(page.more));
		exchange_json(exchange, 200, out);
		return;
	}
	json_decref(page.deliveries);
	if (err)
		exchange_error(exchange, err);
	else
		cursor_refuse(exchange);
}

/* ---- once more ---- */

struct again {
	struct json_reader reader;
	struct list_cursor id; /* number 0: all that are parked */
	json_int_t count;
};

static void again_free(void *work)
{
	struct again *again = work;
	json_reader_fini(&again->reader);
	free(again);
}

static enum lt_err again_one(struct vault_tx *tx, const char *hook, struct again *again, int64_t now)
{
	struct delivery row;
	enum lt_err err = deliveries_get(tx, hook, again->id.number, &row);
	if (!err && memcmp(row.place.tag, again->id.tag, sizeof(again->id.tag)) != 0)
		err = LT_ENOENT;
	if (!err)
		err = deliveries_again(tx, hook, row.place.number, now);
	again->count = !err;
	return err;
}

static enum lt_err again_parked(struct vault_tx *tx, const char *hook, struct again *again, int64_t now)
{
	struct delivery row = { 0 };
	enum lt_err err = LT_OK;
	again->count = 0;
	for (; !err && again->count < AGAIN_MAX; row.place.number++) {
		err = deliveries_next(tx, hook, &row);
		if (err || row.state != DELIVERY_PARKED)
			continue;
		again->count++;
		err = deliveries_again(tx, hook, row.place.number, now);
	}
	return err == LT_ENOENT ? LT_OK : err;
}

static enum lt_err again_run(void *ctx, struct vault_tx *tx)
{
	struct exchange *exchange = ctx;
	struct again *again = exchange->work;
	struct deliveries_count count;
	int64_t now = adapter_speaker(exchange->adapter)->now();
	if (!find(exchange, tx, &count))
		return LT_ENOENT;
	return again->id.number ? again_one(tx, exchange->segments[0], again, now)
				: again_parked(tx, exchange->segments[0], again, now);
}

static void again_then(void *ctx, enum lt_err err)
{
	struct exchange *exchange = ctx;
	const struct again *again = exchange->work;
	if (err)
		exchange_error(exchange, err);
	else
		exchange_json(exchange, 200, json_pack("{s:I}", "redelivered", again->count));
}

/* False: it is no id of a delivery. */
static bool read_again(struct exchange *exchange, struct again *again)
{
	static const char *const keys[] = { "id", NULL };
	struct json_reader *reader = &again->reader;
	const char *id = NULL;
	if (exchange->body.len == 0 || json_read_body(lt_buf_bytes(&exchange->body), NULL, reader))
		return true;
	json_check_keys(reader, reader->root, "", keys);
	json_read_text(reader, reader->root, "", "id", false, &id);
	return !id || (cursor_parse(id, &again->id) && again->id.number != 0);
}

void api_hook_again(struct exchange *exchange)
{
	struct again *again = calloc(1, sizeof(*again));
	if (!again) {
		exchange_error(exchange, LT_ENOMEM);
		return;
	}
	exchange->work = again;
	exchange->work_free = again_free;
	if (!may_ask(exchange))
		return;
	bool known = read_again(exchange, again);
	if (again->reader.refusal.reason)
		exchange_refuse_body(exchange, &again->reader);
	else if (!known)
		exchange_error(exchange, LT_ENOENT);
	else
		exchange_run(exchange, again_run, again_then);
}
