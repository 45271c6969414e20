/* list_inbox.c: GET /v1/inbox: what arrived, page by page. */
#include "poll.h"

#include "cursor.h"
#include "narrow.h"
#include "http/api_view.h"
#include "mail/inbox.h"

#include <string.h>

#define LIMIT_DEFAULT 100u
#define LIMIT_MAX 1000u
#define SCAN_MAX 5000u /* rows looked at in one call: those that do not fit are stepped over */

struct inbox_page {
	struct list_narrow narrow;
	struct list_cursor after;
	uint64_t limit;
	enum inbox_status status; /* 0: any but stuck */
	bool unknown, more;       /* more: it ended before the list did */
	struct lt_arena *arena;
	json_t *items;
};

/* What stands at a number for ever: when it came and as what. */
static enum lt_err tag_of(struct vault_tx *tx, uint64_t number, uint8_t out[CURSOR_TAG])
{
	struct lt_bytes value;
	uint8_t digest[32];
	enum lt_err err = vault_get_u64(tx, VAULT_INBOX, number, &value);
	if (err)
		return err;
	lt_sha256(value, digest);
	memcpy(out, digest, CURSOR_TAG);
	return LT_OK;
}

static bool fits(const struct inbox_page *page, const struct inbox_item *item, const struct inbox_state *state)
{
	const struct list_narrow *narrow = &page->narrow;
	struct lt_header header;
	struct lt_refusal refusal = { 0 };
	bool stuck = state->status == INBOX_STUCK;
	if (page->status ? state->status != page->status : stuck)
		return false;
	if (!narrow_takes_agency(narrow, item->agency))
		return false;
	if (!narrow->kind && !narrow->dossier)
		return true;
	lt_arena_reset(page->arena);
	if (!item->readable || lt_header_parse(item->header, page->arena, &header, &refusal))
		return false;
	return (!narrow->kind || header.kind == narrow->kind) && narrow_takes_dossier(narrow, header.dossier);
}

static enum lt_err collect(struct vault_tx *tx, struct inbox_page *page)
{
	struct lt_bytes value;
	uint64_t number = page->after.number;
	for (unsigned i = 0; i < SCAN_MAX && json_array_size(page->items) < page->limit; i++) {
		struct inbox_item item;
		struct inbox_state state;
		enum lt_err err = vault_seek_u64(tx, VAULT_INBOX, number + 1, &number, &value);
		if (!err)
			err = inbox_get_state(tx, number, &state);
		if (!err)
			err = inbox_get(tx, number, &item);
		if (err == LT_ECORRUPT) /* what lies behind it is shown; it alone says so when it is asked for */
			continue;
		if (err)
			return err == LT_ENOENT ? LT_OK : err;
		page->after.number = number;
		if (fits(page, &item, &state))
			json_array_append_new(page->items, view_item(number, &item, &state, page->arena));
	}
	page->more = true;
	return LT_OK;
}

static enum lt_err look_in(struct vault_tx *tx, struct inbox_page *page)
{
	uint8_t tag[CURSOR_TAG];
	uint64_t before = page->after.number;
	enum lt_err err = before ? tag_of(tx, before, tag) : LT_OK;
	page->unknown = before && (err == LT_ENOENT || (!err && memcmp(tag, page->after.tag, CURSOR_TAG) != 0));
	if (page->unknown)
		return LT_OK;
	if (err == LT_ECORRUPT) /* it was shown before it was damaged */
		err = LT_OK;
	if (!err)
		err = collect(tx, page);
	return !err && page->after.number != before ? tag_of(tx, page->after.number, page->after.tag) : err;
}

static enum lt_err look(struct exchange *exchange, void *ctx, bool *found)
{
	struct inbox_page *page = ctx;
	struct vault_tx *tx;
	enum lt_err err = vault_read_begin(adapter_vault(exchange->adapter), &tx);
	if (err)
		return err;
	err = look_in(tx, page);
	vault_read_end(tx);
	*found = page->unknown || page->more || json_array_size(page->items) > 0;
	return err;
}

static bool read_query(struct exchange *exchange, struct inbox_page *page, uint64_t *wait)
{
	const char *status = exchange_query_text(exchange, "state");
	page->status = status ? inbox_status_find(status) : 0;
	if (status && !page->status) {
		exchange_problem(exchange, LT_QUERY_INVALID,
				 "query state: new, answering, accepted, refused, answered, recalled, lapsed or stuck "
				 "is needed");
		return false;
	}
	return narrow_read(exchange, &page->narrow) && cursor_read(exchange, &page->after) &&
	       poll_read(exchange, wait) &&
	       exchange_query_u64(exchange, "limit", LIMIT_DEFAULT, 1, LIMIT_MAX, &page->limit);
}

void api_inbox_list(struct exchange *exchange)
{
	struct inbox_page page = { 0 };
	uint64_t wait;
	if (!read_query(exchange, &page, &wait))
		return;
	page.items = json_array();
	enum lt_err err = lt_arena_new(API_ARENA_MAX, &page.arena);
	enum api_topic topic = page.status ? API_EVENTS : API_ITEMS;
	bool now = err || poll_run(exchange, topic, wait, look, &page, &err);
	lt_arena_free(page.arena);
	if (now && !err && !page.unknown) {
		exchange_json(exchange, 200,
			      json_pack("{s:o, s:o, s:b}", "items", page.items, "after", cursor_show(&page.after),
					"more", (int)page.more));
		return;
	}
	json_decref(page.items);
	if (now && err)
		exchange_error(exchange, err);
	else if (now)
		cursor_refuse(exchange);
}
