/* todo_calls.c: the calls that would do what is owed, as far as this adapter knows what goes into them. */
#include "http/api_view.h"
#include "http/json_write.h"
#include "mail/dossiers.h"

#include <string.h>

#define KINDS_MAX 3
#define LOOKED_MAX 500u /* items of a dossier that are looked through for the one that is to be answered */

/* What is owed is done by one of these kinds; as an answer to an item of the kind `asked` (0: to none). */
static const struct way {
	enum lt_kind kinds[KINDS_MAX];
	enum lt_kind asked;
} ways[] = {
	[LT_OWED_RECEIVE] = { { LT_KIND_RECEIVE, LT_KIND_REJECT }, 0 },
	[LT_OWED_ACCEPT] = { { LT_KIND_ACCEPT, LT_KIND_REFUSE }, 0 },
	[LT_OWED_WORK] = { { LT_KIND_FORWARD, LT_KIND_RETURN, LT_KIND_RESULT }, 0 },
	[LT_OWED_ANSWER_RECALL] = { { LT_KIND_RECALL_ANSWER }, LT_KIND_RECALL },
	[LT_OWED_DECIDE_WITHDRAW] = { { LT_KIND_STOP, LT_KIND_RESUME }, 0 },
	[LT_OWED_OPINION] = { { LT_KIND_OPINION }, LT_KIND_CONSULT },
	[LT_OWED_SUPPLEMENT] = { { LT_KIND_SUPPLEMENT }, LT_KIND_REQUEST_SUPPLEMENT },
	[LT_OWED_FEE] = { { LT_KIND_FEE_PAID }, LT_KIND_REQUEST_FEE },
	[LT_OWED_HAND_OUT] = { { LT_KIND_FORWARD, LT_KIND_HANDED_OVER }, 0 },
	[LT_OWED_REFUSAL] = { { LT_KIND_RESULT }, 0 },
};

/* The newest item that it may be about: an open offer of the branch, or a request of the kind. */
struct found {
	uint64_t item; /* 0: none is here */
	uint8_t id[16];
	char sender[LT_AGENCY_MAX];
};

static bool fits(const struct lt_dossiers_row *row, enum lt_kind asked, const struct inbox_item *item,
		 const struct lt_header *header)
{
	return asked ? header->kind == asked : !row->owed.branch || item->branch == row->owed.branch;
}

static void find(struct vault_tx *tx, const struct lt_dossiers_row *row, enum lt_kind asked, struct lt_arena *arena,
		 struct found *out)
{
	uint64_t number = 0;
	*out = (struct found){ 0 };
	for (unsigned i = 0; i < LOOKED_MAX; i++) {
		struct inbox_item item;
		struct lt_header header;
		struct lt_refusal refusal = { 0 };
		lt_arena_reset(arena);
		if (dossiers_trace_next(tx, row->code, asked ? 'r' : 'o', number + 1, &number) ||
		    inbox_get(tx, number, &item) || lt_header_parse(item.header, arena, &header, &refusal))
			return;
		if (!fits(row, asked, &item, &header))
			continue;
		out->item = number;
		memcpy(out->id, header.id, sizeof(out->id));
		memcpy(out->sender, header.sender, sizeof(out->sender));
	}
}

static json_t *call_of(const struct lt_dossiers_row *row, enum lt_kind kind, const struct found *found)
{
	const char *who = row->owed.acting && *row->owed.acting ? row->owed.acting : row->owed.who;
	bool answers = kind == LT_KIND_ACCEPT || kind == LT_KIND_REFUSE;
	if (answers && found->item)
		return json_pack("{s:s, s:s, s:o, s:s}", "kind", lt_kind_name(kind), "method", "POST", "path",
				 json_sprintf("/v1/inbox/%llu/%s", (unsigned long long)found->item,
					      kind == LT_KIND_ACCEPT ? "accept" : "refuse"),
				 "needs", kind == LT_KIND_ACCEPT ? "" : "reason");
	json_t *body = json_pack("{s:s, s:s, s:s}", "kind", lt_kind_name(kind), "dossier", row->code, "sender", who);
	if (body && found->item) {
		json_object_set_new(body, "in_reply_to", json_id(found->id));
		json_object_set_new(body, "to", json_pack("[{s:s}]", "agency", found->sender));
	}
	return json_pack("{s:s, s:s, s:s, s:o}", "kind", lt_kind_name(kind), "method", "POST", "path", "/v1/envelopes",
			 "body", body);
}

json_t *view_calls(struct vault_tx *tx, const struct lt_dossiers_row *row, struct lt_arena *arena)
{
	json_t *calls = json_array();
	struct found found = { 0 };
	if (row->owed.what == 0 || row->owed.what >= sizeof(ways) / sizeof(ways[0]))
		return calls;
	const struct way *way = &ways[row->owed.what];
	if (tx && (way->asked || row->owed.what == LT_OWED_ACCEPT))
		find(tx, row, way->asked, arena, &found);
	for (int i = 0; i < KINDS_MAX && way->kinds[i]; i++)
		json_array_append_new(calls, call_of(row, way->kinds[i], &found));
	return calls;
}
