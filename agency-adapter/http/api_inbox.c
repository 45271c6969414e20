/* api_inbox.c: GET /v1/inbox and what is below it. */
#include "exchange.h"

#include "api_inbox.h"
#include "api_parts.h"
#include "api_view.h"
#include "mail/parts.h"

#include <lienthong/time.h>

#include <stdlib.h>
#include <string.h>

#define WAIT_MAX_S 60u
#define LIMIT_DEFAULT 100u
#define LIMIT_MAX 1000u
#define SCAN_MAX 5000u /* rows looked at in one call: items in quarantine are stepped over */

struct page {
	uint64_t after, limit, next;
	bool quarantined;
};

/* Items after `after`, at most limit; *next is where the following call goes on. */
static enum lt_err collect(struct vault_tx *tx, struct page *page, struct lt_arena *arena, json_t *items)
{
	struct lt_bytes value;
	uint64_t number = page->after;
	page->next = page->after;
	for (unsigned i = 0; i < SCAN_MAX && json_array_size(items) < page->limit; i++) {
		struct inbox_item item;
		struct inbox_state state;
		enum lt_err err = vault_seek_u64(tx, VAULT_INBOX, number + 1, &number, &value);
		if (err)
			return err == LT_ENOENT ? LT_OK : err;
		err = inbox_get_state(tx, number, &state);
		if (err)
			return err;
		page->next = number;
		if ((state.status == INBOX_STUCK) != page->quarantined)
			continue;
		err = inbox_get(tx, number, &item);
		if (err)
			return err;
		json_array_append_new(items, view_item(number, &item, &state, arena));
	}
	return LT_OK;
}

static enum lt_err look(struct exchange *exchange, struct page *page, json_t **out)
{
	struct vault_tx *tx = NULL;
	struct lt_arena *arena = NULL;
	*out = json_array();
	enum lt_err err = *out ? lt_arena_new(API_ARENA_MAX, &arena) : LT_ENOMEM;
	if (!err)
		err = vault_read_begin(adapter_vault(exchange->adapter), &tx);
	if (!err)
		err = collect(tx, page, arena, *out);
	vault_read_end(tx);
	lt_arena_free(arena);
	return err;
}

static bool read_page(struct exchange *exchange, struct page *page, uint64_t *wait)
{
	const char *state = MHD_lookup_connection_value(exchange->connection, MHD_GET_ARGUMENT_KIND, "state");
	page->quarantined = state && strcmp(state, "stuck") == 0;
	return exchange_query_u64(exchange, "after", 0, 0, INT64_MAX, &page->after) &&
	       exchange_query_u64(exchange, "wait", 0, 0, WAIT_MAX_S, wait) &&
	       exchange_query_u64(exchange, "limit", LIMIT_DEFAULT, 1, LIMIT_MAX, &page->limit);
}

void api_inbox_list(struct exchange *exchange)
{
	struct page page;
	uint64_t wait, grown;
	json_t *items = NULL;
	enum lt_err err;
	if (!read_page(exchange, &page, &wait))
		return;
	if (exchange->deadline == 0)
		exchange->deadline = api_monotonic() + (int64_t)wait * 1000000;
	do {
		json_decref(items);
		grown = api_grown(exchange->api);
		err = look(exchange, &page, &items);
		if (err || json_array_size(items) > 0 || api_monotonic() >= exchange->deadline)
			break;
		enum api_wait result = api_wait_items(exchange->api, exchange, grown);
		if (result == API_NO_ROOM)
			break;
		if (result == API_WAITING) {
			json_decref(items);
			return; /* from here on the exchange belongs to whoever wakes it */
		}
	} while (true);
	if (err) {
		json_decref(items);
		exchange_error(exchange, err);
		return;
	}
	exchange_json(exchange, 200, json_pack("{s:o, s:I}", "items", items, "after", (json_int_t)page.next));
}

enum lt_err api_inbox_find(struct vault_tx *tx, const char *text, uint64_t *number)
{
	uint8_t id[16];
	size_t len = strlen(text);
	if (!lt_uuid_parse(text, id))
		return inbox_find(tx, id, number);
	if (len == 0 || len > 18 || strspn(text, "0123456789") != len)
		return LT_ENOENT;
	*number = strtoull(text, NULL, 10);
	return LT_OK;
}

void api_inbox_get(struct exchange *exchange)
{
	struct vault_tx *tx = NULL;
	struct lt_arena *arena = NULL;
	struct inbox_item item;
	struct inbox_state state;
	uint64_t number = 0;
	enum lt_err err = lt_arena_new(API_ARENA_MAX, &arena);
	if (!err)
		err = vault_read_begin(adapter_vault(exchange->adapter), &tx);
	if (!err)
		err = api_inbox_find(tx, exchange->segments[0], &number);
	if (!err)
		err = inbox_get(tx, number, &item);
	if (!err)
		err = inbox_get_state(tx, number, &state);
	if (err)
		exchange_error(exchange, err);
	else
		exchange_json(exchange, 200, view_item_whole(number, &item, &state, arena));
	vault_read_end(tx);
	lt_arena_free(arena);
}

static enum lt_err read_part(struct vault_tx *tx, const struct inbox_item *item, size_t n, struct lt_arena *arena,
			     struct exchange *exchange)
{
	struct lt_header header;
	struct lt_refusal refusal = { 0 };
	struct lt_bytes data;
	const char *type = "application/octet-stream", *name = "";
	if (n >= item->part_count)
		return LT_ENOENT;
	enum lt_err err = parts_read(tx, item->parts[n], &data);
	if (err)
		return err;
	if (!item->fault.reason && !lt_header_parse(item->header, arena, &header, &refusal) && n < header.part_count) {
		type = header.parts[n].media_type;
		name = header.parts[n].name;
	}
	api_part_give(exchange, item->parts[n], data, type, name);
	return LT_OK;
}

void api_inbox_part(struct exchange *exchange)
{
	struct vault_tx *tx = NULL;
	struct lt_arena *arena = NULL;
	struct inbox_item item;
	uint64_t number = 0;
	const char *text = exchange->segments[1];
	size_t len = strlen(text);
	enum lt_err err = len > 0 && len < 4 && strspn(text, "0123456789") == len ? LT_OK : LT_ENOENT;
	if (!err)
		err = lt_arena_new(API_ARENA_MAX, &arena);
	if (!err)
		err = vault_read_begin(adapter_vault(exchange->adapter), &tx);
	if (!err)
		err = api_inbox_find(tx, exchange->segments[0], &number);
	if (!err)
		err = inbox_get(tx, number, &item);
	if (!err)
		err = read_part(tx, &item, strtoul(text, NULL, 10), arena, exchange);
	if (err)
		exchange_error(exchange, err);
	vault_read_end(tx);
	lt_arena_free(arena);
}
