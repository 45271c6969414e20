/* kinds.h: what a good header of each kind has, as SPEC.md section 3 says it; for tests and vectors. */
#ifndef TESTS_KINDS_H
#define TESTS_KINDS_H

#include <lienthong/envelope.h>

/* The kinds that a header may have, one after the other: for (kind = OPEN; kind; kind = kinds_next(kind)). */
static inline enum lt_kind kinds_next(enum lt_kind kind)
{
	if (kind == LT_KIND_STATUS)
		return LT_KIND_DUE_SOON;
	return kind == LT_KIND_UNDELIVERABLE ? (enum lt_kind)0 : (enum lt_kind)(kind + 1);
}

static inline bool kinds_answers(enum lt_kind kind)
{
	return kind == LT_KIND_ACCEPT || kind == LT_KIND_REFUSE || kind == LT_KIND_RECALL ||
	       kind == LT_KIND_RECALL_ANSWER || kind == LT_KIND_OPINION || kind == LT_KIND_FEE_PAID ||
	       kind == LT_KIND_SUPPLEMENT;
}

static inline bool kinds_explains(enum lt_kind kind)
{
	return kind == LT_KIND_REFUSE || kind == LT_KIND_RETURN || kind == LT_KIND_RECALL ||
	       kind == LT_KIND_REQUEST_SUPPLEMENT || kind == LT_KIND_WITHDRAW || kind == LT_KIND_STOP ||
	       kind == LT_KIND_RESUME || kind == LT_KIND_APOLOGY;
}

/* due_at, items, amount, agree, trace, fields as the kind needs them. */
static inline void kinds_fill(struct lt_header *header)
{
	static const char *items[LT_ITEMS_MAX + 1] = { "Giấy chứng sinh", "Hộ khẩu" };
	static struct lt_field fields[LT_FIELDS_MAX + 1] = { { "huyen", "H37.24" }, { "so_con", "" } };
	enum lt_kind kind = header->kind;
	header->items = items;
	header->fields = fields;
	if (kind == LT_KIND_CONSULT || kind == LT_KIND_APOLOGY || kind == LT_KIND_DUE_SOON || kind == LT_KIND_OVERDUE)
		header->due_at = header->sent_at + 86400000000;
	if (kind == LT_KIND_REQUEST_SUPPLEMENT)
		header->item_count = 2;
	if (kind == LT_KIND_REQUEST_FEE || kind == LT_KIND_FEE_PAID)
		header->amount = 250000;
	if (kind == LT_KIND_RECALL_ANSWER || kind == LT_KIND_OPINION)
		header->agree = LT_AGREE_YES;
	if (kind == LT_KIND_STATUS)
		header->trace = 4;
	if (kind == LT_KIND_OPEN)
		header->field_count = 2;
}

#endif
