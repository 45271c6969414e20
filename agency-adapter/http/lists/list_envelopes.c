/* list_envelopes.c: GET /v1/envelopes: what was sent, page by page, oldest first. */
#include "cursor.h"
#include "narrow.h"

#include "http/api_view.h"
#include "mail/dossiers.h"
#include "mail/outbox.h"

#include <string.h>

#define LIMIT_DEFAULT 100u
#define LIMIT_MAX 1000u
#define SCAN_MAX 5000u /* rows looked at in one call: those that do not fit are stepped over */

struct envelope_page {
	struct list_narrow narrow;
	struct list_cursor after;
	uint64_t limit;
	enum outbox_status status; /* 0: any */
	bool traced;               /* the dossier is known here as it was written */
	bool unknown, more;
	json_t *envelopes;
};

/* The next one, by the shortest way: what waits, and what a dossier has, stand in tables of their own. */
static enum lt_err next(struct vault_tx *tx, const struct envelope_page *page, uint64_t from, uint64_t *number)
{
	struct lt_bytes value;
	if (page->traced)
		return dossiers_trace_next(tx, page->narrow.dossier, 's', from, number);
	return vault_seek_u64(tx, page->status == OUTBOX_QUEUED ? VAULT_QUEUE : VAULT_STATE, from, number, &value);
}

static bool fits(const struct envelope_page *page, const struct outbox_state *state)
{
	const struct list_narrow *narrow = &page->narrow;
	return (!page->status || state->status == page->status) && (!narrow->kind || state->kind == narrow->kind) &&
	       narrow_takes_agency(narrow, state->sender) && narrow_takes_dossier(narrow, state->dossier);
}

static enum lt_err collect(struct vault_tx *tx, struct envelope_page *page, struct lt_arena *arena)
{
	uint64_t number = page->after.number;
	for (unsigned i = 0; i < SCAN_MAX && json_array_size(page->envelopes) < page->limit; i++) {
		struct outbox_state state;
		enum lt_err err = next(tx, page, number + 1, &number);
		if (!err)
			err = outbox_get_state(tx, number, &state);
		if (err == LT_ECORRUPT) /* what lies behind it is shown */
			continue;
		if (err)
			return err == LT_ENOENT ? LT_OK : err;
		page->after.number = number;
		memcpy(page->after.tag, state.id + 8, CURSOR_TAG);
		if (fits(page, &state))
			json_array_append_new(page->envelopes, view_envelope(tx, number, &state, arena, false));
	}
	page->more = true;
	return LT_OK;
}

static enum lt_err look(struct exchange *exchange, struct envelope_page *page)
{
	struct vault_tx *tx = NULL;
	struct lt_arena *arena = NULL;
	struct outbox_state state;
	struct dossier_note note;
	enum lt_err err = lt_arena_new(API_ARENA_MAX, &arena);
	if (!err)
		err = vault_read_begin(adapter_vault(exchange->adapter), &tx);
	if (!err && page->after.number)
		err = outbox_get_state(tx, page->after.number, &state);
	page->unknown = page->after.number &&
			(err == LT_ENOENT || (!err && memcmp(state.id + 8, page->after.tag, CURSOR_TAG) != 0));
	if (err == LT_ECORRUPT && page->after.number) /* it was shown before it was damaged */
		err = LT_OK;
	if (!err && !page->unknown && page->narrow.dossier)
		page->traced = dossiers_get(tx, page->narrow.dossier, &note) != LT_ENOENT;
	if (!err && !page->unknown)
		err = collect(tx, page, arena);
	vault_read_end(tx);
	lt_arena_free(arena);
	return page->unknown ? LT_OK : err;
}

static bool read_query(struct exchange *exchange, struct envelope_page *page)
{
	const char *status = exchange_query_text(exchange, "state");
	page->status = status ? outbox_status_find(status) : 0;
	if (status && !page->status) {
		exchange_problem(exchange, LT_QUERY_INVALID,
				 "query state: queued, admitted, rejected or delivered is needed");
		return false;
	}
	return narrow_read(exchange, &page->narrow) && cursor_read(exchange, &page->after) &&
	       exchange_query_u64(exchange, "limit", LIMIT_DEFAULT, 1, LIMIT_MAX, &page->limit);
}

void api_envelope_list(struct exchange *exchange)
{
	struct envelope_page page = { 0 };
	if (!read_query(exchange, &page))
		return;
	page.envelopes = json_array();
	enum lt_err err = look(exchange, &page);
	if (!err && !page.unknown) {
		exchange_json(exchange, 200,
			      json_pack("{s:o, s:o, s:b}", "envelopes", page.envelopes, "after",
					cursor_show(&page.after), "more", (int)page.more));
		return;
	}
	json_decref(page.envelopes);
	if (err)
		exchange_error(exchange, err);
	else
		cursor_refuse(exchange);
}
