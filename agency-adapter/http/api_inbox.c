/* api_inbox.c: GET /v1/inbox/{id} and its parts. */
#include "exchange.h"

#include "api_inbox.h"
#include "api_parts.h"
#include "api_view.h"
#include "mail/parts.h"

#include <lienthong/time.h>

#include <stdlib.h>
#include <string.h>

static enum lt_err find(struct vault_tx *tx, const char *text, uint64_t *number)
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

enum lt_err api_inbox_find(const struct exchange *exchange, struct vault_tx *tx, uint64_t *number)
{
	struct inbox_item item;
	enum lt_err err = find(tx, exchange->segments[0], number);
	if (!err)
		err = inbox_get(tx, *number, &item);
	return !err && !exchange_may_speak(exchange, item.agency) ? LT_ENOENT : err;
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
		err = api_inbox_find(exchange, tx, &number);
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
	const char *type = "application/octet-stream", *name = "";
	if (n >= item->part_count)
		return LT_ENOENT;
	if (!item->fault.reason && !lt_header_parse(item->header, arena, &header, &refusal) && n < header.part_count) {
		type = header.parts[n].media_type;
		name = header.parts[n].name;
	}
	return api_part_give(exchange, tx, item->parts[n], type, name);
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
		err = api_inbox_find(exchange, tx, &number);
	if (!err)
		err = inbox_get(tx, number, &item);
	if (!err)
		err = read_part(tx, &item, strtoul(text, NULL, 10), arena, exchange);
	if (err)
		exchange_error(exchange, err);
	vault_read_end(tx);
	lt_arena_free(arena);
}
