/* definition_set.c: see definition_set.h. */
#include "definition_set.h"

#include <stdlib.h>
#include <string.h>

#include "law/file_calendar.h"
#include "law/file_office.h"

#define ONE_MAX (8u << 20) /* bytes of one definition, taken apart */

const char *definition_kind_name(enum definition_kind kind)
{
	static const char *const names[SET_KINDS] = { "CA",       "agency",       "revocation list",
						      "calendar", "office hours", "procedure" };
	return names[kind];
}

const char *definition_title(const struct definition *item, char out[SET_TITLE_MAX])
{
	const char *kind = definition_kind_name(item->kind);
	if (item->kind == SET_CALENDAR)
		snprintf(out, SET_TITLE_MAX, "%s %u", kind, item->number);
	else if (item->kind == SET_PROCEDURE)
		snprintf(out, SET_TITLE_MAX, "%s %s version %u", kind, item->name, item->number);
	else
		snprintf(out, SET_TITLE_MAX, "%s %s", kind, item->name[0] ? item->name : "of all agencies");
	return out;
}

static int compare(const void *a, const void *b)
{
	const struct definition *x = a, *y = b;
	int names = strcmp(x->name, y->name);
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return names ? names : (x->number > y->number) - (x->number < y->number);
}

void definition_set_sort(struct definition_set *set)
{
	if (set->count > 0)
		qsort(set->items, set->count, sizeof(*set->items), compare);
}

struct definition *definition_set_find(const struct definition_set *set, const struct definition *like)
{
	return set->count ? bsearch(like, set->items, set->count, sizeof(*set->items), compare) : NULL;
}

enum lt_err definition_set_add(struct definition_set *set, struct definition *item)
{
	if (set->count == set->cap) {
		size_t cap = set->cap ? set->cap * 2 : 64;
		struct definition *items = realloc(set->items, cap * sizeof(*items));
		if (!items)
			return LT_ENOMEM;
		set->items = items;
		set->cap = cap;
	}
	set->items[set->count++] = *item;
	*item = (struct definition){ 0 };
	return set->items[set->count - 1].json ? LT_OK : LT_ENOMEM;
}

void definition_set_fini(struct definition_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		json_decref(set->items[i].json);
		lt_buf_fini(&set->items[i].bytes);
		free(set->items[i].path);
	}
	free(set->items);
	agencies_fini(&set->agencies);
	*set = (struct definition_set){ 0 };
}

enum lt_err definition_read_calendar(struct lt_bytes bytes, struct definition *out)
{
	struct lt_arena *arena = NULL;
	struct lt_calendar_year year;
	struct lt_refusal refusal = { 0 };
	if (lt_arena_new(ONE_MAX, &arena))
		return LT_ENOMEM;
	enum lt_err err = lt_calendar_year_decode(bytes, arena, &year, &refusal) ? LT_EPARSE : LT_OK;
	if (!err)
		*out = (struct definition){ .kind = SET_CALENDAR,
					    .number = year.year,
					    .json = calendar_to_json(&year) };
	lt_arena_free(arena);
	return err;
}

enum lt_err definition_read_office(struct lt_bytes bytes, struct definition *out)
{
	struct lt_arena *arena = NULL;
	struct lt_office_hours hours;
	struct lt_refusal refusal = { 0 };
	if (lt_arena_new(ONE_MAX, &arena))
		return LT_ENOMEM;
	enum lt_err err = lt_office_hours_decode(bytes, arena, &hours, &refusal) ? LT_EPARSE : LT_OK;
	if (!err) {
		*out = (struct definition){ .kind = SET_OFFICE, .json = office_to_json(&hours) };
		snprintf(out->name, sizeof(out->name), "%s", hours.agency ? hours.agency : "");
	}
	lt_arena_free(arena);
	return err;
}

enum lt_err definition_read_der(enum definition_kind kind, struct lt_bytes der, struct definition *out)
{
	uint8_t sha256[32];
	*out = (struct definition){ .kind = kind };
	lt_sha256(der, sha256);
	lt_hex(lt_bytes(sha256, sizeof(sha256)), out->name);
	out->json = json_string(out->name);
	return out->json ? lt_buf_append(&out->bytes, der.data, der.len) : LT_ENOMEM;
}
